//! What a host of a setting stands for.

use std::net::IpAddr;

use super::interfaces::{Interfaces, is_link_local, is_site_local};
use crate::generation::{AddressNames, generation};
use crate::odd_host::odd;
use crate::version::Version;
use template::Setting;

/// What the server makes of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A name that stands for these addresses.
    Named(Vec<IpAddr>),
    /// A name that stands for nothing here: the rest of a sentence.
    Nothing(String),
    /// All addresses.
    Wildcard,
    Address(IpAddr),
    /// A host that has to be resolved, or a name that a plugin knows.
    Unknown,
}

/// Names of the discovery plugins for clouds: `_ec2:privateIp_`, `_gce:hostname_`. Source: their documentation.
const OF_PLUGINS: [&str; 3] = ["ec2", "gce", "azure"];

/// The hosts of a setting: up to 1.x it is one.
pub(super) fn hosts(setting: &Setting, version: Version) -> Vec<&str> {
    match generation(version).address_names {
        AddressNames::One => setting.text().into_iter().collect(),
        AddressNames::SeveralAndNonLoopback | AddressNames::Several => setting.elements(),
    }
}

pub(super) fn meaning(host: &str, names: AddressNames, interfaces: &Interfaces) -> Meaning {
    // Told without a look at any machine.
    if odd(host).is_some() {
        return Meaning::Unknown;
    }
    let special = |edge: char| host.strip_prefix(edge)?.strip_suffix(edge).filter(|name| !name.is_empty());
    if let Some(name) = special('_').or_else(|| special('#')) {
        return named(name, names, interfaces);
    }
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    // A link-local address may name its interface.
    match bare.split('%').next().unwrap_or(bare).parse::<IpAddr>() {
        Ok(address) if address.is_unspecified() => Meaning::Wildcard,
        Ok(address) => Meaning::Address(address),
        Err(_) if interfaces.with_name(host).is_some() => Meaning::Nothing(
            "which the server takes for the name of a host: between `_` it is the interface".to_owned(),
        ),
        Err(_) => Meaning::Unknown,
    }
}

fn named(name: &str, names: AddressNames, interfaces: &Interfaces) -> Meaning {
    if OF_PLUGINS.iter().any(|plugin| name.split(':').next() == Some(plugin)) {
        return Meaning::Unknown;
    }
    let (base, kind) = match name.rsplit_once(':') {
        Some((base, "ipv4")) => (base, Some(true)),
        Some((base, "ipv6")) => (base, Some(false)),
        _ => (name, None),
    };
    let of_scope = |what: &str, fits: &dyn Fn(IpAddr) -> bool| {
        let found = interfaces.up().map(|(_, address)| address).filter(|address| fits(*address)).collect();
        (found, format!("but no interface of this container has {what}"))
    };
    let (mut addresses, why): (Vec<IpAddr>, String) = match (base, names) {
        // 1.x takes the address of the machine's name for the first, and all addresses where it finds none for the second.
        // The others it does not know, as `settings/not-yet` says, nor do later versions `_non_loopback_`: `settings/removed`.
        ("local" | "non_loopback" | "site" | "global", AddressNames::One)
        | ("non_loopback", AddressNames::Several) => return Meaning::Unknown,
        ("local", _) => of_scope("a loopback address", &|address| address.is_loopback()),
        ("site", _) => of_scope("a private address", &is_site_local),
        ("global", _) => of_scope("a public address", &|address| {
            !address.is_loopback() && !is_site_local(address) && !is_link_local(address)
        }),
        ("non_loopback", AddressNames::SeveralAndNonLoopback) => {
            let first = interfaces.up().find(|(_, address)| !address.is_loopback()).map(|(it, _)| it);
            let all = first.map(|interface| interface.addresses.clone()).unwrap_or_default();
            let found = all.into_iter().filter(|address| !address.is_loopback()).collect();
            (found, "but this container has no other interface than loopback".to_owned())
        }
        _ => match interfaces.with_name(base) {
            None => return Meaning::Nothing(format!("but this container has no interface `{base}`")),
            Some(interface) if !interface.is_up => {
                return Meaning::Nothing(format!("but the interface `{base}` is not up"));
            }
            Some(interface) => (interface.addresses, format!("but the interface `{base}` has no address")),
        },
    };
    if addresses.is_empty() {
        return Meaning::Nothing(why);
    }
    if let Some(is_ipv4) = kind {
        addresses.retain(|address| address.is_ipv4() == is_ipv4);
        if addresses.is_empty() {
            let version = if is_ipv4 { "IPv4" } else { "IPv6" };
            return Meaning::Nothing(format!("but none of these addresses is of {version}"));
        }
    }
    Meaning::Named(addresses)
}
