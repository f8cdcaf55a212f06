//! The table that says what happens to each received signal, and how an option changes it.

use std::fmt;

use super::{LAST, Signal, SignalSet, parse_signal};

/// What happens to a signal that this process receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The child gets it.
    Forward,
    /// The child does not get it; one log line says so.
    Drop,
    /// The child gets another signal.
    Rewrite(Signal),
    /// From outside of the container the child gets TERM; one that a process of the container sent is dropped.
    StopFromOutside,
}

/// How [`Action::StopFromOutside`] is written down; no signal has this number.
const STOP_FROM_OUTSIDE: u8 = 0x80;

/// What happens to each signal that this process receives.
#[derive(Clone, PartialEq, Eq)]
pub struct Forwarding([Action; LAST as usize]);

impl Forwarding {
    /// For a JVM: what it handles or survives is forwarded. All other signals are dropped, because they end a JVM that
    /// is not PID 1 without its shutdown hooks. Measured with Java 17 and 25.
    ///
    /// Two of them are how a container is stopped: `STOPSIGNAL SIGRTMIN+3` of images whose PID 1 was systemd, and PWR,
    /// which tools for system containers send. Who sends them from outside means nothing else.
    pub fn jvm() -> Self {
        let set = [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT, Signal::CONT, Signal::WINCH];
        let mut table = Self::only(SignalSet::of(&set));
        for signal in [Signal::PWR, Signal::SYSTEMD_HALT] {
            table.set(signal, Action::StopFromOutside);
        }
        table
    }

    /// For any program, as tini 0.19 does it: all but the faults and the terminal's stop signals.
    pub fn tini() -> Self {
        let kept_back = [
            Signal::ILL,
            Signal::TRAP,
            Signal::ABRT,
            Signal::BUS,
            Signal::FPE,
            Signal::SEGV,
            Signal::SYS,
            Signal::TTIN,
            Signal::TTOU,
        ];
        Self::only(SignalSet(!SignalSet::of(&kept_back).0))
    }

    /// For any program, as dumb-init 1.2.5 does it: all but `CHLD`, which cannot be forwarded.
    pub fn everything() -> Self {
        Self::only(SignalSet::ALL)
    }

    fn only(set: SignalSet) -> Self {
        let mut table = Self([Action::Drop; LAST as usize]);
        for signal in Signal::all().filter(|signal| set.contains(*signal)) {
            table.set(signal, Action::Forward);
        }
        table.set(Signal::CHLD, Action::Drop);
        table
    }

    /// Changes what happens to one signal.
    pub fn set(&mut self, signal: Signal, action: Action) {
        self.0[usize::from(signal.0) - 1] = action;
    }

    /// What happens to a signal.
    pub fn action(&self, signal: Signal) -> Action {
        self.0[usize::from(signal.0) - 1]
    }

    /// The signals with that action.
    pub(crate) fn with_action(&self, action: Action) -> SignalSet {
        Signal::all().filter(|signal| self.action(*signal) == action).fold(SignalSet::EMPTY, SignalSet::with)
    }

    /// One byte a signal, two hexadecimal digits each: 0 drops, else the number that the child gets.
    pub(crate) fn encode(&self) -> String {
        let mut text = String::with_capacity(2 * self.0.len());
        for signal in Signal::all() {
            let number = match self.action(signal) {
                Action::Forward => signal.0,
                Action::Drop => 0,
                Action::Rewrite(to) => to.0,
                Action::StopFromOutside => STOP_FROM_OUTSIDE,
            };
            for digit in [number >> 4, number & 15] {
                text.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
        }
        text
    }

    /// The reverse of [`Forwarding::encode`].
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 2 * LAST as usize {
            return None;
        }
        let mut table = Self([Action::Drop; LAST as usize]);
        for (signal, pair) in Signal::all().zip(digits.chunks(2)) {
            let number = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
            let action = match number {
                0 => Action::Drop,
                same if same == signal.0 => Action::Forward,
                1..=LAST => Action::Rewrite(Signal(number)),
                STOP_FROM_OUTSIDE => Action::StopFromOutside,
                _ => return None,
            };
            table.set(signal, action);
        }
        Some(table)
    }
}

impl fmt::Debug for Forwarding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map()
            .entries(
                Signal::all()
                    .map(|signal| (signal, self.action(signal)))
                    .filter(|(_, action)| *action != Action::Drop),
            )
            .finish()
    }
}

/// Reads a list for `--forward` or `--drop`, separated by commas or blanks. Each one is a signal that a process can
/// receive; the error is a sentence.
pub fn parse_signal_list(text: &str) -> Result<Vec<Signal>, String> {
    words(text).map(|word| parse_signal(word).and_then(receivable)).collect()
}

/// Reads a list for `--rewrite`: `FROM:TO`, separated by commas or blanks. A `TO` of 0 drops the signal; the error is a
/// sentence.
pub fn parse_rewrite_list(text: &str) -> Result<Vec<(Signal, Action)>, String> {
    words(text)
        .map(|word| {
            let Some((from, to)) = word.split_once(':') else {
                return Err("not a rewrite: write `FROM:TO`, for instance `TERM:QUIT` or `15:3`".to_owned());
            };
            let from = receivable(parse_signal(from)?)?;
            let action = if to == "0" { Action::Drop } else { Action::Rewrite(parse_signal(to)?) };
            Ok((from, action))
        })
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ', '\t', '\n']).filter(|word| !word.is_empty())
}

/// Refuses the signals that no table can decide about.
fn receivable(signal: Signal) -> Result<Signal, String> {
    match signal {
        Signal::KILL | Signal::STOP => {
            Err(format!("`{signal}` never reaches this process: the kernel handles it"))
        }
        Signal::CHLD => {
            Err("`CHLD` reports the end of this process's own children: it cannot be forwarded".to_owned())
        }
        other => Ok(other),
    }
}
