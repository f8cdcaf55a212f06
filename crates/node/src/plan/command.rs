//! The command that starts the server.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use diagnostics::Finding;
use server::installation::Installation;
use server::jvm_arguments::Origin;
use server::launch::{self, HeapShare, LaunchInputs, LaunchMode, RecordInputs};
use template::Layer;

use super::policy::{PolicyAction, PolicyPlan};
use super::{archive, keystore};
use crate::facts::{Facts, MachineFacts};
use crate::read::sources::SourceKind;
use crate::request::Depth;

/// How to start the server; nothing where it is not installed or would not start.
pub(super) fn launch(
    facts: &Facts,
    policy: Option<&PolicyPlan>,
    findings: &mut Vec<Finding>,
) -> Option<launch::Launch> {
    let machine = facts.machine.as_ref().filter(|machine| !machine.java_is_unknown)?;
    let installed = facts.installation.as_ref()?;
    let mut extra_java_options: Vec<String> = match policy.map(|planned| &planned.action) {
        Some(PolicyAction::Property(file)) => {
            vec![format!("-Djava.security.policy={}", file.path.display())]
        }
        _ => Vec::new(),
    };
    let of_image = launch::official::java_option(facts.version, &facts.environment, &installed.launch);
    extra_java_options.extend(of_image.map(str::to_owned));
    let of_limit = machine.jvm_arguments.iter().filter(|it| it.origin == Origin::Limit);
    extra_java_options.extend(of_limit.map(|it| it.text.clone()));
    // 1.x to 5.x take the directory as an option, which the default place does not need.
    let config_dir = facts
        .effective_config_dir()
        .map(|directory| absolute(directory, machine))
        .filter(|directory| *directory != installed.home.join("config"));
    let mut arguments = keystore::arguments(facts);
    arguments.extend(launch::variables::arguments(facts.mapping, facts.version, &facts.outside));
    let host = &machine.machine.host;
    // A start that cannot make a new name makes no directory.
    let has_no_name = facts.request.depth == Depth::Start && machine.random.is_none();
    let secrets = keystore::secrets(facts);
    let launched = launch::command(&LaunchInputs {
        version: facts.version,
        home: &installed.home,
        config_dir: config_dir.as_deref(),
        environment: &facts.environment,
        arguments: &arguments,
        java: host.java.as_ref().map(|java| java.path.as_path()),
        host_name: facts.host_name.as_ref(),
        extra_java_options: &extra_java_options,
        files: &installed.launch,
        archive: archive::archive(facts, installed),
        mode: if has_no_name { LaunchMode::Script } else { facts.request.launch },
        java_major: host.java.as_ref().and_then(|java| java.major),
        keystore: keystore::line(facts),
        memory: host.memory_limit.into_iter().chain(host.total_memory).min(),
        page_size: host.page_size,
        heap_share: HeapShare::of(&facts.settings),
        random: machine.random,
        record: Some(RecordInputs {
            settings: &facts.settings,
            has_data: facts.bootstrapped == Some(true),
            secrets: secrets.as_ref(),
            java: host.java.as_ref(),
            needs_launcher: resolves_itself(facts),
        }),
    });
    match launched {
        Ok(mut launched) => {
            with_libraries(facts, installed, &mut launched.command.environment);
            findings.append(&mut launched.warnings);
            Some(launched)
        }
        Err(mut refused) => {
            findings.append(&mut refused);
            None
        }
    }
}

/// The libraries that the image's entrypoint would have named.
fn with_libraries(facts: &Facts, installed: &Installation, environment: &mut Vec<(OsString, OsString)>) {
    const NAME: &str = "LD_LIBRARY_PATH";
    let known = environment.iter_mut().find(|(name, _)| name == NAME);
    let now = known.as_ref().map(|(_, value)| value.clone()).unwrap_or_default();
    let path = launch::official::library_path(facts.version, &installed.home, &installed.plugins, &now);
    match (known, path) {
        (Some((_, value)), Some(path)) => *value = path,
        (None, Some(path)) => environment.push((NAME.into(), path)),
        (_, None) => {}
    }
}

/// Whether the launcher reads a file that nobody reads here, or looks up variables in one that stays as it is, and may find
/// other ones there.
fn resolves_itself(facts: &Facts) -> Option<&'static str> {
    if facts.sources.hide_main_file(facts.main_file) {
        return Some("the main file of the configuration is no template");
    }
    let is_other = |name: &String| facts.environment.process(name).is_none();
    let is_its_own = facts.sources.kind == SourceKind::Finished
        && facts
            .settings
            .entries
            .iter()
            .any(|it| it.layer == Layer::File && it.variables.iter().any(is_other));
    is_its_own.then_some("the settings refer to variables that are not set")
}

/// The server may change its directory.
fn absolute(path: &Path, machine: &MachineFacts) -> PathBuf {
    machine.policy.working_directory.join(path).components().collect()
}
