//! The user's arguments for the server, as far as the launch depends on them.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::LaunchInputs;
use crate::elasticsearch::version::{Product, Version};
use crate::finding::Finding;

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

/// The arguments without those that name the configuration directory.
pub(super) fn without_config_dir(version: Version, arguments: &[OsString]) -> Vec<OsString> {
    split(version, arguments, |_| ())
}

/// Takes the configuration directory out of the arguments. From 6.0 on only a variable names it.
fn split<'a>(version: Version, arguments: &'a [OsString], mut found: impl FnMut(&'a OsStr)) -> Vec<OsString> {
    let (joined, pairs): (&[&str], &[(&str, &str)]) = match (version.product, version.major) {
        (Product::Elasticsearch, ..=4) => {
            (&["--path.conf=", "-Des.path.conf="], &[("--path.conf", ""), ("-D", "es.path.conf=")])
        }
        (Product::Elasticsearch, 5) => (&["-Epath.conf="], &[("-E", "path.conf=")]),
        _ => return arguments.to_vec(),
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
