//! Directories that are made before the start, and their owners.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use node::RuntimeDir;

use super::write::{self, WriteError, create_error};
use crate::disk::read::system_words;

/// User and group, as numbers.
pub(super) type Owner = Option<(u32, u32)>;

/// What to do when the runtime directory cannot be used.
pub(crate) const RUNTIME_HELP: &str = "it holds the staged configuration: mount a tmpfs there, or name another directory with \
                                ES_ENTRYPOINT_RUNTIME_DIR";

/// Makes the runtime directory.
///
/// # Errors
/// A sentence with the path and what to do.
pub(super) fn make_runtime_directory(runtime: &RuntimeDir) -> Result<(), WriteError> {
    let path = &runtime.path;
    let refused = |error: &io::Error| {
        let words = system_words(error);
        WriteError::Create(format!("`{}` cannot be created: {words}; {RUNTIME_HELP}", path.display()))
    };
    make_directory(path).map_err(|error| refused(&error))?;
    nix::unistd::access(path, nix::unistd::AccessFlags::W_OK | nix::unistd::AccessFlags::X_OK)
        .map_err(|error| refused(&error.into()))?;
    if runtime.is_fallback {
        // Everybody can write to the temporary directory. Only a directory that nobody else can change is safe.
        let metadata = fs::symlink_metadata(path).map_err(|error| refused(&error))?;
        let user = nix::unistd::geteuid().as_raw();
        if !metadata.is_dir() || metadata.uid() != user || metadata.mode() & 0o022 != 0 {
            return Err(refused(&io::Error::from_raw_os_error(nix::libc::EACCES)));
        }
    }
    Ok(())
}

/// Makes the directory and its missing parents. The server's user can enter them, whatever the umask.
fn make_directory(path: &Path) -> io::Result<()> {
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

/// Makes one directory with exactly this mode, whatever the umask.
pub(super) fn create_with_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::DirBuilder::new().mode(mode).create(path)?;
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Makes the missing directories between `directory` and the file `relative` below it.
pub(super) fn make_parents(directory: &Path, relative: &Path, owner: Owner) -> Result<(), WriteError> {
    let Some(parent) = relative.parent() else { return Ok(()) };
    let mut path = directory.to_owned();
    for part in parent {
        path.push(part);
        match create_with_mode(&path, 0o750) {
            Ok(()) => chown_to_server(&path, owner),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(create_error(&path, &error)),
        }
        write::remove_stale(&path);
    }
    Ok(())
}

/// Makes the server's user the owner of a directory that we made. A failure is only logged: it matters where the server
/// cannot read the directory, and the server reports that.
pub(super) fn chown_to_server(path: &Path, owner: Owner) {
    if let Some((user, group)) = owner
        && let Err(error) = chown(path, Some(user), Some(group))
    {
        tracing::debug!("{}: owner not changed: {}", path.display(), system_words(&error));
    }
}

/// Makes the missing directories for the server's user. A failure is ignored: the rules have already reported what the
/// server cannot do without.
pub(super) fn make_directories(directories: &[PathBuf], owner: Owner) {
    for directory in directories {
        if !directory.exists() && make_directory(directory).is_ok() {
            chown_to_server(directory, owner);
        }
    }
}
