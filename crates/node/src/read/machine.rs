//! The machine under the server, the user that it will be, and the policy of its JVM.

use std::path::{Path, PathBuf};

use server::bootstrap::facts::{self as host, Handover};
use server::discovery::kubernetes::{TOKEN, Token};
use server::generation::JvmOptions;
use server::heap::{self, HeapInputs};
use server::java_policy::{OwnPolicy, own_policy};
use server::jvm_arguments::Origin;
use server::jvm_options::{JvmOption, OptionsFile};
use server::launch::java_variables::{JavaVariables, read_by_java};
use server::{Version, generation, jvm_arguments, kubeconfig, paths};

use super::eyes::Eyes;
use super::making::may;
use super::own_files::own_files;
use super::room::Room;
use super::written;
use super::{archive, files, java, named_files, policy, runtime, targets, temporary};
use crate::facts::{Facts, KUBECONFIG, KubeconfigQuestion, MachineFacts};
use crate::identity::{Identity, resolve_user};
use crate::request::{Depth, Ownership, Request, Target};
use crate::world::{Answer, FileKind, Machine, ServerUser, World};

/// Who the server will be.
pub(super) struct Who {
    /// Nothing where this process cannot change users, an error where `--user` is unknown.
    identity: Result<Option<Identity>, String>,
    pub(super) user: ServerUser,
    shares_with_group: bool,
}

/// Who the server will be, from the accounts of the image.
pub(super) fn who(
    request: &Request,
    version: Version,
    home: Option<&Path>,
    machine: &Machine,
    world: &dyn World,
) -> Who {
    let accounts = ["/etc/passwd", "/etc/group"].map(|path| world.read(Path::new(path), 1 << 20));
    let accounts_are_unknown = accounts.iter().any(Answer::is_unknown);
    let [passwd, group] =
        accounts.map(|answer| String::from_utf8_lossy(&answer.is().unwrap_or_default()).into_owned());
    let mut identity = identity(request, version, machine.user.effective_uid, &passwd, &group);
    let is_shared = home.is_some_and(|home| is_of_root_group(home, world));
    // The group of the account would take away what the layout gives to everybody.
    if let (Ok(Some(identity)), true, None) = (&mut identity, is_shared, &request.user) {
        identity.gid = 0;
    }
    // A name that may be there is no mistake; nobody is started as that user.
    let identity = identity.or_else(|message| if accounts_are_unknown { Ok(None) } else { Err(message) });
    let home_of = |uid: u32| resolve_user(&uid.to_string(), &passwd, &group).ok()?.home;
    let user = match &identity {
        Ok(Some(identity)) => {
            let mut groups = identity.groups.clone();
            groups.push(identity.gid);
            ServerUser { uid: identity.uid, groups, home: identity.home.clone() }
        }
        // A user who could not be found is reported; whoever it is, it is not root.
        _ if machine.user.effective_uid == 0 => {
            ServerUser { uid: 1000, groups: vec![0], home: home_of(1000) }
        }
        _ => ServerUser {
            uid: machine.user.uid,
            groups: machine.user.groups.clone(),
            home: home_of(machine.user.uid),
        },
    };
    let is_image =
        version.is_opensearch() && home.is_some_and(|home| has_entrypoint_of_opensearch(home, world));
    let shares_with_group = is_image || is_shared && user.groups.contains(&0);
    Who { identity, user, shares_with_group }
}

/// Whether the home is that of an official image of OpenSearch, where all belongs to 1000:1000 and the entrypoint always sets the umask
/// 0002. Source: the Dockerfiles and `opensearch-docker-entrypoint-….sh` of opensearch-build.
fn has_entrypoint_of_opensearch(home: &Path, world: &dyn World) -> bool {
    world
        .look(&home.join("opensearch-docker-entrypoint.sh"))
        .is()
        .is_some_and(|it| it.kind == FileKind::Regular)
}

/// Whether the server's directories are as the official images of Elasticsearch have them from 6.0 on: they belong to a user, and to
/// root's group, which may write. Volumes of engines belong to root itself.
fn is_of_root_group(home: &Path, world: &dyn World) -> bool {
    ["config", "data", "logs", "plugins"].iter().any(|name| {
        let look = world.look(&home.join(name)).is();
        look.is_some_and(|it| {
            it.kind == FileKind::Directory && it.uid != 0 && it.gid == 0 && it.mode & 0o020 != 0
        })
    })
}

/// The machine under the server, who it will be, and what its JVM may read.
pub(super) fn machine(
    facts: &Facts,
    mut machine: Machine,
    who: Who,
    options_files: &[OptionsFile],
    world: &dyn World,
) -> MachineFacts {
    let Facts { request, environment, settings, version, .. } = facts;
    let Who { identity, user, shares_with_group } = who;
    let directories = paths::written(settings, facts.home.as_deref());
    let handover = handover(request, &machine);
    let can_give = may(&machine, host::CHOWN);
    let given = written::given(&directories, handover, &machine, world);
    let recursive = request.chown == Ownership::Recursive;
    let eyes = Eyes { user: &user, given: &given, recursive, world };
    let (looked, data) = written::directories(facts, &directories, &machine, &eyes);
    machine.host.directories = looked;
    machine.host.volumes =
        directories.iter().filter_map(|(setting, path)| runtime::volume(setting, path, world)).collect();
    let found = java::find(*version, facts.home.as_deref(), environment, world);
    let java_is_unknown = found.is_unknown();
    let java = found.is().map(|path| java::facts(&path, world));
    machine.host.java.clone_from(&java);
    let java_path = java.as_ref().map(|java| java.path.as_path());
    let is_root = machine.user.effective_uid == 0;
    let mut room = Room::of(facts, &machine, world);
    let unwritable =
        targets::obstacle(facts, &machine, is_root && can_give, world).or_else(|| room.problem());
    let own_files = own_files(&facts.runtime_dir.path, &machine, &mut room, &eyes);
    let files = files::facts(facts, &machine, java_path, is_root && can_give, &eyes);
    let java_major = java.as_ref().and_then(|java| java.major);
    let jvm_options = server::jvm_options::parse(*version, java_major, options_files);
    let directories: Vec<PathBuf> = directories.into_iter().map(|(_, path)| path).collect();
    let server_home = identity.as_ref().ok().and_then(|it| it.as_ref()?.home.clone());
    let kubeconfig =
        kubeconfig_question(facts, &user, server_home.as_deref().map(Path::new), is_root && can_give, world);
    let named = request.java_home.as_ref().map(|home| java::facts(&home.join("bin/java"), world));
    let java = named.as_ref().or(java.as_ref());
    let home_is_unknown = match java {
        Some(java) => java.home.is_none() && world.real(&java.path).is_unknown(),
        None => java_is_unknown,
    };
    let known = facts.known_version();
    let launch = facts.installation.as_ref().map(|it| &it.launch);
    let java_variables = read_by_java(launch, machine.host.java.as_ref().and_then(|java| java.major));
    let mut jvm_arguments = jvm_arguments::list(&jvm_arguments::Inputs {
        version: *version,
        environment,
        java_variables: &java_variables,
        jvm_options: &jvm_options,
        files: launch,
    });
    if launch.is_some() && known.is_some() && matches!(request.target, Target::Server(_)) {
        let chosen = heap::chosen(
            &HeapInputs {
                version: *version,
                environment,
                java_variables: &java_variables,
                arguments: &jvm_arguments,
                java_major,
                memory_limit: machine.host.memory_limit,
                total_memory: machine.host.total_memory,
                enforced: false,
            },
            options_files,
        );
        jvm_arguments.extend(chosen);
    }
    let mut own_policy = named_policy(facts, &java_variables, &jvm_options);
    if let Some(own) = &mut own_policy {
        let is_it = |text: &str| {
            let value = text.strip_prefix("-Djava.security.policy=");
            value.is_some_and(|value| value.strip_prefix('=').unwrap_or(value) == own.path)
        };
        let is_secret = |origin: &Origin| matches!(origin, Origin::Variable(name) if environment.get(name).is_some_and(|it| it.secret));
        own.is_hidden |= jvm_arguments.iter().any(|it| is_it(&it.text) && is_secret(&it.origin));
    }
    let readable = readable_directories(facts, &directories, world);
    let policy = policy::read(&policy::Inputs {
        request,
        variable: environment.text_in_process("JAVA_POLICY_READ"),
        kubeconfig: environment
            .text_in_process("KUBECONFIG")
            .filter(|_| kubeconfig::is_read(known, settings)),
        kubeconfig_copy: kubeconfig.file.as_ref().and_then(|file| file.copy.as_deref()),
        java_home: java.and_then(|java| java.home.clone()),
        java_home_is_unknown: home_is_unknown,
        java_major: java.and_then(|java| java.major),
        own_policy,
        server_directories: &readable,
        world,
    });
    let temporary = temporary::read(facts, &jvm_options, &user, world);
    let named = named_files::Inputs {
        facts,
        arguments: &jvm_arguments,
        policy: &policy,
        readable: &readable,
        eyes: &eyes,
    };
    let home = facts.installation.as_ref().map(|it| it.home.as_path());
    let archive = archive::archive(&request.archive, home, &user, world);
    let (unusable, agents) = named.look(java_major);
    MachineFacts {
        unusable,
        agents,
        machine,
        java_is_unknown,
        identity,
        user,
        shares_with_group,
        java_variables,
        handover,
        data,
        unwritable,
        own_files,
        files,
        jvm_options,
        refused_option_lines: known
            .map(|version| server::jvm_options::refused_lines(version, options_files))
            .unwrap_or_default(),
        temporary,
        jvm_arguments,
        directories,
        policy,
        kubeconfig,
        archive,
        random: (request.depth == Depth::Start)
            .then(|| world.random(8))
            .and_then(Answer::is)
            .and_then(|bytes| Some(u64::from_ne_bytes(bytes.try_into().ok()?))),
        interfaces: world.interfaces().is(),
    }
}

/// Whether the directories that the server writes to will be its own.
fn handover(request: &Request, machine: &Machine) -> Handover {
    if machine.user.effective_uid != 0 {
        Handover::NotRoot
    } else if request.chown == Ownership::Off {
        Handover::Off
    } else if may(machine, host::CHOWN) {
        Handover::Given
    } else {
        Handover::NoCapability
    }
}

/// What the server may read without a grant, tried with a plugin on 2.3.4. Without a home, its place is not known.
fn readable_directories(facts: &Facts, written: &[PathBuf], world: &dyn World) -> Vec<PathBuf> {
    let Some(home) = &facts.home else { return Vec::new() };
    let plugins = facts.settings.text("path.plugins").unwrap_or("plugins");
    let in_home = ["bin", "lib", "modules", plugins].map(|name| home.join(name));
    let named = written.iter().map(PathBuf::as_path).chain(facts.effective_config_dir());
    named.chain(in_home.iter().map(PathBuf::as_path)).map(|path| world.absolute(path)).collect()
}

/// As root: `--user`, else the user that the packages and images of the server make, else 1000:0.
fn identity(
    request: &Request,
    version: Version,
    effective_uid: u32,
    passwd: &str,
    group: &str,
) -> Result<Option<Identity>, String> {
    if effective_uid != 0 {
        return Ok(None);
    }
    let resolve = |spec: &str| resolve_user(spec, passwd, group);
    if let Some(spec) = &request.user {
        return resolve(spec).map(Some);
    }
    Ok(resolve(generation(version).user).or_else(|_| resolve("1000:0")).ok())
}

fn kubeconfig_question(
    facts: &Facts,
    user: &ServerUser,
    server_home: Option<&Path>,
    may_copy: bool,
    world: &dyn World,
) -> KubeconfigQuestion {
    if !kubeconfig::is_read(facts.known_version(), &facts.settings) {
        return KubeconfigQuestion::default();
    }
    let value = |name: &str| facts.environment.text_in_process(name);
    let is_unknown = |name: &&str| facts.environment.is_unknown_in_process(name);
    if ["KUBECONFIG", "KUBERNETES_AUTH_TRYKUBECONFIG", "HOME"].iter().any(is_unknown) {
        return KubeconfigQuestion::default();
    }
    let (path, try_flag) = (value("KUBECONFIG"), value("KUBERNETES_AUTH_TRYKUBECONFIG"));
    // A file that the client does not look at need not be there.
    let is_ignored = try_flag.as_ref().is_some_and(|value| !value.trim().eq_ignore_ascii_case("true"));
    // Only root can read what the server cannot, and give a copy away.
    let is_copied =
        may_copy && user.uid != 0 && value("KUBECONFIG_COPY").is_some_and(|value| value.trim() == "true");
    let copy = is_copied.then(|| facts.runtime_dir.path.join(KUBECONFIG));
    let homes = value("HOME").map(PathBuf::from).into_iter().chain(server_home.map(Path::to_owned));
    let may_be_there = |home: PathBuf| !world.look(&home.join(".kube/config")).is_absent();
    let file = path.clone().filter(|_| !is_ignored);
    // Without a name the client looks in the home directory.
    let has_other = file.is_some() || (!is_ignored && homes.into_iter().any(may_be_there));
    let token = || Token { path: TOKEN, access: policy::access(Path::new(TOKEN), user, world) };
    KubeconfigQuestion {
        is_asked: true,
        is_named: path.is_some(),
        may_copy,
        token: (!has_other).then(token),
        try_flag,
        file: file.map(|path| policy::read_kubeconfig(path, copy, user, world)),
    }
}

/// The policy file that the options of the JVM name.
fn named_policy(facts: &Facts, read_by_java: &JavaVariables, lines: &[JvmOption]) -> Option<OwnPolicy> {
    let generation = generation(facts.version);
    let value = |name: &str| facts.environment.text_in_process(name).unwrap_or_default();
    let values = |names: &[&str]| names.iter().map(|name| value(name)).collect::<Vec<_>>().join(" ");
    let variables = format!("{} {}", value(generation.java_options), values(&read_by_java.after));
    let named = if generation.jvm_options == JvmOptions::None {
        own_policy(&[], &format!("{} {variables}", value("JAVA_OPTS")))
    } else {
        own_policy(lines, &variables)
    };
    named.or_else(|| own_policy(&[], &values(&read_by_java.before)))
}
