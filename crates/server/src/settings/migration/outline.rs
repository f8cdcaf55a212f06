//! The mappings of a file: where each entry stands, and what it is in.

use std::ops::Range;

use yaml::{Kind, Node};

/// All entries of mappings, those around others before these, in the order of the text.
pub(super) struct Outline<'a> {
    pub(super) text: &'a str,
    pub(super) entries: Vec<Entry>,
}

/// One entry of a mapping.
pub(super) struct Entry {
    /// Dotted, with those around it.
    pub(super) path: String,
    pub(super) parent: Option<usize>,
    /// The key with its quotes.
    pub(super) key: Range<usize>,
    /// The key without them.
    pub(super) name: Range<usize>,
    pub(super) colon: usize,
    pub(super) value: Range<usize>,
    is_mapping: bool,
    /// Its lines hold nothing else, but a comment.
    is_on_lines: bool,
}

impl Entry {
    /// The bytes from the key to the end of the value.
    pub(super) fn whole(&self) -> Range<usize> {
        self.key.start..self.value.end
    }

    /// Whether its lines can be changed without those of others.
    pub(super) fn is_on_lines(&self) -> bool {
        self.is_on_lines && !self.is_mapping
    }
}

impl<'a> Outline<'a> {
    pub(super) fn new(root: Node<'_>, text: &'a str) -> Self {
        let mut outline = Self { text, entries: Vec::new() };
        outline.add(root, None, text[root.range()].starts_with('{'));
        outline
    }

    fn add(&mut self, mapping: Node<'_>, parent: Option<usize>, is_flow: bool) {
        for (key, value) in mapping.entries() {
            let own = key.text().unwrap_or_default();
            let path = match parent {
                Some(parent) => format!("{}.{own}", self.entries[parent].path),
                None => own.to_owned(),
            };
            let text = self.text;
            let (written, range) = (key.range(), value.range());
            let colon = written.end + text[written.end..].find(':').unwrap_or_default();
            // A block scalar ends with its line, and nothing has no place of its own.
            let end = text[..range.end].trim_end().len().max(colon + 1);
            let start = text[..written.start].rfind('\n').map_or(0, |at| at + 1);
            let rest = text[end..].split('\n').next().unwrap_or_default().trim_start();
            let is_alone = text[start..written.start].bytes().all(|byte| byte == b' ')
                && (rest.is_empty() || rest.starts_with('#'))
                && text[written.end..colon].trim().is_empty();
            let is_mapping = value.kind() == Kind::Mapping && value.entries().next().is_some();
            let inside = is_flow || text[range.clone()].starts_with('{');
            self.entries.push(Entry {
                path,
                parent,
                name: key.inner_range(),
                colon,
                key: written,
                value: range.start.min(end)..end,
                is_mapping,
                is_on_lines: is_alone
                    && !is_flow
                    && key.text().is_some()
                    && !key.has_properties()
                    && !value.has_properties(),
            });
            if is_mapping {
                self.add(value, Some(self.entries.len() - 1), inside);
            }
        }
    }

    pub(super) fn indexes(&self) -> Range<usize> {
        0..self.entries.len()
    }

    /// The entries around one, from the inside.
    pub(super) fn around(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.entries[at].parent, |at| self.entries[*at].parent)
    }

    /// The settings in an entry.
    pub(super) fn leaves(&self, around: usize) -> impl Iterator<Item = usize> {
        self.indexes()
            .filter(move |at| !self.entries[*at].is_mapping && self.around(*at).any(|it| it == around))
    }

    /// The rest of a dotted name that is the key of an entry in that mapping.
    pub(super) fn below<'n>(&self, mapping: Option<usize>, name: &'n str) -> Option<&'n str> {
        match mapping {
            Some(mapping) => name.strip_prefix(&*self.entries[mapping].path)?.strip_prefix('.'),
            None => Some(name),
        }
    }
}
