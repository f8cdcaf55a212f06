//! The parts of the binary; see `docs/architecture.md`.

pub mod apply;
pub mod cli;
pub mod commands;
pub mod disk;
pub mod exit;
pub mod logging;
pub mod output;
