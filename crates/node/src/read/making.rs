//! Whether this process can make something, tried without making anything.

use std::path::{Path, PathBuf};

use server::bootstrap::facts::FOWNER;

use crate::world::{Access, Answer, FileKind, Machine, Reason, World};

/// Whether this process has that capability. What is not known is no problem.
pub(super) fn may(machine: &Machine, capability: u64) -> bool {
    machine.host.capabilities.is_none_or(|it| it.effective & capability != 0)
}

/// What has the content already is left alone.
pub(super) fn is_written(path: &Path, bytes: Option<&[u8]>, world: &dyn World) -> bool {
    let Some(bytes) = bytes else { return false };
    let old = world.read(path, bytes.len() as u64).is();
    old.is_none_or(|old| old != bytes)
}

/// What a path cannot become, as a sentence.
pub(super) fn cannot_create(path: &Path, why: &str) -> String {
    format!("`{}` cannot be created: {why}", path.display())
}

/// The reason as a clause of its own.
pub(super) fn words(reason: &Reason) -> String {
    match reason {
        Reason::System(words) => words.clone(),
        Reason::PermissionDenied => "permission denied".to_owned(),
        Reason::BelowFile => "not a directory".to_owned(),
        other => other.to_string(),
    }
}

/// Why files cannot be made in that directory, or the directory not at all. `takes`: a closed one is taken first.
pub(super) fn directory(path: &Path, takes: bool, world: &dyn World) -> Result<(), String> {
    match world.look(path) {
        Answer::Is(look) if look.kind != FileKind::Directory => Err("not a directory".to_owned()),
        Answer::Is(_) => match world.allows(path, Access::MakeFiles) {
            Answer::Refused(_) if takes && world.is_read_only(path) != Answer::Is(true) => Ok(()),
            Answer::Refused(reason) => Err(words(&reason)),
            Answer::Is(()) | Answer::Absent | Answer::Unknown => Ok(()),
        },
        Answer::Absent => match (world.link(path), path.parent()) {
            (Answer::Is(target), _) => Err(link_to_nowhere(&target)),
            (_, Some(parent)) => directory(parent, takes, world),
            (_, None) => Ok(()),
        },
        Answer::Refused(reason) => Err(words(&reason)),
        Answer::Unknown if world.is_read_only(path) == Answer::Is(true) => {
            Err("the file system is read-only".to_owned())
        }
        Answer::Unknown => Ok(()),
    }
}

fn link_to_nowhere(target: &Path) -> String {
    format!("it is a symbolic link to `{}`, which is not there", target.display())
}

/// Why a file cannot be put into the place of what is there. A mount of its own is written where it is.
pub(super) fn file(path: &Path, machine: &Machine, world: &dyn World) -> Result<(), String> {
    match world.look(path) {
        Answer::Is(look) if look.kind != FileKind::Regular => Err("not a regular file".to_owned()),
        Answer::Is(_) => replaceable(path, machine, world),
        Answer::Absent => match world.link(path) {
            Answer::Is(target) => Err(link_to_nowhere(&target)),
            _ => directory(parent(path), false, world),
        },
        Answer::Refused(reason) => Err(words(&reason)),
        Answer::Unknown => Ok(()),
    }
}

fn replaceable(path: &Path, machine: &Machine, world: &dyn World) -> Result<(), String> {
    let Some(real) = world.real(path).is() else { return Ok(()) };
    let in_directory = directory(parent(&real), false, world);
    if world.is_mount_point(&real) != Answer::Is(true) {
        return in_directory.and_then(|()| name(&real, machine, world));
    }
    match world.allows(&real, Access::Write) {
        Answer::Refused(reason) => Err(words(&reason)),
        Answer::Is(()) | Answer::Absent | Answer::Unknown => Ok(()),
    }
}

/// Why another file cannot take that name from the one that has it: in a sticky directory, `/tmp` for instance, that is for
/// the owners alone, and a file may be unchangeable (chattr(1)).
pub(super) fn name(path: &Path, machine: &Machine, world: &dyn World) -> Result<(), String> {
    const NOT_PERMITTED: &str = "operation not permitted";
    const STICKY: u32 = 0o1000;
    let own = machine.user.effective_uid;
    let looks = (world.look(parent(path)), world.look(path));
    if let (Answer::Is(directory), Answer::Is(file)) = looks
        && directory.mode & STICKY != 0
        && directory.uid != own
        && file.uid != own
        && !may(machine, FOWNER)
    {
        return Err("it is somebody else's, in a directory with the sticky bit".to_owned());
    }
    match world.allows(path, Access::Write) {
        Answer::Refused(Reason::System(words)) if words == NOT_PERMITTED => Err(words),
        _ => Ok(()),
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// The directories of a relative path below a directory, from the top.
pub(super) fn parents(directory: &Path, relative: &Path) -> Vec<PathBuf> {
    let mut path = directory.to_owned();
    let below = relative.parent().into_iter().flat_map(Path::iter);
    below
        .map(|part| {
            path.push(part);
            path.clone()
        })
        .collect()
}
