//! Looks at eight bytes of a text at once. One by one takes as long as all the rest of reading, and nothing here is made to use
//! the wide registers of a processor.

/// The lowest bit of each of eight bytes, and the highest.
const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = EACH << 7;

/// Whether all characters are allowed, and none but `\n` ends a line. Only where something is odd, each byte is looked at.
pub(crate) fn is_ordinary(text: &[u8]) -> bool {
    let (words, _) = text.as_chunks::<8>();
    let mut odd = words.iter().zip((0..).step_by(8)).filter(|(word, _)| has_odd(**word));
    odd.all(|(_, at)| (at..at + 8).all(|at| is_allowed(text, at)))
        && (words.len() * 8..text.len()).all(|at| is_allowed(text, at))
}

#[cold]
fn is_allowed(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        // U+0080 to U+009F, U+2028 and U+2029, the byte order mark and what is no character.
        Some(0xC2) => text.get(at + 1).is_some_and(|next| *next >= 0xA0),
        Some(0xE2) => !matches!(text.get(at + 1..at + 3), Some([0x80, 0xA8 | 0xA9])),
        Some(0xEF) => !matches!(text.get(at + 1), Some(0xBB | 0xBF)),
        Some(byte) => matches!(byte, b'\t' | b'\n' | b' '..=b'~' | 0x80..),
        None => true,
    }
}

/// The byte behind the next line end, or the end of the text.
pub(crate) fn next_line(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        // Of the bytes that are 0 now, the first one is found for certain.
        let word = u64::from_le_bytes(*word) ^ (EACH * u64::from(b'\n'));
        let found = word.wrapping_sub(EACH) & !word & HIGH;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8 + 1;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| at + end + 1)
}

/// The next line behind a line end that begins like that.
pub fn line_with(text: &str, mut at: usize, begin: &str) -> Option<usize> {
    while at < text.len() {
        at = next_line(text, at);
        if text.as_bytes().get(at..).is_some_and(|rest| rest.starts_with(begin.as_bytes())) {
            return Some(at);
        }
    }
    None
}

/// Whether any of eight bytes is no tab, no line end and no printable character of ASCII.
fn has_odd(bytes: [u8; 8]) -> bool {
    let word = u64::from_ne_bytes(bytes);
    // The highest bit of each byte says it. Where one is set from the start, others may be wrong, and do not matter.
    let is_not = |byte: u64| (word ^ (EACH * byte)).wrapping_add(EACH * 0x7f);
    let is_printable = word.wrapping_add(EACH * 0x60);
    let is_delete = word.wrapping_add(EACH);
    (word | is_delete | (!is_printable & is_not(b'\n'.into()) & is_not(b'\t'.into()))) & HIGH != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bytes_are_looked_at_like_one() {
        for byte in 0..=u8::MAX {
            let is_odd = !matches!(byte, b'\t' | b'\n' | b' '..=b'~');
            for around in [b' ', b'\n', b'\t', b'~', b'a'] {
                for place in 0..8 {
                    let mut bytes = [around; 8];
                    bytes[place] = byte;
                    assert_eq!(has_odd(bytes), is_odd, "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn lines_end_where_they_end() {
        let text = "\n\nab\n\u{b}\tcdefghijklm\n  é „nop“ 0123456789 abcdefghijklmnop\n\u{10b}qrst";
        for at in 0..=text.len() {
            let wanted = text.as_bytes()[at..].iter().position(|byte| *byte == b'\n');
            assert_eq!(next_line(text, at), wanted.map_or(text.len(), |end| at + end + 1), "{at}");
        }
    }
}
