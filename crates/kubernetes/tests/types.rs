//! Every value of a full manifest, replaced by one of each other type: no panic, and the field is named once at most.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::Range;

use diagnostics::Finding;
use kubernetes::{Options, Text};
use node::{Depth, Request};
use yaml::Node;

/// All fields that are read, in objects that make sense together.
const MANIFEST: &str = include_str!("types.json");
const OTHERS: [&str; 9] = [
    "\"text\"",
    "-1",
    "99999999999999999999",
    "1.5e3",
    "true",
    "null",
    "[\"x\", null, [1]]",
    "{}",
    "{\"x\": {\"y\": [1]}, \"name\": 3}",
];

fn check(text: &str) -> Vec<Finding> {
    let request = Request { depth: Depth::Machine, ..Request::default() };
    let share: kubernetes::Share = &|count, work| (0..count).for_each(work);
    let options =
        Options { request, kubernetes_minor: None, suppressions: true, own_request: &|_, _| None, share };
    kubernetes::check(vec![Text { name: "all.json".to_owned(), text: text.into() }], &options).findings
}

fn values(node: Node<'_>, found: &mut Vec<Range<usize>>) {
    found.push(node.range());
    for (_, value) in node.entries() {
        values(value, found);
    }
    for item in node.items() {
        values(item, found);
    }
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect()
}

#[test]
fn the_manifest_itself_has_no_wrong_type() {
    let findings = check(MANIFEST);
    assert!(findings.iter().all(|finding| finding.code != "k8s/wrong-type"), "{:#?}", told(&findings));
}

#[test]
fn a_wrong_type_is_told_once() {
    let mut ranges = Vec::new();
    values(yaml::parse(MANIFEST).unwrap().unwrap().root(MANIFEST), &mut ranges);
    assert!(ranges.len() > 300, "{}", ranges.len());
    let mut count = 0;
    for range in ranges {
        for other in OTHERS {
            let text = format!("{}{other}{}", &MANIFEST[..range.start], &MANIFEST[range.end..]);
            let findings = check(&text);
            let wrong: Vec<&Finding> =
                findings.iter().filter(|finding| finding.code == "k8s/wrong-type").collect();
            count += wrong.len();
            for (index, finding) in wrong.iter().enumerate() {
                let same = wrong[..index].iter().find(|other| other.span == finding.span);
                assert!(same.is_none(), "{} by {other}: {:#?}", &MANIFEST[range], told(&findings));
            }
        }
    }
    assert!(count > 300, "{count}");
}
