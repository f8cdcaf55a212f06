//! What the test programs share.

#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that cannot go on has failed")]
#![allow(clippy::disallowed_methods, reason = "what is where is told by the environment of the tests")]

pub(crate) mod guard;
pub(crate) mod java;
mod skip;

pub(crate) use skip::skip;

use std::path::{Path, PathBuf};
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
