//! The variables that the built-in templates refer to: help, README and tests share this table.

use crate::generation::{Generation, ROWS, generation};
use crate::version::Version;

/// One variable.
#[derive(Clone, Copy, Debug)]
pub struct TemplateVariable {
    pub name: &'static str,
    /// What holds when it is unset, as text for people.
    pub default: &'static str,
    pub help: &'static str,
}

const fn row(name: &'static str, default: &'static str, help: &'static str) -> TemplateVariable {
    TemplateVariable { name, default, help }
}

/// The settings that a variable of that name stands for, by version: the first one that a version knows. Nothing for names
/// that are no documented variable of a template, and for `KUBECONFIG`, which others read, too.
pub fn settings_of(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "CLUSTER_NAME" => &["cluster.name"],
        "NODE_NAME" => &["node.name"],
        "NODE_MASTER" => &["node.master", "node.roles"],
        "NODE_DATA" => &["node.data", "node.roles"],
        "NODE_INGEST" => &["node.ingest", "node.roles"],
        "NODE_ROLES" => &["node.roles"],
        "NETWORK_HOST" => &["network.host"],
        "PATH_DATA" => &["path.data"],
        "PATH_LOGS" => &["path.logs"],
        "PATH_PLUGINS" => &["path.plugins"],
        "PATH_WORK" => &["path.work"],
        "BOOTSTRAP_MLOCKALL" => &["bootstrap.memory_lock", "bootstrap.mlockall"],
        "HTTP_ENABLE" => &["http.enabled"],
        "HTTP_COMPRESSION" => &["http.compression"],
        "HTTP_CORS_ENABLE" => &["http.cors.enabled"],
        "HTTP_CORS_ALLOW_ORIGIN" => &["http.cors.allow-origin"],
        "DISCOVERY_SERVICE" => &["cloud.kubernetes.service", "discovery.seed_hosts"],
        "NAMESPACE" => &["cloud.kubernetes.namespace"],
        "DISCOVERY_HOSTS" | "UNICAST_HOSTS" => &["discovery.seed_hosts", "discovery.zen.ping.unicast.hosts"],
        "MIN_MASTERS" => &["discovery.zen.minimum_master_nodes"],
        "INITIAL_MASTER_NODES" => &["cluster.initial_cluster_manager_nodes", "cluster.initial_master_nodes"],
        "LOG_LEVEL" => &[],
        "SECURITY_ENABLED" => &["xpack.security.enabled"],
        "TRANSPORT_TLS_CERTIFICATE" => &["xpack.security.transport.ssl.certificate"],
        "TRANSPORT_TLS_KEY" => &["xpack.security.transport.ssl.key"],
        "TRANSPORT_TLS_CA" => &["xpack.security.transport.ssl.certificate_authorities"],
        "HTTP_TLS_CERTIFICATE" => &["xpack.security.http.ssl.certificate"],
        "HTTP_TLS_KEY" => &["xpack.security.http.ssl.key"],
        "HTTP_TLS_CA" => &["xpack.security.http.ssl.certificate_authorities"],
        _ => return None,
    })
}

/// All of them, in the order of the templates.
pub const TEMPLATE_VARIABLES: &[TemplateVariable] = &[
    row("CLUSTER_NAME", "elasticsearch or opensearch", "nodes find each other only under the same name"),
    row("NODE_NAME", "POD_NAME, else the host name", "this node's name"),
    row("NODE_ROLES", "from NODE_MASTER, NODE_DATA and NODE_INGEST", "this node's roles, comma-separated"),
    row("NODE_MASTER", "true, or from NODE_ROLES", "whether this node may be elected master"),
    row("NODE_DATA", "true, or from NODE_ROLES", "whether this node holds data"),
    row("NODE_INGEST", "true, or from NODE_ROLES", "whether this node runs ingest pipelines"),
    row("NETWORK_HOST", "_local_", "addresses to bind and publish; _site_ in pods, 0.0.0.0 to publish ports"),
    row("PATH_DATA", "data in the installation", "data directories, comma-separated"),
    row("PATH_LOGS", "logs in the installation", "directory for log files"),
    row("PATH_PLUGINS", "plugins in the installation", "directory of the installed plugins"),
    row("PATH_WORK", "none", "temporary files; no effect, only 1.x reads it"),
    row("BOOTSTRAP_MLOCKALL", "false", "lock the memory of the JVM; needs the capability IPC_LOCK"),
    row("HTTP_ENABLE", "true", "whether this node takes REST requests"),
    row("HTTP_COMPRESSION", "as the version has it", "compress responses for clients that ask for it"),
    row("HTTP_CORS_ENABLE", "false", "answer requests of web pages from other origins"),
    row("HTTP_CORS_ALLOW_ORIGIN", "none", "the origins allowed with HTTP_CORS_ENABLE=true"),
    row("DISCOVERY_HOSTS", "none", "hosts of master-eligible nodes to find others by, comma-separated"),
    row("UNICAST_HOSTS", "none", "the older name of DISCOVERY_HOSTS"),
    row("DISCOVERY_SERVICE", "none", "headless Service to find nodes by; 2.x asks its plugin for it"),
    row("DISCOVERY_TYPE", "single-node where nothing names other nodes", "how nodes are found"),
    row("NAMESPACE", "POD_NAMESPACE, else the service account's, else default", "namespace of that Service"),
    row("MIN_MASTERS", "majority of MASTER_COUNT", "masters a node must see to elect one"),
    row(
        "INITIAL_MASTER_NODES",
        "from MASTER_STATEFULSET and MASTER_COUNT",
        "names of the masters at the first start of a cluster, comma-separated",
    ),
    row("LOG_LEVEL", "INFO", "level of the root logger"),
    row("SECURITY_ENABLED", "as the version has it", "false switches security off, true on"),
    row("SECURITY_DISABLED", "from SECURITY_ENABLED", "the same the other way round"),
    row("TRANSPORT_TLS_CERTIFICATE", "none", "file with the certificate for TLS between nodes, PEM"),
    row("TRANSPORT_TLS_KEY", "none", "file with its key"),
    row("TRANSPORT_TLS_CA", "none", "file with the certificates that the other nodes' are signed with"),
    row("HTTP_TLS_CERTIFICATE", "none", "file with the certificate for HTTPS, PEM"),
    row("HTTP_TLS_KEY", "none", "file with its key"),
    row("HTTP_TLS_CA", "none", "file with the certificates that those of clients are signed with"),
    row("KUBECONFIG", "/kubeconfig", "only in the java.policy template: the file that it makes readable"),
];

/// What a value follows from where it is not given.
pub fn derived_from(generation: &Generation, name: &str) -> &'static [&'static str] {
    let has_list = generation.roles.has_list();
    match name {
        "NODE_ROLES" if has_list => &["NODE_MASTER", "NODE_DATA", "NODE_INGEST"],
        "NODE_MASTER" | "NODE_DATA" | "NODE_INGEST" if !has_list => &["NODE_ROLES"],
        "MIN_MASTERS" => &["MASTER_COUNT"],
        "INITIAL_MASTER_NODES" => &["MASTER_STATEFULSET", "MASTER_COUNT"],
        "SECURITY_DISABLED" => &["SECURITY_ENABLED"],
        _ => &[],
    }
}

/// The variables that have a meaning for the templates of that version, those from which others follow included.
pub fn of_templates(version: Version) -> impl Iterator<Item = &'static str> {
    let generation = generation(version);
    let read = TEMPLATE_VARIABLES.iter().map(|row| row.name).filter(|name| refers_to(generation, name));
    read.flat_map(|name| [name].into_iter().chain(derived_from(generation, name).iter().copied()))
}

fn refers_to(generation: &Generation, name: &str) -> bool {
    let reference = format!("${{{name}:");
    generation.templates.iter().any(|(_, text)| text.contains(&reference))
}

/// The generations whose templates use that variable, in words; nothing where none does.
pub fn used_by(name: &str) -> Option<String> {
    let uses = |row: &&Generation| {
        let version = Version { product: row.product, major: row.from.0, minor: row.from.1, patch: 0 };
        of_templates(version).any(|used| used == name)
    };
    let rows: Vec<&Generation> = ROWS.iter().filter(uses).collect();
    let ranges = rows.chunk_by(|one, other| one.product == other.product).filter_map(|rows| {
        let (first, last) = (rows.first()?, rows.last()?);
        let to = if first.from.0 == last.from.0 { String::new() } else { format!(" to {}", last.from.0) };
        Some(format!("{} {}{to}", first.product.name(), first.from.0))
    });
    let ranges: Vec<String> = ranges.collect();
    (!ranges.is_empty()).then(|| ranges.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_stands_for_a_setting() {
        let without: Vec<&str> = TEMPLATE_VARIABLES
            .iter()
            .map(|variable| variable.name)
            .filter(|name| settings_of(name).is_none())
            .collect();
        assert_eq!(without, ["DISCOVERY_TYPE", "SECURITY_DISABLED", "KUBECONFIG"]);
    }
}
