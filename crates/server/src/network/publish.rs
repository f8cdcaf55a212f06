//! Which of several addresses other nodes are told.

use std::net::IpAddr;

use super::interfaces::{Family, Interface, Interfaces, MOST_SHOWN, is_link_local, is_site_local, shortened};
use super::names::{Meaning, hosts, meaning};
use crate::discovery;
use crate::generation::{AddressNames, generation};
use crate::version::Version;
use diagnostics::Finding;
use template::{Setting, Settings};

/// More than one address could be published, and the server takes the first one by a rule of its own.
pub(super) fn several(
    setting: &Setting,
    settings: &Settings,
    version: Version,
    interfaces: &Interfaces,
    family: Family,
) -> Option<Finding> {
    let names = generation(version).address_names;
    let candidates = candidates(setting, settings, version, interfaces)?;
    let chosen = match names {
        AddressNames::One => first_of_1(interfaces)?,
        AddressNames::SeveralAndNonLoopback | AddressNames::Several => {
            *candidates.iter().min_by_key(|address| preference(**address, family))?
        }
    };
    let of =
        |address: IpAddr| interfaces.up().find(|(_, own)| *own == address).map(|(interface, _)| interface);
    let mut rivals: Vec<(IpAddr, &Interface)> = Vec::new();
    for address in candidates {
        if rivals.len() > MOST_SHOWN {
            break;
        }
        let is_usable = !address.is_loopback() && !is_link_local(address);
        let is_of_kind = chosen.is_loopback() || address.is_ipv4() == chosen.is_ipv4();
        if is_usable
            && is_of_kind
            && let Some(interface) = of(address)
            // An interface has several addresses of IPv6 as a rule.
            && (address.is_ipv4() || rivals.iter().all(|(_, other)| other.name != interface.name))
            && rivals.iter().all(|(other, _)| *other != address)
        {
            rivals.push((address, interface));
        }
    }
    // Loopback wins where there is no other address of IPv4.
    let fewest = if chosen.is_loopback() { 1 } else { 2 };
    if rivals.len() < fewest {
        return None;
    }
    diagnostics::order::sort_by_key(&mut rivals, |(address, _)| preference(*address, family));
    let list: Vec<String> =
        rivals.iter().map(|(address, interface)| format!("{address} ({})", interface.name)).collect();
    let shown = match setting.shown_text() {
        Some(text) => format!("`{}` is `{text}`, which fits", setting.key),
        None => format!("`{}` fits", setting.key),
    };
    let message = format!("{shown} {}: this node publishes {chosen}", shortened(list, ", "));
    let mut names: Vec<String> = Vec::new();
    for (_, interface) in &rivals {
        let name = format!("`_{}_`", interface.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let example =
        if names.len() == 1 && rivals.len() > 1 { "as an address".to_owned() } else { names.join(" or ") };
    let help = if chosen.is_loopback() {
        format!(
            "that is loopback, which no other node reaches, and IPv4, which is preferred: name an address for the others in \
             `network.publish_host`, {example}"
        )
    } else {
        format!(
            "other nodes connect to the published address and never to another one: where they are not in that network, \
             name the right one in `network.publish_host`, {example}"
        )
    };
    Some(setting.finding(Finding::warning("host/several-addresses", message)).help(help))
}

/// All addresses that the setting stands for; nothing where it names addresses itself, where it cannot be known, or where
/// nobody else wants to find this node.
fn candidates(
    setting: &Setting,
    settings: &Settings,
    version: Version,
    interfaces: &Interfaces,
) -> Option<Vec<IpAddr>> {
    let names = generation(version).address_names;
    let mut found = Vec::new();
    let mut is_open = false;
    for host in hosts(setting, version) {
        match meaning(host, names, interfaces) {
            Meaning::Named(addresses) if names != AddressNames::One => {
                found.extend(addresses);
                is_open |= !discovery::is_single_node(settings);
            }
            Meaning::Wildcard => {
                found.extend(interfaces.up().map(|(_, address)| address));
                is_open |= discovery::cluster_setting(settings).is_some();
            }
            Meaning::Address(address) => found.push(address),
            Meaning::Named(_) | Meaning::Nothing(_) | Meaning::Unknown => return None,
        }
    }
    is_open.then_some(found)
}

/// 1.x takes the first interface that has a fitting address, and of its addresses the one that was added last.
fn first_of_1(interfaces: &Interfaces) -> Option<IpAddr> {
    let fits = |address: &IpAddr| address.is_ipv4() && !address.is_loopback();
    let mut up = interfaces.all.iter().filter(|interface| interface.is_up);
    up.find_map(|interface| interface.addresses.iter().rfind(|address| fits(address))).copied()
}

/// The smallest is published: IPv4 before IPv6, then public, private, link-local, loopback, then by the bytes. Source: the
/// order that 2.3.4 and 5.6.16 were seen to have.
fn preference(address: IpAddr, family: Family) -> (i8, Vec<u8>) {
    let bytes = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let length = i8::try_from(bytes.len()).unwrap_or(i8::MAX);
    let length = if family == Family::Ipv6First { -length } else { length };
    let rank = if address.is_loopback() {
        3
    } else if is_link_local(address) {
        2
    } else {
        i8::from(is_site_local(address))
    };
    (length + rank, bytes)
}
