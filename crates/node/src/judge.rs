//! From facts to findings: every rule about one node, one after the other. Pure. Two of them see what rendering gave: an
//! unset `MIN_MASTERS`, and files that are no templates.

use std::path::Path;

use diagnostics::{Finding, Severity};
use server::bootstrap::{self, HostInputs, bootstrap_checks_enforced};
use server::heap::{self, HeapInputs};
use server::{Version, discovery, installation, launch, quorum, settings};

use template::Content;

use crate::facts::{Facts, MachineFacts};
use crate::read::sources::{SourceKind, wrong_directory};
use crate::request::{Depth, Ownership, Target};

/// Everything that is wrong, severities as the rules give them; what can only be seen while planning is [`crate::plan`]'s.
pub fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = templates(facts);
    findings.extend(no_installation(facts));
    if let Some(machine) = &facts.machine {
        findings.extend(unknown_user(machine));
        // Where no server is, it demands nothing.
        if facts.is_judged_here() {
            findings.extend(self::machine(facts, machine));
        }
    }
    findings
}

/// What is wrong with the templates and the settings.
pub(crate) fn templates(facts: &Facts) -> Vec<Finding> {
    let mut rendering = Vec::new();
    for file in &facts.files {
        rendering.extend(file.inspected.rendered.findings.iter().cloned());
    }
    // `quorum` says better that `MIN_MASTERS` has no value, where it has something to say.
    let is_unset_minimum = |finding: &Finding| {
        finding.code == "template/unset" && finding.variable.as_deref() == Some("MIN_MASTERS")
    };
    let unset = rendering.iter().position(is_unset_minimum).map(|position| rendering.remove(position));
    let rules = if facts.has_settings && facts.request.depth != Depth::Templates {
        of_settings(facts, &rendering, unset)
    } else {
        unset.into_iter().collect()
    };
    let mut findings = facts.sources.findings.clone();
    findings.extend(rendering);
    findings.extend(rules);
    if let Some(wrong) = not_templates(facts, &findings) {
        findings.retain(|finding| !finding.code.starts_with("template/"));
        findings.push(wrong);
    }
    findings
}

/// The rules about settings that need no machine.
fn of_settings(facts: &Facts, rendering: &[Finding], unset: Option<Finding>) -> Vec<Finding> {
    let Facts { settings, version, environment, .. } = facts;
    let mut findings = settings::check(settings, *version, facts.known_version().is_none());
    let plugins = facts.installation.as_ref().map(|it| it.plugins.as_slice());
    findings.extend(discovery::check(settings, *version, plugins));
    let count = environment.get("MASTER_COUNT");
    let unusable = count.and_then(|count| template::unusable("MASTER_COUNT", count));
    findings.extend(quorum::check(&quorum::Inputs {
        settings,
        version: *version,
        master_count: environment.text("MASTER_COUNT"),
        master_count_hidden: count.is_some_and(|count| count.secret),
        // Where `${MIN_MASTERS}` is derived from it, that place says it.
        master_count_reported: unusable
            .as_ref()
            .is_some_and(|unusable| rendering.iter().any(|other| other.message == unusable.message)),
        master_count_unusable: unusable,
        master_count_unknown: count.is_some_and(|count| count.content == Content::Unknown),
        min_masters_unset: unset,
        levels: &facts.request.levels,
        bootstrapped: facts.bootstrapped,
        node_name: settings.text("node.name"),
    }));
    findings
}

/// One finding instead of one for each file of a directory that is not a directory of templates: it has no configuration
/// of the server, and more than a few of its files are refused.
fn not_templates(facts: &Facts, findings: &[Finding]) -> Option<Finding> {
    const FEW: usize = 10;
    let directory = facts.sources.directory.as_ref()?;
    if facts.sources.kind != SourceKind::Templates || facts.sources.has_main_file {
        return None;
    }
    let mut count = 0;
    let mut last = None;
    for finding in findings.iter().filter(|finding| finding.code.starts_with("template/")) {
        // Those of one file stand together.
        let file = finding.span.as_ref().map(|span| &span.source.name);
        count += usize::from(file != last);
        last = file;
    }
    (count > FEW).then(|| wrong_directory(directory, count))
}

fn no_installation(facts: &Facts) -> Option<Finding> {
    let is_needed = facts.request.depth == Depth::Start && matches!(facts.request.target, Target::Server(_));
    (is_needed && facts.none_installed).then(|| {
        let tried: Vec<&Path> = facts.tried.iter().map(std::path::PathBuf::as_path).collect();
        installation::none_found(&tried)
    })
}

fn unknown_user(machine: &MachineFacts) -> Option<Finding> {
    let message = machine.identity.as_ref().err()?;
    Some(
        Finding::error("host/user", format!("`--user`: {message}"))
            .help("name a user of the image's /etc/passwd with `--user`, or give numbers: `--user 1000:0`"),
    )
}

/// What the server would find wrong with the machine at its start.
fn machine(facts: &Facts, machine: &MachineFacts) -> Vec<Finding> {
    let Facts { settings, version, environment, request, .. } = facts;
    let version: Version = *version;
    let host = &machine.machine.host;
    let enforced = bootstrap_checks_enforced(version, settings);
    let mut findings = bootstrap::judge(&HostInputs {
        version,
        facts: host,
        settings,
        server_uid: machine.user.uid,
        server_gids: &machine.user.groups,
        ownership_corrected: machine.is_root() && request.chown != Ownership::Off,
        root_allowed: launch::allows_root(version, environment, request.target.server_arguments()),
        enforced,
    });
    findings.extend(heap::judge(&HeapInputs {
        version,
        environment,
        jvm_options: &machine.jvm_options,
        java_major: host.java.as_ref().and_then(|java| java.major),
        memory_limit: host.memory_limit,
        total_memory: host.total_memory,
        enforced,
    }));
    findings
}

/// Whether any of them is an error that refuses the file it stands in.
pub(crate) fn cause<'a>(
    findings: &'a [Finding],
    name: &str,
    refuses: impl Fn(&str) -> bool,
) -> Option<&'a Finding> {
    let mut cause = None;
    for finding in findings {
        if finding.severity == Severity::Error
            && finding.span.as_ref().is_some_and(|it| it.source.name == name)
        {
            cause = Some(finding);
            if refuses(finding.code) {
                break;
            }
        }
    }
    cause
}
