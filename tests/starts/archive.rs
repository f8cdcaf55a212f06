//! A class archive, made once and used by the starts after it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use crate::lab::{Parts, Room, Server, Turn};

/// The classes that came from it, and the log.
fn start(room: &Room, product: &str, further: &[(&str, &str)]) -> (usize, String) {
    let options = format!("-Xms256m -Xmx256m -Xlog:class+load:file=/usr/share/{product}/logs/classes");
    let variables = [
        (if product == "opensearch" { "OPENSEARCH_JAVA_OPTS" } else { "ES_JAVA_OPTS" }, &*options),
        ("ES_ENTRYPOINT_LAUNCH", "direct"),
        ("ES_ENTRYPOINT_LOG_LEVEL", "debug"),
    ];
    let node = room.start(None, &[&variables[..], further].concat(), &[]);
    node.answers("127.0.0.1");
    let log = node.log();
    node.stops_with_143();
    let classes = fs::read_to_string(room.path("home-upper/logs/classes")).unwrap();
    (classes.lines().filter(|line| line.contains("shared objects file (top)")).count(), log)
}

/// What was written to a directory of the box.
fn names(room: &Room, directory: &str) -> Vec<String> {
    let found = fs::read_dir(room.path(directory)).into_iter().flatten().flatten();
    found.map(|it| it.file_name().to_string_lossy().into_owned()).collect()
}

/// `further` are the variables of the starts that use it.
fn is_made_and_used(server: Server, further: &[(&str, &str)], least: usize) {
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, "archive");
    let (code, log) = room.start(None, &[("COMMAND", "archive")], &[]).ends();
    assert_eq!(code, Some(0), "{log}");
    let file = room.path("home-upper/lib/es-entrypoint.jsa");
    let found = fs::metadata(&file).unwrap();
    assert_eq!((found.mode() & 0o7777, found.uid()), (0o444, 0));
    // A keystore would have a seed that every container of the image shares.
    assert_eq!(names(&room, "upper/tmp"), [""; 0]);
    assert!(!names(&room, "home-upper/config").iter().any(|name| name.ends_with(".keystore")));
    assert!(!room.path("home-upper/logs/gc.log").exists());
    let option = format!("    -XX:SharedArchiveFile=/usr/share/{}/lib/es-entrypoint.jsa", server.product);
    for (variable, is_used) in [
        (("ES_ENTRYPOINT_LAUNCH", "auto"), true),
        (("ES_ENTRYPOINT_LAUNCH", "script"), false),
        (("ES_ENTRYPOINT_ARCHIVE", "off"), false),
    ] {
        let (code, log) =
            room.start(None, &[&[("COMMAND", "explain"), variable], further].concat(), &[]).ends();
        assert_eq!((code, log.contains(&option)), (Some(0), is_used), "{variable:?} {log}");
    }
    for _ in 0..2 {
        let (count, log) = start(&room, server.product, further);
        assert!(count >= least, "{count}\n{log}");
        assert!(!log.contains("[cds"), "{log}");
    }
    // Of one that is cut off the JVM would die, and what others may write is not trusted.
    let whole = fs::read(&file).unwrap();
    for (bytes, mode, why) in [
        (&whole[..whole.len() / 2], 0o444, "it is not whole"),
        (&whole[..], 0o464, "it may be written by others than its owner: its mode is 0464"),
        (&whole[..], 0o400, "it is not readable: permission denied"),
    ] {
        fs::write(&file, bytes).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let (count, log) = start(&room, server.product, further);
        let line = format!("the class archive `lib/es-entrypoint.jsa` of the home is not used: {why}\n");
        assert!(count == 0 && log.contains(&line), "{count} {why}\n{log}");
    }
}

#[test]
fn elasticsearch_7_17() {
    is_made_and_used(Server::elasticsearch("7.17.29", 17), &[], 10_000);
}

#[test]
fn elasticsearch_8_15() {
    is_made_and_used(Server::elasticsearch("8.15.0", 21), &[("SECURITY_ENABLED", "false")], 10_000);
}

#[test]
fn a_jvm_without_the_archive_of_its_own_classes() {
    let Some(parts) = Parts::of(Server::elasticsearch("7.17.29", 17)) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts.without("lib/server/classes.jsa"), "no-base");
    let expected = "there can be no class archive for Elasticsearch 7.17.29: its JVM starts without the archive of Java's own \
                    classes, which it would build on\n";
    let help = "  = help: `java -Xshare:dump`, as root, makes that where it is missing (`lib/server/classes.jsa` of the JVM)\n\
                1 error\n";
    let (code, log) = room.start(None, &[("COMMAND", "archive")], &[]).ends();
    let refused = format!("error[archive/not-possible]: {expected}{help}");
    assert!(code == Some(78) && log.ends_with(&refused), "{code:?} {log}");
    let (code, log) =
        room.start(None, &[("COMMAND", "archive"), ("ES_ENTRYPOINT_IF_POSSIBLE", "true")], &[]).ends();
    let told = format!("es-entrypoint: info: archive/not-possible: {expected}");
    assert!(code == Some(0) && log.ends_with(&told), "{code:?} {log}");
    assert!(!room.path("home-upper/lib/es-entrypoint.jsa").exists());
}

#[test]
fn opensearch_2_19() {
    is_made_and_used(Server::opensearch("2.19.6", 21), &[], 9_000);
}

/// As the lines of `docker/official.Dockerfile` make it: by root, in a home that only root may write to, for whoever starts it.
/// Elasticsearch's images have one file more than the archives, by which their scripts are known.
#[test]
fn archive_in_the_layout_of_an_official_image() {
    let server = Server::opensearch("2.19.6", 21);
    let Some(parts) = Parts::of(server) else { return };
    let _turn = Turn::of(1);
    let room = Room::new(parts, "official-archive");
    let made = [("OFFICIAL", "1"), ("COMMAND", "archive"), ("DISABLE_SECURITY_PLUGIN", "true")];
    let (code, log) = room.start(None, &made, &[]).ends();
    assert_eq!(code, Some(0), "{log}");
    let found = fs::metadata(room.path("home-upper/lib/es-entrypoint.jsa")).unwrap();
    assert_eq!((found.mode() & 0o7777, found.uid()), (0o444, 0));
    // What the server of the build wrote would be in the image.
    for directory in ["upper/tmp", "home-upper/data", "home-upper/logs"] {
        assert_eq!(names(&room, directory), [""; 0], "{directory}");
    }
    assert!(!names(&room, "home-upper/config").iter().any(|name| name.ends_with(".keystore")));
    let started =
        [("OFFICIAL", "1"), ("READ_ONLY", "1"), ("AS", "1000:1000"), ("ES_ENTRYPOINT_LAUNCH", "direct")];
    let explained = [&started[..], &[("COMMAND", "explain")]].concat();
    let (code, log) = room.start(None, &explained, &[]).ends();
    assert_eq!((code, log.contains("-XX:SharedArchiveFile=")), (Some(0), true), "{log}");
    let node = room.start(None, &started, &[]);
    node.answers("127.0.0.1");
    node.stops_with_143();
}
