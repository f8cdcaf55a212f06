//! The variables that Kubernetes sets for Services. Source: "Environment variables" in "Service"; `links.rs` of the crate
//! `kubernetes` makes them.

use std::net::IpAddr;

/// Whether Kubernetes set that variable for a Service: `NAME_PORT=tcp://10.0.0.1:9300` and its relatives.
pub fn is_service_link(name: &str, value: &str) -> bool {
    if !(name.ends_with("_PORT") || name.contains("_PORT_")) {
        return false;
    }
    let Some((scheme, address)) = value.split_once("://") else { return false };
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    matches!(scheme, "tcp" | "udp" | "sctp") && bare.parse::<IpAddr>().is_ok() && port.parse::<u16>().is_ok()
}

/// The same with all of that Service's relatives: `NAME_SERVICE_HOST`, `NAME_SERVICE_PORT_HTTP`, `NAME_PORT_9200_TCP_ADDR`. Names
/// alone could be a typing error of somebody who means us.
pub fn is_of_service(name: &str, value: &str) -> bool {
    let is_port = value.parse::<u16>().is_ok();
    let is_address = value.parse::<IpAddr>().is_ok();
    let of_service = (name.ends_with("_SERVICE_HOST") && is_address)
        || ((name.ends_with("_SERVICE_PORT") || name.contains("_SERVICE_PORT_")) && is_port);
    let is_url = is_service_link(name, value);
    of_service
        || match name.rsplit_once('_') {
            Some((stem, "PROTO")) if names_port(stem) => matches!(value, "tcp" | "udp" | "sctp"),
            Some((stem, "PORT")) if names_port(stem) => is_port,
            Some((stem, "ADDR")) if names_port(stem) => is_address,
            Some((_, "PORT")) => is_url,
            _ => names_port(name) && is_url,
        }
}

/// Whether the name ends like `…_PORT_9200_TCP`.
fn names_port(name: &str) -> bool {
    let mut words = name.rsplit('_');
    matches!(words.next(), Some("TCP" | "UDP" | "SCTP"))
        && words.next().is_some_and(|port| port.parse::<u16>().is_ok())
        && words.next() == Some("PORT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_links() {
        for (name, value, link) in [
            ("ES_PORT", "tcp://10.0.0.1:9300", true),
            ("ES_PORT_9300_TCP", "tcp://10.0.0.1:9300", true),
            ("ES_PORT", "udp://[fd00::1]:53", true),
            ("ES_PORT", "9300", false),
            ("ES_PORT", "tcp://host:9300", false),
            ("ES_PORT", "tcp://10.0.0.1:9300/x", false),
            ("ES_URL", "tcp://10.0.0.1:9300", false),
        ] {
            assert_eq!(is_service_link(name, value), link, "{name}={value}");
        }
    }
}
