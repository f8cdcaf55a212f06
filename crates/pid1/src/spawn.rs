//! Starting the child. It shares our memory until it executes the program and we stand still that long, so that no
//! memory is copied, and nothing can be forwarded to it before it is what it shall be.

#![expect(
    unsafe_code,
    reason = "a child that shares our memory is made with `clone`; each block says why it is sound"
)]

use crate::preparation::Inherited;
use crate::signals::{Signal, SignalSet};
use crate::system::{self, CStringArray, Disposition, Pid};
use nix::errno::Errno;
use nix::libc;
use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// What to execute, ready for the kernel.
#[derive(Debug)]
pub(crate) struct Executable {
    /// The paths to try, in order.
    candidates: Vec<CString>,
    arguments: CStringArray,
    /// `/bin/sh PATH ARG…` for each candidate, for a script without `#!`.
    by_shell: Vec<CStringArray>,
    environment: CStringArray,
}

/// Where programs are looked for when the environment has no `PATH`.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const SHELL: &CStr = c"/bin/sh";

impl Executable {
    /// Looks nothing up yet: `program` with a slash is that file, else each directory of the environment's `PATH` is a
    /// candidate.
    pub(crate) fn new(
        program: &OsStr,
        arguments: &[Vec<u8>],
        environment: CStringArray,
    ) -> Result<Self, Errno> {
        let name = program.as_bytes();
        if name.is_empty() {
            return Err(Errno::ENOENT);
        }
        let paths: Vec<Vec<u8>> = if name.contains(&b'/') {
            vec![name.to_vec()]
        } else {
            let path = environment.variable(b"PATH").unwrap_or(USUAL_PATH.as_bytes());
            path.split(|byte| *byte == b':')
                .map(|directory| {
                    let directory = if directory.is_empty() { b"." } else { directory };
                    [directory, b"/", name].concat()
                })
                .collect()
        };
        let by_shell = paths
            .iter()
            .map(|path| {
                let head = [SHELL.to_bytes().to_vec(), path.clone()];
                CStringArray::new(head.into_iter().chain(arguments.iter().cloned()).collect())
            })
            .collect::<Result<_, _>>()?;
        let all = [name.to_vec()].into_iter().chain(arguments.iter().cloned()).collect();
        Ok(Self {
            candidates: paths
                .into_iter()
                .map(CString::new)
                .collect::<Result<_, _>>()
                .map_err(|_| Errno::EINVAL)?,
            arguments: CStringArray::new(all)?,
            by_shell,
            environment,
        })
    }

    /// Executes the first candidate that can be; only plain system calls, as the memory is not ours alone.
    fn execute(&self) -> Errno {
        let mut reason = Errno::ENOENT;
        for (path, by_shell) in self.candidates.iter().zip(&self.by_shell) {
            let error = match system::execute(path, &self.arguments, &self.environment) {
                Errno::ENOEXEC => system::execute(SHELL, by_shell, &self.environment),
                error => error,
            };
            match error {
                // Go on as shells do; a file that may not be executed is the better explanation than none.
                Errno::EACCES => reason = error,
                Errno::ENOTDIR | Errno::ENAMETOOLONG | Errno::ELOOP if reason == Errno::ENOENT => {
                    reason = error;
                }
                Errno::ENOENT | Errno::ENOTDIR | Errno::ENAMETOOLONG | Errno::ELOOP => {}
                _ => return error,
            }
        }
        reason
    }

    /// The candidate that exists, for the message.
    pub(crate) fn existing(&self) -> Option<&Path> {
        self.candidates
            .iter()
            .map(|path| Path::new(OsStr::from_bytes(path.to_bytes())))
            .find(|path| path.exists())
    }
}

/// Which processes of the child's get a signal, and what it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProcessGroup {
    /// In our own group.
    Supervisor,
    /// Leads a process group.
    Own,
    /// Leads a session, with the terminal that is its standard input.
    Session,
}

/// How the child shall start.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) executable: &'a Executable,
    pub(crate) process_group: ProcessGroup,
    /// A descriptor of the terminal whose foreground a group is given.
    pub(crate) terminal: Option<i32>,
    /// The mask and the ignored signals that we found, to be given on; nothing: all clean.
    pub(crate) inherited: Option<Inherited>,
    /// End the child when this process ends.
    pub(crate) dies_with_us: bool,
}

struct Request<'a> {
    start: &'a Start<'a>,
    parent: Pid,
    failure: Option<Errno>,
}

/// The child's stack: it does a dozen system calls.
const STACK: usize = 64 * 1024;

/// Starts the child; an error is the reason why the program could not be executed.
pub(crate) fn spawn(start: &Start<'_>) -> Result<Pid, Errno> {
    let mut request = Request { start, parent: system::own_pid(), failure: None };
    // SAFETY: asks for new memory at no particular place.
    let stack = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            STACK,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK,
            -1,
            0,
        )
    };
    if stack == libc::MAP_FAILED {
        return Err(Errno::last());
    }
    let request_pointer = &raw mut request;
    // SAFETY: the child runs on its own stack, whose upper end is passed. CLONE_VFORK keeps this thread (the only
    // one) standing until the child executes or ends, so the request outlives its use and nobody else touches it.
    // All signals are blocked and no handler is set, so none of our code can run in the child by a signal.
    let pid = unsafe {
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        libc::clone(child, stack.byte_add(STACK), flags, request_pointer.cast())
    };
    let error = Errno::last();
    // SAFETY: the mapping made above; the child has left it.
    unsafe { libc::munmap(stack, STACK) };
    if pid == -1 {
        return Err(error);
    }
    // SAFETY: a live local; the child wrote to it, so it is read anew.
    match unsafe { std::ptr::read_volatile(&raw const (*request_pointer).failure) } {
        None => Ok(pid),
        Some(reason) => {
            while matches!(system::reap(), system::Reaped::Child(other, _) if other != pid) {}
            Err(reason)
        }
    }
}

extern "C" fn child(argument: *mut libc::c_void) -> libc::c_int {
    // SAFETY: the pointer that `spawn` passed; the parent stands still while this runs.
    let request = unsafe { &mut *argument.cast::<Request<'_>>() };
    let start = request.start;
    match start.process_group {
        ProcessGroup::Supervisor => {}
        ProcessGroup::Own => {
            // SAFETY: takes numbers only; TTOU, which taking the foreground would send, is still blocked.
            unsafe {
                libc::setpgid(0, 0);
                if let Some(terminal) = start.terminal {
                    libc::tcsetpgrp(terminal, libc::getpid());
                }
            }
        }
        ProcessGroup::Session => {
            // SAFETY: takes numbers only. Standard input that is no terminal gives an error, which is right.
            unsafe {
                libc::setsid();
                libc::ioctl(0, libc::TIOCSCTTY, 0);
            }
        }
    }
    if start.dies_with_us {
        system::set_parent_death_signal(Signal::KILL);
        // SAFETY: takes nothing. A parent that was killed before the line above would never be noticed.
        if unsafe { libc::getppid() } != request.parent {
            // SAFETY: ends this process, as its parent has.
            unsafe { libc::_exit(Signal::KILL.number() + 128) };
        }
    }
    let mask = match start.inherited {
        None => SignalSet::EMPTY,
        Some(inherited) => {
            for signal in [Signal::PIPE, Signal::CHLD] {
                let ignored = inherited.ignores.contains(signal);
                system::set_disposition(
                    signal,
                    if ignored { Disposition::Ignored } else { Disposition::Default },
                );
            }
            inherited.mask
        }
    };
    system::set_mask(mask);
    request.failure = Some(start.executable.execute());
    // SAFETY: ends the child without touching what it shares with the parent.
    unsafe { libc::_exit(127) }
}
