//! Three nodes on three addresses of one loopback, with the same variables in front of every generation. Loopback on purpose: the
//! bootstrap checks of the machine's limits are not the matter here.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{self, name_server::Zone};
use crate::lab::{Network, Node, Parts, Room, Server, Turn, copy};

/// The addresses of the nodes.
pub(crate) const HOSTS: [&str; 3] = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

/// A certificate authority and a certificate of it for all nodes, as the documentation says to make them.
fn make_certificates(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let openssl = |words: &str| {
        let output = Command::new("openssl").args(words.split(' ')).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    };
    openssl("req -x509 -newkey rsa:2048 -nodes -days 3 -subj /CN=ca -keyout ca.key -out ca.crt");
    openssl("req -newkey rsa:2048 -nodes -subj /CN=node -keyout node.key -out node.csr");
    openssl("x509 -req -in node.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3 -out node.crt");
}

/// One for each host.
fn rooms(server: Server, name: &str) -> Option<Vec<Room>> {
    (0..HOSTS.len()).map(|number| Some(Room::new(Parts::of(server)?, &format!("{name}-{number}")))).collect()
}

/// Where its health is.
pub(crate) fn health_of_three_nodes(address: &str) -> String {
    format!("{address}/_cluster/health?wait_for_nodes=3&timeout=5s")
}

/// Waits until the node is in a cluster of that name with all of them.
#[track_caller]
pub(crate) fn tells_of_three_nodes(node: &Node, address: &str, name: &str) {
    let is_it =
        |answer: &Value| (answer["number_of_nodes"] == 3 && answer["cluster_name"] == name).then_some(());
    node.tells(&health_of_three_nodes(address), "a cluster of three nodes", is_it);
}

fn form_a_cluster(server: Server, further: &[(&str, &str)], arguments: &[&str], has_tls: bool) {
    let Some(rooms) = rooms(server, "cluster") else { return };
    let _turn = Turn::of(2);
    if has_tls {
        let first = rooms[0].path("certs");
        make_certificates(&first);
        for room in &rooms[1..] {
            copy(&first, &room.path("certs"));
        }
    }
    let network = Network::new();
    let hosts = HOSTS.join(",");
    let started = rooms.iter().zip(HOSTS).enumerate().map(|(number, (room, host))| {
        let name = format!("es-{number}");
        let mut variables = vec![
            ("CLUSTER_NAME", "logs"),
            ("NODE_NAME", &*name),
            ("NETWORK_HOST", host),
            ("DISCOVERY_HOSTS", &*hosts),
            ("MASTER_COUNT", "3"),
            ("MASTER_STATEFULSET", "es"),
        ];
        variables.extend(further);
        room.start(Some(&network), &variables, arguments)
    });
    let mut nodes: Vec<Node> = started.collect();
    for (node, host) in nodes.iter_mut().zip(HOSTS) {
        let address = node.answers(host);
        let log = node.log();
        assert!(!log.contains("error[") && !log.contains("warning[quorum/"), "{log}");
        tells_of_three_nodes(node, &address, "logs");
    }
    for node in nodes {
        node.stops_with_143();
    }
}

/// From TERM for the elected master until both of the others have named the same other one. Where the address goes away, who
/// asks it gets no answer, as in a network of pods whose routes go with them.
fn time_to_elect(rooms: &[Room], variables: &[(&str, &str)], address_stays: bool) -> Duration {
    let network = Network::new();
    let hosts = HOSTS.join(",");
    let mut nodes: Vec<Option<Node>> = rooms
        .iter()
        .zip(HOSTS)
        .map(|(room, host)| {
            let common = [("CLUSTER_NAME", "logs"), ("NETWORK_HOST", host), ("DISCOVERY_HOSTS", &*hosts)];
            let variables = [&common[..], &[("NODE_NAME", host), ("MASTER_COUNT", "3")], variables].concat();
            Some(room.start(Some(&network), &variables, &[]))
        })
        .collect();
    for (node, host) in nodes.iter_mut().flatten().zip(HOSTS) {
        let address = node.answers(host);
        tells_of_three_nodes(node, &address, "logs");
    }
    let named = |node: &Node, host: &str| {
        let url = format!("http://{host}:9200/_cat/master?local=true&h=node");
        node.ask(&url).map(|(_, text)| text.trim().to_owned()).filter(|name| HOSTS.contains(&&**name))
    };
    let master = named(nodes[0].as_ref().unwrap(), HOSTS[0]).unwrap();
    let position = HOSTS.iter().position(|host| **host == *master).unwrap();
    if !address_stays {
        network.loses_what_is_sent_to(&master);
    }
    let begun = Instant::now();
    let stopping = nodes[position].take().unwrap();
    stopping.is_asked_to_stop();
    common::within(240, "another master", || {
        let mut answers =
            nodes.iter().zip(HOSTS).filter_map(|(node, host)| Some(named(node.as_ref()?, host)));
        let (one, other) = (answers.next()??, answers.next()??);
        (one == other && one != master).then_some(())
    });
    begun.elapsed()
}

/// A data node finds the master by nothing but what a name server says, before it is started.
fn find_the_master(server: Server, hosts: &str) {
    let rooms = ["master", "data"].map(|name| Some(Room::new(Parts::of(server)?, &format!("names-{name}"))));
    let [Some(master), Some(data)] = rooms else { return };
    let _turn = Turn::of(2);
    let mut zone = Zone::default().with("es.logs.svc.cluster.local", &["127.0.0.1"]);
    let service = (0, "es.logs.svc.cluster.local", 9300);
    zone.services.insert("_transport._tcp.es.logs.svc.cluster.local".to_owned(), vec![service]);
    let network = Network::with_names(zone);
    let start = |room: &Room, host, is_master| {
        let role = if is_master { "NODE_DATA" } else { "NODE_MASTER" };
        let variables = [
            ("CLUSTER_NAME", "logs"),
            ("NETWORK_HOST", host),
            ("DISCOVERY_HOSTS", hosts),
            ("MASTER_COUNT", "1"),
            (role, "false"),
            crate::single::DIRECT,
        ];
        room.start(Some(&network), &variables, &[])
    };
    let mut nodes = [start(&master, "127.0.0.1", true), start(&data, "127.0.0.2", false)];
    for (node, host) in nodes.iter_mut().zip(HOSTS) {
        let address = node.answers(host);
        let url = format!("{address}/_cluster/health?wait_for_nodes=2&timeout=5s");
        let is_both = |answer: &Value| (answer["number_of_nodes"] == 2).then_some(());
        node.tells(&url, "a cluster of two nodes", is_both);
        crate::single::nothing_is_wrong_with_the_configuration(node);
    }
    nodes.into_iter().for_each(Node::stops_with_143);
}

#[test]
fn elasticsearch_1_7_by_names() {
    find_the_master(Server::elasticsearch("1.7.5", 8), "es.logs");
}

#[test]
fn elasticsearch_5_6_by_names() {
    find_the_master(Server::elasticsearch("5.6.16", 8), "_transport._tcp.es.logs");
}

#[test]
fn elasticsearch_6_8_by_names() {
    find_the_master(Server::elasticsearch("6.8.23", 8), "_transport._tcp.es.logs,nobody.logs");
}

#[test]
fn the_others_elect_sooner_while_the_address_of_a_stopped_master_stays() {
    let server = Server::elasticsearch("6.8.23", 8);
    let Some(rooms) = rooms(server, "linger") else { return };
    let _turn = Turn::of(2);
    let gone = time_to_elect(&rooms, &[], false);
    let stays = time_to_elect(&rooms, &[("ES_ENTRYPOINT_LINGER", "600")], true);
    eprintln!("another master after {stays:?} while the address stays, after {gone:?} without it");
    // A connection is given up after 30 seconds.
    assert!(stays < Duration::from_secs(25) && gone > Duration::from_secs(29), "{stays:?}, {gone:?}");
}

#[test]
fn elasticsearch_2_3() {
    form_a_cluster(Server::elasticsearch("2.3.4", 8), &[], &[], false);
}

#[test]
fn elasticsearch_7_17() {
    form_a_cluster(Server::elasticsearch("7.17.29", 17), &[], &[], false);
}

/// With TLS between the nodes. Who asks without a password is let in, for this test.
#[test]
fn elasticsearch_9_2() {
    let tls = [
        ("TRANSPORT_TLS_CERTIFICATE", "certs/node.crt"),
        ("TRANSPORT_TLS_KEY", "certs/node.key"),
        ("TRANSPORT_TLS_CA", "certs/ca.crt"),
    ];
    let anonymous = [
        "-Expack.security.authc.anonymous.username=test",
        "-Expack.security.authc.anonymous.roles=superuser",
    ];
    form_a_cluster(Server::elasticsearch("9.2.0", 25), &tls, &anonymous, true);
}

#[test]
fn opensearch_2_19() {
    form_a_cluster(Server::opensearch("2.19.6", 17), &[], &[], false);
}
