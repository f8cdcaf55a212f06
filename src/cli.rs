//! argv and the `ES_ENTRYPOINT_…` variables become an [`Invocation`]. Pure: nothing is looked up on disk.
//!
//! Not for help texts (those are [`help`]'s) and not for what an option then does.

pub mod help;
pub mod table;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::elasticsearch::version::Version;
use crate::finding::codes;
use crate::finding::report::MessageFormat;
use crate::finding::{Finding, Severity};
use crate::plan::Ownership;
use crate::suggest::nearest;
use crate::template::Format;
pub use table::CommandName;
use table::{OPTIONS, OptionRow, Takes, VARIABLE_PREFIX};

/// What the user asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Invocation {
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
        action: PolicyAction,
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

/// What `run` starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The server with these further arguments.
    Server(Vec<OsString>),
    /// Another command, after the same preparation.
    Other { program: OsString, arguments: Vec<OsString> },
}

/// `policy check`, `policy print`, `policy patch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyAction {
    Check,
    Print,
    Patch,
}

/// `--policy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyMode {
    /// Patch where the file is writable, else property.
    #[default]
    Auto,
    Patch,
    Property,
    Off,
}

/// `--log-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// What `--allow`, `--warn` and `--deny` make of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Allow,
    Warn,
    Deny,
}

/// The options of the supervising side, as typed; [`crate::supervise`] gives them their meaning.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct SupervisionOptions {
    pub group: bool,
    pub session: bool,
    pub forward: Vec<String>,
    pub drop: Vec<String>,
    pub rewrite: Vec<String>,
    /// Seconds.
    pub stop_timeout: Option<f64>,
    /// Seconds.
    pub grace: Option<f64>,
    pub stop_status: Option<u8>,
    pub inherit_signals: bool,
    pub no_subreaper: bool,
    /// The command of ours that the program's name is near to.
    pub meant: Option<&'static str>,
}

/// All options, typed; each command reads those it knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    pub es_home: Option<PathBuf>,
    pub config_dir: Option<PathBuf>,
    pub es_version: Option<Version>,
    pub templates: Option<PathBuf>,
    pub runtime_dir: Option<PathBuf>,
    pub host: bool,
    pub strict: bool,
    /// In the order of precedence: the last one that names a code wins.
    pub levels: Vec<(&'static str, Level)>,
    pub message_format: MessageFormat,
    pub log_level: Option<String>,
    pub log_format: LogFormat,
    pub files: Vec<OsString>,
    /// Nothing: by file name.
    pub format: Option<Format>,
    pub output: Option<PathBuf>,
    pub min: Option<u32>,
    pub policy: PolicyMode,
    pub java_home: Option<PathBuf>,
    pub read: Vec<OsString>,
    pub remove: bool,
    pub user: Option<String>,
    pub chown: Ownership,
    pub supervision: SupervisionOptions,
}

impl Options {
    /// Applies `--allow`, `--warn` and `--deny`, then `--strict`.
    pub fn judge(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let mut judged = Vec::with_capacity(findings.len());
        for mut finding in findings {
            match self.levels.iter().rev().find(|(code, _)| *code == finding.code).map(|(_, level)| level) {
                Some(Level::Allow) => continue,
                Some(Level::Warn) => finding.severity = Severity::Warning,
                Some(Level::Deny) => finding.severity = Severity::Error,
                None => {}
            }
            if self.strict {
                finding.severity = Severity::Error;
            }
            judged.push(finding);
        }
        judged
    }
}

/// A wrong command line or `ES_ENTRYPOINT_…` variable: exit code 64. The text never holds a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageError {
    pub message: String,
    pub help: Option<String>,
}

impl UsageError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Reads the command line (without the program's name) and the environment.
///
/// # Errors
/// Unknown commands' options, unknown variables of ours, values that do not fit.
pub fn parse(arguments: &[OsString], environment: &[(OsString, OsString)]) -> Result<Invocation, UsageError> {
    let first = arguments.first().map(|word| word.to_string_lossy());
    match first.as_deref() {
        Some("--help") => return Ok(Invocation::Help(help::overview())),
        Some("--version") => return Ok(Invocation::Version),
        _ => {}
    }
    let variables = from_environment(environment)?;
    let command = first.as_deref().and_then(CommandName::of);
    let Some(command) = command else {
        if is_server_arguments(arguments) {
            let options = typed(CommandName::Run, &variables, &[])?;
            return Ok(Invocation::Run { options, target: Target::Server(server_arguments(arguments)) });
        }
        let mut options = typed(CommandName::Init, &variables, &[])?;
        options.supervision.meant =
            first.and_then(|word| nearest(&word, CommandName::ALL.iter().map(|(name, _)| *name)));
        return Ok(Invocation::Init {
            options,
            program: arguments[0].clone(),
            arguments: arguments[1..].to_vec(),
        });
    };
    let line = from_command_line(command, &arguments[1..])?;
    if line.help {
        return Ok(Invocation::Help(help::of_command(command)));
    }
    let options = typed(command, &variables, &line.options)?;
    invocation(command, options, line.words)
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
    options: Options,
    words: Vec<OsString>,
) -> Result<Invocation, UsageError> {
    let none_left = |words: &[OsString]| match words.first() {
        None => Ok(()),
        Some(word) => {
            let (command, word) = (command.word(), word.to_string_lossy());
            let help = match command {
                "policy" => "see `es-entrypoint help policy`".to_owned(),
                _ => format!("for templates in a directory: `es-entrypoint {command} --templates {word}`"),
            };
            Err(UsageError::new(format!("`{command}` takes no argument `{word}`")).help(help))
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
                return Err(UsageError::new("`check -f`: this version does not read Kubernetes manifests")
                    .help("`es-entrypoint check` judges templates: set the manifest's variables and name them with `--templates DIR`"));
            }
            Invocation::Check(options)
        }
        CommandName::Render => {
            if options.output.is_some() && words.iter().any(|word| word == "-") {
                return Err(UsageError::new("`render --output` cannot write standard input to a directory")
                    .help("leave out `--output` and redirect, or name the template's file"));
            }
            Invocation::Render { options, templates: words }
        }
        CommandName::Explain => {
            none_left(&words)?;
            Invocation::Explain(options)
        }
        CommandName::Quorum => {
            let [masters] = words.as_slice() else {
                return Err(UsageError::new(
                    "`quorum` takes one argument: the number of master-eligible nodes",
                )
                .help("for instance `es-entrypoint quorum 3 --min 2`"));
            };
            let masters = masters.to_str().and_then(number).ok_or_else(|| {
                UsageError::new("`quorum` takes the number of master-eligible nodes")
                    .help(format!("{NUMBER}, for instance `es-entrypoint quorum 3`"))
            })?;
            Invocation::Quorum { options, masters }
        }
        CommandName::Policy => {
            let action = match words.first().map(|word| word.to_string_lossy()).as_deref() {
                Some("check") => PolicyAction::Check,
                Some("print") => PolicyAction::Print,
                Some("patch") => PolicyAction::Patch,
                _ => {
                    return Err(UsageError::new("`policy` takes one of `check`, `print`, `patch`")
                        .help("for instance `es-entrypoint policy check`"));
                }
            };
            none_left(&words[1..])?;
            Invocation::Policy { options, action }
        }
        CommandName::Init => {
            let Some((program, arguments)) = words.split_first() else {
                return Err(UsageError::new("`init` takes the command to run")
                    .help("for instance `es-entrypoint init -- sleep 60`"));
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
                    let error = UsageError::new(format!("there is no command or topic `{word}`"));
                    match nearest(&word, names) {
                        Some(name) => error.help(format!("see `es-entrypoint help {name}`")),
                        None => error.help("see `es-entrypoint --help`"),
                    }
                })?
            }
        }),
    })
}

/// One option as given: the row, its value, and what to call it in a message.
struct Given {
    row: &'static OptionRow,
    value: OsString,
    from: String,
}

struct CommandLine {
    options: Vec<Given>,
    words: Vec<OsString>,
    help: bool,
}

fn from_command_line(command: CommandName, arguments: &[OsString]) -> Result<CommandLine, UsageError> {
    let mut line = CommandLine { options: Vec::new(), words: Vec::new(), help: false };
    // A command to run takes everything behind it as its own.
    let words_end_options = matches!(command, CommandName::Init | CommandName::Run);
    let mut parser = lexopt::Parser::from_args(arguments.iter().cloned());
    loop {
        let row = match parser.next() {
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
            Ok(Some(lexopt::Arg::Long("help"))) => {
                line.help = true;
                return Ok(line);
            }
            Ok(Some(lexopt::Arg::Short('h'))) if command != CommandName::Run => {
                line.help = true;
                return Ok(line);
            }
            Ok(Some(lexopt::Arg::Short('f'))) if command == CommandName::Check => table::find("file"),
            Ok(Some(lexopt::Arg::Long(name))) => {
                let row = table::find(name).filter(|row| row.is_for(command));
                if row.is_none() {
                    let name = name.to_owned();
                    return Err(unknown_option(command, &name));
                }
                row
            }
            Ok(Some(lexopt::Arg::Short(letter))) => {
                let error = UsageError::new(format!("unknown option `-{letter}` of `{}`", command.word()));
                return Err(if command == CommandName::Run {
                    error.help("arguments for the server go after `--`: `es-entrypoint run -- -Des.x=y`")
                } else {
                    error.help(format!("see `es-entrypoint help {}`", command.word()))
                });
            }
            Err(_) => {
                return Err(UsageError::new("an option has a value that it does not take")
                    .help(format!("see `es-entrypoint help {}`", command.word())));
            }
        };
        let Some(row) = row else { continue };
        let from = format!("--{}", row.name);
        let value = if row.takes == Takes::Switch {
            parser.optional_value().unwrap_or_else(|| "true".into())
        } else {
            parser.value().map_err(|_| {
                UsageError::new(format!("`{from}` needs a value"))
                    .help(format!("see `es-entrypoint help {}`", command.word()))
            })?
        };
        if value.is_empty() {
            return Err(UsageError::new(format!("the value of `{from}` is empty"))
                .help("give a value, or leave the option out"));
        }
        line.options.push(Given { row, value, from });
    }
    Ok(line)
}

fn unknown_option(command: CommandName, name: &str) -> UsageError {
    let known = OPTIONS.iter().filter(|row| row.is_for(command) && row.is_shown()).map(|row| row.name);
    if table::find(name).is_some() {
        return UsageError::new(format!("`--{name}` is not an option of `{}`", command.word()))
            .help(format!("see `es-entrypoint help {}`", command.word()));
    }
    let error = UsageError::new(format!("unknown option `--{name}` of `{}`", command.word()));
    match nearest(name, known) {
        Some(near) => error.help(format!("did you mean `--{near}`?")),
        None => error.help(format!("see `es-entrypoint help {}`", command.word())),
    }
}

/// The variables of ours, strictest level last.
fn from_environment(environment: &[(OsString, OsString)]) -> Result<Vec<Given>, UsageError> {
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
            let error = UsageError::new(format!("unknown variable `{name}`"));
            let known: Vec<String> = OPTIONS.iter().map(OptionRow::variable).collect();
            return Err(match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("variables that start with `ES_ENTRYPOINT_` are options; see `es-entrypoint help variables`"),
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

/// The typed options: the variables first, then the command line, so that the latter wins.
fn typed(command: CommandName, variables: &[Given], line: &[Given]) -> Result<Options, UsageError> {
    let mut options = Options::default();
    // A variable of a pod is for the container's `run`; the other commands take what they know. Its value is
    // judged all the same, so that a mistake shows wherever it is looked for.
    for given in variables {
        apply(&mut options, given)?;
    }
    for given in line {
        apply(&mut options, given)?;
    }
    if options.supervision.group && options.supervision.session {
        return Err(UsageError::new("`--group` and `--session` exclude each other")
            .help("a session's leader leads a process group too: `--session` is enough"));
    }
    if !options.files.is_empty() && command != CommandName::Check {
        options.files.clear();
    }
    Ok(options)
}

fn apply(options: &mut Options, given: &Given) -> Result<(), UsageError> {
    let value = &given.value;
    let path = || Some(PathBuf::from(value));
    let supervision = &mut options.supervision;
    match given.row.name {
        "es-home" => options.es_home = path(),
        "config-dir" => options.config_dir = path(),
        "es-version" => {
            let known = Version::parse(text(given)?).filter(Version::is_known);
            options.es_version = Some(known.ok_or_else(|| {
                bad(given, "a version of Elasticsearch 1, 2 or 5 to 9 like `2.3.4`, or of OpenSearch 1 to 3 like `os-2.11.0`")
            })?);
        }
        "templates" => options.templates = path(),
        "runtime-dir" => options.runtime_dir = path(),
        "host" => options.host = switch(given)?,
        "strict" => options.strict = switch(given)?,
        "allow" => add_levels(options, given, Level::Allow)?,
        "warn" => add_levels(options, given, Level::Warn)?,
        "deny" => add_levels(options, given, Level::Deny)?,
        "message-format" => {
            options.message_format = choice(
                given,
                &[
                    ("human", MessageFormat::Human),
                    ("json", MessageFormat::Json),
                    ("github", MessageFormat::Github),
                ],
            )?;
        }
        "log-level" => {
            let levels = ["off", "error", "warn", "info", "debug", "trace"].map(|level| (level, level));
            options.log_level = Some(choice(given, &levels)?.to_owned());
        }
        "log-format" => {
            options.log_format = choice(given, &[("text", LogFormat::Text), ("json", LogFormat::Json)])?;
        }
        "file" => options.files.push(value.clone()),
        "format" => {
            options.format = choice(
                given,
                &[
                    ("auto", None),
                    ("elasticsearch", Some(Format::Elasticsearch)),
                    ("yaml", Some(Format::Yaml)),
                    ("text", Some(Format::Text)),
                    ("properties", Some(Format::Properties)),
                    ("jvm-options", Some(Format::JvmOptions)),
                    ("policy", Some(Format::Policy)),
                ],
            )?;
        }
        "output" => options.output = path(),
        "min" => options.min = Some(number(text(given)?).ok_or_else(|| bad(given, NUMBER))?),
        "policy" => {
            options.policy = choice(
                given,
                &[
                    ("auto", PolicyMode::Auto),
                    ("patch", PolicyMode::Patch),
                    ("property", PolicyMode::Property),
                    ("off", PolicyMode::Off),
                ],
            )?;
        }
        "java-home" => options.java_home = path(),
        "read" => options.read.push(value.clone()),
        "remove" => options.remove = switch(given)?,
        "user" => options.user = Some(text(given)?.to_owned()),
        "chown" => {
            options.chown = choice(
                given,
                &[("top", Ownership::Top), ("recursive", Ownership::Recursive), ("off", Ownership::Off)],
            )?;
        }
        "group" => supervision.group = switch(given)?,
        "session" => supervision.session = switch(given)?,
        "forward" => add_words(&mut supervision.forward, given)?,
        "drop" => add_words(&mut supervision.drop, given)?,
        "rewrite" => add_words(&mut supervision.rewrite, given)?,
        "stop-timeout" => supervision.stop_timeout = Some(seconds(given)?),
        "grace" => supervision.grace = Some(seconds(given)?),
        "stop-status" => {
            supervision.stop_status =
                Some(text(given)?.parse().map_err(|_| bad(given, "an exit code from 0 to 255"))?);
        }
        "inherit-signals" => supervision.inherit_signals = switch(given)?,
        "no-subreaper" => supervision.no_subreaper = switch(given)?,
        // Each row of the table has its arm; a test walks the table.
        other => return Err(UsageError::new(format!("option `--{other}` has no meaning yet"))),
    }
    Ok(())
}

/// The value must be something else; it is not shown, as a mistyped command line can hold anything.
fn bad(given: &Given, wanted: &str) -> UsageError {
    UsageError::new(format!("the value of `{}` is not valid", given.from)).help(format!("it takes {wanted}"))
}

fn text(given: &Given) -> Result<&str, UsageError> {
    given.value.to_str().ok_or_else(|| bad(given, "UTF-8 text"))
}

fn switch(given: &Given) -> Result<bool, UsageError> {
    match given.value.to_str() {
        Some("true" | "1" | "yes" | "on") => Ok(true),
        Some("false" | "0" | "no" | "off") => Ok(false),
        _ => Err(bad(given, "`true` or `false`")),
    }
}

fn choice<T: Copy>(given: &Given, choices: &[(&str, T)]) -> Result<T, UsageError> {
    choices.iter().find(|(word, _)| OsStr::new(word) == given.value).map(|(_, value)| *value).ok_or_else(
        || {
            let words: Vec<String> = choices.iter().map(|(word, _)| format!("`{word}`")).collect();
            bad(given, &format!("one of {}", words.join(", ")))
        },
    )
}

const NUMBER: &str = "a number from 0 to 4294967295";

fn number(text: &str) -> Option<u32> {
    // A sign or a blank is as much a typing error as a letter.
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

fn seconds(given: &Given) -> Result<f64, UsageError> {
    const LONGEST: f64 = 31_536_000.0;
    let wanted = "seconds, like `30` or `0.5`";
    let text = text(given)?;
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(bad(given, wanted));
    }
    text.parse().ok().filter(|value| (0.0..=LONGEST).contains(value)).ok_or_else(|| bad(given, wanted))
}

fn add_words(list: &mut Vec<String>, given: &Given) -> Result<(), UsageError> {
    list.extend(text(given)?.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned));
    Ok(())
}

fn add_levels(options: &mut Options, given: &Given, level: Level) -> Result<(), UsageError> {
    for name in text(given)?.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let Some(code) = codes::find(name) else {
            let known = codes::CODES.iter().map(|code| code.name);
            let error = UsageError::new(format!("`{}` names an unknown finding", given.from));
            return Err(match nearest(name, known) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("see `es-entrypoint help findings`"),
            });
        };
        if level != Level::Deny && code.name.starts_with("template/") {
            return Err(UsageError::new(format!(
                "`{}` cannot name `{}`: without a rendered file there is nothing to start with",
                given.from, code.name
            ))
            .help("give the placeholder a default, `${NAME:-…}`, or set the variable"));
        }
        options.levels.push((code.name, level));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
