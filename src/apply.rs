//! Does what a plan says before the server is started: makes and fills directories, then corrects their owners. Decides
//! nothing.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "this is where the disk is changed")]

mod directories;
mod ownership;
mod stage;
pub(crate) mod write;

use std::path::Path;

use node::{Configuration, Plan};

pub(crate) use directories::RUNTIME_HELP;
use directories::{Owner, make_directories, make_parents, make_runtime_directory};
use ownership::correct_ownership;
use write::{NewFile, WriteError};

/// Writes the configuration and the policy, makes directories and corrects ownership.
///
/// # Errors
/// The first failure. Files that were replaced before it are complete.
pub(crate) fn apply(plan: &Plan) -> Result<(), WriteError> {
    let owner = plan.identity.as_ref().map(|identity| (identity.uid, identity.gid));
    if let Some(runtime) = &plan.runtime_dir {
        make_runtime_directory(runtime)?;
    }
    write_configuration(plan, owner)?;
    if let Some(policy) = &plan.policy {
        replace(&policy.path, &policy.bytes)?;
    }
    if let Some(identity) = &plan.identity {
        make_directories(&plan.directories, owner);
        for problem in correct_ownership(&plan.directories, identity, plan.chown) {
            tracing::warn!("{problem}");
        }
    }
    make_directories(&plan.launch_directories, owner);
    Ok(())
}

/// Writes a policy file.
///
/// # Errors
/// As [`write::atomically`].
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    if let Some(directory) = path.parent() {
        write::remove_stale(directory);
    }
    write::atomically(path, bytes, NewFile { mode: 0o644, owner: None }).map(|_| ())
}

fn write_configuration(plan: &Plan, owner: Owner) -> Result<(), WriteError> {
    let Some(directory) = plan.configuration.directory() else { return Ok(()) };
    if let Configuration::Staged(_) = plan.configuration {
        stage::stage(directory, &plan.files, &plan.copies, owner)?;
    }
    write::remove_stale(directory);
    for file in &plan.files {
        let path = directory.join(&file.relative);
        make_parents(directory, &file.relative, owner)?;
        let outcome = write::atomically(&path, &file.bytes, NewFile { mode: file.mode, owner })?;
        tracing::debug!("{}: {outcome:?}", path.display());
    }
    Ok(())
}
