//! A stop while the server starts: nobody waits until it is up. What runs then is the same, whoever started it.

use crate::lab::{Node, Parts, Room, STARTING, Server, Turn};

/// In seconds: long for a busy machine.
const ENDS_WITHIN: u64 = 20;
/// The server says that it is up.
const STARTED: &str = "] started";

const ELASTICSEARCH: &str = "org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch";
const OPENSEARCH: &str = "org.opensearch.bootstrap.OpenSearch";

/// The server in its JVM says what it is.
const LOADED: &str = "] version[";

/// The server's own command line; the digits of its temporary directory are others each time.
fn command_line(node: &Node, class: &str) -> Vec<String> {
    let mut words = node.command_line(class);
    for word in words.iter_mut().filter(|word| word.starts_with("-Djava.io.tmpdir=/tmp/")) {
        word.truncate(word.trim_end_matches(|it: char| it.is_ascii_digit()).len());
    }
    words
}

fn is_stopped(room: &Room, node: Node) {
    node.stops_within(ENDS_WITHIN);
    let log = std::fs::read_to_string(room.path("log")).unwrap();
    assert!(!log.contains(STARTED), "{log}");
}

fn is_stopped_and_the_same(server: Server, class: &str) {
    let _turn = Turn::of(1);
    let mut command_lines = Vec::new();
    for launch in ["script", "direct"] {
        let Some(parts) = Parts::of(server) else { return };
        let room = Room::new(parts, &format!("early-{launch}"));
        let variables = [("SECURITY_ENABLED", "false"), ("ES_ENTRYPOINT_LAUNCH", launch)];
        for moment in [STARTING, LOADED] {
            let node = room.start(None, &variables, &[]);
            node.says(moment);
            is_stopped(&room, node);
        }
        let node = room.start(None, &variables, &[]);
        command_lines.push(command_line(&node, class));
        is_stopped(&room, node);
    }
    assert_eq!(command_lines[1], command_lines[0], "directly, and through the script");
}

#[test]
fn early_stop_of_elasticsearch_8_19() {
    is_stopped_and_the_same(Server::elasticsearch("8.19.21", 25), ELASTICSEARCH);
}

#[test]
fn early_stop_of_elasticsearch_9_2() {
    is_stopped_and_the_same(Server::elasticsearch("9.2.0", 25), ELASTICSEARCH);
}

#[test]
fn early_stop_of_opensearch_3_6() {
    is_stopped_and_the_same(Server::opensearch("3.6.0", 25), OPENSEARCH);
}
