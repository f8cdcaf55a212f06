//! 2.x: `bin/elasticsearch` and `bin/elasticsearch.in.sh`, line by line in the same order.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::inputs::{Launch, LaunchInputs, direct};
use super::shell::{Shell, directory_name, short_host_name};
use super::{arguments, scripts};
use crate::version::Version;
use diagnostics::Finding;

const GC_LOG_OPTIONS: &str = "-XX:+PrintGCDetails -XX:+PrintGCTimeStamps -XX:+PrintGCDateStamps \
                              -XX:+PrintClassHistogram -XX:+PrintTenuringDistribution \
                              -XX:+PrintGCApplicationStoppedTime";

/// Nothing where the script is needed after all.
pub(super) fn launch(inputs: &LaunchInputs) -> Option<Result<Launch, Vec<Finding>>> {
    let (include_path, include) = inputs.files.include.as_ref()?;
    let jar = scripts::server_jar(include)?;
    let mut shell = Shell::new(inputs.environment);
    let mut directories = Vec::new();

    shell.assign_if_exported("IS_PACKAGED_VERSION", "distributions");
    shell.assign_if_exported("CDPATH", "");
    shell.assign_if_exported("SCRIPT", inputs.home.join("bin/elasticsearch"));
    shell.assign_if_exported("include", include_path);
    shell.assign_if_exported("daemonized", "");
    shell.assign("ES_HOME", inputs.home);

    if !shell.is_empty("ES_CLASSPATH") {
        return Some(Err(vec![class_path_refused(inputs.version)]));
    }
    shell.assign("ES_CLASSPATH", class_path(inputs, jar));
    set_memory(&mut shell);
    set_garbage_collection(&mut shell, &mut directories);
    for option in [
        "-XX:+HeapDumpOnOutOfMemoryError",
        "-XX:+DisableExplicitGC",
        "-Dfile.encoding=UTF-8",
        "-Djna.nosys=true",
    ] {
        shell.append("JAVA_OPTS", &[OsStr::new(option)]);
    }

    let java = inputs.java.unwrap_or("java".as_ref());
    set_for_java(inputs, java, &mut shell);

    let mut words = shell.words("JAVA_OPTS");
    words.extend(shell.words("ES_JAVA_OPTS"));
    words.extend(inputs.extra_java_options.iter().map(OsString::from));
    words.extend(inputs.config_dir.map(|directory| property("-Des.path.conf=", directory.as_os_str())));
    words.push(property("-Des.path.home=", inputs.home.as_os_str()));
    words.push("-cp".into());
    words.push(shell.get("ES_CLASSPATH").to_owned());
    words.push("org.elasticsearch.bootstrap.Elasticsearch".into());
    words.push("start".into());
    words.extend(match inputs.config_dir {
        Some(_) => arguments::without_config_dir(inputs.version, inputs.arguments),
        None => inputs.arguments.to_vec(),
    });
    let launch = direct(java, words, shell);
    Some(Ok(Launch { directories, ..launch }))
}

pub(super) fn class_path(inputs: &LaunchInputs, jar: &str) -> OsString {
    let mut path = inputs.home.join("lib").join(jar).into_os_string();
    path.push(":");
    path.push(inputs.home.join("lib/*"));
    path
}

/// What the scripts of 2.x and 5.x change for every JVM before they execute it.
pub(super) fn set_for_java(inputs: &LaunchInputs, java: &Path, shell: &mut Shell) {
    shell.assign_if_exported("JAVA", java);
    if !shell.is_empty("JAVA_TOOL_OPTIONS") {
        shell.unset("JAVA_TOOL_OPTIONS");
    }
    shell.export("HOSTNAME", short_host_name(inputs.host_name));
}

/// Heap, young generation, direct memory: the same in 1.x and 2.x.
pub(super) fn set_memory(shell: &mut Shell) {
    if shell.is_empty("ES_MIN_MEM") {
        shell.assign("ES_MIN_MEM", "256m");
    }
    if shell.is_empty("ES_MAX_MEM") {
        shell.assign("ES_MAX_MEM", "1g");
    }
    if !shell.is_empty("ES_HEAP_SIZE") {
        let size = shell.get("ES_HEAP_SIZE").to_owned();
        shell.assign("ES_MIN_MEM", size.clone());
        shell.assign("ES_MAX_MEM", size);
    }
    for (option, name) in [
        ("-Xms", "ES_MIN_MEM"),
        ("-Xmx", "ES_MAX_MEM"),
        ("-Xmn", "ES_HEAP_NEWSIZE"),
        ("-XX:MaxDirectMemorySize=", "ES_DIRECT_SIZE"),
    ] {
        if !shell.is_empty(name) {
            let value = shell.get(name).to_owned();
            shell.append("JAVA_OPTS", &[OsStr::new(option), &value]);
        }
    }
    shell.append("JAVA_OPTS", &[OsStr::new("-Djava.awt.headless=true")]);
    if !shell.is_empty("ES_USE_IPV4") {
        shell.append("JAVA_OPTS", &[OsStr::new("-Djava.net.preferIPv4Stack=true")]);
    }
}

fn set_garbage_collection(shell: &mut Shell, directories: &mut Vec<PathBuf>) {
    if shell.is_empty("ES_GC_OPTS") {
        shell.assign("ES_GC_OPTS", format!(" {}", scripts::COLLECTOR.join(" ")));
    }
    let options = shell.get("ES_GC_OPTS").to_owned();
    shell.append("JAVA_OPTS", &[&options]);
    if !shell.is_empty("ES_GC_LOG_FILE") {
        let file = shell.get("ES_GC_LOG_FILE").to_owned();
        shell.append("JAVA_OPTS", &[OsStr::new(GC_LOG_OPTIONS)]);
        shell.append("JAVA_OPTS", &[OsStr::new("-Xloggc:"), &file]);
        directories.push(directory_name(&file));
    }
}

pub(super) fn property(prefix: &str, value: &OsStr) -> OsString {
    let mut property = OsString::from(prefix);
    property.push(value);
    property
}

pub(super) fn class_path_refused(version: Version) -> Finding {
    let message = format!("`ES_CLASSPATH` is set, and {} refuses to start with it", version.name());
    Finding::error("launch/class-path", message)
        .variable("ES_CLASSPATH")
        .help("unset ES_CLASSPATH; add code as a plugin, or as a jar in `lib/`")
}
