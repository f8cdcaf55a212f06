//! What the command depends on, and what it is.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::shell::Shell;
use crate::version::Version;
use diagnostics::Finding;
use template::Environment;

/// The process to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// A path, or a bare name looked up in the `PATH` of `environment`.
    pub program: OsString,
    /// Arguments without the program itself.
    pub arguments: Vec<OsString>,
    /// The whole environment of the process.
    pub environment: Vec<(OsString, OsString)>,
}

/// The files that decide how the server is started, as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaunchFiles {
    /// `bin/elasticsearch` or `bin/opensearch`.
    pub script: Option<Vec<u8>>,
    /// What that sources from 6.0 on: `bin/elasticsearch-env` or `bin/opensearch-env`.
    pub environment_script: Option<Vec<u8>>,
    /// The include file that the script of 1.x to 5.x would source, with the path under which it finds it.
    pub include: Option<(PathBuf, Vec<u8>)>,
    /// The `jvm.options` in effect on 5.x; what is rendered now takes the place of what stands on disk.
    pub jvm_options: Option<(PathBuf, Vec<u8>)>,
}

/// All that the command depends on.
#[derive(Clone, Copy, Debug)]
pub struct LaunchInputs<'a> {
    pub version: Version,
    /// Absolute; the script's symbolic links are already followed.
    pub home: &'a Path,
    /// The configuration directory when it is not `config` in the home.
    pub config_dir: Option<&'a Path>,
    /// Our own environment.
    pub environment: &'a Environment,
    /// The user's arguments for the server.
    pub arguments: &'a [OsString],
    /// The `java` that the script would find.
    pub java: Option<&'a Path>,
    /// What `hostname` prints.
    pub host_name: &'a OsStr,
    /// Our further JVM options, one argument each.
    pub extra_java_options: &'a [String],
    pub files: &'a LaunchFiles,
}

/// Whether a shell is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launcher {
    /// The JVM is executed by us.
    Direct,
    /// The distribution's own start script is executed.
    Script,
}

/// What to do to start the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    pub command: Command,
    pub launcher: Launcher,
    /// Directories that the script would have made first, as the server's user.
    pub directories: Vec<PathBuf>,
    /// Warnings only.
    pub warnings: Vec<Finding>,
}

/// The JVM's command as the scripts execute it in the end: with the exported variables, where the shell was.
pub(super) fn direct(java: &Path, arguments: Vec<OsString>, shell: Shell) -> Launch {
    let command = Command { program: java.into(), arguments, environment: shell.into_environment() };
    Launch { command, launcher: Launcher::Direct, directories: Vec::new(), warnings: Vec::new() }
}
