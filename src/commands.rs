//! The subcommands that only report: they read, judge and print.

pub mod explain;
pub mod render;
