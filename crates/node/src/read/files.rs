//! Which of the files that the server opens itself are closed to its user.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use server::access::Closed;
use server::bootstrap::facts::Owner;
use server::files::{self, ClosedFile, FileFacts, MissingInterpreter, NoProgram, Use};
use server::generation;
use server::generation::{JvmOptions, Logging, PluginNames};
use server::launch::scripts;

use super::eyes::Eyes;
use super::making;
use super::reads::JVM_OPTIONS;
use crate::facts::{Configuration, Facts};
use crate::world::{Access, Answer, FileKind, Machine};

/// More than any directory here has.
const MOST_NAMES: usize = 1000;
/// A `java` is a small program that loads a large library; a script is smaller.
const LARGEST_PROGRAM: u64 = 1 << 20;
/// No file of users or roles is larger, in bytes.
const LARGEST_OF_SECURITY: u64 = 4 << 20;
/// The mode of the directories that we make for the configuration.
const OWN_DIRECTORY: u32 = 0o750;

/// Everything that is closed, each obstacle once. `can_give` says that what we make will belong to the server's user.
pub(super) fn facts(
    facts: &Facts,
    machine: &Machine,
    java: Option<&Path>,
    can_give: bool,
    eyes: &Eyes<'_>,
) -> FileFacts {
    let Some(installation) = &facts.installation else { return FileFacts::default() };
    let own = Owner { uid: machine.user.effective_uid, gid: machine.host.gid, mode: 0 };
    let refused = &facts.sources.refused;
    let mut found = Found { eyes, own, can_give, refused, files: FileFacts::default() };
    match &facts.configuration {
        Configuration::Staged(directory) => {
            found.way_to(directory);
            if !can_give && found.files.closed.is_empty() {
                staged(directory, facts, &mut found);
            }
        }
        Configuration::AsItIs | Configuration::InPlace(_) => configuration(facts, &mut found),
    }
    // Its classes.
    found.look(&installation.home.join("lib"), Use::List, Access::List);
    plugins(facts, &installation.home, &mut found);
    if let Some(java) = java {
        found.program(java);
    }
    // One that is known word for word is not executed.
    if scripts::recognize(&installation.launch).is_none() {
        found.program(&installation.home.join(generation(facts.version).script));
        options_of_script(facts, &mut found);
    }
    found.files
}

struct Found<'a> {
    eyes: &'a Eyes<'a>,
    /// The owner of what we make.
    own: Owner,
    /// It will belong to the server's user.
    can_give: bool,
    /// What is closed to us, too, and was reported when the configuration was read.
    refused: &'a BTreeSet<PathBuf>,
    files: FileFacts,
}

impl Found<'_> {
    fn look(&mut self, path: &Path, used: Use, access: Access) {
        if let Some(closed) = self.eyes.closed(path, access) {
            self.add(path, used, closed, false);
        }
    }

    /// What is above a directory that we make for the server, as far as it is there. Where the server has our user, that
    /// nothing can be made there is said already.
    fn way_to(&mut self, directory: &Path) {
        let world = self.eyes.world;
        let mut above = directory.ancestors().skip(1);
        let nearest = above.find(|path| !world.look(path).is_absent());
        let closed =
            nearest.filter(|_| self.own.uid == 0).and_then(|it| self.eyes.closed(it, Access::Search));
        if let Some(closed) = closed {
            self.add(directory, Use::List, closed, false);
        }
    }

    /// A program, and the one that the kernel starts it with.
    fn program(&mut self, path: &Path) {
        let world = self.eyes.world;
        let no_program = match (world.look(path), world.link(path)) {
            (Answer::Absent, Answer::Is(target)) => Some(NoProgram::Link(target)),
            (Answer::Is(look), _) if look.kind == FileKind::Directory => Some(NoProgram::Directory),
            (Answer::Is(look), _) if look.kind == FileKind::Regular && look.size == 0 => {
                Some(NoProgram::Empty)
            }
            _ => None,
        };
        if let Some(why) = no_program {
            self.files.no_programs.push((path.to_owned(), why));
            return;
        }
        self.look(path, Use::Execute, Access::Execute);
        let Some(content) = world.read(path, LARGEST_PROGRAM).is() else { return };
        let Some(interpreter) = files::interpreter(&content) else { return };
        let look = self.eyes.world.look(&interpreter);
        let is_directory = matches!(&look, Answer::Is(look) if look.kind == FileKind::Directory);
        if look.is_absent() || is_directory {
            self.files.missing.push(MissingInterpreter {
                program: path.to_owned(),
                interpreter,
                is_directory,
            });
        } else {
            self.look(&interpreter, Use::Execute, Access::Execute);
        }
    }

    fn add(&mut self, path: &Path, used: Use, closed: Closed, is_ours: bool) {
        let is_known = self.refused.contains(path) || self.refused.contains(closed.path());
        if !is_known && !self.files.closed.iter().any(|file| file.closed == closed) {
            self.files.closed.push(ClosedFile { path: path.to_owned(), used, closed, is_ours });
        }
    }

    /// What we will make and cannot give away.
    fn ours(&mut self, path: &Path, used: Use, access: Access, owner: Owner) {
        let server = self.eyes.user;
        let class = if server.groups.contains(&owner.gid) { owner.mode >> 3 } else { owner.mode };
        if owner.uid != server.uid && class & access.bits() != access.bits() {
            self.add(path, used, Closed::Mode { path: path.to_owned(), owner }, true);
        }
    }
}

/// A staged configuration that stays ours.
fn staged(directory: &Path, facts: &Facts, found: &mut Found<'_>) {
    let own = |mode: u32| Owner { mode, ..found.own };
    let top = match found.eyes.world.look(directory) {
        Answer::Is(look) => Owner { uid: look.uid, gid: look.gid, mode: look.mode },
        Answer::Absent => own(OWN_DIRECTORY),
        Answer::Refused(_) | Answer::Unknown => return,
    };
    let main = generation(facts.version).main_file;
    let files = facts.files.iter().filter(|file| file.template.relative == Path::new(main));
    let files: Vec<Owner> = files.map(|file| own(file.mode())).collect();
    found.ours(directory, Use::List, Access::List, top);
    if found.files.closed.is_empty() {
        for file in files {
            found.ours(&directory.join(main), Use::Read, Access::Read, file);
        }
    }
}

/// The configuration where it is.
fn configuration(facts: &Facts, found: &mut Found<'_>) {
    let (Some(version), Some(directory)) = (facts.known_version(), facts.effective_config_dir()) else {
        return;
    };
    let generation = generation(version);
    found.look(directory, Use::List, Access::List);
    let main = directory.join(generation.main_file);
    if !becomes_ours(&main, facts, found) {
        found.look(&main, Use::Read, Access::Read);
    }
    let used = if generation.logging == Logging::Yaml { Use::ReadForLogs } else { Use::Read };
    found.look(&directory.join(generation.logging.file()), used, Access::Read);
    if let Some(keystore) = generation.keystore {
        found.look(&directory.join(keystore), Use::Read, Access::Read);
    }
    security(directory, facts, found);
    // Up to 5.x we read the options ourselves, or a script that goes on without them.
    if matches!(generation.jvm_options, JvmOptions::File | JvmOptions::FileAndDirectory) {
        found.look(&directory.join(JVM_OPTIONS), Use::Read, Access::Read);
    }
    // The server walks through all directories below it in search of the file for its logs.
    for name in directories(directory, found) {
        let below = directory.join(name);
        found.look(&below, Use::List, Access::List);
        if generation.jvm_options == JvmOptions::FileAndDirectory && below.ends_with("jvm.options.d") {
            let names = found.eyes.world.list(&below).is().unwrap_or_default();
            for name in names.iter().take(MOST_NAMES) {
                if name.to_str().is_some_and(|name| name.ends_with(".options") && !name.starts_with('.')) {
                    found.look(&below.join(name), Use::Read, Access::Read);
                }
            }
        }
    }
}

/// The files of the security, where it is on.
fn security(directory: &Path, facts: &Facts, found: &mut Found<'_>) {
    let settings = &facts.settings;
    let is_on = match settings.get("xpack.security.enabled") {
        Some(setting) => setting.text() == Some("true"),
        None => true,
    };
    let is_off = |setting: &template::Setting| {
        setting.key.starts_with("xpack.security.authc.realms.file.")
            && setting.key.ends_with(".enabled")
            && setting.text() != Some("true")
    };
    let has_users = !settings.entries.iter().any(is_off);
    for (name, used) in generation(facts.version).security_files().iter().filter(|_| is_on) {
        let path = directory.join(name);
        let holds_something = || {
            let text = found.eyes.world.read(&path, LARGEST_OF_SECURITY).is().unwrap_or_default();
            let is_content = |line: &[u8]| !matches!(line.trim_ascii().first(), None | Some(b'#'));
            text.split(|byte| *byte == b'\n').any(is_content)
        };
        if *used == Use::Read || (holds_something() && (has_users || !name.starts_with("users"))) {
            found.look(&path, *used, Access::Read);
        }
    }
}

/// What the script of 5.x reads as the server's user: what is closed to that is passed over.
fn options_of_script(facts: &Facts, found: &mut Found<'_>) {
    let is_5 = facts.known_version().is_some_and(|it| generation(it).jvm_options == JvmOptions::Lines);
    let file = facts.installation.as_ref().and_then(|it| it.launch.jvm_options.as_ref());
    if let Some((path, _)) = file.filter(|_| is_5)
        && !matches!(&facts.configuration, Configuration::Staged(directory) if path.starts_with(directory))
    {
        found.look(path, Use::ReadForOptions, Access::Read);
    }
}

/// Whether a rendered file replaces that one and belongs to us then, who may not give it away.
fn becomes_ours(path: &Path, facts: &Facts, found: &mut Found<'_>) -> bool {
    let Configuration::InPlace(directory) = &facts.configuration else { return false };
    let world = found.eyes.world;
    let is_it = |relative: &Path| directory.join(relative) == path;
    let Some(file) = facts.files.iter().find(|file| is_it(&file.template.relative)) else { return false };
    let Some(bytes) = file.inspected.rendered.bytes.as_deref() else { return false };
    if found.can_give || !making::is_written(path, Some(bytes), world) {
        return false;
    }
    if world.real(path).is().is_some_and(|real| world.is_mount_point(&real) != Answer::Is(false)) {
        return false;
    }
    let mode = world.look(path).is().map_or_else(|| file.mode(), |look| look.mode);
    found.ours(path, Use::Read, Access::Read, Owner { mode, ..found.own });
    true
}

/// The names of the directories in a directory, sorted.
fn directories(directory: &Path, found: &Found<'_>) -> Vec<std::ffi::OsString> {
    let world = found.eyes.world;
    let mut names = world.list(directory).is().unwrap_or_default();
    names.truncate(MOST_NAMES);
    names.retain(|name| {
        let path = directory.join(name);
        matches!(world.look(&path), Answer::Is(look) if look.kind == FileKind::Directory)
            // It does not follow links.
            && !world.link(&path).is_there()
    });
    diagnostics::order::sort(&mut names);
    names
}

fn plugins(facts: &Facts, home: &Path, found: &mut Found<'_>) {
    let Some(version) = facts.known_version() else { return };
    // 1.x passes over what it cannot read.
    if generation(version).plugin_names == PluginNames::Repository {
        return;
    }
    let passes_hidden = generation(version).plugin_names == PluginNames::Cloud;
    let plugins =
        home.join(facts.settings.text("path.plugins").filter(|it| !it.is_empty()).unwrap_or("plugins"));
    found.look(&plugins, Use::List, Access::List);
    for name in directories(&plugins, found) {
        let plugin = plugins.join(&name);
        // Up to 2.x hidden ones are passed over; tried.
        if passes_hidden && name.to_string_lossy().starts_with('.') {
            continue;
        }
        found.look(&plugin, Use::List, Access::List);
        found.look(&plugin.join("plugin-descriptor.properties"), Use::Read, Access::Read);
    }
}
