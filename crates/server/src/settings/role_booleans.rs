//! `node.master`, `node.data` and `node.ingest` where a version has `node.roles` instead: one finding for all of them, with
//! the line to write.

use super::catalogue::{self, Fix, Row};
use super::kinds::{self, Reading};
use super::life::State;
use crate::generation::generation;
use crate::version::Version;
use diagnostics::Finding;
use template::{Setting, Settings};

/// The settings, and the roles that they stand for.
const BOOLEANS: [(&str, &str); 3] =
    [("node.master", "master"), ("node.data", "data"), ("node.ingest", "ingest")];

/// Why nothing is needed in their place.
pub(super) const ALL: &str = "a node has every role unless `node.roles` names some";

/// Whether the row is one of a setting that `node.roles` takes the place of in that version.
pub(super) fn is_replaced(row: Row, version: Version) -> bool {
    matches!(row.fix, Fix::Role(_)) && matches!(row.state(version), State::Deprecated | State::Removed)
}

/// The finding, at the first of the settings. `replaced` are those that [`is_replaced`] says so of, in the order of the file.
pub(super) fn check(settings: &Settings, replaced: &[&Setting], version: Version) -> Option<Finding> {
    let mut here = replaced.iter().copied().filter(|setting| setting.is_set_or_unknown());
    let first = here.next()?;
    let mut others: Vec<&Setting> = here.filter(|setting| setting.key != first.key).collect();
    others.dedup_by(|one, next| one.key == next.key);
    let names: Vec<String> =
        [first].iter().chain(&others).map(|setting| format!("`{}`", setting.key)).collect();
    let subject = match names.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last} are", before.join(", ")),
        _ => format!("{} is", names.concat()),
    };
    let server = version.name();
    let is_removed = catalogue::find(&first.key)?.state(version) == State::Removed;
    let finding = if is_removed {
        let message = format!("{subject} unknown to {server}, which refuses to start");
        Finding::error("settings/removed", message)
    } else {
        Finding::warning("settings/deprecated", format!("{subject} deprecated in {server}"))
    };
    let given = roles(settings, version);
    let further = given.as_ref().map(|given| given.further("; ")).unwrap_or_default();
    let is_variable = |name: &String| name.contains('.') || name.starts_with("ES_SETTING_");
    let help = match given {
        None => "list the roles in `node.roles` instead".to_owned(),
        // The variable of an official image, which is the setting itself.
        Some(given) if first.variables.iter().any(is_variable) => {
            format!("set `node.roles` to {} in the same place instead{further}", given.roles.join(","))
        }
        // A template for several kinds of nodes.
        Some(given) if [first].iter().chain(&others).any(|setting| !setting.variables.is_empty()) => format!(
            "write `node.roles: ${{NODE_ROLES}}` instead and set NODE_ROLES={}{further}",
            given.roles.join(",")
        ),
        Some(given) if given.are_all => {
            let what = if others.is_empty() { "it" } else { "them" };
            format!("remove {what}: {ALL}")
        }
        Some(given) if given.roles.is_empty() => format!("write `node.roles: []` instead{further}"),
        Some(given) => format!("write `node.roles: [ {} ]` instead{further}", given.roles.join(", ")),
    };
    let finding = first.finding(finding).at(first.key_span.clone()).help(help);
    let place = |finding: Finding, other: &&Setting| {
        finding.also(other.key_span.clone(), format!("`{}` is", other.key))
    };
    Some(others.iter().fold(finding, place))
}

/// What the settings make of a node.
pub(super) struct Given {
    pub(super) roles: Vec<&'static str>,
    /// They say of no role that the node lacks it: it has all that there are.
    pub(super) are_all: bool,
    /// Roles that the node has, too, where its distribution has the modules for them.
    pub(super) unsure: Vec<&'static str>,
}

impl Given {
    /// What is to be said of those, behind that.
    pub(super) fn further(&self, before: &str) -> String {
        let names: Vec<String> = self.unsure.iter().map(|name| format!("`{name}`")).collect();
        if names.is_empty() {
            return String::new();
        }
        format!("{before}add {} where this node is to have that, too", names.join(" and "))
    }
}

/// The roles that the settings give; nothing where one is not known.
pub(super) fn roles(settings: &Settings, version: Version) -> Option<Given> {
    let mut given = Given { roles: Vec::new(), are_all: true, unsure: Vec::new() };
    let set = |key: &str| settings.get(key).filter(|setting| setting.is_set_or_unknown());
    let reading = |key: &str| match set(key) {
        Some(setting) => kinds::reading(setting, version).map(Some),
        None => Some(None),
    };
    for (key, role) in BOOLEANS {
        // All are on where nothing is said.
        match reading(key)?.unwrap_or(Reading::True) {
            Reading::True if role == "master" => given.roles.push(generation(version).master_role),
            Reading::True => given.roles.push(role),
            Reading::False => given.are_all = false,
            Reading::Refused => return None,
        }
    }
    let has_data = given.roles.contains(&"data");
    // The others are of modules, but for the last one.
    for (key, is_default) in [
        ("node.ml", true),
        ("node.transform", has_data),
        ("node.voting_only", false),
        ("node.remote_cluster_client", true),
    ] {
        let role = &key["node.".len()..];
        let is_certain = role == "remote_cluster_client";
        match reading(key)? {
            Some(Reading::Refused) => return None,
            Some(Reading::True) => {
                given.roles.push(role);
                given.are_all &= is_default;
            }
            Some(Reading::False) => given.are_all &= !is_default,
            None if is_certain && reading("cluster.remote.connect")? == Some(Reading::False) => {
                given.are_all = false;
            }
            None if is_certain => given.roles.push(role),
            None if is_default && !version.is_opensearch() => given.unsure.push(role),
            None => {}
        }
    }
    Some(given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::{texts, together, unknown};

    const SEVEN: Version = Version::elasticsearch(7, 17, 29);

    fn found(settings: &Settings, version: Version) -> Vec<String> {
        let words = |finding: Finding| {
            let help = finding.help_text().unwrap();
            format!("{} {} | {help}", finding.severity.word(), finding.message)
        };
        let is_replaced =
            |setting: &&Setting| catalogue::find(&setting.key).is_some_and(|row| is_replaced(row, version));
        let replaced: Vec<&Setting> = settings.entries.iter().filter(is_replaced).collect();
        check(settings, &replaced, version).into_iter().map(words).collect()
    }

    #[test]
    fn one_finding_with_the_line_to_write() {
        let three = texts(&[("node.master", "true"), ("node.data", "false"), ("node.ingest", "true")]);
        assert_eq!(
            found(&three, SEVEN),
            [
                "warning `node.master`, `node.data` and `node.ingest` are deprecated in Elasticsearch 7.17.29 | write `node.roles: [ \
              master, ingest, remote_cluster_client ]` instead; add `ml` where this node is to have that, too; `node.data` is in line 2; `node.ingest` is in line 3"
            ]
        );
        assert_eq!(
            found(&texts(&[("node.data", "no")]), Version::elasticsearch(8, 15, 0)),
            [
                "error `node.data` is unknown to Elasticsearch 8.15.0, which refuses to start | write `node.roles: [ master, ingest, \
              remote_cluster_client ]` instead; add `ml` where this node is to have that, too"
            ]
        );
        assert_eq!(
            found(&texts(&[("node.master", "true"), ("node.data", "true")]), Version::opensearch(2, 19, 6)),
            [
                "warning `node.master` and `node.data` are deprecated in OpenSearch 2.19.6 | remove them: a node has every role unless \
              `node.roles` names some; `node.data` is in line 2"
            ]
        );
        let mut variable = texts(&[("node.data", "false")]);
        variable.entries[0].variables.push("NODE_DATA".into());
        assert!(
            found(&variable, SEVEN)[0]
                .contains("| write `node.roles: ${NODE_ROLES}` instead and set NODE_ROLES=master,ingest,remote_cluster_client; ")
        );
        for name in ["node.data", "ES_SETTING_NODE_DATA"] {
            variable.entries[0].variables[0] = name.into();
            assert!(found(&variable, SEVEN)[0].contains(
                "| set `node.roles` to master,ingest,remote_cluster_client in the same place instead; "
            ));
        }
        let none = texts(&[("node.master", "false"), ("node.data", "false"), ("node.ingest", "false")]);
        assert!(
            found(&none, SEVEN)[0]
                .contains("| write `node.roles: [ remote_cluster_client ]` instead; add `ml` where")
        );
    }

    #[test]
    fn what_is_not_known_gives_no_line() {
        let unsure = together([texts(&[("node.master", "true")]), unknown(&["node.data"])]);
        let junk = texts(&[("node.master", "maybe")]);
        for settings in [unsure, junk] {
            assert!(
                found(&settings, SEVEN)[0].contains("| list the roles in `node.roles` instead"),
                "{settings:?}"
            );
        }
        assert_eq!(found(&texts(&[("node.master", ""), ("node.roles", "data")]), SEVEN), [""; 0]);
        assert_eq!(found(&texts(&[("node.master", "true")]), Version::elasticsearch(7, 8, 0)), [""; 0]);
        assert_eq!(found(&texts(&[("node.ingest", "true")]), Version::elasticsearch(2, 3, 4)), [""; 0]);
    }
}
