//! The names of the subcommands.

/// A subcommand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandName {
    Run,
    Check,
    Render,
    Explain,
    Quorum,
    Policy,
    Init,
    Health,
    Archive,
    Help,
}

impl CommandName {
    /// All subcommands with their words, in the order of the help text.
    pub(crate) const ALL: [(&'static str, Self); 10] = [
        ("run", Self::Run),
        ("check", Self::Check),
        ("render", Self::Render),
        ("explain", Self::Explain),
        ("quorum", Self::Quorum),
        ("policy", Self::Policy),
        ("init", Self::Init),
        ("health", Self::Health),
        ("archive", Self::Archive),
        ("help", Self::Help),
    ];

    /// The subcommand that this word names.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, command)| *command)
    }

    /// The word that names it on the command line.
    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, command)| *command == self).map_or("help", |(name, _)| name)
    }

    /// Its bit in a set of subcommands.
    pub(super) const fn bit(self) -> u16 {
        1 << self as u8
    }
}
