//! Changes of lines that leave every other byte.

use std::ops::Range;

/// Bytes, and what is written in their place.
pub(super) type Replacement = (Range<usize>, String);

/// The line of a text that some byte is on.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    text: &'a str,
    pub(super) start: usize,
    /// Behind the line feed.
    end: usize,
}

impl<'a> Line<'a> {
    pub(super) fn at(text: &'a str, at: usize) -> Self {
        let start = text[..at].rfind('\n').map_or(0, |line_feed| line_feed + 1);
        let end = text[at..].find('\n').map_or(text.len(), |line_feed| at + line_feed + 1);
        Self { text, start, end }
    }

    fn whole(self) -> &'a str {
        &self.text[self.start..self.end]
    }

    /// How many blanks it begins with.
    fn indent(self) -> usize {
        self.whole().bytes().take_while(|byte| *byte == b' ').count()
    }

    /// What comes behind that byte.
    pub(super) fn rest(self, at: usize) -> &'a str {
        &self.text[at.min(self.end)..self.end]
    }

    /// A comment above it, at the same column.
    pub(super) fn comment_above(self, words: &str) -> Replacement {
        // The last line may lack an end.
        let is_crlf = self.text[..self.end].ends_with("\r\n") || self.text[..self.start].ends_with("\r\n");
        let line_end = if is_crlf { "\r\n" } else { "\n" };
        let at = self.start + self.indent();
        let indent = &self.text[self.start..at];
        (at..at, format!("# es-entrypoint: {words}{line_end}{indent}"))
    }

    /// It is gone with those bytes of it; a comment behind them stays.
    pub(super) fn without(self, part: Range<usize>) -> Replacement {
        let rest = self.rest(part.end);
        let blank = rest.len() - rest.trim_start().len();
        if !rest.trim().is_empty() {
            return (part.start..part.end + blank, String::new());
        }
        let last = Self::at(self.text, part.end.max(self.start));
        if last.whole().ends_with('\n') {
            return (self.start..last.end, String::new());
        }
        // The line before it becomes the last one, and lacks its end.
        let before = self.text[..self.start].trim_end_matches(['\r', '\n']).len();
        (before.max(self.start.saturating_sub(2))..last.end, String::new())
    }
}

/// Makes comments of the lines of that range, below the reason.
pub(super) fn comment_out(text: &str, range: Range<usize>, reason: Option<&String>) -> Vec<Replacement> {
    let first = Line::at(text, range.start);
    let mut edits = Vec::new();
    let mut line = first;
    loop {
        if !line.whole().trim().is_empty() {
            let at = line.start + line.indent().min(first.indent());
            let above =
                reason.filter(|_| line.start == first.start).map(|reason| line.comment_above(reason).1);
            edits.push((at..at, above.unwrap_or_default() + "# "));
        }
        if line.end >= range.end {
            return edits;
        }
        line = Line::at(text, line.end);
    }
}
