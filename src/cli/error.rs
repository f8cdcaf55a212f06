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

/// An option for a message, where it is a name: what is written as one may be a secret that slipped.
pub(super) fn shown_option(option: &str) -> Option<&str> {
    let name = option.strip_prefix("--").unwrap_or(option);
    let is_name = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'.' | b'_');
    let is_letter = !option.starts_with("--");
    (is_letter || (name.len() <= 30 && name.bytes().all(is_name))).then_some(option)
}

/// A word for a message, where it is a path for certain: any other may be a secret that slipped.
pub(super) fn shown_path(word: &str) -> Option<&str> {
    const ENDS: [&str; 6] = [".yml", ".yaml", ".options", ".properties", ".policy", ".json"];
    let is_of_path = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let is_path =
        word.starts_with("./") || word.starts_with("../") || ENDS.iter().any(|end| word.ends_with(end));
    (is_path && word.bytes().all(is_of_path)).then_some(word)
}

/// The help that names the help text of a program or subcommand.
pub(super) fn see_help_of(word: &str) -> String {
    match CommandName::of(word) {
        Some(_) => format!("see `es-entrypoint help {word}`"),
        None => format!("see `{word} -h`"),
    }
}
