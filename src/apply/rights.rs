//! Who may read and write a file that is written here.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::Path;

use crate::disk::read::system_words;

/// How a new file is made; an existing one keeps its own mode and owner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewFile {
    pub mode: u32,
    /// User and group of a new file; nothing: ours.
    pub owner: Option<(u32, u32)>,
    /// It holds a secret: an existing one loses the rights of others, too.
    pub is_secret: bool,
    /// It survives a power cut. What every start makes again from its source need not: waiting for the disk is most of what
    /// writing takes.
    pub lasts: bool,
}

/// Mode and owner that a file gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rights {
    pub(super) mode: u32,
    pub(super) owner: Option<(u32, u32)>,
}

impl Rights {
    /// Those of the existing file, else those of a new one. Who is to read a secret and was one of the others belongs to
    /// the group from now on.
    pub(super) fn of(existing: Option<&fs::Metadata>, new: NewFile) -> Self {
        let Some(existing) = existing else { return Self { mode: new.mode, owner: new.owner } };
        let (mode, user, group) = (existing.mode() & 0o7777, existing.uid(), existing.gid());
        if !new.is_secret {
            return Self { mode, owner: Some((user, group)) };
        }
        let closed = mode & !0o007;
        match new.owner {
            Some((reader, its_group)) if reader != user && (group != its_group || closed & 0o040 == 0) => {
                Self { mode: closed | 0o040, owner: Some((user, its_group)) }
            }
            _ => Self { mode: closed, owner: Some((user, group)) },
        }
    }

    /// Whether the file has them already.
    pub(super) fn are_those_of(self, existing: &fs::Metadata) -> bool {
        self.mode == existing.mode() & 0o7777
            && self.owner.is_none_or(|owner| owner == (existing.uid(), existing.gid()))
    }

    /// Gives them to a file that stays where it is.
    pub(super) fn give(self, path: &Path) {
        let Ok(file) = OpenOptions::new().read(true).custom_flags(nix::libc::O_NONBLOCK).open(path) else {
            return;
        };
        let given =
            self.set_owner(&file).and_then(|()| file.set_permissions(Permissions::from_mode(self.mode)));
        if let Err(error) = given {
            let words = system_words(&error);
            tracing::warn!("`{}` holds a secret, and others may still read it: {words}", path.display());
        }
    }

    pub(super) fn set_owner(self, file: &File) -> io::Result<()> {
        let Some((user, group)) = self.owner else { return Ok(()) };
        let metadata = file.metadata()?;
        if (metadata.uid(), metadata.gid()) == (user, group) {
            return Ok(());
        }
        // Only root may give files away; the content matters more than the owner.
        match fchown(file, Some(user), Some(group)) {
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => Err(error),
            _ => Ok(()),
        }
    }
}
