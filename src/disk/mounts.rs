//! What is mounted, and which mounts may give no answer for ever.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use super::read::system_text;

/// As many links as the kernel follows.
const MOST_LINKS: usize = 40;

/// File systems whose content is somewhere else, or in the hands of another process.
const REMOTE: [&str; 20] = [
    "9p",
    "afs",
    "autofs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fuse",
    "fuseblk",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "orangefs",
    "smb3",
    "smbfs",
    "virtiofs",
];

/// One line of `mountinfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) point: PathBuf,
    /// The type of the file system: `nfs4`, `fuse.sshfs`.
    pub(super) kind: String,
}

impl Mount {
    fn is_remote(&self) -> bool {
        let kind = self.kind.split_once('.').map_or(self.kind.as_str(), |(kind, _)| kind);
        // Where the root itself is dead, this program is, too.
        REMOTE.contains(&kind) && self.point != Path::new("/")
    }
}

/// Everything that is mounted, as this process sees it; later lines lie over earlier ones.
#[derive(Debug)]
pub(super) struct Mounts {
    all: Vec<Mount>,
    /// Some of it may give no answer; where none may, nothing has to be looked up.
    pub(super) has_remote: bool,
}

impl Mounts {
    pub(super) fn read() -> Self {
        Self::of(&system_text("/proc/self/mountinfo", 4 << 20))
    }

    fn of(mountinfo: &str) -> Self {
        let mount = |line: &str| {
            let (before, after) = line.split_once(" - ")?;
            let point = before.split(' ').nth(4)?;
            let kind = after.split(' ').next()?.to_owned();
            Some(Mount { point: PathBuf::from(std::ffi::OsStr::from_bytes(&unescaped(point))), kind })
        };
        let all: Vec<Mount> = mountinfo.lines().filter_map(mount).collect();
        let has_remote = all.iter().any(Mount::is_remote);
        Self { all, has_remote }
    }

    /// Whether something is mounted exactly there; `point` has no links.
    pub(super) fn has_point(&self, point: &Path) -> bool {
        self.all.iter().any(|mount| mount.point == point)
    }

    /// The mount without an answer that a path leads to, by itself or by links. `link` is only asked about what is not on
    /// such a mount.
    pub(super) fn remote(&self, path: &Path, link: impl Fn(&Path) -> Option<PathBuf>) -> Option<&Mount> {
        let mut followed: Vec<PathBuf> = Vec::new();
        let mut parts: Vec<std::ffi::OsString> =
            path.components().rev().map(|part| part.as_os_str().to_owned()).collect();
        let mut at = PathBuf::from("/");
        while let Some(part) = parts.pop() {
            match Path::new(&part).components().next() {
                Some(Component::ParentDir) => {
                    at.pop();
                }
                Some(Component::RootDir) => at = PathBuf::from("/"),
                Some(Component::Normal(name)) => at.push(name),
                _ => {}
            }
            let mount = self.all.iter().filter(|mount| at.starts_with(&mount.point));
            // The longest point; of the same one, what was mounted last.
            let mount = mount.max_by_key(|mount| mount.point.components().count());
            if let Some(mount) = mount.filter(|mount| mount.is_remote()) {
                return Some(mount);
            }
            if let Some(target) = link(&at) {
                if followed.len() == MOST_LINKS {
                    return None;
                }
                at.pop();
                parts.extend(target.components().rev().map(|part| part.as_os_str().to_owned()));
                followed.push(target);
            }
        }
        None
    }
}

/// A path of `mountinfo`, where blanks, tabs, line ends and backslashes are octal.
pub(super) fn unescaped(point: &str) -> Vec<u8> {
    let mut left = point.as_bytes();
    let mut path = Vec::with_capacity(left.len());
    while let [first, tail @ ..] = left {
        let octal =
            tail.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = octal.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            path.push(byte);
            left = &tail[3..];
        } else {
            path.push(*first);
            left = tail;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = r"
22 1 254:0 / / rw,relatime - overlay overlay rw
23 22 0:20 / /proc rw - proc proc rw
24 22 0:41 / /srv/data rw,relatime shared:1 - nfs4 server:/ rw
25 24 0:42 / /srv/data/local rw - tmpfs tmpfs rw
26 22 0:43 / /with\040blank rw - fuse.sshfs x rw
27 22 0:44 / /twice rw - ext4 x rw
28 27 0:45 / /twice rw - cifs x rw
29 22 0:46 / /twice/again rw - cifs x rw
30 29 0:47 / /twice/again rw - tmpfs x rw";

    fn found(path: &str, links: &[(&str, &str)]) -> Option<String> {
        let link = |path: &Path| {
            let target = links.iter().find(|(name, _)| Path::new(name) == path)?;
            Some(PathBuf::from(target.1))
        };
        Mounts::of(MOUNTS).remote(Path::new(path), link).map(|mount| mount.point.display().to_string())
    }

    #[test]
    fn paths_on_mounts_that_may_not_answer() {
        for (path, expected) in [
            ("/", None),
            ("/etc/passwd", None),
            ("/srv/database", None),
            ("/srv/data", Some("/srv/data")),
            ("/srv/data/x/y", Some("/srv/data")),
            // The way leads over it.
            ("/srv/data/local/x", Some("/srv/data")),
            ("/srv/data/../x", Some("/srv/data")),
            ("/srv/x/../data/y", Some("/srv/data")),
            ("/with blank/x", Some("/with blank")),
            ("/twice/x", Some("/twice")),
        ] {
            assert_eq!(found(path, &[]).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn links_that_lead_there() {
        let links =
            [("/es/data", "../srv/data/es"), ("/a", "/b"), ("/b", "/a"), ("/c", "/srv"), ("/e", "etc")];
        for (path, expected) in [
            ("/es/data", Some("/srv/data")),
            ("/es/data/x", Some("/srv/data")),
            ("/c/data", Some("/srv/data")),
            ("/c/x", None),
            ("/e/x", None),
            ("/a/x", None),
        ] {
            assert_eq!(found(path, &links).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn without_such_a_mount_nothing_is_looked_up() {
        let mounts = Mounts::of("22 1 0:1 / / rw - 9p x rw\n23 22 0:2 / /x rw - ext4 x rw\n");
        assert!(!mounts.has_remote && Mounts::of(MOUNTS).has_remote);
        assert!(mounts.has_point(Path::new("/x")) && !mounts.has_point(Path::new("/x/y")));
    }
}
