//! The staged configuration: a directory that holds what the plan says, what the server made there for itself, and nothing
//! else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use node::{Plan, is_temporary_name};

use super::directories::{Owner, create_with_mode, make_parents, take};
use super::write::{self, WriteError, create_error};

/// Makes the staged directory and copies files to it. Files of an earlier start that the plan neither has nor keeps are
/// removed.
pub(super) fn stage(
    directory: &Path,
    plan: &Plan,
    owner: Owner,
    made: &mut Vec<PathBuf>,
) -> Result<(), WriteError> {
    match create_with_mode(directory, 0o750) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(create_error(directory, &error));
        }
        Err(_) => {
            take(directory, made);
            made.push(directory.to_owned());
        }
        Ok(()) => made.push(directory.to_owned()),
    }
    let copies = &plan.copies;
    let rendered = plan.files.iter().map(|file| file.relative.as_path());
    let mut files: Vec<&Path> = rendered.chain(copies.iter().map(|file| file.relative.as_path())).collect();
    let mut directories: Vec<&Path> = files.iter().flat_map(|file| file.ancestors().skip(1)).collect();
    files.sort();
    directories.sort();
    for below in directories.iter().filter(|below| **below != Path::new("")) {
        take(&directory.join(below), made);
    }
    let kept = plan.kept.iter().map(std::path::PathBuf::as_path).collect();
    remove_unknown(directory, Path::new(""), &Known { files, directories, kept });
    for file in copies {
        make_parents(directory, &file.relative, made)?;
        write::copy(&file.from, &directory.join(&file.relative), owner)?;
    }
    Ok(())
}

/// The files and directories of the plan, sorted.
struct Known<'a> {
    files: Vec<&'a Path>,
    directories: Vec<&'a Path>,
    /// What stays with all that is in it.
    kept: Vec<&'a Path>,
}

impl Known<'_> {
    fn is_kept(&self, relative: &Path) -> bool {
        self.kept.iter().any(|kept| relative.starts_with(kept))
    }
}

/// Removes everything else. Symbolic links are always removed: we make none, and the server owns the directory and could
/// redirect what we write with one. Temporary files stay, because another run may still use them.
fn remove_unknown(directory: &Path, below: &Path, known: &Known<'_>) {
    let Ok(entries) = fs::read_dir(directory.join(below)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if is_temporary_name(&name.to_string_lossy()) {
            continue;
        }
        let relative = below.join(name);
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if known.is_kept(&relative) || known.directories.binary_search(&relative.as_path()).is_ok() {
                remove_unknown(directory, &relative, known);
            } else {
                let _ = fs::remove_dir_all(entry.path());
            }
        } else if !kind.is_file()
            || !(known.is_kept(&relative) || known.files.binary_search(&relative.as_path()).is_ok())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}
