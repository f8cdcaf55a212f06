//! Who names a file.

use diagnostics::{Finding, Span};

/// A setting or an option of the JVM, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// For a message, with its backquotes: "`path.repo`", "`-javaagent` in `ES_JAVA_OPTS`".
    pub name: String,
    pub span: Option<Span>,
    pub variable: Option<String>,
    pub setting: Option<String>,
    /// The path must not be shown.
    pub is_hidden: bool,
}

impl Place {
    /// The finding with this place.
    pub(super) fn on(&self, mut finding: Finding) -> Finding {
        finding.span.clone_from(&self.span);
        finding.variable.clone_from(&self.variable);
        finding.setting.clone_from(&self.setting);
        finding
    }
}
