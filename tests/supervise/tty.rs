//! Rule 15: the terminal. The child gets the foreground where we have it, and we take it back.

use super::common::{binary, guard, within};
use super::helper;
use super::lab::{self, Mode, modes, prefixed};
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
    fn init(mode: Mode, words: &[&str]) -> Self {
        let words = lab::init_words(mode, words);
        Self::start(mode, &words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn start(mode: Mode, words: &[&str]) -> Self {
        let (ours, path) = helper::terminal();
        let theirs = || Stdio::from(OpenOptions::new().read(true).write(true).open(&path).unwrap());
        // The first process leads a session of its own, as an engine starts it; what is before it has no terminal.
        let first = mode.is_first();
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
                self.lines.recv_timeout(Duration::from_secs(60)).expect("a line on the terminal within 60 s");
            if !echo.contains(&line.as_str()) {
                return line;
            }
        }
    }

    #[track_caller]
    fn code(&mut self) -> i32 {
        within(60, "the command on the terminal ends", || self.child.try_wait().unwrap()).code().unwrap()
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        guard::end(&mut self.child);
    }
}

const OPTIONS: [&[&str]; 3] = [&[], &["--group"], &["--session"]];

#[test]
fn rule_15_a_key_reaches_the_child_once() {
    let script = "n=0; trap 'n=$((n+1)); echo int $n' INT; trap 'exit $((n+40))' QUIT
                  echo ready; while :; do sleep 0.01; done";
    for &mode in modes() {
        for options in OPTIONS {
            let words = [options, &["sh", "-c", script]].concat();
            let mut terminal = OnTerminal::init(mode, &words);
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
        let mut terminal = OnTerminal::init(mode, &["--session", "--", "sh", "-c", script]);
        assert_eq!(terminal.line(&[]), "tty", "{mode:?}");
        assert_eq!(terminal.code(), 4, "{mode:?}");
    }
}

/// A script that prints on which side of the terminal it is: `foreground` or `background`.
const SIDE: &str =
    r#"set -- $(cut -d " " -f 5,8 /proc/self/stat); [ $1 = $2 ] && echo foreground || echo background"#;

#[test]
fn rule_15_ctrl_c_ends_a_plain_program_with_130() {
    for &mode in modes() {
        for options in OPTIONS {
            let words = [options, &["sh", "-c", "echo ready; exec sleep 60"]].concat();
            let mut terminal = OnTerminal::init(mode, &words);
            assert_eq!(terminal.line(&[]), "ready", "{mode:?} {options:?}");
            terminal.press(b"\x03");
            assert_eq!(terminal.code(), 130, "{mode:?} {options:?}");
        }
    }
}

#[test]
fn rule_15_a_new_size_reaches_the_child_once() {
    let script = "n=0; trap 'n=$((n+1)); stty size </dev/tty' WINCH; trap 'echo $n; exit 6' USR1
                  echo ready; while :; do sleep 0.01; done";
    for &mode in modes() {
        for options in OPTIONS {
            let words = [options, &["sh", "-c", script]].concat();
            let mut terminal = OnTerminal::init(mode, &words);
            assert_eq!(terminal.line(&[]), "ready", "{mode:?} {options:?}");
            helper::resize(&terminal.keys, 33, 77);
            assert_eq!(terminal.line(&[]), "33 77", "{mode:?} {options:?}");
            let own = i32::try_from(terminal.child.id()).unwrap();
            // `unshare` and `setsid` become other processes' parents or the binary itself.
            let ours = if mode.is_first() { lab::children(own)[0] } else { own };
            helper::send(ours, 10);
            // In a group the signal ends a `sleep` too, and the shell says so.
            assert_eq!(terminal.line(&["User defined signal 1"]), "1", "{mode:?} {options:?}");
            assert_eq!(terminal.code(), 6);
        }
    }
}

/// The child is stopped by the key, we are not; what continues us continues the child.
#[test]
fn rule_10_the_stop_key_stops_the_child_and_not_us() {
    // Nothing but the shell itself: only that is continued where no group is.
    let script = "trap 'echo continued; exit 5' CONT; echo ready; while :; do read x; done";
    for &mode in modes() {
        for options in [&[][..], &["--group"]] {
            let words = [options, &["sh", "-c", script]].concat();
            let mut terminal = OnTerminal::init(mode, &words);
            assert_eq!(terminal.line(&[]), "ready", "{mode:?} {options:?}");
            let own = i32::try_from(terminal.child.id()).unwrap();
            let ours = if mode.is_first() { lab::children(own)[0] } else { own };
            let child = lab::children(ours)[0];
            terminal.press(b"\x1a");
            within(
                20,
                &format!("the child stops, {mode:?} {options:?} {}", lab::status(child, "Pid")),
                || lab::status(child, "State").starts_with('T').then_some(()),
            );
            assert!(!lab::status(ours, "State").starts_with('T'), "{mode:?} {options:?}");
            helper::send(ours, 18);
            assert_eq!(terminal.line(&["^Z"]).trim_start_matches("^Z"), "continued", "{mode:?} {options:?}");
            assert_eq!(terminal.code(), 5, "{mode:?} {options:?}");
        }
    }
}

/// A user's TSTP is no key: it stops the child of a group, as it would stop the program itself.
#[test]
fn rule_10_a_stop_signal_of_a_user_stops_the_child_and_not_us() {
    for &mode in modes() {
        for signal in [20, 21, 22] {
            let options = ["--group", "--forward", "TSTP,TTIN,TTOU"];
            let words = [&options[..], &["sh", "-c", "echo ready; kill -STOP $$; echo on; exec sleep 60"]];
            let mut running = lab::Running::start(&mut lab::init(mode, &words.concat()));
            assert_eq!(running.line(), "ready", "{mode:?} {signal}");
            let ours = running.pid();
            let child = lab::children(ours)[0];
            let stopped = || lab::status(child, "State").starts_with('T').then_some(());
            within(20, "the child stops itself", stopped);
            running.send(18);
            assert_eq!(running.line(), "on", "{mode:?} {signal}");
            running.send(signal);
            within(20, "the child is stopped", stopped);
            assert!(!lab::status(ours, "State").starts_with('T'), "{mode:?} {signal}");
            running.send(15);
            running.send(18);
            assert_eq!(running.code(), 143, "{mode:?} {signal}");
        }
    }
}

#[test]
fn rule_15_standard_input_need_not_be_the_terminal() {
    for &mode in modes() {
        for options in [&[][..], &["--group"]] {
            // The terminal is known by its name alone; a further descriptor only keeps it open until somebody reads.
            let script = format!("{{ {SIDE}; read x; echo got $x; read y; }} </dev/tty >/dev/tty 2>&1");
            let inner = lab::init_words(mode, &[options, &["sh", "-c", &script]].concat());
            let words = [
                vec!["sh".to_owned(), "-c".to_owned()],
                vec!["exec \"$@\" 9<&0 </dev/null >/dev/null 2>&1".to_owned(), "sh".to_owned()],
                inner,
            ]
            .concat();
            let mut terminal = OnTerminal::start(mode, &words.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(terminal.line(&[]), "foreground", "{mode:?} {options:?}");
            terminal.press(b"typed\n");
            assert_eq!(terminal.line(&["typed"]), "got typed", "{mode:?} {options:?}");
            terminal.press(b"\n");
            assert_eq!(terminal.code(), 0, "{mode:?} {options:?}");
        }
    }
}

#[test]
fn rule_15_no_controlling_terminal_is_no_problem() {
    for &mode in modes() {
        for options in OPTIONS {
            let words = lab::init_words(mode, &[options, &["sh", "-c", "exit 4"]].concat());
            let words: Vec<&str> =
                ["setsid", "--wait"].into_iter().chain(words.iter().map(String::as_str)).collect();
            assert_eq!(
                lab::output(&mut prefixed(mode, &words)),
                (4, String::new(), String::new()),
                "{mode:?} {options:?}"
            );
        }
    }
}

/// Started behind a job-control shell's `&`, the foreground is the shell's and stays it.
#[test]
fn rule_15_in_the_background_the_foreground_is_not_taken() {
    for &mode in modes().iter().filter(|mode| !mode.is_first()) {
        for options in ["", "--group"] {
            let inner = lab::init_words(mode, &["INNER"]);
            let command = inner[..inner.len() - 2].join(" ");
            let script = format!(
                "set -m; SIDE='{SIDE}; exit 9'; {command} {options} -- sh -c \"$SIDE\" & wait $!; echo code $?; read x; echo got $x; read y"
            );
            let mut terminal = OnTerminal::start(Mode::Ordinary, &["sh", "-c", &script]);
            assert_eq!(terminal.line(&[]), "background", "{mode:?} {options}");
            while terminal.line(&[]) != "code 9" {}
            terminal.press(b"typed\n");
            assert_eq!(terminal.line(&["typed"]), "got typed", "{mode:?} {options}");
            terminal.press(b"\n");
            assert_eq!(terminal.code(), 0);
        }
    }
}

/// However the child ends, and where nothing could be started, the shell that started us reads again.
#[test]
fn rule_15_the_foreground_comes_back_from_every_end() {
    for &mode in modes().iter().filter(|mode| !mode.is_first()) {
        for (child, code) in [("sh -c 'kill -9 $$'", 137), ("sh -c 'exit 3'", 3), ("/no/such/program", 127)] {
            let inner = lab::init_words(mode, &["INNER"]);
            let command = inner[..inner.len() - 2].join(" ");
            let script = format!("{command} -- {child}; echo code $?; read x; echo got $x; read y");
            let mut terminal = OnTerminal::start(Mode::Ordinary, &["sh", "-c", &script]);
            let wanted = format!("code {code}");
            while terminal.line(&[]) != wanted {}
            terminal.press(b"typed\n");
            assert_eq!(terminal.line(&["typed"]), "got typed", "{mode:?} {child}");
            terminal.press(b"\n");
            assert_eq!(terminal.code(), 0);
        }
    }
}
