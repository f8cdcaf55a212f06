//! Doing what was planned, before the spawn: the staged configuration and the rendered files.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use crate::files::read::system_words;
use crate::files::sources::PlainFile;
use crate::files::write::{self, NewFile, WriteError};
use crate::plan::{Command, RenderedFile};
use crate::prepare::Locations;

/// Where the server's configuration will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The configuration directory itself.
    InPlace(PathBuf),
    /// A copy below the runtime directory.
    Staged(PathBuf),
}

impl Target {
    /// The directory.
    pub fn directory(&self) -> &Path {
        match self {
            Self::InPlace(path) | Self::Staged(path) => path,
        }
    }
}

/// Whether files can be made in that directory by this process.
pub fn is_writable(directory: &Path) -> bool {
    access(directory, AccessFlags::W_OK | AccessFlags::X_OK).is_ok()
}

/// Makes the runtime directory. Where the default one cannot be made (not root, no tmpfs), a directory of this user in
/// the temporary directory serves.
///
/// # Errors
/// With the path and the way out in the sentence.
pub fn runtime_directory(locations: &Locations) -> Result<PathBuf, WriteError> {
    let wanted = &locations.runtime_dir;
    let error = match make_directory(wanted) {
        Ok(()) if is_writable(wanted) => return Ok(wanted.clone()),
        Ok(()) => io::Error::from_raw_os_error(nix::libc::EACCES),
        Err(error) => error,
    };
    let refused = || {
        WriteError::Create(format!(
            "`{}` cannot be created: {}; it holds the staged configuration: mount a tmpfs there, or name another \
             directory with ES_ENTRYPOINT_RUNTIME_DIR",
            wanted.display(),
            system_words(&error)
        ))
    };
    if locations.runtime_dir_is_given {
        return Err(refused());
    }
    let user = nix::unistd::geteuid().as_raw();
    let own = std::env::temp_dir().join(format!("es-entrypoint-{user}"));
    make_directory(&own).map_err(|_| refused())?;
    // The temporary directory is everybody's: only a directory that is ours alone will do.
    let metadata = fs::symlink_metadata(&own).map_err(|_| refused())?;
    if !metadata.is_dir() || metadata.uid() != user || metadata.mode() & 0o022 != 0 {
        return Err(refused());
    }
    Ok(own)
}

fn make_directory(path: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o755).recursive(true).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        other => other,
    }
}

/// Writes the rendered files and, for a staged configuration, takes the plain ones along. New files belong to
/// `owner`.
///
/// # Errors
/// The first failure; what was replaced before it is whole.
pub fn write_configuration(
    target: &Target,
    rendered: &[RenderedFile],
    plain: &[PlainFile],
    owner: Option<(u32, u32)>,
) -> Result<(), WriteError> {
    let directory = target.directory();
    if let Target::Staged(_) = target {
        stage(directory, rendered, plain, owner)?;
    }
    write::remove_stale(directory);
    for file in rendered {
        let path = directory.join(&file.relative);
        make_parents(directory, &file.relative, owner)?;
        let outcome = write::atomically(&path, &file.bytes, NewFile { mode: file.mode, owner })?;
        tracing::debug!("{}: {outcome:?}", path.display());
    }
    Ok(())
}

/// The staged directory with its plain files: an old copy loses what the source no longer has.
fn stage(
    directory: &Path,
    rendered: &[RenderedFile],
    plain: &[PlainFile],
    owner: Option<(u32, u32)>,
) -> Result<(), WriteError> {
    fs::DirBuilder::new()
        .mode(0o750)
        .recursive(true)
        .create(directory)
        .map_err(|e| create_error(directory, &e))?;
    give(directory, owner);
    remove_unknown(directory, Path::new(""), &|relative| {
        rendered.iter().any(|file| file.relative.starts_with(relative))
            || plain.iter().any(|file| file.relative.starts_with(relative))
    });
    for file in plain {
        let to = directory.join(&file.relative);
        make_parents(directory, &file.relative, owner)?;
        let partial = to.with_file_name(".copy.es-entrypoint-0");
        let copied = fs::copy(&file.path, &partial).and_then(|_| fs::rename(&partial, &to));
        if let Err(error) = copied {
            let _ = fs::remove_file(&partial);
            return Err(WriteError::Write(format!(
                "copying `{}` to `{}` failed: {}",
                file.path.display(),
                to.display(),
                system_words(&error)
            )));
        }
        give(&to, owner);
    }
    Ok(())
}

fn make_parents(directory: &Path, relative: &Path, owner: Option<(u32, u32)>) -> Result<(), WriteError> {
    let Some(parent) = relative.parent() else { return Ok(()) };
    let mut path = directory.to_owned();
    for part in parent {
        path.push(part);
        match fs::DirBuilder::new().mode(0o750).create(&path) {
            Ok(()) => give(&path, owner),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(create_error(&path, &error)),
        }
        write::remove_stale(&path);
    }
    Ok(())
}

/// Gives a file that we made to the server's user; a failure shows when the server cannot read it.
fn give(path: &Path, owner: Option<(u32, u32)>) {
    if let Some((user, group)) = owner
        && let Err(error) = chown(path, Some(user), Some(group))
    {
        tracing::debug!("{}: owner not changed: {}", path.display(), system_words(&error));
    }
}

fn remove_unknown(directory: &Path, below: &Path, is_known: &dyn Fn(&Path) -> bool) {
    let Ok(entries) = fs::read_dir(directory.join(below)) else { return };
    for entry in entries.flatten() {
        let relative = below.join(entry.file_name());
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_known(&relative) {
            let _ =
                if is_directory { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
        } else if is_directory {
            remove_unknown(directory, &relative, is_known);
        }
    }
}

fn create_error(path: &Path, error: &io::Error) -> WriteError {
    WriteError::Create(format!("`{}` cannot be created: {}", path.display(), system_words(error)))
}

/// Makes the directories that are missing, for the server's user. Whether the server can live without them was judged
/// before.
pub fn make_directories(directories: &[PathBuf], owner: Option<(u32, u32)>) {
    for directory in directories {
        if !directory.exists() && fs::DirBuilder::new().mode(0o755).recursive(true).create(directory).is_ok()
        {
            give(directory, owner);
        }
    }
}

/// Replaces a path in a command that was made for another one.
pub fn rename_path(command: &mut Command, planned: &Path, actual: &Path) {
    let planned = planned.as_os_str().as_encoded_bytes();
    let rename = |word: &mut OsString| {
        let bytes = word.as_bytes();
        if let Some(before) = bytes.strip_suffix(planned)
            && (before.is_empty() || before.ends_with(b"="))
        {
            let mut renamed = before.to_vec();
            renamed.extend_from_slice(actual.as_os_str().as_bytes());
            *word = OsString::from_vec(renamed);
        }
    };
    command.arguments.iter_mut().for_each(rename);
    command.environment.iter_mut().map(|(_, value)| value).for_each(rename);
}
