//! Majorities: the number of masters that is said, and the number that there is.

use diagnostics::{Finding, Span};
use server::quorum::{initial_masters, majority, number_of_masters};
use template::{Origin, Setting};

use super::seeds::{self, at_setting};
use crate::clusters::{self, Cluster, Count};
use crate::input::Input;
use crate::pod::Node;

const CODE: &str = "quorum/master-count";
const STATEFULSET: &str = "MASTER_STATEFULSET";

/// The findings.
pub(super) fn check(input: &Input<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for cluster in input.clusters {
        let members = || cluster.members.iter().filter_map(|index| input.nodes.get(*index));
        if let Some(count) = &cluster.count {
            findings.extend(members().filter_map(|node| master_count(node, count)));
            findings.extend(cluster.electable(input.nodes).flat_map(|node| at_most(node, count)));
            if let Some(sets) = sets(cluster, count, input) {
                findings
                    .extend(cluster.electable(input.nodes).filter_map(|node| initial(node, &sets, count)));
            }
        }
        findings.extend(cluster.electable(input.nodes).filter_map(|node| one_name(node, input)));
        findings.extend(no_master(cluster, input));
    }
    findings
}

/// The rules about majorities for the largest number of masters that an autoscaler makes.
fn at_most(node: &Node<'_>, count: &Count) -> Vec<Finding> {
    if count.most == count.least {
        return Vec::new();
    }
    let facts = node.whole();
    let least = node::judge_majorities(facts, facts.master_replicas);
    let most = node::judge_majorities(facts, Some(count.most)).into_iter();
    most.filter(|finding| !least.contains(finding)).map(|finding| node.placed(finding)).collect()
}

fn with(mut finding: Finding, places: &[(Span, String)]) -> Finding {
    finding.also.extend(places.iter().cloned());
    finding
}

/// `MASTER_COUNT` is not what the replicas are.
fn master_count(node: &Node<'_>, count: &Count) -> Option<Finding> {
    const VARIABLE: &str = "MASTER_COUNT";
    let said = number_of_masters(node.variables.text(VARIABLE)?)?;
    if !reads_master_count(node) || (said == count.least && said == count.most) {
        return None;
    }
    let (message, help) = if count.least == count.most {
        let there = count.least;
        let nodes = if there == 1 {
            "is 1 master-eligible node"
        } else {
            &format!("are {there} master-eligible nodes")
        };
        let message = format!("`{VARIABLE}` is {said}, but there {nodes}");
        (message, format!("the quorum is worked out for the wrong number of masters: set {VARIABLE}={there}"))
    } else {
        let (least, most) = (count.least, count.most);
        let message =
            format!("`{VARIABLE}` is {said}, but there are {least} to {most} master-eligible nodes");
        (
            message,
            "no quorum fits a number of masters that changes by itself: take the autoscaler from them"
                .to_owned(),
        )
    };
    let finding = Finding::error(CODE, message).variable(VARIABLE).help(help);
    Some(with(node.placed(finding), &count.places))
}

/// Other images do not.
fn reads_master_count(node: &Node<'_>) -> bool {
    node.container.brought.has_built_in_templates
}

/// The names of the pods that a `StatefulSet` makes.
struct Names<'n> {
    set: &'n str,
    first: u32,
    count: u32,
}

impl Names<'_> {
    /// What follows the name of the set, where the name is one of its pods', made or not.
    fn ordinal(&self, name: &str) -> Option<u32> {
        name.strip_prefix(self.set)?.strip_prefix('-')?.parse().ok()
    }

    fn has(&self, name: &str) -> bool {
        self.ordinal(name).is_some_and(|ordinal| ordinal >= self.first && ordinal - self.first < self.count)
    }
}

/// The pods of all masters, where all have the names of pods.
fn sets<'i>(cluster: &Cluster, count: &Count, input: &Input<'i, '_>) -> Option<Vec<Names<'i>>> {
    let mut sets = Vec::new();
    for master in cluster.electable(input.nodes) {
        let workload = master.pod.workload;
        // A node is called like its pod unless it has another name.
        let has_own_name =
            master.facts.settings.get("node.name").is_some_and(|name| !is_of_pod(name, master));
        if workload.kind != "StatefulSet" || has_own_name || count.least != count.most {
            return None;
        }
        let first = workload.root().at(&["spec", "ordinals", "start"]).integer().unwrap_or(0);
        let count = clusters::replicas(master, input.objects)?.least;
        sets.push(Names { set: &workload.name, first: u32::try_from(first).ok()?, count });
    }
    Some(sets)
}

/// The list of the first masters does not name the pods that there are.
fn initial(node: &Node<'_>, sets: &[Names<'_>], count: &Count) -> Option<Finding> {
    let list = initial_masters(&node.facts.settings, node.facts.version)?;
    let listed = list.elements();
    let is_odd = |name: &&&str| name.contains(['$', ':']) || name.parse::<std::net::IpAddr>().is_ok();
    if listed.iter().any(|name| is_odd(&name)) || list.is_secret() {
        return None;
    }
    // A domain behind the name is another rule's.
    let pod = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let is_made = |name: &str| sets.iter().any(|set| set.has(&pod(name)));
    let fit = listed.iter().filter(|name| is_made(name)).count();
    let other = listed.iter().find(|name| {
        !is_made(name) && (fit == 0 || sets.iter().any(|set| set.ordinal(&pod(name)).is_some()))
    });
    let variables = &node.facts.environment;
    let is_derived = list.variables == ["INITIAL_MASTER_NODES"]
        && variables.get("INITIAL_MASTER_NODES").is_some_and(|it| matches!(it.origin, Origin::Derived(_)));
    if is_derived {
        // A number of pods that is wrong is told already.
        let (_, name) = (other?, variables.text(STATEFULSET)?);
        let message =
            format!("`{STATEFULSET}` is `{name}`, and the masters are in no StatefulSet of that name");
        let right = sets.first()?.set;
        let help = format!(
            "the first start waits for pods of that name for ever, and no master is elected: set {STATEFULSET}={right}"
        );
        let finding = Finding::error(CODE, message).variable(STATEFULSET).help(help);
        return Some(with(node.placed(finding), &count.places));
    }
    let message = if let Some(name) = other {
        format!("`{}` names `{name}`, and no StatefulSet makes a pod of that name", list.key)
    } else {
        let (fit, all) = (u32::try_from(fit).ok()?, count.least);
        // Fewer than a majority is another rule's.
        if fit >= all || fit < majority(all) {
            return None;
        }
        format!("`{}` names {fit} of {all} master-eligible nodes", list.key)
    };
    let names: Vec<String> = sets
        .iter()
        .take(9)
        .flat_map(|set| (0..set.count.min(9)).map(|at| format!("{}-{}", set.set, set.first + at)))
        .collect();
    let help = format!(
        "the first masters are the pods that there are at the first start, each by its name: write `{}`",
        names.join(",")
    );
    let span = match other {
        Some(name) => list.span_of(|element| element == *name).clone(),
        None => list.value_span.clone(),
    };
    let finding = list.finding(Finding::error(CODE, message)).at(span).help(help);
    Some(with(node.placed(finding), &count.places))
}

/// Several pods have one name, and the first masters are found by theirs.
fn one_name(node: &Node<'_>, input: &Input<'_, '_>) -> Option<Finding> {
    let settings = &node.facts.settings;
    let (own, list) = (settings.get("node.name")?, initial_masters(settings, node.facts.version)?);
    let name = own.text().filter(|name| list.elements().contains(name) && !own.is_secret())?;
    let count = clusters::replicas(node, input.objects)?;
    if count.least < 2 || name.contains("${") || is_of_pod(own, node) {
        return None;
    }
    let message = format!("all pods of {} have the `node.name` `{name}`", node.pod.workload.title());
    let help = format!(
        "`{}` finds several nodes of that name, and no cluster is formed: give each the name of its pod, from a variable with \
         `fieldRef: {{fieldPath: metadata.name}}`",
        list.key
    );
    Some(with(at_setting(node, own, Finding::error(CODE, message).help(help)), &count.places))
}

/// Whether a node's name is that of its pod: given by the downward API, or by the host name.
fn is_of_pod(name: &Setting, node: &Node<'_>) -> bool {
    if !name.is_set_or_unknown() {
        return true;
    }
    // Of a value that nobody knows it is not said whether the variable is all of it: in the built-in templates it is.
    let facts = &node.facts;
    let is_builtin = facts.main_file.is_some_and(|main| facts.files[main].template.is_builtin());
    let only = name.variables.first().filter(|_| is_builtin).map(String::as_str);
    let Some(variable) = name.variable().or(only) else { return false };
    let variable = match node.facts.environment.get(variable).map(|it| &it.origin) {
        // A pod has its own name as host name.
        Some(Origin::Derived(from)) if from == "the host name" => return true,
        Some(Origin::Derived(from)) => from,
        _ => variable,
    };
    // As the kubelet does it: what comes first is known to what follows, and the last of a name counts.
    let mut of_pod: Vec<String> = Vec::new();
    for entry in node.pod.container.get("env").items() {
        let Some(name) = entry.get("name").text() else { continue };
        let reference = format!("$({name})");
        let is_it = match entry.get("value").text().filter(|text| !text.is_empty()) {
            Some(text) => of_pod.iter().any(|known| known == text),
            None => entry.at(&["valueFrom", "fieldRef", "fieldPath"]).text() == Some("metadata.name"),
        };
        of_pod.retain(|known| *known != reference);
        if is_it {
            of_pod.push(reference);
        }
    }
    variable == "HOSTNAME" || of_pod.contains(&format!("$({variable})"))
}

/// Nobody can be elected, for certain: all nodes of the cluster are here, and how they find each other is, too.
fn no_master(cluster: &Cluster, input: &Input<'_, '_>) -> Option<Finding> {
    let members: Vec<&Node<'_>> =
        cluster.members.iter().filter_map(|index| input.nodes.get(*index)).collect();
    let first = members.first()?;
    let name = clusters::name(first)?;
    for node in &members {
        if clusters::is_master(node) != Some(false) || !seeds::of(node, input).is_complete(node) {
            return None;
        }
    }
    let neighbours =
        || input.nodes.iter().filter(|node| node.pod.workload.namespace == first.pod.workload.namespace);
    // One that may belong here.
    let may_help = |node: &Node<'_>| {
        clusters::is_master(node) != Some(false) && clusters::name(node).is_none_or(|other| other == name)
    };
    let takes_strangers = |node: &&Node<'_>| seeds::of(node, input).takes_strangers(node, input);
    if neighbours().any(may_help) || members.iter().any(takes_strangers) {
        return None;
    }
    let message = format!("no node of the cluster `{name}` can be elected master");
    let help = "it never forms: let some nodes be masters (`node.master: true`, from 7.9 on `master` in `node.roles`), and give \
                all the same `cluster.name`";
    let roles = ["node.roles", "node.master", "node.client"];
    let setting = roles.iter().find_map(|key| first.facts.settings.get(key))?;
    let mut finding = at_setting(first, setting, Finding::error("quorum/no-master", message).help(help));
    for other in neighbours().filter(|node| clusters::is_master(node) == Some(true)) {
        let named = other
            .facts
            .settings
            .get("cluster.name")
            .map(|setting| at_setting(other, setting, finding.clone()));
        if let (Some(span), Some(name)) =
            (named.and_then(|mut finding| finding.span.take()), clusters::name(other))
        {
            finding = finding.also(
                span,
                format!("the masters of {} are of the cluster `{name}`,", other.pod.workload.title()),
            );
        }
    }
    Some(finding)
}
