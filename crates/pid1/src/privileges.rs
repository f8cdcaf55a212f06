//! Changing the identity, for good, see credentials(7) and capabilities(7). The supervising process changes itself
//! before it starts the child. So it is not root either, and may always signal the child.

#![expect(unsafe_code, reason = "credentials, capabilities and limits; each block says why it is sound")]

use anyhow::{Context as _, bail, ensure};
use nix::errno::Errno;
use nix::libc;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::system::keep_memory_private;

/// The identity of this process and the child, as numbers of the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user: real, effective and saved.
    pub uid: u32,
    /// The group: real, effective and saved.
    pub gid: u32,
    /// The supplementary groups, in any order.
    pub groups: Vec<u32>,
}

/// The number of `CAP_IPC_LOCK` in linux/capability.h.
const LOCK_MEMORY: u32 = 14;

/// Version 3 of the interface: 64 capabilities in two halves, see capset(2).
const VERSION: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Half {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

fn call(result: libc::c_long) -> anyhow::Result<()> {
    ensure!(result != -1, Errno::last().desc());
    Ok(())
}

/// Whether this process is root (effective uid 0). Only then can it change its identity.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Whether this program is installed setuid or setgid, see execve(2): then everybody who may run it could become root.
pub fn is_setuid() -> bool {
    use nix::unistd::{getegid, geteuid, getgid, getuid};
    getuid() != geteuid() || getgid() != getegid()
}

/// Whether this process can let the server lock memory: it has `CAP_IPC_LOCK`, see mlock(2).
pub fn may_lock_memory() -> bool {
    capabilities()[0].permitted & (1 << LOCK_MEMORY) != 0
}

fn capabilities() -> [Half; 2] {
    let mut header = Header { version: VERSION, pid: 0 };
    let mut halves = [Half::default(); 2];
    // SAFETY: version 3 fills two halves, and there are two.
    unsafe { libc::syscall(libc::SYS_capget, &raw mut header, halves.as_mut_ptr()) };
    halves
}

fn set_capabilities(halves: [Half; 2]) -> anyhow::Result<()> {
    let mut header = Header { version: VERSION, pid: 0 };
    // SAFETY: version 3 reads two halves, and there are two.
    let result = unsafe { libc::syscall(libc::SYS_capset, &raw mut header, halves.as_ptr()) };
    call(result).context("cannot set the capabilities")
}

/// Takes the credentials: supplementary groups, group, user, then proof that there is no way back. With `lock_memory`
/// the child keeps `CAP_IPC_LOCK`, where the container has it.
pub(crate) fn take_credentials(credentials: &Credentials, lock_memory: bool) -> anyhow::Result<()> {
    let Credentials { uid, gid, ref groups } = *credentials;
    let keep_lock = lock_memory && uid != 0 && may_lock_memory();
    if keep_lock {
        // SAFETY: takes numbers only.
        let result = unsafe { libc::syscall(libc::SYS_prctl, libc::PR_SET_KEEPCAPS, 1, 0, 0, 0) };
        call(result).context("cannot keep capabilities")?;
    }
    if current_groups() != sorted(groups) {
        // SAFETY: the pointer is to that many numbers. The kernel's own call, as this process has one thread.
        let result = unsafe { libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) };
        call(result).context("cannot set the supplementary groups (the container needs CAP_SETGID)")?;
    }
    // SAFETY: takes numbers only.
    let result = unsafe { libc::syscall(libc::SYS_setresgid, gid, gid, gid) };
    call(result).with_context(|| format!("cannot become group {gid} (the container needs CAP_SETGID)"))?;
    // SAFETY: takes numbers only.
    let result = unsafe { libc::syscall(libc::SYS_setresuid, uid, uid, uid) };
    call(result).with_context(|| format!("cannot become user {uid} (the container needs CAP_SETUID)"))?;
    if uid != 0 {
        let mut halves = [Half::default(); 2];
        if keep_lock {
            halves[0] = Half { effective: 0, permitted: 1 << LOCK_MEMORY, inheritable: 1 << LOCK_MEMORY };
        }
        set_capabilities(halves)?;
        if keep_lock {
            // SAFETY: takes numbers only.
            let result = unsafe {
                libc::syscall(
                    libc::SYS_prctl,
                    libc::PR_CAP_AMBIENT,
                    libc::PR_CAP_AMBIENT_RAISE,
                    LOCK_MEMORY,
                    0,
                    0,
                )
            };
            call(result).context("cannot give CAP_IPC_LOCK to the server")?;
        }
    }
    keep_memory_private();
    verify(credentials)
}

/// Asks a question about files with the rights of another user, see setfsuid(2): without the capabilities that pass
/// over permissions. Nothing where this process may not do that. Everything is as before when it returns.
pub fn seen_as<T>(credentials: &Credentials, question: impl FnOnce() -> T) -> Option<T> {
    let Credentials { uid, gid, ref groups } = *credentials;
    let own_groups = current_groups();
    let changes_groups = own_groups != sorted(groups);
    if changes_groups && !set_groups(groups) {
        return None;
    }
    set_file_ids(uid, gid);
    // The calls themselves do not say whether they did it.
    let answer = (set_file_ids(u32::MAX, u32::MAX) == (uid, gid)).then(question);
    set_file_ids(nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
    if changes_groups {
        set_groups(&own_groups);
    }
    answer
}

fn set_groups(groups: &[u32]) -> bool {
    // SAFETY: the pointer is to that many numbers. The kernel's own call, as this process has one thread.
    unsafe { libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) == 0 }
}

/// Sets the ids that decide about files, where they are ids; gives those before.
fn set_file_ids(uid: u32, gid: u32) -> (u32, u32) {
    // The user comes last: it takes capabilities with it.
    // SAFETY: takes a number only.
    let gid = unsafe { libc::syscall(libc::SYS_setfsgid, gid) };
    // SAFETY: takes a number only.
    let uid = unsafe { libc::syscall(libc::SYS_setfsuid, uid) };
    keep_memory_private();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an id is 32 bits")]
    (uid as u32, gid as u32)
}

/// Proof instead of trust: asks the kernel for the identity, and tries to become root again.
fn verify(credentials: &Credentials) -> anyhow::Result<()> {
    let Credentials { uid, gid, ref groups } = *credentials;
    let users = nix::unistd::getresuid()
        .map(|ids| [ids.real, ids.effective, ids.saved].map(nix::unistd::Uid::as_raw));
    let own_groups = nix::unistd::getresgid()
        .map(|ids| [ids.real, ids.effective, ids.saved].map(nix::unistd::Gid::as_raw));
    if users != Ok([uid; 3]) || own_groups != Ok([gid; 3]) || current_groups() != sorted(groups) {
        bail!("the kernel did not make this process user {uid} and group {gid}");
    }
    // SAFETY: takes numbers only.
    if uid != 0 && unsafe { libc::syscall(libc::SYS_setresuid, 0, 0, 0) } == 0 {
        bail!("user {uid} could become root again");
    }
    Ok(())
}

fn sorted(groups: &[u32]) -> Vec<u32> {
    let mut groups = groups.to_vec();
    diagnostics::order::sort(&mut groups);
    groups
}

/// The supplementary groups, in the order of their numbers.
fn current_groups() -> Vec<u32> {
    // SAFETY: asks for the count only.
    let count = unsafe { libc::getgroups(0, std::ptr::null_mut()) };
    let mut groups = vec![0; usize::try_from(count).unwrap_or(0)];
    // SAFETY: the pointer is to `count` numbers.
    let got = unsafe { libc::getgroups(count, groups.as_mut_ptr()) };
    groups.truncate(usize::try_from(got).unwrap_or(0));
    sorted(&groups)
}

/// Drops `CAP_IPC_LOCK` from this process once the child has it.
pub(crate) fn drop_memory_locking() {
    if nix::unistd::geteuid().is_root() {
        return;
    }
    // SAFETY: takes numbers only.
    unsafe { libc::syscall(libc::SYS_prctl, libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) };
    let _ = set_capabilities([Half::default(); 2]);
}

/// Raises the soft limits that the server checks to the hard ones, see getrlimit(2): open files, processes, locked
/// memory, address space, file size. A limit that may not be raised stays.
pub(crate) fn raise_limits() {
    /// Some container engines set a hard limit of 10^9, and some programs close every number up to the soft limit.
    const ENOUGH_FILES: u64 = 1 << 20;
    let limits = [
        (Resource::RLIMIT_NOFILE, ENOUGH_FILES),
        (Resource::RLIMIT_NPROC, u64::MAX),
        (Resource::RLIMIT_MEMLOCK, u64::MAX),
        (Resource::RLIMIT_AS, u64::MAX),
        (Resource::RLIMIT_FSIZE, u64::MAX),
    ];
    for (resource, enough) in limits {
        if let Ok((soft, hard)) = getrlimit(resource) {
            let wanted = hard.min(enough);
            if wanted > soft {
                let _ = setrlimit(resource, wanted, hard);
            }
        }
    }
}
