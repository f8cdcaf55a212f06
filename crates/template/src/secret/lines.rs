//! The formats in which a line is an entry: options of the JVM, and policies with their comments.

use super::line::{self, lines_of, words};
use diagnostics::{Secrets, names_secret};

/// One line by itself; gives whether it has a secret.
pub(super) fn one(text: &str, start: usize, found: &mut Secrets) -> bool {
    let Some(secret) = line::find(text) else { return false };
    let range = start + secret.start..start + text.len();
    if secret.is_literal {
        found.value(range);
    } else {
        found.name(range);
    }
    true
}

/// The options of a file for the JVM.
pub(super) fn options(text: &str, found: &mut Secrets) {
    // The line before has the name of a secret alone, as if the value could stand on the next.
    let mut is_awaited = false;
    for range in lines_of(text) {
        let line = text.get(range.clone()).unwrap_or("");
        let trimmed = line.trim_start();
        if is_awaited && !trimmed.is_empty() && !is_option(trimmed) {
            found.value(range);
            continue;
        }
        let has_secret = one(line, range.start, found);
        let may_follow = trimmed.is_empty() && is_awaited;
        is_awaited = may_follow || (!has_secret && !line.contains('=') && names_secret(line));
    }
}

/// Whether a line is one of the file's own: an option, also for some versions of Java only.
fn is_option(line: &str) -> bool {
    let of_version =
        line.trim_start_matches(|character: char| character.is_ascii_digit() || character == '-');
    line.starts_with('-') || of_version.strip_prefix(':').is_some_and(|rest| rest.starts_with('-'))
}

/// A policy: comments go on over lines, and so does the entry that says where the password of the keystore is.
pub(super) fn policy(text: &str, found: &mut Secrets) {
    const ENTRY: &str = "keystorePasswordURL";
    let mut is_in_comments = false;
    for range in lines_of(text) {
        let line = text.get(range.clone()).unwrap_or("");
        let is_comment = line.trim_start().starts_with(['/', '#']);
        if is_in_comments && is_comment {
            found.value(range);
        } else {
            is_in_comments =
                (one(without_classes(line).as_str(), range.start, found) || names_secret(line)) && is_comment;
        }
    }
    block_comments(text, found);
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(ENTRY)) {
        let start = from + at;
        let length = text.get(start..).and_then(|rest| rest.find(';'));
        from = length.map_or(text.len(), |length| start + length + 1);
        found.value(start..from);
    }
}

/// Comments of several lines, with all that is in them.
fn block_comments(text: &str, found: &mut Secrets) {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(['"', '/'])) {
        let start = from + at;
        let rest = text.get(start..).unwrap_or("");
        let (skipped, end): (usize, &[&str]) = if rest.starts_with("/*") {
            (2, &["*/"])
        } else if rest.starts_with("//") {
            (2, &["\n", "\r"])
        } else if rest.starts_with('"') {
            (1, &["\"", "\n", "\r"])
        } else {
            from = start + 1;
            continue;
        };
        let inside = rest.get(skipped..).unwrap_or("");
        let length = inside.char_indices().map(|(at, _)| at).find_map(|at| {
            let end = end.iter().find(|end| inside.get(at..).is_some_and(|rest| rest.starts_with(**end)))?;
            Some(at + end.len())
        });
        from = length.map_or(text.len(), |length| start + skipped + length);
        if rest.starts_with("/*") && text.get(start..from).is_some_and(names_secret) {
            found.value(start..from);
        }
    }
}

/// A line without the names of classes, as in `permission javax.security.auth.PrivateCredentialPermission`, which say
/// nothing about what follows them: as many bytes of something else.
fn without_classes(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut from = 0;
    for word in words(line).filter(|word| word.ends_with("Permission")) {
        let start = word.as_ptr() as usize - line.as_ptr() as usize;
        masked.push_str(line.get(from..start).unwrap_or(""));
        masked.extend(std::iter::repeat_n('x', word.len()));
        from = start + word.len();
    }
    masked.push_str(line.get(from..).unwrap_or(""));
    masked
}
