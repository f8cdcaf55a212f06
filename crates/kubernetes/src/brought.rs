//! What an image brings: where its server lives, the configuration that its own entrypoint makes of variables, and which
//! variables that reads. Sources: the images' own files, `pires/docker-elasticsearch-kubernetes`, the addon's `es-image`,
//! `elastic/elasticsearch-docker`, Bitnami's `libelasticsearch.sh`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use server::generation::{Election, KubeconfigBy, MemoryVariables, OfficialImage};
use server::launch::variables::{Dotted, Mapping, mapping_of_image};
use server::settings::catalogue::{Row, find, find_value, first_known};
use server::settings::life::State;
use server::variables::settings_of;
use server::{Version, generation};

use crate::environment::Variables;
use crate::field::Field;
use crate::image::{Family, is_mirror};
use crate::workload::Pod;

/// What is known of an image.
#[allow(clippy::struct_excessive_bools, reason = "each is something else that is known of an image")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Brought {
    /// The home of the server, in which there are no templates of ours; nothing where it is not known.
    pub(crate) home: Option<PathBuf>,
    /// The files of its configuration that are known, below the directories that hold no others of ours.
    pub(crate) files: BTreeMap<PathBuf, String>,
    /// The templates of this program take the place of a configuration that nobody knows.
    pub(crate) has_built_in_templates: bool,
    pub(crate) mapping: Option<Mapping>,
    /// All this is only likely: somebody made the image of an official one.
    pub(crate) is_guess: bool,
    /// Whatever file there is, something else decides about the settings, too.
    pub(crate) is_unknown: bool,
    /// Variables that its entrypoint reads, besides those of its configuration.
    pub(crate) reads: Vec<String>,
}

/// A line is `key: value`, or `key|older key: value` for the first that the version knows. One whose placeholder has no default
/// counts only where that variable is set.
const OFFICIAL: &str = "\
cluster.name: docker-cluster
network.host: 0.0.0.0
";

/// Up to 5.x.
const LIBRARY: &str = "\
network.host: 0.0.0.0
";

const PIRES: &str = "\
cluster.name: ${CLUSTER_NAME:-elasticsearch-default}
node.name: ${NODE_NAME}
node.master: ${NODE_MASTER:-true}
node.data: ${NODE_DATA:-true}
node.max_local_storage_nodes: ${MAX_LOCAL_STORAGE_NODES}
network.host: ${NETWORK_HOST:-_site_}
path.data: /data/data
path.logs: /data/log
bootstrap.memory_lock|bootstrap.mlockall: ${MEMORY_LOCK:-true}
http.enabled: ${HTTP_ENABLE:-true}
http.cors.enabled: ${HTTP_CORS_ENABLE}
http.cors.allow-origin: ${HTTP_CORS_ALLOW_ORIGIN}
discovery.zen.minimum_master_nodes: ${NUMBER_OF_MASTERS}
";

const PIRES_PLUGIN: &str = "\
cloud.kubernetes.service: ${DISCOVERY_SERVICE:-elasticsearch-discovery}
cloud.kubernetes.namespace: ${NAMESPACE:-default}
discovery.type: kubernetes
discovery.zen.ping.multicast.enabled: false
";

const PIRES_NAMES: &str = "\
node.ingest: ${NODE_INGEST}
discovery.zen.ping.unicast.hosts: ${DISCOVERY_SERVICE:-elasticsearch-discovery}
";

/// It also writes the addresses of its Service's pods as unicast hosts, which nobody knows before.
const ADDON: &str = "\
cluster.name: kubernetes-logging
node.name: ${NODE_NAME}
node.master: ${NODE_MASTER:-true}
node.data: ${NODE_DATA:-true}
network.host: 0.0.0.0
transport.tcp.port: ${TRANSPORT_PORT:-9300}
http.port: ${HTTP_PORT:-9200}
path.data: /data
discovery.zen.minimum_master_nodes: ${MINIMUM_MASTER_NODES}
discovery.zen.ping.unicast.hosts: ${ADDRESSES_OF_THE_SERVICE}
";

/// What an entrypoint finds out when it starts.
pub(crate) const FOUND_OUT: &str = "ADDRESSES_OF_THE_SERVICE";

/// `@` is the product's name.
const BITNAMI: &str = "\
cluster.name: ${@_CLUSTER_NAME:-elasticsearch-cluster}
node.name: ${@_NODE_NAME}
network.host: 0.0.0.0
http.port: ${@_HTTP_PORT_NUMBER}
transport.port|transport.tcp.port: ${@_TRANSPORT_PORT_NUMBER}
discovery.zen.minimum_master_nodes: ${@_MINIMUM_MASTER_NODES}
discovery.seed_hosts|discovery.zen.ping.unicast.hosts: ${@_CLUSTER_HOSTS}
";

const BITNAMI_MASTERS: &str = "cluster.initial_cluster_manager_nodes|cluster.initial_master_nodes: ";

/// What the entrypoints of the official images read.
const OF_OFFICIAL: [&str; 10] = [
    "DISABLE_INSTALL_DEMO_CONFIG",
    "DISABLE_PERFORMANCE_ANALYZER_AGENT_CLI",
    "DISABLE_SECURITY_PLUGIN",
    "ELASTIC_PASSWORD",
    "ENROLLMENT_TOKEN",
    "ES_LOG_STYLE",
    "KEYSTORE_PASSWORD",
    "OPENSEARCH_INITIAL_ADMIN_PASSWORD",
    "PROCESSORS",
    "TAKE_FILE_OWNERSHIP",
];

/// What those of pires and of the addon read.
const OF_PIRES: [&str; 16] = [
    "DISCOVERY_SERVICE",
    "ELASTICSEARCH_SERVICE_NAME",
    "ES_PLUGINS_INSTALL",
    "HTTP_CORS_ALLOW_ORIGIN",
    "HTTP_CORS_ENABLE",
    "HTTP_ENABLE",
    "MAX_LOCAL_STORAGE_NODES",
    "MINIMUM_MASTER_NODES",
    "NAMESPACE",
    "NODE_INGEST",
    "NUMBER_OF_MASTERS",
    "NUMBER_OF_REPLICAS",
    "NUMBER_OF_SHARDS",
    "REPO_LOCATIONS",
    "SHARD_ALLOCATION_AWARENESS",
    "SHARD_ALLOCATION_AWARENESS_ATTR",
];

/// How the names begin of what the images of pires set themselves (`ENV` of all their Dockerfiles, `export` of their scripts).
pub(crate) const IN_PIRES: [&str; 25] = [
    "CLUSTER_NAME",
    "DISCOVERY_SERVICE",
    "DOWNLOAD_URL",
    "ES_",
    "GPG_KEY",
    "HOME",
    "HTTP_",
    "JAVA_",
    "LANG",
    "MAX_LOCAL_STORAGE_NODES",
    "MEMORY_LOCK",
    "MINIMUM_MASTER_NODES",
    "MULTICAST",
    "NAMESPACE",
    "NETWORK_HOST",
    "NODE_",
    "NUMBER_OF_",
    "PATH",
    "REINDEX_",
    "REPO_LOCATIONS",
    "SEARCHGUARD_",
    "SHARD_",
    "STATSD_",
    "TERM",
    "VERSION",
];

/// What the image of a pod's container brings, for the version that is known.
pub(crate) fn of(pod: &Pod<'_>, version: Option<Version>, variables: &Variables) -> Brought {
    if pod.starts_this_program {
        let home = (pod.image.family == Family::Own).then(|| PathBuf::from("/usr/share/elasticsearch"));
        return Brought { home, has_built_in_templates: true, ..Brought::default() };
    }
    if writes_its_configuration(pod) {
        return Brought { is_unknown: true, ..Brought::default() };
    }
    let of_version = version.and_then(|version| generation(version).main_file.strip_suffix(".yml"));
    let name = of_version.unwrap_or(pod.image.server);
    let has_dotted = || variables.any(server::settings::catalogue::is_namespace);
    let has = |name: &str| variables.get(name).is_some();
    let reference = pod.container.get("image").text().unwrap_or_default();
    // Anybody's image: made from that of pires, or an official one of another registry, or one with templates that know
    // documented variables.
    let family = match pod.image.family {
        Family::Other if has("MIN_MASTERS") || has("MASTER_COUNT") => Family::Other,
        Family::Other
            if has("NUMBER_OF_MASTERS") || reference.contains("docker-elasticsearch-kubernetes") =>
        {
            Family::Pires
        }
        Family::Other if has_dotted() && is_mirror(reference) => Family::Official,
        Family::Other if has_dotted() => return Brought::default(),
        family => family,
    };
    let is_elastics = reference.starts_with("docker.elastic.co/");
    let share = PathBuf::from("/usr/share").join(name);
    let is_guess = family != pod.image.family;
    let known = Brought { is_guess, ..Brought::default() };
    let reads = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let (home, text, known) = match family {
        // Any of its settings may be in a ConfigMap that the input does not hold.
        Family::Official
            if variables.has_unknown_source()
                && version.map(|version| mapping_of_image(version, is_elastics)) != Some(Mapping::Nobody) =>
        {
            return Brought { is_unknown: true, ..Brought::default() };
        }
        Family::Official => {
            // What all of them make of dotted names, where the version is not known.
            let any = Mapping::Script { dotted: Dotted::Beginning, encoded: false };
            let mapping = version.map_or(any, |version| mapping_of_image(version, is_elastics));
            // The library's own of 5.x and before.
            let is_early =
                version.is_some_and(|it| generation(it).image == OfficialImage::OwnsData) && !is_elastics;
            let text = if is_early { LIBRARY } else { OFFICIAL };
            (share, text.to_owned(), Brought { reads: reads(&OF_OFFICIAL), mapping: Some(mapping), ..known })
        }
        Family::Pires => {
            let asks_plugin = version.is_none_or(|version| {
                let generation = generation(version);
                generation.has_multicast || generation.kubeconfig == KubeconfigBy::DiscoveryType
            });
            let discovery = if asks_plugin { PIRES_PLUGIN } else { PIRES_NAMES };
            let text = format!("{PIRES}{discovery}");
            (PathBuf::from("/elasticsearch"), text, Brought { reads: reads(&OF_PIRES), ..known })
        }
        // Later ones also find the first masters.
        Family::Addon if version.is_some_and(|it| generation(it).election != Election::MinimumMasters) => {
            return Brought::default();
        }
        Family::Addon => {
            let is_old = version.is_some_and(|it| generation(it).memory_variables == MemoryVariables::Read);
            let home = if is_old { PathBuf::from("/elasticsearch") } else { share };
            let text = if is_old { ADDON.to_owned() } else { ADDON.replace("NODES}", "NODES:-2}") };
            (home, text, Brought { reads: reads(&OF_PIRES), ..known })
        }
        Family::Bitnami => {
            let upper = name.to_ascii_uppercase();
            let home = PathBuf::from("/opt/bitnami").join(name);
            let own = format!("{upper}_");
            let reads =
                variables.own().map(|(name, _)| name).filter(|it| it.starts_with(&own)).flat_map(|it| {
                    // Each can come from a file.
                    [it.clone(), it.trim_end_matches("_FILE").to_owned()]
                });
            let known = Brought { reads: reads.collect(), ..known };
            (home, bitnami(&upper, name, version, variables), known)
        }
        Family::Own | Family::Other => {
            let has_documented = variables.any(|name| settings_of(name).is_some());
            return Brought { has_built_in_templates: has_documented, ..Brought::default() };
        }
    };
    let file = home.join("config").join(format!("{name}.yml"));
    let text = lines(&text, version, variables);
    Brought { home: Some(home), files: BTreeMap::from([(file, text)]), ..known }
}

/// Whether an image starts the first of a container's arguments as a program, also where that is an option. The entrypoint of
/// OpenSearch and that of the library's images up to 5.x put the server before options.
pub(crate) fn starts_options(pod: &Pod<'_>, version: Option<Version>) -> bool {
    let reference = pod.container.get("image").text().unwrap_or_default();
    let is_pod_of = |family: Family| pod.image.family == family && !pod.starts_this_program;
    let is_elastics = || {
        let puts_server_first = |version| generation(version).image == OfficialImage::OwnsData;
        reference.starts_with("docker.elastic.co/")
            || version.is_some_and(|version| !puts_server_first(version))
    };
    // Two tags of many have an entrypoint.
    (is_pod_of(Family::Pires) && !reference.contains("6.0.0_"))
        || is_pod_of(Family::Bitnami)
        || (is_pod_of(Family::Official) && pod.image.server == "elasticsearch" && is_elastics())
}

/// Whether a shell is started that may write the configuration, or hand settings to the server.
fn writes_its_configuration(pod: &Pod<'_>) -> bool {
    let words = ["command", "args"].into_iter().flat_map(|list| pod.container.get(list).items());
    let mut words = words.filter_map(Field::text);
    words.any(|word| {
        word.contains([' ', '\n'])
            && ["elasticsearch.yml", "opensearch.yml", " -E", " -D", "export "]
                .iter()
                .any(|it| word.contains(it))
    })
}

fn bitnami(upper: &str, name: &str, version: Option<Version>, variables: &Variables) -> String {
    let get = |rest: &str| variables.get(&format!("{upper}_{rest}"));
    let text = |rest: &str| variables.text(&format!("{upper}_{rest}")).unwrap_or_default();
    let is_yes = |text: &str| ["yes", "true", "1"].iter().any(|yes| text.eq_ignore_ascii_case(yes));
    let mut out = vec![BITNAMI.to_owned()];
    out.push(format!("path.data: /bitnami/{name}/data\n"));
    // Nodes have all roles unless they are told to have some only; earlier images know one type.
    let roles: Vec<&str> =
        text("NODE_ROLES").split([',', ';', ' ']).filter(|role| !role.is_empty()).collect();
    let is_dedicated = is_yes(text("IS_DEDICATED_NODE"));
    let node_type = text("NODE_TYPE");
    let mut is_master = true;
    if is_dedicated {
        out.push(format!("node.roles: [{}]\n", roles.join(", ")));
        is_master = roles.iter().any(|role| ["master", "cluster_manager"].contains(role));
    } else if !node_type.is_empty() {
        is_master = node_type == "master";
        let has_roles = version.is_none_or(|version| first_known(version, &["node.roles"]).is_some());
        out.push(match (has_roles, node_type) {
            (true, "master" | "data" | "ingest") => format!("node.roles: [{node_type}]\n"),
            (true, _) => "node.roles: []\n".to_owned(),
            (false, _) => format!("node.master: {is_master}\nnode.data: {}\n", node_type == "data"),
        });
    }
    if get("CLUSTER_HOSTS").is_none() {
        out.push("discovery.type: single-node\n".to_owned());
    } else if is_master {
        let list =
            if get("CLUSTER_MASTER_HOSTS").is_some() { "CLUSTER_MASTER_HOSTS" } else { "CLUSTER_HOSTS" };
        out.push(format!("{BITNAMI_MASTERS}${{@_{list}}}\n"));
    }
    out.concat().replace('@', upper)
}

/// The lines that count, as the text of a configuration file.
fn lines(text: &str, version: Option<Version>, variables: &Variables) -> String {
    let mut out = Vec::new();
    for line in text.lines() {
        let Some((keys, value)) = line.split_once(": ") else { continue };
        let needed = value.split("${").skip(1).filter_map(|rest| {
            let end = rest.find([':', '}'])?;
            rest[end..].starts_with('}').then(|| &rest[..end])
        });
        let is_set = |name: &str| {
            name == FOUND_OUT
                || variables
                    .get(name)
                    .is_some_and(|entry| entry.value != crate::expand::Known::Text(String::new()))
        };
        let keys: Vec<&str> = keys.split('|').collect();
        let default = value.split_once(":-").map_or(value, |(_, rest)| rest.trim_end_matches('}'));
        let key = version.map_or(keys.first().copied(), |version| {
            let state = |row: Option<Row<'_>>| row.map(|row| row.state(version));
            // What an image writes in an outdated way is nothing that its users can change, and each wrote what worked.
            let is_good = |key: &&str| {
                state(find(key)) != Some(State::Deprecated)
                    && !matches!(state(find_value(key, default)), Some(State::NotYet | State::Removed))
            };
            first_known(version, &keys).filter(is_good)
        });
        let (Some(key), true) = (key, needed.into_iter().all(is_set)) else { continue };
        // Some entrypoints take blanks and semicolons for commas.
        let name = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        let list = name.filter(|name| name.ends_with("_HOSTS")).and_then(|name| variables.text(name));
        let list =
            list.filter(|text| text.contains([' ', ';']) && !text.contains(['[', ']', '"', '#', '\'']));
        let value = list.map_or_else(
            || value.to_owned(),
            |text| {
                let names = text.split([' ', ';', ',']).filter(|name| !name.is_empty());
                format!("[\"{}\"]", names.collect::<Vec<_>>().join("\", \""))
            },
        );
        out.push(format!("{key}: {value}\n"));
    }
    out.concat()
}
