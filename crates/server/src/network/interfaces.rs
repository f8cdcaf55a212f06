//! The interfaces of a container, and what Java sees of them.

use std::net::IpAddr;

use template::Environment;

use crate::generation::generation;
use crate::jvm_options::JvmOption;
use crate::version::Version;

/// A network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    pub name: String,
    pub addresses: Vec<IpAddr>,
    /// Up and with a carrier, as Java has it.
    pub is_up: bool,
    pub is_loopback: bool,
}

/// All interfaces, in the order of the kernel's numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interfaces {
    pub all: Vec<Interface>,
    /// The kernel lets programs bind to addresses that are not here.
    pub binds_foreign: bool,
}

/// Which addresses Java uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Both kinds, IPv4 before IPv6.
    #[default]
    Both,
    OnlyIpv4,
    /// Both, IPv6 before IPv4.
    Ipv6First,
}

/// What the options of the JVM say about it.
pub fn family(version: Version, environment: &Environment, jvm_options: &[JvmOption]) -> Family {
    let generation = generation(version);
    let has = |option: &str| {
        let variables = ["JAVA_OPTS", generation.java_options, "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"];
        variables
            .iter()
            .any(|name| environment.text_in_process(name).is_some_and(|text| text.contains(option)))
            || jvm_options.iter().any(|line| line.text.contains(option))
    };
    let only_ipv4 =
        environment.set_in_process("ES_USE_IPV4").is_some() || has("-Djava.net.preferIPv4Stack=true");
    if only_ipv4 {
        Family::OnlyIpv4
    } else if has("-Djava.net.preferIPv6Addresses=true") {
        Family::Ipv6First
    } else {
        Family::Both
    }
}

/// More than these help nobody in a message: the machine of a cluster has thousands.
pub(super) const MOST_SHOWN: usize = 8;

/// The first of them, and how many more there are.
pub(super) fn shortened(mut parts: Vec<String>, separator: &str) -> String {
    let left = parts.len().saturating_sub(MOST_SHOWN);
    parts.truncate(MOST_SHOWN);
    let shown = parts.join(separator);
    if left == 0 { shown } else { format!("{shown} and {left} more") }
}

impl Interfaces {
    /// Those that Java sees.
    pub(super) fn of_family(&self, family: Family) -> Self {
        let mut seen = self.clone();
        if family == Family::OnlyIpv4 {
            seen.all.iter_mut().for_each(|interface| interface.addresses.retain(IpAddr::is_ipv4));
        }
        seen
    }

    /// The interface of that name. Its further names, `eth0:1`, are their own, and their addresses also its.
    pub(super) fn with_name(&self, name: &str) -> Option<Interface> {
        let mut found = self.all.iter().find(|interface| interface.name == name)?.clone();
        let further = format!("{name}:");
        for other in self.all.iter().filter(|other| other.name.starts_with(&further)) {
            found.addresses.extend(&other.addresses);
        }
        Some(found)
    }

    /// The addresses of interfaces that are up, each with its interface.
    pub(super) fn up(&self) -> impl Iterator<Item = (&Interface, IpAddr)> {
        let up = self.all.iter().filter(|interface| interface.is_up);
        up.flat_map(|interface| interface.addresses.iter().map(move |address| (interface, *address)))
    }

    /// Whether a program can bind to it. Those of an interface that is down are still here.
    pub(super) fn has(&self, address: IpAddr) -> bool {
        let is_here = self.all.iter().any(|interface| interface.addresses.contains(&address));
        // All of 127.0.0.0/8 leads to the loopback interface.
        is_here
            || (address.is_ipv4()
                && address.is_loopback()
                && self.all.iter().any(|interface| interface.is_loopback))
    }

    /// The first interface that others could reach.
    pub(super) fn reachable(&self) -> Option<&Interface> {
        self.up()
            .find(|(interface, address)| !interface.is_loopback && !is_link_local(*address))
            .map(|(interface, _)| interface)
    }

    /// For a message: `lo 127.0.0.1, eth0 10.0.0.4`.
    pub(super) fn list(&self) -> String {
        let mut parts = Vec::new();
        for interface in &self.all {
            let down = if interface.is_up { "" } else { " (down)" };
            let addresses: Vec<String> = interface.addresses.iter().map(IpAddr::to_string).collect();
            let addresses =
                if addresses.is_empty() { "without address".into() } else { shortened(addresses, " ") };
            parts.push(format!("{}{down} {addresses}", interface.name));
        }
        if parts.is_empty() { "no interface".to_owned() } else { shortened(parts, ", ") }
    }
}

/// RFC 1918, and `fec0::/10`: what Java calls site-local. The addresses of carriers, 100.64.0.0/10, are none.
pub(super) fn is_site_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.segments()[0] & 0xffc0 == 0xfec0,
    }
}

/// 169.254.0.0/16 and `fe80::/10`.
pub(super) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.segments()[0] & 0xffc0 == 0xfe80,
    }
}
