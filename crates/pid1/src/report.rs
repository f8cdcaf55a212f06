//! The one line about a death: who, how, after how long, which signal came first, and whether memory ran out.

use std::fmt::Write as _;
use std::time::Duration;

use crate::exit_codes;
use crate::signals::{Signal, SignalSet};
use crate::system::{ExitStatus, Pid};

/// The first signal that the child got from this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FirstSignal {
    /// The one that this process received.
    pub(crate) came: Signal,
    /// The one that the child got.
    pub(crate) sent: Signal,
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
    /// All signals that it got from this process.
    pub(crate) delivered: SignalSet,
    /// By how much the counter of processes killed for memory rose, where it can be read.
    pub(crate) memory_kills: Option<u64>,
    /// It is the server or its launcher, which exits with 128+n where signal n ended the JVM.
    pub(crate) is_server: bool,
}

/// The signals that the kernel sends to a JVM that does something wrong, and the one by which it then ends itself.
const CRASHES: [Signal; 5] = [Signal::ILL, Signal::ABRT, Signal::BUS, Signal::FPE, Signal::SEGV];
/// The signals after which a JVM exits itself, with 128+n.
const HANDLED: [Signal; 3] = [Signal::HUP, Signal::INT, Signal::TERM];

impl Death<'_> {
    /// Nobody asked for it, or memory ran out.
    pub(crate) fn is_abnormal(&self) -> bool {
        self.memory_kills.is_some_and(|count| count > 0)
            || self.signal().is_some_and(|signal| !self.delivered.contains(signal))
    }

    /// The signal that ended the child, or the JVM that it had launched.
    fn signal(&self) -> Option<Signal> {
        match self.status {
            ExitStatus::Killed { signal, .. } => Some(signal),
            ExitStatus::Exited(code) if self.is_server => by_signal(code),
            ExitStatus::Exited(_) => None,
        }
    }

    /// The line, without its end.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("`{}` (process {}) ", self.name, self.pid);
        let below = self
            .signal()
            .filter(|signal| matches!(self.status, ExitStatus::Exited(_)) && !HANDLED.contains(signal));
        let _ = match self.status {
            ExitStatus::Exited(code) => match by_signal(code).filter(|_| below.is_none()) {
                Some(signal) => write!(line, "exited with code {code} (128 + {signal})"),
                None => write!(line, "exited with code {code}"),
            },
            ExitStatus::Killed { signal, core } => {
                let core = if core { ", memory dumped" } else { "" };
                write!(line, "was killed by signal {} ({signal}){core}", signal.number())
            }
        };
        let _ = write!(line, " after {}", span(self.after));
        if let Some(signal) = below {
            let _ = write!(line, ": signal {} ({signal}) ended a process below it", signal.number());
        }
        let _ = match self.first {
            None => write!(line, "; no signal was forwarded to it before"),
            Some(first) => {
                let sender = match first.sender {
                    0 => "outside".to_owned(),
                    pid => format!("process {pid}"),
                };
                let _ = write!(line, "; first signal: {} from {sender}, forwarded ", first.came);
                if first.sent != first.came {
                    let _ = write!(line, "as {} ", first.sent);
                }
                write!(line, "{} before", span(first.before))
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
        if self.is_server && self.signal().is_some_and(|signal| CRASHES.contains(&signal)) {
            line.push_str(
                "; a JVM that crashed leaves `hs_err_pid*.log` in its working directory, or where `-XX:ErrorFile` says",
            );
        }
        line
    }
}

/// The signal of the exit code 128+n.
fn by_signal(code: u8) -> Option<Signal> {
    Signal::from_number(i32::from(code) - i32::from(exit_codes::BY_SIGNAL))
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
