//! Annotations of a code review on GitHub.

use std::fmt::Write as _;

use crate::finding::Finding;

/// A workflow command that GitHub turns into an annotation.
pub(crate) fn text(finding: &Finding) -> String {
    let mut out = format!("::{} ", finding.severity.word());
    if let Some(place) = finding.location() {
        let _ = write!(
            out,
            "file={},line={},col={},endColumn={},",
            github_property(&place.file),
            place.line,
            place.column,
            place.end_column
        );
    }
    let _ = write!(out, "title={}::", github_property(finding.code));
    out.push_str(&finding.message_and_help().replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"));
    out.push('\n');
    out
}

/// Escapes of a workflow command's properties, which also end at `,` and `:`.
fn github_property(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests;
