//! Signals as data: names and numbers, sets, and the table that says what happens to each one. No system call here.

use std::fmt;

/// A signal number from 1 to 64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(u8);

/// The names of 1 to 31, without `SIG`; the same on every Linux we build for.
const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
    "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
    "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

/// Other names for the same numbers.
const ALIASES: [(&str, Signal); 4] =
    [("IOT", Signal::ABRT), ("CLD", Signal::CHLD), ("POLL", Signal::IO), ("UNUSED", Signal::SYS)];

/// The first real-time signal as programs see it; the C libraries keep 32 and 33 for themselves.
const REAL_TIME_FIRST: u8 = 34;
const LAST: u8 = 64;

impl Signal {
    pub const HUP: Self = Self(1);
    pub const INT: Self = Self(2);
    pub const QUIT: Self = Self(3);
    pub const ILL: Self = Self(4);
    pub const TRAP: Self = Self(5);
    pub const ABRT: Self = Self(6);
    pub const BUS: Self = Self(7);
    pub const FPE: Self = Self(8);
    pub const KILL: Self = Self(9);
    pub const SEGV: Self = Self(11);
    pub const PIPE: Self = Self(13);
    pub const TERM: Self = Self(15);
    pub const CHLD: Self = Self(17);
    pub const CONT: Self = Self(18);
    pub const STOP: Self = Self(19);
    pub const TSTP: Self = Self(20);
    pub const TTIN: Self = Self(21);
    pub const TTOU: Self = Self(22);
    pub const WINCH: Self = Self(28);
    pub const IO: Self = Self(29);
    pub const SYS: Self = Self(31);

    /// The signal of that number, when there is one.
    pub fn from_number(number: i32) -> Option<Self> {
        match u8::try_from(number) {
            Ok(number @ 1..=LAST) => Some(Self(number)),
            _ => None,
        }
    }

    /// The number as the kernel counts.
    pub fn number(self) -> i32 {
        i32::from(self.0)
    }

    /// The exit code that says "ended by this signal".
    pub fn exit_code(self) -> u8 {
        128 + self.0
    }

    fn all() -> impl Iterator<Item = Self> {
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

/// Reads `TERM`, `SIGTERM`, `term`, `15`, `RTMIN+3`, `RTMAX-1`.
pub fn parse_signal(text: &str) -> Result<Signal, String> {
    // Not the text: a mistyped command line can hold anything.
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
        (Some(rest), _) => {
            rest.strip_prefix('+').and_then(distance).map(|distance| REAL_TIME_FIRST + distance)
        }
        (_, Some(rest)) => rest.strip_prefix('-').and_then(distance).map(|distance| LAST - distance),
        _ => None,
    };
    number.map(Signal).ok_or_else(unknown)
}

/// Reads a list for `--forward` or `--drop`: separated by commas or blanks, each one a signal that can be received.
pub fn parse_signal_list(text: &str) -> Result<Vec<Signal>, String> {
    words(text).map(|word| parse_signal(word).and_then(receivable)).collect()
}

/// Reads a list for `--rewrite`: `FROM:TO`, separated by commas or blanks; a `TO` of 0 drops the signal.
pub fn parse_rewrite_list(text: &str) -> Result<Vec<(Signal, Action)>, String> {
    words(text)
        .map(|word| {
            let Some((from, to)) = word.split_once(':') else {
                return Err("no rewrite: write `FROM:TO`, for instance `TERM:QUIT` or `15:3`".to_owned());
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

/// Refuses what nobody can decide about.
fn receivable(signal: Signal) -> Result<Signal, String> {
    match signal {
        Signal::KILL | Signal::STOP => {
            Err(format!("`{signal}` never reaches this process, the kernel acts on it alone"))
        }
        Signal::CHLD => {
            Err("`CHLD` tells this process about its own children; nothing else can be done with it"
                .to_owned())
        }
        other => Ok(other),
    }
}

/// A set of signals as the kernel's bit mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalSet(pub u64);

impl SignalSet {
    pub const EMPTY: Self = Self(0);
    pub const ALL: Self = Self(u64::MAX);

    /// The set of these.
    pub const fn of(signals: &[Signal]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < signals.len() {
            bits |= 1 << (signals[index].0 - 1);
            index += 1;
        }
        Self(bits)
    }

    /// The set with one more.
    #[must_use]
    pub fn with(self, signal: Signal) -> Self {
        Self(self.0 | Self::of(&[signal]).0)
    }

    /// Whether the signal is in the set.
    pub fn contains(self, signal: Signal) -> bool {
        self.0 & Self::of(&[signal]).0 != 0
    }
}

/// What happens to a signal that this process receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The child gets it.
    Forward,
    /// The child does not get it; one log line says so.
    Drop,
    /// The child gets another one.
    Rewrite(Signal),
}

/// What happens to each signal.
#[derive(Clone, PartialEq, Eq)]
pub struct Forwarding([Action; LAST as usize]);

impl Forwarding {
    /// For a JVM: what it handles or survives is forwarded. The rest would end a JVM that is not PID 1 itself
    /// (without its shutdown hooks), so it is dropped.
    pub fn jvm() -> Self {
        let set = [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT, Signal::CONT, Signal::WINCH];
        Self::only(SignalSet::of(&set))
    }

    /// For any program, as tini does it: all but the faults and the terminal's stop signals.
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

    /// For any program, as dumb-init does it: everything.
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

    /// Decides about one signal.
    pub fn set(&mut self, signal: Signal, action: Action) {
        self.0[usize::from(signal.0) - 1] = action;
    }

    /// What happens to a signal.
    pub fn action(&self, signal: Signal) -> Action {
        self.0[usize::from(signal.0) - 1]
    }

    /// One byte a signal, two hexadecimal digits each: 0 drops, else the number that the child gets.
    pub(crate) fn encode(&self) -> String {
        let mut text = String::with_capacity(2 * self.0.len());
        for signal in Signal::all() {
            let number = match self.action(signal) {
                Action::Forward => signal.0,
                Action::Drop => 0,
                Action::Rewrite(to) => to.0,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        for (text, number) in [
            ("TERM", 15),
            ("SIGTERM", 15),
            ("sigterm", 15),
            ("15", 15),
            ("1", 1),
            ("64", 64),
            ("032", 32),
            ("POLL", 29),
            ("IOT", 6),
            ("RTMIN", 34),
            ("SIGRTMIN+3", 37),
            ("RTMIN+30", 64),
            ("RTMAX", 64),
            ("rtmax-14", 50),
            ("SYS", 31),
        ] {
            assert_eq!(parse_signal(text).map(Signal::number), Ok(number), "{text}");
        }
        for text in [
            "",
            "0",
            "65",
            "-1",
            "+15",
            "15 ",
            " 15",
            "0x0f",
            "TERMS",
            "SIG",
            "SIGSIGTERM",
            "RTMIN+",
            "RTMIN+31",
            "RTMIN-1",
            "RTMAX+1",
            "RTMAX-31",
            "RTMIN+ 1",
            "RTMIN++1",
            "99999999999999999999",
        ] {
            assert_eq!(
                parse_signal(text),
                Err("no such signal: give a name like `TERM` or `RTMIN+3`, or a number from 1 to 64"
                    .to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn every_displayed_name_reads_back() {
        for signal in Signal::all() {
            assert_eq!(parse_signal(&signal.to_string()), Ok(signal));
        }
        assert_eq!(Signal(35).to_string(), "RTMIN+1");
        assert_eq!(Signal(32).to_string(), "32");
    }

    #[test]
    fn lists() {
        assert_eq!(parse_signal_list("USR1, SIGUSR2,34"), Ok(vec![Signal(10), Signal(12), Signal(34)]));
        assert_eq!(parse_signal_list(""), Ok(vec![]));
        assert_eq!(
            parse_signal_list("TERM,KILL").unwrap_err(),
            "`KILL` never reaches this process, the kernel acts on it alone"
        );
        assert_eq!(
            parse_signal_list("17").unwrap_err(),
            "`CHLD` tells this process about its own children; nothing else can be done with it"
        );
        assert_eq!(
            parse_rewrite_list("TERM:QUIT, 1:0 2:9"),
            Ok(vec![
                (Signal::TERM, Action::Rewrite(Signal::QUIT)),
                (Signal::HUP, Action::Drop),
                (Signal::INT, Action::Rewrite(Signal::KILL))
            ])
        );
        assert_eq!(
            parse_rewrite_list("15").unwrap_err(),
            "no rewrite: write `FROM:TO`, for instance `TERM:QUIT` or `15:3`"
        );
        assert!(parse_rewrite_list("TERM:65").is_err());
        assert!(parse_rewrite_list("STOP:TERM").is_err());
    }

    /// Rule 10: CHLD is never forwarded; each table is what its model does.
    #[test]
    fn tables() {
        let forwarded = |table: &Forwarding| {
            Signal::all()
                .filter(|signal| table.action(*signal) == Action::Forward)
                .map(|signal| signal.0)
                .collect::<Vec<_>>()
        };
        assert_eq!(forwarded(&Forwarding::jvm()), [1, 2, 3, 15, 18, 28]);
        let not_by_tini = [4, 5, 6, 7, 8, 11, 17, 21, 22, 31];
        assert_eq!(
            forwarded(&Forwarding::tini()),
            (1..=64).filter(|number| !not_by_tini.contains(number)).collect::<Vec<_>>()
        );
        assert_eq!(
            forwarded(&Forwarding::everything()),
            (1..=64).filter(|number| *number != 17).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_table_survives_encoding() {
        let mut table = Forwarding::jvm();
        table.set(Signal::TERM, Action::Rewrite(Signal::QUIT));
        table.set(Signal::HUP, Action::Drop);
        table.set(Signal(64), Action::Rewrite(Signal(33)));
        assert_eq!(Forwarding::decode(&table.encode()), Some(table));
        assert_eq!(Forwarding::decode(""), None);
        assert_eq!(Forwarding::decode(&"ff".repeat(64)), None);
        assert_eq!(Forwarding::decode(&"é".repeat(64)), None);
    }
}
