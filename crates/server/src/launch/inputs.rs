//! What the command depends on, and what it is.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use super::ergonomics::HeapShare;
use super::record::Secrets;
use super::shell::Shell;
use crate::bootstrap::facts::Java;
use crate::version::Version;
use diagnostics::Finding;
use template::{Environment, Settings};

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
    /// What the second one sources in images: `bin/elasticsearch-env-from-file`.
    pub from_file: Option<Vec<u8>>,
    /// What that of 8.0 and later sources: `bin/elasticsearch-cli`.
    pub cli_script: Option<Vec<u8>>,
    /// The fingerprint of the jar with the helpers of the scripts from 6.3 to 7.x and of OpenSearch, or with the launcher of
    /// 8.0 and later.
    pub launcher: Option<u64>,
    /// What only the script knows what to do with, of the kind that no fingerprint shows.
    pub needs_script: Option<&'static str>,
    /// The names of the jars in `lib`, sorted.
    pub jars: Vec<String>,
    /// The files of JVM options from 6.0 on as the server will find them; nothing where its launcher would not find what
    /// it needs.
    pub options: Option<Vec<String>>,
}

/// The line that a launcher hands to the server on its standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeystoreLine<'a> {
    /// There is no keystore, or one without a password.
    Empty,
    Password(&'a str),
    /// Whoever starts the server would be asked, or nobody can say.
    Unknown,
}

/// `--launch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LaunchMode {
    /// The JVM where that is proven to be the same, else the script.
    #[default]
    Auto,
    Direct,
    Script,
}

/// A class archive of the JVM.
#[derive(Clone, Copy, Debug)]
pub struct Archive<'a> {
    pub file: &'a Path,
    /// It is written when the server ends; else it is read.
    pub is_made: bool,
    /// The names in `lib` of the home, sorted.
    pub jars: &'a [String],
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
    pub mode: LaunchMode,
    pub archive: Option<Archive<'a>>,
    pub java_major: Option<u16>,
    pub keystore: KeystoreLine<'a>,
    /// The memory that the server may use, in bytes.
    pub memory: Option<u64>,
    /// Of the machine's memory, in bytes.
    pub page_size: Option<u64>,
    /// What the roles in the configuration file make of the heap; nothing where that is not known.
    pub heap_share: Option<HeapShare>,
    /// Makes the name of a new directory one that nobody else has.
    pub random: Option<u64>,
    /// For the launcher's record of 8.0 and later.
    pub record: Option<RecordInputs<'a>>,
}

/// What the launcher of 8.0 and later looks at besides.
#[derive(Clone, Copy, Debug)]
pub struct RecordInputs<'a> {
    /// All that count, wherever they are given.
    pub settings: &'a Settings,
    /// The data directory holds a state: no certificates are made any more.
    pub has_data: bool,
    /// The keystore, where it is open.
    pub secrets: Option<&'a Secrets>,
    pub java: Option<&'a Java>,
    /// What only the launcher does.
    pub needs_launcher: Option<&'static str>,
}

/// Whether a shell is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launcher {
    /// The JVM is executed by us.
    Direct,
    /// The distribution's own start script is executed.
    Script,
}

/// What the server reads on its standard input. It may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Input {
    pub bytes: Vec<u8>,
    /// It never comes to an end.
    pub stays_open: bool,
}

impl fmt::Debug for Input {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Input({} bytes, {})", self.bytes.len(), self.stays_open)
    }
}

/// What to do to start the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    pub command: Command,
    pub launcher: Launcher,
    /// Why it is the script.
    pub why_script: Option<String>,
    /// It takes classes from the class archive, or makes it.
    pub has_archive: bool,
    /// Where the program starts; nothing: where we are.
    pub working_directory: Option<PathBuf>,
    /// What it reads on its standard input; nothing: it has ours.
    pub input: Option<Input>,
    /// A directory to be made, which must not be there, for the server's user alone.
    pub temporary: Option<PathBuf>,
    /// Directories that the script would have made first, as the server's user.
    pub directories: Vec<PathBuf>,
    /// Warnings only.
    pub warnings: Vec<Finding>,
}

impl Launch {
    pub(super) fn new(command: Command, launcher: Launcher) -> Self {
        Self {
            command,
            launcher,
            why_script: None,
            has_archive: false,
            working_directory: None,
            input: None,
            temporary: None,
            directories: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// The JVM's command as the scripts execute it in the end: with the exported variables, where the shell was.
pub(super) fn direct(java: &Path, arguments: Vec<OsString>, shell: Shell) -> Launch {
    let command = Command { program: java.into(), arguments, environment: shell.into_environment() };
    Launch::new(command, Launcher::Direct)
}
