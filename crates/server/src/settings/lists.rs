//! Lists as people write them, where the server takes them for something else.

use super::catalogue::{Kind, Row};
use super::life::State;
use crate::version::Version;
use diagnostics::Finding;
use template::{Item, Setting};

const CODE: &str = "settings/list-in-string";

/// What is wrong with a list; `row` is that of the key.
pub(super) fn check(setting: &Setting, row: Option<Row<'static>>, version: Version) -> Option<Finding> {
    comma(setting, row, version).or_else(|| json(setting, row))
}

/// A comma inside an element of a list of hosts, nodes, roles or the like. Elsewhere it belongs to the element: the names
/// in certificates (`CN=node,O=example`), patterns and paths have commas.
fn comma(setting: &Setting, row: Option<Row<'static>>, version: Version) -> Option<Finding> {
    let is_list = |row: Row<'static>| matches!(row.kind, Kind::List(element) if element != "path");
    if !row.is_some_and(is_list) {
        return None;
    }
    let element = setting.items.iter().find(|item| item.text.contains(','))?;
    let server = version.name();
    let is_known = |row: Row<'static>| row.name == setting.key && row.state(version) != State::NotYet;
    if row.is_some_and(|row| {
        matches!(row.kind, Kind::List(element) if element.starts_with("enum")) && is_known(row)
    }) {
        return Some(several_names(setting, element, version));
    }
    let finding = if let Some(name) = &element.variable {
        let message = format!("the value of `{name}` has a comma, but stands as one element of a list");
        Finding::warning(CODE, message).variable(name).help(format!(
            "{server} splits a plain string at commas, not the elements of a list: write the placeholder without `[` `]` or \
             `- `"
        ))
    } else {
        Finding::warning(CODE, "an element of this list has a comma").help(format!(
            "{server} splits a plain string at commas, not the elements of a list: write one element for each"
        ))
    };
    Some(setting.finding(finding).at(element.span.clone()))
}

/// Names that the server knows, roles for instance: it refuses such a one, or takes it for a name of a plugin that it has not.
fn several_names(setting: &Setting, element: &Item, version: Version) -> Finding {
    let (what, fix) = match &element.variable {
        Some(name) => (
            format!("the value of `{name}` has a comma, but stands as one element of a list"),
            "write the placeholder without `[` `]` or `- `, and the server splits its value at the commas",
        ),
        None => ("an element of this list has a comma".to_owned(), "write one element for each"),
    };
    let help = format!("{} takes it for one name, and knows none that has a comma: {fix}", version.name());
    let finding = setting.finding(Finding::error(CODE, what)).at(element.span.clone()).help(help);
    match &element.variable {
        Some(name) => finding.variable(name),
        None => finding,
    }
}

/// A list of JSON in a text, `["a","b"]`: it is divided at its commas. Those of hosts are left to the
/// rules of discovery, those of this node's addresses to `settings/invalid-host`.
fn json(setting: &Setting, row: Option<Row<'static>>) -> Option<Finding> {
    let is_list = |row: Row<'static>| matches!(row.kind, Kind::List(element) if element != "hosts");
    let inner = setting.text()?.trim().strip_prefix('[')?.strip_suffix(']')?;
    // `[::1]` is an address, and `[::1],[::2]` two.
    let is_json = inner.contains(['"', '\'', ',']) && !inner.contains('[');
    let is_address = setting.key.ends_with("host") && inner.contains(['"', '\'']);
    if !is_json || is_address || !row.is_some_and(is_list) {
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
    Some(setting.finding(Finding::warning(CODE, message)).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::catalogue;
    use crate::settings::samples::{from_variable, list, texts};
    use diagnostics::Severity;
    use template::Settings;

    const SEVEN: Version = Version::elasticsearch(7, 17, 9);

    fn found(settings: &Settings) -> Vec<(&'static str, String, String)> {
        let findings = settings.entries.iter().filter_map(|setting| {
            let mut finding = check(setting, catalogue::find(&setting.key), SEVEN)?;
            Some((finding.code, std::mem::take(&mut finding.message), finding.help_text()?))
        });
        findings.collect()
    }

    #[test]
    fn several_hosts_in_one_element() {
        for key in [
            "discovery.seed_hosts",
            "discovery.zen.ping.unicast.hosts",
            "cluster.initial_master_nodes",
            "network.host",
        ] {
            assert_eq!(
                found(&list(key, &["a", "b,c"])),
                [(
                    "settings/list-in-string",
                    "an element of this list has a comma".to_owned(),
                    "Elasticsearch 7.17.9 splits a plain string at commas, not the elements of a list: write one element for each".to_owned()
                )],
                "{key}"
            );
            assert_eq!(found(&list(key, &["a", "b"])), [], "{key}");
        }
        let mut mixed = list("discovery.seed_hosts", &["", "a,b", "c"]);
        mixed.entries[0].value = template::Scalar::Unknown;
        mixed.entries[0].items[1].variable = Some("HOSTS".into());
        assert_eq!(
            found(&mixed),
            [(
                "settings/list-in-string",
                "the value of `HOSTS` has a comma, but stands as one element of a list".to_owned(),
                "Elasticsearch 7.17.9 splits a plain string at commas, not the elements of a list: write the placeholder without \
                 `[` `]` or `- `"
                    .to_owned()
            )]
        );
    }

    #[test]
    fn several_roles_in_one_element() {
        let of =
            |key: &str| check(&list(key, &["master,data"]).entries[0], catalogue::find(key), SEVEN).unwrap();
        let found = of("node.roles");
        assert_eq!(
            (found.severity, found.help.as_deref()),
            (
                Severity::Error,
                Some(
                    "Elasticsearch 7.17.9 takes it for one name, and knows none that has a comma: write one element for each"
                )
            )
        );
        assert_eq!(of("discovery.seed_providers").severity, Severity::Error);
        assert_eq!(of("discovery.seed_hosts").severity, Severity::Warning);
    }

    #[test]
    fn commas_that_belong_to_an_element() {
        for key in [
            "plugins.security.nodes_dn",
            "plugins.security.authcz.admin_dn",
            "opendistro_security.nodes_dn",
            "searchguard.authcz.admin_dn",
            "xpack.security.authc.realms.pki.pki1.username_pattern",
            "path.data",
            "path.repo",
            "my.own.list",
        ] {
            assert_eq!(
                found(&list(key, &["CN=node-1,OU=search,O=Example,C=DE", "/CN=.*,O=x/"])),
                [],
                "{key}"
            );
        }
    }

    #[test]
    fn a_list_of_json_in_a_text() {
        let key = "cluster.initial_master_nodes";
        for text in ["[\"es-0\",\"es-1\"]", "['es-0']", "[es-0,es-1]"] {
            assert_eq!(
                found(&from_variable(key, text, "MASTERS")),
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
            assert_eq!(found(&texts(&[(key, text)])), [], "{key} {text}");
        }
    }
}
