//! What the test programs share.

#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that cannot go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the environment of the tests says what is where")]

pub(crate) mod guard;
pub(crate) mod java;
pub(crate) mod name_server;
mod skip;
pub(crate) mod world;

pub(crate) use skip::skip;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The name of the test program.
pub(crate) fn program() -> &'static str {
    env!("CARGO_CRATE_NAME")
}

/// The binary under test.
pub(crate) fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_es-entrypoint"))
}

/// Where the scripts keep what they fetched and made.
pub(crate) fn cache() -> PathBuf {
    std::env::var_os("CACHE_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache"), PathBuf::from)
}

/// A program of `scripts/provision.sh ci`; nothing, said by a skip, where it is not there.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let folder = cache().join("ci");
    if folder.join("done").exists() {
        return Some(folder.join("bin").join(name));
    }
    skip(&format!("{name} is not there: scripts/provision.sh ci"));
    None
}

/// Asks again and again until there is an answer; fails with `what` when there is none after that many seconds.
#[track_caller]
pub(crate) fn within<T>(seconds: u64, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {seconds} s: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Runs the binary with exactly this list of variables, in which a name may stand twice; gives what it prints.
pub(crate) fn with_environment_list(variables: &[&str], words: &[&str]) -> String {
    use std::ffi::CString;
    use std::os::fd::AsRawFd as _;
    let text = |word: &str| CString::new(word).unwrap();
    let program = text(binary().to_str().unwrap());
    let arguments: Vec<CString> = [&["es-entrypoint"], words].concat().into_iter().map(text).collect();
    let variables: Vec<CString> = variables.iter().map(|pair| text(pair)).collect();
    let (reader, writer) = std::io::pipe().unwrap();
    // `posix_spawn` takes the list as it is, while the standard library would make one of it.
    let mut actions = nix::spawn::PosixSpawnFileActions::init().unwrap();
    actions.add_dup2(writer.as_raw_fd(), 1).unwrap();
    let attributes = nix::spawn::PosixSpawnAttr::init().unwrap();
    let child =
        nix::spawn::posix_spawn(program.as_c_str(), &actions, &attributes, &arguments, &variables).unwrap();
    drop(writer);
    let output = std::io::read_to_string(reader).unwrap();
    nix::sys::wait::waitpid(child, None).unwrap();
    output
}

/// Whether `strace` is there and may make calls fail; where not, the tests are left out loudly.
pub(crate) fn strace(tests: &str) -> bool {
    let works = Command::new("strace")
        .args(["-e", "trace=none", "-e", "inject=getcwd:error=EINTR:when=1", "true"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !works {
        skip(&format!("{tests}: `strace` is not there, or may trace nothing"));
    }
    works
}
