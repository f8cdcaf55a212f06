//! Where the keys and values of a kubeconfig stand.

use std::sync::Arc;

use super::document;
use diagnostics::{Source, Span};
use yaml::{Node, Tree};

/// A part of an entry of a list, `list: [{name: NAME, part: …}]`.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) list: &'static str,
    pub(super) index: usize,
    pub(super) name: &'static str,
    pub(super) node: &'a document::Node,
}

/// The file with its tree.
pub(super) struct Places {
    source: Arc<Source>,
    /// Nothing where the two readers of YAML disagree: every place is then the beginning of the file.
    tree: Option<Tree>,
}

impl Places {
    pub(super) fn new(source: Arc<Source>) -> Self {
        let tree = yaml::parse(&source.text).ok().flatten();
        Self { source, tree }
    }

    pub(super) fn root(&self) -> Option<Node<'_>> {
        self.tree.as_ref().map(|tree| tree.root(&self.source.text))
    }

    /// The mapping of that part.
    pub(super) fn part(&self, part: Part<'_>) -> Option<Node<'_>> {
        let root = self.root()?;
        let list = root.get(part.list)?.resolve();
        let entry = list.items().nth(part.index)?.resolve();
        Some(entry.get(part.name)?.resolve())
    }

    /// The key. The line is shown only where nothing but that key is on it: in the short form of YAML a token could stand
    /// beside it.
    pub(super) fn key(&self, mapping: Option<Node<'_>>, key: &str) -> Span {
        let Some((key, _)) = mapping.and_then(|mapping| mapping.entry(key)) else { return self.beginning() };
        let after = self.after(key.range().end).trim();
        let value = after.strip_prefix(':').unwrap_or(after).trim();
        let is_alone = self.is_first(key.range().start) && value.trim_matches(['"', '\'']).is_empty();
        Span::new(&self.source, key.inner_range()).hide(!is_alone)
    }

    /// The value of a key of that part; the line is shown only where nothing but the two is on it.
    pub(super) fn value(&self, part: Part<'_>, key: &str) -> Span {
        let Some((key, value)) = self.part(part).and_then(|mapping| mapping.entry(key)) else {
            return self.beginning();
        };
        let value = value.resolve();
        let both = self.source.text.get(key.range().start..value.range().end).unwrap_or("\n");
        let is_alone = self.is_first(key.range().start)
            && !both.contains(['\n', '\r'])
            && self.after(value.range().end).trim().is_empty();
        Span::new(&self.source, value.inner_range()).hide(!is_alone)
    }

    fn beginning(&self) -> Span {
        Span::new(&self.source, 0..1).hide(true)
    }

    /// Whether only blanks and the dashes of lists come before on the line.
    fn is_first(&self, at: usize) -> bool {
        let before = self.source.text.get(..at).unwrap_or("").rsplit(['\n', '\r']).next().unwrap_or("");
        before.chars().all(|character| matches!(character, ' ' | '\t' | '-'))
    }

    /// The rest of the line.
    fn after(&self, at: usize) -> &str {
        self.source.text.get(at..).unwrap_or("").split(['\n', '\r']).next().unwrap_or("")
    }
}
