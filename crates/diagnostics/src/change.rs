//! The changes that findings ask for, as whole texts and as unified diffs.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use crate::finding::{Edit, Finding};
use crate::secrets::to_offset;
use crate::source::{Source, Span};

/// How many unchanged lines a diff shows around a change.
const CONTEXT: usize = 3;

/// A range of bytes, and what is written in their place.
type Replacement = (Range<usize>, String);

/// A text with the changes that are made to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub name: String,
    pub before: Arc<str>,
    /// In the order of the text; they do not overlap.
    edits: Vec<Replacement>,
    /// Where lines begin that must not be shown.
    hidden: Vec<usize>,
}

/// What mends these findings, a row for each text. The edits of one finding are made together or, where another one changes
/// the same bytes otherwise, not at all.
pub fn changes(findings: &[Finding]) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for finding in findings {
        let places: Option<Vec<_>> = finding.edits.iter().map(place).collect();
        let Some(places) = places.filter(|places| places.iter().all(|place| place.fits(&changes))) else {
            continue;
        };
        for Place { source, range, text } in places {
            let Source { name, text: before, .. } = source;
            let index = changes.iter().position(|change| change.name == *name).unwrap_or_else(|| {
                let starts = std::iter::once(0).chain(before.match_indices('\n').map(|(at, _)| at + 1));
                let hidden = starts.filter(|at| !source.may_show(to_offset(*at))).collect();
                let (name, before) = (name.to_owned(), Arc::clone(before));
                changes.push(Change { name, before, edits: Vec::new(), hidden });
                changes.len() - 1
            });
            let edits = &mut changes[index].edits;
            let at = edits.partition_point(|(other, _)| (other.start, other.end) < (range.start, range.end));
            if edits.get(at).is_none_or(|(other, _)| *other != range) {
                edits.insert(at, (range, text.into_owned()));
            }
        }
    }
    changes
}

/// An edit in the text that is written.
struct Place<'a> {
    source: &'a Source,
    range: Range<usize>,
    text: Cow<'a, str>,
}

fn place(edit: &Edit) -> Option<Place<'_>> {
    let Edit { span, text } = edit;
    let own = span.range.start as usize..span.range.end as usize;
    let inside = span.source.text.get(own.clone())?;
    let (source, range) = span.outermost();
    let mut range = range.start as usize..range.end as usize;
    let is_within = span.source.within.is_some();
    // YAML reads another end of a line as a line feed.
    let rest = source.text.get(range.start..)?;
    let is_crlf = is_within && rest.find('\n').is_some_and(|at| rest[..at].ends_with('\r'));
    let line_end = if is_crlf { "\r\n" } else { "\n" };
    let written = if is_crlf { Cow::Owned(inside.replace('\n', line_end)) } else { Cow::Borrowed(inside) };
    // A scalar that is folded or has escapes holds other bytes than the text in it.
    if !rest.starts_with(&*written) || (is_within && range.len() != inside.len()) {
        return None;
    }
    range.end = range.start + written.len();
    if !is_within || !(text.contains('\n') || inside.contains('\n')) {
        return Some(Place { source, range, text: text.into() });
    }
    // A line of a block has more before it: that goes, and comes, with the line.
    let line = span.source.text[..own.start].rfind('\n').map_or(0, |at| at + 1);
    let (_, begin) = Span::new(&span.source, line..line).outermost();
    let before = source.text.get(..begin.start as usize)?;
    let indent = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    if !indent.bytes().all(|byte| byte == b' ') {
        return None;
    }
    if !inside.is_empty() {
        let is_line = own.start == line && inside.find('\n') == Some(inside.len() - 1) && text.is_empty();
        range.start = range.start.checked_sub(indent.len()).filter(|_| is_line)?;
    }
    let text = text.replace('\n', &format!("{line_end}{indent}")).into();
    Some(Place { source, range, text })
}

impl Place<'_> {
    fn fits(&self, changes: &[Change]) -> bool {
        let known = changes.iter().find(|change| change.name == self.source.name);
        known.is_none_or(|change| {
            change.edits.iter().all(|(range, text)| {
                let is_same = *range == self.range && *text == self.text;
                // What is inserted has one order beside another change, but not beside another insertion.
                let is_apart = range.end <= self.range.start || self.range.end <= range.start;
                is_same || (is_apart && !(range.is_empty() && *range == self.range))
            })
        })
    }
}

impl Change {
    /// How many places change.
    pub fn count(&self) -> usize {
        self.edits.len()
    }

    /// The new text.
    pub fn after(&self) -> String {
        self.replaced(0..self.before.len(), &self.edits)
    }

    fn replaced(&self, range: Range<usize>, edits: &[Replacement]) -> String {
        let mut out = String::with_capacity(range.len());
        let mut at = range.start;
        for (place, text) in edits {
            out.push_str(self.before.get(at..place.start).unwrap_or(""));
            out.push_str(text);
            at = place.end;
        }
        out.push_str(self.before.get(at..range.end).unwrap_or(""));
        out
    }

    /// The change as `patch -p1` and `git apply` take it. A line that must not be shown is in none of it; where one of them
    /// changes, that is said before.
    pub fn diff(&self) -> String {
        let lines: Vec<&str> = self.before.split_inclusive('\n').collect();
        let mut starts = vec![0];
        starts.extend(lines.iter().scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        }));
        let line_of = |at: usize| starts.partition_point(|start| *start <= at).saturating_sub(1);
        // The lines of each edit, those of one line together.
        let mut blocks: Vec<(Range<usize>, Vec<Replacement>)> = Vec::new();
        for (range, text) in &self.edits {
            let edited = line_of(range.start)..(line_of(range.end) + 1).min(lines.len());
            match blocks.last_mut() {
                Some((known, edits)) if edited.start < known.end => {
                    known.end = known.end.max(edited.end);
                    edits.push((range.clone(), text.clone()));
                }
                _ => blocks.push((edited, vec![(range.clone(), text.clone())])),
            }
        }
        let is_hidden =
            |line: usize| starts.get(line).is_some_and(|at| self.hidden.binary_search(at).is_ok());
        let mut out = String::new();
        blocks.retain(|(edited, _)| {
            let is_shown = !edited.clone().any(is_hidden);
            if !is_shown {
                let _ = writeln!(
                    out,
                    "# {}:{}: holds a secret, its change is not shown",
                    self.name,
                    edited.start + 1
                );
            }
            is_shown
        });
        if blocks.is_empty() {
            return out;
        }
        let (old, new) = if self.name.starts_with(['/', '<']) { ("", "") } else { ("a/", "b/") };
        let _ = write!(out, "--- {old}{name}\n+++ {new}{name}\n", name = self.name);
        let mut shift: isize = 0;
        for hunk in blocks.chunk_by(|left, right| {
            let mut between = left.0.end..right.0.start;
            between.len() <= 2 * CONTEXT && !between.any(is_hidden)
        }) {
            let (Some((first, _)), Some((last, _))) = (hunk.first(), hunk.last()) else { continue };
            let above = (0..first.start).rev().take(CONTEXT).take_while(|line| !is_hidden(*line)).count();
            let behind = (last.end..lines.len()).take(CONTEXT).take_while(|line| !is_hidden(*line)).count();
            let shown = first.start - above..last.end + behind;
            let mut body = String::new();
            let (mut at, mut length) = (shown.start, shown.len());
            for (edited, edits) in hunk {
                let bytes = starts[edited.start]..starts[edited.end];
                let after = self.replaced(bytes, edits);
                let after: Vec<&str> = after.split_inclusive('\n').collect();
                let before = &lines[edited.clone()];
                // Lines that only stand where something is inserted stay.
                let tail = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
                let until = edited.end - tail;
                lines[at..edited.start].iter().for_each(|line| push_line(&mut body, ' ', line));
                lines[edited.start..until].iter().for_each(|line| push_line(&mut body, '-', line));
                after[..after.len() - tail].iter().for_each(|line| push_line(&mut body, '+', line));
                at = until;
                length = length + after.len() - before.len();
            }
            lines[at..shown.end].iter().for_each(|line| push_line(&mut body, ' ', line));
            let start = shown.start + 1;
            let new_start = start.saturating_add_signed(shift);
            let _ = write!(out, "@@ -{start},{} +{new_start},{length} @@\n{body}", shown.len());
            shift += length.cast_signed() - shown.len().cast_signed();
        }
        out
    }
}

fn push_line(out: &mut String, mark: char, line: &str) {
    out.push(mark);
    out.push_str(line);
    if !line.ends_with('\n') {
        out.push_str("\n\\ No newline at end of file\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Secrets;
    use crate::source::{Map, Within};

    const TEXT: &str = "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\ng: 7\nh: 8\ni: 9\nj: 10\nk: 11\nl: 12\nm: 13";

    fn edit(source: &Arc<Source>, from: &str, to: &str) -> Finding {
        let at = source.text.find(from).unwrap();
        Finding::error("a/b", "m").edit(Span::new(source, at..at + from.len()), to)
    }

    #[test]
    fn a_diff_shows_what_changes_with_three_lines_around_it() {
        let source = Source::new("x.yml", TEXT, Secrets::none);
        let insert = Finding::error("a/b", "m").edit(Span::new(&source, 5..5), "z: 0\n");
        let findings = [edit(&source, "13", "14"), insert.clone(), insert, edit(&source, "c", "cc")];
        let [change] = &changes(&findings)[..] else { panic!() };
        assert_eq!(change.count(), 3);
        assert_eq!(change.after(), TEXT.replace("13", "14").replace("b:", "z: 0\nb:").replace("c:", "cc:"));
        assert_eq!(
            change.diff(),
            "--- a/x.yml\n+++ b/x.yml\n\
             @@ -1,6 +1,7 @@\n a: 1\n+z: 0\n b: 2\n-c: 3\n+cc: 3\n d: 4\n e: 5\n f: 6\n\
             @@ -10,4 +11,4 @@\n j: 10\n k: 11\n l: 12\n-m: 13\n\\ No newline at end of file\n+m: 14\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn a_diff_shows_no_secret() {
        let secrets = |text: &str| {
            let mut secrets = Secrets::default();
            for line in ["b: 2", "f: 6", "l: 12"] {
                let at = text.find(line).unwrap();
                secrets.value(at + 3..at + line.len());
            }
            secrets
        };
        let source = Source::new("x.yml", TEXT, secrets);
        let findings = ["d: 4", "h: 8", "12"].map(|from| edit(&source, from, "z"));
        assert_eq!(
            changes(&findings)[0].diff(),
            "# x.yml:12: holds a secret, its change is not shown\n--- a/x.yml\n+++ b/x.yml\n\
             @@ -3,3 +3,3 @@\n c: 3\n-d: 4\n+z\n e: 5\n\
             @@ -7,5 +7,5 @@\n g: 7\n-h: 8\n+z\n i: 9\n j: 10\n k: 11\n"
        );
    }

    #[test]
    fn what_contradicts_itself_is_left_out_whole() {
        let source = Source::new("/x.yml", TEXT, Secrets::none);
        let mut both = edit(&source, "h: 8", "h: 9");
        both.edits.extend_from_slice(&edit(&source, "2", "3").edits);
        let [change] = &changes(&[edit(&source, "b: 2", "b: 4"), both, edit(&source, "d", "e")])[..] else {
            panic!()
        };
        assert_eq!(change.after(), TEXT.replace("b: 2", "b: 4").replace("d:", "e:"));
        assert!(change.diff().starts_with("--- /x.yml\n+++ /x.yml\n"));
    }

    #[test]
    fn texts_in_other_texts_are_changed_where_their_bytes_stand_as_they_are() {
        let outer = "f: |\n    b: 2\ng: \"b: 2\\n\"\n";
        let source = Source::new("x.yml", outer, Secrets::none);
        let within = |map| {
            let within = Within { source: Arc::clone(&source), map };
            Source::within("b: 2\n", Secrets::none, within)
        };
        let block = within(Map::Block(vec![(0, 9)]));
        assert_eq!(changes(&[edit(&block, "b", "c")])[0].after(), outer.replacen("b: 2", "c: 2", 1));
        // Lines come and go with what a block has before them.
        let above = Finding::error("a/b", "m").edit(Span::new(&block, 0..0), "# c\n");
        assert_eq!(changes(&[above])[0].after(), outer.replacen("b: 2", "# c\n    b: 2", 1));
        assert_eq!(changes(&[edit(&block, "b: 2\n", "")])[0].after(), outer.replacen("    b: 2\n", "", 1));
        assert_eq!(changes(&[edit(&block, "2\n", "")]), []);
        let crlf = Source::new("x.yml", outer.replace('\n', "\r\n"), Secrets::none);
        let within_crlf = Within { source: crlf, map: Map::Block(vec![(0, 10)]) };
        let inner = Source::within("b: 2\n", Secrets::none, within_crlf);
        let expected = |to: &str| outer.replacen("    b: 2\n", to, 1).replace('\n', "\r\n");
        assert_eq!(changes(&[edit(&inner, "b: 2\n", "")])[0].after(), expected(""));
        let above = Finding::error("a/b", "m").edit(Span::new(&inner, 0..0), "# c\n");
        assert_eq!(changes(&[above])[0].after(), expected("    # c\n    b: 2\n"));
        let whole = within(Map::Whole(17..25));
        assert_eq!(changes(&[edit(&whole, "b", "c")]), []);
        assert_eq!(changes(&[Finding::error("a/b", "m")]), []);
    }
}
