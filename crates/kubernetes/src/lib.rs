//! Kubernetes manifests: texts become objects, objects become pods as the kubelet makes them, each pod is judged as a node is
//! (by [`node`], which does not know where a text came from), and rules between objects are judged here. Pure.
//!
//! The order is [`documents`] → [`object`] → [`workload`] → [`environment`] and [`files`] → [`pod`] → [`across`].

#![forbid(unsafe_code)]

mod across;
mod aliases;
mod allow;
mod annotations;
mod brought;
mod clusters;
mod documents;
mod downward;
mod duplicates;
mod edits;
mod environment;
mod expand;
mod field;
mod files;
mod image;
mod index;
mod input;
mod json;
mod labels;
mod links;
mod object;
mod objects;
mod options;
mod places;
mod pod;
mod quantity;
mod readers;
mod relocate;
mod removed_api;
mod rules;
mod scalar;
mod secrets;
mod security;
mod variants;
mod workload;
mod world;

use std::sync::{Arc, OnceLock};

use diagnostics::{Finding, Source};

pub use options::{Options, OwnRequest, Share};

use allow::Allowances;
use clusters::Cluster;
use index::Places;
use links::KnownLinks;
use object::Object;
use objects::Objects;
use pod::Node;

/// One text with manifests.
#[derive(Clone, Debug)]
pub struct Text {
    /// The path as the user knows it; `<stdin>` for standard input.
    pub name: String,
    pub text: Arc<str>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    pub findings: Vec<Finding>,
    /// All objects that were read.
    pub objects: usize,
    /// The pods of Elasticsearch or OpenSearch among them; the replicas of one workload count once.
    pub pods: usize,
    /// The clusters that an operator makes and judges.
    pub operated: Vec<String>,
}

/// Judges manifests.
pub fn check(texts: Vec<Text>, options: &Options<'_>) -> Report {
    let mut findings = Vec::new();
    let mut objects = Objects::default();
    let sources: Vec<Arc<Source>> =
        texts.into_iter().map(|Text { name, text }| Source::new(name, text, secrets::find)).collect();
    let mut allowances = Allowances::default();
    let mut annotated = Vec::new();
    let read = |source: &Arc<Source>| {
        let comments = options.suppressions.then(|| Allowances::of_comments(source));
        (documents::read(source), comments, options.suppressions && Allowances::may_be_in(source))
    };
    for sources in sources.chunks(AT_ONCE) {
        for (read, comments, has_annotations) in shared(sources, options, &read) {
            findings.extend(read.findings);
            allowances.extend(comments.unwrap_or_default());
            let before = objects.len();
            read.objects.into_iter().for_each(|object| objects.add(object));
            annotated.extend((before..objects.len()).filter(|_| has_annotations));
        }
    }
    let count = objects.len();
    let operated = objects.iter().filter(|object| object.is_of_operator()).map(Object::title).collect();
    allowances.complete(annotated.iter().filter_map(|place| objects.get(*place)));
    objects.drop_trees(None);
    let (groups, variants) = variants::split(objects);
    findings.extend(variants);
    let mut pods = 0;
    for mut objects in groups {
        for namespaces in namespaces(&objects).chunks(AT_ONCE) {
            let judge =
                |namespace: &Option<String>| judge(&objects, namespace.as_deref(), &allowances, options);
            for (found, count) in shared(namespaces, options, &judge) {
                findings.extend(found);
                pods += count;
            }
            for namespace in namespaces {
                objects.drop_trees(namespace.as_deref());
            }
        }
        findings.extend(of_objects(&objects, options));
    }
    findings.retain(|finding| !allowances.cover(finding, None));
    findings.extend(allowances.unused());
    let findings = grouped(findings);
    // What may be shown around a place is worked out once for each text, and whoever prints asks for one after the other.
    for _ in shared(&findings, options, &|finding| finding.location().is_some()) {}
    Report { findings, objects: count, pods, operated }
}

/// So many texts are read together, and so many namespaces judged: what is known of them until then is in memory at once.
const AT_ONCE: usize = 64;

/// What is made of each item, in their order; several may be made at once.
fn shared<T: Sync, R: Send + Sync>(
    items: &[T],
    options: &Options<'_>,
    make: &(dyn Fn(&T) -> R + Sync),
) -> impl Iterator<Item = R> + use<T, R> {
    let results: Vec<OnceLock<R>> = items.iter().map(|_| OnceLock::new()).collect();
    (options.share)(items.len(), &|index| {
        if let (Some(item), Some(result)) = (items.get(index), results.get(index)) {
            result.get_or_init(|| make(item));
        }
    });
    results.into_iter().filter_map(OnceLock::into_inner)
}

/// The namespaces that are judged one after the other; nothing is all of them together, which many pods would not fit into
/// memory for.
fn namespaces(objects: &Objects) -> Vec<Option<String>> {
    const MANY: usize = 100;
    if objects.iter().filter(|object| object.is_server).count() < MANY {
        return vec![None];
    }
    objects.namespaces().into_iter().map(Some).collect()
}

/// Judges pods that see each other; gives their number, too.
fn judge(
    objects: &Objects,
    namespace: Option<&str>,
    allowances: &Allowances,
    options: &Options<'_>,
) -> (Vec<Finding>, usize) {
    let pods = workload::pods(objects, namespace);
    let links = KnownLinks::default();
    let mut nodes: Vec<Node<'_>> =
        pods.into_iter().map(|pod| pod::read(pod, objects, &links, options)).collect();
    let clusters = clusters::of(&nodes, objects);
    for Cluster { members, count, .. } in &clusters {
        for member in members {
            if let Some(node) = nodes.get_mut(*member) {
                node.set(count.as_ref().map(|count| count.least), rules::starts_empty(node));
                node.counted = count.iter().flat_map(|count| count.places.clone()).collect();
            }
        }
    }
    let mut judged: Vec<Vec<Finding>> = nodes.iter().map(Node::judge).collect();
    for (node, findings) in nodes.iter().zip(&mut judged) {
        findings.retain(|finding| !allowances.cover(finding, Some(node.pod.workload)));
    }
    let mut findings = readers::agreed(&nodes, judged);
    let input = input::Input { objects, nodes: &nodes, clusters: &clusters };
    findings.extend(across::check(&input));
    findings.extend(rules::check(&input));
    (findings, nodes.len())
}

/// What is wrong with the objects themselves. Without a server among them, they are nobody's business here.
fn of_objects(objects: &Objects, options: &Options<'_>) -> Vec<Finding> {
    let mut findings = objects.problems();
    if objects.iter().any(|object| object.is_server) {
        for object in objects.iter().filter(|object| object.is_server || !object.is_workload()) {
            findings.extend(object.duplicates.iter().cloned());
            findings.extend(removed_api::check(object, options.kubernetes_minor));
        }
    }
    findings
}

/// The same finding of several pods, told once: a `ConfigMap` has many readers.
fn grouped(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    let mut known = Places::new();
    for finding in findings {
        let place = finding.span.as_ref().map(|span| (span.range.start, span.outermost().1.start));
        let alike = known.entry(format!("{place:?} {}", finding.message)).or_default();
        if !alike.iter().any(|place| kept.get(*place) == Some(&finding)) {
            alike.push(kept.len());
            kept.push(finding);
        }
    }
    kept
}
