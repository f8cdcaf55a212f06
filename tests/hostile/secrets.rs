//! Values of secrets: whatever goes wrong with them, they are never shown.

use crate::lab::{Lab, ended};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

/// Stands in every secret; nothing that is printed may hold it.
const MARK: &str = "xyzzy";

/// What a secret's value can be, with the mark in it.
const VALUES: &[&[u8]] = &[
    b"xyzzy",
    b"xyzzy\nnode.name: xyzzy",
    b"xyzzy ${OTHER} xyzzy",
    b"xyzzy\xff\xfe",
    b"\x1b[31mxyzzy",
    b"xyzzy\"xyzzy'xyzzy: # xyzzy]",
    b"[xyzzy",
    b"tcp://xyzzy:9300",
    b"xyzzy,xyzzy",
];

/// A template for each way in which a value can be used, and go wrong.
const TEMPLATES: &[(&str, &str)] = &[
    ("elasticsearch.yml", "my.setting: ${API_TOKEN}\n"),
    ("elasticsearch.yml", "my.setting: \"a ${API_TOKEN} b\"\n"),
    ("elasticsearch.yml", "${API_TOKEN}: a\n"),
    ("elasticsearch.yml", "${API_TOKEN}: a\n${API_TOKEN}: b\n"),
    ("elasticsearch.yml", "list: [a, ${API_TOKEN}]\nnode.master: ${API_TOKEN}\n"),
    (
        "elasticsearch.yml",
        "discovery.zen.minimum_master_nodes: ${API_TOKEN}\ndiscovery.zen.ping.unicast.hosts: ${API_TOKEN}\n",
    ),
    ("elasticsearch.yml", "discovery.type: ${API_TOKEN}\npath.data: ${API_TOKEN}\npath.logs: ${API_TOKEN}\n"),
    ("elasticsearch.yml", "text: |\n  ${API_TOKEN}\n"),
    ("elasticsearch.yml", "a: ${API_TOKEN:?xyz is needed} ${MISSING_TOKEN:-${API_TOKEN}}\nb: ${UNSET}\n"),
    ("elasticsearch.yml", "a: !!int ${API_TOKEN}\n"),
    ("other.yml", "a: {b: ${API_TOKEN}}\n"),
    ("log4j2.properties", "a=${API_TOKEN}\n"),
    (
        "elasticsearch.yml",
        "node.name: ${API_TOKEN}\ncluster.initial_master_nodes: [a, b, \"${API_TOKEN}\", \"${API_TOKEN}\"]\ndiscovery.seed_hosts: a\n",
    ),
    ("elasticsearch.yml", "node.name: ${API_TOKEN}\ncluster.initial_master_nodes: a\n"),
    ("jvm.options", "-Da=${API_TOKEN}\n"),
    ("jvm.options", "-Xmx${API_TOKEN}\n"),
    ("java.policy", "grant { permission java.io.FilePermission \"$<API_TOKEN>\", \"read\"; };\n"),
    ("text.txt", "${API_TOKEN} ${API_TOKEN^^}\n"),
];

#[test]
fn are_never_shown() {
    let lab = Lab::new("secrets");
    let commands: &[&[&str]] = &[
        &["check", "--log-level", "trace"],
        &["check", "--host", "--message-format", "json"],
        &["check", "--host", "--es-version", "7.17.0"],
        &["check", "--message-format", "github"],
        &["check", "--host", "--message-format", "sarif"],
        &["explain", "--log-level", "debug"],
        &["explain", "--message-format", "json", "--host"],
        &["policy", "check", "--log-level", "trace"],
        // The server itself gets it in its file, which nobody shows here.
        &["run", "--log-level", "trace", "--", "true"],
    ];
    for (name, template) in TEMPLATES {
        let _ = std::fs::remove_dir_all(lab.path("templates"));
        lab.write(format!("templates/{name}"), template);
        for value in VALUES {
            for how in ["value", "file", "both"] {
                lab.write("secret", value);
                for words in commands {
                    let mut command = lab.command(*words);
                    command.env("ES_ENTRYPOINT_TEMPLATES", "templates").env("RUST_BACKTRACE", "1");
                    if how != "file" {
                        command.env("API_TOKEN", OsStr::from_bytes(value));
                    }
                    if how != "value" {
                        command.env("API_TOKEN_FILE", lab.path("secret"));
                    }
                    let found = ended(command);
                    let case = format!("{words:?} {name} {template:?} {value:?} {how}: {found:?}");
                    assert!(!found.everything().contains(MARK), "{case}");
                    assert!([0, 78, 73].contains(&found.code), "{case}");
                }
            }
        }
    }
}

#[test]
fn defaults_of_secrets_are_as_secret() {
    let lab = Lab::new("defaults");
    lab.write("templates/elasticsearch.yml", "a: ${API_TOKEN:-xyzzy}\nb: ${DB_PASSWORD:xyzzy}\n");
    for words in [&["explain"][..], &["explain", "--message-format", "json"]] {
        let mut command = lab.command(words);
        command.env("ES_ENTRYPOINT_TEMPLATES", "templates");
        let found = ended(command);
        assert_eq!(found.code, 0, "{found:?}");
        assert!(!found.everything().contains(MARK), "{found:?}");
    }
}

#[test]
fn what_is_derived_from_a_file_is_as_secret() {
    let lab = Lab::new("derived");
    lab.write(
        "templates/elasticsearch.yml",
        "a: ${NODE_NAME}\nb: ${NAMESPACE}\nc: ${INITIAL_MASTER_NODES}\nd: ${MIN_MASTERS}\n",
    );
    lab.write("secret", "xyzzy");
    lab.write("three", "3");
    for count in ["secret", "three"] {
        for words in [&["explain"][..], &["check"], &["check", "--message-format", "json"]] {
            let mut command = lab.command(words);
            command.env("ES_ENTRYPOINT_TEMPLATES", "templates").env("MASTER_COUNT_FILE", lab.path(count));
            for name in ["POD_NAME_FILE", "POD_NAMESPACE_FILE", "MASTER_STATEFULSET_FILE"] {
                command.env(name, lab.path("secret"));
            }
            let found = ended(command);
            assert_eq!(found.code, 78, "{found:?}");
            assert!(!found.everything().contains(MARK), "{words:?} {count}: {found:?}");
        }
    }
}

#[test]
fn bad_values_of_options_are_not_shown() {
    let lab = Lab::new("options");
    for option in [
        "es-version",
        "allow",
        "warn",
        "deny",
        "message-format",
        "log-level",
        "log-format",
        "format",
        "policy",
        "chown",
        "stop-timeout",
        "grace",
        "stop-status",
        "strict",
        "host",
        "group",
        "session",
        "inherit-signals",
        "no-subreaper",
        "remove",
        "forward",
        "drop",
        "rewrite",
        "user",
    ] {
        let variable = format!("ES_ENTRYPOINT_{}", option.to_uppercase().replace('-', "_"));
        for value in [&b"xyzzy"[..], b"xyzzy\xff", b"xyzzy\n1", b"-1xyzzy", b"99999999999999999999xyzzy"] {
            let mut command = lab.command(["run"]);
            command.env(&variable, OsStr::from_bytes(value));
            let found = ended(command);
            assert!([64, 78].contains(&found.code) && !found.started(), "{variable}: {found:?}");
            assert!(found.errors.starts_with('e'), "{variable}: {found:?}");
            assert!(!found.everything().contains(MARK), "{variable}: {found:?}");
        }
    }
    let mut command = lab.command(["run"]);
    command.env("ES_ENTRYPOINT_PASSWORT", "xyzzy");
    let found = ended(command);
    assert_eq!(found.code, 64, "{found:?}");
    assert!(!found.everything().contains(MARK), "{found:?}");
}

/// The name of a policy file that is a secret itself.
#[test]
fn a_policy_whose_path_is_a_secret() {
    for (version, operator) in [("5.6.16", "="), ("5.6.16", "=="), ("7.17.29", "="), ("7.17.29", "==")] {
        let lab = crate::neighbours::home("secret-policy", "elasticsearch", version);
        lab.write("home/jdk/release", "JAVA_VERSION=\"1.8.0_392\"\n");
        lab.write("java/release", "JAVA_VERSION=\"1.8.0_392\"\n");
        lab.write("jdk8/bin/java", "#!/bin/sh\n");
        lab.write(
            "home/config/jvm.options",
            format!("-Xms64m\n-Xmx64m\n-Djava.security.policy={operator}${{PASSWORD}}\n"),
        );
        for content in [None, Some("grant {\n"), Some("keystore \"x\";\n"), Some("grant {};\n")] {
            let secret = lab.text("hunter2");
            match content {
                Some(text) => lab.write("hunter2", text),
                None => drop(std::fs::remove_file(&secret)),
            }
            for words in [
                &["check"][..],
                &["check", "--message-format", "json"],
                &["check", "--message-format", "github"],
                &["check", "--message-format", "sarif"],
                &["explain"],
                &["explain", "--message-format", "json"],
                &["policy", "check"],
                &["run"],
            ] {
                for value in [secret.as_str(), "hunter2"] {
                    let variables = [
                        ("PASSWORD", value),
                        ("JAVA_POLICY_READ", "/etc/hostname"),
                        ("ES_ENTRYPOINT_POLICY", "property"),
                    ];
                    let found = crate::neighbours::run(&lab, words, &variables);
                    assert!(
                        !found.everything().contains("hunter2"),
                        "{version} {words:?} {content:?}: {found:?}"
                    );
                }
            }
        }
    }
}
