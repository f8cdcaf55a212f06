//! The built-in templates, rendered and judged as `run` does it: what each way to start a container leads to.

#![expect(clippy::unwrap_used, reason = "a test that finds nothing has to fail")]

use diagnostics::Levels;
use server::Version;
use server::generation::{Election, Roles};
use server::quorum::{self, MasterCount};
use server::{discovery, settings, templates, transport_tls};
use template::Environment;
use template::Settings;
use template::{Format, Template, inspect};

const VERSION: Version = Version::elasticsearch(2, 3, 4);

/// The first of each generation whose template differs, and the versions that are started by other tests.
const VERSIONS: [&str; 20] = [
    "1.0.0",
    "1.7.5",
    "2.0.0",
    "2.3.4",
    "2.4.6",
    "5.0.0",
    "5.6.16",
    "6.0.0",
    "6.8.23",
    "7.0.0",
    "7.8.1",
    "7.9.0",
    "7.17.29",
    "8.0.0",
    "8.15.0",
    "8.19.21",
    "9.2.0",
    "os-1.3.20",
    "os-2.19.6",
    "os-3.6.0",
];

fn inspected(path: &str, pairs: &[(&str, &str)]) -> (String, Settings) {
    inspected_for(VERSION, path, pairs)
}

fn inspected_for(version: Version, path: &str, pairs: &[(&str, &str)]) -> (String, Settings) {
    let templates = templates::templates(version);
    let (name, text) = templates.iter().find(|(name, _)| *name == path).unwrap();
    let format = Format::of_file_name(Some(name));
    let variables: Environment = pairs.iter().copied().collect();
    let inspected =
        inspect(&Template { name, bytes: text.as_bytes(), format }, &variables, &Levels::default());
    assert_eq!(inspected.rendered.findings, [], "{pairs:?}");
    (String::from_utf8(inspected.rendered.bytes.unwrap()).unwrap(), inspected.settings)
}

fn codes(pairs: &[(&str, &str)]) -> Vec<&'static str> {
    codes_for(VERSION, &[], pairs)
}

fn codes_for(version: Version, plugins: &[String], pairs: &[(&str, &str)]) -> Vec<&'static str> {
    let (_, found) = inspected_for(version, templates::templates(version)[0].0, pairs);
    let count = pairs.iter().find(|(name, _)| *name == "MASTER_COUNT").map(|(_, text)| *text);
    let mut findings = settings::check(&found, version, false, None);
    findings.extend(discovery::check(&found, version, Some(plugins)));
    findings.extend(transport_tls::check(&found, version, Some(plugins)));
    findings.extend(server::network::invalid(&found, version));
    findings.extend(
        quorum::check(&quorum::Inputs {
            mapping: server::launch::variables::Mapping::Nobody,
            settings: &found,
            version,
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

#[test]
fn nothing_set_is_right_for_every_generation() {
    for text in VERSIONS {
        let version = Version::parse(text).unwrap();
        assert_eq!(codes_for(version, &[], &[]), [""; 0], "{text}");
        let single = [("DISCOVERY_TYPE", "single-node"), ("NODE_NAME", "box")];
        assert_eq!(codes_for(version, &[], &single), [""; 0], "{text}");
    }
}

/// One set of variables is a cluster of every generation.
#[test]
fn all_variables_are_right_for_every_generation() {
    for text in VERSIONS {
        let version = Version::parse(text).unwrap();
        let generation = server::generation(version);
        let mut pairs = vec![
            ("CLUSTER_NAME", "logs"),
            ("NODE_NAME", "es-0"),
            ("NETWORK_HOST", "10.0.0.1"),
            ("PATH_DATA", "/a,/b"),
            ("PATH_LOGS", "/logs"),
            ("BOOTSTRAP_MLOCKALL", "true"),
            ("HTTP_COMPRESSION", "true"),
            ("HTTP_CORS_ENABLE", "true"),
            ("HTTP_CORS_ALLOW_ORIGIN", "https://dashboards.example.org"),
            ("DISCOVERY_HOSTS", "es-0,es-1,es-2"),
            ("MASTER_COUNT", "3"),
            ("LOG_LEVEL", "INFO"),
            ("SECURITY_ENABLED", "true"),
            ("TRANSPORT_TLS_CERTIFICATE", "node.crt"),
            ("TRANSPORT_TLS_KEY", "node.key"),
            ("TRANSPORT_TLS_CA", "ca.crt"),
            ("HTTP_TLS_CERTIFICATE", "node.crt"),
            ("HTTP_TLS_KEY", "node.key"),
            ("HTTP_TLS_CA", "ca.crt"),
        ];
        // What follows from the others, as a start derives it.
        pairs.push(match generation.election {
            Election::MinimumMasters => ("MIN_MASTERS", "2"),
            Election::InitialMasters(_) => ("INITIAL_MASTER_NODES", "es-0,es-1,es-2"),
        });
        match generation.roles {
            Roles::List | Roles::ListOrBooleans => pairs.push(("NODE_ROLES", "master,data")),
            Roles::Booleans => {
                pairs.extend([("NODE_MASTER", "true"), ("NODE_DATA", "true"), ("NODE_INGEST", "false")]);
            }
            Roles::BooleansAndClient => {
                pairs.extend([("NODE_MASTER", "true"), ("NODE_DATA", "true")]);
            }
        }
        let plugins = ["opensearch-security".to_owned()];
        let plugins = if text.starts_with("os-") { &plugins[..] } else { &[] };
        assert_eq!(codes_for(version, plugins, &pairs), [""; 0], "{text}");
    }
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
