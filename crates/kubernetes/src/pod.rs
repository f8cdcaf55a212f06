//! One pod, read and judged as if this program ran inside of it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use diagnostics::{Finding, Span};
use node::{Depth, Facts, Request, Target};
use server::Version;
use server::launch::variables::{Mapping, mapping};
use template::{Scalar, Setting};

use crate::brought::{self, Brought, IN_PIRES};
use crate::edits;
use crate::environment::Variables;
use crate::field::Field;
use crate::files::{self, Mount};
use crate::image::Family;
use crate::links::KnownLinks;
use crate::objects::Objects;
use crate::options::Options;
use crate::relocate::relocate;
use crate::security::Security;
use crate::workload::{OF_VERSION, Pod};
use crate::world::Container;

/// A pod with everything that is known of its node.
pub(crate) struct Node<'a> {
    pub(crate) pod: Pod<'a>,
    pub(crate) variables: Variables,
    pub(crate) container: Container<'a>,
    /// What rules about manifests may know: a value that must not be shown is unknown to them.
    pub(crate) facts: Facts,
    /// With those values, for the rules about one node, which know what not to show; where there are any.
    whole: Option<Box<Facts>>,
    /// Where the number of masters of its cluster is written, each place with what is there.
    pub(crate) counted: Vec<(Span, String)>,
}

/// Findings that follow from the number of masters.
const OF_THE_COUNT: [&str; 5] = [
    "quorum/split-brain",
    "quorum/unreachable",
    "quorum/fragile",
    "quorum/even-masters",
    "quorum/initial-masters-minority",
];

/// Reads it.
pub(crate) fn read<'a>(
    pod: Pod<'a>,
    objects: &'a Objects,
    links: &KnownLinks<'a>,
    options: &Options<'_>,
) -> Node<'a> {
    pod.read_texts();
    let mut variables = Variables::of(&pod, objects, links);
    let mut request = request(&pod, &variables, options);
    let version = request.es_version;
    let mut brought = brought::of(&pod, version, &variables);
    let mut mounts = files::mounts(&pod, objects, &variables);
    // Bitnami's entrypoint writes its configuration into an empty directory, too.
    if pod.image.family == Family::Bitnami {
        let config = brought.home.as_ref().map(|home| home.join("config"));
        let is_empty =
            |mount: &Mount<'_>| mount.volume.is_some_and(|volume| volume.get("emptyDir").is_there());
        mounts.retain(|mount| !(is_empty(mount) && Some(&mount.path) == config.as_ref()));
    }
    // Bitnami's lays such a file over the one that it makes.
    if mounts.iter().any(|mount| mount.path.to_string_lossy().contains("/my_")) {
        brought = Brought::default();
    }
    if brought.home.is_none()
        && !brought.is_unknown
        && request.es_home.is_none()
        && request.config_dir.is_none()
    {
        let mounted = |home: &&&str| {
            let config = Path::new(home).join("config");
            mounts.iter().any(|mount| mount.path.starts_with(&config))
        };
        brought.home = HOMES.iter().find(mounted).map(PathBuf::from);
    }
    request.es_home = request.es_home.or_else(|| brought.home.clone());
    if brought.has_built_in_templates && pod.image.family != Family::Own {
        // Its templates have all of these variables, but not the address that ours have for nothing, and hosts of their own.
        variables.is_of_image("NETWORK_HOST");
        variables.is_of_image("UNICAST_HOSTS");
    }
    let config = brought.home.as_ref().map(|home| home.join("config"));
    let main = brought.files.keys().next().or(config.as_ref());
    let is_mounted = main.is_some_and(|main| {
        mounts.iter().any(|mount| main.starts_with(&mount.path) || mount.path.starts_with(main))
    });
    let is_mounted = is_mounted && !pod.starts_this_program && pod.image.family != Family::Official;
    // Who mounts a file there knows that the image reads it, unless the pod names another directory.
    let has = |name: &&str| variables.get(name).is_some();
    if is_mounted && !variables.has_unknown_source() && !CONFIG_DIR_VARIABLES.iter().any(has) {
        request.config_dir = request.config_dir.or(config);
    }
    if is_mounted && pod.image.family == Family::Pires {
        // What its Dockerfiles and its script set.
        for name in IN_PIRES {
            variables.is_of_image(name);
        }
    } else if is_mounted {
        // A file of the user's in an image of somebody's, whose own variables nobody knows.
        variables.is_of_image("");
    }
    if pod.image.family == Family::Addon {
        variables.is_of_image(brought::FOUND_OUT);
    }
    request.mapping = request.mapping.or(brought.mapping);
    // Once there is a cluster, nobody reads what is wrong for its first start.
    request.assumes_first_start = true;
    let version_asked = request.es_version;
    request.mapping = request.mapping.or_else(|| match version_asked {
        // What neither the script nor the launcher makes a setting of, this program does.
        _ if pod.starts_this_program => Some(Mapping::Own),
        // Nobody does there.
        asked => asked.map(|version| mapping(version, None)),
    });
    let named = variables.asked_for(names_file).into_iter();
    let named = named.filter_map(|(name, _)| variables.text(name)).map(PathBuf::from).collect();
    let security = Security::of(&pod, version);
    let container = Container { mounts, brought, security, is_own: pod.starts_this_program, named };
    let mut facts = node::read(request, variables.environment(), &container);
    facts.referenced.extend(container.brought.reads.iter().cloned());
    if !pod.starts_this_program && pod.image.family == Family::Other {
        // Nobody knows what it reads.
        let read = variables.asked_for(server::launch::ignored::may_be_meant).into_iter();
        facts.referenced.extend(read.chain(variables.own()).map(|(name, _)| name.clone()));
    }
    let mut whole = None;
    if facts.settings.entries.iter().any(Setting::is_secret) {
        whole = Some(Box::new(facts.clone()));
        for setting in facts.settings.entries.iter_mut().filter(|setting| setting.is_secret()) {
            setting.value = Scalar::Unknown;
            setting.items.clear();
        }
    }
    Node { pod, variables, container, facts, whole, counted: Vec::new() }
}

/// Whether a variable of that name may name a file.
pub(crate) fn names_file(name: &str) -> bool {
    name == "KUBECONFIG" || name.ends_with("_FILE")
}

/// Where servers live.
const HOMES: [&str; 5] = [
    "/usr/share/elasticsearch",
    "/usr/share/opensearch",
    "/elasticsearch",
    "/opt/bitnami/elasticsearch",
    "/opt/bitnami/opensearch",
];

/// What names the directory of the configuration.
const CONFIG_DIR_VARIABLES: [&str; 2] = ["ES_PATH_CONF", "CONF_DIR"];

impl Node<'_> {
    /// What is wrong with it, with places in the manifests.
    pub(crate) fn judge(&self) -> Vec<Finding> {
        let findings = node::judge(self.whole()).into_iter();
        findings.map(|finding| self.placed(finding)).collect()
    }

    /// The facts with the values that must not be shown.
    pub(crate) fn whole(&self) -> &Facts {
        self.whole.as_deref().unwrap_or(&self.facts)
    }

    /// What only all pods together show: how many masters its cluster has, and whether its data goes with each pod, so that
    /// every start is a first one.
    pub(crate) fn set(&mut self, masters: Option<u32>, is_new: bool) {
        for facts in self.whole.as_deref_mut().into_iter().chain([&mut self.facts]) {
            facts.master_replicas = masters;
            facts.bootstrapped = facts.bootstrapped.or(is_new.then_some(false));
        }
    }

    /// The finding about the node as one about the manifests.
    pub(crate) fn placed(&self, finding: Finding) -> Finding {
        let mut finding = relocate(finding, &self.pod, &self.variables, &self.container);
        // What `MASTER_COUNT` says is said by it, not by the replicas.
        let by_variable = finding.variable.as_deref() == Some("MASTER_COUNT");
        if OF_THE_COUNT.contains(&finding.code) && self.facts.master_replicas.is_some() && !by_variable {
            let mut counted = self.counted.iter().cloned();
            // Where nothing is written that could be wrong, the number itself is the place.
            if finding.span == self.pod.container.get("name").span() {
                finding.span = counted.next().map(|(span, _)| span).or(finding.span.take());
            }
            finding.also.extend(counted);
        }
        if finding.code == "env/service-link" {
            finding.edits.extend(edits::no_service_links(self.pod.spec()));
        }
        finding
    }
}

/// What is asked of this pod: the command line of `check`, and what the container's own says.
fn request(pod: &Pod<'_>, variables: &Variables, options: &Options<'_>) -> Request {
    let words = command_line(pod, variables);
    let own = words.as_deref().filter(|_| pod.starts_this_program);
    let own = own.and_then(|words| (options.own_request)(words, &variables.pairs()));
    let asked = &options.request;
    let version = asked
        .es_version
        .or_else(|| pod.annotation(OF_VERSION).and_then(Version::parse))
        .or(pod.image.version);
    let base = own.unwrap_or_else(|| Request {
        target: Target::Server(words.map(server_arguments).unwrap_or_default()),
        ..asked.clone()
    });
    Request {
        es_version: version.or(base.es_version),
        depth: Depth::Machine,
        levels: asked.levels.clone(),
        ..base
    }
}

/// The arguments for the server behind the program of an image's own entrypoint.
fn server_arguments(words: Vec<OsString>) -> Vec<OsString> {
    words.into_iter().skip_while(|word| !word.to_string_lossy().starts_with('-')).collect()
}

/// `command` and `args`, with `$(NAME)` replaced; nothing where a part of it is unknown.
fn command_line(pod: &Pod<'_>, variables: &Variables) -> Option<Vec<OsString>> {
    let lists = [pod.container.get("command"), pod.container.get("args")];
    let words = lists.into_iter().flat_map(Field::items).filter_map(Field::text);
    words.map(|word| variables.expand(word).text.map(OsString::from)).collect()
}
