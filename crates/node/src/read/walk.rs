//! The files below a directory of templates or configuration.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::unusable::Unusable;
use crate::world::{Answer, FileKind, Reason, World};

/// How deep directories of templates may nest.
const DEEPEST: usize = 16;
/// More files and directories than any configuration has: a wrong `--templates /` must not read a whole disk.
const MOST_FILES: usize = 10_000;

/// What stands between a file's name and the digits in the name of its temporary file: `.NAME.es-entrypoint-…`.
pub const TEMPORARY_INFIX: &str = ".es-entrypoint-";

/// Whether a file of that name is a temporary file of this program.
pub fn is_temporary_name(name: &str) -> bool {
    name.strip_prefix('.')
        .and_then(|rest| rest.rsplit_once(TEMPORARY_INFIX))
        .is_some_and(|(name, suffix)| !name.is_empty() && !suffix.is_empty())
}

/// All files below a directory as (path, path below the directory), in order. Names that start with `..` are the
/// inside of a `ConfigMap` or Secret mount, whose visible names are links into it, to directories too.
pub(super) fn walk(
    directory: &Path,
    world: &dyn World,
    refuse: &mut dyn FnMut(&Path, &Unusable),
) -> Vec<(PathBuf, PathBuf)> {
    let mut files = Vec::new();
    let mut directories = 0;
    let mut waiting = vec![(PathBuf::new(), Vec::new())];
    while let Some((below, above)) = waiting.pop() {
        // Joined with nothing it would be named with a `/` at its end.
        let path = if below == Path::new("") { directory.to_owned() } else { directory.join(&below) };
        let names = match world.list(&path) {
            Answer::Is(names) => names,
            // Taken away since it was seen.
            Answer::Absent if !above.is_empty() => continue,
            Answer::Absent => {
                refuse(&path, &Unusable::Reason(Reason::Missing));
                continue;
            }
            Answer::Refused(reason) => {
                refuse(&path, &Unusable::Reason(reason));
                continue;
            }
            Answer::Unknown => continue,
        };
        let identity = world.look(&path).is().map_or((0, 0), |look| look.identity);
        if above.contains(&identity) {
            refuse(&path, &Unusable::Loop);
            continue;
        }
        let chain = [above.as_slice(), &[identity]].concat();
        directories += 1;
        for name in names {
            if is_skipped(&name) {
                continue;
            }
            let relative = below.join(&name);
            let full = directory.join(&relative);
            let is_directory =
                matches!(world.look(&full), Answer::Is(look) if look.kind == FileKind::Directory);
            if !is_directory {
                files.push((full, relative));
            } else if chain.len() <= DEEPEST {
                waiting.push((relative, chain.clone()));
            } else {
                refuse(&full, &Unusable::TooDeep);
            }
        }
        if files.len().max(directories) > MOST_FILES {
            refuse(directory, &Unusable::TooManyFiles);
            return Vec::new();
        }
    }
    diagnostics::order::sort(&mut files);
    files
}

fn is_skipped(name: &OsStr) -> bool {
    let text = name.to_string_lossy();
    // The root of a volume has a `lost+found` that only root may enter.
    text.starts_with("..") || text == "lost+found" || is_temporary_name(&text)
}
