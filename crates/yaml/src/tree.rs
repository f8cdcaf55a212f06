//! A document as a tree: one list of small records, each followed by those below it. What is written as it is meant takes no
//! room beside them.

use crate::entry::{EventKind, Style};
use crate::events::{Refusal, read_any};
use crate::node::Node;
use crate::plain;

/// A document. It does not hold its text, which [`Tree::root`] is given.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    pub(crate) records: Vec<Record>,
    /// The texts of scalars that are not what is written, and the names of aliases.
    pub(crate) texts: Vec<Box<str>>,
    /// What stands before few nodes, with their places in the list, in this order.
    pub(crate) properties: Vec<(usize, Properties)>,
    /// Where the text that was read begins in the one that the tree is about.
    pub(crate) shift: usize,
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
    pub(crate) fn after(self, at: usize) -> usize {
        at + 1 + if self.kind.is_collection() { self.more as usize } else { 0 }
    }
}

pub(crate) fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Reads one document; nothing where there is none. Collections nest at most as deep as the events allow.
pub fn parse(text: &str) -> Result<Option<Tree>, Refusal> {
    let mut tree = Tree::default();
    let mut open = Vec::new();
    if let Some(events) = plain::events(text) {
        tree.records.reserve_exact(events.len());
        for event in events {
            let made = (event.kind == EventKind::Scalar(Style::Literal)).then(|| event.text(text).into());
            tree.event(&mut open, (event.kind, event.start, event.end), made, None);
        }
    } else {
        read_any(text, &mut |entry| {
            let has_properties = entry.anchor.is_some() || entry.tag.is_some();
            let properties = has_properties.then_some(Properties { anchor: entry.anchor, tag: entry.tag });
            let is_written = match entry.kind {
                EventKind::Scalar(Style::Plain) => text.get(entry.start..entry.end) == Some(&entry.value),
                EventKind::Scalar(Style::Single | Style::Double) => {
                    text.get(entry.start + 1..entry.end.saturating_sub(1)) == Some(&entry.value)
                }
                EventKind::Scalar(_) | EventKind::Alias => false,
                _ => true,
            };
            let made = (!is_written).then(|| entry.value.into());
            tree.event(&mut open, (entry.kind, number(entry.start), number(entry.end)), made, properties);
        })?;
    }
    tree.records.shrink_to_fit();
    Ok((!tree.records.is_empty()).then_some(tree))
}

impl Tree {
    /// The node that all others are in; an empty mapping where nothing was read. `text` is what the tree is about.
    pub fn root<'t>(&'t self, text: &'t str) -> Node<'t> {
        Node { tree: self, text, at: 0 }
    }

    /// Moves all ranges by that many bytes, as where the text was a part of another.
    pub fn shift(&mut self, by: usize) {
        self.shift += by;
    }

    fn event(
        &mut self,
        open: &mut Vec<usize>,
        (kind, start, end): (EventKind, u32, u32),
        made: Option<Box<str>>,
        properties: Option<Properties>,
    ) {
        let kind = match kind {
            EventKind::Scalar(style) => Kind::Scalar(style),
            EventKind::Alias => Kind::Alias,
            EventKind::SequenceStart { .. } => Kind::Sequence,
            EventKind::MappingStart { .. } => Kind::Mapping,
            EventKind::End => {
                if let Some(at) = open.pop() {
                    self.close(at);
                    if let Some(record) = self.records.get_mut(at) {
                        record.end = end;
                    }
                }
                return;
            }
        };
        if kind.is_collection() {
            open.push(self.records.len());
        }
        self.push(Record { kind, has_properties: false, start, end, more: 0 }, made, properties);
    }

    fn push(&mut self, mut record: Record, made: Option<Box<str>>, properties: Option<Properties>) {
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

    /// Begins a collection like that one, without what is in it; gives its place for [`Tree::close`].
    pub fn open(&mut self, node: Node<'_>) -> usize {
        let at = self.records.len();
        let mut record = node.record();
        if record.kind.is_collection() {
            record.more = 0;
        }
        self.shift = node.tree.shift;
        self.push(record, node.made().map(Box::from), node.properties().cloned());
        at
    }

    /// Ends a collection: all that was added since is in it.
    pub fn close(&mut self, at: usize) {
        let more = number(self.records.len() - at - 1);
        if let Some(record) = self.records.get_mut(at) {
            record.more = more;
        }
    }

    /// Adds a node with all that is in it.
    pub fn copy(&mut self, node: Node<'_>) {
        for at in node.at..node.after() {
            let node = Node { at, ..node };
            let more = node.record().more;
            let own = self.open(node);
            if let Some(record) = self.records.get_mut(own).filter(|record| record.kind.is_collection()) {
                record.more = more;
            }
        }
    }

    /// Takes everything from that place on away again.
    pub fn truncate(&mut self, at: usize) {
        self.records.truncate(at);
        self.properties.retain(|(place, _)| *place < at);
    }
}
