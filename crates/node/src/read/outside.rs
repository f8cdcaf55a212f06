//! The settings that are given beside the file.

use std::ffi::OsString;

use server::Version;
use server::launch::java_variables::read_by_java;
use server::launch::variables::{self, Mapping};
use server::launch::{LaunchFiles, official, settings_outside_file};
use server::settings::overlay::Override;
use template::Environment;

use crate::facts::VersionFrom;
use crate::request::Request;

/// They, and who makes those of them that come from variables.
pub(super) fn read(
    request: &Request,
    (version, from): (Version, VersionFrom),
    environment: &Environment,
    launch: Option<&LaunchFiles>,
    plugins: &[String],
) -> (Mapping, Vec<Override>) {
    // What only later Javas read is of no account where options give settings.
    let java = read_by_java(launch, None);
    let mapping = match from {
        _ if request.mapping.is_some() => request.mapping.unwrap_or(Mapping::Unknown),
        VersionFrom::Guess => Mapping::Unknown,
        _ if !request.is_about_a_start() => variables::mapping(version, launch),
        VersionFrom::Option | VersionFrom::Installation => variables::mapping(version, launch).with_ours(),
    };
    let arguments: &[OsString] = request.target.server_arguments();
    let mut given = settings_outside_file(version, environment, arguments, mapping, &java);
    if request.is_about_a_start() {
        // An argument counts before it.
        let own = official::settings(version, mapping == Mapping::Own, environment, plugins);
        given.splice(..0, own);
    }
    (mapping, given)
}
