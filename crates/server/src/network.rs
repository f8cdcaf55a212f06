//! Settings that name an interface, an address or a special name, looked up among the interfaces of this container.
//!
//! Which addresses a name stands for, and which one of several is published, was tried on 1.7.5, 2.3.4 and 5.6.16.

mod chains;
mod health;
mod interfaces;
mod names;
mod ports;
mod publish;
mod shapes;

use crate::generation::generation;
use crate::version::Version;
use chains::{TRANSPORT, first_set, named};
use diagnostics::Finding;
pub use health::{Listener, Questions, Service, Target};
pub use interfaces::{Family, Interface, Interfaces, family};
use names::{Meaning, hosts, meaning};
pub use ports::{privileged, same_port};
pub use shapes::invalid;
use template::{Setting, Settings};

/// What no interface fits, and what several fit.
pub fn check(settings: &Settings, version: Version, interfaces: &Interfaces, family: Family) -> Vec<Finding> {
    let [binds, publishes] = named(settings);
    let interfaces = &interfaces.of_family(family);
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
        && publishes.iter().any(|other| other.key == setting.key)
    {
        findings.extend(publish::several(setting, settings, version, interfaces, family));
    }
    findings
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
    let message = if setting.is_secret() {
        format!("`{}` names an address that this container does not have", setting.key)
    } else {
        format!("`{}` is `{host}`, {why}", setting.key)
    };
    let here = interfaces.list();
    let bare = host.trim_matches('_');
    let name = if !setting.is_secret() && bare == host && interfaces.with_name(bare).is_some() {
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
