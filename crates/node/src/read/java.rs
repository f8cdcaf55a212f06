//! Finds the `java` that the start script would take, and what it is.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use server::Version;
use server::bootstrap::facts::{Java, java_major};
use server::launch::java_variables;
use template::Environment;

use crate::world::{Access, Answer, FileKind, World};

/// Where a shell looks when there is no `PATH`.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// No `release` file has a reason to be larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// The `java` that the generation's start script would run: by its variables, the bundled one, or the `PATH`. Unknown
/// where one that would be taken before may be there.
pub fn find(
    version: Version,
    home: Option<&Path>,
    environment: &Environment,
    world: &dyn World,
) -> Answer<PathBuf> {
    let in_home = |directory: &OsStr| Path::new(directory).join("bin/java");
    if let Some(names) = java_variables(version) {
        // Named but wrong is an error of the script, never another Java.
        let candidate = match names.iter().find_map(|name| environment.set_in_process(name)) {
            Some(directory) => in_home(directory),
            None => match home {
                Some(home) => home.join("jdk/bin/java"),
                None => return Answer::Absent,
            },
        };
        return executable(candidate, world);
    }
    // An unset JAVA_HOME is `/bin/java` to the script.
    let mut named = environment.process("JAVA_HOME").unwrap_or_default().to_owned();
    named.push("/bin/java");
    match executable(PathBuf::from(named), world) {
        Answer::Absent => on_path(environment.process("PATH").unwrap_or(OsStr::new(DEFAULT_PATH)), world),
        found => found,
    }
}

/// That path where it can be executed.
fn executable(path: PathBuf, world: &dyn World) -> Answer<PathBuf> {
    match world.allows(&path, Access::Execute) {
        Answer::Is(()) => Answer::Is(path),
        Answer::Unknown => Answer::Unknown,
        Answer::Absent | Answer::Refused(_) => Answer::Absent,
    }
}

/// What `which java` prints.
fn on_path(path: &OsStr, world: &dyn World) -> Answer<PathBuf> {
    for directory in path.as_bytes().split(|byte| *byte == b':') {
        let directory = if directory.is_empty() { b"." } else { directory };
        let mut candidate = OsStr::from_bytes(directory).to_owned();
        candidate.push("/java");
        let candidate = PathBuf::from(candidate);
        match world.look(&candidate) {
            Answer::Is(look) if look.kind == FileKind::Regular => match executable(candidate, world) {
                Answer::Absent => {}
                found => return found,
            },
            Answer::Unknown => return Answer::Unknown,
            Answer::Is(_) | Answer::Absent | Answer::Refused(_) => {}
        }
    }
    Answer::Absent
}

/// Home and version of that `java`.
pub fn facts(path: &Path, world: &dyn World) -> Java {
    let home = world.real(path).is().and_then(|real| Some(real.parent()?.parent()?.to_owned()));
    // A JDK 8 has its JRE in a directory of its own, and the release file beside it.
    let releases = home.iter().flat_map(|home| [home.join("release"), home.join("../release")]);
    let text = |path: PathBuf| {
        world.read(&path, LARGEST).is().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let release =
        releases.into_iter().filter_map(text).find(|text| of_release(text, "JAVA_VERSION").is_some());
    let value = |name: &str| of_release(release.as_deref()?, name);
    let version = value("JAVA_VERSION");
    let implementor = value("IMPLEMENTOR");
    let is_early_access = implementor.as_deref() == Some("Oracle Corporation")
        && value("JAVA_RUNTIME_VERSION").is_some_and(|version| version.contains("-ea"));
    // Some packages of Java 8 have no release file; later ones have no `rt.jar`.
    let old = || {
        home.as_ref()
            .filter(|home| {
                ["lib/rt.jar", "jre/lib/rt.jar"].iter().any(|jar| world.look(&home.join(jar)).is_there())
            })
            .map(|_| 8)
    };
    let major = version.as_deref().and_then(java_major).or_else(old);
    Java { path: path.to_owned(), home, version, major, is_early_access, implementor }
}

/// A value of the release file: `JAVA_VERSION="17.0.15"`.
fn of_release(release: &str, name: &str) -> Option<String> {
    let line = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    let value = line.trim().trim_matches('"');
    (!value.is_empty()).then(|| value.to_owned())
}
