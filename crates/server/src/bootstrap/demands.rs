//! What the settings ask of the machine.

use crate::generation::generation;
use crate::jvm_arguments::Argument;
use crate::settings::kinds::{self, Reading};
use crate::version::Version;
use template::{Setting, Settings};

/// Whether a failed bootstrap check keeps the server from starting: from 5.0 on, when it can be reached from outside
/// and is not a cluster of its own. Up to 2.x it only logs.
pub fn bootstrap_checks_enforced(version: Version, settings: &Settings) -> bool {
    if !generation(version).limits.refuse || settings.text("discovery.type") == Some("single-node") {
        return false;
    }
    let public =
        |key: &str| settings.get(key).is_some_and(|setting| setting.elements().into_iter().any(is_public));
    // The transport's own settings win over those of the network; each falls back on its own.
    ["bind_host", "publish_host"].iter().any(|name| {
        let keys = [
            format!("transport.{name}"),
            "transport.host".to_owned(),
            format!("network.{name}"),
            "network.host".to_owned(),
        ];
        keys.iter().find(|key| !settings.is_unset(key)).is_some_and(|key| public(key))
    })
}

/// An option of the JVM has the checks enforced on every address.
pub fn are_asked_for(version: Version, arguments: &[Argument]) -> bool {
    let last =
        arguments.iter().rev().find_map(|it| it.text.strip_prefix(generation(version).enforcing_option));
    last == Some("=true")
}

fn is_public(host: &str) -> bool {
    let local = host.starts_with("127.")
        || matches!(
            host,
            "" | "localhost" | "::1" | "[::1]" | "_local_" | "_local:ipv4_" | "_local:ipv6_" | "_lo_"
        );
    !local
}

/// The setting that asks for locked memory, when it does.
pub fn memory_lock_setting(version: Version, settings: &Settings) -> Option<&Setting> {
    generation(version).memory_lock.iter().find_map(|key| {
        let setting = settings.get(key)?;
        // Empty text removes the setting.
        let asked = setting.is_set() && kinds::reading(setting, version) == Some(Reading::True);
        asked.then_some(setting)
    })
}
