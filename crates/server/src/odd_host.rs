//! Texts that can be no host: URLs, two hosts in one, brackets and quotes of JSON, ports and masks where none belongs.
//!
//! The servers look every such text up as a name. Tried on 1.7.5, 2.3.4, 5.6.16 and 8.19.21.

/// What makes a text impossible as a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Odd {
    Json,
    Quote(char),
    Blank,
    Separator(char),
    Url,
    /// `10.0.0.0/8`.
    Mask,
    /// `_eth0`, `eth0_`.
    OneUnderscore,
}

/// Whether the text can be no host, and why. A host's name may hold more than the standards say.
pub(crate) fn odd(host: &str) -> Option<Odd> {
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
    if host.contains('/') {
        return Some(Odd::Mask);
    }
    let has_one =
        host.len() > 1 && host.starts_with('_') != host.ends_with('_') && !host.contains(['.', ':']);
    has_one.then_some(Odd::OneUnderscore)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for host in [
            "es-0",
            "es_0",
            "_es.example.org",
            "_eth0_",
            "#site#",
            "_eth0:ipv4_",
            "_",
            "10.0.0.4",
            "[::1]:9300",
            "fd00::1",
            "fe80::1%eth0",
            "es-0[9300-9400]",
            "b\u{fc}ro",
            "${HOST} x",
            "$(A) b",
        ] {
            assert_eq!(odd(host), None, "{host}");
        }
    }

    #[test]
    fn no_hosts() {
        for (host, what) in [
            ("http://0.0.0.0", Odd::Url),
            ("http://0.0.0.0:9200/", Odd::Url),
            ("0.0.0.0/0", Odd::Mask),
            ("es-0/", Odd::Mask),
            ("_eth0", Odd::OneUnderscore),
            ("eth0_", Odd::OneUnderscore),
            ("[\"_eth0_\"]", Odd::Json),
            ("[_eth0_", Odd::Json),
            ("\"_eth0_\"", Odd::Quote('"')),
            ("a b", Odd::Blank),
            ("a;b", Odd::Separator(';')),
        ] {
            assert_eq!(odd(host), Some(what), "{host}");
        }
    }
}
