//! What is wrong at a range of a template, and the findings that come of it.

use std::rc::Rc;

use crate::token::{Operator, SyntaxError, brackets};
use diagnostics::{Finding, Severity, Source, Span, is_secret_name};

/// A problem as it is found: many are found in a file that turns out to be none, and most files have none at all.
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
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { start: range.0, end: range.1, finding: Finding::error(code, message).help(help) }
    }
}

/// Turns problems into findings, sorted by place.
pub(crate) fn findings(source: impl FnOnce() -> Rc<Source>, mut problems: Vec<Problem>) -> Vec<Finding> {
    if problems.is_empty() {
        return Vec::new();
    }
    problems.sort_by_key(|problem| (problem.start, problem.end));
    let source = source();
    problems
        .into_iter()
        .map(|problem| {
            let secret = problem.finding.setting.as_deref().is_some_and(is_secret_name)
                && !is_bare_placeholder(&source.text, problem.start, problem.end);
            problem.finding.at(Span::new(&source, problem.start..problem.end).hide(secret))
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
pub(crate) fn invalid(text: &str, error: SyntaxError, start: usize, end: usize) -> Problem {
    let written = text.get(start..end).unwrap_or("");
    // The text inside may be a default with anything in it: only the name is repeated.
    let inner = written.get(2..).unwrap_or("");
    let name: String = inner
        .chars()
        .take_while(|character| character.is_ascii_alphanumeric() || *character == '_')
        .collect();
    let (open, close) = brackets(text, start);
    let shown = if name.is_empty() { "NAME" } else { &name };
    let instead = format!("`{open}{shown}{close}`");
    let literal = format!("; for the literal text write `${open}`");
    let (message, help) = match error {
        SyntaxError::Unterminated => (
            format!("`{open}{name}` has no `{close}` on its line"),
            format!("a placeholder never spans lines: write {instead}{literal}"),
        ),
        SyntaxError::EmptyName => (
            "a placeholder without a name".to_owned(),
            format!("write the variable's name between the brackets, {instead}{literal}"),
        ),
        SyntaxError::BadName => (
            format!("this is no variable name after `{open}`"),
            format!(
                "a name has ASCII letters, digits and `_`, begins with no digit and stands without blanks, as in `{open}CLUSTER_NAME{close}`{literal}"
            ),
        ),
        SyntaxError::ComputedName => (
            "a placeholder inside a variable's name".to_owned(),
            format!(
                "names are not computed: write the full name, or a default, `{open}A:-{open}B{close}{close}`"
            ),
        ),
        SyntaxError::Assignment => (
            format!("`:=` and `=` assign a variable, and a template assigns nothing, at `{name}`"),
            format!("write `{open}{shown}:-default{close}`"),
        ),
        SyntaxError::CaseChange => (
            format!("the case of `{name}` cannot be changed here"),
            format!("write {instead} and set the variable in the wanted case"),
        ),
        SyntaxError::Replacement => (
            format!("text cannot be replaced in `{name}` here"),
            format!("write {instead} and set the variable to the wanted text"),
        ),
        SyntaxError::Strip => (
            format!("no prefix or suffix can be removed from `{name}` here"),
            format!("write {instead} and set the variable to the wanted text"),
        ),
        SyntaxError::Length => (
            "the length of a variable cannot be asked for here".to_owned(),
            "set a variable to the wanted number and write its name, as in `${NAME}`".to_owned(),
        ),
        SyntaxError::Indirect => (
            "a variable's value cannot be taken as a name here".to_owned(),
            "write the name of the variable that has the value, as in `${NAME}`".to_owned(),
        ),
        SyntaxError::UnknownOperator => (
            format!("an unknown operator after `{open}{name}`"),
            format!("these are known: {}", known_forms(open, shown, close)),
        ),
        SyntaxError::TooDeep => (
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

/// The forms with an operator, but for the server's own, which an unknown operator looks like.
fn known_forms(open: &str, name: &str, close: &str) -> String {
    let operators = [
        Operator::Default { colon: true },
        Operator::Required { colon: true },
        Operator::Alternative { colon: true },
    ];
    let form = |operator: Operator| {
        let word = match operator {
            Operator::Default { .. } | Operator::Legacy => "default",
            Operator::Required { .. } => "message",
            Operator::Alternative { .. } => "other",
            Operator::Plain => "",
        };
        format!("`{open}{name}{}{word}{close}`", operator.symbol())
    };
    operators.map(form).join(", ")
}
