//! The world that a node looks at: a disk and a machine, or what a manifest says of a pod. Only [`crate::read`] asks it.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use server::bootstrap::facts::HostFacts;
use server::network::Interfaces;

/// What a question to the world gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// It is there, and this is it.
    Is(T),
    /// It is not there, for certain.
    Absent,
    /// It is there, and cannot be had.
    Refused(Reason),
    /// Nobody here can say: the image may have it. No finding follows from this.
    Unknown,
}

impl<T> Answer<T> {
    /// The thing itself, when it is there and can be had.
    pub fn is(self) -> Option<T> {
        match self {
            Self::Is(thing) => Some(thing),
            Self::Absent | Self::Refused(_) | Self::Unknown => None,
        }
    }

    /// Whether it is certainly not there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether it is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether it is there, readable or not.
    pub fn is_there(&self) -> bool {
        matches!(self, Self::Is(_) | Self::Refused(_))
    }
}

/// Why something that is there cannot be had. Displayed, it goes on a path: "`/x` is a directory, …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Only said where something is needed: [`Answer::Absent`] as a reason.
    Missing,
    Directory,
    Fifo,
    Socket,
    Device,
    SocketOrDevice,
    /// A path that goes on below a file.
    BelowFile,
    NotADirectory,
    /// Larger than that many bytes.
    TooLarge(u64),
    PermissionDenied,
    /// The system's own words.
    System(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => out.write_str("does not exist"),
            Self::Directory => out.write_str("is a directory, not a regular file"),
            Self::Fifo => out.write_str("is a FIFO, not a regular file"),
            Self::Socket => out.write_str("is a socket, not a regular file"),
            Self::Device => out.write_str("is a device, not a regular file"),
            Self::SocketOrDevice => out.write_str("is a socket or a device, not a regular file"),
            Self::BelowFile => out.write_str("lies below something that is not a directory"),
            Self::NotADirectory => out.write_str("is not a directory"),
            Self::TooLarge(limit) => write!(out, "is larger than {} MiB", limit / (1024 * 1024)),
            Self::PermissionDenied => out.write_str("is not readable: permission denied"),
            Self::System(words) => write!(out, "cannot be read: {words}"),
        }
    }
}

/// What stands at a path, symbolic links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub kind: FileKind,
    /// Owner and group, as numbers.
    pub uid: u32,
    pub gid: u32,
    /// The permission bits with setuid, setgid and sticky: `0o7777`.
    pub mode: u32,
    /// In bytes.
    pub size: u64,
    /// Device and inode: the same for two paths that lead to one thing.
    pub identity: (u64, u64),
}

/// What kind of thing a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Regular,
    Directory,
    Other,
}

/// What is to be done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Write to a file.
    Write,
    /// Execute a file.
    Execute,
    /// Make files in a directory: write and search.
    MakeFiles,
}

/// Who this process is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    pub uid: u32,
    /// The group and all supplementary groups.
    pub groups: Vec<u32>,
    /// The effective user: 0 may become another user.
    pub effective_uid: u32,
}

/// The machine and the container, as this process sees them.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    pub user: User,
    /// Limits, memory, capabilities. Directories and Java are not filled in.
    pub host: HostFacts,
}

/// Everything that a node asks of the world around it. No answer waits for anything.
pub trait World {
    /// The content of a regular file of at most `limit` bytes.
    fn read(&self, path: &Path, limit: u64) -> Answer<Vec<u8>>;
    /// What stands at a path, symbolic links followed; absent for a link to nowhere.
    fn look(&self, path: &Path) -> Answer<Look>;
    /// The names in a directory, in no order, at most 10,000 of them and one more that says that there are more.
    fn list(&self, path: &Path) -> Answer<Vec<OsString>>;
    /// Where a symbolic link leads, as it is written; absent for everything that is none.
    fn link(&self, path: &Path) -> Answer<PathBuf>;
    /// The path with all symbolic links followed.
    fn real(&self, path: &Path) -> Answer<PathBuf>;
    /// Whether this process may do that with what is there.
    fn allows(&self, path: &Path, access: Access) -> Answer<()>;
    /// Whether the file system at that path is read-only.
    fn is_read_only(&self, path: &Path) -> Answer<bool>;
    /// Whether something is mounted exactly there.
    fn is_mount_point(&self, path: &Path) -> Answer<bool>;
    /// The path from the root on; symbolic links and `..` stay.
    fn absolute(&self, path: &Path) -> PathBuf;
    /// The directory that this process works in, and the server after it.
    fn working_directory(&self) -> PathBuf;
    /// What `hostname` prints.
    fn host_name(&self) -> Answer<String>;
    /// The machine and the container.
    fn machine(&self) -> Answer<Machine>;
    /// The network interfaces that this process sees.
    fn interfaces(&self) -> Answer<Interfaces>;
}
