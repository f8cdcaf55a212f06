//! One option of the table: what it takes, and how its value is stored.

use std::path::PathBuf;

use super::command::CommandName;
use super::error::UsageError;
use super::options::Options;
use super::value::Value;

/// What an option takes, and what it sets.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// Nothing (`--strict`), or `=true`/`=false`.
    Switch(fn(&mut Options, bool)),
    /// The path of a directory.
    Directory(fn(&mut Options) -> &mut Option<PathBuf>),
    /// One value; the text is its name in the help.
    Value(&'static str, Setter),
    /// Several values: repeated options add up, and most take several with commas between them.
    List(&'static str, Setter),
}

/// Checks a value and sets what it stands for.
type Setter = fn(&mut Options, &Value) -> Result<(), UsageError>;

/// One option.
#[derive(Clone, Copy)]
pub(super) struct OptionRow {
    /// Without the two dashes.
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    /// The bits of the commands that know it.
    pub(super) commands: u16,
    pub(super) help: &'static str,
}

impl OptionRow {
    /// Sets what the option stands for to this value.
    ///
    /// # Errors
    /// A value that does not fit.
    pub(super) fn set(&self, options: &mut Options, value: &Value) -> Result<(), UsageError> {
        match self.takes {
            Takes::Switch(set) => set(options, value.switch()?),
            Takes::Directory(field) => *field(options) = Some(PathBuf::from(&value.word)),
            Takes::Value(_, set) | Takes::List(_, set) => set(options, value)?,
        }
        Ok(())
    }

    /// Whether it needs no value.
    pub(super) fn is_switch(&self) -> bool {
        matches!(self.takes, Takes::Switch(_))
    }

    /// The name of its value in the help.
    pub(super) fn value_name(&self) -> Option<&'static str> {
        match self.takes {
            Takes::Switch(_) => None,
            Takes::Directory(_) => Some("DIR"),
            Takes::Value(name, _) | Takes::List(name, _) => Some(name),
        }
    }

    /// Whether the command knows this option.
    pub(super) fn is_for(&self, command: CommandName) -> bool {
        self.commands & command.bit() != 0
    }

    /// Whether help texts and suggestions name it.
    pub(super) fn is_shown(&self) -> bool {
        !self.help.is_empty()
    }

    /// `ES_ENTRYPOINT_NAME`.
    pub(super) fn variable(&self) -> String {
        let mut name = String::from(VARIABLE_PREFIX);
        name.extend(self.name.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_uppercase() }));
        name
    }
}

/// The prefix of the variables that are our options.
pub(super) const VARIABLE_PREFIX: &str = "ES_ENTRYPOINT_";
