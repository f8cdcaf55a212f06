//! From facts to what is written and started. Pure. What can be seen only here becomes a finding too.

mod archive;
mod command;
mod keystore;
mod own_files;
pub(crate) mod policy;

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use diagnostics::{Finding, Severity};
use server::bootstrap::memory_lock_setting;
use server::launch::{self, Command, Input, Launch};
use server::{auto_configuration, generation};

use crate::facts::{Configuration, Earlier, Facts, MachineFacts, OwnCopy, RuntimeDir};
use crate::identity::Identity;
use crate::request::{Depth, Ownership, Target};
pub use keystore::KeystoreFile;
use policy::{PolicyAction, PolicyFile, PolicyPlan};

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Below the configuration directory of the plan.
    pub relative: PathBuf,
    pub bytes: Vec<u8>,
    /// Permission bits of a new file; an existing one keeps its own.
    pub mode: u32,
    /// It holds a secret: also an existing one loses the rights of others.
    pub is_secret: bool,
    /// It has to survive a power cut: it is no copy, or there is something in it that no start makes again.
    pub lasts: bool,
}

/// A file to copy unchanged into a staged configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    pub from: PathBuf,
    /// Below the configuration directory of the plan.
    pub relative: PathBuf,
    /// It is configuration to the server, which may not start without.
    pub is_needed: bool,
    /// It has to survive a power cut: the server may change it in the copy, and what is torn would be taken for its own.
    pub lasts: bool,
}

/// The content of a file that gets another one, or goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Aside {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Aside {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Aside({})", self.path.display())
    }
}

/// A file of our own that a later start reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    pub path: PathBuf,
    pub text: String,
}

/// A kubeconfig that the server's user could not read where it is.
#[derive(Clone, PartialEq, Eq)]
pub struct KubeconfigCopy {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

impl fmt::Debug for KubeconfigCopy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KubeconfigCopy({})", self.path.display())
    }
}

/// What to do, with final paths and final bytes. Nothing edits it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, none follows from another")]
pub struct Plan {
    /// The directory for what is made here; nothing where nothing is.
    pub runtime_dir: Option<RuntimeDir>,
    pub configuration: Configuration,
    /// Rendered files.
    pub files: Vec<NewFile>,
    pub copies: Vec<Copy>,
    /// What of the server's own stays in a staged configuration.
    pub kept: Vec<PathBuf>,
    /// What of that does not.
    pub removed: Vec<PathBuf>,
    /// What the server had in files that are replaced or removed.
    pub aside: Vec<Aside>,
    /// What the copy gets of the user's files that the server may change, to be remembered.
    pub ledger: Option<Ledger>,
    /// The keystore, where it lacks entries.
    pub keystore: Option<KeystoreFile>,
    pub policy: Option<PolicyFile>,
    /// The copy of a kubeconfig that is for the server's user alone.
    pub kubeconfig: Option<KubeconfigCopy>,
    /// Data and log directories: made where they are missing, and given to the server's user.
    pub directories: Vec<PathBuf>,
    /// Directories that the start script or the server would have made first, as the server's user.
    pub launch_directories: Vec<PathBuf>,
    pub chown: Ownership,
    /// Who the server becomes; nothing: it stays who we are.
    pub identity: Option<Identity>,
    pub command: Command,
    /// The server's group may write what it writes, and what is made for it.
    pub shares_with_group: bool,
    /// Where the command starts; nothing: where we are.
    pub working_directory: Option<PathBuf>,
    /// A directory for temporary files, which is made anew.
    pub temporary: Option<PathBuf>,
    /// What the command reads on its standard input; nothing: it has ours.
    pub input: Option<Input>,
    /// The settings ask for locked memory.
    pub locks_memory: bool,
    /// The child may be a JVM of Java 8, which forgets signals of its first moments.
    pub java_forgets_early_signals: bool,
    /// The child is a launcher that stays with the server, and tells it of a stop signal only once it is up.
    pub has_launcher: bool,
}

/// The plan, and what is worth a line in the log.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Why there is none, where an error that stands in the way was allowed.
    pub plan: Result<Plan, &'static str>,
    pub notes: Vec<String>,
    /// Why the server is started through the script of its distribution.
    pub why_script: Option<String>,
    /// Why a class archive that is there is not used.
    pub why_no_archive: Option<String>,
    /// The class archive that is used.
    pub archive: Option<PathBuf>,
}

/// Plans, and adds the findings that only planning shows.
pub fn plan(facts: &Facts, findings: &mut Vec<Finding>) -> Planned {
    let mut notes = Vec::new();
    let policy = facts.machine.as_ref().map(|machine| {
        let mut planned = policy::plan(facts, machine);
        notes.append(&mut planned.notes);
        notes.extend(kubeconfig_copy(machine).map(|copy| {
            let (uid, path) = (machine.user.uid, copy.path.display());
            format!(
                "user {uid} gets a copy of the kubeconfig, `{path}`, and with it all that its owner may do"
            )
        }));
        if facts.is_judged_here() {
            findings.extend(planned.findings.iter().cloned());
            findings.extend(planned.pointless.clone().filter(|_| !planned.grants.is_empty()));
        }
        planned
    });
    notes.extend(facts.version.note());
    notes.extend(keystore::notes(facts));
    notes.extend(unused(facts));
    if facts.request.depth == Depth::Start {
        let plugins = facts.plugins().unwrap_or_default();
        notes.extend(launch::official::note(facts.version, &facts.environment, plugins));
    }
    if let (Some(mount), Some(copy)) = (&facts.neighbours.in_the_way, facts.configuration.directory()) {
        notes.push(auto_configuration::in_a_copy(facts.version, mount, copy));
    }
    notes.extend(facts.own_copy.as_ref().and_then(|copy| stays(facts, copy)));
    let is_known = facts.installation.is_some() && !facts.sources.hide_main_file(facts.main_file);
    if let (Some(directory), true, Some(version), None) =
        (facts.effective_config_dir(), is_known, facts.known_version(), &facts.torn_block)
    {
        let is_copy = matches!(facts.configuration, Configuration::Staged(_));
        let (settings, bootstrapped) = (&facts.settings, facts.bootstrapped);
        notes.extend(auto_configuration::lost(version, settings, bootstrapped, directory, is_copy));
    }
    if let (Some(machine), Some(policy)) = (&facts.machine, &policy) {
        let copy = kubeconfig_copy(machine);
        let copy = copy.as_ref().map(|copy| &*copy.bytes);
        findings.extend(own_files::check(facts, machine, &policy.action, copy));
    }
    let launch = command::launch(facts, policy.as_ref(), findings);
    refuse_unrendered(facts, findings);
    let why_script = launch.as_ref().and_then(|launch| launch.why_script.clone());
    let has_archive = launch.as_ref().is_some_and(|launch| launch.has_archive);
    Planned {
        archive: archive::file(facts).filter(|_| has_archive).map(Path::to_owned),
        plan: with_launch(facts, policy, launch),
        notes,
        why_script,
        why_no_archive: archive::why_not(facts),
    }
}

/// The directory for scripts, where no other is named.
fn to_make(facts: &Facts) -> Option<PathBuf> {
    facts.neighbours.to_make.clone().filter(|_| facts.settings.is_unset("path.scripts"))
}

/// Nothing needs the copy but what the server made in it.
fn stays(facts: &Facts, copy: &OwnCopy) -> Option<String> {
    let mut names = copy.names.join(", ");
    if copy.has_block {
        let before = if names.is_empty() { "" } else { ", and " };
        let main = generation(facts.version).main_file;
        let _ = write!(names, "{before}the settings of its security in {main}");
    }
    Some(format!(
        "the server goes on with its copy of the configuration, {}, for what it made there: {names}; to use {} itself, move \
         these there, and remove the copy",
        copy.directory.display(),
        facts.config_dir.as_ref()?.display()
    ))
}

/// A file of the user's that is not copied, as the server made its own.
fn unused(facts: &Facts) -> Vec<String> {
    let (Some(earlier), Some(directory)) = (&facts.earlier, facts.configuration.directory()) else {
        return Vec::new();
    };
    let is_unused = |path: &&PathBuf| !earlier.given.iter().any(|given| given.relative == **path);
    let changed = earlier.changed.iter().filter(is_unused).map(|path| directory.join(path));
    changed
        .map(|path| {
            format!("{} is the server's own and stays; remove it for yours to be used", path.display())
        })
        .collect()
}

fn with_launch(
    facts: &Facts,
    policy: Option<PolicyPlan>,
    launch: Option<launch::Launch>,
) -> Result<Plan, &'static str> {
    let machine = facts.machine.as_ref().ok_or("the machine was not looked at")?;
    if machine.is_root() && machine.identity().is_none() {
        return Err("the user of `--user` is not known: nothing is started as root instead");
    }
    let is_staged = matches!(facts.configuration, Configuration::Staged(_));
    let generation = generation(facts.version);
    let mut files = Vec::with_capacity(facts.files.len());
    for file in &facts.files {
        let Some(bytes) = &file.inspected.rendered.bytes else {
            return Err("a template was not rendered: nothing is started with an incomplete configuration");
        };
        let relative = file.template.relative.clone();
        // The launcher's block in a copy of the main file has no other source.
        let has_block =
            || file.template.is_main() && auto_configuration::begins(&String::from_utf8_lossy(bytes));
        files.push(NewFile {
            lasts: !is_staged || generation.may_write(&relative) || has_block(),
            relative,
            bytes: bytes.clone(),
            mode: file.mode(),
            is_secret: file.holds_secret(),
        });
    }
    let java = machine.machine.host.java.as_ref();
    let mut start = (None, None, None);
    let is_script = |launch: &Launch| launch.launcher == launch::Launcher::Script;
    let has_launcher = matches!(facts.request.target, Target::Server(_))
        && generation.configures_security
        && launch.as_ref().is_some_and(is_script);
    let (mut command, launch_directories, may_be_java_8) = match (&facts.request.target, launch) {
        (Target::Server(_), Some(launch)) => {
            let old = java.and_then(|java| java.major).is_none_or(|major| major <= 8);
            let Launch { command, directories, working_directory, temporary, input, .. } = launch;
            start = (working_directory, temporary, input);
            (command, directories, old)
        }
        (Target::Server(_), None) => return Err("there is no server to start"),
        (Target::Other { program, arguments }, launch) => {
            let command = Command {
                program: program.clone(),
                arguments: arguments.clone(),
                environment: facts.environment.pairs().into_iter().cloned().collect(),
            };
            let is_java = Path::new(program).file_name().is_some_and(|name| name == "java");
            (command, launch.map(|launch| launch.directories).unwrap_or_default(), is_java)
        }
    };
    let (working_directory, temporary, input) = start;
    let is_handed_on = input.as_ref().is_some_and(|input| input.stays_open);
    let identity = machine.identity().cloned();
    if let Some(identity) = &identity {
        identity.set_home(&mut command.environment);
    }
    command
        .environment
        .retain(|(name, _)| name.to_str().is_none_or(|name| keystore::is_handed_on(facts, name)));
    let kubeconfig = kubeconfig_copy(machine);
    if let Some(copy) = &kubeconfig {
        for (_, value) in command.environment.iter_mut().filter(|(name, _)| name == "KUBECONFIG") {
            *value = copy.path.clone().into_os_string();
        }
    }
    let policy = match policy.map(|planned| planned.action) {
        Some(PolicyAction::Patch(file) | PolicyAction::Property(file)) => Some(file),
        Some(PolicyAction::None) | None => None,
    };
    let is_ours = |file: &PolicyFile| file.path.starts_with(&facts.runtime_dir.path);
    let earlier = facts.earlier.as_ref();
    let mut changed = BTreeSet::new();
    changed.extend(earlier.iter().flat_map(|it| &it.changed).map(PathBuf::as_path));
    let copies =
        facts.sources.plain.iter().filter(|file| is_staged && !changed.contains(file.relative.as_path()));
    Ok(Plan {
        runtime_dir: (is_staged || kubeconfig.is_some() || policy.as_ref().is_some_and(is_ours))
            .then(|| facts.runtime_dir.clone()),
        configuration: facts.configuration.clone(),
        files: if facts.configuration == Configuration::AsItIs { Vec::new() } else { files },
        copies: copies
            .map(|file| Copy {
                from: file.path.clone(),
                relative: file.relative.clone(),
                lasts: generation.may_write(&file.relative),
                is_needed: generation.is_configuration(&file.relative),
            })
            .collect(),
        kept: earlier.map(|it| it.own.clone()).unwrap_or_default(),
        removed: earlier.map(|it| it.removed.clone()).unwrap_or_default(),
        aside: earlier.map(aside).unwrap_or_default(),
        ledger: earlier
            .filter(|earlier| earlier.is_remembered())
            .map(|earlier| Ledger { path: earlier.ledger.clone(), text: earlier.text() }),
        keystore: keystore::file(facts, is_handed_on)?,
        policy,
        kubeconfig,
        directories: machine.directories.clone(),
        launch_directories: launch_directories.into_iter().chain(to_make(facts)).collect(),
        chown: facts.request.chown,
        identity,
        shares_with_group: machine.shares_with_group,
        working_directory,
        temporary,
        input: input.or_else(|| keystore::input(facts)),
        command,
        locks_memory: memory_lock_setting(facts.version, &facts.settings).is_some(),
        java_forgets_early_signals: may_be_java_8,
        has_launcher,
    })
}

fn aside(earlier: &Earlier) -> Vec<Aside> {
    let conflicts = earlier.conflicts.iter();
    conflicts.filter_map(|it| Some(Aside { path: it.aside.clone()?, bytes: it.bytes.clone() })).collect()
}

fn kubeconfig_copy(machine: &MachineFacts) -> Option<KubeconfigCopy> {
    let file = machine.kubeconfig.file.as_ref()?;
    let bytes = file.content.as_ref().ok()?.clone();
    Some(KubeconfigCopy { path: file.copy.clone()?, bytes })
}

/// A template that was not rendered refuses the start, whatever was allowed.
fn refuse_unrendered(facts: &Facts, findings: &mut Vec<Finding>) {
    let levels = &facts.request.levels;
    for file in facts.files.iter().filter(|file| file.inspected.rendered.bytes.is_none()) {
        let errors: Vec<&Finding> =
            file.inspected.rendered.findings.iter().filter(|it| it.severity == Severity::Error).collect();
        let Some(last) = errors.last().filter(|_| !errors.iter().any(|it| levels.refuses(it.code))) else {
            continue;
        };
        let message = format!("`{}` is allowed, but leaves this place without a value", last.code);
        let help =
            "give the placeholder a value: nothing is started with an incomplete configuration".to_owned();
        let mut finding = (*last).clone();
        finding.code = "template/unset";
        finding.message = message;
        finding.help = Some(help);
        findings.push(finding);
    }
}
