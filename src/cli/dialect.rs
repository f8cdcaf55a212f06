//! tini's and dumb-init's command lines: the names that they are called by, their short options, their variables.

use std::ffi::{OsStr, OsString};

use super::SupervisionOptions;
use super::given::Given;
use super::table::{VARIABLE_PREFIX, find};
use crate::exit;

/// What the names of all variables start with that mean something on the command line.
pub(crate) const PREFIXES: [&str; 3] = [VARIABLE_PREFIX, "TINI_", "DUMB_INIT_"];

/// Whose command line it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Dialect {
    #[default]
    Own,
    Tini,
    DumbInit,
}

impl Dialect {
    /// The dialect of the program's name, which may be a path.
    pub(crate) fn of(name: &OsStr) -> Self {
        match name.as_encoded_bytes().rsplit(|byte| *byte == b'/').next() {
            Some(b"tini" | b"tini-static" | b"docker-init") => Self::Tini,
            Some(b"dumb-init") => Self::DumbInit,
            _ => Self::Own,
        }
    }

    /// What messages call the program.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Own => "init",
            Self::Tini => "tini",
            Self::DumbInit => "dumb-init",
        }
    }

    /// The exit code for a wrong command line; both programs have 1.
    pub(crate) fn usage(self) -> u8 {
        if self == Self::Own { exit::USAGE } else { 1 }
    }

    /// What holds until an option says something else: neither program adopts orphans unasked; dumb-init gives its
    /// child a session, tini the blocked and ignored signals that it found itself.
    pub(super) fn usual(self) -> SupervisionOptions {
        SupervisionOptions {
            dialect: self,
            session: self == Self::DumbInit,
            no_subreaper: self != Self::Own,
            inherit_signals: self == Self::Tini,
            ..SupervisionOptions::default()
        }
    }
}

/// The letter, the option that it stands for, and its value where the letter says that too.
pub(super) const SHORT: [(char, &str, &str); 8] = [
    ('c', "single-child", "true"),
    ('e', "success-code", ""),
    ('g', "group", "true"),
    ('p', "parent-death-signal", ""),
    ('r', "rewrite", ""),
    ('s', "no-subreaper", "false"),
    ('v', "log-level", "debug"),
    ('w', "log-reaped", "true"),
];

/// tini's own usage line says `tini PROGRAM -- ARGS`: its parser takes the mark out, unless an option comes first, which
/// it would take for its own.
pub(super) fn forget_separator(words: &mut Vec<OsString>, arguments: &[OsString]) {
    let starts_with_dash = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
    let before = arguments[..arguments.len() - words.len()].last();
    if let Some(index) = words.iter().position(starts_with_dash)
        && words[index] == "--"
        && before.is_none_or(|word| word != "--")
    {
        words.remove(index);
    }
}

/// The two programs' variables, as the options that they stand for; they count less than all others. A program that
/// was called by its own name knows only its own.
pub(super) fn variables(dialect: Dialect, environment: &[(OsString, OsString)]) -> Vec<Given> {
    let mut given = Vec::new();
    for (name, value) in environment {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        let (other, rest) = match (name.strip_prefix(PREFIXES[1]), name.strip_prefix(PREFIXES[2])) {
            (Some(rest), _) => (Dialect::DumbInit, rest),
            (_, Some(rest)) => (Dialect::Tini, rest),
            _ => continue,
        };
        if other == dialect {
            continue;
        }
        let (option, setting) = match (rest, value) {
            ("SUBREAPER", _) => ("no-subreaper", "false"),
            ("KILL_PROCESS_GROUP", _) => ("group", "true"),
            ("VERBOSITY", "0") => ("log-level", "error"),
            ("VERBOSITY", "1") => ("log-level", "warn"),
            ("VERBOSITY", "2") => ("log-level", "info"),
            ("VERBOSITY", _) | ("DEBUG", "1") => ("log-level", "debug"),
            ("SETSID", "0") => ("single-child", "true"),
            ("SETSID", "1") => ("session", "true"),
            _ => continue,
        };
        given.extend(find(option).map(|row| Given { row, value: setting.into(), from: name.to_owned() }));
    }
    given
}
