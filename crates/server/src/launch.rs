//! The command that starts the server: what `bin/elasticsearch` would have executed, without the shell.
//!
//! Pure. Where the start script is one of those that we know word for word ([`scripts`]), its work is done here and
//! the JVM is executed directly; where it is another one (a newer generation, or edited), the script
//! itself is the command.

pub mod archive;
mod arguments;
mod bitnami;
mod direct_1;
mod direct_2;
mod direct_5;
mod direct_6;
mod direct_8;
mod ergonomics;
pub mod foreign;
pub mod ignored;
mod inputs;
mod instead;
pub mod java_variables;
pub mod official;
mod old_variables;

pub mod options;
pub mod outside;
mod record;
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
pub use ergonomics::HeapShare;
pub use inputs::{
    Archive, Command, Input, KeystoreLine, Launch, LaunchFiles, LaunchInputs, LaunchMode, Launcher,
    RecordInputs,
};
pub use record::{Secret, Secrets};
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
    let launch = direct(inputs).unwrap_or_else(|why| {
        if inputs.mode == LaunchMode::Direct {
            return Err(vec![not_direct(inputs, &why)]);
        }
        through_script::launch(inputs).map(|launch| Launch { why_script: Some(why), ..launch })
    });
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

/// The JVM's own command, or why the script is needed.
fn direct(inputs: &LaunchInputs) -> Result<Result<Launch, Vec<Finding>>, String> {
    if inputs.mode == LaunchMode::Script {
        return Err("`--launch script`".to_owned());
    }
    let old = match scripts::recognize(inputs.files).ok_or("it is none whose work is known word for word")? {
        Script::One => direct_1::launch(inputs),
        Script::Two => direct_2::launch(inputs),
        Script::Five => direct_5::launch(inputs),
        script if script.has_launcher() => return direct_8::launch(script, inputs).map(Ok),
        script => return direct_6::launch(script, inputs).map(Ok),
    };
    Ok(old.ok_or("of its arguments or variables only the script knows what they do")?)
}

fn not_direct(inputs: &LaunchInputs, why: &str) -> Finding {
    let script = generation(inputs.version).script;
    let message = format!("the JVM cannot be executed in the place of `{script}`: {why}");
    Finding::error("launch/not-direct", message).help(format!(
        "leave out `--launch direct`: with `auto` the server is started through `{script}` then"
    ))
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
