//! Keystores of ours in front of the distributions' own tools, theirs in front of our reader, and the passwords that variables
//! give.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use ::keystore::{Container, Format, Keystore, RANDOM};

use crate::lab::{Parts, Room, Server, Turn};
use crate::single::DIRECT;

const PASSWORD: &str = "changeme1";

/// Where the keystore of the server is on this side.
fn place(room: &Room, server: Server) -> PathBuf {
    room.path("home-upper/config").join(format!("{}.keystore", server.product))
}

fn put(room: &Room, server: Server, keystore: &Keystore) {
    let path = place(room, server);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let name = format!("{}.keystore", server.product);
    fs::write(&path, keystore.write(&name, PASSWORD, &[9; RANDOM])).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o660)).unwrap();
}

fn get(room: &Room, server: Server) -> (u32, Keystore) {
    let bytes = fs::read(place(room, server)).unwrap();
    let container = Container::read(&bytes).unwrap();
    (container.format.number, Keystore::open(&container, PASSWORD).unwrap())
}

fn text(keystore: &Keystore, name: &str) -> String {
    String::from_utf8_lossy(keystore.entries.get(name).unwrap_or(b"(none)")).into_owned()
}

/// Their tool lists and changes our file, which we read again; with a password, where the version knows one.
fn with_the_tool(server: Server, format: u32) {
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, "keystore");
    let mut ours = Keystore::new(Format::of(format).unwrap(), &[3; RANDOM]);
    ours.entries.set("s3.client.default.access_key", "p\u{e4}ss w\u{f6}rd\u{1f511}".as_bytes());
    let tool = format!("/usr/share/{0}/bin/{0}-keystore", server.product);
    for is_protected in [false, true] {
        // 6.x knows no passwords.
        if is_protected && server.major() == 6 {
            continue;
        }
        ours.is_protected = is_protected;
        put(&room, server, &ours);
        let change = if is_protected { "" } else { "echo theirs | TOOL add -x second.entry; " };
        let commands = format!("{change}echo {PASSWORD} | TOOL list 2>&1").replace("TOOL", &tool);
        let node = room.start(None, &[], &["sh", "-c", &commands]);
        let (code, log) = node.ends();
        let listed: Vec<&str> = ["keystore.seed", "s3.client.default.access_key", "second.entry"]
            .into_iter()
            .filter(|name| log.lines().any(|line| line.ends_with(name)))
            .collect();
        assert_eq!((code, listed.len()), (Some(0), if is_protected { 2 } else { 3 }), "{log}");
        let (_, theirs) = get(&room, server);
        for name in ["keystore.seed", "s3.client.default.access_key"] {
            assert_eq!(text(&theirs, name), text(&ours, name));
        }
        let second = if is_protected { "(none)" } else { "theirs" };
        assert_eq!(text(&theirs, "second.entry"), second);
    }
}

#[test]
fn keystore_of_elasticsearch_6_8() {
    with_the_tool(Server::elasticsearch("6.8.23", 8), 4);
}

#[test]
fn keystore_of_elasticsearch_7_17() {
    with_the_tool(Server::elasticsearch("7.17.29", 17), 4);
}

#[test]
fn keystore_of_elasticsearch_8_15() {
    with_the_tool(Server::elasticsearch("8.15.0", 17), 6);
}

#[test]
fn keystore_of_elasticsearch_8_19() {
    with_the_tool(Server::elasticsearch("8.19.21", 25), 7);
}

#[test]
fn keystore_of_elasticsearch_9_2() {
    with_the_tool(Server::elasticsearch("9.2.0", 25), 7);
}

#[test]
fn keystore_of_opensearch_2_19() {
    with_the_tool(Server::opensearch("2.19.6", 17), 4);
}

#[test]
fn keystore_of_opensearch_3_6() {
    with_the_tool(Server::opensearch("3.6.0", 25), 4);
}

/// A new keystore with a password.
fn put_protected(room: &Room, server: Server) {
    let mut keystore = Keystore::new(Format::of(4).unwrap(), &[3; RANDOM]);
    keystore.is_protected = true;
    put(room, server, &keystore);
}

/// Starts a server whose user `elastic` has that password and no other.
#[track_caller]
fn knows_the_password(room: &Room, scheme: &str, variables: &[(&str, &str)], arguments: &[&str]) {
    let node = room.start(None, variables, arguments);
    let address = node.answers("127.0.0.1");
    assert!(address.starts_with(&format!("{scheme}://")), "{address}\n{}", node.log());
    let status = |password: &str| {
        let url = address.replace("://", &format!("://elastic:{password}@"));
        node.status(&format!("{url}/_security/_authenticate"))
    };
    let answered = crate::common::within(60, "an answer about the user", || {
        status(PASSWORD).filter(|status| *status != 503)
    });
    assert_eq!((answered, status("wrong")), (200, Some(401)), "{}", node.log());
    let log = node.log();
    assert!(!log.contains(PASSWORD), "{log}");
    node.stops_with_143();
}

/// The password of `elastic` from a variable, twice on the same volume, and then in a keystore with a password.
#[test]
fn passwords_of_elasticsearch_8_19() {
    let server = Server::elasticsearch("8.19.21", 25);
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, "passwords");
    let elastic = ("ELASTIC_PASSWORD", PASSWORD);
    knows_the_password(&room, "https", &[elastic], &[]);
    let (format, mut keystore) = get(&room, server);
    assert_eq!((format, text(&keystore, "bootstrap.password")), (7, PASSWORD.to_owned()));
    let metadata = fs::metadata(place(&room, server)).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o660);
    let before = fs::read(place(&room, server)).unwrap();
    // The certificates are there, and the keystore is open or has a password that is known.
    knows_the_password(&room, "https", &[elastic, DIRECT], &[]);
    assert_eq!(fs::read(place(&room, server)).unwrap(), before);
    // What the launcher put there stays.
    assert_ne!(text(&keystore, "xpack.security.http.ssl.keystore.secure_password"), "(none)");
    keystore.is_protected = true;
    put(&room, server, &keystore);
    knows_the_password(&room, "https", &[elastic, ("KEYSTORE_PASSWORD", PASSWORD), DIRECT], &[]);
}

#[test]
fn passwords_of_elasticsearch_9_2() {
    let server = Server::elasticsearch("9.2.0", 25);
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, "passwords");
    let elastic = ("ELASTIC_PASSWORD", PASSWORD);
    knows_the_password(&room, "https", &[elastic], &[]);
    let (_, mut keystore) = get(&room, server);
    keystore.is_protected = true;
    put(&room, server, &keystore);
    knows_the_password(&room, "https", &[elastic, ("KEYSTORE_PASSWORD", PASSWORD)], &[]);
}

/// A keystore with a password gets an entry, and its password gets to the launcher.
#[test]
fn passwords_of_elasticsearch_7_17() {
    let server = Server::elasticsearch("7.17.29", 17);
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, "passwords");
    put_protected(&room, server);
    let variables = [("ELASTIC_PASSWORD", PASSWORD), ("KEYSTORE_PASSWORD", PASSWORD)];
    knows_the_password(&room, "http", &variables, &["-Expack.security.enabled=true"]);
    assert_eq!(text(&get(&room, server).1, "bootstrap.password"), PASSWORD);
}

/// The password of the keystore gets to OpenSearch's script, and to the server without it; nothing else opens it.
#[test]
fn passwords_of_opensearch_2_19() {
    let server = Server::opensearch("2.19.6", 17);
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, "passwords");
    put_protected(&room, server);
    for launch in ["script", "direct"] {
        let variables = [("KEYSTORE_PASSWORD", PASSWORD), ("ES_ENTRYPOINT_LAUNCH", launch)];
        let node = room.start(None, &variables, &[]);
        node.answers("127.0.0.1");
        crate::single::nothing_is_wrong_with_the_configuration(&node);
        assert!(!node.log().contains(PASSWORD), "{}", node.log());
        node.stops_with_143();
    }
    let (code, log) = room.start(None, &[("KEYSTORE_PASSWORD", "wrong-one")], &[]).ends();
    assert!(code == Some(78) && log.contains("error[keystore/wrong-password]"), "{code:?} {log}");
    assert!(!log.contains("wrong-one"), "{log}");
}
