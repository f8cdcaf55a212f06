//! Settings judged for one generation.

use std::collections::HashMap;

use super::catalogue::{self, Kind, Row};
use super::kinds;
use super::life::State;
use super::shape;
use crate::generation::{References, generation};
use crate::version::Version;
use diagnostics::{Finding, Severity, Span};
use template::{Setting, Settings};

/// All findings about single settings, in the order of the file. Where no version was named, it is a guess
/// (`is_guess`), and what only holds for some generations is left out.
pub fn check(settings: &Settings, version: Version, is_guess: bool) -> Vec<Finding> {
    let mut findings = shape::check(settings, version);
    let mut seen = HashMap::new();
    for (index, setting) in settings.entries.iter().enumerate() {
        match seen.insert(setting.key.as_str(), index).and_then(|earlier| settings.entries.get(earlier)) {
            Some(earlier) => findings.push(duplicate(setting, earlier, version)),
            None if setting.is_null() => findings.push(null(setting)),
            None => {}
        }
        // Every generation drops a setting whose text is empty before it is read.
        if setting.is_null() || setting.text() == Some("") {
            continue;
        }
        let row = catalogue::find(&setting.key);
        findings.extend(kinds::check(setting, row, version));
        if !is_guess {
            findings.extend(life(setting, row, version));
            findings.extend(references(setting, version));
        }
        findings.extend(comma(setting, version));
        findings.extend(json(setting, row));
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
    let own = row?;
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
    let server = version.name();
    let state = row.state(version);
    let (code, severity, what) = match state {
        State::Unknown | State::Present => return None,
        State::Deprecated => ("settings/deprecated", Severity::Warning, format!("deprecated in {server}")),
        State::Removed => ("settings/removed", severity, format!("unknown to {server}, {effect}")),
        State::NotYet => ("settings/not-yet", severity, format!("not yet known to {server}, {effect}")),
    };
    let (message, span) = match value {
        Some(value) => {
            (format!("`{}: {value}` is {what}", setting.key), setting.span_of(|element| element == value))
        }
        None => (format!("`{}` is {what}", setting.key), &setting.key_span),
    };
    let finding = Finding { severity, ..Finding::error(code, message) };
    Some(setting.finding(finding).at(span.clone()).help(row.help(state, version)))
}

/// Nested and dotted spellings count as the same, as they do for the server.
fn duplicate(setting: &Setting, earlier: &Setting, version: Version) -> Finding {
    let message = format!("`{}` is set twice", setting.shown_key());
    let server = version.name();
    let help = if generation(version).refuses_duplicate_keys {
        format!("{server} refuses to start")
    } else {
        format!("{server} silently takes the last one")
    };
    setting
        .finding(Finding::error("settings/duplicate-key", message))
        .help(help)
        .also(earlier.value_span.clone(), "remove this one or the one")
}

fn null(setting: &Setting) -> Finding {
    let message = format!("`{}` has no value", setting.shown_key());
    let help = "versions read this differently, some take `~` as a text; set a value, write \"\" for the server's \
                own default, or remove the line";
    setting.finding(Finding::error("settings/null", message)).help(help)
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

/// A comma that stands literally in an element of a list: those of a variable's value are reported when it is rendered.
fn comma(setting: &Setting, version: Version) -> Option<Finding> {
    let element = setting.items.iter().find(|item| !item.has_variables && item.text.contains(','))?;
    let finding = Finding::warning("settings/list-in-string", "an element of this list has a comma")
        .help("Elasticsearch splits a plain string at commas, not the elements of a list: write one element for each");
    Some(of_rendering(setting.finding(finding).at(element.span.clone()), version))
}

/// Rendering knows no server, and says only that an element of a list has a comma. Where the elements are names that the
/// server knows, it refuses such a one, or takes it for a name of a plugin that it has not.
pub fn of_rendering(finding: Finding, version: Version) -> Finding {
    let is_enumeration = |key: &str| {
        let row = catalogue::find(key).filter(|row| row.name == key && row.state(version) != State::NotYet);
        row.is_some_and(|row| matches!(row.kind, Kind::List(element) if element.starts_with("enum")))
    };
    if finding.code != "settings/list-in-string" || !finding.setting.as_deref().is_some_and(is_enumeration) {
        return finding;
    }
    let help = format!(
        "{} takes it for one name, and knows none that has a comma: {}",
        version.name(),
        match &finding.variable {
            Some(_) =>
                "write the placeholder without `[` `]` or `- `, and the server splits its value at the commas",
            None => "write one element for each",
        }
    );
    Finding { severity: Severity::Error, ..finding }.help(help)
}

/// A list of JSON in a text, `["a","b"]`: it is divided at its commas. Those of hosts are left to the rules of discovery.
fn json(setting: &Setting, row: Option<Row<'static>>) -> Option<Finding> {
    let is_list = |row: Row<'static>| matches!(row.kind, Kind::List(element) if element != "hosts");
    let inner = setting.text()?.trim().strip_prefix('[')?.strip_suffix(']')?;
    // `[::1]` is an address, and `[::1],[::2]` two.
    let is_json = inner.contains(['"', '\'', ',']) && !inner.contains('[');
    if !is_json || !row.is_some_and(is_list) {
        return None;
    }
    let write = match setting.variable() {
        Some(variable) => format!("set {variable}=a,b"),
        None => "write `a,b`, or a list without quotes around it".to_owned(),
    };
    let message = format!("`{}` is a text with brackets, not a list", setting.key);
    let help = format!(
        "a text is split at its commas, and brackets and quotes become part of its elements: {write}"
    );
    Some(setting.finding(Finding::warning("settings/list-in-string", message)).help(help))
}

/// Browser pages from anywhere may talk to a node that, up to 7, asks for no password.
fn any_origin(settings: &Settings, version: Version) -> Option<Finding> {
    let enabled = settings.text("http.cors.enabled")?;
    let origin = settings.get("http.cors.allow-origin")?;
    let is_on = kinds::read(enabled, version) == kinds::Reading::True;
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
    use crate::settings::samples::{from_variable, list, null as empty, texts, together};

    const TWO: Version = Version::elasticsearch(2, 3, 4);

    fn found(settings: &Settings, version: Version) -> Vec<(&'static str, String, String)> {
        let reported =
            |finding: Finding| (finding.code, finding.message.clone(), finding.help_text().unwrap());
        check(settings, version, false).into_iter().map(reported).collect()
    }

    #[test]
    fn a_setting_without_a_value() {
        let expected = (
            "settings/null",
            "`node.name` has no value".to_owned(),
            "versions read this differently, some take `~` as a text; set a value, write \"\" for the server's own \
             default, or remove the line"
                .to_owned(),
        );
        assert_eq!(found(&empty("node.name"), TWO), [expected]);
        assert_eq!(found(&texts(&[("node.name", "")]), TWO), []);
    }

    #[test]
    fn the_same_setting_twice() {
        let settings = together([texts(&[("a.b", "1"), ("c", "2")]), texts(&[("a.b", "1")])]);
        let message = "`a.b` is set twice".to_owned();
        let help = "Elasticsearch 2.3.4 refuses to start; remove this one or the one in line 1".to_owned();
        assert_eq!(found(&settings, TWO), [("settings/duplicate-key", message.clone(), help)]);
        assert_eq!(check(&settings, TWO, false)[0].location().unwrap().line, 3);
        let help = "Elasticsearch 1.7.5 silently takes the last one; remove this one or the one in line 1";
        let one = Version::elasticsearch(1, 7, 5);
        assert_eq!(found(&settings, one), [("settings/duplicate-key", message, help.to_owned())]);
    }

    #[test]
    fn references_that_a_generation_dropped() {
        let settings = together([
            texts(&[("a", "x${env.HOME}"), ("b", "${prompt.text}"), ("c", "${path.data}")]),
            list("d", &["x", "${env.HOME:y}"]),
        ]);
        let keys = |version| -> Vec<String> {
            let found = check(&settings, version, false);
            assert!(found.iter().all(|finding| finding.code == "settings/removed"), "{found:?}");
            found.into_iter().filter_map(|finding| finding.setting).collect()
        };
        assert_eq!(keys(TWO), [""; 0]);
        assert_eq!(keys(Version::elasticsearch(5, 6, 16)), ["a", "d"]);
        assert_eq!(keys(Version::elasticsearch(6, 0, 0)), ["a", "b", "d"]);
        assert_eq!(keys(Version::opensearch(1, 3, 0)), ["a", "b", "d"]);
        assert_eq!(
            found(&texts(&[("a", "x${env.HOME}")]), Version::elasticsearch(7, 17, 0)),
            [(
                "settings/removed",
                "`${env.NAME}` is not resolved from 5.0 on".to_owned(),
                "the node would not start; write `${NAME}`, which es-entrypoint replaces".to_owned()
            )]
        );
    }

    #[test]
    fn several_hosts_in_one_element() {
        assert_eq!(
            found(&list("hosts", &["a", "b,c"]), TWO),
            [(
                "settings/list-in-string",
                "an element of this list has a comma".to_owned(),
                "Elasticsearch splits a plain string at commas, not the elements of a list: write one element for each".to_owned()
            )]
        );
        assert_eq!(found(&list("hosts", &["a", "b"]), TWO), []);
        let mut mixed = list("hosts", &["", "a,b", "c"]);
        mixed.entries[0].value = template::Scalar::Unknown;
        mixed.entries[0].items[2].has_variables = true;
        assert_eq!(found(&mixed, TWO).len(), 1);
        // What a variable holds is told when it is rendered.
        mixed.entries[0].items[1].has_variables = true;
        assert_eq!(found(&mixed, TWO), []);
    }

    #[test]
    fn a_list_of_json_in_a_text() {
        let key = "cluster.initial_master_nodes";
        let seven = Version::elasticsearch(7, 17, 9);
        for text in ["[\"es-0\",\"es-1\"]", "['es-0']", "[es-0,es-1]"] {
            assert_eq!(
                found(&from_variable(key, text, "MASTERS"), seven),
                [(
                    "settings/list-in-string",
                    format!("`{key}` is a text with brackets, not a list"),
                    "a text is split at its commas, and brackets and quotes become part of its elements: set MASTERS=a,b"
                        .to_owned()
                )],
                "{text}"
            );
        }
        // Addresses of IPv6; hosts, which discovery judges; and what is no list.
        for (key, text) in [
            ("network.host", "[::1]"),
            ("network.host", "[::1],[::2]"),
            ("discovery.seed_hosts", "[\"es-0\",\"es-1\"]"),
            ("node.name", "[a,b]"),
            (key, "es-0,es-1"),
        ] {
            assert_eq!(found(&texts(&[(key, text)]), seven), [], "{key} {text}");
        }
    }

    #[test]
    fn several_roles_in_one_element() {
        let of = |version, key: &str| check(&list(key, &["master,data"]), version, false);
        let found = of(Version::opensearch(2, 19, 6), "node.roles");
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].severity, found[0].code, found[0].help.as_deref()),
            (
                Severity::Error,
                "settings/list-in-string",
                Some(
                    "OpenSearch 2.19.6 takes it for one name, and knows none that has a comma: write one element for each"
                )
            )
        );
        for (version, key, severity) in [
            (Version::elasticsearch(7, 17, 9), "node.roles", Severity::Error),
            (Version::elasticsearch(7, 17, 9), "discovery.seed_providers", Severity::Error),
            (Version::elasticsearch(7, 17, 9), "discovery.seed_hosts", Severity::Warning),
        ] {
            assert_eq!(of(version, key)[0].severity, severity, "{key}");
        }
    }

    #[test]
    fn empty_settings_are_not_judged() {
        let pairs = [("path.work", ""), ("node.master", ""), ("http.cors.allow-origin", "")];
        for version in [TWO, Version::elasticsearch(8, 15, 0)] {
            assert_eq!(check(&texts(&pairs), version, false), []);
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
        assert_eq!(check(&texts(&off), TWO, false), []);
        let named = [("http.cors.enabled", "true"), ("http.cors.allow-origin", "https://a.example")];
        assert_eq!(check(&texts(&named), TWO, false), []);
    }

    #[test]
    fn several_problems_come_out_in_the_order_of_the_file() {
        let settings = texts(&[("path.plugins", "x"), ("node.data", "False"), ("http.enabled", "yes")]);
        let codes: Vec<&str> = check(&settings, Version::elasticsearch(7, 17, 0), false)
            .iter()
            .map(|finding| finding.code)
            .collect();
        assert_eq!(
            codes,
            [
                "settings/removed",
                "settings/boolean",
                "settings/deprecated",
                "settings/boolean",
                "settings/removed"
            ]
        );
    }
}
