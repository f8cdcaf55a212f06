//! The rules of supervision where they matter: as PID 1 of containers of an engine, and below another PID 1.

use std::time::Duration;

use crate::docker::{Container, Run, image};

/// `docker stop` waits 30 seconds before it kills.
const NOT_KILLED: Duration = Duration::from_secs(28);

/// A shell as the child; its `ready` is awaited.
fn shell<'a>(flags: impl IntoIterator<Item = &'a str>, script: &str) -> Container {
    let container = Run::new().flags(flags).command(["init", "--", "bash", "-c", script]).start();
    container.wait_log("ready");
    container
}

/// Rule 2: from the engine's start of the container to the running server no stop is lost.
#[test]
fn rule_02_a_stop_at_any_moment_of_the_start_is_obeyed() {
    if image().is_none() {
        return;
    }
    for milliseconds in [0, 20, 60, 120, 200, 300, 450, 700, 1_100, 1_800] {
        let node = Run::alone().start();
        let (took, code) = node.stop_after(Duration::from_millis(milliseconds));
        assert_eq!(code, 143, "after {milliseconds} ms: {}", node.logs());
        assert!(took < NOT_KILLED, "after {milliseconds} ms: {took:?}");
    }
}

/// Rule 10: what an engine sends arrives as the table says.
#[test]
fn rule_10_signals_of_the_engine_follow_the_table() {
    if image().is_none() {
        return;
    }
    let script = "for s in HUP INT QUIT USR1 USR2 ALRM WINCH PWR; do trap \"echo got $s\" $s; done
                  trap 'echo bye; exit 5' TERM; echo ready; while :; do read -t 0.05 <> <(:); done";
    let container = shell([], script);
    for signal in ["HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "WINCH", "PWR"] {
        container.kill(signal);
        container.wait_log(&format!("got {signal}\n"));
    }
    // A fault that somebody sends is none.
    container.kill("SEGV");
    container.wait_log("es-entrypoint: SEGV from outside dropped\n");
    container.kill("TERM");
    assert_eq!(container.wait_exit(NOT_KILLED), 5, "{}", container.logs());
}

/// The table of `run` keeps back what would end a JVM; the server answers on.
#[test]
fn rule_10_no_signal_of_the_engine_but_a_stop_ends_the_server() {
    if image().is_none() {
        return;
    }
    let node = Run::alone().start();
    node.wait_ready();
    for signal in ["USR1", "USR2", "ALRM", "PROF", "VTALRM", "IO", "SYS", "STKFLT", "XCPU", "RTMIN+1"] {
        node.kill(signal);
        node.wait_log(&format!("es-entrypoint: {signal} from outside dropped\n"));
    }
    node.kill("QUIT");
    node.wait_log("Full thread dump");
    node.wait_ready();
    let (took, code) = node.stop();
    assert_eq!(code, 143, "{}", node.logs());
    assert!(took < NOT_KILLED);
}

/// Rule 20: what is left is reported, and nobody waits when it ends.
#[test]
fn rule_20_a_stop_reaches_orphans_too() {
    if image().is_none() {
        return;
    }
    let script = "setsid bash -c 'trap \"echo reported; exit 0\" TERM; echo ready; while :; do read -t 0.05 <> <(:); done' &
                  exec sleep 600";
    for flags in [&[][..], &["--init"]] {
        let container = shell(flags.iter().copied(), script);
        let (took, code) = container.stop();
        assert_eq!(code, 143, "{flags:?}: {}", container.logs());
        assert!(took < NOT_KILLED, "{flags:?}: {took:?}");
        assert!(container.logs().contains("reported\n"), "{flags:?}: {}", container.logs());
    }
}

/// Rule 17: below the engine's own init, and among the processes of the host, orphans become ours.
#[test]
fn rule_17_below_another_pid_1_orphans_are_ours() {
    if image().is_none() {
        return;
    }
    let script = "(sleep 600 & echo $! > /tmp/orphan); orphan=$(cat /tmp/orphan)
                  [ \"$(cut -d ' ' -f 4 /proc/$orphan/stat)\" = $PPID ] && [ $PPID != 1 ] && echo adopted
                  echo ready; exec sleep 600";
    for flag in ["--init", "--pid=host"] {
        let container = shell([flag], script);
        assert!(container.logs().contains("adopted\n"), "{flag}: {}", container.logs());
        let (took, code) = container.stop();
        assert_eq!(code, 143, "{flag}: {}", container.logs());
        assert!(took < NOT_KILLED, "{flag}: {took:?}");
    }
}

/// Rule 14 and gap 10 of the peers: the same binary in every kind of container that is hardened, without a warning.
#[test]
fn rule_14_hardened_containers_need_nothing_else() {
    if image().is_none() {
        return;
    }
    let kinds: [&[&str]; 7] = [
        &["--read-only"],
        &["--user", "12345:0"],
        &["--cap-drop", "ALL"],
        &["--security-opt", "no-new-privileges"],
        &["--tty"],
        &["--interactive", "--tty"],
        &["--read-only", "--user", "12345:0", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    ];
    for kind in kinds {
        let container = shell(
            kind.iter().copied(),
            "trap 'exit 7' TERM; echo ready; while :; do read -t 0.05 <> <(:); done",
        );
        container.kill("TERM");
        assert_eq!(container.wait_exit(NOT_KILLED), 7, "{kind:?}: {}", container.logs());
        assert_eq!(container.logs().replace('\r', ""), "ready\n", "{kind:?}");
    }
}

/// The death report names memory, whichever way the engine shows the counter.
#[test]
fn the_kernels_kill_for_memory_is_in_the_death_report() {
    if image().is_none() {
        return;
    }
    let memory = ["--memory", "48m", "--memory-swap", "48m"];
    let kinds: [&[&str]; 4] =
        [&[], &["--cgroupns", "private"], &["--cgroupns", "host"], &["--user", "12345:0", "--init"]];
    for kind in kinds {
        // `tail` keeps the last line, and there is only one.
        let finished = Run::new()
            .flags(memory)
            .flags(kind.iter().copied())
            .command(["init", "--", "tail", "/dev/zero"])
            .finish();
        assert_eq!(finished.code, 137, "{kind:?}: {finished:?}");
        let line = finished.stderr.lines().find(|line| line.contains("`tail` (process ")).unwrap_or_default();
        assert!(line.contains(") was killed by signal 9 (KILL) after "), "{kind:?}: {finished:?}");
        let reported = "; no signal was forwarded to it before; the kernel killed 1 process of this container for memory: \
                    raise its memory limit, or lower the heap";
        assert!(line.ends_with(reported), "{kind:?}: {finished:?}");
    }
}
