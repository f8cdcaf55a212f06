//! Which settings are paths, and what becomes of the start without the file.

use std::path::{Path, PathBuf};

use diagnostics::Severity;
use template::{Setting, Settings};

use super::place::Place;
use super::{Base, Named, Use};
use crate::generation::{PolicyUse, generation};
use crate::settings::kinds::{self, Reading};
use crate::version::{Product, Version};

/// Settings that belong together: what they begin and end with, and what they are about.
struct Row {
    begins: &'static [&'static str],
    ends: &'static [&'static str],
    group: Group,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    /// Between nodes and from clients.
    Tls,
    /// Towards a service that a realm asks.
    RealmTls,
    /// Towards anybody else.
    OtherTls,
    /// A file that a realm reads at its start. Tried on 8.19: a realm that is switched off reads none.
    RealmFile,
    /// A file that it does without, as 8.19 does without a role mapping, or of which that is not known.
    OptionalRealmFile,
    /// OpenSearch's security plugin, and its ancestors.
    SecurityPlugin,
    /// What that plugin reads for some ways to log in and to audit.
    SecurityExtra,
    /// What filters of an index read, where the file may have settings of indices.
    Analysis,
    /// The directory of the file with the process's number, which is made.
    PidFile,
    /// A directory that the server makes at its start, to name it in its policy.
    Directory,
}

/// Endings of the settings of TLS. Source: "Security settings", TLS/SSL.
const TLS: &[&str] = &[
    ".ssl.certificate",
    ".ssl.certificate_authorities",
    ".ssl.key",
    ".ssl.keystore.path",
    ".ssl.truststore.path",
];

/// Sources: "Security settings" and "Path settings" of Elasticsearch, "Configuring TLS certificates" of OpenSearch.
const ROWS: &[Row] = &[
    Row {
        begins: &["xpack.security.transport.", "xpack.security.http.", "transport.profiles."],
        ends: TLS,
        group: Group::Tls,
    },
    Row { begins: &["xpack.security.authc.realms."], ends: TLS, group: Group::RealmTls },
    Row {
        begins: &[
            "xpack.http.",
            "xpack.monitoring.exporters.",
            "xpack.notification.email.",
            "xpack.ssl.",
            "reindex.",
            "xpack.security.remote_cluster_server.",
            "xpack.security.remote_cluster_client.",
        ],
        ends: TLS,
        group: Group::OtherTls,
    },
    Row {
        begins: &["xpack.security.authc.realms."],
        ends: &[
            ".certificate_authorities",
            ".idp.metadata.path",
            ".keytab.path",
            ".pkc_jwkset_path",
            ".truststore.path",
        ],
        group: Group::RealmFile,
    },
    Row {
        begins: &["xpack.security.authc.realms."],
        ends: &[
            ".encryption.certificate",
            ".encryption.key",
            ".encryption.keystore.path",
            ".files.role_mapping",
            ".op.jwkset_path",
            ".signing.certificate",
            ".signing.key",
            ".signing.keystore.path",
        ],
        group: Group::OptionalRealmFile,
    },
    Row {
        begins: &[
            "plugins.security.audit.config.",
            "opendistro_security.audit.config.",
            "plugins.security.kerberos.",
            "opendistro_security.kerberos.",
        ],
        ends: &[
            ".acceptor_keytab_filepath",
            ".krb5_filepath",
            "pemcert_filepath",
            "pemkey_filepath",
            "pemtrustedcas_filepath",
        ],
        group: Group::SecurityExtra,
    },
    Row { begins: &["index.analysis."], ends: &["_path"], group: Group::Analysis },
    Row { begins: &["node.pidfile", "pidfile"], ends: &["pidfile"], group: Group::PidFile },
    Row {
        begins: &[
            "plugins.security.ssl.transport.",
            "plugins.security.ssl.http.",
            "opendistro_security.ssl.transport.",
            "opendistro_security.ssl.http.",
            "searchguard.ssl.transport.",
            "searchguard.ssl.http.",
        ],
        ends: &[
            ".pemcert_filepath",
            ".pemkey_filepath",
            ".pemtrustedcas_filepath",
            ".keystore_filepath",
            ".truststore_filepath",
        ],
        group: Group::SecurityPlugin,
    },
    Row { begins: &["path."], ends: &[".repo", ".shared_data", ".scripts"], group: Group::Directory },
];

/// Every path that the settings name, as far as the server opens it.
pub fn of_settings(version: Version, settings: &Settings) -> Vec<Named> {
    let mut named = Vec::new();
    for setting in &settings.entries {
        let key = setting.key.as_str();
        let fits = |row: &&Row| {
            row.begins.iter().any(|begin| key.starts_with(begin))
                && row.ends.iter().any(|end| key.ends_with(end))
        };
        let Some(row) = ROWS.iter().find(fits) else { continue };
        if is_of_token(key, settings) {
            continue;
        }
        let Some(severity) = row.group.severity(version, key, settings) else { continue };
        // A reference is the server's to resolve, and an address is no file.
        let paths =
            setting.elements().into_iter().filter(|path| !(path.contains("${") || path.contains("://")));
        named.extend(paths.map(|path| Named {
            path: match Path::new(path).parent().filter(|_| row.group == Group::PidFile) {
                Some(directory) => directory.to_owned(),
                None => PathBuf::from(path),
            },
            base: match row.group {
                Group::Directory => Base::Home,
                Group::PidFile => Base::WorkingDirectory,
                _ => Base::Configuration,
            },
            used: match row.group {
                Group::Directory if key == "path.scripts" => Use::MakeAndRead,
                Group::Directory | Group::PidFile => Use::MakeAndWriteInto,
                _ => Use::Read,
            },
            severity,
            effect: row.group.effect(severity),
            is_guarded: matches!(row.group, Group::Tls | Group::RealmTls | Group::SecurityPlugin),
            place: place(setting, path),
        }));
    }
    named
}

/// The keys of a token (`type: PKCS11`) are in no file.
fn is_of_token(key: &str, settings: &Settings) -> bool {
    let kind = key.strip_suffix(".path").map(|store| format!("{store}.type"));
    kind.and_then(|kind| settings.text(&kind)).is_some_and(|kind| kind.eq_ignore_ascii_case("pkcs11"))
}

fn place(setting: &Setting, path: &str) -> Place {
    // The name of a private key's file is no secret, as long as it is written out and looks like one.
    let is_path = |path: &str| {
        path.len() <= 120
            && path.contains(['/', '.'])
            && path.chars().all(|it| it.is_ascii_alphanumeric() || "/._-".contains(it))
    };
    let is_plain = setting.key.ends_with(".ssl.key") && setting.variables.is_empty() && is_path(path);
    Place {
        name: format!("`{}`", setting.shown_key()),
        span: Some(setting.span_of(|item| item == path).clone()),
        variable: setting.variable().map(str::to_owned),
        setting: Some(setting.shown_key().to_owned()),
        is_hidden: setting.is_secret() && !is_plain,
    }
}

fn security_plugin_is_off(is: &impl Fn(&str, Reading) -> bool) -> bool {
    let disabled = ["plugins.security.disabled", "opendistro_security.disabled", "searchguard.disabled"];
    disabled.iter().any(|key| is(key, Reading::True))
}

impl Group {
    /// What a file that cannot be read does to the start; nothing where the server does not look at it, or where that is not
    /// known. Tried on 8.19: files of TLS are opened with security, TLS and the realm switched off, too.
    fn severity(self, version: Version, key: &str, settings: &Settings) -> Option<Severity> {
        let generation = generation(version);
        let is =
            |key: &str, wanted| settings.text(key).is_some_and(|text| kinds::read(text, version) == wanted);
        let is_off = |key: &str| is(key, Reading::False);
        let is_elasticsearch = version.product == Product::Elasticsearch;
        let has_security = is_elasticsearch && !is_off("xpack.security.enabled");
        // `xpack.security.authc.realms.TYPE.NAME.`, up to 6.x without the type.
        let realm_is_on = || {
            let ends = key.match_indices('.').map(|(at, _)| at).skip(4).take(2);
            ends.into_iter().all(|end| !is_off(&format!("{}.enabled", &key[..end])))
        };
        match self {
            Self::Tls | Self::RealmTls if is_elasticsearch && generation.reads_all_tls_files => {
                Some(Severity::Error)
            }
            Self::Tls => {
                let enabled = key.find(".ssl.").map(|at| format!("{}.ssl.enabled", &key[..at]))?;
                (has_security && is(&enabled, Reading::True)).then_some(Severity::Error)
            }
            Self::RealmTls => (has_security && realm_is_on()).then_some(Severity::Warning),
            Self::OtherTls => is_elasticsearch.then_some(Severity::Warning),
            Self::RealmFile | Self::OptionalRealmFile if !(has_security && realm_is_on()) => None,
            Self::OptionalRealmFile => Some(Severity::Warning),
            Self::RealmFile => {
                Some(if generation.reads_all_tls_files { Severity::Error } else { Severity::Warning })
            }
            Self::SecurityPlugin => {
                let area = &key[..key.rfind('.')?];
                let is_on = if area.rsplit('.').next() == Some("http") {
                    is(&format!("{area}.enabled"), Reading::True)
                } else {
                    !is_off(&format!("{area}.enabled"))
                };
                // Where a name that no plugin registers is ignored, the plugin may not be there.
                let has_plugin = !is_elasticsearch
                    || (generation.refuses_unknown_settings && !key.starts_with("plugins."));
                (has_plugin && is_on && !security_plugin_is_off(&is)).then_some(Severity::Error)
            }
            Self::SecurityExtra => {
                (!is_elasticsearch && !security_plugin_is_off(&is)).then_some(Severity::Warning)
            }
            Self::Analysis => (!generation.refuses_unknown_settings).then_some(Severity::Warning),
            Self::PidFile => Some(Severity::Error),
            Self::Directory => Some(match generation.policy {
                PolicyUse::NotConsulted | PolicyUse::Switchable | PolicyUse::Consulted => Severity::Error,
                PolicyUse::None | PolicyUse::Entitlements | PolicyUse::Agent => Severity::Warning,
            }),
        }
    }

    fn effect(self, severity: Severity) -> &'static str {
        match (self, severity) {
            (_, Severity::Error) => "the server does not start without it",
            (Self::Directory, Severity::Warning) => "what the server writes to it would fail",
            (_, Severity::Warning) => "what needs it would fail",
        }
    }
}
