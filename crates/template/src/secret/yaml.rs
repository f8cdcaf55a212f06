//! The secrets of a text that is YAML, by its tree: whatever is below a key that names a secret.

use std::collections::HashMap;
use std::ops::Range;

use super::line::{self, words};
use super::{lines, loose};
use crate::brackets::line_start;
use crate::yaml::mask;
use diagnostics::{Secrets, is_secret_name, names_secret};
use yaml::{Entry, EventKind, Style};

/// A collection that is being read.
struct Open {
    start: usize,
    anchor: Option<String>,
    /// It is the value of a secret, or inside of one.
    is_secret: bool,
    kind: Kind,
}

enum Kind {
    Mapping(Mapping),
    /// Whether the item before is an option that takes a secret: `--token`.
    Sequence(bool),
}

#[derive(Default)]
struct Mapping {
    /// The key whose value comes next.
    key: Option<Key>,
    /// Of `{name: DB_PASSWORD, value: …}`: whether the name is one of a secret, and the value.
    names_secret: bool,
    value: Option<Range<usize>>,
}

struct Key {
    start: usize,
    text: String,
    is_secret: bool,
}

impl Open {
    /// Whether the node that comes next is the value of a secret, or inside of one.
    fn awaits_secret(&self) -> bool {
        self.is_secret
            || match &self.kind {
                Kind::Mapping(mapping) => mapping.key.as_ref().is_some_and(|key| key.is_secret),
                Kind::Sequence(is_awaited) => *is_awaited,
            }
    }
}

struct Walker<'a, 'f> {
    text: &'a str,
    found: &'f mut Secrets,
    open: Vec<Open>,
    anchors: HashMap<String, Range<usize>>,
    /// Where the last event ended: what lies between may be a comment.
    passed: usize,
    /// Where the last text ended: a block only ends where the next one begins.
    content_end: usize,
    /// Where the value ends that the last comment with a secret has.
    comment_end: usize,
}

/// Adds the secrets of the text, if it is YAML, and says so.
pub(super) fn find(text: &str, found: &mut Secrets) -> bool {
    let masked = mask(text).1;
    // What is found before the text turns out to be no YAML must not be shown either.
    let mut walker = Walker {
        text,
        found,
        open: Vec::new(),
        anchors: HashMap::new(),
        passed: 0,
        content_end: 0,
        comment_end: 0,
    };
    if yaml::read(&masked, &mut |entry| walker.entry(entry)).is_err() {
        return false;
    }
    walker.gap(text.len());
    true
}

impl Walker<'_, '_> {
    fn entry(&mut self, entry: Entry) {
        self.gap(entry.start);
        self.passed = self.passed.max(entry.end);
        let is_block_end = entry.kind == EventKind::End && entry.start == entry.end;
        if !is_block_end {
            self.content_end = entry.end;
        }
        match entry.kind {
            EventKind::SequenceStart { .. } | EventKind::MappingStart { .. } => {
                let kind = match entry.kind {
                    EventKind::MappingStart { .. } => Kind::Mapping(Mapping::default()),
                    _ => Kind::Sequence(false),
                };
                let is_secret = self.comes_secret();
                self.open.push(Open { start: entry.start, anchor: entry.anchor, is_secret, kind });
            }
            EventKind::End => {
                let Some(closed) = self.open.pop() else { return };
                let range = closed.start..self.content_end.max(closed.start);
                if let Kind::Mapping(Mapping { names_secret: true, value: Some(value), .. }) = closed.kind {
                    self.secret(value.start, value);
                }
                if let Some(anchor) = closed.anchor {
                    self.anchors.insert(anchor, range.clone());
                }
                self.node(range, None);
            }
            EventKind::Alias => {
                // Once is enough.
                if self.comes_secret()
                    && let Some(range) = self.anchors.remove(&entry.value)
                {
                    self.secret(range.start, range);
                }
                // It is a name, which may be seen.
                self.node(entry.start..entry.start, None);
            }
            EventKind::Scalar(style) => self.scalar(entry, style),
        }
    }

    fn scalar(&mut self, entry: Entry, style: Style) {
        let range = entry.start..entry.end;
        let written = self.text.get(range.clone()).unwrap_or("");
        if written.trim_end().contains(['\n', '\r']) {
            loose::find_in(self.text, range.clone(), loose::Structure::Text, self.found);
        } else {
            lines::one(written, range.start, self.found);
        }
        // An escape may hide the name of a secret.
        if style == Style::Double && written.contains('\\') && entry.value.lines().any(line::holds_secret) {
            self.found.value(range.clone());
        }
        if let Some(anchor) = entry.anchor {
            self.anchors.insert(anchor, range.clone());
        }
        self.node(range, Some(entry.value));
    }

    fn comes_secret(&self) -> bool {
        self.open.last().is_some_and(Open::awaits_secret)
    }

    /// A node is complete: a key, a value or an item.
    fn node(&mut self, range: Range<usize>, scalar: Option<String>) {
        let Some(open) = self.open.last_mut() else { return };
        let is_secret = open.awaits_secret();
        let mut start = range.start;
        match &mut open.kind {
            Kind::Mapping(mapping) => {
                let Some(key) = mapping.key.take() else {
                    let text = scalar.unwrap_or_default();
                    let written = self.text.get(range.clone()).unwrap_or("");
                    let is_secret = names_secret(&text) || names_secret(written);
                    mapping.key = Some(Key { start: range.start, text, is_secret });
                    return;
                };
                start = key.start;
                mapping.names_secret |= key.text == "name" && scalar.as_deref().is_some_and(is_secret_name);
                if key.text == "value" {
                    mapping.value = Some(range.clone());
                }
            }
            Kind::Sequence(is_awaited) => {
                // With its value in the same item, it awaits none.
                *is_awaited = scalar.is_some_and(|text| {
                    text.starts_with('-') && !text.contains(['=', ' ', '\n']) && is_secret_name(&text)
                });
            }
        }
        // All that is inside of a secret is part of it.
        if is_secret && !open.is_secret {
            self.secret(start, range);
        }
    }

    /// The value of a secret, whose name begins at `start`.
    fn secret(&mut self, start: usize, value: Range<usize>) {
        if line::is_bare(self.text.get(value.clone()).unwrap_or("")) {
            self.found.name(value);
        } else {
            self.found.hide(start..value.end);
            self.found.value(value);
        }
    }

    /// What lies before `until`: a comment goes on over the lines that follow it.
    fn gap(&mut self, until: usize) {
        let gap = self.text.get(self.passed..until).unwrap_or("");
        let Some(first) = gap.find('#') else { return };
        let comments = gap.get(first..).unwrap_or("");
        let start = self.passed + first;
        let end = gap.rfind('#').map_or(0, |last| {
            let rest = gap.get(last..).unwrap_or("");
            self.passed + last + rest.find(['\n', '\r']).unwrap_or(rest.len())
        });
        let mut from = 0;
        for line in comments.split(['\n', '\r']) {
            let comment = line.trim_start();
            if comment.starts_with('#') && names_secret(line) && has_value(line) {
                let start = start + from;
                let line_start = line_start(self.text, start);
                if line_start >= self.comment_end {
                    self.comment_end = loose::end_of_comment(self.text, line_start);
                }
                self.found.value(start..end.max(self.comment_end));
                return;
            }
            from += line.len() + 1;
        }
    }
}

/// Whether the name of a secret in a comment is followed by something, or may be in the next line.
fn has_value(comment: &str) -> bool {
    line::find(comment).is_some() || words(comment).last().is_some_and(is_secret_name)
}
