//! The network interfaces of this network namespace.

use std::net::IpAddr;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::SockaddrStorage;
use server::network::{Interface, Interfaces};

use super::read::system_text;

/// Nothing where the system does not say it.
pub(super) fn interfaces() -> Option<Interfaces> {
    let mut all: Vec<Interface> = Vec::new();
    for entry in getifaddrs().ok()? {
        let place = if let Some(place) = all.iter().position(|it| it.name == entry.interface_name) {
            place
        } else {
            let flags = entry.flags;
            all.push(Interface {
                name: entry.interface_name,
                addresses: Vec::new(),
                is_up: flags.contains(InterfaceFlags::IFF_UP | InterfaceFlags::IFF_RUNNING),
                is_loopback: flags.contains(InterfaceFlags::IFF_LOOPBACK),
            });
            all.len() - 1
        };
        all[place].addresses.extend(entry.address.as_ref().and_then(ip_address));
    }
    let is_on = |family: &str| {
        system_text(&format!("/proc/sys/net/{family}/ip_nonlocal_bind"), 16).trim().parse() == Ok(1)
    };
    Some(Interfaces { all, binds_foreign: is_on("ipv4") || is_on("ipv6") })
}

fn ip_address(address: &SockaddrStorage) -> Option<IpAddr> {
    let of_4 = address.as_sockaddr_in().map(|address| IpAddr::V4(address.ip()));
    of_4.or_else(|| address.as_sockaddr_in6().map(|address| IpAddr::V6(address.ip())))
}
