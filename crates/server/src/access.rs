//! Why the server's user may not do something with a path.

use std::fmt;
use std::path::{Path, PathBuf};

/// Who owns a file, and what they and others may do with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    pub uid: u32,
    pub gid: u32,
    pub mode: u32,
}

/// What keeps a user out. Displayed it is a clause: "`/data` belongs to 0:0 with mode 0700".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The permission bits of a path, or of a directory on the way to it.
    Mode { path: PathBuf, owner: Owner },
    /// Something else, in the system's words: an access list, a server of files, a mount without programs.
    System { path: PathBuf, words: String },
}

impl Closed {
    /// The path whose permissions are in the way.
    pub fn path(&self) -> &Path {
        match self {
            Self::Mode { path, .. } | Self::System { path, .. } => path,
        }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mode { path, owner } => {
                write!(
                    out,
                    "`{}` belongs to {}:{} with mode {:04o}",
                    path.display(),
                    owner.uid,
                    owner.gid,
                    owner.mode & 0o7777
                )
            }
            Self::System { path, words } => write!(out, "`{}`: {words}", path.display()),
        }
    }
}
