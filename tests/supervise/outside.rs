//! Stop signals of images that were made for systemd, and of system containers: RTMIN+3 and PWR stop the server where
//! they come from outside, and nothing where a process of the container sends them.

use super::lab::{Mode, Running, modes, output, prefixed, this_program};
use super::{TERM, common, helper};
use std::path::Path;
use std::process::{Command, Stdio};

/// RTMIN+3 and PWR.
const STOPS: [(i32, &str); 2] = [(37, "RTMIN+3"), (30, "PWR")];

/// `run` with its own table of signals; nothing where this user may not.
fn run(mode: Mode, options: &[&str], child: &[&str]) -> Option<Command> {
    if !modes().contains(&Mode::RunFirst) {
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("supervise-outside");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("elasticsearch.yml"), "cluster.name: outside\n").unwrap();
    let (binary, folder) = (common::binary().to_str().unwrap(), folder.to_str().unwrap());
    let own = [
        &[binary, "run", "--config-dir", folder, "--user", "0:0", "--allow"][..],
        &["host/root,host/memory,host/disk-watermark,host/nofile,host/nproc,host/max-map-count"],
    ]
    .concat();
    Some(prefixed(mode, &[&own, options, &["--"], child].concat()))
}

const SLEEPS: [&str; 3] = ["sh", "-c", "echo ready; exec sleep 60"];

#[test]
fn from_outside_they_stop_the_server_as_term_does() {
    for (signal, _) in STOPS {
        for (options, code) in [(&[][..], 143), (&["--stop-status", "0"], 0)] {
            let Some(mut command) = run(Mode::First, options, &SLEEPS) else { return };
            let mut running = Running::start(&mut command);
            assert_eq!(running.line(), "ready");
            running.send(signal);
            assert_eq!(running.code(), code, "{signal}");
            assert_eq!(running.rest(), (String::new(), String::new()), "{signal}");
        }
    }
}

#[test]
fn what_they_became_is_told_with_the_death() {
    // The child ends otherwise than by the TERM that it got.
    let script = "trap 'kill -KILL $$' TERM; echo ready; while :; do sleep 0.01; done";
    for (signal, name) in STOPS {
        let Some(mut command) = run(Mode::First, &[], &["sh", "-c", script]) else { return };
        let mut running = Running::start(&mut command);
        assert_eq!(running.line(), "ready");
        running.send(signal);
        assert_eq!(running.code(), 137);
        let error = running.rest().1;
        let told = format!("; first signal: {name} from outside, forwarded as TERM ");
        assert!(error.contains(&told), "{error}");
    }
}

#[test]
fn the_stop_timeout_counts_from_them() {
    let script = "trap '' TERM; echo ready; while :; do sleep 0.01; done";
    for (signal, _) in STOPS {
        let Some(mut command) = run(Mode::First, &["--stop-timeout", "0.1"], &["sh", "-c", script]) else {
            return;
        };
        let mut running = Running::start(&mut command);
        assert_eq!(running.line(), "ready");
        running.send(signal);
        assert_eq!(running.code(), 137);
    }
}

#[test]
fn from_a_process_of_the_container_they_stop_nothing() {
    for (signal, name) in STOPS {
        let taken = "while grep -q '^ShdPnd:.*[1-9a-f]' /proc/$PPID/status; do :; done";
        let script = format!("kill -{signal} $PPID; {taken}; exit 6");
        for mode in [Mode::Ordinary, Mode::First] {
            let Some(mut command) = run(mode, &[], &["sh", "-c", &script]) else { return };
            let (code, _, error) = output(&mut command);
            assert_eq!(code, 6, "{mode:?}");
            let line = error.lines().next().unwrap_or_default();
            let (head, tail) = line.split_once(" from process ").unwrap();
            assert_eq!(head, format!("es-entrypoint: {name}"));
            let hint = format!(
                "dropped: it stops the server only from outside of the container; `--rewrite {name}:TERM` \
                 forwards it as TERM from everywhere"
            );
            assert_eq!(tail.split_once(' ').unwrap().1, hint);
        }
    }
}

#[test]
fn options_decide_first() {
    let program = this_program();
    for (signal, name) in STOPS {
        for (options, received) in [
            (["--forward", name], format!("{signal} 0 0")),
            (["--rewrite", &format!("{name}:INT")], "2 0 0".to_owned()),
            (["--drop", name], "15 0 0".to_owned()),
        ] {
            let Some(mut command) = run(Mode::First, &options, &[&program]) else { return };
            let mut running = Running::start(command.env(helper::VARIABLE, "record"));
            assert!(running.line().starts_with("ready "));
            running.send(signal);
            if options[0] == "--drop" {
                running.send(TERM);
            }
            assert_eq!(running.line(), received, "{options:?}");
            running.send(TERM);
            assert_eq!(running.code(), 0, "{options:?}");
        }
    }
}

/// The helper that prepares, with the table of a JVM.
fn preparing(mode: Mode) -> Command {
    let mut command = prefixed(mode, &[&this_program()]);
    command.env(helper::VARIABLE, "prepare").env("SUPERVISE_JVM", "1").stdin(Stdio::piped());
    command.env("SUPERVISE_SCRIPT", "echo started");
    command
}

#[test]
fn while_the_start_is_prepared_nothing_is_started() {
    for (signal, _) in STOPS {
        let Some(_) = run(Mode::First, &[], &SLEEPS) else { return };
        let mut running = Running::start(&mut preparing(Mode::First));
        assert_eq!(running.line(), "preparing");
        running.send(signal);
        assert_eq!(running.code(), 143, "{signal}");
        assert_eq!(running.rest(), (String::new(), String::new()));
        // Sent by this process, which is no one outside.
        let mut running = Running::start(&mut preparing(Mode::Ordinary));
        assert_eq!(running.line(), "preparing");
        running.send(signal);
        drop(running.child.stdin.take());
        assert_eq!(running.code(), 0, "{signal}");
        assert_eq!(running.rest().0, "started\n", "{signal}");
    }
}

#[test]
fn between_preparation_and_spawn_nothing_is_started() {
    use std::io::Write as _;
    for (signal, name) in STOPS {
        let Some(_) = run(Mode::First, &[], &SLEEPS) else { return };
        for mode in [Mode::Ordinary, Mode::First] {
            let mut running = Running::start(preparing(mode).env("SUPERVISE_PREPARED", "1"));
            assert_eq!(running.line(), "preparing");
            writeln!(running.child.stdin.as_mut().unwrap()).unwrap();
            assert_eq!(running.line(), "prepared");
            running.send(signal);
            drop(running.child.stdin.take());
            let (code, out, error) = if mode.is_first() {
                let error =
                    format!("es-entrypoint: {name} came before `sh` was started: nothing was started\n");
                (143, "", error)
            } else {
                let error = format!(
                    "es-entrypoint: {name} from process {} dropped: it stops the server only from outside of \
                     the container; `--rewrite {name}:TERM` forwards it as TERM from everywhere\n",
                    std::process::id()
                );
                (0, "started\n", error)
            };
            assert_eq!(running.code(), code, "{mode:?} {signal}");
            assert_eq!(running.rest(), (out.to_owned(), error), "{mode:?} {signal}");
        }
    }
}
