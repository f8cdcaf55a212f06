//! What the API server refuses of a workload, beyond types, and what no container runtime can start.

use diagnostics::Finding;

use crate::brought::starts_options;
use crate::edits;
use crate::field::Field;
use crate::image::Family;
use crate::pod::Node;
use crate::workload::all_containers;

const CODE: &str = "k8s/refused";

/// The findings.
pub(super) fn check(node: &Node<'_>) -> Vec<Finding> {
    // A patch of kustomize is a part of an object.
    let labels = node.pod.template.at(&["metadata", "labels"]);
    if !labels.is_there() && node.pod.workload.kind != "Pod" {
        return no_program(node).into_iter().collect();
    }
    let mut findings: Vec<Finding> = selector(node).into_iter().collect();
    findings.extend(no_volume(node));
    findings.extend(no_program(node));
    findings
}

/// A workload has to select its own pods.
fn selector(node: &Node<'_>) -> Option<Finding> {
    let workload = node.pod.workload;
    let spec = workload.root().get("spec");
    let selector = spec.get("selector");
    let is_old = workload.kind == "ReplicationController";
    if !(is_old || workload.api_version == "apps/v1") {
        return None;
    }
    let title = workload.title();
    if !selector.is_there() {
        let message = format!("{title} has no `spec.selector`");
        let help =
            "the API server refuses it: add `matchLabels` with the labels of its pods, as `--fix` does";
        let mut finding = Finding::error(CODE, message).at(spec.key_span()?).help(help);
        finding.edits = vec![edits::selector(workload).filter(|_| !is_old)?];
        return Some(finding);
    }
    let wanted = if is_old { selector } else { selector.get("matchLabels") };
    let labels = node.pod.template.at(&["metadata", "labels"]);
    let (name, value) = wanted.entries().find(|(name, value)| {
        let label = labels.get(name);
        value.text().is_some()
            && value.text() != label.text()
            && (label.text().is_some() || !label.is_there())
    })?;
    let message =
        format!("the selector of {title} demands a label `{name}` that its pods do not have like that");
    let help =
        "the API server refuses it: write the same labels in `spec.selector` and in `spec.template.metadata`";
    let finding = Finding::error(CODE, message).at(value.span()?).help(help);
    let place = if labels.is_there() { labels.key_span() } else { node.pod.template.key_span() };
    Some(match place {
        Some(span) => finding.also(span, "the pods have their labels"),
        None => finding,
    })
}

/// A mount of a volume that the pod does not have.
fn no_volume(node: &Node<'_>) -> Vec<Finding> {
    let spec = node.pod.spec();
    let claims = node.pod.workload.root().at(&["spec", "volumeClaimTemplates"]).items();
    let claims = claims.map(|claim| claim.at(&["metadata", "name"]));
    let volumes = spec.get("volumes").items().map(|volume| volume.get("name"));
    let known: Vec<Field<'_>> = volumes.chain(claims).collect();
    let containers = all_containers(spec);
    let mounts = containers.flat_map(|container| container.get("volumeMounts").items());
    let named = mounts.filter_map(|mount| Some((mount.get("name"), mount.get("name").text()?)));
    let missing = named.filter(|(_, name)| known.iter().all(|it| it.text() != Some(name)));
    missing
        .filter_map(|(field, name)| {
            let message = format!("{} has no volume `{name}`", node.pod.workload.title());
            let help = "the API server refuses it: name a volume of the pod, or add it to `volumes`";
            Some(Finding::error(CODE, message).at(field.span()?).help(help))
        })
        .collect()
}

/// Options alone, where the image takes `args` for a whole command.
fn no_program(node: &Node<'_>) -> Option<Finding> {
    let container = node.pod.container;
    let first = container.get("args").items().next()?;
    first.text().filter(|text| text.starts_with('-'))?;
    if container.get("command").is_there() || !starts_options(&node.pod, node.facts.known_version()) {
        return None;
    }
    let message = "the container starts an option as if it were a program: it ends at once";
    let server = node.pod.image.server;
    let program = match node.pod.image.family {
        Family::Pires => None,
        Family::Bitnami => Some(format!("/opt/bitnami/scripts/{server}/run.sh")),
        _ => Some(server.to_owned()),
    };
    let otherwise = "give the settings in the configuration";
    let help = match program {
        Some(program) => format!(
            "this image starts what `args` begins with: write the program first, `args: [{program}, …]`, or {otherwise}"
        ),
        None => format!("`args` takes the place of this image's whole command: take it out, and {otherwise}"),
    };
    Some(Finding::error("k8s/no-program", message).at(first.span()?).help(help))
}
