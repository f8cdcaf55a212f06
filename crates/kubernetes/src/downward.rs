//! Fields of the pod and resources of its container as values: what of them can be known before there is a pod.

use crate::field::Field;
use crate::quantity::thousandths;
use crate::workload::{Pod, containers};

/// `fieldRef` or `resourceFieldRef`; nothing where nobody can say it.
pub(crate) fn value(from: Field<'_>, pod: &Pod<'_>) -> Option<String> {
    match from.at(&["fieldRef", "fieldPath"]).text() {
        Some(path) => field(path, pod).map(str::to_owned).or_else(|| name(path, pod)),
        None => resource(from.get("resourceFieldRef"), pod),
    }
}

fn field<'a>(path: &str, pod: &Pod<'a>) -> Option<&'a str> {
    let metadata = pod.template.get("metadata");
    match path {
        "metadata.namespace" => pod.workload.root().at(&["metadata", "namespace"]).text(),
        "metadata.name" if pod.workload.kind == "Pod" => metadata.get("name").text(),
        "spec.serviceAccountName" => pod.spec().get("serviceAccountName").text().or(Some("default")),
        _ => {
            let (map, rest) = path.strip_prefix("metadata.")?.split_once("['")?;
            let key = rest.strip_suffix("']")?;
            // Controllers add labels and annotations of their own.
            metadata.get(map).get(key).text()
        }
    }
}

/// The name of the only pod of a `StatefulSet`; those of several differ.
fn name(path: &str, pod: &Pod<'_>) -> Option<String> {
    let is_single = pod.workload.kind == "StatefulSet" && pod.replicas() == Some(1);
    (path == "metadata.name" && is_single).then(|| {
        let first = pod.workload.root().at(&["spec", "ordinals", "start"]).integer().unwrap_or(0);
        format!("{}-{first}", pod.workload.name)
    })
}

/// The amount, divided and rounded up. Without a limit it is the node's.
fn resource(from: Field<'_>, pod: &Pod<'_>) -> Option<String> {
    let (part, name) = from.get("resource").text()?.split_once('.')?;
    let own = pod.container.get("name").text();
    let container = match from.get("containerName").text() {
        Some(other) if Some(other) != own => {
            containers(pod.spec()).find(|it| it.get("name").text() == Some(other))?
        }
        _ => pod.container,
    };
    let amount = thousandths(container.at(&["resources", part, name]).number_or_text()?)?;
    let divisor = match from.get("divisor").number_or_text() {
        Some("0") | None => 1000,
        Some(text) => thousandths(text)?,
    };
    (divisor > 0).then(|| amount.div_ceil(divisor).to_string())
}
