//! Which setting exists in which generation.

use crate::version::{Product, Version};
use diagnostics::{Finding, Severity};
use template::Setting;

/// What a generation makes of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Good,
    /// Works, but the server says that it will go.
    Old,
    /// `Old` from that minor version on.
    OldFrom(u16),
    Gone,
    /// Only later generations have it.
    New,
    /// `New` before that minor version.
    From(u16),
}

use State::{From, Gone, Good, New, Old, OldFrom};

/// One setting, or all below a prefix.
struct Row {
    /// A key; with a final dot, a prefix.
    key: &'static str,
    /// The row is about this value only.
    value: Option<&'static str>,
    /// Majors 1, 2, 5, 6, 7, 8, 9 of Elasticsearch, then 1, 2, 3 of its fork.
    states: [State; 10],
    /// What to do instead.
    instead: &'static str,
}

const fn row(key: &'static str, states: [State; 10], instead: &'static str) -> Row {
    Row { key, value: None, states, instead }
}

const fn value(key: &'static str, value: &'static str, states: [State; 10], instead: &'static str) -> Row {
    Row { key, value: Some(value), states, instead }
}

const UP_TO_2: [State; 10] = [Good, Good, Gone, Gone, Gone, Gone, Gone, Gone, Gone, Gone];
/// The recovery settings that counted all nodes.
const RECOVERY: [State; 10] = [Good, Good, Good, Good, OldFrom(7), Gone, Gone, Old, Old, Gone];
const DATA_NODES: &str = "use `gateway.expected_data_nodes` and `gateway.recover_after_data_nodes`";
const SEED_HOSTS: &str = "name a headless Service of the transport port in `discovery.seed_hosts`";

/// `discovery.zen.minimum_master_nodes` is left to the quorum rules. The first row that fits counts.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    row("path.plugins", UP_TO_2, "plugins are always in `plugins` of the installation"),
    row("path.work", [Good, Gone, Gone, Gone, Gone, Gone, Gone, Gone, Gone, Gone],
        "temporary files go to `java.io.tmpdir` of the JVM (ES_TMPDIR from 6.0 on)"),
    row("path.scripts", [Good, Good, Good, Gone, Gone, Gone, Gone, Gone, Gone, Gone], "store scripts in the cluster"),
    row("bootstrap.mlockall", UP_TO_2, "use `bootstrap.memory_lock`"),
    row("bootstrap.memory_lock", [New, From(4), Good, Good, Good, Good, Good, Good, Good, Good],
        "use `bootstrap.mlockall`"),
    row("bootstrap.seccomp", [New, Good, Old, Gone, Gone, Gone, Gone, Gone, Gone, Gone],
        "from 5.2 to 7 it is called `bootstrap.system_call_filter`"),
    row("bootstrap.system_call_filter", [New, New, From(2), Good, Good, Gone, Gone, Good, Good, Good],
        "up to 5.1 it is called `bootstrap.seccomp`, from 8.0 on the filter is always on"),
    row("security.manager.enabled", [New, Good, Gone, Gone, Gone, Gone, Gone, Gone, Gone, Gone],
        "the security manager cannot be switched"),
    row("http.enabled", [Good, Good, Good, OldFrom(3), Gone, Gone, Gone, Gone, Gone, Gone],
        "HTTP is always on; keep clients away with a Service or network policy"),
    row("node.client", UP_TO_2, "use `node.master: false`, `node.data: false` and `node.ingest: false`"),
    row("node.master", [Good, Good, Good, Good, OldFrom(9), Gone, Gone, Old, Old, Good],
        "list the roles in `node.roles`"),
    row("node.data", [Good, Good, Good, Good, OldFrom(9), Gone, Gone, Old, Old, Good],
        "list the roles in `node.roles`"),
    row("node.ingest", [New, New, Good, Good, OldFrom(9), Gone, Gone, Old, Old, Good],
        "list the roles in `node.roles`, which came with 7.9"),
    row("node.roles", [New, New, New, New, From(9), Good, Good, Good, Good, Good],
        "use `node.master` and `node.data`"),
    value("discovery.type", "kubernetes", [Good, Good, OldFrom(1), Gone, Gone, Gone, Gone, Gone, Gone, Gone],
        "5.1 to 6: `discovery.zen.hosts_provider: kubernetes`; from 7 on name a headless Service in `discovery.seed_hosts`"),
    value("discovery.type", "single-node", [New, New, Good, Good, Good, Good, Good, Good, Good, Good],
        "without hosts and plugin a node of this generation stays alone anyway"),
    value("network.host", "_site_", [New, Good, Good, Good, Good, Good, Good, Good, Good, Good],
        "use `_non_loopback_` or the name of an interface, for instance `_eth0_`"),
    row("cloud.kubernetes.", [Good, Good, Good, Good, Gone, Gone, Gone, Gone, Gone, Gone], SEED_HOSTS),
    row("cloud.aws.", [Good, Good, Old, Gone, Gone, Gone, Gone, Gone, Gone, Gone],
        "use `discovery.ec2.` settings and the keystore"),
    row("discovery.zen.ping.multicast.", UP_TO_2, "name hosts in `discovery.zen.ping.unicast.hosts`, from 7 on in `discovery.seed_hosts`"),
    row("discovery.zen.ping.unicast.hosts", [Good, Good, Good, Good, Old, Gone, Gone, Old, Old, Good],
        "use `discovery.seed_hosts`"),
    row("discovery.zen.hosts_provider", [New, New, Good, Good, Old, Gone, Gone, Old, Old, Good],
        "from 7 on it is called `discovery.seed_providers`"),
    row("discovery.zen.", [Good, Good, Good, Good, Old, Gone, Gone, Old, Good, Good],
        "discovery has other settings from 7 on, and rarely needs any"),
    row("discovery.seed_hosts", [New, New, New, New, Good, Good, Good, Good, Good, Good],
        "use `discovery.zen.ping.unicast.hosts`"),
    row("discovery.seed_providers", [New, New, New, New, Good, Good, Good, Good, Good, Good],
        "use `discovery.zen.hosts_provider`"),
    row("cluster.initial_master_nodes", [New, New, New, From(7), Good, Good, Good, Good, Old, Old],
        "up to 6 `discovery.zen.minimum_master_nodes` protects the cluster; OpenSearch from 2 on calls it \
         `cluster.initial_cluster_manager_nodes`"),
    row("cluster.initial_cluster_manager_nodes", [Gone, Gone, Gone, Gone, Gone, Gone, Gone, New, Good, Good],
        "use `cluster.initial_master_nodes` from 7 on"),
    row("gateway.expected_nodes", RECOVERY, DATA_NODES),
    row("gateway.expected_master_nodes", RECOVERY, DATA_NODES),
    row("gateway.recover_after_nodes", RECOVERY, DATA_NODES),
    row("gateway.recover_after_master_nodes", RECOVERY, DATA_NODES),
    row("processors", [Good, Good, Good, Good, OldFrom(4), Gone, Gone, Old, Good, Good], "use `node.processors`"),
    row("node.processors", [New, New, New, New, From(4), Good, Good, Good, Good, Good], "use `processors`"),
    row("node.max_local_storage_nodes", [Good, Good, Good, Good, Old, Gone, Gone, Old, Good, Good],
        "run one node in a container"),
    row("threadpool.", UP_TO_2, "from 5 on the prefix is `thread_pool.`"),
    row("thread_pool.", [New, New, Good, Good, Good, Good, Good, Good, Good, Good], "the prefix is `threadpool.` here"),
    row("index.", UP_TO_2, "settings of indices belong into index templates"),
    row("xpack.", [Good, Good, Good, Good, Good, Good, Good, Gone, Gone, Gone],
        "OpenSearch has settings of its own, `plugins.security.` for instance"),
];

fn column(version: Version) -> usize {
    match (version.product, version.major) {
        (Product::Elasticsearch, ..=1) => 0,
        (Product::Elasticsearch, 2..=4) => 1,
        (Product::Elasticsearch, major) => usize::from(major.min(9)) - 3,
        (Product::OpenSearch, major) => usize::from(major.clamp(1, 3)) + 6,
    }
}

/// The finding for a setting that this generation does not have, or not for long.
pub(crate) fn check(setting: &Setting, version: Version) -> Option<Finding> {
    let row = TABLE.iter().find(|row| row.fits(setting))?;
    let state = row.states.get(column(version)).copied()?;
    let name = match row.value {
        Some(value) => format!("`{}: {value}`", setting.key),
        None => format!("`{}`", setting.key),
    };
    let server = version.name();
    // What nobody has registered is read by nobody up to 2.x; a value that is not understood is fatal everywhere.
    let is_fatal = !version.is_elasticsearch_before(5, 0) || row.value.is_some();
    let severity = if is_fatal { Severity::Error } else { Severity::Warning };
    let effect = if is_fatal { "which refuses to start" } else { "which ignores it" };
    let (code, severity, message) = match state {
        Good => return None,
        OldFrom(minor) if version.minor < minor => return None,
        From(minor) if version.minor >= minor => return None,
        Old | OldFrom(_) => {
            ("settings/deprecated", Severity::Warning, format!("{name} is deprecated in {server}"))
        }
        Gone => ("settings/removed", severity, format!("{name} is unknown to {server}, {effect}")),
        New | From(_) => {
            ("settings/not-yet", severity, format!("{name} is not yet known to {server}, {effect}"))
        }
    };
    let finding = Finding { severity, ..Finding::error(code, message) };
    Some(setting.finding(finding).help(format!("replace or remove it: {}", row.instead)))
}

impl Row {
    fn fits(&self, setting: &Setting) -> bool {
        let by_key =
            if self.key.ends_with('.') { setting.key.starts_with(self.key) } else { setting.key == self.key };
        by_key
            && setting.key != crate::quorum::MINIMUM_MASTER_NODES
            && self.value.is_none_or(|value| setting.elements().contains(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples;

    const VERSIONS: [&str; 10] = [
        "1.7.5",
        "2.3.4",
        "5.6.16",
        "6.8.23",
        "7.17.0",
        "8.15.0",
        "9.1.0",
        "os-1.3.0",
        "os-2.11.0",
        "os-3.0.0",
    ];

    /// One letter a generation: `.` good, `d` deprecated, `X` removed and fatal, `i` removed and ignored, `n` not yet
    /// and fatal, `w` not yet and ignored.
    fn line(key: &str, text: &str) -> String {
        let settings = samples::texts(&[(key, text)]);
        let versions = VERSIONS.iter().filter_map(|text| Version::parse(text));
        versions
            .map(|version| match check(&settings.entries[0], version) {
                None => '.',
                Some(finding) => match (finding.code, finding.severity) {
                    ("settings/deprecated", Severity::Warning) => 'd',
                    ("settings/removed", Severity::Error) => 'X',
                    ("settings/removed", Severity::Warning) => 'i',
                    ("settings/not-yet", Severity::Error) => 'n',
                    ("settings/not-yet", Severity::Warning) => 'w',
                    _ => '?',
                },
            })
            .collect()
    }

    #[test]
    fn every_setting_in_every_generation() {
        for (key, text, expected) in [
            ("cluster.name", "x", ".........."),
            ("path.data", "x", ".........."),
            ("http.cors.enabled", "true", ".........."),
            ("path.plugins", "x", "..XXXXXXXX"),
            ("path.work", "x", ".iXXXXXXXX"),
            ("bootstrap.mlockall", "true", "..XXXXXXXX"),
            ("bootstrap.memory_lock", "true", "ww........"),
            ("bootstrap.seccomp", "true", "w.dXXXXXXX"),
            ("bootstrap.system_call_filter", "true", "ww...XX..."),
            ("security.manager.enabled", "true", "w.XXXXXXXX"),
            ("http.enabled", "true", "...dXXXXXX"),
            ("node.master", "true", "....dXXdd."),
            ("node.data", "true", "....dXXdd."),
            ("node.ingest", "true", "ww..dXXdd."),
            ("node.roles", "data", "wwnn......"),
            ("node.client", "true", "..XXXXXXXX"),
            ("discovery.type", "zen", ".........."),
            ("discovery.type", "kubernetes", "..dXXXXXXX"),
            ("discovery.type", "single-node", "nn........"),
            ("network.host", "_site_", "n........."),
            ("network.host", "_local_,_site_", "n........."),
            ("cloud.kubernetes.service", "x", "....XXXXXX"),
            ("discovery.zen.minimum_master_nodes", "2", ".........."),
            ("discovery.zen.ping.unicast.hosts", "x", "....dXXdd."),
            ("discovery.zen.ping.multicast.enabled", "false", "..XXXXXXXX"),
            ("discovery.zen.ping_timeout", "3s", "....dXXd.."),
            ("discovery.seed_hosts", "x", "wwnn......"),
            ("cluster.initial_master_nodes", "x", "wwn.....dd"),
            ("cluster.initial_cluster_manager_nodes", "x", "iiXXXXXn.."),
            ("index.number_of_shards", "1", "..XXXXXXXX"),
            ("indices.fielddata.cache.size", "1", ".........."),
            ("gateway.recover_after_nodes", "1", "....dXXddX"),
            ("gateway.recover_after_data_nodes", "1", ".........."),
            ("processors", "1", "....dXXd.."),
            ("node.max_local_storage_nodes", "1", "....dXXd.."),
            ("threadpool.bulk.size", "1", "..XXXXXXXX"),
            ("xpack.security.enabled", "true", ".......XXX"),
        ] {
            assert_eq!(line(key, text), expected, "{key}: {text}");
        }
    }

    #[test]
    fn minor_versions_count() {
        for (key, version, expected) in [
            ("http.enabled", "6.2.4", None),
            ("http.enabled", "6.3.0", Some("settings/deprecated")),
            ("node.master", "7.8.1", None),
            ("node.roles", "7.8.1", Some("settings/not-yet")),
            ("node.roles", "7.9.0", None),
            ("processors", "7.3.2", None),
            ("bootstrap.memory_lock", "2.4.0", None),
            ("node.master", "10.0.0", Some("settings/removed")),
            ("node.roles", "os-4.0.0", None),
        ] {
            let settings = samples::texts(&[(key, "x")]);
            let found = check(&settings.entries[0], Version::parse(version).unwrap());
            assert_eq!(found.map(|finding| finding.code), expected, "{key} {version}");
        }
    }

    #[test]
    fn whole_messages() {
        for (key, version, message, help) in [
            (
                "path.plugins",
                "5.6.16",
                "`path.plugins` is unknown to Elasticsearch 5.6.16, which refuses to start",
                "replace or remove it: plugins are always in `plugins` of the installation",
            ),
            (
                "path.work",
                "2.3.4",
                "`path.work` is unknown to Elasticsearch 2.3.4, which ignores it",
                "replace or remove it: temporary files go to `java.io.tmpdir` of the JVM (ES_TMPDIR from 6.0 on)",
            ),
            (
                "http.enabled",
                "6.8.0",
                "`http.enabled` is deprecated in Elasticsearch 6.8.0",
                "replace or remove it: HTTP is always on; keep clients away with a Service or network policy",
            ),
            (
                "node.roles",
                "6.8.0",
                "`node.roles` is not yet known to Elasticsearch 6.8.0, which refuses to start",
                "replace or remove it: use `node.master` and `node.data`",
            ),
        ] {
            let settings = samples::from_variable(key, "hunter2", "SOME_NAME");
            let found = check(&settings.entries[0], Version::parse(version).unwrap()).unwrap();
            assert_eq!((found.message.as_str(), found.help.as_deref()), (message, Some(help)));
            assert_eq!((found.setting.as_deref(), found.variable.as_deref()), (Some(key), Some("SOME_NAME")));
            assert!(found.span.is_some());
        }
    }
}
