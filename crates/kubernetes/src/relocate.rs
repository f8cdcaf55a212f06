//! Findings about a node become findings about a manifest: their places are moved to where the text or the value is written.

use std::path::Path;
use std::rc::Rc;

use diagnostics::{Edit, Finding, Source, Span};

use crate::environment::Variables;
use crate::workload::Pod;
use crate::world::Container;

/// Moves all places of a finding. What has no text in the manifests is placed at the variable that is concerned, else at the
/// container.
pub(crate) fn relocate(
    mut finding: Finding,
    pod: &Pod<'_>,
    variables: &Variables,
    container: &Container<'_>,
) -> Finding {
    let of_variable = finding
        .variable
        .as_deref()
        .and_then(|name| variables.by_name.get(name))
        .and_then(|entry| entry.span.clone())
        .map(|span| span.hide(finding.variable.as_deref().is_some_and(diagnostics::is_secret_name)));
    let own = finding.span.take().and_then(|span| of_file(&span, container));
    let mut also = Vec::new();
    for (span, what) in std::mem::take(&mut finding.also) {
        if let Some(span) = of_file(&span, container) {
            also.push((span, what));
        }
    }
    finding.also = also;
    // All of them or none: half a change mends nothing.
    let edits = finding.edits.iter().map(|edit| {
        let span = of_file(&edit.span, container)?;
        Some(Edit { span, ..edit.clone() })
    });
    finding.edits = edits.collect::<Option<_>>().unwrap_or_default();
    finding.span = of_variable.or(own).or_else(|| pod.container.get("name").span());
    finding
}

/// The place in the manifest of a place in a file.
fn of_file(span: &Span, container: &Container<'_>) -> Option<Span> {
    let file = container.file(Path::new(&span.source.name))?;
    let source: Rc<Source> = span.source.moved_within(file.within());
    Some(Span { source, ..span.clone() })
}
