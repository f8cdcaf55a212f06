//! Finds placeholders in any text: one grammar for all formats. It knows no variables and no YAML.

use crate::brackets::{Brackets, closing, is_line_end};
use crate::token::{Form, Kind, Operator, SyntaxError, Token};

/// Defaults nest that far.
const DEPTH: u32 = 32;

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_name(byte: u8) -> bool {
    NAME_BYTES[usize::from(byte)]
}

/// Which bytes names are made of; a table, because every byte of every name is asked for, twice.
static NAME_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    table
};

/// Finds the tokens of a text, in any order.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    text: &'a str,
    brackets: Brackets,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, brackets: Brackets::default() }
    }

    /// The next token that begins at or after `from`.
    pub(crate) fn next(&mut self, from: usize) -> Option<Token> {
        self.next_before(from, self.text.len())
    }

    /// The next token that begins at or after `from` and before `until`.
    pub(crate) fn next_before(&mut self, from: usize, until: usize) -> Option<Token> {
        let mut from = from;
        loop {
            let start = from + memchr::memchr(b'$', self.text.as_bytes().get(from..until)?)?;
            if let Some(token) = self.token_at(start) {
                return Some(token);
            }
            from = start + 1;
        }
    }

    /// The token that begins with the `$` at `start`, if it is one.
    pub(crate) fn token_at(&mut self, start: usize) -> Option<Token> {
        token_at(self.text.as_bytes(), &mut self.brackets, start, 0)
    }
}

fn token_at(text: &[u8], brackets: &mut Brackets, start: usize, depth: u32) -> Option<Token> {
    let open = *text.get(start + 1)?;
    if open == b'$' {
        closing(*text.get(start + 2)?)?;
        let end = brackets.closed(text, start + 2).map_or(start + 3, |at| at + 1);
        return Some(Token { start, end, kind: Kind::Escape });
    }
    let close = closing(open)?;
    Some(placeholder(text, brackets, start, (open, close), depth))
}

fn name_end(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or(&[]);
    let mut length = 0;
    for byte in rest {
        if !NAME_BYTES[usize::from(*byte)] {
            break;
        }
        length += 1;
    }
    from.min(text.len()) + length
}

fn placeholder(
    text: &[u8],
    brackets: &mut Brackets,
    start: usize,
    (open, close): (u8, u8),
    depth: u32,
) -> Token {
    let name_start = start + 2;
    let after_name = name_end(text, name_start);
    let invalid = |brackets: &mut Brackets, error: SyntaxError| {
        let (end, error) = match brackets.closed(text, start + 1) {
            Some(at) => (at + 1, error),
            None => (after_name, SyntaxError::Unterminated),
        };
        Token { start, end, kind: Kind::Invalid(error, start, end) }
    };
    if depth >= DEPTH {
        return invalid(brackets, SyntaxError::TooDeep);
    }
    let following = text.get(after_name).copied().unwrap_or(b'\n');
    if after_name == name_start {
        let error = match following {
            b'!' => SyntaxError::Indirect,
            b'#' => SyntaxError::Length,
            b'$' => SyntaxError::ComputedName,
            byte if byte == close => SyntaxError::EmptyName,
            _ => SyntaxError::BadName,
        };
        return invalid(brackets, error);
    }
    if following == b'.' && open == b'{' {
        let reference = reference(text, brackets, start, after_name);
        return reference.unwrap_or_else(|| invalid(brackets, SyntaxError::BadName));
    }
    if !text.get(name_start).copied().is_some_and(is_name_start) {
        return invalid(brackets, SyntaxError::BadName);
    }
    if following == close {
        let form = Form { name_end: after_name, operator: Operator::Plain, word: after_name };
        return Token { start, end: after_name + 1, kind: Kind::Value(form) };
    }
    let Some((operator, word)) = operator_at(text, after_name) else {
        let error = match following {
            b':' | b'=' => SyntaxError::Assignment,
            b'^' | b',' => SyntaxError::CaseChange,
            b'/' => SyntaxError::Replacement,
            b'#' | b'%' => SyntaxError::Strip,
            b'$' => SyntaxError::ComputedName,
            b'@' | b'[' | b'*' | b'!' => SyntaxError::UnknownOperator,
            _ => SyntaxError::BadName,
        };
        return invalid(brackets, error);
    };
    if matches!(operator, Operator::Required { .. }) {
        // A message is text, whatever it looks like.
        let closed = brackets.closed(text, start + 1);
        let Some(at) = closed else { return invalid(brackets, SyntaxError::Unterminated) };
        return Token {
            start,
            end: at + 1,
            kind: Kind::Value(Form { name_end: after_name, operator, word }),
        };
    }
    let mut nested = 0_u32;
    let mut at = word;
    let mut inner_error = None;
    loop {
        let byte = text.get(at).copied().unwrap_or(b'\n');
        if is_line_end(byte) {
            return Token {
                start,
                end: after_name,
                kind: Kind::Invalid(SyntaxError::Unterminated, start, after_name),
            };
        }
        if byte == b'$'
            && let Some(inner) = token_at(text, brackets, at, depth + 1)
        {
            if let Kind::Invalid(error, ..) = inner.kind {
                if matches!(error, SyntaxError::Unterminated | SyntaxError::TooDeep) {
                    // Looking on, level by level, would take for ever.
                    let end = brackets.closed(text, start + 1).map_or(after_name, |at| at + 1);
                    return Token { start, end, kind: inner.kind };
                }
                inner_error = inner_error.or(Some(inner.kind));
            }
            at = inner.end;
            continue;
        }
        if byte == open {
            nested += 1;
        } else if byte == close {
            if nested == 0 {
                break;
            }
            nested -= 1;
        }
        at += 1;
    }
    let form = Form { name_end: after_name, operator, word };
    Token { start, end: at + 1, kind: inner_error.unwrap_or(Kind::Value(form)) }
}

/// `${some.setting}` and `${some.setting:default}`.
fn reference(text: &[u8], brackets: &mut Brackets, start: usize, from: usize) -> Option<Token> {
    let mut at = from;
    while text.get(at).is_some_and(|&byte| is_name(byte) || matches!(byte, b'.' | b'-' | b'*')) {
        at += 1;
    }
    let end = match *text.get(at)? {
        b'}' => at + 1,
        b':' => brackets.closed(text, start + 1)? + 1,
        _ => return None,
    };
    Some(Token { start, end, kind: Kind::Reference })
}

/// The operator after a name and where its word begins.
fn operator_at(text: &[u8], at: usize) -> Option<(Operator, usize)> {
    let first = *text.get(at)?;
    let (colon, symbol) =
        if first == b':' { (true, text.get(at + 1).copied()) } else { (false, Some(first)) };
    let word = at + 1 + usize::from(colon);
    match symbol {
        Some(b'-') => Some((Operator::Default { colon }, word)),
        Some(b'?') => Some((Operator::Required { colon }, word)),
        Some(b'+') => Some((Operator::Alternative { colon }, word)),
        Some(b'=') => None,
        _ if colon => Some((Operator::Legacy, at + 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
