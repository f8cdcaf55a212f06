//! Settings judged for one generation.

use super::catalogue::{self, Kind, Row};
use super::life::State;
use super::old_yaml;
use super::role_booleans;
use super::shape;
use super::structure;
use super::{kinds, lists, unknown, values};
use crate::generation::{References, generation};
use crate::version::Version;
use diagnostics::{Finding, Severity, Span};
use template::{Setting, Settings};

/// All findings about single settings, in the order of the file. Where no version was named, it is a guess
/// (`is_guess`), and what only holds for some generations is left out. `plugins` are those that are installed, where that is
/// known.
pub fn check(
    settings: &Settings,
    version: Version,
    is_guess: bool,
    plugins: Option<&[String]>,
) -> Vec<Finding> {
    let mut findings = shape::check(settings, version);
    findings.extend(structure::check(settings, version, is_guess));
    findings.extend(old_yaml::check(&settings.syntax, version, is_guess));
    let (mut replaced, mut unknown) = (Vec::new(), Vec::new());
    for setting in &settings.entries {
        // Every generation drops a setting whose text is empty before it is read.
        if setting.is_null() || setting.text() == Some("") {
            continue;
        }
        let row = catalogue::find(&setting.key);
        if row.is_some_and(|row| role_booleans::is_replaced(row, version)) {
            replaced.push(setting);
        }
        // What is nested in a list is another finding, and so is a merge key.
        let is_number = |name: &str| !name.is_empty() && name.bytes().all(|it| it.is_ascii_digit());
        if row.is_none() && !setting.key.split('.').any(|name| is_number(name) || name == "<<") {
            unknown.push(setting);
        }
        findings.extend(kinds::check(setting, row, version, is_guess));
        if !is_guess {
            findings.extend(life(setting, row, version));
            findings.extend(references(setting, version));
            findings.extend(values::secure(setting, row, version));
        }
        findings.extend(values::check(setting, row, version, is_guess));
        findings.extend(lists::check(setting, row, version));
    }
    if !is_guess {
        // Where it is fatal, nothing is said of what it will be later.
        let twice = values::roles_twice(settings, version);
        findings.extend(twice.or_else(|| role_booleans::check(settings, &replaced, version)));
        findings.extend(unknown::check(&unknown, version, plugins));
    }
    findings.extend(any_origin(settings, version));
    findings
}

/// A setting, or a value of it, that this version does not have, or not for long: the place is that of the name, or of
/// the value that a row is about. The settings that majorities turn on are left to the rules of the quorum.
fn life(setting: &Setting, row: Option<Row<'static>>, version: Version) -> Option<Finding> {
    if setting.key == crate::quorum::MINIMUM_MASTER_NODES {
        return None;
    }
    // Those of roles are told together.
    let own = row.filter(|row| !role_booleans::is_replaced(*row, version))?;
    // Only a key with a row of its own has rows about values.
    let values = if own.name == setting.key { setting.elements() } else { Vec::new() };
    let by_value =
        values.into_iter().find_map(|value| Some((catalogue::find_value(&setting.key, value)?, Some(value))));
    let (row, value) = by_value.unwrap_or((own, None));
    // A value that is not understood is fatal everywhere.
    let is_fatal = generation(version).refuses_unknown_settings || row.kind == Kind::Value;
    let (severity, effect) = if is_fatal {
        (Severity::Error, "which refuses to start")
    } else {
        (Severity::Warning, "which ignores it")
    };
    let state = row.state(version);
    let server = || version.name();
    // The lists begin with 5.6: what older versions did with a name is not known from them.
    if row.source.is_empty() && !is_fatal {
        return None;
    }
    let (code, severity, what) = match state {
        State::Unknown | State::Present => return None,
        State::Deprecated => {
            ("settings/deprecated", Severity::Warning, format!("deprecated in {}", server()))
        }
        State::Removed => ("settings/removed", severity, format!("unknown to {}, {effect}", server())),
        State::NotYet => ("settings/not-yet", severity, format!("not yet known to {}, {effect}", server())),
    };
    let (message, span) = match value {
        Some(value) => {
            (format!("`{}: {value}` is {what}", setting.key), setting.span_of(|element| element == value))
        }
        None => (format!("`{}` is {what}", setting.key), &setting.key_span),
    };
    let finding = Finding::new(severity, code, message);
    let finding = setting.finding(finding).at(span.clone()).help(row.help(state, version));
    Some(finding)
}

/// The texts of a setting, each with its place.
fn texts(setting: &Setting) -> impl Iterator<Item = (&str, &Span)> {
    let text = setting.text().map(|text| (text, &setting.value_span));
    text.into_iter().chain(setting.items.iter().map(|item| (item.text.as_str(), &item.span)))
}

/// A reference that the generation no longer resolves.
fn references(setting: &Setting, version: Version) -> Option<Finding> {
    let references = generation(version).references;
    texts(setting).find_map(|(text, span)| {
        let finding = if text.contains("${env.") && references != References::EnvironmentAndPrompt {
            Finding::error("settings/removed", "`${env.NAME}` is not resolved from 5.0 on")
                .help("the node would not start; write `${NAME}`, which es-entrypoint replaces")
        } else if text.contains("${prompt.") && references == References::Plain {
            Finding::error("settings/removed", "`${prompt.…}` is not resolved from 6.0 on")
                .help("the node would not start; put the secret into the keystore")
        } else {
            return None;
        };
        Some(setting.finding(finding).at(span.clone()))
    })
}

/// Browser pages from anywhere may talk to a node that, up to 7, asks for no password.
fn any_origin(settings: &Settings, version: Version) -> Option<Finding> {
    let enabled = settings.get("http.cors.enabled")?;
    let origin = settings.get("http.cors.allow-origin")?;
    let is_on = kinds::reading(enabled, version) == Some(kinds::Reading::True);
    if !is_on || !matches!(origin.text(), Some("*" | "/.*/")) {
        return None;
    }
    let message = "`http.cors.allow-origin` lets web pages of every origin use this node";
    let help = "a hostile page, opened in any browser of this network, could query this node; name the origins, for \
                instance \
                HTTP_CORS_ALLOW_ORIGIN=https://dashboards.example.org";
    Some(origin.finding(Finding::warning("settings/cors-any-origin", message)).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::{list, texts, together};

    const TWO: Version = Version::elasticsearch(2, 3, 4);

    fn found(settings: &Settings, version: Version) -> Vec<(&'static str, String, String)> {
        let reported =
            |finding: Finding| (finding.code, finding.message.clone(), finding.help_text().unwrap());
        check(settings, version, false, None).into_iter().map(reported).collect()
    }

    #[test]
    fn references_that_a_generation_dropped() {
        let settings = together([
            texts(&[("a", "x${env.HOME}"), ("b", "${prompt.text}"), ("c", "${path.data}")]),
            list("d", &["x", "${env.HOME:y}"]),
        ]);
        let keys = |version| -> Vec<String> {
            let mut found = check(&settings, version, false, None);
            // The names are nobody's.
            found.retain(|finding| finding.code != "settings/unknown");
            assert!(found.iter().all(|finding| finding.code == "settings/removed"), "{found:?}");
            found.into_iter().filter_map(|finding| finding.setting.clone()).collect()
        };
        assert_eq!(keys(TWO), [""; 0]);
        assert_eq!(keys(Version::elasticsearch(5, 6, 16)), ["a", "d"]);
        assert_eq!(keys(Version::elasticsearch(6, 0, 0)), ["a", "b", "d"]);
        assert_eq!(keys(Version::opensearch(1, 3, 0)), ["a", "b", "d"]);
        assert_eq!(
            found(&texts(&[("node.name", "x${env.HOME}")]), Version::elasticsearch(7, 17, 0)),
            [(
                "settings/removed",
                "`${env.NAME}` is not resolved from 5.0 on".to_owned(),
                "the node would not start; write `${NAME}`, which es-entrypoint replaces".to_owned()
            )]
        );
    }

    #[test]
    fn empty_settings_are_not_judged() {
        let pairs = [("path.work", ""), ("node.master", ""), ("http.cors.allow-origin", "")];
        for version in [TWO, Version::elasticsearch(8, 15, 0)] {
            assert_eq!(check(&texts(&pairs), version, false, None), []);
        }
    }

    /// Tried on 1.7.5 and 2.3.4.
    #[test]
    fn what_stops_versions_that_ignore_most() {
        let one = Version::elasticsearch(1, 7, 5);
        for (key, text, expected) in [
            ("script.disable_dynamic", "true", [0, 1, 1]),
            ("gateway.type", "local", [0, 1, 1]),
            ("monitor.jvm.gc.enabled", "true", [1, 1, 0]),
            ("monitor.jvm.gc.enabled", "false", [1, 1, 0]),
        ] {
            let errors = |version| {
                let found = check(&texts(&[(key, text)]), version, false, None);
                found.iter().filter(|it| it.severity == diagnostics::Severity::Error).count()
            };
            let counts = [one, TWO, Version::elasticsearch(7, 17, 0)].map(errors);
            assert_eq!(counts, expected, "{key}: {text}");
        }
    }

    #[test]
    fn cors_for_everybody() {
        let open = [("http.cors.enabled", "true"), ("http.cors.allow-origin", "*")];
        let expected = (
            "settings/cors-any-origin",
            "`http.cors.allow-origin` lets web pages of every origin use this node".to_owned(),
            "a hostile page, opened in any browser of this network, could query this node; name the origins, for \
             instance \
             HTTP_CORS_ALLOW_ORIGIN=https://dashboards.example.org"
                .to_owned(),
        );
        assert_eq!(found(&texts(&open), TWO), [expected]);
        let off = [("http.cors.enabled", "false"), ("http.cors.allow-origin", "*")];
        assert_eq!(check(&texts(&off), TWO, false, None), []);
        let named = [("http.cors.enabled", "true"), ("http.cors.allow-origin", "https://a.example")];
        assert_eq!(check(&texts(&named), TWO, false, None), []);
    }

    #[test]
    fn several_problems_of_one_file() {
        let settings = texts(&[("path.plugins", "x"), ("node.data", "fals"), ("http.enabled", "1")]);
        let codes: Vec<&str> = check(&settings, Version::elasticsearch(7, 17, 0), false, None)
            .iter()
            .map(|finding| finding.code)
            .collect();
        assert_eq!(
            codes,
            [
                "settings/removed",
                "settings/boolean",
                "settings/boolean",
                "settings/removed",
                "settings/deprecated"
            ]
        );
    }
}
