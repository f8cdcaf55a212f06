//! The rules of a PID 1, one test each (`rule_NN_…`), as PID 1 and as an ordinary process.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may fail and may say why"
)]

mod common;
#[path = "supervise/faults.rs"]
mod faults;
#[path = "supervise/helper.rs"]
mod helper;
#[path = "supervise/jvm.rs"]
mod jvm;
#[path = "supervise/lab.rs"]
mod lab;
#[path = "supervise/orphans.rs"]
mod orphans;
#[path = "supervise/outside.rs"]
mod outside;
#[path = "supervise/prepare.rs"]
mod prepare;
#[path = "supervise/shape.rs"]
mod shape;
#[path = "supervise/stdio.rs"]
mod stdio;
#[path = "supervise/stop.rs"]
mod stop;
#[path = "supervise/tty.rs"]
mod tty;

use lab::{Mode, init, modes, output, plain_modes, prefixed, recorder, this_program};
use std::process::Stdio;

const HUP: i32 = 1;
const INT: i32 = 2;
const USR2: i32 = 12;
const TERM: i32 = 15;
const CONT: i32 = 18;
const STOP: i32 = 19;

/// The test program becomes the helper, which executes the binary with a signal already waiting.
fn with_pending(mode: Mode, signal: i32, options: &[&str], child: &[&str]) -> (i32, String, String) {
    let binary = common::binary().to_str().unwrap();
    let program = this_program();
    let mut command = prefixed(mode, &[&[&program, binary, "init"], options, &["--"], child].concat());
    command.env(helper::VARIABLE, "pending").env("SUPERVISE_PENDING", signal.to_string());
    output(&mut command)
}

#[test]
fn rule_01_signals_are_blocked_before_anything_else() {
    use nix::libc::{SYS_ppoll, SYS_rt_sigaction, SYS_sigaltstack};
    let calls = helper::calls_before_blocking(&mut init(Mode::Ordinary, &["true"]));
    // The runtime's own start does these first; what comes before is the dynamic linker, where there is one.
    for late in [SYS_ppoll, SYS_rt_sigaction, SYS_sigaltstack] {
        assert!(!calls.contains(&u64::try_from(late).unwrap()), "{late} came first: {calls:?}");
    }
    assert!(calls.len() < 100, "{calls:?}");
}

#[test]
fn rule_02_a_stop_signal_that_waits_at_the_start_ends_us_and_starts_nothing() {
    for &mode in plain_modes() {
        for (name, signal) in [("HUP", HUP), ("INT", INT), ("QUIT", 3), ("TERM", TERM)] {
            let reported =
                format!("es-entrypoint: {name} came before `echo` was started: nothing was started\n");
            for options in [&[][..], &["--group"], &["--session"]] {
                let result = with_pending(mode, signal, options, &["echo", "started"]);
                assert_eq!(result, (128 + signal, String::new(), reported.clone()), "{mode:?} {options:?}");
            }
        }
    }
}

#[test]
fn rule_02_no_pending_term_of_200_is_lost() {
    for options in [&[][..], &["--group"]] {
        for _ in 0..200 {
            assert_eq!(with_pending(Mode::Ordinary, TERM, options, &["sleep", "60"]).0, 143);
        }
    }
}

#[test]
fn rule_02_a_dropped_stop_signal_does_not_hinder_the_start() {
    let result = with_pending(Mode::Ordinary, TERM, &["--drop", "TERM"], &["echo", "started"]);
    assert_eq!((result.0, result.1.as_str()), (0, "started\n"));
}

#[test]
fn rule_03_no_signal_of_200_is_lost_between_fork_and_exec() {
    for options in [&[][..], &["--group"], &["--session"]] {
        for _ in 0..200 {
            assert_eq!(with_pending(Mode::Ordinary, USR2, options, &["sleep", "60"]).0, 128 + USR2);
        }
    }
}

#[test]
fn rule_03_the_child_leads_its_group_before_it_can_be_signalled() {
    for &mode in modes() {
        for (options, leads) in [(&[][..], false), (&["--group"], true), (&["--session"], true)] {
            let mut running = lab::Running::start(&mut recorder(mode, options));
            let ready = running.line();
            let numbers: Vec<&str> = ready.split(' ').collect();
            assert_eq!(numbers[1] == numbers[2], leads, "{mode:?} {options:?}: {ready}");
            running.send(TERM);
            assert_eq!(running.line(), "15 0 0");
            assert_eq!(running.code(), 0);
        }
    }
}

#[test]
fn rule_19_a_group_is_signalled_only_where_the_child_leads_one() {
    // Both processes end by USR2; the one behind only where the group gets it.
    let script = "trap 'wait; echo main; exit 3' USR2
                  sh -c 'trap \"echo behind; exit 0\" USR2; echo ready; while :; do sleep 0.01; done' &
                  while :; do sleep 0.01; done";
    for &mode in modes() {
        for option in ["--group", "--session"] {
            let mut running = lab::Running::start(&mut init(mode, &[option, "sh", "-c", script]));
            assert_eq!(running.line(), "ready");
            running.send(USR2);
            assert_eq!(running.line(), "behind", "{mode:?} {option}");
            assert_eq!(running.line(), "main", "{mode:?} {option}");
            assert_eq!(running.code(), 3);
        }
    }
}

/// HUP, USR1 and a real-time signal.
const BLOCKED: u64 = 1 | 1 << 9 | 1 << 39;
const IGNORED: [i32; 4] = [INT, 13, TERM, 17];

#[test]
fn rule_04_the_child_starts_clean() {
    for &mode in modes() {
        let mut command = init(mode, &["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]);
        helper::start_with(&mut command, BLOCKED, &IGNORED[..3]);
        let clean = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n";
        assert_eq!(output(&mut command), (0, clean.to_owned(), String::new()), "{mode:?}");
    }
}

#[test]
fn rule_04_the_child_inherits_where_that_is_asked_for() {
    let mut command =
        init(Mode::Ordinary, &["--inherit-signals", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]);
    helper::start_with(&mut command, BLOCKED, &IGNORED);
    // What the test program itself inherited is inherited further; only PIPE is set to its default when it starts one.
    let own =
        u64::from_str_radix(&lab::status(std::process::id().cast_signed(), "SigIgn"), 16).unwrap() & !0x1000;
    let inherited = format!("SigBlk:\t0000008000000201\nSigIgn:\t{:016x}\n", own | 0x15002);
    assert_eq!(output(&mut command), (0, inherited, String::new()));
    let mut command =
        init(Mode::Ordinary, &["--inherit-signals", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]);
    helper::start_with(&mut command, 0, &[]);
    let nothing = format!("SigBlk:\t0000000000000000\nSigIgn:\t{own:016x}\n");
    assert_eq!(output(&mut command), (0, nothing, String::new()));
}

#[test]
fn rule_05_an_ignored_sigchld_does_not_hide_the_end_of_the_child() {
    for &mode in modes() {
        let mut command = init(mode, &["sh", "-c", "exit 7"]);
        helper::start_with(&mut command, 0, &[17]);
        assert_eq!(output(&mut command).0, 7, "{mode:?}");
    }
}

#[test]
fn rule_06_merged_sigchlds_leave_no_zombie_and_hide_no_end() {
    // A hundred orphans end at once when the FIFO is closed; the shell counts the zombies until there is none.
    let script = "
        i=0; while [ $i -lt 100 ]; do (sh -c 'read x' <&9 &) ; i=$((i+1)); done 9<&0
        exec 0</dev/null
        tries=0; while grep -l '^State:.Z' /proc/[0-9]*/status >/dev/null 2>&1; do
            tries=$((tries+1)); [ $tries -lt 200 ] || exit 1; sleep 0.05; done
        exit 9";
    for &mode in modes().iter().filter(|mode| mode.is_first()) {
        assert_eq!(output(&mut init(mode, &["sh", "-c", script])), (9, String::new(), String::new()));
    }
}

#[test]
fn rule_06_an_orphan_killed_by_a_real_time_signal_is_reaped_like_any_other() {
    for &mode in modes() {
        let script = "(sleep 60 & kill -35 $!) ; sleep 0.1; exit 6";
        assert_eq!(output(&mut init(mode, &["sh", "-c", script])).0, 6, "{mode:?}");
    }
}

#[test]
fn rule_07_a_stopped_child_is_not_dead() {
    for &mode in modes() {
        let mut running =
            lab::Running::start(&mut init(mode, &["sh", "-c", "echo ready; kill -STOP $$; exit 4"]));
        assert_eq!(running.line(), "ready");
        let child = common::within(10, "the child exists", || lab::children(running.pid()).first().copied());
        common::within(10, "the child stops", || lab::status(child, "State").starts_with('T').then_some(()));
        assert_eq!(running.child.try_wait().unwrap(), None);
        running.send(CONT);
        assert_eq!(running.code(), 4, "{mode:?}");
    }
}

#[test]
fn rule_08_every_exit_code_is_passed_on() {
    let reported = |mode, code| {
        let script = format!("exit {code}");
        assert_eq!(output(&mut init(mode, &["sh", "-c", &script])), (code, String::new(), String::new()));
    };
    for code in 0..256 {
        reported(Mode::Ordinary, code);
    }
    for &mode in modes() {
        for code in [0, 1, 64, 78, 126, 127, 128, 143, 255] {
            reported(mode, code);
        }
    }
}

#[test]
fn rule_08_death_by_a_signal_is_128_and_its_number() {
    for number in
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 26, 27, 29, 30, 31, 34, 35, 50, 64]
    {
        let script = format!("ulimit -c 0; kill -{number} $$; sleep 60");
        assert_eq!(output(&mut init(Mode::Ordinary, &["sh", "-c", &script])).0, 128 + number, "{number}");
    }
}

#[test]
fn rule_08_what_cannot_be_executed() {
    let directory = std::env::temp_dir().join(format!("supervise-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = |name: &str, text: &str, mode: u32| {
        use std::os::unix::fs::PermissionsExt as _;
        let path = directory.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let plain = file("plain", "echo a shell ran $1\n", 0o755);
    let dead = file("dead", "#!/no/such/interpreter\n", 0o755);
    let mode = file("mode", "#!/bin/sh\n", 0o644);
    let cannot = |name: &str, reason: &str| format!("es-entrypoint: error: cannot run `{name}`: {reason}\n");
    let no_interpreter = format!("`{dead}` is there, but the interpreter or loader that it names is not");
    let not_allowed = format!("`{mode}` may not be executed by this user, or not from this mount");
    for (program, code, error) in [
        ("no-such-program", 127, cannot("no-such-program", "not found in `PATH`")),
        ("/no/such/program", 127, cannot("/no/such/program", "there is no such file")),
        ("/", 126, cannot("/", "it is a directory")),
        (&dead, 126, cannot(&dead, &no_interpreter)),
        (&mode, 126, cannot(&mode, &not_allowed)),
    ] {
        for &way in modes() {
            assert_eq!(
                output(&mut init(way, &["--", program])),
                (code, String::new(), error.clone()),
                "{program}"
            );
        }
    }
    assert_eq!(
        output(&mut init(Mode::Ordinary, &[&plain, "1"])),
        (0, "a shell ran 1\n".to_owned(), String::new())
    );
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn rule_09_a_signal_that_may_not_be_sent_ends_nobody() {
    if !nix::unistd::geteuid().is_root() {
        common::skip("rule 9 needs root, to give its right to signal away");
        return;
    }
    let binary = common::binary().to_str().unwrap();
    let words = ["setpriv", "--bounding-set=-kill", "--inh-caps=-kill", binary, "init", "--"];
    let child = [
        "setpriv",
        "--reuid=1000",
        "--regid=1000",
        "--clear-groups",
        "sh",
        "-c",
        "echo ready; read x; exit 5",
    ];
    let mut command = prefixed(Mode::Ordinary, &[&words[..], &child].concat());
    let mut running = lab::Running::start(command.stdin(Stdio::piped()));
    assert_eq!(running.line(), "ready");
    for _ in 0..3 {
        running.send(TERM);
        common::within(10, "the signal was taken", || {
            (lab::status(running.pid(), "ShdPnd") == "0000000000000000").then_some(())
        });
    }
    drop(running.child.stdin.take());
    assert_eq!(running.code(), 5);
    let reported = "es-entrypoint: warn: cannot forward TERM to the child: Operation not permitted\n";
    assert_eq!(running.rest().1, reported);
}

/// Marks the end of what was sent before: of several waiting signals the kernel gives the highest number last.
const MARK: i32 = 64;
/// Ends the recorder.
const LAST: i32 = 63;

/// What the child received for each signal that was sent to us.
fn received(mode: Mode, options: &[&str], signals: &[i32]) -> Vec<i32> {
    let mut command = recorder(mode, options);
    let mut running = lab::Running::start(command.env("SUPERVISE_LAST", LAST.to_string()));
    assert!(running.line().starts_with("ready "));
    let mut got = Vec::new();
    for signal in signals {
        running.send(*signal);
        running.send(MARK);
        loop {
            let number = running.line().split(' ').next().unwrap().parse().unwrap();
            if number == MARK {
                break;
            }
            got.push(number);
        }
    }
    running.send(LAST);
    assert_eq!(running.code(), 0);
    got
}

/// All that can be received; the C libraries keep 32 and 33 for themselves.
fn sent() -> Vec<i32> {
    (1..LAST).filter(|number| ![9, STOP, 32, 33].contains(number)).collect()
}

#[test]
fn rule_10_each_signal_goes_where_the_table_says() {
    let not_by_tini = [4, 5, 6, 7, 8, 11, 17, 21, 22, 31];
    let by_tini: Vec<i32> = sent().into_iter().filter(|number| !not_by_tini.contains(number)).collect();
    for &mode in modes() {
        assert_eq!(received(mode, &[], &sent()), by_tini, "{mode:?}");
        assert_eq!(received(mode, &["--group"], &sent()), by_tini, "{mode:?}");
    }
}

#[test]
fn rule_10_the_table_can_be_changed() {
    let options = [
        "--drop",
        "HUP,10",
        "--forward",
        "SIGTTIN,22",
        "--rewrite",
        "TERM:QUIT,34:RTMIN+2",
        "--rewrite",
        "14:0",
    ];
    let signals = [HUP, 10, 21, 22, TERM, 34, 14, USR2];
    assert_eq!(received(Mode::Ordinary, &options, &signals), [21, 22, 3, 36, USR2]);
}

#[test]
fn rule_11_a_fault_that_somebody_sent_follows_the_table() {
    for &mode in modes() {
        assert_eq!(received(mode, &[], &[11, 7, 4, 8]), [], "{mode:?}");
        assert_eq!(received(mode, &["--forward", "SEGV,ABRT"], &[11, 7, 6]), [11, 6], "{mode:?}");
    }
}

#[test]
fn rule_12_being_stopped_and_continued_disturbs_nothing() {
    let mut running = lab::Running::start(&mut recorder(Mode::Ordinary, &[]));
    assert!(running.line().starts_with("ready "));
    for _ in 0..20 {
        running.send(STOP);
        common::within(10, "it stops", || lab::status(running.pid(), "State").starts_with('T').then_some(()));
        running.send(CONT);
        assert_eq!(running.line(), "18 0 0");
    }
    running.send(TERM);
    assert_eq!(running.code(), 0);
}

#[test]
fn rule_12_nothing_wakes_us_while_nothing_happens() {
    for &mode in modes() {
        let mut running = lab::Running::start(&mut recorder(mode, &["--stop-timeout", "1", "--grace", "1"]));
        assert!(running.line().starts_with("ready "));
        let switches = || {
            let count = |name| lab::status(running.pid(), name).parse::<u64>().unwrap();
            (count("voluntary_ctxt_switches"), lab::status(running.pid(), "State").starts_with('S'))
        };
        // The reexec may still be going on.
        common::within(20, "it sleeps", || {
            let before = switches();
            std::thread::sleep(std::time::Duration::from_millis(200));
            (before.1 && before == switches()).then_some(())
        });
        let before = switches();
        std::thread::sleep(std::time::Duration::from_secs(3));
        assert_eq!(switches(), before, "{mode:?}");
    }
}

#[test]
fn rule_13_real_time_signals_keep_order_count_and_value() {
    for &mode in modes() {
        let mut running = lab::Running::start(&mut recorder(mode, &[]));
        assert!(running.line().starts_with("ready "));
        for value in 1..=20 {
            helper::queue(running.pid(), 40, value);
        }
        for value in 1..=20 {
            assert_eq!(running.line(), format!("40 -1 {value}"), "{mode:?}");
        }
        helper::queue(running.pid(), 10, 77);
        assert_eq!(running.line(), "10 -1 77");
        running.send(TERM);
        assert_eq!(running.code(), 0);
    }
}

#[test]
fn rule_13_a_hundred_terms_lose_none_that_matters() {
    for &mode in modes() {
        let mut command = recorder(mode, &[]);
        let mut running = lab::Running::start(command.env("SUPERVISE_LAST", "12"));
        assert!(running.line().starts_with("ready "));
        for _ in 0..100 {
            running.send(TERM);
            assert_eq!(running.line(), "15 0 0");
        }
        running.send(USR2);
        assert_eq!(running.code(), 0);
    }
}
