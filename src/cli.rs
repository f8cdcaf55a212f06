//! argv and the `ES_ENTRYPOINT_…` variables become an [`Invocation`]. Pure: nothing is looked up on disk.
//!
//! Not for help texts (those are [`help`]'s) and not for what an option then does.

pub mod dialect;
pub mod help;
pub mod table;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

use crate::elasticsearch::version::Version;
use crate::finding::codes;
use crate::finding::report::MessageFormat;
use crate::finding::{Finding, Severity};
use crate::plan::Ownership;
use crate::suggest::nearest;
use crate::template::Format;
pub use dialect::Dialect;
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
    /// Whose command line it was: it decides where nothing else does.
    pub dialect: Dialect,
    pub single: bool,
    pub group: bool,
    pub session: bool,
    /// Lists of signals with commas between them, as typed.
    pub forward: String,
    pub drop: String,
    pub rewrite: String,
    /// Seconds.
    pub stop_timeout: Option<f64>,
    /// Seconds.
    pub grace: Option<f64>,
    pub stop_status: Option<u8>,
    pub success_codes: Vec<u8>,
    pub parent_death_signal: Option<String>,
    pub inherit_signals: bool,
    pub no_subreaper: bool,
    pub log_reaped: bool,
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
    pub log_level: Option<&'static str>,
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
    fn level(&self, code: &str) -> Option<Level> {
        self.levels.iter().rev().find(|(named, _)| *named == code).map(|(_, level)| *level)
    }

    /// Whether an error of that code refuses the start.
    pub fn is_error(&self, code: &str) -> bool {
        match self.level(code) {
            Some(Level::Allow) => false,
            Some(Level::Warn) => self.strict,
            _ => true,
        }
    }

    /// Applies `--allow`, `--warn` and `--deny`, then `--strict`.
    pub fn judge(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let mut judged = Vec::with_capacity(findings.len());
        for mut finding in findings {
            match self.level(finding.code) {
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
pub fn parse(
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
            let action = match words.first().map(|word| word.to_string_lossy()).as_deref() {
                Some("check") => PolicyAction::Check,
                Some("print") => PolicyAction::Print,
                Some("patch") => PolicyAction::Patch,
                _ => {
                    return Err(UsageError::new(format_args!(
                        "`policy` takes one of `check`, `print`, `patch`"
                    ))
                    .help(format_args!("for instance `es-entrypoint policy check`")));
                }
            };
            none_left(&words[1..])?;
            Invocation::Policy { options, action }
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

/// One option as given: the row, its value, and what to call it in a message.
struct Given {
    row: &'static OptionRow,
    value: OsString,
    from: String,
}

#[derive(Default)]
struct CommandLine {
    options: Vec<Given>,
    words: Vec<OsString>,
    /// `h`, `l` or `V`: to be printed, instead of everything else.
    asked: char,
}

/// Where to read more.
fn see(word: &str) -> String {
    match CommandName::of(word) {
        Some(_) => format!("see `es-entrypoint help {word}`"),
        None => format!("see `{word} -h`"),
    }
}

fn from_command_line(
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
            Err(_) => {
                return Err(UsageError::new(format_args!("an option has a value that it does not take"))
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

fn unknown_option(command: CommandName, word: &str, from: &str) -> UsageError {
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

/// The typed options: foreign variables first, then ours, then the command line, so that the last wins.
fn typed(command: CommandName, dialect: Dialect, given: [&Vec<Given>; 3]) -> Result<Options, UsageError> {
    let mut options = Options { supervision: dialect.usual(), ..Options::default() };
    // A variable of a pod is for the container's `run`; the other commands take what they know. Its value is
    // judged all the same, so that a mistake shows wherever it is looked for.
    for given in given[0] {
        apply(&mut options, given)?;
    }
    // What is usual holds only where nothing is asked for.
    let usual = (options.supervision.group, options.supervision.session);
    (options.supervision.group, options.supervision.session) = (false, false);
    for given in given[1].iter().chain(given[2]) {
        apply(&mut options, given)?;
    }
    let supervision = &mut options.supervision;
    if supervision.group && supervision.session {
        return Err(UsageError::new(format_args!("`--group` and `--session` exclude each other"))
            .help(format_args!("a session's leader leads a process group too: `--session` is enough")));
    }
    if !(supervision.single || supervision.group || supervision.session) {
        (supervision.group, supervision.session) = usual;
    }
    if !options.files.is_empty() && command != CommandName::Check {
        options.files.clear();
    }
    Ok(options)
}

fn apply(options: &mut Options, given: &Given) -> Result<(), UsageError> {
    let path = match given.row.name {
        "es-home" => &mut options.es_home,
        "config-dir" => &mut options.config_dir,
        "templates" => &mut options.templates,
        "runtime-dir" => &mut options.runtime_dir,
        "output" => &mut options.output,
        "java-home" => &mut options.java_home,
        name => return apply_list(options, given, name),
    };
    *path = Some(PathBuf::from(&given.value));
    Ok(())
}

fn apply_list(options: &mut Options, given: &Given, name: &str) -> Result<(), UsageError> {
    let list = match name {
        "forward" => &mut options.supervision.forward,
        "drop" => &mut options.supervision.drop,
        "rewrite" => &mut options.supervision.rewrite,
        name => return apply_other(options, given, name),
    };
    list.push_str(text(given)?);
    list.push(',');
    Ok(())
}

fn apply_other(options: &mut Options, given: &Given, name: &str) -> Result<(), UsageError> {
    let value = &given.value;
    let on = given.row.takes == Takes::Switch && switch(given)?;
    let supervision = &mut options.supervision;
    match name {
        "es-version" => {
            let known = Version::parse(text(given)?).filter(Version::is_known);
            options.es_version = Some(known.ok_or_else(|| {
                bad(given, "a version of Elasticsearch 1, 2 or 5 to 9 like `2.3.4`, or of OpenSearch 1 to 3 like `os-2.11.0`")
            })?);
        }
        "host" => options.host = on,
        "strict" => options.strict = on,
        "allow" => add_levels(options, given, Level::Allow)?,
        "warn" => add_levels(options, given, Level::Warn)?,
        "deny" => add_levels(options, given, Level::Deny)?,
        "message-format" => {
            let index = choice(given, &["human", "json", "github"])?;
            options.message_format =
                [MessageFormat::Human, MessageFormat::Json, MessageFormat::Github][index];
        }
        "log-level" => {
            let levels = ["off", "error", "warn", "info", "debug", "trace"];
            options.log_level = Some(levels[choice(given, &levels)?]);
        }
        "log-format" => {
            options.log_format = [LogFormat::Text, LogFormat::Json][choice(given, &["text", "json"])?];
        }
        "file" => options.files.push(value.clone()),
        "format" => {
            let words = ["auto", "elasticsearch", "yaml", "text", "properties", "jvm-options", "policy"];
            options.format = [
                None,
                Some(Format::Elasticsearch),
                Some(Format::Yaml),
                Some(Format::Text),
                Some(Format::Properties),
                Some(Format::JvmOptions),
                Some(Format::Policy),
            ][choice(given, &words)?];
        }
        "min" => options.min = Some(number(text(given)?).ok_or_else(|| bad(given, NUMBER))?),
        "policy" => {
            let index = choice(given, &["auto", "patch", "property", "off"])?;
            options.policy =
                [PolicyMode::Auto, PolicyMode::Patch, PolicyMode::Property, PolicyMode::Off][index];
        }
        "read" => options.read.push(value.clone()),
        "remove" => options.remove = on,
        "user" => options.user = Some(text(given)?.to_owned()),
        "chown" => {
            let index = choice(given, &["top", "recursive", "off"])?;
            options.chown = [Ownership::Top, Ownership::Recursive, Ownership::Off][index];
        }
        "single-child" => {
            supervision.single = on;
            if supervision.single {
                supervision.group = false;
                supervision.session = false;
            }
        }
        "group" => supervision.group = on,
        "session" => supervision.session = on,
        "stop-timeout" => supervision.stop_timeout = Some(seconds(given)?),
        "grace" => supervision.grace = Some(seconds(given)?),
        "stop-status" => {
            supervision.stop_status = Some(exit_code(given, text(given)?)?);
        }
        "success-code" => {
            for code in text(given)?.split(',') {
                supervision.success_codes.push(exit_code(given, code.trim())?);
            }
        }
        "parent-death-signal" => supervision.parent_death_signal = Some(text(given)?.to_owned()),
        "log-reaped" => supervision.log_reaped = on,
        "inherit-signals" => supervision.inherit_signals = on,
        "no-subreaper" => supervision.no_subreaper = on,
        // Each row of the table has its arm; a test walks the table.
        other => return Err(UsageError::new(format_args!("option `--{other}` has no meaning yet"))),
    }
    Ok(())
}

/// The value must be something else; it is not shown, as a mistyped command line can hold anything.
fn bad(given: &Given, wanted: &str) -> UsageError {
    UsageError::new(format_args!("the value of `{}` is not valid", given.from))
        .help(format_args!("it takes {wanted}"))
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

/// Which of the words it is. Not generic: the binary needs this once.
fn choice(given: &Given, words: &[&str]) -> Result<usize, UsageError> {
    words.iter().position(|word| OsStr::new(word) == given.value).ok_or_else(|| {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        bad(given, &format!("one of {}", words.join(", ")))
    })
}

const NUMBER: &str = "a number from 0 to 4294967295";

fn number(text: &str) -> Option<u32> {
    // A sign or a blank is as much a typing error as a letter.
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

fn exit_code(given: &Given, text: &str) -> Result<u8, UsageError> {
    text.parse().map_err(|_| bad(given, "an exit code from 0 to 255"))
}

fn seconds(given: &Given) -> Result<f64, UsageError> {
    const LONGEST: f64 = 31_536_000.0;
    let wanted = "seconds from 0 to 31536000, like `30` or `0.5`";
    let text = text(given)?;
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(bad(given, wanted));
    }
    text.parse().ok().filter(|value| (0.0..=LONGEST).contains(value)).ok_or_else(|| bad(given, wanted))
}

fn add_levels(options: &mut Options, given: &Given, level: Level) -> Result<(), UsageError> {
    for name in text(given)?.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let Some(code) = codes::find(name) else {
            let known = codes::CODES.iter().map(|code| code.name);
            let error = UsageError::new(format_args!("`{}` names an unknown finding", given.from));
            return Err(match nearest(name, known) {
                Some(near) => error.help(format_args!("did you mean `{near}`?")),
                None => error.help(format_args!("commas separate codes; see `es-entrypoint help findings`")),
            });
        };
        if level != Level::Deny && code.name.starts_with("template/") {
            return Err(UsageError::new(format_args!(
                "`{}` cannot name `{}`: without a rendered file there is nothing to start with",
                given.from, code.name
            ))
            .help(format_args!("give the placeholder a default, `${{NAME:-…}}`, or set the variable")));
        }
        options.levels.push((code.name, level));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
