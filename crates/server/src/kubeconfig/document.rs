//! A YAML document as far as a kubeconfig needs it: texts, lists and mappings. Anything else is only known to be there.

use serde::de::{
    Deserialize, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::fmt;

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Null,
    Text(String),
    /// A number or a boolean, which no key of a kubeconfig takes.
    Other,
    List(Vec<Self>),
    /// In the order of the file; where a key stands twice, the later one counts, as for that client.
    Mapping(Vec<(String, Self)>),
}

impl Node {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Mapping(entries) = self else { return None };
        entries.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The text of a key.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of a key's list.
    pub(super) fn list(&self, key: &str) -> &[Self] {
        match self.get(key) {
            Some(Self::List(items)) => items,
            _ => &[],
        }
    }

    /// Whether a key has a value that is not empty.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| !matches!(value, Self::Null) && *value != Self::Text(String::new()))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNode)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("YAML")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut mapping = Vec::new();
        while let Some((key, value)) = entries.next_entry()? {
            // A key that is no text is none of a kubeconfig's.
            if let Node::Text(key) = key {
                mapping.push((key, value));
            }
        }
        Ok(Node::Mapping(mapping))
    }

    /// A value with a private tag.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Node, A::Error> {
        let (_, value) = tagged.variant::<IgnoredAny>()?;
        value.newtype_variant::<IgnoredAny>()?;
        Ok(Node::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kubeconfig_may_hold() {
        let text = "a: b\nlist: [1, yes, ~, x]\nsame: 1\nsame: 2nd\n? [k]\n: v\ntag: !own {x: y}\nempty: ''\nnone:\n\
                    copy: &a {n: v}\nalias: *a\n'5': five\n";
        let root: Node = serde_yaml::from_str(text).unwrap();
        assert_eq!(root.text("a"), Some("b"));
        assert_eq!(
            root.list("list"),
            [Node::Other, Node::Text("yes".into()), Node::Null, Node::Text("x".into())]
        );
        assert_eq!(root.text("same"), Some("2nd"));
        assert_eq!(root.get("tag"), Some(&Node::Other));
        assert_eq!(root.get("alias").and_then(|it| it.text("n")), Some("v"));
        assert_eq!(root.text("5"), Some("five"));
        assert_eq!(
            ["a", "empty", "none", "nothing"].map(|key| root.is_set(key)),
            [true, false, false, false]
        );
        assert_eq!(root.list("a"), []);
    }
}
