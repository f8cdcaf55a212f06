//! Rule 20: what is left after the child, in all the ways in which it may not want to end.

use super::lab::{Mode, Running, init, modes};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Starts an orphan, waits for its `ready`, ends the child; gives what else was said, and how long the end took.
#[track_caller]
fn left_behind(mode: Mode, options: &[&str], orphan: &str) -> (String, String, Duration) {
    let script = format!("{orphan}\nread x; exit 3");
    let mut command = init(mode, &[options, &["sh", "-c", &script]].concat());
    let mut running = Running::start(command.stdin(Stdio::piped()));
    assert_eq!(running.line(), "ready", "{mode:?} {options:?}");
    let start = Instant::now();
    drop(running.child.stdin.take());
    assert_eq!(running.code(), 3, "{mode:?} {options:?}");
    let took = start.elapsed();
    let (out, error) = running.rest();
    (out, error, took)
}

const OPTIONS: [&[&str]; 3] =
    [&["--grace", "50"], &["--grace", "50", "--group"], &["--grace", "50", "--session"]];

/// Longer than an end that waits for nothing, and much shorter than the grace.
const SOON: Duration = Duration::from_secs(25);

#[test]
fn rule_20_orphans_in_sessions_of_their_own_end_at_once() {
    let orphan = "setsid sh -c 'setsid sh -c \"echo ready; exec sleep 100\" & exec sleep 100' </dev/null &";
    for &mode in modes() {
        for options in OPTIONS {
            let (_, error, took) = left_behind(mode, options, orphan);
            assert_eq!(error, "", "{mode:?} {options:?}");
            assert!(took < SOON, "{mode:?} {options:?}: {took:?}");
        }
    }
}

#[test]
fn rule_20_a_stopped_orphan_is_told_and_continued() {
    let orphan = "sh -c 'trap \"echo reported; exit 0\" TERM; echo ready; kill -STOP $$; while :; do sleep 0.01; done' </dev/null &";
    for &mode in modes() {
        for options in OPTIONS {
            let (out, error, took) = left_behind(mode, options, orphan);
            assert_eq!((out.as_str(), error.as_str()), ("reported\n", ""), "{mode:?} {options:?}");
            assert!(took < SOON, "{mode:?} {options:?}: {took:?}");
        }
    }
}

/// Its heir is a child of ours alone, and was born after all others were signalled.
#[test]
fn rule_20_what_an_orphan_starts_while_it_ends_is_told_too() {
    // It stays until its heir is what it shall be: a shell's child that is signalled before has the trap of its parent.
    let orphan = r#"sh -c 'heir() {
            setsid sleep 100 & while [ "$(cat /proc/$!/comm)" != sleep ]; do :; done; exit 0
        }
        trap heir TERM; echo ready; while :; do sleep 0.01; done' </dev/null &"#;
    for &mode in modes() {
        for options in OPTIONS {
            let (_, error, took) = left_behind(mode, options, orphan);
            // The shell tells of its own `sleep`.
            assert_eq!(error.trim_end_matches("Terminated\n"), "", "{mode:?} {options:?}");
            assert!(took < SOON, "{mode:?} {options:?}: {took:?}");
        }
    }
}

#[test]
fn rule_20_a_family_that_ignores_everything_is_killed() {
    let orphan =
        "setsid sh -c 'trap \"\" TERM HUP INT; (trap \"\" TERM; echo ready; while :; do sleep 100; done) &
                  while :; do sleep 100; done' </dev/null &";
    let reported = "es-entrypoint: processes are left after `--grace`: they get KILL\n";
    for &mode in modes() {
        for delivery in [&[][..], &["--group"], &["--session"]] {
            let options = [&["--grace", "0.2"], delivery].concat();
            let (_, error, took) = left_behind(mode, &options, orphan);
            assert_eq!(error, reported, "{mode:?} {delivery:?}");
            assert!(took >= Duration::from_millis(200), "{mode:?} {delivery:?}: {took:?}");
        }
    }
}
