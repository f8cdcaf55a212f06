//! The command that starts the server: what `bin/elasticsearch` would have executed, without the shell.
//!
//! Pure. Where the start script is one of those that we know word for word ([`scripts`]), its work is done here and
//! the JVM is executed directly; where it is another one (a newer generation, or edited), the script
//! itself is the command.

mod arguments;
mod bitnami;
mod direct_1;
mod direct_2;
mod direct_5;
pub mod foreign;
pub mod ignored;
mod inputs;
mod instead;
pub mod java_variables;
pub mod official;
mod old_variables;

pub mod options;
pub mod outside;
pub mod running;
pub mod scripts;
mod shell;
mod through_script;
pub mod variables;

use std::path::Path;

use crate::generation::generation;
use crate::version::Version;
pub use arguments::{allows_root, requested_config_dir, settings_outside_file};
use diagnostics::{Finding, Severity};
pub use inputs::{Command, Launch, LaunchFiles, LaunchInputs, Launcher};
use scripts::Script;

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
            launch.warnings.extend(java_home_ignored(inputs));
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

/// Up to 6.x a `JAVA_HOME` without a `java` is no error of the script: it silently takes another one.
fn java_home_ignored(inputs: &LaunchInputs) -> Option<Finding> {
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
        let message = format!("no `java` found in `{name}`; no other is tried while it is set");
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
