//! All options with their types, as the commands read them.

use std::ffi::OsString;
use std::path::PathBuf;

use super::dialect::Dialect;
use diagnostics::Levels;
use diagnostics::MessageFormat;
use node::{ArchiveMode, Depth, Ownership, PolicyMode, Request, Templates};
use server::Version;
use server::launch::LaunchMode;
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

/// The options of the supervision as they were given; [`crate::commands::supervision`] interprets them.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct SupervisionOptions {
    /// The program whose command line it was; it chooses the defaults.
    pub dialect: Dialect,
    pub single_child: bool,
    pub group: bool,
    pub session: bool,
    /// Signals with commas between them, not parsed yet.
    pub forward: String,
    pub drop: String,
    pub rewrite: String,
    /// Seconds.
    pub stop_timeout: Option<f64>,
    /// Seconds.
    pub grace: Option<f64>,
    /// Seconds.
    pub linger: Option<f64>,
    pub stop_status: Option<u8>,
    pub success_codes: Vec<u8>,
    pub parent_death_signal: Option<String>,
    pub inherit_signals: bool,
    pub no_subreaper: bool,
    pub log_reaped: bool,
    /// The subcommand whose name resembles that of the program.
    pub suggested_command: Option<&'static str>,
}

impl SupervisionOptions {
    /// What holds until an option says something else. Neither tini nor dumb-init adopts orphans unless asked to.
    /// dumb-init starts its child in a session; tini passes on the blocked and ignored signals that it inherited.
    pub(super) fn defaults(dialect: Dialect) -> Self {
        Self {
            dialect,
            session: dialect == Dialect::DumbInit,
            no_subreaper: dialect != Dialect::Own,
            inherit_signals: dialect == Dialect::Tini,
            ..Self::default()
        }
    }

    /// `--single-child`, which overrides the `--group` and `--session` before it.
    pub(super) fn set_single_child(&mut self, on: bool) {
        self.single_child = on;
        if on {
            self.group = false;
            self.session = false;
        }
    }
}

/// All options; each command reads those that it knows.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Options {
    pub es_home: Option<PathBuf>,
    pub config_dir: Option<PathBuf>,
    pub es_version: Option<Version>,
    pub templates: Option<PathBuf>,
    pub runtime_dir: Option<PathBuf>,
    pub host: bool,
    pub levels: Levels,
    pub message_format: MessageFormat,
    /// The file that gets the findings as SARIF, beside the report.
    pub sarif: Option<PathBuf>,
    pub log_level: Option<&'static str>,
    pub log_format: LogFormat,
    pub files: Vec<OsString>,
    /// `--kubernetes-version`, without the 1 before the point.
    pub kubernetes_minor: Option<u32>,
    pub baseline: Option<PathBuf>,
    pub no_suppressions: bool,
    pub fix: bool,
    pub dry_run: bool,
    /// `None`: the name of the file decides.
    pub format: Option<Format>,
    pub output: Option<PathBuf>,
    pub min: Option<u32>,
    pub policy: PolicyMode,
    pub java_home: Option<PathBuf>,
    pub read: Vec<OsString>,
    pub remove: bool,
    pub user: Option<String>,
    pub chown: Ownership,
    pub launch: LaunchMode,
    pub archive: ArchiveMode,
    /// `archive --if-possible`.
    pub if_possible: bool,
    /// `health --ready`, or `--live`.
    pub ready: Option<bool>,
    /// Seconds, of `health`.
    pub timeout: Option<f64>,
    /// `explain --timing`.
    pub timing: bool,
    /// Seconds, of `run`.
    pub discovery_wait: Option<f64>,
    pub supervision: SupervisionOptions,
}

impl Options {
    /// What the options ask of the node.
    pub(crate) fn request(&self, depth: Depth) -> Request {
        Request {
            es_home: self.es_home.clone(),
            config_dir: self.config_dir.clone(),
            es_version: self.es_version,
            templates: self.templates.clone().map_or(Templates::Default, Templates::Directory),
            runtime_dir: self.runtime_dir.clone(),
            depth,
            levels: self.levels.clone(),
            policy: self.policy,
            java_home: self.java_home.clone(),
            read: self.read.clone(),
            remove: self.remove,
            user: self.user.clone(),
            chown: self.chown,
            launch: self.launch,
            archive: self.archive.clone(),
            ..Request::default()
        }
    }
}
