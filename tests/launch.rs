//! The JVM that we execute directly against the one that the real start script executes: same arguments, same
//! environment, byte for byte. A `java` that only records takes the place of the JVM.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(
    clippy::unwrap_used,
    reason = "a test finds its archive through the environment, says what it left out, and may panic"
)]

mod common;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::world::TestDisk;
use node::World as _;
use server::launch::{self, KeystoreLine, Launch, LaunchInputs, LaunchMode, Launcher};
use template::Environment;

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

/// The unpacked distribution, or what its start script looks at: from `TEST_ELASTICSEARCH_HOME_2_3_4`, else from the
/// cache. Without it the test is skipped.
fn installation(version: &str) -> Option<PathBuf> {
    let variable = format!("TEST_ELASTICSEARCH_HOME_{}", version.replace('.', "_"));
    let name = format!("elasticsearch-{version}");
    let homes = match std::env::var_os(&variable) {
        Some(home) => vec![PathBuf::from(home)],
        None => vec![common::cache().join(&name), common::cache().join("launchers").join(&name)],
    };
    let found = homes.iter().find(|home| home.join("bin/elasticsearch").is_file());
    if found.is_none() {
        common::skip(&format!("no Elasticsearch {version} in {homes:?} ({variable} can name another place)"));
    }
    found.map(|home| home.canonicalize().unwrap())
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
    environment: &[(OsString, OsString)],
    arguments: &[OsString],
) -> (Launch, Recorded) {
    let environment = &Environment::new(environment.to_vec());
    let mut installation = node::read_installation(home, environment, &TestDisk);
    installation.launch.jvm_options = node::jvm_options_of_script(&installation.home, environment, &TestDisk);
    let java = node::find_java(installation.version.unwrap(), Some(home), environment, &TestDisk).is();
    let launch = launch::command(&LaunchInputs {
        version: installation.version.unwrap(),
        home: &installation.home,
        config_dir: None,
        environment,
        arguments,
        java: java.as_deref(),
        host_name: OsStr::new(&TestDisk.host_name().is().unwrap()),
        extra_java_options: &[],
        files: &installation.launch,
        mode: LaunchMode::Direct,
        archive: None,
        java_major: None,
        keystore: KeystoreLine::Empty,
        memory: None,
        page_size: Some(4096),
        heap_share: None,
        random: None,
        record: None,
    })
    .unwrap();
    assert_eq!(launch.launcher, Launcher::Direct);
    let mut command = Command::new(&launch.command.program);
    let variables = launch.command.environment.iter().cloned();
    command.args(&launch.command.arguments).env_clear().envs(variables).current_dir(&sandbox.0);
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
    ("_JAVA_OPTIONS", "-Xmx64m"),
    ("JDK_JAVA_OPTIONS", "-Xmx64m"),
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

/// Those with which only 5.x refuses to start, and its own.
const VARIABLES_5: &[(&str, &str)] = &[
    ("ES_JAVA_OPTS", "-Done=1  -Dtwo=\"2 3\"\t-Dthree='4'\n-Dfour=$HOME -Xms512m -Xmx512m"),
    ("JAVA_OPTS", "-Dignored"),
    ("JAVA_TOOL_OPTIONS", "-javaagent:none.jar"),
    ("_JAVA_OPTIONS", "-Xmx64m"),
    ("JDK_JAVA_OPTIONS", "-Xmx64m"),
    ("HOSTNAME", "another"),
    ("ES_HOME", "/somewhere/else"),
    ("CDPATH", "/tmp:/usr"),
    ("JAVA", "x"),
    ("SCRIPT", "x"),
    ("include", "x"),
    ("ES_INCLUDE", ""),
    ("ES_CLASSPATH", ""),
    ("WITH_NEWLINE", "a\nb=c\n"),
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

/// The shell of 1.x takes arguments apart, and what it refuses we leave to it.
const ARGUMENTS_1: &[&[&str]] = &[
    &[],
    &["-Des.cluster.name=ab"],
    &["-D", "es.x=y", "--node.name=n1", "-Xss1m", "--a.b", "c", "-X", "mn5m"],
    &["-p", "es.pid", "--x=", "-pother.pid"],
];

struct Generation {
    version: &'static str,
    variables: &'static [(&'static str, &'static str)],
    arguments: &'static [&'static [&'static str]],
}

fn differential(generation: &Generation) {
    let Some(home) = installation(generation.version) else { return };
    let sandbox = Sandbox::new(generation.version);
    std::fs::write(sandbox.0.join("own.options"), "# own\n-Xms1g\n-Xmx1g\n -Dno\n8:-Dno\n-Dlast=a b")
        .unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let base = vec![
        (OsString::from("PATH"), path.clone()),
        ("HOME".into(), sandbox.0.clone().into()),
        ("JAVA_HOME".into(), sandbox.0.join("jre").into()),
    ];
    let mut by_path = base.clone();
    by_path[0].1 = sandbox.0.join("jre/bin").into();
    by_path[0].1.push(":");
    by_path[0].1.push(path);
    by_path[2].1 = "/does/not/exist".into();

    let with = |variables: &[(&str, &str)]| {
        let mut environment = base.clone();
        environment.extend(variables.iter().map(|(name, value)| (name.into(), value.into())));
        environment
    };
    let mut environments = vec![base.clone(), by_path];
    environments.extend(generation.variables.iter().map(|variable| with(&[*variable])));
    environments.push(with(generation.variables));
    let mut own_options = with(generation.variables);
    own_options.push(("ES_JVM_OPTIONS".into(), sandbox.0.join("own.options").into()));
    environments.push(own_options);

    let made = sandbox.0.join("made/by/script");
    for (number, environment) in environments.iter().enumerate() {
        for arguments in generation.arguments {
            // All arguments with the first and the last environment, some with the others.
            if number != 0 && number + 1 != environments.len() && arguments.len() != 1 {
                continue;
            }
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            let expected = through_script(&sandbox, &home, environment, &arguments);
            let script_made = made.is_dir();
            let _ = std::fs::remove_dir(&made);
            let (launch, recorded) = direct(&sandbox, &home, environment, &arguments);
            assert_eq!(recorded, expected, "{environment:?} {arguments:?}");
            let directories: &[PathBuf] = if script_made { &["made/by/script".into()] } else { &[] };
            assert_eq!(launch.directories, directories);
        }
    }
}

#[test]
fn same_as_script_2() {
    for version in ["2.0.0", "2.1.1", "2.3.4", "2.4.6"] {
        differential(&Generation { version, variables: VARIABLES, arguments: ARGUMENTS });
    }
}

#[test]
fn same_as_script_1_7() {
    let mut variables: Vec<(&str, &str)> = VARIABLES.to_vec();
    variables.retain(|(name, _)| *name != "daemonized");
    variables.extend([("ES_USE_GC_LOGGING", "1"), ("LANG", "C"), ("LC_ALL", "C")]);
    for version in ["1.7.0", "1.7.5"] {
        let variables = Box::leak(variables.clone().into_boxed_slice());
        differential(&Generation { version, variables, arguments: ARGUMENTS_1 });
    }
}

#[test]
fn same_as_script_5() {
    for version in ["5.0.2", "5.6.16"] {
        differential(&Generation { version, variables: VARIABLES_5, arguments: ARGUMENTS });
    }
}

/// The script reads the file on disk, so what a start renders must count at that start already, wherever it is written.
#[test]
fn rendered_jvm_options_reach_the_jvm_of_5() {
    let Some(original) = installation("5.6.16") else { return };
    let sandbox = Sandbox::new("rendered");
    let home = sandbox.0.join("home");
    run({
        let mut copy = Command::new("cp");
        copy.arg("-R").arg(original).arg(&home);
        copy
    });
    let templates = sandbox.0.join("templates");
    std::fs::create_dir(&templates).unwrap();
    std::fs::write(templates.join("elasticsearch.yml"), "cluster.name: x\n").unwrap();
    std::fs::write(templates.join("log4j2.properties"), "status = error\n").unwrap();
    std::fs::write(templates.join("jvm.options"), "-Xms64m\n-Xmx64m\n-Dx=${X}\n").unwrap();
    std::fs::write(sandbox.0.join("named.options"), "-Xms65m\n-Xmx65m\n").unwrap();
    let named = sandbox.0.join("named.options").into_os_string().into_string().unwrap();
    for (config, variable, expected) in [
        ("home/config", "", "-Xms64m -Xmx64m -Dx=1"),
        ("elsewhere", "", "-Xms64m -Xmx64m -Dx=1"),
        ("home/config", named.as_str(), "-Xms65m -Xmx65m"),
    ] {
        let mut command = Command::new(common::binary());
        command.arg("run").arg("--es-home").arg(&home).arg("--config-dir").arg(sandbox.0.join(config));
        command.arg("--templates").arg(&templates).arg("--runtime-dir").arg(sandbox.0.join("runtime"));
        command.args(["--policy=off", "--user=1000:1000"]);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("JAVA_HOME", sandbox.0.join("jre"))
            .env("X", "1");
        // Whatever the machine of the test is like.
        let limits = "host/nofile,host/max-map-count,host/nproc,host/memory,host/disk-watermark,heap/over-limit,discovery/loopback";
        command.env("ES_ENTRYPOINT_ALLOW", limits).env("ES_JVM_OPTIONS", variable).current_dir(&sandbox.0);
        // The recording `java` writes beside itself.
        run({
            let mut give = Command::new("chmod");
            give.arg("-R").arg("a+rwX").arg(&sandbox.0);
            give
        });
        run(command);
        let words = sandbox.recorded().arguments;
        let options: Vec<&str> = words.iter().skip(1).map(|word| word.to_str().unwrap()).collect();
        let end = options.iter().position(|word| word.starts_with("-Des.path.home=")).unwrap();
        assert_eq!(options[..end].join(" "), expected, "{config} {variable}");
    }
}
