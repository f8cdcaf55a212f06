//! A stop while the server starts: nobody waits until it is up.

use crate::lab::{Node, Parts, Room, Server, Turn};

/// In seconds: long for a busy machine, and less than the start of a server takes on it with the stop after it.
const ENDS_WITHIN: u64 = 20;

/// From the first moment on.
type Moment = fn(&Node);
const MOMENTS: [Moment; 3] = [
    |node| node.says("es-entrypoint: info: starting "),
    |node| node.has_process("org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch"),
    |node| node.says("] version["),
];

fn is_stopped(server: Server, launch: &str) {
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, &format!("early-{launch}"));
    let variables = [("SECURITY_ENABLED", "false"), ("ES_ENTRYPOINT_LAUNCH", launch)];
    for moment in MOMENTS {
        let node = room.start(None, &variables, &[]);
        moment(&node);
        node.stops_within(ENDS_WITHIN);
    }
}

#[test]
fn early_stop_of_elasticsearch_8_19() {
    is_stopped(Server::elasticsearch("8.19.21", 25), "direct");
}

#[test]
fn early_stop_of_elasticsearch_8_19_through_its_launcher() {
    is_stopped(Server::elasticsearch("8.19.21", 25), "script");
}

#[test]
fn early_stop_of_elasticsearch_9_2() {
    is_stopped(Server::elasticsearch("9.2.0", 25), "direct");
}

#[test]
fn early_stop_of_elasticsearch_9_2_through_its_launcher() {
    is_stopped(Server::elasticsearch("9.2.0", 25), "script");
}
