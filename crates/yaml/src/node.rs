//! A document as a tree in which every node knows where it stands.

use std::ops::Range;

use crate::entry::{Entry, EventKind, Style};
use crate::events::{Refusal, read};

/// One node of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The bytes of the text: of a scalar with its quotes, of a collection up to its end.
    pub range: Range<usize>,
    pub content: Content,
    /// Few have any: they take no room in the others.
    pub properties: Option<Box<Properties>>,
}

/// What stands before a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Properties {
    pub anchor: Option<String>,
    pub tag: Option<String>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Scalar {
        text: Box<str>,
        style: Style,
    },
    /// The name of an anchor. It is not replaced by what it stands for: [`Node::resolve`] does that, one step at a time.
    Alias(Box<str>),
    Sequence(Box<[Node]>),
    /// In the order of the text, with keys that stand twice.
    Mapping(Box<[(Node, Node)]>),
}

/// Reads one document; nothing where there is none. Collections nest at most as deep as the events allow.
pub fn parse(text: &str) -> Result<Option<Node>, Refusal> {
    let mut builder = Builder { open: Vec::new(), root: None };
    read(text, &mut |entry| builder.entry(entry))?;
    Ok(builder.root)
}

/// A collection that is not complete.
struct Open {
    node: Node,
    is_mapping: bool,
    /// Its elements; of a mapping, keys and values in turn.
    children: Vec<Node>,
}

struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
}

impl Builder {
    fn entry(&mut self, entry: Entry) {
        let content = match entry.kind {
            EventKind::Scalar(style) => Content::Scalar { text: entry.value.into(), style },
            EventKind::Alias => Content::Alias(entry.value.into()),
            EventKind::SequenceStart { .. } => Content::Sequence(Box::default()),
            EventKind::MappingStart { .. } => Content::Mapping(Box::default()),
            EventKind::End => {
                if let Some(Open { mut node, is_mapping, children }) = self.open.pop() {
                    node.range.end = entry.end;
                    node.content =
                        if is_mapping { pairs(children) } else { Content::Sequence(children.into()) };
                    self.add(node);
                }
                return;
            }
        };
        let (anchor, tag) = (entry.anchor, entry.tag);
        let has_properties = anchor.is_some() || tag.is_some();
        let properties = has_properties.then(|| Box::new(Properties { anchor, tag }));
        let node = Node { range: entry.start..entry.end, content, properties };
        match node.content {
            Content::Sequence(_) => self.open.push(Open { node, is_mapping: false, children: Vec::new() }),
            Content::Mapping(_) => self.open.push(Open { node, is_mapping: true, children: Vec::new() }),
            Content::Scalar { .. } | Content::Alias(_) => self.add(node),
        }
    }

    /// Adds a complete node to the collection around it.
    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
    }
}

/// Keys and values in turn become a mapping.
fn pairs(children: Vec<Node>) -> Content {
    let mut pairs = Vec::with_capacity(children.len() / 2);
    let mut children = children.into_iter();
    while let (Some(key), Some(value)) = (children.next(), children.next()) {
        pairs.push((key, value));
    }
    Content::Mapping(pairs.into())
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The name that aliases use.
    pub fn anchor(&self) -> Option<&str> {
        self.properties.as_ref()?.anchor.as_deref()
    }

    /// The tag.
    pub fn tag(&self) -> Option<&str> {
        self.properties.as_ref()?.tag.as_deref()
    }

    /// The elements of a sequence.
    pub fn items(&self) -> &[Self] {
        match &self.content {
            Content::Sequence(items) => items,
            _ => &[],
        }
    }

    /// Keys and values of a mapping.
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.content {
            Content::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The key with that text, and its value; the last one where it stands twice.
    pub fn entry(&self, key: &str) -> Option<(&Self, &Self)> {
        let entries = self.entries().iter().rev();
        entries.map(|(name, value)| (name, value)).find(|(name, _)| name.text() == Some(key))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Moves all ranges by that many bytes, as where the text was a part of another.
    pub fn shift(&mut self, by: usize) {
        self.range = self.range.start + by..self.range.end + by;
        match &mut self.content {
            Content::Sequence(items) => items.iter_mut().for_each(|item| item.shift(by)),
            Content::Mapping(entries) => {
                for (key, value) in entries {
                    key.shift(by);
                    value.shift(by);
                }
            }
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
    }

    /// The node itself, or what an alias stands for: in `root`, the last node with that anchor before it.
    pub fn resolve<'a>(&'a self, root: &'a Self) -> &'a Self {
        let Content::Alias(name) = &self.content else { return self };
        root.anchored(name, self.range.start).unwrap_or(self)
    }

    fn anchored(&self, name: &str, before: usize) -> Option<&Self> {
        if self.range.start >= before {
            return None;
        }
        let inside = match &self.content {
            Content::Sequence(items) => items.iter().rev().find_map(|item| item.anchored(name, before)),
            Content::Mapping(entries) => entries
                .iter()
                .rev()
                .find_map(|(key, value)| value.anchored(name, before).or_else(|| key.anchored(name, before))),
            Content::Scalar { .. } | Content::Alias(_) => None,
        };
        inside.or_else(|| (self.anchor() == Some(name)).then_some(self))
    }

    /// The bytes of a scalar's text: those between its quotes, where it has any.
    pub fn inner_range(&self) -> Range<usize> {
        match &self.content {
            Content::Scalar { style: Style::Single | Style::Double, .. }
                if self.properties.is_none() && self.range.len() >= 2 =>
            {
                self.range.start + 1..self.range.end - 1
            }
            _ => self.range.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Node {
        parse(text).unwrap().unwrap()
    }

    #[test]
    fn every_node_knows_where_it_stands() {
        let text = "a: 'é'\nlist:\n- x\n- {y: [1, \"2\"], z: }\nblock: |\n  l1\n  l2\nend: e\n";
        let root = parsed(text);
        let written = |node: &Node| text[node.range.clone()].to_owned();
        let (key, value) = root.entry("a").unwrap();
        assert_eq!((written(key), written(value), value.text()), ("a".into(), "'é'".into(), Some("é")));
        assert_eq!(&text[value.inner_range()], "é");
        let list = root.get("list").unwrap().items();
        assert_eq!(list.iter().map(written).collect::<Vec<_>>(), ["x", "{y: [1, \"2\"], z: }"]);
        let inner = list[1].get("y").unwrap();
        assert_eq!(inner.items().iter().map(written).collect::<Vec<_>>(), ["1", "\"2\""]);
        assert_eq!(list[1].get("z").unwrap().text(), Some(""));
        assert_eq!(written(root.get("block").unwrap()), "|\n  l1\n  l2\n");
        assert_eq!(root.entries().len(), 4);
    }

    #[test]
    fn the_last_of_two_keys_counts_and_both_are_there() {
        let root = parsed("a: 1\na: 2\n");
        assert_eq!((root.get("a").and_then(Node::text), root.entries().len()), (Some("2"), 2));
    }

    #[test]
    fn aliases_stay_and_can_be_followed() {
        let root = parsed("x: &a 1\ny: [&a {k: v}, *a]\nz: *a\nloop: &l [*l]\nlater: *a\nw: &a 2\n");
        let alias = root.get("z").unwrap();
        assert_eq!(alias.content, Content::Alias("a".into()));
        assert_eq!(alias.resolve(&root).get("k").and_then(Node::text), Some("v"));
        assert_eq!(root.get("later").unwrap().resolve(&root).get("k").and_then(Node::text), Some("v"));
        let own = root.get("loop").unwrap();
        assert_eq!(own.items()[0].resolve(&root), own);
    }

    #[test]
    fn what_is_no_document() {
        assert_eq!(parse("").unwrap(), None);
        assert_eq!(parse("# nothing\n").unwrap(), None);
        assert!(matches!(parse("a: [\n"), Err(Refusal::Syntax { .. })));
        assert!(matches!(parse("a\n---\nb\n"), Err(Refusal::SecondDocument { .. })));
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(&deep(200)).is_ok());
        assert!(matches!(parse(&deep(201)), Err(Refusal::TooDeep { .. })));
    }
}
