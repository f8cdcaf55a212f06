//! The layouts of the official images, made of the archives, with what users of their entrypoints set: twice in a row on the same
//! volumes, first as root and then with a configuration that nobody may change: as an arbitrary user of root's group where the image
//! belongs to that, else as the image's own.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::Value;

use crate::lab::{Node, Parts, Room, Server, Turn};
use crate::single::{identity, nothing_is_wrong_with_the_configuration};

/// Everything below, but for what is somebody else's to make.
fn walk(path: &Path, seen: &mut impl FnMut(&Path, &fs::Metadata)) {
    for entry in fs::read_dir(path).unwrap().flatten() {
        let metadata = entry.metadata().unwrap();
        seen(&entry.path(), &metadata);
        if metadata.is_dir() {
            walk(&entry.path(), seen);
        }
    }
}

/// What the node says of itself is what the variables say.
fn is_as_the_variables_say(node: &Node, has_encoded: bool) {
    let address = node.answers("127.0.0.1");
    nothing_is_wrong_with_the_configuration(node);
    let (cluster, described) = identity(node, &address);
    let name = described["name"].as_str().unwrap();
    let attribute = |name: &str| described["attributes"].get(name).and_then(Value::as_str);
    assert_eq!((&*cluster, name), ("dotted", "nv"), "{described}");
    assert_eq!(attribute("rack"), Some("r 0"), "{described}");
    // The official mapping passes over a name with a digit.
    assert_eq!(attribute("rack1"), Some("r1").filter(|_| has_encoded), "{described}");
}

fn twice(server: Server) {
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, "official");
    let is_opensearch = server.product == "opensearch";
    let mut variables = vec![
        ("OFFICIAL", "1"),
        ("cluster.name", "dotted"),
        ("node.attr.rack", "r 0"),
        ("node.name", "nv"),
        ("DISABLE_INSTALL_DEMO_CONFIG", "true"),
        ("DISABLE_PERFORMANCE_ANALYZER_AGENT_CLI", "true"),
    ];
    if !is_opensearch {
        variables.retain(|(name, _)| *name != "node.name");
        variables.extend([("ES_SETTING_NODE_NAME", "nv"), ("ES_SETTING_NODE_ATTR_RACK1", "r1")]);
    }
    let has_log_style = !is_opensearch && server.major() > 6;
    if has_log_style {
        variables.push(("ES_LOG_STYLE", "file"));
    }
    if !is_opensearch && server.major() >= 8 {
        variables.push(("xpack.security.enabled", "false"));
    }
    let node = room.start(None, &variables, &["eswrapper"]);
    is_as_the_variables_say(&node, !is_opensearch);
    node.stops_with_143();
    let home = room.path("home-upper");
    let style = home.join("logs/style.log");
    if has_log_style {
        assert!(fs::read_to_string(&style).unwrap().contains("started"), "{}", style.display());
    }
    let (group, next) = if is_opensearch { (1000, "1000:1000") } else { (0, "12345:0") };
    let mut count = 0;
    walk(&home.join("data"), &mut |path, metadata| {
        let rights = (metadata.uid(), metadata.gid(), metadata.mode() & 0o020);
        assert_eq!(rights, (1000, group, 0o020), "{}", path.display());
        count += 1;
    });
    assert!(count > 3, "{count}");
    variables.extend([("READ_ONLY", "1"), ("AS", next)]);
    let script = format!("/usr/share/{0}/bin/{0}", server.product);
    let node = room.start(None, &variables, &[&script]);
    is_as_the_variables_say(&node, !is_opensearch);
    node.stops_with_143();
}

#[test]
fn official_elasticsearch_6_8() {
    twice(Server::elasticsearch("6.8.23", 8));
}

#[test]
fn official_elasticsearch_7_17() {
    twice(Server::elasticsearch("7.17.29", 17));
}

#[test]
fn official_elasticsearch_8_19() {
    twice(Server::elasticsearch("8.19.21", 25));
}

#[test]
fn official_elasticsearch_9_2() {
    twice(Server::elasticsearch("9.2.0", 25));
}

#[test]
fn official_opensearch_2_19() {
    twice(Server::opensearch("2.19.6", 21));
}

#[test]
fn official_opensearch_3_6() {
    twice(Server::opensearch("3.6.0", 25));
}

/// The variable for the place of the configuration, in front of a directory that the server may not write to.
fn from_another_directory(server: Server) {
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, "elsewhere");
    let directory = room.path("upper/etc/search");
    fs::create_dir_all(&directory).unwrap();
    for entry in fs::read_dir(room.distribution().join("config")).unwrap().flatten() {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), directory.join(entry.file_name())).unwrap();
        }
    }
    let is_opensearch = server.product == "opensearch";
    let mut text = "cluster.name: elsewhere\nnode.attr.rack: ${RACK}\n".to_owned();
    if !is_opensearch && server.major() >= 8 {
        text.push_str("xpack.security.enabled: false\n");
    }
    fs::write(directory.join(format!("{}.yml", server.product)), text).unwrap();
    let variable = if is_opensearch { "OPENSEARCH_PATH_CONF" } else { "ES_PATH_CONF" };
    let variables = [(variable, "/etc/search"), ("RACK", "r1"), ("OFFICIAL", "1")];
    let node = room.start(None, &variables, &[]);
    let address = node.answers("127.0.0.1");
    nothing_is_wrong_with_the_configuration(&node);
    let (cluster, described) = identity(&node, &address);
    assert_eq!(
        (&*cluster, &described["attributes"]["rack"]),
        ("elsewhere", &Value::from("r1")),
        "{described}"
    );
    assert_eq!(node.health(&[]).0, 0);
    node.stops_with_143();
}

#[test]
fn configuration_of_elasticsearch_6_8_elsewhere() {
    from_another_directory(Server::elasticsearch("6.8.23", 8));
}

#[test]
fn configuration_of_elasticsearch_7_17_elsewhere() {
    from_another_directory(Server::elasticsearch("7.17.29", 17));
}

#[test]
fn configuration_of_elasticsearch_8_19_elsewhere() {
    from_another_directory(Server::elasticsearch("8.19.21", 25));
}

#[test]
fn configuration_of_opensearch_2_19_elsewhere() {
    from_another_directory(Server::opensearch("2.19.6", 17));
}
