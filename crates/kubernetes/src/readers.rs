//! What the readers of one text agree on.

use diagnostics::{Edit, Finding};

use crate::index::Places;
use crate::pod::Node;

/// The findings of all nodes. A text that several read changes only where it is wrong for each of them.
pub(crate) fn agreed(nodes: &[Node<'_>], mut judged: Vec<Vec<Finding>>) -> Vec<Finding> {
    let key = |Edit { span, text }: &Edit| {
        let (source, range) = span.outermost();
        format!("{source:p} {range:?} {text}")
    };
    let mut makers = Places::new();
    for (index, findings) in judged.iter().enumerate() {
        for edit in findings.iter().flat_map(|finding| &finding.edits) {
            makers.entry(key(edit)).or_default().push(index);
        }
    }
    for (index, findings) in judged.iter_mut().enumerate() {
        for finding in findings {
            let is_agreed = finding.edits.iter().all(|edit| {
                let Some(makers) = makers.get_mut(&key(edit)) else { return false };
                // The first decides for the others: where nobody is left, it did not agree.
                if makers.first() == Some(&index) {
                    let mut readers = nodes
                        .iter()
                        .enumerate()
                        .filter(|(_, node)| node.container.mounts.iter().any(|mount| mount.has(&edit.span)));
                    if !readers.all(|(reader, _)| makers.binary_search(&reader).is_ok()) {
                        makers.clear();
                    }
                }
                !makers.is_empty()
            });
            if !is_agreed {
                finding.edits.clear();
            }
        }
    }
    judged.into_iter().flatten().collect()
}
