//! Booleans as each generation reads them.
//!
//! Up to 2.x anything but four spellings of "no" is true, so that `False` and `no ` are true. 5.x knows eight spellings and
//! refuses every other text; from 6.0 on only `true` and `false` are left. None of them lets YAML decide, so that the
//! literal `False` arrives as that text, until from 6.1 on the spellings of YAML arrive as `true` and `false` where they
//! stand without quotes.

use super::catalogue::{Kind, Row, kind_row};
use super::life::State;
use crate::generation::{Booleans, generation};
use crate::version::Version;
use diagnostics::Finding;
use template::{Layer, Scalar, Setting, Settings};

/// What a server makes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    True,
    False,
    /// The node does not start.
    Refused,
}

const OLD_FALSE: [&str; 4] = ["false", "0", "off", "no"];
const OLD_TRUE: [&str; 4] = ["true", "1", "on", "yes"];

/// What YAML takes for a boolean, besides `true` and `false`, where it has no quotes.
const YAML_TRUE: [&str; 8] = ["True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"];
const YAML_FALSE: [&str; 8] = ["False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"];

/// How that generation reads the text of a setting; nothing where that is not known.
pub fn reading(setting: &Setting, version: Version) -> Option<Reading> {
    let by_yaml = (generation(version).booleans == Booleans::StrictAfterYaml).then(|| yaml_boolean(setting));
    match by_yaml.flatten() {
        Some("true") => Some(Reading::True),
        Some(_) => Some(Reading::False),
        None => Some(read(setting.text()?, version)),
    }
}

/// The text that YAML makes of another spelling of a boolean, where it decides what the text is.
pub(crate) fn yaml_boolean(setting: &Setting) -> Option<&'static str> {
    setting.text().filter(|_| is_plain(setting)).and_then(yaml_spelling)
}

/// The same of a text without quotes.
pub(super) fn yaml_spelling(text: &str) -> Option<&'static str> {
    let of_true = YAML_TRUE.contains(&text).then_some("true");
    of_true.or_else(|| YAML_FALSE.contains(&text).then_some("false"))
}

/// Whether that setting says yes, as far as that is known.
pub fn is_on(settings: &Settings, version: Version, key: &str) -> bool {
    settings.get(key).and_then(|setting| reading(setting, version)) == Some(Reading::True)
}

/// Whether nothing says it, or somebody says no; not where that is unknown.
pub fn is_off(settings: &Settings, version: Version, key: &str) -> bool {
    settings.is_unset(key)
        || settings.get(key).and_then(|setting| reading(setting, version)) == Some(Reading::False)
}

/// Whether YAML decides what the text is: it stands in the file without quotes.
fn is_plain(setting: &Setting) -> bool {
    setting.layer == Layer::File && matches!(setting.value, Scalar::Text { quoted: false, .. })
}

/// Whether YAML may read that text as a boolean.
pub(crate) fn is_yaml_boolean(text: &str) -> bool {
    yaml_spelling(text).is_some()
}

/// How that generation reads `text`, when it stands in quotes.
pub fn read(text: &str, version: Version) -> Reading {
    match (generation(version).booleans, text) {
        (_, "false") => Reading::False,
        (_, "true") => Reading::True,
        (Booleans::Strict | Booleans::StrictAfterYaml, _) => Reading::Refused,
        (_, text) if OLD_FALSE.contains(&text) => Reading::False,
        (Booleans::EightSpellings, text) if !OLD_TRUE.contains(&text) => Reading::Refused,
        (Booleans::EightSpellings | Booleans::Lenient, _) => Reading::True,
    }
}

/// What a person means by `text`, in quotes or not; nothing when it is no boolean at all.
fn meant(text: &str) -> Option<bool> {
    let plain = text.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    if OLD_FALSE.contains(&plain.as_str()) || ["n", "f", "disabled"].contains(&plain.as_str()) {
        Some(false)
    } else if OLD_TRUE.contains(&plain.as_str()) || ["y", "t", "enabled"].contains(&plain.as_str()) {
        Some(true)
    } else {
        None
    }
}

/// The finding for a boolean setting that is not read as what it says.
/// `row` is that of the key. Where the version is a guess, what YAML reads as it is meant is left out.
pub(crate) fn check(
    setting: &Setting,
    row: Option<Row<'static>>,
    version: Version,
    is_guess: bool,
) -> Option<Finding> {
    let text = setting.text()?;
    // A reference says nothing: the server resolves it.
    if text.is_empty() || text.contains("${") || !is_boolean(&setting.key, row, version) {
        return None;
    }
    if is_guess && is_plain(setting) && is_yaml_boolean(text) {
        return None;
    }
    let meant = meant(text);
    let reading = reading(setting, version)?;
    if matches!((reading, meant), (Reading::True, Some(true)) | (Reading::False, Some(false))) {
        return None;
    }
    let (key, server) = (&setting.key, version.name());
    let message = match (reading, meant) {
        (Reading::False, _) => format!("`{key}` says true, but {server} reads it as false"),
        (Reading::True, Some(_)) => format!("`{key}` says false, but {server} reads it as true"),
        (Reading::True, None) => format!("`{key}` is neither true nor false, and {server} reads it as true"),
        (Reading::Refused, _) => format!("`{key}` is not a boolean for {server}, which refuses to start"),
    };
    let write = match (meant, setting.variable()) {
        (Some(meant), Some(variable)) => format!("set {variable}={meant}"),
        (Some(meant), None) if text.contains(['"', '\'']) => {
            format!("write {meant}, in lower case and without blanks and quotes")
        }
        (Some(meant), None) => format!("write {meant}, in lower case and without blanks"),
        (None, Some(variable)) => format!("set {variable} to true or false"),
        (None, None) => "write true or false".to_owned(),
    };
    let why = match generation(version).booleans {
        Booleans::Lenient => "; only the exact texts false, 0, off and no are false here",
        Booleans::EightSpellings | Booleans::Strict | Booleans::StrictAfterYaml => "",
    };
    Some(setting.finding(Finding::error("settings/boolean", message)).help(format!("{write}{why}")))
}

/// Booleans of indices are judged where the file may hold them: elsewhere their names are refused anyway.
fn is_boolean(key: &str, row: Option<Row<'static>>, version: Version) -> bool {
    // Up to which version a name goes back is not known from the lists.
    let is_there = |row: &Row| matches!(row.state(version), State::Present | State::Deprecated);
    let is_old = |row: &Row| !row.source.is_empty() && !row.name.contains("*.");
    let row = row.filter(|row| is_old(row) || is_there(row));
    kind_row(key, row).is_some_and(|row| {
        row.kind == Kind::Bool && (!row.name.starts_with("index.") || row.state(version) == State::Present)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{catalogue, samples};

    fn check(setting: &Setting, version: Version) -> Option<Finding> {
        super::check(setting, catalogue::find(&setting.key), version, false)
    }

    const TWO: Version = Version::elasticsearch(2, 3, 4);
    const FIVE: Version = Version::elasticsearch(5, 6, 16);
    const EIGHT: Version = Version::elasticsearch(8, 15, 0);

    #[test]
    fn readings_per_generation() {
        use Reading::{False, Refused, True};
        for (text, readings) in [
            ("true", [True, True, True]),
            ("false", [False, False, False]),
            ("no", [False, False, Refused]),
            ("0", [False, False, Refused]),
            ("on", [True, True, Refused]),
            ("False", [True, Refused, Refused]),
            ("FALSE", [True, Refused, Refused]),
            ("false ", [True, Refused, Refused]),
            ("True", [True, Refused, Refused]),
            ("junk", [True, Refused, Refused]),
        ] {
            assert_eq!([read(text, TWO), read(text, FIVE), read(text, EIGHT)], readings, "{text}");
            assert_eq!(read(text, Version::opensearch(2, 11, 0)), readings[2], "{text}");
            assert_eq!(read(text, Version::elasticsearch(1, 7, 5)), readings[0], "{text}");
        }
    }

    #[test]
    fn whole_messages() {
        for (text, version, expected) in [
            ("True", TWO, None),
            ("yes", TWO, None),
            ("no", FIVE, None),
            ("false", EIGHT, None),
            ("", EIGHT, None),
            ("\"true\"", TWO, None),
            (
                "\"false\"",
                TWO,
                Some((
                    "`node.data` says false, but Elasticsearch 2.3.4 reads it as true",
                    "write false, in lower case and without blanks and quotes; only the exact texts false, 0, off and no are false here",
                )),
            ),
            (
                "False",
                TWO,
                Some((
                    "`node.data` says false, but Elasticsearch 2.3.4 reads it as true",
                    "write false, in lower case and without blanks; only the exact texts false, 0, off and no are false here",
                )),
            ),
            (
                "flase",
                TWO,
                Some((
                    "`node.data` is neither true nor false, and Elasticsearch 2.3.4 reads it as true",
                    "write true or false; only the exact texts false, 0, off and no are false here",
                )),
            ),
            ("no", EIGHT, None),
            ("True", EIGHT, None),
            (
                "y",
                EIGHT,
                Some((
                    "`node.data` is not a boolean for Elasticsearch 8.15.0, which refuses to start",
                    "write true, in lower case and without blanks",
                )),
            ),
        ] {
            let settings = samples::texts(&[("node.data", text)]);
            let found = check(&settings.entries[0], version);
            let found = found.as_ref().map(|it| (it.message.as_str(), it.help.as_deref().unwrap()));
            assert_eq!(found, expected, "{text}");
        }
        let settings = samples::from_variable("node.data", "False", "NODE_DATA");
        let found = check(&settings.entries[0], TWO).unwrap();
        assert_eq!(found.variable.as_deref(), Some("NODE_DATA"));
        assert_eq!(found.setting.as_deref(), Some("node.data"));
        assert_eq!(
            found.help.as_deref(),
            Some("set NODE_DATA=false; only the exact texts false, 0, off and no are false here")
        );
        assert_eq!(found.span.clone().unwrap().label.as_deref(), None);
    }

    /// Tried with the loader and the parser of each version.
    #[test]
    fn quotes_keep_yaml_from_reading_a_boolean() {
        let setting = |text: &str, quoted| {
            let settings = samples::texts(&[("node.data", "")]);
            Setting { value: Scalar::Text { text: text.to_owned(), quoted }, ..settings.entries[0].clone() }
        };
        for (text, quoted, expected) in [
            // 5.6.16, 6.0.0, 6.1.0, 6.8.23, 7.17.29, 8.15.0, OpenSearch 2.19.6
            ("true", false, "......."),
            ("True", false, "rr....."),
            ("FALSE", false, "rr....."),
            ("yes", false, ".r....."),
            ("Yes", false, "rr....."),
            ("NO", false, "rr....."),
            ("on", false, ".r....."),
            ("Off", false, "rr....."),
            ("0", false, ".rrrrrr"),
            ("y", false, "rrrrrrr"),
            ("N", false, "rrrrrrr"),
            ("tRUE", false, "rrrrrrr"),
            ("yes", true, ".rrrrrr"),
            ("True", true, "rrrrrrr"),
            ("true", true, "......."),
        ] {
            let versions = [
                FIVE,
                Version::elasticsearch(6, 0, 0),
                Version::elasticsearch(6, 1, 0),
                Version::elasticsearch(6, 8, 23),
                Version::elasticsearch(7, 17, 29),
                EIGHT,
                Version::opensearch(2, 19, 6),
            ];
            let letter = |version| if check(&setting(text, quoted), version).is_some() { 'r' } else { '.' };
            assert_eq!(versions.map(letter).iter().collect::<String>(), expected, "{text} {quoted}");
        }
        let argument = setting("yes", false).in_layer(Layer::Argument);
        assert!(check(&argument, EIGHT).is_some());
        // Whether that is fatal depends on a version that nobody named.
        let guessed = |text, quoted| {
            super::check(&setting(text, quoted), catalogue::find("node.data"), TWO, true).is_some()
        };
        assert_eq!(
            [guessed("False", false), guessed("False", true), guessed("flase", false)],
            [false, true, true]
        );
    }

    #[test]
    fn only_boolean_settings_are_judged() {
        for key in
            ["node.name", "cluster.name", "action.auto_create_index", "cluster.routing.allocation.enable"]
        {
            assert!(check(&samples::texts(&[(key, "False")]).entries[0], TWO).is_none(), "{key}");
        }
        for key in ["http.cors.enabled", "xpack.security.enabled", "index.mapper.dynamic", "node.master"] {
            assert!(check(&samples::texts(&[(key, "False")]).entries[0], TWO).is_some(), "{key}");
        }
    }
}
