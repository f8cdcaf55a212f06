//! Bootstrap checks of the settings, which hold on every machine.

use diagnostics::Finding;
use template::{Setting, Settings};

use super::bootstrap_checks_enforced;
use crate::discovery;
use crate::generation::generation;
use crate::settings::kinds::{is_off, is_on};
use crate::version::Version;

/// What the server would refuse.
pub fn of_settings(settings: &Settings, version: Version) -> Vec<Finding> {
    let enforced = bootstrap_checks_enforced(version, settings);
    let mut findings = Vec::new();
    findings.extend(data_paths(settings, version));
    findings.extend(tokens(settings, version).filter(|_| enforced));
    findings.extend(pki(settings, version));
    findings
}

/// Nothing says how nodes find each other. Source: `DiscoveryConfiguredCheck`.
pub fn discovery(settings: &Settings, version: Version) -> Option<Finding> {
    let limits = generation(version).limits;
    let enforced = bootstrap_checks_enforced(version, settings);
    if !enforced || !limits.demands_discovery || !discovery::is_silent(settings) {
        return None;
    }
    let own = ["transport.bind_host", "transport.publish_host", "transport.host"];
    let own = own.into_iter().chain(["network.bind_host", "network.publish_host", "network.host"]);
    let own = own.filter_map(|key| settings.get(key)).find(|setting| setting.is_set())?;
    let message =
        format!("`{}` lets other nodes reach this one, and no setting says how it finds them", own.key);
    Some(own.finding(Finding::error("discovery/not-configured", message)).at(own.key_span.clone()).help(format!(
        "{} refuses to start: set `discovery.seed_hosts` to the hosts of the master-eligible nodes; for one node alone \
         `discovery.type: single-node`",
        version.name()
    )))
}

/// Refused on every address. Source: `MultipleDataPathCheck` of OpenSearch.
fn data_paths(settings: &Settings, version: Version) -> Option<Finding> {
    let role = generation(version).limits.single_path_role?;
    let roles = settings.get("node.roles").filter(|it| it.elements().contains(&role))?;
    let paths = settings.get("path.data").filter(|it| it.elements().len() > 1)?;
    let message = format!("a node with the role `{role}` has one data path, and `path.data` names several");
    let finding = paths
        .finding(Finding::error("settings/invalid-value", message))
        .also(roles.value_span.clone(), "its roles");
    Some(finding.help(format!("{} refuses to start: name one of them", version.name())))
}

const SECURITY: &str = "xpack.security.enabled";
const HTTPS: &str = "xpack.security.http.ssl.enabled";
const TRANSPORT: &str = "xpack.security.transport.ssl.enabled";

/// Source: `TokenSSLBootstrapCheck`.
fn tokens(settings: &Settings, version: Version) -> Option<Finding> {
    let key = "xpack.security.authc.token.enabled";
    let is_meant = is_on(settings, version, SECURITY) && is_on(settings, version, key);
    let tokens = settings.get(key).filter(|_| is_meant && is_off(settings, version, HTTPS))?;
    let message = format!("`{key}` is true, but `{HTTPS}` is not");
    Some(tokens.finding(Finding::error("settings/no-http-tls", message)).help(format!(
        "{} refuses to start where other nodes can reach it, as tokens would be sent in the clear: set `{HTTPS}: true` with a \
         certificate, or remove `{key}`",
        version.name()
    )))
}

/// Refused on every address. Source: `PkiRealmBootstrapCheck`; the names of realms are those of 7.0.
fn pki(settings: &Settings, version: Version) -> Option<Finding> {
    const REALMS: &str = "xpack.security.authc.realms.pki.";
    if !generation(version).limits.demands_discovery || !is_on(settings, version, SECURITY) {
        return None;
    }
    let name = |setting: &Setting| -> Option<String> {
        Some(setting.key.strip_prefix(REALMS)?.split('.').next()?.to_owned())
    };
    let of_realm = |name: &str, key: &str| format!("{REALMS}{name}.{key}");
    let realm = settings.entries.iter().find(|setting| {
        name(setting).is_some_and(|name| {
            let enabled = of_realm(&name, "enabled");
            let is_enabled = settings.get(&enabled).is_none() || is_on(settings, version, &enabled);
            is_enabled && is_off(settings, version, &of_realm(&name, "delegation.enabled"))
        })
    })?;
    let has_profiles = settings.entries.iter().any(|setting| setting.key.starts_with("transport.profiles."));
    if has_profiles || ![HTTPS, TRANSPORT].iter().all(|key| is_off(settings, version, key)) {
        return None;
    }
    let message = "a realm of certificates (`pki`), and TLS is on neither for clients nor between nodes";
    Some(realm.finding(Finding::error("settings/no-http-tls", message)).at(realm.key_span.clone()).help(
        format!(
            "{} refuses to start, as nobody could show a certificate: set `{HTTPS}: true` and \
         `xpack.security.http.ssl.client_authentication: optional`, or remove the realm",
            version.name()
        ),
    ))
}

#[cfg(test)]
mod tests;
