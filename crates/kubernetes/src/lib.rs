//! Kubernetes manifests: texts become objects, objects become pods as the kubelet makes them, each pod is judged as a node is
//! (by [`node`], which does not know where a text came from), and rules between objects are judged here. Pure.
//!
//! The order is [`documents`] → [`object`] → [`workload`] → [`environment`] and [`files`] → [`pod`] → [`across`].

#![forbid(unsafe_code)]

mod across;
mod aliases;
mod clusters;
mod documents;
mod duplicates;
mod environment;
mod expand;
mod field;
mod files;
mod image;
mod index;
mod object;
mod objects;
mod packed;
mod pod;
mod relocate;
mod removed_api;
mod rules;
mod scalar;
mod secrets;
mod variants;
mod workload;
mod world;

use std::ffi::OsString;
use std::rc::Rc;

use diagnostics::{Finding, Source};
use node::Request;

use clusters::Cluster;
use index::Places;
use objects::Objects;
use pod::Node;

/// One text with manifests.
#[derive(Clone, Debug)]
pub struct Text {
    /// The path as the user knows it; `<stdin>` for standard input.
    pub name: String,
    pub text: Rc<str>,
}

/// What does not depend on the manifests.
pub struct Options<'a> {
    /// What the command line of `check` asks of every pod.
    pub request: Request,
    /// The minor version of Kubernetes 1 that the manifests are for; nothing is the newest known.
    pub kubernetes_minor: Option<u32>,
    /// What a container that starts this program asks for with its arguments and its variables; nothing where they cannot be
    /// read.
    pub own_request: &'a dyn Fn(&[OsString], &[(OsString, OsString)]) -> Option<Request>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    pub findings: Vec<Finding>,
    /// All objects that were read.
    pub objects: usize,
    /// The pods of Elasticsearch or OpenSearch among them; the replicas of one workload count once.
    pub pods: usize,
}

/// Judges manifests.
pub fn check(texts: Vec<Text>, options: &Options<'_>) -> Report {
    let mut findings = Vec::new();
    let mut objects = Objects::default();
    for Text { name, text } in texts {
        let source = Source::new(name, text, secrets::find);
        documents::read(&source, &mut objects, &mut findings);
    }
    let count = objects.len();
    let (groups, variants) = variants::split(objects);
    findings.extend(variants);
    let mut pods = 0;
    for mut objects in groups {
        for namespace in namespaces(&objects) {
            let (found, count) = judge(&objects, namespace.as_deref(), options);
            findings.extend(found);
            pods += count;
            objects.drop_trees(namespace.as_deref());
        }
        findings.extend(of_objects(&objects, options));
    }
    Report { findings: grouped(findings), objects: count, pods }
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
fn judge(objects: &Objects, namespace: Option<&str>, options: &Options<'_>) -> (Vec<Finding>, usize) {
    let pods = workload::pods(objects, namespace);
    let mut nodes: Vec<Node<'_>> = pods.into_iter().map(|pod| pod::read(pod, objects, options)).collect();
    let clusters = clusters::of(&nodes, objects);
    for Cluster { members, count, .. } in &clusters {
        for member in members {
            if let Some(node) = nodes.get_mut(*member) {
                node.facts.master_replicas = count.as_ref().map(|count| count.least);
                node.counted = count.iter().flat_map(|count| count.places.clone()).collect();
            }
        }
    }
    let mut findings: Vec<Finding> = nodes.iter().flat_map(Node::judge).collect();
    let input = across::Input { objects, nodes: &nodes, clusters: &clusters };
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
        let alike = known.entry(finding.message.clone()).or_default();
        if !alike.iter().any(|place| kept.get(*place) == Some(&finding)) {
            alike.push(kept.len());
            kept.push(finding);
        }
    }
    kept
}
