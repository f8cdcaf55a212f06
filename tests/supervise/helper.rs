//! Programs for the tests, in the test program itself: with `SUPERVISE_HELPER` set it becomes one of them before the
//! test harness starts its threads.

#![expect(unsafe_code, reason = "signals are received and sent by the bare system calls")]
#![expect(
    clippy::unwrap_used,
    clippy::exit,
    clippy::disallowed_methods,
    reason = "programs of their own, for tests only"
)]

use nix::libc;
use pid1::privileges::Credentials;
use pid1::{Image, Start, Supervision};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

#[used]
#[unsafe(link_section = ".init_array")]
static BECOME_HELPER: extern "C" fn() = become_helper;

pub(crate) const VARIABLE: &str = crate::common::guard::HELPER;

extern "C" fn become_helper() {
    let Some(role) = std::env::var_os(VARIABLE) else { return };
    match role.to_str() {
        Some("record") => record(),
        Some("pending") => pending(),
        Some("prepare") => prepare(),
        Some("lock") => lock(),
        _ => {}
    }
}

/// Prints each signal it receives as `NUMBER CODE VALUE`; ends with 0 after the signal that `SUPERVISE_LAST` names.
fn record() -> ! {
    let last = number("SUPERVISE_LAST", libc::SIGTERM);
    let all = u64::MAX;
    // SAFETY: the set has the size that is passed.
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &raw const all, 0_usize, 8) };
    say(&format!("ready {} {}", std::process::id(), nix::unistd::getpgrp()));
    loop {
        // SAFETY: set and information have the kernel's sizes; the value is only shown where it was sent.
        let (number, code, value) = unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            let got = libc::syscall(libc::SYS_rt_sigtimedwait, &raw const all, &raw mut info, 0_usize, 8);
            (i32::try_from(got).unwrap_or(-1), info.si_code, info.si_value().sival_ptr as usize)
        };
        if number > 0 {
            say(&format!("{number} {code} {}", if code == libc::SI_QUEUE { value & 0xffff } else { 0 }));
        }
        if number == last {
            std::process::exit(0);
        }
    }
}

/// Executes what follows in the command line with the signal of `SUPERVISE_PENDING` blocked and already waiting.
fn pending() -> ! {
    let signal = number("SUPERVISE_PENDING", libc::SIGTERM);
    let set = 1_u64 << (signal - 1);
    // SAFETY: the set has the size that is passed.
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &raw const set, 0_usize, 8) };
    // SAFETY: takes numbers only.
    unsafe { libc::kill(libc::getpid(), signal) };
    let line = std::fs::read("/proc/self/cmdline").unwrap();
    let words: Vec<&str> =
        std::str::from_utf8(&line).unwrap().trim_end_matches('\0').split('\0').skip(1).collect();
    let error = Command::new(words[0]).args(&words[1..]).env_remove(VARIABLE).exec();
    say(&error.to_string());
    std::process::exit(99);
}

/// Prepares until standard input has a line or ends, then runs `sh -c "$SUPERVISE_SCRIPT"`; with `SUPERVISE_PREPARED`
/// it waits between the two.
fn prepare() -> ! {
    pid1::block_signals_first();
    let mut supervision = Supervision::default();
    if number("SUPERVISE_JVM", 0) == 1 {
        supervision.watch.forwarding = pid1::signals::Forwarding::jvm();
    }
    let preparation = pid1::Preparation::begin(&supervision.watch.forwarding);
    say("preparing");
    let _ = std::io::stdin().lines().next();
    preparation.finish();
    if number("SUPERVISE_PREPARED", 0) == 1 {
        say("prepared");
        let _ = std::io::stdin().lines().next();
    }
    if let Some(signal) = Some(number("SUPERVISE_PENDING", 0)).filter(|signal| *signal != 0) {
        // SAFETY: takes numbers only.
        unsafe { libc::kill(libc::getpid(), signal) };
    }
    let script = std::env::var_os("SUPERVISE_SCRIPT").unwrap();
    run(script, &supervision)
}

/// Becomes another user that may lock memory, and shows the capabilities of child and supervisor.
fn lock() -> ! {
    let credentials = Credentials { uid: 12345, gid: 54, groups: vec![100, 7] };
    // The supervisor gives up its own right while the child starts.
    let script = "while ! grep -q '^CapPrm.*0000000000000000' /proc/$PPID/status; do sleep 0.01; done
                  cut -f 1,2 /proc/self/status /proc/$PPID/status | grep -E '^(Uid|Groups|Cap[IPEA])'";
    run(
        script.into(),
        &Supervision {
            start: Start { credentials: Some(credentials), lock_memory: true, ..Start::default() },
            ..Supervision::default()
        },
    )
}

fn run(script: std::ffi::OsString, supervision: &Supervision) -> ! {
    let image = Image {
        name: "sh".as_ref(),
        arguments: &["-c".into(), script],
        environment: &[("PATH".into(), "/usr/bin:/bin".into())],
    };
    std::process::exit(pid1::run(&image, supervision).into())
}

fn number(name: &str, default: i32) -> i32 {
    let value = std::env::var_os(name);
    value.map_or(default, |value| value.to_str().unwrap().parse().unwrap())
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// Sends a signal with a value.
pub(crate) fn queue(pid: i32, signal: i32, value: usize) {
    let value = libc::sigval { sival_ptr: value as *mut libc::c_void };
    // SAFETY: takes numbers only; nobody follows the pointer.
    assert_eq!(unsafe { libc::sigqueue(pid, signal, value) }, 0);
}

/// Sends a signal by its number; the names of real-time signals are not known to `nix`.
pub(crate) fn send(pid: i32, signal: i32) {
    assert!(pid > 1, "no process to signal");
    // SAFETY: takes numbers only.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0, "signal {signal} to {pid}");
}

/// Starts the command with these signals blocked and those ignored.
pub(crate) fn start_with(command: &mut Command, blocked: u64, ignored: &'static [i32]) {
    // SAFETY: between fork and exec only system calls are made.
    unsafe {
        command.pre_exec(move || {
            for signal in ignored {
                libc::signal(*signal, libc::SIG_IGN);
            }
            libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &raw const blocked, 0_usize, 8);
            Ok(())
        });
    }
}

/// Starts the command in a session of its own, without a terminal.
pub(crate) fn start_without_terminal(command: &mut Command) {
    // SAFETY: between fork and exec only a system call is made.
    unsafe {
        command.pre_exec(|| {
            libc::setsid();
            Ok(())
        });
    }
}

/// Starts the command with these descriptors closed.
pub(crate) fn start_closed(command: &mut Command, closed: &'static [i32]) {
    // SAFETY: between fork and exec only system calls are made.
    unsafe {
        command.pre_exec(move || {
            for descriptor in closed {
                libc::close(*descriptor);
            }
            Ok(())
        });
    }
}

/// Writes to a terminal that nobody reads until about that many bytes are left.
pub(crate) fn fill(terminal: &std::fs::File, left: usize) {
    use std::os::fd::AsRawFd as _;
    let descriptor = terminal.as_raw_fd();
    let set = |flags: libc::c_int| {
        // SAFETY: takes numbers only.
        assert_eq!(unsafe { libc::fcntl(descriptor, libc::F_SETFL, flags) }, 0);
    };
    // How much it takes is found out with another one.
    let (_ours, path) = self::terminal();
    let other = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    // SAFETY: takes numbers only.
    assert_eq!(unsafe { libc::fcntl(other.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) }, 0);
    let mut free = 0;
    while let Ok(written) = (&other).write(&[b'.'; 16]) {
        free += written;
    }
    set(libc::O_NONBLOCK);
    for _ in 0..free.saturating_sub(left) / 16 {
        if (&*terminal).write(&[b'.'; 16]).is_err() {
            break;
        }
    }
    set(0);
}

/// Starts the command with a descriptor 7 that it would inherit.
pub(crate) fn start_with_descriptor(command: &mut Command) {
    // SAFETY: between fork and exec only system calls are made.
    unsafe {
        command.pre_exec(|| {
            libc::dup2(0, 7);
            Ok(())
        });
    }
}

/// Makes a pipe that is full, so that every further write to it would wait.
pub(crate) fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    use std::os::fd::AsRawFd as _;
    let (reader, mut writer) = std::io::pipe().unwrap();
    // SAFETY: takes numbers only.
    let size = unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_GETPIPE_SZ) };
    writer.write_all(&vec![b'.'; usize::try_from(size).unwrap()]).unwrap();
    (reader, writer)
}

/// A terminal: our end of it, and the path of the other one.
pub(crate) fn terminal() -> (std::fs::File, String) {
    use std::os::fd::{AsRawFd as _, FromRawFd as _};
    // SAFETY: takes a number; the descriptor is new and nobody else has it.
    let ours = unsafe {
        std::fs::File::from_raw_fd(libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC))
    };
    let mut name: [libc::c_char; 64] = [0; 64];
    // SAFETY: the descriptor is that of a terminal, and the name has the length that is passed.
    let path = unsafe {
        assert_eq!(libc::grantpt(ours.as_raw_fd()), 0);
        assert_eq!(libc::unlockpt(ours.as_raw_fd()), 0);
        assert_eq!(libc::ptsname_r(ours.as_raw_fd(), name.as_mut_ptr(), name.len()), 0);
        std::ffi::CStr::from_ptr(name.as_ptr()).to_str().unwrap().to_owned()
    };
    (ours, path)
}

/// Gives the terminal a size.
pub(crate) fn resize(terminal: &std::fs::File, rows: u16, columns: u16) {
    use std::os::fd::AsRawFd as _;
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the size is a live value of the kernel's.
    assert_eq!(unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) }, 0);
}

/// Starts the command as the leader of a session, whose terminal is its standard input where `take` says so.
pub(crate) fn start_on_terminal(command: &mut Command, take: bool) {
    // SAFETY: between fork and exec only system calls are made.
    unsafe {
        command.pre_exec(move || {
            libc::setsid();
            if take && libc::ioctl(0, libc::TIOCSCTTY, 0) == -1 {
                return Err(std::io::Error::last_os_error());
            }
            Ok(())
        });
    }
}

/// Makes a process read the null address: a genuine fault, wherever it is. Not on machines whose registers are not known
/// here, and not where tracing is not allowed.
#[cfg(target_arch = "x86_64")]
pub(crate) fn break_down(pid: i32) -> Result<(), String> {
    let error = || Err(format!("no process may be traced here: {}", std::io::Error::last_os_error()));
    // SAFETY: the registers are a live value of the kernel's size; the process is stopped while they change.
    unsafe {
        if libc::ptrace(libc::PTRACE_ATTACH, pid, 0_usize, 0_usize) == -1 {
            return error();
        }
        let mut status = 0;
        libc::waitpid(pid, &raw mut status, libc::__WALL);
        let mut registers: libc::user_regs_struct = std::mem::zeroed();
        if libc::ptrace(libc::PTRACE_GETREGS, pid, 0_usize, &raw mut registers) == -1 {
            return error();
        }
        registers.rip = 0;
        // No system call that would be started again.
        registers.orig_rax = u64::MAX;
        libc::ptrace(libc::PTRACE_SETREGS, pid, 0_usize, &raw const registers);
        libc::ptrace(libc::PTRACE_DETACH, pid, 0_usize, 0_usize);
    }
    Ok(())
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn break_down(_pid: i32) -> Result<(), String> {
    Err("the registers of this machine are not known to the tests".to_owned())
}

/// The numbers of the system calls that a command makes before it blocks all signals; the command is ended then.
pub(crate) fn calls_before_blocking(command: &mut Command) -> Vec<u64> {
    /// What the kernel tells about a system call, as far as it is used here.
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Call {
        at_entry: u8,
        rest: [u8; 23],
        number: u64,
        arguments: [u64; 6],
        more: [u64; 4],
    }
    // The C libraries do not agree on the type of a request.
    #[cfg(target_env = "musl")]
    const GET_SYSCALL_INFO: libc::c_int = 0x420e;
    #[cfg(not(target_env = "musl"))]
    const GET_SYSCALL_INFO: libc::c_uint = 0x420e;
    const AT_ENTRY: u8 = 1;
    // SAFETY: between fork and exec only a system call is made.
    unsafe {
        command.pre_exec(|| {
            libc::ptrace(libc::PTRACE_TRACEME, 0, 0_usize, 0_usize);
            Ok(())
        });
    }
    let mut child = command.spawn().unwrap();
    let pid = i32::try_from(child.id()).unwrap();
    let mut calls = Vec::new();
    for _ in 0..2000 {
        let mut status = 0;
        let mut call = Call::default();
        // SAFETY: the child is ours and traced by this thread; all pointers are to live values of the size passed.
        let blocked = unsafe {
            assert_eq!(libc::waitpid(pid, &raw mut status, 0), pid);
            assert!(
                libc::WIFSTOPPED(status),
                "it ended ({status:#x}) before it blocked anything, after {calls:?}"
            );
            // Without this option the kernel tells nothing about system calls.
            libc::ptrace(libc::PTRACE_SETOPTIONS, pid, 0_usize, libc::PTRACE_O_TRACESYSGOOD);
            libc::ptrace(GET_SYSCALL_INFO, pid, size_of::<Call>(), &raw mut call);
            let masks = call.at_entry == AT_ENTRY
                && call.number == u64::try_from(libc::SYS_rt_sigprocmask).unwrap()
                && call.arguments[1] != 0;
            let blocked = masks && libc::ptrace(libc::PTRACE_PEEKDATA, pid, call.arguments[1], 0_usize) == -1;
            if !blocked {
                libc::ptrace(libc::PTRACE_SYSCALL, pid, 0_usize, 0_usize);
            }
            blocked
        };
        if blocked {
            break;
        }
        if call.at_entry == AT_ENTRY {
            calls.push(call.number);
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    calls
}
