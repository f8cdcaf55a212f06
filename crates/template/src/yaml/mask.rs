//! The template as YAML: each placeholder masked by letters, so that offsets stay; and where the parts of a scalar
//! begin in the text.

use std::ops::RangeInclusive;

use crate::placeholder::Lexer;
use crate::token::{Kind, SyntaxError, Token};
use yaml::{Entry, EventKind, Style};

/// Finds all tokens and overwrites each with as many bytes of letters, one of them the marker, a character that
/// the text does not have: what is left is YAML with the same offsets.
pub(crate) fn mask(body: &str) -> (Vec<Token>, String, char) {
    let marker = marker(body);
    let mut tokens = Vec::new();
    let mut masked = String::with_capacity(body.len());
    let mut from = 0;
    let mut open_on_line = 0_u32;
    let mut lexer = Lexer::new(body);
    while let Some(token) = lexer.next(from) {
        let before = body.get(from..token.start).unwrap_or("");
        masked.push_str(before);
        let width = token.end - token.start;
        if let Some(letters) = width.checked_sub(marker.len_utf8()) {
            masked.push(marker);
            push_letters(&mut masked, letters);
        } else {
            push_letters(&mut masked, width);
        }
        from = token.end;
        tokens.push(token);
        if matches!(token.kind, Kind::Invalid(SyntaxError::Unterminated, ..)) {
            // A line full of them needs no finding for each.
            if before.contains(['\n', '\r']) {
                open_on_line = 0;
            }
            open_on_line += 1;
            if open_on_line > 16 {
                let rest = body.get(from..).unwrap_or("");
                let line_end = rest.find(['\n', '\r']).unwrap_or(rest.len());
                masked.push_str(rest.get(..line_end).unwrap_or(""));
                from += line_end;
                open_on_line = 0;
            }
        }
    }
    masked.push_str(body.get(from..).unwrap_or(""));
    (tokens, masked, marker)
}

/// A character for private use that the text does not have.
fn marker(body: &str) -> char {
    if body.is_ascii() {
        return *PRIVATE.start();
    }
    let mut is_used = vec![false; PRIVATE.clone().count()];
    for character in body.chars() {
        let place = (character as usize).checked_sub(*PRIVATE.start() as usize);
        if let Some(is_used) = place.and_then(|place| is_used.get_mut(place)) {
            *is_used = true;
        }
    }
    let free = PRIVATE.clone().zip(is_used).find(|(_, is_used)| !is_used);
    free.map_or(*PRIVATE.start(), |(character, _)| character)
}

const PRIVATE: RangeInclusive<char> = '\u{e000}'..='\u{f8ff}';

fn push_letters(masked: &mut String, count: usize) {
    const LETTERS: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    let mut left = count;
    while left > 0 {
        let piece = left.min(LETTERS.len());
        masked.push_str(LETTERS.get(..piece).unwrap_or("x"));
        left -= piece;
    }
}

/// Whether a placeholder, valid or not, stands inside a scalar.
pub(crate) fn has_placeholders(body: &str) -> bool {
    let (tokens, masked, _) = mask(body);
    let mut tokens =
        tokens.into_iter().filter(|token| !matches!(token.kind, Kind::Reference | Kind::Escape)).peekable();
    if tokens.peek().is_none() {
        return false;
    }
    let mut found = false;
    let result = yaml::read(&masked, &mut |entry| {
        while tokens.next_if(|token| token.end <= entry.start).is_some() {}
        if let (EventKind::Scalar(style), Some(token)) = (entry.kind, tokens.peek()) {
            let start = match style {
                Style::Literal | Style::Folded => after_header(body, entry.start),
                _ => entry.start,
            };
            found |= token.start >= start && token.start < entry.end;
        }
    });
    // What is not YAML is refused later, with its place.
    found || (result.is_err() && tokens.peek().is_some())
}

/// Where the first content line of a block scalar begins.
pub(crate) fn after_header(body: &str, start: usize) -> usize {
    let rest = body.get(start..).unwrap_or("");
    match rest.find(['\n', '\r']) {
        Some(at) if rest.get(at..at + 2) == Some("\r\n") => start + at + 2,
        Some(at) => start + at + 1,
        None => body.len(),
    }
}

/// Where the scalar itself begins, behind its anchor and tag.
pub(crate) fn after_properties(body: &str, entry: &Entry) -> usize {
    let mut at = entry.start;
    let bytes = body.as_bytes();
    while at < entry.end {
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\n' | b'\r') => at += 1,
            Some(b'#') => {
                while at < entry.end && !matches!(bytes.get(at), Some(b'\n' | b'\r')) {
                    at += 1;
                }
            }
            Some(b'&' | b'!') => {
                while at < entry.end && !matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                    at += 1;
                }
            }
            _ => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masking_keeps_offsets() {
        let body = "a: [${A}, $${B}] # ${C\nk: '${D:-it''s}'\n";
        let (tokens, masked, marker) = mask(body);
        assert_eq!(masked.len(), body.len());
        assert_eq!(tokens.len(), 4);
        assert_eq!(masked.matches(marker).count(), 4);
    }
}
