//! Service links: the variables that Kubernetes makes of the Services of a namespace (`pkg/kubelet/envvars`).

use std::collections::BTreeMap;

use crate::expand::{Entry, Known};
use crate::objects::Objects;
use crate::workload::Pod;

/// The address is the cluster's to give: where it is all there is, nobody can say it. A URL is one with any.
const ADDRESS: &str = "10.0.0.1";

/// Those of the Services of the input with an address of the cluster, and how the names end of those that other Services of
/// the namespace may make. The Service `kubernetes` is everywhere.
pub(crate) fn of(pod: &Pod<'_>, objects: &Objects) -> (BTreeMap<String, Entry>, Vec<(String, &'static str)>) {
    let mut links = BTreeMap::new();
    let mut others = vec![("KUBERNETES_SERVICE_".to_owned(), ""), ("KUBERNETES_PORT".to_owned(), "")];
    if pod.spec().get("enableServiceLinks").boolean() == Some(false) {
        return (links, others);
    }
    others.extend(["_SERVICE_HOST", "_SERVICE_PORT"].map(|end| (String::new(), end)));
    for service in objects.of_kind("Service", pod.namespace()) {
        let spec = service.root().get("spec");
        let is_headless = spec.get("clusterIP").text() == Some("None");
        if is_headless || spec.get("type").text() == Some("ExternalName") {
            continue;
        }
        let name = service.name.to_ascii_uppercase().replace('-', "_");
        let span = service.root().at(&["metadata", "name"]).span();
        let mut add = |name: String, value: Known| {
            links.insert(name, Entry { value, span: span.clone() });
        };
        add(format!("{name}_SERVICE_HOST"), Known::Unknown);
        for (index, port) in spec.get("ports").items().enumerate() {
            let Some(number) = port.get("port").integer() else { continue };
            let protocol = port.get("protocol").text().unwrap_or("TCP");
            let lower = protocol.to_ascii_lowercase();
            let url = || Known::Text(format!("{lower}://{ADDRESS}:{number}"));
            let number_text = || Known::Text(number.to_string());
            if index == 0 {
                add(format!("{name}_SERVICE_PORT"), number_text());
                add(format!("{name}_PORT"), url());
            }
            if let Some(port) = port.get("name").text().filter(|port| !port.is_empty()) {
                let port = port.to_ascii_uppercase().replace('-', "_");
                add(format!("{name}_SERVICE_PORT_{port}"), number_text());
            }
            let prefix = format!("{name}_PORT_{number}_{}", protocol.to_ascii_uppercase());
            add(format!("{prefix}_PROTO"), Known::Text(lower.clone()));
            add(format!("{prefix}_PORT"), number_text());
            add(format!("{prefix}_ADDR"), Known::Unknown);
            add(prefix, url());
        }
    }
    (links, others)
}
