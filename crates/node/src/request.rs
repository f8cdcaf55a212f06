//! What is asked of a node: the options of the command line, given their meaning.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use diagnostics::Levels;
use server::Version;
use server::launch::LaunchMode;
use server::launch::variables::Mapping;
use template::{Environment, Format};

use crate::world::Reason;

/// What to do where there is no runtime directory.
pub const RUNTIME_DIR_HELP: &str = "it holds the staged configuration: let this user write there, mount a tmpfs, or name \
                                    another directory with ES_ENTRYPOINT_RUNTIME_DIR";

/// `--policy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyMode {
    /// Patch where the file is writable, else a file named by a property.
    #[default]
    Auto,
    Patch,
    Property,
    Off,
}

/// `--archive`: what a start does with a class archive of the JVM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ArchiveMode {
    /// Use the one in the home, where it can be trusted.
    #[default]
    Auto,
    Off,
    /// Make one in that file when the server ends.
    Make(PathBuf),
}

/// `--chown`: how far ownership is corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ownership {
    /// Only the directories themselves.
    #[default]
    Top,
    Recursive,
    Off,
}

/// Which templates are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Templates {
    /// `config-templates`, else the configuration directory, else the built-in ones.
    #[default]
    Default,
    /// `--templates DIR`.
    Directory(PathBuf),
    /// Those that `render` was given, and no others.
    Named(Vec<NamedTemplate>),
}

/// One template of `render`'s command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedTemplate {
    /// A file, or all files of a directory.
    Path(PathBuf),
    /// What standard input held.
    StandardInput(Result<Arc<Vec<u8>>, Reason>),
}

/// What is started in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The server with these further arguments.
    Server(Vec<OsString>),
    /// Another command, after the same preparation.
    Other { program: OsString, arguments: Vec<OsString> },
}

impl Default for Target {
    fn default() -> Self {
        Self::Server(Vec::new())
    }
}

impl Target {
    /// The arguments for the server.
    pub fn server_arguments(&self) -> &[OsString] {
        match self {
            Self::Server(arguments) => arguments,
            Self::Other { .. } => &[],
        }
    }
}

/// How much of the machine is looked at and judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Templates only.
    #[default]
    Templates,
    /// The machine where a server is installed.
    Installed,
    /// The machine too, installation or not (`--host`).
    Machine,
    /// The policy of the JVM, wherever it is; the machine is judged where a server is installed.
    Policy,
    /// A start: the machine is looked at, and without a server (where one shall be started) that is an error.
    Start,
}

/// Everything that is asked.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub es_home: Option<PathBuf>,
    pub config_dir: Option<PathBuf>,
    pub es_version: Option<Version>,
    pub templates: Templates,
    /// `--format`; nothing: by file name.
    pub format: Option<Format>,
    pub runtime_dir: Option<PathBuf>,
    pub depth: Depth,
    pub levels: Levels,
    pub policy: PolicyMode,
    /// The Java whose policy is judged or changed; nothing: that of the server.
    pub java_home: Option<PathBuf>,
    /// `--read`: paths that the JVM shall be able to read.
    pub read: Vec<OsString>,
    /// `--remove`: take the block out of the policy file.
    pub remove: bool,
    pub user: Option<String>,
    /// Where nobody knows whether this is a first start, what is derived for one is judged.
    pub assumes_first_start: bool,
    /// The addresses of the hosts of `DISCOVERY_HOSTS`, once they are looked up.
    pub discovery_addresses: Option<String>,
    pub chown: Ownership,
    pub target: Target,
    pub launch: LaunchMode,
    pub archive: ArchiveMode,
    /// Who makes settings of variables, where that is known without an installation to look at.
    pub mapping: Option<Mapping>,
}

impl Request {
    /// The entrypoint of Elasticsearch's images gives everything below data and logs to the server's user where that is asked for.
    pub(crate) fn take_ownership(&mut self, environment: &Environment) {
        if self.chown == Ownership::Top && environment.set_in_process("TAKE_FILE_OWNERSHIP").is_some() {
            self.chown = Ownership::Recursive;
        }
    }

    /// Whether it is a start of the server, or asks what one would do.
    pub(crate) fn is_about_a_start(&self) -> bool {
        matches!(self.target, Target::Server(_)) && !matches!(self.depth, Depth::Templates | Depth::Policy)
    }
}
