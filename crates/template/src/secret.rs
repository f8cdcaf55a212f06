//! Which lines of a file must not be printed.

use crate::placeholder;
use diagnostics::is_secret_name;

/// Whether a line may be printed: it holds no secret, and is not so long that it helps nobody.
pub fn may_show(line: &str) -> bool {
    line.len() <= 1000 && !holds_secret(line)
}

/// What stands for a placeholder in a line that is searched.
const VALUE: char = '\u{1}';
/// The same for one with text of its own.
const DEFAULT: char = '\u{2}';

/// Whether a line may hold the literal value of something that is named like a secret.
pub fn holds_secret(line: &str) -> bool {
    if !words(line).any(is_secret_name) {
        return false;
    }
    // Placeholders are names, not values, unless one has a default.
    let mut rest = String::with_capacity(line.len());
    let mut from = 0;
    while let Some(token) = placeholder::next(line, from) {
        rest.push_str(line.get(from..token.start).unwrap_or(""));
        let written = line.get(token.start..token.end).unwrap_or("");
        if !token.is_bare() && words(written).any(is_secret_name) {
            return true;
        }
        // Stands for one value that is not literal; a default is.
        rest.push(if token.has_word() { DEFAULT } else { VALUE });
        from = token.end;
    }
    rest.push_str(line.get(from..).unwrap_or(""));
    let mut searched = rest.as_str();
    while let Some(word) = words(searched).find(|word| is_secret_name(word)) {
        let after = word.as_ptr() as usize - searched.as_ptr() as usize + word.len();
        searched = searched.get(after..).unwrap_or("");
        if let Some(value) = searched.find([':', '=']).and_then(|at| searched.get(at + 1..))
            && value.chars().any(|character| {
                !matches!(character, ' ' | '\t' | '"' | '\'' | VALUE | ',' | '[' | ']' | '{' | '}')
            })
        {
            return true;
        }
    }
    false
}

/// The runs of characters that names are made of.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !(character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-')))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_hide_secrets() {
        for line in [
            "password: hunter2",
            "a: {secret: x, b: ${C}}",
            "db.token = x ${A}",
            "k: ${DB_PASSWORD:-hunter2}",
            "k: ${A:-${DB_PASSWORD:-hunter2}}",
            "secure_password: \"pre${A}\"",
            "password: ${A:-hunter2}",
        ] {
            assert!(holds_secret(line), "{line}");
        }
        for line in
            ["password: ${DB_PASSWORD}", "password: \"$<DB_PASSWORD>\"", "k: v ${A}", "cluster.name: x", "${"]
        {
            assert!(!holds_secret(line), "{line}");
        }
    }
}
