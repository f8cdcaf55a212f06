//! Settings that name an interface, an address or a special name, looked up among the interfaces of this container.
//!
//! Which addresses a name stands for, and which one of several is published, was tried on 1.7.5, 2.3.4 and 5.6.16.

mod interfaces;
mod names;
mod publish;

use crate::generation::generation;
use crate::version::Version;
use diagnostics::Finding;
pub use interfaces::{Family, Interface, Interfaces, family};
use names::{Meaning, hosts, meaning};
use template::{Setting, Settings};

/// The settings with the addresses of a service, the first one set wins: what is bound, and what is published.
const TRANSPORT: [[&str; 4]; 2] = [
    ["transport.bind_host", "transport.host", "network.bind_host", "network.host"],
    ["transport.publish_host", "transport.host", "network.publish_host", "network.host"],
];
const HTTP: [[&str; 4]; 2] = [
    ["http.bind_host", "http.host", "network.bind_host", "network.host"],
    ["http.publish_host", "http.host", "network.publish_host", "network.host"],
];
/// Older names and further services win over these, and are not followed.
const NOT_FOLLOWED: [&str; 3] = ["transport.netty.", "transport.profiles.", "http.netty."];

/// What no interface fits, and what several fit.
pub fn check(settings: &Settings, version: Version, interfaces: &Interfaces, family: Family) -> Vec<Finding> {
    if settings.entries.iter().any(|it| NOT_FOLLOWED.iter().any(|prefix| it.key.starts_with(prefix))) {
        return Vec::new();
    }
    let interfaces = &interfaces.of_family(family);
    let [binds, publishes] = [0, 1].map(|role| {
        let chains: &[_] = if is_off(settings, "http.enabled") { &[TRANSPORT] } else { &[TRANSPORT, HTTP] };
        let mut found: Vec<&Setting> = Vec::new();
        for setting in chains.iter().filter_map(|chain| first_set(settings, &chain[role])) {
            if !found.iter().any(|other| other.key == setting.key) {
                found.push(setting);
            }
        }
        found
    });
    let mut findings = Vec::new();
    for setting in &binds {
        findings.extend(no_address(setting, true, version, interfaces));
    }
    for setting in &publishes {
        if !binds.iter().any(|other| other.key == setting.key) {
            findings.extend(no_address(setting, false, version, interfaces));
        }
    }
    if findings.is_empty()
        && let Some(setting) = first_set(settings, &TRANSPORT[1])
    {
        findings.extend(publish::several(setting, settings, version, interfaces, family));
    }
    findings
}

fn is_off(settings: &Settings, key: &str) -> bool {
    settings.text(key) == Some("false")
}

/// The first of them that has a value; nothing where that cannot be known.
fn first_set<'a>(settings: &'a Settings, keys: &[&str]) -> Option<&'a Setting> {
    let found = keys.iter().filter_map(|key| settings.get(key)).find(|it| it.is_unknown() || it.is_set())?;
    (!found.is_unknown()).then_some(found)
}

/// The first host that nothing here fits. What is only published may be an address of somebody else, who passes it on.
fn no_address(
    setting: &Setting,
    is_bound: bool,
    version: Version,
    interfaces: &Interfaces,
) -> Option<Finding> {
    let names = generation(version).address_names;
    let wrong = hosts(setting, version).into_iter().find_map(|host| {
        let why = match meaning(host, names, interfaces) {
            Meaning::Nothing(why) => why,
            Meaning::Address(address)
                if is_bound && !interfaces.binds_foreign && !interfaces.has(address) =>
            {
                "which is no address of this container".to_owned()
            }
            _ => return None,
        };
        Some((host, why))
    });
    let (host, why) = wrong?;
    let is_plain = matches!(meaning(host, names, interfaces), Meaning::Address(_));
    let message = if setting.secret {
        format!("`{}` names an address that this container does not have", setting.key)
    } else {
        format!("`{}` is `{host}`, {why}", setting.key)
    };
    let here = interfaces.list();
    let bare = host.trim_matches('_');
    let name = if !setting.secret && bare == host && interfaces.with_name(bare).is_some() {
        Some(bare)
    } else {
        interfaces.reachable().map(|interface| interface.name.as_str())
    };
    let value = match name {
        Some(name) => format!("_{name}_"),
        None => "0.0.0.0".to_owned(),
    };
    let write = match setting.variable() {
        Some(variable) => format!("set {variable}={value}"),
        None => format!("write `{}: {value}`", setting.key),
    };
    let else_write = match (is_plain, value == "0.0.0.0") {
        (true, _) => {
            "; an address outside of this container, behind a port mapping, belongs into `network.publish_host` beside \
             `network.bind_host: 0.0.0.0`"
        }
        (false, true) => "",
        (false, false) => {
            ", or 0.0.0.0 for all addresses; in Kubernetes the downward API has the pod's own, `status.podIP`"
        }
    };
    let help = format!("the node would not start; this container has {here}: {write}{else_write}");
    let finding = setting.finding(Finding::error("host/no-address", message)).help(help);
    Some(finding.at(setting.span_of(|element| element == host).clone()))
}

#[cfg(test)]
mod tests;
