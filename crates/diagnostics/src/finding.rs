//! One finding per problem, with its place, the reason and the fix.

use std::fmt::Write as _;
use std::ops::{Deref, DerefMut};

use crate::order;
use crate::source::{Location, Span};

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

/// A change of a text that mends what a finding is about, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// One problem. It goes through many hands on its way out of a rule: what is handed on is a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding(Box<Details>);

/// What a finding says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// `area/kebab-name`, one of [`crate::codes::CODES`].
    pub code: &'static str,
    pub severity: Severity,
    /// One lower-case sentence without a full stop: what is wrong, with literals in backticks.
    pub message: String,
    pub span: Option<Span>,
    /// Further places, each with what is there, so that ` here` may follow. They are reported in the help.
    pub also: Vec<(Span, String)>,
    /// The environment variable concerned.
    pub variable: Option<String>,
    /// The setting concerned, dotted.
    pub setting: Option<String>,
    /// Why it matters and the exact fix.
    pub help: Option<String>,
    /// What `--fix` writes: all of them, or nothing. Only what is mechanical has any.
    pub edits: Vec<Edit>,
}

/// None of these is inlined: hundreds of places make findings, and none of them in a hurry.
impl Finding {
    /// A finding that refuses the start.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A finding that only warns.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A finding whose severity depends on something.
    #[inline(never)]
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            code,
            severity,
            message: message.into(),
            span: None,
            also: Vec::new(),
            variable: None,
            setting: None,
            help: None,
            edits: Vec::new(),
        }))
    }

    /// Adds the place.
    #[must_use]
    #[inline(never)]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Adds a further place and what is there.
    #[must_use]
    #[inline(never)]
    pub fn also(mut self, span: Span, what: impl Into<String>) -> Self {
        self.also.push((span, what.into()));
        self
    }

    /// Adds a change that mends it, together with those that it has.
    #[must_use]
    #[inline(never)]
    pub fn edit(mut self, span: Span, text: impl Into<String>) -> Self {
        self.edits.push(Edit { span, text: text.into() });
        self
    }

    /// The help with the further places: the file of one is named where it is another.
    pub fn help_text(&self) -> Option<String> {
        if self.also.is_empty() {
            return self.help.clone();
        }
        let own = self.location().map(|place| place.file);
        let mut help = self.help.clone().unwrap_or_default();
        for (span, what) in &self.also {
            if !help.is_empty() {
                help.push_str("; ");
            }
            let place = span.locate();
            let _ = match own.as_ref() {
                Some(own) if *own == place.file => write!(help, "{what} in line {}", place.line),
                _ => write!(help, "{what} at {}:{}:{}", place.file, place.line, place.column),
            };
        }
        Some(help)
    }

    /// The message and the help with the further places, as one text.
    pub(crate) fn message_and_help(&self) -> String {
        let mut text = self.message.clone();
        if let Some(help) = self.help_text() {
            let _ = write!(text, "\nhelp: {help}");
        }
        text
    }

    /// Where it is, in lines and columns.
    pub fn location(&self) -> Option<Location> {
        self.span.as_ref().map(Span::locate)
    }

    /// Adds the variable concerned.
    #[must_use]
    #[inline(never)]
    pub fn variable(mut self, name: impl Into<String>) -> Self {
        self.variable = Some(name.into());
        self
    }

    /// Adds the setting concerned.
    #[must_use]
    #[inline(never)]
    pub fn setting(mut self, name: impl Into<String>) -> Self {
        self.setting = Some(name.into());
        self
    }

    /// Adds the reason and the fix.
    #[must_use]
    #[inline(never)]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Deref for Finding {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl DerefMut for Finding {
    fn deref_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

/// Sorts by file, line and column; findings without a place come last, in the order they were found.
pub fn sort(findings: &mut [Finding]) {
    order::sort_by_key(findings, |finding| match &finding.span {
        Some(span) => {
            let (file, line, column) = span.order();
            (false, file.to_owned(), line, column)
        }
        None => (true, String::new(), 0, 0),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Secrets;
    use crate::source::Source;

    #[test]
    fn places_come_in_the_order_of_their_files() {
        let source = Source::new("b", "x: 1\ny: 2\n", Secrets::none);
        let other = Source::new("a", "z: 3\n", Secrets::none);
        let at = |message: &str, source, start: usize| {
            Finding::error("a/b", message).at(Span::new(source, start..start + 1))
        };
        let mut findings = vec![
            Finding::error("a/b", "nowhere"),
            at("third", &source, 8),
            at("second", &source, 3),
            Finding::error("a/b", "nowhere either"),
            at("first", &other, 3),
        ];
        sort(&mut findings);
        let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, ["first", "second", "third", "nowhere", "nowhere either"]);
    }
}
