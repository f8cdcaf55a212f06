//! Turns byte ranges of a template into findings with places, without ever showing a secret.

use crate::lexer::{self, Kind, Trouble};
use diagnostics::is_secret_name;
use diagnostics::{Finding, Place, Severity};

/// A problem as it is found: the place is still a byte range, so that nothing is computed twice.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) finding: Finding,
}

impl Problem {
    /// An error at that range.
    pub(crate) fn new(
        code: &'static str,
        range: (usize, usize),
        message: String,
        help: impl Into<String>,
    ) -> Self {
        Self { start: range.0, end: range.1, finding: Finding::error(code, message).help(help) }
    }
}

/// Byte offsets of the beginnings of all lines; a line ends with `\n`, `\r\n` or `\r`.
#[derive(Clone, Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, &byte) in bytes.iter().enumerate() {
            if byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                starts.push(at + 1);
            }
        }
        Self { text, starts }
    }

    /// The index of the line that holds that byte.
    fn index(&self, at: usize) -> usize {
        self.starts.partition_point(|&start| start <= at).saturating_sub(1)
    }

    /// That line without its end.
    fn line(&self, index: usize) -> &'a str {
        let start = self.starts.get(index).copied().unwrap_or(0);
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    /// The place of a byte range, without an excerpt; a range of several lines ends with its first line.
    pub(crate) fn place(&self, file: &str, start: usize, end: usize) -> Place {
        let index = self.index(start);
        let line = self.line(index);
        let offset = start - self.starts.get(index).copied().unwrap_or(0);
        // Characters begin at every byte that does not continue one.
        let characters = |to: usize| line.bytes().take(to).filter(|byte| byte & 0xc0 != 0x80).count();
        let column = characters(offset) + 1;
        let end_column = (characters(offset + end.saturating_sub(start)) + 1).max(column + 1);
        Place { file: file.to_owned(), line: index + 1, column, end_column, excerpt: None, label: None }
    }

    /// The same with the line as excerpt where it holds no secret.
    pub(crate) fn place_with_excerpt(&self, file: &str, start: usize, end: usize, secret: bool) -> Place {
        let mut place = self.place(file, start, end);
        let line = self.line(place.line - 1);
        // A very long line helps nobody.
        if !secret && line.len() <= 1000 && !holds_secret(line) {
            place.excerpt = Some(line.to_owned());
        }
        place
    }
}

/// Whether a line may hold the literal value of something that is named like a secret.
pub fn holds_secret(line: &str) -> bool {
    if !words(line).any(is_secret_name) {
        return false;
    }
    // Placeholders are names, not values, unless one has a default.
    let mut rest = String::with_capacity(line.len());
    let mut from = 0;
    while let Some(token) = lexer::next(line, from) {
        rest.push_str(line.get(from..token.start).unwrap_or(""));
        let written = line.get(token.start..token.end).unwrap_or("");
        let plain = written.len() > 3
            && written
                .get(2..written.len() - 1)
                .is_some_and(|name| !name.contains([':', '-', '?', '+', '=']));
        if (!plain || !matches!(token.kind, Kind::Value)) && words(written).any(is_secret_name) {
            return true;
        }
        // Stands for one value that is not literal.
        rest.push('\u{1}');
        from = token.end;
    }
    rest.push_str(line.get(from..).unwrap_or(""));
    let mut searched = rest.as_str();
    while let Some(word) = words(searched).find(|word| is_secret_name(word)) {
        let after = word.as_ptr() as usize - searched.as_ptr() as usize + word.len();
        searched = searched.get(after..).unwrap_or("");
        if let Some(value) = searched.find([':', '=']).and_then(|at| searched.get(at + 1..))
            && value.chars().any(|character| {
                !matches!(character, ' ' | '\t' | '"' | '\'' | '\u{1}' | ',' | '[' | ']' | '{' | '}')
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

/// Turns problems into findings, sorted by place. `base` is where `body` begins in lines of the user's file:
/// nothing but a byte order mark may stand before it, so the columns are the same.
pub(crate) fn findings(file: &str, body: &str, mut problems: Vec<Problem>) -> Vec<Finding> {
    if problems.is_empty() {
        return Vec::new();
    }
    problems.sort_by_key(|problem| (problem.start, problem.end));
    let lines = Lines::new(body);
    problems
        .into_iter()
        .map(|problem| {
            let secret = problem.finding.setting.as_deref().is_some_and(is_secret_name)
                && !is_bare_placeholder(body, problem.start, problem.end);
            let place = lines.place_with_excerpt(file, problem.start, problem.end, secret);
            problem.finding.at(place)
        })
        .collect()
}

/// Whether the line of that range holds, besides it, nothing that could be a value.
fn is_bare_placeholder(body: &str, start: usize, end: usize) -> bool {
    let before = body.get(..start).unwrap_or("").rsplit(['\n', '\r']).next().unwrap_or("");
    let after = body.get(end..).unwrap_or("").split(['\n', '\r']).next().unwrap_or("");
    before.trim_end_matches([' ', '"', '\'']).ends_with(':')
        && after.trim_matches([' ', '"', '\'']).is_empty()
}

/// Whether any finding refuses the file.
pub(crate) fn has_error(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.finding.severity == Severity::Error)
}

/// What to write instead of something that is no placeholder.
pub(crate) fn broken(text: &str, trouble: Trouble, start: usize, end: usize) -> Problem {
    let written = text.get(start..end).unwrap_or("");
    // The text inside may be a default with anything in it: only the name is repeated.
    let inner = written.get(2..).unwrap_or("");
    let name: String = inner
        .chars()
        .take_while(|character| character.is_ascii_alphanumeric() || *character == '_')
        .collect();
    let angle = written.starts_with("$<");
    let (open, close) = if angle { ("$<", ">") } else { ("${", "}") };
    let shown = if name.is_empty() { "NAME" } else { &name };
    let instead = format!("`{open}{shown}{close}`");
    let literal = format!("; for the literal text write `${open}`");
    let (message, help) = match trouble {
        Trouble::Unterminated => (
            format!("`{open}{name}` has no `{close}` on its line"),
            format!("a placeholder never spans lines: write {instead}{literal}"),
        ),
        Trouble::EmptyName => (
            "a placeholder without a name".to_owned(),
            format!("write the variable's name between the brackets, {instead}{literal}"),
        ),
        Trouble::BadName => (
            format!("this is no variable name after `{open}`"),
            format!(
                "a name has ASCII letters, digits and `_`, begins with no digit and stands without blanks, as in `{open}CLUSTER_NAME{close}`{literal}"
            ),
        ),
        Trouble::ComputedName => (
            "a placeholder inside a variable's name".to_owned(),
            format!(
                "names are not computed: write the full name, or a default, `{open}A:-{open}B{close}{close}`"
            ),
        ),
        Trouble::Assignment => (
            format!("`:=` and `=` assign a variable, and a template assigns nothing, at `{name}`"),
            format!("write `{open}{shown}:-default{close}`"),
        ),
        Trouble::CaseChange => (
            format!("the case of `{name}` cannot be changed here"),
            format!("write {instead} and set the variable in the wanted case"),
        ),
        Trouble::Replacement => (
            format!("text cannot be replaced in `{name}` here"),
            format!("write {instead} and set the variable to the wanted text"),
        ),
        Trouble::Strip => (
            format!("no prefix or suffix can be removed from `{name}` here"),
            format!("write {instead} and set the variable to the wanted text"),
        ),
        Trouble::Length => (
            "the length of a variable cannot be asked for here".to_owned(),
            "set a variable to the wanted number and write its name, as in `${NAME}`".to_owned(),
        ),
        Trouble::Indirect => (
            "a variable's value cannot be taken as a name here".to_owned(),
            "write the name of the variable that has the value, as in `${NAME}`".to_owned(),
        ),
        Trouble::UnknownOperator => (
            format!("an unknown operator after `{open}{name}`"),
            format!(
                "these are known: `{open}{shown}:-default{close}`, `{open}{shown}:?message{close}`, `{open}{shown}:+other{close}`"
            ),
        ),
        Trouble::TooDeep => (
            "placeholders are nested too deeply".to_owned(),
            "defaults nest up to 32 levels: use fewer".to_owned(),
        ),
    };
    let problem = Problem::new("template/syntax", (start, end), message, help);
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        problem
    } else {
        Problem { finding: problem.finding.variable(name), ..problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let lines = Lines::new("a\r\né€x ${A}\rb");
        let place = lines.place("f", 3 + 7, 3 + 11);
        assert_eq!((place.line, place.column, place.end_column), (2, 5, 9));
        assert_eq!(lines.place("f", 15, 16).line, 3);
        assert_eq!(Lines::new("").place("f", 0, 0).line, 1);
    }

    #[test]
    fn excerpts_hide_secrets() {
        for line in [
            "password: hunter2",
            "a: {secret: x, b: ${C}}",
            "db.token = x ${A}",
            "k: ${DB_PASSWORD:-hunter2}",
            "k: ${A:-${DB_PASSWORD:-hunter2}}",
            "secure_password: \"pre${A}\"",
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
