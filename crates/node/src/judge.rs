//! From facts to findings: every rule about one node, one after the other. Pure. What rendering found wrong is a fact here,
//! which is passed on.

mod keystore;
mod user;

use std::path::Path;

use diagnostics::{Finding, Span};
use server::bootstrap::{self, HostInputs, bootstrap_checks_enforced};
use server::discovery::kubernetes::TokenInputs;
use server::heap::{self, HeapInputs};
use server::launch::variables::Mapping;
use server::quorum::{self, Judgement, MasterCount};
use server::{
    Version, auto_configuration, contradictions, data, discovery, files, half_tls, installation,
    jvm_arguments, jvm_options, launch, named_files, neighbours, network, settings, temporary, transport_tls,
};
use template::{Content, Origin, Setting};

use crate::facts::{Configuration, Conflict, Facts, LOG_STYLE, LogStyle, MachineFacts};
use crate::read::sources::SourceKind;
use crate::read::unusable::wrong_directory;
use crate::request::{Depth, RUNTIME_DIR_HELP, Target};
use crate::world::SilentMount;

/// Everything that is wrong, severities as the rules give them; what can only be seen while planning is [`crate::plan`]'s.
pub fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = templates(facts);
    findings.extend(unread_variables(facts));
    findings.extend(
        facts
            .neighbours
            .mounted
            .iter()
            .map(|target| neighbours::mounted_target(&target.path, &target.template, target.is_kept)),
    );
    findings.extend(copy(facts));
    findings.extend(no_template(facts));
    findings.extend(facts.silent.iter().map(no_answer));
    findings.extend(no_installation(facts));
    findings.extend(keystore::judge(facts));
    findings.extend(log_style(facts));
    if let Some(machine) = &facts.machine {
        findings.extend(not_writable(facts, machine));
        findings.extend(unknown_user(machine));
        findings.extend(change_of_user(facts, machine));
        // Where no server is, it demands nothing.
        if facts.is_judged_here() {
            findings.extend(self::machine(facts, machine));
        }
    }
    findings
}

/// What is wrong with the templates and the settings.
fn templates(facts: &Facts) -> Vec<Finding> {
    let mut findings = facts.sources.findings.clone();
    let judges_settings = facts.has_settings && facts.request.depth != Depth::Templates;
    if let Some(wrong) = not_templates(facts) {
        findings.clear();
        findings.push(wrong);
        if judges_settings {
            findings.extend(of_settings(facts, None).findings);
        }
        return findings;
    }
    let unset = min_masters_unset(facts);
    let settings = if judges_settings { of_settings(facts, unset) } else { Judgement::default() };
    // A plugin demands settings of a file that has none, too.
    if !facts.has_settings && facts.request.is_about_a_start() && facts.sources.kind != SourceKind::Unknown {
        findings.extend(transport_tls::check(&facts.settings, facts.version, facts.plugins()));
    }
    // Where it refuses the start, the rule about majorities says better why `MIN_MASTERS` has no value.
    let is_explained = settings.explains_unset.is_some_and(|code| facts.request.levels.refuses(code));
    for file in &facts.files {
        for finding in &file.inspected.rendered.findings {
            if !(is_explained && unset.is_some() && finding.span.as_ref() == unset) {
                findings.push(finding.clone());
            }
        }
    }
    findings.extend(settings.findings);
    findings
}

/// Where the first `${MIN_MASTERS}` stands that has no value.
fn min_masters_unset(facts: &Facts) -> Option<&Span> {
    let findings = facts.files.iter().flat_map(|file| &file.inspected.rendered.findings);
    let mut unset = findings.filter(|finding| finding.code == "template/unset");
    unset.find(|finding| finding.variable.as_deref() == Some("MIN_MASTERS"))?.span.as_ref()
}

/// The rules about settings that need no machine.
fn of_settings(facts: &Facts, min_masters_unset: Option<&Span>) -> Judgement {
    let Facts { settings, version, environment, .. } = facts;
    let plugins = facts.plugins();
    let mut findings = settings::check(settings, *version, facts.known_version().is_none(), plugins);
    findings.extend(settings::blanks::check(settings, environment));
    findings.extend(discovery::check(settings, *version, plugins));
    let hosts = facts.files.iter().filter(|file| file.template.relative.ends_with("unicast_hosts.txt"));
    findings.extend(hosts.filter_map(|file| {
        let bytes = file.inspected.rendered.bytes.as_deref().filter(|_| !file.holds_secret())?;
        discovery::in_file(settings, *version, &file.template.name, std::str::from_utf8(bytes).ok()?)
    }));
    if facts.known_version().is_some() {
        findings.extend(transport_tls::check(settings, *version, plugins));
        // What the image's own files say is not known.
        if facts.sources.kind != SourceKind::Unknown {
            findings.extend(bootstrap::of_settings(settings, *version));
            findings.extend(half_tls::check(settings, *version));
            // A file alone may be one of several, and the launcher names the first master where it configures security.
            let is_whole = facts.installation.is_some()
                && !facts.sources.hide_main_file(facts.main_file)
                && !facts.neighbours.configures_security;
            findings.extend(bootstrap::discovery(settings, *version).filter(|_| is_whole));
        }
    }
    findings.extend(network::invalid(settings, *version));
    findings.extend(network::same_port(settings));
    let own_namespace = facts.own_namespace.as_deref();
    findings.extend(discovery::kubernetes::service(settings, *version, environment, own_namespace));
    let count = environment.get("MASTER_COUNT");
    let told = environment.text("MASTER_COUNT").and_then(quorum::number_of_masters);
    let told = told.filter(|_| facts.sources.kind != SourceKind::Unknown);
    let masters = facts.master_replicas.or(told).unwrap_or_default();
    if facts.knows_election() {
        let are_apart = facts.master_replicas.is_some();
        let mapping = mapping_of_settings(facts);
        findings.extend(discovery::no_hosts(settings, *version, masters, are_apart, mapping));
    }
    let quorum = majorities(facts, facts.master_replicas, min_masters_unset);
    findings.extend(quorum.findings);
    settings::mechanical(&mut findings, settings, *version, &facts.request.levels);
    // Where `${MIN_MASTERS}` is derived from it, that place says it.
    let is_asked_for = |setting: &Setting| {
        setting.is_unknown()
            && setting.variables.iter().any(|name| name == "MASTER_COUNT" || name == "MIN_MASTERS")
    };
    let entries = facts.files.iter().flat_map(|file| &file.inspected.settings.entries);
    if let Some(count) = count
        && !entries.into_iter().any(is_asked_for)
    {
        findings.extend(template::unusable("MASTER_COUNT", count));
    }
    Judgement { findings, explains_unset: quorum.explains_unset }
}

/// Who makes settings of variables, where no template of ours gives them.
fn mapping_of_settings(facts: &Facts) -> Mapping {
    let is_ours = !matches!(facts.sources.kind, SourceKind::Finished | SourceKind::Unknown);
    if is_ours { Mapping::Nobody } else { facts.mapping }
}

/// The rules about majorities.
fn majorities(facts: &Facts, replicas: Option<u32>, min_masters_unset: Option<&Span>) -> Judgement {
    let Facts { settings, version, environment, .. } = facts;
    if !facts.knows_election() {
        return Judgement::default();
    }
    let count = environment.get("MASTER_COUNT");
    // What follows from `MASTER_COUNT` is right for it; that it disagrees with the replicas is another finding.
    let is_from_count = |text: &str| {
        let is_derived = |name: &str| {
            environment.get(name).is_some_and(|variable| matches!(variable.origin, Origin::Derived(_)))
        };
        let reads = |setting: Option<&Setting>, name: &str| {
            setting.is_some_and(|setting| setting.variables.iter().any(|variable| variable == name))
        };
        let minimum = settings.get(quorum::MINIMUM_MASTER_NODES);
        let initial = quorum::initial_masters(settings, *version);
        let is_number = quorum::number_of_masters(text).is_some();
        (reads(minimum, "MIN_MASTERS") && (!is_number || is_derived("MIN_MASTERS")))
            || (reads(initial, "INITIAL_MASTER_NODES") && is_derived("INITIAL_MASTER_NODES"))
            || (min_masters_unset.is_some() && !is_number)
    };
    let master_count = match count.map(|count| (&count.content, count.secret)) {
        Some((Content::Text(text), is_hidden))
            if replicas.is_none_or(|count| {
                quorum::number_of_masters(text) != Some(count) && is_from_count(text)
            }) =>
        {
            MasterCount::Text { text, is_hidden }
        }
        count => match (replicas, count) {
            (Some(replicas), _) => MasterCount::Replicas(replicas),
            (None, None) => MasterCount::Unset,
            (None, Some(_)) => MasterCount::NotKnown,
        },
    };
    quorum::check(&quorum::Inputs {
        settings,
        version: *version,
        master_count,
        min_masters_unset,
        bootstrapped: facts.bootstrapped,
        node_name: settings.text("node.name"),
        host_name: Some(&*facts.host_name).filter(|name| !name.is_empty()),
        mapping: mapping_of_settings(facts),
    })
}

/// What is wrong with majorities, alone, for that number of masters: another than that for which everything was judged.
pub fn judge_majorities(facts: &Facts, replicas: Option<u32>) -> Vec<Finding> {
    let unset = min_masters_unset(facts);
    if facts.has_settings { majorities(facts, replicas, unset).findings } else { Vec::new() }
}

/// One finding instead of one for each file of a directory that is not a directory of templates: it has no configuration
/// of the server, and more than a few of its files are refused.
fn not_templates(facts: &Facts) -> Option<Finding> {
    const FEW: usize = 10;
    let directory = facts.sources.directory.as_ref()?;
    if facts.sources.kind != SourceKind::Templates || facts.sources.has_main_file {
        return None;
    }
    let refused = facts.files.iter().filter(|file| !file.inspected.rendered.findings.is_empty());
    let count = facts.sources.findings.len() + refused.count();
    (count > FEW).then(|| wrong_directory(directory, count))
}

/// What of the server's own cannot stay in its copy of the configuration.
fn copy(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        facts.earlier.iter().flat_map(|earlier| &earlier.conflicts).map(conflict).collect();
    findings.extend(
        facts.torn_block.as_ref().and_then(|path| {
            auto_configuration::torn(facts.version, &facts.settings, facts.bootstrapped, path)
        }),
    );
    findings
}

fn conflict(conflict: &Conflict) -> Finding {
    neighbours::changed_twice(
        &conflict.source,
        conflict.is_removed,
        &conflict.copy,
        conflict.aside.as_deref(),
    )
}

/// Variables that nobody reads, and settings that are given beside the file. What another command than the server reads is
/// its own business, and so is nearly everything where the files of the configuration are not known.
fn unread_variables(facts: &Facts) -> Vec<Finding> {
    let Facts { environment, settings, mapping, .. } = facts;
    let knows_files = facts.sources.kind != SourceKind::Unknown;
    if !facts.request.is_about_a_start() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if knows_files {
        findings = launch::outside::check(&facts.outside, settings, environment, *mapping, facts.version);
    }
    findings.extend(contradictions::check(facts.version, environment, &facts.referenced, facts.plugins()));
    findings.extend(launch::ignored::check(&launch::ignored::Inputs {
        version: facts.version,
        environment,
        settings,
        mapping: *mapping,
        referenced: &facts.referenced,
        knows_files,
        files: facts.installation.as_ref().map(|it| &it.launch),
        plugins: facts.plugins(),
        bootstrapped: facts.bootstrapped == Some(true),
        // An argument takes the place of the command in a container of an image that nobody can look at, and only the directory
        // says which file is meant.
        config_dir: facts.config_dir.as_deref().filter(|_| is_seen_from_outside(facts)),
    }));
    findings
}

/// The server is in an image that is not here.
fn is_seen_from_outside(facts: &Facts) -> bool {
    facts.installation.is_none() && !facts.none_installed
}

/// `render` with nothing to render.
fn no_template(facts: &Facts) -> Option<Finding> {
    let is_asked = facts.request.depth == Depth::Templates && facts.sources.kind != SourceKind::Unknown;
    (is_asked && facts.files.is_empty() && facts.sources.findings.is_empty()).then(|| {
        Finding::error("template/unreadable", "there is no template to render")
            .help("name a template, `--templates DIR`, or set a variable of the built-in template")
    })
}

/// A start would write the configuration; a start itself tries it and then says what went wrong.
fn not_writable(facts: &Facts, machine: &MachineFacts) -> Option<Finding> {
    if !matches!(facts.request.depth, Depth::Installed | Depth::Machine) {
        return None;
    }
    match facts.configuration {
        Configuration::AsItIs => None,
        Configuration::InPlace(_) => {
            let problem = machine.unwritable.as_ref()?;
            Some(Finding::error("files/not-writable", problem.clone()).help(
                "templates are rendered into the configuration directory: make room there, or let es-entrypoint make a copy \
                 elsewhere by mounting it read-only",
            ))
        }
        Configuration::Staged(_) => {
            let problem = facts.runtime_dir.problem.as_ref().or(machine.unwritable.as_ref())?;
            Some(Finding::error("host/runtime-dir", problem.clone()).help(RUNTIME_DIR_HELP))
        }
    }
}

/// The server will ask there, too.
fn no_answer(silent: &SilentMount) -> Finding {
    let (path, point, kind) = (silent.path.display(), silent.point.display(), &silent.kind);
    let message = format!("`{path}` gave no answer within 10 seconds: it is on `{point}` ({kind})");
    Finding::warning("files/no-answer", message).help(
        "what is there is passed over, and a server that needs it waits for ever: bring the server of that mount back, or take \
         the mount away",
    )
}

fn no_installation(facts: &Facts) -> Option<Finding> {
    let is_start = facts.request.depth == Depth::Start;
    // Another command needs no server.
    if is_start && !matches!(facts.request.target, Target::Server(_)) {
        return None;
    }
    let missing = facts.request.es_home.as_deref().filter(|_| facts.is_home_missing);
    missing.map(installation::no_directory).or_else(|| {
        (is_start && facts.none_installed).then(|| {
            let tried: Vec<&Path> = facts.tried.iter().map(std::path::PathBuf::as_path).collect();
            installation::none_found(&tried)
        })
    })
}

/// The entrypoint of the official images refuses it, too.
fn log_style(facts: &Facts) -> Option<Finding> {
    let Some(LogStyle::Invalid(value)) = &facts.log_style else { return None };
    let message = format!("`{LOG_STYLE}` is `{value}`, which is no style of the log");
    let help = "set `file`, or `console`, which is the same as leaving it out";
    Some(Finding::error("env/log-style", message).variable(LOG_STYLE).help(help))
}

fn unknown_user(machine: &MachineFacts) -> Option<Finding> {
    let message = machine.identity.as_ref().err()?;
    Some(
        Finding::error("host/user", format!("`--user`: {message}"))
            .help("name a user of the image's /etc/passwd with `--user`, or give numbers: `--user 1000:0`"),
    )
}

/// Only a start changes the user.
fn change_of_user(facts: &Facts, machine: &MachineFacts) -> Option<Finding> {
    let identity = machine.identity().filter(|_| facts.request.depth != Depth::Policy)?;
    user::check(identity, &machine.machine)
}

fn host_inputs<'a>(facts: &'a Facts, machine: &'a MachineFacts) -> HostInputs<'a> {
    let Facts { settings, version, environment, request, .. } = facts;
    HostInputs {
        version: *version,
        facts: &machine.machine.host,
        settings,
        arguments: &machine.jvm_arguments,
        server_uid: machine.user.uid,
        handover: machine.handover,
        root_allowed: launch::allows_root(*version, environment, request.target.server_arguments()),
        enforced: bootstrap_checks_enforced(*version, settings)
            || bootstrap::are_asked_for(*version, &machine.jvm_arguments),
    }
}

fn data_inputs<'a>(facts: &'a Facts, machine: &'a MachineFacts) -> data::Inputs<'a> {
    data::Inputs {
        version: facts.version,
        settings: &facts.settings,
        server_uid: machine.user.uid,
        handover: machine.handover,
        directories: &machine.data,
    }
}

/// What is wrong with the directories that the server writes to, once it is known that their owners stay as they are.
pub fn judge_again(facts: &Facts) -> Vec<Finding> {
    let Some(machine) = facts.machine.as_ref().filter(|_| facts.is_judged_here()) else { return Vec::new() };
    let mut findings = bootstrap::writable(&host_inputs(facts, machine));
    findings.extend(data::closed(&data_inputs(facts, machine)));
    findings
}

/// What the server would find wrong with the machine at its start.
fn machine(facts: &Facts, machine: &MachineFacts) -> Vec<Finding> {
    let Facts { environment, settings, .. } = facts;
    let version: Version = facts.version;
    let host = &machine.machine.host;
    let inputs = host_inputs(facts, machine);
    let enforced = inputs.enforced;
    let mut findings = bootstrap::judge(&inputs);
    findings.extend(network::privileged(&inputs));
    findings.extend(files::check(machine.user.uid, &machine.files));
    findings.extend(named_files::check(&named_files::Inputs {
        version,
        server_uid: machine.user.uid,
        config_dir: facts.config_dir.as_deref(),
        effective_config_dir: facts.effective_config_dir(),
        unusable: &machine.unusable,
        agents: &machine.agents,
    }));
    findings.extend(data::check(&data_inputs(facts, machine)));
    if let Some(directory) = &facts.config_dir {
        findings.extend(neighbours::missing(version, directory, &facts.neighbours.missing));
    }
    if let Some(temporary) = &machine.temporary {
        findings.extend(temporary::check(&temporary::Inputs {
            version,
            temporary,
            memory_lock: bootstrap::memory_lock_setting(version, settings).map(|setting| &*setting.key),
            enforced,
        }));
    }
    findings.extend(heap::judge(&HeapInputs {
        version,
        environment,
        java_variables: &machine.java_variables,
        arguments: &machine.jvm_arguments,
        java_major: host.java.as_ref().and_then(|java| java.major),
        memory_limit: host.memory_limit,
        total_memory: host.total_memory,
        enforced,
    }));
    findings.extend(launch::options::check(version, environment));
    findings.extend(settings::processors(settings, version, environment, host.processors));
    findings.extend(jvm_options::check(version, &machine.refused_option_lines));
    findings.extend(machine.kubeconfig.token.as_ref().and_then(|token| {
        discovery::kubernetes::token(&TokenInputs {
            settings,
            version: facts.known_version(),
            environment,
            token,
            uid: machine.user.uid,
            gid: machine.server_gid(),
        })
    }));
    let java = host.java.as_ref().and_then(|java| java.major);
    findings.extend(jvm_arguments::check(version, java, &machine.jvm_arguments));
    if let Some(interfaces) = &machine.interfaces {
        let family = network::family(version, environment, &machine.jvm_options);
        findings.extend(network::check(settings, version, interfaces, family));
    }
    findings
}
