//! One finding per problem, with its place, the reason and the fix.

use std::fmt::Write as _;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Refuses the start; exit code 78.
    Error,
    /// Reported, and counted as an error under `--strict`.
    Warning,
}

impl Severity {
    /// The word used in every output format: `error` or `warning`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Where a problem is: lines and columns count from 1, columns count characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path as the user knows it; `<stdin>` for standard input.
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// The column after the last character.
    pub end_column: usize,
    /// The whole source line without its line end, or nothing where showing it could show a secret.
    pub excerpt: Option<String>,
    /// Short text printed behind the carets, for instance `MIN_MASTERS=1`; never a secret.
    pub label: Option<String>,
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `area/kebab-name`, one of [`crate::codes::CODES`].
    pub code: &'static str,
    pub severity: Severity,
    /// One lower-case sentence without a full stop: what is wrong, with literals in backticks.
    pub message: String,
    pub place: Option<Place>,
    /// The environment variable concerned.
    pub variable: Option<String>,
    /// The setting concerned, dotted.
    pub setting: Option<String>,
    /// Why it matters and the exact fix.
    pub help: Option<String>,
}

impl Finding {
    /// A finding that refuses the start.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message.into())
    }

    /// A finding that is only told.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message.into())
    }

    fn new(code: &'static str, severity: Severity, message: String) -> Self {
        Self { code, severity, message, place: None, variable: None, setting: None, help: None }
    }

    /// Adds the place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Adds the variable concerned.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>) -> Self {
        self.variable = Some(name.into());
        self
    }

    /// Adds the setting concerned.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>) -> Self {
        self.setting = Some(name.into());
        self
    }

    /// Adds the reason and the fix.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Sorts by file, line and column; findings without a place come last, in the order they were found.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|left, right| match (&left.place, &right.place) {
        (Some(left), Some(right)) => {
            (&left.file, left.line, left.column).cmp(&(&right.file, right.line, right.column))
        }
        (left, right) => left.is_none().cmp(&right.is_none()),
    });
}

/// Appends `text` as the inside of a JSON string.
fn push_json(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if (control as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.push(other),
        }
    }
}

/// `text` as a JSON string with its quotes.
pub fn json_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    push_json(&mut out, text);
    out.push('"');
    out
}
