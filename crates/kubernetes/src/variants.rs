//! One object twice in a run: the variants of a set in directories of their own are judged one by one.

use std::collections::{BTreeSet, HashMap};

use diagnostics::Finding;

use crate::object::Object;
use crate::objects::Objects;

/// The objects that see each other, and what was found: all of them, or those of each directory.
pub(crate) fn split(objects: Objects) -> (Vec<Objects>, Vec<Finding>) {
    let servers = objects.iter().filter(|object| object.is_server);
    let directories: BTreeSet<&str> = servers.map(Object::directory).collect();
    let mut findings: Vec<Finding> = Vec::new();
    let mut seen: HashMap<_, &Object> = HashMap::new();
    let mut is_split = false;
    for object in objects.iter() {
        let directory = object.directory();
        // Whatever stands where no server is has other names elsewhere.
        if object.name.is_empty() || !directories.contains(directory) || !object.is_looked_at() {
            continue;
        }
        let identity = (object.kind.as_str(), object.namespace.as_str(), object.name.as_str());
        let Some(first) = seen.insert(identity, object) else {
            continue;
        };
        let is_same = first.directory() == directory;
        // One example is enough.
        if !is_same && std::mem::replace(&mut is_split, true) {
            continue;
        }
        let message = format!("{} is there twice: these are two variants in one run", object.title());
        let help = if is_same {
            "the later one takes the place of the first when both are applied: give each variant a directory of its own"
        } else {
            "each directory is judged by itself, so that what they have in common is missing: give the directories one by one"
        };
        let finding = Finding::warning("k8s/two-variants", message).help(help);
        let finding = finding.at(object.name_span.clone()).also(first.name_span.clone(), "the first one is");
        findings.push(finding);
    }
    if !is_split {
        return (vec![objects], findings);
    }
    (objects.by_directory(), findings)
}
