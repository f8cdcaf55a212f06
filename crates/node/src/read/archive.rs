//! The class archive beside the server's jars, and whether it can be trusted: whoever could write it would run as the server.

use std::path::{Path, PathBuf};

use server::launch::archive::{END, FILE, is_whole};

use crate::request::ArchiveMode;
use crate::world::{Access, Answer, FileKind, ServerUser, World};

/// The archive that a start uses; an error is why one that is there is not used.
pub(super) fn archive(
    mode: &ArchiveMode,
    home: Option<&Path>,
    user: &ServerUser,
    world: &dyn World,
) -> Option<Result<PathBuf, String>> {
    let path = home.filter(|_| *mode == ArchiveMode::Auto)?.join(FILE);
    let look = match world.look(&path) {
        Answer::Is(look) => look,
        Answer::Refused(reason) => return Some(Err(reason.to_string())),
        Answer::Absent | Answer::Unknown => return None,
    };
    let problem = if world.link(&path).is_there() {
        "is a symbolic link".to_owned()
    } else if look.kind != FileKind::Regular {
        "is not a regular file".to_owned()
    } else if look.mode & 0o022 != 0 {
        format!("may be written by others than its owner: its mode is {:04o}", look.mode)
    } else if ![0, user.uid].contains(&look.uid) {
        format!("belongs to user {}, who is neither root nor the server's", look.uid)
    } else if let Answer::Refused(reason) = world.permits(&path, user, Access::Read) {
        reason.to_string()
    } else {
        match world.end(&path, END) {
            Answer::Is(last) if is_whole(look.size, &last) => return Some(Ok(path)),
            Answer::Is(_) => "is not whole".to_owned(),
            Answer::Refused(reason) => reason.to_string(),
            Answer::Absent | Answer::Unknown => return None,
        }
    };
    Some(Err(problem))
}
