//! OpenSearch with its security plugin, as the compose file starts it: TLS of `docker/certificates.sh`, users of its file.
//!
//! Maven has plugins of 2.19.4 and 3.4.0, and no newer ones; a plugin takes no other version of the server. Of 2.19 the server is that
//! of the other tests: the copy of a test says that the plugin is for that one. That of 3.4.0 is fetched for these tests, and lacks a
//! module that the plugin needs and that the archive of 3.6.0 has.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cluster::{HOSTS, health_of_three_nodes, tells_of_three_nodes};
use crate::common::{self, name_server::Zone};
use crate::lab::{Network, Node, Parts, Room, STARTING, Server, Turn, copy};

const PASSWORD: &str = "Chang3-me-1";
const HASH: &str = "bash plugins/opensearch-security/tools/hash.sh";

/// A server, the plugin that is laid over it, and what makes that one fit: a file below the home, with a text and what is in its place.
struct Secured {
    server: Server,
    plugin: &'static str,
    module: Option<&'static str>,
    fitted: (&'static str, [&'static str; 2]),
}

const TWO: Secured = Secured {
    server: Server::opensearch("2.19.6", 17),
    plugin: "opensearch-security-2.19.4.0",
    module: None,
    fitted: (
        "plugins/opensearch-security/plugin-descriptor.properties",
        ["\nopensearch.version=2.19.4\n", "\nopensearch.version=2.19.6\n"],
    ),
};

const THREE: Secured = Secured {
    server: Server::opensearch("3.4.0", 25),
    plugin: "opensearch-security-3.4.0.0",
    module: Some("opensearch-3.6.0/modules/rule-framework"),
    fitted: (
        "modules/rule-framework/plugin-descriptor.properties",
        ["\nopensearch.version=3.6.0\n", "\nopensearch.version=3.4.0\n"],
    ),
};

/// A server with the plugin and nothing of its configuration but what the plugin's own installation brings.
fn room(secured: &Secured, name: &str) -> Option<Room> {
    let parts = Parts::of(secured.server)?.with(secured.plugin)?;
    let (below, [theirs, ours]) = secured.fitted;
    let source = match secured.module {
        Some(module) => common::cache().join(module).join("plugin-descriptor.properties"),
        None => parts.plugin().join(below),
    };
    let descriptor = fs::read_to_string(source).unwrap();
    let fitting = descriptor.replace(theirs, ours);
    assert_ne!(fitting, descriptor);
    let room = Room::new(parts, &format!("security-{name}"));
    let path = room.path("home-upper").join(below);
    fs::create_dir_all(path.parent().unwrap().parent().unwrap()).unwrap();
    if let Some(module) = secured.module {
        copy(&common::cache().join(module), path.parent().unwrap());
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, fitting).unwrap();
    Some(room)
}

fn of_docker(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docker").join(name)).unwrap()
}

/// The variables that all nodes of the compose file have.
fn variables_of_compose(text: &str) -> Vec<(&str, &str)> {
    let (_, rest) = text.split_once("environment: &environment\n").unwrap();
    let lines = rest.lines().take_while(|line| line.starts_with("    "));
    let pairs =
        lines.filter_map(|line| line.trim().split_once(": ")).filter(|(name, _)| !name.starts_with('#'));
    pairs.map(|(name, value)| (name, value.trim_matches('"'))).collect()
}

/// Makes the certificates of the compose file's comment, and its file of users with the hash that the plugin's tool makes.
fn as_the_comment_says(room: &Room) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docker/certificates.sh");
    let made = room.path("made");
    let status = Command::new(script).arg(&made).args(["os1", "os2", "os3", "localhost"]).status().unwrap();
    assert!(status.success());
    fs::rename(made.join("node"), room.path("certs")).unwrap();
    let command = format!("cd /usr/share/opensearch && {HASH} -env SECRET");
    let (code, printed) = room.start(None, &[("SECRET", PASSWORD)], &["sh", "-c", &command]).ends();
    let hash = printed.lines().rfind(|line| line.starts_with("$2")).unwrap_or_default();
    assert!(code == Some(0) && hash.len() == 60, "{printed}");
    let users = of_docker("opensearch/internal_users.yml");
    let ours = users.replace("the hash of a password of yours", hash);
    assert_ne!(ours, users);
    let path = room.path("config/opensearch-security/internal_users.yml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, ours).unwrap();
}

/// The settings of the compose file and of the set for Kubernetes, twice on the same volume.
#[test]
fn security_of_opensearch_2_19() {
    let Some(room) = room(&TWO, "one") else { return };
    let _turn = Turn::of(1);
    as_the_comment_says(&room);
    let compose = of_docker("opensearch/compose.yaml");
    let mut variables = variables_of_compose(&compose);
    // One node: what other nodes and the kernel of this machine have to do with is left out.
    variables.retain(|(name, _)| !["NETWORK_HOST", "DISCOVERY_HOSTS", "INITIAL_MASTER_NODES"].contains(name));
    let tls = variables.iter().filter(|(name, _)| name.contains("_TLS_")).count();
    assert_eq!((tls, variables.len()), (5, 8), "{variables:?}");
    variables.extend([("NODE_NAME", "os1"), ("DISCOVERY_TYPE", "single-node"), ("OFFICIAL", "1")]);
    for start in 0..2 {
        let node = room.start(None, &variables, &[]);
        let address = node.answers("127.0.0.1");
        assert_eq!(address, "https://127.0.0.1:9200", "{start}: {}", node.log());
        let status = |user: &str| {
            let url = address.replace("://", &format!("://{user}@"));
            node.status(&format!("{url}/_plugins/_security/authinfo"))
        };
        let right = format!("admin:{PASSWORD}");
        let answered = common::within(300, "an answer about the user", || {
            // Until its index is there, it knows nobody.
            status(&right).filter(|status| ![401, 503].contains(status))
        });
        assert_eq!((answered, status("admin:wrong")), (200, Some(401)), "{}", node.log());
        for words in [&[][..], &["--ready"]] {
            let (code, text) = node.health(words);
            assert_eq!((code, &*text), (0, "127.0.0.1:9200 answers: TLS handshake\n"), "{}", node.log());
        }
        let log = node.log();
        assert!(!log.contains("error[") && !log.contains("warning[settings/"), "{log}");
        assert!(!log.contains(PASSWORD), "{log}");
        node.stops_with_143();
    }
}

/// The three nodes of the compose file, which find each other by its names, twice on the same volumes.
#[test]
fn security_of_opensearch_3_three_nodes() {
    let names = ["os1", "os2", "os3"];
    let Some(rooms) = names.iter().map(|name| room(&THREE, name)).collect::<Option<Vec<Room>>>() else {
        return;
    };
    let _turn = Turn::of(2);
    as_the_comment_says(&rooms[0]);
    for room in &rooms[1..] {
        for folder in ["certs", "config"] {
            copy(&rooms[0].path(folder), &room.path(folder));
        }
    }
    let compose = of_docker("opensearch/compose.yaml");
    let mut common = variables_of_compose(&compose);
    assert!(common.contains(&("DISCOVERY_HOSTS", &names.join(","))), "{common:?}");
    // Of the addresses of one loopback each node has one.
    common.retain(|(name, _)| *name != "NETWORK_HOST");
    let zone = names.iter().zip(HOSTS).fold(Zone::default(), |zone, (name, host)| zone.with(name, &[host]));
    let network = Network::with_names(zone);
    for start in 0..2 {
        let started = rooms.iter().zip(names).zip(HOSTS).map(|((room, name), host)| {
            let own = [("NODE_NAME", name), ("NETWORK_HOST", host), ("OFFICIAL", "1")];
            room.start(Some(&network), &[&common[..], &own].concat(), &[])
        });
        let mut nodes: Vec<Node> = started.collect();
        for (node, host) in nodes.iter_mut().zip(HOSTS) {
            let address = node.answers(host);
            assert_eq!(address, format!("https://{host}:9200"), "{start}: {}", node.log());
            let url = address.replace("://", &format!("://admin:{PASSWORD}@"));
            let health = health_of_three_nodes(&url);
            // Until the index of the plugin is there, it knows nobody.
            common::within(300, "the user", || (node.status(&health) == Some(200)).then_some(()));
            tells_of_three_nodes(node, &url, "compose");
            let (code, text) = node.health(&["--ready"]);
            assert_eq!((code, text), (0, format!("{host}:9200 answers: TLS handshake\n")), "{}", node.log());
            let log = node.log();
            assert!(!log.contains("error[") && !log.contains("warning[settings/"), "{log}");
            assert!(!log.contains(PASSWORD), "{log}");
        }
        for node in nodes {
            node.stops_with_143();
        }
    }
}

/// Without settings for it the start is refused; the server itself would end later, with the words that the finding is about.
fn without_settings(secured: &Secured) {
    let Some(room) = room(secured, "none") else { return };
    let _turn = Turn::of(1);
    let password = ("OPENSEARCH_INITIAL_ADMIN_PASSWORD", PASSWORD);
    // With the file of the distribution, which has comments only, and with the built-in template.
    for variables in [&[password][..], &[password, ("CLUSTER_NAME", "logs")]] {
        let (code, log) = room.start(None, variables, &[]).ends();
        assert!(code == Some(78) && log.contains("error[settings/no-transport-tls]"), "{code:?} {log}");
        assert!(!log.contains(STARTING) && !log.contains(PASSWORD), "{log}");
    }
    let (code, log) = room.start(None, &[("ES_ENTRYPOINT_ALLOW", "settings/no-transport-tls")], &[]).ends();
    assert!(code == Some(1) && log.contains("No SSL configuration found"), "{code:?} {log}");
}

#[test]
fn security_of_opensearch_2_19_without_its_settings() {
    without_settings(&TWO);
}

#[test]
fn security_of_opensearch_3_without_its_settings() {
    without_settings(&THREE);
}

/// The installer of the plugin in front of the start, as the help of the finding says; the second time it leaves alone what is there.
fn as_a_demonstration(secured: &Secured) {
    let Some(room) = room(secured, "demo") else { return };
    let _turn = Turn::of(1);
    let command = "cd /usr/share/opensearch && \
                   bash plugins/opensearch-security/tools/install_demo_configuration.sh -y -i -s && exec es-entrypoint";
    let variables = [
        ("OPENSEARCH_INITIAL_ADMIN_PASSWORD", PASSWORD),
        ("COMMAND", "init"),
        ("OFFICIAL", "1"),
        ("AS", "1000:0"),
        // A shell that drops variables with dots would start the server without them.
        ("cluster.name", "logs"),
    ];
    for _ in 0..2 {
        let node = room.start(None, &variables, &["bash", "-c", command]);
        let address = node.answers("127.0.0.1");
        assert!(node.log().contains("cluster name [logs]"), "{}", node.log());
        assert!(address.starts_with("https://"), "{address}\n{}", node.log());
        let url = address.replace("://", &format!("://admin:{PASSWORD}@"));
        let url = format!("{url}/_plugins/_security/authinfo");
        common::within(300, "an answer about the user", || (node.status(&url) == Some(200)).then_some(()));
        assert_eq!(node.health(&["--ready"]).0, 0, "{}", node.log());
        assert!(!node.log().contains("error["), "{}", node.log());
        node.stops_with_143();
    }
}

#[test]
fn security_of_opensearch_2_19_as_a_demonstration() {
    as_a_demonstration(&TWO);
}

#[test]
fn security_of_opensearch_3_as_a_demonstration() {
    as_a_demonstration(&THREE);
}

#[test]
fn security_of_opensearch_2_19_switched_off() {
    let Some(room) = room(&TWO, "off") else { return };
    let _turn = Turn::of(1);
    for (name, value) in [("DISABLE_SECURITY_PLUGIN", "true"), ("SECURITY_ENABLED", "false")] {
        let node = room.start(None, &[(name, value), ("CLUSTER_NAME", "logs")], &[]);
        assert_eq!(node.answers("127.0.0.1"), "http://127.0.0.1:9200", "{name}: {}", node.log());
        crate::single::nothing_is_wrong_with_the_configuration(&node);
        let (code, text) = node.health(&["--ready"]);
        assert!(code == 0 && text.starts_with("127.0.0.1:9200 answers: HTTP/1."), "{text}");
        node.stops_with_143();
    }
}

/// In the build of an image there are no certificates yet: the line of `docker/official.Dockerfile` leaves the plugin out.
#[test]
fn security_and_an_archive() {
    let Some(room) = room(&TWO, "archive") else { return };
    let _turn = Turn::of(1);
    let line = "RUN DISABLE_SECURITY_PLUGIN=true es-entrypoint archive --if-possible\n";
    assert!(of_docker("official.Dockerfile").contains(line));
    let variables = [("COMMAND", "archive"), ("DISABLE_SECURITY_PLUGIN", "true")];
    let (code, log) = room.start(None, &variables, &[]).ends();
    assert_eq!(code, Some(0), "{log}");
    assert!(room.path("home-upper/lib/es-entrypoint.jsa").exists());
}
