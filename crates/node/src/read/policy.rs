//! Looks at what the policy of the JVM and the kubeconfig depend on. Judges nothing.

use std::path::{Component, Path, PathBuf};

use server::java_policy::{self, Grant, Kind, OwnPolicy, Request as Wanted};
use server::kubeconfig::{self, Access as FileAccess, FileFact};

use crate::facts::{Existing, KubeconfigFacts, OwnPolicyFile, PolicyFacts};
use crate::request::Request;
use crate::world::{Access, Answer, FileKind, Reason, ServerUser, World};

/// No policy file and no kubeconfig has a reason to be larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// What the facts are gathered from.
pub(crate) struct Inputs<'a> {
    pub(crate) request: &'a Request,
    /// `JAVA_POLICY_READ`, where it is set.
    pub(crate) variable: Option<String>,
    /// `KUBECONFIG`, where the plugin that reads it is in use.
    pub(crate) kubeconfig: Option<String>,
    /// Where a copy of it will be, which is what the server reads then.
    pub(crate) kubeconfig_copy: Option<&'a Path>,
    /// Home and major version of the Java that will run.
    pub(crate) java_home: Option<PathBuf>,
    /// There may be a Java, and nobody can say where.
    pub(crate) java_home_is_unknown: bool,
    pub(crate) java_major: Option<u16>,
    /// The policy file that the JVM's options name.
    pub(crate) own_policy: Option<OwnPolicy>,
    /// Absolute: what the server may read without a grant.
    pub(crate) server_directories: &'a [PathBuf],
    pub(crate) world: &'a dyn World,
}

pub(crate) fn read(inputs: &Inputs<'_>) -> PolicyFacts {
    let file = file(inputs);
    let content = match &file {
        Answer::Is(path) => inputs.world.read(path, LARGEST),
        _ => Answer::Absent,
    };
    let file_is_unknown = file.is_unknown() || content.is_unknown();
    let file = file.is().filter(|_| !file_is_unknown);
    let existing = file.as_deref().map(|path| existing(path, content, inputs.world));
    let named = match &existing {
        Some(Existing { content: Ok(bytes), .. }) => java_policy::named_paths(bytes)
            .into_iter()
            .map(|path| Grant { kind: kind(inputs, Path::new(&path)), path, variable: None })
            .collect(),
        _ => Vec::new(),
    };
    let own_policy = inputs.own_policy.clone().map(|named| {
        let content = named.path.starts_with('/').then(|| inputs.world.read(Path::new(&named.path), LARGEST));
        OwnPolicyFile { named, content }
    });
    PolicyFacts {
        grants: grants(inputs),
        file,
        file_is_unknown,
        existing,
        named,
        own_policy,
        java_major: inputs.java_major,
        working_directory: inputs.world.working_directory(),
    }
}

/// A file that has to be there.
fn required(answer: Answer<Vec<u8>>) -> Result<Vec<u8>, Reason> {
    match answer {
        Answer::Is(bytes) => Ok(bytes),
        Answer::Refused(reason) => Err(reason),
        Answer::Absent | Answer::Unknown => Err(Reason::Missing),
    }
}

fn existing(path: &Path, content: Answer<Vec<u8>>, world: &dyn World) -> Existing {
    let real = world.real(path).is().unwrap_or_else(|| path.to_owned());
    let directory = real.parent().unwrap_or(Path::new("/"));
    // It can be replaced, or rewritten where it is a mount of its own.
    let is_writable = matches!(world.allows(directory, Access::MakeFiles), Answer::Is(()))
        || (world.is_mount_point(&real) == Answer::Is(true)
            && matches!(world.allows(&real, Access::Write), Answer::Is(())));
    Existing { content: required(content), is_writable }
}

/// The first place of a policy file in the Java home that exists, symbolic links followed.
fn file(inputs: &Inputs<'_>) -> Answer<PathBuf> {
    // The version is that of the `java` that was found, which says nothing about a directory named otherwise.
    let named = inputs.request.java_home.as_deref();
    let Some(home) = named.or(inputs.java_home.as_deref()) else {
        return if inputs.java_home_is_unknown { Answer::Unknown } else { Answer::Absent };
    };
    let same = named.is_none_or(|named| {
        inputs
            .java_home
            .as_deref()
            .is_some_and(|found| inputs.world.real(named).is().is_some_and(|named| found.starts_with(named)))
    });
    let major = inputs.java_major.filter(|_| same);
    for path in java_policy::candidates(&home.display().to_string(), major).into_iter().map(PathBuf::from) {
        match inputs.world.look(&path) {
            Answer::Is(_) | Answer::Refused(_) => return Answer::Is(path),
            Answer::Unknown => return Answer::Unknown,
            Answer::Absent => {}
        }
    }
    Answer::Absent
}

fn grants(inputs: &Inputs<'_>) -> Vec<Grant> {
    if inputs.request.remove {
        return Vec::new();
    }
    let mut wanted = Vec::new();
    if let Some(text) = &inputs.variable {
        wanted.extend(java_policy::requested(text, Some("JAVA_POLICY_READ")));
    }
    for text in &inputs.request.read {
        wanted.extend(java_policy::requested(&text.to_string_lossy(), None));
    }
    let mut grants = Vec::new();
    let variable = Some("KUBECONFIG");
    if let Some(copy) = inputs.kubeconfig_copy {
        grants.push(Grant { path: copy.to_string_lossy().into_owned(), kind: Kind::File, variable });
    } else if let Some(path) = &inputs.kubeconfig {
        // One path, whatever it holds.
        wanted.push(Wanted { path: path.clone(), variable });
    }
    for request in wanted {
        let path = PathBuf::from(&request.path);
        let grant = Grant::new(request, kind(inputs, &path));
        let real = inputs.world.real(&path).is().filter(|real| *real != path);
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

fn kind(inputs: &Inputs<'_>, path: &Path) -> Kind {
    let world = inputs.world;
    if inputs.server_directories.iter().any(|directory| is_inside(path, directory, world)) {
        return Kind::Readable;
    }
    let look = match world.look(path) {
        Answer::Is(look) => look,
        Answer::Unknown => return Kind::Unknown,
        Answer::Absent | Answer::Refused(_) => return Kind::Missing,
    };
    let is_directory = look.kind == FileKind::Directory;
    let mount = path
        .ancestors()
        .skip(usize::from(!is_directory))
        .find(|directory| world.link(&directory.join("..data")).is_there());
    match mount {
        // The mount itself stays where it is.
        Some(directory) if directory != path => {
            Kind::SecretMount { directory: directory.display().to_string() }
        }
        _ if is_directory => Kind::Directory,
        _ => Kind::File,
    }
}

/// Whether the path is that directory or in it, as written and with all links followed: Java 8 asks for the one, later
/// ones ask for the other.
fn is_inside(path: &Path, directory: &Path, world: &dyn World) -> bool {
    let direct = path.starts_with(directory) && !path.components().any(|part| part == Component::ParentDir);
    direct
        && real(path, world)
            .zip(real(directory, world))
            .is_some_and(|(path, directory)| path.starts_with(directory))
}

/// The path with its links followed, as far as it exists; nothing for a link to nowhere.
fn real(path: &Path, world: &dyn World) -> Option<PathBuf> {
    let there = path
        .ancestors()
        .find(|ancestor| world.look(ancestor).is_there() || world.link(ancestor).is_there())?;
    Some(world.real(there).is()?.join(path.strip_prefix(there).ok()?))
}

/// A file as the server's user finds it.
pub(crate) fn access(path: &Path, user: &ServerUser, world: &dyn World) -> FileAccess {
    match world.look(path) {
        Answer::Is(_) | Answer::Refused(_) => {}
        Answer::Absent => return FileAccess::Missing,
        Answer::Unknown => return FileAccess::Unknown,
    }
    match closed_reason(path, user, world) {
        Some(reason) => FileAccess::Unreadable(reason),
        None => FileAccess::Readable,
    }
}

/// The kubeconfig and the files that it names, as the server's user finds them. Of the kubeconfig itself it may get a copy.
pub(crate) fn read_kubeconfig(
    path: String,
    copy: Option<PathBuf>,
    user: &ServerUser,
    world: &dyn World,
) -> KubeconfigFacts {
    let directory = world.working_directory();
    let look = |path: &Path| access(path, user, world);
    let file = directory.join(&path);
    let content = world.read(&file, LARGEST);
    let access = if content.is_unknown() { FileAccess::Unknown } else { look(&file) };
    let content = required(content);
    let copy = copy.filter(|_| content.is_ok());
    let access = if copy.is_some() { FileAccess::Readable } else { access };
    let files = content
        .as_deref()
        .map(kubeconfig::named_files)
        .unwrap_or_default()
        .into_iter()
        .map(|named| FileFact { access: look(&directory.join(&named.path)), path: named.path })
        .collect();
    KubeconfigFacts { access, path, content, files, working_directory: directory, copy }
}

/// Why a user cannot read a file, by the permission bits on the way to it; nothing where it can.
fn closed_reason(path: &Path, user: &ServerUser, world: &dyn World) -> Option<String> {
    if user.uid == 0 {
        return None;
    }
    let path = world.real(path).is()?;
    let allowed = |path: &Path, bit: u32| -> Option<(bool, u32, u32)> {
        let look = world.look(path).is()?;
        let shift = if look.uid == user.uid {
            6
        } else if user.groups.contains(&look.gid) {
            3
        } else {
            0
        };
        Some((look.mode >> shift & bit != 0, look.mode, look.uid))
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
