//! The volumes of the server, full and almost full, as real mounts.

use crate::lab::{ALLOWED, Ended, Lab, codes, ended, root};

/// The command with a tmpfs of these options on the data directory, prepared by these commands.
fn on_volume(lab: &Lab, options: &str, commands: &str, words: &[&str]) -> Ended {
    let script = format!("set -e; mount -t tmpfs -o {options} none home/data; {commands}; exec \"$@\"");
    let mut command = lab.prefixed(&["unshare", "--mount", "sh", "-c", &script, "sh"], words);
    // Here the volume is what is judged.
    command.env("ES_ENTRYPOINT_ALLOW", ALLOWED.replace("host/disk-watermark,", ""));
    ended(command)
}

const RUN: [&str; 3] = ["run", "--user", "1000:0"];
const CHECK: [&str; 5] = ["check", "--user", "1000:0", "--message-format", "json"];
const FULL: &str = "head -c 1000000 /dev/zero >home/data/fill 2>/dev/null || true";

/// A home of that version, which a script starts that nobody shipped.
fn lab(name: &str, version: &str) -> Option<Lab> {
    if !root("a volume of its own") {
        return None;
    }
    let lab = Lab::new(name);
    let jar = lab.path(&format!("home/lib/elasticsearch-{version}.jar"));
    std::fs::rename(lab.path("home/lib/elasticsearch-2.3.4.jar"), jar).unwrap();
    lab.write(
        "home/config/elasticsearch.yml",
        "discovery.zen.ping.unicast.hosts: [a, b, c]\ndiscovery.zen.minimum_master_nodes: 2\nnetwork.host: 0.0.0.0\n",
    );
    Some(lab)
}

#[test]
fn nothing_is_started_on_a_full_volume_from_5_on() {
    for (version, refuses) in [("2.3.4", false), ("6.8.23", true)] {
        let Some(lab) = lab(&format!("room-full-{version}"), version) else { return };
        for (options, commands, message) in [
            ("size=64k", FULL, "0 bytes of 64 KiB are free there"),
            (
                "size=1m,nr_inodes=1",
                "true",
                "all inodes of that file system are in use, so that no file can be made",
            ),
        ] {
            let found = on_volume(&lab, options, commands, &RUN);
            assert_eq!((found.code == 78, found.started()), (refuses, !refuses), "{found:?}");
            let (severity, effect) = if refuses {
                ("error", "the server would exit with `No space left on device`")
            } else {
                ("warning", "the server could write no state and no index")
            };
            let line = format!(
                "{severity}[host/no-space]: `path.data` is `{}`: {message}\n  = help: {effect}: remove what is not needed \
                 there, or give it a larger volume\n",
                lab.text("home/data")
            );
            assert!(found.errors.contains(&line), "{found:?}");
        }
    }
}

#[test]
fn a_volume_that_is_almost_full_is_told_and_the_server_starts() {
    let Some(lab) = lab("room-little", "2.3.4") else { return };
    let most = "head -c 970k /dev/zero >home/data/fill";
    let found = on_volume(&lab, "size=1m", most, &RUN);
    assert!(found.code == 0 && found.started(), "{found:?}");
    assert!(found.errors.contains("warning[host/disk-watermark]"), "{found:?}");
    assert!(found.errors.contains(" of the high watermark (90% used)"), "{found:?}");
    let allowed = [&CHECK[..], &["--allow", "discovery/loopback"]].concat();
    assert_eq!(codes(&on_volume(&lab, "size=1m", most, &allowed).output), ["warning host/disk-watermark"]);
}

#[test]
fn a_small_volume_is_no_full_one() {
    let Some(lab) = lab("room-small", "2.3.4") else { return };
    for options in ["size=1m", "size=64m", "size=0,nr_inodes=0", "size=64m,nr_inodes=100"] {
        let found = on_volume(&lab, options, "true", &CHECK);
        assert_eq!(codes(&found.output), [""; 0], "{options}");
    }
}

/// The directory is made on the volume of the one that it will be in.
#[test]
fn a_directory_that_is_not_there_yet_needs_room_too() {
    let Some(lab) = lab("room-absent", "2.3.4") else { return };
    lab.write("templates/elasticsearch.yml", format!("path.data: {}\n", lab.text("home/data/deep/er")));
    let words = [&CHECK[..], &["--templates", "templates"]].concat();
    let found = on_volume(&lab, "size=64k", FULL, &words);
    assert_eq!(codes(&found.output), ["warning host/no-space"], "{found:?}");
}
