//! What a reading of YAML gives.

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    Scalar(Style),
    Alias,
    SequenceStart { flow: bool },
    MappingStart { flow: bool },
    End,
}

/// One event of the document.
#[derive(Debug)]
pub struct Entry {
    pub kind: EventKind,
    pub start: usize,
    pub end: usize,
    /// Text of a scalar, name of an alias.
    pub value: String,
    /// Anchor and tag.
    pub anchor: Option<String>,
    pub tag: Option<String>,
}

/// Why a text is not the YAML that we accept.
#[derive(Clone, Copy, Debug)]
pub enum Refusal {
    /// Not YAML: byte offset, what is wrong, what was being read.
    Syntax {
        at: usize,
        problem: &'static str,
        context: Option<&'static str>,
    },
    /// A character that YAML does not allow.
    Character {
        at: usize,
    },
    SecondDocument {
        at: usize,
    },
    TooDeep {
        at: usize,
    },
}
