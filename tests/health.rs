//! `health` from outside: small servers of the test stand for the node, whatever they answer or leave unsaid.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk, start programs and listen"
)]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail")]

mod common;
#[path = "health/lab.rs"]
mod lab;
#[path = "health/plain.rs"]
mod plain;
#[path = "health/process.rs"]
mod process;
#[path = "health/tls.rs"]
mod tls;
