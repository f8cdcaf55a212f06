//! Rules 11 and 12: faults of our own, and calls that the kernel interrupts.

use super::common::java::left_out;
use super::common::{strace, within};
use super::lab::{self, Mode, Running, modes, output, plain_modes, prefixed, recorder, this_program};
use super::{TERM, common, helper};
use std::process::Command;

#[test]
fn rule_11_a_genuine_fault_in_us_ends_us_even_as_pid_1() {
    for &mode in modes() {
        let mut running = Running::start(&mut recorder(mode, &[]));
        let ready = running.line();
        assert!(ready.starts_with("ready "));
        let pid = running.pid();
        within(10, "it waits", || lab::status(pid, "State").starts_with('S').then_some(()));
        if let Err(reason) = helper::break_down(pid) {
            return left_out("rule 11", &reason);
        }
        // Killed by it; `unshare` tells that in its way.
        assert!([-11, 139].contains(&running.code()), "{mode:?}");
        let child = ready.split(' ').nth(1).unwrap();
        if !mode.is_first() {
            within(10, "the child is gone too", || (!lab::lives(child.parse().unwrap())).then_some(()));
        }
    }
}

/// The binary with failing calls; the process is the one that was started, as `strace` stands aside.
fn failing(mode: Mode, failure: &str, words: &[&str]) -> Command {
    let inject = format!("inject={failure}");
    let strace = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "signal=none", "-e", &inject];
    let words = lab::init_words(mode, words);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if mode.is_first() {
        // Outside of the namespace, where it is not PID 1 itself.
        let inner = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"];
        prefixed(Mode::Ordinary, &[&strace[..], &inner, &words].concat())
    } else {
        prefixed(mode, &[&strace[..], &words].concat())
    }
}

#[test]
fn rule_12_interrupted_calls_are_made_again() {
    if !strace("rule 12") {
        return;
    }
    let failures = [
        "rt_sigtimedwait:error=EINTR:when=1+2",
        "rt_sigtimedwait:error=EAGAIN:when=2+2",
        "wait4:error=EINTR:when=1+2",
        // The log is lost then, nothing else.
        "poll,ppoll:error=EINTR:when=2+2",
        "pwritev2,writev,write:error=EINTR:when=1+2",
        "pwritev2:error=EAGAIN",
        "pwritev2,writev,write:error=EIO",
    ];
    for &mode in modes().iter().filter(|mode| !mode.is_first() || nix::unistd::geteuid().is_root()) {
        // `unshare` itself does not wait again.
        for failure in failures.iter().filter(|failure| !mode.is_first() || !failure.starts_with("wait4")) {
            let mut command = failing(mode, failure, &["--log-level", "debug", "sh", "-c", "exit 7"]);
            assert_eq!(output(&mut command).0, 7, "{mode:?} {failure}");
        }
    }
}

#[test]
fn rule_12_a_signal_is_forwarded_by_interrupted_calls() {
    if !strace("rule 12") {
        return;
    }
    for &mode in modes().iter().filter(|mode| !mode.is_first()) {
        for failure in ["rt_sigtimedwait:error=EINTR:when=1+2", "wait4:error=EINTR:when=1+2"] {
            let mut running = Running::start(&mut failing(mode, failure, &["sleep", "60"]));
            let pid = running.pid();
            within(20, "the child runs", || {
                let child = *lab::children(pid).first()?;
                (std::fs::read_to_string(format!("/proc/{child}/comm")).ok()? == "sleep\n").then_some(())
            });
            running.send(TERM);
            assert_eq!(running.code(), 143, "{mode:?} {failure}");
        }
    }
}

/// Rules 2 and 12: the look at the signals that came before the spawn is such a call.
#[test]
fn rule_12_an_interrupted_look_misses_no_waiting_signal() {
    if !strace("rule 12") {
        return;
    }
    let binary = common::binary().to_str().unwrap();
    let program = this_program();
    let reported = "es-entrypoint: TERM came before `echo` was started: nothing was started\n";
    for option in ["--group", "--session", "--no-subreaper"] {
        let failure = "inject=rt_sigtimedwait:error=EINTR:when=1";
        let strace = ["strace", "-D", "-qq", "-o", "/dev/null", "-e", "signal=none", "-e", failure];
        let words = [&strace[..], &[&program, binary, "init", option, "echo", "started"]].concat();
        let mut command = prefixed(plain_modes()[0], &words);
        command.env(helper::VARIABLE, "pending").env("SUPERVISE_PENDING", TERM.to_string());
        assert_eq!(output(&mut command), (143, String::new(), reported.to_owned()), "{option}");
    }
}
