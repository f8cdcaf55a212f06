//! What people who call the binary rely on, tried from outside.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
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
    let reported = output.lines().map(|line| {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| finding[name].as_str().unwrap().to_owned();
        format!("{} {} {}:{}", text("severity"), text("code"), finding["line"], finding["column"])
    });
    (code, reported.collect())
}

#[test]
fn settings_are_judged_without_a_version_too() {
    for (settings, expected) in [
        ("node.data: \"False\"\n", "error settings/boolean 1:12"),
        ("a: 1\nnode.name:\n", "error settings/null 2:11"),
        ("a.b: 1\na:\n  b: 2\n", "error settings/duplicate-key 3:6"),
    ] {
        assert_eq!(check(settings, &[], &[]), (78, vec![expected.to_owned()]), "{settings}");
    }
    assert_eq!(
        check("node.data: False\npath.work: /w\nhttp.enabled: true\n", &[], &["--strict"]),
        (0, vec![])
    );
}

#[test]
fn two_texts_for_one_file() {
    let place = Place::new("twice");
    place.write("a/x.yml", "a: 1\n");
    place.write("b/x.yml", "a: ${A:-2}\n");
    let line = ["render", "--output", "out", "a/x.yml", "b"];
    let (code, _, errors) = call(&place.0, &[], &line);
    let reported =
        "es-entrypoint: error: two of the templates would be written to `x.yml`: render them one by one\n";
    assert_eq!((code, errors.as_str()), (64, reported));
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

#[test]
fn a_wrong_directory_is_one_finding() {
    let place = Place::new("wrong");
    for number in 10..21 {
        place.write(&format!("src/{number}.rs"), "let a = \"${X}\";\n");
    }
    let reported = "error[template/unreadable]: `src` is not a directory of templates: 11 of its files are refused\n \
                    --> src:1:1\n  = help: it has no `elasticsearch.yml` and no `opensearch.yml`: is this the right directory? name another with \
                `--templates DIR`, or single files with `render FILE`\n1 error\n";
    assert_eq!(
        call(&place.0, &[], &["check", "--templates", "src"]),
        (78, reported.to_owned(), String::new())
    );
    assert_eq!(
        call(&place.0, &[], &["render", "--templates", "src"]),
        (78, String::new(), reported.to_owned())
    );
    // A real one tells everything, and so does one that has few mistakes.
    place.write("src/elasticsearch.yml", "cluster.name: x\n");
    assert_eq!(call(&place.0, &[], &["check", "--templates", "src"]).1.matches("error[").count(), 11);
    place.write("few/a.txt", "${X}");
    assert_eq!(
        call(&place.0, &[], &["check", "--templates", "few"]).1.matches("error[template/unset]").count(),
        1
    );
}

#[test]
fn check_says_what_it_judged() {
    let place = Place::new("judged");
    let reported = |words: &[&str]| {
        let (code, output, errors) = call(&place.0, &[], words);
        assert_eq!((code, output.as_str()), (0, ""), "{words:?} {errors}");
        errors
    };
    let built_in = "es-entrypoint: info: files judged: 2 of the built-in template for Elasticsearch 2.3.4 (a guess): nothing found; this machine was not judged, `--host` does that\n";
    assert_eq!(reported(&["check"]), built_in);
    place.write("config-templates/elasticsearch.yml", "cluster.name: x\n");
    let unused =
        "; `config-templates` of this directory is not used without `--templates config-templates`\n";
    assert_eq!(reported(&["check"]), built_in.replace('\n', unused));
    assert_eq!(
        reported(&["check", "--message-format", "json"]),
        format!(
            "{{\"level\":\"info\",\"message\":\"files judged: 2 of the built-in template for Elasticsearch 2.3.4 (a guess){}\"}}\n",
            unused.trim_end()
        )
    );
    let named = ["check", "--templates", "config-templates", "--es-version", "2.4"];
    assert_eq!(
        reported(&named),
        "es-entrypoint: info: files judged: 1 of `config-templates` for Elasticsearch 2.4.0: nothing found; this machine was not judged, `--host` does that\n"
    );
    assert_eq!(reported(&[&named[..], &["--message-format", "github"]].concat()), "");
    assert_eq!(reported(&[&named[..], &["--log-level", "warn"]].concat()), "");
    std::fs::remove_dir_all(place.0.join("config-templates")).unwrap();
    assert_eq!(
        reported(&["check", "--es-version", "9"]),
        "es-entrypoint: info: files judged: 1 of the built-in template for Elasticsearch 9.0.0: nothing found; this machine was not judged, `--host` does that\n"
    );
}

#[test]
fn check_says_that_the_staged_configuration_has_no_place() {
    let place = Place::new("runtime");
    place.write("config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    place.write("file", "");
    let check = |runtime: &str| {
        let words = ["check", "--host", "--config-dir", "config", "--runtime-dir", runtime];
        // Whatever the machine of the test is like.
        let allowed = "host/no-address,host/several-addresses,host/nofile,host/nproc,host/memory,host/disk-watermark,host/max-map-count,host/root,host/memlock,heap/over-limit,\
                       host/java-version";
        call(&place.0, &[("ES_ENTRYPOINT_ALLOW", allowed)], &words)
    };
    let shown = place.0.join("file/below");
    let expected = format!(
        "error[host/runtime-dir]: `{}` cannot be created: not a directory\n  = help: it holds the staged configuration: let \
         this user write there, mount a tmpfs, or name another directory with ES_ENTRYPOINT_RUNTIME_DIR\n1 error\n",
        shown.display()
    );
    let (code, output, errors) = check("file/below");
    assert_eq!((code, output.as_str()), (78, expected.as_str()), "{errors}");
    let (code, output, errors) = check("new/below");
    assert_eq!((code, output.as_str()), (0, ""), "{errors}");
    assert!(!place.0.join("new").exists());
}
