//! The JVMs that tests run: a JDK 17 of the machine, which also compiles, and others in root directories of their own
//! that `make test` makes.

use std::path::{Path, PathBuf};

/// A Java runtime.
#[derive(Clone, Debug)]
pub(crate) struct Jre {
    pub(crate) major: u32,
    /// The root directory that it lives in; none: the machine's own.
    pub(crate) root: Option<PathBuf>,
    /// Its home as it sees it.
    pub(crate) home: String,
}

/// Leaves tests out, for this reason.
#[track_caller]
pub(crate) fn left_out(tests: &str, reason: &str) {
    super::skip(&format!("{tests}: {reason}"));
}

/// The JDK 17 of this machine.
pub(crate) fn jdk_17() -> Result<Jre, String> {
    let mut homes: Vec<PathBuf> = std::fs::read_dir("/usr/lib/jvm")
        .map(|homes| homes.flatten().map(|home| home.path()).collect())
        .unwrap_or_default();
    homes.sort();
    homes
        .into_iter()
        .find(|home| {
            let release = std::fs::read_to_string(home.join("release")).unwrap_or_default();
            release.contains("JAVA_VERSION=\"17.") && home.join("bin/javac").exists()
        })
        .map(|home| Jre { major: 17, root: None, home: home.to_string_lossy().into_owned() })
        .ok_or_else(|| "no JDK 17 with `javac` in /usr/lib/jvm".to_owned())
}

/// The JRE in a root directory: that of `ES_ENTRYPOINT_TEST_JRE<major>_ROOT`, else `rootfs-jre<major>` in the cache.
pub(crate) fn rooted(major: u32) -> Result<Jre, String> {
    let root = std::env::var_os(format!("ES_ENTRYPOINT_TEST_JRE{major}_ROOT"))
        .map_or_else(|| super::cache().join(format!("rootfs-jre{major}")), PathBuf::from);
    let homes = std::fs::read_dir(root.join("usr/lib/jvm"))
        .map_err(|_| format!("no root directory with a JRE {major} at {}", root.display()))?;
    let home = homes
        .flatten()
        .flat_map(|entry| {
            let home = format!("/usr/lib/jvm/{}", entry.file_name().to_string_lossy());
            [format!("{home}/jre"), home]
        })
        .find(|home| root.join(&home[1..]).join("bin/java").exists())
        .ok_or_else(|| format!("no `bin/java` in {}", root.display()))?;
    if !nix::unistd::geteuid().is_root() {
        return Err("`chroot` needs root".to_owned());
    }
    Ok(Jre { major, root: Some(root), home })
}

/// A new folder for compiled programs; those of test programs that were killed go away.
pub(crate) fn classes(name: &str) -> PathBuf {
    let folders = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for left in std::fs::read_dir(folders).unwrap().flatten() {
        let entry = left.file_name().to_string_lossy().into_owned();
        let owner = entry.strip_prefix(name).and_then(|rest| rest.strip_prefix("-classes-"));
        if owner.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
            let _ = std::fs::remove_dir_all(left.path());
        }
    }
    let folder = folders.join(format!("{name}-classes-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Compiles a program of `tests/java` into the folder.
#[track_caller]
pub(crate) fn compile(jdk: &Jre, options: &[&str], source: &str, folder: &Path) {
    let output = std::process::Command::new(format!("{}/bin/javac", jdk.home))
        // Else it leaves a folder in /tmp.
        .arg("-J-XX:-UsePerfData")
        .args(options)
        .arg("-d")
        .arg(folder)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/java").join(source))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
