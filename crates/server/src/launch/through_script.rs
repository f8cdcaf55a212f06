//! Every other case: the distribution's own start script, with variables for the configuration directory and our JVM options
//! in the way of its generation.

use super::arguments;
use super::direct_2::property;
use super::inputs::{Command, Launch, LaunchInputs, Launcher};
use super::shell::Shell;
use crate::generation::{ConfigDirBy, generation};
use diagnostics::Finding;

pub(super) fn launch(inputs: &LaunchInputs) -> Result<Launch, Vec<Finding>> {
    let version = inputs.version;
    let generation = generation(version);
    let mut shell = Shell::new(inputs.environment);
    let mut words = inputs.arguments.to_vec();

    if let Some(directory) = inputs.config_dir {
        words = arguments::without_config_dir(version, inputs.arguments);
        match generation.config_dir {
            ConfigDirBy::Property => words.push(property("--path.conf=", directory.as_os_str())),
            ConfigDirBy::Setting => {
                words.push(property("-Epath.conf=", directory.as_os_str()));
                // Its shell part looks for the options on its own, before the server knows the directory.
                if shell.is_empty("ES_JVM_OPTIONS") {
                    shell.export("ES_JVM_OPTIONS", directory.join("jvm.options"));
                }
            }
            ConfigDirBy::Variable(name) => shell.export(name, directory),
        }
    }
    if !inputs.extra_java_options.is_empty() {
        let broken: Vec<Finding> = inputs
            .extra_java_options
            .iter()
            .filter(|option| option.contains([' ', '\t', '\n']))
            .map(|option| blank(option))
            .collect();
        if !broken.is_empty() {
            return Err(broken);
        }
        let name = generation.java_options;
        let mut value = shell.get(name).to_owned();
        for option in inputs.extra_java_options {
            if !value.is_empty() {
                value.push(" ");
            }
            value.push(option);
        }
        shell.export(name, value);
    }
    let command = Command {
        program: inputs.home.join(generation.script).into_os_string(),
        arguments: words,
        environment: shell.into_environment(),
    };
    Ok(Launch::new(command, Launcher::Script))
}

fn blank(option: &str) -> Finding {
    let name = option.split_once('=').map_or(option, |(name, _)| name);
    Finding::error(
        "launch/blank-in-option",
        format!("the start script would split the value of `{name}` at its blank"),
    )
    .help("choose a path without blanks")
}
