//! Texts that are no address, whatever machine this is.
//!
//! Tried on 1.7.5, 2.3.4, 5.6.16 and 8.19.21: none of them starts, be it the address to bind to or the one that is published.

use super::chains::named;
use crate::generation::{AddressNames, generation};
use crate::odd_host::{Odd, odd};
use crate::version::Version;
use diagnostics::Finding;
use template::{Setting, Settings};

/// Why a text is no address of this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoAddress {
    Odd(Odd),
    /// `0.0.0.0:9200`.
    Port,
    /// `a,b` where one is read.
    Several,
}

/// What is no address among the settings that name those of this node.
pub fn invalid(settings: &Settings, version: Version) -> Vec<Finding> {
    let [binds, publishes] = named(settings);
    let mut all = binds;
    for setting in publishes {
        if !all.iter().any(|other| other.key == setting.key) {
            all.push(setting);
        }
    }
    all.into_iter().filter_map(|setting| of_setting(setting, version)).collect()
}

fn why(host: &str) -> Option<NoAddress> {
    if let Some(odd) = odd(host) {
        return Some(NoAddress::Odd(odd));
    }
    // `_eth0:ipv4_`
    if host.starts_with(['_', '#']) && host.len() > 1 && host.ends_with(&host[..1]) {
        return None;
    }
    // An address of IPv6 has more colons than one, and `host[9300-9400]` is for lists of other nodes.
    let of_six = host.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit() || it == b'-');
    let has_port = match (of_six, host.split_once(':')) {
        (Some((_, rest)), _) => rest.strip_prefix(':').is_some_and(is_port),
        (None, Some((name, port))) => !name.is_empty() && !name.contains("${") && is_port(port),
        (None, None) => false,
    };
    has_port.then_some(NoAddress::Port)
}

fn of_setting(setting: &Setting, version: Version) -> Option<Finding> {
    let takes_one = generation(version).address_names == AddressNames::One;
    let (host, why) = match setting.text().filter(|_| takes_one) {
        Some(text) if text.contains(',') && !text.contains("${") => (text, NoAddress::Several),
        Some(text) => (text, why(text.trim())?),
        None => setting.elements().into_iter().find_map(|host| Some((host, why(host)?)))?,
    };
    let what = match why {
        NoAddress::Odd(Odd::Url) => "a URL",
        NoAddress::Odd(Odd::Mask) => "an address with a mask",
        NoAddress::Odd(Odd::OneUnderscore) => "a name with one `_`",
        NoAddress::Odd(Odd::Json) => "a list of JSON in a text",
        NoAddress::Odd(Odd::Quote(_)) => "an address with a quote in it",
        NoAddress::Odd(Odd::Blank) => "an address with a blank in it",
        NoAddress::Odd(Odd::Separator(';')) => "an address with a `;` in it",
        NoAddress::Odd(Odd::Separator(_)) => "an address with a `|` in it",
        NoAddress::Port => "an address with a port",
        NoAddress::Several => "several addresses in a text",
    };
    let message = match setting.shown_text().or_else(|| shown_element(setting, host)) {
        Some(text) => format!("`{}` is `{text}`, {what}, and the server takes an address alone", setting.key),
        None => format!("`{}` is {what}, and the server takes an address alone", setting.key),
    };
    let write = |value: &str| match setting.variable() {
        Some(variable) => format!("set {variable}={value}"),
        None => format!("write `{}: {value}`", setting.key),
    };
    let bare = bare(host);
    let good =
        if bare.is_empty() || setting.is_secret() || bare.contains(['@', '`']) { "0.0.0.0" } else { bare };
    let fix = match why {
        NoAddress::Odd(Odd::Url | Odd::Mask) => write(good),
        NoAddress::Port => {
            let key = if setting.key.starts_with("transport.") { "transport.port" } else { "http.port" };
            format!("{}; the port is a setting of its own, `{key}`", write(good))
        }
        NoAddress::Odd(Odd::OneUnderscore) => {
            let name = good.trim_matches('_');
            format!("the name of an interface stands between two: {}", write(&format!("_{name}_")))
        }
        NoAddress::Several => format!("this version takes one: {}", write("0.0.0.0")),
        NoAddress::Odd(Odd::Json | Odd::Quote(_)) if let Some(inner) = unwrapped(host, setting) => {
            write(inner)
        }
        NoAddress::Odd(_) => match setting.variable() {
            Some(variable) => {
                format!("only commas divide addresses in {variable}: set {variable}=_eth0_,_local_")
            }
            None => {
                format!("write one element of a list for each: `{}: [\"_eth0_\", \"_local_\"]`", setting.key)
            }
        },
    };
    let help = format!("it is looked up as the name of a host, and the node would not start; {fix}");
    let finding = setting.finding(Finding::error("settings/invalid-host", message)).help(help);
    Some(finding.at(setting.span_of(|element| element == host).clone()))
}

/// An element of a list may be shown as a text may.
fn shown_element<'a>(setting: &Setting, host: &'a str) -> Option<&'a str> {
    let is_fit = host.len() <= 100 && !host.contains(char::is_control) && !host.contains('`');
    (setting.is_list() && is_fit && !setting.is_secret()).then_some(host)
}

/// The one address within brackets and quotes.
fn unwrapped<'a>(host: &'a str, setting: &Setting) -> Option<&'a str> {
    let inner = host.trim_matches(['[', ']', '"', '\'', ' ']);
    let is_alone = setting.text().is_none_or(|text| !text.contains(','));
    (is_alone && !inner.is_empty() && !setting.is_secret() && why(inner).is_none() && !inner.contains('`'))
        .then_some(inner)
}

/// The address in it: without scheme, path, mask and port.
fn bare(host: &str) -> &str {
    let rest = host.split_once("://").map_or(host, |(_, rest)| rest);
    let rest = rest.split('/').next().unwrap_or(rest);
    if rest.starts_with('[') {
        return rest.split_inclusive(']').next().unwrap_or(rest);
    }
    match rest.split_once(':') {
        Some((name, port)) if !port.contains(':') => name,
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::{from_variable, list, texts, unknown};

    const TWO: Version = Version::elasticsearch(2, 3, 4);
    const ONE: Version = Version::elasticsearch(1, 7, 5);

    fn found(settings: &Settings, version: Version) -> Vec<String> {
        let reported = |it: Finding| {
            assert_eq!(it.code, "settings/invalid-host");
            let help = it.help.clone().unwrap();
            let fix =
                help.strip_prefix("it is looked up as the name of a host, and the node would not start; ");
            format!("{} | {}", it.message, fix.unwrap_or(&help))
        };
        invalid(settings, version).into_iter().map(reported).collect()
    }

    #[test]
    fn texts_that_are_no_address() {
        let alone = ", and the server takes an address alone | ";
        for (text, what, fix) in [
            ("http://0.0.0.0", "a URL", "write `network.host: 0.0.0.0`"),
            ("https://10.0.0.4:9200/x", "a URL", "write `network.host: 10.0.0.4`"),
            (
                "0.0.0.0:9200",
                "an address with a port",
                "write `network.host: 0.0.0.0`; the port is a setting of its own, `http.port`",
            ),
            (
                "[::1]:9200",
                "an address with a port",
                "write `network.host: [::1]`; the port is a setting of its own, `http.port`",
            ),
            (":9200", "", ""),
            ("0.0.0.0/0", "an address with a mask", "write `network.host: 0.0.0.0`"),
            (
                "_eth0",
                "a name with one `_`",
                "the name of an interface stands between two: write `network.host: _eth0_`",
            ),
            ("[\"_eth0_\"]", "a list of JSON in a text", "write `network.host: _eth0_`"),
            ("\"0.0.0.0\"", "an address with a quote in it", "write `network.host: 0.0.0.0`"),
            (
                "[\"_eth0_\",\"_local_\"]",
                "a list of JSON in a text",
                "write one element of a list for each: `network.host: [\"_eth0_\", \"_local_\"]`",
            ),
            (
                "_eth0_ _local_",
                "an address with a blank in it",
                "write one element of a list for each: `network.host: [\"_eth0_\", \"_local_\"]`",
            ),
            (
                "10.0.0.4;10.0.0.5",
                "an address with a `;` in it",
                "write one element of a list for each: `network.host: [\"_eth0_\", \"_local_\"]`",
            ),
        ] {
            let expected = if what.is_empty() {
                vec![]
            } else {
                vec![format!("`network.host` is `{text}`, {what}{alone}{fix}")]
            };
            assert_eq!(found(&texts(&[("network.host", text)]), TWO), expected, "{text}");
        }
    }

    #[test]
    fn the_variable_the_element_and_the_own_key_are_named() {
        assert_eq!(
            found(&from_variable("network.host", "http://0.0.0.0:9200", "NETWORK_HOST"), TWO),
            ["`network.host` is `http://0.0.0.0:9200`, a URL, and the server takes an address alone | set \
                 NETWORK_HOST=0.0.0.0"]
        );
        assert_eq!(
            found(&list("transport.publish_host", &["_eth0_", "10.0.0.4:9300"]), TWO),
            [
                "`transport.publish_host` is `10.0.0.4:9300`, an address with a port, and the server takes an address alone | \
                 write `transport.publish_host: 10.0.0.4`; the port is a setting of its own, `transport.port`"
            ]
        );
        assert_eq!(
            found(&texts(&[("http.bind_host", "_eth0_,_local_")]), ONE),
            [
                "`http.bind_host` is `_eth0_,_local_`, several addresses in a text, and the server takes an address alone | \
                 this version takes one: write `http.bind_host: 0.0.0.0`"
            ]
        );
    }

    #[test]
    fn addresses() {
        for text in [
            "0.0.0.0",
            "::",
            "[::1]",
            "fd00::1",
            "fe80::1%eth0",
            "_eth0_",
            "_eth0:ipv4_",
            "_ec2:privateIp_",
            "#site#",
            "_site_,_local_",
            " 10.0.0.4 ",
            "es-0.example.org",
            "_es.example.org",
            "${HOST}:9200",
            "",
        ] {
            assert_eq!(found(&texts(&[("network.host", text)]), TWO), [""; 0], "{text}");
        }
        assert_eq!(found(&unknown(&["network.host"]), TWO), [""; 0]);
        // Nobody reads it.
        let own = [("network.host", "http://x"), ("transport.host", "_eth0_"), ("http.host", "_local_")];
        assert_eq!(found(&texts(&own), TWO), [""; 0]);
    }
}
