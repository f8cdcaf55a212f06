//! Whether the configuration that a start writes can be written, step by step as it does it.

use std::path::{Path, PathBuf};

use super::making::{cannot_create, directory, file, is_written, name, parents, words};
use super::room;
use crate::facts::{Configuration, Earlier, Facts};
use crate::world::{Access, Answer, FileKind, Machine, World};

/// The first step that would fail, as a sentence. `can_give`: root may change owners.
pub(super) fn obstacle(
    facts: &Facts,
    machine: &Machine,
    can_give: bool,
    world: &dyn World,
) -> Option<String> {
    let tried = match &facts.configuration {
        Configuration::AsItIs => return None,
        Configuration::InPlace(directory) => in_place(directory, facts, machine, world),
        Configuration::Staged(directory) => staged(directory, facts, machine, can_give, world),
    };
    let limited = || {
        let limit = machine.host.file_size?.soft?;
        let file = room::writes(facts, world).into_iter().find(|file| file.size > limit)?;
        Some(too_long(&file.path, file.size, limit))
    };
    tried.err().or_else(limited)
}

/// A file that the limit of this process is too small for.
pub(crate) fn too_long(path: &Path, size: u64, limit: u64) -> String {
    let path = path.display();
    format!("writing `{path}` would fail: it has {size} bytes, files are limited to {limit}")
}

fn in_place(top: &Path, facts: &Facts, machine: &Machine, world: &dyn World) -> Result<(), String> {
    for it in &facts.files {
        let relative = &it.template.relative;
        let path = top.join(relative);
        if is_written(&path, it.inspected.rendered.bytes.as_deref(), world) {
            for below in parents(top, relative) {
                directory(&below, false, world).map_err(|why| cannot_create(&below, &why))?;
            }
            file(&path, machine, world).map_err(|why| cannot_create(&path, &why))?;
        }
    }
    Ok(())
}

fn staged(
    top: &Path,
    facts: &Facts,
    machine: &Machine,
    takes: bool,
    world: &dyn World,
) -> Result<(), String> {
    directory(top, takes, world).map_err(|why| cannot_create(top, &why))?;
    for plain in &facts.sources.plain {
        if let Answer::Refused(reason) = world.allows(&plain.path, Access::Read) {
            return Err(format!("`{}` cannot be copied: {}", plain.path.display(), words(&reason)));
        }
    }
    let copied = facts.sources.plain.iter().map(|file| &file.relative);
    for relative in facts.files.iter().map(|file| &file.template.relative).chain(copied) {
        for below in parents(top, relative) {
            // A file in its place is removed.
            if is_directory(&below, world) {
                directory(&below, takes, world).map_err(|why| cannot_create(&below, &why))?;
            }
        }
        let path = top.join(relative);
        if is_directory(&path, world) {
            let is_mount = world.is_mount_point(&path) == Answer::Is(true);
            let is_closed = matches!(world.allows(&path, Access::MakeFiles), Answer::Refused(_));
            let is_full = world.list(&path).is().is_some_and(|names| !names.is_empty());
            if is_mount || (is_closed && is_full) {
                return Err(cannot_create(&path, "a directory is in its place"));
            }
        } else {
            name(&path, machine, world).map_err(|why| cannot_create(&path, &why))?;
        }
    }
    for path in facts.earlier.iter().flat_map(beside) {
        file(&path, machine, world).map_err(|why| cannot_create(&path, &why))?;
    }
    Ok(())
}

/// What is written beside the copy.
fn beside(earlier: &Earlier) -> Vec<PathBuf> {
    let asides = earlier.conflicts.iter().filter_map(|it| it.aside.clone());
    asides.chain(earlier.is_remembered().then(|| earlier.ledger.clone())).collect()
}

fn is_directory(path: &Path, world: &dyn World) -> bool {
    matches!(world.look(path), Answer::Is(look) if look.kind == FileKind::Directory)
}
