//! A finding for the tests of its forms.

use crate::finding::Finding;
use crate::secrets::Secrets;
use crate::source::{Source, Span};

/// With everything that a finding can have but a second place.
pub(crate) fn split_brain(file: &str) -> Finding {
    let lines = "\n".repeat(30);
    let source = Source::new(file, lines + "    minimum_master_nodes: ${MIN_MASTERS}\n", Secrets::none);
    Finding::error(
        "quorum/split-brain",
        "`discovery.zen.minimum_master_nodes` is 1, but 3 master-eligible nodes need 2",
    )
    .at(Span::new(&source, 56..70).labelled("MIN_MASTERS=1"))
    .variable("MIN_MASTERS")
    .setting("discovery.zen.minimum_master_nodes")
    .help("set MIN_MASTERS=2, or unset it (MASTER_COUNT=3 gives 2)")
}
