//! The variables that the built-in templates refer to: help, README and tests share this table.

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
        "UNICAST_HOSTS" => &["discovery.seed_hosts", "discovery.zen.ping.unicast.hosts"],
        "MIN_MASTERS" => &["discovery.zen.minimum_master_nodes"],
        "INITIAL_MASTER_NODES" => &["cluster.initial_cluster_manager_nodes", "cluster.initial_master_nodes"],
        "LOG_LEVEL" => &[],
        _ => return None,
    })
}

/// All of them, in the order of the templates.
pub const TEMPLATE_VARIABLES: &[TemplateVariable] = &[
    row("CLUSTER_NAME", "elasticsearch", "nodes find each other only under the same name"),
    row("NODE_NAME", "POD_NAME, else the host name", "this node's name"),
    row("NODE_MASTER", "true", "whether this node may be elected master"),
    row("NODE_DATA", "true", "whether this node holds data"),
    row("NETWORK_HOST", "_local_", "addresses to bind and publish; _site_ in pods, 0.0.0.0 to publish ports"),
    row("PATH_DATA", "data in the installation", "data directories, comma-separated"),
    row("PATH_LOGS", "logs in the installation", "directory for log files"),
    row("PATH_PLUGINS", "plugins in the installation", "directory of the installed plugins"),
    row("PATH_WORK", "none", "temporary files; no effect, only 1.x reads it"),
    row("BOOTSTRAP_MLOCKALL", "false", "lock the memory of the JVM; needs the capability IPC_LOCK"),
    row("HTTP_ENABLE", "true", "whether this node takes REST requests"),
    row("HTTP_COMPRESSION", "true", "compress responses for clients that ask for it"),
    row("HTTP_CORS_ENABLE", "false", "answer requests of web pages from other origins"),
    row("HTTP_CORS_ALLOW_ORIGIN", "none", "the origins allowed with HTTP_CORS_ENABLE=true"),
    row("DISCOVERY_SERVICE", "none", "Kubernetes Service to find nodes by; turns on the fabric8 plugin"),
    row("NAMESPACE", "POD_NAMESPACE, else the service account's, else default", "namespace of that Service"),
    row("UNICAST_HOSTS", "none", "hosts of master-eligible nodes to find others by, comma-separated"),
    row("MIN_MASTERS", "majority of MASTER_COUNT", "masters a node must see to elect one"),
    row("LOG_LEVEL", "INFO", "level of the root logger"),
    row("KUBECONFIG", "/kubeconfig", "only in the java.policy template: the file that it makes readable"),
];

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
        assert_eq!(without, ["KUBECONFIG"]);
    }
}
