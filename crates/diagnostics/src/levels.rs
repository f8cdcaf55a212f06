//! What the user made of the severities: `--allow`, `--warn`, `--deny` and `--strict`.

use crate::finding::{Finding, Severity};

/// What one finding's code was set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The finding is dropped.
    Allow,
    /// It is a warning.
    Warn,
    /// It is an error.
    Deny,
}

/// The levels of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Every warning is an error.
    pub strict: bool,
    /// In the order of precedence: the last row that names a code wins.
    pub rows: Vec<(&'static str, Level)>,
}

impl Levels {
    fn level(&self, code: &str) -> Option<Level> {
        self.rows.iter().rev().find(|(named, _)| *named == code).map(|(_, level)| *level)
    }

    /// Whether an error of that code refuses the start.
    pub fn refuses(&self, code: &str) -> bool {
        match self.level(code) {
            Some(Level::Allow) => false,
            Some(Level::Warn) => self.strict,
            Some(Level::Deny) | None => true,
        }
    }

    /// Whether findings of that code are dropped.
    pub fn allows(&self, code: &str) -> bool {
        self.level(code) == Some(Level::Allow)
    }

    /// The findings with the severities that the user gave them, without those that are allowed.
    pub fn apply(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        findings.retain(|finding| self.level(finding.code) != Some(Level::Allow));
        for finding in &mut findings {
            match self.level(finding.code) {
                Some(Level::Warn) => finding.severity = Severity::Warning,
                Some(Level::Deny) => finding.severity = Severity::Error,
                Some(Level::Allow) | None => {}
            }
            if self.strict {
                finding.severity = Severity::Error;
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_row_wins_and_strict_makes_errors() {
        let levels = Levels {
            strict: false,
            rows: vec![
                ("quorum/split-brain", Level::Deny),
                ("quorum/split-brain", Level::Warn),
                ("quorum/fragile", Level::Allow),
            ],
        };
        let findings = vec![
            Finding::error("quorum/split-brain", "m"),
            Finding::warning("quorum/fragile", "m"),
            Finding::warning("host/nofile", "m"),
        ];
        let applied: Vec<_> = levels.apply(findings.clone()).iter().map(|f| (f.code, f.severity)).collect();
        assert_eq!(applied, [("quorum/split-brain", Severity::Warning), ("host/nofile", Severity::Warning)]);
        assert!(!levels.refuses("quorum/split-brain") && !levels.refuses("quorum/fragile"));
        assert!(levels.refuses("quorum/zero"));
        let strict = Levels { strict: true, ..levels };
        assert!(strict.apply(findings).iter().all(|finding| finding.severity == Severity::Error));
        assert!(strict.refuses("quorum/split-brain") && !strict.refuses("quorum/fragile"));
    }
}
