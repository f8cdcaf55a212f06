//! The command line as a user sees it: cases as data in `tests/cmd`, and the console blocks of the documentation.
//!
//! `TRYCMD=overwrite cargo test --test cli` writes what the program says now; then read the difference.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and has to know the environment that it leaves behind"
)]

mod common;

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

/// Set where the environment is clean.
const CLEAN: &str = "CLI_TEST_HAS_CLEAN_ENVIRONMENT";

/// What depends on the machine that runs the tests; the tests of the checks themselves cover these.
const OF_THE_MACHINE: &str = "host/no-address,host/several-addresses,host/nofile,host/nproc,host/memlock,host/max-map-count,host/memory,host/disk-watermark,host/root,\
                              host/data-not-writable,host/address-space,host/file-size,host/system-call-filter,heap/over-limit";

/// Runs this one test again with nothing of the caller's environment.
fn in_clean_environment(test: &str, body: fn(&trycmd::TestCases)) {
    let program = Path::new(trycmd::cargo::cargo_bin!("es-entrypoint"));
    if std::env::var_os(CLEAN).is_none() {
        let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args([test, "--exact", "--nocapture"]).env_clear().env(CLEAN, "1").env("PATH", path);
        again.envs(std::env::vars_os().filter(|(name, _)| name == "TRYCMD"));
        assert!(again.status().unwrap().success(), "see the differences above");
        return;
    }
    let cases = trycmd::TestCases::new();
    cases.default_bin_path(program);
    cases.register_bin("es-entrypoint", program);
    for tool in ["sh", "cat"] {
        cases.register_bin(tool, Path::new("/bin").join(tool));
    }
    cases.register_bin("docker", Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd/docker"));
    body(&cases);
}

#[test]
fn commands() {
    in_clean_environment("commands", |cases| {
        cases.case("tests/cmd/*.trycmd").case("tests/cmd/manifests/*.trycmd");
    });
}

#[test]
fn documents() {
    in_clean_environment("documents", |cases| {
        cases.env("ES_ENTRYPOINT_ALLOW", OF_THE_MACHINE);
        cases
            .case("README.md")
            .case("CONTRIBUTING.md")
            .case("SECURITY.md")
            .case("docs/*.md")
            .case("docker/*.md");
    });
}

#[test]
fn commands_that_look_at_the_machine() {
    in_clean_environment("commands_that_look_at_the_machine", |cases| {
        cases.env("ES_ENTRYPOINT_ALLOW", OF_THE_MACHINE);
        // Who runs the tests, and from a directory of which mode, must not matter.
        cases.env("ES_ENTRYPOINT_USER", "0:0");
        cases.case("tests/cmd/machine/*.trycmd");
    });
}

/// Only root can become another user, so only root gets the finding.
#[test]
fn a_user_that_is_not_there() {
    let output = Command::new(trycmd::cargo::cargo_bin!("es-entrypoint"))
        .args(["check", "--host", "--user", "nobody-of-that-name", "--es-home", "tests/java"])
        .args(["--allow", OF_THE_MACHINE, "--allow", "launch/no-java,host/java-version"])
        .env_clear()
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        assert_eq!(
            text,
            "error[host/user]: `--user`: no such user in `/etc/passwd`; a number needs no entry there\n  \
             = help: name a user of the image's /etc/passwd with `--user`, or give numbers: `--user 1000:0`\n\
             1 error\n"
        );
    } else {
        assert!(!text.contains("host/user"), "{text}");
    }
}
