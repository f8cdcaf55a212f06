//! The disk and the machine that this process sees: the one place that reads files, `/proc` and limits. Never writes,
//! and waits for nobody longer than ten seconds: what cannot be found out is unknown or left out.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is where the disk is looked at"
)]

mod cgroup;
mod interfaces;
mod lock;
pub(crate) mod machine;
mod mounts;
mod permissions;
mod processes;
pub(crate) mod read;
pub(crate) mod tree;

use std::cell::{OnceCell, RefCell};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::statvfs::{FsFlags, Statvfs, statvfs};
use nix::unistd::{AccessFlags, access};
use node::{
    Access, Answer, FileKind, LockHolder, Look, Machine, Reason, ServerProcess, ServerUser, SilentMount,
    Space, World,
};

use server::network::{Interfaces, Listener};

use mounts::{Mount, Mounts};
use read::{system_text, system_words};

/// More entries than any directory of a configuration has.
const MOST_ENTRIES: usize = 10_001;

/// A server of files that says nothing for so long is taken for dead.
const PATIENCE: Duration = Duration::from_secs(10);

/// The world of this process. No question to it is asked for ever.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    /// Everything mounted; read once.
    mounts: OnceCell<Mounts>,
    /// What was asked on mounts that gave none.
    silent: RefCell<Vec<SilentMount>>,
}

impl Disk {
    /// Asks, where the path is on a mount that answers. Where one may not, a child asks first, and nobody asks again where
    /// it did not come back.
    fn ask<T>(&self, path: &Path, question: impl Fn() -> Answer<T>) -> Answer<T> {
        let Some(mount) = self.remote(path) else { return question() };
        if self.silent.borrow().iter().any(|silent| silent.point == mount.point) {
            return Answer::Unknown;
        }
        let answers = pid1::is_answered(PATIENCE, || {
            let _ = question();
        });
        if answers {
            return question();
        }
        let path = path.to_owned();
        self.silent.borrow_mut().push(SilentMount {
            path,
            point: mount.point.clone(),
            kind: mount.kind.clone(),
        });
        Answer::Unknown
    }

    /// The mount that the path is on, where that is one that may give no answer.
    fn remote(&self, path: &Path) -> Option<&Mount> {
        let mounts = self.mounts();
        if !mounts.has_remote {
            return None;
        }
        mounts.remote(&self.absolute(path), |path| fs::read_link(path).ok())
    }

    fn mounts(&self) -> &Mounts {
        self.mounts.get_or_init(Mounts::read)
    }
}

impl World for Disk {
    fn read(&self, path: &Path, limit: u64) -> Answer<Vec<u8>> {
        self.ask(path, || read(path, limit))
    }

    fn end(&self, path: &Path, count: u64) -> Answer<Vec<u8>> {
        self.ask(path, || answer(read::end_of_file(path, count)))
    }

    fn look(&self, path: &Path) -> Answer<Look> {
        self.ask(path, || look(path))
    }

    fn list(&self, path: &Path) -> Answer<Vec<OsString>> {
        self.ask(path, || list(path))
    }

    fn link(&self, path: &Path) -> Answer<PathBuf> {
        self.ask(path, || link(path))
    }

    fn real(&self, path: &Path) -> Answer<PathBuf> {
        self.ask(path, || real(path))
    }

    fn allows(&self, path: &Path, wanted: Access) -> Answer<()> {
        self.ask(path, || allows(path, wanted))
    }

    fn permits(&self, path: &Path, user: &ServerUser, wanted: Access) -> Answer<()> {
        self.ask(path, || permissions::permits(path, user, flags(wanted)))
    }

    fn ask_as(&self, user: &ServerUser, question: &mut dyn FnMut()) {
        permissions::ask_as(user, question);
    }

    fn lock(&self, path: &Path) -> Answer<LockHolder> {
        self.ask(path, || lock::holder(path).unwrap_or_else(|error| refused(&error)))
    }

    fn space(&self, path: &Path) -> Answer<Space> {
        self.ask(path, || space(path))
    }

    fn is_read_only(&self, path: &Path) -> Answer<bool> {
        self.ask(path, || is_read_only(path))
    }

    fn is_noexec(&self, path: &Path) -> Answer<bool> {
        self.ask(path, || match statvfs(path) {
            Ok(facts) => Answer::Is(facts.flags().contains(FsFlags::ST_NOEXEC)),
            Err(error) => refused(&error.into()),
        })
    }

    fn is_mount_point(&self, path: &Path) -> Answer<bool> {
        self.ask(path, || Answer::Is(is_point_of(self.mounts(), path)))
    }

    fn silent(&self) -> Vec<SilentMount> {
        self.silent.borrow().clone()
    }

    fn is_silent(&self, path: &Path) -> bool {
        self.remote(path)
            .is_some_and(|mount| self.silent.borrow().iter().any(|silent| silent.point == mount.point))
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

    fn random(&self, count: usize) -> Answer<Vec<u8>> {
        let mut bytes = vec![0; count];
        if pid1::fill_randomly(&mut bytes) { Answer::Is(bytes) } else { Answer::Unknown }
    }

    fn interfaces(&self) -> Answer<Interfaces> {
        interfaces::interfaces().map_or(Answer::Unknown, Answer::Is)
    }

    fn servers(&self, is_server: fn(&[u8]) -> bool) -> Answer<Vec<ServerProcess>> {
        processes::servers(is_server).map_or(Answer::Unknown, Answer::Is)
    }

    fn listeners(&self) -> Answer<Vec<Listener>> {
        processes::listeners().map_or(Answer::Unknown, Answer::Is)
    }

    fn sockets(&self, pid: i32) -> Answer<Vec<u64>> {
        processes::sockets(pid).map_or_else(|error| refused(&error), Answer::Is)
    }
}

fn read(path: &Path, limit: u64) -> Answer<Vec<u8>> {
    answer(read::regular_file(path, limit))
}

fn look(path: &Path) -> Answer<Look> {
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

fn list(path: &Path) -> Answer<Vec<OsString>> {
    match fs::read_dir(path) {
        Ok(entries) => {
            Answer::Is(entries.flatten().take(MOST_ENTRIES).map(|entry| entry.file_name()).collect())
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Answer::Refused(Reason::NotADirectory),
        Err(error) => refused(&error),
    }
}

fn link(path: &Path) -> Answer<PathBuf> {
    match fs::read_link(path) {
        Ok(target) => Answer::Is(target),
        // Not a link.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Answer::Absent,
        Err(error) => refused(&error),
    }
}

fn real(path: &Path) -> Answer<PathBuf> {
    match fs::canonicalize(path) {
        Ok(path) => Answer::Is(path),
        Err(error) => refused(&error),
    }
}

fn allows(path: &Path, wanted: Access) -> Answer<()> {
    match access(path, flags(wanted)) {
        Ok(()) => Answer::Is(()),
        Err(nix::errno::Errno::ENOENT) => Answer::Absent,
        Err(error) => Answer::Refused(Reason::System(system_words(&error.into()))),
    }
}

fn space(path: &Path) -> Answer<Space> {
    match statvfs(path) {
        Ok(facts) => Answer::Is(free(&facts)),
        Err(error) => refused(&error.into()),
    }
}

fn is_read_only(path: &Path) -> Answer<bool> {
    match statvfs(path) {
        Ok(facts) => Answer::Is(facts.flags().contains(FsFlags::ST_RDONLY)),
        Err(error) => refused(&error.into()),
    }
}

fn flags(access: Access) -> AccessFlags {
    match access {
        Access::Read => AccessFlags::R_OK,
        Access::Write => AccessFlags::W_OK,
        Access::Execute | Access::Search => AccessFlags::X_OK,
        Access::List => AccessFlags::R_OK | AccessFlags::X_OK,
        Access::MakeFiles => AccessFlags::W_OK | AccessFlags::X_OK,
    }
}

/// File systems without a limit, and those that do not say, give 0 for the whole.
fn free(facts: &Statvfs) -> Space {
    let block = facts.fragment_size();
    let bytes = |blocks: u64| (facts.blocks() > 0).then(|| blocks.saturating_mul(block));
    Space {
        bytes: bytes(facts.blocks_free()),
        available: bytes(facts.blocks_available()),
        total: bytes(facts.blocks()),
        files: (facts.files() > 0).then(|| facts.files_free()),
        block,
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

/// Whether what is written to that stream gets into the file.
pub(crate) fn leads_to(stream: impl AsFd, path: &Path) -> bool {
    let own = nix::sys::stat::fstat(stream).map(|it| (it.st_dev, it.st_ino));
    fs::metadata(path).is_ok_and(|it| own == Ok((it.dev(), it.ino())))
}

/// Whether something is mounted exactly there. Only such a file is worth the risk of a rewrite in place: any other can
/// be replaced where its directory is open, and is left alone where it is not.
pub(crate) fn is_mount_point(path: &Path) -> bool {
    is_point_of(&Mounts::read(), path)
}

/// Why a file is not only its name, so that another one cannot take its place; a symbolic link counts where it `is_kept`.
pub(crate) fn obstacle_to_replacing(path: &Path, is_kept: bool) -> Option<&'static str> {
    if is_kept && fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink()) {
        Some("is a symbolic link")
    } else if fs::metadata(path).is_ok_and(|it| it.nlink() > 1) {
        Some("has other names, which are hard links")
    } else {
        is_mount_point(path).then_some("is a mount of its own")
    }
}

fn is_point_of(mounts: &Mounts, path: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|path| mounts.has_point(&path))
}

#[cfg(test)]
mod tests;
