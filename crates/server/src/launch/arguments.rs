//! The user's arguments for the server, as far as the launch depends on them.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::inputs::LaunchInputs;
use template::{Environment, Layer};

use super::java_variables::JavaVariables;
use super::shell::words;
use super::variables::{self, Mapping};
use crate::generation::{ConfigDirBy, SettingArguments, generation};
use crate::settings::overlay::Override;
use crate::version::Version;
use diagnostics::Finding;

/// `-d` would leave the container without its main process.
pub(super) fn refuse_daemonizing(inputs: &LaunchInputs) -> Option<Finding> {
    let argument =
        inputs.arguments.iter().find(|argument| *argument == "-d" || *argument == "--daemonize")?;
    let word = if argument == "-d" { "-d" } else { "--daemonize" };
    Some(
        Finding::error("launch/daemonize", format!("`{word}` sends the server into the background"))
            .help(format!("remove `{word}`: a container ends with its main process, so the server has to stay in the foreground")),
    )
}

/// The configuration directory that the arguments ask for, the last one if several do.
pub fn requested_config_dir(version: Version, arguments: &[OsString]) -> Option<PathBuf> {
    let mut found = None;
    split(version, arguments, |value| found = Some(PathBuf::from(value)));
    found
}

/// The settings that are given beside the file, in the order in which they count, the last one of a key most: up to 2.x
/// those in the JVM's options, then those of the arguments; variables before or after these, as the distribution has it.
pub fn settings_outside_file(
    version: Version,
    environment: &Environment,
    arguments: &[OsString],
    mapping: Mapping,
    read_by_java: &JavaVariables,
) -> Vec<Override> {
    let mut settings = Vec::new();
    if generation(version).setting_arguments == SettingArguments::Properties {
        properties(environment, read_by_java, &mut settings);
    }
    let variables = variables::settings(mapping, environment);
    if mapping == Mapping::Launcher {
        of_arguments(version, environment, arguments, &mut settings);
        settings.extend(variables);
    } else {
        settings.extend(variables);
        of_arguments(version, environment, arguments, &mut settings);
    }
    if generation(version).arguments_are_yaml {
        settings.iter_mut().for_each(Override::read_as_yaml);
    }
    settings
}

/// `-Des.name=value` in the variables with options of the JVM.
fn properties(environment: &Environment, read_by_java: &JavaVariables, settings: &mut Vec<Override>) {
    let of_script = ["JAVA_OPTS", "ES_JAVA_OPTS"];
    for name in read_by_java.before.iter().chain(&of_script).chain(&read_by_java.after) {
        for word in words(environment.process(name).unwrap_or_default()) {
            let given = word.to_str().and_then(|word| word.strip_prefix("-Des.")).and_then(|text| {
                let setting = pair(text, Layer::JavaProperty, environment)?;
                Some(Override { variable: Some((*name).to_owned()), ..setting })
            });
            settings.extend(given);
        }
    }
}

fn of_arguments(
    version: Version,
    environment: &Environment,
    arguments: &[OsString],
    settings: &mut Vec<Override>,
) {
    let old = generation(version).setting_arguments == SettingArguments::Properties;
    let argument_pair = |text: &str| pair(text, Layer::Argument, environment);
    let mut rest = arguments.iter().filter_map(|argument| argument.to_str());
    while let Some(argument) = rest.next() {
        let flag = if old { "-D" } else { "-E" };
        let text = match argument.strip_prefix(flag) {
            Some("") => rest.next(),
            Some(joined) => Some(joined),
            None => None,
        };
        if let Some(text) = text {
            let text = if old { text.strip_prefix("es.") } else { Some(text) };
            settings.extend(text.and_then(argument_pair));
        } else if let Some(long) = argument.strip_prefix("--").filter(|long| old && !long.is_empty()) {
            settings.extend(match argument_pair(long) {
                Some(setting) => Some(setting),
                None if matches!(long, "version" | "help" | "verbose" | "silent") => None,
                None => rest.next().map(|value| Override::new(long, value, Layer::Argument, environment)),
            });
        }
    }
}

/// Whether Elasticsearch 2.x is allowed to run as root.
pub fn allows_root(version: Version, environment: &Environment, arguments: &[OsString]) -> bool {
    let none = JavaVariables::default();
    let settings = settings_outside_file(version, environment, arguments, Mapping::Nobody, &none);
    settings
        .iter()
        .rev()
        .find(|given| given.key == "insecure.allow.root")
        .is_some_and(|given| given.text == "true")
}

fn pair(text: &str, layer: Layer, environment: &Environment) -> Option<Override> {
    let (key, value) = text.split_once('=')?;
    Some(Override::new(key, value, layer, environment))
}

/// The arguments without those that name the configuration directory.
pub(super) fn without_config_dir(version: Version, arguments: &[OsString]) -> Vec<OsString> {
    split(version, arguments, |_| ())
}

/// Takes the configuration directory out of the arguments. From 6.0 on only a variable names it.
fn split<'a>(version: Version, arguments: &'a [OsString], mut found: impl FnMut(&'a OsStr)) -> Vec<OsString> {
    let (joined, pairs): (&[&str], &[(&str, &str)]) = match generation(version).config_dir {
        ConfigDirBy::Property => {
            (&["--path.conf=", "-Des.path.conf="], &[("--path.conf", ""), ("-D", "es.path.conf=")])
        }
        ConfigDirBy::Setting => (&["-Epath.conf="], &[("-E", "path.conf=")]),
        ConfigDirBy::Variable(_) => return arguments.to_vec(),
    };
    let mut rest = Vec::with_capacity(arguments.len());
    let mut index = 0;
    while let Some(argument) = arguments.get(index) {
        index += 1;
        if let Some(value) = joined.iter().find_map(|prefix| strip(argument, prefix)) {
            found(value);
            continue;
        }
        let next = arguments.get(index);
        let pair = pairs.iter().find(|(word, _)| argument == word);
        if let (Some((_, prefix)), Some(next)) = (pair, next)
            && let Some(value) = strip(next, prefix)
        {
            found(value);
            index += 1;
            continue;
        }
        rest.push(argument.clone());
    }
    rest
}

fn strip<'a>(argument: &'a OsStr, prefix: &str) -> Option<&'a OsStr> {
    argument.as_bytes().strip_prefix(prefix.as_bytes()).map(OsStr::from_bytes)
}
