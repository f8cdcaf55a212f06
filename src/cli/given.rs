//! Options as they are given, on the command line and in variables: found in the table, their values not looked at.

use std::ffi::OsString;

use super::UsageError;
use super::dialect;
use super::table::{self, CommandName, OPTIONS, OptionRow, Takes, VARIABLE_PREFIX};
use diagnostics::nearest;

/// One option as given: the row, its value, and what to call it in a message.
pub(super) struct Given {
    pub(super) row: &'static OptionRow,
    pub(super) value: OsString,
    pub(super) from: String,
}

#[derive(Default)]
pub(super) struct CommandLine {
    pub(super) options: Vec<Given>,
    pub(super) words: Vec<OsString>,
    /// `h`, `l` or `V`: to be printed, instead of everything else.
    pub(super) asked: char,
}

/// Where to read more.
pub(super) fn see(word: &str) -> String {
    match CommandName::of(word) {
        Some(_) => format!("see `es-entrypoint help {word}`"),
        None => format!("see `{word} -h`"),
    }
}

pub(super) fn from_command_line(
    command: CommandName,
    word: &str,
    arguments: &[OsString],
) -> Result<CommandLine, UsageError> {
    let mut line = CommandLine::default();
    let is_init = command == CommandName::Init;
    // A command to run takes everything behind it as its own.
    let words_end_options = matches!(command, CommandName::Init | CommandName::Run);
    let mut parser = lexopt::Parser::from_args(arguments.iter().cloned());
    loop {
        let (letter, from) = match parser.next() {
            Ok(None) => break,
            Ok(Some(lexopt::Arg::Value(word))) => {
                line.words.push(word);
                if words_end_options {
                    if let Ok(rest) = parser.raw_args() {
                        line.words.extend(rest);
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
                    .help(format_args!("{}", see(word))));
            }
            Err(_) => {
                return Err(UsageError::new(format_args!("the options of `{word}` cannot be read"))
                    .help(format_args!("{}", see(word))));
            }
        };
        let asks = match letter {
            'h' => command != CommandName::Run || from == "--help",
            'l' | 'V' => is_init,
            _ => false,
        };
        if asks {
            line.asked = letter;
            break;
        }
        let (name, fixed) = match letter {
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
        let value = if !fixed.is_empty() {
            fixed.into()
        } else if row.takes == Takes::Switch {
            parser.optional_value().unwrap_or_else(|| "true".into())
        } else {
            parser.value().map_err(|_| {
                UsageError::new(format_args!("`{from}` needs a value")).help(format_args!("{}", see(word)))
            })?
        };
        if value.is_empty() {
            return Err(UsageError::new(format_args!("the value of `{from}` is empty"))
                .help(format_args!("give a value, or leave the option out")));
        }
        line.options.push(Given { row, value, from });
    }
    Ok(line)
}

/// In place of a letter, where the option is its own name.
const LONG: char = '-';

pub(super) fn unknown_option(command: CommandName, word: &str, from: &str) -> UsageError {
    let elsewhere = if command == CommandName::Run {
        "arguments for the server go after `--`: `es-entrypoint run -- -Des.x=y`".into()
    } else {
        see(word)
    };
    let Some(name) = from.strip_prefix("--") else {
        return UsageError::new(format_args!("unknown option `{from}` of `{word}`"))
            .help(format_args!("{elsewhere}"));
    };
    let known = OPTIONS.iter().filter(|row| row.is_for(command) && row.is_shown()).map(|row| row.name);
    if table::find(name).is_some() {
        return UsageError::new(format_args!("`{from}` is not an option of `{word}`"))
            .help(format_args!("{}", see(word)));
    }
    let error = UsageError::new(format_args!("unknown option `{from}` of `{word}`"));
    match nearest(name, known) {
        Some(near) if command == CommandName::Run => {
            error.help(format_args!("did you mean `--{near}`? {elsewhere}"))
        }
        Some(near) => error.help(format_args!("did you mean `--{near}`?")),
        None => error.help(format_args!("{elsewhere}")),
    }
}

/// The variables of ours, strictest level last.
pub(super) fn from_environment(environment: &[(OsString, OsString)]) -> Result<Vec<Given>, UsageError> {
    let mut given = Vec::new();
    for (name, value) in environment {
        let name = &*name.to_string_lossy();
        if !name.starts_with(VARIABLE_PREFIX) {
            continue;
        }
        if is_service_link(name) {
            continue;
        }
        let Some(row) = OPTIONS.iter().find(|row| row.variable() == name) else {
            let error = UsageError::new(format_args!("unknown variable `{name}`"));
            let known: Vec<String> = OPTIONS.iter().map(OptionRow::variable).collect();
            return Err(match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => error.help(format_args!("did you mean `{near}`?")),
                None => error.help(format_args!("variables that start with `ES_ENTRYPOINT_` are options; see `es-entrypoint help variables`")),
            });
        };
        if !value.is_empty() {
            given.push(Given { row, value: value.clone(), from: name.to_owned() });
        }
    }
    // The environment has no order: where two variables name one code, the stricter one wins.
    for stricter in ["allow", "warn", "deny"] {
        let (last, first) = given.into_iter().partition(|given: &Given| given.row.name == stricter);
        given = first;
        given.extend::<Vec<Given>>(last);
    }
    Ok(given)
}

/// What Kubernetes injects for a Service called `es-entrypoint`.
fn is_service_link(name: &str) -> bool {
    let rest = &name[VARIABLE_PREFIX.len()..];
    rest == "SERVICE_HOST"
        || rest == "SERVICE_PORT"
        || rest.starts_with("SERVICE_PORT_")
        || rest == "PORT"
        || rest.strip_prefix("PORT_").is_some_and(|port| port.starts_with(|c: char| c.is_ascii_digit()))
}
