//! All files below a directory, for `check -f`.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How deep directories may nest.
const DEEPEST: usize = 32;

/// The path itself, or where it is a directory all files below it that are `wanted`, in the order of their names. What cannot
/// be listed is told to `failed`. Links to directories are not followed: one may lead back to where it stands.
pub(crate) fn files(
    path: &Path,
    wanted: &dyn Fn(&Path) -> bool,
    failed: &mut dyn FnMut(&Path, &io::Error),
) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let mut found = Vec::new();
    below(path, DEEPEST, wanted, failed, &mut found);
    found
}

/// The path by which a file is the same whatever it is called.
pub(crate) fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn below(
    directory: &Path,
    depth: usize,
    wanted: &dyn Fn(&Path) -> bool,
    failed: &mut dyn FnMut(&Path, &io::Error),
    found: &mut Vec<PathBuf>,
) {
    let names = match names(directory) {
        Ok(names) => names,
        Err(error) => return failed(directory, &error),
    };
    for path in names.into_iter().map(|name| directory.join(name)) {
        if !path.is_dir() {
            if wanted(&path) {
                found.push(path);
            }
        } else if depth > 0 && !path.is_symlink() {
            below(&path, depth - 1, wanted, failed, found);
        }
    }
}

fn names(directory: &Path) -> io::Result<Vec<OsString>> {
    let entries = fs::read_dir(directory)?;
    let mut names = entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<OsString>>>()?;
    diagnostics::order::sort(&mut names);
    Ok(names)
}
