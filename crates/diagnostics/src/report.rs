//! The written forms of findings: for people, for programs, for code review annotations, for code scanning.

use crate::finding::{Finding, Severity};
use crate::json::Json;
use crate::sarif::Run;
use crate::{github, human, json, sarif};

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
    /// One document of SARIF 2.1.0.
    Sarif,
}

impl MessageFormat {
    /// Whether what reads it expects JSON, also on other lines of the stream.
    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Sarif)
    }
}

/// All of them in that form, with a final newline, and for people with the count of them. `color` is for the human form
/// only, `run` for that of SARIF.
pub fn text(findings: &[Finding], format: MessageFormat, color: bool, run: &Run) -> String {
    let mut out = match format {
        MessageFormat::Human => findings.iter().map(|finding| human::text(finding, color)).collect(),
        MessageFormat::Json => {
            let mut json = Json::default();
            for finding in findings {
                json::write(&mut json, finding);
            }
            json.into_text()
        }
        MessageFormat::Github => findings.iter().map(github::text).collect(),
        MessageFormat::Sarif => sarif::text(findings, run),
    };
    if format == MessageFormat::Human
        && let Some(summary) = summary(findings)
    {
        out.push_str(&summary);
        out.push('\n');
    }
    out
}

/// The last line of a report for people: how many errors and warnings; nothing when there are none.
fn summary(findings: &[Finding]) -> Option<String> {
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
