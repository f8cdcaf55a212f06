//! The runtime directory, tried without making anything, and the directories that the server writes to.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use server::access::Closed;
use server::bootstrap::facts::{Directory, Owner, Volume};
use template::Environment;

use super::eyes::Eyes;
use super::making;
use crate::facts::RuntimeDir;
use crate::request::Request;
use crate::world::{Access, Answer, FileKind, Look, World};

/// Where the staged configuration goes unless an option or a variable names another.
const RUNTIME_DIR: &str = "/run/es-entrypoint";

/// Whether what this process makes can be given to the server's user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CanGive(pub(crate) bool);

/// The runtime directory that was named; else the default one, or where that cannot be made (not root, no tmpfs), a
/// directory of this user in the temporary directory.
pub(crate) fn probe(request: &Request, environment: &Environment, world: &dyn World) -> RuntimeDir {
    let path = world.absolute(request.runtime_dir.as_deref().unwrap_or(Path::new(RUNTIME_DIR)));
    let Err(problem) = can_make(&path, world) else {
        return RuntimeDir { path, is_fallback: false, problem: None };
    };
    let problem = making::cannot_create(&path, &problem);
    let named = RuntimeDir { path, is_fallback: false, problem: Some(problem) };
    if request.runtime_dir.is_some() {
        return named;
    }
    let Some((path, user)) = fallback(environment, world) else { return named };
    if can_make(&path, world).is_err() {
        return named;
    }
    let why = "it is there, and is not this user's own directory that is closed to others";
    let problem = (!is_own(&path, user, world)).then(|| making::cannot_create(&path, why));
    RuntimeDir { path, is_fallback: true, problem }
}

fn can_make(path: &Path, world: &dyn World) -> Result<(), String> {
    making::directory(path, false, world)?;
    if world.is_silent(path) { Err("its file system gives no answer".to_owned()) } else { Ok(()) }
}

/// A directory of this user's own, where everybody may make files.
fn fallback(environment: &Environment, world: &dyn World) -> Option<(PathBuf, u32)> {
    let user = world.machine().is()?.user.effective_uid;
    let temporary = environment.set_in_process("TMPDIR").unwrap_or(OsStr::new("/tmp"));
    Some((Path::new(temporary).join(format!("es-entrypoint-{user}")), user))
}

/// Whether nobody else can have a hand in what is there.
fn is_own(path: &Path, user: u32, world: &dyn World) -> bool {
    match world.look(path) {
        Answer::Is(look) => !world.link(path).is_there() && look.uid == user && look.mode & 0o022 == 0,
        Answer::Absent | Answer::Refused(_) | Answer::Unknown => true,
    }
}

/// The path or its nearest ancestor that can be looked at; unknown where a nearer one may be there.
fn nearest<'a>(path: &'a Path, world: &dyn World) -> Answer<(&'a Path, Look)> {
    for ancestor in path.ancestors() {
        match world.look(ancestor) {
            Answer::Is(look) => return Answer::Is((ancestor, look)),
            Answer::Unknown => return Answer::Unknown,
            Answer::Absent | Answer::Refused(_) => {}
        }
    }
    Answer::Absent
}

/// What is left where a directory of the server is, or will be made; nothing where that is not known, or where nothing is
/// written anyway.
pub(crate) fn volume(setting: &str, path: &Path, world: &dyn World) -> Option<Volume> {
    let (nearest, look) = nearest(path, world).is()?;
    if world.is_read_only(nearest) != Answer::Is(false) {
        return None;
    }
    let space = world.space(nearest).is()?;
    Some(Volume {
        setting: setting.to_owned(),
        path: path.to_owned(),
        device: look.identity.0,
        total: space.total,
        available: space.available,
        free: space.bytes,
        files: space.files,
    })
}

/// The facts of a directory that the server writes to, or of its nearest ancestor; nothing where nobody can say which
/// that is. `makes` says that this process makes it where it is missing, and whether it can give it away.
pub(crate) fn directory(
    setting: &str,
    path: &Path,
    eyes: &Eyes<'_>,
    makes: Option<CanGive>,
) -> Option<Directory> {
    let world = eyes.world;
    let (nearest, look) = match nearest(path, world) {
        Answer::Is(found) => found,
        // Whatever is there, nothing is written to it.
        Answer::Unknown if world.is_read_only(path) == Answer::Is(true) => {
            return Some(Directory {
                setting: setting.to_owned(),
                path: path.to_owned(),
                nearest: path.to_owned(),
                is_directory: true,
                read_only: true,
                ..Directory::default()
            });
        }
        Answer::Unknown => return None,
        Answer::Absent | Answer::Refused(_) => {
            return Some(Directory {
                setting: setting.to_owned(),
                path: path.to_owned(),
                ..Directory::default()
            });
        }
    };
    let closed;
    let mut cannot_make = None;
    match makes.filter(|_| nearest != path) {
        None => closed = eyes.closed(nearest, Access::MakeFiles),
        Some(can_give) => {
            if let Answer::Is(target) = world.link(path) {
                cannot_make =
                    Some(format!("it is a symbolic link to `{}`, which is not there", target.display()));
            } else if let Answer::Refused(reason) = world.allows(nearest, Access::MakeFiles) {
                cannot_make = Some(making::words(&reason));
            }
            closed = if can_give.0 {
                eyes.closed(nearest, Access::Search)
            } else {
                // It would be root's.
                let owner = Owner { uid: 0, gid: 0, mode: 0o755 };
                Some(Closed::Mode { path: path.to_owned(), owner })
            };
        }
    }
    Some(Directory {
        setting: setting.to_owned(),
        path: path.to_owned(),
        nearest: nearest.to_owned(),
        is_directory: look.kind == FileKind::Directory,
        read_only: world.is_read_only(nearest) == Answer::Is(true),
        closed,
        cannot_make,
    })
}
