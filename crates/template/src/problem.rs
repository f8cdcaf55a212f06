//! What is wrong at a range of a template, and the findings that come of it.

use std::sync::Arc;

use crate::token::{Operator, SyntaxError, brackets};
use diagnostics::{Finding, Severity, Source, Span, is_secret_name};

/// A problem as it is found: many are found in a file that turns out to be none, and most files have none at all.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) finding: Finding,
    /// What is said instead where the place is in the value of a secret: the finding repeats what is written there.
    pub(crate) in_secret: Option<Finding>,
}

impl Problem {
    /// An error at that range.
    pub(crate) fn new(
        code: &'static str,
        range: (usize, usize),
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::of(Finding::error(code, message).help(help), range)
    }

    /// The same for that setting.
    pub(crate) fn set_setting(&mut self, name: &str) {
        self.finding.setting = Some(name.to_owned());
        if let Some(other) = &mut self.in_secret {
            other.setting = Some(name.to_owned());
        }
    }

    /// The file turned out to be no YAML: what was taken for a setting's name may be a piece of a value.
    pub(crate) fn doubt_setting(&mut self) {
        if self.finding.setting.is_some() {
            let other = self.in_secret.get_or_insert_with(|| self.finding.clone());
            other.setting = None;
        }
    }

    /// A finding at that range.
    pub(crate) fn of(finding: Finding, range: (usize, usize)) -> Self {
        Self { start: range.0, end: range.1, finding, in_secret: None }
    }
}

/// Turns problems into findings, sorted by place.
pub(crate) fn findings(source: impl FnOnce() -> Arc<Source>, mut problems: Vec<Problem>) -> Vec<Finding> {
    if problems.is_empty() {
        return Vec::new();
    }
    diagnostics::order::sort_by_key(&mut problems, |problem| (problem.start, problem.end));
    let source = source();
    problems
        .into_iter()
        .map(|problem| {
            let secret = problem.finding.setting.as_deref().is_some_and(is_secret_name)
                && !is_bare_placeholder(&source.text, problem.start, problem.end);
            let span = Span::new(&source, problem.start..problem.end).hide(secret);
            match problem.in_secret {
                Some(other) if span.is_secret() => other.at(span),
                _ => problem.finding.at(span),
            }
        })
        .collect()
}

/// Whether the line of that range holds, besides it, nothing that could be a value.
fn is_bare_placeholder(body: &str, start: usize, end: usize) -> bool {
    let is_blank = |character: &char| matches!(character, ' ' | '"' | '\'');
    let before = body.get(..start).unwrap_or("").chars().rev().find(|character| !is_blank(character));
    let after = body.get(end..).unwrap_or("").chars().find(|character| !is_blank(character));
    before == Some(':') && matches!(after, None | Some('\n' | '\r'))
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
    let brackets = brackets(text, start);
    let finding = refused(&name, error, brackets);
    // A password may have a `${` in it, and then the name is a piece of that.
    let in_secret = (!name.is_empty()).then(|| refused("", error, brackets));
    let finding = if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        finding
    } else {
        finding.variable(name)
    };
    Problem { in_secret, ..Problem::of(finding, (start, end)) }
}

/// The finding on something that is no placeholder, with what stands at the place of a name.
fn refused(name: &str, error: SyntaxError, (open, close): (&str, &str)) -> Finding {
    let shown = if name.is_empty() { "NAME" } else { name };
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
    Finding::error("template/syntax", message).help(help)
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
