use super::*;
use std::os::unix::fs::{MetadataExt as _, lchown, symlink};
use std::path::{Path, PathBuf};

#[path = "../../../tests/common/skip.rs"]
mod skip;

/// What the list of skipped tests calls these.
fn program() -> &'static str {
    "es-entrypoint"
}

/// A directory that goes away with the test; nothing where we are not root.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            skip::skip("giving files away needs root");
            return None;
        }
        let path = std::env::temp_dir().join(format!("ownership-{name}-{}", std::process::id()));
        std::fs::create_dir_all(path.join("data/nodes/0")).unwrap();
        std::fs::write(path.join("data/nodes/0/file"), "").unwrap();
        std::fs::create_dir(path.join("other")).unwrap();
        std::fs::write(path.join("other/secret"), "").unwrap();
        symlink(path.join("other"), path.join("data/link")).unwrap();
        Some(Self(path))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn owner(&self, name: &str) -> (u32, u32) {
        let status = std::fs::symlink_metadata(self.path(name)).unwrap();
        (status.uid(), status.gid())
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn server() -> Identity {
    Identity { uid: 12345, gid: 54, groups: Vec::new(), home: None }
}

fn correct(paths: &[PathBuf], ownership: Ownership) -> Vec<String> {
    correct_ownership(paths, &server(), ownership).iter().map(ToString::to_string).collect()
}

const SERVER: (u32, u32) = (12345, 54);
const ROOT: (u32, u32) = (0, 0);

#[test]
fn only_the_directory_itself_by_default() {
    let Some(tree) = Tree::new("top") else { return };
    assert_eq!(correct(&[tree.path("data"), tree.path("missing")], Ownership::Top), Vec::<String>::new());
    assert_eq!(tree.owner("data"), SERVER);
    assert_eq!(tree.owner("data/nodes"), ROOT);
    // What it owns already keeps its group.
    lchown(tree.path("data"), Some(12345), Some(7)).unwrap();
    assert_eq!(correct(&[tree.path("data")], Ownership::Top), Vec::<String>::new());
    assert_eq!(tree.owner("data"), (12345, 7));
}

#[test]
fn everything_where_that_is_asked_for_and_no_link_is_followed() {
    let Some(tree) = Tree::new("recursive") else { return };
    assert_eq!(correct(&[tree.path("data")], Ownership::Recursive), Vec::<String>::new());
    for name in ["data", "data/nodes", "data/nodes/0", "data/nodes/0/file", "data/link"] {
        assert_eq!(tree.owner(name), SERVER, "{name}");
    }
    for name in ["other", "other/secret"] {
        assert_eq!(tree.owner(name), ROOT, "{name}");
    }
}

#[test]
fn nothing_where_it_is_off() {
    let Some(tree) = Tree::new("off") else { return };
    assert_eq!(correct(&[tree.path("data")], Ownership::Off), Vec::<String>::new());
    assert_eq!(tree.owner("data"), ROOT);
}

#[test]
fn a_named_link_is_followed_only_where_root_made_it() {
    let Some(tree) = Tree::new("link") else { return };
    let link = tree.path("data/link");
    lchown(&link, Some(12345), Some(0)).unwrap();
    let reported = format!(
        "cannot give `{}` to the server's user: it is a symbolic link that root did not make",
        link.display()
    );
    assert_eq!(correct(std::slice::from_ref(&link), Ownership::Recursive), [reported]);
    assert_eq!(tree.owner("other"), ROOT);
    lchown(&link, Some(0), Some(0)).unwrap();
    assert_eq!(correct(&[link], Ownership::Top), Vec::<String>::new());
    assert_eq!(tree.owner("other"), SERVER);
    assert_eq!(tree.owner("other/secret"), ROOT);
}

#[test]
fn what_cannot_be_changed_is_told_with_its_path() {
    if !nix::unistd::geteuid().is_root() {
        skip::skip("giving files away needs root");
        return;
    }
    // Nobody's files can be given away below /proc.
    let reported = correct(&[PathBuf::from("/proc/sys/kernel")], Ownership::Top);
    assert_eq!(
        reported,
        ["cannot give `/proc/sys/kernel` to the server's user: Operation not permitted (os error 1)"]
    );
    assert!(Path::new("/proc/sys/kernel").metadata().unwrap().uid() == 0);
    // Hundreds of lines that say the same would hide the others.
    assert_eq!(correct(&[PathBuf::from("/proc/sys/kernel")], Ownership::Recursive).len(), 20);
}
