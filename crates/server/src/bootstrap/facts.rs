//! What is known of the machine. Everything that could not be found out is `None`, and is then not judged.

use std::path::PathBuf;

use crate::access::Closed;
pub use crate::access::Owner;

/// A resource limit; `None` is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    pub soft: Option<u64>,
    pub hard: Option<u64>,
}

/// The capability sets of this process, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    pub bounding: u64,
    pub permitted: u64,
    pub effective: u64,
}

/// The bit of `CAP_CHOWN`.
pub const CHOWN: u64 = 1;

/// The bit of `CAP_FOWNER`.
pub const FOWNER: u64 = 1 << 3;

/// The bit of `CAP_SETGID`.
pub const SETGID: u64 = 1 << 6;

/// The bit of `CAP_SETUID`.
pub const SETUID: u64 = 1 << 7;

/// The bit of `CAP_NET_BIND_SERVICE`.
pub const NET_BIND_SERVICE: u64 = 1 << 10;

/// The bit of `CAP_IPC_LOCK`.
pub const IPC_LOCK: u64 = 1 << 14;

/// A directory that the server writes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// The setting that names it: `path.data`.
    pub setting: String,
    pub path: PathBuf,
    /// The path itself, or its nearest ancestor that exists; the other facts are about this one.
    pub nearest: PathBuf,
    pub is_directory: bool,
    pub read_only: bool,
    /// What keeps the server's user from writing there, or from making it, when our own steps are done.
    pub closed: Option<Closed>,
    /// Why root, who makes it first, cannot do that.
    pub cannot_make: Option<String>,
}

/// A directory that the server writes to, and what is left on its file system. What has no limit is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// The setting that names the directory: `path.data`.
    pub setting: String,
    pub path: PathBuf,
    /// The same for all directories of one file system.
    pub device: u64,
    /// The bytes of the whole file system.
    pub total: Option<u64>,
    /// The bytes that are left for everybody but root.
    pub available: Option<u64>,
    /// The bytes that are left for root.
    pub free: Option<u64>,
    /// How many files can still be made.
    pub files: Option<u64>,
}

/// Whether the directories that the server writes to are given to its user before it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Handover {
    /// They are.
    Given,
    /// Only root could.
    #[default]
    NotRoot,
    /// Root without the capability to do that.
    NoCapability,
    /// Switched off with `--chown off`.
    Off,
    /// The file system did not let root do it.
    Refused,
}

/// The `java` that will be run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Java {
    /// As the start script finds it.
    pub path: PathBuf,
    /// Its home directory, symbolic links followed.
    pub home: Option<PathBuf>,
    /// `JAVA_VERSION` of its `release` file: `1.8.0_504`, `17.0.15`.
    pub version: Option<String>,
    /// 8, 17, …
    pub major: Option<u16>,
    /// A build of Oracle's before the release.
    pub is_early_access: bool,
    /// Who built it: `Debian`, `Eclipse Adoptium`.
    pub implementor: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// Ours, at the moment.
    pub uid: u32,
    pub gid: u32,
    pub capabilities: Option<Capabilities>,
    pub max_map_count: Option<u64>,
    /// The first port that needs no capability.
    pub unprivileged_port_start: Option<u32>,
    pub open_files: Option<Limit>,
    pub processes: Option<Limit>,
    pub locked_memory: Option<Limit>,
    pub address_space: Option<Limit>,
    pub file_size: Option<Limit>,
    /// Whether the kernel filters system calls for whoever asks.
    pub call_filter: Option<bool>,
    /// The smallest limit of the control groups that we are in.
    pub memory_limit: Option<u64>,
    pub total_memory: Option<u64>,
    /// The size of a page of memory, in bytes.
    pub page_size: Option<u64>,
    /// Those that this process may run on, or its control groups' quota where that is less.
    pub processors: Option<u64>,
    pub directories: Vec<Directory>,
    /// What is left on the file systems of these directories.
    pub volumes: Vec<Volume>,
    pub java: Option<Java>,
}

/// The major version from `JAVA_VERSION`: 8 for `1.8.0_504`, 17 for `17.0.15+6`, 21 for `21-ea`; nothing for what is no
/// version.
pub fn java_major(version: &str) -> Option<u16> {
    // Up to 8 the major version came second.
    let version = version.strip_prefix("1.").unwrap_or(version);
    let end = version.find(|character: char| !character.is_ascii_digit()).unwrap_or(version.len());
    version[..end].parse().ok().filter(|major| *major > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_majors() {
        for (version, major) in [
            ("1.8.0_504", Some(8)),
            ("1.8.0_462", Some(8)),
            ("1.8.0_462-b08", Some(8)),
            ("1.7.0", Some(7)),
            ("17", Some(17)),
            ("17.0.15", Some(17)),
            ("17.0.15+6", Some(17)),
            ("21-ea", Some(21)),
            ("9-internal", Some(9)),
            ("25", Some(25)),
            ("", None),
            ("x", None),
            ("x17", None),
            ("-17", None),
            (" 17", None),
            ("1", None),
            ("1.", None),
            ("1x8", None),
            ("0", None),
            ("99999999999", None),
            ("१७", None),
        ] {
            assert_eq!(java_major(version), major, "{version}");
        }
    }
}
