//! What the server's user may do, asked of the kernel in its name. So access lists, the groups and what a server of files
//! thinks of it count as they will count then.

use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::{AccessFlags, faccessat, geteuid, getuid};
use node::{Answer, Reason, ServerUser};
use pid1::privileges::{Credentials, seen_as};

use super::read::system_words;

/// Unknown where this process may not ask for that user.
pub(super) fn permits(path: &Path, user: &ServerUser, flags: AccessFlags) -> Answer<()> {
    let ask = || faccessat(AT_FDCWD, path, flags, AtFlags::AT_EACCESS);
    let (own, effective) = (getuid().as_raw(), geteuid().as_raw());
    let asked = if effective == user.uid && own == user.uid {
        Some(ask())
    } else if effective == 0 {
        seen_as(&credentials(user), ask)
    } else {
        None
    };
    match asked {
        Some(Ok(())) => Answer::Is(()),
        Some(Err(Errno::ENOENT)) => Answer::Absent,
        Some(Err(Errno::EACCES)) => Answer::Refused(Reason::PermissionDenied),
        Some(Err(Errno::EROFS)) => Answer::Refused(Reason::System(system_words(&Errno::EROFS.into()))),
        // A file that nobody may change. A filter of system calls says the same for a call that it does not know.
        Some(Err(Errno::EPERM))
            if faccessat(AT_FDCWD, "/", AccessFlags::F_OK, AtFlags::AT_EACCESS).is_ok() =>
        {
            Answer::Refused(Reason::System(system_words(&Errno::EPERM.into())))
        }
        Some(Err(_)) | None => Answer::Unknown,
    }
}

/// Asks with the rights of that user, where this process is root and may take them; else with its own.
pub(super) fn ask_as(user: &ServerUser, question: &mut dyn FnMut()) {
    let is_asked = geteuid().is_root() && seen_as(&credentials(user), &mut *question).is_some();
    if !is_asked {
        question();
    }
}

fn credentials(user: &ServerUser) -> Credentials {
    let (gid, groups) = user.groups.split_last().map_or((0, &[][..]), |(gid, groups)| (*gid, groups));
    Credentials { uid: user.uid, gid, groups: groups.to_vec() }
}
