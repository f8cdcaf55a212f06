//! `policy check`, `policy print`, `policy patch`.

use std::path::Path;
use template::Environment;

use crate::cli::{Options, PolicyAction, PolicyMode, UsageError};
use crate::commands::examine::{self, Depth};
use crate::exit;
use crate::files::write::{self, NewFile, WriteError};
use crate::java_policy::{Action, NO_FILE, Planned};
use crate::output::{Stream, Writer};
use diagnostics::Finding;
use server::java_policy as policy;

/// Runs one of the three; gives the exit code.
///
/// # Errors
/// `patch` without anything that says whose Java is meant.
pub fn run(
    options: &Options,
    action: PolicyAction,
    environment: &Environment,
    no_color: bool,
) -> Result<u8, UsageError> {
    let mut options = options.clone();
    if action == PolicyAction::Patch {
        // Asked for by name, nothing else will do.
        options.policy = PolicyMode::Patch;
    }
    let depth = Depth { machine: true, needs_installation: false };
    let examined = examine::examine(&options, environment, &[], depth);
    let installed = examined.inputs.locations.installation.is_some();
    if action == PolicyAction::Patch && !installed && options.java_home.is_none() {
        return Err(UsageError::new(format_args!(
            "no server is installed here, so no Java is its own to patch"
        ))
        .help(format_args!("name the Java that is to be patched: `--java-home DIR`")));
    }
    let planned = examined.policy.unwrap_or_default();
    let stream = if action == PolicyAction::Check { Stream::Output } else { Stream::Error };
    let writer = Writer::new(stream, &options, no_color);
    let findings = options.levels.apply(findings_of(&planned));
    let code = writer.report(&findings);
    if code != exit::OK {
        return Ok(code);
    }
    Ok(match action {
        PolicyAction::Check => code,
        PolicyAction::Print => print(&options, &planned, no_color),
        PolicyAction::Patch => {
            if planned.pointless.is_some() {
                tracing::info!("nothing is written: no policy file is consulted here");
            }
            patch(&planned)
        }
    })
}

fn findings_of(planned: &Planned) -> Vec<Finding> {
    let mut findings = planned.findings.clone();
    findings.extend(planned.pointless.clone());
    let is_said =
        planned.pointless.is_some() || findings.iter().any(|finding| finding.code == "policy/not-writable");
    if planned.file.is_none() && !is_said {
        findings.push(Finding::warning("policy/pointless", "no `java.policy` found").help(NO_FILE));
    }
    findings
}

fn print(options: &Options, planned: &Planned, no_color: bool) -> u8 {
    let output = Writer::new(Stream::Output, options, no_color);
    match policy::file_text(&planned.grants) {
        Ok(text) if output.text(text.as_bytes()).is_err() => exit::IO_ERROR,
        Ok(_) => exit::OK,
        Err(_) => exit::CONFIG,
    }
}

fn patch(planned: &Planned) -> u8 {
    match &planned.action {
        Action::None => exit::OK,
        Action::Patch { path, bytes } | Action::Property { path, bytes } => match replace(path, bytes) {
            Ok(()) => {
                tracing::info!("patched {}", path.display());
                exit::OK
            }
            Err(error) => {
                tracing::error!("{}", error.message());
                error.exit_code()
            }
        },
    }
}

/// Writes a policy file.
///
/// # Errors
/// As [`write::atomically`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    if let Some(directory) = path.parent() {
        write::remove_stale(directory);
    }
    write::atomically(path, bytes, NewFile { mode: 0o644, owner: None }).map(|_| ())
}
