//! The secrets of a text whose structure nobody knows. A value goes on as far as one could go that is indented, quoted,
//! in brackets or continued.

use std::ops::Range;

use super::line::{self, lines_of, words};
use diagnostics::{Secrets, is_secret_name, names_secret};

/// What may be assumed of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Structure {
    /// Nothing.
    Text,
    /// It was to be YAML and is none: even the indentation may be what is wrong.
    BrokenYaml,
}

/// A value that may go on in the next line.
struct Value {
    indentation: usize,
    /// The name of the secret stands in an item of a list.
    in_item: bool,
    lexer: Lexer,
    /// Nothing of it has come yet.
    is_awaited: bool,
    /// A section of an INI file, which the next one ends.
    is_section: bool,
}

/// Quotes and brackets that are open.
#[derive(Clone, Copy, Debug, Default)]
struct Lexer {
    quote: Option<char>,
    depth: usize,
    /// The line ends with a `\`.
    is_continued: bool,
}

impl Lexer {
    fn read(&mut self, line: &str) {
        let mut before = ' ';
        let mut is_escaped = false;
        for character in line.chars() {
            let was_escaped = std::mem::take(&mut is_escaped);
            match (self.quote, character) {
                (_, '\\') if self.quote != Some('\'') => is_escaped = !was_escaped,
                (Some(quote), _) if character == quote && !was_escaped => self.quote = None,
                // In a word they are ordinary.
                (None, '"' | '\'') if !was_escaped && !before.is_alphanumeric() => {
                    self.quote = Some(character);
                }
                (None, '[' | '{') => self.depth += 1,
                (None, ']' | '}') => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            before = character;
        }
        self.is_continued = is_escaped;
    }

    fn is_open(&self) -> bool {
        self.quote.is_some() || self.depth > 0 || self.is_continued
    }
}

/// Adds the secrets of a text.
pub(super) fn find(text: &str, structure: Structure, found: &mut Secrets) {
    find_in(text, 0..text.len(), structure, found);
}

/// Adds the secrets of a part of a text.
pub(super) fn find_in(text: &str, part: Range<usize>, structure: Structure, found: &mut Secrets) {
    let is_broken = structure == Structure::BrokenYaml;
    let written = text.get(part.clone()).unwrap_or("");
    // Most texts have neither a name of a secret nor an address.
    if !written.contains('@') && !names_secret(written) {
        return;
    }
    let mut value: Option<Value> = None;
    let mut had_secret = false;
    for range in lines_of(written) {
        let range = part.start + range.start..part.start + range.end;
        let line = text.get(range.clone()).unwrap_or("");
        if let Some(open) = &mut value {
            if open.goes_on(line, is_broken) {
                found.value(range);
                continue;
            }
            value = None;
        }
        match begins(line) {
            Some(begun) => {
                had_secret = true;
                match line::find(line) {
                    Some(secret) if secret.is_literal => found.value(range),
                    Some(secret) => found.name(range.start + secret.start..range.end),
                    None => {}
                }
                value = Some(begun);
            }
            None if is_broken && had_secret && !is_plain(line) => found.value(range),
            None => {}
        }
    }
}

/// Where a value ends whose name is in a comment on the line that begins at `start`: further than that line where only the
/// first line of it was made a comment.
pub(super) fn end_of_comment(text: &str, start: usize) -> usize {
    let mut lines = lines_of(text.get(start..).unwrap_or(""));
    let first = lines.next().unwrap_or_default();
    let line = text.get(start..start + first.end).unwrap_or("");
    let Some(mut value) = begins(line) else { return start + first.end };
    let is_block = line.trim_end_matches(['-', '+', ' ', '\t']).ends_with(['|', '>']);
    let mut end = first.end;
    if value.lexer.is_open() || is_block {
        for range in lines {
            let end_of_line = range.end;
            if !value.goes_on(text.get(start + range.start..start + range.end).unwrap_or(""), false) {
                break;
            }
            end = end_of_line;
        }
    }
    start + end
}

impl Value {
    /// Whether the line may belong to it.
    fn goes_on(&mut self, line: &str, is_broken: bool) -> bool {
        let trimmed = line.trim_start();
        if self.is_section {
            return !trimmed.starts_with('[');
        }
        let was_open = self.lexer.is_open();
        let is_item = trimmed.starts_with("- ") || trimmed == "-";
        let indentation = line.len() - trimmed.len();
        let goes_on = was_open
            || trimmed.is_empty()
            || trimmed.starts_with('#')
            || indentation > self.indentation
            || (indentation == self.indentation && (trimmed.starts_with(": ") || trimmed == ":"))
            || (is_item && indentation == self.indentation && !self.in_item)
            || ((self.is_awaited || is_broken) && !is_entry(trimmed));
        if !goes_on {
            return false;
        }
        self.lexer.is_continued = false;
        if was_open || !trimmed.starts_with('#') {
            self.lexer.read(line);
        }
        self.is_awaited &= trimmed.is_empty() || trimmed.starts_with('#');
        true
    }
}

/// The value of a secret whose name is on this line; it may have begun, or may come in the next one.
fn begins(line: &str) -> Option<Value> {
    let is_named = names_secret(line);
    // Most lines have neither.
    if !is_named && !line.contains('@') {
        return None;
    }
    let found = line::find(line);
    let named = || words(line).filter(|word| is_secret_name(word));
    if found.is_none() && !(is_named && named().any(|word| awaits(line, word))) {
        return None;
    }
    let trimmed = line.trim_start();
    let in_item = trimmed.starts_with("- ");
    let content = trimmed.trim_start_matches(['-', ' ', '\t', '?']);
    let mut lexer = Lexer::default();
    lexer.read(line);
    Some(Value {
        indentation: line.len() - if in_item { content.len() } else { trimmed.len() },
        in_item,
        lexer,
        is_awaited: found.is_none(),
        is_section: trimmed.starts_with('[')
            && trimmed.trim_end().ends_with(']')
            && !trimmed.contains([',', '"']),
    })
}

/// Whether a value may follow that name in a next line.
fn awaits(line: &str, word: &str) -> bool {
    let end = word.as_ptr() as usize - line.as_ptr() as usize + word.len();
    let rest = line.get(end..).unwrap_or("").trim_start_matches(['"', '\'']);
    let is_option = word.starts_with('-');
    rest.is_empty()
        || rest.starts_with([' ', '\t', ':', '=', '>'])
        || (rest.starts_with(',') && is_option)
        || (rest.starts_with(']') && line.trim_start().starts_with('['))
}

/// Whether a line begins something else for certain: `key: value`, `key = value`.
fn is_entry(trimmed: &str) -> bool {
    let content = trimmed.trim_start_matches(['-', ' ', '?']);
    let (key, rest) = match content.strip_prefix(['"', '\'']) {
        Some(quoted) => {
            let Some((key, rest)) = quoted.split_once(['"', '\'']) else { return false };
            (key, rest)
        }
        None => content.split_at(content.find([':', '=', ' ', '\t']).unwrap_or(content.len())),
    };
    let is_key = !key.is_empty()
        && !key.starts_with('{')
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-/$<>{}*".contains(&byte));
    let rest = rest.trim_start();
    let follows = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']);
    is_key
        && (rest.strip_prefix(':').is_some_and(follows)
            || rest.strip_prefix('=').is_some_and(|value| !value.trim_matches(['=', ' ', '"']).is_empty()))
}

/// Whether a line of a text that was to be YAML is not a piece of something else.
fn is_plain(line: &str) -> bool {
    let trimmed = line.trim();
    trimmed.is_empty()
        || is_entry(trimmed)
        || trimmed.starts_with("- ")
        || matches!(trimmed, "---" | "..." | "-")
        || (trimmed.starts_with('#') && !trimmed.contains(char::is_control))
}
