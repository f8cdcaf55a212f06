//! The first start of a cluster from Elasticsearch 7 on, and what is left of the older setting.

use std::collections::HashSet;

use super::arithmetic::{majority, two_masters};
use super::inputs::{Inputs, Judgement, MINIMUM_MASTER_NODES, master_count, shown, span_with_value};
use super::number;
use crate::settings::catalogue;
use crate::settings::life::State;
use crate::{auto_configuration, discovery, roles};
use diagnostics::{Finding, Severity};
use template::{Setting, Settings};

/// The name of the list up to OpenSearch 1, which later versions take, too.
const ELASTICSEARCH: &str = "cluster.initial_master_nodes";

/// `key` is the setting with the initial masters.
pub(super) fn check(inputs: &Inputs, key: &'static str) -> Judgement {
    let mut findings: Vec<Finding> = old_setting(inputs, key).into_iter().collect();
    let mut explains_unset = None;
    let masters = master_count(inputs).unwrap_or_else(|finding| {
        explains_unset = Some(finding.code);
        findings.push(*finding);
        None
    });
    match list(inputs.settings, key) {
        Some(list) => findings.extend(listed(inputs, list, masters)),
        None => findings.extend(missing(inputs, key)),
    }
    if masters == Some(2) {
        let counted = inputs.counts_replicas();
        let finding = two_masters(counted);
        findings.push(if counted { finding } else { finding.variable("MASTER_COUNT") });
    }
    Judgement { findings, explains_unset }
}

/// `minimum_master_nodes` where it has no meaning any more.
fn old_setting(inputs: &Inputs, key: &str) -> Option<Finding> {
    let setting = inputs.settings.get(MINIMUM_MASTER_NODES).filter(|setting| setting.is_set());
    let span = match setting {
        Some(setting) => span_with_value(setting),
        // `${MIN_MASTERS}` without a value: the line has to go, not the variable to be set.
        None => inputs.min_masters_unset?.clone(),
    };
    let server = inputs.version.name();
    let row = catalogue::find(MINIMUM_MASTER_NODES);
    let is_known = row.is_some_and(|row| row.state(inputs.version) != State::Removed);
    let number = setting.and_then(Setting::text).filter(|text| !text.contains("${"));
    if let (true, Some(setting), Some(text)) = (is_known, setting, number)
        && number::parse(text).is_none()
    {
        let what = setting.shown_text().map_or_else(String::new, |text| format!("`{text}`, "));
        let message = format!("`{MINIMUM_MASTER_NODES}` is {what}not a 32-bit integer");
        let help = format!("{server} refuses to start with it, although no number has an effect: remove it");
        return Some(setting.finding(Finding::error("quorum/not-a-number", message)).at(span).help(help));
    }
    let finding = if is_known {
        let message = format!("`{MINIMUM_MASTER_NODES}` has no effect on {server}");
        Finding::warning("quorum/ignored", message)
    } else {
        let message = format!("`{MINIMUM_MASTER_NODES}` is unknown to {server}, which refuses to start");
        Finding::error("quorum/removed", message)
    };
    let finding = match setting {
        Some(setting) => setting.finding(finding),
        None => finding.setting(MINIMUM_MASTER_NODES).variable("MIN_MASTERS"),
    };
    let help = format!("remove it; the cluster keeps its quorum itself, only its first start needs `{key}`");
    Some(finding.at(span).help(help))
}

pub(super) fn list<'a>(settings: &'a Settings, key: &str) -> Option<&'a Setting> {
    let set = |key| settings.get(key).filter(|setting| !setting.elements().is_empty());
    set(key).or_else(|| set(ELASTICSEARCH))
}

fn listed(inputs: &Inputs, list: &Setting, masters: Option<u32>) -> Vec<Finding> {
    let error = |code, message: String, help: String| list.finding(Finding::error(code, message)).help(help);
    let key = &list.key;
    if inputs.settings.text("discovery.type") == Some("single-node") {
        let message = format!("`{key}` cannot be used with `discovery.type: single-node`");
        let help = format!(
            "the node would refuse to start; for a single node remove `{key}`, for a cluster \
             `discovery.type`"
        );
        return vec![error("quorum/initial-masters-with-single-node", message, help)];
    }
    let mut findings = Vec::new();
    let names = list.elements();
    let mut seen = HashSet::new();
    let again: Vec<&str> = names.iter().copied().filter(|name| !seen.insert(*name)).collect();
    let different = names.len() - again.len();
    let twice = again.into_iter().min();
    if twice.is_some() {
        let what = match twice.filter(|name| !list.is_secret() && shown(name).is_some()) {
            Some(name) => format!("`{name}`"),
            None => "a node".to_owned(),
        };
        let message = format!("`{key}` names {what} more than once");
        let help = "the node would refuse to start; name every master-eligible node once, by its `node.name`";
        let span = list.span_of(|name| twice == Some(name)).clone();
        findings.push(error("quorum/initial-masters-duplicate", message, help.into()).at(span));
    }
    if inputs.bootstrapped == Some(true) {
        // The launcher writes it with the certificates, for this one start, and leaves it.
        if auto_configuration::wrote(list) {
            return findings;
        }
        let message = format!("`{key}` is still set, but this node has been in a cluster already");
        let help = "remove it: with an emptied data directory this node could start a second cluster; \
                    INITIAL_MASTER_NODES is derived only before the first start";
        findings.push(list.finding(Finding::warning("quorum/initial-masters-left-over", message)).help(help));
        return findings;
    }
    if let Some(masters) = masters
        && different < majority(masters) as usize
    {
        let (count, quorum) = (different, majority(masters));
        let message = format!(
            "`{key}` names {count} of {masters} master-eligible nodes, fewer than the majority of {quorum}"
        );
        let help =
            "nodes that are left out could start a second cluster; name all of them, by their `node.name`";
        findings.push(error("quorum/initial-masters-minority", message, help.into()));
    }
    let own = inputs.settings.get("node.name");
    // What the launcher wrote was the name of the node at its first start, which the host's name gives.
    let is_of_launcher = inputs.bootstrapped == Some(false) && auto_configuration::wrote(list);
    let host_name = inputs.host_name.filter(|_| is_of_launcher && own.is_none());
    let own_name = inputs.settings.text("node.name").or(inputs.node_name).or(host_name);
    if let Some(name) = own_name.filter(|name| !name.is_empty() && !names.contains(name))
        && roles::is_master_eligible(inputs.settings, inputs.version)
        && !names.iter().any(|name| is_address(name))
        && masters.is_none_or(|masters| different >= masters as usize)
    {
        let shown = shown(name).filter(|_| own.is_none_or(|own| !own.is_secret()));
        let shown = shown.map_or_else(String::new, |name| format!(", `{name}`"));
        let message = format!("`{key}` does not name this master-eligible node{shown}");
        let has_port = names.iter().any(|it| it.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')));
        let port = if has_port { ", and without a port" } else { "" };
        let help = if is_of_launcher {
            "the launcher wrote it at the first start of another node, whose data this one has not: it waits for that node \
             for ever; write its own name there, or bring the data back"
                .to_owned()
        } else {
            format!(
                "the names must equal `node.name` letter by letter{port}; otherwise the cluster waits for the listed nodes and \
                 never starts"
            )
        };
        findings.push(
            list.finding(Finding::warning("quorum/initial-masters-without-this-node", message)).help(help),
        );
    }
    findings
}

/// Whether an element may be this node by its address, with or without a port, or by a reference to its name, which the
/// server resolves: both are taken. Tried on 7.17.29; a name with a port is not: tried on 8.19.21.
fn is_address(name: &str) -> bool {
    let without_port = match name.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => name,
    };
    let host = without_port.trim_start_matches('[').trim_end_matches(']');
    name.contains("${") || host.parse::<std::net::IpAddr>().is_ok()
}

fn missing(inputs: &Inputs, key: &'static str) -> Option<Finding> {
    let cluster = discovery::cluster_setting(inputs.settings)?;
    if !roles::is_master_eligible(inputs.settings, inputs.version) {
        return None;
    }
    if inputs.settings.get(key).is_some_and(Setting::is_unknown) {
        return None;
    }
    // Without the data it is not known whether this is a first start: from the second one on it is right.
    let (severity, when, otherwise) = match inputs.bootstrapped {
        Some(true) => return None,
        Some(false) => (Severity::Error, " and the data directory is empty", "a new node of a cluster"),
        None => (Severity::Warning, "", "a cluster"),
    };
    let message = format!("a cluster is configured, but `{key}` is not set{when}");
    let is_variable = inputs.mapping.setting_of(key).is_some();
    // An empty setting is there already: only its variable is missing.
    let line = match inputs.settings.get(key) {
        Some(_) => String::new(),
        None => format!("add `{key}: ${{INITIAL_MASTER_NODES:-}}` and "),
    };
    let names = if is_variable {
        format!(
            "set the variable `{key}` to the names of all master-eligible nodes, for instance `es-0,es-1,es-2` for the pods of \
             the StatefulSet `es`"
        )
    } else {
        format!(
            "{line}set INITIAL_MASTER_NODES to the names of all master-eligible nodes, or MASTER_STATEFULSET to the name of \
             their StatefulSet and MASTER_COUNT to their number"
        )
    };
    let help = format!(
        "without it a new cluster never elects its first master; {names}; if this is {otherwise} that runs already: `--allow quorum/initial-masters-missing`"
    );
    let finding = Finding::new(severity, "quorum/initial-masters-missing", message).help(help);
    Some(if is_variable {
        cluster.finding(finding).setting(key)
    } else {
        finding.at(cluster.value_span.clone()).setting(key).variable("INITIAL_MASTER_NODES")
    })
}
