//! Where the text of a scalar stands in its manifest: of block scalars and quoted ones, byte for byte.

use std::ops::Range;

use diagnostics::Map;
use yaml::{Node, Style};

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The scalar as one place.
pub(crate) fn whole(node: Node<'_>) -> Map {
    let range = node.range();
    Map::Whole(offset(range.start)..offset(range.end))
}

/// Where each part of the text of a scalar begins. What cannot be told is one place.
pub(crate) fn map(text: &str, node: Node<'_>) -> Map {
    let Some((inside, style)) = node.scalar() else { return whole(node) };
    let (outer, inner) = (node.range(), node.inner_range());
    let written = |range: &Range<usize>| text.get(range.clone()).unwrap_or("");
    let parts = match style {
        Style::Literal => literal(written(&outer), inside, outer.start),
        Style::Folded => folded(written(&outer), inside, outer.start),
        Style::Double => double(written(&inner), inside, inner.start),
        Style::Plain | Style::Single if written(&inner) == inside => Some(vec![(0, offset(inner.start))]),
        Style::Plain | Style::Single => None,
    };
    parts.map_or_else(|| whole(node), Map::Block)
}

type Parts = Vec<(u32, u32)>;

/// The lines behind the head of a block, with the place where they begin.
fn body(written: &str, start: usize) -> Option<(&str, usize)> {
    let head = written.find('\n')? + 1;
    Some((&written[head..], start + head))
}

fn literal(written: &str, inside: &str, start: usize) -> Option<Parts> {
    let (body, mut outside) = body(written, start)?;
    let full = |line: &&str| !line.trim().is_empty();
    // The indentation is what the first line that is not empty has lost.
    let (raw, kept) = (body.lines().find(full)?, inside.lines().find(full)?);
    let indent = raw.len().checked_sub(kept.len())?;
    let mut lines = Vec::new();
    let mut at = 0;
    for (line, raw) in inside.split_inclusive('\n').zip(body.split_inclusive('\n')) {
        let length = raw.trim_end_matches(['\r', '\n']).len();
        lines.push((offset(at), offset(outside + indent.min(length))));
        at += line.len();
        outside += raw.len();
    }
    Some(lines)
}

/// Lines become one; what stands in them stays.
fn folded(written: &str, inside: &str, start: usize) -> Option<Parts> {
    let (body, mut outside) = body(written, start)?;
    let mut lines = Vec::new();
    let mut at = 0;
    for raw in body.split_inclusive('\n') {
        let line = raw.trim();
        if !line.is_empty() {
            let found = at + inside.get(at..)?.find(line)?;
            lines.push((offset(found), offset(outside + raw.find(line)?)));
            at = found + line.len();
        }
        outside += raw.len();
    }
    Some(lines)
}

/// Every escape begins a new part. On several lines they are folded, and nobody has written that by hand.
fn double(written: &str, inside: &str, start: usize) -> Option<Parts> {
    if written.contains('\n') {
        return None;
    }
    let mut parts = vec![(0, offset(start))];
    let (mut at, mut rest) = (0, written);
    while let Some(escape) = rest.find('\\') {
        at += escape;
        let letter = rest[escape + 1..].chars().next()?;
        let digits = match letter {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let length = inside.get(at..)?.chars().next()?.len_utf8();
        // JSON writes one character of these as two.
        let more = if digits == 4 && length == 4 { "\\ude00".len() } else { 0 };
        at += length;
        rest = rest.get(escape + 1 + letter.len_utf8() + digits + more..)?;
        parts.push((offset(at), offset(start + written.len() - rest.len())));
    }
    (at + rest.len() == inside.len()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written in a manifest at the place of `part` in the text of its first value.
    fn written<'t>(text: &'t str, part: &str) -> &'t str {
        let tree = crate::json::parse(text).unwrap().unwrap();
        let node = tree.root(text).entries().next().unwrap().1;
        let at = node.text().unwrap().find(part).unwrap();
        match map(text, node) {
            Map::Whole(range) => &text[range.start as usize..range.end as usize],
            Map::Block(parts) => {
                let (inside, outside) =
                    parts.iter().rev().find(|(inside, _)| *inside as usize <= at).unwrap();
                let begin = *outside as usize + at - *inside as usize;
                &text[begin..begin + part.len()]
            }
        }
    }

    #[test]
    fn places_in_scalars() {
        for text in [
            "a: |\n  one\n  two: x\n",
            "a: |\n\n\n  one\n\n  two: x\n",
            "a: |2-\n    one\n  two: x\n",
            "a: |+ # é\n  é: é\n  é: two: x\n\n",
            "a: |\r\n  one\r\n  two: x\r\n",
            "a: >\n  one\n  two: x\n\n  three\n",
            "a: >-\n  one\n    two: x\n",
            "a: 'one two: x'\n",
            "a: \"one\\n\\u00e9two: x\"\n",
            "{\"a\": \"one\\n\\ttwo: x\\n\"}",
            "{\"a\": \"\\ud83d\\ude00\\u00e9 two: x\\n\"}",
            "a: |\n  one\n \n  two: x",
        ] {
            assert_eq!(written(text, "two: x"), "two: x", "{text}");
        }
        // Two quotes for one, and lines that are folded: only the whole is known.
        assert_eq!(written("a: 'it''s two: x'\n", "two: x"), "'it''s two: x'");
        assert_eq!(written("a: \"one\n  two: x\"\n", "two: x"), "\"one\n  two: x\"");
    }
}
