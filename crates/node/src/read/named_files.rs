//! Looks at the files that settings and options of the JVM name, as the server's user and with its policy.

use std::path::{Component, Path, PathBuf};

use server::access::Closed;
use server::generation;
use server::generation::{PolicyUse, WorkingDirectory};
use server::java_policy::{self, Kind, Target, syntax};
use server::jvm_arguments::Argument;
use server::named_files::{self, Agent, Base, Named, State, Unusable, Use};
use server::paths;
use server::settings::kinds::{self, Reading};

use super::eyes::Eyes;
use crate::facts::{Configuration, Existing, Facts, PolicyFacts};
use crate::request::PolicyMode;
use crate::world::{Access, Answer, FileKind};

/// More than any server names.
const MOST: usize = 200;

/// What the facts are gathered from.
pub(super) struct Inputs<'a> {
    pub(super) facts: &'a Facts,
    pub(super) arguments: &'a [Argument],
    pub(super) policy: &'a PolicyFacts,
    /// What the server may read without a grant.
    pub(super) readable: &'a [PathBuf],
    pub(super) eyes: &'a Eyes<'a>,
}

/// What the security manager, or what took its place, lets the server read.
enum Guard {
    /// Everything, or nobody can say.
    None,
    /// The server's own directories, and what policies grant: their texts.
    Policies(Vec<Vec<u8>>),
    /// The server's own directories.
    Directories,
}

impl Inputs<'_> {
    /// What cannot be used, and the agents that no policy covers. Away from an installation nothing is known.
    pub(super) fn look(&self, java_major: Option<u16>) -> (Vec<Unusable>, Vec<Agent>) {
        let Some(version) = self.facts.known_version().filter(|_| self.facts.installation.is_some()) else {
            return (Vec::new(), Vec::new());
        };
        let guard = self.guard();
        let mut named = named_files::of_settings(version, &self.facts.settings);
        named.extend(named_files::of_arguments(self.arguments, java_major));
        named.truncate(MOST);
        let unusable = named.into_iter().filter_map(|named| self.unusable(named, &guard)).collect();
        let agents = match &guard {
            Guard::Policies(texts) => named_files::agents(self.arguments)
                .into_iter()
                .filter(|agent| self.eyes.world.look(&agent.path).is_there())
                .filter(|agent| !texts.iter().any(|text| named_files::covers(text, &agent.path)))
                .collect(),
            Guard::None | Guard::Directories => Vec::new(),
        };
        (unusable, agents)
    }

    fn unusable(&self, named: Named, guard: &Guard) -> Option<Unusable> {
        let path = self.absolute(&named)?;
        let state = self.state(&named, &path, guard)?;
        Some(Unusable { named, path, state })
    }

    /// The path from the root on; nothing where it is below a directory that is not known.
    fn absolute(&self, named: &Named) -> Option<PathBuf> {
        let world = self.eyes.world;
        if named.path.is_absolute() {
            return Some(named.path.clone());
        }
        let base = match named.base {
            Base::Configuration => world.absolute(self.facts.effective_config_dir()?),
            Base::Home => world.absolute(self.facts.home.as_deref()?),
            Base::WorkingDirectory => match generation(self.facts.version).working_directory {
                WorkingDirectory::Inherited => world.working_directory(),
                WorkingDirectory::Home => world.absolute(self.facts.home.as_deref()?),
                WorkingDirectory::LogsFromPatch(first) if self.facts.version.patch >= first => {
                    let mut own = self.written_by_server(&["path.logs"]);
                    own.pop()?
                }
                WorkingDirectory::LogsFromPatch(_) => return None,
            },
        };
        Some(base.join(&named.path))
    }

    fn state(&self, named: &Named, path: &Path, guard: &Guard) -> Option<State> {
        match named.used {
            Use::Read => match self.source(path) {
                Source::Made => None,
                Source::At(from, is_copied) => match self.eyes.world.look(&from) {
                    Answer::Absent => Some(State::Missing),
                    Answer::Unknown => None,
                    // We read it and give the copy away.
                    Answer::Is(_) | Answer::Refused(_) if is_copied => None,
                    Answer::Is(_) | Answer::Refused(_) => {
                        let closed = self.eyes.closed(&from, Access::Read).map(State::Closed);
                        closed.or_else(|| self.is_outside(named, path, guard).then_some(State::Outside))
                    }
                },
            },
            // What ships with the server is relative, and nobody asked for it.
            Use::Write if named.path.is_relative() => None,
            Use::Write | Use::WriteInto => self.written(path, named.used == Use::Write),
            Use::MakeAndWriteInto => self.made_directory(path, true),
            Use::MakeAndRead => self.made_directory(path, false),
        }
    }

    /// Where a file of the configuration comes from.
    fn source(&self, path: &Path) -> Source {
        let world = self.eyes.world;
        let (Some(effective), Some(own)) = (self.facts.configuration.directory(), &self.facts.config_dir)
        else {
            return Source::At(path.to_owned(), false);
        };
        let Ok(relative) = path.strip_prefix(world.absolute(effective)) else {
            return Source::At(path.to_owned(), false);
        };
        if self.facts.files.iter().any(|file| file.template.relative == relative)
            || self.facts.sources.plain.iter().any(|file| file.relative == relative)
        {
            return Source::Made;
        }
        match self.facts.configuration {
            Configuration::AsItIs | Configuration::InPlace(_) => Source::At(path.to_owned(), false),
            // What the server wrote into the copy stays there.
            Configuration::Staged(_) if !world.look(path).is_absent() => Source::Made,
            Configuration::Staged(_) => Source::At(own.join(relative), true),
        }
    }

    /// A directory, or where `may_be_file` says so, a file in one.
    fn written(&self, path: &Path, may_be_file: bool) -> Option<State> {
        let world = self.eyes.world;
        // The directories of data and logs have rules of their own; what is to be below them is made by nobody.
        let own = self.written_by_server(&["path.data", "path.logs"]);
        let is_own = |path: &Path| own.iter().any(|it| it == path);
        let is_below_own = own.iter().any(|directory| path.starts_with(directory));
        if is_own(path)
            || (!is_below_own && self.readable.iter().any(|directory| path.starts_with(directory)))
            || (may_be_file && path.parent().is_some_and(is_own))
        {
            return None;
        }
        let writable = |path: &Path, access| self.eyes.closed(path, access).map(State::NotWritable);
        match world.look(path) {
            Answer::Is(look) if look.kind == FileKind::Directory => writable(path, Access::MakeFiles),
            Answer::Is(_) => writable(path, Access::Write).filter(|_| may_be_file),
            Answer::Absent if !may_be_file => Some(State::Missing),
            Answer::Absent => match path.parent().map(|parent| (parent, world.look(parent))) {
                Some((parent, Answer::Is(look))) if look.kind == FileKind::Directory => {
                    writable(parent, Access::MakeFiles)
                }
                Some((_, Answer::Absent)) => Some(State::Missing),
                _ => None,
            },
            Answer::Refused(_) | Answer::Unknown => None,
        }
    }

    /// The directories that these settings name, from the root on.
    fn written_by_server(&self, keys: &[&str]) -> Vec<PathBuf> {
        let all = paths::written(&self.facts.settings, self.facts.home.as_deref());
        let named = all.into_iter().filter(|(key, _)| keys.contains(&key.as_str()));
        named.map(|(_, path)| self.eyes.world.absolute(&path)).collect()
    }

    /// A directory that the server makes where it is not there.
    fn made_directory(&self, path: &Path, is_written: bool) -> Option<State> {
        let world = self.eyes.world;
        match world.look(path) {
            Answer::Is(look) if look.kind != FileKind::Directory => None,
            Answer::Is(_) | Answer::Refused(_) => match self.eyes.closed(path, Access::List) {
                Some(closed) => Some(State::Closed(closed)),
                // One that is mounted read-only is meant to be.
                None if !is_written => None,
                None => match self.eyes.closed(path, Access::MakeFiles) {
                    Some(closed @ Closed::Mode { .. }) => Some(State::NotWritable(closed)),
                    Some(Closed::System { .. }) | None => None,
                },
            },
            Answer::Absent => {
                let there = path.ancestors().skip(1).find(|it| !world.look(it).is_absent())?;
                self.eyes.closed(there, Access::MakeFiles).map(State::CannotBeMade)
            }
            Answer::Unknown => None,
        }
    }

    fn is_outside(&self, named: &Named, path: &Path, guard: &Guard) -> bool {
        let policies = match guard {
            _ if !named.is_guarded => return false,
            Guard::None => return false,
            Guard::Policies(policies) => policies.as_slice(),
            Guard::Directories => &[],
        };
        // Where a path with `..` leads, links decide.
        if path.components().any(|part| part == Component::ParentDir) {
            return false;
        }
        let is_inside = self.readable.iter().any(|directory| path.starts_with(directory));
        let is_asked = || {
            let grants = self.policy.grants.iter();
            matches!(guard, Guard::Policies(_))
                && self.facts.request.policy != PolicyMode::Off
                && grants.into_iter().any(|grant| {
                    path.starts_with(&grant.path)
                        || matches!(&grant.kind, Kind::SecretMount { directory } if path.starts_with(directory))
                })
        };
        !(is_inside || is_asked() || policies.iter().any(|text| grants_reading(text, path)))
    }

    /// Nothing is said where a policy is not known.
    fn guard(&self) -> Guard {
        let Some(version) = self.facts.known_version() else { return Guard::None };
        match generation(version).policy {
            PolicyUse::None | PolicyUse::Agent => return Guard::None,
            PolicyUse::NotConsulted | PolicyUse::Entitlements => return Guard::Directories,
            PolicyUse::Switchable | PolicyUse::Consulted => {}
        }
        let manager = self.facts.settings.text("security.manager.enabled").unwrap_or("true");
        let is_off = kinds::read(manager, version) == Reading::False;
        let PolicyFacts { existing, file_is_unknown, own_policy, java_major, .. } = self.policy;
        let replaces = own_policy.as_ref().is_some_and(|own| own.named.replaces);
        let target = Target {
            version: Some(version),
            java_major: *java_major,
            security_manager_disabled: is_off,
            own_policy: None,
        };
        if java_policy::not_consulted(&target).is_some() || *file_is_unknown {
            return Guard::None;
        }
        let mut texts = Vec::new();
        match existing {
            Some(Existing { content: Ok(bytes), .. }) if !replaces => texts.push(bytes.clone()),
            Some(Existing { content: Err(_), .. }) if !replaces => return Guard::None,
            _ => {}
        }
        match own_policy.as_ref().map(|own| &own.content) {
            Some(Some(Answer::Is(bytes))) => texts.push(bytes.clone()),
            // Nothing there grants nothing; nothing else is known of it.
            Some(Some(Answer::Absent)) | None => {}
            Some(Some(Answer::Refused(_) | Answer::Unknown) | None) => return Guard::None,
        }
        Guard::Policies(texts)
    }
}

/// Where a file that is named comes from.
enum Source {
    /// It is rendered or copied at the start.
    Made,
    /// It is there, and whether we copy it.
    At(PathBuf, bool),
}

/// Whether a policy lets all code read that path. What cannot be resolved here counts.
fn grants_reading(policy: &[u8], path: &Path) -> bool {
    let parsed = syntax::parse(&String::from_utf8_lossy(policy));
    let permissions = parsed.entries.iter().filter(|it| it.is_for_everyone()).flat_map(|it| &it.permissions);
    parsed.mistake.is_none()
        && permissions.into_iter().any(|permission| {
            if permission.class == "java.security.AllPermission" {
                return true;
            }
            let Some(name) =
                permission.name.as_deref().filter(|_| permission.class == "java.io.FilePermission")
            else {
                return false;
            };
            if name == "<<ALL FILES>>" || name.contains("${") || !name.starts_with('/') {
                return true;
            }
            match (name.strip_suffix("/-"), name.strip_suffix("/*")) {
                (Some(directory), _) => path.starts_with(if directory.is_empty() { "/" } else { directory }),
                (None, Some(directory)) => path.parent() == Some(Path::new(directory)),
                (None, None) => path == Path::new(name),
            }
        })
}
