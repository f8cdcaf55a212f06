//! The names in a list of hosts that are looked up before the server starts.
//!
//! Up to 6.x the server knows no records of services, and up to 2.x it looks a name up once, when it starts: what has no
//! address then is never found. From 7.0 on it does all of this by itself.

use std::net::IpAddr;

use crate::generation::{Election, generation};
use crate::version::Version;
use template::{Setting, Settings};

/// The variable whose hosts are looked up. Its older name is passed on as it is.
pub const VARIABLE: &str = "DISCOVERY_HOSTS";

/// What an element of the list asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// An address, or what no name server knows.
    Nothing,
    /// The addresses of a name; what follows the name is the port, as it is written.
    Host { name: &'a str, port: &'a str },
    /// The hosts and ports of a service, see RFC 2782: `_transport._tcp.es`.
    Service(&'a str),
}

/// What that element asks for.
pub fn wanted(element: &str) -> Wanted<'_> {
    let end = element.find([':', '[']).unwrap_or(element.len());
    let (name, port) = element.split_at(end);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_plain) || element.parse::<IpAddr>().is_ok() {
        return Wanted::Nothing;
    }
    // `10.0.0.4:9300`, and an address of version 6 without brackets.
    if name.parse::<IpAddr>().is_ok() || port.matches(':').count() > 1 {
        return Wanted::Nothing;
    }
    let mut labels = name.split('.');
    let is_service =
        (&mut labels).take(2).filter(|label| label.len() > 1 && label.starts_with('_')).count() == 2;
    if is_service && labels.next().is_some() && port.is_empty() {
        Wanted::Service(name)
    } else {
        Wanted::Host { name, port }
    }
}

/// That address and port as an element of the list.
pub fn element(address: IpAddr, port: &str) -> String {
    match address {
        IpAddr::V4(address) => format!("{address}{port}"),
        IpAddr::V6(address) => format!("[{address}]{port}"),
    }
}

/// The setting with hosts that are looked up before the server starts: those of [`VARIABLE`], up to 6.x.
pub fn looked_up(settings: &Settings, version: Version) -> Option<&Setting> {
    if generation(version).election != Election::MinimumMasters {
        return None;
    }
    let hosts = settings.get("discovery.zen.ping.unicast.hosts")?;
    hosts.variables.iter().any(|name| name == VARIABLE).then_some(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_element_asks_for() {
        for element in [
            "10.0.0.4",
            "10.0.0.4:9300",
            "[::1]:9300",
            "fd00::1",
            "::1",
            "",
            "a b",
            "${HOST}",
            "\"a\"",
            "a/8",
        ] {
            assert_eq!(wanted(element), Wanted::Nothing, "{element}");
        }
        for (element, name, port) in [
            ("es", "es", ""),
            ("es-0.es.logs.svc.cluster.local.", "es-0.es.logs.svc.cluster.local.", ""),
            ("es:9310", "es", ":9310"),
            ("es[9300-9400]", "es", "[9300-9400]"),
            ("_es", "_es", ""),
            ("_a._b", "_a._b", ""),
            ("_transport._tcp.es:9300", "_transport._tcp.es", ":9300"),
        ] {
            assert_eq!(wanted(element), Wanted::Host { name, port }, "{element}");
        }
        assert_eq!(wanted("_transport._tcp.es.logs"), Wanted::Service("_transport._tcp.es.logs"));
    }

    #[test]
    fn addresses_are_written_as_the_list_has_them() {
        assert_eq!(element("10.0.0.4".parse().unwrap(), ":9310"), "10.0.0.4:9310");
        assert_eq!(element("fd00::1".parse().unwrap(), ""), "[fd00::1]");
    }
}
