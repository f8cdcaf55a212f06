//! The world that a node looks at: a disk and a machine, or what a manifest says of a pod. Only [`crate::read`] asks it.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use server::bootstrap::facts::HostFacts;
use server::network::{Interfaces, Listener};

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
    /// Read a file.
    Read,
    /// Write to a file.
    Write,
    /// Execute a file.
    Execute,
    /// Go through a directory.
    Search,
    /// See what is in a directory, and go through it.
    List,
    /// Make files in a directory: write and search.
    MakeFiles,
}

impl Access {
    /// The permission bits that it takes, as the last digit of a mode.
    pub(crate) fn bits(self) -> u32 {
        match self {
            Self::Read => 0o4,
            Self::Write => 0o2,
            Self::Execute | Self::Search => 0o1,
            Self::List => 0o5,
            Self::MakeFiles => 0o3,
        }
    }
}

/// The user that the server will have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerUser {
    pub uid: u32,
    /// All supplementary groups, and the group, which is the last one.
    pub groups: Vec<u32>,
    /// The home directory of the entry in `/etc/passwd`, where there is one.
    pub home: Option<String>,
}

/// Who holds a lock on a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockHolder {
    /// The process; nothing where it is in another container.
    pub pid: Option<i32>,
    /// It is the server that this program started in this container.
    pub is_own_server: bool,
}

/// A mount that gave no answer in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentMount {
    /// What was asked for.
    pub path: PathBuf,
    /// Where it is mounted.
    pub point: PathBuf,
    /// The type of its file system.
    pub kind: String,
}

/// What is left on a file system; nothing is said where there is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// The bytes that are left, those that are kept for root included.
    pub bytes: Option<u64>,
    /// The bytes that are left for everybody.
    pub available: Option<u64>,
    /// The bytes of the whole file system.
    pub total: Option<u64>,
    /// How many files can still be made.
    pub files: Option<u64>,
    /// Files take whole blocks, of that many bytes.
    pub block: u64,
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

/// What the change to another user depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserNamespace {
    /// The ids that exist here, as first number and count.
    pub users: Vec<(u32, u32)>,
    pub groups: Vec<(u32, u32)>,
    /// `setgroups` is denied here, see `user_namespaces(7)`.
    pub keeps_groups: bool,
    /// The supplementary groups of this process.
    pub supplementary: Vec<u32>,
}

impl UserNamespace {
    /// Whether a user of that number exists here.
    pub fn has_user(&self, id: u32) -> bool {
        has(&self.users, id)
    }

    /// Whether a group of that number exists here.
    pub fn has_group(&self, id: u32) -> bool {
        has(&self.groups, id)
    }
}

fn has(map: &[(u32, u32)], id: u32) -> bool {
    map.iter().any(|(first, count)| id.checked_sub(*first).is_some_and(|offset| offset < *count))
}

/// The machine and the container, as this process sees them.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    pub user: User,
    /// Nothing where it is not known.
    pub namespace: Option<UserNamespace>,
    /// Limits, memory, capabilities. Directories and Java are not filled in.
    pub host: HostFacts,
}

/// A process of a server that runs here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerProcess {
    pub pid: i32,
    pub uid: u32,
    /// Somebody has stopped it, or traces it.
    pub is_stopped: bool,
    /// Its command line, and before it those of the processes that started it: the server's launcher keeps the arguments for
    /// itself from 8.0 on.
    pub words: Vec<OsString>,
}

/// Everything that a node asks of the world around it. No answer waits for anything but a server of files, and that not
/// for ever: what it does not say in time is unknown.
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
    /// Whether that user, without any capability, may do that with what is there, the way to it included.
    fn permits(&self, path: &Path, user: &ServerUser, access: Access) -> Answer<()>;
    /// Lets a question be asked with the rights of that user, where this process may take them; else with its own.
    fn ask_as(&self, _user: &ServerUser, question: &mut dyn FnMut()) {
        question();
    }
    /// Who holds a lock on the file; absent where nobody does.
    fn lock(&self, path: &Path) -> Answer<LockHolder>;
    /// What is free on the file system at that path.
    fn space(&self, path: &Path) -> Answer<Space>;
    /// Whether the file system at that path is read-only.
    fn is_read_only(&self, path: &Path) -> Answer<bool>;
    /// Whether nothing can be executed from the file system at that path.
    fn is_noexec(&self, path: &Path) -> Answer<bool>;
    /// Whether something is mounted exactly there.
    fn is_mount_point(&self, path: &Path) -> Answer<bool>;
    /// The mounts that gave no answer in time, as far as anything was asked there.
    fn silent(&self) -> Vec<SilentMount>;
    /// Whether the path is on one of them.
    fn is_silent(&self, path: &Path) -> bool;
    /// The path from the root on; symbolic links and `..` stay.
    fn absolute(&self, path: &Path) -> PathBuf;
    /// The directory that this process works in, and the server after it.
    fn working_directory(&self) -> PathBuf;
    /// What `hostname` prints.
    fn host_name(&self) -> Answer<String>;
    /// The machine and the container.
    fn machine(&self) -> Answer<Machine>;
    /// The last bytes of a regular file, at most that many.
    fn end(&self, _path: &Path, _count: u64) -> Answer<Vec<u8>> {
        Answer::Unknown
    }
    /// That many random bytes.
    fn random(&self, _count: usize) -> Answer<Vec<u8>> {
        Answer::Unknown
    }
    /// The network interfaces that this process sees.
    fn interfaces(&self) -> Answer<Interfaces>;
    /// The processes with a command line (each word ends with a zero byte) that is one of a server.
    fn servers(&self, _is_server: fn(&[u8]) -> bool) -> Answer<Vec<ServerProcess>> {
        Answer::Unknown
    }
    /// The sockets on which somebody listens in this network.
    fn listeners(&self) -> Answer<Vec<Listener>> {
        Answer::Unknown
    }
    /// The numbers of the sockets that a process holds; refused where it is another user's.
    fn sockets(&self, _pid: i32) -> Answer<Vec<u64>> {
        Answer::Unknown
    }
}
