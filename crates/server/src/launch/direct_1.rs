//! 1.6 and 1.7: `bin/elasticsearch` reads the options itself and turns them into system properties of the JVM.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::direct_2::{property, set_memory};
use super::inputs::{Launch, LaunchInputs, direct};
use super::shell::{Shell, short_host_name};
use super::{arguments, scripts};
use diagnostics::Finding;

const GC_LOG_START: &str = "-XX:+PrintGCDetails -XX:+PrintGCTimeStamps";
/// Since 1.7.5, between the two.
const GC_LOG_DATES: &str = "-XX:+PrintGCDateStamps";
const GC_LOG_OPTIONS: &str = "-XX:+PrintClassHistogram -XX:+PrintTenuringDistribution \
                              -XX:+PrintGCApplicationStoppedTime -Xloggc:/var/log/elasticsearch/gc.log";

/// The script's own variables, which it takes from the environment when they are there by chance.
const NOT_INITIALIZED: &[&str] =
    &["properties", "pidfile", "daemonized", "props", "es_parms", "pidpath", "ARGV", "args"];

/// Nothing where the script is needed after all: for `-v`, `-h` and everything that it would complain about.
pub(super) fn launch(inputs: &LaunchInputs) -> Option<Result<Launch, Vec<Finding>>> {
    let (include_path, include) = inputs.files.include.as_ref()?;
    let jar = scripts::server_jar(include)?;
    if NOT_INITIALIZED.iter().any(|name| inputs.environment.process(name).is_some()) {
        return None;
    }
    let user_arguments = match inputs.config_dir {
        Some(_) => arguments::without_config_dir(inputs.version, inputs.arguments),
        None => inputs.arguments.to_vec(),
    };
    let options = read_options(&user_arguments)?;
    let mut shell = Shell::new(inputs.environment);

    shell.assign_if_exported("IS_PACKAGED_VERSION", "elasticsearch");
    shell.assign_if_exported("CDPATH", "");
    shell.assign_if_exported("SCRIPT", inputs.home.join("bin/elasticsearch"));
    shell.assign_if_exported("include", include_path);
    shell.assign("ES_HOME", inputs.home);
    let mut class_path = shell.get("ES_CLASSPATH").to_owned();
    for part in ["lib", "lib/*", "lib/sigar/*"] {
        class_path.push(":");
        class_path.push(inputs.home.join(part));
        if part == "lib" {
            class_path.push("/");
            class_path.push(jar);
        }
    }
    shell.assign("ES_CLASSPATH", class_path);
    set_memory(&mut shell);
    for option in scripts::COLLECTOR {
        shell.append("JAVA_OPTS", &[OsStr::new(option)]);
    }
    if !shell.is_empty("ES_USE_GC_LOGGING") {
        shell.append("JAVA_OPTS", &[OsStr::new(GC_LOG_START)]);
        if scripts::find(include, GC_LOG_DATES.as_bytes()).is_some() {
            shell.append("JAVA_OPTS", &[OsStr::new(GC_LOG_DATES)]);
        }
        shell.append("JAVA_OPTS", &[OsStr::new(GC_LOG_OPTIONS)]);
    }
    for option in ["-XX:+HeapDumpOnOutOfMemoryError", "-XX:+DisableExplicitGC", "-Dfile.encoding=UTF-8"] {
        shell.append("JAVA_OPTS", &[OsStr::new(option)]);
    }
    let java = inputs.java.unwrap_or("java".as_ref());
    shell.assign_if_exported("JAVA", java);
    shell.assign_if_exported("LANG", "en_US.UTF-8");
    shell.assign_if_exported("LC_ALL", "en_US.UTF-8");
    shell.export("HOSTNAME", short_host_name(inputs.host_name));

    let mut words = shell.words("JAVA_OPTS");
    words.extend(shell.words("ES_JAVA_OPTS"));
    words.extend(inputs.extra_java_options.iter().map(OsString::from));
    words.push("-Delasticsearch".into());
    words.extend(options.pid_file.as_deref().map(|file| property("-Des.pidfile=", file)));
    words.push("-Des.foreground=yes".into());
    words.push(property("-Des.path.home=", inputs.home.as_os_str()));
    words.push("-cp".into());
    words.push(shell.get("ES_CLASSPATH").to_owned());
    words.extend(options.properties);
    words.extend(inputs.config_dir.map(|directory| property("-Des.path.conf=", directory.as_os_str())));
    words.push("org.elasticsearch.bootstrap.Elasticsearch".into());
    Some(Ok(direct(java, words, shell)))
}

struct Options {
    properties: Vec<OsString>,
    pid_file: Option<OsString>,
}

/// `--name=value`, `--name value`, `-Dname=value`, `-Xoption`, `-p FILE`. The script splits values at blanks, which
/// never gave a working command; here they stay whole.
fn read_options(arguments: &[OsString]) -> Option<Options> {
    let mut options = Options { properties: Vec::new(), pid_file: None };
    let mut short = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let bytes = argument.as_bytes();
        let Some(long) = bytes.strip_prefix(b"--") else {
            short.push(argument);
            continue;
        };
        if matches!(long, b"" | b"help") {
            return None;
        }
        let mut text = property("-Des.", OsStr::from_bytes(long));
        if !long.contains(&b'=') {
            text.push("=");
            text.push(rest.next()?);
        }
        options.properties.push(text);
    }
    let mut rest = short.into_iter();
    while let Some(argument) = rest.next() {
        let (flag, joined) = argument.as_bytes().split_at_checked(2)?;
        let value = if joined.is_empty() { rest.next()?.as_os_str() } else { OsStr::from_bytes(joined) };
        match flag {
            b"-D" => options.properties.push(property("-D", value)),
            b"-X" => options.properties.push(property("-X", value)),
            b"-p" => options.pid_file = Some(value.to_owned()),
            _ => return None,
        }
    }
    Some(options)
}
