//! What a command line asks for: a command, its options, and the words that are not options.

use std::ffi::OsString;
use std::path::Path;

use node::Target;

use super::command::CommandName;
use super::error::{UsageError, see_help_of, shown_path};
use super::help;
use super::options::{Options, PolicyCommand};
use super::value::{NUMBER, parse_number};

/// What the user asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Invocation {
    /// Prepare, then supervise the server or another command.
    Run {
        options: Options,
        target: Target,
    },
    Check(Options),
    /// Render the named templates, `-` for standard input; without names, all of them.
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
    Health(Options),
    /// Make a class archive; these are further arguments for the server.
    Archive {
        options: Options,
        arguments: Vec<OsString>,
    },
    /// Only supervise.
    Init {
        options: Options,
        program: OsString,
        arguments: Vec<OsString>,
    },
    /// Print this text on standard output.
    Help(String),
    Version,
}

const SERVERS: [&[u8]; 7] = [
    b"elasticsearch",
    b"opensearch",
    b"eswrapper",
    b"bin/elasticsearch",
    b"bin/opensearch",
    b"/usr/share/elasticsearch/bin/elasticsearch",
    b"/usr/share/opensearch/bin/opensearch",
];

/// Whether the arguments are for the server: there are none, or the first is `-…` or the name of the server. The official
/// images of Elasticsearch have `eswrapper` as their command, and take the path of the start script for the server, too.
pub(super) fn is_server_arguments(arguments: &[OsString]) -> bool {
    match arguments.first() {
        None => true,
        Some(first) => {
            let bytes = first.as_encoded_bytes();
            bytes.starts_with(b"-") || SERVERS.contains(&bytes)
        }
    }
}

/// The arguments without the name of the server.
fn server_arguments(arguments: &[OsString]) -> Vec<OsString> {
    match arguments.first() {
        Some(first) if !first.as_encoded_bytes().starts_with(b"-") => arguments[1..].to_vec(),
        _ => arguments.to_vec(),
    }
}

/// What a command does with the words that are not options; messages call the command `word`.
///
/// # Errors
/// Too few or too many words, or one that the command does not know.
pub(super) fn of_words(
    command: CommandName,
    word: &str,
    mut options: Options,
    mut words: Vec<OsString>,
) -> Result<Invocation, UsageError> {
    let none_left = |words: &[OsString]| match words.first() {
        None => Ok(()),
        Some(argument) => {
            let argument = argument.to_str().and_then(shown_path);
            let help = if matches!(command, CommandName::Policy | CommandName::Health) {
                see_help_of(word)
            } else {
                // A template is judged together with the others of its directory.
                let directory = match argument.map(|it| (it, it.rsplit_once('/'))) {
                    None => "DIR",
                    Some((argument, _)) if Path::new(argument).extension().is_none_or(|it| it != "yml") => {
                        argument
                    }
                    Some((_, Some((directory, _)))) if !directory.is_empty() => directory,
                    Some((_, Some(_))) => "/",
                    Some((_, None)) => ".",
                };
                let manifests = if command == CommandName::Check {
                    let file = argument.unwrap_or("FILE");
                    format!(", for Kubernetes manifests: `es-entrypoint check -f {file}`")
                } else {
                    String::new()
                };
                format!(
                    "for templates in a directory: `es-entrypoint {word} --templates {directory}`{manifests}"
                )
            };
            Err(match argument {
                Some(argument) => UsageError::new(format_args!("`{word}` takes no argument `{argument}`")),
                None if command == CommandName::Policy => {
                    UsageError::new(format_args!("`policy` takes nothing after `check`, `print` or `patch`"))
                }
                None => UsageError::new(format_args!("`{word}` takes no argument")),
            }
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
            // What the shell makes of `-f *.yml`.
            if !options.files.is_empty() {
                options.files.append(&mut words);
            }
            none_left(&words)?;
            if options.dry_run && !options.fix {
                return Err(UsageError::new(format_args!("`--dry-run` needs `--fix`")).help(format_args!(
                    "it shows what `--fix` would write: `es-entrypoint check --fix --dry-run`"
                )));
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
            let masters = masters.to_str().and_then(parse_number).ok_or_else(|| {
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
        CommandName::Health => {
            none_left(&words)?;
            Invocation::Health(options)
        }
        CommandName::Archive => {
            if !is_server_arguments(&words) {
                return Err(UsageError::new(format_args!("`archive` takes arguments for the server only"))
                    .help(format_args!("for instance `es-entrypoint archive -- -Enode.attr.rack=1`")));
            }
            Invocation::Archive { options, arguments: server_arguments(&words) }
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
                    let kind = if word.contains('/') { "finding" } else { "command or topic" };
                    // What resembles nothing that there is may be a secret that slipped.
                    let is_name = word.bytes().all(|it| it.is_ascii_lowercase() || matches!(it, b'-' | b'/'));
                    match help::nearest_topic(&word).filter(|_| is_name) {
                        Some(name) => UsageError::new(format_args!("there is no {kind} `{word}`"))
                            .help(format_args!("see `es-entrypoint help {name}`")),
                        None => UsageError::new(format_args!("there is no such {kind}"))
                            .help(format_args!("see `es-entrypoint --help`")),
                    }
                })?
            }
        }),
    })
}
