//! The subcommands. `check`, `render`, `explain` and `quorum` read, judge and print; `run` and `init` end in `pid1`.

pub mod check;
pub mod explain;
pub mod init;
pub mod policy;
pub mod quorum;
pub mod render;
pub mod run;
pub mod supervision;
