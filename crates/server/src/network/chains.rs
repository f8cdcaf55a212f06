//! Which settings say where a node is bound, and what it publishes.

use template::{Setting, Settings};

/// The settings with the addresses of a service, the first one set wins: what is bound, and what is published.
pub(super) const TRANSPORT: [[&str; 4]; 2] = [
    ["transport.bind_host", "transport.host", "network.bind_host", "network.host"],
    ["transport.publish_host", "transport.host", "network.publish_host", "network.host"],
];
pub(super) const HTTP: [[&str; 4]; 2] = [
    ["http.bind_host", "http.host", "network.bind_host", "network.host"],
    ["http.publish_host", "http.host", "network.publish_host", "network.host"],
];
/// Older names and further services win over these, and are not followed.
const NOT_FOLLOWED: [&str; 3] = ["transport.netty.", "transport.profiles.", "http.netty."];

/// The settings that say where this node is bound to, and what it publishes; none where others may win over them.
pub(super) fn named(settings: &Settings) -> [Vec<&Setting>; 2] {
    if !is_followed(settings) {
        return [Vec::new(), Vec::new()];
    }
    [0, 1].map(|role| {
        let chains: &[_] = if http_is_off(settings) { &[TRANSPORT] } else { &[TRANSPORT, HTTP] };
        let mut found: Vec<&Setting> = Vec::new();
        for setting in chains.iter().filter_map(|chain| first_set(settings, &chain[role])) {
            if !found.iter().any(|other| other.key == setting.key) {
                found.push(setting);
            }
        }
        found
    })
}

/// Whether nothing wins over the settings that are known here.
pub(super) fn is_followed(settings: &Settings) -> bool {
    !settings.entries.iter().any(|it| NOT_FOLLOWED.iter().any(|prefix| it.key.starts_with(prefix)))
}

pub(super) fn http_is_off(settings: &Settings) -> bool {
    settings.text("http.enabled") == Some("false")
}

/// Whether both services are certainly bound to one address, at least.
pub(super) fn same_addresses(settings: &Settings) -> bool {
    let of = |chain: &[[&str; 4]; 2]| {
        chain[0].iter().filter_map(|key| settings.get(key)).find(|it| !settings.is_unset(&it.key))
    };
    match (of(&TRANSPORT), of(&HTTP)) {
        (None, None) => true,
        (Some(transport), Some(http)) if transport.key == http.key => true,
        (Some(transport), Some(http)) => {
            let others = http.elements();
            transport.elements().iter().any(|host| others.contains(host))
        }
        _ => false,
    }
}

/// The first of them that has a value; nothing where that cannot be known.
pub(super) fn first_set<'a>(settings: &'a Settings, keys: &[&str]) -> Option<&'a Setting> {
    let found = keys.iter().filter_map(|key| settings.get(key)).find(|it| it.is_unknown() || it.is_set())?;
    (!found.is_unknown()).then_some(found)
}
