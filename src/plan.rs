//! The one thing that crosses from thinking to doing: what to write and what to run. Data only, apart from [`plan`].

use std::ffi::OsString;
use std::path::PathBuf;

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFile {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    /// The content comes from a secret: never wider than 0640 unless the file has another mode already.
    pub secret: bool,
    /// Mode for a new file; an existing file keeps its own.
    pub mode: u32,
}

/// The process to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// A path, or a bare name looked up in the `PATH` of `environment`.
    pub program: OsString,
    /// Arguments without the program itself.
    pub arguments: Vec<OsString>,
    /// The whole environment of the process.
    pub environment: Vec<(OsString, OsString)>,
    pub working_directory: Option<PathBuf>,
    pub umask: Option<u32>,
}

/// How far ownership is corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ownership {
    /// Only the directories themselves.
    #[default]
    Top,
    Recursive,
    Off,
}
