//! Core dumps: a process that has read secrets leaves none, and the server's are as they would be without it.

#![expect(unsafe_code, reason = "a child is changed before it executes; each block says why it is sound")]

use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Stdio};

use nix::libc;

use crate::common::{skip, within};
use crate::lab::{Lab, root};
use crate::neighbours::{QUIET, home};

/// Neither root nor the user of the server.
const USER: u32 = 12345;

/// The limit is none from here on.
fn with_core_dumps(command: &mut Command) {
    let unlimited = || {
        let most = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
        // SAFETY: the limit is a live value.
        if unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const most) } == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    };
    // SAFETY: one system call.
    unsafe { command.pre_exec(unlimited) };
}

/// The kernel kills it at that system call, as it kills a program for a defect: by a signal that nobody can block.
fn dying_at(command: &mut Command, call: libc::c_long) {
    let code = |code: u32| u16::try_from(code).unwrap();
    let step =
        |operation, jump, value| libc::sock_filter { code: code(operation), jt: 0, jf: jump, k: value };
    let filter = [
        // The number comes first in what is filtered.
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, u32::try_from(call).unwrap()),
        step(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_KILL_PROCESS),
        step(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let take = move || {
        let mut filter = filter;
        let program = libc::sock_fprog { len: 4, filter: filter.as_mut_ptr() };
        // SAFETY: numbers, and a filter of that length, which the kernel copies.
        let result = unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program)
        };
        if result == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
    };
    // SAFETY: two system calls.
    unsafe { command.pre_exec(take) };
}

#[track_caller]
fn end_of(mut command: Command) -> ExitStatus {
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    within(60, "the end", || child.try_wait().unwrap())
}

/// Whether the kernel of this machine dumps at all; where not, the test is left out loudly.
fn are_written(lab: &Lab) -> bool {
    let mut command = Command::new("sh");
    command.args(["-c", "kill -SEGV $$"]).uid(USER).gid(USER).current_dir(lab.path("dumps"));
    with_core_dumps(&mut command);
    let status = end_of(command);
    assert_eq!(status.signal(), Some(libc::SIGSEGV));
    if !status.core_dumped() {
        skip("the kernel writes no core dumps here");
    }
    status.core_dumped()
}

fn lab(name: &str) -> Option<Lab> {
    if !root("another user") {
        return None;
    }
    let lab = home(name, "elasticsearch", "8.19.21");
    lab.write("home/bin/elasticsearch-users", "");
    lab.mode("home/bin/elasticsearch-users", 0o755);
    for folder in ["dumps", "home", "home/config"] {
        std::fs::create_dir_all(lab.path(folder)).unwrap();
        lab.mode(folder, 0o777);
    }
    are_written(&lab).then_some(lab)
}

fn command(lab: &Lab, words: &[&str], user: u32) -> Command {
    let mut command = lab.command(words);
    command.uid(user).gid(user).current_dir(lab.path("dumps")).env("ES_ENTRYPOINT_ALLOW", QUIET);
    command.env("ELASTIC_PASSWORD", "SEKRIT1");
    command.env_remove("JAVA_HOME").env("PATH", format!("{}:/usr/bin:/bin", lab.text("java/bin")));
    command.env("ES_ENTRYPOINT_RUNTIME_DIR", lab.path(&format!("runtime-{user}")));
    with_core_dumps(&mut command);
    command
}

/// At the last look at signals before the child is started: everything is made, and the keystore is written.
#[test]
fn of_a_preparation_are_not_written() {
    let Some(lab) = lab("dumps") else { return };
    for user in [USER, 0] {
        let _ = std::fs::remove_file(lab.path("home/config/elasticsearch.keystore"));
        let mut run = command(&lab, &["run"], user);
        dying_at(&mut run, libc::SYS_rt_sigtimedwait);
        let status = end_of(run);
        assert_eq!((status.signal(), status.core_dumped()), (Some(libc::SIGSYS), false), "{user}");
    }
    for words in [&["check"][..], &["explain"]] {
        let mut check = command(&lab, words, USER);
        // Its last.
        dying_at(&mut check, libc::SYS_exit_group);
        let status = end_of(check);
        assert_eq!((status.signal(), status.core_dumped()), (Some(libc::SIGSYS), false), "{words:?}");
    }
}

/// Those of the server are whoever wants them: its limit and its right to be looked at stay.
#[test]
fn of_a_server_are_its_own() {
    let Some(lab) = lab("dump-of-server") else { return };
    lab.write(
        "home/bin/elasticsearch",
        "#!/bin/sh\n[ \"$(ulimit -c)\" = unlimited ] || exit 3\nkill -SEGV $$\n",
    );
    let errors = lab.path("errors");
    let mut run = command(&lab, &["run", "--launch", "script"], USER);
    run.stderr(std::fs::File::create(&errors).unwrap());
    assert_eq!(end_of(run).code(), Some(139));
    let errors = std::fs::read_to_string(errors).unwrap();
    assert!(errors.contains("SEGV), memory dumped"), "{errors}");
}
