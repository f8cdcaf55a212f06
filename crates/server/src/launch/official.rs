//! What the entrypoints of official images make of variables and plugins, beside settings and passwords.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::inputs::LaunchFiles;
use super::scripts::distribution;
use crate::generation::{MemoryVariables, SettingVariables, generation};
use crate::settings::catalogue::first_known;
use crate::settings::overlay::Override;
use crate::version::Version;
use template::{Environment, Layer, Settings};

pub(super) const DISABLE_SECURITY: &str = "DISABLE_SECURITY_PLUGIN";
pub(super) const DISABLE_ANALYZER: &str = "DISABLE_PERFORMANCE_ANALYZER_AGENT_CLI";
/// From 2.12 on the installer of the demonstration wants it.
pub(super) const ADMIN_PASSWORD: &str = "OPENSEARCH_INITIAL_ADMIN_PASSWORD";
const ANALYZER: &str = "opensearch-performance-analyzer";
/// The plugin that brings security.
pub const SECURITY: &str = "opensearch-security";
const VECTORS: &str = "opensearch-knn";
const PROCESSORS: &str = "processors";

/// Whether that plugin is among those that are installed.
pub fn has_plugin(installed: &[String]) -> bool {
    installed.iter().any(|name| name == SECURITY)
}

/// What it depends on whether a variable of theirs is missed.
pub(super) struct Official<'a> {
    pub(super) version: Version,
    pub(super) settings: &'a Settings,
    pub(super) plugins: Option<&'a [String]>,
    pub(super) bootstrapped: bool,
}

/// Whether the server will have what one of these variables says, or has no use for it; nothing of any other variable.
pub(super) fn is_harmless(name: &str, value: &str, seen: &Official<'_>) -> Option<bool> {
    let generation = generation(seen.version);
    let has = |plugin: &str| seen.plugins.is_some_and(|names| names.iter().any(|it| it == plugin));
    let is_opensearch = seen.version.is_opensearch();
    // Before 6.0 there is no keystore, and no other product reads these, so that they are there for somebody else.
    let is_elsewheres = is_opensearch || generation.memory_variables != MemoryVariables::Ignored;
    let security = seen.settings.text("xpack.security.enabled");
    Some(match name {
        // It is for the first start only.
        "ENROLLMENT_TOKEN" => is_elsewheres || seen.bootstrapped || security == Some("false"),
        "ES_LOG_STYLE" => is_elsewheres || value == "console",
        // Security came with a plugin up to 6.2, and with a licence that was bought up to 6.7.
        "ELASTIC_PASSWORD" => {
            let is_on = security == Some("true") || has("x-pack");
            is_elsewheres || generation.keystore_formats.0 > 0 || !is_on
        }
        // Without its plugin, nobody knows the setting.
        DISABLE_SECURITY if !is_opensearch || !has(SECURITY) => true,
        DISABLE_SECURITY if value != "true" => {
            let is_off = seen.settings.text("plugins.security.disabled") == Some("true");
            is_off || !["true", "yes", "on", "1"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
        }
        // Where the plugin is, somebody has run its installer, or is told to.
        ADMIN_PASSWORD => !is_opensearch || seen.plugins.is_none_or(has_plugin),
        // Only who asks for the agent misses it.
        DISABLE_ANALYZER => value != "false" || !has(ANALYZER),
        _ => return None,
    })
}

/// What is wrong with a value that other programs would take for a yes, and how to say it here.
pub(super) fn other_yes(name: &str, value: &str) -> Option<(String, String)> {
    (name == DISABLE_SECURITY && value != "true").then(|| {
        let message = format!("`{name}` says yes in a word that does not count, and the plugin stays on");
        (message, format!("only `true` switches it off: set {name}=true"))
    })
}

/// The settings of variables that are no name of one: what only the plugin knows, and `processors`, which has no dot. `is_ours`
/// says that nobody else makes settings of variables.
pub fn settings(
    version: Version,
    is_ours: bool,
    environment: &Environment,
    plugins: &[String],
) -> Vec<Override> {
    let mut found = Vec::new();
    let mut add = |variable: &str, key: &str, value: &str| {
        let given = Override::new(key, value, Layer::Variable, environment);
        found.push(Override { variable: Some(variable.to_owned()), ..given });
    };
    let is_opensearch = version.is_opensearch();
    if is_opensearch && has_plugin(plugins) && environment.text(DISABLE_SECURITY) == Some("true") {
        add(DISABLE_SECURITY, "plugins.security.disabled", "true");
    }
    // Where a script makes settings of variables, it knows whether this one is among them.
    if is_ours
        && (is_opensearch || generation(version).setting_variables == SettingVariables::Nobody)
        && let Some(value) = environment.text_in_process(PROCESSORS)
        && let Some(key) = first_known(version, &["node.processors", PROCESSORS])
    {
        add(PROCESSORS, key, &value);
    }
    found
}

/// Whether [`settings`] makes one of it.
pub(super) fn is_setting(variable: &str) -> bool {
    variable == DISABLE_SECURITY || variable == PROCESSORS
}

/// Engines mount the statistics of a container at the root, and leave the paths of `/proc/self/cgroup` as they are: the
/// server looks where they are. The scripts of the type `docker` say so themselves, but for those of Elasticsearch up to 7.5.
pub fn java_option(version: Version, environment: &Environment, files: &LaunchFiles) -> Option<&'static str> {
    let is_opensearch = version.is_opensearch();
    let option = if is_opensearch {
        "-Dopensearch.cgroups.hierarchy.override=/"
    } else {
        "-Des.cgroups.hierarchy.override=/"
    };
    let generation = generation(version);
    let is_said = environment
        .text_in_process(generation.java_options)
        .is_some_and(|it| it.contains(option.trim_end_matches('/')));
    let script = files.environment_script.as_deref().unwrap_or_default();
    let is_docker = distribution(script, "DISTRIBUTION_TYPE") == Some("docker");
    let is_entrypoints = if is_opensearch {
        !is_docker
    } else {
        is_docker && generation.setting_variables == SettingVariables::Nobody
    };
    (is_entrypoints && !is_said).then_some(option)
}

/// `LD_LIBRARY_PATH` with the libraries of the plugin for vectors, where that is installed.
pub fn library_path(version: Version, home: &Path, plugins: &[String], now: &OsStr) -> Option<OsString> {
    let has_vectors = version.is_opensearch() && plugins.iter().any(|name| name == VECTORS);
    let own = home.join("plugins").join(VECTORS).join("lib");
    let mut paths: Vec<_> = std::env::split_paths(now).filter(|path| !path.as_os_str().is_empty()).collect();
    if !has_vectors || paths.contains(&own) {
        return None;
    }
    paths.push(own);
    std::env::join_paths(paths).ok()
}

/// What is left out here, in a line for the log.
pub fn note(version: Version, environment: &Environment, plugins: &[String]) -> Option<String> {
    let is_off = environment.set_in_process(DISABLE_ANALYZER).is_some();
    let has_analyzer = version.is_opensearch() && plugins.iter().any(|name| name == ANALYZER);
    (has_analyzer && !is_off).then(|| {
        format!(
            "the agent of `{ANALYZER}` is not started, as the official image does; where it is needed, start \
             `bin/{ANALYZER}/performance-analyzer-agent-cli` in a container of its own ({DISABLE_ANALYZER}=true is quiet)"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Version = Version::opensearch(2, 19, 6);
    const SEVEN: Version = Version::elasticsearch(7, 17, 29);

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_plugin_of_security_is_switched_off() {
        let environment = |value| -> Environment { [(DISABLE_SECURITY, value)].into_iter().collect() };
        let plugins = names(&["opensearch-security"]);
        let setting = |version, environment: &Environment, plugins: &[String]| {
            settings(version, true, environment, plugins).pop()
        };
        let given = setting(TWO, &environment("true"), &plugins).unwrap();
        assert_eq!((&*given.key, &*given.text), ("plugins.security.disabled", "true"));
        for (version, value, plugins) in
            [(SEVEN, "true", &*plugins), (TWO, "false", &plugins), (TWO, "", &plugins), (TWO, "true", &[])]
        {
            assert_eq!(setting(version, &environment(value), plugins), None, "{value}");
        }
    }

    #[test]
    fn a_setting_without_a_dot() {
        let environment: Environment = [("processors", "2")].into_iter().collect();
        for (version, is_ours, expected) in [
            (TWO, true, Some("node.processors")),
            (Version::elasticsearch(6, 8, 23), true, Some("processors")),
            (TWO, false, None),
            (SEVEN, true, None),
            (Version::elasticsearch(9, 2, 0), true, None),
        ] {
            let given = settings(version, is_ours, &environment, &[]).pop();
            let found = given.as_ref().map(|it| (&*it.key, &*it.text, it.variable.as_deref()));
            assert_eq!(found, expected.map(|key| (key, "2", Some("processors"))), "{version:?}");
        }
        let empty: Environment = [("processors", "")].into_iter().collect();
        assert_eq!(settings(TWO, true, &empty, &[]), []);
    }

    #[test]
    fn where_the_statistics_of_the_container_are() {
        let files = |kind: &str| LaunchFiles {
            environment_script: Some(format!("OPENSEARCH_DISTRIBUTION_TYPE={kind}\n").into_bytes()),
            ..LaunchFiles::default()
        };
        let own: Environment =
            [("OPENSEARCH_JAVA_OPTS", "-Dopensearch.cgroups.hierarchy.override=/x")].into_iter().collect();
        let nothing = Environment::default();
        let option = Some("-Dopensearch.cgroups.hierarchy.override=/");
        assert_eq!(java_option(TWO, &nothing, &files("tar")), option);
        assert_eq!(java_option(TWO, &nothing, &files("docker")), None);
        assert_eq!(java_option(TWO, &own, &files("tar")), None);
        assert_eq!(java_option(SEVEN, &nothing, &files("tar")), None);
        // The scripts of 7.6 and later say it, and an archive of 6.8 is no image.
        let of_elasticsearch = |kind: &str| LaunchFiles {
            environment_script: Some(format!("ES_DISTRIBUTION_TYPE={kind}\n").into_bytes()),
            ..LaunchFiles::default()
        };
        let six = Version::elasticsearch(6, 8, 23);
        let option = Some("-Des.cgroups.hierarchy.override=/");
        assert_eq!(java_option(six, &nothing, &of_elasticsearch("docker")), option);
        assert_eq!(java_option(six, &nothing, &of_elasticsearch("tar")), None);
        assert_eq!(java_option(SEVEN, &nothing, &of_elasticsearch("docker")), None);
    }

    #[test]
    fn libraries_for_vectors() {
        let (home, plugins) = (Path::new("/home"), names(&["opensearch-knn"]));
        let own = "/home/plugins/opensearch-knn/lib";
        for (now, expected) in
            [("", Some(own.to_owned())), ("/a:/b", Some(format!("/a:/b:{own}"))), (own, None)]
        {
            let found = library_path(TWO, home, &plugins, OsStr::new(now));
            assert_eq!(found, expected.map(OsString::from), "{now}");
        }
        assert_eq!(library_path(TWO, home, &[], OsStr::new("")), None);
        assert_eq!(library_path(SEVEN, home, &plugins, OsStr::new("")), None);
    }

    #[test]
    fn the_agent_is_not_started() {
        let (nothing, plugins) = (Environment::default(), names(&[ANALYZER]));
        let off: Environment = [(DISABLE_ANALYZER, "true")].into_iter().collect();
        assert!(
            note(TWO, &nothing, &plugins)
                .unwrap()
                .starts_with("the agent of `opensearch-performance-analyzer`")
        );
        assert_eq!(note(TWO, &off, &plugins), None);
        assert_eq!(note(TWO, &nothing, &[]), None);
    }
}
