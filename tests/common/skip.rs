//! Tests that cannot be made on this machine: each says so, is counted by `scripts/test.sh`, and fails in CI.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

/// The file that `scripts/test.sh` counts the lines of.
const LIST: &str = "SKIPPED_TESTS";

/// The tests that have said why.
static TOLD: Mutex<BTreeSet<(String, String)>> = Mutex::new(BTreeSet::new());

/// To be called where a test is left out, or a part of it: `skip("changing the user needs root")`.
#[track_caller]
pub(crate) fn skip(reason: &str) {
    let reason = reason.replace('\n', " ");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "in CI nothing is skipped: {reason}");
    // The harness names its threads after the tests. A test that asks twice is one test all the same.
    let test = std::thread::current().name().unwrap_or("main").to_owned();
    if !TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert((test.clone(), reason.clone())) {
        return;
    }
    // By the macro it would be shown for a failed test only.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: {reason}");
    if let Some(list) = std::env::var_os(LIST) {
        let mut list = std::fs::OpenOptions::new().append(true).create(true).open(list).unwrap();
        // One call, so that lines of programs that run at the same time do not mix.
        list.write_all(format!("{}: {reason}\n", super::program()).as_bytes()).unwrap();
    }
}
