//! Data: two servers in one directory, data that goes with the pod, and a volume that the server may not write to.

use diagnostics::Finding;
use server::generation::OfficialImage;

use super::properties::{User, word_of};
use super::storage::{Kind, Storage};
use crate::field::Field;
use crate::image::Family;
use crate::index::Places;
use crate::input::Input;
use crate::labels::takes;
use crate::pod::Node;
use crate::workload::containers;

const LOCKED: &str =
    "a server that finds the directory in use does not start, and one up to 4.x starts empty beside it";

/// Two servers can get one data directory. `storage` is that of each node.
pub(super) fn shared(input: &Input<'_, '_>, storage: &[Vec<Storage<'_>>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = Places::new();
    for (place, (node, storage)) in input.nodes.iter().zip(storage).enumerate() {
        if node.pod.replicas() == Some(0) {
            continue;
        }
        for storage in storage.iter().filter(|storage| !storage.is_apart) {
            let finding = among_replicas(node, storage).or_else(|| while_rolling(node, storage));
            let known = identity(node, storage).and_then(|identity| {
                let known = seen.entry(identity).or_default();
                known.push(place);
                input.nodes.get(*known.first().filter(|first| **first != place)?)
            });
            findings.extend(finding.or_else(|| with_another(node, known?, storage)));
        }
    }
    findings
}

/// What two pods have in common that use the same.
fn identity(node: &Node<'_>, storage: &Storage<'_>) -> Option<String> {
    match &storage.kind {
        Kind::Shared { identity, is_claim: true, .. } => Some(format!("{}/{identity}", node.pod.namespace())),
        Kind::Shared { identity, .. } => Some(identity.clone()),
        Kind::Host(path) => Some(path.clone()),
        Kind::Container | Kind::OfPod | Kind::ClaimOfPod => None,
    }
}

/// What the storage is, where more than one pod can have it.
fn what(storage: &Storage<'_>) -> Option<String> {
    match &storage.kind {
        Kind::Shared { what, .. } => Some(what.clone()),
        Kind::Host(path) => Some(format!("the directory `{path}` of the node")),
        Kind::Container | Kind::OfPod | Kind::ClaimOfPod => None,
    }
}

fn place(finding: Finding, node: &Node<'_>, storage: &Storage<'_>) -> Finding {
    let mount = storage.mount.map(|mount| mount.get("mountPath"));
    node.place(finding, mount.as_slice())
}

fn among_replicas(node: &Node<'_>, storage: &Storage<'_>) -> Option<Finding> {
    let what = what(storage)?;
    let is_host = matches!(storage.kind, Kind::Host(_));
    let is_daemon = node.pod.workload.kind == "DaemonSet";
    let count = match node.pod.replicas() {
        None if is_daemon && !is_host => "all".to_owned(),
        Some(count) if count > 1 && !(is_host && keeps_apart(node)) => format!("{count}"),
        _ => return None,
    };
    let message = format!("{count} pods of {} keep their data in {what}", node.title());
    let help = if is_host {
        format!(
            "pods on one node share it, and {LOCKED}: use a StatefulSet with `volumeClaimTemplates` or a DaemonSet, or keep \
             the pods apart with a required `podAntiAffinity` (`topologyKey: kubernetes.io/hostname`)"
        )
    } else {
        format!("{LOCKED}: use a StatefulSet with `volumeClaimTemplates`, which makes a claim for each pod")
    };
    Some(place(Finding::error("k8s/shared-data", message).help(help), node, storage))
}

/// A new pod is started while the old one still runs.
fn while_rolling(node: &Node<'_>, storage: &Storage<'_>) -> Option<Finding> {
    let what = what(storage)?;
    let is_host = matches!(storage.kind, Kind::Host(_));
    if is_host && keeps_apart(node) {
        return None;
    }
    let spec = node.pod.workload.root().get("spec");
    // Nothing where none is written.
    let surges = |strategy: Field<'_>| {
        let surge = strategy.at(&["rollingUpdate", "maxSurge"]).number_or_text();
        surge.map(|surge| surge.trim_end_matches('%') != "0")
    };
    let strategy = spec.get("strategy");
    let fix = match node.pod.workload.kind.as_str() {
        "Deployment" => {
            let rolls = matches!(strategy.get("type").text(), None | Some("" | "RollingUpdate"));
            if !rolls || surges(strategy) == Some(false) {
                return None;
            }
            "set `strategy.type: Recreate`, or use a StatefulSet"
        }
        "DeploymentConfig" => {
            if matches!(strategy.get("type").text(), Some("Recreate" | "Custom")) {
                return None;
            }
            "set `strategy.type: Recreate`, or use a StatefulSet"
        }
        "DaemonSet" => {
            if surges(spec.get("updateStrategy")) != Some(true) {
                return None;
            }
            "leave `maxSurge` out"
        }
        _ => return None,
    };
    let message = format!("an update of {} starts a pod while the old one still has {what}", node.title());
    let help = format!("{LOCKED}, and the update waits for it for ever: {fix}");
    Some(place(Finding::error("k8s/shared-data", message).help(help), node, storage))
}

fn with_another(node: &Node<'_>, other: &Node<'_>, storage: &Storage<'_>) -> Option<Finding> {
    let what = what(storage)?;
    if matches!(storage.kind, Kind::Host(_)) {
        let has_affinity = |node: &Node<'_>| node.pod.spec().get("affinity").is_there();
        if keeps_apart(node)
            || has_affinity(node)
            || has_affinity(other)
            || chosen_nodes(node) != chosen_nodes(other)
        {
            return None;
        }
    }
    let message = format!("{} and {} keep their data in {what}", other.title(), node.title());
    let finding = Finding::error("k8s/shared-data", message)
        .help(format!("{LOCKED}: give each a directory of its own"));
    let finding = place(finding, node, storage);
    Some(match other.name_span() {
        Some(span) => finding.also(span, format!("{} is", other.title())),
        None => finding,
    })
}

/// The labels and the name that nodes must have for it.
fn chosen_nodes(node: &Node<'_>) -> Vec<String> {
    let spec = node.pod.spec();
    let labels = spec.get("nodeSelector").entries();
    let mut chosen: Vec<String> = labels.map(|(name, value)| format!("{name}={:?}", value.text())).collect();
    diagnostics::order::sort(&mut chosen);
    chosen.extend(spec.get("nodeName").text().map(str::to_owned));
    chosen
}

/// Something keeps two pods of the workload off one node.
fn keeps_apart(node: &Node<'_>) -> bool {
    const HOST_NAME: &str = "kubernetes.io/hostname";
    let spec = node.pod.spec();
    let by_host = |term: &Field<'_>| {
        term.get("topologyKey").text() == Some(HOST_NAME) && takes(term.get("labelSelector"), &node.pod)
    };
    // One more than on the emptiest node is one at most while there are enough nodes.
    let is_one = |rule: &Field<'_>| rule.get("maxSkew").integer().is_none_or(|skew| skew == 1);
    let required =
        spec.at(&["affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]);
    let mut spread = spec.get("topologySpreadConstraints").items();
    let mut ports = containers(spec).flat_map(|container| container.get("ports").items());
    let is_on_host = spec.get("hostNetwork").boolean() == Some(true);
    required.items().any(|term| by_host(&term))
        || spread.any(|rule| {
            by_host(&rule) && is_one(&rule) && rule.get("whenUnsatisfiable").text() != Some("ScheduleAnyway")
        })
        || ports.any(|port| is_on_host || port.get("hostPort").integer().is_some_and(|port| port > 0))
}

/// Data or the state of the cluster goes with the pod. `storage` is that of each node.
pub(super) fn lost(input: &Input<'_, '_>, storage: &[Vec<Storage<'_>>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for cluster in input.clusters {
        let members = cluster.members.iter();
        let nodes: Vec<(&Node<'_>, &Vec<_>)> =
            members.filter_map(|member| input.nodes.get(*member).zip(storage.get(*member))).collect();
        // Whose roles are not known may hold some.
        let with_data = nodes.iter().filter(|(node, _)| node.holds_data() || !node.knows_roles());
        let is_alone = with_data.map(|(node, _)| node.pod.replicas()).sum::<Option<u32>>() == Some(1);
        findings.extend(nodes.into_iter().filter_map(|(node, storage)| lost_by(node, storage, is_alone)));
    }
    findings
}

fn lost_by(node: &Node<'_>, storage: &[Storage<'_>], is_alone: bool) -> Option<Finding> {
    let (is_data, is_master) = (node.holds_data(), node.may_be_master());
    if !node.is_lasting() || !(is_data || is_master) {
        return None;
    }
    let storage = storage.iter().find(|it| matches!(it.kind, Kind::Container | Kind::OfPod))?;
    let what = if is_data { "data" } else { "the state of the cluster" };
    let directory = storage.directory.display();
    let message = match storage.kind {
        Kind::Container => format!(
            "{what} in `{directory}`, which is no volume, goes with each container of {}",
            node.title()
        ),
        _ => format!("{what} in `{directory}`, a volume of the pod, goes with each pod of {}", node.title()),
    };
    let help = "an update, an eviction or the loss of a node deletes it: use a StatefulSet with `volumeClaimTemplates`";
    let finding = if is_data && is_alone {
        let help = format!("no other node has a copy; {help}");
        Finding::error("k8s/lost-data", message).help(help)
    } else {
        Finding::warning("k8s/lost-data", message).help(help)
    };
    Some(place(finding, node, storage))
}

/// The volume is root's, and nobody gives it to the server's user.
pub(super) fn not_writable(
    node: &Node<'_>,
    storage: &[Storage<'_>],
    input: &Input<'_, '_>,
) -> Option<Finding> {
    let storage = storage.iter().find(|storage| match storage.kind {
        Kind::ClaimOfPod => true,
        Kind::Shared { is_claim, .. } => is_claim,
        _ => false,
    })?;
    let spec = node.pod.spec();
    let corrects = |container: Field<'_>| {
        word_of(container, |word| word.contains("chown") || word.contains("chmod")).is_some()
    };
    if spec.at(&["securityContext", "fsGroup"]).is_there()
        || spec.get("initContainers").items().any(corrects)
        || corrects(node.pod.container)
        || node.variables.get("TAKE_FILE_OWNERSHIP").is_some()
        // There, each namespace gives its pods a group.
        || node.pod.workload.kind == "DeploymentConfig"
        || input.objects.is_of_openshift
        || is_bound_by_hand(node, input, storage)
    {
        return None;
    }
    let is_refused = match (node.user(), node.pod.image.family) {
        (User::Other, _) => true,
        // Whoever starts as root there changes to a user without giving it anything.
        (User::Root, Family::Official) => {
            node.security("runAsUser").integer().is_none()
                && !node.pod.starts_this_program
                && node.official_image() == Some(OfficialImage::ChangesUser)
        }
        _ => false,
    };
    if !is_refused {
        return None;
    }
    let message = format!(
        "the volume of {} at `{}` belongs to root, and the server is another user",
        node.title(),
        storage.directory.display()
    );
    let help = "without `fsGroup` nobody gives it away, and the server ends with `AccessDeniedException`: set \
                `securityContext.fsGroup` of the pod to the group of the server, 1000 in most images";
    Some(place(Finding::error("k8s/data-not-writable", message).help(help), node, storage))
}

/// The claim of the input names a volume that somebody made: whose directory that is, nobody here knows.
fn is_bound_by_hand(node: &Node<'_>, input: &Input<'_, '_>, storage: &Storage<'_>) -> bool {
    let is_by_hand = |spec: Field<'_>| {
        spec.get("volumeName").is_there()
            || spec.get("selector").is_there()
            || spec.get("storageClassName").text() == Some("")
    };
    let name = storage.mount.and_then(|mount| mount.get("name").text());
    let templates = node.pod.workload.root().at(&["spec", "volumeClaimTemplates"]);
    if templates
        .items()
        .any(|claim| claim.at(&["metadata", "name"]).text() == name && is_by_hand(claim.get("spec")))
    {
        return true;
    }
    let Kind::Shared { identity, .. } = &storage.kind else { return false };
    let claim = identity.split(' ').nth(1).unwrap_or_default();
    let claim = input.objects.find("PersistentVolumeClaim", node.pod.namespace(), claim);
    claim.is_some_and(|claim| is_by_hand(claim.root().get("spec")))
}
