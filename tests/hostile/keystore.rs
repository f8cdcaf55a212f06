//! Passwords and secure settings from variables: what is written, who gets it, and that nobody else does.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::Command;

use ::keystore::{Container, Format, Keystore, RANDOM};

use crate::common::{guard, within};
use crate::lab::{Ended, Lab, ended};
use crate::neighbours::{QUIET, command, home, mounted, run};

/// Stands in every secret.
const MARK: &str = "SEKRIT";
const NAME: &str = "elasticsearch.keystore";

/// Tells what it was given, and waits for the file `go`, where it has to.
const SERVER: &str = r#"#!/bin/sh
read -r line
echo "INPUT $line$(cat)"
echo "ARGUMENTS $*"
env | sed 's/^/VARIABLE /'
echo done
while [ -e "$ES_HOME/wait" ]; do read -r _ <"$ES_HOME/fifo"; done
"#;

fn server(name: &str, version: &str) -> Lab {
    let lab = home(name, "elasticsearch", version);
    for (name, text) in [("home/bin/elasticsearch", SERVER), ("home/bin/elasticsearch-users", "")] {
        lab.write(name, text);
        lab.mode(name, 0o755);
    }
    lab
}

fn keystore(path: PathBuf, password: &str) -> Keystore {
    let bytes = fs::read(path).unwrap();
    Keystore::open(&Container::read(&bytes).unwrap(), password).unwrap()
}

fn text(keystore: &Keystore, name: &str) -> Option<String> {
    keystore.entries.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
}

fn lines<'a>(found: &'a Ended, word: &str) -> Vec<&'a str> {
    found.output.lines().filter_map(|line| line.strip_prefix(word)).collect()
}

#[test]
fn entries_are_written_once() {
    let lab = server("entries", "8.19.21");
    lab.write("access", format!("{MARK}2\n"));
    let access = lab.text("access");
    let variables = [
        ("ELASTIC_PASSWORD", "SEKRIT1"),
        ("ES_KEYSTORE_S3_CLIENT_DEFAULT_ACCESS__KEY_FILE", &*access),
        ("ES_KEYSTORE_BOOTSTRAP_PASSWORD", ""),
    ];
    let path = lab.path("home/config").join(NAME);
    let mut written = Vec::new();
    for start in 0..2 {
        let found = run(&lab, &["run"], &variables);
        assert_eq!(found.code, 0, "{found:?}");
        assert_eq!(found.errors.contains("gets `bootstrap.password`"), start == 0, "{found:?}");
        let variables = lines(&found, "VARIABLE ");
        // As with the official image; what is only ours goes no further.
        assert!(variables.contains(&"ELASTIC_PASSWORD=SEKRIT1"), "{found:?}");
        assert!(!variables.iter().any(|it| it.starts_with("ES_KEYSTORE")), "{found:?}");
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o7777, 0o660);
        written.push((metadata.ino(), fs::read(&path).unwrap()));
    }
    assert!(written[0] == written[1]);
    let first = keystore(path.clone(), "");
    assert_eq!(first.format.number, 7);
    assert_eq!(text(&first, "s3.client.default.access_key").as_deref(), Some("SEKRIT2"));
    assert_eq!(text(&first, "keystore.seed").map(|seed| seed.len()), Some(20));
    // The password of `elastic` stays; a secure setting changes.
    let variables =
        [("ELASTIC_PASSWORD", "SEKRIT3"), ("ES_KEYSTORE_S3_CLIENT_DEFAULT_ACCESS__KEY", "SEKRIT4")];
    assert_eq!(run(&lab, &["run"], &variables).code, 0);
    let then = keystore(path, "");
    let names = ["keystore.seed", "bootstrap.password", "s3.client.default.access_key"];
    let values = names.map(|name| text(&then, name));
    assert_eq!(values[..2], [text(&first, names[0]), Some("SEKRIT1".to_owned())]);
    assert_eq!(values[2].as_deref(), Some("SEKRIT4"));
}

#[test]
fn where_there_is_no_security() {
    let lab = server("off", "8.19.21");
    lab.write("home/config/elasticsearch.yml", "xpack.security.enabled: false\n");
    let found = run(&lab, &["run"], &[("ELASTIC_PASSWORD", "SEKRIT")]);
    assert_eq!((found.code, lab.path("home/config").join(NAME).exists()), (0, false), "{found:?}");
    lab.write("home/config/elasticsearch.yml", "xpack.security.enabled: true\n");
    fs::remove_file(lab.path("home/bin/elasticsearch-users")).unwrap();
    let found = run(
        &lab,
        &["run", "--allow", &format!("settings/no-transport-tls,{QUIET}")],
        &[("ELASTIC_PASSWORD", "SEKRIT")],
    );
    assert_eq!((found.code, lab.path("home/config").join(NAME).exists()), (0, false), "{found:?}");
}

#[test]
fn a_password_opens_and_is_handed_on() {
    let lab = server("locked", "7.17.29");
    let mut locked = Keystore::new(Format::of(4).unwrap(), &[5; RANDOM]);
    locked.is_protected = true;
    let bytes = locked.write(NAME, "SEKRIT1", &[5; RANDOM]);
    let path = lab.path("home/config").join(NAME);
    fs::write(&path, &bytes).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let found = run(&lab, &["run"], &[("KEYSTORE_PASSWORD", "SEKRIT2"), ("ELASTIC_PASSWORD", "x")]);
    let start =
        format!("error[keystore/wrong-password]: `KEYSTORE_PASSWORD` does not open `{}`\n", path.display());
    assert!(found.code == 78 && found.errors.starts_with(&start), "{found:?}");
    assert!(!found.errors.contains(MARK) && fs::read(&path).unwrap() == bytes);
    // The server would ask, and nobody answers.
    let found = run(&lab, &["run"], &[]);
    let start = format!(
        "error[keystore/wrong-password]: `{}` has a password, and `KEYSTORE_PASSWORD` is not set: Elasticsearch 7.17.29 asks for \
         it on its standard input, which is `/dev/null`, and ends\n\
         \x20 = help: set KEYSTORE_PASSWORD, or KEYSTORE_PASSWORD_FILE to a file with the password; `docker run -it` asks \
         whoever starts it\n",
        path.display()
    );
    assert!(found.code == 78 && found.errors.starts_with(&start), "{found:?}");
    assert_eq!(run(&lab, &["check"], &[]).code, 0);
    lab.write("password", "SEKRIT1\n");
    let mut asked = command(&lab, &["run"], &[]);
    asked.stdin(fs::File::open(lab.path("password")).unwrap());
    let found = ended(asked);
    assert_eq!((found.code, lines(&found, "INPUT ")), (0, vec!["SEKRIT1"]), "{found:?}");
    // Any mode that lets us read it.
    lab.mode("password", 0o444);
    let password = lab.text("password");
    let found = run(&lab, &["run"], &[("KEYSTORE_PASSWORD_FILE", &password)]);
    assert_eq!((found.code, lines(&found, "INPUT ")), (0, vec!["SEKRIT1"]), "{found:?}");
    assert!(!lines(&found, "VARIABLE ").iter().any(|it| it.contains("KEYSTORE_PASSWORD")), "{found:?}");
    assert!(fs::read(&path).unwrap() == bytes);
    let found = run(&lab, &["run"], &[("KEYSTORE_PASSWORD", "SEKRIT1"), ("ELASTIC_PASSWORD", "SEKRIT3")]);
    assert_eq!((found.code, lines(&found, "INPUT ")), (0, vec!["SEKRIT1"]), "{found:?}");
    assert_eq!(text(&keystore(path, "SEKRIT1"), "bootstrap.password").as_deref(), Some("SEKRIT3"));
}

#[test]
fn a_configuration_that_is_read_only_gets_a_copy() {
    let lab = server("read-only", "8.19.21");
    let config = lab.text("home/config");
    let mount = format!("mount --bind {config} {config} && mount -o remount,ro,bind {config}");
    let mine = Keystore::new(Format::of(7).unwrap(), &[5; RANDOM]);
    let path = lab.path("home/config").join(NAME);
    fs::write(&path, mine.write(NAME, "", &[5; RANDOM])).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    for _ in 0..2 {
        let found = mounted(&lab, &mount, &["run"], &[("ELASTIC_PASSWORD", "SEKRIT")]);
        assert_eq!(found.code, 0, "{found:?}");
        let copy = keystore(lab.path("runtime/config").join(NAME), "");
        assert_eq!(text(&copy, "bootstrap.password").as_deref(), Some("SEKRIT"));
        assert_eq!(text(&copy, "keystore.seed"), text(&mine, "keystore.seed"));
        assert!(keystore(path.clone(), "").entries == mine.entries);
    }
}

#[test]
fn a_token_is_an_argument_of_the_first_start() {
    let lab = server("token", "8.19.21");
    let token = "eyJ2ZXIiOiI4LjE0LjAiLCJhZHIiOltdLCJmZ3IiOiJhYiIsImtleSI6Ing6eSJ9";
    let variables = [("ENROLLMENT_TOKEN", token)];
    let found = run(&lab, &["run", "--", "-Ecluster.name=c"], &variables);
    let expected = format!("-Ecluster.name=c --enrollment-token {token}");
    assert_eq!((found.code, lines(&found, "ARGUMENTS ")), (0, vec![&*expected]), "{found:?}");
    assert!(!found.errors.contains(token));
    fs::create_dir_all(lab.path("home/data/_state")).unwrap();
    lab.mode("home/data/_state", 0o777);
    let found = run(&lab, &["run"], &variables);
    assert_eq!((found.code, lines(&found, "ARGUMENTS ")), (0, vec![""]), "{found:?}");
    assert!(
        found.errors.contains("ENROLLMENT_TOKEN is not used: the node was in a cluster before"),
        "{found:?}"
    );
}

/// Everything that a process can write to and hold.
fn memory(pid: u32) -> Vec<u8> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut file = fs::File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut all = Vec::new();
    for line in maps.lines().filter(|line| line.contains(" rw") && !line.contains("[v")) {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [from, to] = [from, to].map(|digits| u64::from_str_radix(digits, 16).unwrap());
        file.seek(SeekFrom::Start(from)).unwrap();
        file.by_ref().take(to - from).read_to_end(&mut all).unwrap();
    }
    all
}

#[test]
fn nothing_of_a_secret_is_left_in_the_supervisor() {
    let lab = server("memory", "8.19.21");
    if !nix::unistd::geteuid().is_root() {
        crate::common::skip("the memory of another process needs root");
        return;
    }
    lab.write("home/wait", "");
    assert!(Command::new("mkfifo").arg(lab.path("home/fifo")).status().unwrap().success());
    lab.mode("home/fifo", 0o666);
    let mut command = lab.command(["run"]);
    command
        .env("ES_ENTRYPOINT_ALLOW", QUIET)
        .env("ELASTIC_PASSWORD", "SEKRIT1")
        .env("KEYSTORE_PASSWORD", "SEKRIT2");
    command.env("ES_KEYSTORE_S3_CLIENT_DEFAULT_ACCESS__KEY", "SEKRIT3");
    command.env_remove("JAVA_HOME").env("PATH", format!("{}:/usr/bin:/bin", lab.text("java/bin")));
    let log = lab.path("log");
    command.stdout(fs::File::create(&log).unwrap()).stderr(fs::File::create(lab.path("errors")).unwrap());
    let mut child = command.spawn().unwrap();
    let of_supervisor = |name: &str| fs::read(format!("/proc/{}/{name}", child.id())).unwrap_or_default();
    let holds = |bytes: &[u8]| bytes.windows(MARK.len()).any(|part| part == MARK.as_bytes());
    within(60, "the start", || {
        let is_up = fs::read_to_string(&log).unwrap_or_default().contains("done");
        (is_up && holds(b"SEKRIT") && !of_supervisor("cmdline").is_empty()).then_some(())
    });
    within(60, "the re-execution", || {
        let words = of_supervisor("cmdline");
        words.windows(8).any(|part| part == b"--reexec").then_some(())
    });
    assert!(!holds(&of_supervisor("environ")) && !holds(&of_supervisor("cmdline")));
    let memory = memory(child.id());
    assert!(!memory.is_empty() && !holds(&memory));
    guard::end(&mut child);
    // All else that was written; the server told what it was given, in its log.
    let output = lab.read("log");
    assert!(output.lines().any(|line| line == "ARGUMENTS "), "{output}");
    let (mut folders, mut count) = (vec![lab.path("")], 0);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() && entry.path() != log {
                assert!(!holds(&fs::read(entry.path()).unwrap()), "{}", entry.path().display());
                count += 1;
            }
        }
    }
    assert!(
        lab.path("errors").exists() && lab.path("home/config").join(NAME).exists() && count > 10,
        "{count}"
    );
}

/// Docker makes a directory where a file is to be mounted that is not there. The secrets would be nowhere.
#[test]
fn what_is_no_file_is_no_keystore() {
    let lab = server("no-file", "8.19.21");
    let path = lab.path("home/config").join(NAME);
    for command in ["mkdir", "mkfifo"] {
        assert!(Command::new(command).arg(&path).status().unwrap().success());
        let variables = [("ELASTIC_PASSWORD", "SEKRIT"), ("ES_ENTRYPOINT_DENY", "keystore/corrupt")];
        let found = run(&lab, &["run"], &variables);
        let start = format!(
            "error[keystore/corrupt]: `{}` is no keystore: Elasticsearch 8.19.21 refuses to start\n",
            path.display()
        );
        assert!(found.code == 78 && found.errors.starts_with(&start), "{command}: {found:?}");
        let _ = fs::remove_dir(&path).or_else(|_| fs::remove_file(&path));
    }
}
