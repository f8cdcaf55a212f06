//! Masters that are ready only in a cluster, and a cluster that is found only by way of ready masters.

use diagnostics::Finding;
use server::generation::generation;
use server::quorum::demanded;

use super::seeds::{self, Seeds};
use crate::clusters::{self, Cluster};
use crate::field::Field;
use crate::input::Input;
use crate::object::Object;
use crate::pod::Node;
use crate::workload::annotation;

const CODE: &str = "discovery/waits-for-ready";

/// The findings about the masters of a cluster.
pub(super) fn of_masters(cluster: &Cluster, input: &Input<'_, '_>) -> Vec<Finding> {
    cluster.electable(input.nodes).filter_map(|master| one_by_one(master, cluster, input)).collect()
}

/// Every Service that is asked shows ready pods only.
pub(super) fn hidden(seeds: &Seeds<'_, '_>, cluster: &Cluster, input: &Input<'_, '_>) -> Option<Finding> {
    let services: Vec<&Object> = seeds.known.iter().filter_map(|seed| seed.service).collect();
    if !seeds.is_all
        || services.len() != seeds.known.len()
        || services.iter().any(|service| shows_all(service))
    {
        return None;
    }
    let service = services.first()?;
    let mut probes = Vec::new();
    for master in cluster.electable(input.nodes) {
        let is_selected = services.iter().any(|service| seeds::selects(service, master));
        let several = demanded(&master.facts.settings, master.facts.version).is_some_and(|count| count > 1);
        let probe = of_cluster(master).filter(|_| is_selected && several)?;
        probes.extend(
            probe
                .key_span()
                .map(|span| (span, format!("{} has its readinessProbe", master.pod.workload.title()))),
        );
    }
    let message =
        format!("the Service `{}`, by which nodes find each other, shows only ready pods", service.name);
    let help = "a master gets ready only in a cluster, and no cluster forms before masters find each other: nobody ever gets \
                ready; set `publishNotReadyAddresses: true` in its `spec`";
    let place = service.root().at(&["metadata", "name"]).span()?;
    let mut finding = Finding::error(CODE, message).at(place).help(help);
    finding.also = probes;
    finding.also.first()?;
    Some(finding)
}

fn shows_all(service: &Object) -> bool {
    let root = service.root();
    root.at(&["spec", "publishNotReadyAddresses"]).boolean() == Some(true)
        || annotation(root, "service.alpha.kubernetes.io/tolerate-unready-endpoints") == Some("true")
        // Its addresses are somebody else's.
        || seeds::selector(service).is_none()
}

/// The first pod of the `StatefulSet` waits for a cluster that needs the next ones.
fn one_by_one(master: &Node<'_>, cluster: &Cluster, input: &Input<'_, '_>) -> Option<Finding> {
    let workload = master.pod.workload;
    let policy = workload.root().at(&["spec", "podManagementPolicy"]);
    if workload.kind != "StatefulSet" || policy.text() == Some("Parallel") {
        return None;
    }
    let probe = of_cluster(master)?;
    let own = clusters::replicas(master, input.objects)?.least;
    // Those of other workloads start beside it, one at least of each.
    let all = cluster.count.as_ref()?.least;
    let needed = demanded(&master.facts.settings, master.facts.version)?;
    if own < 2 || needed <= all.saturating_sub(own).saturating_add(1) {
        return None;
    }
    let message = format!(
        "the pods of {} start one after the other, and the first gets ready only in a cluster of {needed} masters",
        workload.title()
    );
    let help = "the second is never started: set `podManagementPolicy: Parallel` in the StatefulSet (delete it first with \
                `--cascade=orphan`, as that cannot be changed), or let the probe ask this node alone, by `tcpSocket`";
    Some(Finding::error(CODE, message).at(probe.key_span()?).help(help))
}

/// The readiness probe of the node, where it certainly fails as long as there is no cluster.
fn of_cluster<'a>(node: &Node<'a>) -> Option<Field<'a>> {
    let probe = node.pod.container.get("readinessProbe");
    let asks_health = |text: &str| {
        let is_local = text.contains("local=true") && !text.contains("wait_for_");
        text.contains("_cluster/health") && !is_local
    };
    let http = probe.at(&["httpGet", "path"]);
    if http.is_there() {
        let greets = |path: &str| path == "/" && generation(node.facts.version).greets_with_master_only;
        return http.text().filter(|path| asks_health(path) || greets(path)).map(|_| probe);
    }
    let tcp = probe.at(&["tcpSocket", "port"]);
    if tcp.is_there() {
        // That port is open while the node is in a cluster.
        let port = node.facts.settings.text("readiness.port");
        return port.filter(|port| tcp.number_or_text() == Some(port)).map(|_| probe);
    }
    let words: Vec<&str> = probe.at(&["exec", "command"]).items().filter_map(Field::text).collect();
    let line = words.join(" ");
    // It asks the same port.
    if asks_readiness(&line) && node.facts.settings.is_set("readiness.port") {
        return Some(probe);
    }
    (asks_health(&line) && fails_with_503(&line)).then_some(probe)
}

/// Whether it is `es-entrypoint health --ready`, by itself or in a line of a shell.
fn asks_readiness(line: &str) -> bool {
    ["es-entrypoint health ", "es-healthcheck "].iter().any(|it| line.contains(it))
        && line.contains(" --ready")
}

/// Whether the command ends with a failure when the server refuses to answer.
fn fails_with_503(line: &str) -> bool {
    let fails = |word: &str| {
        word == "--fail"
            || (word.starts_with('-') && !word.starts_with("--") && word.len() < 6 && word.contains('f'))
    };
    let wants_color = line.contains("grep") && (line.contains("green") || line.contains("yellow"));
    line.contains("wget ") || wants_color || (line.contains("curl ") && line.split_whitespace().any(fails))
}
