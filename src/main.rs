//! The table of contents: read, plan, apply, supervise; the only place that turns results into exit codes.

mod apply;
mod ask;
mod cli;
mod commands;
mod disk;
mod exit;
mod logging;
mod output;
mod resolve;
mod timing;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use crate::cli::{Dialect, Invocation, LogFormat, Options, UsageError};
use crate::output::{Stream, Writer};
use diagnostics::json_string;
use diagnostics::printable;
use template::Environment;

#[global_allocator]
static MEMORY: pid1::Memory = pid1::Memory;

#[cfg(not(test))]
pid1::block_signals_first!();

#[expect(
    clippy::disallowed_methods,
    reason = "here the arguments are read, once, and here results become exit codes"
)]
fn main() -> ExitCode {
    let mut words = std::env::args_os();
    let dialect = Dialect::of(&words.next().unwrap_or_default());
    let arguments: Vec<OsString> = words.collect();
    // Called by the name of another program the words are the user's alone.
    let own = if dialect == Dialect::Own { &arguments[..] } else { &[] };
    if pid1::privileges::is_setuid() {
        pid1::restore_inherited_signals();
        let message =
            "this program is installed setuid or setgid: everybody who may run it could become root";
        let help = "take that away with `chmod u-s,g-s`; in a container start it as root";
        usage(&UsageError { message: message.to_owned(), help: Some(help.to_owned()) }, false);
        return ExitCode::from(exit::CONFIG);
    }
    if let Some(code) = pid1::resume(own) {
        return ExitCode::from(code);
    }
    std::panic::set_hook(Box::new(|panic| {
        // Not the payload: it could hold a value.
        let place = panic.location().map(|it| format!("{}:{}", it.file(), it.line())).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "es-entrypoint: defect at {place}; please report it");
        std::process::exit(i32::from(exit::SOFTWARE));
    }));
    ExitCode::from(dispatch(dialect, &arguments))
}

/// Runs what was asked for; gives the exit code.
#[expect(clippy::disallowed_methods, reason = "here the environment is read, once")]
fn dispatch(dialect: Dialect, arguments: &[OsString]) -> u8 {
    // The other variables are nothing to `init`, which shall be quick and small.
    let own_variables = pid1::own_variables(&cli::PREFIXES);
    let invocation = match cli::parse(dialect, arguments, &own_variables) {
        Ok(invocation) => invocation,
        Err(error) => {
            pid1::restore_inherited_signals();
            usage(&error, wants_json(arguments, &own_variables));
            // Somebody who mistypes a command in a running container ends nothing.
            if std::process::id() == 1 {
                apply::termination_log::text(&usage_text(&error));
            }
            return dialect.usage();
        }
    };
    if !matches!(invocation, Invocation::Run { .. } | Invocation::Init { .. } | Invocation::Archive { .. }) {
        pid1::restore_inherited_signals();
    }
    // Whoever reads all of it reads secrets.
    let environment = || {
        pid1::keep_memory_private();
        Environment::new(std::env::vars_os().collect())
    };
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match invocation {
        Invocation::Help(text) => print(&text),
        Invocation::Version => print(&format!("es-entrypoint {}\n", env!("CARGO_PKG_VERSION"))),
        Invocation::Init { options, program, arguments } => {
            commands::init::run(&options, &program, &arguments)
        }
        Invocation::Run { options, target } => {
            start_logging(&options);
            commands::run::run(
                &options,
                target,
                environment(),
                Writer::new(Stream::Error, &options, no_color),
            )
        }
        Invocation::Check(options) => {
            start_logging(&options);
            let output = Writer::new(Stream::Output, &options, no_color);
            let json = options.message_format.is_json();
            let code = if options.files.is_empty() {
                commands::check::run(&options, environment(), output)
            } else {
                // Manifests hold Secrets.
                pid1::keep_memory_private();
                commands::manifests::run(&options, output)
            };
            code.unwrap_or_else(|error| usage(&error, json))
        }
        Invocation::Render { options, templates } => {
            start_logging(&options);
            let errors = Writer::new(Stream::Error, &options, no_color);
            commands::render::run(&options, &templates, environment(), errors)
        }
        Invocation::Explain(options) => {
            start_logging(&options);
            commands::explain::run(&options, environment(), Writer::new(Stream::Output, &options, no_color))
        }
        Invocation::Quorum { options, masters } => {
            start_logging(&options);
            commands::quorum::run(&options, masters, Writer::new(Stream::Output, &options, no_color))
        }
        Invocation::Health(options) => {
            let json = options.message_format.is_json();
            commands::health::run(&options, &environment()).unwrap_or_else(|error| usage(&error, json))
        }
        Invocation::Archive { options, arguments: server } => {
            start_logging(&options);
            let output = Writer::new(Stream::Error, &options, no_color);
            commands::archive::run(&options, server, arguments, environment(), output)
        }
        Invocation::Policy { options, command } => {
            start_logging(&options);
            let json = options.message_format.is_json();
            commands::policy::run(&options, command, environment(), no_color)
                .unwrap_or_else(|error| usage(&error, json))
        }
    }
}

fn print(text: &str) -> u8 {
    // `es-entrypoint --help | head` is no error.
    match output::standard_output(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => exit::IO_ERROR,
        _ => exit::OK,
    }
}

fn start_logging(options: &Options) {
    // One stream, one form: where findings are objects, log lines are too.
    let format = if options.message_format.is_json() { LogFormat::Json } else { options.log_format };
    logging::start(options.log_level.unwrap_or("info"), format);
}

fn usage(error: &UsageError, json: bool) -> u8 {
    let (message, help) = (&error.message, error.help.as_deref());
    let text = if json {
        let help = help.map(|help| format!(",\"help\":{}", json_string(help))).unwrap_or_default();
        format!("{{\"level\":\"error\",\"message\":{}{help}}}\n", json_string(message))
    } else {
        usage_text(error)
    };
    let _ = std::io::stderr().write_all(text.as_bytes());
    exit::USAGE
}

fn usage_text(error: &UsageError) -> String {
    let help = error.help.as_ref().map(|help| format!("  = help: {}\n", printable(help))).unwrap_or_default();
    format!("error: {}\n{help}", printable(&error.message))
}

/// The message format of a command line that could not be read, as far as it can be recognized.
fn wants_json(arguments: &[OsString], environment: &[(OsString, OsString)]) -> bool {
    let asks = |value: &str| value.split(',').any(|word| matches!(word, "json" | "sarif"));
    let in_one_word = |word: &str| word.strip_prefix("--message-format=").is_some_and(asks);
    arguments.iter().any(|it| it.to_str().is_some_and(in_one_word))
        || arguments.windows(2).any(|it| it[0] == "--message-format" && it[1].to_str().is_some_and(asks))
        || environment
            .iter()
            .any(|(name, value)| name == "ES_ENTRYPOINT_MESSAGE_FORMAT" && value.to_str().is_some_and(asks))
}
