//! Fields of objects, read with the types that the API server demands of them. A wrong type is reported once, and the field is
//! then as if it were not there.

use diagnostics::{Finding, Span};
use yaml::{Content, Node};

use crate::object::Object;
use crate::scalar::{Value, value};

/// A field, which need not be there. `null` counts as absent, as it does for the API server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    object: &'a Object,
    /// Its name, where it has one.
    key: Option<&'a Node>,
    node: Option<&'a Node>,
}

impl Object {
    /// All of it.
    pub(crate) fn root(&self) -> Field<'_> {
        Field::new(self, self.node())
    }
}

impl<'a> Field<'a> {
    pub(crate) fn new(object: &'a Object, node: &'a Node) -> Self {
        Self { object, key: None, node: Some(node) }
    }

    pub(crate) fn object(self) -> &'a Object {
        self.object
    }

    /// The node, aliases resolved; nothing for `null`.
    pub(crate) fn node(self) -> Option<&'a Node> {
        self.written().filter(|node| value(node) != Some(Value::Null))
    }

    /// The same with `null`, which is an empty text where texts have names of the user's.
    pub(crate) fn written(self) -> Option<&'a Node> {
        Some(self.node?.resolve(self.object.node()))
    }

    /// Whether there are names below it.
    pub(crate) fn is_mapping(self) -> bool {
        self.node().is_some_and(|node| matches!(node.content, Content::Mapping(_)))
    }

    pub(crate) fn is_there(self) -> bool {
        self.node().is_some()
    }

    /// The field of that name below this one.
    pub(crate) fn get(self, name: &str) -> Field<'a> {
        let absent = Field { key: None, node: None, ..self };
        let Some(node) = self.node() else { return absent };
        if !matches!(node.content, Content::Mapping(_)) {
            self.wrong_type(node, "a mapping");
            return absent;
        }
        node.entry(name).map_or(absent, |(key, value)| Field { key: Some(key), node: Some(value), ..self })
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
        let items: &[Node] = match self.node() {
            Some(Node { content: Content::Sequence(items), .. }) => items,
            Some(node) => {
                self.wrong_type(node, "a list");
                &[]
            }
            None => &[],
        };
        items.iter().map(move |node| Field { key: None, node: Some(node), ..self })
    }

    /// The names below it, each with its value.
    pub(crate) fn entries(self) -> impl Iterator<Item = (&'a str, Field<'a>)> {
        let entries: &[(Node, Node)] = match self.node() {
            Some(Node { content: Content::Mapping(entries), .. }) => entries,
            Some(node) => {
                self.wrong_type(node, "a mapping");
                &[]
            }
            None => &[],
        };
        entries.iter().filter_map(move |(key, value)| {
            Some((key.text()?, Field { key: Some(key), node: Some(value), ..self }))
        })
    }

    /// Where the value stands; of a field that is not there, nothing.
    pub(crate) fn span(self) -> Option<Span> {
        self.node.map(|node| self.object.span(node.range.clone()))
    }

    /// Where the name stands, or the value where it has none.
    pub(crate) fn key_span(self) -> Option<Span> {
        self.key.or(self.node).map(|node| self.object.span(node.range.clone()))
    }

    fn wrong_type(self, node: &Node, expected: &str) {
        let name = self.key.and_then(Node::text);
        let what = match &node.content {
            Content::Mapping(_) => "a mapping",
            Content::Sequence(_) => "a list",
            Content::Alias(_) => "an alias of nothing",
            Content::Scalar { .. } => match value(node) {
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
        let finding =
            Finding::error("k8s/wrong-type", message).at(self.object.span(node.range.clone())).help(help);
        let mut problems = self.object.problems.borrow_mut();
        if !problems.contains(&finding) {
            problems.push(finding);
        }
    }
}
