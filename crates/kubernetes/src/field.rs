//! Fields of objects, read with the types that the API server demands of them. A wrong type is reported once, and the field is
//! then as if it were not there.

use diagnostics::{Finding, Span};
use yaml::{Kind, Node};

use crate::object::Object;
use crate::scalar::{Value, is_null, value};

/// A field, which need not be there. `null` counts as absent, as it does for the API server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    object: &'a Object,
    /// Where its name is in the tree of the object, if it has one. Fields are handed around a lot: a place takes less room
    /// than a node.
    key: Option<u32>,
    node: Option<u32>,
}

impl Object {
    /// All of it.
    pub(crate) fn root(&self) -> Field<'_> {
        Field::new(self, self.node())
    }
}

impl<'a> Field<'a> {
    pub(crate) fn new(object: &'a Object, node: Node<'a>) -> Self {
        Self { object, key: None, node: Some(node.at()) }
    }

    fn place(self, at: Option<u32>) -> Option<Node<'a>> {
        at.map(|at| self.object.node().beside(at))
    }

    pub(crate) fn object(self) -> &'a Object {
        self.object
    }

    /// The node, aliases resolved; nothing for `null`.
    pub(crate) fn node(self) -> Option<Node<'a>> {
        self.written().filter(|node| !is_null(*node))
    }

    /// The same with `null`, which is an empty text where texts have names of the user's.
    pub(crate) fn written(self) -> Option<Node<'a>> {
        Some(self.place(self.node)?.resolve())
    }

    /// Whether there are names below it.
    pub(crate) fn is_mapping(self) -> bool {
        self.node().is_some_and(|node| node.kind() == Kind::Mapping)
    }

    pub(crate) fn is_there(self) -> bool {
        self.node().is_some()
    }

    /// The field of that name below this one.
    pub(crate) fn get(self, name: &str) -> Field<'a> {
        let absent = Field { key: None, node: None, ..self };
        let found = self.of_kind(Kind::Mapping, "a mapping").and_then(|node| node.entry(name));
        found.map_or(absent, |(key, value)| Field { key: Some(key.at()), node: Some(value.at()), ..self })
    }

    /// A field further below.
    pub(crate) fn at(self, path: &[&str]) -> Field<'a> {
        path.iter().fold(self, |field, name| field.get(name))
    }

    /// A text.
    pub(crate) fn text(self) -> Option<&'a str> {
        let node = self.node()?;
        if let Some(Value::Text(text)) = value(node) {
            return Some(text);
        }
        self.wrong_type(node, "a text");
        None
    }

    /// A whole number.
    pub(crate) fn integer(self) -> Option<i64> {
        let node = self.node()?;
        if let Some(Value::Integer(number)) = value(node) {
            return Some(number);
        }
        self.wrong_type(node, "a whole number");
        None
    }

    /// `true` or `false`.
    pub(crate) fn boolean(self) -> Option<bool> {
        let node = self.node()?;
        if let Some(Value::Boolean(value)) = value(node) {
            return Some(value);
        }
        self.wrong_type(node, "`true` or `false`");
        None
    }

    /// A number or a text, as ports and amounts are; the text as it is written.
    pub(crate) fn number_or_text(self) -> Option<&'a str> {
        let node = self.node()?;
        if let Some(Value::Text(_) | Value::Integer(_) | Value::Number) = value(node) {
            return node.text();
        }
        self.wrong_type(node, "a number or a text");
        None
    }

    /// The elements of a list.
    pub(crate) fn items(self) -> impl Iterator<Item = Field<'a>> {
        let node = self.of_kind(Kind::Sequence, "a list");
        node.into_iter().flat_map(Node::items).map(move |node| Field {
            key: None,
            node: Some(node.at()),
            ..self
        })
    }

    /// The node, where it is a collection of that kind.
    fn of_kind(self, kind: Kind, expected: &str) -> Option<Node<'a>> {
        let node = self.node()?;
        if node.kind() != kind {
            self.wrong_type(node, expected);
            return None;
        }
        Some(node)
    }

    /// The names below it, each with its value.
    pub(crate) fn entries(self) -> impl Iterator<Item = (&'a str, Field<'a>)> {
        let node = self.of_kind(Kind::Mapping, "a mapping");
        node.into_iter().flat_map(Node::entries).filter_map(move |(key, value)| {
            Some((key.text()?, Field { key: Some(key.at()), node: Some(value.at()), ..self }))
        })
    }

    /// Where the value stands; of a field that is not there, nothing.
    pub(crate) fn span(self) -> Option<Span> {
        self.place(self.node).map(|node| self.object.span(node.range()))
    }

    /// Where the name stands, or the value where it has none.
    pub(crate) fn key_span(self) -> Option<Span> {
        self.place(self.key.or(self.node)).map(|node| self.object.span(node.range()))
    }

    fn wrong_type(self, node: Node<'_>, expected: &str) {
        let name = self.place(self.key).and_then(Node::text);
        let what = match node.kind() {
            Kind::Mapping => "a mapping",
            Kind::Sequence => "a list",
            Kind::Alias => "an alias of nothing",
            Kind::Scalar(_) => match value(node) {
                Some(Value::Boolean(_)) => "a boolean",
                Some(Value::Integer(_) | Value::Number) => "a number",
                _ => "a text",
            },
        };
        let message = match name {
            Some(name) => format!("`{name}` is {what}, not {expected}"),
            None => format!("this is {what}, not {expected}"),
        };
        let help = if expected == "a text" && matches!(what, "a boolean" | "a number") {
            "the API server refuses the whole object: put the value in quotes"
        } else {
            "the API server refuses the whole object"
        };
        let finding = Finding::error("k8s/wrong-type", message).at(self.object.span(node.range())).help(help);
        self.object.tell([finding]);
    }
}
