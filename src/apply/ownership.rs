//! Data and log directories belong to the server, whoever made the volume. By default only the directories themselves
//! are given to it, so that a million files cost nothing. Symbolic links are never followed into someone else's files.

#![expect(unsafe_code, reason = "directories are walked by descriptor; each block says why it is sound")]

use nix::libc;
use node::{Identity, Ownership};
use std::ffi::{CStr, CString};
use std::fmt;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, IntoRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// A path whose owner is wrong and could not be corrected.
#[derive(Debug)]
pub struct OwnershipProblem {
    pub path: PathBuf,
    pub error: io::Error,
}

impl fmt::Display for OwnershipProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cannot give `{}` to the server's user: {}", self.path.display(), self.error)
    }
}

/// More of them say nothing new.
const PROBLEMS_TOLD: usize = 20;

/// Deeper directories are left alone: each level holds a descriptor.
const DEPTH: usize = 200;

/// Makes the identity the owner of the paths, as far as the mode says; what it owns already is not touched.
/// Paths that do not exist are passed over.
pub fn correct_ownership(
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
            Ok(top) => walk.visit(top, path, ownership == Ownership::Recursive, 0),
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
    fn problem(&mut self, path: &Path, error: io::Error) {
        if self.problems.len() < PROBLEMS_TOLD {
            self.problems.push(OwnershipProblem { path: path.to_owned(), error });
        }
    }

    /// Corrects one thing that is held by a descriptor, and what is in it.
    fn visit(&mut self, held: OwnedFd, path: &Path, deep: bool, depth: usize) {
        let status = match status(&held) {
            Ok(status) => status,
            Err(error) => return self.problem(path, error),
        };
        if status.st_uid != self.uid
            && let Err(error) = change_owner(&held, self.uid, self.gid)
        {
            self.problem(path, error);
        }
        if !deep || depth == DEPTH || status.st_mode & libc::S_IFMT != libc::S_IFDIR {
            return;
        }
        let directory = match open_below(&held, c".", libc::O_RDONLY | libc::O_DIRECTORY) {
            Ok(directory) => directory,
            Err(error) => return self.problem(path, error),
        };
        drop(held);
        let directory = match Directory::new(directory) {
            Ok(directory) => directory,
            Err(error) => return self.problem(path, error),
        };
        while let Some(name) = directory.next() {
            let below = path.join(std::ffi::OsStr::from_bytes(name.to_bytes()));
            match open_below(&directory.descriptor(), &name, libc::O_PATH | libc::O_NOFOLLOW) {
                Ok(held) => self.visit(held, &below, deep, depth + 1),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.problem(&below, error),
            }
        }
    }
}

/// Opens what the operator named. A link is followed only where root made it: the server could have made another.
fn open_top(path: &Path) -> io::Result<OwnedFd> {
    let name = CString::new(path.as_os_str().as_bytes())?;
    let held = open_at(libc::AT_FDCWD, &name, libc::O_PATH | libc::O_NOFOLLOW)?;
    let status = status(&held)?;
    if status.st_mode & libc::S_IFMT != libc::S_IFLNK {
        return Ok(held);
    }
    if status.st_uid != 0 {
        return Err(io::Error::other("it is a symbolic link that root did not make"));
    }
    open_at(libc::AT_FDCWD, &name, libc::O_PATH)
}

fn open_below(directory: &impl std::os::fd::AsRawFd, name: &CStr, flags: libc::c_int) -> io::Result<OwnedFd> {
    open_at(directory.as_raw_fd(), name, flags)
}

fn open_at(directory: i32, name: &CStr, flags: libc::c_int) -> io::Result<OwnedFd> {
    // SAFETY: the name is a live text that ends with a NUL.
    let descriptor = unsafe { libc::openat(directory, name.as_ptr(), flags | libc::O_CLOEXEC) };
    if descriptor == -1 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: just opened, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

fn status(held: &OwnedFd) -> io::Result<libc::stat> {
    // SAFETY: an all-zero `stat` is valid, and the call fills it.
    unsafe {
        let mut status: libc::stat = std::mem::zeroed();
        match libc::fstat(held.as_raw_fd(), &raw mut status) {
            0 => Ok(status),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

fn change_owner(held: &OwnedFd, uid: u32, gid: u32) -> io::Result<()> {
    // SAFETY: the empty name, which ends with a NUL, means the descriptor itself.
    match unsafe { libc::fchownat(held.as_raw_fd(), c"".as_ptr(), uid, gid, libc::AT_EMPTY_PATH) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// An open directory, read entry by entry.
struct Directory(std::ptr::NonNull<libc::DIR>);

impl Directory {
    fn new(directory: OwnedFd) -> io::Result<Self> {
        // SAFETY: the descriptor is of a directory opened for reading, and is given away.
        let stream = unsafe { libc::fdopendir(directory.into_raw_fd()) };
        std::ptr::NonNull::new(stream).map(Self).ok_or_else(io::Error::last_os_error)
    }

    /// The next name, without the directory itself and its parent.
    fn next(&self) -> Option<CString> {
        loop {
            // SAFETY: the stream is open; the entry is copied before the next call.
            let entry = unsafe { libc::readdir64(self.0.as_ptr()) };
            if entry.is_null() {
                return None;
            }
            // SAFETY: the name of an entry ends with a NUL.
            let name = unsafe { CStr::from_ptr((*entry).d_name.as_ptr()) };
            if name != c"." && name != c".." {
                return Some(name.to_owned());
            }
        }
    }

    fn descriptor(&self) -> Descriptor {
        // SAFETY: the stream is open.
        Descriptor(unsafe { libc::dirfd(self.0.as_ptr()) })
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // SAFETY: the stream is open, and nobody uses it any more.
        unsafe { libc::closedir(self.0.as_ptr()) };
    }
}

/// A descriptor that its directory keeps open.
struct Descriptor(i32);

impl std::os::fd::AsRawFd for Descriptor {
    fn as_raw_fd(&self) -> i32 {
        self.0
    }
}
