//! The keystore: which entries variables ask for, and what stands there already.

use std::ffi::OsString;
use std::path::Path;

use keystore::{Container, Keystore};
use server::launch::scripts::{self, Script};
use server::launch::{LaunchFiles, LaunchMode};
use server::secure_settings::{BOOTSTRAP_PASSWORD, ELASTIC_PASSWORD, KEYSTORE_PASSWORD, SECURITY_TOOL};
use server::{Generation, Version, generation, secure_settings};
use template::{Environment, Settings};

use super::earlier::Seen;
use super::sources::Sources;
use crate::facts::{Configuration, Earlier};
use crate::keystore::{Entry, Found, KeystoreFacts, missing};
use crate::request::{Depth, Request};
use crate::world::{Access, Answer, FileKind};

/// No keystore has a reason to be larger, in bytes.
const LARGEST: u64 = 4 << 20;

/// What variables ask for.
pub(super) struct Wanted<'a> {
    generation: &'static Generation,
    name: &'static str,
    entries: Vec<Entry>,
    password: Option<String>,
    /// The server gets it from us, opened.
    is_handed_on: bool,
    has_no_input: bool,
    seen: Seen<'a>,
}

impl<'a> Wanted<'a> {
    /// Nothing where this start has nothing to do with a keystore, or nobody knows how to read it.
    pub(super) fn read(
        request: &Request,
        version: Version,
        environment: &Environment,
        settings: &Settings,
        (home, launch): (Option<&Path>, Option<&LaunchFiles>),
        seen: Seen<'a>,
    ) -> Option<Self> {
        let generation = generation(version);
        let name = generation
            .keystore
            .filter(|_| request.is_about_a_start() && generation.keystore_formats.0 > 0)?;
        let has_security = || {
            let tool = home.map(|home| home.join(SECURITY_TOOL));
            secure_settings::has_security(settings)
                && tool.is_some_and(|tool| matches!(seen.world.look(&tool), Answer::Is(_)))
        };
        let mut entries = Vec::new();
        for variable in secure_settings::variables(version, environment) {
            let Some(value) = environment.text(&variable).filter(|value| !value.is_empty()) else { continue };
            let key = match variable.as_str() {
                KEYSTORE_PASSWORD => continue,
                ELASTIC_PASSWORD if has_security() => Some(BOOTSTRAP_PASSWORD.to_owned()),
                _ => secure_settings::entry_of(&variable),
            };
            let Some(key) = key else { continue };
            let replaces = variable != ELASTIC_PASSWORD;
            entries.push(Entry { value: value.to_owned(), variable, key, replaces });
        }
        let password = environment.text(KEYSTORE_PASSWORD).filter(|password| !password.is_empty());
        let is_handed_on = request.depth == Depth::Start
            && request.launch != LaunchMode::Script
            && launch.and_then(scripts::recognize).is_some_and(Script::has_launcher);
        let password = password.map(str::to_owned);
        // What engines and kubelets give a container that nobody asked them to keep the input of. Who only asks for a text of the
        // script is asked for nothing.
        let input = || seen.world.real(Path::new("/proc/self/fd/0"));
        let only_tells = |word: &OsString| ["-h", "--help", "-V", "--version"].iter().any(|it| word == it);
        let has_no_input = request.depth == Depth::Start
            && generation.asks_for_keystore_password
            && !request.target.server_arguments().iter().any(only_tells)
            && input().is().is_some_and(|it| it == *"/dev/null");
        Some(Self { generation, name, entries, password, is_handed_on, has_no_input, seen })
    }

    /// The keystore in that directory.
    fn find(&self, directory: &Path) -> Found {
        let path = directory.join(self.name);
        let bytes = match self.seen.ask(|world| world.read(&path, LARGEST)) {
            Answer::Is(bytes) => bytes,
            Answer::Absent => return Found::Nothing,
            // Docker makes a directory where a file is to be mounted that is not there.
            Answer::Refused(_)
                if self.seen.world.look(&path).is().is_some_and(|it| it.kind != FileKind::Regular) =>
            {
                return Found::Unreadable(keystore::Unreadable::Other);
            }
            Answer::Refused(_) | Answer::Unknown => return Found::Unknown,
        };
        let container = match Container::read(&bytes) {
            Ok(container) => container,
            Err(why) => return Found::Unreadable(why),
        };
        let Container { format, is_protected, name, .. } = container;
        if name != self.name {
            return Found::Other(name.to_owned());
        }
        let is_asked = if is_protected {
            self.password.is_some()
        } else {
            !self.entries.is_empty() || self.is_handed_on
        };
        if !is_asked || format.number > self.generation.keystore_formats.1 {
            return Found::Closed { format, is_protected };
        }
        match Keystore::open(&container, self.password.as_deref().unwrap_or_default()) {
            Ok(keystore) => Found::Open(keystore),
            // Without a password it is not the password.
            Err(_) if !is_protected => Found::Unreadable(keystore::Unreadable::Damaged),
            Err(_) => Found::WrongPassword,
        }
    }

    /// What stands in the configuration directory, and whether it has to be written and cannot be.
    pub(super) fn in_configuration(&self, directory: &Path) -> (Found, bool) {
        let found = self.find(directory);
        let world = self.seen.world;
        let is_closed = || {
            let path = directory.join(self.name);
            world.is_read_only(directory) == Answer::Is(true)
                || matches!(world.allows(directory, Access::MakeFiles), Answer::Refused(_))
                || world.is_mount_point(&path) == Answer::Is(true)
        };
        let needs_a_copy = !missing(&self.entries, &found).is_empty() && is_closed();
        (found, needs_a_copy)
    }

    /// The keystore that the server will find, as it is now. `known` is what stands in the configuration directory.
    pub(super) fn facts(
        self,
        configuration: &Configuration,
        config_dir: Option<&Path>,
        known: Option<Found>,
        sources: &Sources,
        earlier: Option<&Earlier>,
    ) -> Option<KeystoreFacts> {
        let relative = Path::new(self.name);
        let (directory, source, found) = match (configuration, config_dir) {
            (Configuration::Staged(copy), _) => {
                let is_kept = earlier.is_some_and(|it| it.changed.iter().any(|file| file == relative));
                let is_gone = earlier.is_some_and(|it| it.removed.iter().any(|file| file == relative));
                let given = sources.plain.iter().find(|file| file.relative == relative && !is_kept);
                let source = given.and_then(|file| file.path.parent());
                let found = match (source, known) {
                    (Some(source), Some(known)) if Some(source) == config_dir => known,
                    (Some(source), _) => self.find(source),
                    (None, _) if is_gone => Found::Nothing,
                    (None, _) => self.find(copy),
                };
                (copy.as_path(), source.unwrap_or(copy), found)
            }
            (_, Some(directory)) => (directory, directory, known.unwrap_or_else(|| self.find(directory))),
            (_, None) => return None,
        };
        let is_new = self.is_handed_on && found == Found::Nothing;
        let needs_random = is_new || !missing(&self.entries, &found).is_empty();
        let random = needs_random.then(|| self.seen.world.random(keystore::RANDOM)).and_then(Answer::is);
        Some(KeystoreFacts {
            path: directory.join(self.name),
            source: source.join(self.name),
            found,
            password: self.password,
            entries: self.entries,
            has_no_input: self.has_no_input,
            random: random.and_then(|bytes| bytes.try_into().ok()),
        })
    }
}
