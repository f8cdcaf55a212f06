//! Which bracket closes which, found once for each line: asking again and again for a line full of open ones would take
//! for ever.

use std::ops::Range;

/// The brackets of the line that was asked about last. Those without a `$` before them open no placeholder, and only
/// count.
#[derive(Debug, Default)]
pub(crate) struct Brackets {
    line: Range<usize>,
    /// Where each is opened and closed, in the order of the opening ones; those that nothing closes are left out.
    curly: Vec<(u32, u32)>,
    angle: Vec<(u32, u32)>,
}

pub(crate) fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// Where the line of a byte begins.
pub(crate) fn line_start(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(&[]);
    before.iter().rposition(|&byte| is_line_end(byte)).map_or(0, |end| end + 1)
}

/// What closes a bracket of a placeholder.
pub(crate) fn closing(open: u8) -> Option<u8> {
    match open {
        b'{' => Some(b'}'),
        b'<' => Some(b'>'),
        _ => None,
    }
}

impl Brackets {
    /// Where the bracket at `at`, which has a `$` before it, is closed on its line.
    pub(crate) fn closed(&mut self, text: &[u8], at: usize) -> Option<usize> {
        if let Some(end) = closed_without_others(text, at) {
            return Some(end);
        }
        if !self.line.contains(&at) {
            let before = text.get(..at).unwrap_or(&[]);
            let start = before.iter().rposition(|&byte| is_line_end(byte)).map_or(0, |end| end + 1);
            let rest = text.get(at..).unwrap_or(&[]);
            let end = rest.iter().position(|&byte| is_line_end(byte)).map_or(text.len(), |end| at + end);
            self.line = start..end;
            pairs(text, start..end, b'{', &mut self.curly);
            pairs(text, start..end, b'<', &mut self.angle);
        }
        let pairs = if text.get(at) == Some(&b'<') { &self.angle } else { &self.curly };
        let found = pairs.binary_search_by_key(&at, |(open, _)| *open as usize).ok()?;
        pairs.get(found).map(|(_, close)| *close as usize)
    }
}

/// The same where nothing is nested in between, as in most placeholders: no table is needed for that. It looks no further
/// than to the next bracket or `$`, so that a line is looked at once.
fn closed_without_others(text: &[u8], at: usize) -> Option<usize> {
    let open = *text.get(at)?;
    let close = closing(open)?;
    let inside = text.get(at + 1..)?;
    let end =
        inside.iter().position(|&byte| byte == close || byte == open || byte == b'$' || is_line_end(byte))?;
    (inside.get(end) == Some(&close)).then_some(at + 1 + end)
}

fn pairs(text: &[u8], line: Range<usize>, open: u8, pairs: &mut Vec<(u32, u32)>) {
    pairs.clear();
    let close = closing(open).unwrap_or(open);
    // Those that are open, each with the number of brackets without a `$` that have been opened in it.
    let mut opened: Vec<(u32, u32)> = Vec::new();
    let mut previous = 0;
    for (at, &byte) in (line.start..).zip(text.get(line).unwrap_or(&[])) {
        // Texts are at most 32 MiB.
        let place = u32::try_from(at).unwrap_or(u32::MAX);
        if byte == open && previous == b'$' {
            opened.push((place, 0));
        } else if byte == open
            && let Some((_, others)) = opened.last_mut()
        {
            *others += 1;
        } else if byte == close
            && let Some((start, others)) = opened.last_mut()
        {
            if *others > 0 {
                *others -= 1;
            } else {
                pairs.push((*start, place));
                opened.pop();
            }
        }
        previous = byte;
    }
    diagnostics::order::sort(pairs);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bracket_is_closed_by_its_own() {
        let text = b"${a{b}c} }\n${x ${y} $<z{> {${w}\n}";
        let mut brackets = Brackets::default();
        let ends = [1, 12, 16, 21, 28, 1].map(|at| brackets.closed(text, at));
        assert_eq!(ends, [Some(7), None, Some(18), Some(24), Some(30), Some(7)]);
    }
}
