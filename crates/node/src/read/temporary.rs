//! The directory for temporary files, as the server will find it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use diagnostics::Span;
use server::generation;
use server::generation::JvmOptions;
use server::jvm_options::JvmOption;
use server::temporary::{self, NamedBy, State, Temporary};

use crate::facts::Facts;
use crate::world::{Access, Answer, FileKind, ServerUser, World};

/// Nothing where nobody can say which directory it is.
pub(super) fn read(
    facts: &Facts,
    options: &[JvmOption],
    user: &ServerUser,
    world: &dyn World,
) -> Option<Temporary> {
    let installation = facts.installation.as_ref();
    let generation = generation(facts.known_version()?);
    let value = |name: &str| facts.environment.text_in_process(name).unwrap_or_default();
    let variables = if generation.jvm_options == JvmOptions::None {
        format!("{} {}", value("JAVA_OPTS"), value(generation.java_options))
    } else {
        value(generation.java_options)
    };
    let variable = generation.temporary_variable;
    let named = variable.and_then(|name| Some((name, facts.environment.set_in_process(name)?)));
    let tmpdir = temporary::property(options, &variables, "java.io.tmpdir");
    let library = temporary::property(options, &variables, "jna.tmpdir");
    // What is wrong with a path cannot be said without it.
    let is_secret = |span: &Span| options.iter().any(|line| line.is_secret && line.span == *span);
    if [tmpdir, library].into_iter().flatten().any(|(_, span)| span.is_some_and(is_secret)) {
        return None;
    }
    let (path, named_by) = match (tmpdir, named) {
        // The options that come with the distribution refer to the variable.
        (Some((path, span)), _) if !path.contains("${") && !path.is_empty() => {
            (PathBuf::from(path), NamedBy::Option(span.cloned()))
        }
        (_, Some((name, path))) => (PathBuf::from(path), NamedBy::Variable(name)),
        (_, None) => (PathBuf::from("/tmp"), NamedBy::Nobody),
    };
    // Relative to wherever the server will be.
    if !path.is_absolute() {
        return None;
    }
    let state = state(&path, user, world);
    // Without a server that is known, what is said of this directory would be said of a place where none will run; but where
    // nothing can be written, that is so for every one.
    if installation.is_none() && world.is_read_only(&path) != Answer::Is(true) {
        return None;
    }
    let library = library.map(|(path, _)| PathBuf::from(path));
    let library = library.or_else(|| {
        let is_cached = temporary::unpacks_to_cache(installation?.jna?);
        if is_cached { cached(facts, user, &path, world) } else { Some(path.clone()) }
    });
    let not_executable = library.filter(|library| {
        state == State::Fine
            && nearest(library, world).is_some_and(|path| world.is_noexec(path) == Answer::Is(true))
    });
    Some(Temporary { path, named_by, state, not_executable })
}

fn state(path: &Path, user: &ServerUser, world: &dyn World) -> State {
    match world.look(path) {
        Answer::Absent if world.link(path).is_absent() => State::Missing,
        Answer::Is(look) if look.kind != FileKind::Directory => State::NotADirectory,
        Answer::Is(_) if matches!(world.permits(path, user, Access::MakeFiles), Answer::Refused(_)) => {
            State::Closed
        }
        Answer::Unknown if world.is_read_only(path) == Answer::Is(true) => State::Closed,
        Answer::Is(_) | Answer::Absent | Answer::Refused(_) | Answer::Unknown => State::Fine,
    }
}

/// Where JNA 5 unpacks its library; nothing where that cannot be told.
fn cached(facts: &Facts, user: &ServerUser, temporary: &Path, world: &dyn World) -> Option<PathBuf> {
    let named = facts.environment.set_in_process("XDG_CACHE_HOME").filter(|path| !OsStr::is_empty(path));
    // The JVM takes the home of the account, whatever the variable says.
    let cache = temporary::cache(Path::new(user.home.as_deref()?), named.map(Path::new));
    let nearest = nearest(&cache, world)?;
    let look = world.look(nearest).is()?;
    let is_made =
        look.kind == FileKind::Directory && world.permits(nearest, user, Access::MakeFiles) == Answer::Is(());
    Some(if is_made { cache } else { temporary.to_owned() })
}

/// The path, or what is there of it.
fn nearest<'a>(path: &'a Path, world: &dyn World) -> Option<&'a Path> {
    for ancestor in path.ancestors() {
        match world.look(ancestor) {
            Answer::Is(_) => return Some(ancestor),
            Answer::Unknown => return None,
            Answer::Absent | Answer::Refused(_) => {}
        }
    }
    None
}
