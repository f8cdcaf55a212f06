//! From a text to objects: streams are cut as kubectl cuts them, `List`s are opened.

use std::ops::Range;
use std::sync::Arc;

use diagnostics::{Finding, Source, Span};
use yaml::{Node, Refusal, Tree};

use crate::aliases;
use crate::annotations;
use crate::json;
use crate::object::Object;
use crate::workload;

/// The mark between documents, at the begin of a line. kubectl cuts there before it reads any YAML, and drops the rest of that line.
const MARK: &str = "---";

/// What a text holds.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    pub(crate) objects: Vec<Object>,
    /// What is wrong with documents that are not read.
    pub(crate) findings: Vec<Finding>,
}

/// Reads all documents of a text. One that is broken does not hide those behind it.
pub(crate) fn read(source: &Arc<Source>) -> Documents {
    let mut read = Documents::default();
    let Documents { objects, findings } = &mut read;
    for range in documents(&source.text) {
        let text = source.text.get(range.clone()).unwrap_or("");
        // Not everything beside manifests is one: values of Helm, files of other tools.
        if !text.contains("kind") || !text.contains("apiVersion") {
            continue;
        }
        match json::parse(text) {
            Ok(None) => {}
            Ok(Some(mut tree)) => {
                tree.shift(range.start);
                let node = tree.root(&source.text);
                let is_readable = !node.has_properties();
                // Nobody who reads manifests takes one.
                if let Some(key) = node.odd_key() {
                    let at = key.range().start - range.start;
                    // `{{ .Values.name }}` is YAML to the letter.
                    let problem = "a mapping or a list as a key";
                    let refusal = Refusal::Syntax { at, problem, context: None };
                    findings.push(not_yaml(source, range.start, text, refusal));
                } else if let Some(tree) = aliases::expand(tree, &source.text) {
                    add(source, tree, is_readable, objects);
                } else {
                    let place = Span::new(source, range.start..range.start + 1);
                    let message = "the document is not read: its aliases stand for too much";
                    let help = "kubectl has such a limit, too: write out what they stand for";
                    findings.push(Finding::error("k8s/not-yaml", message).at(place).help(help));
                }
            }
            Err(refusal) => findings.push(not_yaml(source, range.start, text, refusal)),
        }
    }
    read
}

/// The ranges of the documents.
pub(crate) fn documents(text: &str) -> Vec<Range<usize>> {
    let mut documents = Vec::new();
    // A byte order mark is no part of the first.
    let mut start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let mut from = start;
    while let Some(end) = yaml::line_with(text, from, MARK) {
        json::cut(text, start..end, &mut documents);
        let line_end = text.get(end..).and_then(|rest| rest.find('\n'));
        start = line_end.map_or(text.len(), |length| end + length + 1);
        // The line end before a mark may be the one behind another.
        from = start.saturating_sub(1).max(end);
    }
    json::cut(text, start..text.len(), &mut documents);
    documents
}

fn add(source: &Arc<Source>, tree: Tree, is_readable: bool, objects: &mut Vec<Object>) {
    let node = tree.root(&source.text);
    let is_list = node.get("kind").and_then(Node::text).is_some_and(|kind| kind.ends_with("List"));
    if !is_list || node.get("items").is_none() {
        let mut object = Object::new(source, tree, is_readable);
        if let Some(object) = &mut object {
            let ours = annotations::check(object);
            object.tell(ours);
            object.is_server = object.is_workload() && workload::pod(object).is_some();
            if object.is_workload() && !object.is_server {
                object.pass_over();
            }
            object.drop_tree();
        }
        objects.extend(object);
        return;
    }
    for item in node.get("items").into_iter().flat_map(Node::items) {
        add(source, item.to_tree(), is_readable, objects);
    }
}

fn not_yaml(source: &Arc<Source>, start: usize, text: &str, refusal: Refusal) -> Finding {
    let (at, problem) = match refusal {
        Refusal::Syntax { at, problem, .. } => (at, problem),
        Refusal::Character { at } => (at, "a character that YAML does not allow"),
        Refusal::SecondDocument { at } => (at, "a second document"),
        Refusal::TooDeep { at } => (at, "collections nest too deep"),
    };
    let is_template = text.contains("{{");
    let help = if is_template {
        "the source of a Helm chart is rendered first: `helm template … | es-entrypoint check -f -`"
    } else {
        "kubectl refuses the document, too; the others are judged"
    };
    let message = format!("the document is not YAML: {problem}");
    Finding::error("k8s/not-yaml", message).at(Span::new(source, start + at..start + at + 1)).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_cut_as_kubectl_cuts_them() {
        let cut = |text: &'static str| -> Vec<&str> {
            documents(text).into_iter().map(|range| &text[range]).collect()
        };
        assert_eq!(cut("a: 1\n"), ["a: 1\n"]);
        assert_eq!(cut("a: 1\n---\nb: 2\n"), ["a: 1\n", "b: 2\n"]);
        assert_eq!(cut("---\na: 1\n--- # b\nb: 2"), ["---\na: 1\n", "b: 2"]);
        assert_eq!(cut("a\n---\n---\nb"), ["a\n", "", "b"]);
        assert_eq!(cut("a\n---"), ["a\n", ""]);
        assert_eq!(cut("\u{FEFF}a\n---\nb"), ["a\n", "b"]);
        assert_eq!(cut("{\"a\": \"}{\\\"{\"}\n {b: {}}{}\n"), ["{\"a\": \"}{\\\"{\"}", "\n {b: {}}", "{}\n"]);
        assert_eq!(cut("{a: {}}\nx: {}{}\n"), ["{a: {}}\nx: {}{}\n"]);
    }
}
