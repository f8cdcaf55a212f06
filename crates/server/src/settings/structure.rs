//! What the loader of a server makes of the file's structure: settings that are there twice, that have no value, or that are
//! nested in lists. Each generation was asked with its own loader.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::auto_configuration;
use crate::generation::{Duplicates, generation};
use crate::version::Version;
use diagnostics::{Finding, Severity, Span};
use template::{Nested, Repeated, Setting, Settings};

/// All findings about the structure. Where the version is a guess (`is_guess`), a setting without a value is what most of
/// them refuse.
pub(super) fn check(settings: &Settings, version: Version, is_guess: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = HashMap::new();
    let repeated: HashSet<&str> = settings.repeated.iter().map(|it| it.key.as_str()).collect();
    // What is around settings that are there twice is reported with these.
    let mut reported = HashSet::new();
    for (index, setting) in settings.entries.iter().enumerate() {
        let earlier =
            seen.insert(setting.key.as_str(), index).and_then(|earlier| settings.entries.get(earlier));
        match earlier {
            Some(earlier) => {
                reported.extend(names_around(&setting.key));
                findings.push(duplicate(setting, earlier, &repeated, version));
            }
            None => findings.extend(empty(setting, version, is_guess)),
        }
    }
    if matches!(generation(version).duplicates, Duplicates::Refused | Duplicates::NamesRefused) {
        let is_reported = |it: &Repeated| {
            reported.contains(it.key.as_str())
                || names_around(&it.key).any(|name| name != it.key && repeated.contains(name))
        };
        let rest = settings.repeated.iter().filter(|it| !is_reported(it));
        findings.extend(rest.map(|it| repeated_name(it, version)));
    }
    if generation(version).refuses_nested_lists {
        findings.extend(settings.nested.iter().map(|nested| nested_list(nested, version)));
    }
    findings
}

/// `a.b.c`, and what is around it: `a`, `a.b`.
fn names_around(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices('.').map(|(at, _)| &key[..at]).chain([key])
}

/// Nested and dotted spellings are the same setting.
fn duplicate(setting: &Setting, earlier: &Setting, repeated: &HashSet<&str>, version: Version) -> Finding {
    let is_refused = match generation(version).duplicates {
        Duplicates::Taken => false,
        Duplicates::SettingsRefused | Duplicates::Refused => true,
        Duplicates::NamesRefused => {
            names_around(&setting.key).any(|name| repeated.contains(name)) || is_joined(setting, earlier)
        }
    };
    let server = version.name();
    let (severity, effect) = if is_refused {
        (Severity::Error, format!("{server} refuses to start"))
    } else {
        (Severity::Warning, format!("{server} silently takes the last one"))
    };
    let message = format!("`{}` is set twice", setting.shown_key());
    let finding = Finding::new(severity, "settings/duplicate-key", message);
    let finding = setting.finding(finding);
    if is_joined(setting, earlier) && auto_configuration::wrote(setting) {
        let file = &setting.value_span.source.name;
        // Without the block, the server would not start: its passwords are in the keystore. Tried on 8.19.21.
        let help = format!(
            "{effect}; `{file}` has the settings that the server made for its security at its first start: change it there \
             instead"
        );
        return finding.help(help).also(earlier.value_span.clone(), "remove the one");
    }
    finding.help(effect).also(earlier.value_span.clone(), "remove this one or the one")
}

/// Whether they come from two texts that become one file, under the same name.
fn is_joined(setting: &Setting, earlier: &Setting) -> bool {
    !Arc::ptr_eq(&setting.key_span.source, &earlier.key_span.source)
        && written(&setting.key_span) == written(&earlier.key_span)
}

/// Two mappings, or a mapping and a value, with one name.
fn repeated_name(repeated: &Repeated, version: Version) -> Finding {
    let message = format!("`{}` stands twice in one mapping", repeated.shown_key);
    let help = format!("{} refuses to start; put the settings of both below one", version.name());
    Finding::error("settings/duplicate-key", message)
        .at(repeated.again.clone())
        .setting(&repeated.shown_key)
        .help(help)
        .also(repeated.first.clone(), "the other one is")
}

/// A setting, or an element of one, without a value.
fn empty(setting: &Setting, version: Version, is_guess: bool) -> Option<Finding> {
    let refuses = generation(version).refuses_null;
    let server = version.name();
    let code = "settings/null";
    let message = || format!("`{}` has no value", setting.shown_key());
    if let Some(item) = setting.items.iter().find(|item| item.is_null && item.variable.is_none()) {
        let message = format!("an element of `{}` has no value", setting.shown_key());
        let help = format!("{server} refuses to start; remove the element, or write \"\" for an empty text");
        let finding = setting.finding(Finding::error(code, message)).at(item.span.clone()).help(help);
        return refuses.then_some(finding);
    }
    let written = written(&setting.value_span);
    if setting.is_null() {
        let (severity, effect) = match written {
            _ if refuses => (Severity::Error, format!("{server} refuses to start")),
            _ if is_guess => (Severity::Error, "most versions refuse to start".to_owned()),
            "~" => (Severity::Warning, format!("{server} takes `~` as a text")),
            _ => {
                (Severity::Warning, format!("{server} takes its own default, later versions refuse to start"))
            }
        };
        let fix = if written.starts_with('&') {
            "`&` begins an anchor in YAML, not a value: put the value in quotes"
        } else {
            "set a value, write \"\" for the server's own default, or remove the line"
        };
        let finding = Finding::new(severity, code, message());
        return Some(setting.finding(finding).help(format!("{effect}; {fix}")));
    }
    // A tag of YAML's own, `!!str`, is written on purpose.
    let is_only_tag = setting.text() == Some("") && written.starts_with('!') && !written.starts_with("!!");
    is_only_tag.then(|| {
        let help = format!(
            "`!` begins a tag in YAML, not a value, and {server} takes its own default: put the value in quotes"
        );
        setting.finding(Finding::warning(code, message())).help(help)
    })
}

/// The text of a place.
fn written(span: &Span) -> &str {
    span.source.text.get(span.range.start as usize..span.range.end as usize).unwrap_or("")
}

fn nested_list(nested: &Nested, version: Version) -> Finding {
    let what = if nested.is_mapping { "a mapping" } else { "a list" };
    let message = format!("an element of the list `{}` is {what}", nested.shown_key);
    let fix = if nested.is_mapping {
        "a list holds texts only: put an element with a colon in quotes, and write settings below names, without `- `"
    } else {
        "a list holds texts only: write its elements into the outer list"
    };
    Finding::error("settings/nested-list", message)
        .at(nested.span.clone())
        .setting(&nested.shown_key)
        .help(format!("{} refuses to start; {fix}", version.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::of_file;

    const VERSIONS: [Version; 6] = [
        Version::elasticsearch(1, 7, 5),
        Version::elasticsearch(2, 3, 4),
        Version::elasticsearch(5, 6, 16),
        Version::elasticsearch(6, 8, 23),
        Version::elasticsearch(7, 17, 29),
        Version::opensearch(2, 19, 3),
    ];

    fn found(text: &str, version: Version) -> Vec<String> {
        let reported = |finding: Finding| {
            let place = finding.location().unwrap();
            let (line, column) = (place.line, place.column);
            let help = finding.help_text().unwrap();
            format!("{} {line}:{column} {}; {help}", finding.severity.word(), finding.message)
        };
        check(&of_file(text, &[]), version, false).into_iter().map(reported).collect()
    }

    /// One letter a version: an error, a warning, nothing.
    fn letters(text: &str) -> String {
        let letter = |version| match found(text, version).as_slice() {
            [] => '.',
            [one] if one.starts_with("error") => 'e',
            [one] if one.starts_with("warning") => 'w',
            _ => '?',
        };
        VERSIONS.map(letter).iter().collect()
    }

    #[test]
    fn what_each_loader_makes_of_it() {
        for (text, expected) in [
            // 1.x 2.x 5.x 6.x 7.x OpenSearch
            ("a: 1\na: 2\n", "weeeee"),
            ("a: {b: 1}\na.b: 2\n", "weeeww"),
            ("a.b: 1\na:\n  b: 2\n", "weeeww"),
            ("a: {b: 1}\na: {b: 2}\n", "weeeee"),
            ("a: {b: 1}\na: {c: 2}\n", "...eee"),
            ("a: {b: {c: 1}}\na: {b: {d: 1}}\n", "...eee"),
            ("a: [x]\na: [y]\n", "weeeee"),
            ("a: {b: 1}\nc: {b: 1}\n", "......"),
            ("a:\n", "wweeee"),
            ("a: ~\n", "wweeee"),
            ("a: null\n", "wweeee"),
            ("a: &x\n", "wweeee"),
            ("a: &x b\n", "......"),
            ("a: \"\"\n", "......"),
            ("a: !x\n", "wwwwww"),
            ("a: !!str\n", "......"),
            ("a: !x b\n", "......"),
            ("a:\n- x\n-\n", "..eeee"),
            ("a: [x, ~]\n", "..eeee"),
            ("a: [x, \"\"]\n", "......"),
            ("a: []\nb: {}\n", "......"),
            ("a: [x, {b: c}]\n", "...eee"),
            ("a: [{b: c}, {b: d}]\n", "...eee"),
            ("a: [[x, y], z]\n", "...eee"),
            ("a: {b: [x]}\n", "......"),
        ] {
            assert_eq!(letters(text), expected, "{text:?}");
        }
    }

    #[test]
    fn whole_messages() {
        for (text, version, expected) in [
            (
                "network:\n  host: 127.0.0.1\nnetwork.host: 127.0.0.2\n",
                4,
                "warning 3:15 `network.host` is set twice; Elasticsearch 7.17.29 silently takes the last one; remove this \
                 one or the one in line 2",
            ),
            (
                "network:\n  host: 127.0.0.1\nnetwork:\n  publish_host: 127.0.0.2\n",
                4,
                "error 3:1 `network` stands twice in one mapping; Elasticsearch 7.17.29 refuses to start; put the settings of both \
                 below one; the other one is in line 1",
            ),
            (
                "network.host:\n",
                0,
                "warning 1:14 `network.host` has no value; Elasticsearch 1.7.5 takes its own default, later versions refuse \
                 to start; set a value, write \"\" for the server's own default, or remove the line",
            ),
            (
                "network.host: ~\n",
                1,
                "warning 1:15 `network.host` has no value; Elasticsearch 2.3.4 takes `~` as a text; set a value, write \"\" \
                 for the server's own default, or remove the line",
            ),
            (
                "network.host: &lo\n",
                4,
                "error 1:15 `network.host` has no value; Elasticsearch 7.17.29 refuses to start; `&` begins an anchor in \
                 YAML, not a value: put the value in quotes",
            ),
            (
                "node.attr.x: !important\n",
                4,
                "warning 1:14 `node.attr.x` has no value; `!` begins a tag in YAML, not a value, and Elasticsearch 7.17.29 \
                 takes its own default: put the value in quotes",
            ),
            (
                "node.attr.x:\n  - a\n  -\n",
                4,
                "error 3:4 an element of `node.attr.x` has no value; Elasticsearch 7.17.29 refuses to start; remove the \
                 element, or write \"\" for an empty text",
            ),
            (
                "discovery.seed_hosts:\n  - es-0\n  - port: 9300\n",
                5,
                "error 3:5 an element of the list `discovery.seed_hosts` is a mapping; OpenSearch 2.19.3 refuses to start; a \
                 list holds texts only: put an element with a colon in quotes, and write settings below names, without `- `",
            ),
            (
                "discovery.seed_hosts:\n  - [es-0, es-1]\n",
                5,
                "error 2:5 an element of the list `discovery.seed_hosts` is a list; OpenSearch 2.19.3 refuses to start; a \
                 list holds texts only: write its elements into the outer list",
            ),
        ] {
            assert_eq!(found(text, VERSIONS[version]), [expected], "{text}");
        }
    }

    #[test]
    fn most_versions_refuse_what_has_no_value() {
        let empty = crate::settings::samples::null("node.name");
        let guessed = &check(&empty, VERSIONS[1], true)[0];
        let help = "most versions refuse to start; set a value, write \"\" for the server's own default, or remove the line";
        assert_eq!((guessed.severity, guessed.help.as_deref()), (Severity::Error, Some(help)));
    }

    #[test]
    fn nothing_of_a_secret_is_shown() {
        let text =
            "x.password:\n  hunter2: 1\n  hunter2: 2\ny.password: [{hunter2: 1}]\nz.password: &hunter2\n";
        let all = found(text, VERSIONS[4]).join("\n");
        assert!(!all.contains("hunter2") && all.lines().count() == 3, "{all}");
    }
}
