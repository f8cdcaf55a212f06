//! Whether the configuration that a start writes can be written, step by step as it does it.

use std::path::Path;

use super::making::{cannot_create, directory, file, parents, words};
use crate::facts::{Configuration, Facts};
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
        Configuration::InPlace(directory) => in_place(directory, facts, world),
        Configuration::Staged(directory) => staged(directory, facts, can_give, world),
    };
    let limited = || {
        let limit = machine.host.file_size?.soft?;
        let (path, size) = writes(facts, world).into_iter().find(|(_, size)| *size > limit)?;
        Some(format!("writing `{path}` would fail: it has {size} bytes, files are limited to {limit}"))
    };
    tried.err().or_else(limited).or_else(|| no_space(facts, world))
}

fn in_place(top: &Path, facts: &Facts, world: &dyn World) -> Result<(), String> {
    for it in &facts.files {
        let relative = &it.template.relative;
        let path = top.join(relative);
        if is_written(&path, it.inspected.rendered.bytes.as_deref(), world) {
            for below in parents(top, relative) {
                directory(&below, false, world).map_err(|why| cannot_create(&below, &why))?;
            }
            file(&path, world).map_err(|why| cannot_create(&path, &why))?;
        }
    }
    Ok(())
}

/// What has the content already is left alone.
pub(super) fn is_written(path: &Path, bytes: Option<&[u8]>, world: &dyn World) -> bool {
    let Some(bytes) = bytes else { return false };
    let old = world.read(path, bytes.len() as u64).is();
    old.is_none_or(|old| old != bytes)
}

fn staged(top: &Path, facts: &Facts, takes: bool, world: &dyn World) -> Result<(), String> {
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
        }
    }
    Ok(())
}

fn is_directory(path: &Path, world: &dyn World) -> bool {
    matches!(world.look(path), Answer::Is(look) if look.kind == FileKind::Directory)
}

/// Every file that is written, with its size in bytes, in the order of the writing.
fn writes(facts: &Facts, world: &dyn World) -> Vec<(String, u64)> {
    let Some(top) = facts.configuration.directory() else { return Vec::new() };
    let copies =
        facts.sources.plain.iter().filter(|_| matches!(facts.configuration, Configuration::Staged(_)));
    let copies = copies.filter_map(|it| {
        let size = world.look(&it.path).is()?.size;
        Some((top.join(&it.relative).display().to_string(), size))
    });
    let rendered = facts.files.iter().filter_map(|it| {
        let path = top.join(&it.template.relative);
        let bytes =
            it.inspected.rendered.bytes.as_deref().filter(|bytes| is_written(&path, Some(bytes), world))?;
        Some((path.display().to_string(), bytes.len() as u64))
    });
    copies.chain(rendered).collect()
}

/// Whether the file system is too small, for certain: each file is there twice until it takes its name.
fn no_space(facts: &Facts, world: &dyn World) -> Option<String> {
    let top = facts.configuration.directory()?;
    let nearest = top.ancestors().find(|path| is_directory(path, world))?;
    let space = world.space(nearest).is()?;
    let size = |path: &Path| world.look(path).is().map(|look| look.size);
    let whole = |bytes: u64| bytes.div_ceil(space.block.max(1)) * space.block.max(1);
    // Mostly there is room for everything, and nobody has to look at what is there already.
    let is_in_place = matches!(facts.configuration, Configuration::InPlace(_));
    let rendered = facts.files.iter().filter_map(|it| it.inspected.rendered.bytes.as_ref());
    let (count, most) =
        rendered.fold((0_u64, 0_u64), |(count, sum), bytes| (count + 1, sum + whole(bytes.len() as u64)));
    let has_room = |free: Option<u64>, needed: u64| free.is_none_or(|free| free >= needed);
    let deepest = 1 + top.iter().count() as u64 + count;
    if is_in_place && has_room(space.bytes, most) && has_room(space.files, count + deepest) {
        return None;
    }
    // What an earlier start left is removed first, and its place is free then.
    let is_new = nearest != top;
    let mut files: u64 = top.strip_prefix(nearest).map_or(0, |below| below.iter().count() as u64);
    let (mut used, mut peak, mut most_files) = (0_u64, 0_u64, files);
    for (path, bytes) in writes(facts, world) {
        peak = peak.max(used + whole(bytes));
        most_files = most_files.max(files + 1);
        let old = size(Path::new(&path));
        files += u64::from(old.is_none());
        used = (used + whole(bytes)).saturating_sub(old.map_or(0, whole));
    }
    let lacks_bytes = space.bytes.is_some_and(|free| free < peak);
    let lacks_files = space.files.is_some_and(|free| free < most_files);
    let is_certain = is_new || !has_more(top, facts, world);
    let shown = nearest.display();
    match (lacks_bytes && is_certain, lacks_files && is_certain) {
        (true, _) => Some(format!(
            "`{shown}` has {} bytes left, the configuration takes {peak}",
            space.bytes.unwrap_or_default()
        )),
        (_, true) => Some(format!(
            "`{shown}` has room for {} more files, the configuration takes {most_files}",
            space.files.unwrap_or_default()
        )),
        (false, false) => None,
    }
}

/// Whether a staged copy holds something that this start removes.
fn has_more(top: &Path, facts: &Facts, world: &dyn World) -> bool {
    if !matches!(facts.configuration, Configuration::Staged(_)) {
        return false;
    }
    let names = world.list(top).is().unwrap_or_default();
    let copied = facts.sources.plain.iter().map(|file| &file.relative);
    let known: Vec<&Path> = facts
        .files
        .iter()
        .map(|file| &file.template.relative)
        .chain(copied)
        .filter_map(|relative| relative.iter().next())
        .map(Path::new)
        .collect();
    names.iter().any(|name| !known.contains(&Path::new(name)))
}
