//! argv and the `ES_ENTRYPOINT_…` variables become an [`Invocation`]. Pure: nothing is looked up on disk.

mod command;
mod command_line;
mod dialect;
mod error;
mod given;
mod help;
mod invocation;
mod options;
#[cfg(test)]
mod release_files;
mod row;
mod table;
mod value;
mod variables;

use std::ffi::OsString;

use command::CommandName;
use command_line::{CommandLine, PrintRequest};
use diagnostics::nearest;
use given::parse_values;

pub(crate) use dialect::Dialect;
pub(crate) use error::UsageError;
pub(crate) use invocation::Invocation;
pub(crate) use options::{LogFormat, Options, PolicyCommand};
pub(crate) use variables::PREFIXES;

/// Reads the command line, without the program's name that is the dialect, and the environment.
///
/// # Errors
/// An option that the command does not know, an unknown variable `ES_ENTRYPOINT_…`, a value that does not fit.
pub(crate) fn parse(
    dialect: Dialect,
    arguments: &[OsString],
    environment: &[(OsString, OsString)],
) -> Result<Invocation, UsageError> {
    if dialect == Dialect::Kubectl {
        return of_plugin(arguments, environment);
    }
    let own = dialect == Dialect::Own;
    let first = arguments.first().filter(|_| own).map(|word| word.to_string_lossy());
    match first.as_deref() {
        Some("--help") => return Ok(Invocation::Help(help::overview())),
        Some("--version") => return Ok(Invocation::Version),
        _ => {}
    }
    let variables = variables::own_variables(environment)?;
    let named = first.as_deref().and_then(CommandName::of);
    let command = match named {
        _ if dialect == Dialect::Health => CommandName::Health,
        Some(command) => command,
        None if own && invocation::is_server_arguments(arguments) => CommandName::Run,
        None => CommandName::Init,
    };
    let word = if command == CommandName::Init { dialect.word() } else { command.word() };
    let mut line = if named.is_none() && own {
        CommandLine { words: arguments.to_vec(), ..CommandLine::default() }
    } else {
        command_line::read(command, word, &arguments[usize::from(own)..])?
    };
    if dialect == Dialect::Health {
        // The script of that name took no notice of them.
        line.words.clear();
    }
    if dialect == Dialect::Tini {
        dialect::drop_separator(&mut line.words, arguments);
    }
    match line.print_request {
        Some(PrintRequest::Help) => return Ok(Invocation::Help(help::of_command(command))),
        Some(PrintRequest::Licence) => {
            return Ok(Invocation::Help(concat!(env!("CARGO_PKG_LICENSE"), "\n").to_owned()));
        }
        Some(PrintRequest::Version) => return Ok(Invocation::Version),
        None => {}
    }
    let tini_variables = if command == CommandName::Init {
        variables::tini_variables(dialect, environment)
    } else {
        Vec::new()
    };
    let mut options = parse_values(command, dialect, &tini_variables, &variables, &line.options)?;
    if own && named.is_none() {
        options.supervision.suggested_command =
            first.and_then(|word| nearest(&word, CommandName::ALL.iter().map(|(name, _)| *name)));
    }
    invocation::of_words(command, word, options, line.words)
}

/// `kubectl es-entrypoint -f DIR` or `kubectl es-entrypoint DIR` is `check -f DIR`; other commands are named.
fn of_plugin(arguments: &[OsString], environment: &[(OsString, OsString)]) -> Result<Invocation, UsageError> {
    let first = arguments.first().map(|word| word.to_string_lossy()).unwrap_or_default();
    if CommandName::of(&first).is_some() || first == "--version" {
        return parse(Dialect::Own, arguments, environment);
    }
    let is_file = |word: &&OsString| !word.as_encoded_bytes().starts_with(b"-") || *word == "-";
    let file = arguments.first().filter(is_file).map(|_| OsString::from("-f"));
    let words: Vec<OsString> =
        [OsString::from("check")].into_iter().chain(file).chain(arguments.iter().cloned()).collect();
    match parse(Dialect::Own, &words, environment)? {
        Invocation::Check(options) if options.files.is_empty() => {
            Err(UsageError::new(format_args!("there is nothing to judge"))
                .help(format_args!("name files, directories or `-`: `kubectl es-entrypoint -f DIR`")))
        }
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests;
