//! Reads what stands in the home directory.

use std::path::{Component, Path, PathBuf};

use server::generation;
use server::installation::{Installation, is_whole, jna_of_jars, version_of_jars};
use server::launch::LaunchFiles;
use server::launch::scripts::classes;
use template::Environment;

use crate::request::Request;
use crate::world::{Answer, FileKind, World};

/// Installations are looked for here when nothing names one.
const HOMES: [&str; 3] = ["/usr/share/elasticsearch", "/usr/share/opensearch", "/elasticsearch"];

/// No file that is read here has a reason to be larger, in bytes.
const LARGEST: u64 = 1 << 20;
/// No directory here has a reason to be larger.
const MOST_ENTRIES: usize = 10_000;

/// The home that the option names, else the variable.
pub(crate) fn named_home(request: &Request, environment: &Environment) -> Option<PathBuf> {
    request.es_home.clone().or_else(|| environment.set_in_process("ES_HOME").map(PathBuf::from))
}

/// Where a server may be installed.
pub(crate) fn homes(named: Option<&Path>) -> Vec<PathBuf> {
    match named {
        Some(home) => vec![home.to_owned()],
        None => HOMES.iter().map(PathBuf::from).collect(),
    }
}

/// The first of the homes that has a server in it; unknown where one may have.
pub(crate) fn find(homes: &[PathBuf], environment: &Environment, world: &dyn World) -> Answer<Installation> {
    let found = homes.iter().find_map(|home| {
        let installation = read(home, environment, world);
        (installation.version.is_some() || installation.launch.script.is_some()).then_some(installation)
    });
    match found {
        Some(installation) => Answer::Is(installation),
        None if homes.iter().any(|home| world.list(&home.join("lib")).is_unknown()) => Answer::Unknown,
        None => Answer::Absent,
    }
}

/// Everything that is known of that home, but for its `jvm.options`; an empty installation when there is none.
pub fn read(home: &Path, environment: &Environment, world: &dyn World) -> Installation {
    let home = normal(&world.absolute(home));
    let jars = names(&home.join("lib"), false, world);
    let version = version_of_jars(jars.iter().map(String::as_str));
    // Without a version the script shows the product.
    let is_there = |script: &&str| world.look(&home.join(script)).is_there();
    let by_script = || Some("bin/opensearch").filter(is_there).unwrap_or("bin/elasticsearch");
    let script = home.join(version.map_or_else(by_script, |version| generation(version).script));
    let text = world.read(&script, LARGEST).is();
    if version.is_none() && text.is_none() {
        return Installation { home, ..Installation::default() };
    }
    let home = real_home(&home, &script, world);
    let plugins = names(&home.join("plugins"), true, world);
    Installation {
        version,
        is_whole: is_whole(jars.iter().map(String::as_str)),
        jna: jna_of_jars(jars.iter().map(String::as_str)),
        launch: LaunchFiles {
            script: text,
            environment_script: world.read(&beside(&script, "-env"), LARGEST).is(),
            include: include(&home, environment, world),
            jvm_options: None,
            cli_script: world.read(&beside(&script, "-cli"), LARGEST).is(),
            from_file: world.read(&beside(&script, "-env-from-file"), LARGEST).is(),
            launcher: launcher(&home, &jars, world),
            needs_script: needs_script(&home, &plugins, world),
            options: None,
            jars: jars.into_iter().filter(|name| is_jar(name)).collect(),
        },
        plugins,
        home,
    }
}

/// Whether it is one to Java, which takes no other spelling.
fn is_jar(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "jar" || end == "JAR")
}

/// A file beside the script, as those that it sources from 6.0 on.
fn beside(script: &Path, end: &str) -> PathBuf {
    let mut name = script.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// The fingerprint of the jar with the scripts' helpers.
fn launcher(home: &Path, jars: &[String], world: &dyn World) -> Option<u64> {
    let is_launcher = |name: &&String| {
        name.starts_with("elasticsearch-launchers-") || name.starts_with("opensearch-launchers-")
    };
    let mut found = jars.iter().filter(is_launcher).map(|jar| Path::new("lib").join(jar));
    // From 8.0 on it is alone in its directory.
    let directory = Path::new("lib/tools/server-cli");
    let of_later = names(&home.join(directory), false, world);
    let mut found = found.by_ref().chain(of_later.iter().map(|jar| directory.join(jar)));
    let jar = found.next().filter(|_| found.next().is_none())?;
    classes(&world.read(&home.join(jar), LARGEST).is()?)
}

/// What the helpers would look at besides files that are read anyway.
fn needs_script(home: &Path, plugins: &[String], world: &dyn World) -> Option<&'static str> {
    if !world.look(&home.join("jre")).is_absent() {
        return Some("it takes the Java of the directory `jre`");
    }
    // A kind of plugin that changes the JVM's options: `type=bootstrap`. Others' descriptors have comments about it.
    let is_plain = |name: &String| {
        let descriptor = home.join("plugins").join(name).join("plugin-descriptor.properties");
        name != "quota-aware-fs"
            && match world.read(&descriptor, LARGEST) {
                Answer::Is(text) => !text
                    .to_ascii_lowercase()
                    .split(|byte| matches!(byte, b'\n' | b'\r'))
                    .filter(|line| !matches!(line.trim_ascii_start().first(), Some(b'#' | b'!')))
                    .any(|line| line.windows(9).any(|it| it == b"bootstrap")),
                answer => answer.is_absent(),
            }
    };
    (!plugins.iter().all(is_plain)).then_some("a plugin may change the options of the JVM")
}

/// `.` and `..` taken out as `cd` does: symbolic links are not followed.
pub fn normal(path: &Path) -> PathBuf {
    let bytes = path.as_os_str().as_encoded_bytes();
    // Most are.
    let is_so = bytes.starts_with(b"/") && !bytes.ends_with(b"/");
    if is_so && !bytes.windows(2).any(|pair| matches!(pair, b"//" | b"/.")) {
        return path.to_owned();
    }
    let mut normal = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::Normal(name) => normal.push(name),
            _ => (),
        }
    }
    normal
}

/// Where the script would see its home: it follows the symbolic links of its own name, not those of directories.
fn real_home(home: &Path, script: &Path, world: &dyn World) -> PathBuf {
    let mut script = script.to_owned();
    for _ in 0..40 {
        let Some(target) = world.link(&script).is() else { break };
        script = script.parent().map_or_else(|| target.clone(), |directory| directory.join(&target));
    }
    let parent = script.parent().and_then(Path::parent).map(|path| normal(&world.absolute(path)));
    parent.unwrap_or_else(|| home.to_owned())
}

/// The names in a directory, sorted; only text, only of directories when asked.
fn names(directory: &Path, directories: bool, world: &dyn World) -> Vec<String> {
    let mut names: Vec<String> = world
        .list(directory)
        .is()
        .unwrap_or_default()
        .into_iter()
        .take(MOST_ENTRIES)
        .filter_map(|name| name.into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .filter(|name| {
            !directories
                || world.look(&directory.join(name)).is().is_some_and(|it| it.kind == FileKind::Directory)
        })
        .collect();
    diagnostics::order::sort(&mut names);
    names
}

/// The `jvm.options` that the script of 5.x reads.
pub fn jvm_options(home: &Path, environment: &Environment, world: &dyn World) -> Option<(PathBuf, Vec<u8>)> {
    let candidates = match environment.set_in_process("ES_JVM_OPTIONS").map(PathBuf::from) {
        Some(path) => vec![path],
        None => vec![home.join("config/jvm.options"), PathBuf::from("/etc/elasticsearch/jvm.options")],
    };
    candidates.into_iter().find_map(|path| world.read(&path, LARGEST).is().map(|content| (path, content)))
}

/// The include file that the script of 1.x to 5.x sources.
fn include(home: &Path, environment: &Environment, world: &dyn World) -> Option<(PathBuf, Vec<u8>)> {
    let candidates = if let Some(named) = environment.set_in_process("ES_INCLUDE") {
        vec![PathBuf::from(named)]
    } else {
        let mut candidates: Vec<PathBuf> =
            ["/usr/share/elasticsearch", "/usr/local/share/elasticsearch", "/opt/elasticsearch"]
                .iter()
                .map(|directory| Path::new(directory).join("elasticsearch.in.sh"))
                .collect();
        let user = environment.process("HOME").unwrap_or_default();
        candidates.push(Path::new(user).join(".elasticsearch.in.sh"));
        candidates.push(home.join("bin/elasticsearch.in.sh"));
        candidates
    };
    candidates.into_iter().find_map(|path| world.read(&path, LARGEST).is().map(|content| (path, content)))
}
