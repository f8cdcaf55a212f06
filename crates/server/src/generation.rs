//! What a generation of the server does differently from the one before it.
//!
//! A row says only what changed since the row above it. Nothing else in this crate compares versions: whoever wants to
//! know what a server does asks [`generation`] for the property, and the settings' catalogue for a setting.

use crate::templates::{ELASTICSEARCH_2, TemplateText};
use crate::version::{Product, Version};

/// Everything that depends on the version, but for single settings.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, none follows from another")]
pub struct Generation {
    pub product: Product,
    /// The first version, major and minor, that is like this.
    pub from: (u16, u16),
    /// The start script below the home. Source: the distributions.
    pub script: &'static str,
    /// The user that the packages and images make. Source: "Install Elasticsearch with Debian Package", directory layout.
    pub user: &'static str,
    pub config_dir: ConfigDirBy,
    /// The server's own file in that directory.
    pub main_file: &'static str,
    /// Variables that name the directory of a Java, the first one set wins. Source: `bin/elasticsearch-env`;
    /// `ES_JAVA_HOME` since the release notes of 7.12.
    pub java_variables: &'static [&'static str],
    /// A Java comes in `jdk` of the home and is taken where no variable names one (release notes of 7.0); otherwise the
    /// `PATH` is searched.
    pub has_bundled_java: bool,
    /// The first and the last Java major version that the server starts with. Source: Elastic's support matrix (JVM),
    /// OpenSearch's "Java compatibility".
    pub java_versions: (u16, u16),
    /// The variable with the user's JVM options. Source: "Setting JVM options".
    pub java_options: &'static str,
    /// Variables with JVM options that other products and generations read, and this one does not.
    pub ignored_java_options: &'static [&'static str],
    pub memory_variables: MemoryVariables,
    pub jvm_options: JvmOptions,
    pub setting_arguments: SettingArguments,
    /// Whether a setting that nobody registered refuses the start (breaking changes of 5.0, settings) or is ignored.
    pub refuses_unknown_settings: bool,
    /// Whether a key that is there twice refuses the start (2.0, `YamlSettingsLoader`) or the last one wins.
    pub refuses_duplicate_keys: bool,
    pub references: References,
    pub booleans: Booleans,
    pub roles: Roles,
    /// The names of the role that makes a node eligible as master. Source: "Node roles"; OpenSearch #2480.
    pub master_roles: &'static [&'static str],
    pub election: Election,
    /// Multicast looks for other nodes unless it is switched off; became a plugin in 2.0 (breaking changes of 2.0).
    pub has_multicast: bool,
    /// `network.host` that is not set means loopback and not all addresses (breaking changes of 2.0, network).
    pub binds_to_loopback: bool,
    /// The hosts provider `file` needs no plugin (breaking changes of 7.0, plugins).
    pub has_file_provider: bool,
    /// There is a discovery plugin for the Kubernetes API. Source: releases of fabric8/elasticsearch-cloud-kubernetes,
    /// whose settings 7.0 no longer knows.
    pub has_kubernetes_plugin: bool,
    pub kubeconfig: KubeconfigBy,
    /// What the other side logs when transport speaks to a port of HTTP.
    pub wrong_port_log: &'static str,
    /// The command that installs a plugin, up to the name. Source: "Installing plugins".
    pub plugin_tool: &'static str,
    pub plugin_names: PluginNames,
    pub root: Root,
    pub limits: Limits,
    /// The least memory in MiB with which a server was seen to start and stay.
    pub least_memory: u64,
    /// The settings that lock memory. Source: breaking changes of 5.0; 2.4 knows both names.
    pub memory_lock: &'static [&'static str],
    pub policy: PolicyUse,
    /// The templates that are used where the user brings none.
    pub templates: &'static [TemplateText],
}

/// What names the configuration directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigDirBy {
    /// Up to 2.x a property of the JVM, or the server's argument `--path.conf`. Source: "Setup, Directory Layout" of 2.x.
    Property,
    /// 5.x: the setting `path.conf` in an argument. Source: "Directory Layout" of 5.x.
    Setting,
    /// From 6.0 on, and on OpenSearch: this variable alone. Source: breaking changes of 6.0, packaging.
    Variable(&'static str),
}

impl ConfigDirBy {
    /// The variable with the directory: `CONF_DIR` is that of the packages up to 5.x.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Property | Self::Setting => "CONF_DIR",
            Self::Variable(name) => name,
        }
    }
}

/// What becomes of `ES_HEAP_SIZE`, `ES_MIN_MEM`, `ES_GC_OPTS` and their relatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryVariables {
    /// Source: `bin/elasticsearch.in.sh` of 1.x and 2.x.
    Read,
    /// 5.x looks for them only to refuse the start. Source: breaking changes of 5.0, packaging.
    Refused,
    Ignored,
}

/// Where the start script reads options of the JVM. Source: "Setting JVM options" of each generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JvmOptions {
    /// Up to 2.x in variables only.
    None,
    /// 5.x: the lines of `jvm.options` that begin with `-`.
    Lines,
    /// From 6.0 on versions of Java may precede an option: `8-13:-XX:…`.
    File,
    /// From 7.7 on (release notes) the files of `jvm.options.d` follow.
    FileAndDirectory,
}

/// How arguments set settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingArguments {
    /// `--name=value`, `--name value`, `-Des.name=value`, and the same property in the JVM's options.
    Properties,
    /// `-Ename=value`. Source: breaking changes of 5.0, command line.
    E,
}

/// What the server resolves in values besides `${NAME}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum References {
    /// `${env.NAME}` and `${prompt.text}`.
    EnvironmentAndPrompt,
    /// 5.x no longer knows `${env.NAME}`. Source: breaking changes of 5.0, settings.
    Prompt,
    /// Nor, from 6.0 on, `${prompt.text}`. Source: breaking changes of 6.0, settings.
    Plain,
}

/// How texts are read as booleans. Source: `Booleans` and breaking changes of 5.0 and 6.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booleans {
    /// Anything but `false`, `0`, `off` and `no` is true.
    Lenient,
    /// These four and their opposites; other texts refuse the start.
    EightSpellings,
    /// Only `true` and `false`.
    Strict,
}

/// Which settings say what a node is for. Source: "Node" of each generation, release notes of 7.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roles {
    /// `node.master`, `node.data` and `node.client`.
    BooleansAndClient,
    /// `node.master`, `node.data` and `node.ingest`.
    Booleans,
    /// `node.roles`, and where it is not set the booleans.
    ListOrBooleans,
    /// `node.roles` alone.
    List,
}

/// How masters are elected. Source: "Discovery" of each generation, breaking changes of 7.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    /// By a number that people have to get right.
    MinimumMasters,
    /// The cluster counts by itself; its first start needs this list of names.
    InitialMasters(&'static str),
}

/// What makes the Kubernetes plugin read a kubeconfig: the fabric8 plugin was published for 2.0 to 6.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KubeconfigBy {
    Nothing,
    /// `discovery.type: kubernetes`.
    DiscoveryType,
    /// That, or `discovery.zen.hosts_provider: kubernetes`. Source: release notes of 5.1.
    DiscoveryTypeOrProvider,
}

/// How plugins are called. Source: "Plugins" of each generation, breaking changes of 5.0, plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PluginNames {
    /// 1.x: `elasticsearch/elasticsearch-cloud-aws`, `GROUP/NAME/VERSION`.
    Repository,
    /// 2.x: `cloud-aws`, `GROUP/NAME/VERSION`.
    Cloud,
    /// From 5.0 on: `discovery-ec2`, `GROUP:NAME:VERSION`.
    Discovery,
}

/// Whether the server runs as root. Source: release notes of 2.0, breaking changes of 5.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    Allowed,
    /// With `es.insecure.allow.root`.
    IfAsked,
    Refused,
}

/// The bootstrap checks. Source: "Bootstrap Checks" of each generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A node that others can reach refuses to start when a check fails; up to 2.x it only logs.
    pub refuse: bool,
    pub open_files: u64,
    pub processes: Option<u64>,
    /// The address space must be unlimited.
    pub address_space: bool,
    /// The size of files must be unlimited.
    pub file_size: bool,
    /// `vm.max_map_count`.
    pub map_count: Option<u64>,
    /// The setting that makes the server do without mapped files (release notes of 6.7).
    pub mmap_setting: Option<&'static str>,
}

/// What becomes of the JVM's policy files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyUse {
    /// 1.x has no security manager.
    None,
    /// 2.0 has one that looks at its own policy only.
    NotConsulted,
    /// From 2.1 on they are consulted (elasticsearch#14704), unless `security.manager.enabled` is false.
    Switchable,
    /// From 5.0 on that cannot be switched (breaking changes of 5.0, settings).
    Consulted,
    /// From 8.18 on there are entitlements instead (elasticsearch#124865).
    Entitlements,
    /// OpenSearch from 3.0 on: a Java agent instead (OpenSearch#17861).
    Agent,
}

const ELASTICSEARCH_1_0: Generation = Generation {
    product: Product::Elasticsearch,
    from: (1, 0),
    script: "bin/elasticsearch",
    user: "elasticsearch",
    config_dir: ConfigDirBy::Property,
    main_file: "elasticsearch.yml",
    java_variables: &["JAVA_HOME"],
    has_bundled_java: false,
    java_versions: (7, 8),
    java_options: "ES_JAVA_OPTS",
    ignored_java_options: &[],
    memory_variables: MemoryVariables::Read,
    jvm_options: JvmOptions::None,
    setting_arguments: SettingArguments::Properties,
    refuses_unknown_settings: false,
    refuses_duplicate_keys: false,
    references: References::EnvironmentAndPrompt,
    booleans: Booleans::Lenient,
    roles: Roles::BooleansAndClient,
    master_roles: &["master"],
    election: Election::MinimumMasters,
    has_multicast: true,
    binds_to_loopback: false,
    has_file_provider: false,
    has_kubernetes_plugin: true,
    kubeconfig: KubeconfigBy::Nothing,
    wrong_port_log: "`invalid version format: INTERNAL:DISCOVERY/ZEN/UNICAST`",
    plugin_tool: "bin/plugin --install",
    plugin_names: PluginNames::Repository,
    root: Root::Allowed,
    limits: Limits {
        refuse: false,
        open_files: 65_536,
        processes: None,
        address_space: false,
        file_size: false,
        map_count: None,
        mmap_setting: None,
    },
    least_memory: 192,
    memory_lock: &["bootstrap.mlockall"],
    policy: PolicyUse::None,
    templates: &[],
};

const ELASTICSEARCH_2_0: Generation = Generation {
    from: (2, 0),
    refuses_duplicate_keys: true,
    has_multicast: false,
    binds_to_loopback: true,
    kubeconfig: KubeconfigBy::DiscoveryType,
    plugin_tool: "bin/plugin install",
    plugin_names: PluginNames::Cloud,
    root: Root::IfAsked,
    policy: PolicyUse::NotConsulted,
    templates: ELASTICSEARCH_2,
    ..ELASTICSEARCH_1_0
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
    java_versions: (8, u16::MAX),
    ignored_java_options: &["JAVA_OPTS"],
    memory_variables: MemoryVariables::Refused,
    jvm_options: JvmOptions::Lines,
    setting_arguments: SettingArguments::E,
    refuses_unknown_settings: true,
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
        map_count: Some(262_144),
        ..ELASTICSEARCH_2_4.limits
    },
    least_memory: 384,
    memory_lock: &["bootstrap.memory_lock"],
    policy: PolicyUse::Consulted,
    templates: &[],
    ..ELASTICSEARCH_2_4
};

const ELASTICSEARCH_5_1: Generation =
    Generation { from: (5, 1), kubeconfig: KubeconfigBy::DiscoveryTypeOrProvider, ..ELASTICSEARCH_5_0 };

const ELASTICSEARCH_6_0: Generation = Generation {
    from: (6, 0),
    config_dir: ConfigDirBy::Variable("ES_PATH_CONF"),
    memory_variables: MemoryVariables::Ignored,
    jvm_options: JvmOptions::File,
    references: References::Plain,
    booleans: Booleans::Strict,
    limits: Limits { processes: Some(4096), file_size: true, ..ELASTICSEARCH_5_1.limits },
    ..ELASTICSEARCH_5_1
};

const ELASTICSEARCH_6_3: Generation =
    Generation { from: (6, 3), kubeconfig: KubeconfigBy::Nothing, ..ELASTICSEARCH_6_0 };

/// One file less is enough: elasticsearch#37537.
const ELASTICSEARCH_6_7: Generation = Generation {
    from: (6, 7),
    limits: Limits {
        open_files: 65_535,
        mmap_setting: Some("node.store.allow_mmap"),
        ..ELASTICSEARCH_6_3.limits
    },
    ..ELASTICSEARCH_6_3
};

const ELASTICSEARCH_7_0: Generation = Generation {
    from: (7, 0),
    has_bundled_java: true,
    election: Election::InitialMasters("cluster.initial_master_nodes"),
    has_file_provider: true,
    has_kubernetes_plugin: false,
    ..ELASTICSEARCH_6_7
};

const ELASTICSEARCH_7_7: Generation =
    Generation { from: (7, 7), jvm_options: JvmOptions::FileAndDirectory, ..ELASTICSEARCH_7_0 };

const ELASTICSEARCH_7_9: Generation =
    Generation { from: (7, 9), roles: Roles::ListOrBooleans, ..ELASTICSEARCH_7_7 };

const ELASTICSEARCH_7_12: Generation =
    Generation { from: (7, 12), java_variables: &["ES_JAVA_HOME", "JAVA_HOME"], ..ELASTICSEARCH_7_9 };

const ELASTICSEARCH_8_0: Generation = Generation {
    from: (8, 0),
    java_variables: &["ES_JAVA_HOME"],
    java_versions: (17, u16::MAX),
    roles: Roles::List,
    least_memory: 512,
    ..ELASTICSEARCH_7_12
};

const ELASTICSEARCH_8_18: Generation =
    Generation { from: (8, 18), policy: PolicyUse::Entitlements, ..ELASTICSEARCH_8_0 };

const ELASTICSEARCH_9_0: Generation =
    Generation { from: (9, 0), java_versions: (21, u16::MAX), ..ELASTICSEARCH_8_18 };

/// Forked from Elasticsearch 7.10.
const OPENSEARCH_1_0: Generation = Generation {
    product: Product::OpenSearch,
    from: (1, 0),
    script: "bin/opensearch",
    user: "opensearch",
    config_dir: ConfigDirBy::Variable("OPENSEARCH_PATH_CONF"),
    main_file: "opensearch.yml",
    java_variables: &["OPENSEARCH_JAVA_HOME", "JAVA_HOME"],
    java_versions: (11, u16::MAX),
    java_options: "OPENSEARCH_JAVA_OPTS",
    ignored_java_options: &["JAVA_OPTS", "ES_JAVA_OPTS"],
    master_roles: &["master", "cluster_manager"],
    plugin_tool: "bin/opensearch-plugin install",
    ..ELASTICSEARCH_7_9
};

const OPENSEARCH_2_0: Generation = Generation {
    from: (2, 0),
    election: Election::InitialMasters("cluster.initial_cluster_manager_nodes"),
    ..OPENSEARCH_1_0
};

const OPENSEARCH_3_0: Generation =
    Generation { from: (3, 0), java_versions: (21, u16::MAX), policy: PolicyUse::Agent, ..OPENSEARCH_2_0 };

/// By product, rising.
static ROWS: [Generation; 19] = [
    ELASTICSEARCH_1_0,
    ELASTICSEARCH_2_0,
    ELASTICSEARCH_2_1,
    ELASTICSEARCH_2_4,
    ELASTICSEARCH_5_0,
    ELASTICSEARCH_5_1,
    ELASTICSEARCH_6_0,
    ELASTICSEARCH_6_3,
    ELASTICSEARCH_6_7,
    ELASTICSEARCH_7_0,
    ELASTICSEARCH_7_7,
    ELASTICSEARCH_7_9,
    ELASTICSEARCH_7_12,
    ELASTICSEARCH_8_0,
    ELASTICSEARCH_8_18,
    ELASTICSEARCH_9_0,
    OPENSEARCH_1_0,
    OPENSEARCH_2_0,
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
            ("1.7.5", (1, 0)),
            ("2.0.2", (2, 0)),
            ("2.3.4", (2, 1)),
            ("5.0.0", (5, 0)),
            ("5.6.16", (5, 1)),
            ("6.8.23", (6, 7)),
            ("7.6.2", (7, 0)),
            ("7.7.0", (7, 7)),
            ("7.17.9", (7, 12)),
            ("8.15.0", (8, 0)),
            ("8.18.0", (8, 18)),
            ("9.1.0", (9, 0)),
            ("12.0.0", (9, 0)),
            ("os-1.3.0", (1, 0)),
            ("os-2.11.0", (2, 0)),
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
