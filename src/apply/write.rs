//! Writing a file so that a crash, a `kill -9` or a full disk at any point leaves the old or the new one.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, fallocate};

use node::{TEMPORARY_INFIX, is_temporary_name};

pub(crate) use super::rights::NewFile;
use super::rights::Rights;
use crate::disk::is_mount_point;
use crate::disk::read::{self, system_words};
use crate::exit;

/// Why a file could not be written; the two cases have exit codes of their own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WriteError {
    /// The output cannot be created: missing or read-only directory, a directory in its place (exit code 73).
    Create(String),
    /// Writing failed: disk full, input/output error (exit code 74).
    Write(String),
}

impl WriteError {
    /// The exit code of the contract.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Create(_) => exit::CANT_CREATE,
            Self::Write(_) => exit::IO_ERROR,
        }
    }

    /// The sentence for the user.
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Create(message) | Self::Write(message) => message,
        }
    }
}

/// What [`atomically`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The file had this content already.
    Unchanged,
    /// Another file took its name in one step.
    Replaced,
    /// The file is a mount of its own and was rewritten where it is.
    Rewritten,
}

/// Writes `bytes` to `path`. Symbolic links are followed: the file behind them is replaced, not the link.
///
/// # Errors
/// [`WriteError`], with the path in the sentence.
pub(crate) fn atomically(path: &Path, bytes: &[u8], new: NewFile) -> Result<Outcome, WriteError> {
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let existing = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Some(metadata),
        Ok(_) => {
            return Err(WriteError::Create(format!("`{}` is not a regular file", path.display())));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(create_error(path, &error)),
    };
    let same_size = existing.as_ref().is_some_and(|metadata| metadata.len() == bytes.len() as u64);
    let rights = Rights::of(existing.as_ref(), new);
    // What stays where it is keeps its rights, but for those that a secret takes.
    let is_closed_to_others = existing.as_ref().is_none_or(|existing| rights.are_those_of(existing));
    let close = || {
        if !is_closed_to_others {
            rights.give(path);
        }
    };
    if same_size && read::regular_file(path, bytes.len() as u64).is_ok_and(|old| old == bytes) {
        close();
        return Ok(Outcome::Unchanged);
    }
    // Where there are no locks a cleaner of another process may take the file: once more, then.
    let mut left = 2;
    loop {
        left -= 1;
        let (temporary, file) = match create_temporary(path) {
            Ok(created) => created,
            Err(error) if existing.is_some() && is_closed(&error) && is_mount_point(path) => {
                close();
                return rewrite(path, bytes).map_err(|_| create_error(path, &error));
            }
            Err(error) => return Err(create_error(path, &error)),
        };
        let guard = Temporary(&temporary);
        fill(&file, bytes, rights, new.lasts).map_err(|error| write_error(path, &error))?;
        match fs::rename(&temporary, path) {
            Ok(()) => {
                std::mem::forget(guard);
                if new.lasts {
                    sync_directory(path);
                }
                return Ok(Outcome::Replaced);
            }
            Err(error) if is_own_mount(&error) => {
                close();
                return rewrite(path, bytes).map_err(|error| write_error(path, &error));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && left > 0 => {}
            Err(error) => return Err(write_error(path, &error)),
        }
    }
}

/// Writes files below a directory, which is created if its parent exists: each with its path below it and its bytes.
///
/// # Errors
/// As [`atomically`].
pub(crate) fn all<'a>(
    directory: &Path,
    files: impl Iterator<Item = (&'a Path, &'a [u8], NewFile)>,
) -> Result<(), WriteError> {
    create_directory(directory)?;
    remove_stale(directory);
    for (relative, bytes, new) in files {
        if let Some(parent) = relative.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            let mut below = directory.to_owned();
            for part in parent {
                below.push(part);
                create_directory(&below)?;
            }
            remove_stale(&below);
        }
        atomically(&directory.join(relative), bytes, new)?;
    }
    Ok(())
}

fn create_directory(directory: &Path) -> Result<(), WriteError> {
    match fs::create_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && directory.is_dir() => Ok(()),
        Err(error) => Err(create_error(directory, &error)),
        Ok(()) => Ok(()),
    }
}

/// Copies a file as [`atomically`] writes one: mode and content of the source, any size. `lasts` is that of [`NewFile`].
///
/// # Errors
/// As [`atomically`].
pub(crate) fn copy(from: &Path, to: &Path, owner: Option<(u32, u32)>, lasts: bool) -> Result<(), WriteError> {
    let failed = |error: &io::Error| {
        let words = system_words(error);
        WriteError::Write(format!("copying `{}` to `{}` failed: {words}", from.display(), to.display()))
    };
    let source = OpenOptions::new()
        .read(true)
        .custom_flags(nix::libc::O_NONBLOCK | nix::libc::O_NOCTTY)
        .open(from)
        .map_err(|error| failed(&error))?;
    let metadata = source.metadata().map_err(|error| failed(&error))?;
    if !metadata.is_file() {
        return Err(failed(&io::Error::from(io::ErrorKind::InvalidInput)));
    }
    let (temporary, file) = create_temporary(to).map_err(|error| create_error(to, &error))?;
    let guard = Temporary(&temporary);
    io::copy(&mut &source, &mut &file)
        .and_then(|_| fill(&file, b"", Rights { mode: metadata.mode() & 0o777, owner }, lasts))
        .and_then(|()| fs::rename(&temporary, to))
        .map_err(|error| failed(&error))?;
    std::mem::forget(guard);
    Ok(())
}

/// Removes the temporary files that a killed run of this program left in this directory; those of a living one are locked
/// and stay.
pub(crate) fn remove_stale(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !is_temporary_name(&name) || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        // The lock is held until the name is gone: nobody can take the file for his own in between.
        if let Ok(file) = File::open(&path)
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Removes the temporary file when a step fails.
struct Temporary<'a>(&'a Path);

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.0);
    }
}

fn create_temporary(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // A temporary name must not be longer than the file system allows, whatever the file is called.
    let name: String = name.chars().take(50).collect();
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let process = std::process::id();
    for attempt in 0..1000 {
        let temporary = directory.join(format!(".{name}{TEMPORARY_INFIX}{process}-{attempt}"));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary) {
            Ok(file) => {
                // A cleaner of another run may have been quicker with the lock: then the file is gone, or soon will be.
                // Where the file system knows no locks, a concurrent cleaner is the smaller evil.
                let taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
                if !taken && file.metadata()?.nlink() > 0 {
                    return Ok((temporary, file));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

fn fill(mut file: &File, bytes: &[u8], rights: Rights, lasts: bool) -> io::Result<()> {
    file.write_all(bytes)?;
    // While it is ours: for the mode of others' files root needs a capability of its own.
    file.set_permissions(Permissions::from_mode(rights.mode))?;
    rights.set_owner(file)?;
    if lasts { file.sync_all() } else { Ok(()) }
}

/// Writes over the file where it is. The old length goes last: at no point is the file empty. A disk that becomes full
/// is noticed before the first byte, or the old content comes back.
fn rewrite(path: &Path, bytes: &[u8]) -> io::Result<Outcome> {
    let mut file =
        OpenOptions::new().read(true).write(true).custom_flags(nix::libc::O_NONBLOCK).open(path)?;
    let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let reserve = FallocateFlags::FALLOC_FL_KEEP_SIZE;
    match fallocate(&file, reserve, 0, length.max(1)) {
        // Not every file system can reserve.
        Ok(()) | Err(Errno::EOPNOTSUPP | Errno::ENOSYS) => {}
        Err(error) => return Err(error.into()),
    }
    let mut old = Vec::new();
    file.read_to_end(&mut old)?;
    let write = |mut file: &File, bytes: &[u8]| {
        file.rewind()?;
        file.write_all(bytes)?;
        file.set_len(bytes.len() as u64)?;
        file.sync_all()
    };
    if let Err(error) = write(&file, bytes) {
        let _ = write(&file, &old);
        return Err(error);
    }
    Ok(Outcome::Rewritten)
}

/// So that the new name survives a power cut; a file system that cannot do it loses nothing else.
fn sync_directory(path: &Path) {
    if let Some(parent) = path.parent()
        && let Ok(directory) = File::open(parent)
    {
        let _ = directory.sync_all();
    }
}

/// The directory does not take new files, but the file may still be open to us.
fn is_closed(error: &io::Error) -> bool {
    [Errno::EACCES, Errno::EPERM, Errno::EROFS]
        .iter()
        .any(|errno| error.raw_os_error() == Some(*errno as i32))
}

/// The name is a mount point (`-v file:file`, a `subPath` of Kubernetes).
fn is_own_mount(error: &io::Error) -> bool {
    [Errno::EBUSY, Errno::EXDEV].iter().any(|errno| error.raw_os_error() == Some(*errno as i32))
}

/// That `path` cannot be created.
pub(crate) fn create_error(path: &Path, error: &io::Error) -> WriteError {
    WriteError::Create(format!("`{}` cannot be created: {}", path.display(), system_words(error)))
}

pub(super) fn write_error(path: &Path, error: &io::Error) -> WriteError {
    WriteError::Write(format!("writing `{}` failed: {}", path.display(), system_words(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: NewFile = NewFile { mode: 0o640, owner: None, is_secret: false, lasts: true };

    fn directory(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("es-entrypoint-write-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        path
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn new_file_has_the_given_mode_and_nothing_else_is_left() {
        let directory = directory("new");
        let path = directory.join("a.yml");
        assert_eq!(atomically(&path, b"x: 1\n", NEW), Ok(Outcome::Replaced));
        assert_eq!(fs::read(&path).unwrap(), b"x: 1\n");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);
        assert_eq!(names(&directory), ["a.yml"]);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn existing_file_keeps_its_mode_and_same_content_keeps_the_file() {
        let directory = directory("mode");
        let path = directory.join("a.yml");
        fs::write(&path, b"old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o604)).unwrap();
        assert_eq!(atomically(&path, b"new", NEW), Ok(Outcome::Replaced));
        let after = fs::metadata(&path).unwrap();
        assert_eq!(after.mode() & 0o7777, 0o604);
        assert_eq!(atomically(&path, b"new", NEW), Ok(Outcome::Unchanged));
        assert_eq!(fs::metadata(&path).unwrap().ino(), after.ino());
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_secret_takes_the_rights_of_others() {
        let directory = directory("secret");
        let path = directory.join("a.yml");
        let mode = || fs::metadata(&path).unwrap().mode() & 0o7777;
        let secret = NewFile { is_secret: true, ..NEW };
        fs::write(&path, b"old").unwrap();
        for (before, after) in [(0o644, 0o640), (0o604, 0o600), (0o2777, 0o2770), (0o600, 0o600)] {
            for content in [&b"new"[..], b"other"] {
                fs::set_permissions(&path, Permissions::from_mode(before)).unwrap();
                assert_eq!(atomically(&path, content, secret), Ok(Outcome::Replaced));
                assert_eq!(mode(), after, "{before:o}");
                // Also where there is nothing to write.
                fs::set_permissions(&path, Permissions::from_mode(before)).unwrap();
                assert_eq!(atomically(&path, content, secret), Ok(Outcome::Unchanged));
                assert_eq!(mode(), after, "{before:o}");
            }
        }
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn symbolic_links_stay_links() {
        let directory = directory("link");
        fs::write(directory.join("real"), b"old").unwrap();
        std::os::unix::fs::symlink("real", directory.join("link")).unwrap();
        assert_eq!(atomically(&directory.join("link"), b"new", NEW), Ok(Outcome::Replaced));
        assert!(fs::symlink_metadata(directory.join("link")).unwrap().is_symlink());
        assert_eq!(fs::read(directory.join("real")).unwrap(), b"new");
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn what_cannot_be_created_says_so() {
        let directory = directory("create");
        let message = |path: &Path| match atomically(path, b"x", NEW) {
            Err(WriteError::Create(message)) => message.replace(directory.to_str().unwrap(), "D"),
            other => panic!("{other:?}"),
        };
        assert_eq!(message(&directory), "`D` is not a regular file");
        assert_eq!(message(&directory.join("no/x")), "`D/no/x` cannot be created: no such file or directory");
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn stale_files_of_dead_runs_go_and_those_of_living_ones_stay() {
        let directory = directory("stale");
        for name in
            [".a.yml.es-entrypoint-17-0", ".a.yml.es-entrypoint-x", ".es-entrypoint-x", "a.yml", ".hidden"]
        {
            fs::write(directory.join(name), b"x").unwrap();
        }
        let (living, file) = create_temporary(&directory.join("b.yml")).unwrap();
        remove_stale(&directory);
        let living_name = living.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(names(&directory), [&living_name, ".es-entrypoint-x", ".hidden", "a.yml"]);
        drop(file);
        remove_stale(&directory);
        assert_eq!(names(&directory), [".es-entrypoint-x", ".hidden", "a.yml"]);
        fs::remove_dir_all(directory).unwrap();
    }
}
