//! From a request, an environment and a world to facts, in fixed rounds, each fed by the one before. Judges nothing.

mod archive;
mod closed;
pub(crate) mod config_dir;
mod data;
mod earlier;
mod eyes;
mod files;
pub(crate) mod installation;
mod java;
mod jvm_options;
mod keystore;
mod log_style;
mod machine;
mod making;
mod named_files;
mod neighbours;
mod outside;
mod own_files;
mod policy;
pub(crate) mod reads;
mod room;
pub(crate) mod runtime;
pub(crate) mod sources;
pub(crate) mod targets;
mod temporary;
pub(crate) mod unusable;
pub(crate) mod walk;
mod written;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use server::generation::Election;
use server::guess::{FIRST_GUESS, guess};
use server::launch::LaunchFiles;
use server::launch::variables::Mapping;
use server::settings::overlay::Override;
use server::variables::derived_from as variables_of;
use server::{Version, auto_configuration, generation, secure_settings, settings};
use template::{Content, Environment, Settings};

use crate::derive::{Surroundings, derive, set_hosts};
use crate::facts::{ConfigFile, Configuration, Facts, LogStyle, VersionFrom};
use crate::request::{Depth, Request};
use crate::world::{Answer, Reason, World};
use config_dir::ConfigDir;
pub use installation::{jvm_options as jvm_options_of_script, normal, read as read_installation};
pub use java::{facts as java_facts, find as find_java};
use reads::Reads;
use sources::{SourceKind, Sources, TemplateFile};
pub use written::look_again;

const SERVICE_ACCOUNT_NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
/// Derived only where the data directory says that this is a first start.
const INITIAL_MASTER_NODES: &str = "INITIAL_MASTER_NODES";
/// The largest file behind a `NAME_FILE` variable, in bytes.
const LARGEST_VALUE: u64 = 1 << 20;

/// Reads everything. What the world does not know stays unknown.
pub fn read(mut request: Request, environment: Environment, world: &dyn World) -> Facts {
    request.take_ownership(&environment);
    // Round 1: homes, installation, version.
    let named = installation::named_home(&request, &environment);
    let homes = installation::homes(named.as_deref());
    let found = installation::find(&homes, &environment, world);
    let none_installed = found.is_absent();
    // Of ES_HOME nothing is said: images set it for whoever looks.
    let is_home_missing = request.es_home.as_ref().is_some_and(|home| world.look(home).is_absent());
    let found = found.is();
    let home = named.or_else(|| found.as_ref().map(|it| it.home.clone()));
    let installed = found.as_ref().and_then(|it| it.version);
    let (version, version_from) = match (request.es_version, installed) {
        (Some(version), _) => (version, VersionFrom::Option),
        (None, Some(version)) => (version, VersionFrom::Installation),
        (None, None) => (FIRST_GUESS, VersionFrom::Guess),
    };
    let launch = found.as_ref().map(|it| &it.launch);
    let plugins = found.as_ref().map_or(&[][..], |it| &it.plugins);
    let place = Place { request: &request, home: home.as_deref(), launch, plugins, world };
    // Where no version is named, it is guessed from the settings. What depends on it is then read once more.
    let again = (version_from == VersionFrom::Guess).then(|| environment.clone());
    let mut reading = place.configuration(version, version_from, environment);
    if let Some(environment) = again {
        let guessed = reading.guess();
        if guessed != version {
            reading = place.configuration(guessed, version_from, environment);
        }
    }
    let Reading {
        environment,
        version,
        config_dir,
        mut sources,
        mut files,
        own_settings,
        outside,
        mapping,
        mut referenced,
        bootstrapped,
        host_name,
        own_namespace,
    } = reading;
    let mut main_file = self::main_file(&files, version);
    let is_main_known = sources.kind != SourceKind::Unknown;
    let mut has_settings =
        is_main_known && (files.iter().any(|file| file.template.is_main()) || !outside.is_empty());
    // Round 8: where the configuration goes, and what the server left there.
    let runtime_dir = runtime::probe(&request, &environment, world);
    let is_installed = place.launch.is_some();
    let looks = match request.depth {
        Depth::Templates => false,
        Depth::Installed => is_installed,
        Depth::Machine | Depth::Policy | Depth::Start => true,
    };
    let machine = looks.then(|| world.machine()).and_then(Answer::is);
    let machine =
        machine.map(|machine| (machine::who(&request, version, home.as_deref(), &machine, world), machine));
    let mut settings = own_settings.clone();
    settings::overlay::apply_overrides(&mut settings, &outside);
    let seen = earlier::Seen { world, user: machine.as_ref().map(|(who, _)| &who.user) };
    let wanted = if is_installed {
        keystore::Wanted::read(
            &request,
            version,
            &environment,
            &settings,
            (home.as_deref(), place.launch),
            seen,
        )
    } else {
        None
    };
    let at_hand = wanted.as_ref().zip(config_dir.as_deref()).map(|(it, dir)| it.in_configuration(dir));
    let (known_keystore, keystore_needs_copy) = at_hand.unzip();
    let own_dir = config_dir.as_deref().filter(|_| is_installed);
    let log_style = log_style::read(&request, generation(version), &environment, &files, own_dir, world);
    let neighbours = neighbours::Place {
        sources: &sources,
        files: &files,
        config_dir: config_dir.as_deref(),
        runtime_dir: &runtime_dir.path,
        generation: generation(version),
        // What nobody starts needs nothing; another version than the installed one would bring files of its own.
        user: machine
            .as_ref()
            .filter(|_| is_installed && installed.is_none_or(|installed| installed == version))
            .map(|(who, _)| &who.user),
        is_security_due: auto_configuration::is_due(version, &settings, &host_name)
            && data::is_empty(&settings, home.as_deref(), world),
        is_whole: found.as_ref().is_some_and(|it| it.is_whole),
        needs_copy: keystore_needs_copy == Some(true) || matches!(log_style, Some(LogStyle::Files(_))),
        world,
    };
    let mounted = neighbours.mounted();
    let mut configuration = neighbours.configuration(&mounted);
    let earlier_copy = earlier::EarlierCopy::read(generation(version), &runtime_dir.path, seen);
    // What the server made in an earlier copy is not left behind without need.
    let own_copy = neighbours.config_dir.filter(|_| neighbours.may_be_copied(&configuration, &runtime_dir));
    let own_copy = own_copy.and_then(|config_dir| earlier_copy.own(config_dir));
    if let Some(copy) = &own_copy {
        configuration = Configuration::Staged(copy.directory.clone());
    }
    let mut findings = Vec::new();
    let others = (matches!(configuration, Configuration::Staged(_)) && sources.kind == SourceKind::Templates)
        .then(|| neighbours.others(&mut findings));
    let neighbours = neighbours.neighbours(&configuration, mounted);
    sources.findings.append(&mut findings);
    if let Some(others) = others {
        sources.plain = others;
    }
    log_style::apply(log_style.as_ref(), generation(version), &mut sources, &mut referenced);
    if sources.kind == SourceKind::Finished {
        // With nothing but comments in it, the main file is no template; the launcher's block makes it one.
        if main_file.is_none() && is_installed && earlier_copy.has_block() {
            let main = sources::take_plain(&mut sources, generation(version).main_file, world);
            files.extend(main.map(|main| render(main, &environment, &request)));
            main_file = self::main_file(&files, version);
        }
        // Copied, where it has to be, it stays as it is.
        for file in &mut files {
            let bytes = file.template.bytes.to_vec();
            file.inspected.rendered.bytes = file.inspected.rendered.bytes.as_ref().map(|_| bytes);
        }
    }
    let mut settings = own_settings;
    let (mut earlier, mut torn_block) = (None, None);
    if is_installed {
        if let Some(main) = main_file.and_then(|main| files.get_mut(main)) {
            let before = config_dir.as_deref().filter(|_| sources.kind == SourceKind::Templates);
            let mut whole = settings.clone();
            settings::overlay::apply_overrides(&mut whole, &outside);
            let is_new = bootstrapped == Some(false)
                && auto_configuration::is_alone(&whole)
                && environment.text_in_process("HOSTNAME").is_none_or(|name| name == host_name);
            let name = whole.text("node.name").unwrap_or(&host_name);
            let new_master = Some(name).filter(|_| is_new);
            let carried = earlier::carry(main, generation(version), &configuration, before, new_master, seen);
            has_settings |= !carried.settings.entries.is_empty();
            // What is empty in the built-in template gives way to it.
            if main.template.is_builtin() {
                settings.entries.retain(|it| it.is_set_or_unknown() || !carried.settings.is_set(&it.key));
            }
            settings.entries.extend(carried.settings.entries);
            torn_block = carried.torn;
        }
        if matches!(configuration, Configuration::Staged(_)) {
            earlier = Some(earlier_copy.earlier(&sources, &files, config_dir.as_deref()));
        }
    }
    settings::overlay::apply_overrides(&mut settings, &outside);
    let keystore = wanted.and_then(|wanted| {
        wanted.facts(&configuration, config_dir.as_deref(), known_keystore, &sources, earlier.as_ref())
    });

    // Rounds 9 and 10: what else the server reads, and the machine under it.
    let mut facts = Facts {
        request,
        tried: homes,
        installation: found,
        none_installed,
        is_home_missing,
        own_namespace,
        // Away from the data, its content is not known.
        bootstrapped: bootstrapped.filter(|is_bootstrapped| *is_bootstrapped || is_installed),
        environment,
        home,
        version,
        version_from,
        config_dir,
        sources,
        files,
        main_file,
        settings,
        outside,
        mapping,
        referenced,
        has_settings,
        configuration,
        log_style,
        keystore,
        own_copy,
        earlier,
        torn_block,
        neighbours,
        runtime_dir,
        host_name,
        silent: Vec::new(),
        machine: None,
        master_replicas: None,
    };
    let options_files = jvm_options::read(&mut facts, world);
    if let Some((who, machine)) = machine {
        facts.machine = Some(machine::machine(&facts, machine, who, &options_files, world));
    }
    facts.silent = world.silent();
    facts
}

/// What stays the same whatever the version is.
struct Place<'a> {
    request: &'a Request,
    home: Option<&'a Path>,
    /// The files that start the server, where one is installed.
    launch: Option<&'a LaunchFiles>,
    plugins: &'a [String],
    world: &'a dyn World,
}

/// What rounds 2 to 7 give for one version.
struct Reading {
    environment: Environment,
    version: Version,
    config_dir: Option<PathBuf>,
    sources: Sources,
    files: Vec<ConfigFile>,
    /// Those of the main file.
    own_settings: Settings,
    /// Settings given elsewhere, which win.
    outside: Vec<Override>,
    mapping: Mapping,
    /// The names that files and arguments refer to.
    referenced: BTreeSet<String>,
    bootstrapped: Option<bool>,
    host_name: String,
    own_namespace: Option<String>,
}

impl Reading {
    /// The version that the settings belong to, where none is named.
    fn guess(&self) -> Version {
        match main_file(&self.files, self.version).map(|main| &self.files[main].template) {
            Some(file) if file.is_builtin() => self.version,
            file => {
                let mut settings = self.own_settings.clone();
                settings::overlay::apply_overrides(&mut settings, &self.outside);
                guess(&settings, file.and_then(|file| file.relative.to_str()))
            }
        }
    }
}

impl Place<'_> {
    fn configuration(&self, version: Version, from: VersionFrom, mut environment: Environment) -> Reading {
        let Self { request, home, world, .. } = *self;
        // Round 2: the configuration directory and its files.
        let is_installed = self.launch.is_some() && from != VersionFrom::Guess;
        let directory = ConfigDir::find(request, home, version, is_installed, &environment);
        let config_dir = directory.path.clone();
        let reads = Reads { generation: (from != VersionFrom::Guess).then(|| generation(version)) };
        let mut sources =
            sources::find(&request.templates, request.format, &reads, home, config_dir.as_deref(), world);
        if sources.kind == SourceKind::BuiltIn {
            // Found with a mistake in it, the directory is reported already.
            if sources.directory.is_none() {
                sources.findings.extend(directory.missing(world));
            }
            sources::embed(&mut sources, version, &environment);
        }
        let templates = std::mem::take(&mut sources.templates);
        // Round 3: the variables that they refer to, where files hold them.
        let referenced: Vec<BTreeSet<String>> =
            templates.iter().map(|file| template::referenced_names(&file.template())).collect();
        let mut all = BTreeSet::new();
        all.extend(referenced.iter().flatten().cloned());
        let mut referenced_names = all.clone();
        // Others of them are what follows from these.
        let read = all.iter().flat_map(|name| variables_of(generation(version), name));
        referenced_names.extend(read.map(|name| (*name).to_owned()));
        referenced_names.extend(sources.looked_up.iter().cloned());
        if request.is_about_a_start() {
            let of_keystore = secure_settings::variables(version, &environment);
            // The launcher of other versions enrols no node.
            let token = Some("ENROLLMENT_TOKEN").filter(|_| generation(version).configures_security);
            referenced_names.extend(of_keystore.iter().cloned().chain(token.map(str::to_owned)));
            all.extend(of_keystore);
        }
        for (name, path) in template::value_files(&mut environment, &all) {
            let content = match world.read(Path::new(&path), LARGEST_VALUE) {
                Answer::Is(bytes) => Some(Ok(bytes)),
                Answer::Refused(reason) => Some(Err(reason.to_string())),
                Answer::Absent => Some(Err(Reason::Missing.to_string())),
                Answer::Unknown => None,
            };
            template::set_from_file(&mut environment, &name, &path, content);
        }
        set_hosts(&mut environment, request.discovery_addresses.as_deref());
        // Round 4: what follows from them. Nothing is derived from a state that may be there, until it is known.
        let host_name = content(world.host_name(), |name| name);
        let namespace = content(world.read(Path::new(SERVICE_ACCOUNT_NAMESPACE), 1 << 12), |bytes| {
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let own_namespace = match &namespace {
            Content::Text(name) if !name.trim().is_empty() => Some(name.trim().to_owned()),
            Content::Text(_) => environment.text_in_process("POD_NAMESPACE"),
            _ => None,
        };
        let mut surroundings = Surroundings {
            host_name: host_name.clone(),
            service_account_namespace: namespace,
            bootstrapped: Some(true),
            generation: generation(version),
            has_security_plugin: server::launch::official::has_plugin(self.plugins),
        };
        derive(&mut environment, &surroundings);
        // Round 5: every file, once.
        let mut files: Vec<ConfigFile> =
            templates.into_iter().map(|file| render(file, &environment, request)).collect();
        // Round 6: what is given elsewhere.
        let (mapping, outside) =
            outside::read(request, (version, from), &environment, self.launch, self.plugins);
        referenced_names.extend(outside.iter().flat_map(|given| given.variables.iter().cloned()));
        // Round 7: a state in the data directory says that this is no first start. Earlier generations have no first start
        // to speak of.
        let main = main_file(&files, version);
        let mut own_settings = main.map(|main| files[main].inspected.settings.clone()).unwrap_or_default();
        let mut bootstrapped = surroundings.bootstrapped;
        if all.contains(INITIAL_MASTER_NODES)
            || from == VersionFrom::Guess
            || generation(version).election != Election::MinimumMasters
        {
            let mut settings = own_settings.clone();
            settings::overlay::apply_overrides(&mut settings, &outside);
            bootstrapped = data::is_bootstrapped(&settings, home, world);
            surroundings.bootstrapped = bootstrapped.or(request.assumes_first_start.then_some(false));
            let before = environment.get(INITIAL_MASTER_NODES).cloned();
            derive(&mut environment, &surroundings);
            // The one case in which anything is rendered again.
            if environment.get(INITIAL_MASTER_NODES) != before.as_ref() {
                for (file, names) in files.iter_mut().zip(&referenced) {
                    if names.contains(INITIAL_MASTER_NODES) {
                        *file = render(file.template.clone(), &environment, request);
                    }
                }
                own_settings = main.map(|main| files[main].inspected.settings.clone()).unwrap_or_default();
            }
        }
        Reading {
            environment,
            version,
            config_dir,
            sources,
            files,
            own_settings,
            outside,
            mapping,
            referenced: referenced_names,
            bootstrapped,
            host_name: match host_name {
                Content::Text(name) => name,
                _ => String::new(),
            },
            own_namespace,
        }
    }
}

/// An answer as what a variable would hold: empty where there is nothing.
fn content<T>(answer: Answer<T>, text: impl FnOnce(T) -> String) -> Content {
    match answer {
        Answer::Is(thing) => Content::Text(text(thing)),
        Answer::Absent | Answer::Refused(_) => Content::Text(String::new()),
        Answer::Unknown => Content::Unknown,
    }
}

fn render(file: TemplateFile, environment: &Environment, request: &Request) -> ConfigFile {
    let (template, levels) = (file.template(), &request.levels);
    // Nothing needs the settings of another file than the main one, nor the placeholders of a file that is only
    // rendered and may be large.
    let inspected = if request.depth == Depth::Templates && !file.is_main() {
        let rendered = template::render(&template, environment, levels);
        template::Inspected { rendered, ..template::Inspected::default() }
    } else {
        template::inspect(&template, environment, levels)
    };
    ConfigFile { template: file, inspected }
}

/// Which of the files is the server's main one: where both products' are there, the product decides.
fn main_file(files: &[ConfigFile], version: Version) -> Option<usize> {
    let own = Path::new(generation(version).main_file);
    let is_own = |file: &ConfigFile| file.template.relative == own;
    let any = || files.iter().rposition(|file| file.template.is_main());
    files.iter().position(|file| file.template.is_main() && is_own(file)).or_else(any)
}
