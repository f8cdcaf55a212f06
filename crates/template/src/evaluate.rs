//! Gives a placeholder its text. Lazily, as POSIX shells do, and without stopping at the first problem.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::damage::{Destination, damages};
use crate::environment::{Content, Environment, Origin, Variable};
use crate::format::Format;
use crate::placeholder::Lexer;
use crate::problem::{self, Problem};
use crate::rendered::{Use, ValueFrom};
use crate::service_links::is_service_link;
use crate::token::{Form, Kind, Operator, Token};
use crate::unescape::{Quoting, unescape};
use diagnostics::nearest;
use diagnostics::{Finding, Levels, Severity, Span};

/// How one placeholder was evaluated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Nothing went wrong: the text was appended.
    pub(crate) good: bool,
    /// The text comes from a secret.
    pub(crate) secret: bool,
    pub(crate) value_from: ValueFrom,
}

const DEFAULT: Outcome = Outcome { good: true, secret: false, value_from: ValueFrom::Default };
const BAD: Outcome = Outcome { good: false, ..DEFAULT };

/// Suggestions are made for that many names of a file: each is compared with every variable.
const MOST_SUGGESTIONS: usize = 100;

/// Names of variables, each once.
#[derive(Debug, Default)]
struct Names<'a> {
    in_order: Vec<String>,
    known: BTreeSet<&'a str>,
}

/// A value that Kubernetes set: used where the user says that this is no error.
const SERVICE_LINK: &str = "env/service-link";
/// Evaluates the placeholders of one file and gathers their problems.
pub(crate) struct Evaluator<'a> {
    pub(crate) text: &'a str,
    lexer: Lexer<'a>,
    pub(crate) environment: &'a Environment,
    levels: &'a Levels,
    pub(crate) format: Format,
    pub(crate) problems: Vec<Problem>,
    /// Names whose variable was looked up for the current scalar; kept only when asked for.
    names: Option<Names<'a>>,
    /// What is nearest to names that are not set.
    near: BTreeMap<&'a str, Option<&'a str>>,
    /// A placeholder asked for a variable that nobody can tell: there is no file, and no problem.
    pub(crate) unknown: bool,
    /// Variables whose values were looked at for damage: one report for each is enough.
    looked_at: BTreeSet<&'a str>,
    recent: Recent<'a>,
    /// A placeholder gave a secret, or the text of something that is named like one.
    pub(crate) gave_secret: bool,
}

/// The variables met last: a long file repeats a few of them, and to look each up again costs more than all the rest.
#[derive(Default)]
struct Recent<'a> {
    met: [Option<Met<'a>>; 4],
    oldest: usize,
}

#[derive(Clone, Copy)]
struct Met<'a> {
    name: &'a str,
    variable: Option<&'a Variable>,
    /// Nothing speaks against its value, wherever it is used in this file.
    is_good: bool,
}

impl<'a> Recent<'a> {
    fn find(&mut self, name: &str) -> Option<&mut Met<'a>> {
        self.met.iter_mut().flatten().find(|met| met.name == name)
    }

    /// The variable of that name, or nothing when it is unset.
    fn variable(&mut self, name: &'a str, environment: &'a Environment) -> Option<&'a Variable> {
        if let Some(met) = self.find(name) {
            return met.variable;
        }
        let variable = environment.get(name);
        self.met[self.oldest] = Some(Met { name, variable, is_good: false });
        self.oldest = (self.oldest + 1) % self.met.len();
        variable
    }

    fn is_good(&mut self, name: &str) -> bool {
        self.find(name).is_some_and(|met| met.is_good)
    }

    fn set_good(&mut self, name: &str) {
        if let Some(met) = self.find(name) {
            met.is_good = true;
        }
    }
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(
        text: &'a str,
        environment: &'a Environment,
        levels: &'a Levels,
        format: Format,
    ) -> Self {
        Self {
            text,
            lexer: Lexer::new(text),
            environment,
            levels,
            format,
            problems: Vec::new(),
            names: None,
            near: BTreeMap::new(),
            unknown: false,
            looked_at: BTreeSet::new(),
            recent: Recent::default(),
            gave_secret: false,
        }
    }

    /// Notes from now on which names are looked up, and forgets those that were.
    pub(crate) fn note_names(&mut self) {
        let names = self.names.get_or_insert_default();
        names.in_order.clear();
        names.known.clear();
    }

    /// The names that were looked up since, in their order, but the first with a value first: the others had it as a default.
    pub(crate) fn names(&mut self) -> &[String] {
        let Some(Names { in_order, .. }) = &mut self.names else { return &[] };
        let all = self.environment;
        let has_value = |it: &String| all.get(it).is_some() && all.text(it) != Some("");
        let first = in_order.iter().position(has_value).unwrap_or(0);
        if let Some(until_it) = in_order.get_mut(..=first) {
            until_it.rotate_right(1);
        }
        in_order
    }

    /// Reports a token that is no placeholder.
    pub(crate) fn report_invalid(&mut self, token: Token) {
        if let Kind::Invalid(error, start, end) = token.kind {
            self.problems.push(problem::invalid(self.text, error, start, end));
        }
    }

    /// Appends the text of a placeholder.
    pub(crate) fn value(&mut self, token: Token, form: Form, quoting: Quoting, out: &mut String) -> Outcome {
        let before = out.len();
        let outcome = self.text_of(token, form, quoting, out);
        if !self.gave_secret && out.len() > before {
            // A variable's value is as secret as its name.
            let is_named_so = || diagnostics::is_secret_name(token.name(self.text));
            self.gave_secret = outcome.secret || (outcome.value_from != ValueFrom::Variable && is_named_so());
        }
        outcome
    }

    fn text_of(&mut self, token: Token, form: Form, quoting: Quoting, out: &mut String) -> Outcome {
        let name = token.name(self.text);
        if let Some(names) = &mut self.names
            && names.known.insert(name)
        {
            names.in_order.push(name.to_owned());
        }
        let variable = self.recent.variable(name, self.environment);
        if variable.is_some_and(|variable| variable.content == Content::Unknown) {
            self.unknown = true;
            return BAD;
        }
        let is_empty =
            matches!(variable, Some(Variable { content: Content::Text(text), .. }) if text.is_empty());
        let counts_as_unset = |colon: bool| variable.is_none() || (colon && is_empty);
        match form.operator {
            Operator::Default { colon } if counts_as_unset(colon) => {
                return self.word(token.word(), quoting, out);
            }
            Operator::Legacy if variable.is_none() => return self.word(token.word(), quoting, out),
            Operator::Alternative { colon } if counts_as_unset(colon) => return DEFAULT,
            Operator::Alternative { .. } => return self.word(token.word(), quoting, out),
            Operator::Required { colon } if counts_as_unset(colon) => {
                self.missing(token, is_empty, Some((token.word(), quoting)));
                return BAD;
            }
            Operator::Plain | Operator::Default { .. } | Operator::Legacy | Operator::Required { .. } => {}
        }
        if let Some(variable) = variable {
            self.content(token, name, variable, out)
        } else {
            self.missing(token, false, None);
            BAD
        }
    }

    /// Appends a default or alternative.
    fn word(&mut self, word: Range<usize>, quoting: Quoting, out: &mut String) -> Outcome {
        let mut outcome = DEFAULT;
        let mut from = word.start;
        while from < word.end {
            let token = self.lexer.next_before(from, word.end);
            let until = token.map_or(word.end, |token| token.start);
            outcome.good &= self.literal(from, until, quoting, out);
            let Some(token) = token else { break };
            match token.kind {
                Kind::Value(form) => {
                    let inner = self.value(token, form, quoting, out);
                    outcome.good &= inner.good;
                    outcome.secret |= inner.secret;
                }
                Kind::Escape => outcome.good &= self.literal(token.start + 1, token.end, quoting, out),
                Kind::Reference => outcome.good &= self.literal(token.start, token.end, quoting, out),
                Kind::Invalid(..) => {
                    self.report_invalid(token);
                    outcome.good = false;
                }
            }
            from = token.end;
        }
        outcome
    }

    /// Appends literal source text after undoing what the scalar's style escapes.
    pub(crate) fn literal(&mut self, start: usize, end: usize, quoting: Quoting, out: &mut String) -> bool {
        match unescape(self.text.get(start..end).unwrap_or(""), quoting) {
            Ok(text) => {
                out.push_str(&text);
                true
            }
            Err(help) => {
                let message = "this text is not valid inside the quotes around it";
                self.problems.push(Problem::new(
                    "template/syntax",
                    (start, end.max(start + 1)),
                    message,
                    help,
                ));
                false
            }
        }
    }

    fn content(&mut self, token: Token, name: &'a str, variable: &'a Variable, out: &mut String) -> Outcome {
        let finding = match &variable.content {
            Content::Text(text) => match self.objection(token, name, variable, text) {
                None => {
                    out.push_str(text);
                    return Outcome { good: true, secret: variable.secret, value_from: ValueFrom::Variable };
                }
                objection => objection,
            },
            _ => unusable(name, variable),
        };
        self.problems.extend(finding.map(|finding| Problem::of(finding, (token.start, token.end))));
        BAD
    }

    /// What forbids to use a value: nothing where it may be used, perhaps with a warning.
    fn objection(
        &mut self,
        token: Token,
        name: &'a str,
        variable: &'a Variable,
        text: &str,
    ) -> Option<Finding> {
        if self.recent.is_good(name) {
            return None;
        }
        if let Some((code, message, help)) = self.refusal(name, text) {
            return Some(Finding::error(code, message).help(help).variable(name));
        }
        let range = (token.start, token.end);
        let service_link = self.service_link(name, variable, text);
        match service_link {
            Some(finding) if self.levels.refuses(SERVICE_LINK) => return Some(finding),
            Some(finding) => self.problems.push(Problem::of(finding, range)),
            None => self.recent.set_good(name),
        }
        if self.looked_at.insert(name) {
            let found = damages(name, variable, text, Destination::of(self.format), self.environment);
            self.problems.extend(found.into_iter().map(|finding| Problem::of(finding, range)));
        }
        None
    }

    /// What is wrong with a value that Kubernetes set: only a warning where such values are to be used.
    fn service_link(&self, name: &str, variable: &Variable, text: &str) -> Option<Finding> {
        if variable.origin != Origin::Process || !is_service_link(name, text) {
            return None;
        }
        let severity = if self.levels.refuses(SERVICE_LINK) { Severity::Error } else { Severity::Warning };
        let message = format!("`{name}` was set by Kubernetes for a Service of that name, not by you");
        let help = format!(
            "Kubernetes describes every Service in variables; set `enableServiceLinks: false` in the pod spec, or rename the variable {name} or the Service"
        );
        Some(Finding::new(severity, SERVICE_LINK, message).help(help).variable(name))
    }

    /// Why a value must not be used: code, message and help.
    fn refusal(&self, name: &str, text: &str) -> Option<(&'static str, String, String)> {
        let unsafe_value = |what: &str, help: String| {
            Some(("template/unsafe-value", format!("the value of `{name}` contains {what}"), help))
        };
        let is_single_line = |text: &str| !text.contains(['\n', '\r', '\0']);
        let line_break = !is_single_line(text);
        match self.format {
            Format::Elasticsearch if text.contains("${") => unsafe_value(
                "`${`",
                format!(
                    "Elasticsearch would expand it once more and knows no escape: remove it from {name}; a reference to a setting goes into the template, as `$${{NAME}}`"
                ),
            ),
            Format::Properties if text.contains("${") => {
                unsafe_value("`${`", format!("log4j would evaluate it as a lookup: remove it from {name}"))
            }
            Format::Policy if text.contains("${") => {
                unsafe_value("`${`", format!("Java would expand it as a property: remove it from {name}"))
            }
            Format::JvmOptions | Format::Policy
                if is_single_line(text.trim_end_matches(['\n', '\r'])) && line_break =>
            {
                unsafe_value(
                    "a line break at its end",
                    format!(
                        "write {name} with `printf '%s'`: `echo` ends its text with a line break, in a Secret's `data` too"
                    ),
                )
            }
            Format::JvmOptions | Format::Policy if line_break => unsafe_value(
                "a line break or NUL",
                format!("one line is one entry here and there is no escape: set {name} to a single line"),
            ),
            Format::Policy if text.contains('"') => unsafe_value(
                "a `\"`",
                format!("it would end the quoted text and could grant permissions: remove it from {name}"),
            ),
            _ => None,
        }
    }

    fn missing(&mut self, token: Token, empty: bool, message: Option<(Range<usize>, Quoting)>) {
        let name = token.name(self.text);
        let state = if empty { "empty" } else { "not set" };
        let mut text = format!("variable `{name}` is {state}");
        let without_message = text.clone();
        if let Some((word, quoting)) = message {
            let written = self.text.get(word).unwrap_or("");
            let written = unescape(written, quoting).unwrap_or(Cow::Borrowed(written));
            if !written.is_empty() && !diagnostics::is_secret_name(name) {
                text.push_str(": ");
                text.push_str(&written);
            }
        }
        let (open, close) = token.brackets(self.text);
        let default = format!("{open}{name}:-default{close}");
        let reason = self.environment.why_missing(name);
        // A name that is known, if only with an empty value, is no typing error.
        let is_known = empty || reason.is_some();
        let near = if is_known { None } else { self.nearest(name) };
        let help = match (reason, near) {
            (Some(reason), _) => format!("{reason}; or set {name}"),
            (None, Some(near)) => {
                format!("did you mean {near}? otherwise set {name}, or give a default: `{default}`")
            }
            (None, None) => format!("set {name}, or give a default: `{default}`"),
        };
        let finding = |text: String| Finding::error("template/unset", text).help(help.clone()).variable(name);
        // Some write `:?` where they mean `:-`.
        let in_secret = (text != without_message).then(|| finding(without_message));
        let problem = Problem::of(finding(text), (token.start, token.end));
        self.problems.push(Problem { in_secret, ..problem });
    }

    /// The variable that may be meant. Where hundreds are missing, typing errors are not the reason.
    fn nearest(&mut self, name: &'a str) -> Option<&'a str> {
        if let Some(known) = self.near.get(name) {
            return *known;
        }
        if self.near.len() >= MOST_SUGGESTIONS {
            return None;
        }
        let near = nearest(name, self.environment.names());
        self.near.insert(name, near);
        near
    }

    /// What became of a placeholder, for `explain`.
    pub(crate) fn used(&self, token: Token, text: &str, outcome: Outcome, span: Span) -> Use {
        let name = token.name(self.text).to_owned();
        Use {
            secret: outcome.secret || diagnostics::is_secret_name(&name),
            name,
            span,
            placeholder: self.text.get(token.start..token.end).unwrap_or("").to_owned(),
            is_bare: token.is_bare(),
            text: text.to_owned(),
            value_from: outcome.value_from,
        }
    }
}

/// Why a variable is no text, if it is none. What was derived from an unusable variable is blamed on that one.
pub fn unusable(name: &str, variable: &Variable) -> Option<Finding> {
    let name = match &variable.origin {
        Origin::Derived(from) => from,
        _ => name,
    };
    let (code, message, help) = match &variable.content {
        Content::Text(_) | Content::Unknown => return None,
        Content::NotUtf8 => (
            "template/unsafe-value",
            format!("the value of `{name}` is not UTF-8 text"),
            format!("set {name} to text; binary values cannot stand in a configuration file"),
        ),
        Content::BothFileAndValue => (
            "env/both-file-and-value",
            format!("`{name}` and `{name}_FILE` are both set"),
            format!("set only one of them: unset {name} or {name}_FILE"),
        ),
        Content::UnreadableFile { path, reason } => (
            "env/unreadable-file",
            format!("`{name}_FILE` names `{path}`, which cannot be used: {reason}"),
            format!(
                "{name}_FILE must name a readable regular file of at most 1 MiB; check the mount, its owner and its mode"
            ),
        ),
    };
    Some(Finding::error(code, message).help(help).variable(name))
}
