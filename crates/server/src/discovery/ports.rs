//! Discovery hosts with the wrong port.

use super::keys::{HOSTS, PROVIDERS};
use crate::generation::generation;
use crate::version::Version;
use diagnostics::{Finding, Secrets, Source, Span};
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
    let finding =
        hosts.finding(Finding::error("discovery/http-port", message)).help(help(transport, version));
    Some(finding.at(hosts.span_of(is_wrong).clone()))
}

/// The same in `unicast_hosts.txt`, one host a line, where the provider `file` reads it. `text` is that of the rendered file,
/// and `name` that of its template.
pub fn in_file(settings: &Settings, version: Version, name: &str, text: &str) -> Option<Finding> {
    let transport = first_port(settings, &["transport.port", "transport.tcp.port"], 9300)?;
    let http = first_port(settings, &["http.port"], 9200)?;
    let reads_it = |setting: &Setting| setting.elements().contains(&"file");
    if !PROVIDERS.iter().filter_map(|key| settings.get(key)).any(reads_it) {
        return None;
    }
    let mut at = 0;
    let wrong = text.split_inclusive('\n').find_map(|line| {
        let (host, start) = (line.trim(), at + line.len() - line.trim_start().len());
        at += line.len();
        let is_wrong = !host.starts_with('#') && split(host).1.is_some_and(|it| is_http(it, transport, http));
        is_wrong.then_some(start..start + host.len())
    })?;
    let message = format!("`{name}` names the HTTP port instead of the transport port");
    let finding = Finding::error("discovery/http-port", message).help(help(transport, version));
    Some(finding.at(Span::new(&Source::new(name, text, Secrets::none), wrong)))
}

fn help(transport: u16, version: Version) -> String {
    let fix = if transport == 9300 {
        "leave the port out, or write 9300".to_owned()
    } else {
        format!("write the transport port, {transport} on this node")
    };
    let log = generation(version).wrong_port_log;
    format!(
        "{fix}: nodes find each other over transport only; a node that is asked on its HTTP port logs {log}"
    )
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::{list, texts, together};

    #[test]
    fn hosts_of_a_file() {
        let text = "# es-9:9200\nes-0\n  es-1:9200  \n";
        let found = |settings: &Settings, text: &str| {
            let version = Version::elasticsearch(7, 17, 0);
            let found = in_file(settings, version, "unicast_hosts.txt", text)?;
            let place = found.location().map(|it| (it.line, it.column, it.end_column));
            Some((found.message.clone(), place))
        };
        let by_file = || list("discovery.seed_providers", &["file"]);
        assert_eq!(
            found(&by_file(), text),
            Some((
                "`unicast_hosts.txt` names the HTTP port instead of the transport port".to_owned(),
                Some((3, 3, 12))
            ))
        );
        assert_eq!(found(&texts(&[("discovery.zen.hosts_provider", "file")]), text).map(|_| ()), Some(()));
        assert_eq!(found(&texts(&[("discovery.seed_hosts", "es-0")]), text), None);
        assert_eq!(found(&by_file(), "es-0\n10.0.0.1:9300\n[::1]:9301\n"), None);
        let other = together([by_file(), texts(&[("transport.port", "9200"), ("http.port", "9300")])]);
        assert_eq!(found(&other, text), None);
    }
}
