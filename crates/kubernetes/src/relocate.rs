//! Findings about a node become findings about a manifest: their places are moved to where the text or the value is written.

use std::path::Path;
use std::sync::Arc;

use diagnostics::{Edit, Finding, Source, Span};

use crate::environment::Variables;
use crate::workload::Pod;
use crate::world::Container;

/// Moves all places of a finding. What has no text in the manifests is placed at the variable that is concerned, else at what
/// decides it in the pod, else at the container.
pub(crate) fn relocate(
    mut finding: Finding,
    pod: &Pod<'_>,
    variables: &Variables,
    container: &Container<'_>,
) -> Finding {
    let of_variable = finding
        .variable
        .as_deref()
        .and_then(|name| variables.get(name))
        .and_then(|entry| entry.span.clone())
        .map(|span| span.hide(finding.variable.as_deref().is_some_and(diagnostics::is_secret_name)));
    let own = finding.span.take().and_then(|span| of_file(&span, container));
    let mut also = Vec::new();
    for (span, what) in std::mem::take(&mut finding.also) {
        if let Some(span) = of_file(&span, container) {
            also.push((span, what));
        }
    }
    let memory = pod.container.at(&["resources", "limits", "memory"]).span();
    let decides =
        decides(finding.code, pod).or_else(|| memory.clone().filter(|_| is_of_memory(finding.code)));
    // An argument has its place in the lists of the container.
    let mut words = ["command", "args"].into_iter().flat_map(|list| pod.container.get(list).items());
    let setting = finding.setting.as_deref();
    let argument =
        || words.find(|word| word.text().zip(setting).is_some_and(|(text, key)| text.contains(key)))?.span();
    finding.span = of_variable
        .or(own)
        .or_else(|| decides.clone())
        .or_else(argument)
        .or_else(|| pod.container.get("name").span());
    if finding.code == "heap/over-limit" && finding.span != memory {
        also.extend(memory.map(|span| (span, "the memory limit".to_owned())));
    }
    finding.also = also;
    // All of them or none: half a change mends nothing.
    let edits = finding.edits.iter().map(|edit| {
        let span = of_file(&edit.span, container)?;
        Some(Edit { span, ..edit.clone() })
    });
    finding.edits = edits.collect::<Option<_>>().unwrap_or_default();
    finding
}

fn is_of_memory(code: &str) -> bool {
    code.starts_with("heap/") || code == "host/memory"
}

/// The field of the pod that a finding follows from.
fn decides(code: &str, pod: &Pod<'_>) -> Option<Span> {
    let own = pod.container.get("securityContext");
    let of_pod = pod.spec().get("securityContext");
    match code {
        "host/data-not-writable" | "host/runtime-dir" | "host/tmp-not-writable" | "files/not-writable" => {
            own.get("readOnlyRootFilesystem").span()
        }
        "host/user" | "host/root" => own.get("runAsUser").span().or_else(|| of_pod.get("runAsUser").span()),
        _ => None,
    }
}

/// The place in the manifest of a place in a file.
fn of_file(span: &Span, container: &Container<'_>) -> Option<Span> {
    let file = container.file(Path::new(&span.source.name))?;
    let source: Arc<Source> = span.source.moved_within(file.within());
    Some(Span { source, ..span.clone() })
}
