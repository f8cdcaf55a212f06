//! What a text may have beside ordinary text: the forms of a placeholder, and what only looks like one.

use std::ops::Range;

/// What stands between a placeholder's name and its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `${NAME}`
    Plain,
    /// `:-` or `-`: the word replaces an unset (with `:` also an empty) variable.
    Default { colon: bool },
    /// `:?` or `?`: the word is the message of an error.
    Required { colon: bool },
    /// `:+` or `+`: the word replaces a set (with `:` not empty) variable.
    Alternative { colon: bool },
    /// `${NAME:default}`, Elasticsearch's own form: an empty value counts as set.
    Legacy,
}

/// Why something that begins like a placeholder is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyntaxError {
    Unterminated,
    EmptyName,
    BadName,
    ComputedName,
    Assignment,
    CaseChange,
    Replacement,
    Strip,
    Length,
    Indirect,
    UnknownOperator,
    TooDeep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of our placeholders.
    Value(Form),
    /// `$${…}`: everything after the first `$` is literal text.
    Escape,
    /// `${dotted.name}`: the server's own reference, literal text.
    Reference,
    /// An error; the range is where it stands (it may lie inside the token, in a default).
    Invalid(SyntaxError, usize, usize),
}

/// A piece of text that is not ordinary: from the first `$` to the byte after the closing bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: Kind,
}

/// What a placeholder consists of, from the two bytes of its opening bracket on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where the name ends.
    pub(crate) name_end: usize,
    pub(crate) operator: Operator,
    /// Where the word begins; it ends before the closing bracket.
    pub(crate) word: usize,
}

impl Operator {
    /// As it is written.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Default { colon: true } => ":-",
            Self::Default { colon: false } => "-",
            Self::Required { colon: true } => ":?",
            Self::Required { colon: false } => "?",
            Self::Alternative { colon: true } => ":+",
            Self::Alternative { colon: false } => "+",
            Self::Legacy => ":",
        }
    }
}

impl Token {
    /// Whether it is one of our placeholders.
    pub(crate) fn is_value(self) -> bool {
        matches!(self.kind, Kind::Value(_))
    }

    /// The variable's name; nothing where the token is no placeholder.
    pub(crate) fn name(self, text: &str) -> &str {
        match self.kind {
            Kind::Value(form) => text.get(self.start + 2..form.name_end).unwrap_or(""),
            Kind::Escape | Kind::Reference | Kind::Invalid(..) => "",
        }
    }

    /// Whether it is a placeholder with nothing but a name.
    pub(crate) fn is_bare(self) -> bool {
        match self.kind {
            Kind::Value(form) => form.operator == Operator::Plain,
            Kind::Escape | Kind::Reference | Kind::Invalid(..) => false,
        }
    }

    /// The default, alternative or message; empty where there is none.
    pub(crate) fn word(self) -> Range<usize> {
        match self.kind {
            Kind::Value(form) => form.word..self.end - 1,
            Kind::Escape | Kind::Reference | Kind::Invalid(..) => self.end..self.end,
        }
    }

    /// Whether it is a placeholder with text of its own.
    pub(crate) fn has_word(self) -> bool {
        !self.word().is_empty()
    }

    /// The opening and the closing bracket, with its `$`.
    pub(crate) fn brackets(self, text: &str) -> (&'static str, &'static str) {
        brackets(text, self.start)
    }
}

/// The brackets of what begins with the `$` at `start`.
pub(crate) fn brackets(text: &str, start: usize) -> (&'static str, &'static str) {
    if text.get(start..).is_some_and(|text| text.starts_with("$<")) { ("$<", ">") } else { ("${", "}") }
}
