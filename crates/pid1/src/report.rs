//! The one line about a death: who, how, after how long, which signal came first, and whether memory ran out.

use std::fmt::Write as _;
use std::time::Duration;

use crate::signals::Signal;
use crate::system::{ExitStatus, Pid};

/// The first signal that the child got from this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstSignal {
    pub(crate) signal: Signal,
    /// The process that sent it; 0 is outside of the container, or the kernel.
    pub(crate) sender: Pid,
    /// How long before the child's exit.
    pub(crate) before: Duration,
}

/// All that is known about the exit of the child.
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
    /// Nobody asked for it, or memory ran out.
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

#[cfg(test)]
mod tests;
