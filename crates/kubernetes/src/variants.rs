//! One object twice in a run: the variants of a set in directories of their own are judged one by one.

use diagnostics::Finding;

use crate::index::Places;
use crate::object::Object;
use crate::objects::Objects;

/// The objects that see each other, and what was found: all of them, or those of each directory.
pub(crate) fn split(objects: Objects) -> (Vec<Objects>, Vec<Finding>) {
    let mut directories = Places::new();
    for server in objects.iter().filter(|object| object.is_server) {
        directories.entry(server.directory().to_owned()).or_default();
    }
    let mut findings: Vec<Finding> = Vec::new();
    let mut is_split = false;
    for (place, object) in objects.iter().enumerate() {
        let directory = object.directory();
        // Whatever stands where no server is has other names elsewhere.
        if object.name.is_empty() || !directories.contains_key(directory) || !object.is_looked_at() {
            continue;
        }
        let is_judged = |first: &&Object| {
            // Two of one kind are one object; of two kinds they are a set with another kind of workload.
            let is_one = first.kind == object.kind || first.directory() != directory;
            is_one && directories.contains_key(first.directory())
        };
        let before = objects.alike(object).iter().rev().skip_while(|other| **other >= place);
        let Some(first) = before.filter_map(|other| objects.get(*other)).find(is_judged) else { continue };
        let is_same = first.directory() == directory;
        // One example is enough.
        if !is_same && std::mem::replace(&mut is_split, true) {
            continue;
        }
        let title = object.title();
        let message = if first.kind == object.kind {
            format!("{title} is there twice: these are two variants in one run")
        } else {
            format!("{title} is there as {} too: these are two variants in one run", first.kind)
        };
        let help = if is_same {
            "the later one takes the place of the first when both are applied: give each variant a directory of its own"
        } else {
            "each directory is judged by itself, so that what they have in common is missing: give the directories one by one"
        };
        let finding = Finding::warning("k8s/two-variants", message).help(help);
        let finding = finding.at(object.name_span()).also(first.name_span(), "the first one is");
        findings.push(finding);
    }
    if !is_split {
        return (vec![objects], findings);
    }
    (objects.by_directory(), findings)
}
