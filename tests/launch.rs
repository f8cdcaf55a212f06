//! The JVM that we execute directly against the one that the real start script executes: same arguments, same
//! environment, byte for byte. A `java` that only records takes the place of the JVM.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test finds its archive through the environment, says what it left out, and may panic"
)]

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use es_entrypoint::elasticsearch::launch::{self, Launch, LaunchFiles, LaunchInputs, Launcher};
use es_entrypoint::elasticsearch::version::Version;

const RECORDER: &str = r#"#!/bin/sh
dir=$(dirname "$0")
{ printf '%s\0' "$0"; for word do printf '%s\0' "$word"; done; } > "$dir/arguments"
cat /proc/$$/environ > "$dir/environment"
"#;

/// What a recorded process got.
#[derive(Debug, PartialEq, Eq)]
struct Recorded {
    arguments: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
}

/// A directory of its own with a recording `java` in `jre/bin`, removed at the end.
struct Sandbox(PathBuf);

impl Sandbox {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("launch-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(directory.join("jre/bin")).unwrap();
        std::fs::write(directory.join("jre/bin/java"), RECORDER).unwrap();
        std::fs::set_permissions(directory.join("jre/bin/java"), std::fs::Permissions::from_mode(0o755))
            .unwrap();
        Self(directory)
    }

    fn java(&self) -> PathBuf {
        self.0.join("jre/bin/java")
    }

    fn recorded(&self) -> Recorded {
        let words = |name: &str| -> Vec<OsString> {
            let path = self.0.join("jre/bin").join(name);
            let bytes = std::fs::read(&path).unwrap();
            std::fs::remove_file(path).unwrap();
            let mut words: Vec<OsString> =
                bytes.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect();
            words.pop();
            words
        };
        let mut environment = BTreeMap::new();
        for pair in words("environment") {
            let bytes = pair.as_bytes();
            let at = bytes.iter().position(|byte| *byte == b'=').unwrap();
            environment
                .insert(OsStr::from_bytes(&bytes[..at]).into(), OsStr::from_bytes(&bytes[at + 1..]).into());
        }
        // The shell's own.
        for name in ["_", "SHLVL", "PWD", "OLDPWD"] {
            environment.remove(OsStr::new(name));
        }
        Recorded { arguments: words("arguments"), environment }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The unpacked distribution: from `TEST_ELASTICSEARCH_HOME_2_3_4`, else from `.cache/`. Where `CI` is `true` it has to
/// be there.
fn installation(version: &str) -> Option<PathBuf> {
    let variable = format!("TEST_ELASTICSEARCH_HOME_{}", version.replace('.', "_"));
    let named = std::env::var_os(&variable).map(PathBuf::from);
    let home = named.unwrap_or_else(|| {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache").join(format!("elasticsearch-{version}"))
    });
    if home.join("bin/elasticsearch").is_file() {
        return Some(home.canonicalize().unwrap());
    }
    let message =
        format!("no Elasticsearch {version} in {} ({variable} can name another place)", home.display());
    assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{message}");
    eprintln!("LEFT OUT: {message}");
    None
}

fn run(mut command: Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// What the real script gives to `java`.
fn through_script(
    sandbox: &Sandbox,
    home: &Path,
    environment: &[(OsString, OsString)],
    arguments: &[OsString],
) -> Recorded {
    let mut command = Command::new(home.join("bin/elasticsearch"));
    command.args(arguments).env_clear().envs(environment.iter().cloned()).current_dir(&sandbox.0);
    run(command);
    sandbox.recorded()
}

/// What we give to it.
fn direct(
    sandbox: &Sandbox,
    home: &Path,
    version: Version,
    environment: &[(OsString, OsString)],
    arguments: &[OsString],
) -> (Launch, Recorded) {
    let host_name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let include = home.join("bin/elasticsearch.in.sh");
    let files = LaunchFiles {
        script: Some(std::fs::read(home.join("bin/elasticsearch")).unwrap()),
        include: Some((include.clone(), std::fs::read(include).unwrap())),
    };
    let launch = launch::command(&LaunchInputs {
        version,
        home,
        config_dir: None,
        environment,
        arguments,
        java: Some(&sandbox.java()),
        host_name: OsStr::new(host_name.trim_end()),
        extra_java_options: &[],
        files: &files,
    })
    .unwrap();
    assert_eq!(launch.launcher, Launcher::Direct);
    assert_eq!(launch.command.working_directory, None);
    let mut command = Command::new(&launch.command.program);
    command
        .args(&launch.command.arguments)
        .env_clear()
        .envs(launch.command.environment.iter().cloned())
        .current_dir(&sandbox.0);
    run(command);
    let recorded = sandbox.recorded();
    (launch, recorded)
}

/// Each of these alone, and all together.
const VARIABLES: &[(&str, &str)] = &[
    ("ES_HEAP_SIZE", "512m"),
    ("ES_MIN_MEM", "128m"),
    ("ES_MAX_MEM", "2g"),
    ("ES_HEAP_NEWSIZE", "64m"),
    ("ES_DIRECT_SIZE", "1g"),
    ("ES_USE_IPV4", "1"),
    ("ES_GC_OPTS", "-XX:+UseG1GC -XX:MaxGCPauseMillis=100"),
    ("ES_GC_LOG_FILE", "made/by/script/gc.log"),
    ("ES_JAVA_OPTS", "-Done=1  -Dtwo=\"2 3\"\t-Dthree='4'\n-Dfour=$HOME -Dfive=a*b -Dsix=\\x -Dseven=`id`"),
    ("JAVA_OPTS", " -Dfrom.java.opts=ja\u{308} "),
    ("JAVA_TOOL_OPTIONS", "-javaagent:none.jar"),
    ("HOSTNAME", "another"),
    ("ES_HOME", "/somewhere/else"),
    ("ES_STARTUP_SLEEP_TIME", "1"),
    ("CDPATH", "/tmp:/usr"),
    ("JAVA", "x"),
    ("SCRIPT", "x"),
    ("include", "x"),
    ("daemonized", "x"),
    ("IS_PACKAGED_VERSION", "x"),
    ("ES_INCLUDE", ""),
    ("ES_CLASSPATH", ""),
    ("EMPTY", ""),
    ("WITH_NEWLINE", "a\nb=c\n"),
    ("CONF_DIR", "/etc/elasticsearch"),
];

const ARGUMENTS: &[&[&str]] = &[
    &[],
    &["-Des.cluster.name=a b"],
    &["--cluster.name=quoted \"x\"", "--node.name", "n 1"],
    &["-D", "es.x=y", "--", "-x"],
    &["-p", "es.pid", "-V"],
    &["--version"],
    &["-h"],
    &["", "*", "$HOME", "a\nb"],
];

fn differential(text: &str) {
    let Some(home) = installation(text) else { return };
    let version = Version::parse(text).unwrap();
    let sandbox = Sandbox::new(text);
    let base = vec![
        (OsString::from("PATH"), std::env::var_os("PATH").unwrap()),
        ("HOME".into(), sandbox.0.clone().into()),
        ("JAVA_HOME".into(), sandbox.0.join("jre").into()),
    ];
    let mut environments = vec![base.clone()];
    for (name, value) in VARIABLES {
        let mut one = base.clone();
        one.push((name.into(), value.into()));
        environments.push(one);
    }
    let mut all = base.clone();
    all.extend(VARIABLES.iter().map(|(name, value)| (name.into(), value.into())));
    environments.push(all);

    let made = sandbox.0.join("made/by/script");
    for (number, environment) in environments.iter().enumerate() {
        for arguments in ARGUMENTS {
            // The whole matrix for the first and the last environment, one line of it for the others.
            if number != 0 && number + 1 != environments.len() && arguments.len() != 1 {
                continue;
            }
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            let expected = through_script(&sandbox, &home, environment, &arguments);
            let script_made = made.is_dir();
            let _ = std::fs::remove_dir(&made);
            let (launch, recorded) = direct(&sandbox, &home, version, environment, &arguments);
            assert_eq!(recorded, expected, "{environment:?} {arguments:?}");
            let directories: &[PathBuf] = if script_made { &["made/by/script".into()] } else { &[] };
            assert_eq!(launch.directories, directories);
        }
    }
}

#[test]
fn same_as_script_2_3_4() {
    differential("2.3.4");
}
