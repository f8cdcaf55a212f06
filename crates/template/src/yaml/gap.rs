//! What lies between two scalars on a line.

use crate::brackets::is_line_end;

/// Read on from token to token: a gap may hold thousands of them.
#[derive(Debug, Default)]
pub(crate) struct Gap {
    read: usize,
    /// The first byte of the current word.
    word: Option<u8>,
    /// A `#` has begun a comment.
    pub(crate) is_comment: bool,
}

impl Gap {
    /// Reads on, up to that byte; `passed` is where the last scalar ended.
    pub(crate) fn read_to(&mut self, text: &str, passed: usize, at: usize) {
        if passed > self.read {
            *self = Self { read: passed.min(at), ..Self::default() };
        }
        for &byte in text.as_bytes().get(self.read..at).unwrap_or(&[]) {
            if is_line_end(byte) {
                (self.word, self.is_comment) = (None, false);
            } else if matches!(byte, b' ' | b'\t') {
                self.word = None;
            } else {
                // Tags may have a `#` inside.
                let first = *self.word.get_or_insert(byte);
                self.is_comment |= byte == b'#' && !matches!(first, b'!' | b'&' | b'*');
            }
        }
        self.read = self.read.max(at);
    }
}
