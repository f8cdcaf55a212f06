//! Everything that was read, before it is judged.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use diagnostics::Span;
use server::Version;
use server::access::Closed;
use server::bootstrap::facts::Handover;
use server::data::DataFacts;
use server::discovery::kubernetes::Token;
use server::files::FileFacts;
use server::guess::tells_election;
use server::installation::Installation;
use server::java_policy::{Grant, OwnPolicy};
use server::jvm_arguments::Argument;
use server::jvm_options::JvmOption;
use server::kubeconfig::{Access, FileFact};
use server::launch::java_variables::JavaVariables;
use server::launch::variables::Mapping;
use server::named_files::{Agent, Unusable};
use server::network::Interfaces;
use server::settings::overlay::Override;
use server::temporary::Temporary;
use template::{Environment, Inspected, Settings};

use crate::identity::Identity;
use crate::keystore::KeystoreFacts;
use crate::read::sources::{Sources, TemplateFile};
use crate::request::{Depth, Request};
use crate::world::{Answer, Machine, Reason, ServerUser, SilentMount};

/// Where the version comes from that everything is judged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionFrom {
    /// `--es-version`.
    Option,
    /// The names of the jars.
    Installation,
    /// Neither: guessed from the settings in use.
    Guess,
}

/// Where the server's configuration will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Configuration {
    /// Where it is: nothing is written.
    AsItIs,
    /// Rendered into the configuration directory itself.
    InPlace(PathBuf),
    /// A copy below the runtime directory, which the server is pointed at.
    Staged(PathBuf),
}

impl Configuration {
    /// The directory that is written to.
    pub fn directory(&self) -> Option<&Path> {
        match self {
            Self::AsItIs => None,
            Self::InPlace(path) | Self::Staged(path) => Some(path),
        }
    }
}

/// One template with what became of it.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    pub template: TemplateFile,
    /// The rendered bytes, the settings (of YAML), the placeholders, and what is wrong.
    pub inspected: Inspected,
}

impl ConfigFile {
    /// The permission bits of a new file: those of the template, but a secret becomes nobody's who is neither owner nor
    /// group.
    pub fn mode(&self) -> u32 {
        if self.holds_secret() { self.template.mode & !0o007 } else { self.template.mode }
    }

    /// Whether a secret was rendered into it.
    pub fn holds_secret(&self) -> bool {
        self.inspected.rendered.holds_secret
    }
}

/// What stands beside the main file, and in the place of what is rendered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// Files without which the server does not start, and that are not there for certain.
    pub missing: Vec<&'static str>,
    /// Files that are mounted where a template is rendered to.
    pub mounted: Vec<MountedTarget>,
    /// An empty directory in the configuration that the server needs and cannot make itself.
    pub to_make: Option<PathBuf>,
    /// A mount that the launcher could not replace, so that there is a copy.
    pub in_the_way: Option<PathBuf>,
    /// The launcher is going to configure security, and with it the first master: it may write where it has to.
    pub configures_security: bool,
}

/// A mounted file in the place of a rendered one, with another content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountedTarget {
    pub path: PathBuf,
    /// The template as the user knows it.
    pub template: String,
    /// It stays as it is: the server gets a copy of the directory.
    pub is_kept: bool,
}

/// What the server itself wrote into a staged copy, and has to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// What it may make there: files and directories that stay where the plan brings none.
    pub own: Vec<PathBuf>,
    /// Files of the user that it changed in the copy: they stay as they are there.
    pub changed: Vec<PathBuf>,
    /// Files that the copy got and the user removed since: they go.
    pub removed: Vec<PathBuf>,
    /// Files that both changed since.
    pub conflicts: Vec<Conflict>,
    /// The file that remembers what the copy got.
    pub ledger: PathBuf,
    /// It remembers something.
    pub had_ledger: bool,
    pub given: Vec<GivenFile>,
}

/// A file that user and server both changed since the last start.
#[derive(Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The user's.
    pub source: PathBuf,
    /// The user removed it.
    pub is_removed: bool,
    /// The server's.
    pub copy: PathBuf,
    /// What the server has there.
    pub bytes: Vec<u8>,
    /// Where that is kept, as the user's takes its place; nothing where the server's stays.
    pub aside: Option<PathBuf>,
}

impl fmt::Debug for Conflict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Conflict({}, {:?})", self.copy.display(), self.aside)
    }
}

/// The variable with which users of the official images choose where the server logs to.
pub(crate) const LOG_STYLE: &str = "ES_LOG_STYLE";

/// What it asks for, in front of a distribution that has a file for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogStyle {
    /// What is there already.
    AsItIs,
    /// Files: this configuration of log4j takes the place of the other one.
    Files(PathBuf),
    /// Neither.
    Invalid(String),
}

/// What the server made in a copy of an earlier start, for which it stays in use, though nothing else needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCopy {
    pub directory: PathBuf,
    /// The files and directories that the configuration directory does not have like this.
    pub names: Vec<&'static str>,
    /// The block of settings in the main file.
    pub has_block: bool,
}

/// A file of the user's in a staged copy, with the fingerprint of the content that it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenFile {
    pub relative: PathBuf,
    pub fingerprint: u64,
}

/// The copy of the kubeconfig in the runtime directory, and the policy file there.
pub(crate) const KUBECONFIG: &str = "kubeconfig";
pub(crate) const POLICY: &str = "java.policy";

/// Where what this program makes itself goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeDir {
    pub path: PathBuf,
    /// The default one cannot be made, and this one is in the temporary directory, which all users share.
    pub is_fallback: bool,
    /// Why it cannot be made, as the system says it.
    pub problem: Option<String>,
}

/// What is left of a file system when the configuration is written; nothing is said where there is no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub bytes: Option<u64>,
    pub files: Option<u64>,
    /// Files take whole blocks, of that many bytes.
    pub block: u64,
}

/// The place of a file of our own in the runtime directory.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnFile {
    pub path: PathBuf,
    /// Why no file can be put there.
    pub obstacle: Option<String>,
    /// What keeps the server's user from reading one there.
    pub closed: Option<Closed>,
    /// What stands there.
    pub old: Option<Vec<u8>>,
}

impl fmt::Debug for OwnFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "OwnFile({}, {:?}, {:?})", self.path.display(), self.obstacle, self.closed)
    }
}

/// The files that go to the runtime directory beside the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFiles {
    pub policy: OwnFile,
    pub kubeconfig: OwnFile,
    /// The room for them; nothing where that is not known.
    pub left: Option<Left>,
}

/// The machine under the server.
#[derive(Clone, Debug)]
pub struct MachineFacts {
    /// With the directories that the server writes to, and its Java.
    pub machine: Machine,
    /// There may be a Java, and nobody can say where.
    pub java_is_unknown: bool,
    /// Who the server becomes: nothing where this process cannot change users, an error where `--user` is unknown.
    pub identity: Result<Option<Identity>, String>,
    pub user: ServerUser,
    /// What the server writes is for its group as well, as the official entrypoints have it.
    pub shares_with_group: bool,
    /// The variables that the server's Java reads itself.
    pub java_variables: JavaVariables,
    /// What becomes of the data and log directories.
    pub handover: Handover,
    /// What the data directories hold, where there is something and the version is known.
    pub data: Vec<DataFacts>,
    /// Why the configuration cannot be written.
    pub unwritable: Option<String>,
    /// What else may be written.
    pub own_files: OwnFiles,
    /// What the server opens itself, and its user cannot.
    pub files: FileFacts,
    /// What settings and options of the JVM name, and the server cannot use.
    pub unusable: Vec<Unusable>,
    /// Java agents whose code no policy covers.
    pub agents: Vec<Agent>,
    /// The options that the server's Java gets from files.
    pub jvm_options: Vec<JvmOption>,
    /// Lines in these files for which the launcher refuses them.
    pub refused_option_lines: Vec<Span>,
    /// The directory for temporary files; nothing where it is not known.
    pub temporary: Option<Temporary>,
    /// The whole command line of the server's Java.
    pub jvm_arguments: Vec<Argument>,
    /// Data and log directories.
    pub directories: Vec<PathBuf>,
    pub policy: PolicyFacts,
    pub kubeconfig: KubeconfigQuestion,
    /// The class archive in the home, or why it is not used.
    pub archive: Option<Result<PathBuf, String>>,
    /// For the name of a new directory of a start.
    pub random: Option<u64>,
    /// Nothing where they are unknown.
    pub interfaces: Option<Interfaces>,
}

impl MachineFacts {
    /// The identity where there is one to change to.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref().ok().and_then(Option::as_ref)
    }

    /// The group that the server will have.
    pub fn server_gid(&self) -> u32 {
        self.user.groups.last().copied().unwrap_or_default()
    }

    /// Whether this process may become another user.
    pub fn is_root(&self) -> bool {
        self.machine.user.effective_uid == 0
    }
}

/// The policy file of the Java that will run.
#[derive(Clone, Debug, Default)]
pub struct PolicyFacts {
    /// What is to be readable, with what stands there.
    pub grants: Vec<Grant>,
    /// The JRE's policy file.
    pub file: Option<PathBuf>,
    /// There may be one, and nobody can say where or what it holds.
    pub file_is_unknown: bool,
    pub existing: Option<Existing>,
    /// The paths that the existing file names, with what stands there.
    pub named: Vec<Grant>,
    /// The policy file that the JVM's options name, and its content where the name is a whole path.
    pub own_policy: Option<OwnPolicyFile>,
    pub java_major: Option<u16>,
    /// Where the JVM starts.
    pub working_directory: PathBuf,
}

/// A policy file that the user named to the JVM.
#[derive(Clone, Debug)]
pub struct OwnPolicyFile {
    pub named: OwnPolicy,
    /// Its content; nothing where the name is no whole path, as the JVM may start elsewhere, expands properties and knows
    /// URLs.
    pub content: Option<Answer<Vec<u8>>>,
}

/// The JRE's policy file as it is.
#[derive(Clone, Debug)]
pub struct Existing {
    pub content: Result<Vec<u8>, Reason>,
    /// It can be replaced, or rewritten where it is a mount of its own.
    pub is_writable: bool,
}

/// Whether the client of the discovery plugin reads a kubeconfig here.
#[derive(Clone, Debug, Default)]
pub struct KubeconfigQuestion {
    /// The plugin is in use.
    pub is_asked: bool,
    /// `KUBERNETES_AUTH_TRYKUBECONFIG`.
    pub try_flag: Option<String>,
    /// `KUBECONFIG` is set.
    pub is_named: bool,
    /// This process can give the server's user a copy of a file.
    pub may_copy: bool,
    /// The service account's token, where the client certainly reads no kubeconfig.
    pub token: Option<Token>,
    /// The file, where the client looks at it.
    pub file: Option<KubeconfigFacts>,
}

/// The kubeconfig with all that it names.
#[derive(Clone, Debug)]
pub struct KubeconfigFacts {
    /// As `KUBECONFIG` has it.
    pub path: String,
    pub access: Access,
    pub content: Result<Vec<u8>, Reason>,
    pub files: Vec<FileFact>,
    pub working_directory: PathBuf,
    /// Where the server gets a copy of its own (`KUBECONFIG_COPY=true`).
    pub copy: Option<PathBuf>,
}

/// Everything read.
#[derive(Clone, Debug)]
pub struct Facts {
    pub request: Request,
    pub environment: Environment,
    /// Where an installation was looked for.
    pub tried: Vec<PathBuf>,
    /// The installation's directory, named or found.
    pub home: Option<PathBuf>,
    pub installation: Option<Installation>,
    /// No server is in any of the directories that were tried, for certain.
    pub none_installed: bool,
    /// The directory that `--es-home` names is not there.
    pub is_home_missing: bool,
    /// That of the pod, where it is one.
    pub own_namespace: Option<String>,
    /// What everything is judged for.
    pub version: Version,
    pub version_from: VersionFrom,
    /// The configuration directory, which may not exist.
    pub config_dir: Option<PathBuf>,
    /// Where the templates came from; they themselves are in `files`.
    pub sources: Sources,
    pub files: Vec<ConfigFile>,
    /// Which of the files is the server's main one.
    pub main_file: Option<usize>,
    /// What the server will get: those of the main file, with everything over them that is given elsewhere.
    pub settings: Settings,
    /// Those of them that are given elsewhere than in the file.
    pub outside: Vec<Override>,
    /// Who makes settings of variables.
    pub mapping: Mapping,
    /// The variables that the configuration and the arguments refer to.
    pub referenced: BTreeSet<String>,
    /// There is a main file, or a setting given elsewhere: something to judge.
    pub has_settings: bool,
    /// Whether the data directory holds a cluster's state already; nothing when that is not known.
    pub bootstrapped: Option<bool>,
    pub configuration: Configuration,
    pub log_style: Option<LogStyle>,
    /// The keystore, where the version has one that is known.
    pub keystore: Option<KeystoreFacts>,
    /// Why there is a copy, where this is the only reason.
    pub own_copy: Option<OwnCopy>,
    /// Of a staged copy.
    pub earlier: Option<Earlier>,
    /// A main file of an earlier start whose block of settings has no end.
    pub torn_block: Option<PathBuf>,
    pub neighbours: Neighbours,
    pub runtime_dir: RuntimeDir,
    pub host_name: String,
    /// Mounts that gave no answer: what is there is unknown.
    pub silent: Vec<SilentMount>,
    /// Nothing where the machine was not looked at.
    pub machine: Option<MachineFacts>,
    /// How many master-eligible nodes the cluster has by the replicas of manifests, where these are known.
    pub master_replicas: Option<u32>,
}

impl Facts {
    /// The plugins that are installed, where that is known.
    pub(crate) fn plugins(&self) -> Option<&[String]> {
        self.installation.as_ref().map(|it| it.plugins.as_slice())
    }

    /// The version where it was named, or the installation shows it.
    pub fn known_version(&self) -> Option<Version> {
        (self.version_from != VersionFrom::Guess).then_some(self.version)
    }

    /// Whether what is wrong with the machine is this server's business.
    pub fn is_judged_here(&self) -> bool {
        self.installation.is_some() || self.request.depth == Depth::Machine
    }

    /// Whether it is known how masters are elected. A guess is no reason to find anything in a server that nobody can look at.
    pub fn knows_election(&self) -> bool {
        self.version_from != VersionFrom::Guess
            || self.none_installed
            || self.files.iter().any(|file| file.template.is_builtin())
            || tells_election(&self.settings, self.version)
    }

    /// The directory that the server will read its configuration from.
    pub fn effective_config_dir(&self) -> Option<&Path> {
        self.configuration.directory().or(self.config_dir.as_deref())
    }
}
