//! `run`: prepare everything, or refuse; then supervise.

use std::ffi::OsString;
use std::path::Path;

use crate::apply::{self, Target as Configuration};
use crate::cli::{Options, Target};
use crate::commands::examine::{self, Depth, Examined};
use crate::commands::policy;
use crate::commands::supervision;
use crate::exit;
use crate::files::sources::PlainFile;
use crate::files::write::WriteError;
use crate::java_policy::Action;
use crate::output::{Writer, has_error};
use crate::ownership::correct_ownership;
use crate::prepare::Locations;
use crate::users::Identity;
use pid1::privileges::is_root;
use pid1::signals::Forwarding;
use pid1::{Image, Start, Supervision, Watch};
use server::bootstrap::memory_lock_setting;
use server::launch::Command;
use server::launch::Launch;

/// Prepares and runs; gives the exit code.
pub fn run(options: &Options, target: &Target, environment: Vec<(OsString, OsString)>, errors: Writer) -> u8 {
    let preparation = pid1::Preparation::begin();
    let supervision = match supervision::of_options(options, Forwarding::jvm()) {
        Ok(supervision) => supervision,
        Err(message) => {
            tracing::error!("{message}");
            return exit::USAGE;
        }
    };
    let server_arguments: &[OsString] = match target {
        Target::Server(arguments) => arguments,
        Target::Other { .. } => &[],
    };
    let depth = Depth { machine: true, needs_installation: matches!(target, Target::Server(_)) };
    let mut examined = examine::examine(options, &environment, server_arguments, depth);
    let findings = options.judge(std::mem::take(&mut examined.findings));
    let _ = errors.findings(&findings);
    if has_error(&findings) {
        return exit::CONFIG;
    }
    if let Some(reason) = impossible(&examined) {
        tracing::error!("{reason}");
        return exit::CONFIG;
    }
    let supervision = complete(supervision, target, &examined);
    if let Err(error) = prepare(options, &mut examined) {
        tracing::error!("{}", error.message());
        return error.exit_code();
    }
    let Some(mut command) = command(target, &examined, environment) else {
        // Only where an error was allowed: there is nothing that could be started.
        tracing::error!("there is no server to start");
        return exit::CONFIG;
    };
    if matches!(target, Target::Server(_)) {
        tracing::info!("starting {}", examined.version.name());
    }
    let identity = examined.machine.as_ref().and_then(|machine| machine.identity.as_ref());
    if let Some(identity) = identity.filter(|_| is_root()) {
        identity.set_home(&mut command.environment);
    }
    drop(examined);
    preparation.finish();
    let Command { program, arguments, environment } = &command;
    pid1::run_then_reexec(&Image { name: program, arguments, environment }, &supervision)
}

/// What no `--allow` can make good.
fn impossible(examined: &Examined) -> Option<&'static str> {
    let nobody = examined.machine.as_ref().is_some_and(|machine| machine.identity.is_none());
    if is_root() && nobody {
        return Some("the user of `--user` is not known: nothing is started as root instead");
    }
    let missing = examined.files.len() != examined.inputs.sources.templates.len();
    missing.then_some("a template was not rendered: nothing is started with a part of its configuration")
}

/// Identity, memory locking and limits, as the server needs them.
fn complete(supervision: Supervision, target: &Target, examined: &Examined) -> Supervision {
    let identity = examined.machine.as_ref().and_then(|machine| machine.identity.as_ref());
    let Supervision { start, watch } = supervision;
    Supervision {
        start: Start {
            no_new_privileges: true,
            lock_memory: memory_lock_setting(examined.version, &examined.settings).is_some(),
            raise_limits: true,
            credentials: identity.map(Identity::credentials),
            ..start
        },
        watch: Watch { resend_early_stop: may_be_java_8(target, examined), ..watch },
    }
}

/// Whether the child may be a JVM that forgets a signal of its first moments. Nobody else is told anything twice.
fn may_be_java_8(target: &Target, examined: &Examined) -> bool {
    match target {
        Target::Server(_) => {
            let java = examined.machine.as_ref().and_then(|machine| machine.facts.java.as_ref());
            java.and_then(|java| java.major).is_none_or(|major| major <= 8)
        }
        Target::Other { program, .. } => Path::new(program).file_name().is_some_and(|name| name == "java"),
    }
}

/// Writes the configuration and corrects ownership.
fn prepare(options: &Options, examined: &mut Examined) -> Result<(), WriteError> {
    let Some(machine) = &examined.machine else { return Ok(()) };
    let owner = machine.identity.as_ref().map(|identity| (identity.uid, identity.gid));
    if let Some(target) = &mut examined.target {
        if let Configuration::Staged(directory) = target {
            let runtime = apply::runtime_directory(&examined.inputs.locations)?;
            let staged = runtime.join("config");
            if staged != *directory
                && let Some(launch) = &mut examined.launch
            {
                // The command names the directory that was planned.
                apply::rename_path(&mut launch.command, directory, &staged);
            }
            *directory = staged;
        }
        let plain: &[PlainFile] = &examined.inputs.sources.plain;
        apply::write_configuration(target, &examined.files, plain, owner)?;
    }
    if let Some(planned) = &examined.policy {
        write_policy(&planned.action, &examined.inputs.locations, &mut examined.launch)?;
    }
    if let Some(identity) = &machine.identity {
        apply::make_directories(&machine.directories, owner);
        for problem in correct_ownership(&machine.directories, identity, options.chown) {
            tracing::warn!("{problem}");
        }
    }
    if let Some(launch) = &examined.launch {
        apply::make_directories(&launch.directories, owner);
    }
    Ok(())
}

/// Patches the JRE's policy file, or writes one of our own and names it to the JVM.
fn write_policy(
    action: &Action,
    locations: &Locations,
    launch: &mut Option<Launch>,
) -> Result<(), WriteError> {
    match action {
        Action::None => Ok(()),
        Action::Patch { path, bytes } => policy::replace(path, bytes),
        Action::Property { path, bytes } => {
            let actual = apply::runtime_directory(locations)?.join("java.policy");
            if let Some(launch) = launch {
                apply::rename_path(&mut launch.command, path, &actual);
            }
            policy::replace(&actual, bytes)
        }
    }
}

fn command(target: &Target, examined: &Examined, environment: Vec<(OsString, OsString)>) -> Option<Command> {
    match target {
        Target::Server(_) => examined.launch.as_ref().map(|launch| launch.command.clone()),
        Target::Other { program, arguments } => {
            Some(Command { program: program.clone(), arguments: arguments.clone(), environment })
        }
    }
}
