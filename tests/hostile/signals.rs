//! A stop signal before the server runs: nothing is started, and nothing is half done.

use crate::common::within;
use crate::lab::{ALLOWED, Lab, ended, finished, root};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{PipeReader, PipeWriter, Write as _, pipe};
use std::process::Stdio;

const STOPPING: [(Signal, i32); 4] =
    [(Signal::SIGTERM, 143), (Signal::SIGINT, 130), (Signal::SIGQUIT, 131), (Signal::SIGHUP, 129)];

/// The number outside of a process that `unshare` started as PID 1.
fn inner(child: u32) -> Option<i32> {
    std::fs::read_dir("/proc").unwrap().flatten().find_map(|entry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let status = std::fs::read_to_string(entry.path().join("status")).ok()?;
        status.lines().any(|line| *line == format!("PPid:\t{child}")).then_some(pid)
    })
}

/// A pipe that takes nothing any more: who writes to it waits for ever.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = pipe().unwrap();
    let size = nix::fcntl::fcntl(&writer, nix::fcntl::FcntlArg::F_GETPIPE_SZ).unwrap();
    writer.write_all(&vec![b'.'; usize::try_from(size).unwrap()]).unwrap();
    (reader, writer)
}

/// An ordinary process, and PID 1 of a namespace.
fn modes() -> Vec<&'static [&'static str]> {
    let mut modes = vec![&[][..]];
    if root("being PID 1") {
        modes.push(&["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"]);
    }
    modes
}

/// Starts it where it gets stuck in the preparation, waits until `stuck` says so, sends the signal; gives the exit code
/// and whether the server was started.
fn stopped(
    lab: &Lab,
    prefix: &[&str],
    words: &[&str],
    signal: Signal,
    stuck: impl Fn() -> bool,
) -> (Option<i32>, bool) {
    let (_reader, writer) = full_pipe();
    let mut command = lab.prefixed(prefix, words);
    command.env("ES_ENTRYPOINT_ALLOW", "").env("HOSTILE_MARK", lab.path("started"));
    command.stdout(Stdio::null()).stderr(writer);
    let mut child = command.spawn().unwrap();
    let pid = if prefix.is_empty() {
        i32::try_from(child.id()).unwrap()
    } else {
        within(10, "the process inside", || inner(child.id()))
    };
    // Asleep in the middle of a write.
    within(10, "the preparation gets stuck", || (stuck() && waits_for_a_pipe(pid)).then_some(()));
    kill(Pid::from_raw(pid), signal).unwrap();
    let status = within(10, "the end", || child.try_wait().unwrap());
    (status.code(), lab.path("started").exists())
}

fn waits_for_a_pipe(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name is that of our program, which `unshare` executes.
    stat.contains("(es-entrypoint) S ")
}

#[test]
fn before_anything_is_written() {
    let lab = Lab::new("signals-early");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${MISSING}\n");
    for prefix in modes() {
        for (signal, code) in STOPPING {
            let got = stopped(&lab, prefix, &["run"], signal, || true);
            assert_eq!(got, (Some(code), false), "{prefix:?} {signal}");
            assert!(!lab.path("runtime").exists());
        }
    }
}

#[test]
fn in_the_middle_of_writing() {
    let lab = Lab::new("signals-late");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-new}\n");
    lab.write("home/config/logging.yml", "a: ${NAME:-new}\n");
    let words = ["run", "--log-level", "debug", "--allow", ALLOWED];
    for prefix in modes() {
        for (signal, code) in STOPPING {
            let written = || lab.path("runtime/config/elasticsearch.yml").exists();
            let got = stopped(&lab, prefix, &words, signal, written);
            assert_eq!(got, (Some(code), false), "{prefix:?} {signal}");
            assert_eq!(lab.read("runtime/config/elasticsearch.yml"), "cluster.name: new\n");
            assert_eq!(lab.names("runtime/config"), ["elasticsearch.yml"]);
            std::fs::remove_dir_all(lab.path("runtime")).unwrap();
        }
    }
}

#[test]
fn while_many_files_are_given_away() {
    if !root("giving files away") {
        return;
    }
    let lab = Lab::new("signals-chown");
    for index in 0..20_000 {
        lab.write(format!("home/data/{}/{index}", index % 100), "");
    }
    let mut command = lab.command(["run", "--chown", "recursive", "--user", "12345"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // The staged configuration is written before.
    within(10, "the preparation", || lab.path("runtime/config/logging.yml").exists().then_some(()));
    let _ = kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM);
    let found = finished(child, "chown");
    // On a slow machine the server may just have been started: then it got the signal, or had ended.
    assert!(found.code == 143 || (found.started() && found.code == 0), "{found:?}");
}

/// What the launcher of 8.x does: it stays, and exits with the code of the JVM below it.
const LAUNCHER: &str = "#!/bin/sh\nulimit -c 0\nsh -c \"$HOSTILE_JVM\"\nexit $?\n";

#[test]
fn a_crash_below_a_launcher_is_told_like_that_of_the_jvm_itself() {
    let lab = Lab::new("signals-launcher");
    lab.write("home/bin/elasticsearch", LAUNCHER);
    let end = |jvm: &str| {
        let mut command = lab.command(["run"]);
        command.env("HOSTILE_JVM", jvm);
        let ended = ended(command);
        let lines =
            ended.errors.lines().filter(|line| line.starts_with("es-entrypoint: warn: ")).map(|line| {
                // The process and the time differ.
                line.split(' ')
                    .filter(|word| !word.bytes().any(|byte| byte.is_ascii_digit()))
                    .collect::<Vec<_>>()
                    .join(" ")
            });
        (ended.code, lines.collect::<Vec<String>>().join("\n"))
    };
    let (code, line) = end("kill -ABRT $$");
    assert_eq!(code, 134);
    let head = "es-entrypoint: warn: `elasticsearch` (process exited with code after s: signal (ABRT) ended a process \
                below it; no signal was forwarded to it before";
    assert!(line.starts_with(head), "{line}");
    let tail = "; a JVM that crashed leaves `hs_err_pid*.log` in its working directory, or where `-XX:ErrorFile` says";
    assert!(line.ends_with(tail), "{line}");
    for (jvm, code) in [("exit 78", 78), ("exit 1", 1), ("exit 127", 127), ("true", 0)] {
        assert_eq!(end(jvm), (code, String::new()), "{jvm}");
    }
}
