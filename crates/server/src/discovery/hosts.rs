//! Host lists with texts that can be no host: two hosts in one, brackets and quotes of JSON, addresses of web pages, ports
//! that are none, and lists of nothing but commas.
//!
//! Tried on 1.7.5, 2.3.4, 5.6.16, 6.8.23, 7.17.29 and 8.19.21. A list is split at commas and at nothing else, and each element is a host with or without
//! a port. 2.x does not start with an element that is none; the others log it and go on without it.

use super::keys::HOSTS;
use crate::generation::generation;
use crate::odd_host::{Odd, odd};
use crate::version::Version;
use diagnostics::{Finding, Severity};
use template::{Setting, Settings};

/// Texts that are no hosts, one finding for each list.
pub(super) fn check(settings: &Settings, version: Version) -> Vec<Finding> {
    let judged = |hosts| invalid(hosts, version).or_else(|| nobody(hosts, version));
    HOSTS.iter().filter_map(|key| settings.get(key)).filter_map(judged).collect()
}

/// Commas and blanks, and no host between them: the server looks for others on its own loopback.
fn nobody(hosts: &Setting, version: Version) -> Option<Finding> {
    let text = hosts.text().filter(|text| !text.is_empty() && hosts.elements().is_empty())?;
    let message =
        format!("`{}` has {} and no host", hosts.key, if text.contains(',') { "commas" } else { "blanks" });
    let fix = match hosts.variable() {
        Some(variable) => format!("set {variable} to the hosts of the other nodes, or unset it"),
        None => "name the hosts of the other nodes, or remove it".to_owned(),
    };
    let finding = hosts.finding(Finding::error("discovery/invalid-host", message));
    Some(finding.help(format!("{} finds no other node with it; {fix}", version.name())))
}

/// Why a text can be no transport address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Invalid {
    Odd(Odd),
    /// `_eth0_` is for the addresses of this node.
    Special,
    /// An IPv6 address without brackets.
    Bare,
    /// `a:99999`, `a:http`.
    Port,
    /// `*`, which no name of a host has.
    Star,
}

/// Whether the text can be no host of a list, and why.
fn why(host: &str) -> Option<Invalid> {
    if let Some(odd) = odd(host) {
        return Some(Invalid::Odd(odd));
    }
    let name = super::ports::split(host).0;
    if name.len() > 2 && name.starts_with('_') && name.ends_with('_') && !name.contains('.') {
        return Some(Invalid::Special);
    }
    // What nobody expanded is told elsewhere.
    if !host.contains(['$', '{']) {
        if host.contains('*') {
            return Some(Invalid::Star);
        }
        if has_no_port(host) {
            return Some(Invalid::Port);
        }
    }
    let is_bare = host.matches(':').count() > 1 && host.parse::<std::net::Ipv6Addr>().is_ok();
    is_bare.then_some(Invalid::Bare)
}

/// Whether what stands where a port does is none. Nothing behind the colon is the port that holds without one.
fn has_no_port(host: &str) -> bool {
    let rest = if host.starts_with('[') { host.split_once(']').map(|(_, rest)| rest) } else { Some(host) };
    let port = rest.and_then(|rest| rest.split_once(':')).map(|(_, port)| port);
    let is_port = |text: &str| text.trim().parse::<u16>().is_ok();
    port.is_some_and(|port| !port.is_empty() && !port.contains(':') && !port.split('-').all(is_port))
}

fn invalid(hosts: &Setting, version: Version) -> Option<Finding> {
    let elements = hosts.elements();
    // 1.x takes an address as it is.
    let reads_bare = generation(version).has_multicast;
    let sought = |host: &str| why(host).filter(|why| !(reads_bare && *why == Invalid::Bare));
    let first = elements.iter().find_map(|host| sought(host))?;
    let is_all = elements.iter().all(|host| sought(host).is_some());
    let refuses = generation(version).refuses_unresolved_hosts;
    let what = match first {
        Invalid::Odd(Odd::Json) => "the brackets or quotes of a JSON list".to_owned(),
        Invalid::Odd(Odd::Quote(quote)) => format!("a quote, `{quote}`, in the name of a host"),
        Invalid::Odd(Odd::Blank) => "a blank in the name of a host".to_owned(),
        Invalid::Odd(Odd::Separator(separator)) => format!("`{separator}` in the name of a host"),
        Invalid::Odd(Odd::Url) => "a URL where a host is expected".to_owned(),
        Invalid::Odd(Odd::Mask) => "a `/` in a host: each is one host, and no network".to_owned(),
        Invalid::Odd(Odd::OneUnderscore) | Invalid::Special => {
            "the name of an interface or a special address where another node is expected".to_owned()
        }
        Invalid::Bare => "an IPv6 address without brackets".to_owned(),
        Invalid::Port => "a host whose port is none".to_owned(),
        Invalid::Star => "a `*` in the name of a host, which stands for nothing".to_owned(),
    };
    let alone = "the host alone, with the transport port or none: `es-0:9300`";
    let service = "a headless Service that has the addresses of all";
    let of_others = "the addresses of the other nodes, or of a headless Service that has them: `_eth0_` and `_site_` are this \
                     node's own, for `network.host`";
    let fix = match (first, hosts.variable()) {
        (Invalid::Odd(Odd::Url | Odd::Mask) | Invalid::Port, Some(variable)) => {
            format!("set {variable} to {alone}")
        }
        (Invalid::Odd(Odd::Url | Odd::Mask) | Invalid::Port, None) => format!("write {alone}"),
        (Invalid::Star, Some(variable)) => {
            format!("set {variable} to the name of each host, or of {service}")
        }
        (Invalid::Star, None) => format!("write the name of each host, or of {service}"),
        (Invalid::Odd(Odd::OneUnderscore) | Invalid::Special, Some(variable)) => {
            format!("set {variable} to {of_others}")
        }
        (Invalid::Odd(Odd::OneUnderscore) | Invalid::Special, None) => format!("write {of_others}"),
        (Invalid::Bare, Some(variable)) => {
            format!("write it as `[fd00::1]` or `[fd00::1]:9300` into {variable}")
        }
        (Invalid::Bare, None) => "write it as `\"[fd00::1]\"` or `\"[fd00::1]:9300\"`".to_owned(),
        (Invalid::Odd(Odd::Json | Odd::Quote(_)), Some(variable)) => format!(
            "only commas divide the hosts in {variable}: set {variable}=es-0,es-1, without brackets and quotes"
        ),
        (Invalid::Odd(Odd::Blank | Odd::Separator(_)), Some(variable)) => {
            format!("only commas divide the hosts in {variable}: set {variable}=es-0,es-1")
        }
        (_, None) => {
            "only commas divide the hosts in a text: write `es-0,es-1`, or one element of a list for each"
                .to_owned()
        }
    };
    let effect = match (refuses, is_all) {
        (true, _) => "does not start with it",
        (false, true) => "cannot resolve it, and finds no other node",
        (false, false) => "cannot resolve it, and does without that host",
    };
    let severity = if refuses || is_all { Severity::Error } else { Severity::Warning };
    let message = format!("`{}` has {what}", hosts.key);
    let finding = Finding::new(severity, "discovery/invalid-host", message);
    let finding = hosts.finding(finding).help(format!("{} {effect}; {fix}", version.name()));
    Some(finding.at(hosts.span_of(|host| sought(host).is_some()).clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::{from_variable, list, texts};

    const TWO: Version = Version::elasticsearch(2, 3, 4);
    const SEVEN: Version = Version::elasticsearch(7, 17, 9);
    const ZEN: &str = "discovery.zen.ping.unicast.hosts";

    fn found(settings: &Settings, version: Version) -> Vec<String> {
        check(settings, version)
            .into_iter()
            .map(|it| format!("{} {} | {}", it.severity.word(), it.message, it.help.clone().unwrap()))
            .collect()
    }

    #[test]
    fn hosts_from_a_variable() {
        let commas = "only commas divide the hosts in HOSTS: set HOSTS=es-0,es-1";
        for (text, what, fix) in [
            (
                "[\"es-0\",\"es-1\"]",
                "the brackets or quotes of a JSON list",
                format!("{commas}, without brackets and quotes"),
            ),
            (
                "[es-0, es-1]",
                "the brackets or quotes of a JSON list",
                format!("{commas}, without brackets and quotes"),
            ),
            (
                "['es-0']",
                "the brackets or quotes of a JSON list",
                format!("{commas}, without brackets and quotes"),
            ),
            (
                "\"es-0,es-1\"",
                "a quote, `\"`, in the name of a host",
                format!("{commas}, without brackets and quotes"),
            ),
            ("es-0 es-1", "a blank in the name of a host", commas.to_owned()),
            ("es-0\nes-1", "a blank in the name of a host", commas.to_owned()),
            ("es-0;es-1", "`;` in the name of a host", commas.to_owned()),
            (
                "http://es-0:9300",
                "a URL where a host is expected",
                "set HOSTS to the host alone, with the transport port or none: `es-0:9300`".to_owned(),
            ),
            (
                "10.0.0.0/8",
                "a `/` in a host: each is one host, and no network",
                "set HOSTS to the host alone, with the transport port or none: `es-0:9300`".to_owned(),
            ),
            (
                "_site_:9300",
                "the name of an interface or a special address where another node is expected",
                "set HOSTS to the addresses of the other nodes, or of a headless Service that has them: `_eth0_` and \
                 `_site_` are this node's own, for `network.host`"
                    .to_owned(),
            ),
            (
                "es-0:99999",
                "a host whose port is none",
                "set HOSTS to the host alone, with the transport port or none: `es-0:9300`".to_owned(),
            ),
            (
                "[fd00::1]:x",
                "a host whose port is none",
                "set HOSTS to the host alone, with the transport port or none: `es-0:9300`".to_owned(),
            ),
            (
                "*",
                "a `*` in the name of a host, which stands for nothing",
                "set HOSTS to the name of each host, or of a headless Service that has the addresses of all".to_owned(),
            ),
            (
                "fd00:10:244::9",
                "an IPv6 address without brackets",
                "write it as `[fd00::1]` or `[fd00::1]:9300` into HOSTS".to_owned(),
            ),
        ] {
            assert_eq!(
                found(&from_variable(ZEN, text, "HOSTS"), TWO),
                [format!("error `{ZEN}` has {what} | Elasticsearch 2.3.4 does not start with it; {fix}")],
                "{text}"
            );
        }
    }

    #[test]
    fn later_versions_go_on_without_the_host() {
        let key = "discovery.seed_hosts";
        let fix = "write the host alone, with the transport port or none: `es-0:9300`";
        assert_eq!(
            found(&list(key, &["es-0", "https://es-1"]), SEVEN),
            [format!(
                "warning `{key}` has a URL where a host is expected | Elasticsearch 7.17.9 cannot resolve it, and \
                 does without that host; {fix}"
            )]
        );
        assert_eq!(
            found(&list(key, &["https://es-1"]), SEVEN),
            [format!(
                "error `{key}` has a URL where a host is expected | Elasticsearch 7.17.9 cannot resolve it, and \
                 finds no other node; {fix}"
            )]
        );
        assert_eq!(
            found(&texts(&[(key, "a b")]), SEVEN),
            [format!(
                "error `{key}` has a blank in the name of a host | Elasticsearch 7.17.9 cannot resolve it, and \
                 finds no other node; only commas divide the hosts in a text: write `es-0,es-1`, or one element of a list for \
                 each"
            )]
        );
    }

    #[test]
    fn no_host_at_all() {
        for (text, what) in [(",", "commas"), (" ,, ", "commas"), ("  ", "blanks")] {
            assert_eq!(
                found(&from_variable(ZEN, text, "HOSTS"), TWO),
                [format!(
                    "error `{ZEN}` has {what} and no host | Elasticsearch 2.3.4 finds no other node with it; set HOSTS to \
                     the hosts of the other nodes, or unset it"
                )]
            );
        }
        // A list of variables of which none is set.
        assert_eq!(found(&list(ZEN, &["", ""]), TWO), [""; 0]);
    }

    #[test]
    fn good_hosts() {
        for text in [
            "",
            "es-0:",
            "es-0,",
            "es-0:${PORT}",
            "es-0",
            "es-0, es-1 ,es-2",
            " es-0 ",
            "es-0:9300",
            "[::1]:9300,[fd00::1]",
            "es-0[9300-9400]",
            "es_0.search.svc.cluster.local",
            "10.0.0.1:9300-9400",
            "b\u{fc}ro",
        ] {
            assert_eq!(found(&from_variable(ZEN, text, "HOSTS"), TWO), [""; 0], "{text}");
        }
        assert_eq!(found(&texts(&[(ZEN, "::1")]), Version::elasticsearch(1, 7, 5)), [""; 0]);
        // Told where the value is damaged.
        assert_eq!(found(&texts(&[(ZEN, "$(A) b")]), TWO), [""; 0]);
    }
}
