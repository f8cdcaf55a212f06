//! The subcommands. `check`, `render`, `explain` and `quorum` read, judge and print; `run` and `init` end in `pid1`.

pub(crate) mod archive;
mod baseline;
pub(crate) mod check;
pub(crate) mod explain;
mod fix;
pub(crate) mod health;
pub(crate) mod init;
pub(crate) mod manifests;
pub(crate) mod policy;
pub(crate) mod quorum;
pub(crate) mod render;
pub(crate) mod run;
pub(crate) mod supervision;
