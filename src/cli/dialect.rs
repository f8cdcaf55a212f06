//! The names that this program can be called by, and the short options of tini and dumb-init.

use std::ffi::{OsStr, OsString};

use crate::exit;

/// The program whose command line is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Dialect {
    #[default]
    Own,
    Tini,
    DumbInit,
    /// A plugin of kubectl: `kubectl es-entrypoint -f DIR`.
    Kubectl,
    /// `es-healthcheck`: `health`.
    Health,
}

impl Dialect {
    /// The dialect of the program's name, which may be a path.
    pub(crate) fn of(name: &OsStr) -> Self {
        match name.as_encoded_bytes().rsplit(|byte| *byte == b'/').next() {
            Some(b"tini" | b"tini-static" | b"docker-init") => Self::Tini,
            Some(b"dumb-init") => Self::DumbInit,
            Some(b"kubectl-es_entrypoint") => Self::Kubectl,
            Some(b"es-healthcheck") => Self::Health,
            _ => Self::Own,
        }
    }

    /// What messages call the program.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Own | Self::Kubectl => "init",
            Self::Health => "health",
            Self::Tini => "tini",
            Self::DumbInit => "dumb-init",
        }
    }

    /// The exit code for a wrong command line. tini and dumb-init exit with 1.
    pub(crate) fn usage(self) -> u8 {
        if matches!(self, Self::Tini | Self::DumbInit) { 1 } else { exit::USAGE }
    }
}

/// The short options of tini and dumb-init: the letter, our option, and its value where the letter implies one.
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

/// Drops the `--` of tini's usage line, `tini PROGRAM -- ARGS`, from the words. tini's parser drops it too, unless an
/// argument that looks like an option stands before it.
pub(super) fn drop_separator(words: &mut Vec<OsString>, arguments: &[OsString]) {
    let starts_with_dash = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
    let before = arguments[..arguments.len() - words.len()].last();
    if let Some(index) = words.iter().position(starts_with_dash)
        && words[index] == "--"
        && before.is_none_or(|word| word != "--")
    {
        words.remove(index);
    }
}
