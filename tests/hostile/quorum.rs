//! The quorum through `check`, with whatever stands in the variables.

use crate::lab::{Lab, codes, ended};

/// `MASTER_COUNT` and `MIN_MASTERS` (`-`: unset) and what is found about them.
const TABLE: &[(&str, &str, &[&str])] = &[
    ("-", "-", &["error quorum/unknown"]),
    ("", "", &["error quorum/unknown"]),
    ("-", "2", &[]),
    ("1", "-", &[]),
    ("2", "-", &["warning quorum/fragile"]),
    ("3", "-", &[]),
    ("4", "-", &["warning quorum/even-masters"]),
    ("5", "-", &[]),
    ("1", "1", &[]),
    ("2", "1", &["error quorum/split-brain", "warning quorum/fragile"]),
    ("2", "2", &["warning quorum/fragile"]),
    ("3", "1", &["error quorum/split-brain"]),
    ("3", "2", &[]),
    ("3", "3", &["warning quorum/fragile"]),
    ("3", "4", &["error quorum/unreachable"]),
    ("4", "2", &["warning quorum/even-masters", "error quorum/split-brain"]),
    ("4", "3", &["warning quorum/even-masters"]),
    ("2147483647", "1073741823", &["error quorum/split-brain"]),
    ("3", "0", &["error quorum/zero"]),
    ("3", "-1", &["error quorum/zero"]),
    ("3", "two", &["error quorum/not-a-number"]),
    ("3", "2.5", &["error quorum/not-a-number"]),
    ("3", "99999999999999999999", &["error quorum/not-a-number"]),
    ("3", "2147483648", &["error quorum/not-a-number"]),
    ("3", "", &[]),
    ("3", " 2 ", &["error quorum/not-a-number"]),
];

fn check(lab: &Lab, masters: &str, min: &str, more: &[(&str, &str)]) -> (i32, Vec<String>, String) {
    let mut command = lab.command(["check", "--es-version", "2.3.4", "--message-format", "json"]);
    command.env("ES_HOME", lab.path("nowhere")).env("UNICAST_HOSTS", "a,b").env("NETWORK_HOST", "_site_");
    for (name, value) in [("MASTER_COUNT", masters), ("MIN_MASTERS", min)] {
        if value != "-" {
            command.env(name, value);
        }
    }
    command.envs(more.iter().copied());
    let found = ended(command);
    let mut codes = codes(&found.output);
    codes.sort();
    (found.code, codes, found.everything())
}

fn sorted(codes: &[&str]) -> Vec<String> {
    let mut codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
    codes.sort();
    codes
}

#[test]
fn the_table() {
    let lab = Lab::new("table");
    for (masters, min, expected) in TABLE {
        let (code, codes, text) = check(&lab, masters, min, &[]);
        assert_eq!(codes, sorted(expected), "{masters:?} {min:?}: {text}");
        assert_eq!(
            code,
            if codes.iter().any(|code| code.starts_with("error")) { 78 } else { 0 },
            "{masters:?} {min:?}"
        );
    }
}

#[test]
fn junk_in_the_count() {
    let lab = Lab::new("junk");
    for (junk, expected) in [
        ("three", "error quorum/not-a-number"),
        ("0", "error quorum/zero"),
        ("-1", "error quorum/zero"),
        ("4294967296", "error quorum/not-a-number"),
        ("3.0", "error quorum/not-a-number"),
        ("0x3", "error quorum/not-a-number"),
        ("3 3", "error quorum/not-a-number"),
        ("\u{663}", "error quorum/not-a-number"),
        (&"9".repeat(100_000), "error quorum/not-a-number"),
    ] {
        let (code, codes, text) = check(&lab, junk, "2", &[]);
        assert_eq!((code, codes), (78, sorted(&[expected])), "{junk:?}: {text}");
    }
    let (code, codes, text) = check(&lab, " 3\n", "2", &[]);
    assert_eq!((code, codes), (0, Vec::new()), "{text}");
}

#[test]
fn who_is_not_concerned() {
    let lab = Lab::new("clients");
    let (code, codes, text) = check(&lab, "-", "-", &[("NODE_MASTER", "false")]);
    assert_eq!((code, codes), (0, Vec::new()), "{text}");
    let (code, codes, text) = check(&lab, "-", "-", &[("UNICAST_HOSTS", "")]);
    assert_eq!((code, codes), (0, Vec::new()), "{text}");
}

#[test]
fn an_argument_overrides_the_file() {
    let lab = Lab::new("override");
    for (argument, code) in [
        ("--discovery.zen.minimum_master_nodes=1", 78),
        ("-Des.discovery.zen.minimum_master_nodes=1", 78),
        ("--discovery.zen.minimum_master_nodes=2", 0),
        ("--discovery.zen.minimum_master_nodes=junk", 78),
    ] {
        let mut command = lab.command(["run", "--", argument]);
        command.env("UNICAST_HOSTS", "a,b").env("MASTER_COUNT", "3");
        let found = ended(command);
        assert_eq!((found.code, found.started()), (code, code == 0), "{argument}: {found:?}");
    }
}

/// The state of an earlier start is found wherever the settings say that the data are, not only where it is usual.
#[test]
fn the_first_masters_are_named_before_the_first_start_only() {
    let lab = Lab::new("first-masters");
    lab.write("data/here/empty", "");
    let template = |data: &str| {
        format!(
            "{data}network.host: _site_\nnode.name: es-0\ndiscovery.seed_hosts: es-0,es-1,es-2\n\
             cluster.initial_master_nodes: ${{INITIAL_MASTER_NODES:-}}\n"
        )
    };
    let initial = |words: &[&str]| {
        let words = [&["render", "--es-version", "8.10.0"], words].concat();
        let mut command = lab.command(words);
        command.env("ES_HOME", lab.path("nowhere")).env("MASTER_COUNT", "3").env("MASTER_STATEFULSET", "es");
        command.env("DATA", lab.path("data/here"));
        let found = ended(command);
        assert_eq!(found.code, 0, "{found:?}");
        found.output.lines().last().unwrap_or_default().to_owned()
    };
    let (new, old) = ("cluster.initial_master_nodes: es-0,es-1,es-2", "cluster.initial_master_nodes: \"\"");
    let literal = format!("path.data: {}\n", lab.text("data/here"));
    for data in [&literal, "path.data: ${DATA}\n", "path:\n  data: [/nowhere, '${DATA}']\n"] {
        lab.write("templates/elasticsearch.yml", template(data));
        assert_eq!(initial(&["--templates", "templates"]), new, "{data}");
        // 7.x, then 8.x.
        for state in ["data/here/nodes/0/_state/x", "data/here/_state/x"] {
            lab.write(state, "");
            assert_eq!(initial(&["--templates", "templates"]), old, "{data} {state}");
            std::fs::remove_dir_all(lab.path(state).parent().unwrap()).unwrap();
        }
    }
}
