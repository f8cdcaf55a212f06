//! The end: of the child, and of what is left after it.

use super::common::within;
use super::lab::{Mode, Running, children, init, modes, output, plain_modes, prefixed, recorder};
use super::{INT, TERM};
use std::time::{Duration, Instant};

#[test]
fn rule_20_what_is_left_may_end_in_peace_and_nobody_waits_longer_than_that() {
    // The orphan is ready before the main child ends, and says when it was asked to end.
    let script = "
        (sh -c 'trap \"echo graceful; exit 0\" TERM; echo ready; while :; do sleep 0.01; done' &)
        read x; exit 3";
    for &mode in modes() {
        let mut command = init(mode, &["--grace", "20", "sh", "-c", script]);
        let mut running = Running::start(command.stdin(std::process::Stdio::piped()));
        assert_eq!(running.line(), "ready");
        let start = Instant::now();
        drop(running.child.stdin.take());
        assert_eq!(running.line(), "graceful", "{mode:?}");
        assert_eq!(running.code(), 3, "{mode:?}");
        assert!(start.elapsed() < Duration::from_secs(10), "{mode:?}: waited for the whole grace");
    }
}

#[test]
fn rule_20_what_does_not_end_is_killed_after_the_grace() {
    let script = "
        (sh -c 'trap \"\" TERM; echo $$; while :; do sleep 60; done' &)
        read x; exit 3";
    for &mode in modes() {
        let mut command = init(mode, &["--grace", "0.3", "sh", "-c", script]);
        let mut running = Running::start(command.stdin(std::process::Stdio::piped()));
        running.line();
        let start = Instant::now();
        drop(running.child.stdin.take());
        assert_eq!(running.code(), 3, "{mode:?}");
        assert!(start.elapsed() >= Duration::from_millis(300), "{mode:?}: no grace");
        let reported = "es-entrypoint: processes are left after `--grace`: they get KILL\n";
        assert_eq!(running.rest().1, reported, "{mode:?}");
    }
}

#[test]
fn no_grace_is_no_waiting() {
    let script = "
        (sh -c 'trap \"\" TERM; echo $$; while :; do sleep 60; done' &)
        read x; exit 3";
    for &mode in modes() {
        let mut command = init(mode, &["sh", "-c", script]);
        let mut running =
            Running::start(command.env("ES_ENTRYPOINT_GRACE", "0").stdin(std::process::Stdio::piped()));
        running.line();
        let start = Instant::now();
        drop(running.child.stdin.take());
        assert_eq!(running.code(), 3, "{mode:?}");
        assert!(start.elapsed() < Duration::from_secs(5), "{mode:?}: waited all the same");
    }
}

#[test]
fn the_end_can_be_told_by_variables() {
    for &mode in modes() {
        let start = |variables: &[(&str, &str)], script: &str| {
            let mut command = init(mode, &["sh", "-c", script]);
            let mut running = Running::start(command.envs(variables.iter().copied()));
            assert_eq!(running.line(), "ready");
            running.send(TERM);
            running.code()
        };
        let sleeps = "echo ready; exec sleep 60";
        assert_eq!(start(&[], sleeps), 143, "{mode:?}");
        assert_eq!(start(&[("ES_ENTRYPOINT_STOP_STATUS", "0")], sleeps), 0, "{mode:?}");
        assert_eq!(start(&[("ES_ENTRYPOINT_SUCCESS_CODE", "143")], sleeps), 0, "{mode:?}");
        assert_eq!(start(&[("ES_ENTRYPOINT_REWRITE", "15:SIGINT")], sleeps), 130, "{mode:?}");
        let rewritten = [("ES_ENTRYPOINT_REWRITE", "TERM:2"), ("ES_ENTRYPOINT_STOP_STATUS", "7")];
        assert_eq!(start(&rewritten, sleeps), 7, "{mode:?}");
        let deaf = "trap '' TERM; echo ready; while :; do sleep 60; done";
        assert_eq!(start(&[("ES_ENTRYPOINT_STOP_TIMEOUT", "0")], deaf), 137, "{mode:?}");
    }
}

#[test]
fn rule_23_a_signal_in_the_second_phase_goes_nowhere() {
    let script = "
        (sh -c 'trap \"echo reported\" TERM; trap \"echo wrong\" USR2; echo ready
                n=0; while [ $n -lt 100 ]; do n=$((n+1)); sleep 0.01; done' &)
        read x; exit 3";
    for &mode in modes() {
        let mut command = init(mode, &["--grace", "20", "sh", "-c", script]);
        let mut running = Running::start(command.stdin(std::process::Stdio::piped()));
        assert_eq!(running.line(), "ready");
        drop(running.child.stdin.take());
        assert_eq!(running.line(), "reported");
        running.send(12);
        running.send(TERM);
        assert_eq!(running.code(), 3, "{mode:?}");
        assert_eq!(running.rest().0, "", "{mode:?}");
    }
}

#[test]
fn a_child_that_does_not_stop_is_killed_where_that_is_asked_for() {
    for &mode in modes() {
        let mut command = recorder(mode, &["--stop-timeout", "0.2"]);
        let mut running = Running::start(command.env("SUPERVISE_LAST", "12"));
        assert!(running.line().starts_with("ready "));
        running.send(TERM);
        assert_eq!(running.line(), "15 0 0");
        assert_eq!(running.code(), 137, "{mode:?}");
    }
}

#[test]
fn the_stop_status_is_for_a_stop_that_we_passed_on() {
    for &mode in modes() {
        for signal in [TERM, INT] {
            let options = ["--stop-status", "0", "sh", "-c", "echo ready; exec sleep 60"];
            let mut running = Running::start(&mut init(mode, &options));
            assert_eq!(running.line(), "ready");
            running.send(signal);
            assert_eq!(running.code(), 0, "{mode:?}");
        }
        // Nobody sent us a TERM.
        for script in ["exit 143", "kill -TERM $$"] {
            assert_eq!(
                output(&mut init(mode, &["--stop-status", "0", "sh", "-c", script])).0,
                143,
                "{mode:?}"
            );
        }
    }
    let mut running = Running::start(&mut init(
        Mode::Ordinary,
        &["--stop-status", "9", "sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"],
    ));
    assert_eq!(running.line(), "ready");
    running.send(TERM);
    assert_eq!(running.code(), 5);
}

#[test]
fn a_stopped_server_is_outlived_as_long_as_linger_says() {
    let said = "es-entrypoint: the server has ended, this process stays as long as `--linger` says; another TERM ends it\n";
    let sleeps = ["sh", "-c", "echo ready; exec sleep 60"];
    for &mode in modes() {
        let mut running = Running::start(&mut init(mode, &[&["--linger", "0.3"][..], &sleeps].concat()));
        assert_eq!(running.line(), "ready");
        let start = Instant::now();
        running.send(TERM);
        assert_eq!(running.code(), 143, "{mode:?}");
        assert!(start.elapsed() >= Duration::from_millis(300), "{mode:?}: did not stay");
        assert_eq!(running.rest().1, said, "{mode:?}");
        for signal in [TERM, INT] {
            let mut running = Running::start(&mut init(mode, &[&["--linger", "1000"][..], &sleeps].concat()));
            assert_eq!(running.line(), "ready");
            let pid = running.pid();
            running.send(TERM);
            within(10, "the child ends", || children(pid).is_empty().then_some(()));
            // Others change nothing.
            running.send(super::HUP);
            running.send(signal);
            assert_eq!(running.code(), 143, "{mode:?}");
        }
        // Nobody stopped these.
        for child in [&["true"][..], &["sh", "-c", "kill -TERM $$"]] {
            let (code, _, error) = output(&mut init(mode, &[&["--linger", "1000"][..], child].concat()));
            assert_eq!(code, if child.len() == 1 { 0 } else { 143 }, "{mode:?}");
            assert!(!error.contains("--linger"), "{mode:?}");
        }
    }
}

/// The launcher of 8.x and 9.x hands a stop on to its server only once that is up: the server is told by us.
#[test]
fn a_server_that_still_starts_below_its_launcher_is_stopped_too() {
    let home = std::env::temp_dir().join(format!("supervise-launcher-{}", std::process::id()));
    let file = |name: &str, text: &str| {
        let path = home.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    let launcher = "#!/bin/sh
        trap 'echo told' TERM
        sleep 1000 &
        echo ready
        while kill -0 $!; do wait $!; done 2>&-
        exit 143";
    file("bin/elasticsearch", launcher);
    file("lib/elasticsearch-8.19.21.jar", "");
    file("config/elasticsearch.yml", "xpack.security.enabled: false\n");
    file("config/jvm.options", "-Xmx1g\n");
    file("jdk/bin/java", "#!/bin/sh\n");
    file("jdk/release", "JAVA_VERSION=\"21.0.1\"\n");
    let runtime = home.join("run");
    for &mode in plain_modes() {
        let words = [
            super::common::binary().to_str().unwrap(),
            "run",
            "--es-home",
            home.to_str().unwrap(),
            "--runtime-dir",
            runtime.to_str().unwrap(),
            "--allow",
            "host/root,host/memory,host/disk-watermark,host/nofile,host/nproc,host/max-map-count,host/no-installation",
        ];
        let user: &[&str] = if nix::unistd::geteuid().is_root() { &["--user", "0:0"] } else { &[] };
        let mut running = Running::start(&mut prefixed(mode, &[&words, user].concat()));
        assert_eq!(running.line(), "ready", "{mode:?}");
        running.send(TERM);
        assert_eq!(running.line(), "told", "{mode:?}");
        assert_eq!(running.code(), 143, "{mode:?}");
    }
    let _ = std::fs::remove_dir_all(home);
}
