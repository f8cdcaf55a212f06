//! All options, typed: what the commands read.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Dialect;
use crate::plan::Ownership;
use diagnostics::MessageFormat;
use diagnostics::{Finding, Severity};
use server::Version;
use template::Format;

/// `policy check`, `policy print`, `policy patch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyAction {
    Check,
    Print,
    Patch,
}

/// `--policy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyMode {
    /// Patch where the file is writable, else property.
    #[default]
    Auto,
    Patch,
    Property,
    Off,
}

/// `--log-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// What `--allow`, `--warn` and `--deny` make of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Allow,
    Warn,
    Deny,
}

/// The options of the supervising side, as typed; [`crate::supervise`] gives them their meaning.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct SupervisionOptions {
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
pub struct Options {
    pub es_home: Option<PathBuf>,
    pub config_dir: Option<PathBuf>,
    pub es_version: Option<Version>,
    pub templates: Option<PathBuf>,
    pub runtime_dir: Option<PathBuf>,
    pub host: bool,
    pub strict: bool,
    /// In the order of precedence: the last one that names a code wins.
    pub levels: Vec<(&'static str, Level)>,
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
    fn level(&self, code: &str) -> Option<Level> {
        self.levels.iter().rev().find(|(named, _)| *named == code).map(|(_, level)| *level)
    }

    /// Whether an error of that code refuses the start.
    pub fn is_error(&self, code: &str) -> bool {
        match self.level(code) {
            Some(Level::Allow) => false,
            Some(Level::Warn) => self.strict,
            _ => true,
        }
    }

    /// Applies `--allow`, `--warn` and `--deny`, then `--strict`.
    pub fn judge(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let mut judged = Vec::with_capacity(findings.len());
        for mut finding in findings {
            match self.level(finding.code) {
                Some(Level::Allow) => continue,
                Some(Level::Warn) => finding.severity = Severity::Warning,
                Some(Level::Deny) => finding.severity = Severity::Error,
                None => {}
            }
            if self.strict {
                finding.severity = Severity::Error;
            }
            judged.push(finding);
        }
        judged
    }
}
