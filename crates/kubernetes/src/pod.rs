//! One pod, read and judged as if this program ran inside of it.

use std::ffi::OsString;

use diagnostics::Finding;
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
}

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
    Node { pod, variables, container, facts }
}

impl Node<'_> {
    /// What is wrong with it, with places in the manifests.
    pub(crate) fn judge(&self) -> Vec<Finding> {
        let findings = node::judge(&self.facts).into_iter();
        let moved = findings.map(|finding| relocate(finding, &self.pod, &self.variables, &self.container));
        moved
            .map(|mut finding| {
                if finding.code == "env/service-link" {
                    finding.edits.extend(edits::no_service_links(self.pod.spec()));
                }
                finding
            })
            .collect()
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
