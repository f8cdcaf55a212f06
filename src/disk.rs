//! The disk and the machine that this process sees: the one place that reads files, `/proc` and limits. Never writes,
//! never waits: what cannot be found out is unknown or left out.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is where the disk is looked at"
)]

mod cgroup;
mod interfaces;
mod machine;
pub(crate) mod read;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::sys::statvfs::{FsFlags, statvfs};
use nix::unistd::{AccessFlags, access};
use node::{Access, Answer, FileKind, Look, Machine, Reason, World};
use server::network::Interfaces;

use read::{system_text, system_words};

/// More entries than any directory of a configuration has.
const MOST_ENTRIES: usize = 10_001;

/// The world of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disk;

impl World for Disk {
    fn read(&self, path: &Path, limit: u64) -> Answer<Vec<u8>> {
        answer(read::regular_file(path, limit))
    }

    fn look(&self, path: &Path) -> Answer<Look> {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return refused(&error),
        };
        let kind = if metadata.is_dir() {
            FileKind::Directory
        } else if metadata.is_file() {
            FileKind::Regular
        } else {
            FileKind::Other
        };
        Answer::Is(Look {
            kind,
            uid: metadata.uid(),
            gid: metadata.gid(),
            mode: metadata.mode() & 0o7777,
            size: metadata.len(),
            identity: (metadata.dev(), metadata.ino()),
        })
    }

    fn list(&self, path: &Path) -> Answer<Vec<OsString>> {
        match fs::read_dir(path) {
            Ok(entries) => {
                Answer::Is(entries.flatten().take(MOST_ENTRIES).map(|entry| entry.file_name()).collect())
            }
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                Answer::Refused(Reason::NotADirectory)
            }
            Err(error) => refused(&error),
        }
    }

    fn link(&self, path: &Path) -> Answer<PathBuf> {
        match fs::read_link(path) {
            Ok(target) => Answer::Is(target),
            // Not a link.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Answer::Absent,
            Err(error) => refused(&error),
        }
    }

    fn real(&self, path: &Path) -> Answer<PathBuf> {
        match fs::canonicalize(path) {
            Ok(path) => Answer::Is(path),
            Err(error) => refused(&error),
        }
    }

    fn allows(&self, path: &Path, wanted: Access) -> Answer<()> {
        let flags = match wanted {
            Access::Write => AccessFlags::W_OK,
            Access::Execute => AccessFlags::X_OK,
            Access::MakeFiles => AccessFlags::W_OK | AccessFlags::X_OK,
        };
        match access(path, flags) {
            Ok(()) => Answer::Is(()),
            Err(nix::errno::Errno::ENOENT) => Answer::Absent,
            Err(error) => Answer::Refused(Reason::System(system_words(&error.into()))),
        }
    }

    fn is_read_only(&self, path: &Path) -> Answer<bool> {
        match statvfs(path) {
            Ok(facts) => Answer::Is(facts.flags().contains(FsFlags::ST_RDONLY)),
            Err(error) => refused(&error.into()),
        }
    }

    fn is_mount_point(&self, path: &Path) -> Answer<bool> {
        Answer::Is(is_mount_point(path))
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    }

    fn working_directory(&self) -> PathBuf {
        std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))
    }

    fn host_name(&self) -> Answer<String> {
        Answer::Is(system_text("/proc/sys/kernel/hostname", 1 << 12).trim_end_matches('\n').to_owned())
    }

    fn machine(&self) -> Answer<Machine> {
        Answer::Is(machine::machine())
    }

    fn interfaces(&self) -> Answer<Interfaces> {
        interfaces::interfaces().map_or(Answer::Unknown, Answer::Is)
    }
}

fn answer<T>(result: Result<T, Reason>) -> Answer<T> {
    match result {
        Ok(thing) => Answer::Is(thing),
        Err(Reason::Missing) => Answer::Absent,
        Err(reason) => Answer::Refused(reason),
    }
}

fn refused<T>(error: &io::Error) -> Answer<T> {
    answer(Err(read::reason(error)))
}

/// Whether something is mounted exactly there. Only such a file is worth the risk of a rewrite in place: any other can
/// be replaced where its directory is open, and is left alone where it is not.
pub(crate) fn is_mount_point(path: &Path) -> bool {
    let Ok(path) = fs::canonicalize(path) else { return false };
    let mounts = system_text("/proc/self/mountinfo", 4 << 20);
    mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .any(|point| unescaped(point) == path.as_os_str().as_bytes())
}

/// A path of `mountinfo`, where blanks, tabs, line ends and backslashes are octal.
fn unescaped(point: &str) -> Vec<u8> {
    let mut left = point.as_bytes();
    let mut path = Vec::with_capacity(left.len());
    while let [first, tail @ ..] = left {
        let octal =
            tail.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            path.push(byte);
            left = &tail[3..];
        } else {
            path.push(*first);
            left = tail;
        }
    }
    path
}

#[cfg(test)]
mod tests;
