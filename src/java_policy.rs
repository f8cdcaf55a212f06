//! The shell around [`crate::policy`] and [`crate::kubeconfig`]: looks at paths and at the JRE's policy file, and plans
//! what to write. Reads only.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use crate::cli::{Options, PolicyMode};
use crate::elasticsearch::version::Version;
use crate::files::read::{LARGEST_VALUE, regular_file};
use crate::files::write::is_mount_point;
use crate::finding::Finding;
use crate::kubeconfig::{self, Access, Content, FileFact};
use crate::policy::{self, Grant, Kind, Target};
use crate::prepare::variable;
use crate::settings::Settings;

/// What the judgement depends on.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub options: &'a Options,
    pub environment: &'a [(OsString, OsString)],
    pub settings: &'a Settings,
    pub version: Option<Version>,
    /// Home directory and major version of the Java that will run.
    pub java_home: Option<&'a Path>,
    pub java_major: Option<u16>,
    /// The user and the groups that the server will have.
    pub uid: u32,
    pub groups: &'a [u32],
    /// The directory that the JVM starts in.
    pub working_directory: &'a Path,
    /// Configuration, data, logs and plugins, which the server may read anyway.
    pub server_directories: &'a [PathBuf],
    /// Where a policy file of our own goes.
    pub runtime_dir: &'a Path,
}

/// What to do about the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Action {
    #[default]
    None,
    /// Replace the JRE's file.
    Patch { path: PathBuf, bytes: Vec<u8> },
    /// Write a file of our own and name it to the JVM.
    Property { path: PathBuf, bytes: Vec<u8> },
}

/// The plan and what is to be said about it.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    pub action: Action,
    pub findings: Vec<Finding>,
    /// The grants asked for, with what stands at their paths.
    pub grants: Vec<Grant>,
    /// The JRE's policy file.
    pub file: Option<PathBuf>,
    /// Why nothing would consult that file, where nothing is asked of it.
    pub pointless: Option<Finding>,
}

/// Judges the existing file and what is asked for, and plans the change.
pub fn plan(inputs: &Inputs<'_>) -> Planned {
    let mut planned = Planned { grants: grants(inputs), file: policy_file(inputs), ..Planned::default() };
    let findings = &mut planned.findings;
    if uses_kubernetes_plugin(inputs) {
        kubeconfig_findings(inputs, findings);
    }
    let existing = planned.file.as_deref().map(|path| regular_file(path, LARGEST_VALUE));
    lint(inputs, planned.file.as_deref(), existing.as_ref(), findings);
    if inputs.options.policy == PolicyMode::Off {
        return planned;
    }
    let java_options = java_options(inputs.environment);
    if let Some(pointless) = policy::not_consulted(&target(inputs, &java_options)) {
        if planned.grants.is_empty() {
            planned.pointless = Some(pointless);
        } else {
            findings.push(pointless);
        }
        return planned;
    }
    let permissions = policy::permissions(&planned.grants);
    let refused = permissions.is_refused();
    findings.extend(permissions.findings);
    for note in permissions.notes {
        tracing::info!("{note}");
    }
    if refused {
        return planned;
    }
    planned.action = match (planned.file.clone(), existing) {
        (Some(path), Some(Ok(bytes))) if inputs.options.policy != PolicyMode::Property => {
            patch(inputs, path, &bytes, &planned.grants, findings)
        }
        (Some(path), Some(Err(reason))) if inputs.options.policy == PolicyMode::Patch => {
            findings.push(policy::not_writable(&path.display().to_string(), &reason, true));
            Action::None
        }
        (None, _) if inputs.options.policy == PolicyMode::Patch && !planned.grants.is_empty() => {
            findings.push(policy::not_writable("java.policy", "there is none in the Java home", true));
            Action::None
        }
        _ => property(inputs, &planned.grants, findings),
    };
    planned
}

/// The change to the JRE's file, or a file of our own where that one is closed.
fn patch(
    inputs: &Inputs<'_>,
    path: PathBuf,
    existing: &[u8],
    grants: &[Grant],
    findings: &mut Vec<Finding>,
) -> Action {
    let name = path.display().to_string();
    match policy::patch(&name, existing, grants) {
        // A file with a mistake of somebody else's is told by the linter; ours can still be a file of its own.
        Err(_) if inputs.options.policy == PolicyMode::Auto && !grants.is_empty() => {
            property(inputs, grants, findings)
        }
        Err(mut refused) => {
            if grants.is_empty() {
                return Action::None;
            }
            // The linter has told most of it.
            refused.retain(|finding| !findings.contains(finding));
            findings.append(&mut refused);
            Action::None
        }
        Ok(bytes) if bytes == existing => Action::None,
        Ok(bytes) if is_writable(&path) => Action::Patch { path, bytes },
        Ok(_) if inputs.options.policy == PolicyMode::Patch => {
            findings.push(policy::not_writable(&name, "permission denied or read-only", true));
            Action::None
        }
        Ok(_) => property(inputs, grants, findings),
    }
}

fn property(inputs: &Inputs<'_>, grants: &[Grant], findings: &mut Vec<Finding>) -> Action {
    if grants.is_empty() {
        return Action::None;
    }
    match policy::file_text(grants) {
        Ok(text) => {
            Action::Property { path: inputs.runtime_dir.join("java.policy"), bytes: text.into_bytes() }
        }
        Err(mut refused) => {
            findings.append(&mut refused);
            Action::None
        }
    }
}

/// Whether the file can be replaced, or rewritten where it is a mount of its own.
fn is_writable(path: &Path) -> bool {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let directory = path.parent().unwrap_or(Path::new("/"));
    access(directory, AccessFlags::W_OK | AccessFlags::X_OK).is_ok()
        || (is_mount_point(&path) && access(&path, AccessFlags::W_OK).is_ok())
}

fn lint(
    inputs: &Inputs<'_>,
    file: Option<&Path>,
    existing: Option<&Result<Vec<u8>, String>>,
    findings: &mut Vec<Finding>,
) {
    let (Some(file), Some(Ok(bytes))) = (file, existing) else { return };
    let facts: Vec<Grant> = policy::named_paths(bytes)
        .into_iter()
        .map(|path| Grant { kind: kind(Path::new(&path)), path, variable: None })
        .collect();
    let directories: Vec<String> =
        inputs.server_directories.iter().map(|path| path.display().to_string()).collect();
    let working_directory = inputs.working_directory.display().to_string();
    // Whether the file is consulted is said once, where something is asked of it.
    let found = policy::check(
        &file.display().to_string(),
        bytes,
        &policy::Context {
            target: target(inputs, &[]),
            working_directory: Some(&working_directory),
            server_directories: &directories,
            requested: &[],
            facts: &facts,
        },
    );
    findings.extend(
        found.into_iter().filter(|finding| finding.code != "policy/pointless" || finding.place.is_some()),
    );
}

fn target<'a>(inputs: &Inputs<'_>, java_options: &'a [String]) -> Target<'a> {
    Target {
        version: inputs.version,
        java_major: inputs.java_major.map(u32::from),
        java_options,
        security_manager_disabled: inputs.settings.text("security.manager.enabled") == Some("false"),
    }
}

fn java_options(environment: &[(OsString, OsString)]) -> Vec<String> {
    ["JAVA_OPTS", "ES_JAVA_OPTS", "OPENSEARCH_JAVA_OPTS"]
        .iter()
        .filter_map(|name| variable(environment, name))
        .flat_map(|text| text.to_string_lossy().split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// The first place of a policy file in the Java home that exists, symbolic links followed.
fn policy_file(inputs: &Inputs<'_>) -> Option<PathBuf> {
    // The version is that of the `java` that was found, which says nothing about a directory named otherwise.
    let named = inputs.options.java_home.as_deref();
    let home = named.or(inputs.java_home)?;
    let same = named.is_none_or(|named| {
        inputs
            .java_home
            .is_some_and(|found| std::fs::canonicalize(named).is_ok_and(|named| found.starts_with(named)))
    });
    let major = inputs.java_major.filter(|_| same).map(u32::from);
    policy::candidates(&home.display().to_string(), major)
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
}

fn grants(inputs: &Inputs<'_>) -> Vec<Grant> {
    if inputs.options.remove {
        return Vec::new();
    }
    let mut requests = Vec::new();
    if let Some(text) = variable(inputs.environment, "JAVA_POLICY_READ") {
        requests.extend(policy::requested(&text.to_string_lossy(), Some("JAVA_POLICY_READ")));
    }
    for text in &inputs.options.read {
        requests.extend(policy::requested(&text.to_string_lossy(), None));
    }
    if let Some(path) = kubeconfig_path(inputs) {
        requests.extend(policy::requested(&path, Some("KUBECONFIG")));
    }
    requests
        .into_iter()
        .map(|request| {
            let kind = kind(Path::new(&request.path));
            Grant::new(request, kind)
        })
        .collect()
}

/// `KUBECONFIG` where the plugin that reads it is in use.
fn kubeconfig_path(inputs: &Inputs<'_>) -> Option<String> {
    let path = variable(inputs.environment, "KUBECONFIG")?;
    uses_kubernetes_plugin(inputs).then(|| path.to_string_lossy().into_owned())
}

/// The fabric8 plugin exists for Elasticsearch 2.x to 6.2.
fn uses_kubernetes_plugin(inputs: &Inputs<'_>) -> bool {
    let settings = inputs.settings;
    inputs.version.is_some_and(|version| version.is_elasticsearch_before(6, 3))
        && (settings.text("discovery.type") == Some("kubernetes")
            || settings.text("discovery.zen.hosts_provider") == Some("kubernetes"))
}

fn kind(path: &Path) -> Kind {
    let Ok(metadata) = fs::metadata(path) else { return Kind::Missing };
    let mount = path
        .ancestors()
        .skip(usize::from(!metadata.is_dir()))
        .find(|directory| fs::symlink_metadata(directory.join("..data")).is_ok_and(|data| data.is_symlink()));
    match mount {
        Some(directory) => Kind::SecretMount { directory: directory.display().to_string() },
        None if metadata.is_dir() => Kind::Directory,
        None => Kind::File,
    }
}

fn kubeconfig_findings(inputs: &Inputs<'_>, findings: &mut Vec<Finding>) {
    let path = kubeconfig_path(inputs);
    let flag = variable(inputs.environment, "KUBERNETES_AUTH_TRYKUBECONFIG");
    let flag = flag.map(|value| value.to_string_lossy().into_owned());
    findings.extend(kubeconfig::check_flag(flag.as_deref(), path.is_some()));
    let Some(path) = path else { return };
    let look = |path: &Path| -> Access {
        if !path.exists() {
            return Access::Missing;
        }
        match closed_reason(path, inputs.uid, inputs.groups) {
            Some(reason) => Access::Unreadable(reason),
            None => Access::Readable,
        }
    };
    let file = inputs.working_directory.join(&path);
    let bytes = regular_file(&file, LARGEST_VALUE);
    let reason;
    let content = match (look(&file), &bytes) {
        (Access::Missing, _) => Content::Missing,
        (Access::Unreadable(why), _) => {
            reason = why;
            Content::Unreadable(&reason)
        }
        (Access::Readable, Err(why)) => Content::Unreadable(why),
        (Access::Readable, Ok(bytes)) => Content::Bytes(bytes),
    };
    let facts: Vec<FileFact> = bytes
        .as_deref()
        .map(kubeconfig::named_files)
        .unwrap_or_default()
        .into_iter()
        .map(|named| FileFact { access: look(&inputs.working_directory.join(&named.path)), path: named.path })
        .collect();
    findings.extend(kubeconfig::check(
        &path,
        content,
        &kubeconfig::Context {
            facts: &facts,
            working_directory: &inputs.working_directory.display().to_string(),
            uid: Some(inputs.uid),
        },
    ));
}

/// Why a user cannot read a file, by the permission bits on the way to it; nothing where it can.
fn closed_reason(path: &Path, uid: u32, groups: &[u32]) -> Option<String> {
    if uid == 0 {
        return None;
    }
    let path = fs::canonicalize(path).ok()?;
    let allowed = |path: &Path, bit: u32| -> Option<(bool, u32, u32)> {
        let metadata = fs::metadata(path).ok()?;
        let shift = if metadata.uid() == uid {
            6
        } else if groups.contains(&metadata.gid()) {
            3
        } else {
            0
        };
        Some((metadata.mode() >> shift & bit != 0, metadata.mode() & 0o7777, metadata.uid()))
    };
    if let Some((false, mode, owner)) = allowed(&path, 0o4) {
        return Some(format!("mode {mode:04o}, owner {owner}"));
    }
    let closed = path
        .ancestors()
        .skip(1)
        .find_map(|directory| allowed(directory, 0o1).filter(|it| !it.0).map(|it| (directory, it)));
    closed.map(|(directory, (_, mode, owner))| {
        format!("`{}` on the way to it has mode {mode:04o}, owner {owner}", directory.display())
    })
}
