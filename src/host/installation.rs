//! Reads what stands in the home directory.

use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use super::bytes;
use server::generation;
use server::installation::{Installation, version_of_jars};
use server::launch::LaunchFiles;

/// No directory here has a reason to be larger.
const MOST_ENTRIES: usize = 10_000;

/// The first of the homes that has a server in it.
pub fn find_installation(homes: &[&Path], environment: &[(OsString, OsString)]) -> Option<Installation> {
    homes.iter().find_map(|home| {
        let installation = read_installation(home, environment);
        (installation.version.is_some() || installation.launch.script.is_some()).then_some(installation)
    })
}

/// Everything that is known of that home, but for [`jvm_options`]; an empty installation when there is none.
pub fn read_installation(home: &Path, environment: &[(OsString, OsString)]) -> Installation {
    let home = absolute(home);
    let version = version_of_jars(names(&home.join("lib"), false).iter().map(String::as_str));
    let scripts = ["bin/opensearch", "bin/elasticsearch"].map(|script| home.join(script));
    let script = match version {
        Some(version) => home.join(generation(version).script),
        None => if scripts[0].exists() { &scripts[0] } else { &scripts[1] }.clone(),
    };
    let home = real_home(&home, &script);
    Installation {
        version,
        plugins: plugin_names(&home.join("plugins")),
        launch: LaunchFiles {
            script: bytes(&script),
            include: include(&home, environment),
            jvm_options: None,
        },
        home,
    }
}

/// The names of the plugins in that directory, sorted.
pub fn plugin_names(directory: &Path) -> Vec<String> {
    names(directory, true)
}

/// The path from the root on, `.` and `..` taken out as `cd` does: symbolic links are not followed.
fn absolute(path: &Path) -> PathBuf {
    let mut absolute = PathBuf::from("/");
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for component in path.components() {
        match component {
            Component::ParentDir => {
                absolute.pop();
            }
            Component::Normal(name) => absolute.push(name),
            _ => (),
        }
    }
    absolute
}

/// Where the script would see its home: it follows the symbolic links of its own name, not those of directories.
fn real_home(home: &Path, script: &Path) -> PathBuf {
    let mut script = script.to_owned();
    for _ in 0..40 {
        let Ok(target) = std::fs::read_link(&script) else { break };
        script = script.parent().map_or_else(|| target.clone(), |directory| directory.join(&target));
    }
    let parent = script.parent().and_then(Path::parent).map(absolute);
    parent.unwrap_or_else(|| home.to_owned())
}

/// The names in a directory, sorted; only text, only of directories when asked.
fn names(directory: &Path, directories: bool) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .take(MOST_ENTRIES)
        .flatten()
        .filter(|entry| !directories || entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// The `jvm.options` that the script of 5.x reads; `known` is one that was read already.
pub fn jvm_options(
    home: &Path,
    environment: &[(OsString, OsString)],
    known: Option<(&Path, &[u8])>,
) -> Option<(PathBuf, Vec<u8>)> {
    let named = environment
        .iter()
        .rev()
        .find(|(key, _)| key == "ES_JVM_OPTIONS")
        .map(|(_, value)| PathBuf::from(value));
    let candidates = match named.filter(|path| !path.as_os_str().is_empty()) {
        Some(path) => vec![path],
        None => vec![home.join("config/jvm.options"), PathBuf::from("/etc/elasticsearch/jvm.options")],
    };
    candidates.into_iter().find_map(|path| {
        let content = match known {
            Some((same, content)) if same == path => Some(content.to_vec()),
            _ => bytes(&path),
        };
        content.map(|content| (path, content))
    })
}

/// The include file that the script of 1.x to 5.x sources.
fn include(home: &Path, environment: &[(OsString, OsString)]) -> Option<(PathBuf, Vec<u8>)> {
    let variable = |name: &str| {
        environment.iter().rev().find(|(key, _)| key == name).map_or(OsStr::new(""), |(_, value)| value)
    };
    let named = variable("ES_INCLUDE");
    let candidates = if named.is_empty() {
        let mut candidates: Vec<PathBuf> =
            ["/usr/share/elasticsearch", "/usr/local/share/elasticsearch", "/opt/elasticsearch"]
                .iter()
                .map(|directory| Path::new(directory).join("elasticsearch.in.sh"))
                .collect();
        candidates.push(Path::new(variable("HOME")).join(".elasticsearch.in.sh"));
        candidates.push(home.join("bin/elasticsearch.in.sh"));
        candidates
    } else {
        vec![PathBuf::from(named)]
    };
    candidates.into_iter().find_map(|path| bytes(&path).map(|content| (path, content)))
}
