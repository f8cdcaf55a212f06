//! argv and the `ES_ENTRYPOINT_…` variables become an [`Invocation`]. Pure: nothing is looked up on disk.
//!
//! Not for help texts (those are [`help`]'s) and not for what an option then does.

pub(crate) mod dialect;
mod given;
pub(crate) mod help;
mod options;
pub(crate) mod table;
mod values;

use std::ffi::OsString;
use std::fmt;

use diagnostics::nearest;
pub(crate) use dialect::Dialect;
use given::{CommandLine, from_command_line, from_environment, see};
use node::Target;
pub(crate) use options::{LogFormat, Options, PolicyCommand, SupervisionOptions};
pub(crate) use table::CommandName;
use values::{NUMBER, number, typed};

/// What the user asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Invocation {
    /// Prepare, then supervise: the server with these arguments, or another command.
    Run {
        options: Options,
        target: Target,
    },
    Check(Options),
    /// The templates named, `-` for standard input; none: all.
    Render {
        options: Options,
        templates: Vec<OsString>,
    },
    Explain(Options),
    Quorum {
        options: Options,
        masters: u32,
    },
    Policy {
        options: Options,
        command: PolicyCommand,
    },
    /// Only supervise.
    Init {
        options: Options,
        program: OsString,
        arguments: Vec<OsString>,
    },
    /// The text to print on standard output.
    Help(String),
    Version,
}

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

/// Reads the command line (without the program's name, which says whose it is) and the environment.
///
/// # Errors
/// Unknown commands' options, unknown variables of ours, values that do not fit.
pub(crate) fn parse(
    dialect: Dialect,
    arguments: &[OsString],
    environment: &[(OsString, OsString)],
) -> Result<Invocation, UsageError> {
    let own = dialect == Dialect::Own;
    let first = arguments.first().filter(|_| own).map(|word| word.to_string_lossy());
    match first.as_deref() {
        Some("--help") => return Ok(Invocation::Help(help::overview())),
        Some("--version") => return Ok(Invocation::Version),
        _ => {}
    }
    let variables = from_environment(environment)?;
    let named = first.as_deref().and_then(CommandName::of);
    let command = match named {
        Some(command) => command,
        None if own && is_server_arguments(arguments) => CommandName::Run,
        None => CommandName::Init,
    };
    let word = if command == CommandName::Init { dialect.word() } else { command.word() };
    let mut line = if named.is_none() && own {
        CommandLine { words: arguments.to_vec(), ..CommandLine::default() }
    } else {
        from_command_line(command, word, &arguments[usize::from(own)..])?
    };
    if dialect == Dialect::Tini {
        dialect::forget_separator(&mut line.words, arguments);
    }
    match line.asked {
        'h' => return Ok(Invocation::Help(help::of_command(command))),
        'l' => return Ok(Invocation::Help(concat!(env!("CARGO_PKG_LICENSE"), "\n").to_owned())),
        'V' => return Ok(Invocation::Version),
        _ => {}
    }
    let foreign =
        if command == CommandName::Init { dialect::variables(dialect, environment) } else { Vec::new() };
    let mut options = typed(command, dialect, [&foreign, &variables, &line.options])?;
    if own && named.is_none() {
        options.supervision.meant =
            first.and_then(|word| nearest(&word, CommandName::ALL.iter().map(|(name, _)| *name)));
    }
    invocation(command, word, options, line.words)
}

/// None, `-x…`, or the bare server word.
fn is_server_arguments(arguments: &[OsString]) -> bool {
    match arguments.first() {
        None => true,
        Some(first) => {
            let bytes = first.as_encoded_bytes();
            bytes.starts_with(b"-") || bytes == b"elasticsearch" || bytes == b"opensearch"
        }
    }
}

/// The arguments without the bare server word.
fn server_arguments(arguments: &[OsString]) -> Vec<OsString> {
    match arguments.first() {
        Some(first) if !first.as_encoded_bytes().starts_with(b"-") => arguments[1..].to_vec(),
        _ => arguments.to_vec(),
    }
}

fn invocation(
    command: CommandName,
    word: &str,
    options: Options,
    words: Vec<OsString>,
) -> Result<Invocation, UsageError> {
    let none_left = |words: &[OsString]| match words.first() {
        None => Ok(()),
        Some(argument) => {
            let argument = argument.to_string_lossy();
            let help = if command == CommandName::Policy {
                see(word)
            } else {
                // A template is judged with its neighbours.
                let directory = match argument.rsplit_once('/') {
                    _ if !argument.ends_with(".yml") => &argument,
                    Some((directory, _)) if !directory.is_empty() => directory,
                    Some(_) => "/",
                    None => ".",
                };
                format!("for templates in a directory: `es-entrypoint {word} --templates {directory}`")
            };
            Err(UsageError::new(format_args!("`{word}` takes no argument `{argument}`"))
                .help(format_args!("{help}")))
        }
    };
    Ok(match command {
        CommandName::Run => {
            let target = if is_server_arguments(&words) {
                Target::Server(server_arguments(&words))
            } else {
                Target::Other { program: words[0].clone(), arguments: words[1..].to_vec() }
            };
            Invocation::Run { options, target }
        }
        CommandName::Check => {
            none_left(&words)?;
            if !options.files.is_empty() {
                return Err(UsageError::new(format_args!("`check -f`: this version does not read Kubernetes manifests"))
                    .help(format_args!("`es-entrypoint check` judges templates: set the manifest's variables and name them with `--templates DIR`")));
            }
            Invocation::Check(options)
        }
        CommandName::Render => {
            if options.output.is_some() && words.iter().any(|word| word == "-") {
                return Err(UsageError::new(format_args!(
                    "`render --output` cannot write standard input to a directory"
                ))
                .help(format_args!("leave out `--output` and redirect, or name the template's file")));
            }
            Invocation::Render { options, templates: words }
        }
        CommandName::Explain => {
            none_left(&words)?;
            Invocation::Explain(options)
        }
        CommandName::Quorum => {
            let [masters] = words.as_slice() else {
                return Err(UsageError::new(format_args!(
                    "`quorum` takes one argument: the number of master-eligible nodes"
                ))
                .help(format_args!("for instance `es-entrypoint quorum 3 --min 2`")));
            };
            let masters = masters.to_str().and_then(number).ok_or_else(|| {
                UsageError::new(format_args!("`quorum` takes the number of master-eligible nodes"))
                    .help(format_args!("{NUMBER}, for instance `es-entrypoint quorum 3`"))
            })?;
            Invocation::Quorum { options, masters }
        }
        CommandName::Policy => {
            let command = match words.first().map(|word| word.to_string_lossy()).as_deref() {
                Some("check") => PolicyCommand::Check,
                Some("print") => PolicyCommand::Print,
                Some("patch") => PolicyCommand::Patch,
                _ => {
                    return Err(UsageError::new(format_args!(
                        "`policy` takes one of `check`, `print`, `patch`"
                    ))
                    .help(format_args!("for instance `es-entrypoint policy check`")));
                }
            };
            none_left(&words[1..])?;
            Invocation::Policy { options, command }
        }
        CommandName::Init => {
            let Some((program, arguments)) = words.split_first() else {
                let own = if word == "init" { "es-entrypoint " } else { "" };
                return Err(UsageError::new(format_args!("`{word}` takes the command to run"))
                    .help(format_args!("for instance `{own}{word} -- sleep 60`")));
            };
            Invocation::Init { options, program: program.clone(), arguments: arguments.to_vec() }
        }
        CommandName::Help => Invocation::Help(match words.first() {
            None => help::overview(),
            Some(word) => {
                let word = word.to_string_lossy();
                help::topic(&word).ok_or_else(|| {
                    let names =
                        CommandName::ALL.iter().map(|(name, _)| *name).chain(help::TOPICS.iter().copied());
                    let error = UsageError::new(format_args!("there is no command or topic `{word}`"));
                    match nearest(&word, names) {
                        Some(name) => error.help(format_args!("see `es-entrypoint help {name}`")),
                        None => error.help(format_args!("see `es-entrypoint --help`")),
                    }
                })?
            }
        }),
    })
}

#[cfg(test)]
mod tests;
