//! A document as a tree: one list of small records, each followed by those below it. What is written as it is meant takes no
//! room beside them.

use std::sync::OnceLock;

use crate::entry::Style;

/// A document. It does not hold its text, which [`Tree::root`] is given.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub(crate) records: Vec<Record>,
    /// The texts of scalars that are not what is written, and the names of aliases.
    pub(crate) texts: Vec<Made>,
    /// What stands before few nodes, with their places in the list, in this order.
    pub(crate) properties: Vec<(usize, Properties)>,
    /// Where the text that was read begins in the one that the tree is about.
    pub(crate) shift: usize,
    /// See [`Tree::is_plain`].
    pub(crate) is_plain: bool,
}

/// A text that is not what is written.
#[derive(Clone, Debug)]
pub(crate) enum Made {
    Text(Box<str>),
    /// That of a literal block, whose lines lose that many spaces. It is made when somebody asks: most are long, and few are
    /// looked at.
    Literal(u32, OnceLock<Box<str>>),
}

/// What stands before a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    pub anchor: Option<String>,
    pub tag: Option<String>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Scalar(Style),
    /// It is not replaced by what it stands for: [`Node::resolve`] does that, one step at a time.
    Alias,
    Sequence,
    /// Keys and values in turn, in the order of the text, with keys that stand twice.
    Mapping,
}

impl Kind {
    /// Whether others are in it.
    #[inline]
    pub fn is_collection(self) -> bool {
        matches!(self, Self::Sequence | Self::Mapping)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) kind: Kind,
    pub(crate) has_properties: bool,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Of a collection, how many records are below it. Of others, which of the texts is theirs, from 1; of what is written as
    /// it is meant, 0.
    pub(crate) more: u32,
}

impl Record {
    /// The place behind all that is in it, where it stands at that place.
    #[inline]
    pub(crate) fn after(self, at: usize) -> usize {
        at + 1 + if self.kind.is_collection() { self.more as usize } else { 0 }
    }
}

pub(crate) fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Tree {
    /// Whether it was read without the parser: then no anchors, tags or aliases are in it, and no key is a collection.
    pub fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Moves all ranges by that many bytes, as where the text was a part of another.
    pub fn shift(&mut self, by: usize) {
        self.shift += by;
    }

    /// Adds a record, with its text where that is not what is written.
    pub(crate) fn push(&mut self, mut record: Record, made: Option<Made>, properties: Option<Properties>) {
        if let Some(made) = made {
            self.texts.push(made);
            record.more = number(self.texts.len());
        }
        if let Some(properties) = properties {
            record.has_properties = true;
            self.properties.push((self.records.len(), properties));
        }
        self.records.push(record);
    }

    /// Ends a collection: all that was added since is in it.
    pub fn close(&mut self, at: usize) {
        let more = number(self.records.len() - at - 1);
        if let Some(record) = self.records.get_mut(at) {
            record.more = more;
        }
    }

    /// Takes everything from that place on away again.
    pub fn truncate(&mut self, at: usize) {
        self.records.truncate(at);
        self.properties.retain(|(place, _)| *place < at);
    }
}
