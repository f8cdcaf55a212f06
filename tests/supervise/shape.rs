//! What the two processes look like: descriptors, directories, memory, users, kinship.

use super::lab::{self, Mode, Running, init, modes, output, plain_modes, prefixed, recorder};
use super::{INT, TERM, USR2, common, helper};
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn rule_16_we_hold_no_descriptor_and_no_directory_and_the_child_keeps_both() {
    for &mode in modes() {
        let mut command = init(mode, &["sh", "-c", "readlink /proc/self/fd/7; pwd; exec sleep 60"]);
        command.current_dir("/usr/share");
        helper::start_with_descriptor(&mut command);
        let mut running = Running::start(&mut command);
        assert_eq!(
            (running.line(), running.line()),
            ("/dev/null".to_owned(), "/usr/share".to_owned()),
            "{mode:?}"
        );
        let own = format!("/proc/{}", running.pid());
        common::within(10, "our directory is /", || {
            (std::fs::read_link(format!("{own}/cwd")).ok()? == std::path::Path::new("/")).then_some(())
        });
        // A counter is read once more behind that.
        common::within(10, "no descriptor but these", || {
            let mut open: Vec<_> = std::fs::read_dir(format!("{own}/fd"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            open.sort();
            (open == ["0", "1", "2"]).then_some(())
        });
    }
}

#[test]
fn rule_17_orphans_become_ours_unless_that_is_not_wanted() {
    let is_ours = |mode: Mode, options: &[&str]| {
        // The subshell ends before the second line, so its child is an orphan then.
        let script = "(sh -c 'exec sleep 60' & echo $!); echo orphaned; exec sleep 60";
        let mut command = init(mode, &[options, &["--", "sh", "-c", script]].concat());
        let mut running = Running::start(&mut command);
        let orphan: i32 = running.line().parse().unwrap();
        assert_eq!(running.line(), "orphaned");
        let parent = lab::status(orphan, "PPid");
        let own = running.pid().to_string();
        helper::send(orphan, 9);
        parent == own
    };
    for &mode in modes().iter().filter(|mode| !mode.is_first()) {
        for delivery in [&[][..], &["--group"], &["--session"]] {
            assert!(is_ours(mode, delivery), "{mode:?} {delivery:?}");
            assert!(!is_ours(mode, &[delivery, &["--no-subreaper"]].concat()), "{mode:?} {delivery:?}");
        }
    }
}

#[test]
fn rule_18_our_death_is_the_death_of_the_child() {
    for &mode in modes().iter().filter(|mode| !mode.is_first()) {
        for options in [&[][..], &["--group"], &["--session"]] {
            let mut running = Running::start(&mut recorder(mode, options));
            let child: i32 = running.line().split(' ').nth(1).unwrap().parse().unwrap();
            running.send(9);
            common::within(10, "the child is gone", || (!lab::lives(child)).then_some(()));
        }
    }
}

/// What the child started itself ends with us only where we are PID 1: elsewhere the kernel signals the child alone.
#[test]
fn rule_18_the_death_of_pid_1_is_the_death_of_all() {
    for &mode in modes() {
        let script = "setsid sh -c 'trap \"\" TERM HUP; echo ready; exec sleep 60' & wait";
        let mut running = Running::start(&mut init(mode, &["sh", "-c", script]));
        assert_eq!(running.line(), "ready");
        let child = lab::children(running.pid())[0];
        let grandchild = lab::children(child)[0];
        running.send(9);
        common::within(10, "the child is gone", || (!lab::lives(child)).then_some(()));
        if mode.is_first() {
            common::within(10, "the grandchild is gone", || (!lab::lives(grandchild)).then_some(()));
        } else {
            assert!(lab::lives(grandchild), "{mode:?}");
            helper::send(grandchild, 9);
        }
    }
}

fn as_root() -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        common::skip("changing the user needs root");
    }
    root
}

/// As PID 1 in a namespace without user mapping, which only root may make.
const AS_FIRST: [&str; 5] = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"];

#[test]
fn rule_21_child_and_supervisor_are_the_user_asked_for_and_nothing_more() {
    if !as_root() {
        return;
    }
    let binary = common::binary().to_str().unwrap();
    let script = "grep -hE '^(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs)' /proc/self/status /proc/$PPID/status";
    let one = "Uid:\t12345\t12345\t12345\t12345\nGid:\t54\t54\t54\t54\nGroups:\t \nCapInh:\t0000000000000000\n\
               CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t";
    for way in [&[][..], &AS_FIRST] {
        let words = [way, &[binary, "init", "--user", "12345:54", "--", "sh", "-c", script]].concat();
        let (code, out, error) = output(&mut prefixed(Mode::Ordinary, &words));
        assert_eq!((code, error.as_str()), (0, ""));
        let processes: Vec<&str> = out.split_inclusive("NoNewPrivs:\t").collect();
        assert_eq!(processes.len(), 3, "{out}");
        for process in &processes[..2] {
            assert_eq!(process.trim_start_matches(|c: char| c.is_ascii_digit() || c == '\n'), one);
        }
    }
}

#[test]
fn the_right_to_lock_memory_goes_to_the_child_alone() {
    if !as_root() {
        return;
    }
    let (code, out, error) =
        output(prefixed(Mode::Ordinary, &[&lab::this_program()]).env(helper::VARIABLE, "lock"));
    assert_eq!((code, error.as_str()), (0, ""));
    let process = |capabilities: &str| {
        let lines = ["Uid:\t12345", "Groups:\t7 100 "].map(str::to_owned);
        let sets = ["CapInh", "CapPrm", "CapEff", "CapAmb"].map(|set| format!("{set}:\t{capabilities}"));
        [&lines[..], &sets].concat().join("\n")
    };
    // Where we have no such right ourselves there is none to give.
    let own = u64::from_str_radix(&lab::status(std::process::id().cast_signed(), "CapPrm"), 16).unwrap();
    let child = if own & 1 << 14 == 0 { "0000000000000000" } else { "0000000000004000" };
    assert_eq!(out, format!("{}\n{}\n", process(child), process("0000000000000000")));
}

#[test]
fn rule_22_after_the_change_of_user_our_death_is_still_the_childs_and_limits_stay() {
    if !as_root() {
        return;
    }
    let limits = output(&mut prefixed(Mode::Ordinary, &["sh", "-c", "ulimit -Sa"])).1;
    assert_eq!(output(&mut init(Mode::Ordinary, &["--user", "12345:0", "sh", "-c", "ulimit -Sa"])).1, limits);
    let mut running = Running::start(&mut init(
        Mode::Ordinary,
        &["--user", "12345:0", "sh", "-c", "echo $$; exec sleep 60"],
    ));
    let child: i32 = running.line().parse().unwrap();
    running.send(9);
    common::within(10, "the child is gone", || (!lab::lives(child)).then_some(()));
}

#[test]
fn the_user_that_changed_can_still_signal_the_child() {
    if !as_root() {
        return;
    }
    let mut running = Running::start(&mut init(
        Mode::Ordinary,
        &["--user", "12345:0", "sh", "-c", "echo ready; exec sleep 60"],
    ));
    assert_eq!(running.line(), "ready");
    running.send(TERM);
    assert_eq!(running.code(), 143);
}

#[test]
fn an_unchanged_environment_reaches_the_child() {
    for &mode in plain_modes() {
        let mut command = init(mode, &["env"]);
        command.env("A", "1").env("B", " two\nlines=").stdin(Stdio::null());
        let (code, out, _) = output(&mut command);
        assert_eq!(code, 0);
        assert_eq!(
            out,
            output(prefixed(mode, &["env"]).env("A", "1").env("B", " two\nlines=")).1,
            "{mode:?}"
        );
    }
}

/// `run` of any program: nothing to prepare, but the reexec.
fn run_and_reexec(mode: Mode, options: &[&str], script: &str) -> Running {
    let binary = common::binary().to_str().unwrap();
    let runtime = concat!(env!("CARGO_TARGET_TMPDIR"), "/second-life");
    let words =
        [&[binary, "run", "--user=0", "--runtime-dir", runtime], options, &["--", "sh", "-c", script]]
            .concat();
    Running::start(prefixed(mode, &words).env("SECRET", "pebble").env("A", "1"))
}

/// The command line is the one of the reexec.
fn is_reexecuted(pid: i32) -> bool {
    std::fs::read(format!("/proc/{pid}/cmdline"))
        .is_ok_and(|line| line.starts_with(b"es-entrypoint\0init\0--reexec\0"))
}

#[track_caller]
fn await_reexec(pid: i32) {
    common::within(10, "the reexec", || is_reexecuted(pid).then_some(()));
}

#[test]
fn after_the_reexec_supervision_goes_on_as_before() {
    for &mode in plain_modes() {
        assert_eq!(run_and_reexec(mode, &[], "exit 7").code(), 7, "{mode:?}");
        let script = "trap 'exit 4' INT; echo $A; while :; do sleep 0.01; done";
        let mut running = run_and_reexec(mode, &[], script);
        assert_eq!(running.line(), "1", "{mode:?}");
        await_reexec(running.pid());
        // For a moment it has the name by which it executed itself.
        let named = || (lab::status(running.pid(), "Name") == "es-entrypoint").then_some(());
        common::within(10, "the name is ours", named);
        let environment = std::fs::read(format!("/proc/{}/environ", running.pid())).unwrap();
        assert_eq!(String::from_utf8_lossy(&environment), "", "{mode:?}");
        running.send(INT);
        assert_eq!(running.code(), 4, "{mode:?}");
        let mut running = run_and_reexec(
            mode,
            &["--group", "--stop-status=0", "--log-level=debug"],
            "echo ready; exec sleep 60",
        );
        assert_eq!(running.line(), "ready");
        await_reexec(running.pid());
        running.send(TERM);
        assert_eq!(running.code(), 0, "{mode:?}");
        let error = running.rest().1;
        assert!(error.ends_with("es-entrypoint: TERM forwarded\n"), "{error}");
    }
}

/// Only a JVM may need a signal twice; no other program shall count more than was sent.
#[test]
fn an_early_stop_is_sent_again_to_a_jvm_only() {
    let binary = common::binary().to_str().unwrap();
    let directory = std::env::temp_dir().join(format!("early-stop-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let runtime = directory.join("run");
    let runtime = runtime.to_str().unwrap();
    let java = directory.join("java");
    std::os::unix::fs::symlink("/bin/sh", &java).unwrap();
    for (program, stop) in [("sh", "once"), (java.to_str().unwrap(), "again")] {
        let words = [
            binary,
            "run",
            "--user=0",
            "--runtime-dir",
            runtime,
            "--",
            program,
            "-c",
            "echo ready; exec sleep 60",
        ];
        let mut running = Running::start(&mut prefixed(Mode::Ordinary, &words));
        assert_eq!(running.line(), "ready");
        await_reexec(running.pid());
        let line = std::fs::read(format!("/proc/{}/cmdline", running.pid())).unwrap();
        let expected = format!("\0--early-stop={stop}\0");
        assert!(String::from_utf8_lossy(&line).contains(&expected), "{program}");
    }
    std::fs::remove_dir_all(directory).unwrap();
}

/// Rule 2: around the spawn and our own execution a signal may come at any moment. A TERM ends us or the child, and
/// what does not end us reaches the child.
#[test]
fn rule_02_no_signal_around_the_reexec_is_lost() {
    let deliveries: [&[&str]; 3] = [&[], &["--group"], &["--session"]];
    for &mode in plain_modes() {
        // Counted from the blocking of signals, and in finer steps from the birth of the child.
        for (from_birth, step, microseconds) in
            (0..90).map(|step| (false, step, 100 * step)).chain((0..90).map(|step| (true, step, 8 * step)))
        {
            let signal = if step % 3 == 2 { USR2 } else { TERM };
            let delivery = deliveries[usize::try_from(step / 3).unwrap() % deliveries.len()];
            let options = [delivery, &["--log-level=off", "--forward=USR2"]].concat();
            let mut running = run_and_reexec(mode, &options, "exec sleep 60");
            let pid = running.pid();
            // A long look would miss the moment that is looked for.
            let deadline = Instant::now() + Duration::from_secs(20);
            let there = || {
                let child = !lab::children(pid).is_empty();
                // Our own mask: `unshare` blocks two signals for a moment, and what comes then is its affair.
                child || !from_birth && lab::status(pid, "SigBlk").starts_with("ffffffff")
            };
            while !there() {
                assert!(Instant::now() < deadline, "{mode:?}: it does not come so far");
            }
            let moment = Instant::now() + Duration::from_micros(microseconds);
            while Instant::now() < moment {}
            helper::send(pid, signal);
            assert_eq!(running.code(), 128 + signal, "{mode:?} {delivery:?} {from_birth}, step {step}");
        }
    }
}
