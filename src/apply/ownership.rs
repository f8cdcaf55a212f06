//! Data and log directories belong to the server, whoever made the volume. By default only the directories themselves
//! are given to it, so that a million files cost nothing. Symbolic links are never followed into someone else's files:
//! each file is opened without following a link, and its owner is changed through that descriptor.

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat};
use nix::unistd::{Gid, Uid, fchownat};
use node::{Identity, Ownership};
use std::ffi::{CString, OsStr};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// A path whose owner is wrong and could not be corrected.
#[derive(Debug)]
pub(crate) struct OwnershipProblem {
    pub path: PathBuf,
    pub error: io::Error,
}

impl fmt::Display for OwnershipProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cannot give `{}` to the server's user: {}", self.path.display(), self.error)
    }
}

/// So many problems are reported; more say nothing new.
const PROBLEMS_REPORTED: usize = 20;

/// Deeper directories are left alone: each level holds a descriptor.
const DEPTH: usize = 200;

/// Makes the identity the owner of the paths, as far as the mode says; what it owns already is not touched.
/// Paths that do not exist are skipped.
pub(crate) fn correct_ownership(
    paths: &[PathBuf],
    identity: &Identity,
    ownership: Ownership,
) -> Vec<OwnershipProblem> {
    let mut walk = Walk { uid: identity.uid, gid: identity.gid, problems: Vec::new() };
    if ownership == Ownership::Off {
        return walk.problems;
    }
    for path in paths {
        match open_top(path) {
            Ok(top) => walk.visit(&top, path, ownership == Ownership::Recursive, 0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => walk.problem(path, error),
        }
    }
    walk.problems
}

struct Walk {
    uid: u32,
    gid: u32,
    problems: Vec<OwnershipProblem>,
}

impl Walk {
    fn problem(&mut self, path: &Path, error: impl Into<io::Error>) {
        if self.problems.len() < PROBLEMS_REPORTED {
            self.problems.push(OwnershipProblem { path: path.to_owned(), error: error.into() });
        }
    }

    /// Corrects one file that is held by a descriptor, and what is in it.
    fn visit(&mut self, held: &OwnedFd, path: &Path, deep: bool, depth: usize) {
        let status = match fstat(held) {
            Ok(status) => status,
            Err(error) => return self.problem(path, error),
        };
        if status.st_uid != self.uid
            && let Err(error) = change_owner(held, self.uid, self.gid)
        {
            self.problem(path, error);
        }
        if !deep || depth == DEPTH || !is(&status, SFlag::S_IFDIR) {
            return;
        }
        let mut names = Vec::new();
        if let Err(error) = read_names(held, &mut names) {
            self.problem(path, error);
        }
        for name in names {
            let below = path.join(OsStr::from_bytes(name.as_bytes()));
            match open(held, &*name, OFlag::O_NOFOLLOW) {
                Ok(held) => self.visit(&held, &below, deep, depth + 1),
                Err(Errno::ENOENT) => {}
                Err(error) => self.problem(&below, error),
            }
        }
    }
}

/// Opens what the operator named. A link is followed only where root made it: the server could have made another.
fn open_top(path: &Path) -> io::Result<OwnedFd> {
    let held = open(AT_FDCWD, path, OFlag::O_NOFOLLOW)?;
    let status = fstat(&held)?;
    if !is(&status, SFlag::S_IFLNK) {
        return Ok(held);
    }
    if status.st_uid != 0 {
        return Err(io::Error::other("it is a symbolic link that root did not make"));
    }
    Ok(open(AT_FDCWD, path, OFlag::empty())?)
}

/// Opens the file itself, not its content: that needs no permission on the file, and a device or pipe does not notice.
fn open(directory: impl AsFd, name: &(impl nix::NixPath + ?Sized), flags: OFlag) -> nix::Result<OwnedFd> {
    openat(directory, name, OFlag::O_PATH | OFlag::O_CLOEXEC | flags, Mode::empty())
}

fn is(status: &FileStat, kind: SFlag) -> bool {
    SFlag::from_bits_truncate(status.st_mode) & SFlag::S_IFMT == kind
}

/// An empty name with `AT_EMPTY_PATH` is the descriptor itself, see fchownat(2).
fn change_owner(held: &OwnedFd, uid: u32, gid: u32) -> nix::Result<()> {
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    fchownat(held, c"", Some(uid), Some(gid), AtFlags::AT_EMPTY_PATH)
}

/// Adds the names in a directory, without the directory itself and its parent; they are all that could be read also
/// where reading failed. No stream stays open while the names are visited.
fn read_names(held: &OwnedFd, names: &mut Vec<CString>) -> nix::Result<()> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    for entry in Dir::openat(held, c".", flags, Mode::empty())? {
        let entry = entry?;
        let name = entry.file_name();
        if name != c"." && name != c".." {
            names.push(name.to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
