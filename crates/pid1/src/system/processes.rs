//! Processes: this one, its children, how they exited.

#![expect(unsafe_code, reason = "this is where the kernel is called; each block says why it is sound")]

use std::ffi::CStr;
use std::mem::MaybeUninit;

use nix::errno::Errno;
use nix::libc;

use super::succeeded;
use crate::signals::Signal;

/// A process id as the kernel has it.
pub(crate) type Pid = libc::pid_t;

/// How a child exited, see wait(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// With this code.
    Exited(u8),
    /// By this signal, with or without a core dump.
    Killed { signal: Signal, core: bool },
}

impl ExitStatus {
    /// The exit code that a shell shows, see bash(1): 128+n after signal n.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Exited(code) => code,
            Self::Killed { signal, .. } => signal.exit_code(),
        }
    }
}

/// The answer to the question for an exited child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaped {
    Child(Pid, ExitStatus),
    /// There are children, and none has exited.
    NoneExited,
    NoChildren,
}

/// Reaps one exited child, without waiting.
pub(crate) fn reap() -> Reaped {
    loop {
        let mut status: libc::c_int = 0;
        let no_usage = std::ptr::null_mut::<libc::rusage>();
        // SAFETY: the status is a live integer; no usage is asked for.
        let result = unsafe {
            libc::syscall(libc::SYS_wait4, -1, &raw mut status, libc::WNOHANG | libc::__WALL, no_usage)
        };
        return match succeeded(result) {
            Ok(0) => Reaped::NoneExited,
            Ok(pid) => {
                let status = match Signal::from_number(status & 0x7f) {
                    Some(signal) => ExitStatus::Killed { signal, core: status & 0x80 != 0 },
                    None => ExitStatus::Exited(status.to_le_bytes()[1]),
                };
                Reaped::Child(Pid::try_from(pid).unwrap_or(0), status)
            }
            Err(Errno::EINTR) => continue,
            Err(_) => Reaped::NoChildren,
        };
    }
}

/// Whether a child has exited and is not reaped yet.
pub(crate) fn has_exited(child: Pid) -> bool {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let how = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: the information has the kernel's size; it stays all zero, which is valid, where no child has exited.
    unsafe {
        let no_usage = std::ptr::null_mut::<libc::rusage>();
        libc::syscall(libc::SYS_waitid, libc::P_PID, child, info.as_mut_ptr(), how, no_usage);
        info.assume_init().si_pid() == child
    }
}

/// This process.
pub(crate) fn own_pid() -> Pid {
    nix::unistd::getpid().as_raw()
}

/// The children of this process, from the kernel's list or by looking at every process.
pub(crate) fn children() -> Vec<Pid> {
    if let Ok(list) = std::fs::read_to_string("/proc/thread-self/children") {
        return list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect();
    }
    children_of(own_pid())
}

/// The children of a process, whichever of its threads started them.
pub(crate) fn children_of(process: Pid) -> Vec<Pid> {
    let parent = |pid: &Pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything; behind it come the state and the parent, see proc_pid_stat(5).
        stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse::<Pid>().ok()
    };
    let mut children = processes();
    children.retain(|pid| parent(pid) == Some(process));
    children
}

/// All processes of this PID namespace that can be seen.
pub(crate) fn processes() -> Vec<Pid> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Makes orphans below this process its children. A kernel without it keeps giving them to PID 1.
pub(crate) fn become_subreaper() {
    // SAFETY: takes numbers only.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
}

/// The signal that this process gets when its parent exits.
pub(crate) fn set_parent_death_signal(signal: Signal) {
    // SAFETY: takes numbers only.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, signal.number(), 0, 0, 0) };
}

/// No program executed from here gains privileges.
pub(crate) fn set_no_new_privileges() -> Result<(), Errno> {
    // SAFETY: takes numbers only.
    succeeded(unsafe { libc::syscall(libc::SYS_prctl, libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }).map(drop)
}

/// What this process holds is for nobody else: a crash leaves no core dump of it, and no other process of its user may look
/// at it, see `PR_SET_DUMPABLE` in prctl(2). The limit for core dumps would be the server's as well; this ends with the
/// execution of a program. Again where the ids for files have changed: then the kernel sets it to `fs.suid_dumpable`.
pub fn keep_memory_private() {
    // SAFETY: takes numbers only.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) };
}

/// Whether the kernel answers questions about the filter of system calls, as it does where it has one; emulators answer
/// with an error. Nothing where the question itself is forbidden.
pub fn filters_system_calls() -> Option<bool> {
    // SAFETY: takes numbers only.
    match succeeded(unsafe { libc::syscall(libc::SYS_prctl, libc::PR_GET_SECCOMP, 0, 0, 0, 0) }) {
        Ok(_) => Some(true),
        Err(Errno::EINVAL) => Some(false),
        Err(_) => None,
    }
}

/// The name that lists of processes show; the kernel keeps 15 bytes.
pub(crate) fn set_name(name: &CStr) {
    // SAFETY: the pointer is to a live text that ends with a NUL.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0) };
}
