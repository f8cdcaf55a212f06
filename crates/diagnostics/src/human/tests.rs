use super::*;
use crate::samples::split_brain;
use crate::secrets::Secrets;
use crate::source::{Source, Span};

#[test]
fn the_form_of_the_contract() {
    assert_eq!(
        text(&split_brain("config-templates/elasticsearch.yml"), false),
        "error[quorum/split-brain]: `discovery.zen.minimum_master_nodes` is 1, but 3 master-eligible nodes need 2
  --> config-templates/elasticsearch.yml:31:27
   |
31 |     minimum_master_nodes: ${MIN_MASTERS}
   |                           ^^^^^^^^^^^^^^ MIN_MASTERS=1
   = help: set MIN_MASTERS=2, or unset it (MASTER_COUNT=3 gives 2)
"
    );
}

#[test]
fn carets_stand_under_wide_characters_and_tabs() {
    let source = Source::new("f", "\t漢x${A}", Secrets::none);
    let finding = Finding::error("template/unset", "m").at(Span::new(&source, 5..6));
    assert_eq!(text(&finding, false).lines().nth(4), Some("  |        ^"));
}

#[test]
fn escape_sequences_never_reach_the_terminal() {
    let finding = Finding::error("template/unset", "a\x1b[31mb");
    assert_eq!(text(&finding, false), "error[template/unset]: a·[31mb\n");
}

#[test]
fn a_second_place_is_told_in_the_help() {
    let here = Source::new("es.yml", "a: 1\nb: 2\n", Secrets::none);
    let there = Source::new("svc.yml", "  port: 9200\n", Secrets::none);
    let finding = Finding::error("a/b", "m")
        .at(Span::new(&here, 3..4))
        .also(Span::new(&here, 8..9), "the other value stands")
        .also(Span::new(&there, 2..6), "its port stands");
    assert_eq!(
        finding.help_text().as_deref(),
        Some("the other value stands in line 2; its port stands at svc.yml:1:3")
    );
    assert!(
        text(&finding.help("h"), false)
            .ends_with("  = help: h; the other value stands in line 2; its port stands at svc.yml:1:3\n")
    );
}
