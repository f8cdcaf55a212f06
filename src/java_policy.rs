//! The shell around [`crate::policy`] and [`crate::kubeconfig`]: looks at paths and at the JRE's policy file, and plans
//! what to write. Reads only.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use crate::cli::{Options, PolicyMode};
use crate::files::read::{LARGEST_VALUE, regular_file};
use crate::files::write::is_mount_point;
use crate::prepare::{GUESSED, variable};
use diagnostics::Finding;
use server::generation::JvmOptions;
use server::heap::OptionsFile;
use server::java_policy::{self as policy, Grant, Kind, Request, Target};
use server::kubeconfig::{self, Access, Content, FileFact};
use server::settings::kinds::{self, Reading};
use server::{Version, generation};
use template::Settings;

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
    /// Absolute: configuration, data, logs, plugins and the like, which the server may read anyway.
    pub server_directories: &'a [PathBuf],
    /// The `jvm.options` that the server will read.
    pub jvm_options: &'a [OptionsFile],
    /// A server is installed here: its Java is ours to patch. Any other has to be named.
    pub installed: bool,
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

/// What to do where a Java home has no policy file.
pub const NO_FILE: &str =
    "name the Java installation with `--java-home DIR`; from Java 24 on there is no such file any more";

/// The plan and what is to be said about it.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    pub action: Action,
    pub findings: Vec<Finding>,
    /// The grants asked for, with what stands at their paths.
    pub grants: Vec<Grant>,
    /// The JRE's policy file.
    pub file: Option<PathBuf>,
    /// Why nothing would consult that file: to be told where something is asked of it.
    pub pointless: Option<Finding>,
}

/// Judges the existing file and what is asked for, and plans the change.
pub fn plan(inputs: &Inputs<'_>) -> Planned {
    let mut planned = Planned { grants: grants(inputs), file: policy_file(inputs), ..Planned::default() };
    let findings = &mut planned.findings;
    let existing = planned.file.as_deref().map(|path| regular_file(path, LARGEST_VALUE));
    // Taking our block out asks nothing of what else is there.
    if !inputs.options.remove {
        kubeconfig_findings(inputs, findings);
        lint(inputs, planned.file.as_deref(), existing.as_ref(), &planned.grants, findings);
    }
    if inputs.options.policy == PolicyMode::Off {
        return planned;
    }
    let java_options = java_options(inputs);
    if let Some(pointless) = policy::not_consulted(&target(inputs, &java_options)) {
        planned.pointless = Some(pointless);
        return planned;
    }
    let permissions = policy::permissions(&planned.grants);
    let refused = permissions.is_refused();
    // A kubeconfig that is not there is told as such.
    let told = |finding: &Finding| {
        finding.code == "policy/missing-path" && finding.variable.as_deref() == Some("KUBECONFIG")
    };
    findings.extend(permissions.findings.into_iter().filter(|finding| !told(finding)));
    planned.grants.retain(|grant| grant.kind != Kind::Readable);
    for note in permissions.notes {
        tracing::info!("{note}");
    }
    if refused {
        return planned;
    }
    let mode = inputs.options.policy;
    if !inputs.installed && inputs.options.java_home.is_none() && mode != PolicyMode::Property {
        if mode == PolicyMode::Patch {
            findings.push(
                Finding::error("policy/not-writable", "no server is installed here, so no Java is its own")
                    .help("name the Java that is to be patched: `--java-home DIR`"),
            );
        }
        return planned;
    }
    planned.action = match (planned.file.clone(), existing) {
        (Some(path), Some(Ok(bytes))) if mode != PolicyMode::Property => {
            patch(inputs, path, &bytes, &planned.grants, &java_options, findings)
        }
        (Some(path), Some(Err(reason))) if mode == PolicyMode::Patch => {
            findings.push(policy::not_writable(&path.display().to_string(), &reason));
            Action::None
        }
        (None, _) if mode == PolicyMode::Patch && !planned.grants.is_empty() => {
            findings.push(
                Finding::error("policy/not-writable", "the Java home has no `java.policy`").help(NO_FILE),
            );
            Action::None
        }
        _ => property(inputs, &planned.grants, &java_options, findings),
    };
    planned
}

/// The change to the JRE's file, or a file of our own where that one is closed.
fn patch(
    inputs: &Inputs<'_>,
    path: PathBuf,
    existing: &[u8],
    grants: &[Grant],
    java_options: &str,
    findings: &mut Vec<Finding>,
) -> Action {
    let name = path.display().to_string();
    match policy::patch(&name, existing, grants) {
        // A file with a mistake of somebody else's is told by the linter; ours can still be a file of its own.
        Err(_) if inputs.options.policy == PolicyMode::Auto && !grants.is_empty() => {
            property(inputs, grants, java_options, findings)
        }
        Err(mut refused) => {
            if grants.is_empty() && inputs.options.policy != PolicyMode::Patch {
                return Action::None;
            }
            // The linter has told most of it.
            refused.retain(|finding| !findings.contains(finding));
            findings.append(&mut refused);
            Action::None
        }
        Ok(bytes) if bytes == existing || is_writable(&path) => {
            // What our block held so far goes, and nobody has to hear of it.
            if let Some(lines) = policy::lines(existing) {
                findings.retain(|finding| {
                    finding.place.as_ref().is_none_or(|it| it.file != name || !lines.contains(&it.line))
                });
            }
            if bytes == existing { Action::None } else { Action::Patch { path, bytes } }
        }
        Ok(_) if inputs.options.policy == PolicyMode::Patch => {
            findings.push(policy::not_writable(&name, "permission denied or read-only"));
            Action::None
        }
        Ok(_) => property(inputs, grants, java_options, findings),
    }
}

/// A file of our own. The JVM takes one such file, so that what the user's has goes into ours.
fn property(
    inputs: &Inputs<'_>,
    grants: &[Grant],
    java_options: &str,
    findings: &mut Vec<Finding>,
) -> Action {
    if grants.is_empty() {
        return Action::None;
    }
    let written = match policy::own_policy(java_options) {
        None => policy::file_text(grants).map(String::into_bytes),
        Some(own) => with_policy_of_user(own.path, grants),
    };
    match written {
        Ok(bytes) => Action::Property { path: inputs.runtime_dir.join("java.policy"), bytes },
        Err(mut refused) => {
            findings.append(&mut refused);
            Action::None
        }
    }
}

/// The policy that the user named, with our block.
fn with_policy_of_user(name: &str, grants: &[Grant]) -> Result<Vec<u8>, Vec<Finding>> {
    let refuse = |reason: &str| {
        let names = policy::permissions(grants).names.join("`, `");
        let message = format!(
            "`-Djava.security.policy={name}` is set, and a second one of ours would displace it: `{name}` {reason}"
        );
        Err(vec![Finding::error("policy/not-writable", message).help(format!(
            "grant read on `{names}` in that file yourself and use `--policy off`, or take the option out"
        ))])
    };
    // The JVM may start elsewhere, expands properties and knows URLs.
    if !name.starts_with('/') {
        return refuse("is not an absolute path");
    }
    match regular_file(Path::new(name), LARGEST_VALUE) {
        Err(reason) => refuse(&reason),
        // The JVM looks for it beside the policy file.
        Ok(bytes) if policy::syntax::parse(&String::from_utf8_lossy(&bytes)).keystore => {
            refuse("has a keystore, so that it cannot be copied")
        }
        Ok(bytes) => {
            let bytes = policy::patch(name, &bytes, grants)?;
            tracing::info!("the policy file of ours takes the grants of {name} along");
            Ok(bytes)
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
    grants: &[Grant],
    findings: &mut Vec<Finding>,
) {
    let (Some(file), Some(Ok(bytes))) = (file, existing) else { return };
    let facts: Vec<Grant> = policy::named_paths(bytes)
        .into_iter()
        .map(|path| Grant { kind: kind(inputs, Path::new(&path)), path, variable: None })
        // That a path is missing is told where it is asked for.
        .filter(|fact| fact.kind != Kind::Missing || !grants.iter().any(|grant| grant.path == fact.path))
        .collect();
    let working_directory = inputs.working_directory.display().to_string();
    // Whether the file is consulted is said once, where something is asked of it.
    findings.extend(policy::check(
        &file.display().to_string(),
        bytes,
        &policy::Context { working_directory: Some(&working_directory), facts: &facts },
    ));
}

fn target<'a>(inputs: &Inputs<'_>, java_options: &'a str) -> Target<'a> {
    let version = inputs.version.unwrap_or(GUESSED);
    let manager = inputs.settings.text("security.manager.enabled").unwrap_or("true");
    Target {
        version: inputs.version,
        java_major: inputs.java_major,
        java_options,
        security_manager_disabled: kinds::read(manager, version) == Reading::False,
    }
}

/// The options that the JVM will have, in its order, as far as anybody would put a policy there. A line that holds for
/// some versions of Java only counts for all.
fn java_options(inputs: &Inputs<'_>) -> String {
    let generation = generation(inputs.version.unwrap_or(GUESSED));
    let mut options = String::new();
    let mut add = |text: &str| {
        options.push_str(text);
        options.push('\n');
    };
    if generation.jvm_options == JvmOptions::None {
        add(&variable(inputs.environment, "JAVA_OPTS").map(|it| it.to_string_lossy()).unwrap_or_default());
    } else {
        for file in inputs.jvm_options {
            file.text.split('\n').filter(|line| !line.trim_ascii_start().starts_with('#')).for_each(&mut add);
        }
    }
    add(&variable(inputs.environment, generation.java_options)
        .map(|it| it.to_string_lossy())
        .unwrap_or_default());
    options
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
    let major = inputs.java_major.filter(|_| same);
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
        // One path, whatever it holds.
        requests.push(Request { path, variable: Some("KUBECONFIG") });
    }
    let mut grants = Vec::new();
    for request in requests {
        let path = PathBuf::from(&request.path);
        let grant = Grant::new(request, kind(inputs, &path));
        let real = fs::canonicalize(&path).ok().filter(|real| *real != path);
        // A link into a mounted Secret from outside: Java 8 asks for what it leads to, later ones for the link.
        let behind = real.filter(|_| matches!(grant.kind, Kind::File | Kind::Directory)).map(|real| {
            let kind = kind(inputs, &real);
            Grant { path: real.to_string_lossy().into_owned(), kind, ..grant.clone() }
        });
        grants.push(grant);
        grants.extend(behind.filter(|grant| matches!(grant.kind, Kind::SecretMount { .. })));
    }
    grants
}

/// `KUBECONFIG` where the plugin that reads it is in use.
fn kubeconfig_path(inputs: &Inputs<'_>) -> Option<String> {
    let path = variable(inputs.environment, "KUBECONFIG")?;
    kubeconfig::is_read(inputs.version, inputs.settings).then(|| path.to_string_lossy().into_owned())
}

fn kind(inputs: &Inputs<'_>, path: &Path) -> Kind {
    if inputs.server_directories.iter().any(|directory| is_inside(path, directory)) {
        return Kind::Readable;
    }
    let Ok(metadata) = fs::metadata(path) else { return Kind::Missing };
    let mount = path
        .ancestors()
        .skip(usize::from(!metadata.is_dir()))
        .find(|directory| fs::symlink_metadata(directory.join("..data")).is_ok_and(|data| data.is_symlink()));
    match mount {
        // The mount itself stays where it is.
        Some(directory) if directory != path => {
            Kind::SecretMount { directory: directory.display().to_string() }
        }
        _ if metadata.is_dir() => Kind::Directory,
        _ => Kind::File,
    }
}

/// Whether the path is that directory or in it, as written and with all links followed: Java 8 asks for the one, later
/// ones ask for the other.
fn is_inside(path: &Path, directory: &Path) -> bool {
    let direct = path.starts_with(directory) && !path.components().any(|part| part == Component::ParentDir);
    direct && real(path).zip(real(directory)).is_some_and(|(path, directory)| path.starts_with(directory))
}

/// The path with its links followed, as far as it exists; nothing for a link to nowhere.
fn real(path: &Path) -> Option<PathBuf> {
    let there = path.ancestors().find(|ancestor| fs::symlink_metadata(ancestor).is_ok())?;
    Some(fs::canonicalize(there).ok()?.join(path.strip_prefix(there).ok()?))
}

fn kubeconfig_findings(inputs: &Inputs<'_>, findings: &mut Vec<Finding>) {
    if !kubeconfig::is_read(inputs.version, inputs.settings) {
        return;
    }
    let path = kubeconfig_path(inputs);
    let flag = variable(inputs.environment, "KUBERNETES_AUTH_TRYKUBECONFIG");
    let flag = flag.map(|value| value.to_string_lossy().into_owned());
    findings.extend(kubeconfig::check_flag(flag.as_deref(), path.is_some()));
    // A file that the client does not look at need not be there.
    let is_ignored = flag.is_some_and(|value| !value.trim().eq_ignore_ascii_case("true"));
    let Some(path) = path.filter(|_| !is_ignored) else { return };
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
