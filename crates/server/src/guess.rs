//! Which server a configuration was written for, where nobody names it.

use crate::generation::{Election, generation};
use crate::quorum::MINIMUM_MASTER_NODES;
use crate::settings::catalogue;
use crate::settings::life::State;
use crate::version::{Product, Version};
use template::Settings;

/// The version of the built-in template; taken when nothing says otherwise.
pub const FIRST_GUESS: Version = Version::elasticsearch(2, 3, 4);

/// One of each generation; of several that fit as well the first one counts.
const ELASTICSEARCH: [Version; 7] = [
    FIRST_GUESS,
    Version::elasticsearch(7, 17, 0),
    Version::elasticsearch(6, 8, 23),
    Version::elasticsearch(5, 6, 16),
    Version::elasticsearch(8, 19, 0),
    Version::elasticsearch(9, 2, 0),
    Version::elasticsearch(1, 7, 5),
];
const OPENSEARCH: [Version; 3] =
    [Version::opensearch(2, 19, 0), Version::opensearch(1, 3, 0), Version::opensearch(3, 0, 0)];

const MULTICAST: &str = "discovery.zen.ping.multicast.enabled";

/// What speaks against a version: settings that it does not have, that are outdated in it, and that it does not know.
type Against = (u32, u32, u32);

/// The version that knows most of the settings; `file_name` is that of the configuration.
pub fn guess(settings: &Settings, file_name: Option<&str>) -> Version {
    let is_opensearch = file_name == Some("opensearch.yml") || has_settings_of_opensearch(settings);
    let counts = against(settings, if is_opensearch { &OPENSEARCH } else { &ELASTICSEARCH });
    // The first one of the least.
    let best = counts.into_iter().min_by_key(|(_, count)| *count);
    best.map_or(FIRST_GUESS, |(version, _)| version)
}

/// Whether the settings tell how that guess elects masters: they name a minimum for it, or something in them speaks against all
/// versions that do it in another way.
pub fn tells_election(settings: &Settings, guess: Version) -> bool {
    let by_minimum = |version: Version| generation(version).election == Election::MinimumMasters;
    let own = by_minimum(guess);
    let least = |kind: bool| {
        let counts = against(settings, &ELASTICSEARCH).into_iter();
        counts.filter(|(version, _)| by_minimum(*version) == kind).map(|(_, (wrong, ..))| wrong).min()
    };
    guess.product == Product::OpenSearch
        || (own && settings.get(MINIMUM_MASTER_NODES).is_some())
        || least(own) < least(!own)
}

fn against(settings: &Settings, candidates: &[Version]) -> Vec<(Version, Against)> {
    let mut counts = vec![(0_u32, 0_u32, 0_u32); candidates.len()];
    for setting in &settings.entries {
        let Some(own) = catalogue::find(&setting.key) else { continue };
        let values = if own.name == setting.key { setting.elements() } else { Vec::new() };
        let by_value = values.into_iter().find_map(|value| catalogue::find_value(&setting.key, value));
        let row = by_value.unwrap_or(own);
        for (version, (wrong, deprecated, unknown)) in candidates.iter().zip(&mut counts) {
            match row.state(*version) {
                State::Present => {}
                State::Removed | State::NotYet => *wrong += 1,
                State::Deprecated => *deprecated += 1,
                // No list is as old as those that ignore what they do not know.
                State::Unknown => {
                    *unknown +=
                        u32::from(row.source == "docs" || generation(*version).refuses_unknown_settings);
                }
            }
        }
    }
    // 6.7 reads the first masters for later: who names them starts a 7.
    if settings.get("cluster.initial_master_nodes").is_some() {
        for (version, (wrong, ..)) in candidates.iter().zip(&mut counts) {
            *wrong += 2 * u32::from(generation(*version).election == Election::MinimumMasters);
        }
    }
    // A 1.x looks for others by itself: nobody is warned of that because of a guess.
    if settings.get(MULTICAST).is_none() {
        for (version, (wrong, ..)) in candidates.iter().zip(&mut counts) {
            *wrong += 2 * u32::from(generation(*version).has_multicast);
        }
    }
    candidates.iter().copied().zip(counts).collect()
}

/// Settings that only OpenSearch has.
fn has_settings_of_opensearch(settings: &Settings) -> bool {
    settings.entries.iter().any(|setting| {
        setting.key.starts_with("plugins.security.")
            || setting.key == "cluster.initial_cluster_manager_nodes"
            || setting.key.starts_with("cluster_manager.")
            || (setting.key == "node.roles" && setting.elements().contains(&"cluster_manager"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::{list, texts, together};

    #[test]
    fn the_generation_that_knows_most_of_it() {
        for (pairs, expected) in [
            (&[][..], "2.3.4"),
            (&[("cluster.name", "x"), ("network.host", "_site_")], "2.3.4"),
            (&[("bootstrap.mlockall", "true"), ("discovery.zen.minimum_master_nodes", "2")], "2.3.4"),
            (&[("path.work", "/x"), ("discovery.zen.ping.multicast.enabled", "false")], "1.7.5"),
            (&[("path.work", "/x")], "2.3.4"),
            (&[("bootstrap.memory_lock", "true")], "7.17.0"),
            (&[("discovery.seed_hosts", "a"), ("node.master", "true")], "7.17.0"),
            (&[("discovery.zen.ping.unicast.hosts", "a"), ("xpack.security.enabled", "false")], "6.8.23"),
            (&[("node.ingest", "true"), ("discovery.zen.minimum_master_nodes", "2")], "6.8.23"),
            (&[("discovery.zen.minimum_master_nodes", "2"), ("cluster.initial_master_nodes", "a")], "7.17.0"),
            (&[("bootstrap.seccomp", "false"), ("node.ingest", "true")], "5.6.16"),
            (&[("plugins.security.disabled", "true")], "os-2.19.0"),
            (&[("cluster.initial_cluster_manager_nodes", "a")], "os-2.19.0"),
        ] {
            assert_eq!(guess(&texts(pairs), Some("elasticsearch.yml")).to_string(), expected, "{pairs:?}");
        }
        let roles = together([list("node.roles", &["data", "cluster_manager"]), texts(&[])]);
        assert_eq!(guess(&roles, None).to_string(), "os-2.19.0");
    }

    #[test]
    fn how_masters_are_elected() {
        for (pairs, expected) in [
            (&[][..], false),
            (&[("cluster.name", "x"), ("node.name", "es-0")], false),
            // Deprecated in a 7, which has no minimum.
            (&[("discovery.zen.ping.unicast.hosts", "a")], false),
            (&[("discovery.zen.minimum_master_nodes", "2"), ("node.ingest", "true")], true),
            (&[("bootstrap.mlockall", "true")], true),
            (&[("discovery.seed_hosts", "a")], true),
            (&[("cluster.initial_master_nodes", "a")], true),
            (&[("plugins.security.disabled", "true")], true),
        ] {
            let settings = texts(pairs);
            assert_eq!(tells_election(&settings, guess(&settings, None)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn the_name_of_the_file_says_the_product() {
        let name = Some("opensearch.yml");
        assert_eq!(guess(&Settings::default(), name).to_string(), "os-2.19.0");
        let masters = texts(&[("cluster.initial_master_nodes", "a"), ("node.master", "true")]);
        assert_eq!(guess(&masters, name).to_string(), "os-1.3.0");
    }
}
