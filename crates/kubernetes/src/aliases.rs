//! Aliases and merges, put in place as kubectl does it when it makes JSON of the text.

use yaml::{Kind, Node, Tree};

use crate::index::Places;

/// All nodes that aliases may bring into one document: kubectl has such a limit, too.
const MOST: usize = 100_000;
/// How deep they may nest with what they bring.
const DEEPEST: usize = 200;

/// Puts what aliases of a text stand for in their place; nothing where that is too much.
pub(crate) fn expand(tree: Tree, text: &str) -> Option<Tree> {
    let root = tree.root(text);
    if tree.is_plain() || !root.nodes().any(|node| node.kind() == Kind::Alias) {
        return Some(tree);
    }
    let mut expansion =
        Expansion { text, anchors: Places::new(), nodes: Vec::new(), left: MOST, out: Tree::default() };
    expansion.node(root, 0)?;
    Some(expansion.out)
}

struct Expansion<'t> {
    text: &'t str,
    /// Of each name, the last of these counts.
    anchors: Places,
    nodes: Vec<Tree>,
    left: usize,
    out: Tree,
}

impl Expansion<'_> {
    /// Nothing where it is too much.
    fn node(&mut self, node: Node<'_>, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        if let Some(name) = node.alias() {
            // One of nothing, or of what is around it, stays as it is.
            let place = self.anchors.get(name).and_then(|places| places.last());
            let anchored = place.and_then(|place| self.nodes.get(*place)).map(|tree| tree.root(self.text));
            if let Some(anchored) = anchored {
                self.left = self.left.checked_sub(anchored.size())?;
                if depth + deep(anchored) > DEEPEST {
                    return None;
                }
            }
            self.out.copy(anchored.unwrap_or(node));
            return Some(());
        }
        let at = self.out.open(node);
        for item in node.children() {
            self.node(item, depth + 1)?;
        }
        if node.kind().is_collection() {
            self.out.close(at);
        }
        merge(&mut self.out, self.text, at);
        if let Some(anchor) = node.anchor() {
            let own = self.out.root(self.text).beside(u32::try_from(at).ok()?);
            self.left = self.left.checked_sub(own.size())?;
            self.anchors.entry(anchor.to_owned()).or_default().push(self.nodes.len());
            self.nodes.push(own.to_tree());
        }
        Some(())
    }
}

/// How deep nodes nest in it.
fn deep(node: Node<'_>) -> usize {
    node.children().map(deep).max().unwrap_or(0) + 1
}

/// `<<` in the mapping at that place, if it is one: what the mapping itself says wins; of several, the first.
fn merge(tree: &mut Tree, text: &str, at: usize) {
    let Ok(place) = u32::try_from(at) else { return };
    let mapping = tree.root(text).beside(place);
    let is_merge =
        |(key, value): &(Node<'_>, Node<'_>)| key.text() == Some("<<") && value.kind().is_collection();
    if !mapping.entries().any(|entry| is_merge(&entry)) {
        return;
    }
    let mut merged = Tree::default();
    let begin = merged.open(mapping);
    let mut names = Places::new();
    for (key, value) in mapping.entries().filter(|entry| !is_merge(entry)) {
        merged.copy(key);
        merged.copy(value);
        names.extend(key.text().map(|name| (name.to_owned(), Vec::new())));
    }
    let sources = mapping.entries().filter(is_merge).map(|(_, value)| value);
    let sources = sources.flat_map(|value| {
        let is_one = value.kind() == Kind::Mapping;
        value.items().chain(is_one.then_some(value))
    });
    for (key, value) in sources.flat_map(Node::entries) {
        let Some(name) = key.text() else { continue };
        if names.insert(name.to_owned(), Vec::new()).is_none() {
            merged.copy(key);
            merged.copy(value);
        }
    }
    merged.close(begin);
    tree.truncate(at);
    tree.copy(merged.root(text));
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn expanded(text: &str) -> Option<Tree> {
        expand(yaml::parse(text).unwrap().unwrap(), text)
    }

    #[test]
    fn aliases_and_merges_are_put_in_place() {
        let text = "a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\nd: {<<: [{y: 4}, *a], z: 5}\n";
        let tree = expanded(text).unwrap();
        let node = tree.root(text);
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
        let text = "a: &a [*a]\nb: *c\n";
        let tree = expanded(text).unwrap();
        let node = tree.root(text);
        assert_eq!(node.get("a").unwrap().items().next().unwrap().alias(), Some("a"));
        assert_eq!(node.get("b").unwrap().alias(), Some("c"));
    }

    #[test]
    fn what_multiplies_is_refused() {
        let mut text = String::from("a0: &a0 x\n");
        for level in 1..30 {
            let one = format!("*a{}, ", level - 1);
            let _ = writeln!(text, "a{level}: &a{level} [{}]", one.repeat(9));
        }
        assert!(expanded(&text).is_none());
        let mut text = String::from("a0: &a0 [x]\n");
        for level in 1..300 {
            let _ = writeln!(text, "a{level}: &a{level} [*a{}]", level - 1);
        }
        assert!(expanded(&text).is_none());
    }
}
