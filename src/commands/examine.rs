//! What `check`, `explain` and `run` have in common: read everything, judge everything.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::apply::{self, Target};
use crate::cli::Options;
use crate::commands::machine::{self, Machine};
use crate::files::read::{LARGEST_VALUE, regular_file};
use crate::files::sources::{self, JVM_OPTIONS, SourceKind};
use crate::host;
use crate::java_policy::{self, Action, Planned};
use crate::plan::{self, RenderedFile, TemplateFile};
use crate::prepare::{self, Inputs, Locations};
use diagnostics::{Finding, Severity};
use server::generation::JvmOptions;
use server::heap::OptionsFile;
use server::installation;
use server::launch::{self, Launch, LaunchInputs};
use server::{Version, generation};
use template::Inspected;
use template::Settings;

/// What is looked at beside the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// The machine is looked at even where no server is installed (it is judged where there is one, or with `--host`).
    pub machine: bool,
    /// No installation is an error.
    pub needs_installation: bool,
}

impl Depth {
    /// For `check` and `explain`: the machine only where there is an installation, or when told to.
    pub fn check(options: &Options) -> Self {
        Self { machine: options.host, needs_installation: false }
    }
}

/// Everything known before anything is done.
#[derive(Debug)]
pub struct Examined {
    pub inputs: Inputs,
    /// The version everything was judged for.
    pub version: Version,
    /// Sorted by place, severities as the rules gave them.
    pub findings: Vec<Finding>,
    pub inspected: Vec<(String, Inspected)>,
    pub files: Vec<RenderedFile>,
    pub settings: Settings,
    /// Nothing where the machine was not looked at.
    pub machine: Option<Machine>,
    /// What to do about the JVM's policy.
    pub policy: Option<Planned>,
    /// How to start the server; nothing where it is not installed or would not start.
    pub launch: Option<Launch>,
    /// Where the configuration goes; nothing where it is used as it is.
    pub target: Option<Target>,
}

/// Reads and judges.
pub fn examine(
    options: &Options,
    environment: &[(OsString, OsString)],
    arguments: &[OsString],
    depth: Depth,
) -> Examined {
    let mut inputs = prepare::read(options, environment, arguments);
    let overrides =
        launch::settings_outside_file(inputs.version.unwrap_or(prepare::GUESSED), environment, arguments);
    let installed = inputs.locations.installation.as_ref();
    let judged = plan::judge(&plan::Inputs {
        templates: &inputs.sources.templates,
        variables: &inputs.variables,
        version: inputs.version,
        plugins: installed.map(|it| it.plugins.as_slice()),
        bootstrapped: inputs.surroundings.bootstrapped.then_some(true).or(installed.map(|_| false)),
        overrides: &overrides,
        unknown_refuses: plan::UNKNOWN_COUNT.iter().all(|code| options.is_error(code)),
    });
    let target = target(inputs.sources.kind, &inputs.locations);
    take_rendered_jvm_options(&judged.files, target.as_ref(), environment, &mut inputs);
    let locations = &inputs.locations;
    let installed = locations.installation.as_ref();
    let version = judged.version.unwrap_or(prepare::GUESSED);
    let mut findings = inputs.sources.findings.clone();
    findings.extend(judged.findings);
    sources::refuse_wrong_directory(&inputs.sources, &mut findings);
    if depth.needs_installation && installed.is_none() {
        let tried: Vec<&Path> = locations.tried.iter().map(PathBuf::as_path).collect();
        findings.push(installation::none_found(&tried));
    }
    let judged_here = installed.is_some() || options.host;
    let jvm_options = jvm_options(&judged.files, &inputs);
    let machine = (depth.machine || judged_here).then(|| {
        let mut machine = machine::examine(&machine::Inputs {
            options,
            environment,
            arguments,
            locations,
            settings: &judged.settings,
            version,
            jvm_options: &jvm_options,
        });
        // Where no server is, its demands are nobody's; a user that does not exist is always a mistake.
        if !judged_here {
            machine.findings.retain(|finding| finding.code == "host/user");
        }
        findings.append(&mut machine.findings);
        machine
    });
    let policy = machine.as_ref().map(|machine| {
        let config_dir = target.as_ref().map(Target::directory).or(locations.config_dir.as_deref());
        let planned =
            policy(options, environment, &judged.settings, &inputs, machine, config_dir, &jvm_options);
        if judged_here {
            findings.extend(planned.findings.iter().cloned());
            findings.extend(planned.pointless.clone().filter(|_| !planned.grants.is_empty()));
        }
        planned
    });
    let extra_java_options: Vec<String> = match policy.as_ref().map(|planned| &planned.action) {
        Some(Action::Property { path, .. }) => vec![format!("-Djava.security.policy={}", path.display())],
        _ => Vec::new(),
    };
    let mut launch = None;
    if let (Some(installed), Some(machine)) = (installed, &machine) {
        // 1.x to 5.x take the directory as an option that nobody needs who keeps it where it is.
        let config_dir = target
            .as_ref()
            .map(Target::directory)
            .or(locations.config_dir.as_deref())
            .map(prepare::absolute)
            .filter(|directory| *directory != installed.home.join("config"));
        let started = launch::command(&LaunchInputs {
            version,
            home: &installed.home,
            config_dir: config_dir.as_deref(),
            environment,
            arguments,
            java: machine.java.as_deref(),
            host_name: inputs.surroundings.host_name.as_ref(),
            extra_java_options: &extra_java_options,
            files: &installed.launch,
        });
        match started {
            Ok(mut started) => {
                findings.append(&mut started.warnings);
                launch = Some(started);
            }
            Err(mut refused) => findings.append(&mut refused),
        }
    }
    let is_rendered = |relative: &Path| judged.files.iter().any(|file| file.relative == relative);
    let mut unrendered = inputs.sources.templates.iter().filter(|file| !is_rendered(&file.relative));
    refuse_unrendered(options, &mut unrendered, &mut findings);
    diagnostics::sort(&mut findings);
    Examined {
        version,
        findings,
        inspected: judged.inspected,
        files: judged.files,
        settings: judged.settings,
        machine,
        policy,
        launch,
        target,
        inputs,
    }
}

/// A template that was not rendered refuses the start, whatever was allowed.
pub fn refuse_unrendered(
    options: &Options,
    unrendered: &mut dyn Iterator<Item = &TemplateFile>,
    findings: &mut Vec<Finding>,
) {
    for TemplateFile { name, .. } in unrendered {
        let mut cause = None;
        for finding in &*findings {
            if finding.severity == Severity::Error
                && finding.place.as_ref().is_some_and(|it| it.file == *name)
            {
                cause = Some(finding);
                if options.is_error(finding.code) {
                    break;
                }
            }
        }
        let Some(cause) = cause.filter(|cause| !options.is_error(cause.code)) else { continue };
        let message = format!("`{}` was let pass, but leaves no value for this place", cause.code);
        let help = "give the placeholder one: nothing is started with a part of its configuration".to_owned();
        let refused = Finding { code: "template/unset", message, help: Some(help), ..cause.clone() };
        findings.push(refused);
    }
}

/// `config_dir` is the directory that the server will be pointed at.
fn policy(
    options: &Options,
    environment: &[(OsString, OsString)],
    settings: &Settings,
    inputs: &Inputs,
    machine: &Machine,
    config_dir: Option<&Path>,
    jvm_options: &[OptionsFile],
) -> Planned {
    let locations = &inputs.locations;
    let server_directories = readable_directories(settings, locations, machine, config_dir);
    let named = options.java_home.as_ref().map(|home| host::java_facts(&home.join("bin/java")));
    let java = named.as_ref().or(machine.facts.java.as_ref());
    java_policy::plan(&java_policy::Inputs {
        options,
        environment,
        settings,
        version: inputs.version,
        java_home: java.and_then(|java| java.home.as_deref()),
        java_major: java.and_then(|java| java.major),
        uid: machine.uid,
        groups: &machine.groups,
        // The server keeps our working directory; the scripts of 7.x and later change to the home.
        working_directory: &std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
        server_directories: &server_directories,
        jvm_options,
        installed: locations.installation.is_some(),
        runtime_dir: &locations.runtime_dir,
    })
}

/// What the server may read without a grant, tried with a plugin on 2.3.4. Without a home nobody knows where that is.
fn readable_directories(
    settings: &Settings,
    locations: &Locations,
    machine: &Machine,
    config_dir: Option<&Path>,
) -> Vec<PathBuf> {
    let Some(home) = &locations.home else { return Vec::new() };
    let plugins = settings.text("path.plugins").unwrap_or("plugins");
    let in_home = ["bin", "lib", "modules", plugins].map(|name| home.join(name));
    let named = machine.directories.iter().map(PathBuf::as_path).chain(config_dir);
    named.chain(in_home.iter().map(PathBuf::as_path)).map(prepare::absolute).collect()
}

/// Where rendered files go. The files of the user are never touched: where they are the templates, and where their
/// directory is closed, a staged copy is made.
fn target(kind: SourceKind, locations: &Locations) -> Option<Target> {
    let staged = || Target::Staged(locations.runtime_dir.join("config"));
    match kind {
        SourceKind::Finished => None,
        SourceKind::Configuration | SourceKind::BuiltIn => Some(staged()),
        SourceKind::Templates => match &locations.config_dir {
            Some(directory) if apply::is_writable(directory) => Some(Target::InPlace(directory.clone())),
            _ => Some(staged()),
        },
    }
}

/// The script of 5.x would read the `jvm.options` on disk, which a start may have rendered only now, or beside it.
fn take_rendered_jvm_options(
    files: &[RenderedFile],
    target: Option<&Target>,
    environment: &[(OsString, OsString)],
    inputs: &mut Inputs,
) {
    if let Some(installation) = &mut inputs.locations.installation
        && inputs.version.is_some_and(|version| generation(version).jvm_options == JvmOptions::Lines)
        && prepare::variable(environment, "ES_JVM_OPTIONS").is_none()
        && let Some(rendered) = files.iter().find(|file| file.relative == Path::new(JVM_OPTIONS))
        && let Some(target) = target
    {
        let path = prepare::absolute(&target.directory().join(JVM_OPTIONS));
        installation.launch.jvm_options = Some((path, rendered.bytes.clone()));
    }
}

/// The `jvm.options` that the server will read: those that the start script names, else rendered ones, else those of
/// the configuration.
fn jvm_options(files: &[RenderedFile], inputs: &Inputs) -> Vec<OptionsFile> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let named = inputs.locations.installation.as_ref().and_then(|it| it.launch.jvm_options.as_ref());
    let rendered = files.iter().find(|file| file.relative == Path::new(JVM_OPTIONS));
    let template = inputs.sources.templates.iter().find(|file| file.relative == Path::new(JVM_OPTIONS));
    let (name, text, template) = match (rendered, template, named) {
        (Some(file), Some(template), named) if named.is_none_or(|(_, bytes)| *bytes == file.bytes) => {
            (template.name.clone(), text(&file.bytes), Some(text(&template.bytes)))
        }
        // What an earlier start rendered says nothing about this one, and holds its values.
        (None, Some(_), _) => return Vec::new(),
        (_, _, Some((path, bytes))) => (path.display().to_string(), text(bytes), None),
        _ => {
            let Some(path) = inputs.locations.config_dir.as_ref().map(|it| it.join(JVM_OPTIONS)) else {
                return Vec::new();
            };
            let bytes = match &inputs.sources.jvm_options {
                Some(bytes) => text(bytes),
                None => text(&regular_file(&path, LARGEST_VALUE).unwrap_or_default()),
            };
            (path.display().to_string(), bytes, None)
        }
    };
    let is_shown = template.is_some() || inputs.sources.kind != SourceKind::Templates;
    vec![OptionsFile { name, text, template, is_shown }]
}
