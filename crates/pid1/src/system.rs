//! The system calls that the supervision needs, each behind a safe function. They go to the kernel directly: the C
//! libraries hide the signals 32 to 34 from their callers, and change credentials for threads that we do not have.

#![expect(unsafe_code, reason = "this is where the kernel is called; each block says why it is sound")]

use crate::signals::{Signal, SignalSet};
use nix::errno::Errno;
use nix::libc;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt as _;
use std::time::Duration;

/// A process id as the kernel has it.
pub(crate) type Pid = libc::pid_t;

const SIGNAL_SET_BYTES: usize = 8;

/// `None` when the call failed; then [`Errno::last`] has the reason.
fn succeeded(result: libc::c_long) -> Result<libc::c_long, Errno> {
    if result == -1 { Err(Errno::last()) } else { Ok(result) }
}

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
        // SAFETY: an all-zero `sigaction` is valid; the handler calls nothing but `_exit`, which may be called anywhere.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = end as extern "C" fn(libc::c_int) as libc::sighandler_t;
            libc::sigaction(signal.number(), &raw const action, std::ptr::null_mut());
        }
    }
}

extern "C" fn end(number: libc::c_int) {
    // SAFETY: `_exit` takes any number and is async-signal-safe.
    unsafe { libc::_exit(128 + number) }
}

/// A received signal with all the kernel says about it.
#[derive(Clone, Copy)]
pub(crate) struct Received(pub(crate) libc::siginfo_t);

impl Received {
    /// Which one; nothing for a number that no Linux has.
    pub(crate) fn signal(&self) -> Option<Signal> {
        Signal::from_number(self.0.si_signo)
    }

    /// The sender as seen from here; 0 is outside of this PID namespace, or the kernel.
    pub(crate) fn sender(&self) -> Pid {
        match self.0.si_code {
            // SAFETY: `kill`, `tgkill` and `sigqueue` fill this field.
            libc::SI_USER | libc::SI_TKILL | libc::SI_QUEUE => unsafe { self.0.si_pid() },
            _ => 0,
        }
    }

    /// Came from this process itself, in this life or before it executed us.
    pub(crate) fn is_our_own(&self) -> bool {
        self.sender() == own_pid()
    }

    /// Made by the kernel itself, for instance by a key on the terminal.
    pub(crate) fn by_kernel(&self) -> bool {
        self.0.si_code > 0
    }

    /// Sent with a value, by `sigqueue`.
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
            // Interrupted (by a stop and continue, or a debugger): who looks only once has to look again.
            Err(Errno::EINTR) if timeout.is_some_and(|timeout| !timeout.is_zero()) => return None,
            Err(Errno::EAGAIN) if timeout.is_some() => return None,
            Err(_) => {}
        }
    }
}

/// Sends a signal to a process; to a process group when the number is negative.
pub(crate) fn kill(target: Pid, signal: Signal) -> Result<(), Errno> {
    // SAFETY: takes numbers only.
    succeeded(unsafe { libc::syscall(libc::SYS_kill, target, signal.number()) }).map(drop)
}

/// Passes a received signal on to one process: with its value and sender when it has a value.
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

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    Exited(u8),
    Killed { signal: Signal, core: bool },
}

impl ExitStatus {
    /// The exit code that a shell would show.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Exited(code) => code,
            Self::Killed { signal, .. } => signal.exit_code(),
        }
    }
}

/// What asking for an ended child gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaped {
    Child(Pid, ExitStatus),
    /// There are children, and none has ended.
    NoneEnded,
    NoChildren,
}

/// Takes one ended child, without waiting.
pub(crate) fn reap() -> Reaped {
    loop {
        let mut status: libc::c_int = 0;
        let nothing = std::ptr::null_mut::<libc::rusage>();
        // SAFETY: the status is a live integer; no usage is asked for.
        let result = unsafe {
            libc::syscall(libc::SYS_wait4, -1, &raw mut status, libc::WNOHANG | libc::__WALL, nothing)
        };
        return match succeeded(result) {
            Ok(0) => Reaped::NoneEnded,
            Ok(pid) => {
                let signal = Signal::from_number(status & 0x7f);
                let status = match signal {
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

/// Whether a child has ended that is not reaped yet.
pub(crate) fn has_ended(child: Pid) -> bool {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let how = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: the information has the kernel's size; it stays all zero, which is valid, where there is nothing to tell.
    unsafe {
        let nothing = std::ptr::null_mut::<libc::rusage>();
        libc::syscall(libc::SYS_waitid, libc::P_PID, child, info.as_mut_ptr(), how, nothing);
        info.assume_init().si_pid() == child
    }
}

/// This process.
pub(crate) fn own_pid() -> Pid {
    nix::unistd::getpid().as_raw()
}

/// Whether that descriptor is open.
pub(crate) fn is_open(descriptor: libc::c_int) -> bool {
    // SAFETY: takes numbers only.
    unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
}

/// Orphans below us become our children.
pub(crate) fn become_subreaper() {
    // SAFETY: takes numbers only. A kernel without it keeps giving orphans to PID 1.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
}

/// The signal that this process gets when its parent dies.
pub(crate) fn set_parent_death_signal(signal: Signal) {
    // SAFETY: takes numbers only.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, signal.number(), 0, 0, 0) };
}

/// No program started from here gains privileges.
pub(crate) fn set_no_new_privileges() -> Result<(), Errno> {
    // SAFETY: takes numbers only.
    succeeded(unsafe { libc::syscall(libc::SYS_prctl, libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }).map(drop)
}

/// Closes all descriptors from 3 on.
pub(crate) fn close_inherited() {
    // SAFETY: nothing in this process uses a descriptor above 2 any more, and none is owned by a live value.
    let result = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
    if succeeded(result).is_err() {
        // A kernel before 5.9: the descriptors are those of the directory, or at most these.
        let open: Vec<i32> = match std::fs::read_dir("/proc/self/fd") {
            Ok(entries) => {
                entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
            }
            Err(_) => (3..1024).collect(),
        };
        for descriptor in open.into_iter().filter(|descriptor| *descriptor > 2) {
            // SAFETY: as above; one that is closed already only gives an error.
            unsafe { libc::close(descriptor) };
        }
    }
}

/// Reads a small file of the kernel's in one go.
pub(crate) fn read_small(path: &CStr) -> Option<String> {
    let mut bytes = [0_u8; 4096];
    // SAFETY: the path ends with a NUL, and the buffer is as long as is said; the descriptor is closed here.
    let length = unsafe {
        let descriptor = libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NONBLOCK);
        if descriptor == -1 {
            return None;
        }
        let length = libc::read(descriptor, bytes.as_mut_ptr().cast(), bytes.len());
        libc::close(descriptor);
        usize::try_from(length).ok()?
    };
    Some(String::from_utf8_lossy(bytes.get(..length)?).into_owned())
}

/// Whether the descriptor takes bytes without waiting.
pub(crate) fn is_writable(descriptor: i32) -> bool {
    let mut poll = libc::pollfd { fd: descriptor, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one live structure, and the count says one.
    let ready = unsafe { libc::poll(&raw mut poll, 1, 0) };
    ready == 1 && poll.revents & libc::POLLOUT != 0 && poll.revents & (libc::POLLNVAL | libc::POLLERR) == 0
}

/// Writes without ever waiting, as far as the kernel can promise that; what cannot be written is lost.
pub(crate) fn write_without_waiting(descriptor: i32, bytes: &[u8]) {
    if !is_writable(descriptor) {
        return;
    }
    let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: one part that points to live bytes, which are only read; the offset -1 means the current position.
    let result = unsafe {
        libc::syscall(libc::SYS_pwritev2, descriptor, &raw const part, 1, -1, -1, libc::RWF_NOWAIT)
    };
    // Files and terminals do not know this flag. A terminal with room for a part of the line would let us wait with the
    // rest, so it is opened once more for ourselves; where that is not allowed, the poll above is what can be had.
    if let Err(Errno::EOPNOTSUPP | Errno::EINVAL | Errno::ENOSYS | Errno::ESPIPE) = succeeded(result) {
        // SAFETY: a path that ends with a NUL, numbers, live bytes and their number; only what is opened is closed.
        unsafe {
            let own = if libc::isatty(descriptor) == 1 {
                let flags = libc::O_WRONLY | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
                libc::open(c"/proc/self/fd/2".as_ptr(), flags)
            } else {
                -1
            };
            libc::write(if own == -1 { descriptor } else { own }, bytes.as_ptr().cast(), bytes.len());
            if own != -1 {
                libc::close(own);
            }
        }
    }
}

/// The texts `NAME=VALUE` that this process was started with.
fn environment_pointers() -> impl Iterator<Item = *const libc::c_char> {
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    // SAFETY: the C library keeps this list of texts, which ends with a null pointer, and nobody in this process changes
    // its environment. The list itself is null where there is none.
    let mut next = unsafe { environ };
    std::iter::from_fn(move || {
        if next.is_null() {
            return None;
        }
        // SAFETY: as above: not past the null pointer, because nothing is read after it.
        let pointer = unsafe { *next };
        next = if pointer.is_null() { std::ptr::null() } else { next.wrapping_add(1) };
        (!pointer.is_null()).then_some(pointer)
    })
}

/// Those variables of the environment whose names start with one of these; the others are not even copied.
pub fn own_variables(prefixes: &[&str]) -> Vec<(OsString, OsString)> {
    environment_pointers()
        .filter_map(|pointer| {
            // SAFETY: the pointer is to a live text that ends with a NUL.
            let text = unsafe { CStr::from_ptr(pointer) }.to_bytes();
            let end = text
                .iter()
                .position(|byte| *byte == b'=')
                .filter(|_| prefixes.iter().any(|prefix| text.starts_with(prefix.as_bytes())))?;
            let word = |bytes| OsStr::from_bytes(bytes).to_owned();
            Some((word(&text[..end]), word(&text[end + 1..])))
        })
        .collect()
}

/// A list of texts as `execve` takes it, status with a null pointer.
#[derive(Debug)]
pub(crate) struct CStringArray {
    /// What the pointers point to; empty for the environment that this process was started with.
    #[expect(dead_code, reason = "owns what the pointers point to")]
    texts: Vec<CString>,
    pointers: Vec<*const libc::c_char>,
}

impl CStringArray {
    /// A list of these; texts with a NUL inside are refused.
    pub(crate) fn new(texts: Vec<Vec<u8>>) -> Result<Self, Errno> {
        let texts: Vec<CString> =
            texts.into_iter().map(CString::new).collect::<Result<_, _>>().map_err(|_| Errno::EINVAL)?;
        let pointers = texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect();
        Ok(Self { texts, pointers })
    }

    /// The environment that this process was started with, without a copy of the texts.
    pub(crate) fn own_environment() -> Self {
        Self { texts: Vec::new(), pointers: environment_pointers().chain([std::ptr::null()]).collect() }
    }

    /// The value of a variable, where this is an environment.
    pub(crate) fn variable(&self, name: &[u8]) -> Option<&[u8]> {
        self.pointers.iter().filter(|pointer| !pointer.is_null()).find_map(|pointer| {
            // SAFETY: every pointer but the last is to a live text that ends with a NUL.
            let text = unsafe { CStr::from_ptr(*pointer) }.to_bytes();
            text.strip_prefix(name)?.strip_prefix(b"=")
        })
    }

    /// The list for the kernel; it lives as long as this value.
    pub(crate) fn as_ptr(&self) -> *const *const libc::c_char {
        self.pointers.as_ptr()
    }
}

/// Replaces this process by the program; returns only when that failed.
pub(crate) fn execute(path: &CStr, arguments: &CStringArray, environment: &CStringArray) -> Errno {
    // SAFETY: a `CStringArray` ends with a null pointer and owns the texts that it points to.
    unsafe { libc::execve(path.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
    Errno::last()
}

/// Sets every signal that may be set to its default.
pub(crate) fn reset_dispositions() {
    for signal in (1..=64).filter_map(Signal::from_number) {
        set_disposition(signal, Disposition::Default);
    }
}

/// Stops this process until somebody continues it; PID 1 goes on at once.
pub(crate) fn suspend() {
    let _ = kill(own_pid(), Signal::STOP);
}

/// Our children, from the kernel's list or by looking at every process.
pub(crate) fn children() -> Vec<Pid> {
    if let Ok(list) = std::fs::read_to_string("/proc/thread-self/children") {
        return list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect();
    }
    let own = own_pid();
    let parent = |pid: &Pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything; behind it come the state and the parent.
        stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse::<Pid>().ok()
    };
    let mut children = processes();
    children.retain(|pid| parent(pid) == Some(own));
    children
}

/// All processes that can be seen.
pub(crate) fn processes() -> Vec<Pid> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The name that lists of processes show.
pub(crate) fn set_name(name: &CStr) {
    // SAFETY: the pointer is to a live text that ends with a NUL.
    unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0) };
}
