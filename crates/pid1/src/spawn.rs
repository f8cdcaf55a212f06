//! Starting the child with clone(2). It shares the memory of this process until it executes the program, and this
//! process stands still that long. So no memory is copied, and no signal can be forwarded to a child that is not ready
//! for it.

#![expect(
    unsafe_code,
    reason = "a child that shares memory is made with `clone`; each block says why it is sound"
)]

use nix::errno::Errno;
use nix::libc;

use crate::exec::Executable;
use crate::exit_codes;
use crate::preparation::Inherited;
use crate::signals::{Signal, SignalSet};
use crate::system::{self, Disposition, Pid};

/// The process group of the child, see setpgid(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProcessGroup {
    /// That of the supervisor.
    Supervisor,
    /// One that the child leads.
    Own,
    /// The same, in a session that the child leads. Its terminal is the child's standard input, see setsid(2).
    Session,
}

impl ProcessGroup {
    pub(crate) const ALL: [Self; 3] = [Self::Supervisor, Self::Own, Self::Session];

    /// The word of a command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Supervisor => "supervisor",
            Self::Own => "own",
            Self::Session => "session",
        }
    }
}

/// What the child is before it executes the program.
#[derive(Debug)]
pub(crate) struct ChildSetup<'a> {
    pub(crate) executable: &'a Executable,
    pub(crate) process_group: ProcessGroup,
    /// A descriptor that becomes the child's standard input.
    pub(crate) input: Option<i32>,
    /// One that becomes its standard output and standard error.
    pub(crate) output: Option<i32>,
    /// A descriptor of the terminal whose foreground the child's group becomes.
    pub(crate) terminal: Option<i32>,
    /// The inherited mask and ignored signals, which the child keeps. `None`: it starts without any.
    pub(crate) inherited: Option<Inherited>,
    /// The child is killed when this process exits.
    pub(crate) dies_with_parent: bool,
}

/// What both processes see.
struct Shared<'a> {
    setup: &'a ChildSetup<'a>,
    parent: Pid,
    failure: Option<Errno>,
}

/// The size of the child's stack in bytes: it makes a dozen system calls.
const STACK: usize = 64 * 1024;

/// Starts the child; an error is the reason why the program could not be executed.
pub(crate) fn spawn(setup: &ChildSetup<'_>) -> Result<Pid, Errno> {
    let mut shared = Shared { setup, parent: system::own_pid(), failure: None };
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
    let shared_pointer = &raw mut shared;
    // SAFETY: the child runs on its own stack, whose upper end is passed. CLONE_VFORK keeps this thread (the only
    // one) standing until the child executes or ends, so what is shared outlives its use and nobody else touches it.
    // All signals are blocked and no handler is set, so no signal runs code of this program in the child.
    let pid = unsafe {
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        libc::clone(child, stack.byte_add(STACK), flags, shared_pointer.cast())
    };
    let error = Errno::last();
    // SAFETY: the mapping made above; the child has left it.
    unsafe { libc::munmap(stack, STACK) };
    if pid == -1 {
        return Err(error);
    }
    // SAFETY: a live local; the child wrote to it, so it is read again.
    match unsafe { std::ptr::read_volatile(&raw const (*shared_pointer).failure) } {
        None => Ok(pid),
        Some(reason) => {
            while matches!(system::reap(), system::Reaped::Child(other, _) if other != pid) {}
            Err(reason)
        }
    }
}

extern "C" fn child(argument: *mut libc::c_void) -> libc::c_int {
    // SAFETY: the pointer that `spawn` passed; the parent stands still while this runs.
    let shared = unsafe { &mut *argument.cast::<Shared<'_>>() };
    let setup = shared.setup;
    match setup.process_group {
        ProcessGroup::Supervisor => {}
        ProcessGroup::Own => {
            // SAFETY: takes numbers only; TTOU, which taking the foreground would send, is still blocked.
            unsafe {
                libc::setpgid(0, 0);
                if let Some(terminal) = setup.terminal {
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
    if let Some(input) = setup.input {
        // SAFETY: takes numbers only, of descriptors that the child has copies of.
        unsafe { libc::dup2(input, 0) };
    }
    if let Some(output) = setup.output {
        // SAFETY: takes numbers only, of descriptors that the child has copies of.
        unsafe {
            libc::dup2(output, 1);
            libc::dup2(output, 2);
        }
    }
    if setup.dies_with_parent {
        system::set_parent_death_signal(Signal::KILL);
        // SAFETY: takes nothing. A parent that was killed before the line above would never be noticed.
        if unsafe { libc::getppid() } != shared.parent {
            // SAFETY: ends this process, as its parent has.
            unsafe { libc::_exit(i32::from(Signal::KILL.exit_code())) };
        }
    }
    let mask = match setup.inherited {
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
    shared.failure = Some(setup.executable.execute());
    // SAFETY: ends the child without touching what it shares with the parent.
    unsafe { libc::_exit(i32::from(exit_codes::NOT_FOUND)) }
}
