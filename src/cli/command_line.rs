//! A command line, split into the options of the table and the other words.

use std::ffi::OsString;

use diagnostics::nearest;

use super::command::CommandName;
use super::dialect;
use super::error::{UsageError, see_help_of, shown_option};
use super::given::Given;
use super::table::{self, OPTIONS};
use super::value::Value;

#[derive(Default)]
pub(super) struct CommandLine {
    pub(super) options: Vec<Given>,
    pub(super) words: Vec<OsString>,
    /// A text that was asked for; everything else is then ignored.
    pub(super) print_request: Option<PrintRequest>,
}

/// An option that prints a text and does nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PrintRequest {
    Help,
    Licence,
    Version,
}

/// Reads the arguments of a subcommand; messages call it `word`.
pub(super) fn read(
    command: CommandName,
    word: &str,
    arguments: &[OsString],
) -> Result<CommandLine, UsageError> {
    let mut line = CommandLine::default();
    let is_init = command == CommandName::Init;
    // All words after the name of a program are its arguments.
    let words_end_options = matches!(command, CommandName::Init | CommandName::Run);
    let mut parser = lexopt::Parser::from_args(arguments.iter().cloned());
    loop {
        let (letter, from) = match parser.next() {
            Ok(None) => break,
            Ok(Some(lexopt::Arg::Value(word))) => {
                line.words.push(word);
                if words_end_options {
                    if let Ok(arguments) = parser.raw_args() {
                        line.words.extend(arguments);
                    }
                    break;
                }
                continue;
            }
            Ok(Some(lexopt::Arg::Long(name))) => {
                let letter = match name {
                    "help" => 'h',
                    "version" if is_init => 'V',
                    "verbose" if is_init => 'v',
                    _ => LONG,
                };
                (letter, format!("--{name}"))
            }
            Ok(Some(lexopt::Arg::Short(letter))) => (letter, format!("-{letter}")),
            Err(lexopt::Error::UnexpectedValue { option, .. }) => {
                return Err(UsageError::new(format_args!("`{option}` takes no value"))
                    .help(format_args!("{}", see_help_of(word))));
            }
            Err(_) => {
                return Err(UsageError::new(format_args!("the options of `{word}` cannot be read"))
                    .help(format_args!("{}", see_help_of(word))));
            }
        };
        line.print_request = match letter {
            'h' if command != CommandName::Run || from == "--help" => Some(PrintRequest::Help),
            'l' if is_init => Some(PrintRequest::Licence),
            'V' if is_init => Some(PrintRequest::Version),
            _ => None,
        };
        if line.print_request.is_some() {
            break;
        }
        let (name, implied) = match letter {
            LONG => (&from[2..], ""),
            'f' if command == CommandName::Check => ("file", ""),
            _ => dialect::SHORT
                .iter()
                .find(|(short, ..)| is_init && *short == letter)
                .map_or(("", ""), |(_, name, value)| (*name, *value)),
        };
        let Some(row) = table::find(name).filter(|row| row.is_for(command)) else {
            return Err(unknown_option(command, word, &from));
        };
        let value = if !implied.is_empty() {
            implied.into()
        } else if row.is_switch() {
            parser.optional_value().unwrap_or_else(|| "true".into())
        } else {
            parser.value().map_err(|_| {
                UsageError::new(format_args!("`{from}` needs a value"))
                    .help(format_args!("{}", see_help_of(word)))
            })?
        };
        if value.is_empty() {
            return Err(UsageError::new(format_args!("the value of `{from}` is empty"))
                .help(format_args!("give a value, or leave the option out")));
        }
        line.options.push(Given { row, value: Value { word: value, from } });
    }
    Ok(line)
}

/// Stands for the letter of a long option.
const LONG: char = '-';

fn unknown_option(command: CommandName, word: &str, from: &str) -> UsageError {
    let advice = if command == CommandName::Run {
        "arguments for the server go after `--`: `es-entrypoint run -- -Des.x=y`".into()
    } else {
        see_help_of(word)
    };
    let Some(from) = shown_option(from) else {
        return UsageError::new(format_args!("unknown option of `{word}`")).help(format_args!("{advice}"));
    };
    let Some(name) = from.strip_prefix("--") else {
        return UsageError::new(format_args!("unknown option `{from}` of `{word}`"))
            .help(format_args!("{advice}"));
    };
    let known = OPTIONS.iter().filter(|row| row.is_for(command) && row.is_shown()).map(|row| row.name);
    if table::find(name).is_some() {
        return UsageError::new(format_args!("`{from}` is not an option of `{word}`"))
            .help(format_args!("{}", see_help_of(word)));
    }
    let error = UsageError::new(format_args!("unknown option `{from}` of `{word}`"));
    match nearest(name, known) {
        Some(near) if command == CommandName::Run => {
            error.help(format_args!("did you mean `--{near}`? {advice}"))
        }
        Some(near) => error.help(format_args!("did you mean `--{near}`?")),
        None => error.help(format_args!("{advice}")),
    }
}
