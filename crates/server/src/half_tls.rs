//! Keys of TLS without the setting that switches it on, and that setting without a key.
//!
//! Tried with certificates that are good: 8.19.21 and 9.2.0 refuse to start, also where security is off; 7.17.29 starts and
//! leaves TLS off. Switched on without a key, 8.19.21 refuses both, and 7.17.29 that of clients.

use crate::generation::generation;
use crate::settings::kinds::{self, Reading};
use crate::version::Version;
use diagnostics::Finding;
use template::{Setting, Settings};

const CODE: &str = "settings/half-tls";
const LAYERS: [(&str, &str); 2] =
    [("xpack.security.transport.ssl.", "between nodes"), ("xpack.security.http.ssl.", "for clients")];

/// One finding for each layer.
pub fn check(settings: &Settings, version: Version) -> Vec<Finding> {
    let limits = generation(version).limits;
    if version.is_opensearch() || !limits.demands_discovery {
        return Vec::new();
    }
    let is_off = settings
        .get("xpack.security.enabled")
        .is_some_and(|it| it.is_unknown() || kinds::reading(it, version) == Some(Reading::False));
    let found = LAYERS.into_iter().filter_map(|(prefix, whom)| {
        let layer = Layer { prefix, whom, settings, version };
        layer.without_switch(is_off).or_else(|| layer.without_key().filter(|_| !is_off))
    });
    found.collect()
}

/// Whether keys for TLS between nodes are there and nothing says whether it is on.
pub(crate) fn lacks_switch(settings: &Settings, version: Version) -> bool {
    let (prefix, whom) = LAYERS[0];
    Layer { prefix, whom, settings, version }.without_switch(true).is_some()
}

struct Layer<'a> {
    prefix: &'a str,
    whom: &'a str,
    settings: &'a Settings,
    version: Version,
}

impl Layer<'_> {
    fn switch(&self) -> Option<&Setting> {
        self.winners().find(|it| self.own(it) == Some("enabled") && it.is_set_or_unknown())
    }

    /// What the server gets of this layer: of a setting that is given twice, the last one.
    fn winners(&self) -> impl Iterator<Item = &Setting> {
        let of_layer = self.settings.entries.iter().filter(|it| self.own(it).is_some());
        of_layer.filter(|it| self.settings.get(&it.key).is_some_and(|winner| std::ptr::eq(winner, *it)))
    }

    fn own<'b>(&self, setting: &'b Setting) -> Option<&'b str> {
        setting.key.strip_prefix(self.prefix)
    }

    fn has_key(&self, setting: &Setting) -> bool {
        let is_key = |own: &str| own.starts_with("key") || own == "certificate";
        self.own(setting).is_some_and(is_key) && setting.is_set_or_unknown()
    }

    fn without_switch(&self, is_off: bool) -> Option<Finding> {
        let refuses = generation(self.version).configures_security;
        if self.switch().is_some() || (is_off && !refuses) {
            return None;
        }
        // What our templates make of one variable without the other is told of these.
        let is_ours = |it: &Setting| it.variables.iter().any(|name| name.contains("_TLS_"));
        let is_one = |it: &&Setting| {
            let is_meant = if refuses { self.own(it).is_some() } else { self.has_key(it) };
            is_meant && (it.is_set() || it.is_list()) && !is_ours(it)
        };
        let one = self.winners().find(is_one)?;
        let (key, prefix, whom, server) = (one.shown_key(), self.prefix, self.whom, self.version.name());
        let message = format!("`{key}` is set, and `{prefix}enabled` is not");
        let finding = if refuses {
            Finding::error(CODE, message).help(format!(
                "{server} refuses to start: set `{prefix}enabled: true`, or false for no TLS {whom}"
            ))
        } else {
            Finding::warning(CODE, message).help(format!(
                "{server} ignores it, and there is no TLS {whom}: set `{prefix}enabled: true`, or remove it"
            ))
        };
        Some(one.finding(finding).at(one.key_span.clone()))
    }

    fn without_key(&self) -> Option<Finding> {
        let is_judged = generation(self.version).configures_security || self.prefix.contains(".http.");
        let switch = self.switch().filter(|it| kinds::reading(it, self.version) == Some(Reading::True))?;
        if !is_judged || self.winners().any(|it| self.has_key(it)) {
            return None;
        }
        let (prefix, server) = (self.prefix, self.version.name());
        let message = format!("`{prefix}enabled` is true, and no setting names a key");
        Some(switch.finding(Finding::error(CODE, message)).at(switch.key_span.clone()).help(format!(
            "{server} refuses to start: set `{prefix}keystore.path`, or `{prefix}certificate` and `{prefix}key`, to files below \
             the configuration directory"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::{from_variable, reported, texts, unknown};

    const SEVEN: Version = Version::elasticsearch(7, 17, 29);
    const EIGHT: Version = Version::elasticsearch(8, 19, 21);
    const SECURE: (&str, &str) = ("xpack.security.enabled", "true");
    const OFF: (&str, &str) = ("xpack.security.enabled", "false");
    const TRANSPORT: (&str, &str) = ("xpack.security.transport.ssl.keystore.path", "a.p12");
    const HTTP: (&str, &str) = ("xpack.security.http.ssl.certificate", "a.crt");

    fn found(pairs: &[(&str, &str)], version: Version) -> Vec<String> {
        let findings = check(&texts(pairs), version);
        let helps = findings.iter().map(|it| it.help_text().unwrap());
        reported(&findings).into_iter().zip(helps).map(|(line, help)| format!("{line} | {help}")).collect()
    }

    #[test]
    fn keys_without_their_switch() {
        assert_eq!(
            found(&[SECURE, TRANSPORT, HTTP], EIGHT),
            [
                "error[settings/half-tls] 2:1 `xpack.security.transport.ssl.keystore.path` is set, and \
                 `xpack.security.transport.ssl.enabled` is not | Elasticsearch 8.19.21 refuses to start: set \
                 `xpack.security.transport.ssl.enabled: true`, or false for no TLS between nodes",
                "error[settings/half-tls] 3:1 `xpack.security.http.ssl.certificate` is set, and \
                 `xpack.security.http.ssl.enabled` is not | Elasticsearch 8.19.21 refuses to start: set \
                 `xpack.security.http.ssl.enabled: true`, or false for no TLS for clients",
            ]
        );
        assert_eq!(
            found(&[SECURE, HTTP], SEVEN),
            ["warning[settings/half-tls] 2:1 `xpack.security.http.ssl.certificate` is set, and \
              `xpack.security.http.ssl.enabled` is not | Elasticsearch 7.17.29 ignores it, and there is no TLS for clients: set \
              `xpack.security.http.ssl.enabled: true`, or remove it"]
        );
        let mode = ("xpack.security.transport.ssl.verification_mode", "none");
        assert_eq!([found(&[OFF, mode], EIGHT).len(), found(&[SECURE, mode], SEVEN).len()], [1, 0]);
    }

    #[test]
    fn a_switch_without_a_key() {
        let http = ("xpack.security.http.ssl.enabled", "true");
        let help = |server| {
            format!(
                "error[settings/half-tls] 2:1 `xpack.security.http.ssl.enabled` is true, and no setting names a key | {server} \
                 refuses to start: set `xpack.security.http.ssl.keystore.path`, or `xpack.security.http.ssl.certificate` and \
                 `xpack.security.http.ssl.key`, to files below the configuration directory"
            )
        };
        assert_eq!(found(&[SECURE, http], EIGHT), [help("Elasticsearch 8.19.21")]);
        assert_eq!(found(&[SECURE, http], SEVEN), [help("Elasticsearch 7.17.29")]);
        let transport = ("xpack.security.transport.ssl.enabled", "true");
        assert_eq!(
            [found(&[SECURE, transport], EIGHT).len(), found(&[SECURE, transport], SEVEN).len()],
            [1, 0]
        );
    }

    /// The last one wins; where a server refuses both, another finding says so.
    #[test]
    fn what_is_given_twice() {
        let [on, off, empty] = ["true", "false", ""].map(|text| ("xpack.security.http.ssl.enabled", text));
        let no_key = ("xpack.security.http.ssl.certificate", "");
        for (pairs, expected) in [
            (
                &[SECURE, off, on][..],
                "3:1 `xpack.security.http.ssl.enabled` is true, and no setting names a key",
            ),
            (&[SECURE, on, off], ""),
            (&[SECURE, off, empty, HTTP], "4:1 `xpack.security.http.ssl.certificate` is set, and"),
            (&[SECURE, empty, off, HTTP], ""),
            (
                &[SECURE, on, HTTP, no_key],
                "2:1 `xpack.security.http.ssl.enabled` is true, and no setting names",
            ),
            (&[SECURE, on, no_key, HTTP], ""),
        ] {
            let found = found(pairs, EIGHT);
            let is_it = |line: &String| !expected.is_empty() && line.contains(expected);
            assert!(
                found.len() == usize::from(!expected.is_empty()) && found.iter().all(is_it),
                "{pairs:?}: {found:?}"
            );
        }
    }

    #[test]
    fn nothing_is_wrong() {
        let no =
            [("xpack.security.transport.ssl.enabled", "false"), ("xpack.security.http.ssl.enabled", "false")];
        let yes =
            [("xpack.security.transport.ssl.enabled", "true"), ("xpack.security.http.ssl.enabled", "true")];
        for (pairs, version) in [
            (&[SECURE, TRANSPORT, HTTP, no[0], no[1]][..], EIGHT),
            (&[SECURE, TRANSPORT, HTTP, yes[0], yes[1]], EIGHT),
            (&[SECURE], EIGHT),
            (&[OFF, yes[0]], EIGHT),
            (&[OFF, TRANSPORT], SEVEN),
            (&[SECURE, ("xpack.security.http.ssl.certificate", "")], EIGHT),
            (&[SECURE, TRANSPORT], Version::elasticsearch(6, 8, 23)),
            (&[HTTP], Version::opensearch(2, 19, 6)),
        ] {
            assert_eq!(found(pairs, version), [""; 0], "{pairs:?}");
        }
        let ours = from_variable("xpack.security.http.ssl.certificate_authorities", "ca.crt", "HTTP_TLS_CA");
        assert_eq!(check(&ours, EIGHT), []);
        assert_eq!(check(&unknown(&["xpack.security.http.ssl.key"]), EIGHT), []);
    }
}
