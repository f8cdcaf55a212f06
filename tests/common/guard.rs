//! Whatever a test starts ends with its test program, however that ends.
//!
//! Before the harness starts its threads the program becomes three processes: a keeper, a keeper again, the tests. The
//! kernel makes a keeper the parent of every orphan below it. Once the tests have ended or were killed, the inner
//! keeper kills all that is left; when it is killed itself, the tests die with it and the outer one does the rest; and
//! when the outer one is killed, the inner one gets a signal. Each program has a folder for its temporary files, which
//! goes away too. Tests that passed and left something all the same make the program fail.

#![expect(unsafe_code, reason = "processes are made and watched by the bare system calls")]
#![allow(
    clippy::print_stderr,
    clippy::exit,
    reason = "a program around the tests, which tells what they left and ends as they did"
)]

use nix::libc::{self, c_int};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

/// With this variable the test program is a helper that a test has started; it is below the keepers already.
pub(crate) const HELPER: &str = "SUPERVISE_HELPER";

/// What has been asked to end may need a moment for it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Longer than the kernel needs to kill anything on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// What ends a keeper, after it has killed all below; the last one tells of an end below.
const AWAITED: [c_int; 5] = [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, libc::SIGCHLD];

#[used]
#[unsafe(link_section = ".init_array")]
static KEEP: extern "C" fn() = keep;

extern "C" fn keep() {
    if std::env::var_os(HELPER).is_some() {
        return;
    }
    let folder = std::env::temp_dir().join(format!("{}-{}", super::program(), std::process::id()));
    if std::fs::create_dir(&folder).is_err() {
        eprintln!("error: `{}` cannot be made for the temporary files of the tests", folder.display());
        std::process::exit(1);
    }
    become_tests(&folder, "outer", libc::SIGTERM);
    become_tests(&folder, "inner", libc::SIGKILL);
    // SAFETY: no thread has been started yet.
    unsafe { std::env::set_var("TMPDIR", &folder) };
}

/// Returns in the child, which gets `signal` when its keeper dies; the keeper stays in here.
fn become_tests(folder: &Path, name: &str, signal: c_int) {
    // SAFETY: sets are live values of the kernel's size; the rest are numbers. There is one thread.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        for awaited in AWAITED {
            libc::sigaddset(&raw mut set, awaited);
        }
        libc::sigprocmask(libc::SIG_BLOCK, &raw const set, &raw mut before);
        // An ignored one would hide how the child ended.
        let child_ends = libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1);
        let keeper = libc::getpid();
        let child = libc::fork();
        if child != 0 {
            assert!(child > 0, "cannot fork: {}", std::io::Error::last_os_error());
            guard(child, &set, folder, name == "inner");
        }
        libc::prctl(libc::PR_SET_PDEATHSIG, signal);
        if libc::getppid() != keeper {
            libc::_exit(1);
        }
        // Out of the group that is killed with the keeper. The tests lead no session: a terminal that a session leader
        // opens becomes its own.
        if name == "outer" {
            libc::setsid();
        } else {
            libc::setpgid(0, 0);
        }
        libc::signal(libc::SIGCHLD, child_ends);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
    }
}

/// Waits for the end of the tests, takes care of what they leave, and ends as they did.
fn guard(child: i32, awaited: &libc::sigset_t, folder: &Path, tells: bool) -> ! {
    let mut status = None;
    let mut received = None;
    while status.is_none() && received.is_none() {
        // SAFETY: the set is a live value; nothing is asked about the signal.
        let signal = unsafe { libc::sigwaitinfo(awaited, std::ptr::null_mut()) };
        if signal == libc::SIGCHLD {
            reap(child, &mut status);
        } else if signal > 0 {
            received = Some(signal);
        }
    }
    let passed = status == Some(0);
    let mut left = end_all(child, &mut status, if passed { PATIENCE } else { Duration::ZERO });
    if passed && tells {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        left.extend(files.map(|file| format!("file `{}`", file.path().display())));
        for what in &left {
            eprintln!("error: the tests of `{}` passed, but left behind: {what}", super::program());
        }
    }
    let _ = std::process::Command::new("chmod")
        .args(["-R", "u+rwX"])
        .arg(folder)
        .stderr(std::process::Stdio::null())
        .status();
    // Never into a mount that a test has made by mistake.
    let _ = std::process::Command::new("rm").args(["-rf", "--one-file-system"]).arg(folder).status();
    let status = received.or(status).unwrap_or(libc::SIGKILL);
    if libc::WIFSIGNALED(status) {
        end_by(libc::WTERMSIG(status));
    }
    let code = libc::WEXITSTATUS(status);
    std::process::exit(if code == 0 && tells && !left.is_empty() { 1 } else { code })
}

/// Ends as a process does that this signal ends.
fn end_by(signal: c_int) -> ! {
    // SAFETY: the values are live and of the kernel's sizes; the rest are numbers.
    unsafe {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
        libc::signal(signal, libc::SIG_DFL);
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigaddset(&raw mut set, signal);
        libc::kill(libc::getpid(), signal);
        libc::sigprocmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut());
    }
    std::process::exit(128 + signal)
}

/// Takes in everybody who has ended; notes how `child` did. Says whether a child is left.
fn reap(child: i32, status: &mut Option<c_int>) -> bool {
    loop {
        let mut ended = 0;
        // SAFETY: the status is a live value.
        match unsafe { libc::waitpid(-1, &raw mut ended, libc::WNOHANG) } {
            0 => return true,
            -1 => return false,
            pid if pid == child => *status = Some(ended),
            _ => {}
        }
    }
}

/// Kills all descendants that do not end by themselves within that time; tells which.
fn end_all(child: i32, status: &mut Option<c_int>, patience: Duration) -> Vec<String> {
    let begun = Instant::now();
    while reap(child, status) {
        if begun.elapsed() >= patience {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let own = std::process::id().cast_signed();
    let left = below(own).into_iter().map(describe).collect();
    while reap(child, status) {
        below(own).into_iter().for_each(kill);
        if begun.elapsed() > LIMIT {
            eprintln!("error: cannot kill what the tests of `{}` left behind: {left:?}", super::program());
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    left
}

fn describe(pid: i32) -> String {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line).replace(|letter: char| letter.is_control(), " ");
    let words: Vec<&str> = line.split_whitespace().collect();
    format!("process {pid}, `{}`", words.join(" ").chars().take(120).collect::<String>())
}

fn kill(pid: i32) {
    // SAFETY: takes numbers only.
    unsafe { libc::kill(pid, libc::SIGKILL) };
}

/// Parent and session of each process that has not ended.
fn processes() -> BTreeMap<i32, (i32, i32)> {
    let numbers = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    numbers
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            let mut fields = stat.rsplit_once(") ")?.1.split(' ');
            let alive = fields.next()? != "Z";
            let parent = fields.next()?.parse().ok()?;
            let session = fields.nth(1)?.parse().ok()?;
            alive.then_some((pid, (parent, session)))
        })
        .collect()
}

/// The living descendants of a process, the nearest first.
pub(crate) fn below(pid: i32) -> Vec<i32> {
    let all = processes();
    let mut found = vec![pid];
    let mut seen = 0;
    while let Some(parent) = found.get(seen).copied() {
        found.extend(all.iter().filter(|(_, (above, _))| *above == parent).map(|(pid, _)| *pid));
        seen += 1;
    }
    found.split_off(1)
}

/// Kills the process that a test has started, with its descendants and with the session that it may lead.
pub(crate) fn end(child: &mut Child) {
    let pid = child.id().cast_signed();
    // Once it has been waited for, its number tells nothing but the session.
    let descendants = if matches!(child.try_wait(), Ok(None)) { below(pid) } else { Vec::new() };
    let _ = child.kill();
    descendants.into_iter().for_each(kill);
    for (member, (_, session)) in processes() {
        if session == pid {
            kill(member);
        }
    }
    let _ = child.wait();
}
