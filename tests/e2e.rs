//! The shipped binary as PID 1 of real Elasticsearch 2.3.4 in real containers.
//!
//! `make test` brings the engine and the base image and requires these tests; a plain `cargo test` on a machine without
//! a Docker engine says loudly that it skips them. `scripts/image.sh` builds the image they run.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "helpers of tests fail and talk as tests do"
)]

#[path = "e2e/cluster.rs"]
mod cluster;
mod common;
#[path = "e2e/docker.rs"]
mod docker;
#[path = "e2e/image.rs"]
mod image;
#[path = "e2e/node.rs"]
mod node;
#[path = "e2e/second_start.rs"]
mod second_start;
#[path = "e2e/supervision.rs"]
mod supervision;
