//! Variables that other images read, and names that people take for ones of the server: what each means, and what sets that
//! here. Only names that are surely meant for the server: many programs know a `PASSWORD_FILE` or a `HTTP_PORT`.

use super::bitnami::BITNAMI;
pub(super) use super::instead::Instead;
use super::instead::{INITIAL_MASTERS, MEMORY_LOCK, SEED_HOSTS};
use super::official::{ADMIN_PASSWORD, DISABLE_ANALYZER};

/// Whose variable it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The images of pires, and those of the Kubernetes addon.
    Pires,
    Bitnami,
    /// The entrypoints of the official images.
    Official,
    /// Nobody's: it looks like a setting or like another variable.
    Nobody,
}

/// One variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foreign {
    pub(super) name: &'static str,
    pub(super) whose: Whose,
    pub(super) instead: Instead,
}

use Instead::{Heap, JavaOptions, Majority, Plugins, Setting, Tell, Variable};
use Whose::{Nobody, Official, Pires};

const fn row(name: &'static str, whose: Whose, instead: Instead) -> Foreign {
    Foreign { name, whose, instead }
}

/// Sorted by name.
const FOREIGN: &[Foreign] = &[
    row("BOOTSTRAP_MEMORY_LOCK", Nobody, Setting(MEMORY_LOCK)),
    row("CLUSTERNAME", Nobody, Variable("CLUSTER_NAME")),
    row("CLUSTER_INITIAL_MASTER_NODES", Nobody, Setting(INITIAL_MASTERS)),
    row(
        DISABLE_ANALYZER,
        Official,
        Tell(
            "unset it, and start `bin/opensearch-performance-analyzer/performance-analyzer-agent-cli` in a container of its own",
        ),
    ),
    row("DISABLE_SECURITY_PLUGIN", Official, Setting(&["plugins.security.disabled"])),
    row("DISCOVERY_HOSTS", Nobody, Setting(SEED_HOSTS)),
    row("DISCOVERY_SEED_HOSTS", Nobody, Setting(SEED_HOSTS)),
    row("DISCOVERY_TYPE", Nobody, Setting(&["discovery.type"])),
    row("DISCOVERY_ZEN_MINIMUM_MASTER_NODES", Nobody, Majority),
    row("DISCOVERY_ZEN_PING_UNICAST_HOSTS", Nobody, Setting(SEED_HOSTS)),
    row("ELASTICSEARCH_SERVICE_NAME", Pires, Variable("DISCOVERY_SERVICE")),
    row(
        "ELASTIC_PASSWORD",
        Official,
        Tell(
            "add it with the distribution's own tool, `bin/elasticsearch-keystore add -x bootstrap.password`, before the first start, and unset it",
        ),
    ),
    row("ENROLLMENT_TOKEN", Official, Tell("unset it: nodes enrol themselves from 8.0 on")),
    row("ES_CLUSTER_NAME", Nobody, Variable("CLUSTER_NAME")),
    row("ES_JAVA_OPTIONS", Nobody, JavaOptions),
    row(
        "ES_LOG_STYLE",
        Official,
        Tell("log to files with a `log4j2.properties` of your own in the configuration directory"),
    ),
    row("ES_NODE_NAME", Nobody, Variable("NODE_NAME")),
    row("ES_PLUGINS_INSTALL", Pires, Plugins),
    row("HEAP_SIZE", Nobody, Heap),
    row("MAX_LOCAL_STORAGE_NODES", Pires, Setting(&["node.max_local_storage_nodes"])),
    row("MEMORY_LOCK", Pires, Setting(MEMORY_LOCK)),
    row("MINIMUM_MASTER_NODES", Pires, Majority),
    row("NETWORK_BIND_HOST", Nobody, Setting(&["network.bind_host"])),
    row("NETWORK_PUBLISH_HOST", Nobody, Setting(&["network.publish_host"])),
    row("NODE_INGEST", Pires, Setting(&["node.ingest"])),
    row("NODE_ROLES", Nobody, Setting(&["node.roles", "node.master"])),
    row("NUMBER_OF_MASTERS", Pires, Majority),
    row("NUMBER_OF_REPLICAS", Pires, Setting(&["index.number_of_replicas"])),
    row("NUMBER_OF_SHARDS", Pires, Setting(&["index.number_of_shards"])),
    row(
        ADMIN_PASSWORD,
        Official,
        Tell(
            "unset it, or install the plugin `opensearch-security`: without it nobody is asked for a password",
        ),
    ),
    row("REPO_LOCATIONS", Pires, Setting(&["path.repo"])),
    row("SHARD_ALLOCATION_AWARENESS", Pires, Setting(&["cluster.routing.allocation.awareness.attributes"])),
    row("XPACK_SECURITY_ENABLED", Nobody, Setting(&["xpack.security.enabled"])),
];

/// What the start scripts of some versions read: names that are nearly one of these are mistakes.
pub(super) const LAUNCHERS: [Foreign; 6] = [
    row("ES_HEAP_SIZE", Nobody, Heap),
    row("ES_JAVA_HOME", Nobody, Tell("did you mean ES_JAVA_HOME?")),
    row("ES_JAVA_OPTS", Nobody, JavaOptions),
    row("ES_PATH_CONF", Nobody, Tell("did you mean ES_PATH_CONF?")),
    row("OPENSEARCH_JAVA_OPTS", Nobody, JavaOptions),
    row("OPENSEARCH_PATH_CONF", Nobody, Tell("did you mean OPENSEARCH_PATH_CONF?")),
];

/// What is known of a variable of that name.
pub(super) fn find(name: &str) -> Option<Foreign> {
    if let Ok(found) = FOREIGN.binary_search_by_key(&name, |row| row.name) {
        return FOREIGN.get(found).copied();
    }
    let rest = ["ELASTICSEARCH_", "OPENSEARCH_"].iter().find_map(|prefix| name.strip_prefix(prefix))?;
    let found = BITNAMI.binary_search_by_key(&rest, |(name, _)| name).ok()?;
    BITNAMI.get(found).map(|(name, instead)| row(name, Whose::Bitnami, *instead))
}

/// The table for the documentation: the name, and what to set instead.
pub fn rows() -> impl Iterator<Item = (String, String)> {
    let bitnami = BITNAMI.iter().map(|(name, instead)| {
        let product = if name.starts_with("SECURITY_") { "OPENSEARCH" } else { "ELASTICSEARCH" };
        (format!("{product}_{name}"), *instead)
    });
    FOREIGN.iter().map(|row| (row.name.to_owned(), row.instead)).chain(bitnami).map(|(name, instead)| {
        let text = match instead {
            Variable(variable) => format!("`{variable}`"),
            Setting([key, ..]) => format!("the setting `{key}`, or what that version calls it"),
            Setting([]) => String::new(),
            Heap => "`ES_HEAP_SIZE` up to 2.x, then `ES_JAVA_OPTS` or `OPENSEARCH_JAVA_OPTS`".to_owned(),
            JavaOptions => "`ES_JAVA_OPTS`, or `OPENSEARCH_JAVA_OPTS`".to_owned(),
            Majority => "`MASTER_COUNT` up to 6.x, then nothing".to_owned(),
            Plugins => "install plugins when the image is built".to_owned(),
            Tell(sentence) => sentence.to_owned(),
        };
        (name, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        assert!(FOREIGN.is_sorted_by_key(|row| row.name));
        assert!(BITNAMI.is_sorted_by_key(|(name, _)| name));
        for (name, whose) in [
            ("NUMBER_OF_MASTERS", Some(Whose::Pires)),
            ("ELASTICSEARCH_CLUSTER_NAME", Some(Whose::Bitnami)),
            ("OPENSEARCH_HEAP_SIZE", Some(Whose::Bitnami)),
            ("HEAP_SIZE", Some(Whose::Nobody)),
            ("ELASTICSEARCH_PASSWORD", None),
            ("ELASTICSEARCH_PORT", None),
            ("ELASTICSEARCH_SERVICE_HOST", None),
            ("ELASTICSEARCH_VERSION", None),
            ("ELASTIC_CONTAINER", None),
            ("HTTP_PORT", None),
            ("PLUGINS", None),
        ] {
            assert_eq!(find(name).map(|row| row.whose), whose, "{name}");
        }
    }
}
