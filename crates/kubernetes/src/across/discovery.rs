//! How nodes find each other: the Service that the Kubernetes plugin asks for, and what it lists.

use diagnostics::Finding;

use super::Input;
use crate::field::Field;
use crate::object::Object;
use crate::pod::Node;

const SERVICE: &str = "cloud.kubernetes.service";
const TRANSPORT: i64 = 9300;

/// The findings, one for each Service.
pub(super) fn check(input: &Input<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: Vec<&Object> = Vec::new();
    for node in input.nodes {
        let Some(name) = node.facts.settings.text(SERVICE) else { continue };
        let Some(service) = input.objects.find("Service", node.pod.namespace(), name) else { continue };
        if seen.iter().any(|known| std::ptr::eq(*known, service)) {
            continue;
        }
        seen.push(service);
        findings.extend(other_ports(service, node));
    }
    findings
}

/// The plugin takes the first port of each endpoint, and the API server chooses the order.
fn other_ports(service: &Object, node: &Node<'_>) -> Option<Finding> {
    let ports = service.root().at(&["spec", "ports"]);
    let number = |port: Field<'_>| port.get("port").integer();
    let other = ports.items().find(|port| number(*port).is_some_and(|number| number != TRANSPORT))?;
    let number = number(other)?;
    let message = format!(
        "the Service `{}`, by which nodes find each other, lists the port {number} beside the transport port",
        service.name
    );
    let help = format!(
        "the plugin takes the first port of each pod in an order of the API server's own, so that nodes may never find each \
         other: make a Service for discovery alone, which lists {TRANSPORT} and nothing else, with `clusterIP: None` and \
         `publishNotReadyAddresses: true`, and name it in DISCOVERY_SERVICE"
    );
    let finding = Finding::error("discovery/http-port", message).at(other.get("port").span()?).help(help);
    let workload = node.pod.workload;
    Some(match node.pod.container.get("name").span() {
        Some(span) => finding.also(span, format!("{} uses it", workload.title())),
        None => finding,
    })
}
