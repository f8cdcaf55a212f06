//! Host lists with texts that can be no host: two hosts in one, brackets and quotes of JSON, addresses of web pages.
//!
//! Tried on 1.7.5, 2.3.4 and 5.6.16. A list is split at commas and at nothing else, and each element is a host with or without
//! a port. 2.x does not start with an element that is none; the others log it and go on without it.

use super::keys::HOSTS;
use crate::generation::generation;
use crate::version::Version;
use diagnostics::{Finding, Severity};
use template::{Setting, Settings};

/// Texts that are no hosts, one finding for each list.
pub(super) fn check(settings: &Settings, version: Version) -> Vec<Finding> {
    HOSTS.iter().filter_map(|key| settings.get(key)).filter_map(|hosts| invalid(hosts, version)).collect()
}

/// What makes a text impossible as a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Odd {
    Json,
    Quote(char),
    Blank,
    Separator(char),
    Url,
    /// An IPv6 address without brackets.
    Bare,
}

/// Whether the text can be no host, and why. A host's name may hold more than the standards say.
fn odd(host: &str) -> Option<Odd> {
    // The server's own references and what nobody expanded are told elsewhere.
    if host.contains("${") || host.contains("{{") || host.contains("$(") {
        return None;
    }
    let is_json = |edge: char| host.starts_with([edge, '{']) || host.ends_with([edge, '}']);
    if host.starts_with("[\"") || host.starts_with("['") || host.ends_with("\"]") || host.ends_with("']") {
        return Some(Odd::Json);
    }
    // `[::1]:9300` and `host[9300-9400]` are hosts.
    if host.matches('[').count() != host.matches(']').count() && is_json('[') | is_json(']') {
        return Some(Odd::Json);
    }
    if let Some(quote) = host.chars().find(|character| matches!(character, '"' | '\'')) {
        return Some(Odd::Quote(quote));
    }
    if host.contains("://") {
        return Some(Odd::Url);
    }
    if let Some(separator) = host.chars().find(|character| matches!(character, ';' | '|')) {
        return Some(Odd::Separator(separator));
    }
    if host.contains([' ', '\t', '\n', '\r']) {
        return Some(Odd::Blank);
    }
    let is_bare = host.matches(':').count() > 1 && host.parse::<std::net::Ipv6Addr>().is_ok();
    is_bare.then_some(Odd::Bare)
}

fn invalid(hosts: &Setting, version: Version) -> Option<Finding> {
    let elements = hosts.elements();
    // 1.x takes an address as it is.
    let reads_bare = generation(version).has_multicast;
    let sought = |host: &str| odd(host).filter(|odd| !(reads_bare && *odd == Odd::Bare));
    let first = elements.iter().find_map(|host| sought(host))?;
    let is_all = elements.iter().all(|host| sought(host).is_some());
    let refuses = generation(version).refuses_unresolved_hosts;
    let what = match first {
        Odd::Json => "the brackets or quotes of a JSON list".to_owned(),
        Odd::Quote(quote) => format!("a quote, `{quote}`, in the name of a host"),
        Odd::Blank => "a blank in the name of a host".to_owned(),
        Odd::Separator(separator) => format!("`{separator}` in the name of a host"),
        Odd::Url => "a URL where a host is expected".to_owned(),
        Odd::Bare => "an IPv6 address without brackets".to_owned(),
    };
    let fix = match (first, hosts.variable()) {
        (Odd::Url, Some(variable)) => {
            format!("set {variable} to the host alone, with the transport port or none: `es-0:9300`")
        }
        (Odd::Url, None) => "write the host alone, with the transport port or none: `es-0:9300`".to_owned(),
        (Odd::Bare, Some(variable)) => format!("write it as `[fd00::1]` or `[fd00::1]:9300` into {variable}"),
        (Odd::Bare, None) => "write it as `\"[fd00::1]\"` or `\"[fd00::1]:9300\"`".to_owned(),
        (Odd::Json | Odd::Quote(_), Some(variable)) => format!(
            "only commas divide the hosts in {variable}: set {variable}=es-0,es-1, without brackets and quotes"
        ),
        (Odd::Blank | Odd::Separator(_), Some(variable)) => {
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
    let finding = Finding { severity, ..Finding::error("discovery/invalid-host", message) };
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
            .map(|it| format!("{} {} | {}", it.severity.word(), it.message, it.help.unwrap()))
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
    fn good_hosts() {
        for text in [
            "",
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
