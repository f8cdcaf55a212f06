//! The ways of dumb-init: a session by default, everything forwarded, stopped with its child.

use super::lab::{self, Mode, Running, lives, modes, output};
use super::{called, command, ready, recorder};
use crate::{common, helper};

const HUP: i32 = 1;
const INT: i32 = 2;
const QUIT: i32 = 3;
const TERM: i32 = 15;
const CONT: i32 = 18;
const TSTP: i32 = 20;
const TTIN: i32 = 21;
const TTOU: i32 = 22;
const END: i32 = 63;

/// With a session, and without.
const WAYS: [&[&str]; 2] = [&[], &["-c"]];

#[track_caller]
fn number(running: &mut Running) -> i32 {
    running.line().split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn the_child_leads_a_session_unless_it_shall_be_single() {
    for &mode in modes() {
        for (options, leads) in [(WAYS[0], true), (WAYS[1], false)] {
            let mut running = recorder(mode, &[], &[&[called("dumb-init").as_str()], options].concat());
            assert_eq!(ready(&mut running).1, leads, "{mode:?} {options:?}");
            running.send(END);
            assert_eq!(number(&mut running), END);
            assert_eq!(running.code(), 0);
        }
    }
}

#[test]
fn every_signal_is_forwarded() {
    for &mode in modes() {
        for options in WAYS {
            let mut running = recorder(mode, &[], &[&[called("dumb-init").as_str()], options].concat());
            ready(&mut running);
            let kept = [9, 17, 19, TSTP, TTIN, TTOU, 32, 33];
            for signal in (1..END).filter(|signal| !kept.contains(signal)) {
                running.send(signal);
                assert_eq!(number(&mut running), signal, "{mode:?} {options:?}");
            }
            running.send(END);
            assert_eq!(running.code(), 0);
        }
    }
}

#[test]
fn signals_are_rewritten_and_dropped() {
    // What is sent, and what arrives; 0 is nothing.
    for (rewrites, signals) in [
        (&["15:2"][..], &[(TERM, INT), (QUIT, QUIT), (CONT, CONT), (INT, INT)][..]),
        (&["15:2", "2:15", "3:3"], &[(TERM, INT), (QUIT, QUIT), (CONT, CONT), (INT, TERM)]),
        (&["1:31", "31:1"], &[(1, 31), (31, 1)]),
        (&["TERM:QUIT", "SIGINT:0"], &[(TERM, QUIT), (INT, 0), (HUP, HUP)]),
        (&["15:3", "2:0", "28:0"], &[(TERM, QUIT), (INT, 0), (28, 0), (HUP, HUP), (INT, 0)]),
    ] {
        for options in WAYS {
            let dumb_init = called("dumb-init");
            let rewrites = rewrites.iter().flat_map(|rewrite| ["-r", *rewrite]);
            let words: Vec<&str> =
                [dumb_init.as_str()].into_iter().chain(options.iter().copied()).chain(rewrites).collect();
            let mut running = recorder(Mode::Ordinary, &[], &words);
            ready(&mut running);
            for (sent, received) in signals {
                running.send(*sent);
                if *received == 0 {
                    // That nothing came is known by what comes next.
                    common::within(10, "the signal is taken", || {
                        (lab::status(running.pid(), "ShdPnd") == "0000000000000000").then_some(())
                    });
                } else {
                    assert_eq!(number(&mut running), *received, "{words:?}");
                }
            }
            running.send(END);
            assert_eq!(number(&mut running), END, "{words:?}");
            assert_eq!(running.code(), 0);
        }
    }
}

#[track_caller]
fn stopped(pid: i32) {
    common::within(10, "it stops", || lab::status(pid, "State").starts_with('T').then_some(()));
}

#[test]
fn a_session_stops_as_a_whole_and_goes_on() {
    let mut running = recorder(Mode::Ordinary, &[], &[&called("dumb-init")]);
    let (child, _) = ready(&mut running);
    for signal in [TSTP, TTIN, TTOU] {
        running.send(signal);
        stopped(running.pid());
        stopped(child);
        running.send(CONT);
        assert_eq!(number(&mut running), CONT, "{signal}");
    }
    running.send(END);
    assert_eq!(running.code(), 0);
}

#[test]
fn a_single_child_hears_of_the_stop_and_decides_itself() {
    let mut running = recorder(Mode::Ordinary, &[], &[&called("dumb-init"), "-c"]);
    ready(&mut running);
    for signal in [TSTP, TTIN, TTOU] {
        running.send(signal);
        assert_eq!(number(&mut running), signal);
        stopped(running.pid());
        running.send(CONT);
        assert_eq!(number(&mut running), CONT, "{signal}");
    }
    running.send(END);
    assert_eq!(running.code(), 0);
}

#[test]
fn what_a_stop_becomes_can_be_rewritten() {
    let dumb_init = called("dumb-init");
    let words = [&*dumb_init, "-r", "TTIN:TERM", "-r", "22:2", "-r", "20:1"];
    let mut running = recorder(Mode::Ordinary, &[], &words);
    ready(&mut running);
    for (signal, received) in [(TTIN, TERM), (TTOU, INT), (TSTP, HUP)] {
        running.send(signal);
        assert_eq!(number(&mut running), received);
        stopped(running.pid());
        running.send(CONT);
        assert_eq!(number(&mut running), CONT, "{signal}");
    }
    running.send(END);
    assert_eq!(running.code(), 0);
}

/// Two processes besides the shell; it says who they are.
const PIPELINE: &str = "sleep 60 & echo $!; sleep 60 & echo $!; wait";

#[test]
fn the_whole_session_gets_the_signal_or_the_child_alone() {
    for (options, all) in [(WAYS[0], true), (WAYS[1], false)] {
        let dumb_init = called("dumb-init");
        let words = [&[dumb_init.as_str()], options, &["sh", "-c", PIPELINE]].concat();
        let mut running = Running::start(&mut command(Mode::Ordinary, &[], &words));
        let others: Vec<i32> = (0..2).map(|_| running.line().parse().unwrap()).collect();
        running.send(TERM);
        assert_eq!(running.code(), 143, "{options:?}");
        if all {
            common::within(10, "all are gone", || (!others.iter().any(|pid| lives(*pid))).then_some(()));
        } else {
            assert!(others.iter().all(|pid| lives(*pid)), "the child alone was meant");
            for pid in others {
                helper::send(pid, 9);
            }
        }
    }
}

#[test]
fn what_is_left_of_a_session_gets_term_and_of_a_single_child_nothing() {
    // What is left is ready before the child ends, and prints what it gets; HUP, sent by us, ends it.
    let script = "
        sh -c 'trap \"echo reported\" TERM; trap \"echo hup; exit\" HUP; echo ready $$; while :; do sleep 0.01; done' &
        read x; exit 3";
    for (options, reported) in [(WAYS[0], true), (WAYS[1], false)] {
        let dumb_init = called("dumb-init");
        let words = [&[dumb_init.as_str()], options, &["sh", "-c", script]].concat();
        let mut command = command(Mode::Ordinary, &[], &words);
        let mut running = Running::start(command.stdin(std::process::Stdio::piped()));
        let left: i32 = running.line().strip_prefix("ready ").unwrap().parse().unwrap();
        drop(running.child.stdin.take());
        assert_eq!(running.code(), 3, "{options:?}");
        if reported {
            assert_eq!(running.line(), "reported");
        }
        helper::send(left, HUP);
        assert_eq!(running.line(), "hup", "{options:?}");
    }
}

/// As PID 1 dumb-init lets the kernel kill what is left at once; here it may end by itself.
#[test]
fn as_pid_1_what_is_left_may_end_in_peace() {
    let script = "
        setsid sh -c 'trap \"echo reported; exit\" TERM; echo ready; while :; do sleep 0.01; done' &
        read x; exit 3";
    for &mode in modes().iter().filter(|mode| **mode == Mode::First) {
        for options in WAYS {
            let dumb_init = called("dumb-init");
            let words = [&[dumb_init.as_str()], options, &["sh", "-c", script]].concat();
            let mut command = command(mode, &[], &words);
            let mut running = Running::start(command.stdin(std::process::Stdio::piped()));
            assert_eq!(running.line(), "ready");
            drop(running.child.stdin.take());
            assert_eq!(running.line(), "reported", "{options:?}");
            assert_eq!(running.code(), 3, "{options:?}");
        }
    }
}

#[test]
fn it_keeps_no_directory_and_the_child_does() {
    for options in WAYS {
        let dumb_init = called("dumb-init");
        let script = "while [ $(readlink /proc/$PPID/cwd) != / ]; do sleep 0.01; done; readlink /proc/$$/cwd";
        let words = [&[dumb_init.as_str()], options, &["sh", "-c", script]].concat();
        let found = output(command(Mode::Ordinary, &[], &words).current_dir("/usr/share"));
        assert_eq!(found, (0, "/usr/share\n".to_owned(), String::new()), "{options:?}");
    }
}
