//! The built-in templates, rendered and judged as `run` does it: what each way to start a container leads to.

#![expect(clippy::unwrap_used, reason = "a test that finds nothing has to fail")]

use diagnostics::Levels;
use server::Version;
use server::quorum::{self, MasterCount};
use server::{discovery, settings, templates};
use template::Environment;
use template::Settings;
use template::{Format, Template, inspect};

const VERSION: Version = Version::elasticsearch(2, 3, 4);

fn inspected(path: &str, pairs: &[(&str, &str)]) -> (String, Settings) {
    let templates = templates::templates(VERSION).unwrap();
    let (name, text) = templates.iter().find(|(name, _)| *name == path).unwrap();
    let format = Format::of_file_name(Some(name));
    let variables: Environment = pairs.iter().copied().collect();
    let inspected =
        inspect(&Template { name, bytes: text.as_bytes(), format }, &variables, &Levels::default());
    assert_eq!(inspected.rendered.findings, [], "{pairs:?}");
    (String::from_utf8(inspected.rendered.bytes.unwrap()).unwrap(), inspected.settings)
}

fn codes(pairs: &[(&str, &str)]) -> Vec<&'static str> {
    let (_, found) = inspected("elasticsearch.yml", pairs);
    let count = pairs.iter().find(|(name, _)| *name == "MASTER_COUNT").map(|(_, text)| *text);
    let mut findings = settings::check(&found, VERSION, false, None);
    findings.extend(discovery::check(&found, VERSION, Some(&[])));
    findings.extend(
        quorum::check(&quorum::Inputs {
            mapping: server::launch::variables::Mapping::Nobody,
            settings: &found,
            version: VERSION,
            master_count: count
                .map_or(MasterCount::Unset, |text| MasterCount::Text { text, is_hidden: false }),
            min_masters_unset: None,
            bootstrapped: Some(false),
            node_name: None,
            host_name: None,
        })
        .findings,
    );
    findings.into_iter().map(|finding| finding.code).collect()
}

/// Lines of the rendered file that hold a value.
fn values(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with('#') && line.contains(": ")).collect()
}

#[test]
fn nothing_set_is_a_safe_single_node() {
    let (text, settings) = inspected("elasticsearch.yml", &[]);
    assert_eq!(
        values(&text),
        [
            "name: elasticsearch",
            "name: \"\"",
            "master: true",
            "data: true",
            "max_local_storage_nodes: 1",
            "host: _local_",
            "data: \"\"",
            "logs: \"\"",
            "plugins: \"\"",
            "work: \"\"",
            "mlockall: false",
            "enabled: true",
            "compression: true",
            "enabled: false",
            "allow-origin: \"\"",
            "service: \"\"",
            "namespace: default",
            "type: \"\"",
            "hosts: \"\"",
            "minimum_master_nodes: \"\"",
        ]
    );
    assert_eq!(settings.text("http.cors.enabled"), Some("false"));
    assert_eq!(codes(&[]), [""; 0]);
}

#[test]
fn ways_to_start() {
    let site = ("NETWORK_HOST", "_site_");
    let unicast = ("UNICAST_HOSTS", "a,b,c");
    let service = ("DISCOVERY_SERVICE", "es");
    for (pairs, expected) in [
        (vec![site], vec![]),
        (vec![site, unicast], vec!["quorum/unknown"]),
        (vec![site, unicast, ("MIN_MASTERS", "2")], vec![]),
        (vec![site, unicast, ("MIN_MASTERS", "2"), ("MASTER_COUNT", "3")], vec![]),
        (vec![site, unicast, ("MIN_MASTERS", "1"), ("MASTER_COUNT", "3")], vec!["quorum/split-brain"]),
        (vec![site, unicast, ("NODE_MASTER", "False")], vec![]),
        (vec![site, service, ("MIN_MASTERS", "2")], vec!["discovery/plugin-missing"]),
        (vec![site, service], vec!["discovery/plugin-missing", "quorum/unknown"]),
        (vec![unicast, ("MIN_MASTERS", "2")], vec!["discovery/loopback"]),
        (vec![site, ("UNICAST_HOSTS", "a:9200"), ("MIN_MASTERS", "2")], vec!["discovery/http-port"]),
        (vec![site, unicast, ("MIN_MASTERS", "1")], vec!["quorum/unknown"]),
        (vec![site, unicast, ("MIN_MASTERS", "1"), ("MASTER_COUNT", "1")], vec![]),
        (
            vec![("HTTP_CORS_ENABLE", "true"), ("HTTP_CORS_ALLOW_ORIGIN", "*")],
            vec!["settings/cors-any-origin"],
        ),
        (vec![("NODE_DATA", "False"), ("HTTP_ENABLE", "TRUE")], vec![]),
        (vec![("NODE_DATA", "nope")], vec!["settings/boolean"]),
        (vec![("PATH_WORK", "/tmp")], vec!["settings/removed"]),
    ] {
        assert_eq!(codes(&pairs), expected, "{pairs:?}");
    }
}

#[test]
fn kubernetes_discovery_when_a_service_is_named() {
    let (text, settings) =
        inspected("elasticsearch.yml", &[("DISCOVERY_SERVICE", "es"), ("NAMESPACE", "logs")]);
    assert_eq!(settings.text("discovery.type"), Some("kubernetes"));
    assert_eq!(settings.text("cloud.kubernetes.service"), Some("es"));
    assert_eq!(settings.text("cloud.kubernetes.namespace"), Some("logs"));
    assert!(text.contains("\n  type: kubernetes\n"), "{text}");
}

#[test]
fn findings_point_into_the_template() {
    let (text, found) = inspected("elasticsearch.yml", &[("UNICAST_HOSTS", "a"), ("MIN_MASTERS", "1")]);
    let finding = quorum::check(&quorum::Inputs {
        mapping: server::launch::variables::Mapping::Nobody,
        settings: &found,
        version: VERSION,
        master_count: MasterCount::Text { text: "3", is_hidden: false },
        min_masters_unset: None,
        bootstrapped: None,
        node_name: None,
        host_name: None,
    })
    .findings
    .remove(0);
    let label = finding.span.as_ref().unwrap().label.clone();
    let place = finding.location().unwrap();
    let line = text.lines().nth(place.line - 1).unwrap();
    assert_eq!(line.trim(), "minimum_master_nodes: 1");
    assert_eq!(label.as_deref(), Some("MIN_MASTERS=1"));
    assert_eq!(place.excerpt.as_deref(), Some("    minimum_master_nodes: ${MIN_MASTERS:-}"));
    assert_eq!((place.column, place.end_column), (27, 27 + "${MIN_MASTERS:-}".len()));
}

#[test]
fn the_log_goes_to_the_console_only() {
    let (text, settings) = inspected("logging.yml", &[]);
    assert_eq!(settings.text("es.logger.level"), Some("INFO"));
    assert_eq!(settings.text("rootLogger"), Some("${es.logger.level}, console"));
    assert!(!text.contains("file:") && text.contains("rootLogger: ${es.logger.level}, console\n"), "{text}");
    let (_, settings) = inspected("logging.yml", &[("LOG_LEVEL", "DEBUG")]);
    assert_eq!(settings.text("es.logger.level"), Some("DEBUG"));
}
