use super::*;

const DEATH: Death<'_> = Death {
    name: "java",
    pid: 7,
    status: ExitStatus::Exited(0),
    after: Duration::from_millis(1_234),
    first: None,
    memory_kills: None,
};

#[test]
fn lines() {
    let first = FirstSignal { signal: Signal::TERM, sender: 0, before: Duration::from_millis(42) };
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
    ] {
        assert_eq!(death.line(), line);
    }
}

#[test]
fn only_what_nobody_asked_for_is_abnormal() {
    let killed = ExitStatus::Killed { signal: Signal::TERM, core: false };
    let first = Some(FirstSignal { signal: Signal::TERM, sender: 0, before: Duration::ZERO });
    assert!(!DEATH.is_abnormal());
    assert!(Death { status: killed, ..DEATH }.is_abnormal());
    assert!(!Death { status: killed, first, ..DEATH }.is_abnormal());
    assert!(Death { status: killed, first, memory_kills: Some(2), ..DEATH }.is_abnormal());
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
