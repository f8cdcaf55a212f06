//! Kubernetes manifests: texts become objects, objects become pods as the kubelet makes them, each pod is judged as a node is
//! (by [`node`], which does not know where a text came from), and rules between objects are judged here. Pure.
//!
//! The order is [`documents`] → [`object`] → [`workload`] → [`environment`] and [`files`] → [`pod`] → [`across`].

#![forbid(unsafe_code)]

mod across;
mod clusters;
mod documents;
mod environment;
mod expand;
mod field;
mod files;
mod image;
mod object;
mod objects;
mod pod;
mod relocate;
mod scalar;
mod secrets;
mod workload;
mod world;

use std::ffi::OsString;
use std::rc::Rc;

use diagnostics::{Finding, Source};
use node::Request;

use clusters::Cluster;
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
    let pods = workload::pods(&objects);
    let mut nodes: Vec<Node<'_>> = pods.into_iter().map(|pod| pod::read(pod, &objects, options)).collect();
    let clusters = clusters::of(&nodes, &objects);
    for Cluster { members, count, .. } in &clusters {
        for member in members {
            if let Some(node) = nodes.get_mut(*member) {
                node.facts.master_replicas = count.as_ref().map(|count| count.least);
                node.counted = count.iter().flat_map(|count| count.places.clone()).collect();
            }
        }
    }
    findings.extend(nodes.iter().flat_map(Node::judge));
    findings.extend(across::check(&across::Input { objects: &objects, nodes: &nodes, clusters: &clusters }));
    findings.extend(objects.problems());
    Report { findings: grouped(findings), objects: objects.len(), pods: nodes.len() }
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
