//! Keys of ConfigMaps and Secrets that a pod asks for and the input says they lack.

use diagnostics::Finding;

use crate::field::Field;
use crate::input::Input;
use crate::object::Object;
use crate::pod::Node;
use crate::workload::all_containers;

/// The findings of all pods.
pub(super) fn check(input: &Input<'_, '_>) -> Vec<Finding> {
    input.nodes.iter().flat_map(|node| of_pod(node, input)).collect()
}

const KINDS: [(&str, &str); 2] = [("ConfigMap", "configMap"), ("Secret", "secret")];

fn of_pod<'a>(node: &Node<'a>, input: &Input<'_, 'a>) -> Vec<Finding> {
    let spec = node.pod.spec();
    let mut findings = Vec::new();
    let containers = all_containers(spec);
    for from in
        containers.flat_map(|container| container.get("env").items()).map(|entry| entry.get("valueFrom"))
    {
        for (kind, field) in KINDS {
            let reference = from.get(&format!("{field}KeyRef"));
            if let Some(object) =
                find(input, node, kind, reference.get("name")).filter(|_| is_needed(reference))
            {
                findings.extend(missing(
                    object,
                    reference.get("key"),
                    &["data", "stringData"],
                    "is not made",
                ));
            }
        }
    }
    let everywhere = ["data", "stringData", "binaryData"];
    for volume in spec.get("volumes").items() {
        let projected = volume.at(&["projected", "sources"]).items();
        for source in std::iter::once(volume).chain(projected) {
            for (kind, field) in KINDS {
                let source = source.get(field);
                let by_name = find(input, node, kind, source.get("name"))
                    .or_else(|| find(input, node, kind, source.get("secretName")));
                let Some(object) = by_name.filter(|_| is_needed(source)) else { continue };
                for item in source.get("items").items() {
                    findings.extend(missing(object, item.get("key"), &everywhere, "waits for ever"));
                }
            }
        }
        for (kind, field) in KINDS {
            let source = volume.get(field);
            let by_name = find(input, node, kind, source.get("name"))
                .or_else(|| find(input, node, kind, source.get("secretName")));
            let Some(object) = by_name.filter(|_| is_needed(source) && !source.get("items").is_there())
            else {
                continue;
            };
            let name = volume.get("name").text();
            let mounts = node.pod.container.get("volumeMounts").items();
            for mount in mounts.filter(|mount| mount.get("name").text() == name) {
                findings.extend(missing(
                    object,
                    mount.get("subPath"),
                    &everywhere,
                    "finds an empty directory",
                ));
            }
        }
    }
    findings
}

fn find<'a>(
    input: &Input<'_, 'a>,
    node: &Node<'a>,
    kind: &'static str,
    name: Field<'_>,
) -> Option<&'a Object> {
    input.objects.find(kind, node.pod.namespace(), name.text()?)
}

fn is_needed(reference: Field<'_>) -> bool {
    reference.get("optional").boolean() != Some(true)
}

/// What has no data at all is filled by somebody else.
fn missing(object: &Object, key: Field<'_>, parts: &[&str], end: &str) -> Option<Finding> {
    let name = key.text().filter(|name| !name.is_empty())?;
    let root = object.root();
    let is_filled_later = root.get("type").text() == Some("kubernetes.io/service-account-token");
    let all = ["data", "stringData", "binaryData"];
    if is_filled_later || !all.iter().any(|part| root.get(part).entries().next().is_some()) {
        return None;
    }
    if parts.iter().any(|part| root.get(part).entries().any(|(known, _)| known == name)) {
        return None;
    }
    let kind = &object.kind;
    let message = format!("the {kind} `{}` has no key `{name}`", object.name);
    let near = root.get("data").entries().chain(root.get("stringData").entries()).map(|(known, _)| known);
    let near: Vec<String> = near.take(5).map(|known| format!("`{known}`")).collect();
    let help = format!("the container {end}: name one of its keys ({}), or add this one", near.join(", "));
    let finding = Finding::error("k8s/missing-key", message).at(key.span()?).help(help);
    Some(match root.at(&["metadata", "name"]).span() {
        Some(span) => finding.also(span, format!("the {kind}")),
        None => finding,
    })
}
