use std::ffi::OsString;
use std::path::{Path, PathBuf};

use node::{Answer, Reason, Request, World};
use template::Environment;

use super::machine::{status_bits, total_memory};
use super::*;

/// A directory of its own, removed at the end.
struct Sandbox(PathBuf);

impl Sandbox {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("host-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    fn write(&self, path: &str, content: &str) -> &Self {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn this_machine() {
    let machine = Disk::default().machine().is().unwrap();
    assert!(machine.host.max_map_count.is_some());
    assert!(machine.host.unprivileged_port_start.is_some());
    assert!(machine.host.total_memory.is_some_and(|bytes| bytes > 1 << 20));
    assert!(machine.host.open_files.is_some());
    assert!(Disk::default().host_name().is().is_some_and(|name| !name.is_empty()));
    assert_eq!(Disk::default().look(Path::new("/proc/self/none")), Answer::Absent);
    assert_eq!(Disk::default().link(Path::new("/proc")), Answer::Absent);
    assert!(Disk::default().link(Path::new("/proc/self")).is().is_some());
}

#[test]
fn control_groups() {
    let none = "9223372036854771712\n";
    let one = "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/\n";
    for (name, files, groups, limit) in [
        ("v1-root", &[("memory/memory.limit_in_bytes", "1048576\n")][..], one, Some(1 << 20)),
        ("v1-unlimited", &[("memory/memory.limit_in_bytes", none)], one, None),
        (
            "v1-path",
            &[
                ("memory/docker/memory.limit_in_bytes", none),
                ("memory/docker/abc/memory.limit_in_bytes", "2097152"),
            ],
            one,
            Some(2 << 20),
        ),
        (
            "v2-parent",
            &[("a/memory.max", "4194304\n"), ("a/b/memory.max", "max\n")],
            "0::/a/b\n",
            Some(4 << 20),
        ),
        ("v2-root", &[("memory.max", "max\n")], "0::/\n", None),
        ("odd", &[("memory.max", "12monkeys")], "\n:\n0:\n0::/../../..\n\u{fffd}", None),
    ] {
        let sandbox = Sandbox::new(name);
        for (path, content) in files {
            sandbox.write(path, content);
        }
        assert_eq!(cgroup::memory_limit(&sandbox.0, groups), limit, "{name}");
    }
}

/// A part of a processor counts as one.
#[test]
fn quotas_of_processors() {
    let two = "5:cpu,cpuacct:/x\n";
    for (name, files, groups, expected) in [
        ("cpu-v2", &[("cpu.max", "150000 100000\n")][..], "0::/\n", Some(2)),
        ("cpu-v2-none", &[("cpu.max", "max 100000\n")], "0::/\n", None),
        (
            "cpu-v2-parent",
            &[("a/cpu.max", "100000 100000"), ("a/b/cpu.max", "max 100000")],
            "0::/a/b",
            Some(1),
        ),
        (
            "cpu-v1",
            &[("cpu/cpu.cfs_quota_us", "400000\n"), ("cpu/cpu.cfs_period_us", "100000\n")],
            two,
            Some(4),
        ),
        (
            "cpu-v1-none",
            &[("cpu/cpu.cfs_quota_us", "-1\n"), ("cpu/cpu.cfs_period_us", "100000\n")],
            two,
            None,
        ),
        ("cpu-v1-odd", &[("cpu/cpu.cfs_quota_us", "5")], two, None),
    ] {
        let sandbox = Sandbox::new(name);
        for (path, content) in files {
            sandbox.write(path, content);
        }
        assert_eq!(cgroup::processors(&sandbox.0, groups), expected, "{name}");
    }
}

#[test]
fn a_fifo_is_not_waited_for() {
    let sandbox = Sandbox::new("fifo");
    let path = sandbox.0.join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    assert_eq!(Disk::default().read(&path, 1 << 20), Answer::Refused(Reason::Fifo));
    assert_eq!(Disk::default().read(&sandbox.0, 1 << 20), Answer::Refused(Reason::Directory));
    assert_eq!(Disk::default().read(&sandbox.0.join("missing"), 1 << 20), Answer::Absent);
}

#[test]
fn too_large_is_not_read() {
    let sandbox = Sandbox::new("large");
    sandbox.write("at-limit", &"x".repeat(1 << 20)).write("above", &"x".repeat((1 << 20) + 1));
    let length = Disk::default().read(&sandbox.0.join("at-limit"), 1 << 20).is().map(|content| content.len());
    assert_eq!(length, Some(1 << 20));
    assert_eq!(
        Disk::default().read(&sandbox.0.join("above"), 1 << 20),
        Answer::Refused(Reason::TooLarge(1 << 20))
    );
}

#[test]
fn memory_of_the_machine() {
    assert_eq!(total_memory("MemTotal:       24576 kB\nMemFree: 1 kB\n"), Some(24 << 20));
    assert_eq!(total_memory("MemTotal: many kB\n"), None);
    assert_eq!(total_memory(""), None);
}

#[test]
fn capabilities() {
    let status = "Name:\tx\nCapPrm:\t0000000000004000\nCapEff:\tzz\n";
    assert_eq!(status_bits(status, "CapPrm:"), 1 << 14);
    assert_eq!(status_bits(status, "CapEff:"), 0);
    assert_eq!(status_bits(status, "CapBnd:"), 0);
}

#[test]
fn mount_points() {
    assert!(is_mount_point(Path::new("/proc")));
    assert!(!is_mount_point(Path::new("/proc/self/status")));
    assert_eq!(mounts::unescaped(r"/a\040b\134\01x\"), *br"/a b\\01x\");
}

#[test]
fn an_installation() {
    let sandbox = Sandbox::new("installation");
    sandbox
        .write("es/lib/elasticsearch-2.3.4.jar", "")
        .write("es/bin/elasticsearch", "#!/bin/sh\n")
        .write("es/bin/elasticsearch.in.sh", "include")
        .write("es/plugins/cloud-kubernetes/x", "")
        .write("es/plugins/.hidden/x", "")
        .write("es/plugins/not-a-directory", "");
    let home = sandbox.0.join("es");
    let found = node::read_installation(
        &home.join("lib/.."),
        &Environment::new(vec![("HOME".into(), sandbox.0.clone().into())]),
        &Disk::default(),
    );
    assert_eq!(found.home, home);
    assert_eq!(found.version.map(|version| version.to_string()).as_deref(), Some("2.3.4"));
    assert_eq!(found.plugins, ["cloud-kubernetes"]);
    assert_eq!(found.launch.script.as_deref(), Some(&b"#!/bin/sh\n"[..]));
    assert_eq!(found.launch.include, Some((home.join("bin/elasticsearch.in.sh"), b"include".to_vec())));

    // The script's own symbolic link is followed.
    sandbox.write("link/lib/elasticsearch-2.3.4.jar", "").write("link/bin/x", "");
    std::os::unix::fs::symlink("../../es/bin/elasticsearch", sandbox.0.join("link/bin/elasticsearch"))
        .unwrap();
    let linked = node::read_installation(&sandbox.0.join("link"), &Environment::default(), &Disk::default());
    assert_eq!(linked.home, home);

    let found = |home: &Path| {
        let request = Request { es_home: Some(home.to_owned()), ..Request::default() };
        node::read(request, Environment::default(), &Disk::default()).installation.map(|found| found.home)
    };
    assert_eq!(found(&home), Some(home.clone()));
    assert_eq!(found(&sandbox.0), None);
}

#[test]
fn which_java() {
    use server::Version;
    use std::os::unix::fs::PermissionsExt as _;

    let sandbox = Sandbox::new("java");
    for directory in ["named", "path", "home/jdk", "empty"] {
        sandbox.write(&format!("{directory}/bin/java"), "");
        let mode = if directory == "empty" { 0o644 } else { 0o755 };
        std::fs::set_permissions(
            sandbox.0.join(directory).join("bin/java"),
            std::fs::Permissions::from_mode(mode),
        )
        .unwrap();
    }
    sandbox.write("named/release", "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"1.8.0_504\"\n");
    let at = |name: &str| sandbox.0.join(name).into_os_string();
    let home = sandbox.0.join("home");
    let mut path = at("empty/bin");
    path.push(":");
    path.push(at("path/bin"));
    let two = Version::elasticsearch(2, 3, 4);
    let eight = Version::elasticsearch(8, 15, 0);
    let search = Version::opensearch(2, 11, 0);
    for (version, variables, expected) in [
        (two, &[("JAVA_HOME", at("named"))][..], Some("named/bin/java")),
        (two, &[("JAVA_HOME", at("empty"))], Some("path/bin/java")),
        (eight, &[("JAVA_HOME", at("named"))], Some("home/jdk/bin/java")),
        (eight, &[("ES_JAVA_HOME", at("named"))], Some("named/bin/java")),
        (eight, &[("ES_JAVA_HOME", at("empty"))], None),
        (search, &[("OPENSEARCH_JAVA_HOME", at("named")), ("JAVA_HOME", at("path"))], Some("named/bin/java")),
        (search, &[], Some("home/jdk/bin/java")),
    ] {
        let mut environment = vec![(OsString::from("PATH"), path.clone())];
        environment.extend(variables.iter().map(|(name, value)| (OsString::from(name), value.clone())));
        let found =
            node::find_java(version, Some(&home), &Environment::new(environment), &Disk::default()).is();
        assert_eq!(found, expected.map(|path| sandbox.0.join(path)), "{version} {variables:?}");
    }
    let facts = node::java_facts(&sandbox.0.join("named/bin/java"), &Disk::default());
    assert_eq!(facts.version.as_deref(), Some("1.8.0_504"));
    assert_eq!(facts.major, Some(8));
    assert_eq!(facts.home, Some(sandbox.0.join("named").canonicalize().unwrap()));

    // A packaged Java 8 without a release file.
    sandbox.write("path/lib/rt.jar", "");
    let facts = node::java_facts(&sandbox.0.join("path/bin/java"), &Disk::default());
    assert_eq!((facts.version, facts.major), (None, Some(8)));
}
