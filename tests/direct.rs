//! What `run` executes for 6.8, 7.17 and OpenSearch against what the real start scripts execute, with the real helpers of
//! Java: arguments, environment, directory and standard input. In the place of the JVM stands a `java` that records the
//! server's start and is a real one for all else.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use common::java;

/// The Java of OpenSearch 3 is in no place that a script of this machine could start it from: `tests/starts/early.rs` has it in a box.
const SERVERS: [(&str, &str); 4] = [
    ("elasticsearch", "6.8.23"),
    ("elasticsearch", "7.17.29"),
    ("opensearch", "1.3.20"),
    ("opensearch", "2.19.6"),
];

/// Whatever the machine of the test is like, and whatever is odd in these cases.
const ALLOW: &str = "host/nofile,host/max-map-count,host/nproc,host/memory,host/disk-watermark,host/no-space,\
                     heap/over-limit,discovery/loopback";

fn recorder(java: &str) -> String {
    format!(
        r#"#!/bin/sh
for word; do
    case $word in
    org.elasticsearch.bootstrap.Elasticsearch | org.opensearch.bootstrap.OpenSearch)
        dir=$(dirname "$0")
        {{ printf '%s\0' "$0"; for word do printf '%s\0' "$word"; done; }} > "$dir/arguments"
        cat /proc/$$/environ > "$dir/environment"
        pwd > "$dir/directory"
        cat > "$dir/input"
        exit 0
        ;;
    esac
done
exec {java}/bin/java "$@"
"#
    )
}

/// What a recorded process got; the digits of the temporary directory are `*`.
#[derive(Debug, PartialEq, Eq)]
struct Recorded {
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    directory: String,
    input: String,
}

/// Numbers the sandboxes.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A home with its own `bin`, `config` and `plugins`, removed at the end.
struct Sandbox {
    path: PathBuf,
    product: &'static str,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
        // What a JVM leaves of its user in there is empty, unless another one is running.
        for entry in std::fs::read_dir("/tmp").into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with("hsperfdata_") {
                let _ = std::fs::remove_dir(entry.path());
            }
        }
    }
}

impl Sandbox {
    fn new(product: &'static str, version: &str, java: &str) -> Option<Self> {
        let distribution = common::cache().join(format!("{product}-{version}"));
        if !distribution.join("bin").is_dir() {
            common::skip(&format!("{} is not there: scripts/provision.sh servers", distribution.display()));
            return None;
        }
        // The tests run at the same time, and some have the same server.
        let (own, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("direct-{product}-{version}-{own}-{number}"));
        let _ = std::fs::remove_dir_all(&path);
        let home = path.join("home");
        for directory in ["jre/bin", "home/plugins", "home/logs", "home/data", "runtime"] {
            std::fs::create_dir_all(path.join(directory)).unwrap();
        }
        for part in ["bin", "config"] {
            let mut copy = Command::new("cp");
            run(copy.arg("-R").arg(distribution.join(part)).arg(&home));
        }
        for part in ["lib", "modules"] {
            symlink(distribution.join(part).canonicalize().unwrap(), home.join(part)).unwrap();
        }
        std::fs::write(path.join("jre/bin/java"), recorder(java)).unwrap();
        std::fs::copy(Path::new(java).join("release"), path.join("jre/release")).unwrap();
        std::fs::set_permissions(path.join("jre/bin/java"), std::fs::Permissions::from_mode(0o755)).unwrap();
        Some(Self { path, product })
    }

    fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.home().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = std::fs::File::options().append(true).create(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Runs it as another user than root, who has to be able to write there.
    fn recorded(&self, mut command: Command, variables: &[(&str, &str)]) -> Recorded {
        run(Command::new("chmod").arg("-R").arg("a+rwX").arg(&self.path));
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", "/nowhere")
            .envs(variables.iter().copied());
        command.env("JAVA_HOME", self.path.join("jre")).env("ES_ENTRYPOINT_ALLOW", ALLOW).current_dir("/");
        run(&mut command);
        let text = |name: &str| {
            let path = self.path.join("jre/bin").join(name);
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::remove_file(path).unwrap();
            self.without_digits(&text)
        };
        let words =
            |name: &str| -> Vec<String> { text(name).split_terminator('\0').map(str::to_owned).collect() };
        let pair = |pair: String| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        };
        let mut environment: BTreeMap<String, String> = words("environment").into_iter().map(pair).collect();
        // The shell's own.
        for name in ["_", "SHLVL", "PWD", "OLDPWD"] {
            environment.remove(name);
        }
        let mut arguments = words("arguments");
        // Settings of variables come in the order of the shell's table of hashes.
        let class = arguments.iter().position(|word| word.starts_with("org.")).unwrap();
        arguments[class..].sort();
        Recorded { arguments, environment, directory: text("directory"), input: text("input") }
    }

    /// Looks at the temporary directory that is named, and removes it.
    fn without_digits(&self, text: &str) -> String {
        let beginning = format!("/tmp/{}-", self.product);
        let mut parts = text.split(&beginning);
        let mut whole = parts.next().unwrap().to_owned();
        for part in parts {
            let rest = part.trim_start_matches(|it: char| it.is_ascii_digit());
            let digits = &part[..part.len() - rest.len()];
            assert!((1..=20).contains(&digits.len()), "{part}");
            let directory = format!("{beginning}{digits}");
            if let Ok(found) = std::fs::metadata(&directory) {
                assert_eq!(found.permissions().mode() & 0o7777, 0o700);
                std::fs::remove_dir(directory).unwrap();
            }
            whole.push_str(&beginning);
            whole.push('*');
            whole.push_str(rest);
        }
        whole
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(common::binary());
        command
            .arg("run")
            .arg("--es-home")
            .arg(self.home())
            .arg("--runtime-dir")
            .arg(self.path.join("runtime"));
        command.args(["--launch=direct", "--policy=off", "--user=1000:1000", "--"]).args(arguments);
        command
    }

    /// What `explain` says of a direct start, wherever it says it.
    fn explained(&self, variables: &[(&str, &OsStr)]) -> String {
        let mut command = Command::new(common::binary());
        command.args(["explain", "--launch=direct"]).arg("--es-home").arg(self.home()).env_clear();
        for name in ["JAVA_HOME", "ES_JAVA_HOME", "OPENSEARCH_JAVA_HOME"] {
            command.env(name, self.path.join("jre"));
        }
        command.env("ES_ENTRYPOINT_ALLOW", ALLOW).envs(variables.iter().copied());
        let output = command.output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    }

    fn compare(&self, variables: &[(&str, &str)], arguments: &[&str]) {
        let script = self.home().join("bin").join(self.product);
        let mut command = if nix::unistd::geteuid().is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=1000", "--regid=1000", "--clear-groups"]).arg(script);
            command
        } else {
            Command::new(script)
        };
        command.args(arguments);
        let expected = self.recorded(command, variables);
        let mut recorded = self.recorded(self.command(arguments), variables);
        for option in OF_IMAGES {
            if !expected.arguments.iter().any(|it| it == option) {
                recorded.arguments.retain(|it| it != option);
                for value in recorded.environment.values_mut() {
                    *value = value.replace(&format!(" {option}"), "").replace(&format!("{option} "), "");
                }
            }
        }
        assert_eq!(recorded, expected, "{} {variables:?} {arguments:?}", self.path.display());
    }
}

/// What the entrypoints of OpenSearch's images and of those up to 7.5 add, which are replaced as well.
const OF_IMAGES: [&str; 2] =
    ["-Dopensearch.cgroups.hierarchy.override=/", "-Des.cgroups.hierarchy.override=/"];

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// The Java of these tests; where there is none, what is named is left out.
fn jdk(what: &str) -> Option<java::Jre> {
    java::jdk_17().map_err(|reason| java::left_out(what, &reason)).ok()
}

#[test]
fn as_the_scripts_do() {
    let Some(jdk) = jdk("direct launch") else { return };
    for (product, version) in SERVERS {
        let Some(sandbox) = Sandbox::new(product, version, &jdk.home) else { continue };
        sandbox.compare(&[], &[]);
        let is_opensearch = product == "opensearch";
        let has_directory = version != "6.8.23";
        let (prefix, options) =
            if is_opensearch { ("OPENSEARCH_", "OPENSEARCH_JAVA_OPTS") } else { ("ES_", "ES_JAVA_OPTS") };
        // What an image has.
        let script = format!("bin/{product}-env");
        let text = std::fs::read_to_string(sandbox.home().join(&script)).unwrap();
        let kind = format!("{prefix}DISTRIBUTION_TYPE=");
        let image = text.replace(&format!("{kind}zip"), &format!("{kind}docker"));
        assert_ne!(image, text);
        std::fs::write(sandbox.home().join(script), image).unwrap();
        if has_directory {
            sandbox.write("config/jvm.options.d/b.options", "# own\n-Da=b\n8-16:-Dno\n17-:-Dyes\n");
            sandbox.write("config/jvm.options.d/a.options", "-Xms333m\n-Xmx333m\r\n\n17:-Djust=17");
        }
        sandbox.write(&format!("config/{product}.yml"), "node.attr.zone: a\n");
        let mut variables = vec![
            (
                options,
                "-Done=1  -Dtwo='2'\t-Dthree=$HOME -XX:+ExitOnOutOfMemoryError -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
                 -XX:+PerfDisableSharedMem -XX:MaxTenuringThreshold=1 -XX:+ParallelRefProcEnabled -XX:SoftRefLRUPolicyMSPerMB=0",
            ),
            ("HOSTNAME", "another"),
            ("JAVA_TOOL_OPTIONS", "-Dtool"),
            ("_JAVA_OPTIONS", "-Dlast=1"),
            ("JAVA_OPTS", "-Dignored"),
            ("JAVA", "x"),
            ("CDPATH", "/tmp"),
            ("ES_HOME", "/somewhere/else"),
            ("Not.this", "x"),
            ("EMPTY.a", ""),
        ];
        // The script of 6.8 makes no settings of these, which `run` does.
        if has_directory {
            variables.extend([("node.attr.rack", "r 1"), ("cluster.name", "dotted=")]);
        }
        if version == "7.17.29" {
            variables.push(("ES_SETTING_HTTP_MAX__HEADER__SIZE", "9kb"));
        }
        if version == "2.19.6" {
            variables.push(("KEYSTORE_PASSWORD", "not needed"));
        }
        sandbox.compare(&variables, &["-E", "node.name=n1", "-Ehttp.port=9201", "-q"]);
        sandbox.write(&format!("bin/{product}-env"), "export MORE=1\n");
        let edited = sandbox.command(&[]).env("JAVA_HOME", sandbox.path.join("jre")).output().unwrap();
        let errors = String::from_utf8_lossy(&edited.stderr).into_owned();
        assert!(edited.status.code() == Some(78) && errors.contains("launch/not-direct"), "{errors}");
    }
}

/// A plugin's descriptor says in a comment which kind of plugin would change the options of the JVM.
#[test]
fn plugins_that_leave_the_options_alone() {
    let Some(jdk) = jdk("direct launch") else { return };
    let Some(sandbox) = Sandbox::new("elasticsearch", "7.17.29", &jdk.home) else { return };
    let descriptor = sandbox.home().join("modules/transport-netty4/plugin-descriptor.properties");
    let text = std::fs::read_to_string(descriptor).unwrap();
    assert!(text.contains("'bootstrap'") && text.contains("\ntype=isolated\n"), "{text}");
    for (text, is_plain) in [(text.clone(), true), (text.replace("=isolated", " : Bootstrap"), false)] {
        let plugin = sandbox.home().join("plugins/analysis-icu");
        let _ = std::fs::remove_dir_all(&plugin);
        sandbox.write("plugins/analysis-icu/plugin-descriptor.properties", &text);
        let found = sandbox.explained(&[("ES_JAVA_OPTS", OsStr::new("-Xms1g -Xmx1g"))]);
        assert_eq!(!found.contains("a plugin may change the options of the JVM"), is_plain, "{found}");
    }
}

/// No release that is out has options for a later one.
const NEWEST_JAVA: u16 = 27;

/// The options that a distribution brings along for its default collector are none that only its launcher understands, on
/// whatever Java it runs.
#[test]
fn their_own_options_on_every_java() {
    let Some(jdk) = jdk("direct launch") else { return };
    for (product, version, oldest) in [
        ("elasticsearch", "6.8.23", 8),
        ("elasticsearch", "7.17.29", 14),
        ("elasticsearch", "8.15.0", 17),
        ("elasticsearch", "8.19.21", 17),
        ("elasticsearch", "9.2.0", 21),
        ("opensearch", "1.3.20", 11),
        ("opensearch", "2.19.6", 11),
        ("opensearch", "3.6.0", 21),
    ] {
        let Some(sandbox) = Sandbox::new(product, version, &jdk.home) else { continue };
        let options = if product == "opensearch" { "OPENSEARCH_JAVA_OPTS" } else { "ES_JAVA_OPTS" };
        if product == "elasticsearch" {
            sandbox.write("config/elasticsearch.yml", "xpack.security.enabled: false\n");
        }
        for java in oldest..=NEWEST_JAVA {
            let number = if java == 8 { "1.8.0".to_owned() } else { format!("{java}.0.1") };
            let release = format!("IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_VERSION=\"{number}\"\n");
            std::fs::write(sandbox.path.join("jre/release"), release).unwrap();
            let found = sandbox.explained(&[(options, OsStr::new("-Xms2g -Xmx2g"))]);
            assert!(!found.contains("launch/not-direct"), "{product} {version} on Java {java}: {found}");
            assert!(found.contains("-Xmx2g"), "{product} {version} on Java {java}: {found}");
        }
    }
}

/// The launcher of 8.0 and later hands the server the settings of the main file. Beside templates without one that is the
/// server's own, which only the launcher reads.
#[test]
fn a_main_file_that_is_no_template_is_the_launchers() {
    let Some(jdk) = jdk("direct launch") else { return };
    let Some(sandbox) = Sandbox::new("elasticsearch", "8.19.21", &jdk.home) else { return };
    sandbox.write("config/elasticsearch.yml", "xpack.security.enabled: false\npath.data: /elsewhere\n");
    sandbox.write("templates/jvm.options.d/heap.options", "-Xmx1g\n");
    let refused = "error[launch/not-direct]: the JVM cannot be executed in the place of `bin/elasticsearch`: the main file of the \
                   configuration is no template";
    let found = sandbox.explained(&[]);
    assert!(!found.contains("launch/not-direct"), "{found}");
    let templates = sandbox.home().join("templates");
    let found = sandbox.explained(&[("ES_ENTRYPOINT_TEMPLATES", templates.as_os_str())]);
    assert!(found.contains(refused), "{found}");
}

/// A `java` that does that for the server, and is a real one for all else.
fn instead(java: &str, script: &str) -> String {
    format!("#!/bin/sh\ncase \"$*\" in *.bootstrap.*) {script} ;; esac\nexec {java}/bin/java \"$@\"\n")
}

const NOT_DIRECT: &str = "archive/not-possible]: there can be no class archive for Elasticsearch 7.17.29: the JVM cannot be \
                          executed in the place of `bin/elasticsearch`: ";

/// `archive` that fails or is interrupted leaves nothing behind.
#[test]
fn no_archive_is_left_half_made() {
    let Some(jdk) = jdk("class archives") else { return };
    let Some(sandbox) = Sandbox::new("elasticsearch", "7.17.29", &jdk.home) else { return };
    let started = sandbox.path.join("runtime/started");
    let files = sandbox.path.join("tmp");
    std::fs::create_dir(&files).unwrap();
    run(Command::new("chmod").arg("-R").arg("a+rwX").arg(&sandbox.path));
    let sleeps = format!("echo \"$@\" >{0}.new; mv {0}.new {0}; exec sleep 1000", started.display());
    // In the place where the server would make it: there is no copy of a finished file.
    sandbox.write("config/elasticsearch.yml", "node.attr.zone: a\n");
    let keystore = sandbox.home().join("config/elasticsearch.keystore");
    let breaks = format!("echo x >{}; echo 'it is broken'; exit 3", keystore.display());
    for (script, options, code, line) in [
        (sleeps.as_str(), "-Xmx1g", 143, "interrupted: there is no class archive"),
        (&breaks, "-Xmx1g", 3, "it is broken"),
        // What only the script can do, there is no archive for.
        ("exit 3", "-Xmx1g -XX:+UseZGC", 78, NOT_DIRECT),
    ] {
        std::fs::write(sandbox.path.join("jre/bin/java"), instead(&jdk.home, script)).unwrap();
        let mut command = Command::new(common::binary());
        command.arg("archive").arg("--es-home").arg(sandbox.home()).arg("--user=1000:1000");
        command.arg("--output").arg(sandbox.path.join("runtime/out.jsa"));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("JAVA_HOME", sandbox.path.join("jre"));
        command.env("ES_ENTRYPOINT_ALLOW", ALLOW).env("TMPDIR", &files).env("ES_JAVA_OPTS", options);
        // What the image is for says nothing of this start.
        command.envs([("MASTER_COUNT", "3"), ("MASTER_STATEFULSET", "es"), ("NODE_NAME", "es-0")]);
        command.env("ES_ENTRYPOINT_STRICT", "true");
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        if code == 143 {
            common::within(60, "the start", || {
                started.exists().then_some(()).or_else(|| child.try_wait().unwrap().map(|_| ()))
            });
            let pid = nix::unistd::Pid::from_raw(child.id().cast_signed());
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(code) && errors.contains(line), "{:?} {errors}", output.status);
        assert_eq!(std::fs::read_dir(&files).unwrap().count(), 0);
        assert!(!sandbox.path.join("runtime/out.jsa").exists() && !keystore.exists());
    }
    let words = std::fs::read_to_string(&started).unwrap();
    assert!(words.starts_with("-XX:ArchiveClassesAtExit=") && !words.contains("-Xlog:gc"), "{words}");
    assert!(words.contains("/lib/elasticsearch-7.17.29.jar:") && words.contains(" -Ehttp.port="), "{words}");
}
