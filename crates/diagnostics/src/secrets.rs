//! Which bytes of a text must not be shown.

use std::ops::Range;

use crate::order;

/// Texts are at most 32 MiB.
pub(crate) fn to_offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The bytes of a text that must not be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    values: Vec<Range<u32>>,
    lines: Vec<Range<u32>>,
}

impl Secrets {
    /// Of a text that holds none.
    pub fn none(_: &str) -> Self {
        Self::default()
    }

    /// Of a text that nobody may see, whatever it holds.
    pub fn all(text: &str) -> Self {
        let mut secrets = Self::default();
        secrets.hide(0..text.len());
        secrets
    }

    /// These bytes are the value of a secret, or hold one: no line that they touch is printed.
    pub fn value(&mut self, range: Range<usize>) {
        self.values.push(to_offset(range.start)..to_offset(range.end));
        self.hide(range);
    }

    /// These bytes only name what gives the value of a secret, as a placeholder does: they may be printed, and what they
    /// stand for may not.
    pub fn name(&mut self, range: Range<usize>) {
        self.values.push(to_offset(range.start)..to_offset(range.end));
    }

    /// These bytes may hold a secret: no line that they touch is printed.
    pub fn hide(&mut self, range: Range<usize>) {
        self.lines.push(to_offset(range.start)..to_offset(range.end));
    }

    /// In order, and each byte once: from then on it can be asked.
    pub(crate) fn ordered(self) -> Self {
        Self { values: merged(self.values), lines: merged(self.lines) }
    }

    /// Whether one of these bytes belongs to the value of a secret.
    pub(crate) fn are_secret(&self, range: &Range<u32>) -> bool {
        touches(&self.values, range)
    }

    /// Whether the line that has these bytes must not be printed.
    pub(crate) fn hide_line(&self, line: &Range<u32>) -> bool {
        touches(&self.lines, line)
    }

    /// Whether any line must not be printed.
    pub(crate) fn hide_any(&self) -> bool {
        !self.lines.is_empty()
    }
}

/// Overlapping ranges as one.
fn merged(mut ranges: Vec<Range<u32>>) -> Vec<Range<u32>> {
    order::sort_by_key(&mut ranges, |range| (range.start, range.end));
    ranges.dedup_by(|next, last| {
        let overlaps = next.start <= last.end;
        if overlaps {
            last.end = last.end.max(next.end);
        }
        overlaps
    });
    ranges
}

/// Whether a range has a byte of one of these; an empty one has the byte where it stands.
fn touches(ranges: &[Range<u32>], range: &Range<u32>) -> bool {
    let end = range.end.max(range.start.saturating_add(1));
    let next = ranges.partition_point(|one| one.end <= range.start);
    ranges.get(next).is_some_and(|one| one.start < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_secret() {
        let mut secrets = Secrets::default();
        for range in [9..12, 2..4, 3..6, 10..11] {
            secrets.value(range);
        }
        secrets.name(20..22);
        let secrets = secrets.ordered();
        assert_eq!(secrets.values, [2..6, 9..12, 20..22]);
        for (range, found) in [(0..2, false), (1..3, true), (5..5, true), (6..9, false), (21..30, true)] {
            assert_eq!(secrets.are_secret(&range), found, "{range:?}");
        }
        assert!(secrets.hide_line(&(0..3)) && !secrets.hide_line(&(18..30)));
        assert!(Secrets::all("a").ordered().hide_any() && !Secrets::none("a").hide_any());
        assert!(!Secrets::all("a").ordered().are_secret(&(0..1)));
    }
}
