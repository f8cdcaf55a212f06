//! Settings for tests, and how they compare findings.

use diagnostics::{Finding, Levels, Secrets, Source, Span};
use template::{Environment, Format, Item, Scalar, Setting, Settings, Template};

/// A place in a line of its own.
fn span(line: usize) -> Span {
    let source = Source::new("elasticsearch.yml", "x\n".repeat(line), Secrets::all);
    Span::new(&source, 2 * line - 2..2 * line - 1)
}

/// The settings of an `elasticsearch.yml` in which rendering finds nothing wrong.
pub(crate) fn of_file(text: &str, variables: &[(&str, &str)]) -> Settings {
    let template =
        Template { name: "elasticsearch.yml", bytes: text.as_bytes(), format: Format::Elasticsearch };
    let environment: Environment = variables.iter().copied().collect();
    let inspected = template::inspect(&template, &environment, &Levels::default());
    assert_eq!(inspected.rendered.findings, [], "{text}");
    inspected.settings
}

/// One setting a line, texts without quotes.
pub(crate) fn texts(pairs: &[(&str, &str)]) -> Settings {
    let lines = pairs.iter().zip(1..);
    settings(lines.map(|((key, text), line)| Setting::of_text(*key, *text, span(line))))
}

/// One setting that a variable determines.
pub(crate) fn from_variable(key: &str, text: &str, variable: &str) -> Settings {
    settings([Setting::of_text(key, text, span(1)).from_variable(variable)])
}

/// One setting with a list.
pub(crate) fn list(key: &str, items: &[&str]) -> Settings {
    let item = |text: &&str| Item { text: (*text).to_owned(), span: span(1), is_null: false, variable: None };
    settings([Setting::of_list(key, items.iter().map(item).collect(), span(1))])
}

/// One setting without a value.
pub(crate) fn null(key: &str) -> Settings {
    settings([Setting::new(key, Scalar::Null, span(1))])
}

/// Settings whose values are unknown.
pub(crate) fn unknown(keys: &[&str]) -> Settings {
    settings(keys.iter().map(|key| Setting::new(*key, Scalar::Unknown, span(1))))
}

/// All of them, one after the other.
pub(crate) fn together<const N: usize>(parts: [Settings; N]) -> Settings {
    let entries = parts.into_iter().flat_map(|part| part.entries).zip(1..);
    settings(entries.map(|(entry, line)| Setting { key_span: span(line), value_span: span(line), ..entry }))
}

fn settings(entries: impl IntoIterator<Item = Setting>) -> Settings {
    Settings { entries: entries.into_iter().collect(), ..Settings::default() }
}

/// `error[code] line:column message`, one a finding.
pub(crate) fn reported(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            let place =
                finding.location().map_or(String::new(), |place| format!(" {}:{}", place.line, place.column));
            format!("{}[{}]{place} {}", finding.severity.word(), finding.code, finding.message)
        })
        .collect()
}
