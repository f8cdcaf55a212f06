//! Making directories, and giving them to the server's user.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, chown, lchown};
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access, geteuid};

use super::write::{self, WriteError, create_error};
use crate::disk::read::system_words;

/// User and group, as numbers.
pub(super) type Owner = Option<(u32, u32)>;

/// Makes the directory with all that is missing above it. The mode is what the server's user needs, whatever the umask.
pub(super) fn make_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_directory(parent)?;
    }
    match create_with_mode(path, 0o755) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        other => other,
    }
}

/// One new directory with exactly that mode.
pub(super) fn create_with_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::DirBuilder::new().mode(mode).create(path)?;
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// The directories of a configuration that were met while it was written.
#[derive(Default)]
pub(super) struct Made {
    /// Those that we made, or took: they are the server's in the end.
    pub(super) ours: Vec<PathBuf>,
    /// Those without what a killed run left.
    clean: BTreeSet<PathBuf>,
}

/// Makes the directories of a relative path.
pub(super) fn make_parents(directory: &Path, relative: &Path, made: &mut Made) -> Result<(), WriteError> {
    let Some(parent) = relative.parent() else { return Ok(()) };
    let mut path = directory.to_owned();
    for part in parent {
        path.push(part);
        match create_with_mode(&path, 0o750) {
            Ok(()) => made.ours.push(path.clone()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(create_error(&path, &error)),
        }
        if made.clean.insert(path.clone()) {
            write::remove_stale(&path);
        }
    }
    Ok(())
}

/// Takes a directory that an earlier start gave to the server: root that may not pass over permissions could not write
/// there. Where that is not needed or not possible nothing happens, nor with a link that the server may have made.
pub(super) fn take(path: &Path, made: &mut Made) {
    let flags = AccessFlags::W_OK | AccessFlags::X_OK;
    let is_directory = fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    let is_closed = is_directory && access(path, flags) == Err(nix::errno::Errno::EACCES);
    if is_closed && geteuid().is_root() && lchown(path, Some(0), None).is_ok() {
        made.ours.push(path.to_owned());
    }
}

/// Gives a directory that we made to the server's user; a failure shows when the server cannot read it.
pub(super) fn chown_to_server(path: &Path, owner: Owner) {
    if let Some((user, group)) = owner
        && let Err(error) = chown(path, Some(user), Some(group))
    {
        tracing::debug!("{}: owner not changed: {}", path.display(), system_words(&error));
    }
}
