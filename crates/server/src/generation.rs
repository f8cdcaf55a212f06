//! What a generation of the server does differently from the one before it.
//!
//! A row says only what changed since the row above it. Nothing else in this crate compares versions: whoever wants to
//! know what a server does asks [`generation`] for the property, and the settings' catalogue for a setting.

mod configuration_files;
mod first;
mod limits;
mod of_settings;
mod properties;
mod template_texts;

use crate::version::{Product, Version};
use configuration_files::KEYSTORE;
use first::ELASTICSEARCH_1_0;
pub use limits::{CallFilter, Limits};
pub use properties::*;

/// Java 24 has none (JEP 486). Tried with Java 25: 6.8.23, 7.17.29, OpenSearch 1.3.20 and 2.19.6 do not start.
const LAST_WITH_SECURITY_MANAGER: u16 = 23;

const ELASTICSEARCH_1_3: Generation =
    Generation { from: (1, 3), disk_watermarks: DiskWatermarks::Shards, ..ELASTICSEARCH_1_0 };

/// What is known of the loader of 1.x was tried on 1.7.5.
const ELASTICSEARCH_1_7: Generation =
    Generation { from: (1, 7), yaml: YamlParser::RefusesTabs, ..ELASTICSEARCH_1_3 };

const ELASTICSEARCH_2_0: Generation = Generation {
    from: (2, 0),
    reads_collector_variable: true,
    duplicates: Duplicates::SettingsRefused,
    has_multicast: false,
    binds_to_loopback: true,
    refuses_unresolved_hosts: true,
    address_names: AddressNames::SeveralAndNonLoopback,
    made_in_config: Some(MadeInConfig::Directory("scripts")),
    kubeconfig: KubeconfigBy::DiscoveryType,
    plugin_tool: "bin/plugin install",
    plugin_names: PluginNames::Cloud,
    root: Root::IfAsked,
    policy: PolicyUse::NotConsulted,
    templates: template_texts::ELASTICSEARCH_2,
    ..ELASTICSEARCH_1_7
};

const ELASTICSEARCH_2_1: Generation =
    Generation { from: (2, 1), policy: PolicyUse::Switchable, ..ELASTICSEARCH_2_0 };

const ELASTICSEARCH_2_4: Generation = Generation {
    from: (2, 4),
    memory_lock: &["bootstrap.mlockall", "bootstrap.memory_lock"],
    ..ELASTICSEARCH_2_1
};

const ELASTICSEARCH_5_0: Generation = Generation {
    from: (5, 0),
    config_dir: ConfigDirBy::Setting,
    logging: Logging::Properties,
    other_configuration: configuration_files::X_PACK,
    java_versions: (8, LAST_WITH_SECURITY_MANAGER),
    ignored_java_options: &["JAVA_OPTS"],
    default_heap: Some("2g"),
    memory_variables: MemoryVariables::Refused,
    reads_collector_variable: false,
    jvm_options: JvmOptions::Lines,
    setting_arguments: SettingArguments::E,
    refuses_unknown_settings: true,
    refuses_null: true,
    refuses_unresolved_hosts: false,
    address_names: AddressNames::Several,
    references: References::Prompt,
    booleans: Booleans::EightSpellings,
    roles: Roles::Booleans,
    wrong_port_log: "an `invalid version format`",
    plugin_tool: "bin/elasticsearch-plugin install",
    plugin_names: PluginNames::Discovery,
    root: Root::Refused,
    limits: Limits {
        refuse: true,
        processes: Some(2048),
        address_space: true,
        call_filter: CallFilter::Wanted("bootstrap.seccomp"),
        map_count: Some(262_144),
        ..ELASTICSEARCH_2_4.limits
    },
    own_files: &["x-pack"],
    data_layout: DataLayout::NodesOrByCluster,
    least_memory: 384,
    refuses_full_disk: true,
    memory_lock: &["bootstrap.memory_lock"],
    policy: PolicyUse::Consulted,
    templates: template_texts::ELASTICSEARCH_5,
    ..ELASTICSEARCH_2_4
};

const ELASTICSEARCH_5_1: Generation = Generation {
    from: (5, 1),
    kubeconfig: KubeconfigBy::DiscoveryTypeOrProvider,
    limits: Limits { refuses_old_g1: true, ..ELASTICSEARCH_5_0.limits },
    ..ELASTICSEARCH_5_0
};

const ELASTICSEARCH_5_2: Generation = Generation {
    from: (5, 2),
    limits: Limits {
        call_filter: CallFilter::Demanded(Some("bootstrap.system_call_filter")),
        ..ELASTICSEARCH_5_1.limits
    },
    ..ELASTICSEARCH_5_1
};

/// The classes of the bootstrap checks were listed for 5.2.2, 5.4.3, 5.5.3 and 5.6.0.
const ELASTICSEARCH_5_4: Generation = Generation {
    from: (5, 4),
    has_single_node: true,
    limits: Limits { refuses_early_access: true, ..ELASTICSEARCH_5_2.limits },
    ..ELASTICSEARCH_5_2
};

const ELASTICSEARCH_5_6: Generation = Generation {
    from: (5, 6),
    limits: Limits { file_size: true, ..ELASTICSEARCH_5_4.limits },
    ..ELASTICSEARCH_5_4
};

const ELASTICSEARCH_6_0: Generation = Generation {
    from: (6, 0),
    image: OfficialImage::ChangesUser,
    config_dir: ConfigDirBy::Variable("ES_PATH_CONF"),
    made_in_config: None,
    own_files: &[KEYSTORE, "x-pack"],
    keystore: Some(KEYSTORE),
    default_heap: Some("1g"),
    memory_variables: MemoryVariables::Ignored,
    jvm_options: JvmOptions::File,
    working_directory: WorkingDirectory::Home,
    references: References::Plain,
    booleans: Booleans::Strict,
    data_layout: DataLayout::Nodes,
    duplicates: Duplicates::Refused,
    limits: Limits { processes: Some(4096), ..ELASTICSEARCH_5_6.limits },
    disk_watermarks: DiskWatermarks::FloodStage,
    ..ELASTICSEARCH_5_6
};

const ELASTICSEARCH_6_1: Generation = Generation {
    from: (6, 1),
    booleans: Booleans::StrictAfterYaml,
    yaml: YamlParser::RefusesColons,
    refuses_nested_lists: true,
    ..ELASTICSEARCH_6_0
};

const ELASTICSEARCH_6_2: Generation =
    Generation { from: (6, 2), refuses_all_permission: true, ..ELASTICSEARCH_6_1 };

/// Security comes with the distribution.
const ELASTICSEARCH_6_3: Generation = Generation {
    from: (6, 3),
    made_in_config: Some(MadeInConfig::Keystore(KEYSTORE)),
    own_files: &[KEYSTORE, "users", "users_roles", "roles.yml", "role_mapping.yml", "system_key", "x-pack"],
    other_configuration: configuration_files::SECURITY_AND_X_PACK,
    temporary_variable: Some("ES_TMPDIR"),
    kubeconfig: KubeconfigBy::Nothing,
    ..ELASTICSEARCH_6_2
};

/// One file less is enough: elasticsearch#37537.
const ELASTICSEARCH_6_7: Generation = Generation {
    from: (6, 7),
    refuses_odd_option_lines: true,
    limits: Limits {
        open_files: 65_535,
        mmap_setting: Some("node.store.allow_mmap"),
        ..ELASTICSEARCH_6_3.limits
    },
    ..ELASTICSEARCH_6_3
};

const ELASTICSEARCH_6_8: Generation =
    Generation { from: (6, 8), keystore_formats: (4, 4), ..ELASTICSEARCH_6_7 };

const ELASTICSEARCH_7_0: Generation = Generation {
    from: (7, 0),
    refuses_colon_in_cluster_name: true,
    duplicates: Duplicates::NamesRefused,
    other_configuration: configuration_files::SECURITY,
    has_bundled_java: true,
    election: Election::InitialMasters("cluster.initial_master_nodes"),
    has_file_provider: true,
    has_kubernetes_plugin: false,
    greets_with_master_only: false,
    limits: Limits { demands_discovery: true, ..ELASTICSEARCH_6_8.limits },
    templates: template_texts::ELASTICSEARCH_7_0,
    ..ELASTICSEARCH_6_8
};

const ELASTICSEARCH_7_6: Generation =
    Generation { from: (7, 6), setting_variables: SettingVariables::Script, ..ELASTICSEARCH_7_0 };

const ELASTICSEARCH_7_7: Generation = Generation {
    from: (7, 7),
    asks_for_keystore_password: true,
    yaml: YamlParser::Current,
    jvm_options: JvmOptions::FileAndDirectory,
    ..ELASTICSEARCH_7_6
};

const ELASTICSEARCH_7_9: Generation = Generation {
    from: (7, 9),
    roles: Roles::ListOrBooleans,
    // Tried on 7.17.29: without the last two.
    known_roles: Some(ELASTICSEARCH_ROLES.split_at(ELASTICSEARCH_ROLES.len() - 2).0),
    templates: template_texts::ELASTICSEARCH_7_9,
    ..ELASTICSEARCH_7_7
};

const ELASTICSEARCH_7_11: Generation =
    Generation { from: (7, 11), sizes_heap: true, default_heap: None, ..ELASTICSEARCH_7_9 };

const ELASTICSEARCH_7_12: Generation =
    Generation { from: (7, 12), java_variables: &["ES_JAVA_HOME", "JAVA_HOME"], ..ELASTICSEARCH_7_11 };

const ELASTICSEARCH_7_13: Generation =
    Generation { from: (7, 13), own_files: configuration_files::WITH_SERVICE_TOKENS, ..ELASTICSEARCH_7_12 };

const ELASTICSEARCH_8_0: Generation = Generation {
    from: (8, 0),
    known_roles: Some(&ELASTICSEARCH_ROLES),
    image: OfficialImage::Unprivileged,
    own_files: configuration_files::WITH_CERTIFICATES,
    configures_security: true,
    keystore_formats: (4, 5),
    java_variables: &["ES_JAVA_HOME"],
    java_versions: (17, LAST_WITH_SECURITY_MANAGER),
    refuses_more_processors: true,
    roles: Roles::List,
    data_layout: DataLayout::Top,
    reads_all_tls_files: true,
    limits: Limits { call_filter: CallFilter::Demanded(None), ..ELASTICSEARCH_7_13.limits },
    least_memory: 512,
    ..ELASTICSEARCH_7_13
};

const ELASTICSEARCH_8_3: Generation = Generation {
    from: (8, 3),
    keystore_formats: (5, 6),
    setting_variables: SettingVariables::Launcher,
    arguments_are_yaml: true,
    splits_option_lines: false,
    ..ELASTICSEARCH_8_0
};

const ELASTICSEARCH_8_5: Generation =
    Generation { from: (8, 5), disk_watermarks: DiskWatermarks::Headroom, ..ELASTICSEARCH_8_3 };

const ELASTICSEARCH_8_15: Generation =
    Generation { from: (8, 15), keystore_formats: (6, 7), ..ELASTICSEARCH_8_5 };

const ELASTICSEARCH_8_18: Generation = Generation {
    from: (8, 18),
    keystore_formats: (7, u32::MAX),
    policy: PolicyUse::Entitlements,
    java_versions: (17, u16::MAX),
    ..ELASTICSEARCH_8_15
};

const ELASTICSEARCH_8_19: Generation =
    Generation { from: (8, 19), working_directory: WorkingDirectory::LogsFromPatch(4), ..ELASTICSEARCH_8_18 };

const ELASTICSEARCH_9_0: Generation = Generation {
    from: (9, 0),
    java_versions: (21, u16::MAX),
    working_directory: WorkingDirectory::LogsFromPatch(u16::MAX),
    ..ELASTICSEARCH_8_19
};

const ELASTICSEARCH_9_1: Generation =
    Generation { from: (9, 1), working_directory: WorkingDirectory::LogsFromPatch(0), ..ELASTICSEARCH_9_0 };

/// Forked from Elasticsearch 7.10.
const OPENSEARCH_1_0: Generation = Generation {
    product: Product::OpenSearch,
    from: (1, 0),
    script: "bin/opensearch",
    image: OfficialImage::Unprivileged,
    user: "opensearch",
    config_dir: ConfigDirBy::Variable("OPENSEARCH_PATH_CONF"),
    main_file: "opensearch.yml",
    known_roles: Some(&["data", "ingest", "master", "remote_cluster_client"]),
    made_in_config: Some(MadeInConfig::Keystore("opensearch.keystore")),
    own_files: &["opensearch.keystore"],
    other_configuration: configuration_files::OPENSEARCH,
    temporary_variable: Some("OPENSEARCH_TMPDIR"),
    keystore: Some("opensearch.keystore"),
    keystore_formats: (4, u32::MAX),
    java_variables: &["OPENSEARCH_JAVA_HOME", "JAVA_HOME"],
    java_versions: (11, LAST_WITH_SECURITY_MANAGER),
    java_options: "OPENSEARCH_JAVA_OPTS",
    enforcing_option: "-Dopensearch.enforce.bootstrap.checks",
    ignored_java_options: &["JAVA_OPTS", "ES_JAVA_OPTS"],
    master_roles: &["master", "cluster_manager"],
    plugin_tool: "bin/opensearch-plugin install",
    templates: template_texts::OPENSEARCH_1,
    ..ELASTICSEARCH_7_9
};

const OPENSEARCH_2_0: Generation = Generation {
    from: (2, 0),
    known_roles: Some(&["cluster_manager", "data", "ingest", "master", "remote_cluster_client"]),
    master_role: "cluster_manager",
    election: Election::InitialMasters("cluster.initial_cluster_manager_nodes"),
    templates: template_texts::OPENSEARCH_2,
    ..OPENSEARCH_1_0
};

/// Any name is a role. Tried with the classes of 2.0.1, which refuses what it does not know, and of 2.1.0.
const OPENSEARCH_2_1: Generation = Generation { from: (2, 1), known_roles: None, ..OPENSEARCH_2_0 };

/// The classes of the bootstrap checks were listed for 2.0.1, 2.4.1, 2.19.3 and 3.0.0.
const OPENSEARCH_2_4: Generation = Generation {
    from: (2, 4),
    limits: Limits { refuses_old_java_11: true, ..OPENSEARCH_2_1.limits },
    ..OPENSEARCH_2_1
};

const OPENSEARCH_2_19: Generation = Generation {
    from: (2, 19),
    limits: Limits { single_path_role: Some("search"), ..OPENSEARCH_2_4.limits },
    ..OPENSEARCH_2_4
};

const OPENSEARCH_3_0: Generation = Generation {
    from: (3, 0),
    java_versions: (21, u16::MAX),
    policy: PolicyUse::Agent,
    limits: Limits { single_path_role: Some("warm"), ..OPENSEARCH_2_19.limits },
    ..OPENSEARCH_2_19
};

/// By product, rising.
pub(crate) static ROWS: [Generation; 38] = [
    ELASTICSEARCH_1_0,
    ELASTICSEARCH_1_3,
    ELASTICSEARCH_1_7,
    ELASTICSEARCH_2_0,
    ELASTICSEARCH_2_1,
    ELASTICSEARCH_2_4,
    ELASTICSEARCH_5_0,
    ELASTICSEARCH_5_1,
    ELASTICSEARCH_5_2,
    ELASTICSEARCH_5_4,
    ELASTICSEARCH_5_6,
    ELASTICSEARCH_6_0,
    ELASTICSEARCH_6_1,
    ELASTICSEARCH_6_2,
    ELASTICSEARCH_6_3,
    ELASTICSEARCH_6_7,
    ELASTICSEARCH_6_8,
    ELASTICSEARCH_7_0,
    ELASTICSEARCH_7_6,
    ELASTICSEARCH_7_7,
    ELASTICSEARCH_7_9,
    ELASTICSEARCH_7_11,
    ELASTICSEARCH_7_12,
    ELASTICSEARCH_7_13,
    ELASTICSEARCH_8_0,
    ELASTICSEARCH_8_3,
    ELASTICSEARCH_8_5,
    ELASTICSEARCH_8_15,
    ELASTICSEARCH_8_18,
    ELASTICSEARCH_8_19,
    ELASTICSEARCH_9_0,
    ELASTICSEARCH_9_1,
    OPENSEARCH_1_0,
    OPENSEARCH_2_0,
    OPENSEARCH_2_1,
    OPENSEARCH_2_4,
    OPENSEARCH_2_19,
    OPENSEARCH_3_0,
];

/// The last row at or below that version; a version later than all of them is like the last one.
pub fn generation(version: Version) -> &'static Generation {
    let mut rows = ROWS.iter().filter(|row| row.product == version.product);
    let first = rows.next().unwrap_or(&ROWS[0]);
    rows.take_while(|row| row.from <= (version.major, version.minor)).last().unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_the_order_of_their_versions() {
        assert!(
            ROWS.windows(2).all(|pair| (pair[0].product, pair[0].from) < (pair[1].product, pair[1].from))
        );
        for row in &ROWS {
            let version = Version { product: row.product, major: row.from.0, minor: row.from.1, patch: 0 };
            assert!(version.is_known(), "{version}");
            assert!(std::ptr::eq(generation(version), row), "{version}");
        }
    }

    #[test]
    fn the_last_row_at_or_below_a_version_is_its_own() {
        for (text, from) in [
            ("1.2.4", (1, 0)),
            ("1.4.0", (1, 3)),
            ("1.7.5", (1, 7)),
            ("2.0.2", (2, 0)),
            ("2.3.4", (2, 1)),
            ("5.0.0", (5, 0)),
            ("5.1.2", (5, 1)),
            ("5.3.3", (5, 2)),
            ("5.6.16", (5, 6)),
            ("6.7.2", (6, 7)),
            ("6.8.23", (6, 8)),
            ("6.0.1", (6, 0)),
            ("6.1.3", (6, 1)),
            ("6.2.4", (6, 2)),
            ("7.5.2", (7, 0)),
            ("7.6.2", (7, 6)),
            ("7.7.0", (7, 7)),
            ("7.12.1", (7, 12)),
            ("7.17.9", (7, 13)),
            ("8.2.3", (8, 0)),
            ("8.4.3", (8, 3)),
            ("8.14.3", (8, 5)),
            ("8.15.0", (8, 15)),
            ("8.18.0", (8, 18)),
            ("8.19.21", (8, 19)),
            ("9.0.4", (9, 0)),
            ("9.1.0", (9, 1)),
            ("12.0.0", (9, 1)),
            ("os-1.3.0", (1, 0)),
            ("os-2.0.1", (2, 0)),
            ("os-2.3.0", (2, 1)),
            ("os-2.11.0", (2, 4)),
            ("os-4.0.0", (3, 0)),
        ] {
            let version = Version::parse(text).unwrap();
            assert_eq!(
                (generation(version).product, generation(version).from),
                (version.product, from),
                "{text}"
            );
        }
    }

    #[test]
    fn the_fork_begins_like_7_10() {
        let (fork, origin) =
            (generation(Version::opensearch(1, 0, 0)), generation(Version::elasticsearch(7, 10, 2)));
        assert_eq!(
            (fork.limits, fork.roles, fork.jvm_options, fork.policy, fork.least_memory),
            (origin.limits, origin.roles, origin.jvm_options, origin.policy, origin.least_memory)
        );
    }
}
