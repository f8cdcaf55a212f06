//! Makes trees: of a text, and of parts of others.

use std::sync::OnceLock;

use crate::entry::{EventKind, Refusal, Style};
use crate::events::read_any;
use crate::node::Node;
use crate::plain;
use crate::tree::{Kind, Made, Properties, Record, Tree, number};

/// Reads one document; nothing where there is none. Collections nest at most as deep as the events allow.
pub fn parse(text: &str) -> Result<Option<Tree>, Refusal> {
    let mut tree = Tree::default();
    let mut open = Vec::new();
    if let Some(plain::Document { events, next }) = plain::events(text) {
        if let Some(at) = next {
            return Err(Refusal::SecondDocument { at });
        }
        tree.is_plain = true;
        tree.records.reserve_exact(events.len());
        for event in events {
            let is_literal = event.kind == EventKind::Scalar(Style::Literal);
            let made = is_literal.then(|| Made::Literal(event.indent, OnceLock::new()));
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
            let made = (!is_written).then(|| Made::Text(entry.value.into()));
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

    fn event(
        &mut self,
        open: &mut Vec<usize>,
        (kind, start, end): (EventKind, u32, u32),
        made: Option<Made>,
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

    /// Begins a collection like that one, without what is in it; gives its place for [`Tree::close`].
    pub fn open(&mut self, node: Node<'_>) -> usize {
        let at = self.records.len();
        let mut record = node.record();
        if record.kind.is_collection() {
            record.more = 0;
        }
        self.shift = node.tree.shift;
        self.push(record, node.made().cloned(), node.properties().cloned());
        at
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
}

impl Node<'_> {
    /// It alone as a tree.
    pub fn to_tree(self) -> Tree {
        let mut tree = Tree::default();
        tree.copy(self);
        tree
    }
}
