//! A `ConfigMap` that is changed while its files are read, at every moment of the reading: no false alarm, and no panic.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use common::world::TestDisk;
use node::{
    Access, Answer, Depth, LockHolder, Look, Machine, Request, ServerUser, SilentMount, Space, Templates,
    World,
};
use server::network::Interfaces;
use template::Environment;

/// A disk on which something happens right before one of the questions.
struct Changing<'a> {
    asked: Cell<usize>,
    at: usize,
    config: &'a Path,
    change: &'a dyn Fn(),
}

impl Changing<'_> {
    /// Only what is asked about the configuration counts.
    fn disk(&self, path: &Path) -> TestDisk {
        if path.starts_with(self.config) {
            if self.asked.get() == self.at {
                (self.change)();
            }
            self.asked.set(self.asked.get() + 1);
        }
        TestDisk
    }
}

impl World for Changing<'_> {
    fn read(&self, path: &Path, limit: u64) -> Answer<Vec<u8>> {
        self.disk(path).read(path, limit)
    }
    fn look(&self, path: &Path) -> Answer<Look> {
        self.disk(path).look(path)
    }
    fn list(&self, path: &Path) -> Answer<Vec<OsString>> {
        self.disk(path).list(path)
    }
    fn link(&self, path: &Path) -> Answer<PathBuf> {
        self.disk(path).link(path)
    }
    fn real(&self, path: &Path) -> Answer<PathBuf> {
        self.disk(path).real(path)
    }
    fn allows(&self, path: &Path, access: Access) -> Answer<()> {
        self.disk(path).allows(path, access)
    }
    fn permits(&self, path: &Path, user: &ServerUser, access: Access) -> Answer<()> {
        self.disk(path).permits(path, user, access)
    }
    fn lock(&self, path: &Path) -> Answer<LockHolder> {
        self.disk(path).lock(path)
    }
    fn space(&self, path: &Path) -> Answer<Space> {
        self.disk(path).space(path)
    }
    fn is_read_only(&self, path: &Path) -> Answer<bool> {
        self.disk(path).is_read_only(path)
    }
    fn is_noexec(&self, path: &Path) -> Answer<bool> {
        self.disk(path).is_noexec(path)
    }
    fn is_mount_point(&self, path: &Path) -> Answer<bool> {
        self.disk(path).is_mount_point(path)
    }
    fn silent(&self) -> Vec<SilentMount> {
        Vec::new()
    }
    fn is_silent(&self, _: &Path) -> bool {
        false
    }
    fn absolute(&self, path: &Path) -> PathBuf {
        TestDisk.absolute(path)
    }
    fn working_directory(&self) -> PathBuf {
        TestDisk.working_directory()
    }
    fn host_name(&self) -> Answer<String> {
        TestDisk.host_name()
    }
    fn machine(&self) -> Answer<Machine> {
        TestDisk.machine()
    }
    fn interfaces(&self) -> Answer<Interfaces> {
        TestDisk.interfaces()
    }
}

/// A home of 7.17.29 whose configuration is a `ConfigMap`, as the kubelet mounts it.
struct Pod(PathBuf);

/// All files of the first content. What is no configuration to the server lies among them, below a directory, too.
const FILES: [&str; 6] = [
    "elasticsearch.yml",
    "jvm.options",
    "log4j2.properties",
    "roles.yml",
    "synonyms.txt",
    "scripts/a.painless",
];

impl Pod {
    fn new(name: &str) -> Self {
        let pod = Self(std::env::temp_dir().join(format!("rotation-{name}-{}", std::process::id())));
        let _ = std::fs::remove_dir_all(&pod.0);
        std::fs::create_dir_all(pod.0.join("home/lib")).unwrap();
        std::fs::create_dir_all(pod.0.join("home/bin")).unwrap();
        std::fs::write(pod.0.join("home/lib/elasticsearch-7.17.29.jar"), "").unwrap();
        std::fs::write(pod.0.join("home/bin/elasticsearch"), "#!/bin/sh\n").unwrap();
        pod.content("..1", &FILES);
        symlink("..1", pod.config().join("..data")).unwrap();
        pod.names(&FILES);
        pod
    }

    fn config(&self) -> PathBuf {
        self.0.join("home/config")
    }

    fn content(&self, directory: &str, files: &[&str]) {
        for file in files {
            let path = self.config().join(directory).join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let text =
                if file.ends_with("elasticsearch.yml") { "cluster.name: ${NAME}\n" } else { "# ${X}\n" };
            std::fs::write(path, text).unwrap();
        }
    }

    /// The links that are seen, to the first names of these paths.
    fn names(&self, files: &[&str]) {
        for name in files.iter().map(|file| file.split('/').next().unwrap()) {
            let _ = symlink(Path::new("..data").join(name), self.config().join(name));
        }
    }

    /// What the kubelet does: the new content beside the old one, one rename, then the old content and the names without a
    /// file go.
    fn flip(&self, files: &[&str], step: Step) {
        self.content("..2", files);
        symlink("..2", self.config().join("..data_tmp")).unwrap();
        std::fs::rename(self.config().join("..data_tmp"), self.config().join("..data")).unwrap();
        if step == Step::Renamed {
            return;
        }
        std::fs::remove_dir_all(self.config().join("..1")).unwrap();
        for name in FILES.iter().map(|file| file.split('/').next().unwrap()) {
            if std::fs::metadata(self.config().join(name)).is_err() {
                let _ = std::fs::remove_file(self.config().join(name));
            }
        }
    }
}

impl Drop for Pod {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How far the kubelet came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Renamed,
    Done,
}

/// What is said when the change comes right before question `at`; nothing where there are fewer questions.
fn said(pod: &Pod, templates: Templates, at: usize, change: &dyn Fn()) -> Option<Vec<String>> {
    let config = pod.config();
    let world = Changing { asked: Cell::new(0), at, config: &config, change };
    let request =
        Request { es_home: Some(pod.0.join("home")), templates, depth: Depth::Start, ..Request::default() };
    let environment: Environment = [("NAME", "x"), ("X", "y")].into_iter().collect();
    let facts = node::read(request, environment, &world);
    let mut findings = node::judge(&facts);
    node::plan(&facts, &mut findings);
    let said = findings.iter().map(|it| format!("{} {}: {}", it.severity.word(), it.code, it.message));
    (world.asked.get() > at).then(|| said.collect())
}

/// Everything that is said at some moment, one entry a moment.
fn at_every_moment(name: &str, named: bool, change: &dyn Fn(&Pod)) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    loop {
        let pod = Pod::new(name);
        let templates = if named { Templates::Directory(pod.config()) } else { Templates::Default };
        let Some(said) = said(&pod, templates, all.len(), &|| change(&pod)) else { break };
        let root = pod.0.display().to_string();
        all.push(said.iter().map(|said| said.replace(&root, "")).collect());
    }
    assert!(all.len() > 20, "{} questions", all.len());
    all
}

const NOTHING: [String; 0] = [];

#[test]
fn new_content_with_the_same_names() {
    for named in [false, true] {
        for step in [Step::Renamed, Step::Done] {
            let all = at_every_moment("same", named, &|pod| pod.flip(&FILES, step));
            assert!(all.iter().all(Vec::is_empty), "{step:?}: {all:?}");
        }
    }
}

#[test]
fn new_content_without_what_nobody_needs() {
    for named in [false, true] {
        for step in [Step::Renamed, Step::Done] {
            let all = at_every_moment("fewer", named, &|pod| pod.flip(&FILES[..3], step));
            assert!(all.iter().all(Vec::is_empty), "{named} {step:?}: {all:?}");
        }
    }
}

/// Where it is gone before anybody looked, there is none; where it was seen, its absence is said; never anything else.
#[test]
fn new_content_without_the_main_file() {
    for step in [Step::Renamed, Step::Done] {
        let all = at_every_moment("main", false, &|pod| pod.flip(&FILES[1..], step));
        let expected = "error template/unreadable: `/home/config/elasticsearch.yml` was taken away while the configuration was read";
        let kinds: BTreeSet<&[String]> = all.iter().map(Vec::as_slice).collect();
        let named = [expected.to_owned()];
        assert_eq!(kinds, BTreeSet::from([&NOTHING[..], &named[..]]), "{step:?}");
    }
}

/// The same without the links of a `ConfigMap`: somebody removes a file.
#[test]
fn files_that_somebody_removes() {
    for (file, needed) in
        [("roles.yml", false), ("synonyms.txt", false), ("scripts", false), ("jvm.options", true)]
    {
        let all = at_every_moment("removed", false, &|pod| {
            // The names are links to files and directories.
            std::fs::remove_file(pod.config().join(file)).unwrap();
        });
        let expected = format!(
            "error template/unreadable: `/home/config/{file}` was taken away while the configuration was read"
        );
        for said in &all {
            assert!(said.is_empty() || (needed && *said == [expected.clone()]), "{file}: {said:?}");
        }
        assert_eq!(all.iter().any(|said| !said.is_empty()), needed, "{file}");
    }
}

/// A link that leads nowhere from the beginning is somebody's mistake, and stays one.
#[test]
fn a_link_to_nowhere_is_still_said() {
    let pod = Pod::new("nowhere");
    std::fs::remove_file(pod.config().join("elasticsearch.yml")).unwrap();
    symlink("/nowhere/elasticsearch.yml", pod.config().join("elasticsearch.yml")).unwrap();
    let said = said(&pod, Templates::Default, 0, &|| ()).unwrap();
    let expected = format!(
        "error template/unreadable: `{}` does not exist",
        pod.config().join("elasticsearch.yml").display()
    );
    assert_eq!(said, [expected]);
}
