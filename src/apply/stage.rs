//! The staged configuration: a directory that holds what the plan says, what the server made there for itself, and nothing
//! else.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use node::{Copy, Plan, is_temporary_name};

use super::directories::{Made, Owner, create_with_mode, make_parents, take};
use super::write::{self, WriteError, create_error};

/// Makes the staged directory and copies files to it. Files of an earlier start that the plan neither has nor keeps are
/// removed.
pub(super) fn stage(directory: &Path, plan: &Plan, owner: Owner, made: &mut Made) -> Result<(), WriteError> {
    match create_with_mode(directory, 0o750) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(create_error(directory, &error));
        }
        Err(_) => {
            take(directory, made);
            made.ours.push(directory.to_owned());
        }
        Ok(()) => made.ours.push(directory.to_owned()),
    }
    let copies = &plan.copies;
    let rendered = plan.files.iter().map(|file| file.relative.as_path());
    let mut files: Vec<&Path> = rendered.chain(copies.iter().map(|file| file.relative.as_path())).collect();
    let mut directories: Vec<&Path> = files.iter().flat_map(|file| file.ancestors().skip(1)).collect();
    diagnostics::order::sort(&mut files);
    diagnostics::order::sort(&mut directories);
    for below in directories.iter().filter(|below| **below != Path::new("")) {
        take(&directory.join(below), made);
    }
    let mut removed = BTreeSet::new();
    removed.extend(plan.removed.iter().map(PathBuf::as_path));
    let known = Known { files, directories, kept: &plan.kept, removed };
    remove_unknown(directory, Path::new(""), &known);
    copy_all(copies, directory, owner, made)
}

/// Copies the files. What is no configuration and was taken away since its directory was read, of a `ConfigMap` that was
/// changed for instance, is passed over: the server does not find it in the original either.
fn copy_all(copies: &[Copy], directory: &Path, owner: Owner, made: &mut Made) -> Result<(), WriteError> {
    for file in copies {
        make_parents(directory, &file.relative, made)?;
        let outcome = write::copy(&file.from, &directory.join(&file.relative), owner, file.lasts);
        let is_gone = || fs::metadata(&file.from).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if outcome.is_err() && !file.is_needed && is_gone() {
            tracing::info!("`{}` was taken away and is not copied", file.from.display());
        } else {
            outcome?;
        }
    }
    Ok(())
}

/// The files and directories of the plan, sorted.
struct Known<'a> {
    files: Vec<&'a Path>,
    directories: Vec<&'a Path>,
    /// What stays with all that is in it.
    kept: &'a [PathBuf],
    /// What of that goes.
    removed: BTreeSet<&'a Path>,
}

impl Known<'_> {
    fn is_kept(&self, relative: &Path) -> bool {
        !self.removed.contains(relative) && self.kept.iter().any(|kept| relative.starts_with(kept))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;

    #[test]
    fn what_was_taken_away_since_it_was_seen() {
        let root = std::env::temp_dir().join(format!("stage-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("config")).unwrap();
        fs::create_dir_all(root.join("copy")).unwrap();
        fs::write(root.join("config/b.txt"), "b").unwrap();
        let copies = |is_needed: bool| {
            ["a.txt", "b.txt"].map(|name| Copy {
                from: root.join("config").join(name),
                relative: name.into(),
                is_needed,
                lasts: false,
            })
        };
        copy_all(&copies(false), &root.join("copy"), None, &mut Made::default()).unwrap();
        assert_eq!(fs::read_to_string(root.join("copy/b.txt")).unwrap(), "b");
        assert!(!root.join("copy/a.txt").exists());
        // Without a file that the server reads nothing is started, and the message names it.
        let refused = copy_all(&copies(true), &root.join("copy"), None, &mut Made::default()).unwrap_err();
        let (from, to) = (root.join("config/a.txt"), root.join("copy/a.txt"));
        let expected =
            format!("copying `{}` to `{}` failed: no such file or directory", from.display(), to.display());
        assert!(matches!(refused, WriteError::Write(message) if message == expected));
        fs::remove_dir_all(&root).unwrap();
    }
}
