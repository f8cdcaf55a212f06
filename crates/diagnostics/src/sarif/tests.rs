use super::*;
use crate::samples::split_brain;
use crate::secrets::Secrets;
use crate::source::{Source, Within};
use crate::{Map, MessageFormat};

fn run() -> Run {
    Run { directory: "/srv/repo".into(), exit_code: Some(78) }
}

/// What stands between `"results":` and the end.
fn results(findings: &[Finding]) -> String {
    let text = text(findings, &run());
    let start = text.find("\"results\":").unwrap() + "\"results\":".len();
    text[start..].strip_suffix("}]}\n").unwrap().to_owned()
}

fn at(file: &str) -> Finding {
    Finding::error("a/b", "m").at(Span::new(&Source::new(file, "x: 1\n", Secrets::none), 3..4))
}

/// The address of a file, and whether it is relative.
fn uri(file: &str, directory: &str) -> (String, bool) {
    let mut json = Json::default();
    let uri = artifact(&mut json, file, &Run { directory: directory.into(), exit_code: None });
    (uri, json.into_text().contains("\"uriBaseId\":\"%SRCROOT%\""))
}

#[test]
fn a_run_without_findings_has_an_empty_list_of_them() {
    assert_eq!(
        text(&[], &Run { exit_code: Some(0), ..run() }),
        concat!(
            "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{",
            "\"name\":\"es-entrypoint\",\"version\":\"",
            env!("CARGO_PKG_VERSION"),
            "\",\"informationUri\":\"https://github.com/es-entrypoint/es-entrypoint\",\"rules\":[]}},",
            "\"originalUriBaseIds\":{\"%SRCROOT%\":{\"description\":{\"text\":\"the working directory\"}}},",
            "\"columnKind\":\"unicodeCodePoints\",\"newlineSequences\":[\"\\r\\n\",\"\\n\",\"\\r\"],",
            "\"invocations\":[{\"executionSuccessful\":true,\"exitCode\":0}],\"results\":[]}]}\n"
        )
    );
    let unknown = text(&[], &Run { exit_code: None, ..run() });
    assert!(unknown.contains("\"invocations\":[{\"executionSuccessful\":true}]"), "{unknown}");
}

#[test]
fn a_result_says_what_why_and_the_fix() {
    assert_eq!(
        results(&[split_brain("config-templates/elasticsearch.yml")]),
        concat!(
            "[{\"ruleId\":\"quorum/split-brain\",\"ruleIndex\":0,\"level\":\"error\",\"message\":{\"text\":",
            "\"`discovery.zen.minimum_master_nodes` is 1, but 3 master-eligible nodes need 2\\n",
            "help: set MIN_MASTERS=2, or unset it (MASTER_COUNT=3 gives 2)\"},",
            "\"locations\":[{\"physicalLocation\":{\"artifactLocation\":",
            "{\"uri\":\"config-templates/elasticsearch.yml\",\"uriBaseId\":\"%SRCROOT%\"},",
            "\"region\":{\"startLine\":31,\"startColumn\":27,\"endColumn\":41}},\"logicalLocations\":[",
            "{\"name\":\"MIN_MASTERS\",\"fullyQualifiedName\":\"MIN_MASTERS\",\"kind\":\"variable\"},",
            "{\"name\":\"discovery.zen.minimum_master_nodes\",",
            "\"fullyQualifiedName\":\"discovery.zen.minimum_master_nodes\",\"kind\":\"property\"}]}],",
            "\"relatedLocations\":[],\"partialFingerprints\":{\"esEntrypoint/v1\":\"5098273698f7257e:1\"}}]"
        )
    );
}

#[test]
fn a_rule_is_the_page_of_a_code_and_stands_there_once() {
    let warning = Finding::warning("host/memory", "m");
    let text = text(&[split_brain("f"), warning, split_brain("g")], &run());
    let rules = text.split("\"rules\":[").nth(1).unwrap().split("]}}").next().unwrap();
    assert_eq!(rules.matches("{\"id\":").count(), 2, "{rules}");
    let code = codes::find("quorum/split-brain").unwrap();
    let (summary, _) = code.page().split_once("\n\n").unwrap();
    let mut wanted = Json::default();
    wanted.open("", '{');
    wanted.text("id", "quorum/split-brain");
    message(&mut wanted, "shortDescription", "two halves of the cluster could both elect a master");
    message(&mut wanted, "fullDescription", &summary.replace('\n', " "));
    wanted.open("help", '{');
    wanted.text("text", &page::plain(code));
    wanted.text("markdown", &page::markdown(code.page()));
    wanted.raw("},");
    let wanted = wanted.into_text()
        + "\"helpUri\":\"https://github.com/es-entrypoint/es-entrypoint/blob/main/docs/findings.md#quorumsplit-brain\",\
           \"defaultConfiguration\":{\"level\":\"error\"}},{\"id\":\"host/memory\",";
    assert!(rules.starts_with(&wanted), "{wanted}\n{rules}");
    // The version of the server decides there: the worse one is the default.
    assert!(rules.ends_with("#hostmemory\",\"defaultConfiguration\":{\"level\":\"error\"}}"), "{rules}");
    let indices: Vec<&str> =
        text.match_indices("\"ruleIndex\":").map(|(at, it)| &text[at + it.len()..][..1]).collect();
    assert_eq!(indices, ["0", "1", "0"]);
}

/// A Service in one file and the workload that it selects in another, as a rule about manifests makes it.
#[test]
fn a_second_place_is_a_related_location() {
    let service = Source::new("k8s/service.yml", "ports:\n- port: 9200\n", Secrets::none);
    let workload = Source::new("/srv/repo/k8s/rc.yml", "kind: ReplicationController\n", Secrets::none);
    let finding = Finding::error("discovery/http-port", "m")
        .at(Span::new(&service, 15..19))
        .also(Span::new(&workload, 6..27), "the pods that it selects are")
        .help("h");
    let result = results(std::slice::from_ref(&finding));
    let related = "\"relatedLocations\":[{\"id\":0,\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"k8s/rc.yml\",\
                   \"uriBaseId\":\"%SRCROOT%\"},\"region\":{\"startLine\":1,\"startColumn\":7,\"endColumn\":28}},\
                   \"message\":{\"text\":\"the pods that it selects are here\"}}]";
    assert!(result.contains(related), "{result}");
    let told =
        "\"message\":{\"text\":\"m\\nhelp: h; the pods that it selects are at /srv/repo/k8s/rc.yml:1:7\"}";
    assert!(result.contains(told), "{result}");
}

#[test]
fn columns_are_code_points_also_in_a_text_within_another() {
    let manifest = Source::new("cm.yml", "data:\n  es.yml: |\n    a: é漢𝒳${A}\n", Secrets::none);
    let map = Map::Block(vec![(0, 22)]);
    let inner = Source::within("a: é漢𝒳${A}\n", Secrets::none, Within { source: manifest, map });
    let result = results(&[Finding::error("a/b", "m").at(Span::new(&inner, 12..16))]);
    let region = "\"uri\":\"cm.yml\",\"uriBaseId\":\"%SRCROOT%\"},\"region\":{\"startLine\":3,\"startColumn\":11,\"endColumn\":15}";
    assert!(result.contains(region), "{result}");
}

#[test]
fn paths_are_relative_where_they_can_be() {
    for (file, directory, wanted, is_relative) in [
        ("a/b.yml", "/srv", "a/b.yml", true),
        ("./a.yml", "/srv", "a.yml", true),
        ("../a.yml", "/srv", "../a.yml", true),
        ("/srv/a/b.yml", "/srv", "a/b.yml", true),
        ("/srv2/b.yml", "/srv", "file:///srv2/b.yml", false),
        ("/etc/b.yml", "/", "etc/b.yml", true),
        ("/srv", "/srv", "file:///srv", false),
        ("50% ü:#?.yml", "/srv", "50%25%20%C3%BC%3A%23%3F.yml", true),
        ("<stdin>", "/srv", "%3Cstdin%3E", false),
        ("<arguments>", "/srv", "%3Carguments%3E", false),
    ] {
        assert_eq!(uri(file, directory), (wanted.to_owned(), is_relative), "{file} in {directory}");
    }
}

/// GitHub takes no document in which one result has no artifact.
#[test]
fn what_has_no_place_has_an_artifact_all_the_same() {
    let physical = |finding| {
        let result = results(&[finding]);
        let start = result.find("\"locations\":").unwrap();
        result[start..].split(",\"relatedLocations\"").next().unwrap().to_owned()
    };
    assert_eq!(
        physical(Finding::error("a/b", "m").variable("X")),
        "\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"%3Cenvironment%3E\"}},\"logicalLocations\":[\
         {\"name\":\"X\",\"fullyQualifiedName\":\"X\",\"kind\":\"variable\"}]}]"
    );
    assert_eq!(
        physical(Finding::error("a/b", "m")),
        "\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"%3Ccontainer%3E\"}},\"logicalLocations\":[]}]"
    );
    // The number of a word is no column.
    let (source, ranges) = Source::of_words("<arguments>", ["-Ea=b", "-Ec=d"]);
    assert_eq!(
        physical(Finding::error("a/b", "m").at(Span::new(&source, ranges[1].clone()))),
        "\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"%3Carguments%3E\"}},\"logicalLocations\":[\
         {\"name\":\"argument 2\",\"fullyQualifiedName\":\"argument 2\",\"kind\":\"parameter\"}]}]"
    );
}

#[test]
fn a_fingerprint_knows_no_lines_and_no_numbers() {
    let print = |finding: &Finding| fingerprint(finding, "f");
    let finding = split_brain("f");
    let source = Source::new("f", "minimum_master_nodes: ${MIN_MASTERS}\n", Secrets::none);
    let mut moved = finding.clone().at(Span::new(&source, 22..36));
    moved.message = finding.message.replace('3', "5");
    assert_eq!(print(&moved), print(&finding));
    let (mut message, mut code) = (finding.clone(), finding.clone());
    message.message = "another".into();
    code.code = "quorum/zero";
    for other in [finding.clone().setting("discovery.x"), finding.clone().variable("MASTERS"), message, code]
    {
        assert_ne!(print(&other), print(&finding), "{other:?}");
    }
    assert_ne!(fingerprint(&finding, "es-1.yml"), fingerprint(&finding, "es-2.yml"));
    // The same in one file once more is another one.
    let twice = results(&[at("f"), at("g"), at("f"), at("f")]);
    let ends: Vec<&str> = twice
        .match_indices(":1\"}")
        .chain(twice.match_indices(":2\"}"))
        .chain(twice.match_indices(":3\"}"))
        .map(|(_, it)| it)
        .collect();
    assert_eq!(ends, [":1\"}", ":1\"}", ":2\"}", ":3\"}"]);
}

#[test]
fn the_line_of_a_file_is_not_in_it() {
    let source = Source::new("f", "password: SEKRIT\n", Secrets::none);
    let finding = Finding::error("a/b", "m").at(Span::new(&source, 10..16));
    for form in [MessageFormat::Json, MessageFormat::Sarif] {
        let text = crate::text(std::slice::from_ref(&finding), form, false, &run());
        assert!(!text.contains("SEKRIT"), "{text}");
    }
}
