//! What people rely on who come from tini, dumb-init and gosu: their command lines, their ways, who a user is. Each table
//! is tried on the program that it replaces too, where that is installed.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may fail and may say why"
)]

#[path = "dropin/command_lines.rs"]
mod command_lines;
mod common;
#[path = "dropin/dumb_init.rs"]
mod dumb_init;
#[allow(dead_code, reason = "shared with the tests of the rules")]
#[path = "supervise/helper.rs"]
mod helper;
#[allow(dead_code, reason = "shared with the tests of the rules")]
#[path = "supervise/lab.rs"]
mod lab;
#[path = "dropin/tini.rs"]
mod tini;
#[path = "dropin/users.rs"]
mod users;

use lab::Mode;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The binary by another name.
fn called(name: &str) -> String {
    let link = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // Tests run at the same time, and an earlier run has left the link behind.
    if link.read_link().ok().as_deref() != Some(common::binary()) {
        let whose = std::thread::current().id();
        let new = link.with_file_name(format!("{name}-{}-{whose:?}", std::process::id()));
        std::os::unix::fs::symlink(common::binary(), &new).unwrap();
        std::fs::rename(&new, &link).unwrap();
    }
    link.to_str().unwrap().to_owned()
}

/// The program itself; says so where it is not there.
fn genuine(name: &str) -> Option<String> {
    let found = ["/usr/bin", "/usr/sbin", "/usr/local/bin"]
        .map(|directory| PathBuf::from(directory).join(name))
        .into_iter()
        .find(|path| path.exists());
    if found.is_none() {
        common::skip(&format!("{name} is not installed, so nothing is compared with it"));
    }
    found.map(|path| path.to_str().unwrap().to_owned())
}

/// A command line after the way into the mode, with these variables.
fn command(mode: Mode, environment: &[(&str, &str)], words: &[&str]) -> Command {
    let mut command = lab::prefixed(mode, words);
    command.envs(environment.iter().copied());
    command
}

/// `PROGRAM … -- record`; it ends with signal 63.
fn recorder(mode: Mode, environment: &[(&str, &str)], words: &[&str]) -> lab::Running {
    let program = lab::this_program();
    let mut command = command(mode, environment, &[words, &["--", &program]].concat());
    command.env(helper::VARIABLE, "record").env("SUPERVISE_LAST", "63");
    lab::Running::start(&mut command)
}

/// The child of a recorder that has said that it is ready, and whether it leads its process group.
#[track_caller]
fn ready(running: &mut lab::Running) -> (i32, bool) {
    let line = running.line();
    let numbers: Vec<i32> = line.split(' ').skip(1).map(|number| number.parse().unwrap()).collect();
    (numbers[0], numbers[0] == numbers[1])
}
