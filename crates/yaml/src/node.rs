//! The nodes of a tree, each with its place.

use std::fmt;
use std::ops::Range;

use crate::entry::Style;
use crate::plain::literal;
use crate::tree::{Kind, Made, Properties, Record, Tree, number};

/// One node of a document.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    pub(crate) tree: &'t Tree,
    pub(crate) text: &'t str,
    pub(crate) at: usize,
}

/// What stands directly in a node.
#[derive(Clone)]
struct Children<'t> {
    next: Node<'t>,
    end: usize,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    #[inline]
    fn next(&mut self) -> Option<Node<'t>> {
        let node = self.next;
        self.next.at = node.after();
        (node.at < self.end).then_some(node)
    }
}

const NOTHING: Record = Record { kind: Kind::Mapping, has_properties: false, start: 0, end: 0, more: 0 };

impl<'t> Node<'t> {
    #[inline]
    pub(crate) fn record(self) -> Record {
        self.tree.records.get(self.at).copied().unwrap_or(NOTHING)
    }

    /// The place behind all that is in it.
    #[inline]
    pub(crate) fn after(self) -> usize {
        self.record().after(self.at)
    }

    /// What it is.
    #[inline]
    pub fn kind(self) -> Kind {
        self.record().kind
    }

    /// The bytes of the text: of a scalar with its quotes, of a collection up to its end.
    #[inline]
    pub fn range(self) -> Range<usize> {
        let Record { start, end, .. } = self.record();
        start as usize + self.tree.shift..end as usize + self.tree.shift
    }

    /// The text of a scalar.
    #[inline]
    pub fn text(self) -> Option<&'t str> {
        self.scalar().map(|(text, _)| text)
    }

    /// The text of a scalar, and how it is written.
    #[inline]
    pub fn scalar(self) -> Option<(&'t str, Style)> {
        let Kind::Scalar(style) = self.kind() else { return None };
        let written = || self.text.get(self.without_quotes()).unwrap_or_default();
        Some((self.made_text().unwrap_or_else(written), style))
    }

    /// The text that is not what is written.
    #[inline]
    pub(crate) fn made(self) -> Option<&'t Made> {
        let Record { kind, more, .. } = self.record();
        let place = (more as usize).checked_sub(1).filter(|_| !kind.is_collection())?;
        self.tree.texts.get(place)
    }

    #[inline]
    fn made_text(self) -> Option<&'t str> {
        Some(match self.made()? {
            Made::Text(text) => text,
            Made::Literal(indent, text) => text.get_or_init(|| {
                let written = self.text.get(self.range()).unwrap_or_default();
                literal(written, *indent as usize).into()
            }),
        })
    }

    /// The name of the anchor that an alias is of.
    #[inline]
    pub fn alias(self) -> Option<&'t str> {
        if self.kind() == Kind::Alias { self.made_text() } else { None }
    }

    /// What stands before it.
    pub fn properties(self) -> Option<&'t Properties> {
        if !self.record().has_properties {
            return None;
        }
        let place = self.tree.properties.binary_search_by_key(&self.at, |(at, _)| *at).ok()?;
        self.tree.properties.get(place).map(|(_, properties)| properties)
    }

    /// The name that aliases use.
    pub fn anchor(self) -> Option<&'t str> {
        self.properties()?.anchor.as_deref()
    }

    /// The tag.
    pub fn tag(self) -> Option<&'t str> {
        self.properties()?.tag.as_deref()
    }

    /// Whether anchors or tags stand in it.
    pub fn has_properties(self) -> bool {
        !self.tree.properties.is_empty() && self.nodes().any(|node| node.record().has_properties)
    }

    /// It and all nodes in it.
    pub fn nodes(self) -> impl Iterator<Item = Self> {
        (self.at..self.after()).map(move |at| Self { at, ..self })
    }

    /// All that stand directly in it: elements, or keys and values in turn.
    #[inline]
    pub fn children(self) -> impl Iterator<Item = Self> + Clone {
        Children { next: Self { at: self.at + 1, ..self }, end: self.after() }
    }

    #[inline]
    fn children_of(self, kind: Kind) -> Children<'t> {
        let end = if self.kind() == kind { self.after() } else { self.at };
        Children { next: Self { at: self.at + 1, ..self }, end }
    }

    /// How many nodes it is, with all that are in it.
    pub fn size(self) -> usize {
        self.after() - self.at
    }

    /// The elements of a sequence.
    #[inline]
    pub fn items(self) -> impl Iterator<Item = Self> + Clone {
        self.children_of(Kind::Sequence)
    }

    /// Keys and values of a mapping.
    #[inline]
    pub fn entries(self) -> impl Iterator<Item = (Self, Self)> + Clone {
        let mut children = self.children_of(Kind::Mapping);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// The key with that text, and its value; the last one where it stands twice.
    pub fn entry(self, key: &str) -> Option<(Self, Self)> {
        let Record { kind: Kind::Mapping, more, .. } = self.record() else { return None };
        let end = self.at + 1 + more as usize;
        let records = self.tree.records.get(..end)?;
        // This is asked for more often than anything else: what has another length is not looked at any closer.
        let (mut at, mut found) = (self.at + 1, None);
        while let Some(name) = records.get(at) {
            let value = name.after(at);
            let length = (name.end - name.start) as usize;
            if (name.more > 0 || length == key.len() || length == key.len() + 2)
                && (Self { at, ..self }).text() == Some(key)
            {
                found = Some((Self { at, ..self }, Self { at: value, ..self }));
            }
            at = records.get(value)?.after(value);
        }
        found
    }

    /// The first key in it that is a collection.
    pub fn odd_key(self) -> Option<Self> {
        if self.tree.is_plain {
            return None;
        }
        let mut mappings = self.nodes().filter(|node| node.kind() == Kind::Mapping);
        mappings.find_map(|node| node.entries().map(|(key, _)| key).find(|key| key.kind().is_collection()))
    }

    /// Whether in it or in anything below it a name may stand twice in one mapping. Of many names that is not looked at here.
    pub fn may_repeat(self) -> bool {
        const FEW: usize = 16;
        self.nodes().any(|node| {
            let mut names = [""; FEW];
            node.entries().map(|(key, _)| key.text().unwrap_or_default()).enumerate().any(|(index, name)| {
                let mut before = names.iter().take(index);
                let is_known = before.any(|known| known.len() == name.len() && *known == name);
                let free = names.get_mut(index);
                is_known || free.map(|free| *free = name).is_none()
            })
        })
    }

    /// The value of a key.
    #[inline]
    pub fn get(self, key: &str) -> Option<Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The node itself, or what an alias stands for: the last node of the tree with that anchor before it.
    #[must_use]
    #[inline]
    pub fn resolve(self) -> Self {
        let Some(name) = self.alias() else { return self };
        let before = self.tree.properties.iter().rev().filter(|(at, _)| *at < self.at);
        let mut nodes = before.map(|(at, _)| Self { at: *at, ..self });
        nodes.find(|node| node.anchor() == Some(name)).unwrap_or(self)
    }

    /// The bytes of a scalar's text: those between its quotes, where it has any.
    pub fn inner_range(self) -> Range<usize> {
        if self.record().has_properties { self.range() } else { self.without_quotes() }
    }

    #[inline]
    fn without_quotes(self) -> Range<usize> {
        let range = self.range();
        match self.kind() {
            Kind::Scalar(Style::Single | Style::Double) if range.len() >= 2 => range.start + 1..range.end - 1,
            _ => range,
        }
    }

    /// Its place among all nodes of the tree.
    #[inline]
    pub fn at(self) -> u32 {
        number(self.at)
    }

    /// The node of the same tree at that place.
    #[must_use]
    #[inline]
    pub fn beside(self, at: u32) -> Self {
        Self { at: at as usize, ..self }
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} {:?} ", self.range(), self.properties())?;
        match self.kind() {
            Kind::Scalar(style) => write!(formatter, "{style:?} {:?}", self.text()),
            Kind::Alias => write!(formatter, "alias {:?}", self.alias()),
            Kind::Sequence => formatter.debug_list().entries(self.items()).finish(),
            Kind::Mapping => formatter.debug_map().entries(self.entries()).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Refusal, parse};

    fn parsed(text: &str) -> Tree {
        parse(text).unwrap().unwrap()
    }

    #[test]
    fn every_node_knows_where_it_stands() {
        let text = "a: 'é'\nlist:\n- x\n- {y: [1, \"2\"], z: }\nblock: |\n  l1\n  l2\nend: e\n";
        let tree = parsed(text);
        let root = tree.root(text);
        let written = |node: Node<'_>| text[node.range()].to_owned();
        let (key, value) = root.entry("a").unwrap();
        assert_eq!((written(key), written(value), value.text()), ("a".into(), "'é'".into(), Some("é")));
        assert_eq!(&text[value.inner_range()], "é");
        let mut list = root.get("list").unwrap().items();
        assert_eq!(list.clone().map(written).collect::<Vec<_>>(), ["x", "{y: [1, \"2\"], z: }"]);
        let second = list.nth(1).unwrap();
        let inner = second.get("y").unwrap();
        assert_eq!(inner.items().map(written).collect::<Vec<_>>(), ["1", "\"2\""]);
        assert_eq!(second.get("z").unwrap().text(), Some(""));
        let block = root.get("block").unwrap();
        assert_eq!((written(block), block.text()), ("|\n  l1\n  l2\n".into(), Some("l1\nl2\n")));
        assert_eq!(root.entries().count(), 4);
    }

    #[test]
    fn the_last_of_two_keys_counts_and_both_are_there() {
        let text = "a: 1\na: 2\n";
        let tree = parsed(text);
        let root = tree.root(text);
        assert_eq!((root.get("a").and_then(Node::text), root.entries().count()), (Some("2"), 2));
    }

    #[test]
    fn aliases_stay_and_can_be_followed() {
        let text = "x: &a 1\ny: [&a {k: v}, *a]\nz: *a\nloop: &l [*l]\nlater: *a\nw: &a 2\n";
        let tree = parsed(text);
        let root = tree.root(text);
        let alias = root.get("z").unwrap();
        assert_eq!((alias.kind(), alias.alias(), alias.text()), (Kind::Alias, Some("a"), None));
        for name in ["z", "later"] {
            assert_eq!(root.get(name).unwrap().resolve().get("k").and_then(Node::text), Some("v"));
        }
        let own = root.get("loop").unwrap();
        assert_eq!(own.items().next().unwrap().resolve().range(), own.range());
    }

    #[test]
    fn a_part_is_a_tree_of_its_own() {
        let text = "x: 1\ny: &a [\"\\x41\", *b, !t {k: &c |\n  b\n  }]\nz: 2\n";
        let text = text.replace("|\n  b\n  ", "'v''w'");
        let mut tree = parsed(&text);
        tree.shift(1);
        let moved = format!(" {text}");
        let part = tree.root(&moved).get("y").unwrap();
        assert_eq!(format!("{:?}", part.to_tree().root(&moved)), format!("{part:?}"));
        assert!(format!("{part:?}").contains("\"A\"") && format!("{part:?}").contains("v'w"), "{part:?}");
    }

    #[test]
    fn what_is_no_document() {
        assert!(parse("").unwrap().is_none());
        assert!(parse("# nothing\n").unwrap().is_none());
        assert!(matches!(parse("a: [\n"), Err(Refusal::Syntax { .. })));
        assert!(matches!(parse("a\n---\nb\n"), Err(Refusal::SecondDocument { .. })));
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(&deep(200)).is_ok());
        assert!(matches!(parse(&deep(201)), Err(Refusal::TooDeep { .. })));
    }
}
