//! One node of each version.

use std::process::Command;

use serde_json::Value;

use crate::common;
use crate::lab::{Node, Parts, Room, Server, Turn};

/// It is an error where the script is needed.
pub(crate) const DIRECT: (&str, &str) = ("ES_ENTRYPOINT_LAUNCH", "direct");

/// What every start has to be without, whatever its machine is like.
pub(crate) fn nothing_is_wrong_with_the_configuration(node: &Node) {
    let log = node.log();
    for sign in [
        "error[",
        "warning[settings/",
        "warning[quorum/",
        "warning[launch/",
        "warning[env/",
        "warning[template/",
    ] {
        assert!(!log.contains(sign), "{sign}\n{log}");
    }
}

/// The answer of `/_nodes/_local`: the cluster's name, and the node.
pub(crate) fn identity(node: &Node, address: &str) -> (String, Value) {
    node.tells(&format!("{address}/_nodes/_local"), "the node's own description", |answer| {
        let cluster = answer.get("cluster_name")?.as_str()?.to_owned();
        let node = answer.get("nodes")?.as_object()?.values().next()?.clone();
        Some((cluster, node))
    })
}

/// A setting of that description, which is nested or not.
fn setting<'a>(node: &'a Value, key: &str) -> Option<&'a str> {
    let settings = node.get("settings")?;
    let value = settings.get(key).or_else(|| settings.pointer(&format!("/{}", key.replace('.', "/"))))?;
    // What is a list may be one in the answer, or a text.
    value.get(0).unwrap_or(value).as_str()
}

/// `health` says the same as curl.
fn is_healthy(node: &Node, scheme: &str) {
    let answer = if scheme == "https" { "TLS handshake\n" } else { "HTTP/1." };
    for words in [&[][..], &["--ready"]] {
        let (code, text) = node.health(words);
        let expected = format!("127.0.0.1:9200 answers: {answer}");
        assert!(code == 0 && text.starts_with(&expected), "{code} {text}\n{}", node.log());
    }
}

fn starts(server: Server, scheme: &str) {
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, "nothing");
    // It makes certificates.
    let has_launcher = server.product == "elasticsearch" && server.major() >= 8;
    let node = room.start(None, if has_launcher { &[] } else { &[DIRECT] }, &[]);
    node.is_not_up_yet();
    let address = node.answers("127.0.0.1");
    assert!(address.starts_with(&format!("{scheme}://")), "{address}\n{}", node.log());
    nothing_is_wrong_with_the_configuration(&node);
    is_healthy(&node, scheme);
    if scheme == "http" {
        assert_eq!(identity(&node, &address).0, server.product);
    }
    node.stops_with_143();
    drop(room);
    let room = Room::new(Parts::of(server).unwrap(), "variables");
    with_variables(&room, server);
}

fn with_variables(room: &Room, server: Server) {
    let is_secured = server.product == "elasticsearch" && server.major() >= 8;
    let data = format!("/usr/share/{}/data/own", server.product);
    let mut variables = vec![
        ("CLUSTER_NAME", "logs"),
        ("NODE_NAME", "n1"),
        ("NODE_ROLES", "master,data"),
        ("NETWORK_HOST", "127.0.0.1"),
        ("PATH_DATA", &*data),
        ("LOG_LEVEL", "INFO"),
    ];
    if is_secured {
        variables.push(("SECURITY_ENABLED", "false"));
    }
    variables.push(DIRECT);
    let node = room.start(None, &variables, &[]);
    let address = node.answers("127.0.0.1");
    // The server alone: no launcher stays.
    assert_eq!(node.processes(), 1, "{}", node.log());
    nothing_is_wrong_with_the_configuration(&node);
    let (cluster, described) = identity(&node, &address);
    let name = described.get("name").and_then(Value::as_str);
    assert_eq!(
        (&*cluster, name, setting(&described, "path.data")),
        ("logs", Some("n1"), Some(&*data)),
        "{described}"
    );
    if server.product == "elasticsearch" && server.major() <= 2 {
        let is = |key: &str| setting(&described, key).map(str::to_owned);
        assert_eq!([is("node.master"), is("node.data")], [Some("true".into()), Some("true".into())]);
    } else {
        let mut roles: Vec<&str> =
            described["roles"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        roles.sort_unstable();
        assert_eq!(roles, ["data", "master"], "{described}");
    }
    node.stops_with_143();
}

#[test]
fn elasticsearch_1_7() {
    starts(Server::elasticsearch("1.7.5", 8), "http");
}

#[test]
fn elasticsearch_2_3() {
    starts(Server::elasticsearch("2.3.4", 8), "http");
}

#[test]
fn elasticsearch_5_6() {
    starts(Server::elasticsearch("5.6.16", 8), "http");
}

#[test]
fn elasticsearch_6_8() {
    starts(Server::elasticsearch("6.8.23", 8), "http");
}

#[test]
fn elasticsearch_7_17() {
    starts(Server::elasticsearch("7.17.29", 17), "http");
}

#[test]
fn elasticsearch_8_15() {
    starts(Server::elasticsearch("8.15.0", 17), "https");
}

#[test]
fn elasticsearch_8_19() {
    starts(Server::elasticsearch("8.19.21", 25), "https");
}

#[test]
fn elasticsearch_9_2() {
    starts(Server::elasticsearch("9.2.0", 25), "https");
}

#[test]
fn opensearch_1_3() {
    starts(Server::opensearch("1.3.20", 17), "http");
}

#[test]
fn opensearch_2_19() {
    starts(Server::opensearch("2.19.6", 17), "http");
}

#[test]
fn opensearch_3_6() {
    starts(Server::opensearch("3.6.0", 25), "http");
}

/// What the launcher made at the first start is there at the second one: TLS both times, with nothing set and with variables
/// that say nothing of security.
fn answers_https_twice(server: Server, variables: &[(&str, &str)], name: &str) {
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, name);
    for start in 0..2 {
        let node = room.start(None, variables, &[]);
        let address = node.answers("127.0.0.1");
        assert!(address.starts_with("https://"), "{start}: {address}\n{}", node.log());
        is_healthy(&node, "https");
        nothing_is_wrong_with_the_configuration(&node);
        node.stops_with_143();
    }
}

#[test]
fn elasticsearch_9_2_twice() {
    answers_https_twice(Server::elasticsearch("9.2.0", 25), &[], "twice");
}

#[test]
fn elasticsearch_8_19_twice_with_variables() {
    let variables = [("CLUSTER_NAME", "logs"), ("NODE_DATA", "true")];
    answers_https_twice(Server::elasticsearch("8.19.21", 25), &variables, "twice");
}

/// What stood in files since 2.x.
const OLD: &str = r#"
cluster:
  name: logs
node:
  name: es-0
  master: true
  data: true
  ingest: false # elsewhere
  max_local_storage_nodes: 1
path.work: /scratch
bootstrap.mlockall: false
network.host: 127.0.0.1
http.enabled: true
http.pipelining: true
http.cors.enabled: false
transport:
  tcp:
    port: 9300
    compress: true
discovery.type: single-node
discovery.zen.ping.multicast.enabled: false
discovery.zen.ping.unicast.hosts: [ "127.0.0.1" ]
discovery.zen.fd.ping_timeout: 30s
discovery.zen.minimum_master_nodes: 1
processors: 1
threadpool.search.queue_size: 1000
index.number_of_shards: 5
indices.fielddata.cache.size: 20%
indices.store.throttle.max_bytes_per_sec: 100mb
"#;

/// What `check --fix` makes of an old file is one that the server starts with.
fn starts_with_a_mended_file(server: Server) {
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, "mended");
    let config = room.path("config");
    std::fs::create_dir(&config).unwrap();
    let main = config.join(format!("{}.yml", server.product));
    std::fs::write(&main, OLD).unwrap();
    let check = |words: &[&str]| {
        let prefix = if server.product == "opensearch" { "os-" } else { "" };
        let version = format!("{prefix}{}", server.version);
        let mut command = Command::new(common::binary());
        command.args(["check", "--es-version", &version, "--templates"]).arg(&config).args(words).env_clear();
        let output = command.output().unwrap();
        (output.status.code(), format!("{output:?}"))
    };
    let (before, text) = check(&[]);
    assert_eq!(before, Some(78), "{text}");
    check(&["--fix"]);
    let (after, text) = check(&["--strict"]);
    assert_eq!(after, Some(0), "{text}\n{}", std::fs::read_to_string(&main).unwrap());
    let node = room.start(None, &[], &[]);
    let address = node.answers("127.0.0.1");
    nothing_is_wrong_with_the_configuration(&node);
    if address.starts_with("http:") {
        let (cluster, described) = identity(&node, &address);
        assert_eq!((&*cluster, &described["name"]), ("logs", &Value::from("es-0")), "{described}");
    }
    node.stops_with_143();
}

#[test]
fn elasticsearch_8_19_with_a_mended_file() {
    starts_with_a_mended_file(Server::elasticsearch("8.19.21", 17));
}

#[test]
fn elasticsearch_9_2_with_a_mended_file() {
    starts_with_a_mended_file(Server::elasticsearch("9.2.0", 21));
}

#[test]
fn opensearch_2_19_with_a_mended_file() {
    starts_with_a_mended_file(Server::opensearch("2.19.6", 17));
}
