//! Security that is on, without the TLS between nodes that it demands.

use crate::auto_configuration;
use crate::bootstrap::bootstrap_checks_enforced;
use crate::discovery;
use crate::generation::generation;
use crate::half_tls;
use crate::launch::official::has_plugin;
use crate::settings::kinds::{self, Reading};
use crate::version::Version;
use diagnostics::Finding;
use template::{Setting, Settings};

const CODE: &str = "settings/no-transport-tls";
const TLS: &str = "xpack.security.transport.ssl.enabled";

/// Makes certificates that everybody knows, and the settings for them. What is configured already it leaves alone. Tried:
/// 2.19.3.0.
const DEMO: &str = "bash plugins/opensearch-security/tools/install_demo_configuration.sh -y -i -s";

/// `plugins` are those that are installed, where that is known.
pub fn check(settings: &Settings, version: Version, plugins: Option<&[String]>) -> Option<Finding> {
    if plugins.is_some_and(has_plugin) {
        return opensearch(settings, version);
    }
    if half_tls::lacks_switch(settings, version) {
        return None;
    }
    let is_off = kinds::is_off(settings, version, TLS);
    let has_check = generation(version).configures_security && bootstrap_checks_enforced(version, settings);
    // A node that configures security itself does not where the settings say something of it. Tried on 8.15.0 and 8.19.21.
    let Some(security) = settings.get("xpack.security.enabled").filter(|it| it.is_set_or_unknown()) else {
        return of_cluster(settings, version).filter(|_| is_off && has_check);
    };
    let is_on = kinds::reading(security, version) == Some(Reading::True);
    (is_on && is_off && has_check).then(|| {
        let message = format!("`xpack.security.enabled` is true, but `{TLS}` is not");
        security.finding(Finding::error(CODE, message)).help(format!(
            "{} refuses to start where other nodes can reach it: set `{TLS}: true` and \
             `xpack.security.transport.ssl.keystore.path` to a file that `bin/elasticsearch-certutil cert` makes; for one node \
             alone `discovery.type: single-node`",
            version.name()
        ))
    })
}

/// Security is on by itself, and nobody makes certificates for a node that is to join others.
fn of_cluster(settings: &Settings, version: Version) -> Option<Finding> {
    const CERTIFICATE: &str = "xpack.security.transport.ssl.certificate";
    let cluster = discovery::cluster_setting(settings)?;
    if auto_configuration::is_due(version, settings, "") || settings.get(TLS).is_some_and(Setting::is_unknown)
    {
        return None;
    }
    let message = format!("`{}` names other nodes, and there is no TLS between them", cluster.key);
    // In files of the user's own nobody has tried it.
    let is_variable =
        |setting: &Setting| setting.variables.iter().any(|name| name == "TRANSPORT_TLS_CERTIFICATE");
    settings.get(CERTIFICATE).filter(|setting| is_variable(setting))?;
    Some(cluster.finding(Finding::error(CODE, message)).help(format!(
        "security is on in {} unless it is switched off, and a node that others can reach then refuses to start: set \
         TRANSPORT_TLS_CERTIFICATE, TRANSPORT_TLS_KEY and TRANSPORT_TLS_CA to files that `bin/elasticsearch-certutil ca --pem` and `bin/elasticsearch-certutil cert --pem --ca-cert ca.crt \
         --ca-key ca.key` make, below the configuration directory; or switch security off with SECURITY_ENABLED=false",
        version.name()
    )))
}

/// The plugin's own words: "must be set if transport ssl is requested"; it is where nobody says otherwise. With no setting at
/// all: "No SSL configuration found". What is empty counts as not set, and nothing else than a file says which certificate.
fn opensearch(settings: &Settings, version: Version) -> Option<Finding> {
    let is_said = |setting: &Setting| {
        let plugin = setting.key.strip_prefix("plugins.security.");
        let own = plugin.or_else(|| setting.key.strip_prefix("opendistro_security."));
        own.filter(|_| setting.is_set_or_unknown()).is_some_and(|own| match own {
            "disabled" => kinds::reading(setting, version) != Some(Reading::False),
            "ssl.transport.enabled" => kinds::reading(setting, version) != Some(Reading::True),
            _ => own.starts_with("ssl.transport.") && own.ends_with("_filepath"),
        })
    };
    let is_silent = !settings.entries.iter().any(is_said);
    is_silent.then(|| {
        let key = "plugins.security.ssl.transport.pemcert_filepath";
        let message = "the plugin `opensearch-security` is installed, and no setting names a certificate for it";
        Finding::error(CODE, message).setting(key).help(format!(
            "it refuses to start: set `{key}`, `…pemkey_filepath` and `…pemtrustedcas_filepath`; for a demonstration `{DEMO}` \
             makes them, as the official image does, with a password in OPENSEARCH_INITIAL_ADMIN_PASSWORD: in \
             a `RUN` line of the image, or with the command `init -- bash -c '{DEMO} && exec es-entrypoint'`; or switch it off \
             with DISABLE_SECURITY_PLUGIN=true or `plugins.security.disabled: true`"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::{texts, unknown};

    const EIGHT: Version = Version::elasticsearch(8, 15, 0);
    const SECURE: (&str, &str) = ("xpack.security.enabled", "true");
    const OPEN: (&str, &str) = ("network.host", "0.0.0.0");

    fn is_found(settings: &Settings, version: Version) -> bool {
        check(settings, version, None).is_some()
    }

    fn of_plugin(settings: &Settings) -> Option<Finding> {
        check(settings, Version::opensearch(2, 19, 6), Some(&["opensearch-security".to_owned()]))
    }

    #[test]
    fn where_other_nodes_can_reach_it() {
        for (pairs, version, expected) in [
            (&[SECURE, OPEN][..], EIGHT, true),
            (&[SECURE, OPEN, (TLS, "false")], EIGHT, true),
            (&[SECURE, OPEN, (TLS, "true")], EIGHT, false),
            (&[SECURE], EIGHT, false),
            (&[OPEN], EIGHT, false),
            (&[("xpack.security.enabled", "false"), OPEN], EIGHT, false),
            (&[SECURE, OPEN, ("discovery.type", "single-node")], EIGHT, false),
            // Depends on the licence there.
            (&[SECURE, OPEN], Version::elasticsearch(7, 17, 29), false),
        ] {
            assert_eq!(is_found(&texts(pairs), version), expected, "{pairs:?}");
        }
        let mut half = texts(&[SECURE, OPEN]);
        half.entries.extend(unknown(&[TLS]).entries);
        assert!(!is_found(&half, EIGHT));
    }

    #[test]
    fn a_plugin_without_certificates() {
        let two = Version::opensearch(2, 19, 6);
        for (pairs, expected) in [
            (&[("cluster.name", "x")][..], true),
            (&[("plugins.security.disabled", "false")], true),
            (&[("plugins.security.disabled", "true")], false),
            (&[("plugins.security.ssl.transport.pemcert_filepath", "node.pem")], false),
            (&[("plugins.security.ssl.transport.enabled", "false")], false),
            (&[("plugins.security.ssl.transport.enabled", "true")], true),
            (&[("plugins.security.ssl.transport.enforce_hostname_verification", "false")], true),
            // As the built-in templates leave them where no variable says anything.
            (
                &[
                    ("plugins.security.disabled", ""),
                    ("plugins.security.ssl.transport.pemcert_filepath", ""),
                    ("plugins.security.ssl.transport.pemtrustedcas_filepath", ""),
                ],
                true,
            ),
            (&[("opendistro_security.ssl.transport.keystore_filepath", "node.jks")], false),
        ] {
            assert_eq!(of_plugin(&texts(pairs)).is_some(), expected, "{pairs:?}");
        }
        assert!(of_plugin(&unknown(&["plugins.security.disabled"])).is_none());
        assert!(check(&texts(&[("a", "b")]), two, None).is_none());
        assert!(check(&texts(&[("a", "b")]), two, Some(&[])).is_none());
        let found = of_plugin(&texts(&[("a", "b")])).unwrap();
        assert_eq!(
            (found.message.as_str(), found.help.as_deref().unwrap()),
            (
                "the plugin `opensearch-security` is installed, and no setting names a certificate for it",
                "it refuses to start: set `plugins.security.ssl.transport.pemcert_filepath`, `…pemkey_filepath` and \
                 `…pemtrustedcas_filepath`; for a demonstration \
                 `bash plugins/opensearch-security/tools/install_demo_configuration.sh -y -i -s` makes them, as the \
                 official image does, with a password in OPENSEARCH_INITIAL_ADMIN_PASSWORD: in a `RUN` line of the image, or \
                 with the command `init -- bash -c 'bash plugins/opensearch-security/tools/install_demo_configuration.sh -y -i -s && \
                 exec es-entrypoint'`; or switch it off with DISABLE_SECURITY_PLUGIN=true or `plugins.security.disabled: true`"
            )
        );
    }
}
