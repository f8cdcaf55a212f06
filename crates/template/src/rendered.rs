//! A template, and what rendering gives.

use diagnostics::{Finding, Span};

use crate::format::Format;
use crate::problem::Problem;
use crate::settings::Settings;

/// Template and rendered file are at most that many bytes.
pub const LIMIT: usize = 32 << 20;

/// One template as read from disk.
#[derive(Clone, Copy, Debug)]
pub struct Template<'a> {
    /// The path as the user knows it, for messages; `<stdin>` for standard input.
    pub name: &'a str,
    pub bytes: &'a [u8],
    pub format: Format,
}

/// How a placeholder got its text, for `explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueFrom {
    /// The variable's own value.
    Variable,
    /// The default (or alternative) written in the placeholder.
    Default,
}

/// One placeholder of a template and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub name: String,
    pub span: Span,
    /// The placeholder as written.
    pub placeholder: String,
    /// It has nothing but a name.
    pub is_bare: bool,
    /// The text it was replaced with; to be masked when [`Use::is_secret`] says so.
    pub text: String,
    pub value_from: ValueFrom,
    /// It comes from a variable that is a secret.
    pub secret: bool,
}

impl Use {
    /// Whether the text must not be shown: it is a secret, or gives the value of one.
    pub fn is_secret(&self) -> bool {
        self.secret || self.span.is_secret()
    }
}

/// What rendering gives.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The rendered file; nothing when a finding is an error, or when a variable is unknown.
    pub bytes: Option<Vec<u8>>,
    /// All problems, sorted by place.
    pub findings: Vec<Finding>,
    /// A secret stands in the file: it is not for everybody's eyes.
    pub holds_secret: bool,
}

/// What rendering a text gives, before places and bytes are made of it.
pub(crate) struct RenderedText {
    pub(crate) text: Option<String>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) holds_secret: bool,
}

/// What reading the settings of a rendered YAML file gives, for `check`, `run` and `explain`.
#[derive(Clone, Debug, Default)]
pub struct Inspected {
    pub rendered: Rendered,
    /// The settings of the file, flattened. A value that could not be evaluated is [`crate::Scalar::Unknown`], so that what is
    /// wrong with the others still comes out in the same run.
    pub settings: Settings,
    pub uses: Vec<Use>,
}
