//! Who holds a lock on a file, see `F_GETLK` in fcntl(2). The server's own kind of lock: Java takes no other.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use node::{Answer, LockHolder};

use super::read::system_text;

#[expect(clippy::cast_possible_truncation, reason = "small numbers, which the structure has in 16 bits")]
const WRITE: i16 = libc::F_WRLCK as i16;
/// `SEEK_SET`.
const FROM_START: i16 = 0;
/// The name that this program gives itself while it supervises.
const SUPERVISOR: &str = "es-entrypoint";
/// A server has a launcher, and that a script, above it.
const GENERATIONS: usize = 6;

/// # Errors
/// The file cannot be opened.
pub(super) fn holder(path: &Path) -> io::Result<Answer<LockHolder>> {
    let flags = libc::O_NONBLOCK | libc::O_CLOEXEC | libc::O_NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let mut lock = libc::flock { l_type: WRITE, l_whence: FROM_START, l_start: 0, l_len: 0, l_pid: 0 };
    Ok(match fcntl(&file, FcntlArg::F_GETLK(&mut lock)) {
        Ok(_) if i32::from(lock.l_type) == libc::F_UNLCK => Answer::Absent,
        Ok(_) => {
            // A process of another pid namespace has no number here; one on another machine has none anywhere.
            let pid = Some(lock.l_pid).filter(|pid| *pid > 0 && !comm(*pid).is_empty());
            Answer::Is(LockHolder { pid, is_own_server: pid.is_some_and(is_own_server) })
        }
        // Not every file system knows locks.
        Err(_) => Answer::Unknown,
    })
}

fn comm(pid: i32) -> String {
    system_text(&format!("/proc/{pid}/comm"), 1 << 6).trim_end().to_owned()
}

fn is_own_server(pid: i32) -> bool {
    let mut process = pid;
    for _ in 0..GENERATIONS {
        let Some(parent) = parent(process) else { return false };
        if comm(parent) == SUPERVISOR {
            return true;
        }
        process = parent;
    }
    false
}

pub(super) fn parent(pid: i32) -> Option<i32> {
    let status = system_text(&format!("/proc/{pid}/status"), 1 << 12);
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    line.trim().parse().ok().filter(|parent| *parent > 0)
}
