//! `policy check`, `policy print`, `policy patch`.

use node::{Depth, PolicyAction, PolicyMode, PolicyPlan};
use server::java_policy;
use template::Environment;

use crate::apply;
use crate::cli::{Options, PolicyCommand, UsageError};
use crate::disk::Disk;
use crate::exit;
use crate::output::{Stream, Writer};

/// Runs one of the three; gives the exit code.
///
/// # Errors
/// `patch` without anything that says whose Java is meant.
pub(crate) fn run(
    options: &Options,
    command: PolicyCommand,
    environment: Environment,
    no_color: bool,
) -> Result<u8, UsageError> {
    let mut request = options.request(Depth::Policy);
    if command == PolicyCommand::Patch {
        // Asked for by name, nothing else will do.
        request.policy = PolicyMode::Patch;
    }
    let disk = Disk::default();
    let facts = node::read(request, environment, &disk);
    if command == PolicyCommand::Patch && facts.installation.is_none() && options.java_home.is_none() {
        return Err(UsageError::new(format_args!(
            "no server is installed here, so it is not known which Java to patch"
        ))
        .help(format_args!("name the Java that is to be patched: `--java-home DIR`")));
    }
    let planned =
        facts.machine.as_ref().map(|machine| node::plan_policy(&facts, machine)).unwrap_or_default();
    planned.notes.iter().for_each(|note| tracing::info!("{note}"));
    let stream = if command == PolicyCommand::Check { Stream::Output } else { Stream::Error };
    let writer = Writer::new(stream, options, no_color);
    let code = writer.report(&options.levels.apply(planned.all_findings()));
    if code != exit::OK {
        return Ok(code);
    }
    Ok(match command {
        PolicyCommand::Check => code,
        PolicyCommand::Print => print(options, &planned, no_color),
        PolicyCommand::Patch => {
            if planned.pointless.is_some() {
                tracing::info!("nothing is written: no policy file is consulted here");
            }
            patch(&planned)
        }
    })
}

fn print(options: &Options, planned: &PolicyPlan, no_color: bool) -> u8 {
    let output = Writer::new(Stream::Output, options, no_color);
    match java_policy::file_text(&planned.grants) {
        Ok(text) if output.text(text.as_bytes()).is_err() => exit::IO_ERROR,
        Ok(_) => exit::OK,
        Err(_) => exit::CONFIG,
    }
}

fn patch(planned: &PolicyPlan) -> u8 {
    match &planned.action {
        PolicyAction::None => exit::OK,
        PolicyAction::Patch(file) | PolicyAction::Property(file) => {
            match apply::replace(&file.path, &file.bytes) {
                Ok(()) => {
                    tracing::info!("patched {}", file.path.display());
                    exit::OK
                }
                Err(error) => {
                    tracing::error!("{}", error.message());
                    error.exit_code()
                }
            }
        }
    }
}
