use super::*;

const DEATH: Death<'_> = Death {
    name: "java",
    pid: 7,
    status: ExitStatus::Exited(0),
    after: Duration::from_millis(1_234),
    first: None,
    delivered: SignalSet::EMPTY,
    memory_kills: None,
    is_server: false,
};

#[test]
fn lines() {
    let first =
        FirstSignal { came: Signal::TERM, sent: Signal::TERM, sender: 0, before: Duration::from_millis(42) };
    for (death, line) in [
        (DEATH, "`java` (process 7) exited with code 0 after 1.234 s; no signal was forwarded to it before"),
        (
            Death { status: ExitStatus::Exited(143), first: Some(first), memory_kills: Some(0), ..DEATH },
            "`java` (process 7) exited with code 143 (128 + TERM) after 1.234 s; first signal: TERM from outside, \
             forwarded 0.042 s before; no process of this container was killed for memory",
        ),
        (
            Death {
                status: ExitStatus::Killed { signal: Signal::KILL, core: false },
                after: Duration::from_secs(7_380),
                memory_kills: Some(1),
                ..DEATH
            },
            "`java` (process 7) was killed by signal 9 (KILL) after 2 h 3 min; no signal was forwarded to it before; \
             the kernel killed 1 process of this container for memory: raise its memory limit, or lower the heap",
        ),
        (
            Death {
                status: ExitStatus::Killed { signal: Signal::ABRT, core: true },
                after: Duration::from_secs(90_061),
                first: Some(FirstSignal { sender: 12, ..first }),
                ..DEATH
            },
            "`java` (process 7) was killed by signal 6 (ABRT), memory dumped after 1 d 1 h; first signal: TERM from \
             process 12, forwarded 0.042 s before",
        ),
        (
            Death { status: ExitStatus::Exited(134), memory_kills: Some(0), is_server: true, ..DEATH },
            "`java` (process 7) exited with code 134 after 1.234 s: signal 6 (ABRT) ended a process below it; no \
             signal was forwarded to it before; no process of this container was killed for memory; a JVM that \
             crashed leaves `hs_err_pid*.log` in its working directory, or where `-XX:ErrorFile` says",
        ),
        (
            Death { status: ExitStatus::Exited(137), memory_kills: Some(1), is_server: true, ..DEATH },
            "`java` (process 7) exited with code 137 after 1.234 s: signal 9 (KILL) ended a process below it; no \
             signal was forwarded to it before; the kernel killed 1 process of this container for memory: raise its \
             memory limit, or lower the heap",
        ),
        // A JVM exits with this code itself.
        (
            Death { status: ExitStatus::Exited(143), is_server: true, ..DEATH },
            "`java` (process 7) exited with code 143 (128 + TERM) after 1.234 s; no signal was forwarded to it before",
        ),
        (
            Death {
                status: ExitStatus::Killed { signal: Signal::SEGV, core: false },
                is_server: true,
                ..DEATH
            },
            "`java` (process 7) was killed by signal 11 (SEGV) after 1.234 s; no signal was forwarded to it before; a \
             JVM that crashed leaves `hs_err_pid*.log` in its working directory, or where `-XX:ErrorFile` says",
        ),
        (
            Death {
                status: ExitStatus::Killed { signal: Signal::KILL, core: false },
                first: Some(FirstSignal { came: Signal::PWR, sent: Signal::TERM, ..first }),
                ..DEATH
            },
            "`java` (process 7) was killed by signal 9 (KILL) after 1.234 s; first signal: PWR from outside, forwarded \
             as TERM 0.042 s before",
        ),
    ] {
        assert_eq!(death.line(), line);
    }
}

#[test]
fn only_what_nobody_asked_for_is_abnormal() {
    let killed = ExitStatus::Killed { signal: Signal::TERM, core: false };
    let exited = |code| Death { status: ExitStatus::Exited(code), is_server: true, ..DEATH };
    // A thread dump first, then the stop.
    let delivered = SignalSet::of(&[Signal::QUIT, Signal::TERM]);
    assert!(!DEATH.is_abnormal());
    assert!(Death { status: killed, ..DEATH }.is_abnormal());
    assert!(!Death { status: killed, delivered, ..DEATH }.is_abnormal());
    assert!(Death { status: killed, delivered, memory_kills: Some(2), ..DEATH }.is_abnormal());
    for code in [129, 130, 132, 134, 137, 139, 143] {
        assert!(exited(code).is_abnormal(), "{code}");
        assert!(!Death { is_server: false, ..exited(code) }.is_abnormal(), "{code}");
    }
    assert!(!Death { delivered, ..exited(143) }.is_abnormal());
    assert!(Death { delivered, ..exited(137) }.is_abnormal());
    for code in [0, 1, 3, 78, 126, 127, 128, 193, 255] {
        assert!(!exited(code).is_abnormal(), "{code}");
    }
}

#[test]
fn spans() {
    for (milliseconds, text) in [
        (0, "0.000 s"),
        (9_999, "9.999 s"),
        (10_000, "10.0 s"),
        (59_999, "59.9 s"),
        (60_000, "1 min 0 s"),
        (3_599_000, "59 min 59 s"),
        (3_600_000, "1 h 0 min"),
        (86_400_000, "1 d 0 h"),
    ] {
        assert_eq!(span(Duration::from_millis(milliseconds)), text);
    }
}
