use super::*;

fn text(finding: &Finding) -> String {
    let mut json = Json::default();
    write(&mut json, finding);
    json.into_text()
}

use crate::samples::split_brain;

#[test]
fn one_object_a_line() {
    assert_eq!(
        text(&split_brain("config-templates/elasticsearch.yml")),
        "{\"code\":\"quorum/split-brain\",\"severity\":\"error\",\"message\":\"`discovery.zen.minimum_master_nodes` is 1, but 3 master-eligible nodes need 2\",\"file\":\"config-templates/elasticsearch.yml\",\"line\":31,\"column\":27,\"end_column\":41,\"variable\":\"MIN_MASTERS\",\"setting\":\"discovery.zen.minimum_master_nodes\",\"help\":\"set MIN_MASTERS=2, or unset it (MASTER_COUNT=3 gives 2)\"}\n"
    );
}

#[test]
fn what_is_not_known_is_left_out() {
    let finding = Finding::warning("host/memory", "line\nbreak \"quoted\" \\ \u{1}");
    assert_eq!(
        text(&finding),
        "{\"code\":\"host/memory\",\"severity\":\"warning\",\"message\":\"line\\nbreak \\\"quoted\\\" \\\\ \\u0001\"}\n"
    );
}

#[test]
fn a_second_place_adds_no_member() {
    let finding = split_brain("f");
    let span = finding.span.clone().unwrap();
    let with_another = text(&finding.clone().also(span, "the same again"));
    assert_eq!(with_another.replace("; the same again in line 31", ""), text(&finding));
}
