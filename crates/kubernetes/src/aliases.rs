//! Aliases and merges, put in place as kubectl does it when it makes JSON of the text.

use yaml::{Content, Node};

use crate::index::Places;

/// All nodes that aliases may bring into one document: kubectl has such a limit, too.
const MOST: usize = 100_000;
/// How deep they may nest with what they bring.
const DEEPEST: usize = 200;

/// Puts what aliases stand for in their place; `false` where that is too much.
pub(crate) fn expand(node: &mut Node) -> bool {
    if !has_alias(node) {
        return true;
    }
    let mut expansion = Expansion { anchors: Places::new(), nodes: Vec::new(), left: MOST };
    expansion.node(node, 0).is_some()
}

fn has_alias(node: &Node) -> bool {
    matches!(node.content, Content::Alias(_))
        || node.items().iter().any(has_alias)
        || node.entries().iter().any(|(key, value)| has_alias(key) || has_alias(value))
}

struct Expansion {
    /// Of each name, the last of these counts.
    anchors: Places,
    nodes: Vec<Node>,
    left: usize,
}

impl Expansion {
    /// Nothing where it is too much.
    fn node(&mut self, node: &mut Node, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match &mut node.content {
            Content::Alias(name) => {
                // One of nothing, or of what is around it, stays as it is.
                let place = self.anchors.get(&**name).and_then(|places| places.last());
                if let Some(anchored) = place.and_then(|place| self.nodes.get(*place)) {
                    let (count, deep) = size(anchored);
                    self.left = self.left.checked_sub(count)?;
                    if depth + deep > DEEPEST {
                        return None;
                    }
                    *node = anchored.clone();
                }
                return Some(());
            }
            Content::Sequence(items) => {
                for item in items {
                    self.node(item, depth + 1)?;
                }
            }
            Content::Mapping(entries) => {
                for (key, value) in entries.iter_mut() {
                    self.node(key, depth + 1)?;
                    self.node(value, depth + 1)?;
                }
                merge(entries);
            }
            Content::Scalar { .. } => {}
        }
        if let Some(anchor) = node.anchor().map(str::to_owned) {
            self.left = self.left.checked_sub(size(node).0)?;
            self.anchors.entry(anchor).or_default().push(self.nodes.len());
            self.nodes.push(node.clone());
        }
        Some(())
    }
}

/// How many nodes it has, and how deep they nest.
fn size(node: &Node) -> (usize, usize) {
    let keys = node.entries().iter().flat_map(|(key, value)| [key, value]);
    let sizes = node.items().iter().chain(keys).map(size);
    let (count, depth) = sizes.fold((1, 0), |(count, depth), (own, deep)| (count + own, deep.max(depth)));
    (count, depth + 1)
}

/// `<<`: what the mapping itself says wins; of several, the first.
fn merge(entries: &mut Box<[(Node, Node)]>) {
    let is_merge = |(key, value): &(Node, Node)| {
        key.text() == Some("<<") && !matches!(value.content, Content::Scalar { .. } | Content::Alias(_))
    };
    if !entries.iter().any(is_merge) {
        return;
    }
    let (merged, mut all): (Vec<_>, Vec<_>) =
        std::mem::take(entries).into_vec().into_iter().partition(is_merge);
    let sources = merged.iter().flat_map(|(_, value)| match &value.content {
        Content::Sequence(items) => items,
        _ => std::slice::from_ref(value),
    });
    let mut names = Places::new();
    for name in all.iter().filter_map(|(key, _)| key.text()) {
        names.entry(name.to_owned()).or_default().push(0);
    }
    for (key, value) in sources.flat_map(Node::entries) {
        let Some(name) = key.text() else { continue };
        let known = names.entry(name.to_owned()).or_default();
        if known.is_empty() {
            known.push(0);
            all.push((key.clone(), value.clone()));
        }
    }
    *entries = all.into();
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn expanded(text: &str) -> Option<Node> {
        let mut node = yaml::parse(text).unwrap().unwrap();
        expand(&mut node).then_some(node)
    }

    #[test]
    fn aliases_and_merges_are_put_in_place() {
        let node =
            expanded("a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\nd: {<<: [{y: 4}, *a], z: 5}\n").unwrap();
        let value = |path: [&str; 2]| node.get(path[0])?.get(path[1])?.text().map(str::to_owned);
        for (path, text) in [
            (["b", "x"], "1"),
            (["b", "y"], "2"),
            (["c", "x"], "1"),
            (["c", "y"], "3"),
            (["d", "x"], "1"),
            (["d", "y"], "4"),
            (["d", "z"], "5"),
        ] {
            assert_eq!(value(path).as_deref(), Some(text), "{path:?}");
        }
    }

    #[test]
    fn an_alias_of_what_is_around_it_stays() {
        let node = expanded("a: &a [*a]\nb: *c\n").unwrap();
        assert_eq!(node.get("a").unwrap().items()[0].content, Content::Alias("a".into()));
        assert_eq!(node.get("b").unwrap().content, Content::Alias("c".into()));
    }

    #[test]
    fn what_multiplies_is_refused() {
        let mut text = String::from("a0: &a0 x\n");
        for level in 1..30 {
            let one = format!("*a{}, ", level - 1);
            let _ = writeln!(text, "a{level}: &a{level} [{}]", one.repeat(9));
        }
        assert_eq!(expanded(&text), None);
        let mut text = String::from("a0: &a0 [x]\n");
        for level in 1..300 {
            let _ = writeln!(text, "a{level}: &a{level} [*a{}]", level - 1);
        }
        assert_eq!(expanded(&text), None);
    }
}
