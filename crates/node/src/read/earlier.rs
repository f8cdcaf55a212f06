//! What the server itself wrote into the configuration of an earlier start: making that anew must not lose it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use server::{Generation, auto_configuration};
use template::{Environment, Format, Settings, Template};

use super::sources::Sources;
use crate::facts::{ConfigFile, Configuration, Conflict, Earlier, GivenFile, OwnCopy};
use crate::world::{Answer, FileKind, ServerUser, World};

/// No file that is read here has a reason to be larger, in bytes.
const LARGEST: u64 = 4 << 20;
/// What was copied for the server, with the fingerprint of what it got: in the runtime directory, where the server's user
/// does not write.
const LEDGER: &str = "given";
/// Where what is replaced in the copy is kept, in the runtime directory.
const REPLACED: &str = "replaced";
/// More than any directory here has.
const MOST_NAMES: usize = 1000;

/// What this process sees, and where that is closed to it, what the server's user does: what the server made may be for
/// nobody else, and root need not be able to pass over permissions.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) world: &'a dyn World,
    pub(super) user: Option<&'a ServerUser>,
}

impl Seen<'_> {
    pub(super) fn ask<T>(&self, question: impl Fn(&dyn World) -> Answer<T>) -> Answer<T> {
        let mut answer = question(self.world);
        if let (Answer::Refused(_), Some(user)) = (&answer, self.user) {
            self.world.ask_as(user, &mut || answer = question(self.world));
        }
        answer
    }

    /// The content of a file in a directory that the server may write to: what a link leads to is not the server's.
    fn own_file(&self, path: &Path) -> Option<Vec<u8>> {
        if !self.ask(|world| world.link(path)).is_absent() {
            return None;
        }
        self.ask(|world| world.read(path, LARGEST)).is()
    }

    /// The same as a text, whatever it holds.
    fn text(&self, path: &Path) -> Option<String> {
        self.own_file(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn has_block(&self, directory: &Path, generation: &Generation) -> bool {
        let earlier = self.text(&directory.join(generation.main_file));
        earlier.is_some_and(|text| auto_configuration::block(&text).is_some())
    }
}

/// What the launcher added to the main file of an earlier start.
#[derive(Default)]
pub(super) struct Carried {
    pub(super) settings: Settings,
    /// The file with a block that has no end.
    pub(super) torn: Option<PathBuf>,
}

/// Puts the block that the launcher appended to the main file of an earlier start at the end of the new one. Gives its
/// settings. `before` is where templates were rendered to, as long as no copy was needed; `new_master` is the name of a node
/// without data, which begins a cluster of its own.
pub(super) fn carry(
    main: &mut ConfigFile,
    generation: &Generation,
    configuration: &Configuration,
    before: Option<&Path>,
    new_master: Option<&str>,
    seen: Seen<'_>,
) -> Carried {
    let mut carried = Carried::default();
    let Some(directory) = configuration.directory().filter(|_| generation.configures_security) else {
        return carried;
    };
    // Its lines would win over those of the built-in template, and over the variables of today with them.
    if main.template.is_builtin() && auto_configuration::is_chosen(&main.inspected.settings) {
        return carried;
    }
    let has_block = |directory: &&Path| seen.has_block(directory, generation);
    let directory = [Some(directory), before].into_iter().flatten().find(has_block).unwrap_or(directory);
    let path = directory.join(&main.template.relative);
    let Some(bytes) = &mut main.inspected.rendered.bytes else { return carried };
    let new = String::from_utf8_lossy(bytes);
    if auto_configuration::block(&new).is_some() {
        return carried;
    }
    let Some(earlier) = seen.text(&path) else { return carried };
    let Some(range) = auto_configuration::block(&earlier) else {
        let is_torn = auto_configuration::begins(&earlier) && !auto_configuration::begins(&new);
        carried.torn = is_torn.then_some(path);
        return carried;
    };
    let (before, block) = (earlier.get(..range.start).unwrap_or(""), earlier.get(range).unwrap_or(""));
    let renamed = new_master.and_then(|name| auto_configuration::with_first_master(block, name));
    let block = renamed.as_deref().unwrap_or(block);
    if !bytes.is_empty() && !bytes.ends_with(b"\n") {
        bytes.push(b'\n');
    }
    // As the launcher leaves it, the block stands apart.
    bytes.extend_from_slice(if bytes.is_empty() { b"" } else { b"\n" });
    bytes.extend_from_slice(block.as_bytes());
    // Its settings have their places in the file where it stands.
    let lines = "\n".repeat(before.matches('\n').count());
    let (name, text) = (path.display().to_string(), lines + block);
    let template = Template { name: &name, bytes: text.as_bytes(), format: Format::Elasticsearch };
    let levels = diagnostics::Levels::default();
    carried.settings = template::inspect(&template, &Environment::default(), &levels).settings;
    carried
}

/// The copy of an earlier start, where there is one.
pub(super) struct EarlierCopy<'a> {
    generation: &'a Generation,
    runtime_dir: &'a Path,
    directory: PathBuf,
    /// What the ledger names, with the fingerprint where it is legible.
    given: BTreeMap<PathBuf, Option<u64>>,
    had_ledger: bool,
    seen: Seen<'a>,
}

impl<'a> EarlierCopy<'a> {
    pub(super) fn read(generation: &'a Generation, runtime_dir: &'a Path, seen: Seen<'a>) -> Self {
        let text = seen.text(&runtime_dir.join(LEDGER)).unwrap_or_default();
        let (given, had_ledger) = (given(&text), !text.is_empty());
        Self { generation, runtime_dir, directory: runtime_dir.join("config"), given, had_ledger, seen }
    }

    /// Whether the main file of the copy has the launcher's block.
    pub(super) fn has_block(&self) -> bool {
        self.generation.configures_security && self.seen.has_block(&self.directory, self.generation)
    }

    /// What the server made there and would not find in the configuration directory.
    pub(super) fn own(&self, config_dir: &Path) -> Option<OwnCopy> {
        let is_left = |relative: &Path| {
            let source = match self.seen.ask(|world| world.read(&config_dir.join(relative), LARGEST)) {
                Answer::Is(bytes) => Some(bytes),
                Answer::Absent => None,
                Answer::Refused(_) | Answer::Unknown => return false,
            };
            let before = self.recorded(relative);
            let copy = self.seen.own_file(&self.directory.join(relative));
            match compare(before, source.as_deref(), copy.as_deref()) {
                Taken::Users => false,
                // A file of the user's that the copy never got is there for its sake.
                Taken::Servers => before.is_some() || source.is_none(),
                Taken::Either => true,
            }
        };
        let names = self.generation.own_files.iter().copied();
        let names: Vec<&str> =
            names.filter(|name| self.files(Path::new(name)).any(|it| is_left(&it))).collect();
        let has_block = self.has_block() && !self.seen.has_block(config_dir, self.generation);
        let directory = self.directory.clone();
        (has_block || !names.is_empty()).then_some(OwnCopy { directory, names, has_block })
    }

    /// The fingerprint of what was copied there.
    fn recorded(&self, relative: &Path) -> Option<u64> {
        self.given.get(relative).copied().flatten()
    }

    /// The file of that name in the copy, or those of the directory.
    fn files(&self, name: &Path) -> impl Iterator<Item = PathBuf> {
        let path = self.directory.join(name);
        let look = self.seen.ask(|world| world.look(&path));
        let is_directory = matches!(look, Answer::Is(look) if look.kind == FileKind::Directory)
            && self.seen.ask(|world| world.link(&path)).is_absent();
        let names = if is_directory {
            self.seen.ask(|world| world.list(&path)).is().unwrap_or_default()
        } else {
            Vec::new()
        };
        let single = (!is_directory).then(|| name.to_owned());
        let name = name.to_owned();
        single.into_iter().chain(names.into_iter().take(MOST_NAMES).map(move |file| name.join(file)))
    }

    /// What of the server's own stays in the copy, and what the copy gets of the user's.
    pub(super) fn earlier(
        &self,
        sources: &Sources,
        files: &[ConfigFile],
        config_dir: Option<&Path>,
    ) -> Earlier {
        let mut earlier = Earlier {
            own: self.generation.own_files.iter().map(PathBuf::from).collect(),
            changed: Vec::new(),
            removed: Vec::new(),
            conflicts: Vec::new(),
            ledger: self.runtime_dir.join(LEDGER),
            had_ledger: self.had_ledger,
            given: Vec::new(),
        };
        let is_own = |relative: &Path| is_own(self.generation, relative);
        for file in sources.plain.iter().filter(|file| is_own(&file.relative)) {
            let Answer::Is(given) = self.seen.world.read(&file.path, LARGEST) else { continue };
            self.add(&mut earlier, &file.relative, &file.path, Some(&given));
        }
        let plain = sources.plain.iter().map(|file| file.relative.as_path());
        let mut planned = BTreeSet::new();
        planned.extend(plain.chain(files.iter().map(|file| file.template.relative.as_path())));
        for relative in self.given.keys() {
            let Some(source) = config_dir.map(|directory| directory.join(relative)) else { continue };
            if !planned.contains(relative.as_path())
                && is_own(relative)
                && self.seen.world.look(&source).is_absent()
            {
                self.add(&mut earlier, relative, &source, None);
            }
        }
        earlier
    }

    /// One file of which both may have one.
    fn add(&self, earlier: &mut Earlier, relative: &Path, source: &Path, given: Option<&[u8]>) {
        let before = self.recorded(relative);
        let copy = self.seen.own_file(&self.directory.join(relative));
        let taken = compare(before, given, copy.as_deref());
        // The server does not start without the passwords that it keeps there.
        let stays = self.generation.keystore.is_some_and(|keystore| relative == Path::new(keystore));
        let mut fingerprint = given.map(fingerprint);
        match taken {
            Taken::Servers => {
                earlier.changed.push(relative.to_owned());
                fingerprint = fingerprint.filter(|_| before.is_some());
            }
            Taken::Either if stays => {
                earlier.changed.push(relative.to_owned());
                // Said once where there is none of the user's any more.
                fingerprint = before.filter(|_| given.is_some());
            }
            Taken::Users | Taken::Either if given.is_none() => earlier.removed.push(relative.to_owned()),
            Taken::Users | Taken::Either => {}
        }
        if taken == Taken::Either {
            earlier.conflicts.push(Conflict {
                source: source.to_owned(),
                is_removed: given.is_none(),
                copy: self.directory.join(relative),
                bytes: copy.unwrap_or_default(),
                aside: (!stays).then(|| self.runtime_dir.join(REPLACED).join(relative)),
            });
        }
        earlier
            .given
            .extend(fingerprint.map(|fingerprint| GivenFile { relative: relative.to_owned(), fingerprint }));
    }
}

/// Whether the server may write that file. What the ledger cannot name is copied each time.
fn is_own(generation: &Generation, relative: &Path) -> bool {
    let is_line = relative.to_str().is_some_and(|name| !name.contains('\n'));
    is_line && generation.may_write(relative)
}

/// Whose file it is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Users,
    Servers,
    /// Both changed it since.
    Either,
}

/// What the copy got, what the user has now, and what stands in the copy.
fn compare(before: Option<u64>, source: Option<&[u8]>, copy: Option<&[u8]>) -> Taken {
    let Some(copy) = copy else { return Taken::Users };
    if source == Some(copy) {
        return Taken::Users;
    }
    // A file that we never brought is the server's own.
    let Some(before) = before else { return Taken::Servers };
    match (source.map(fingerprint) != Some(before), fingerprint(copy) != before) {
        (_, false) => Taken::Users,
        (false, true) => Taken::Servers,
        (true, true) => Taken::Either,
    }
}

impl Earlier {
    /// Whether a ledger is written.
    pub(crate) fn is_remembered(&self) -> bool {
        self.had_ledger || !self.given.is_empty()
    }

    /// The text of the ledger.
    pub fn text(&self) -> String {
        self.given.iter().fold(String::new(), |mut text, file| {
            let _ = writeln!(text, "{:016x} {}", file.fingerprint, file.relative.display());
            text
        })
    }
}

/// What a ledger says.
fn given(ledger: &str) -> BTreeMap<PathBuf, Option<u64>> {
    let mut given = BTreeMap::new();
    let lines = ledger.lines().filter_map(|line| line.split_once(' '));
    given.extend(lines.map(|(text, name)| (PathBuf::from(name), u64::from_str_radix(text, 16).ok())));
    given
}

/// FNV-1a: it only distinguishes what was given from what was changed.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_says_what_was_given() {
        let files = [("users", 7), ("roles.yml", u64::MAX)]
            .map(|(name, fingerprint)| GivenFile { relative: name.into(), fingerprint });
        let earlier = Earlier { given: files.to_vec(), ..Earlier::default() };
        let text = earlier.text();
        assert_eq!(text, "0000000000000007 users\nffffffffffffffff roles.yml\n");
        let recorded = |text: &str, name: &Path| given(text).get(name).copied().flatten();
        for file in files {
            assert_eq!(recorded(&text, &file.relative), Some(file.fingerprint));
        }
        for text in ["", "7", "x users\n", "0000000000000007 users2\n"] {
            assert_eq!(recorded(text, Path::new("users")), None, "{text}");
        }
        assert_ne!(fingerprint(b"a"), fingerprint(b"b"));
    }

    #[test]
    fn whose_file_it_is() {
        use Taken::{Either, Servers, Users};
        let (old, new, other) = (&b"old"[..], &b"new"[..], &b"other"[..]);
        let before = Some(fingerprint(old));
        for (before, source, copy, expected) in [
            (None, Some(new), None, Users),
            (before, Some(old), None, Users),
            (None, Some(new), Some(new), Users),
            (before, Some(new), Some(new), Users),
            (before, Some(old), Some(old), Users),
            (before, Some(new), Some(old), Users),
            (before, None, Some(old), Users),
            (None, Some(new), Some(other), Servers),
            (None, None, Some(other), Servers),
            (before, Some(old), Some(other), Servers),
            (before, Some(new), Some(other), Either),
            (before, None, Some(other), Either),
        ] {
            assert_eq!(compare(before, source, copy), expected, "{before:?} {source:?} {copy:?}");
        }
    }
}
