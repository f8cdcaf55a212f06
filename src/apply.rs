//! Does what a plan says, before the spawn: makes and fills directories, then gives them away. Decides
//! nothing but whether a directory can be trusted.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "this is where the disk is changed")]

mod directories;
pub(crate) mod ownership;
mod rights;
pub(crate) mod scratch;
mod stage;
pub(crate) mod termination_log;
pub(crate) mod write;

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use nix::sys::stat::{Mode, umask};
use node::{Aside, Configuration, Plan, RUNTIME_DIR_HELP, RuntimeDir, World as _};

use crate::disk::Disk;
use crate::disk::read::system_words;
use directories::{Made, Owner, chown_to_server, make_directory, make_parents};
use ownership::{OwnershipProblem, correct_ownership};
use write::{NewFile, WriteError};

/// Writes the configuration and the policy, makes directories and corrects ownership.
///
/// Gives the paths whose owner stayed wrong.
///
/// # Errors
/// The first failure; what was replaced before it is whole.
pub(crate) fn apply(plan: &Plan, disk: &Disk) -> Result<Vec<OwnershipProblem>, WriteError> {
    let owner = plan.identity.as_ref().map(|identity| (identity.uid, identity.gid));
    if plan.shares_with_group {
        // The server inherits it.
        umask(Mode::S_IWOTH);
    }
    if let Some(runtime) = &plan.runtime_dir {
        // To try it would take for ever.
        if let Some(problem) = runtime.problem.as_ref().filter(|_| disk.is_silent(&runtime.path)) {
            return Err(WriteError::Create(format!("{problem}; {RUNTIME_DIR_HELP}")));
        }
        make_runtime_directory(runtime)?;
    }
    write_configuration(plan, owner)?;
    if let Some(policy) = &plan.policy {
        replace(&policy.path, &policy.bytes)?;
    }
    if let Some(copy) = &plan.kubeconfig {
        // One of an earlier start may be another user's, or open to others.
        let _ = fs::remove_file(&copy.path);
        let new = NewFile { mode: 0o400, owner, is_secret: true, lasts: false };
        write::atomically(&copy.path, &copy.bytes, new)?;
    }
    let mut problems = Vec::new();
    if let Some(identity) = &plan.identity {
        let directories = answering(&plan.directories, disk);
        make_directories(&directories, owner, plan.shares_with_group);
        problems = correct_ownership(&directories, identity, plan.chown);
    }
    make_directories(&answering(&plan.launch_directories, disk), owner, plan.shares_with_group);
    if let Some(path) = &plan.temporary {
        // As Java makes it: new, and for nobody else.
        directories::create_with_mode(path, 0o700).map_err(|error| write::create_error(path, &error))?;
        chown_to_server(path, owner);
    }
    Ok(problems)
}

/// Those of the directories that are not on a mount without an answer.
fn answering(directories: &[PathBuf], disk: &Disk) -> Vec<PathBuf> {
    let answers = |path: &&PathBuf| !disk.look(path).is_unknown();
    directories.iter().filter(answers).cloned().collect()
}

/// Writes a file of a name that the user gave, or of the JRE: its policy.
///
/// # Errors
/// As [`write::atomically`].
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    if let Some(directory) = path.parent() {
        write::remove_stale(directory);
    }
    let new = NewFile { mode: 0o644, owner: None, is_secret: false, lasts: true };
    write::atomically(path, bytes, new).map(|_| ())
}

/// Makes the runtime directory.
///
/// # Errors
/// With the path and the way out in the sentence.
pub(crate) fn make_runtime_directory(runtime: &RuntimeDir) -> Result<(), WriteError> {
    let path = &runtime.path;
    let refused = |error: &io::Error| {
        let words = system_words(error);
        WriteError::Create(format!("`{}` cannot be created: {words}; {RUNTIME_DIR_HELP}", path.display()))
    };
    make_directory(path).map_err(|error| refused(&error))?;
    nix::unistd::access(path, nix::unistd::AccessFlags::W_OK | nix::unistd::AccessFlags::X_OK)
        .map_err(|error| refused(&error.into()))?;
    if runtime.is_fallback {
        // The temporary directory is everybody's: only a directory that is ours alone will do.
        let metadata = fs::symlink_metadata(path).map_err(|error| refused(&error))?;
        let user = nix::unistd::geteuid().as_raw();
        if !metadata.is_dir() || metadata.uid() != user || metadata.mode() & 0o022 != 0 {
            return Err(refused(&io::Error::from_raw_os_error(nix::libc::EACCES)));
        }
    }
    Ok(())
}

fn write_configuration(plan: &Plan, owner: Owner) -> Result<(), WriteError> {
    let Some(directory) = plan.configuration.directory() else { return write_keystore(plan, owner) };
    // They are given away last: root that may not pass over permissions could not write there any more.
    let mut made = Made::default();
    let written = write_files(plan, directory, owner, &mut made);
    // What is inside first, for the same reason.
    for path in made.ours.iter().rev() {
        chown_to_server(path, owner);
    }
    written
}

fn write_files(plan: &Plan, directory: &Path, owner: Owner, made: &mut Made) -> Result<(), WriteError> {
    if let Configuration::Staged(_) = plan.configuration {
        // First: what replaces them is not there yet.
        put_aside(&plan.aside)?;
        stage::stage(directory, plan, owner, made)?;
    }
    write::remove_stale(directory);
    for file in &plan.files {
        let path = directory.join(&file.relative);
        make_parents(directory, &file.relative, made)?;
        let outcome = write::atomically(
            &path,
            &file.bytes,
            NewFile { mode: file.mode, owner, is_secret: file.is_secret, lasts: file.lasts },
        )?;
        tracing::debug!("{}: {outcome:?}", path.display());
    }
    write_keystore(plan, owner)?;
    // Last: what it says was given has to be there.
    if let Some(ledger) = &plan.ledger {
        let new = NewFile { mode: 0o600, owner: None, is_secret: false, lasts: true };
        write::atomically(&ledger.path, ledger.text.as_bytes(), new)?;
    }
    Ok(())
}

/// Whoever belongs to the group may write it, as with the distribution's own tool.
fn write_keystore(plan: &Plan, owner: Owner) -> Result<(), WriteError> {
    let Some(keystore) = &plan.keystore else { return Ok(()) };
    let new = NewFile { mode: 0o660, owner, is_secret: true, lasts: true };
    write::atomically(&keystore.path, &keystore.bytes, new).map(|_| ())
}

/// Keeps what the server had in files that get another content, for nobody but us.
fn put_aside(files: &[Aside]) -> Result<(), WriteError> {
    for file in files {
        if let Some(directory) = file.path.parent() {
            make_directory(directory).map_err(|error| write::create_error(directory, &error))?;
        }
        let new = NewFile { mode: 0o600, owner: None, is_secret: true, lasts: true };
        write::atomically(&file.path, &file.bytes, new)?;
    }
    Ok(())
}

/// Makes the directories that are missing, for the server's user. Whether the server can live without them was judged
/// before.
fn make_directories(directories: &[PathBuf], owner: Owner, for_group: bool) {
    for directory in directories {
        if !directory.exists() && make_directory(directory).is_ok() {
            if for_group {
                let _ = fs::set_permissions(directory, fs::Permissions::from_mode(0o775));
            }
            chown_to_server(directory, owner);
        }
    }
}
