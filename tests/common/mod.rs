//! What the test programs share.

#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::disallowed_methods, reason = "what is where is told by the environment of the tests")]

pub(crate) mod java;
pub(crate) mod world;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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
