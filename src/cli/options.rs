//! All options, typed: what the commands read.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Dialect;
use diagnostics::Levels;
use diagnostics::MessageFormat;
use node::{Depth, Ownership, PolicyMode, Request, Templates};
use server::Version;
use template::Format;

/// `policy check`, `policy print`, `policy patch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyCommand {
    Check,
    Print,
    Patch,
}

/// `--log-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LogFormat {
    #[default]
    Text,
    Json,
}

/// The options of the supervising side, as typed; [`crate::supervise`] gives them their meaning.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct SupervisionOptions {
    /// Whose command line it was: it decides where nothing else does.
    pub dialect: Dialect,
    pub single: bool,
    pub group: bool,
    pub session: bool,
    /// Lists of signals with commas between them, as typed.
    pub forward: String,
    pub drop: String,
    pub rewrite: String,
    /// Seconds.
    pub stop_timeout: Option<f64>,
    /// Seconds.
    pub grace: Option<f64>,
    pub stop_status: Option<u8>,
    pub success_codes: Vec<u8>,
    pub parent_death_signal: Option<String>,
    pub inherit_signals: bool,
    pub no_subreaper: bool,
    pub log_reaped: bool,
    /// The command of ours that the program's name is near to.
    pub meant: Option<&'static str>,
}

/// All options, typed; each command reads those it knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Options {
    pub es_home: Option<PathBuf>,
    pub config_dir: Option<PathBuf>,
    pub es_version: Option<Version>,
    pub templates: Option<PathBuf>,
    pub runtime_dir: Option<PathBuf>,
    pub host: bool,
    pub levels: Levels,
    pub message_format: MessageFormat,
    pub log_level: Option<&'static str>,
    pub log_format: LogFormat,
    pub files: Vec<OsString>,
    /// Nothing: by file name.
    pub format: Option<Format>,
    pub output: Option<PathBuf>,
    pub min: Option<u32>,
    pub policy: PolicyMode,
    pub java_home: Option<PathBuf>,
    pub read: Vec<OsString>,
    pub remove: bool,
    pub user: Option<String>,
    pub chown: Ownership,
    pub supervision: SupervisionOptions,
}

impl Options {
    /// What is asked of the node.
    pub(crate) fn request(&self, depth: Depth) -> Request {
        Request {
            es_home: self.es_home.clone(),
            config_dir: self.config_dir.clone(),
            es_version: self.es_version,
            templates: self.templates.clone().map_or(Templates::Usual, Templates::Directory),
            runtime_dir: self.runtime_dir.clone(),
            depth,
            levels: self.levels.clone(),
            policy: self.policy,
            java_home: self.java_home.clone(),
            read: self.read.clone(),
            remove: self.remove,
            user: self.user.clone(),
            chown: self.chown,
            ..Request::default()
        }
    }
}
