//! Finds placeholders in any text: one grammar for all formats. It knows no variables and no YAML.

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

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// Where the line of a byte begins.
pub(crate) fn line_start(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(&[]);
    before.iter().rposition(|&byte| is_line_end(byte)).map_or(0, |end| end + 1)
}

/// The next token that begins at or after `from`.
pub(crate) fn next(text: &str, from: usize) -> Option<Token> {
    let mut from = from;
    loop {
        let start = from + text.get(from..)?.find('$')?;
        if let Some(token) = token_at(text.as_bytes(), start, 0) {
            return Some(token);
        }
        from = start + 1;
    }
}

/// The token that begins with the `$` at `start`, if it is one.
pub(crate) fn token_at(text: &[u8], start: usize, depth: u32) -> Option<Token> {
    let open = *text.get(start + 1)?;
    if open == b'$' {
        let inner = *text.get(start + 2)?;
        let close = closing(inner)?;
        let end = matching(text, start + 3, inner, close).map_or(start + 3, |at| at + 1);
        return Some(Token { start, end, kind: Kind::Escape });
    }
    let close = closing(open)?;
    Some(placeholder(text, start, open, close, depth))
}

fn closing(open: u8) -> Option<u8> {
    match open {
        b'{' => Some(b'}'),
        b'<' => Some(b'>'),
        _ => None,
    }
}

/// The closing bracket on the same line, inner brackets counted.
fn matching(text: &[u8], from: usize, open: u8, close: u8) -> Option<usize> {
    let mut nested = 0_u32;
    for (offset, &byte) in text.get(from..)?.iter().enumerate() {
        if is_line_end(byte) {
            return None;
        } else if byte == open {
            nested += 1;
        } else if byte == close {
            if nested == 0 {
                return Some(from + offset);
            }
            nested -= 1;
        }
    }
    None
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

fn placeholder(text: &[u8], start: usize, open: u8, close: u8, depth: u32) -> Token {
    let name_start = start + 2;
    let after_name = name_end(text, name_start);
    let invalid = |error: SyntaxError| {
        let (end, error) = match matching(text, name_start, open, close) {
            Some(at) => (at + 1, error),
            None => (after_name, SyntaxError::Unterminated),
        };
        Token { start, end, kind: Kind::Invalid(error, start, end) }
    };
    if depth >= DEPTH {
        return invalid(SyntaxError::TooDeep);
    }
    let following = text.get(after_name).copied().unwrap_or(b'\n');
    if after_name == name_start {
        return invalid(match following {
            b'!' => SyntaxError::Indirect,
            b'#' => SyntaxError::Length,
            b'$' => SyntaxError::ComputedName,
            byte if byte == close => SyntaxError::EmptyName,
            _ => SyntaxError::BadName,
        });
    }
    if following == b'.' && open == b'{' {
        return reference(text, start, after_name).unwrap_or_else(|| invalid(SyntaxError::BadName));
    }
    if !text.get(name_start).copied().is_some_and(is_name_start) {
        return invalid(SyntaxError::BadName);
    }
    if following == close {
        let form = Form { name_end: after_name, operator: Operator::Plain, word: after_name };
        return Token { start, end: after_name + 1, kind: Kind::Value(form) };
    }
    let Some((operator, word)) = operator_at(text, after_name) else {
        return invalid(match following {
            b':' | b'=' => SyntaxError::Assignment,
            b'^' | b',' => SyntaxError::CaseChange,
            b'/' => SyntaxError::Replacement,
            b'#' | b'%' => SyntaxError::Strip,
            b'$' => SyntaxError::ComputedName,
            b'@' | b'[' | b'*' | b'!' => SyntaxError::UnknownOperator,
            _ => SyntaxError::BadName,
        });
    };
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
            && !matches!(operator, Operator::Required { .. })
            && let Some(inner) = token_at(text, at, depth + 1)
        {
            if let Kind::Invalid(error, ..) = inner.kind {
                if error == SyntaxError::Unterminated {
                    // Looking on, level by level, would take for ever.
                    let end = matching(text, word, open, close).map_or(after_name, |at| at + 1);
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
fn reference(text: &[u8], start: usize, from: usize) -> Option<Token> {
    let mut at = from;
    while text.get(at).is_some_and(|&byte| is_name(byte) || matches!(byte, b'.' | b'-' | b'*')) {
        at += 1;
    }
    let end = match *text.get(at)? {
        b'}' => at + 1,
        b':' => matching(text, at, b'{', b'}')? + 1,
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
mod tests {
    use super::*;

    fn first(text: &str) -> Option<(Kind, &str)> {
        next(text, 0).map(|token| (token.kind, &text[token.start..token.end]))
    }

    #[test]
    fn parts_of_a_placeholder() {
        for (text, name, operator, word) in [
            ("a ${AB} b", "AB", Operator::Plain, ""),
            ("$<AB>", "AB", Operator::Plain, ""),
            ("${AB:-}", "AB", Operator::Default { colon: true }, ""),
            ("${AB-x}", "AB", Operator::Default { colon: false }, "x"),
            ("$<AB:?m ${x}>", "AB", Operator::Required { colon: true }, "m ${x}"),
            ("${AB?m}", "AB", Operator::Required { colon: false }, "m"),
            ("${AB:+${C}}", "AB", Operator::Alternative { colon: true }, "${C}"),
            ("${AB+c}", "AB", Operator::Alternative { colon: false }, "c"),
            ("${AB:c:d}", "AB", Operator::Legacy, "c:d"),
        ] {
            let token = next(text, 0).unwrap();
            let Kind::Value(form) = token.kind else { panic!("{text}: {token:?}") };
            assert_eq!(
                (token.name(text), form.operator, &text[token.word()]),
                (name, operator, word),
                "{text}"
            );
            assert_eq!((token.is_bare(), token.has_word()), (operator == Operator::Plain, !word.is_empty()));
            let (open, close) = token.brackets(text);
            let written = format!("{open}{name}{}{word}{close}", operator.symbol());
            assert_eq!(&text[token.start..token.end], written);
        }
    }

    #[test]
    fn what_is_a_placeholder() {
        for (text, written) in [
            ("a ${A} b", "${A}"),
            ("a $<A> b", "$<A>"),
            ("${A:-b}c}", "${A:-b}"),
            ("${A:-{x}}c}", "${A:-{x}}"),
            ("$<A:-<x>>c>", "$<A:-<x>>"),
            ("${A:-${B:-c}}}", "${A:-${B:-c}}"),
            ("${A:-$<B>}", "${A:-$<B>}"),
            ("${A:-$${B}}", "${A:-$${B}}"),
            ("${A:default}", "${A:default}"),
            ("${A:}", "${A:}"),
            ("${A?}", "${A?}"),
            ("${A:?say $ or {x}}", "${A:?say $ or {x}}"),
        ] {
            assert!(matches!(first(text), Some((Kind::Value(_), found)) if found == written), "{text}");
        }
        for text in ["$A", "$5", "$(x)", "$$", "$", "{{x}}", "{A}", "a$"] {
            assert_eq!(first(text), None, "{text}");
        }
        assert_eq!(first("$${A} x"), Some((Kind::Escape, "$${A}")));
        assert_eq!(first("$$<A> x"), Some((Kind::Escape, "$$<A>")));
        assert_eq!(first("$${A"), Some((Kind::Escape, "$${")));
        assert_eq!(first("/${a.b-c}/"), Some((Kind::Reference, "${a.b-c}")));
        assert_eq!(first("${a.b:${C}}"), Some((Kind::Reference, "${a.b:${C}}")));
    }

    #[test]
    fn what_is_none_and_why() {
        for (text, error) in [
            ("${}", SyntaxError::EmptyName),
            ("$<>", SyntaxError::EmptyName),
            ("${1}", SyntaxError::BadName),
            ("${1A}", SyntaxError::BadName),
            ("${ A }", SyntaxError::BadName),
            ("${A }", SyntaxError::BadName),
            ("$<a.b>", SyntaxError::BadName),
            ("${é}", SyntaxError::BadName),
            ("${A^^}", SyntaxError::CaseChange),
            ("${A,}", SyntaxError::CaseChange),
            ("${A/x/y}", SyntaxError::Replacement),
            ("${A#x}", SyntaxError::Strip),
            ("${A%%x}", SyntaxError::Strip),
            ("${#A}", SyntaxError::Length),
            ("${!A}", SyntaxError::Indirect),
            ("${A@Q}", SyntaxError::UnknownOperator),
            ("${A_${B}}", SyntaxError::ComputedName),
            ("${A:=x}", SyntaxError::Assignment),
            ("${A=x}", SyntaxError::Assignment),
            ("${A", SyntaxError::Unterminated),
            ("${A\n}", SyntaxError::Unterminated),
            ("${A:-x\r\n}", SyntaxError::Unterminated),
            ("${A:-{x}", SyntaxError::Unterminated),
            ("${", SyntaxError::Unterminated),
        ] {
            match first(text) {
                Some((Kind::Invalid(found, ..), _)) => assert_eq!(found, error, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_error_of_a_default_stands_where_it_is() {
        let token = next("${A:-${1}}", 0).unwrap();
        assert_eq!(token, Token { start: 0, end: 10, kind: Kind::Invalid(SyntaxError::BadName, 5, 9) });
    }

    #[test]
    fn deep_nesting_ends() {
        let text = "${A:-".repeat(10_000);
        assert!(matches!(first(&text), Some((Kind::Invalid(SyntaxError::Unterminated, ..), _))));
        let text = format!("{}{}", "${A:-".repeat(100), "}".repeat(100));
        assert!(matches!(first(&text), Some((Kind::Invalid(..), _))));
    }
}
