//! Rule 15: the terminal. The foreground is lent to the child where we have it, and taken back.

use super::common::{binary, within};
use super::helper;
use super::lab::{Mode, modes, prefixed};
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// A command that leads a session on a terminal.
struct OnTerminal {
    child: Child,
    keys: File,
    lines: Receiver<String>,
}

impl OnTerminal {
    fn start(mode: Mode, words: &[&str]) -> Self {
        let (ours, path) = helper::terminal();
        let theirs = || Stdio::from(OpenOptions::new().read(true).write(true).open(&path).unwrap());
        // The first process leads a session of its own, as an engine starts it; what is before it has no terminal.
        let first = mode == Mode::First;
        let leader: &[&str] = if first { &["setsid", "--ctty"] } else { &[] };
        let mut command = prefixed(mode, &[leader, words].concat());
        command.stdin(theirs()).stdout(theirs()).stderr(theirs());
        helper::start_on_terminal(&mut command, !first);
        let child = command.spawn().unwrap();
        drop(command);
        let (sender, lines) = channel();
        let reader = BufReader::new(ours.try_clone().unwrap());
        std::thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                let _ = sender.send(line.trim_end().to_owned());
            }
        });
        Self { child, keys: ours, lines }
    }

    fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).unwrap();
    }

    /// The next line that is not the echo of what was typed.
    #[track_caller]
    fn line(&self, echo: &[&str]) -> String {
        loop {
            let line =
                self.lines.recv_timeout(Duration::from_secs(20)).expect("a line on the terminal within 20 s");
            if !echo.contains(&line.as_str()) {
                return line;
            }
        }
    }

    #[track_caller]
    fn code(&mut self) -> i32 {
        within(20, "the command on the terminal ends", || self.child.try_wait().unwrap()).code().unwrap()
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const OPTIONS: [&[&str]; 3] = [&[], &["--group"], &["--session"]];

#[test]
fn rule_15_a_key_reaches_the_child_once() {
    let script = "n=0; trap 'n=$((n+1)); echo int $n' INT; trap 'exit $((n+40))' QUIT
                  echo ready; while :; do sleep 0.01; done";
    for &mode in modes() {
        for options in OPTIONS {
            let words = [&[binary().to_str().unwrap(), "init"], options, &["sh", "-c", script]].concat();
            let mut terminal = OnTerminal::start(mode, &words);
            assert_eq!(terminal.line(&[]), "ready", "{mode:?} {options:?}");
            terminal.press(b"\x03");
            assert_eq!(terminal.line(&[]).trim_start_matches("^C"), "int 1", "{mode:?} {options:?}");
            terminal.press(b"\x1c");
            assert_eq!(terminal.code(), 41, "{mode:?} {options:?}");
        }
    }
}

#[test]
fn rule_15_the_child_reads_and_the_foreground_comes_back() {
    let binary = binary().to_str().unwrap();
    for options in ["", "--group"] {
        let script = format!(
            "{binary} init {options} -- sh -c 'echo ready; read x; echo child=$x'; echo again; read y; echo parent=$y; read z"
        );
        let mut terminal = OnTerminal::start(Mode::Ordinary, &["sh", "-c", &script]);
        assert_eq!(terminal.line(&[]), "ready", "{options}");
        terminal.press(b"one\n");
        assert_eq!(terminal.line(&["one"]), "child=one", "{options}");
        assert_eq!(terminal.line(&["one"]), "again", "{options}");
        terminal.press(b"two\n");
        // The terminal stays open until its last line is read: what waits in one that closes may be lost.
        assert_eq!(terminal.line(&["two"]), "parent=two", "{options}");
        terminal.press(b"end\n");
        assert_eq!(terminal.code(), 0);
    }
}

#[test]
fn rule_15_a_shell_has_job_control() {
    for &mode in modes() {
        for options in OPTIONS {
            let words =
                [&[binary().to_str().unwrap(), "init"], options, &["sh", "-mc", "echo flags=$-"]].concat();
            let terminal = OnTerminal::start(mode, &words);
            let line = terminal.line(&[]);
            assert!(line.starts_with("flags=") && line.contains('m'), "{mode:?} {options:?}: {line}");
        }
    }
}

#[test]
fn rule_15_a_session_gets_the_terminal_and_no_hangup_of_ours() {
    let script = "trap 'echo hup' HUP; trap 'echo cont' CONT; sleep 0.05; : </dev/tty && echo tty; exit 4";
    for &mode in modes() {
        let words = [binary().to_str().unwrap(), "init", "--session", "--", "sh", "-c", script];
        let mut terminal = OnTerminal::start(mode, &words);
        assert_eq!(terminal.line(&[]), "tty", "{mode:?}");
        assert_eq!(terminal.code(), 4, "{mode:?}");
    }
}
