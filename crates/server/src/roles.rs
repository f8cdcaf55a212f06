//! Which roles a node has.

use crate::generation::{ELASTICSEARCH_ROLES, Roles, generation};
use crate::settings::kinds::{self, Reading};
use crate::version::Version;
use template::{Setting, Settings};

/// The variables that say what a node is for, each with its role.
pub const BOOLEANS: [(&str, &str); 3] =
    [("NODE_MASTER", "master"), ("NODE_DATA", "data"), ("NODE_INGEST", "ingest")];

/// Whether any version of any product has that role.
pub(crate) fn is_known(role: &str) -> bool {
    matches!(role, "cluster_manager" | "warm") || ELASTICSEARCH_ROLES.contains(&role)
}

/// Roles with blanks between them, where only commas divide them.
pub(crate) fn is_several(text: &str) -> bool {
    text.trim().contains(char::is_whitespace) && text.split_whitespace().all(is_known)
}

/// What such a variable says, in the spellings of all generations.
pub fn boolean(text: &str) -> Option<bool> {
    match &*text.trim().to_ascii_lowercase() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Whether a list of roles has one of these three, by any of its names.
pub fn lists(roles: &str, role: &str) -> bool {
    let is_it = |listed: &str| match role {
        "master" => listed == "master" || listed == "cluster_manager",
        "data" => listed == "data" || listed.starts_with("data_"),
        _ => listed == role,
    };
    roles.split(',').map(str::trim).any(is_it)
}

/// Whether this node may be elected master, as far as is known.
pub fn is_master_eligible(settings: &Settings, version: Version) -> bool {
    master_eligibility(settings, version) == Some(true)
}

/// Whether this node may be elected master; nothing where a setting that says it is not known.
pub fn master_eligibility(settings: &Settings, version: Version) -> Option<bool> {
    let is_master = |role: &str| generation(version).master_roles.contains(&role);
    has(settings, version, "node.master", is_master)
}

/// Whether it is known that this node holds shards whose room it needs; one that only holds the frozen tier does not.
pub fn holds_data(settings: &Settings, version: Version) -> bool {
    let is_data = |role: &str| role == "data" || (role.starts_with("data_") && role != "data_frozen");
    has(settings, version, "node.data", is_data) == Some(true)
}

/// Whether the node has a role that every node has unless its settings say otherwise: a boolean of that name, or from the
/// generations with a list on one of those roles in it.
fn has(settings: &Settings, version: Version, boolean: &str, is_role: impl Fn(&str) -> bool) -> Option<bool> {
    let generation = generation(version);
    let read: &[&str] = match generation.roles {
        Roles::BooleansAndClient => &[boolean, "node.client"],
        Roles::Booleans => &[boolean],
        Roles::ListOrBooleans => &["node.roles", boolean],
        Roles::List => &["node.roles"],
    };
    if read.iter().any(|key| settings.get(key).is_some_and(Setting::is_unknown)) {
        return None;
    }
    if generation.roles.has_list()
        && let Some(setting) = settings.get("node.roles")
        && !setting.is_null()
        && setting.text() != Some("")
    {
        return Some(setting.elements().iter().any(|role| is_role(role)));
    }
    if generation.roles == Roles::List {
        return Some(true);
    }
    let reading = |key: &str| {
        let setting = settings.get(key).filter(|setting| setting.is_set())?;
        kinds::reading(setting, version)
    };
    // `node.client: true` is what 1.x and 2.x call a node that is neither master nor data.
    let is_client =
        generation.roles == Roles::BooleansAndClient && reading("node.client") == Some(Reading::True);
    Some(!is_client && reading(boolean) != Some(Reading::False))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples;

    #[test]
    fn master_eligible_nodes() {
        let two = Version::elasticsearch(2, 3, 4);
        let eight = Version::elasticsearch(8, 15, 0);
        let open = Version::opensearch(2, 11, 0);
        for (key, text, version, expected) in [
            ("x", "y", two, true),
            ("node.master", "true", two, true),
            ("node.master", "false", two, false),
            ("node.master", "no", two, false),
            ("node.master", "False", two, true),
            ("node.master", "", two, true),
            ("node.client", "true", two, false),
            ("node.client", "false", two, true),
            ("node.roles", "data", two, true),
            ("node.roles", "data", Version::elasticsearch(7, 8, 0), true),
            ("node.master", "false", Version::elasticsearch(7, 17, 0), false),
            ("node.roles", "data, master", eight, true),
            ("node.roles", "data,ingest", eight, false),
            ("node.roles", "cluster_manager", eight, false),
            ("node.roles", "cluster_manager", open, true),
            ("node.roles", "", eight, true),
            ("node.master", "false", open, false),
        ] {
            let settings = samples::texts(&[(key, text)]);
            assert_eq!(is_master_eligible(&settings, version), expected, "{key}: {text} on {version}");
        }
        // What a version does not read changes nothing there, known or not.
        let unknown = samples::together([samples::texts(&[("x", "y")]), samples::unknown(&["node.roles"])]);
        assert_eq!(
            [two, eight, open].map(|version| is_master_eligible(&unknown, version)),
            [true, false, false]
        );
        for (items, expected) in [(vec![], false), (vec!["master"], true), (vec!["data"], false)] {
            let settings = samples::list("node.roles", &items);
            assert_eq!(is_master_eligible(&settings, eight), expected, "{items:?}");
        }
    }

    /// Both roles are read in the same way: the loader makes `false` of an unquoted `no`, and of a quoted one it does not.
    #[test]
    fn unquoted_booleans_count_for_data_too() {
        let version = Version::elasticsearch(6, 8, 23);
        for (text, expected) in [("no", false), ("false", false), ("\"no\"", true), ("yes", true)] {
            let settings = samples::of_file(&format!("node.data: {text}\nnode.master: {text}\n"), &[]);
            assert_eq!(holds_data(&settings, version), expected, "{text}");
            assert_eq!(is_master_eligible(&settings, version), expected, "{text}");
        }
    }
}
