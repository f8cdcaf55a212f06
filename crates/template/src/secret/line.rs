//! The secret in a piece of text that is one line, or is read like one.

use std::ops::Range;

use crate::placeholder::Lexer;
use crate::token::Kind;
use diagnostics::{is_secret_name, names_secret};

/// What stands for a byte of a placeholder that only names a variable.
const NAME: char = '\u{1}';
/// The same for one with text of its own.
const WORD: char = '\u{2}';

/// A secret in a piece of text: it goes on to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) start: usize,
    /// There is text, not only placeholders that name variables.
    pub(super) is_literal: bool,
}

/// Whether a line may hold the literal value of something that is named like a secret.
pub(super) fn holds_secret(line: &str) -> bool {
    find(line).is_some_and(|found| found.is_literal)
}

/// The first value of something that is named like a secret; the first one that is literal, where there is one.
pub(super) fn find(line: &str) -> Option<Found> {
    let by_address = in_address(line);
    if by_address.is_none() && !names_secret(line) {
        return None;
    }
    let masked = match masked(line) {
        Ok(masked) => masked,
        Err(found) => return Some(found),
    };
    let mut first = by_address
        .map(|range| Found { start: range.start, is_literal: is_literal(masked.get(range).unwrap_or("")) });
    // Where the value begins that follows the next `:` or `=`, and what it is: looked for once for all names before it.
    let mut separated: Option<(usize, Option<bool>)> = None;
    for word in words(&masked).filter(|word| is_secret_name(word)) {
        if first.is_some_and(|found| found.is_literal) {
            break;
        }
        let start = word.as_ptr() as usize - masked.as_ptr() as usize;
        let end = start + word.len();
        let beside = beside(masked.get(end..).unwrap_or("")).and_then(kind);
        let separated = match separated {
            Some(known) if known.0 > end => known.1,
            _ => {
                let at = masked.get(end..).and_then(|rest| rest.find([':', '='])).map(|at| end + at + 1);
                let found = at.and_then(|at| kind(masked.get(at..).unwrap_or("")));
                separated = Some((at.unwrap_or(usize::MAX), found));
                found
            }
        };
        let is_literal = match (beside, separated) {
            (None, None) => continue,
            (beside, separated) => beside == Some(true) || separated == Some(true),
        };
        if first.is_none() || is_literal {
            first = Some(Found { start, is_literal });
        }
    }
    first
}

/// Whether nothing but placeholders that only name variables, or nothing at all, is in a piece of text.
pub(super) fn is_bare(text: &str) -> bool {
    masked(text).is_ok_and(|masked| !is_literal(&masked))
}

/// What follows a name without a separator: after a blank, or behind the bracket of a tag.
fn beside(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches(['"', '\'', '\\']);
    rest.starts_with([' ', '\t', '>']).then(|| rest.get(1..).unwrap_or(""))
}

/// Whether a value is literal; nothing where there is none.
fn kind(value: &str) -> Option<bool> {
    match value.find(is_content) {
        Some(_) => Some(true),
        None => value.contains(NAME).then_some(false),
    }
}

fn is_literal(value: &str) -> bool {
    value.contains(is_content)
}

/// Whether a character is neither a placeholder nor one of those that stand around values.
fn is_content(character: char) -> bool {
    !matches!(
        character,
        ' ' | '\t' | '\n' | '\r' | '"' | '\'' | '\\' | NAME | ',' | '[' | ']' | '{' | '}' | '-'
    )
}

/// The text with its placeholders masked, byte for byte; or what already is one, for its name.
fn masked(text: &str) -> Result<String, Found> {
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    let mut lexer = Lexer::new(text);
    while let Some(token) = lexer.next(from) {
        let written = text.get(token.start..token.end).unwrap_or("");
        if !token.is_bare() && names_secret(written) {
            return Err(Found { start: token.start, is_literal: true });
        }
        let is_name = match token.kind {
            Kind::Value(_) | Kind::Reference => !token.has_word(),
            Kind::Escape => false,
            // Nobody knows what is meant, or where it ends; a line full of them would take for ever.
            Kind::Invalid(..) => break,
        };
        masked.push_str(text.get(from..token.start).unwrap_or(""));
        masked.extend(std::iter::repeat_n(if is_name { NAME } else { WORD }, written.len()));
        from = token.end;
    }
    masked.push_str(text.get(from..).unwrap_or(""));
    Ok(masked)
}

/// The first user with a password in an address: `https://elastic:changeme@host`.
fn in_address(line: &str) -> Option<Range<usize>> {
    let mut from = 0;
    // A password may have any character, also those that should be escaped.
    let end = line.rfind('@')?;
    while let Some(at) = line.get(from..end).and_then(|rest| rest.find("://")) {
        let start = from + at + 3;
        let rest = line.get(start..).unwrap_or("");
        let user = rest.find([':', '/', ' ', '\t', '"', '\'']).unwrap_or(rest.len());
        if rest.get(user..).is_some_and(|password| password.starts_with(':')) && start + user < end {
            return Some(start + user + 1..end);
        }
        from = start + user;
    }
    before_host(line)
}

/// The first one without a scheme, as in a list of hosts: `elastic:changeme@es-0:9200`.
fn before_host(line: &str) -> Option<Range<usize>> {
    let ends = |character: char| matches!(character, ',' | ' ' | '\t' | '"' | '\'' | '[' | ']');
    line.split(ends).find_map(|word| {
        let (user, host) = word.rsplit_once('@')?;
        let (name, password) = user.split_once(':')?;
        // The digest of an image is none, nor is a name of X.500, a path or the default of a placeholder.
        let is_user = !name.is_empty()
            && !name.contains(['/', '=', '@'])
            && name.matches('{').count() == name.matches('}').count();
        let is_one = is_user && !password.is_empty() && !host.is_empty() && !host.starts_with("sha256:");
        let start = password.as_ptr() as usize - line.as_ptr() as usize;
        is_one.then_some(start..start + password.len())
    })
}

/// Whether a value has a user with a password before a host.
pub fn has_password(text: &str) -> bool {
    text.contains('@') && text.lines().any(|line| in_address(line).is_some())
}

/// The runs of characters that names are made of.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !(character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-')))
        .filter(|word| !word.is_empty())
}

/// The lines of a text without their ends.
pub(super) fn lines_of(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let rest = text.get(start..)?;
        let length = memchr::memchr2(b'\n', b'\r', rest.as_bytes());
        let width =
            if length.is_some_and(|length| rest.get(length..).is_some_and(|end| end.starts_with("\r\n"))) {
                2
            } else {
                1
            };
        next = length.map(|length| start + length + width);
        Some(start..start + length.unwrap_or(rest.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_with_passwords() {
        for text in [
            "http://elastic:changeme@es-0:9200",
            "es-1,https://u:p/@:@es-0/path",
            "elastic:changeme@es-0:9300",
            "[\"a\", \"u:p@es-0\"]",
            "x\nldap://cn:p@host",
        ] {
            assert!(has_password(text), "{text}");
        }
    }

    #[test]
    fn none() {
        for text in [
            "",
            "es-0:9300",
            "http://es-0:9200",
            "elastic@es-0",
            "a@b:9300",
            "image:8.15@sha256:0123",
            "registry:5000/image@sha256:0123",
            "CN=a:b@c",
            "@/path:x",
            ":p@h",
            "u:@h",
            "${A:-x}@h",
            "mail: a@b",
        ] {
            assert!(!has_password(text), "{text}");
        }
    }
}
