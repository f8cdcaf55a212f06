//! Kubernetes manifests: texts become objects, objects become pods as the kubelet makes them, each pod is judged as a node is
//! (by [`node`], which does not know where a text came from), and rules between objects are judged here. Pure.
//!
//! The order is [`documents`] → [`object`] → [`workload`] → [`environment`] and [`files`] → [`pod`] → [`across`].

#![forbid(unsafe_code)]

mod across;
mod allow;
mod clusters;
mod documents;
mod edits;
mod environment;
mod expand;
mod field;
mod files;
mod image;
mod object;
mod objects;
mod options;
mod pod;
mod relocate;
mod scalar;
mod secrets;
mod workload;
mod world;

use std::rc::Rc;

use diagnostics::{Finding, Source};

pub use options::Options;

use allow::Allowances;
use clusters::Cluster;
use object::Object;
use objects::Objects;
use pod::Node;

/// One text with manifests.
#[derive(Clone, Debug)]
pub struct Text {
    /// The path as the user knows it; `<stdin>` for standard input.
    pub name: String,
    pub text: Rc<str>,
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
    let sources: Vec<Rc<Source>> =
        texts.into_iter().map(|Text { name, text }| Source::new(name, text, secrets::find)).collect();
    for source in &sources {
        documents::read(source, &mut objects, &mut findings);
    }
    let allowances =
        if options.suppressions { Allowances::of(&sources, &objects) } else { Allowances::default() };
    let pods = workload::pods(&objects);
    let mut nodes: Vec<Node<'_>> = pods.into_iter().map(|pod| pod::read(pod, &objects, options)).collect();
    let clusters = clusters::of(&nodes);
    for Cluster { members, count, .. } in &clusters {
        for member in members {
            if let Some(node) = nodes.get_mut(*member) {
                node.facts.master_replicas = *count;
            }
        }
    }
    findings.extend(across::check(&across::Input { objects: &objects, nodes: &nodes, clusters: &clusters }));
    for node in &nodes {
        let judged = node.judge().into_iter();
        findings.extend(judged.filter(|finding| !allowances.cover(finding, Some(node.pod.workload))));
    }
    findings.extend(objects.problems());
    findings.retain(|finding| !allowances.cover(finding, None));
    findings.extend(allowances.unused());
    Report {
        findings: grouped(findings),
        objects: objects.len(),
        pods: nodes.len(),
        operated: objects.iter().filter(|object| object.is_of_operator()).map(Object::title).collect(),
    }
}

/// The same finding of several pods, told once: a `ConfigMap` has many readers.
fn grouped(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        if !kept.contains(&finding) {
            kept.push(finding);
        }
    }
    kept
}
