//! The one line about a death: who, how, after how long, which signal came first, and whether memory ran out.

use crate::signals::Signal;
use crate::system::{ExitStatus, Pid};
use std::fmt::Write as _;
use std::time::Duration;

/// The first signal that the child got from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstSignal {
    pub(crate) signal: Signal,
    /// The process that sent it to us; 0: from outside of the container, or the kernel.
    pub(crate) sender: Pid,
    /// How long before the child's end.
    pub(crate) before: Duration,
}

/// All that is known about the end of the child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Death<'a> {
    pub(crate) name: &'a str,
    pub(crate) pid: Pid,
    pub(crate) status: ExitStatus,
    pub(crate) after: Duration,
    pub(crate) first: Option<FirstSignal>,
    /// By how much the counter of processes killed for memory rose, where it can be read.
    pub(crate) memory_kills: Option<u64>,
}

impl Death<'_> {
    /// Nobody asked for this end, or memory ran out.
    pub(crate) fn is_abnormal(&self) -> bool {
        let asked = |signal| self.first.is_some_and(|first| first.signal == signal);
        self.memory_kills.is_some_and(|count| count > 0)
            || matches!(self.status, ExitStatus::Killed { signal, .. } if !asked(signal))
    }

    /// The line, without its end.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("`{}` (process {}) ", self.name, self.pid);
        let _ = match self.status {
            ExitStatus::Exited(code) => match Signal::from_number(i32::from(code) - 128) {
                Some(signal) => write!(line, "exited with code {code} (128 + {signal})"),
                None => write!(line, "exited with code {code}"),
            },
            ExitStatus::Killed { signal, core } => {
                let core = if core { ", memory dumped" } else { "" };
                write!(line, "was killed by signal {} ({signal}){core}", signal.number())
            }
        };
        let _ = write!(line, " after {}", span(self.after));
        let _ = match self.first {
            None => write!(line, "; no signal was forwarded to it before"),
            Some(first) => {
                let sender = match first.sender {
                    0 => "outside".to_owned(),
                    pid => format!("process {pid}"),
                };
                write!(
                    line,
                    "; first signal: {} from {sender}, forwarded {} before",
                    first.signal,
                    span(first.before)
                )
            }
        };
        let _ = match self.memory_kills {
            None => Ok(()),
            Some(0) => write!(line, "; no process of this container was killed for memory"),
            Some(count) => write!(
                line,
                "; the kernel killed {count} process{} of this container for memory: raise its memory limit, or lower \
                 the heap",
                if count == 1 { "" } else { "es" }
            ),
        };
        line
    }
}

/// `0.123 s`, `12.3 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let milliseconds = time.subsec_millis();
    match seconds {
        0..10 => format!("{seconds}.{milliseconds:03} s"),
        10..60 => format!("{seconds}.{} s", milliseconds / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86400, seconds % 86400 / 3600),
    }
}

/// Where the counter of this cgroup may stand, likeliest first, from the text of `/proc/self/cgroup`.
///
/// In a container with its own cgroup namespace the mount shows the own group at its top; without one the text has the
/// host's path, which the mount may or may not show.
pub(crate) fn counter_files(cgroups: &str) -> Vec<String> {
    let mut files = Vec::new();
    for line in cgroups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let path = path.trim_end_matches('/');
        let (mount, name) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.events"),
            list if list.split(',').any(|controller| controller == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.oom_control")
            }
            _ => continue,
        };
        files.push(format!("{mount}{path}/{name}"));
        if !path.is_empty() {
            files.push(format!("{mount}/{name}"));
        }
    }
    files
}

/// The counter in the text of `memory.events` (version 2) or `memory.oom_control` (version 1).
pub(crate) fn memory_kills(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
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
            (
                DEATH,
                "`java` (process 7) exited with code 0 after 1.234 s; no signal was forwarded to it before",
            ),
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

    #[test]
    fn memory_counters_of_both_versions() {
        assert_eq!(memory_kills("low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\noom_group_kill 0\n"), Some(2));
        assert_eq!(memory_kills("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n"), Some(5));
        assert_eq!(memory_kills("oom_kill_disable 0\nunder_oom 0\n"), None);
        assert_eq!(counter_files("0::/\n"), ["/sys/fs/cgroup/memory.events"]);
        assert_eq!(
            counter_files("9:name=systemd:/a\n4:cpu,memory:/docker/x\n0::/docker/x:y\nnonsense\n"),
            [
                "/sys/fs/cgroup/memory/docker/x/memory.oom_control",
                "/sys/fs/cgroup/memory/memory.oom_control",
                "/sys/fs/cgroup/docker/x:y/memory.events",
                "/sys/fs/cgroup/memory.events",
            ]
        );
    }
}
