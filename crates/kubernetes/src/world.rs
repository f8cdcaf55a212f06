//! A pod as the world that a node looks at: the files of its volumes are known, what the image brings is not.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use node::{Access, Answer, FileKind, LockHolder, Look, Machine, ServerUser, SilentMount, Space, World};
use server::network::Interfaces;

use crate::files::{File, Holds, Mount};

/// The world inside a container.
pub(crate) struct Container<'a> {
    pub(crate) mounts: Vec<Mount<'a>>,
    /// The image certainly has no templates, and no configuration that is known: the built-in templates are used.
    pub(crate) has_built_in_templates: bool,
}

/// What stands at a path.
enum Thing<'w, 'a> {
    File(&'w File<'a>),
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

    fn thing(&self, path: &Path) -> Thing<'_, 'a> {
        let path = normal(path);
        // The mount that is nearest.
        let mounts = self.mounts.iter().filter(|mount| path.starts_with(&mount.path));
        let Some(mount) = mounts.max_by_key(|mount| mount.path.components().count()) else {
            return self.of_image(&path);
        };
        let below = path.strip_prefix(&mount.path).unwrap_or(&path);
        match &mount.holds {
            Holds::Unknown => Thing::Unknown,
            Holds::File(file) if below == Path::new("") => Thing::File(file),
            Holds::File(_) => Thing::Absent,
            Holds::Files(files) => {
                if let Some(file) = files.get(below) {
                    return Thing::File(file);
                }
                let mut names: Vec<OsString> = files
                    .keys()
                    .filter_map(|file| file.strip_prefix(below).ok())
                    .filter_map(|rest| rest.components().next())
                    .map(|first| first.as_os_str().to_owned())
                    .collect();
                names.dedup();
                if names.is_empty() && below != Path::new("") {
                    Thing::Absent
                } else {
                    Thing::Directory(names)
                }
            }
        }
    }

    fn of_image(&self, path: &Path) -> Thing<'_, 'a> {
        let is_of_templates = path == Path::new("/config-templates") || path.ends_with("config-templates");
        let is_of_configuration = path.ends_with("config") || path == Path::new("/etc/elasticsearch");
        if self.has_built_in_templates && (is_of_templates || is_of_configuration) {
            return Thing::Absent;
        }
        Thing::Unknown
    }
}

/// `.` and `..` taken out.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::Normal(name) => normal.push(name),
            _ => {}
        }
    }
    normal
}

impl World for Container<'_> {
    fn read(&self, path: &Path, _: u64) -> Answer<Vec<u8>> {
        match self.thing(path) {
            Thing::File(file) => {
                file.text().map_or(Answer::Unknown, |text| Answer::Is(text.as_bytes().to_vec()))
            }
            Thing::Directory(_) => Answer::Refused(node::Reason::Directory),
            Thing::Absent => Answer::Absent,
            Thing::Unknown => Answer::Unknown,
        }
    }

    fn look(&self, path: &Path) -> Answer<Look> {
        let look = |kind, mode, size| Look { kind, uid: 0, gid: 0, mode, size, identity: (0, 0) };
        match self.thing(path) {
            Thing::File(file) => {
                let size = file.text().map_or(0, str::len) as u64;
                Answer::Is(look(FileKind::Regular, file.mode, size))
            }
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
            Thing::File(_) => Answer::Refused(node::Reason::NotADirectory),
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
            Thing::Unknown => Answer::Unknown,
            Thing::Absent => Answer::Absent,
            _ => Answer::Is(normal(path)),
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

    fn is_read_only(&self, _: &Path) -> Answer<bool> {
        Answer::Unknown
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
        Answer::Unknown
    }
}
