//! What a user, a volume or an attacker may put in the way: the binary answers with a finding and an exit code of the
//! contract, in bounded time, and writes nothing that it refused.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail and may say why")]

#[path = "hostile/capabilities.rs"]
mod capabilities;
#[path = "hostile/command_line.rs"]
mod command_line;
mod common;
#[path = "hostile/contents.rs"]
mod contents;
#[path = "hostile/copies.rs"]
mod copies;
#[path = "hostile/core_dumps.rs"]
mod core_dumps;
#[path = "hostile/dead.rs"]
mod dead;
#[path = "hostile/discovery.rs"]
mod discovery;
#[path = "hostile/effective.rs"]
mod effective;
#[path = "hostile/eyes.rs"]
mod eyes;
#[path = "hostile/field.rs"]
mod field;
#[path = "hostile/fixing.rs"]
mod fixing;
#[path = "hostile/fuse.rs"]
mod fuse;
#[path = "hostile/good.rs"]
mod good;
#[path = "hostile/inputs.rs"]
mod inputs;
#[path = "hostile/keystore.rs"]
mod keystore;
#[path = "hostile/lab.rs"]
mod lab;
#[path = "hostile/layouts.rs"]
mod layouts;
#[path = "hostile/manifests.rs"]
mod manifests;
#[path = "hostile/modes.rs"]
mod modes;
#[path = "hostile/named.rs"]
mod named;
#[path = "hostile/neighbours.rs"]
mod neighbours;
#[path = "hostile/network.rs"]
mod network;
#[path = "hostile/official.rs"]
mod official;
#[path = "hostile/own_files.rs"]
mod own_files;
#[path = "hostile/places.rs"]
mod places;
#[path = "hostile/pod.rs"]
mod pod;
#[path = "hostile/quorum.rs"]
mod quorum;
#[path = "hostile/room.rs"]
mod room;
#[path = "hostile/secret_shapes.rs"]
mod secret_shapes;
#[path = "hostile/secrets.rs"]
mod secrets;
#[path = "hostile/signals.rs"]
mod signals;
#[path = "hostile/staging.rs"]
mod staging;
#[path = "hostile/termination_log.rs"]
mod termination_log;
#[path = "hostile/writing.rs"]
mod writing;
