//! 5.x: `bin/elasticsearch` with the options of `jvm.options`. Its check of the Java version (a JVM of its own) is the
//! finding `host/java-version` here.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use super::direct_2::{class_path, class_path_refused, property, set_for_java};
use super::inputs::{Launch, LaunchInputs, direct};
use super::shell::Shell;
use super::{arguments, scripts};
use crate::jvm_options::plain_lines;
use diagnostics::Finding;

/// Nothing where the script is needed after all.
pub(super) fn launch(inputs: &LaunchInputs) -> Option<Result<Launch, Vec<Finding>>> {
    let (include_path, include) = inputs.files.include.as_ref()?;
    let mut shell = Shell::new(inputs.environment);

    shell.assign_if_exported("CDPATH", "");
    shell.assign_if_exported("SCRIPT", inputs.home.join("bin/elasticsearch"));
    shell.assign_if_exported("include", include_path);
    shell.assign_if_exported("daemonized", "");
    shell.assign("ES_HOME", inputs.home);
    if shell.is_empty("ES_JVM_OPTIONS")
        && let Some((path, _)) = &inputs.files.jvm_options
    {
        shell.assign_if_exported("ES_JVM_OPTIONS", path);
        shell.assign_if_exported("jvm_options", path);
    }
    let mut options =
        inputs.files.jvm_options.as_ref().map(|(_, text)| option_lines(text)).unwrap_or_default();
    options.push(" ");
    options.push(shell.get("ES_JAVA_OPTS"));
    shell.assign("ES_JAVA_OPTS", options);

    if !shell.is_empty("ES_CLASSPATH") {
        return Some(Err(vec![class_path_refused(inputs.version)]));
    }
    // Up to 5.2 the server's own jar comes first.
    shell.assign(
        "ES_CLASSPATH",
        match scripts::server_jar(include) {
            Some(jar) => class_path(inputs, jar),
            None => inputs.home.join("lib/*").into(),
        },
    );
    let java = inputs.java.unwrap_or("java".as_ref());
    set_for_java(inputs, java, &mut shell);

    let mut words = shell.words("ES_JAVA_OPTS");
    words.extend(inputs.extra_java_options.iter().map(OsString::from));
    words.push(property("-Des.path.home=", inputs.home.as_os_str()));
    words.push("-cp".into());
    words.push(shell.get("ES_CLASSPATH").to_owned());
    words.push("org.elasticsearch.bootstrap.Elasticsearch".into());
    match inputs.config_dir {
        Some(directory) => {
            words.extend(arguments::without_config_dir(inputs.version, inputs.arguments));
            words.push(property("-Epath.conf=", directory.as_os_str()));
        }
        None => words.extend_from_slice(inputs.arguments),
    }
    Some(Ok(direct(java, words, shell)))
}

/// What `grep '^-' | tr '\n' ' '` gives.
fn option_lines(text: &[u8]) -> OsString {
    let mut lines = Vec::new();
    for line in plain_lines(text) {
        lines.extend_from_slice(line);
        lines.push(b' ');
    }
    OsString::from_vec(lines)
}
