//! The secrets of `.properties` files.

use std::collections::HashSet;
use std::ops::Range;

use super::line::{self, lines_of};
use diagnostics::{Secrets, is_secret_name};

/// One logical line: lines that end with a `\` go on with the next.
struct Logical {
    range: Range<usize>,
    /// Without escapes.
    key: String,
    value: Range<usize>,
}

/// Adds the secrets of the file.
pub(super) fn find(text: &str, found: &mut Secrets) {
    let logical = logical_lines(text, found);
    // log4j names some of what it sends: `NAME.name = Authorization`, `NAME.value = …`.
    let named: HashSet<&str> = logical
        .iter()
        .filter(|line| is_secret_name(text.get(line.value.clone()).unwrap_or("").trim()))
        .filter_map(|line| line.key.strip_suffix(".name"))
        .collect();
    for Logical { range, key, value } in &logical {
        let written = text.get(range.clone()).unwrap_or("");
        let is_named = key.strip_suffix(".value").is_some_and(|name| named.contains(name));
        if is_secret_name(key) || is_named {
            if line::is_bare(text.get(value.clone()).unwrap_or("")) {
                found.name(value.clone());
            } else {
                found.value(range.clone());
            }
        } else if let Some(secret) = line::find(written) {
            let secret_range = range.start + secret.start..range.end;
            if secret.is_literal { found.value(secret_range) } else { found.name(secret_range) }
        }
    }
}

/// The logical lines that are no comments; the secrets in those are added.
fn logical_lines(text: &str, found: &mut Secrets) -> Vec<Logical> {
    let mut logical = Vec::new();
    let mut open: Option<usize> = None;
    let mut is_in_comments = false;
    for range in lines_of(text) {
        let line = text.get(range.clone()).unwrap_or("");
        let is_comment = open.is_none() && line.trim_start().starts_with(['#', '!']);
        if is_comment {
            is_in_comments |= super::lines::one(line, range.start, found);
            if is_in_comments {
                found.value(range);
            }
            continue;
        }
        is_in_comments = false;
        let start = open.take().unwrap_or(range.start);
        let slashes = line.len() - line.trim_end_matches('\\').len();
        if slashes % 2 == 1 {
            open = Some(start);
        } else {
            logical.push(split(text, start..range.end));
        }
    }
    if let Some(start) = open {
        logical.push(split(text, start..text.len()));
    }
    logical
}

fn split(text: &str, range: Range<usize>) -> Logical {
    let line = text.get(range.clone()).unwrap_or("");
    let mut key = String::new();
    let mut characters = line.char_indices().peekable();
    let mut end = line.len();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some((_, 'u')) => {
                    let code = line.get(at + 2..at + 6).and_then(|code| u32::from_str_radix(code, 16).ok());
                    key.extend(code.and_then(char::from_u32));
                    while characters.next_if(|(next, _)| *next < at + 6).is_some() {}
                }
                Some((_, '\n' | '\r')) => {
                    while characters.next_if(|(_, next)| next.is_ascii_whitespace()).is_some() {}
                }
                Some((_, escaped)) => key.push(escaped),
                None => {}
            },
            ' ' | '\t' | '\x0c' if key.is_empty() => {}
            '=' | ':' | ' ' | '\t' | '\x0c' => {
                end = at;
                break;
            }
            other => key.push(other),
        }
    }
    let rest = line.get(end..).unwrap_or("");
    let value = rest.trim_start().trim_start_matches(['=', ':']);
    Logical { key, value: range.end - value.len()..range.end, range }
}
