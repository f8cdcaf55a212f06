//! What is wrong with a command line.

use std::fmt;

use super::command::CommandName;

/// A wrong command line or `ES_ENTRYPOINT_…` variable: exit code 64. The text never holds a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UsageError {
    pub message: String,
    pub help: Option<String>,
}

impl UsageError {
    // Not generic, and formatted here: there are dozens of callers.
    #[inline(never)]
    pub(crate) fn new(message: fmt::Arguments<'_>) -> Self {
        Self { message: message.to_string(), help: None }
    }

    #[inline(never)]
    pub(crate) fn help(mut self, help: fmt::Arguments<'_>) -> Self {
        self.help = Some(help.to_string());
        self
    }
}

/// The help that names the help text of a program or subcommand.
pub(super) fn see_help_of(word: &str) -> String {
    match CommandName::of(word) {
        Some(_) => format!("see `es-entrypoint help {word}`"),
        None => format!("see `{word} -h`"),
    }
}
