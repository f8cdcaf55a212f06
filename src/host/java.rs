//! Finds the `java` that the start script would take, and what it is.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use template::Environment;

use nix::unistd::{AccessFlags, access};

use super::text;
use server::Version;
use server::bootstrap::facts::{Java, java_major};
use server::launch::java_variables;

/// Where a shell looks when there is no `PATH`.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The `java` that the generation's start script would run: by its variables, the bundled one, or the `PATH`.
pub fn find_java(
    version: Option<Version>,
    home: Option<&Path>,
    environment: &Environment,
) -> Option<PathBuf> {
    let in_home = |directory: &OsStr| Path::new(directory).join("bin/java");
    let executable = |path: PathBuf| access(&path, AccessFlags::X_OK).is_ok().then_some(path);

    if let Some(names) = version.and_then(java_variables) {
        // Named but wrong is an error of the script, never another Java.
        return match names.iter().find_map(|name| environment.set_in_process(name)) {
            Some(directory) => executable(in_home(directory)),
            None => executable(home?.join("jdk/bin/java")),
        };
    }
    // An unset JAVA_HOME is `/bin/java` to the script.
    let mut named = environment.process("JAVA_HOME").unwrap_or_default().to_owned();
    named.push("/bin/java");
    executable(PathBuf::from(named))
        .or_else(|| on_path(environment.process("PATH").unwrap_or(OsStr::new(DEFAULT_PATH))))
}

/// What `which java` prints.
fn on_path(path: &OsStr) -> Option<PathBuf> {
    path.as_bytes().split(|byte| *byte == b':').find_map(|directory| {
        let directory = if directory.is_empty() { b"." } else { directory };
        let mut candidate = OsStr::from_bytes(directory).to_owned();
        candidate.push("/java");
        let candidate = PathBuf::from(candidate);
        (candidate.is_file() && access(&candidate, AccessFlags::X_OK).is_ok()).then_some(candidate)
    })
}

/// Home and version of that `java`.
pub fn java_facts(path: &Path) -> Java {
    let home = path.canonicalize().ok().and_then(|real| Some(real.parent()?.parent()?.to_owned()));
    // A JDK 8 has its JRE in a directory of its own, and the release file beside it.
    let releases = home.iter().flat_map(|home| [home.join("release"), home.join("../release")]);
    let version = releases.into_iter().find_map(|release| release_version(&text(release)));
    // Some packages of Java 8 have no release file; later ones have no `rt.jar`.
    let old = || {
        home.as_ref()
            .filter(|home| home.join("lib/rt.jar").exists() || home.join("jre/lib/rt.jar").exists())
            .map(|_| 8)
    };
    let major = version.as_deref().and_then(java_major).or_else(old);
    Java { path: path.to_owned(), home, version, major }
}

/// `JAVA_VERSION="17.0.15"`.
fn release_version(release: &str) -> Option<String> {
    let line = release.lines().find_map(|line| line.strip_prefix("JAVA_VERSION="))?;
    let version = line.trim().trim_matches('"');
    (!version.is_empty()).then(|| version.to_owned())
}
