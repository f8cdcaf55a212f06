//! Doing what was planned, before the spawn: the staged configuration and the rendered files.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use crate::files::read::system_words;
use crate::files::sources::PlainFile;
use crate::files::write::{self, NewFile, WriteError, create_error};
use crate::plan::RenderedFile;
use crate::prepare::Locations;
use server::launch::Command;

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
    let refused = || WriteError::Create(format!("{}; {RUNTIME_HELP}", cannot_be_created(wanted, &error)));
    if locations.runtime_dir_is_given {
        return Err(refused());
    }
    let user = nix::unistd::geteuid().as_raw();
    let own = substitute(user);
    make_directory(&own).map_err(|_| refused())?;
    // The temporary directory is everybody's: only a directory that is ours alone will do.
    let metadata = fs::symlink_metadata(&own).map_err(|_| refused())?;
    if !metadata.is_dir() || metadata.uid() != user || metadata.mode() & 0o022 != 0 {
        return Err(refused());
    }
    Ok(own)
}

/// Takes the place of the default runtime directory, for that user.
fn substitute(user: u32) -> PathBuf {
    std::env::temp_dir().join(format!("es-entrypoint-{user}"))
}

/// What to do where there is no runtime directory.
pub const RUNTIME_HELP: &str = "it holds the staged configuration: mount a tmpfs there, or name another directory with \
                                ES_ENTRYPOINT_RUNTIME_DIR";

fn cannot_be_created(wanted: &Path, error: &io::Error) -> String {
    format!("`{}` cannot be created: {}", wanted.display(), system_words(error))
}

/// What [`runtime_directory`] would say before [`RUNTIME_HELP`], without making anything; nothing where it would go well.
pub fn runtime_problem(locations: &Locations) -> Option<String> {
    let wanted = &locations.runtime_dir;
    let error = closed(wanted)?;
    let other =
        if locations.runtime_dir_is_given { None } else { Some(substitute(nix::unistd::geteuid().as_raw())) };
    if other.is_some_and(|other| closed(&other).is_none()) {
        return None;
    }
    Some(cannot_be_created(wanted, &error))
}

/// Why nothing can be made there: the nearest directory that exists is not to be written to.
fn closed(path: &Path) -> Option<io::Error> {
    let nearest = path.ancestors().find(|ancestor| ancestor.exists())?;
    let number = if nearest.is_dir() {
        access(nearest, AccessFlags::W_OK | AccessFlags::X_OK).err()? as i32
    } else {
        nix::libc::ENOTDIR
    };
    Some(io::Error::from_raw_os_error(number))
}

/// Makes the directory with all that is missing above it. The mode is what the server's user needs, whatever the umask.
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

/// One new directory with exactly that mode.
fn create_with_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::DirBuilder::new().mode(mode).create(path)?;
    fs::set_permissions(path, Permissions::from_mode(mode))
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
    match create_with_mode(directory, 0o750) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(create_error(directory, &error));
        }
        _ => give(directory, owner),
    }
    let rendered = rendered.iter().map(|file| file.relative.as_path());
    let mut files: Vec<&Path> = rendered.chain(plain.iter().map(|file| file.relative.as_path())).collect();
    let mut directories: Vec<&Path> = files.iter().flat_map(|file| file.ancestors().skip(1)).collect();
    files.sort();
    directories.sort();
    remove_unknown(directory, Path::new(""), &Known { files, directories });
    for file in plain {
        make_parents(directory, &file.relative, owner)?;
        write::copy(&file.path, &directory.join(&file.relative), owner)?;
    }
    Ok(())
}

fn make_parents(directory: &Path, relative: &Path, owner: Option<(u32, u32)>) -> Result<(), WriteError> {
    let Some(parent) = relative.parent() else { return Ok(()) };
    let mut path = directory.to_owned();
    for part in parent {
        path.push(part);
        match create_with_mode(&path, 0o750) {
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

/// What belongs into the staged directory, sorted.
struct Known<'a> {
    files: Vec<&'a Path>,
    directories: Vec<&'a Path>,
}

/// Removes the rest. Links go in any case: we make none, and the server, whose directory this is, must not be able to
/// send us elsewhere by one. Temporary files may be those of another run that is alive.
fn remove_unknown(directory: &Path, below: &Path, known: &Known<'_>) {
    let Ok(entries) = fs::read_dir(directory.join(below)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if write::is_temporary_name(&name.to_string_lossy()) {
            continue;
        }
        let relative = below.join(name);
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if known.directories.binary_search(&relative.as_path()).is_ok() {
                remove_unknown(directory, &relative, known);
            } else {
                let _ = fs::remove_dir_all(entry.path());
            }
        } else if !kind.is_file() || known.files.binary_search(&relative.as_path()).is_err() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Makes the directories that are missing, for the server's user. Whether the server can live without them was judged
/// before.
pub fn make_directories(directories: &[PathBuf], owner: Option<(u32, u32)>) {
    for directory in directories {
        if !directory.exists() && make_directory(directory).is_ok() {
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
