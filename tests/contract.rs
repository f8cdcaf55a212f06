//! What people who call the binary rely on, tried from outside.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;
#[path = "contract/policy.rs"]
mod policy;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A directory that goes away with the test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("contract-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(&root).unwrap();
        Self(root)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Exit code, standard output and standard error of a command in that directory and nothing in its environment.
fn call(directory: &Path, environment: &[(&str, &str)], words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(common::binary());
    command.args(words).env_clear().envs(environment.iter().copied()).current_dir(directory);
    let ended = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (ended.status.code().unwrap(), text(ended.stdout), text(ended.stderr))
}

/// Severity, code and place of each finding of `check` with these settings.
fn check(settings: &str, environment: &[(&str, &str)], words: &[&str]) -> (i32, Vec<String>) {
    static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let place = Place::new(&format!("check-{number}"));
    place.write("t/elasticsearch.yml", settings);
    let line = [&["check", "--templates", "t", "--message-format", "json"], words].concat();
    let (code, output, _) = call(&place.0, environment, &line);
    let told = output.lines().map(|line| {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| finding[name].as_str().unwrap().to_owned();
        format!("{} {} {}:{}", text("severity"), text("code"), finding["line"], finding["column"])
    });
    (code, told.collect())
}

#[test]
fn settings_are_judged_without_a_version_too() {
    for (settings, expected) in [
        ("node.data: False\n", "error settings/boolean 1:12"),
        ("a: 1\nnode.name:\n", "error settings/null 2:11"),
        ("a.b: 1\na:\n  b: 2\n", "error settings/duplicate-key 3:6"),
    ] {
        assert_eq!(check(settings, &[], &[]), (78, vec![expected.to_owned()]), "{settings}");
    }
    assert_eq!(check("node.data: no\npath.work: /w\nhttp.enabled: true\n", &[], &["--strict"]), (0, vec![]));
}

#[test]
fn two_texts_for_one_file() {
    let place = Place::new("twice");
    place.write("a/x.yml", "a: 1\n");
    place.write("b/x.yml", "a: ${A:-2}\n");
    let line = ["render", "--output", "out", "a/x.yml", "b"];
    let (code, _, errors) = call(&place.0, &[], &line);
    let told =
        "es-entrypoint: error: two of the templates would be written to `x.yml`: render them one by one\n";
    assert_eq!((code, errors.as_str()), (64, told));
    assert!(!place.0.join("out").exists());
    assert_eq!(call(&place.0, &[("A", "1")], &line).0, 0);
    assert_eq!(std::fs::read_to_string(place.0.join("out/x.yml")).unwrap(), "a: 1\n");
}

#[test]
fn a_mistake_in_a_policy_is_told_once() {
    let place = Place::new("policy");
    let broken = "grant { permission java.io.FilePermission \"/a\", \"read\";\n";
    place.write("java/jre/lib/security/java.policy", broken);
    place.write("f", "");
    let file = place.0.join("f");
    let line = ["policy", "patch", "--java-home", "java", "--read", file.to_str().unwrap()];
    let (code, _, errors) = call(&place.0, &[], &line);
    assert_eq!((code, errors.matches("error[policy/syntax]").count()), (78, 1), "{errors}");
    assert_eq!(std::fs::read_to_string(place.0.join("java/jre/lib/security/java.policy")).unwrap(), broken);
}
