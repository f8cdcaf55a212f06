//! Blocking, handling, receiving and sending signals, see signal(7).

#![expect(unsafe_code, reason = "this is where the kernel is called; each block says why it is sound")]

use std::mem::MaybeUninit;
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;

use super::succeeded;
use crate::exit_codes;
use crate::signals::{Signal, SignalSet};
use crate::system::{Pid, own_pid};

/// The size of the kernel's signal set in bytes.
const SIGNAL_SET_BYTES: usize = 8;

/// Sets the mask of blocked signals and gives the one before.
pub(crate) fn set_mask(mask: SignalSet) -> SignalSet {
    let mut before = 0_u64;
    // SAFETY: both pointers are to live 8-byte integers, which is the size of the kernel's set that is passed.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const mask.0,
            &raw mut before,
            SIGNAL_SET_BYTES,
        );
    }
    SignalSet(before)
}

/// What the process does with a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disposition {
    Default,
    Ignored,
    /// A function of this process.
    Handled,
}

/// `struct sigaction` as the kernel has it on 64-bit machines: handler, flags, restorer, mask.
type KernelAction = [u64; 4];

/// Sets a signal to its default or to be ignored.
pub(crate) fn set_disposition(signal: Signal, disposition: Disposition) {
    let handler = if disposition == Disposition::Ignored { libc::SIG_IGN } else { libc::SIG_DFL };
    let action: KernelAction = [handler as u64, 0, 0, 0];
    // SAFETY: the action is a whole kernel structure that names no function; the old one is not asked for.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigaction,
            signal.number(),
            action.as_ptr(),
            std::ptr::null_mut::<KernelAction>(),
            SIGNAL_SET_BYTES,
        );
    }
}

/// Sets every signal to its default. KILL and STOP cannot be set, and need not be.
pub(crate) fn reset_dispositions() {
    for signal in Signal::all() {
        set_disposition(signal, Disposition::Default);
    }
}

/// What the process does with a signal now.
pub(crate) fn disposition(signal: Signal) -> Disposition {
    let mut action: KernelAction = [0; 4];
    // SAFETY: the pointer is to a whole kernel structure, which the kernel fills; nothing is set.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigaction,
            signal.number(),
            std::ptr::null::<KernelAction>(),
            action.as_mut_ptr(),
            SIGNAL_SET_BYTES,
        );
    }
    match action[0] {
        default if default == libc::SIG_DFL as u64 => Disposition::Default,
        ignored if ignored == libc::SIG_IGN as u64 => Disposition::Ignored,
        _ => Disposition::Handled,
    }
}

/// Makes the signals end this process with 128+n, whatever it is doing, even where it is PID 1.
pub(crate) fn exit_on(signals: &[Signal]) {
    for signal in signals {
        // SAFETY: an all-zero `sigaction` is valid; the handler calls nothing but `_exit`, which may be called
        // anywhere.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = exit as extern "C" fn(libc::c_int) as libc::sighandler_t;
            libc::sigaction(signal.number(), &raw const action, std::ptr::null_mut());
        }
    }
}

/// Makes the signals end this process as TERM does, where they come from outside of its PID namespace. Others are
/// ignored from then on.
pub(crate) fn exit_on_outside(signals: SignalSet) {
    for signal in Signal::all().filter(|signal| signals.contains(*signal)) {
        // SAFETY: an all-zero `sigaction` is valid; the handler reads what the kernel gives it and calls nothing but
        // `_exit`.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_flags = libc::SA_SIGINFO;
            action.sa_sigaction = exit_by_outside
                as extern "C" fn(libc::c_int, *const libc::siginfo_t, *const libc::c_void)
                as libc::sighandler_t;
            libc::sigaction(signal.number(), &raw const action, std::ptr::null_mut());
        }
    }
}

extern "C" fn exit_by_outside(_: libc::c_int, information: *const libc::siginfo_t, _: *const libc::c_void) {
    // SAFETY: with `SA_SIGINFO` the kernel gives a whole structure.
    if Received(unsafe { *information }).is_from_outside() {
        exit(Signal::TERM.number());
    }
}

extern "C" fn exit(number: libc::c_int) {
    // SAFETY: `_exit` takes any number and is async-signal-safe.
    unsafe { libc::_exit(i32::from(exit_codes::BY_SIGNAL) + number) }
}

/// A received signal with all the kernel says about it, see `siginfo_t` in sigaction(2).
#[derive(Clone, Copy)]
pub(crate) struct Received(pub(crate) libc::siginfo_t);

impl Received {
    /// Which signal; nothing for a number that no Linux has.
    pub(crate) fn signal(&self) -> Option<Signal> {
        Signal::from_number(self.0.si_signo)
    }

    /// The sender in this PID namespace; 0 is outside of it, or the kernel.
    pub(crate) fn sender(&self) -> Pid {
        match self.0.si_code {
            // SAFETY: `kill`, `tgkill` and `sigqueue` fill this field.
            libc::SI_USER | libc::SI_TKILL | libc::SI_QUEUE => unsafe { self.0.si_pid() },
            _ => 0,
        }
    }

    /// Whether no process of this PID namespace sent it.
    pub(crate) fn is_from_outside(&self) -> bool {
        self.sender() == 0
    }

    /// Whether this process sent it to itself, also before it was executed.
    pub(crate) fn is_from_itself(&self) -> bool {
        self.sender() == own_pid()
    }

    /// Whether the kernel made it, for instance at a key of the terminal.
    pub(crate) fn is_from_kernel(&self) -> bool {
        self.0.si_code > 0
    }

    /// Whether it has a value, see sigqueue(3).
    fn has_value(&self) -> bool {
        self.0.si_code == libc::SI_QUEUE
    }
}

/// Waits for one of the signals, for ever or for this long; nothing when the time is over.
pub(crate) fn wait(signals: SignalSet, timeout: Option<Duration>) -> Option<Received> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    loop {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        let pointer = match timeout {
            Some(timeout) => {
                time.tv_sec = timeout.as_secs().try_into().unwrap_or(i64::MAX);
                time.tv_nsec = libc::c_long::from(timeout.subsec_nanos().cast_signed());
                &raw const time
            }
            None => std::ptr::null(),
        };
        // SAFETY: set, information and time are live and of the kernel's size; a null time waits for ever.
        let result = unsafe {
            libc::syscall(
                libc::SYS_rt_sigtimedwait,
                &raw const signals.0,
                info.as_mut_ptr(),
                pointer,
                SIGNAL_SET_BYTES,
            )
        };
        match succeeded(result) {
            // SAFETY: zeroed before, and filled by the successful call.
            Ok(_) => return Some(Received(unsafe { info.assume_init() })),
            // A stop and continue or a debugger interrupts the wait. Callers with a deadline compute the time again;
            // a poll has to be repeated here.
            Err(Errno::EINTR) if timeout.is_some_and(|timeout| !timeout.is_zero()) => return None,
            Err(Errno::EAGAIN) if timeout.is_some() => return None,
            Err(_) => {}
        }
    }
}

/// Sends a signal to a process, or to a process group where the number is negative, see kill(2).
pub(crate) fn kill(target: Pid, signal: Signal) -> Result<(), Errno> {
    // SAFETY: takes numbers only.
    succeeded(unsafe { libc::syscall(libc::SYS_kill, target, signal.number()) }).map(drop)
}

/// Sends a received signal on: with its sender and value where it has a value and the target is one process.
pub(crate) fn forward(target: Pid, signal: Signal, received: &Received) -> Result<(), Errno> {
    if received.has_value() {
        let mut info = received.0;
        info.si_signo = signal.number();
        // SAFETY: the information is a whole structure that came from the kernel.
        let result =
            unsafe { libc::syscall(libc::SYS_rt_sigqueueinfo, target, signal.number(), &raw const info) };
        if succeeded(result).is_ok() {
            return Ok(());
        }
    }
    kill(target, signal)
}

/// Stops this process until it is continued; PID 1 goes on at once, as the kernel does not stop it.
pub(crate) fn suspend() {
    let _ = kill(own_pid(), Signal::STOP);
}
