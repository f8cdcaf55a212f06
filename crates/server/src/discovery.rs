//! How nodes find each other, and what goes wrong there.

mod hosts;
mod keys;
pub mod kubernetes;
pub mod names;
mod plugins;
mod ports;

use crate::generation::generation;
use crate::launch::variables::Mapping;
use crate::settings::catalogue::first_known;
use crate::settings::kinds::{self, Reading};
use crate::version::Version;
use diagnostics::Finding;
use keys::{HOSTS, PROVIDERS, SERVICE, TYPE};
pub use ports::in_file;
use template::{Setting, Settings};

/// The setting by which this node looks for others; nothing on a single node.
pub fn cluster_setting(settings: &Settings) -> Option<&Setting> {
    let is_single = is_single_node(settings);
    let keys = HOSTS.iter().chain(&[SERVICE]).chain(PROVIDERS.iter());
    let by_value = keys.filter_map(|key| settings.get(key)).find(|setting| setting.is_set());
    let by_type = || settings.get(TYPE).filter(|setting| is_plugin_type(setting));
    // On by default up to 1.x, where it finds no node in most container networks: it counts only where it is asked for.
    let by_multicast = || settings.get(MULTICAST).filter(|setting| setting.text() == Some("true"));
    if is_single { None } else { by_value.or_else(by_type).or_else(by_multicast) }
}

/// Nothing at all is said of how nodes find each other, as `DiscoveryConfiguredCheck` sees it: also an empty list says
/// something.
pub(crate) fn is_silent(settings: &Settings) -> bool {
    let has_type = settings
        .get(TYPE)
        .is_some_and(|it| it.is_unknown() || !matches!(it.text(), None | Some("" | "zen" | "multi-node")));
    let is_said = |setting: &Setting| {
        let key = setting.key.as_str();
        HOSTS.contains(&key)
            || PROVIDERS.contains(&key)
            || ["cluster.initial_master_nodes", "cluster.initial_cluster_manager_nodes"].contains(&key)
    };
    !has_type && !settings.entries.iter().any(is_said)
}

/// The same where it leads out of this machine: hosts that are only loopback, which is the default written out, find no
/// node of another one.
pub(crate) fn cluster_of_machines(settings: &Settings) -> Option<&Setting> {
    cluster_setting(settings).filter(|setting| !is_loopback_only(setting))
}

fn is_loopback_only(setting: &Setting) -> bool {
    let hosts = setting.elements();
    HOSTS.contains(&setting.key.as_str())
        && !hosts.is_empty()
        && hosts.iter().all(|host| is_loopback(ports::split(host).0))
}

/// A host that is asked for other nodes.
#[derive(Clone, Copy, Debug)]
pub struct Seed<'a> {
    pub setting: &'a Setting,
    pub host: &'a str,
    pub port: Option<u16>,
}

/// All hosts that are asked for other nodes, as far as they are known.
pub fn seeds(settings: &Settings) -> impl Iterator<Item = Seed<'_>> {
    HOSTS.iter().filter_map(|key| settings.get(key)).flat_map(|setting| {
        setting.elements().into_iter().map(move |entry| {
            let (host, port) = ports::split(entry);
            Seed { setting, host, port }
        })
    })
}

/// Whether this node may look for others in a way that is not known.
pub fn has_unknown_way(settings: &Settings) -> bool {
    let keys = HOSTS.iter().chain(&[SERVICE, TYPE, MULTICAST]).chain(PROVIDERS.iter());
    keys.filter_map(|key| settings.get(key)).any(Setting::is_unknown)
}

/// The port on which this node listens for others; nothing where it is not known.
pub fn transport_port(settings: &Settings) -> Option<u16> {
    ports::first_port(settings, &["transport.port", "transport.tcp.port"], 9300)
}

/// Whether HTTP listens on that port, and not the transport, as far as is known.
pub fn is_http_port(settings: &Settings, port: u16) -> bool {
    let transport = transport_port(settings);
    let http = ports::first_port(settings, &["http.port"], 9200);
    transport.zip(http).is_some_and(|(transport, http)| ports::is_http(port, transport, http))
}

/// Whether this node is or may be alone by its own will: one whose type is not known may be.
pub(crate) fn is_single_node(settings: &Settings) -> bool {
    settings.get(TYPE).is_some_and(|setting| setting.is_unknown() || setting.text() == Some("single-node"))
}

const MULTICAST: &str = "discovery.zen.ping.multicast.enabled";

fn is_plugin_type(setting: &Setting) -> bool {
    !matches!(setting.text(), None | Some("" | "zen" | "local" | "single-node" | "multi-node" | "legacy-zen"))
}

/// All findings about discovery; `plugins` are the names of the installed ones, when they are known.
pub fn check(settings: &Settings, version: Version, plugins: Option<&[String]>) -> Vec<Finding> {
    let mut findings = plugins::check(settings, version, plugins);
    findings.extend(ports::check(settings, version));
    findings.extend(hosts::check(settings, version));
    findings.extend(incomplete(settings, version));
    findings.extend(multicast(settings, version));
    findings.extend(loopback(settings, version));
    findings
}

/// The Kubernetes plugin silently does nothing when its service or namespace is missing.
fn incomplete(settings: &Settings, version: Version) -> Option<Finding> {
    let wanted = plugins::kubernetes_setting(settings)?;
    if !generation(version).has_kubernetes_plugin {
        return None;
    }
    let key = [SERVICE, "cloud.kubernetes.namespace"].into_iter().find(|key| settings.is_unset(key))?;
    let variable = if key == SERVICE { "DISCOVERY_SERVICE" } else { "NAMESPACE" };
    let message = format!("Kubernetes discovery is asked for, but `{key}` has no value");
    let help = format!(
        "the plugin silently stays inactive and every node becomes a cluster of its own; set {variable}"
    );
    let span =
        settings.get(key).map_or_else(|| wanted.value_span.clone(), |setting| setting.value_span.clone());
    Some(Finding::error("discovery/incomplete", message).at(span).setting(key).variable(variable).help(help))
}

/// On 1.x every node of the same name that multicast reaches joins, asked for or not.
fn multicast(settings: &Settings, version: Version) -> Option<Finding> {
    if !generation(version).has_multicast || settings.entries.is_empty() {
        return None;
    }
    let setting = settings.get(MULTICAST);
    if setting.is_some_and(Setting::is_unknown) {
        return None;
    }
    if setting.and_then(|setting| kinds::reading(setting, version)) == Some(Reading::False) {
        return None;
    }
    let message = format!("multicast discovery is on in {}", version.name());
    let help = format!(
        "any node with the same `cluster.name` on this network joins this cluster; add `{MULTICAST}: false` and \
         name the hosts in `discovery.zen.ping.unicast.hosts`"
    );
    let finding = Finding::warning("discovery/multicast", message).help(help);
    Some(match setting.or_else(|| settings.get("cluster.name")).or(settings.entries.first()) {
        Some(setting) => finding.at(setting.value_span.clone()).setting(MULTICAST),
        None => finding.setting(MULTICAST),
    })
}

/// Several masters, and nothing says where the others are. `masters` is the number of master-eligible nodes where somebody says
/// it, and `are_apart` that they are certainly on other machines.
/// `mapping` is who makes settings of variables, where that is a way to name the hosts.
pub fn no_hosts(
    settings: &Settings,
    version: Version,
    masters: u32,
    are_apart: bool,
    mapping: Mapping,
) -> Option<Finding> {
    let has_type =
        settings.get(TYPE).is_some_and(|setting| !matches!(setting.text(), Some("" | "zen" | "multi-node")));
    if masters < 2 || generation(version).has_multicast || has_type || has_unknown_way(settings) {
        return None;
    }
    // Hosts that are only loopback are the default written out.
    let loopback = cluster_setting(settings).filter(|setting| are_apart && is_loopback_only(setting));
    if cluster_setting(settings).is_some() && loopback.is_none() {
        return None;
    }
    let names_others = |key: &&str| settings.get(key).is_some_and(|it| it.is_set() && !is_loopback_only(it));
    if HOSTS.iter().chain(&[SERVICE]).chain(PROVIDERS.iter()).any(|key| names_others(&&**key)) {
        return None;
    }
    let own = ADDRESSES.iter().filter_map(|key| settings.get(key)).find(|setting| setting.is_set());
    let leads_out = own.is_some_and(|own| own.elements().iter().any(|host| !is_loopback(host)));
    if !are_apart && !leads_out {
        return None;
    }
    let hosts = loopback.or_else(|| HOSTS.iter().find_map(|key| settings.get(key)));
    let known: Vec<&str> = HOSTS.iter().map(|key| &**key).collect();
    let key = hosts.map(|setting| setting.key.as_str()).or(first_known(version, &known))?;
    let what =
        if loopback.is_some() { "names this machine only" } else { "does not say where the others are" };
    let message = format!("the cluster has {masters} master-eligible nodes, and `{key}` {what}");
    let is_variable = mapping.setting_of(key).is_some();
    let remedy = match hosts.and_then(|setting| setting.variables.first()) {
        Some(variable) => {
            format!("set {variable} to the hosts of the master-eligible nodes, separated by commas")
        }
        None if is_variable => {
            format!("set the variable `{key}` to the hosts of the master-eligible nodes, separated by commas")
        }
        None => format!(
            "write `{key}: [\"es-0\", \"es-1\", \"es-2\"]`, with the hosts of the master-eligible nodes"
        ),
    };
    let finding = Finding::error("discovery/no-hosts", message);
    Some(
        match hosts.or(own) {
            Some(setting) if loopback.is_some() => setting.finding(finding),
            Some(setting) => finding.at(setting.value_span.clone()),
            None => finding,
        }
        .setting(key)
        .help(format!(
            "each node looks for others on its own machine only, and no master is ever elected: {remedy}"
        )),
    )
}

/// Where a node can be reached, the first that is set.
const ADDRESSES: [&str; 4] = ["transport.host", "transport.bind_host", "network.bind_host", "network.host"];

/// Other hosts are named, but this node can be reached from its own loopback only.
fn loopback(settings: &Settings, version: Version) -> Option<Finding> {
    let cluster = cluster_setting(settings)?;
    // 1.x binds to all addresses when nothing is said.
    if !generation(version).binds_to_loopback {
        return None;
    }
    let keys = ADDRESSES;
    if keys.iter().any(|key| settings.get(key).is_some_and(Setting::is_unknown)) {
        return None;
    }
    let own = keys.iter().find_map(|key| settings.get(key).filter(|setting| setting.is_set()));
    if own.is_some_and(|setting| setting.elements().iter().any(|host| !is_loopback(host))) {
        return None;
    }
    if is_loopback_only(cluster) {
        return None;
    }
    let message = format!(
        "a cluster is configured, but other nodes cannot reach this one: {}",
        match own {
            Some(setting) => format!("`{}` is loopback", setting.key),
            None => "`network.host` is not set, which means loopback".to_owned(),
        }
    );
    // A variable helps only where the file asks for it.
    let remedy = match own.map(|setting| (setting.variables.first(), &setting.key)) {
        Some((Some(variable), _)) => format!("set {variable}=_site_"),
        Some((None, key)) => format!("write `{key}: _site_`"),
        None => "add `network.host: _site_`".to_owned(),
    };
    let help = format!("{remedy} (the container's or pod's private address), or 0.0.0.0 for all addresses");
    let finding = Finding::warning("discovery/loopback", message);
    Some(
        match own {
            Some(setting) => setting.finding(finding),
            None => finding.at(cluster.value_span.clone()).setting("network.host"),
        }
        .help(help),
    )
}

fn is_loopback(host: &str) -> bool {
    host == "_local_"
        || host == "localhost"
        || host == "_local:ipv4_"
        || host == "_local:ipv6_"
        || host == "::1"
        || host == "[::1]"
        || host
            .strip_prefix("127.")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

#[cfg(test)]
mod tests;
