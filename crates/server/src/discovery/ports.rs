//! Discovery hosts with the wrong port.

use super::keys::HOSTS;
use crate::generation::generation;
use crate::version::Version;
use diagnostics::Finding;
use template::{Setting, Settings};

/// Hosts with an HTTP port.
pub(super) fn check(settings: &Settings, version: Version) -> Vec<Finding> {
    HOSTS
        .iter()
        .filter_map(|key| settings.get(key))
        .filter_map(|hosts| host(settings, hosts, version))
        .collect()
}

fn host(settings: &Settings, hosts: &Setting, version: Version) -> Option<Finding> {
    let transport = first_port(settings, &["transport.port", "transport.tcp.port"], 9300)?;
    let http = first_port(settings, &["http.port"], 9200)?;
    let is_wrong = |host: &str| split(host).1.is_some_and(|port| is_http(port, transport, http));
    let wrong: Vec<&str> = hosts.elements().into_iter().filter(|host| is_wrong(host)).collect();
    let which = which(hosts, wrong.first()?, wrong.len() - 1);
    let message = format!("`{}` names the HTTP port instead of the transport port{which}", hosts.key);
    let fix = if transport == 9300 {
        "leave the port out, or write 9300".to_owned()
    } else {
        format!("write the transport port, {transport} on this node")
    };
    let log = generation(version).wrong_port_log;
    let help = format!(
        "{fix}: nodes find each other over transport only; a node that is asked on its HTTP port logs {log}"
    );
    let finding = hosts.finding(Finding::error("discovery/http-port", message)).help(help);
    Some(finding.at(hosts.span_of(is_wrong).clone()))
}

/// The hosts of the message, where they may be shown.
fn which(hosts: &Setting, first: &str, more: usize) -> String {
    let is_fit = first.len() <= 100 && !first.contains(|char: char| char.is_control() || char == '`');
    match more {
        _ if hosts.is_secret() || !is_fit => String::new(),
        0 => format!(": `{first}`"),
        more => format!(": `{first}` and {more} more"),
    }
}

/// Whether HTTP listens on that port, as far as the settings of this node and the defaults say.
pub(super) fn is_http(port: u16, transport: u16, http: u16) -> bool {
    port != transport && (port == http || (9200..9300).contains(&port))
}

/// The first port of a setting like `9300` or `9300-9400`; nothing where it is unknown.
pub(super) fn first_port(settings: &Settings, keys: &[&str], default: u16) -> Option<u16> {
    if keys.iter().any(|key| settings.get(key).is_some_and(Setting::is_unknown)) {
        return None;
    }
    let text = keys.iter().find_map(|key| settings.text(key)).unwrap_or_default();
    Some(text.split(['-', ',']).next().and_then(|port| port.trim().parse().ok()).unwrap_or(default))
}

/// A host and its (first) port: `host:9300`, `[::1]:9300`, `host[9300-9400]`, `host:9300-9400`.
pub(super) fn split(host: &str) -> (&str, Option<u16>) {
    let number = |text: &str| text.split('-').next().and_then(|first| first.trim().parse().ok());
    if let Some(inner) = host.strip_prefix('[') {
        return match inner.split_once(']') {
            Some((address, rest)) => (address, rest.strip_prefix(':').and_then(number)),
            None => (host, None),
        };
    }
    if let Some((name, range)) = host.split_once('[') {
        return (name, range.strip_suffix(']').and_then(number));
    }
    match host.split_once(':') {
        // More than one colon is an IPv6 address without a port.
        Some((name, port)) if !port.contains(':') => (name, number(port)),
        _ => (host, None),
    }
}
