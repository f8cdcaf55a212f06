//! Signals as data: names and numbers, sets, and the table that says what happens to each one. No system call here.

use std::fmt;

use crate::exit_codes;

mod forwarding;
mod set;

pub use forwarding::{Action, Forwarding, parse_rewrite_list, parse_signal_list};
pub(crate) use set::SignalSet;

/// A signal number from 1 to 64, see signal(7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(u8);

/// The names of 1 to 31, without `SIG`, as on x86-64 and arm64.
const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
    "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
    "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

/// Other names for the same numbers.
const ALIASES: [(&str, Signal); 4] =
    [("IOT", Signal::ABRT), ("CLD", Signal::CHLD), ("POLL", Signal::IO), ("UNUSED", Signal::SYS)];

/// The first real-time signal as programs see it; the C libraries keep 32 and 33 for themselves, see signal(7).
const REAL_TIME_FIRST: u8 = 34;
const LAST: u8 = 64;

impl Signal {
    /// The terminal hung up, or: read the configuration again.
    pub const HUP: Self = Self(1);
    /// Ctrl-C.
    pub const INT: Self = Self(2);
    /// Ctrl-\, or: a JVM prints its threads.
    pub const QUIT: Self = Self(3);
    /// A wrong instruction.
    pub const ILL: Self = Self(4);
    /// A breakpoint.
    pub const TRAP: Self = Self(5);
    /// abort(3).
    pub const ABRT: Self = Self(6);
    /// A wrong memory access.
    pub const BUS: Self = Self(7);
    /// A wrong calculation.
    pub const FPE: Self = Self(8);
    /// Ends a process that cannot prevent it.
    pub const KILL: Self = Self(9);
    /// A wrong address.
    pub const SEGV: Self = Self(11);
    /// A write to a pipe that nobody reads.
    pub const PIPE: Self = Self(13);
    /// The request to exit; what `docker stop` sends.
    pub const TERM: Self = Self(15);
    /// A child exited or stopped.
    pub const CHLD: Self = Self(17);
    /// Goes on after a stop.
    pub const CONT: Self = Self(18);
    /// Stops a process that cannot prevent it.
    pub const STOP: Self = Self(19);
    /// Ctrl-Z.
    pub const TSTP: Self = Self(20);
    /// A background process read from the terminal.
    pub const TTIN: Self = Self(21);
    /// A background process wrote to the terminal.
    pub const TTOU: Self = Self(22);
    /// The terminal has another size.
    pub const WINCH: Self = Self(28);
    /// A descriptor is ready.
    pub const IO: Self = Self(29);
    /// The power fails; what tools for system containers stop one with.
    pub const PWR: Self = Self(30);
    /// A wrong system call.
    pub const SYS: Self = Self(31);
    /// RTMIN+3: systemd halts the machine, see systemd(1).
    pub const SYSTEMD_HALT: Self = Self(REAL_TIME_FIRST + 3);

    /// The signal of that number, when there is one.
    pub fn from_number(number: i32) -> Option<Self> {
        match u8::try_from(number) {
            Ok(number @ 1..=LAST) => Some(Self(number)),
            _ => None,
        }
    }

    /// The number of the kernel.
    pub fn number(self) -> i32 {
        i32::from(self.0)
    }

    /// The exit code of shells for a process that this signal ended: 128+n.
    pub fn exit_code(self) -> u8 {
        exit_codes::BY_SIGNAL + self.0
    }

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (1..=LAST).map(Self)
    }
}

/// `TERM`, `RTMIN+3`, `32`.
impl fmt::Display for Signal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (NAMES.get(usize::from(self.0) - 1), self.0) {
            (Some(name), _) => out.write_str(name),
            (None, REAL_TIME_FIRST) => out.write_str("RTMIN"),
            (None, LAST) => out.write_str("RTMAX"),
            (None, number) if number > REAL_TIME_FIRST => write!(out, "RTMIN+{}", number - REAL_TIME_FIRST),
            (None, number) => write!(out, "{number}"),
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}({self})", self.0)
    }
}

/// Reads `TERM`, `SIGTERM`, `term`, `15`, `RTMIN+3`, `RTMAX-1`. The error is a sentence without the text.
pub fn parse_signal(text: &str) -> Result<Signal, String> {
    // The text is not shown: a mistyped command line can hold a secret.
    let unknown =
        || "no such signal: give a name like `TERM` or `RTMIN+3`, or a number from 1 to 64".to_owned();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().and_then(Signal::from_number).ok_or_else(unknown);
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    if let Some(index) = NAMES.iter().position(|known| *known == name) {
        return u8::try_from(index + 1).map(Signal).map_err(|_| unknown());
    }
    if let Some((_, signal)) = ALIASES.iter().find(|(alias, _)| *alias == name) {
        return Ok(*signal);
    }
    let distance = |digits: &str| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u8>().ok().filter(|distance| plain && *distance <= LAST - REAL_TIME_FIRST)
    };
    let number = match (name.strip_prefix("RTMIN"), name.strip_prefix("RTMAX")) {
        (Some(""), _) => Some(REAL_TIME_FIRST),
        (_, Some("")) => Some(LAST),
        (Some(above), _) => {
            above.strip_prefix('+').and_then(distance).map(|distance| REAL_TIME_FIRST + distance)
        }
        (_, Some(below)) => below.strip_prefix('-').and_then(distance).map(|distance| LAST - distance),
        _ => None,
    };
    number.map(Signal).ok_or_else(unknown)
}

#[cfg(test)]
mod tests;
