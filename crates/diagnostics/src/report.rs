//! The three written forms of a finding: for people, for programs, for code review annotations.

use crate::finding::{Finding, Severity};
use crate::{github, human, json};

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageFormat {
    /// Several lines with the source line and carets.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
    /// Workflow commands that GitHub turns into annotations.
    Github,
}

/// `finding` in that form, with a final newline. `color` is for the human form only.
pub fn text(finding: &Finding, format: MessageFormat, color: bool) -> String {
    match format {
        MessageFormat::Human => human::text(finding, color),
        MessageFormat::Json => json::text(finding),
        MessageFormat::Github => github::text(finding),
    }
}

/// The last line of a report for people: how many errors and warnings; nothing when there are none.
pub fn summary(findings: &[Finding]) -> Option<String> {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    let counted = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, 0) => None,
        (0, _) => Some(counted(warnings, "warning")),
        (_, 0) => Some(counted(errors, "error")),
        _ => Some(format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_counts() {
        let error = Finding::error("a/b", "m");
        let warning = Finding::warning("a/b", "m");
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(std::slice::from_ref(&error)).as_deref(), Some("1 error"));
        assert_eq!(summary(&[warning.clone(), warning.clone()]).as_deref(), Some("2 warnings"));
        assert_eq!(summary(&[error, warning]).as_deref(), Some("1 error, 1 warning"));
    }
}
