//! What a start now would change in the main file, against the one that the last start wrote: a ConfigMap or a Secret may
//! have been updated since.

use std::fmt::Write as _;
use std::path::Path;

use diagnostics::{Json, Levels, MessageFormat, printable};
use node::{Answer, Facts, LARGEST_TEMPLATE, World};
use server::discovery::names;
use template::{Environment, Format, Scalar, Setting, Settings, Template};

/// The report, with values as `shown` gives them; nothing where no start wrote that file, or would change nothing.
pub(super) fn report(
    facts: &Facts,
    world: &dyn World,
    format: MessageFormat,
    shown: fn(&Setting) -> String,
) -> String {
    let Some((path, before, after)) = before(facts, world) else { return String::new() };
    let Some(now) = facts.main_file.map(|main| &facts.files[main].inspected.settings) else {
        return String::new();
    };
    let mut rows = changes(&before, now, &after, shown);
    // What the next start finds when it looks the hosts up is not known.
    let looked_up = names::looked_up(now, facts.version).map(Setting::shown_key);
    rows.retain(|row| row.what != "changed" || looked_up != Some(&row.key));
    let mut out = String::new();
    if rows.is_empty() {
        return out;
    }
    if format == MessageFormat::Json {
        for row in rows {
            let mut json = Json::default();
            json.open("", '{');
            json.text("change", row.what);
            json.text("setting", &row.key);
            if let Some(value) = &row.value {
                json.text("value", value);
            }
            json.text("file", &path);
            json.raw("}\n");
            out.push_str(&json.into_text());
        }
        return out;
    }
    let _ = writeln!(out, "a start now would change {}, as the last start wrote it", printable(&path));
    let width = rows.iter().map(|row| row.key.chars().count()).max().unwrap_or(0).min(48);
    for row in rows {
        let value = row.value.unwrap_or_default();
        let line = format!("    {:7}  {:width$}  {value}", row.what, printable(&row.key));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The path and the settings of the main file that the server which runs here was started with, and all
/// settings that the next one gets: also what the server itself wrote into the file stays.
fn before(facts: &Facts, world: &dyn World) -> Option<(String, Settings, Settings)> {
    if !is_supervised(world) {
        return None;
    }
    let main = &facts.files[facts.main_file?];
    let directory = facts.configuration.directory()?;
    let path = directory.join(&main.template.relative);
    let Answer::Is(bytes) = world.read(&path, LARGEST_TEMPLATE) else { return None };
    let now = main.inspected.rendered.bytes.as_ref()?;
    if *now == bytes {
        return None;
    }
    let name = path.display().to_string();
    let [before, after] = [&bytes, now].map(|bytes| {
        let template = Template { name: &name, bytes, format: Format::Elasticsearch };
        template::inspect(&template, &Environment::default(), &Levels::default()).settings
    });
    Some((name, before, after))
}

/// Another process of this program is PID 1 here.
fn is_supervised(world: &dyn World) -> bool {
    let name = world.read(Path::new("/proc/1/comm"), 64).is().unwrap_or_default();
    nix::unistd::Pid::this().as_raw() != 1 && name.trim_ascii() == b"es-entrypoint"
}

/// One difference. What the value was is never shown: it may be a secret, and nothing tells.
#[derive(Debug, PartialEq)]
struct Row {
    what: &'static str,
    key: String,
    value: Option<String>,
}

fn changes(before: &Settings, now: &Settings, after: &Settings, shown: fn(&Setting) -> String) -> Vec<Row> {
    let mut rows = Vec::new();
    for setting in now.entries.iter().chain(&now.overridden).filter(|it| !it.is_unknown()) {
        let what = match before.get(&setting.key) {
            None => "added",
            Some(before) if before.is_unknown() || is_same(before, setting) => continue,
            Some(_) => "changed",
        };
        let (key, value) = (setting.shown_key().to_owned(), Some(shown(setting)));
        rows.push(Row { what, key, value });
    }
    for setting in before.entries.iter().filter(|it| after.get(&it.key).is_none()) {
        // Nothing tells whether a variable stood in the name.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-*".contains(&byte);
        let key =
            if setting.key.len() < 100 && setting.key.bytes().all(is_plain) { &*setting.key } else { "…" };
        rows.push(Row { what: "removed", key: key.to_owned(), value: None });
    }
    rows
}

fn is_same(one: &Setting, other: &Setting) -> bool {
    match (&one.value, &other.value) {
        (Scalar::Text { text, .. }, Scalar::Text { text: other, .. }) => text == other,
        (Scalar::List, Scalar::List) => {
            one.items.iter().map(|it| &it.text).eq(other.items.iter().map(|it| &it.text))
        }
        (Scalar::Null, Scalar::Null) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str, variables: &[(&str, &str)]) -> Settings {
        let template =
            Template { name: "elasticsearch.yml", bytes: text.as_bytes(), format: Format::Elasticsearch };
        let environment: Environment = variables.iter().copied().collect();
        template::inspect(&template, &environment, &Levels::default()).settings
    }

    fn shown(setting: &Setting) -> String {
        match &setting.value {
            _ if setting.is_secret() => "******".to_owned(),
            Scalar::Text { text, .. } => text.clone(),
            _ => setting.elements().join(" "),
        }
    }

    #[test]
    fn what_differs() {
        let before = settings(
            "cluster.name: logs\nnode:\n  name: a\ndiscovery.seed_hosts: [a, b]\nhttp.port: 9200\nkey: old-secret\n",
            &[],
        );
        let now = settings(
            "cluster.name: ${CLUSTER_NAME}\nnode.name: a\ndiscovery.seed_hosts: [a, c]\nkey: ${MY_PASSWORD}\nnode.attr.zone: b\n",
            &[("CLUSTER_NAME", "metrics"), ("MY_PASSWORD", "new-secret")],
        );
        let row = |what, key: &str, value: Option<&str>| Row {
            what,
            key: key.into(),
            value: value.map(str::to_owned),
        };
        assert_eq!(
            changes(&before, &now, &now, shown),
            [
                row("changed", "cluster.name", Some("metrics")),
                row("changed", "discovery.seed_hosts", Some("a c")),
                row("changed", "key", Some("******")),
                row("added", "node.attr.zone", Some("b")),
                row("removed", "http.port", None),
            ]
        );
        assert_eq!(changes(&before, &before, &before, shown), []);
    }
}
