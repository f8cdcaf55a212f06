//! What the tests start ends with them: also when an assertion fails, and when the test program is killed.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test may fail and may say why"
)]

mod common;

use common::guard::{self, HELPER};
use common::within;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufReader, Read as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};

/// Tells this program, started by its own test, how its end comes.
const END: &str = "NOTHING_LEFT_END";

/// Each says `started PID`: some spin, some ignore what can be ignored, some lead a session, one is an orphan, and one
/// is stopped.
const SCRIPT: &str = r#"
    spin='echo started $$; while :; do :; done'
    wait='trap "" HUP INT QUIT TERM; echo started $$; while :; do sleep 1; done'
    sh -c "$spin" &
    sh -c "$wait" &
    setsid sh -c "$wait" &
    setsid sh -c "$spin" &
    (setsid sh -c "setsid sh -c '$wait' &" &)
    sh -c 'echo started $$; kill -STOP $$' &
    wait"#;
const STARTED: usize = 6;

/// All that the test does in the program that it has started.
fn start_and_end(how: &str) {
    std::fs::write(std::env::temp_dir().join("file"), "").unwrap();
    let mut command = Command::new("sh");
    let mut child = command.args(["-c", SCRIPT]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    for pid in started(&mut BufReader::new(child.stdout.take().unwrap())) {
        println!("started {pid}");
    }
    match how {
        "panic" => panic!("an assertion that fails"),
        "abort" => std::process::abort(),
        "pass" => {}
        // Somebody else kills us.
        _ => drop(child.wait()),
    }
}

fn lives(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn send(pid: i32, signal: Signal) {
    kill(Pid::from_raw(pid), signal).unwrap();
}

/// What the script says.
fn started(lines: &mut impl std::io::BufRead) -> Vec<i32> {
    let mut started = Vec::new();
    while started.len() < STARTED {
        let mut line = String::new();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "only {started:?} were started");
        if let Some((_, pid)) = line.trim_end().split_once("started ") {
            started.push(pid.parse().unwrap());
        }
    }
    started
}

struct Guarded(Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        guard::end(&mut self.0);
    }
}

fn parent(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

/// This program again, with only that test in it; and what it has started.
fn again(test: &str, how: &str) -> (Child, BufReader<std::process::ChildStdout>, Vec<i32>) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(END, how).env_remove(HELPER);
    // A group of its own, which a test may kill as a whole.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let started = started(&mut lines);
    (child, lines, started)
}

#[test]
fn nothing_outlives_a_test_program() {
    const TEST: &str = "nothing_outlives_a_test_program";
    if let Some(how) = std::env::var_os(END) {
        return start_and_end(how.to_str().unwrap());
    }
    // How it ends, as its exit code or minus the signal.
    for (how, code) in [
        ("panic", 101),
        ("abort", -6),
        ("pass", 1),
        ("kill outer", -9),
        ("kill inner", -9),
        ("kill tests", -9),
        ("kill group", -9),
        ("interrupt", -2),
    ] {
        let (mut child, lines, started) = again(TEST, how);
        let outer = child.id().cast_signed();
        // From the top to the bottom: the keepers come first.
        let family = guard::below(outer);
        match how {
            "kill outer" => send(outer, Signal::SIGKILL),
            "kill inner" => send(family[0], Signal::SIGKILL),
            "kill tests" => send(family[1], Signal::SIGKILL),
            "kill group" => send(-outer, Signal::SIGKILL),
            "interrupt" => send(-outer, Signal::SIGINT),
            _ => {}
        }
        let status = within(60, how, || child.try_wait().unwrap());
        assert_eq!(status.code().unwrap_or_else(|| -status.signal().unwrap()), code, "{how}");
        for pid in started.into_iter().chain(family) {
            within(30, &format!("{how}: process {pid} ends"), || (!lives(pid)).then_some(()));
        }
        let folder = std::env::temp_dir().join(format!("{}-{outer}", common::program()));
        within(30, &format!("{how}: its folder goes away"), || (!folder.exists()).then_some(()));
        // Nobody holds the other end of the pipes any more.
        drop(lines);
        let mut errors = String::new();
        child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        let reported = "error: the tests of `nothing_left` passed, but left behind: ";
        if how == "pass" {
            assert!(errors.contains(&format!("{reported}file `")), "{errors}");
            assert!(errors.matches(reported).count() > STARTED, "{errors}");
        } else {
            assert!(!errors.contains(reported), "{how}: {errors}");
        }
    }
}

/// The guard of one test, so that nothing spins until the program ends. It cannot see an orphan that has gone into a
/// session of its own: that ends with the program.
#[test]
fn nothing_outlives_a_test_that_fails() {
    let mut numbers = Vec::new();
    let keeper = std::os::unix::process::parent_id().cast_signed();
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = Guarded(command.process_group(0).spawn().unwrap());
        numbers = started(&mut BufReader::new(child.0.stdout.take().unwrap()));
        let orphan = within(10, "one loses its parent", || {
            numbers.iter().position(|pid| parent(*pid) == Some(keeper))
        });
        let orphan = numbers.remove(orphan);
        send(orphan, Signal::SIGKILL);
        panic!("an assertion that fails");
    }));
    assert!(failed.is_err());
    assert_eq!(numbers.len(), STARTED - 1);
    for pid in numbers {
        within(10, &format!("process {pid} ends"), || (!lives(pid)).then_some(()));
    }
}
