//! Names that no recorded list of settings has.

use super::catalogue;
use crate::generation::generation;
use crate::slip::is_slip;
use crate::version::Version;
use diagnostics::{Finding, nearest};
use template::Setting;

const CODE: &str = "settings/unknown";
/// The setting that was meant is looked for so many times: a text that is no settings at all has hundreds.
const LOOKED_FOR: usize = 20;

/// One finding for each setting, where such a name is refused. `unknown` are those without a row in the catalogue; `plugins` are
/// those that are installed, where that is known.
pub(super) fn check(unknown: &[&Setting], version: Version, plugins: Option<&[String]>) -> Vec<Finding> {
    let is_of_plugin = |key: &str| {
        plugins.is_some_and(|plugins| plugins.iter().any(|plugin| begins_like_plugin(key, plugin)))
    };
    let unknown: Vec<&Setting> =
        unknown.iter().copied().filter(|setting| !is_of_plugin(&setting.key)).collect();
    if unknown.is_empty() {
        return Vec::new();
    }
    if let Some(newest) = version.later_than() {
        return vec![newer(&unknown, newest, version)];
    }
    let known: Vec<&str> = catalogue::names(version).collect();
    let near = |(index, setting): (usize, &Setting)| {
        let is_looked_for = index < LOOKED_FOR && setting.shown_key() == setting.key;
        is_looked_for.then(|| near(&setting.key, &known)).flatten()
    };
    let found = unknown.into_iter().enumerate().filter_map(|(index, setting)| {
        let near = near((index, setting));
        if generation(version).refuses_unknown_settings {
            Some(refused(setting, near, version))
        } else {
            ignored(setting, &near?, version)
        }
    });
    found.collect()
}

fn refused(setting: &Setting, near: Option<String>, version: Version) -> Finding {
    let (key, server) = (setting.shown_key(), version.name());
    let finding = Finding::error(CODE, format!("`{key}` is unknown to {server}, which refuses to start"));
    let attribute = setting.key.strip_prefix("node.").filter(|name| !name.contains('.'));
    let near = near.filter(|near| attribute.is_none() || is_slip(&setting.key, near));
    let help = match (near, attribute) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some(_)) if setting.shown_key() == setting.key => {
            format!("write `node.attr.{}` for an attribute of the node, or remove it", &setting.key[5..])
        }
        _ => "remove it, or install the plugin that it belongs to".to_owned(),
    };
    setting.finding(finding).at(setting.key_span.clone()).help(help)
}

/// Only what is nearly the name of a setting is a mistake for sure: any name may be a plugin's, or an attribute of the node.
fn ignored(setting: &Setting, near: &str, version: Version) -> Option<Finding> {
    if setting.key.starts_with("node.") || !is_slip(&setting.key, near) {
        return None;
    }
    let message = format!("`{}` is unknown to {}, which ignores it", setting.key, version.name());
    let finding = setting.finding(Finding::warning(CODE, message)).at(setting.key_span.clone());
    Some(finding.help(format!("did you mean `{near}`?")))
}

/// One finding for all: what a version has that came after the newest list is not known.
fn newer(unknown: &[&Setting], newest: Version, version: Version) -> Finding {
    let first = unknown[0];
    let others = match unknown.len() {
        1 => "is".to_owned(),
        2 => "and another setting are".to_owned(),
        count => format!("and {} other settings are", count - 1),
    };
    let message = format!("`{}` {others} unknown up to {}", first.shown_key(), newest.name());
    let finding = first.finding(Finding::warning(CODE, message)).at(first.key_span.clone());
    let place = |finding: Finding, other: &&Setting| {
        finding.also(other.key_span.clone(), format!("`{}` is", other.shown_key()))
    };
    let finding = unknown[1..].iter().take(LOOKED_FOR).fold(finding, place);
    finding.help(format!(
        "{} is newer than every list of settings that this program has: see whether it knows the name",
        version.name()
    ))
}

/// What a plugin calls its settings is not known: nothing is said of a name that begins with that of the plugin, `acme.audit.`
/// for `acme-audit`, or with the beginning of it, where no setting of the server begins so.
fn begins_like_plugin(key: &str, plugin: &str) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_lowercase()).collect()
    };
    let plugin =
        plugin.strip_prefix("opensearch-").or(plugin.strip_prefix("elasticsearch-")).unwrap_or(plugin);
    let (plugin, first) = (plain(plugin), plain(key.split('.').next().unwrap_or_default()));
    let is_beginning = first.len() > 2 && plugin.starts_with(&first) && !catalogue::is_namespace(key);
    !plugin.is_empty() && (plain(key).starts_with(&plugin) || is_beginning)
}

/// The setting that is meant: the nearest name, else the only one that ends so.
fn near(key: &str, known: &[&'static str]) -> Option<String> {
    let plain = known.iter().copied().filter(|name| !name.contains('*'));
    if let Some(name) = nearest(key, plain.clone()) {
        return Some(name.to_owned());
    }
    // A name of one's own stands for the star.
    let own = |name: &&str| {
        let (before, after) = name.split_once('*')?;
        let own = key.strip_prefix(before)?.split('.').next()?;
        (!after.is_empty()).then(|| format!("{before}{own}{after}"))
    };
    let starred: Vec<String> = known.iter().filter_map(own).collect();
    if let Some(name) = nearest(key, starred.iter().map(String::as_str)) {
        return Some(name.to_owned());
    }
    let ends = std::iter::once(key).chain(key.match_indices('.').map(|(at, _)| &key[at + 1..]));
    let only = |end: &str| {
        let mut names =
            plain.clone().filter(|name| name.strip_suffix(end).is_some_and(|it| it.ends_with('.')));
        names.next().filter(|_| names.next().is_none())
    };
    // Of one word, only a long one says what is meant.
    ends.filter(|end| end.contains('.') || end.len() > 9).find_map(only).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::{reported, texts};

    const EIGHT: Version = Version::elasticsearch(8, 19, 21);

    fn found(keys: &[&str], version: Version, plugins: Option<&[&str]>) -> Vec<String> {
        let pairs: Vec<(&str, &str)> = keys.iter().map(|key| (*key, "x")).collect();
        let plugins: Option<Vec<String>> =
            plugins.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let findings = super::super::check(&texts(&pairs), version, false, plugins.as_deref());
        let own: Vec<Finding> = findings.into_iter().filter(|it| it.code == CODE).collect();
        let helps = own.iter().map(|it| it.help_text().unwrap());
        reported(&own).into_iter().zip(helps).map(|(line, help)| format!("{line} | {help}")).collect()
    }

    #[test]
    fn what_refuses_the_start() {
        for (key, help) in [
            ("cluster.nam", "did you mean `cluster.name`?"),
            ("boostrap.memory_lock", "did you mean `bootstrap.memory_lock`?"),
            ("cluster.seed_hosts", "did you mean `discovery.seed_hosts`?"),
            ("seed_hosts", "did you mean `discovery.seed_hosts`?"),
            ("breaker.fielddata.limt", "did you mean `breaker.fielddata.limit`?"),
            ("node.rack", "write `node.attr.rack` for an attribute of the node, or remove it"),
            ("acme.audit.level", "remove it, or install the plugin that it belongs to"),
            ("foo", "remove it, or install the plugin that it belongs to"),
        ] {
            let expected = format!(
                "error[settings/unknown] 1:1 `{key}` is unknown to Elasticsearch 8.19.21, which refuses to start | {help}"
            );
            assert_eq!(found(&[key], EIGHT, None), [expected]);
        }
    }

    #[test]
    fn names_of_plugins() {
        let count = |key, plugin: &str| found(&[key], EIGHT, Some(&[plugin])).len();
        assert_eq!(count("acme.audit.level", "acme-audit"), 0);
        assert_eq!(count("acme_audit.level", "acme-audit"), 0);
        assert_eq!(count("acme.level", "acme-audit"), 0);
        assert_eq!(count("acmes.level", "acme-audit"), 1);
        assert_eq!(count("acme.audit.level", "analysis-icu"), 1);
        assert_eq!(count("discovery.seed_host", "discovery-ec2"), 1);
        // Of modules and plugins that the lists lack nothing is said.
        for key in
            ["xpack.ml.foo", "ingest.geoip.foo", "reindex.remote.whitelist", "s3.client.default.endpoint"]
        {
            assert_eq!(count(key, "analysis-icu"), 0, "{key}");
        }
    }

    #[test]
    fn what_old_generations_ignore() {
        let two = Version::elasticsearch(2, 3, 4);
        assert_eq!(
            found(
                &["discovery.zen.minimum_master_node", "node.nam", "node.rack", "acme.level", "cluster.n"],
                two,
                None
            ),
            [
                "warning[settings/unknown] 1:1 `discovery.zen.minimum_master_node` is unknown to Elasticsearch 2.3.4, which \
                 ignores it | did you mean `discovery.zen.minimum_master_nodes`?"
            ]
        );
    }

    #[test]
    fn versions_after_the_newest_list() {
        let later = Version::elasticsearch(10, 0, 0);
        let help = "Elasticsearch 10.0.0 is newer than every list of settings that this program has: see whether it knows the \
                    name";
        assert_eq!(
            found(&["acme.a"], later, None),
            [format!("warning[settings/unknown] 1:1 `acme.a` is unknown up to Elasticsearch 9.5.0 | {help}")]
        );
        assert_eq!(
            found(&["acme.a", "acme.b", "acme.c"], later, None),
            [format!(
                "warning[settings/unknown] 1:1 `acme.a` and 2 other settings are unknown up to Elasticsearch 9.5.0 | {help}; \
                 `acme.b` is in line 2; `acme.c` is in line 3"
            )]
        );
    }
}
