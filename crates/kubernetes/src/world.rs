//! A pod as the world that a node looks at: the files of its volumes are known, what the image brings is not.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use node::{
    Access, Answer, FileKind, LockHolder, Look, Machine, ServerUser, SilentMount, Space, World, normal_path,
};
use server::discovery::kubernetes::TOKEN;
use server::network::Interfaces;

use crate::brought::Brought;
use crate::files::{File, Holds, Mount};
use crate::security::{Security, Token};

/// The world inside a container.
pub(crate) struct Container<'a> {
    pub(crate) mounts: Vec<Mount<'a>>,
    pub(crate) brought: Brought,
    pub(crate) security: Security,
    /// This program is started in it.
    pub(crate) is_own: bool,
    /// Files of Secrets that only this program or a client reads, and that no message shows: those that variables name.
    pub(crate) named: Vec<PathBuf>,
}

/// What stands at a path.
enum Thing<'w, 'a> {
    File(&'w File<'a>),
    /// A file of the image.
    OfImage(&'w str),
    /// A directory of which all names are known.
    Directory(Vec<OsString>),
    Absent,
    Unknown,
}

impl<'a> Container<'a> {
    /// The file of the input that is at a path.
    pub(crate) fn file(&self, path: &Path) -> Option<&File<'a>> {
        match self.thing(path) {
            Thing::File(file) => Some(file),
            _ => None,
        }
    }

    /// The mount that a path is on, if it is on any.
    pub(crate) fn mount(&self, path: &Path) -> Option<&Mount<'a>> {
        let mounts = self.mounts.iter().filter(|mount| is_below(path, &mount.path));
        mounts.max_by_key(|mount| mount.path.components().count())
    }

    fn thing(&self, path: &Path) -> Thing<'_, 'a> {
        let path = normal_path(path);
        let there = match self.mount(&path) {
            Some(mount) => of_mount(mount, path.strip_prefix(&mount.path).unwrap_or(&path)),
            None => self.of_image(&path),
        };
        match there {
            Thing::File(_) | Thing::OfImage(_) => return there,
            Thing::Unknown if !self.is_configuration(&path) => return there,
            _ => {}
        }
        // A place to mount something is there.
        let below = self.mounts.iter().filter_map(|mount| first_below(&mount.path, &path));
        let mut below: Vec<OsString> = below.collect();
        match there {
            Thing::Directory(names) if !below.is_empty() => {
                below.extend(names);
                diagnostics::order::sort(&mut below);
                below.dedup();
                Thing::Directory(below)
            }
            // Of what else is there, nothing is asked.
            Thing::Absent | Thing::Unknown if !below.is_empty() => Thing::Directory(below),
            there => there,
        }
    }

    fn is_closed_token(&self, path: &Path) -> bool {
        self.security.token == Token::OfRoot && path == Path::new(TOKEN)
    }

    fn is_configuration(&self, path: &Path) -> bool {
        self.brought.home.as_ref().is_some_and(|home| path == home.join("config"))
    }

    fn of_image(&self, path: &Path) -> Thing<'_, 'a> {
        let Brought { files, home, has_built_in_templates, .. } = &self.brought;
        if let Some(text) = files.get(path) {
            return Thing::OfImage(text);
        }
        if self.is_configuration(path) {
            let names: Vec<OsString> = files.keys().filter_map(|file| first_below(file, path)).collect();
            if !names.is_empty() {
                return Thing::Directory(names);
            }
        }
        let name = path.file_name().unwrap_or_default();
        let is_of_templates = name == "config-templates";
        let is_of_configuration = name == "config" || path.as_os_str() == "/etc/elasticsearch";
        if is_of_templates && (home.is_some() || *has_built_in_templates)
            || is_of_configuration && *has_built_in_templates
        {
            return Thing::Absent;
        }
        if self.security.token == Token::Absent && path == Path::new(TOKEN) {
            return Thing::Absent;
        }
        // Nobody puts credentials into an image of a server that is known.
        let is_known = self.is_own || (home.is_some() && !self.brought.is_guess);
        if is_known && name == "config" && path.ends_with(".kube/config") {
            return Thing::Absent;
        }
        Thing::Unknown
    }

    /// The content of a file. That of a Secret would be shown where it is a configuration.
    fn content(&self, path: &Path, file: &File<'_>) -> Option<Vec<u8>> {
        let may_read = !file.is_secret || self.named.contains(&normal_path(path));
        if may_read { file.bytes() } else { None }
    }
}

/// Whether a path begins with another. This is asked for each file that a server could have, and most differ in a letter.
fn is_below(path: &Path, above: &Path) -> bool {
    let [one, other] = [path, above].map(|path| path.as_os_str().as_encoded_bytes());
    let differ = one.iter().zip(other).find(|(one, other)| one != other);
    // What is the same with and without these is left to those who know.
    differ.is_none_or(|(one, other)| [one, other].iter().any(|byte| matches!(byte, b'/' | b'.')))
        && path.starts_with(above)
}

fn of_mount<'w, 'a>(mount: &'w Mount<'a>, below: &Path) -> Thing<'w, 'a> {
    match &mount.holds {
        Holds::Unknown => Thing::Unknown,
        Holds::File(file) if below == Path::new("") => Thing::File(file),
        Holds::File(_) => Thing::Absent,
        Holds::Files(files) => {
            if let Some(file) = files.get(below) {
                return Thing::File(file);
            }
            let mut names: Vec<OsString> = files.keys().filter_map(|file| first_below(file, below)).collect();
            names.dedup();
            if names.is_empty() && below != Path::new("") { Thing::Absent } else { Thing::Directory(names) }
        }
    }
}

/// The name in `directory` that leads to `path`, where that is below it.
fn first_below(path: &Path, directory: &Path) -> Option<OsString> {
    let rest = path.strip_prefix(directory).ok()?;
    rest.components().next().map(|first| first.as_os_str().to_owned())
}

impl World for Container<'_> {
    fn read(&self, path: &Path, _: u64) -> Answer<Vec<u8>> {
        match self.thing(path) {
            Thing::File(file) => self.content(path, file).map_or(Answer::Unknown, Answer::Is),
            Thing::OfImage(text) => Answer::Is(text.as_bytes().to_vec()),
            Thing::Directory(_) => Answer::Refused(node::Reason::Directory),
            Thing::Absent => Answer::Absent,
            Thing::Unknown => Answer::Unknown,
        }
    }

    fn look(&self, path: &Path) -> Answer<Look> {
        let look = |kind, mode, size| Look { kind, uid: 0, gid: 0, mode, size, identity: (0, 0) };
        if self.is_closed_token(path) {
            return Answer::Is(look(FileKind::Regular, 0o600, 1));
        }
        match self.thing(path) {
            Thing::File(file) => {
                let size = file.bytes().map_or(0, |bytes| bytes.len()) as u64;
                Answer::Is(look(FileKind::Regular, file.mode, size))
            }
            Thing::OfImage(text) => Answer::Is(look(FileKind::Regular, 0o644, text.len() as u64)),
            Thing::Directory(_) => {
                // Each is its own: the path says which.
                let identity = (1, path.as_os_str().len() as u64);
                Answer::Is(Look { identity, ..look(FileKind::Directory, 0o755, 0) })
            }
            Thing::Absent => Answer::Absent,
            Thing::Unknown => Answer::Unknown,
        }
    }

    fn list(&self, path: &Path) -> Answer<Vec<OsString>> {
        match self.thing(path) {
            Thing::Directory(names) => Answer::Is(names),
            Thing::File(_) | Thing::OfImage(_) => Answer::Refused(node::Reason::NotADirectory),
            Thing::Absent => Answer::Absent,
            Thing::Unknown => Answer::Unknown,
        }
    }

    fn link(&self, path: &Path) -> Answer<PathBuf> {
        match self.thing(path) {
            Thing::Unknown => Answer::Unknown,
            _ => Answer::Absent,
        }
    }

    fn real(&self, path: &Path) -> Answer<PathBuf> {
        match self.thing(path) {
            _ if self.is_closed_token(path) => Answer::Is(path.to_owned()),
            Thing::Unknown => Answer::Unknown,
            Thing::Absent => Answer::Absent,
            _ => Answer::Is(normal_path(path)),
        }
    }

    fn allows(&self, _: &Path, _: Access) -> Answer<()> {
        Answer::Unknown
    }

    fn permits(&self, _: &Path, _: &ServerUser, _: Access) -> Answer<()> {
        Answer::Unknown
    }

    fn lock(&self, _: &Path) -> Answer<LockHolder> {
        Answer::Unknown
    }

    fn space(&self, _: &Path) -> Answer<Space> {
        Answer::Unknown
    }

    fn is_read_only(&self, path: &Path) -> Answer<bool> {
        let path = normal_path(path);
        match self.mount(&path) {
            // Where this program does not run, it needs no directory of its own.
            None if self.security.has_read_only_root
                && !self.brought.is_guess
                && (self.is_own || !["/run", "/tmp"].iter().any(|own| path.starts_with(own))) =>
            {
                Answer::Is(true)
            }
            None => Answer::Unknown,
            Some(mount) => mount.is_read_only().map_or(Answer::Unknown, Answer::Is),
        }
    }

    fn is_noexec(&self, _: &Path) -> Answer<bool> {
        Answer::Unknown
    }

    fn is_mount_point(&self, _: &Path) -> Answer<bool> {
        Answer::Unknown
    }

    fn silent(&self) -> Vec<SilentMount> {
        Vec::new()
    }

    fn is_silent(&self, _: &Path) -> bool {
        false
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        Path::new("/").join(path)
    }

    fn working_directory(&self) -> PathBuf {
        PathBuf::from("/")
    }

    fn host_name(&self) -> Answer<String> {
        Answer::Unknown
    }

    fn interfaces(&self) -> Answer<Interfaces> {
        Answer::Unknown
    }

    fn machine(&self) -> Answer<Machine> {
        Answer::Is(self.security.machine())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_by_their_names() {
        let paths = ["/", "/a", "/a/", "/ab", "/a/b", "/a//b/c", "/a/./b", "/b", "a", "/a/.b", "/a/b.c", ""];
        for (path, above) in
            paths.iter().flat_map(|path| paths.map(|above| (Path::new(path), Path::new(above))))
        {
            assert_eq!(is_below(path, above), path.starts_with(above), "{path:?} {above:?}");
        }
    }
}
