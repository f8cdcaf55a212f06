//! Rule 2 while we prepare: a stop signal ends us at any moment, and the hand-over to the child loses none.

use super::lab::{Mode, Running, plain_modes, prefixed, this_program};
use super::{INT, TERM, USR2, helper};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn preparing(mode: Mode, script: &str) -> Command {
    let program = this_program();
    let mut command = prefixed(mode, &[&program]);
    command.env(helper::VARIABLE, "prepare").env("SUPERVISE_SCRIPT", script).stdin(Stdio::piped());
    command
}

#[test]
fn rule_02_a_stop_signal_ends_the_preparation() {
    for &mode in plain_modes() {
        for signal in [1, INT, 3, TERM] {
            let mut running = Running::start(&mut preparing(mode, "echo started"));
            assert_eq!(running.line(), "preparing");
            running.send(signal);
            assert_eq!(running.code(), 128 + signal, "{mode:?}");
            assert_eq!(running.rest(), (String::new(), String::new()), "{mode:?}");
        }
    }
}

#[test]
fn rule_02_other_signals_wait_for_the_child() {
    for &mode in plain_modes() {
        let mut running = Running::start(&mut preparing(mode, "echo started; sleep 60"));
        assert_eq!(running.line(), "preparing");
        running.send(USR2);
        drop(running.child.stdin.take());
        assert_eq!(running.code(), 128 + USR2, "{mode:?}");
    }
}

#[test]
fn rule_02_a_stop_signal_between_preparation_and_spawn_starts_nothing() {
    for &mode in plain_modes() {
        let mut running = Running::start(preparing(mode, "echo started").env("SUPERVISE_PENDING", "15"));
        assert_eq!(running.line(), "preparing");
        drop(running.child.stdin.take());
        assert_eq!(running.code(), 143, "{mode:?}");
        let reported = "es-entrypoint: TERM came before `sh` was started: nothing was started\n";
        assert_eq!(running.rest(), (String::new(), reported.to_owned()), "{mode:?}");
    }
}

#[test]
fn rule_02_no_term_around_the_spawn_is_lost() {
    for &mode in plain_modes() {
        for step in 0..60 {
            let mut running = Running::start(&mut preparing(mode, "exec sleep 60"));
            assert_eq!(running.line(), "preparing");
            let pid = running.pid();
            drop(running.child.stdin.take());
            // Looks for the moment of the spawn, without giving the processor away.
            let moment = Instant::now() + Duration::from_micros(25 * step);
            while Instant::now() < moment {}
            helper::send(pid, TERM);
            assert_eq!(running.code(), 143, "{mode:?}, step {step}");
        }
    }
}
