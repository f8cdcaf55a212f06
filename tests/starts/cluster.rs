//! Three nodes on three addresses of one loopback, with the same variables in front of every generation. Loopback on purpose: the
//! bootstrap checks of the machine's limits are not the matter here.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::name_server::Zone;
use crate::lab::{Network, Node, Parts, Room, Server, Turn};

const HOSTS: [&str; 3] = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

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

fn form_a_cluster(server: Server, further: &[(&str, &str)], arguments: &[&str], has_tls: bool) {
    let rooms: Option<Vec<Room>> =
        (0..3).map(|number| Some(Room::new(Parts::of(server)?, &format!("cluster-{number}")))).collect();
    let Some(rooms) = rooms else { return };
    let _turn = Turn::of(2);
    if has_tls {
        let first = rooms[0].path("certs");
        make_certificates(&first);
        for room in &rooms[1..] {
            let status = Command::new("cp").arg("-R").args([&first, &room.path("certs")]).status().unwrap();
            assert!(status.success());
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
        let url = format!("{address}/_cluster/health?wait_for_nodes=3&timeout=5s");
        let is_three = |answer: &Value| {
            (answer["number_of_nodes"] == 3 && answer["cluster_name"] == "logs").then_some(())
        };
        node.tells(&url, "a cluster of three nodes", is_three);
    }
    for node in nodes {
        node.stops_with_143();
    }
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
    form_a_cluster(Server::elasticsearch("9.2.0", 21), &tls, &anonymous, true);
}

#[test]
fn opensearch_2_19() {
    form_a_cluster(Server::opensearch("2.19.6", 17), &[], &[], false);
}
