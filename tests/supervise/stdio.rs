//! Rule 14: standard input, output and error may be closed, full, or read by nobody.

use super::lab::{Running, init, modes, recorder};
use super::{HUP, TERM, USR2, helper};
use std::process::Stdio;

#[test]
fn rule_14_closed_descriptors_do_not_matter() {
    let script = "(sleep 0.01 &) ; kill -USR1 $PPID; exit 3";
    for &mode in modes() {
        for closed in [&[0][..], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]] {
            let mut command = init(mode, &["--log-level", "debug", "--drop", "USR1", "sh", "-c", script]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            helper::start_closed(&mut command, closed);
            assert_eq!(Running::start(&mut command).code(), 3, "{mode:?} {closed:?}");
        }
    }
}

#[test]
fn rule_14_nobody_reading_our_log_stops_nothing() {
    for &mode in modes() {
        // A pipe that is full.
        let (reader, writer) = helper::full_pipe();
        let mut command = recorder(mode, &["--log-level", "debug", "--drop", "HUP"]);
        let mut running = Running::start(command.stderr(writer));
        assert!(running.line().starts_with("ready "));
        for _ in 0..20 {
            running.send(HUP);
            running.send(USR2);
            assert_eq!(running.line(), "12 0 0");
        }
        running.send(TERM);
        assert_eq!(running.code(), 0, "{mode:?}");
        drop(reader);
        // A pipe that nobody reads any more: no PIPE of our own reaches the child.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = recorder(mode, &["--log-level", "debug", "--drop", "HUP"]);
        let mut running = Running::start(command.stderr(writer));
        assert!(running.line().starts_with("ready "));
        running.send(HUP);
        running.send(TERM);
        assert_eq!(running.line(), "15 0 0");
        assert_eq!(running.code(), 0, "{mode:?}");
    }
}

/// A terminal that nobody reads takes a part of a line, and would make us wait to write the remaining part.
#[test]
fn rule_14_a_terminal_that_nobody_reads_stops_nothing() {
    for &mode in modes() {
        let (ours, path) = helper::terminal();
        let theirs = || std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        helper::fill(&theirs(), 200);
        let mut command = recorder(mode, &["--drop", "HUP"]);
        let mut running = Running::start(command.stderr(theirs()));
        assert!(running.line().starts_with("ready "));
        for _ in 0..20 {
            running.send(HUP);
            running.send(USR2);
            assert_eq!(running.line(), "12 0 0", "{mode:?}");
        }
        running.send(TERM);
        assert_eq!(running.code(), 0, "{mode:?}");
        drop(ours);
    }
}
