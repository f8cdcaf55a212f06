//! Where a line begins and whether it is a comment, read once from the beginning of a text to its end: a line may hold
//! thousands of placeholders, and looking back from each would take for ever.

use crate::brackets::is_line_end;

/// A line of `jvm.options`.
#[derive(Debug)]
pub(super) struct OptionLine {
    read: usize,
    /// Nothing but blanks has been read of the line.
    pub(super) is_blank: bool,
    pub(super) is_comment: bool,
}

impl OptionLine {
    pub(super) fn new() -> Self {
        Self { read: 0, is_blank: true, is_comment: false }
    }

    /// Reads on, up to that byte.
    pub(super) fn read_to(&mut self, text: &str, at: usize) {
        let mut unread = text.as_bytes().get(self.read..at).unwrap_or(&[]);
        if let Some(end) = memchr::memrchr2(b'\n', b'\r', unread) {
            (self.is_blank, self.is_comment) = (true, false);
            unread = unread.get(end + 1..).unwrap_or(&[]);
        }
        if self.is_blank
            && let Some(&first) = unread.iter().find(|&&byte| !matches!(byte, b' ' | b'\t'))
        {
            (self.is_blank, self.is_comment) = (false, first == b'#');
        }
        self.read = self.read.max(at);
    }
}

/// A logical line of a `.properties` file: one that ends with an odd number of backslashes goes on, unless it is a comment.
#[derive(Debug)]
pub(super) struct PropertyLine {
    /// How far line ends have been looked for.
    searched: usize,
    /// How far the bytes have been read; those behind belong to one line.
    read: usize,
    /// As soon as it is known.
    comment: Option<bool>,
    previous: u8,
    part: Part,
    /// Blanks at the beginning of a line are dropped, also where a `\` has joined it to the one before.
    indented: bool,
    escaped: bool,
}

/// What of a logical line is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Indentation,
    Comment,
    Key,
    Value,
}

impl PropertyLine {
    pub(super) fn new() -> Self {
        Self {
            searched: 0,
            read: 0,
            comment: None,
            previous: b'\n',
            part: Part::Indentation,
            indented: true,
            escaped: false,
        }
    }

    pub(super) fn is_comment(&self) -> bool {
        self.comment == Some(true)
    }

    /// Whether the end of the key has not been reached where the text was read to.
    pub(super) fn is_key(&mut self, text: &str) -> bool {
        self.read_bytes(text);
        self.part != Part::Value
    }

    /// Reads on, up to that byte.
    pub(super) fn read_to(&mut self, text: &str, at: usize) {
        let bytes = text.as_bytes();
        let unsearched = bytes.get(self.searched..at).unwrap_or(&[]);
        let end = memchr::memrchr2(b'\n', b'\r', unsearched).map(|end| self.searched + end);
        self.searched = self.searched.max(at);
        if let Some(end) = end {
            let before = if end == 0 { b'\n' } else { bytes.get(end - 1).copied().unwrap_or(0) };
            self.comment = None;
            if before == b'\\' || before == b'\r' {
                self.read_bytes(text);
            } else {
                // Where a line certainly ends nothing before it matters.
                (self.part, self.indented, self.escaped) = (Part::Indentation, true, false);
                self.previous = bytes.get(end).copied().unwrap_or(b'\n');
                self.read = end + 1;
            }
        }
        if self.comment.is_none() {
            self.comment = match self.part {
                Part::Indentation => {
                    let unread = bytes.get(self.read..self.searched).unwrap_or(&[]);
                    let first = unread.iter().find(|&&byte| !matches!(byte, b' ' | b'\t' | b'\x0c'));
                    first.map(|first| matches!(first, b'#' | b'!'))
                }
                part => Some(part == Part::Comment),
            };
        }
    }

    fn read_bytes(&mut self, text: &str) {
        for &byte in text.as_bytes().get(self.read..self.searched).unwrap_or(&[]) {
            self.read_byte(byte);
            self.previous = byte;
        }
        self.read = self.searched;
    }

    fn read_byte(&mut self, byte: u8) {
        let is_blank = matches!(byte, b' ' | b'\t' | b'\x0c');
        if is_line_end(byte) {
            if byte == b'\n' && self.previous == b'\r' {
                return;
            }
            if !self.escaped || self.part == Part::Comment {
                self.part = Part::Indentation;
            }
            (self.indented, self.escaped) = (true, false);
            return;
        }
        if self.indented && is_blank {
            return;
        }
        self.indented = false;
        if self.part == Part::Indentation {
            self.part = if matches!(byte, b'#' | b'!') { Part::Comment } else { Part::Key };
        }
        let ends_key = is_blank || matches!(byte, b'=' | b':');
        if self.part == Part::Key && ends_key && !self.escaped {
            self.part = Part::Value;
        }
        self.escaped = byte == b'\\' && !self.escaped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_comments_of_properties() {
        let after = |text: &str| {
            let mut line = PropertyLine::new();
            line.read_to(text, text.len() / 2);
            line.read_to(text, text.len());
            (line.is_comment(), line.is_key(text))
        };
        for key in ["  a\\ b", "a\\\n  b", "a\\\r\n\t", "a=b\nc", "a=b\r\nc", "a=b\\\\\nc", "# a\\\nb"] {
            assert_eq!(after(key), (false, true), "{key}");
        }
        for value in ["a =", "a ", "a\\\n b ", "a=\\\n b", "a=\\\n# b", "a=\\\r\n\\\r# b"] {
            assert_eq!(after(value), (false, false), "{value}");
        }
        for comment in ["#", " ! a", "a\n\t# b", "# a\r\n#"] {
            assert!(after(comment).0, "{comment}");
        }
    }

    /// Read at once and byte by byte it is the same.
    #[test]
    fn steps_do_not_matter() {
        let pieces = ["a", "=", "\\", "\n", "\r", "#", " ", "\\\\", "b:c", "\r\n"];
        let mut seed = 7_usize;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(seed >> 33) % pieces.len()]);
            }
            let (mut whole, mut steps) = (PropertyLine::new(), PropertyLine::new());
            let (mut option, mut option_steps) = (OptionLine::new(), OptionLine::new());
            for &byte in text.as_bytes() {
                steps.read_byte(byte);
                steps.previous = byte;
            }
            for at in 0..=text.len() {
                option_steps.read_to(&text, at);
            }
            whole.read_to(&text, text.char_indices().nth(text.len() / 3).map_or(0, |(at, _)| at));
            whole.read_to(&text, text.len());
            option.read_to(&text, text.len());
            assert_eq!(whole.is_comment(), steps.part == Part::Comment, "{text:?}");
            whole.read_bytes(&text);
            let state = |line: &PropertyLine| (line.part, line.indented, line.escaped, line.previous);
            assert_eq!(state(&whole), state(&steps), "{text:?}");
            assert_eq!(
                (option.is_blank, option.is_comment),
                (option_steps.is_blank, option_steps.is_comment),
                "{text:?}"
            );
        }
    }

    #[test]
    fn comments_of_options() {
        for (text, is_blank, is_comment) in [
            ("", true, false),
            (" \t", true, false),
            ("a #", false, false),
            ("a\n #b", false, true),
            ("#\r ", true, false),
        ] {
            let mut line = OptionLine::new();
            line.read_to(text, 1.min(text.len()));
            line.read_to(text, text.len());
            assert_eq!((line.is_blank, line.is_comment), (is_blank, is_comment), "{text:?}");
        }
    }
}
