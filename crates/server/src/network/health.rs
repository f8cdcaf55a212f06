//! What a node answers on, by its settings and by the sockets of its network: whom `health` asks.
//!
//! Tried on 1.7.5 to 9.2.0 and OpenSearch: of a range of ports each service takes the first that it can have, so that only the
//! kernel knows which one that is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::chains::{HTTP, TRANSPORT, is_followed};
use super::interfaces::{Interfaces, is_link_local};
use super::names::{Meaning, hosts, meaning};
use super::ports::{self, PortsOf, ports};
use crate::generation::generation;
use crate::settings::kinds::{Reading, reading};
use crate::version::Version;
use template::{Setting, Settings};

/// A socket on which somebody listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    pub address: SocketAddr,
    /// The user of the process.
    pub uid: u32,
    /// The number of the socket, by which its process knows it.
    pub inode: u64,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Http,
    /// HTTP with TLS.
    Https,
    /// The service for other nodes, where HTTP is switched off.
    Transport,
    /// `readiness.port`, which is open as long as the node is in a cluster. It closes every connection.
    Readiness,
}

/// A service of this node, and where it may be bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub service: Service,
    /// The first and the last port; 0 is any port.
    ports: (u16, u16),
    /// Ports that are certainly another service's.
    not: (u16, u16),
    /// Nothing: any address.
    hosts: Option<Vec<IpAddr>>,
    /// Of this container. Nobody else is ever asked, whatever the kernel lets a server bind.
    interfaces: Interfaces,
}

/// Whom to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Questions {
    /// One after the other, until one answers. All of them are addresses of this machine.
    Ask(Vec<SocketAddr>),
    /// Nobody listens there; `others` say that somebody else does.
    Nobody { others: bool },
}

impl Target {
    /// The service that tells whether the node of these settings lives, or whether it is ready.
    pub fn of(settings: &Settings, version: Version, interfaces: &Interfaces, is_ready: bool) -> Self {
        let is = |key: &str, wanted: Reading| {
            settings.get(key).is_some_and(|it| it.is_set() && reading(it, version) == Some(wanted))
        };
        let range = |service: PortsOf| ports(settings, service).map_or(service.2, |(range, _)| range);
        let own = settings
            .text("readiness.port")
            .filter(|_| is_ready && generation(version).refuses_unknown_settings)
            .and_then(|port| port.trim().parse().ok())
            .filter(|port| *port != 0);
        let target =
            |service, ports, hosts| Self { service, ports, not: NONE, hosts, interfaces: interfaces.clone() };
        if let Some(port) = own {
            return target(Service::Readiness, (port, port), None);
        }
        let transport = range(ports::TRANSPORT);
        if is("http.enabled", Reading::False) {
            let hosts = bound(settings, &TRANSPORT[0], version, interfaces);
            return target(Service::Transport, transport, hosts);
        }
        // Where it is switched off as a whole, security has no TLS either.
        let is_off =
            is("xpack.security.enabled", Reading::False) || is("plugins.security.disabled", Reading::True);
        let has_tls = !is_off && TLS.iter().any(|key| is(key, Reading::True));
        let service = if has_tls { Service::Https } else { Service::Http };
        let ports = range(ports::HTTP);
        let mut target = target(service, ports, bound(settings, &HTTP[0], version, interfaces));
        if ports.0 != ports.1 || ports.0 == 0 {
            target.not = transport;
        }
        target
    }

    /// Whom to ask. `uid` is the user of the server, where it runs; `own` gives the numbers of its sockets, where these can
    /// be had: only what is left undecided by the rest needs them.
    pub fn questions(
        &self,
        listeners: &[Listener],
        uid: Option<u32>,
        own: impl FnOnce() -> Option<Vec<u64>>,
    ) -> Questions {
        let has = |(first, last): (u16, u16), port: u16| (first..=last).contains(&port);
        let mut found: Vec<Listener> = listeners
            .iter()
            .map(|it| {
                let ip = it.address.ip().to_canonical();
                Listener { address: SocketAddr::new(ip, it.address.port()), ..*it }
            })
            .filter(|it| self.ports.0 == 0 || has(self.ports, it.address.port()))
            .filter(|it| !has(self.not, it.address.port()))
            .collect();
        let all = found.len();
        found.retain(|it| it.address.ip().is_unspecified() || self.is_own(it.address.ip()));
        found.retain(|it| uid.is_none_or(|uid| it.uid == uid));
        if let Some(hosts) = &self.hosts {
            found.retain(|it| hosts.contains(&it.address.ip()));
        }
        let port = |it: &Listener| it.address.port();
        if found.iter().any(|it| port(it) != port(&found[0]))
            && let Some(own) = own()
        {
            found.retain(|it| own.contains(&it.inode));
        }
        // Of those of other users and nodes, the first is as likely as any; a port that nobody chose can be every one.
        if let Some(lowest) = found.iter().map(port).min().filter(|_| self.ports.0 != 0) {
            found.retain(|it| port(it) == lowest);
        }
        if found.is_empty() {
            return Questions::Nobody { others: all > 0 };
        }
        diagnostics::order::sort_by_key(&mut found, |it| {
            let ip = it.address.ip();
            let is_near = ip.is_loopback() || ip.is_unspecified();
            (port(it), !is_near, is_link_local(ip), ip)
        });
        Questions::Ask(found.iter().flat_map(|it| reachable(it.address)).collect())
    }

    /// Whom to ask where the sockets cannot be had.
    pub fn guesses(&self) -> Vec<SocketAddr> {
        let of_loopback = || vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let hosts = self.hosts.clone().unwrap_or_else(of_loopback);
        let own = hosts.into_iter().filter(|host| self.is_own(*host));
        own.map(|host| SocketAddr::new(host, self.ports.0)).collect()
    }

    fn is_own(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.interfaces.has(address)
    }

    /// `the HTTP port 9200`, for a message.
    pub fn name(&self) -> String {
        let name = match self.service {
            Service::Http | Service::Https => "HTTP",
            Service::Transport => "transport",
            Service::Readiness => "readiness",
        };
        match self.ports {
            (0, _) => format!("any port for {name}"),
            (first, last) if first == last => format!("the {name} port {first}"),
            (first, last) => format!("the {name} ports {first}-{last}"),
        }
    }
}

/// No port.
const NONE: (u16, u16) = (1, 0);

/// TLS on HTTP, by the name of whoever brings it.
const TLS: [&str; 5] = [
    "xpack.security.http.ssl.enabled",
    "plugins.security.ssl.http.enabled",
    "opendistro_security.ssl.http.enabled",
    "searchguard.ssl.http.enabled",
    "shield.http.ssl",
];

/// The addresses that a service is bound to; nothing where they can be any.
fn bound(
    settings: &Settings,
    chain: &[&str],
    version: Version,
    interfaces: &Interfaces,
) -> Option<Vec<IpAddr>> {
    if !is_followed(settings) {
        return None;
    }
    let generation = generation(version);
    let set = chain.iter().filter_map(|key| settings.get(key)).find(|it: &&Setting| it.is_set_or_unknown());
    let Some(setting) = set else {
        let names =
            generation.binds_to_loopback.then(|| meaning("_local_", generation.address_names, interfaces))?;
        return addresses(names);
    };
    let mut all = Vec::new();
    for host in hosts(setting, version) {
        all.append(&mut addresses(meaning(host, generation.address_names, interfaces))?);
    }
    (!all.is_empty()).then_some(all)
}

fn addresses(meaning: Meaning) -> Option<Vec<IpAddr>> {
    match meaning {
        Meaning::Named(addresses) => Some(addresses),
        Meaning::Address(address) => Some(vec![address.to_canonical()]),
        Meaning::Nothing(_) | Meaning::Wildcard | Meaning::Unknown => None,
    }
}

/// Where a socket can be reached that is bound to all addresses: those of IPv6 take IPv4, too, unless they are told not to.
fn reachable(bound: SocketAddr) -> Vec<SocketAddr> {
    let ip = bound.ip();
    let v4 = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), bound.port());
    match ip {
        _ if !ip.is_unspecified() => vec![bound],
        IpAddr::V4(_) => vec![v4],
        IpAddr::V6(_) => vec![v4, SocketAddr::new(Ipv6Addr::LOCALHOST.into(), bound.port())],
    }
}

#[cfg(test)]
mod tests;
