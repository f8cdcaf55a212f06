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
        for &byte in text.as_bytes().get(self.read..at).unwrap_or(&[]) {
            if is_line_end(byte) {
                (self.is_blank, self.is_comment) = (true, false);
            } else if self.is_blank && !matches!(byte, b' ' | b'\t') {
                (self.is_blank, self.is_comment) = (false, byte == b'#');
            }
        }
        self.read = self.read.max(at);
    }
}

/// A logical line of a `.properties` file: one that ends with an odd number of backslashes goes on, unless it is a comment.
#[derive(Debug)]
pub(super) struct PropertyLine {
    read: usize,
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
        Self { read: 0, previous: b'\n', part: Part::Indentation, indented: true, escaped: false }
    }

    pub(super) fn is_comment(&self) -> bool {
        self.part == Part::Comment
    }

    /// Whether the end of the key has not been reached.
    pub(super) fn is_key(&self) -> bool {
        self.part != Part::Value
    }

    /// Reads on, up to that byte.
    pub(super) fn read_to(&mut self, text: &str, at: usize) {
        for &byte in text.as_bytes().get(self.read..at).unwrap_or(&[]) {
            self.read_byte(byte);
            self.previous = byte;
        }
        self.read = self.read.max(at);
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
            (line.is_comment(), line.is_key())
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
