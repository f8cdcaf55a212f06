//! Real servers of every generation with the binary as PID 1: one node with nothing set and with the variables, to an answer
//! over HTTP and a clean stop; clusters of three; and two starts on the same file system.
//!
//! Each runs in namespaces and a root directory of its own, which `unshare` makes of a Debian userland and the distribution; what
//! they write goes away with the test. `scripts/provision.sh rootfs jre21 jre25 java servers` brings all of it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that finds nothing has to fail, and says how long a start took"
)]

#[path = "starts/archive.rs"]
mod archive;
#[path = "starts/cluster.rs"]
mod cluster;
mod common;
#[path = "starts/early.rs"]
mod early;
#[path = "starts/keystore.rs"]
mod keystore;
#[path = "starts/lab.rs"]
mod lab;
#[path = "starts/official.rs"]
mod official;
#[path = "starts/security.rs"]
mod security;
#[path = "starts/single.rs"]
mod single;
