//! Names that stand twice in one mapping: kubectl makes JSON of the text, and takes the later one silently.

use std::rc::Rc;

use diagnostics::{Finding, Source, Span};
use yaml::Node;

use crate::index::Places;

/// One finding for each name that is there again.
pub(crate) fn find(source: &Rc<Source>, node: &Node) -> Vec<Finding> {
    let mut findings = Vec::new();
    look(source, node, &mut findings);
    findings
}

fn look(source: &Rc<Source>, node: &Node, findings: &mut Vec<Finding>) {
    let entries = node.entries();
    // Few names are compared as they are.
    let mut names = if entries.len() > FEW { Some(Places::new()) } else { None };
    for (position, (key, value)) in entries.iter().enumerate() {
        look(source, value, findings);
        let Some(name) = key.text().filter(|name| *name != "<<") else { continue };
        let first = if let Some(names) = &mut names {
            let known = names.entry(name.to_owned()).or_default();
            known.push(position);
            known.iter().rev().nth(1).and_then(|before| entries.get(*before)).map(|(key, _)| key)
        } else {
            entries.iter().take(position).map(|(key, _)| key).find(|key| key.text() == Some(name))
        };
        if let Some(first) = first {
            let message = format!("`{name}` stands twice in one mapping: only this one counts");
            let place = |key: &Node| Span::new(source, key.range.clone());
            let finding = Finding::error("k8s/duplicate-key", message)
                .at(place(key))
                .help("what the first one says is lost silently: put both together, or remove one")
                .also(place(first), "the first one is");
            findings.push(finding);
        }
    }
    for item in node.items() {
        look(source, item, findings);
    }
}

const FEW: usize = 16;
