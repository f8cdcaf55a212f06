//! Settings for tests.

use diagnostics::Place;
use template::{Setting, Settings, Value};

fn setting(line: usize, key: &str, value: Value) -> Setting {
    let place = Place {
        file: "elasticsearch.yml".into(),
        line,
        column: 1,
        end_column: 2,
        excerpt: None,
        label: None,
    };
    Setting {
        key: key.into(),
        value,
        place,
        item_places: Vec::new(),
        variable: None,
        variables: Vec::new(),
        secret: false,
    }
}

/// One setting a line, texts without quotes.
pub(crate) fn texts(pairs: &[(&str, &str)]) -> Settings {
    let scalar = |text: &str| Value::Scalar { text: text.into(), quoted: false };
    let entries = pairs.iter().enumerate();
    Settings { entries: entries.map(|(index, (key, text))| setting(index + 1, key, scalar(text))).collect() }
}

/// One setting that a variable determines.
pub(crate) fn from_variable(key: &str, text: &str, variable: &str) -> Settings {
    let mut settings = texts(&[(key, text)]);
    for entry in &mut settings.entries {
        entry.variable = Some(variable.into());
        entry.variables = vec![variable.into()];
    }
    settings
}

/// One setting with a list.
pub(crate) fn list(key: &str, items: &[&str]) -> Settings {
    let items = items.iter().map(|item| (*item).to_owned()).collect();
    Settings { entries: vec![setting(1, key, Value::List(items))] }
}

/// One setting without a value.
pub(crate) fn null(key: &str) -> Settings {
    Settings { entries: vec![setting(1, key, Value::Null)] }
}

/// All of them, one after the other.
pub(crate) fn together<const N: usize>(parts: [Settings; N]) -> Settings {
    let entries = parts.into_iter().flat_map(|part| part.entries).enumerate();
    let numbered = entries.map(|(index, mut entry)| {
        entry.place.line = index + 1;
        entry
    });
    Settings { entries: numbered.collect() }
}
