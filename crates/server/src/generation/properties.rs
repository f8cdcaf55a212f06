//! What a generation is described by.

use super::limits::Limits;
pub use super::of_settings::*;
use crate::version::Product;

/// A template: its path below the configuration directory, and its text.
pub type TemplateText = (&'static str, &'static str);

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
    pub logging: Logging,
    /// What the server makes in that directory when it is not there; without the right to, it does not start. Tried: 2.3.4
    /// and 5.6.16 make `scripts`, 1.7.5 and 6.2.4 nothing, 6.3.0 and later a keystore.
    pub made_in_config: Option<MadeInConfig>,
    /// Files and directories that tools and the server itself write there, the keystore first. Source: "Secure settings",
    /// "File-based user authentication", "elasticsearch-syskeygen", "elasticsearch-service-tokens" (release notes of 7.13),
    /// "Start the Elastic Stack with security enabled". Security was a plugin up to 6.2, with a directory of its own: Shield
    /// on 2.x, X-Pack from 5.0 on. Tried on 7.17.29 and 8.19.21.
    pub own_files: &'static [&'static str],
    /// What else the server reads there as configuration, beside the main file, those of the log and of the JVM's options:
    /// users and roles, and hosts for the discovery. Source: the guides of Shield and X-Pack, "File-based user
    /// authentication", "Discovery, Settings-based and file-based", OpenSearch's "Modifying the YAML files".
    pub other_configuration: &'static [&'static str],
    /// The launcher of 8.0 and later makes certificates and appends lines to the main file, where security is not set.
    pub configures_security: bool,
    /// The launcher reads the values of arguments and variables as YAML: `[a, b]`, `True`. Source: Elasticsearch's
    /// pull request 85186. Tried with 8.15.0, 8.19.21 and 9.2.0.
    pub arguments_are_yaml: bool,
    /// The variable with the directory for temporary files. Source: `bin/elasticsearch-env` of 6.3, `bin/opensearch`.
    pub temporary_variable: Option<&'static str>,
    /// The keystore in that directory, which the server makes where it is missing (breaking changes of 6.0, keystore).
    pub keystore: Option<&'static str>,
    /// The format in which it is written, and the newest one that may be read: older ones always are. 0 where that is not
    /// known. Recorded: files of the tools of 6.8.23, 7.17.29, 8.1.1, 8.15.0, 8.18.0, 8.19.21, 9.0.0, 9.2.0, OpenSearch.
    pub keystore_formats: (u32, u32),
    /// A keystore may have a password, for which the server's script asks.
    pub asks_for_keystore_password: bool,
    /// Variables that name the directory of a Java, the first one set wins. Source: `bin/elasticsearch-env`;
    /// `ES_JAVA_HOME` since the release notes of 7.12.
    pub java_variables: &'static [&'static str],
    /// A Java comes in `jdk` of the home and is taken where no variable names one (release notes of 7.0); otherwise the
    /// `PATH` is searched.
    pub has_bundled_java: bool,
    /// The first and the last Java major version that the server starts with. Source: Elastic's support matrix (JVM),
    /// OpenSearch's "Java compatibility".
    pub java_versions: (u16, u16),
    /// The launcher refuses `node.processors` above what it can run on. Tried: 7.17.29 starts, 8.15.0 and 8.19.21 do not.
    pub refuses_more_processors: bool,
    /// The variable with the user's JVM options. Source: "Setting JVM options".
    pub java_options: &'static str,
    /// The option of the JVM with which the bootstrap checks hold on every address.
    pub enforcing_option: &'static str,
    /// Variables with JVM options that other products and generations read, and this one does not.
    pub ignored_java_options: &'static [&'static str],
    pub memory_variables: MemoryVariables,
    pub jvm_options: JvmOptions,
    /// `ES_GC_OPTS` takes the place of the collector that the script chooses. Source: `bin/elasticsearch.in.sh` of 2.x.
    pub reads_collector_variable: bool,
    /// The launcher is a shell script, which splits the lines of options at their blanks; later launchers keep them whole.
    pub splits_option_lines: bool,
    /// The launcher chooses the heap where no `-Xms` and no `-Xmx` is given. Source: release notes of 7.11, "Heap size".
    pub sizes_heap: bool,
    /// The heap that the distribution's `jvm.options` gives every node, where the server does not size it itself.
    pub default_heap: Option<&'static str>,
    /// The files that settings of TLS name are opened also where TLS, security or the realm is switched off. Tried on 8.19;
    /// before, it is not known.
    pub reads_all_tls_files: bool,
    /// The launcher refuses a file of options with a line that is none. Tried on 6.8.23 to 9.5 and OpenSearch.
    pub refuses_odd_option_lines: bool,
    /// Where the JVM works, which paths in its options are relative to.
    pub working_directory: WorkingDirectory,
    pub setting_arguments: SettingArguments,
    pub setting_variables: SettingVariables,
    /// Whether an unregistered setting refuses the start (breaking changes of 5.0, settings) or is ignored.
    pub refuses_unknown_settings: bool,
    /// Breaking changes of 7.0; tried on 7.17.29 and 8.19.21, and with the parser of 6.8.23, which takes it.
    pub refuses_colon_in_cluster_name: bool,
    pub yaml: YamlParser,
    pub duplicates: Duplicates,
    /// Whether a setting without a value refuses the start (tried on 5.6.16) or counts as not set.
    pub refuses_null: bool,
    /// Whether a mapping or a list as an element of a list refuses the start (tried on 6.1.0) or gives settings with its
    /// number in their names.
    pub refuses_nested_lists: bool,
    pub references: References,
    pub booleans: Booleans,
    pub roles: Roles,
    /// What a list of roles may hold, where other names are refused. Source: "Node roles"; tried on Elasticsearch 7.17.29 and
    /// 8.19.21, and on OpenSearch: 1.3.20 and 2.0.0 refuse other names, later ones take every name for a role (#3436).
    pub known_roles: Option<&'static [&'static str]>,
    /// The names of the role that makes a node eligible as master. Source: "Node roles"; OpenSearch #2480.
    pub master_roles: &'static [&'static str],
    /// The one of these to write.
    pub master_role: &'static str,
    pub election: Election,
    /// Multicast looks for other nodes unless it is switched off; became a plugin in 2.0 (breaking changes of 2.0).
    pub has_multicast: bool,
    /// A host of a list that cannot be resolved refuses the start; before and after it is logged. Tried on 1.7.5, 2.3.4 and
    /// 5.6.16.
    pub refuses_unresolved_hosts: bool,
    pub address_names: AddressNames,
    /// `network.host` that is not set means loopback and not all addresses (breaking changes of 2.0, network).
    pub binds_to_loopback: bool,
    /// The hosts provider `file` needs no plugin (breaking changes of 7.0, plugins).
    pub has_file_provider: bool,
    /// There is a discovery plugin for the Kubernetes API. Source: releases of fabric8/elasticsearch-cloud-kubernetes,
    /// whose settings 7.0 no longer knows.
    pub has_kubernetes_plugin: bool,
    /// `GET /` is refused with 503 as long as there is no master. Tried on 2.3.4 and 5.6.16; from 7.0 on the answer is always
    /// 200 (elasticsearch#29045).
    pub greets_with_master_only: bool,
    pub kubeconfig: KubeconfigBy,
    /// What the other side logs when transport talks to an HTTP port.
    pub wrong_port_log: &'static str,
    /// The command that installs a plugin, up to the name. Source: "Installing plugins".
    pub plugin_tool: &'static str,
    pub plugin_names: PluginNames,
    pub root: Root,
    pub limits: Limits,
    pub data_layout: DataLayout,
    /// The least memory in MiB with which a server was seen to start and stay.
    pub least_memory: u64,
    /// A data volume without a free byte keeps the server from starting; up to 2.x it starts and writes nothing. Tried on 2.3.4, 5.6.16, 7.17.29 and 8.1.1.
    pub refuses_full_disk: bool,
    pub disk_watermarks: DiskWatermarks,
    /// The settings that lock memory. Source: breaking changes of 5.0; 2.4 knows both names.
    pub memory_lock: &'static [&'static str],
    pub policy: PolicyUse,
    /// A policy that grants everything to everybody refuses the start (bootstrap checks of 6.2).
    pub refuses_all_permission: bool,
    /// `discovery.type: single-node` is there (elasticsearch#23595).
    pub has_single_node: bool,
    /// The templates that are used where the user brings none.
    pub templates: &'static [TemplateText],
    pub image: OfficialImage,
}

/// How the official image starts. Source: their Dockerfiles and entrypoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfficialImage {
    /// As root; the data directory is given to the server's user.
    OwnsData,
    /// As root, and it changes to the server's user without giving it anything.
    ChangesUser,
    Unprivileged,
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

/// What the server makes in its configuration directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeInConfig {
    /// An empty directory, which anybody can make for it.
    Directory(&'static str),
    /// A keystore.
    Keystore(&'static str),
}

impl MadeInConfig {
    /// Its name there.
    pub fn name(self) -> &'static str {
        match self {
            Self::Directory(name) | Self::Keystore(name) => name,
        }
    }
}

/// How the server finds the configuration of its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logging {
    /// Up to 2.x: without `logging.yml` it starts, and logs nothing.
    Yaml,
    /// From 5.0 on and OpenSearch: `log4j2.properties`, also in a directory below. Tried with 5.6.16, 6.2.4, 6.8.23, 7.17.29,
    /// 8.1.1 and OpenSearch 2.19.6: without it, exit 78. Launchers of later 8.x look beside the main file only.
    Properties,
}

impl Logging {
    /// The name of the file.
    pub fn file(self) -> &'static str {
        match self {
            Self::Yaml => "logging.yml",
            Self::Properties => "log4j2.properties",
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

/// The directory in which the launcher starts the JVM. Tried on 1.7.5 to 9.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkingDirectory {
    /// That of whoever starts the script.
    Inherited,
    /// From 6.0 on, and in OpenSearch, the installation.
    Home,
    /// The directory of logs; in patches before that one it is not known. Tried on 8.19.4, 8.19.21, 9.2 and 9.5; source:
    /// elastic/elasticsearch#124966 for 9.1 and its backport to 8.19, #130475.
    LogsFromPatch(u16),
}

/// How masters are elected. Source: "Discovery" of each generation, breaking changes of 7.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    /// By a number that people have to get right.
    MinimumMasters,
    /// The cluster counts by itself; its first start needs this list of names.
    InitialMasters(&'static str),
}

/// What `_NAME_` stands for in the settings of addresses. Source: "Network Settings" of each generation, and tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressNames {
    /// 1.x: one address, of an interface or of the first one that is not loopback.
    One,
    /// 2.x: all addresses of an interface, or of a scope, `_site_` and `_global_`; `_non_loopback_` still.
    SeveralAndNonLoopback,
    Several,
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

/// Where a node keeps its state below `path.data`. Source: `NodeEnvironment` of each generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataLayout {
    /// Up to 2.x: `CLUSTER/nodes/0`. Where that cannot be locked, 50 further numbers are tried.
    ByCluster,
    /// 5.x: `nodes/0`, and a directory of 2.x where it is there (breaking changes of 5.0, `path.data`).
    NodesOrByCluster,
    /// `nodes/0`.
    Nodes,
    /// From 8.0 on the directory itself, with a file `nodes` that keeps earlier versions out.
    Top,
}

/// How the server spares a disk that becomes full. Source: "Disk-based Shard Allocation" of each generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskWatermarks {
    /// Only where that is switched on: up to 1.2.
    Off,
    /// From 1.3 on (release notes) it keeps shards away.
    Shards,
    /// From 6.0 on (release notes) indices become read-only above the flood stage, too.
    FloodStage,
    /// From 8.5 on (elasticsearch#88639) so many bytes are always enough.
    Headroom,
}

impl DiskWatermarks {
    /// Whether indices become read-only above one of the marks.
    pub(crate) fn has_flood_stage(self) -> bool {
        matches!(self, Self::FloodStage | Self::Headroom)
    }
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

/// Of all versions of Elasticsearch, so that none is taken for unknown where it came later. `index` and `search` are for Elastic's
/// own service: 8.19.21 and 9.2.0 start with them.
pub const ELASTICSEARCH_ROLES: [&str; 14] = [
    "data",
    "data_cold",
    "data_content",
    "data_frozen",
    "data_hot",
    "data_warm",
    "ingest",
    "master",
    "ml",
    "remote_cluster_client",
    "transform",
    "voting_only",
    "index",
    "search",
];
