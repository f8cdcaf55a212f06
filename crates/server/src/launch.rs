//! The command that starts the server: what `bin/elasticsearch` would have executed, without the shell.
//!
//! Pure. Where the start script is one of those that we know word for word ([`scripts`]), its work is done here and
//! the JVM is executed directly; where it is another one (a newer generation, or edited by somebody), the script
//! itself is the command.

mod arguments;
mod direct_1;
mod direct_2;
mod direct_5;
mod old_variables;
pub mod scripts;
mod shell;
mod through_script;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use template::Environment;

use crate::generation::generation;
use crate::version::Version;
pub use arguments::{allows_root, requested_config_dir, settings_outside_file};
use diagnostics::{Finding, Severity};
use scripts::Script;
use shell::Shell;

/// The process to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// A path, or a bare name looked up in the `PATH` of `environment`.
    pub program: OsString,
    /// Arguments without the program itself.
    pub arguments: Vec<OsString>,
    /// The whole environment of the process.
    pub environment: Vec<(OsString, OsString)>,
}

/// The files that decide how the server is started, as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaunchFiles {
    /// `bin/elasticsearch` or `bin/opensearch`.
    pub script: Option<Vec<u8>>,
    /// The include file that the script of 1.x to 5.x would source, with the path under which it finds it.
    pub include: Option<(PathBuf, Vec<u8>)>,
    /// The `jvm.options` in effect on 5.x; what is rendered now takes the place of what stands on disk.
    pub jvm_options: Option<(PathBuf, Vec<u8>)>,
}

/// All that the command depends on.
#[derive(Clone, Copy, Debug)]
pub struct LaunchInputs<'a> {
    pub version: Version,
    /// Absolute; the script's symbolic links are already followed.
    pub home: &'a Path,
    /// The configuration directory when it is not `config` in the home.
    pub config_dir: Option<&'a Path>,
    /// Our own environment.
    pub environment: &'a Environment,
    /// The user's arguments for the server.
    pub arguments: &'a [OsString],
    /// The `java` that the script would find.
    pub java: Option<&'a Path>,
    /// What `hostname` prints.
    pub host_name: &'a OsStr,
    /// Further JVM options of ours, one argument each.
    pub extra_java_options: &'a [String],
    pub files: &'a LaunchFiles,
}

/// Whether a shell is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launcher {
    /// The JVM is executed by us.
    Direct,
    /// The distribution's own start script is executed.
    Script,
}

/// What to do to start the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    pub command: Command,
    pub launcher: Launcher,
    /// Directories that the script would have made first, as the server's user.
    pub directories: Vec<PathBuf>,
    /// Warnings only.
    pub warnings: Vec<Finding>,
}

/// The JVM's command as the scripts execute it in the end: with the exported variables, where the shell was.
fn direct(java: &Path, arguments: Vec<OsString>, shell: Shell) -> Launch {
    let command = Command { program: java.into(), arguments, environment: shell.into_environment() };
    Launch { command, launcher: Launcher::Direct, directories: Vec::new(), warnings: Vec::new() }
}

/// The command that starts the server, or why it would not start.
pub fn command(inputs: &LaunchInputs) -> Result<Launch, Vec<Finding>> {
    let mut findings = Vec::new();
    findings.extend(arguments::refuse_daemonizing(inputs));
    if inputs.java.is_none() {
        findings.push(no_java(inputs));
    }
    let (refused, warnings): (Vec<_>, Vec<_>) =
        old_variables::judge(inputs).into_iter().partition(|finding| finding.severity == Severity::Error);
    findings.extend(refused);
    let direct = match scripts::recognize(inputs.files) {
        Some(Script::One) => direct_1::launch(inputs),
        Some(Script::Two) => direct_2::launch(inputs),
        Some(Script::Five) => direct_5::launch(inputs),
        None => None,
    };
    let launch = direct.unwrap_or_else(|| through_script::launch(inputs));
    match launch {
        Ok(mut launch) if findings.is_empty() => {
            launch.warnings.extend(passed_over(inputs));
            launch.warnings.extend(warnings);
            Ok(launch)
        }
        Ok(_) => Err(findings),
        Err(more) => {
            findings.extend(more);
            Err(findings)
        }
    }
}

/// The variables that name the directory of a Java, the first one set wins; nothing: the `PATH` is searched too, and no
/// Java comes with the distribution.
pub fn java_variables(version: Version) -> Option<&'static [&'static str]> {
    let generation = generation(version);
    generation.has_bundled_java.then_some(generation.java_variables)
}

/// Up to 6.x a `JAVA_HOME` without a `java` is no error of the script: it takes another one without a word.
fn passed_over(inputs: &LaunchInputs) -> Option<Finding> {
    let java = inputs.java.filter(|_| java_variables(inputs.version).is_none())?;
    let named = Path::new(inputs.environment.set_in_process("JAVA_HOME")?);
    (named.join("bin/java") != java).then(|| {
        Finding::warning(
            "launch/ignored-variable",
            format!(
                "`JAVA_HOME` is `{}`, where no `bin/java` can be run: the server gets `{}`",
                named.display(),
                java.display()
            ),
        )
        .variable("JAVA_HOME")
        .help("set JAVA_HOME to the directory that has `bin/java`, or unset it")
    })
}

fn no_java(inputs: &LaunchInputs) -> Finding {
    let generation = generation(inputs.version);
    let named =
        generation.java_variables.iter().find(|name| inputs.environment.set_in_process(name).is_some());
    if let Some(name) = named.filter(|_| generation.has_bundled_java) {
        let message = format!("no `java` found in `{name}`, and while it is set no other is looked for");
        return Finding::error("launch/no-java", message).variable(*name).help(format!(
            "set {name} to the directory that has `bin/java`, or unset it for the distribution's `jdk`"
        ));
    }
    let variable = generation.java_variables.first().copied().unwrap_or("JAVA_HOME");
    let elsewhere = if generation.has_bundled_java { "in the distribution's `jdk`" } else { "on the `PATH`" };
    Finding::error("launch/no-java", format!("no `java` found, neither in `{variable}` nor {elsewhere}"))
        .variable(variable)
        .help(format!(
            "install a Java runtime in the image, or set {variable} to the directory that has `bin/java`"
        ))
}

#[cfg(test)]
mod tests;
