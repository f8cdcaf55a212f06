//! One pod, read and judged as if this program ran inside of it.

use std::ffi::OsString;

use diagnostics::{Finding, Span};
use node::{Depth, Facts, Request, Target};
use server::Version;

use crate::edits;
use crate::environment::Variables;
use crate::expand::expand;
use crate::field::Field;
use crate::files;
use crate::image::Family;
use crate::objects::Objects;
use crate::options::Options;
use crate::relocate::relocate;
use crate::workload::Pod;
use crate::world::Container;

/// A pod with everything that is known of its node.
pub(crate) struct Node<'a> {
    pub(crate) pod: Pod<'a>,
    pub(crate) variables: Variables,
    pub(crate) container: Container<'a>,
    pub(crate) facts: Facts,
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
pub(crate) fn read<'a>(pod: Pod<'a>, objects: &'a Objects, options: &Options<'_>) -> Node<'a> {
    let variables = Variables::of(&pod, objects);
    let container = Container {
        mounts: files::mounts(&pod, objects),
        // Whatever the image has, its templates know these variables.
        has_built_in_templates: pod.starts_this_program || pod.image.family == Family::Other,
    };
    let request = request(&pod, &variables, options);
    let facts = node::read(request, variables.environment(), &container);
    Node { pod, variables, container, facts, counted: Vec::new() }
}

impl Node<'_> {
    /// What is wrong with it, with places in the manifests.
    pub(crate) fn judge(&self) -> Vec<Finding> {
        let findings = node::judge(&self.facts).into_iter();
        findings.map(|finding| self.placed(finding)).collect()
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
                finding.span = counted.next().map(|(span, _)| span).or(finding.span);
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
        .or_else(|| pod.annotation("es-entrypoint/version").and_then(Version::parse))
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
    words.into_iter().filter(|word| word.to_string_lossy().starts_with('-')).collect()
}

/// `command` and `args`, with `$(NAME)` replaced; nothing where a part of it is unknown.
fn command_line(pod: &Pod<'_>, variables: &Variables) -> Option<Vec<OsString>> {
    let find = |name: &str| variables.by_name.get(name).map(|entry| entry.value.clone());
    let lists = [pod.container.get("command"), pod.container.get("args")];
    let words = lists.into_iter().flat_map(Field::items).filter_map(Field::text);
    words.map(|word| expand(word, find).map(OsString::from)).collect()
}
