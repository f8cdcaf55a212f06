//! What stands beside the main file and in the places of rendered ones, and with it where the configuration goes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diagnostics::Finding;
use server::Generation;
use server::generation::{JvmOptions, Logging, MadeInConfig};

use super::reads::JVM_OPTIONS;
use super::sources::{self, PlainFile, SourceKind, Sources};
use super::unusable::{Unusable, unreadable_path};
use super::walk::walk;
use crate::facts::{ConfigFile, Configuration, MountedTarget, Neighbours, RuntimeDir};
use crate::world::{Access, Answer, FileKind, ServerUser, World};

/// More than any directory here has.
const MOST_NAMES: usize = 1000;

/// What decides where the configuration goes.
pub(super) struct Place<'a> {
    pub(super) sources: &'a Sources,
    pub(super) files: &'a [ConfigFile],
    pub(super) config_dir: Option<&'a Path>,
    pub(super) runtime_dir: &'a Path,
    pub(super) generation: &'a Generation,
    /// Nothing where the server's needs are not looked at.
    pub(super) user: Option<&'a ServerUser>,
    /// The server's launcher is going to configure security.
    pub(super) is_security_due: bool,
    /// Something has to be written, and cannot be in the configuration directory.
    pub(super) needs_copy: bool,
    /// The installation is a whole one, whose configuration had all that the server needs.
    pub(super) is_whole: bool,
    pub(super) world: &'a dyn World,
}

impl Place<'_> {
    /// Where rendered files go. The files of the user are never touched: where they are the templates, and where their
    /// directory is closed to us or to the server, a staged copy is made. Where there is nothing to do, nothing is copied.
    pub(super) fn configuration(&self, mounted: &[MountedTarget]) -> Configuration {
        let staged = || Configuration::Staged(self.runtime_dir.join("config"));
        match self.sources.kind {
            SourceKind::Unknown => Configuration::AsItIs,
            SourceKind::Finished
                if !self.is_closed_to_the_server() && self.in_the_launchers_way().is_none() =>
            {
                Configuration::AsItIs
            }
            SourceKind::Finished | SourceKind::Configuration | SourceKind::BuiltIn => staged(),
            SourceKind::Templates => match self.config_dir {
                Some(directory)
                    if matches!(self.world.allows(directory, Access::MakeFiles), Answer::Is(()))
                        && !mounted.iter().any(|target| target.is_kept)
                        && !self.is_closed_to_the_server()
                        && self.in_the_launchers_way().is_none() =>
                {
                    Configuration::InPlace(directory.to_owned())
                }
                _ => staged(),
            },
        }
    }

    /// Whether a server of the installed version may go on with an earlier copy, which nothing asks for otherwise.
    pub(super) fn may_be_copied(&self, configuration: &Configuration, runtime_dir: &RuntimeDir) -> bool {
        !matches!(configuration, Configuration::Staged(_))
            && self.sources.kind != SourceKind::Unknown
            && self.user.is_some()
            && runtime_dir.problem.is_none()
    }

    /// Whether the server has to make something in the configuration directory, which neither it nor we can.
    fn is_closed_to_the_server(&self) -> bool {
        match self.unmade() {
            _ if self.needs_copy => true,
            None => false,
            Some((directory, MadeInConfig::Keystore(_))) => {
                self.is_read_only(directory) || self.is_closed(directory)
            }
            Some((directory, MadeInConfig::Directory(_))) => {
                self.is_read_only(directory)
                    || self.is_closed(directory)
                        && !matches!(self.world.allows(directory, Access::MakeFiles), Answer::Is(()))
            }
        }
    }

    /// Whether the launcher that is going to configure security may: where it may not write, or the directory is somebody
    /// else's, it leaves everything alone.
    fn lets_the_launcher_configure(&self, directory: &Path, user: &ServerUser) -> bool {
        let is_own = matches!(self.world.look(directory), Answer::Is(look) if look.uid == user.uid);
        let is_refused = |path: PathBuf| {
            self.world.link(&path).is_there()
                || matches!(self.world.permits(&path, user, Access::Read), Answer::Refused(_))
        };
        let files = [Some(self.generation.main_file), self.generation.keystore];
        is_own
            && !self.is_read_only(directory)
            && !self.is_closed(directory)
            && !files.into_iter().flatten().any(|name| is_refused(directory.join(name)))
    }

    /// What is mounted where that launcher puts another file, which ends the start with EBUSY (tried: 8.1.1 with 1, 8.19.21
    /// and 9.2.0 with 74).
    fn in_the_launchers_way(&self) -> Option<PathBuf> {
        let (Some(directory), Some(user), true) = (self.config_dir, self.user, self.is_security_due) else {
            return None;
        };
        if !self.lets_the_launcher_configure(directory, user) {
            return None;
        }
        let main = directory.join(self.generation.main_file);
        let keystore = self.generation.keystore.map(|keystore| directory.join(keystore));
        let certificates = directory.join("certs");
        let inside = self.world.list(&certificates).is().unwrap_or_default();
        let inside = inside.iter().take(MOST_NAMES).map(|name| certificates.join(name));
        let mut replaced = [main, certificates.clone()].into_iter().chain(keystore).chain(inside);
        replaced.find(|path| {
            let real = self.world.real(path).is();
            real.is_some_and(|real| self.world.is_mount_point(&real) == Answer::Is(true))
        })
    }

    /// What the server would make, and where.
    fn unmade(&self) -> Option<(&Path, MadeInConfig)> {
        let (made, directory) = (self.generation.made_in_config?, self.config_dir?);
        let is_missing = !self.has_template(made.name())
            && self.world.look(&directory.join(made.name())).is_absent()
            && matches!(self.world.look(directory), Answer::Is(look) if look.kind == FileKind::Directory);
        is_missing.then_some((directory, made))
    }

    fn is_read_only(&self, directory: &Path) -> bool {
        self.world.is_read_only(directory) == Answer::Is(true)
    }

    /// Whether the server may make nothing there.
    fn is_closed(&self, directory: &Path) -> bool {
        let permits = |user: &ServerUser| self.world.permits(directory, user, Access::MakeFiles);
        matches!(self.user.map(permits), Some(Answer::Refused(_)))
    }

    /// A directory that the server would make and cannot, for us to make it.
    fn directory_to_make(&self) -> Option<PathBuf> {
        let (directory, made) = self.unmade().filter(|(directory, _)| self.is_closed(directory))?;
        matches!(made, MadeInConfig::Directory(_)).then(|| directory.join(made.name()))
    }

    fn has_template(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.template.relative == Path::new(name))
    }

    /// The files that are mounted where templates are rendered to, but for those that hold the same already.
    pub(super) fn mounted(&self) -> Vec<MountedTarget> {
        let Some(directory) = self.config_dir.filter(|_| self.sources.kind == SourceKind::Templates) else {
            return Vec::new();
        };
        self.files.iter().filter_map(|file| self.mounted_target(directory, file)).collect()
    }

    fn mounted_target(&self, directory: &Path, file: &ConfigFile) -> Option<MountedTarget> {
        let path = directory.join(&file.template.relative);
        let look = self.world.look(&path).is().filter(|look| look.kind == FileKind::Regular)?;
        let rendered = file.inspected.rendered.bytes.as_deref()?;
        let is_same = look.size == rendered.len() as u64
            && matches!(self.world.read(&path, look.size), Answer::Is(bytes) if bytes == rendered);
        if look.size == 0 || is_same || self.world.is_mount_point(&path) != Answer::Is(true) {
            return None;
        }
        let is_kept = self.world.is_read_only(&path) == Answer::Is(true)
            || matches!(self.world.allows(&path, Access::Write), Answer::Refused(_));
        Some(MountedTarget { path, template: file.template.name.clone(), is_kept })
    }

    /// What a staged copy needs beside the rendered files of another directory: everything else that the server would have
    /// found.
    pub(super) fn others(&self, findings: &mut Vec<Finding>) -> Vec<PlainFile> {
        let Some(directory) = self.config_dir.filter(|path| self.world.look(path).is_there()) else {
            return Vec::new();
        };
        let mut refuse = |path: &Path, why: &Unusable| findings.push(unreadable_path(path, why, self.world));
        let others = walk(directory, self.world, &mut refuse).into_iter();
        let mut rendered = BTreeSet::new();
        rendered.extend(self.files.iter().map(|file| file.template.relative.as_path()));
        let others = others.filter(|(_, relative)| !rendered.contains(relative.as_path()));
        others.filter_map(|(path, relative)| sources::plain_file(&path, &relative, self.world)).collect()
    }

    /// What the server needs beside its main file, and does not find.
    pub(super) fn neighbours(
        &self,
        configuration: &Configuration,
        mut mounted: Vec<MountedTarget>,
    ) -> Neighbours {
        let is_staged = matches!(configuration, Configuration::Staged(_));
        for target in &mut mounted {
            target.is_kept = is_staged;
        }
        let to_make = match configuration {
            Configuration::Staged(_) => None,
            Configuration::AsItIs | Configuration::InPlace(_) => self.directory_to_make(),
        };
        let is_needed = matches!(self.sources.kind, SourceKind::Finished | SourceKind::Templates);
        let in_the_way = if is_needed { self.in_the_launchers_way() } else { None };
        // A copy belongs to the server.
        let may_write = |(directory, user)| is_staged || self.lets_the_launcher_configure(directory, user);
        let configures_security =
            self.is_security_due && self.config_dir.zip(self.user).is_some_and(may_write);
        let mut missing = Vec::new();
        let is_hidden = |directory: &Path| self.world.is_mount_point(directory) == Answer::Is(true);
        let is_judged = |directory: &&Path| self.user.is_some() && (self.is_whole || is_hidden(directory));
        let Some(directory) = self.config_dir.filter(is_judged) else {
            return Neighbours { missing, mounted, to_make, in_the_way, configures_security };
        };
        if self.generation.logging == Logging::Properties {
            let name = self.generation.logging.file();
            missing.extend(
                Some(name).filter(|name| self.lacks(directory, name) && !self.is_below(directory, name)),
            );
        }
        // 5.x goes on with the defaults of the JVM.
        if matches!(self.generation.jvm_options, JvmOptions::File | JvmOptions::FileAndDirectory) {
            missing.extend(Some(JVM_OPTIONS).filter(|name| self.lacks(directory, name)));
        }
        Neighbours { missing, mounted, to_make, in_the_way, configures_security }
    }

    fn lacks(&self, directory: &Path, name: &str) -> bool {
        let path = directory.join(name);
        // What a link does not lead to is reported as such.
        !self.has_template(name)
            && self.world.look(&path).is_absent()
            && self.world.link(&path).is_absent()
            && self.sources.kind != SourceKind::Unknown
    }

    /// Whether a file of that name stands anywhere below.
    fn is_below(&self, directory: &Path, name: &str) -> bool {
        let templates = self.files.iter().map(|file| &file.template.relative);
        let found = walk(directory, self.world, &mut |_, _| {});
        let is_it = |path: &PathBuf| path.file_name().is_some_and(|it| it == name);
        templates.chain(found.iter().map(|(_, relative)| relative)).any(is_it)
    }
}
