//! The runtime directory, tried without making anything, and the directories that the server writes to.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use server::bootstrap::facts::{Directory, Owner};
use template::Environment;

use crate::facts::RuntimeDir;
use crate::request::Request;
use crate::world::{Access, Answer, FileKind, Look, Reason, World};

/// Where the staged configuration goes unless an option or a variable names another.
const RUNTIME_DIR: &str = "/run/es-entrypoint";

/// The runtime directory that was named; else the default one, or where that cannot be made (not root, no tmpfs), a
/// directory of this user in the temporary directory.
pub(crate) fn probe(request: &Request, environment: &Environment, world: &dyn World) -> RuntimeDir {
    let path = world.absolute(request.runtime_dir.as_deref().unwrap_or(Path::new(RUNTIME_DIR)));
    let Some(problem) = why_not_writable(&path, world) else {
        return RuntimeDir { path, is_fallback: false, problem: None };
    };
    if request.runtime_dir.is_none()
        && let Some(fallback) = fallback(environment, world)
        && why_not_writable(&fallback, world).is_none()
    {
        return RuntimeDir { path: fallback, is_fallback: true, problem: None };
    }
    let problem = format!("`{}` cannot be created: {problem}", path.display());
    RuntimeDir { path, is_fallback: false, problem: Some(problem) }
}

/// A directory of this user's own, where everybody may make files.
fn fallback(environment: &Environment, world: &dyn World) -> Option<PathBuf> {
    let user = world.machine().is()?.user.effective_uid;
    let temporary = environment.set_in_process("TMPDIR").unwrap_or(OsStr::new("/tmp"));
    Some(Path::new(temporary).join(format!("es-entrypoint-{user}")))
}

/// Why nothing can be made there: the nearest directory that exists is not to be written to.
fn why_not_writable(path: &Path, world: &dyn World) -> Option<String> {
    let (nearest, look) = nearest(path, world).is()?;
    if look.kind != FileKind::Directory {
        return Some("not a directory".to_owned());
    }
    match world.allows(nearest, Access::MakeFiles) {
        Answer::Refused(Reason::System(words)) => Some(words),
        Answer::Refused(reason) => Some(reason.to_string()),
        Answer::Is(()) | Answer::Absent | Answer::Unknown => None,
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

/// The facts of a directory that the server writes to, or of its nearest ancestor; nothing where nobody can say which
/// that is.
pub(crate) fn directory(setting: &str, path: &Path, world: &dyn World) -> Option<Directory> {
    let (nearest, look) = match nearest(path, world) {
        Answer::Is(found) => found,
        Answer::Unknown => return None,
        Answer::Absent | Answer::Refused(_) => {
            return Some(Directory {
                setting: setting.to_owned(),
                path: path.to_owned(),
                ..Directory::default()
            });
        }
    };
    Some(Directory {
        setting: setting.to_owned(),
        path: path.to_owned(),
        nearest: nearest.to_owned(),
        is_directory: look.kind == FileKind::Directory,
        owner: Owner { uid: look.uid, gid: look.gid, mode: look.mode },
        read_only: world.is_read_only(nearest) == Answer::Is(true),
    })
}
