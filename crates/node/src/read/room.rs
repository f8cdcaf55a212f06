//! Whether everything that a start writes has room, step by step as it writes it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::making::{is_written, parents};
use crate::facts::{Configuration, Facts, Left};
use crate::world::{Access, Answer, FileKind, Machine, World};

/// Where that much is left beside all that is written, nobody has to look at what is there already.
const PLENTY: u64 = 8 << 20;
/// More files than any configuration has.
const MOST_FILES: usize = 10_000;
/// A longer name of a symbolic link takes a block.
const SHORT_LINK: usize = 60;

/// A file that is written, with its size in bytes.
pub(super) struct Written {
    pub(super) path: PathBuf,
    pub(super) size: u64,
}

/// Every file that is written for the configuration, in the order of the writing.
pub(super) fn writes(facts: &Facts, world: &dyn World) -> Vec<Written> {
    let Some(top) = facts.configuration.directory() else { return Vec::new() };
    let is_staged = matches!(facts.configuration, Configuration::Staged(_));
    let written = |path: PathBuf, bytes: &[u8]| {
        let size = bytes.len() as u64;
        is_written(&path, Some(bytes), world).then_some(Written { path, size })
    };
    let earlier = facts.earlier.iter();
    let asides = earlier.flat_map(|it| &it.conflicts).filter_map(|it| written(it.aside.clone()?, &it.bytes));
    let changed: BTreeSet<&PathBuf> = facts.earlier.iter().flat_map(|it| &it.changed).collect();
    let copies = facts.sources.plain.iter().filter(|it| is_staged && !changed.contains(&it.relative));
    let copies = copies.filter_map(|it| {
        let size = world.look(&it.path).is()?.size;
        Some(Written { path: top.join(&it.relative), size })
    });
    let rendered = facts
        .files
        .iter()
        .filter_map(|it| written(top.join(&it.template.relative), it.inspected.rendered.bytes.as_deref()?));
    let ledger = facts.earlier.iter().filter(|it| it.is_remembered());
    let ledger = ledger.filter_map(|it| written(it.ledger.clone(), it.text().as_bytes()));
    asides.chain(copies).chain(rendered).chain(ledger).collect()
}

/// A file system on which something is written. What is counted is relative to what is free now.
struct Volume {
    device: u64,
    /// A directory on it, or a file that is a mount.
    at: PathBuf,
    block: u64,
    free: Option<u64>,
    free_files: Option<u64>,
    used: i64,
    peak: i64,
    files: i64,
    most_files: i64,
}

impl Volume {
    fn blocks(&self, bytes: u64) -> i64 {
        i64::try_from(bytes.div_ceil(self.block).saturating_mul(self.block)).unwrap_or(i64::MAX / 4)
    }

    /// Room for that many files and bytes.
    fn take(&mut self, files: i64, bytes: u64) {
        self.files += files;
        self.used += self.blocks(bytes);
        self.peak = self.peak.max(self.used);
        self.most_files = self.most_files.max(self.files);
    }

    /// What is removed gives back at most that.
    fn give_back(&mut self, bytes: u64) {
        self.files -= 1;
        self.used -= self.blocks(bytes);
    }

    fn problem(&self) -> Option<String> {
        let (shown, peak, most_files) = (self.at.display(), self.peak, self.most_files);
        let lacks = |free: Option<u64>, needed: i64| {
            free.filter(|free| i64::try_from(*free).is_ok_and(|free| free < needed))
        };
        let bytes = lacks(self.free, peak)
            .map(|free| format!("`{shown}` has {free} bytes left, the configuration takes {peak}"));
        bytes.or_else(|| {
            let free = lacks(self.free_files, most_files)?;
            Some(format!("`{shown}` has room for {free} more files, the configuration takes {most_files}"))
        })
    }
}

/// The file systems that a start writes to, and what becomes of the room there.
pub(super) struct Room<'a> {
    world: &'a dyn World,
    /// What is kept for root is for this process.
    is_root: bool,
    volumes: Vec<Volume>,
    made: BTreeSet<PathBuf>,
}

impl<'a> Room<'a> {
    /// Plays the writing of the configuration through. Every file is there twice until it takes its name.
    pub(super) fn of(facts: &Facts, machine: &Machine, world: &'a dyn World) -> Self {
        let is_root = machine.user.effective_uid == 0;
        let mut room = Self { world, is_root, volumes: Vec::new(), made: BTreeSet::new() };
        let writes = writes(facts, world);
        let Some(top) = facts.configuration.directory() else { return room };
        room.plays(top, facts, &writes);
        room
    }

    fn plays(&mut self, top: &Path, facts: &Facts, writes: &[Written]) {
        let Some(volume) = self.volume(top) else { return };
        let volume = &self.volumes[volume];
        let blocks = writes.iter().fold(0, |sum, it| volume.blocks(it.size).saturating_add(sum));
        let has_plenty = |free: Option<u64>, needed: u64| free.is_none_or(|free| free >= needed + PLENTY);
        let has_plenty = has_plenty(volume.free, blocks.unsigned_abs())
            && has_plenty(volume.free_files, writes.len() as u64);
        self.directory(top);
        // What an earlier start left is removed first, and its place is free then.
        if let Configuration::Staged(_) = facts.configuration
            && !has_plenty
            && !self.remove_unknown(top, facts)
        {
            // Nobody can say what becomes free.
            self.volumes.clear();
            return;
        }
        for file in writes {
            if let Ok(relative) = file.path.strip_prefix(top) {
                for below in parents(top, relative) {
                    self.directory(&below);
                }
            } else if let Some(parent) = file.path.parent() {
                self.directory(parent);
            }
            self.file(file);
        }
    }

    /// The number of the file system that the path is on, or will be; nothing where that is not known.
    fn volume(&mut self, path: &Path) -> Option<usize> {
        let there = path.ancestors().find(|path| is_directory(path, self.world))?;
        self.volume_of(there)
    }

    fn volume_of(&mut self, there: &Path) -> Option<usize> {
        let device = self.world.look(there).is()?.identity.0;
        if let Some(found) = self.volumes.iter().position(|volume| volume.device == device) {
            return Some(found);
        }
        let space = self.world.space(there).is()?;
        self.volumes.push(Volume {
            device,
            at: there.to_owned(),
            block: space.block.max(1),
            free: if self.is_root { space.bytes } else { space.available },
            free_files: space.files,
            used: 0,
            peak: 0,
            files: 0,
            most_files: 0,
        });
        Some(self.volumes.len() - 1)
    }

    /// Makes a directory with all that is missing above it.
    fn directory(&mut self, path: &Path) {
        let missing: Vec<&Path> = path
            .ancestors()
            .take_while(|it| !is_directory(it, self.world) && !self.made.contains(*it))
            .collect();
        for path in missing {
            if let Some(volume) = self.volume(path) {
                // How much one takes, each file system decides.
                self.volumes[volume].take(1, 0);
            }
            self.made.insert(path.to_owned());
        }
    }

    fn file(&mut self, file: &Written) {
        let path = self.world.real(&file.path).is().unwrap_or_else(|| file.path.clone());
        let old = self.world.look(&path).is().filter(|it| it.kind == FileKind::Regular).map(|it| it.size);
        let Some(volume) = self.volume(path.parent().unwrap_or(Path::new("/"))) else { return };
        let volume = &mut self.volumes[volume];
        let is_mount = old.is_some() && self.world.is_mount_point(&path) == Answer::Is(true);
        if !is_mount {
            volume.take(1, file.size);
            if let Some(old) = old {
                volume.give_back(old);
            }
            return;
        }
        // The mount is rewritten where it is. Where its directory is open, that is seen only after the writing beside it.
        let directory = path.parent().unwrap_or(Path::new("/"));
        if !matches!(self.world.allows(directory, Access::MakeFiles), Answer::Refused(_)) {
            volume.take(1, file.size);
            volume.give_back(file.size);
        }
        if let Some(volume) = self.volume_of(&path) {
            let volume = &mut self.volumes[volume];
            volume.used -= volume.blocks(old.unwrap_or_default());
            volume.take(0, file.size);
        }
    }

    /// What a staged copy has and this start does not keep; whether all of it could be seen.
    fn remove_unknown(&mut self, top: &Path, facts: &Facts) -> bool {
        let copied = facts.sources.plain.iter().map(|file| &file.relative);
        let files: BTreeSet<&Path> = facts
            .files
            .iter()
            .map(|file| &file.template.relative)
            .chain(copied)
            .map(PathBuf::as_path)
            .collect();
        let directories: BTreeSet<&Path> = files.iter().flat_map(|file| file.ancestors().skip(1)).collect();
        let is_kept = |path: &Path| {
            facts.earlier.as_ref().is_some_and(|it| {
                !it.removed.iter().any(|removed| removed == path)
                    && it.own.iter().any(|own| path.starts_with(own))
            })
        };
        let mut waiting = vec![(PathBuf::new(), false)];
        let mut seen = 0;
        while let Some((below, is_removed)) = waiting.pop() {
            let names = match self.world.list(&top.join(&below)) {
                Answer::Is(names) => names,
                Answer::Absent => continue,
                Answer::Refused(_) | Answer::Unknown => return false,
            };
            seen += names.len();
            if seen > MOST_FILES {
                return false;
            }
            for name in names {
                let relative = below.join(name);
                let path = top.join(&relative);
                let (goes, size) = match (self.world.link(&path), self.world.look(&path)) {
                    (Answer::Is(target), _) if target.as_os_str().len() < SHORT_LINK => (true, 0),
                    (Answer::Is(_), _) => (true, 1),
                    (_, Answer::Is(look)) if look.kind == FileKind::Directory => {
                        let stays =
                            !is_removed && (is_kept(&relative) || directories.contains(relative.as_path()));
                        waiting.push((relative, !stays));
                        (!stays, look.size)
                    }
                    (_, Answer::Is(look)) => {
                        let is_known = is_kept(&relative) || files.contains(relative.as_path());
                        (is_removed || look.kind != FileKind::Regular || !is_known, look.size)
                    }
                    (_, Answer::Absent) => (false, 0),
                    (_, Answer::Refused(_) | Answer::Unknown) => return false,
                };
                if goes && let Some(volume) = self.volume(top) {
                    self.volumes[volume].give_back(size);
                }
            }
        }
        true
    }

    /// The first file system that is too small, for certain, as a sentence.
    pub(super) fn problem(&self) -> Option<String> {
        self.volumes.iter().find_map(Volume::problem)
    }

    /// What is left for a file in that directory, when all this is written.
    pub(super) fn left(&mut self, directory: &Path) -> Option<Left> {
        let volume = self.volume(directory)?;
        let volume = &self.volumes[volume];
        let less = |free: Option<u64>, used: i64| free.map(|free| free.saturating_add_signed(-used));
        Some(Left {
            block: volume.block,
            bytes: less(volume.free, volume.used),
            files: less(volume.free_files, volume.files),
        })
    }
}

fn is_directory(path: &Path, world: &dyn World) -> bool {
    matches!(world.look(path), Answer::Is(look) if look.kind == FileKind::Directory)
}
