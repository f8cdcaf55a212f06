//! Masters that one node of Kubernetes can take away together.

use diagnostics::Finding;

use crate::clusters;
use crate::field::Field;
use crate::input::Input;
use crate::labels::takes;
use crate::pod::Node;

/// The findings, one for each workload with several masters.
pub(super) fn check(input: &Input<'_, '_>) -> Vec<Finding> {
    let masters = input.clusters.iter().flat_map(|cluster| cluster.electable(input.nodes));
    masters.filter_map(|master| shared(master, input)).collect()
}

fn shared(master: &Node<'_>, input: &Input<'_, '_>) -> Option<Finding> {
    let count = clusters::replicas(master, input.objects)?.most;
    if count < 2 || clusters::is_master(master) != Some(true) || is_kept_apart(master) {
        return None;
    }
    let workload = master.pod.workload;
    let message = format!("the {count} masters of {} may run on one node", workload.title());
    let help = "where that node fails, the cluster has no master: add `topologySpreadConstraints` or a `podAntiAffinity` with \
                `topologyKey: kubernetes.io/hostname` and the labels of these pods";
    let replicas = workload.root().at(&["spec", "replicas"]);
    let place = if replicas.is_there() { replicas } else { workload.root().at(&["metadata", "name"]) };
    Some(Finding::warning("k8s/spread", message).at(place.key_span()?).help(help))
}

fn is_kept_apart(master: &Node<'_>) -> bool {
    let pod = &master.pod;
    let spec = pod.spec();
    let takes_own = |term: Field<'_>| takes(term.get("labelSelector"), pod);
    let anti = spec.at(&["affinity", "podAntiAffinity"]);
    // One port of a node has room for one pod.
    let has_host_port = spec.get("hostNetwork").boolean() == Some(true)
        || pod.container.get("ports").items().any(|port| port.get("hostPort").is_there());
    has_host_port
        || spec.get("topologySpreadConstraints").items().any(takes_own)
        || anti.get("requiredDuringSchedulingIgnoredDuringExecution").items().any(takes_own)
        || anti
            .get("preferredDuringSchedulingIgnoredDuringExecution")
            .items()
            .any(|term| takes_own(term.get("podAffinityTerm")))
}
