//! A stop while the server starts: nobody waits until it is up. What runs then is the same, whoever started it.

use crate::lab::{Node, Parts, Room, Server, Turn};

/// In seconds: long for a busy machine, and less than the start of a server takes on it with the stop after it.
const ENDS_WITHIN: u64 = 20;

const ELASTICSEARCH: &str = "org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch";
const OPENSEARCH: &str = "org.opensearch.bootstrap.OpenSearch";

/// Before the server's JVM, with it, and with the server in it.
const BEFORE: &str = "es-entrypoint: info: starting ";
const LOADED: &str = "] version[";

/// The server's own command line; its temporary directory has another name each time.
fn command_line(node: &Node, class: &str) -> Vec<String> {
    let temporary = "-Djava.io.tmpdir=/tmp/";
    let mut words = node.command_line(class);
    for word in words.iter_mut().filter(|word| word.starts_with(temporary)) {
        temporary.clone_into(word);
    }
    words
}

fn is_stopped_and_the_same(server: Server, class: &str) {
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, "early");
    let [through_script, directly] = ["script", "direct"].map(|launch| {
        let variables = [("SECURITY_ENABLED", "false"), ("ES_ENTRYPOINT_LAUNCH", launch)];
        for moment in [BEFORE, LOADED] {
            let node = room.start(None, &variables, &[]);
            node.says(moment);
            node.stops_within(ENDS_WITHIN);
        }
        let node = room.start(None, &variables, &[]);
        let words = command_line(&node, class);
        node.stops_within(ENDS_WITHIN);
        words
    });
    assert_eq!(directly, through_script);
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
