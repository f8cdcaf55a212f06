//! How nodes find each other: the Services that they ask, and what those lead to.

use std::collections::HashSet;

use diagnostics::{Finding, Span};
use server::discovery::{is_http_port, transport_port};

use super::readiness;
use super::seeds::{self, Seed, Seeds, at_setting, has_address, is_headless};
use crate::clusters::{self, Cluster};
use crate::field::Field;
use crate::input::Input;
use crate::object::Object;
use crate::pod::Node;
use crate::workload::containers;

/// The findings. What is wrong with a Service is told once, however many use it.
pub(super) fn check(input: &Input<'_, '_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut told = HashSet::new();
    for cluster in input.clusters {
        let mut found = readiness::of_masters(cluster, input);
        let (mut services, mut sets) = (HashSet::new(), HashSet::new());
        for node in cluster.members.iter().filter_map(|index| input.nodes.get(*index)) {
            let seeds = seeds::of(node, input);
            for seed in &seeds.known {
                // The same of another node is the same finding.
                let key =
                    seed.service.map(|it| (std::ptr::from_ref(it), seed.port, seed.pod, seed.by_plugin));
                if key.is_none_or(|key| services.insert(key)) {
                    found.extend(of_seed(seed, node, cluster, input));
                }
            }
            let set: Vec<_> =
                seeds.known.iter().filter_map(|seed| seed.service.map(std::ptr::from_ref)).collect();
            if sets.insert((set, seeds.is_all, seeds.known.len())) {
                found.extend(selects_nothing(&seeds, node, cluster, input));
                found.extend(readiness::hidden(&seeds, cluster, input));
            }
        }
        findings.extend(found.into_iter().filter(|finding| {
            let place = finding.location().map(|place| (place.file, place.line, place.column));
            told.insert((finding.code, place))
        }));
    }
    findings
}

fn of_seed(
    seed: &Seed<'_, '_>,
    node: &Node<'_>,
    cluster: &Cluster,
    input: &Input<'_, '_>,
) -> Option<Finding> {
    if let Some(finding) = pod_name(seed, node, input) {
        return Some(finding);
    }
    let Some(service) = seed.service else { return Some(no_service(seed, node, input)) };
    if seed.by_plugin {
        return other_port(seed, service, node, input);
    }
    if !has_address(service) {
        return None;
    }
    no_transport(seed, service, node, input).or_else(|| load_balanced(seed, service, node, cluster, input))
}

/// Where the node names the Service.
fn used(seed: &Seed<'_, '_>, node: &Node<'_>, finding: Finding) -> Finding {
    let mut place = at_setting(node, seed.setting, Finding::warning("discovery/no-service", ""));
    match place.span.take() {
        Some(span) => finding.also(span, format!("{} names it", node.pod.workload.title())),
        None => finding,
    }
}

fn name_of(service: &Object) -> Option<Span> {
    service.root().at(&["metadata", "name"]).span()
}

/// What a port of a Service leads to, in the pods that it takes; nothing where that is not known.
fn target(port: Field<'_>, service: &Object, input: &Input<'_, '_>) -> Option<i64> {
    let target = port.get("targetPort");
    if !target.is_there() {
        return port.get("port").integer();
    }
    let text = target.number_or_text()?;
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let mut pods = input.nodes.iter().filter(|node| seeds::selects(service, node));
    pods.find_map(|node| {
        let mut ports = containers(node.pod.spec()).flat_map(|container| container.get("ports").items());
        let named = ports.find(|port| port.get("name").text() == Some(text))?;
        named.get("containerPort").integer()
    })
}

/// The plugin takes the first port of each endpoint, whatever its name, and the API server chooses the order.
fn other_port(
    seed: &Seed<'_, '_>,
    service: &Object,
    node: &Node<'_>,
    input: &Input<'_, '_>,
) -> Option<Finding> {
    let transport = i64::from(transport_port(&node.facts.settings)?);
    let ports = || service.root().at(&["spec", "ports"]).items();
    let leads = |port: Field<'_>| target(port, service, input);
    let other = ports().find(|port| leads(*port).is_some_and(|number| number != transport))?;
    let number = leads(other)?;
    let is_http = u16::try_from(number).is_ok_and(|port| is_http_port(&node.facts.settings, port));
    let beside = if ports().any(|port| leads(port) == Some(transport)) { "beside" } else { "and not" };
    let message = format!(
        "the Service `{}`, by which nodes find each other, lists the {} {number} {beside} the transport port {transport}",
        service.name,
        if is_http { "HTTP port" } else { "port" }
    );
    let variable = seed.setting.variable().map_or_else(|| format!("`{}`", seed.setting.key), str::to_owned);
    let help = format!(
        "the plugin takes the first port of each pod in an order of the API server's own, so that nodes may never find each \
         other: make a Service for discovery alone, which lists {transport} and nothing else, with `clusterIP: None` and \
         `publishNotReadyAddresses: true`, and name it in {variable}"
    );
    let (port, target) = (other.get("port"), other.get("targetPort"));
    let place = if port.integer() == Some(number) { port } else { target };
    Some(used(seed, node, Finding::error("discovery/http-port", message).help(help)).at(place.span()?))
}

const HEADLESS: &str = "make it headless (`clusterIP: None`; delete it first, as that cannot be changed) with \
                        `publishNotReadyAddresses: true`";

/// Through its own address a Service leads to the ports that it lists and to no others.
fn no_transport(
    seed: &Seed<'_, '_>,
    service: &Object,
    node: &Node<'_>,
    input: &Input<'_, '_>,
) -> Option<Finding> {
    let transport = transport_port(&node.facts.settings)?;
    let wanted = seed.port.unwrap_or(transport);
    // That is told where the port is written.
    if is_http_port(&node.facts.settings, wanted) {
        return None;
    }
    let name = &service.name;
    let ports = service.root().at(&["spec", "ports"]);
    let same = ports.items().find(|port| port.get("port").integer() == Some(i64::from(wanted)));
    let (message, place) = match same {
        None => {
            let is_unread = ports.items().any(|port| port.get("port").integer().is_none());
            if is_unread {
                return None;
            }
            let what = if wanted == transport { "the transport port" } else { "the port" };
            let place = if ports.is_there() { ports.key_span() } else { name_of(service) };
            (format!("does not list {what} {wanted}"), place)
        }
        Some(port) => {
            let number = target(port, service, input).filter(|number| *number != i64::from(transport))?;
            let message =
                format!("leads from {wanted} to the port {number}, not to the transport port {transport}");
            let target = port.get("targetPort");
            (message, if target.is_there() { target.span() } else { port.get("port").span() })
        }
    };
    let message = format!("the Service `{name}`, by which nodes find each other, {message}");
    let help = format!("no node ever finds another: list {transport} in it, and {HEADLESS}");
    Some(used(seed, node, Finding::error("discovery/no-transport", message).help(help)).at(place?))
}

/// Its address leads to one of the pods, and to another one with each connection.
fn load_balanced(
    seed: &Seed<'_, '_>,
    service: &Object,
    node: &Node<'_>,
    cluster: &Cluster,
    input: &Input<'_, '_>,
) -> Option<Finding> {
    seeds::selector(service)?;
    let selected = cluster.electable(input.nodes).filter(|master| seeds::selects(service, master));
    let mut count = 0_u32;
    for master in selected {
        count = count.saturating_add(clusters::replicas(master, input.objects).map_or(2, |count| count.most));
    }
    // One pod is one address in either way, and a Service that takes none is another matter.
    if count < 2 {
        return None;
    }
    let message = format!(
        "the Service `{}`, by which nodes find each other, has a cluster IP: one random node answers",
        service.name
    );
    let help = format!(
        "a node that is answered by itself, or by one that has found nobody, finds no other: {HEADLESS}, so that its name \
         stands for all its pods"
    );
    let ip = service.root().at(&["spec", "clusterIP"]);
    let place = if ip.is_there() { ip.key_span() } else { name_of(service) };
    Some(used(seed, node, Finding::warning("discovery/load-balanced", message).help(help)).at(place?))
}

fn no_service(seed: &Seed<'_, '_>, node: &Node<'_>, input: &Input<'_, '_>) -> Finding {
    let name = seed.name;
    let elsewhere: Vec<&str> = seeds::services(name, input).map(|it| it.namespace.as_str()).collect();
    let (what, help) = match elsewhere[..] {
        [] => (
            "is not among these manifests".to_owned(),
            "without it no node finds another: give its manifest, too, or correct the name; where it is made elsewhere: \
             `--allow discovery/no-service`"
                .to_owned(),
        ),
        [only] => (
            format!("is in the namespace `{only}`, where it is not looked for"),
            if seed.by_plugin {
                format!("no node finds another: set `cloud.kubernetes.namespace` to `{only}`, or move the Service")
            } else {
                format!("no node finds another: write `{name}.{only}.svc`, or move the Service")
            },
        ),
        _ => (
            "is in other namespaces, where it is not looked for".to_owned(),
            "no node finds another: make a Service for this cluster, in its namespace".to_owned(),
        ),
    };
    let message = format!("the Service `{name}`, by which nodes find each other, {what}");
    at_setting(node, seed.setting, Finding::warning("discovery/no-service", message).help(help))
}

/// A pod has a name in the DNS only below the headless Service that its `StatefulSet` names.
fn pod_name(seed: &Seed<'_, '_>, node: &Node<'_>, input: &Input<'_, '_>) -> Option<Finding> {
    if seed.by_plugin {
        return None;
    }
    let pod = seed.pod.or_else(|| seed.service.is_none().then_some(seed.name))?;
    let (set, ordinal) = pod.rsplit_once('-')?;
    ordinal.parse::<u32>().ok()?;
    let set = input.objects.find("StatefulSet", node.pod.namespace(), set)?;
    let field = set.root().at(&["spec", "serviceName"]);
    let governing = field.text();
    let (why, place) = match (seed.pod, seed.service) {
        (Some(_), _) if governing != Some(seed.name) => {
            let place = field.span().map(|span| (span, "its `serviceName` is".to_owned()));
            (format!("{} does not have `{}` as its `serviceName`", set.title(), seed.name), place)
        }
        (Some(_), Some(service)) if !is_headless(service) => {
            let place = name_of(service).map(|span| (span, format!("{} is", service.title())));
            (format!("the Service `{}` is not headless", seed.name), place)
        }
        (None, _) => ("a pod's name alone is known to itself only".to_owned(), None),
        _ => return None,
    };
    let fix = match governing {
        Some(service) if seed.pod.is_some() && service == seed.name => HEADLESS.to_owned(),
        Some(service) => {
            format!("write `{pod}.{service}`, where `{service}` is a headless Service (`clusterIP: None`)")
        }
        None => {
            format!("give the StatefulSet a headless Service (`serviceName`) and write `{pod}.THAT-SERVICE`")
        }
    };
    let message = format!("the host `{}` does not exist: {why}", seed.host);
    let help = format!("no node finds others by such names: {fix}");
    let finding = at_setting(node, seed.setting, Finding::error("discovery/pod-name", message).help(help));
    Some(match place {
        Some((span, what)) => finding.also(span, what),
        None => finding,
    })
}

/// No Service that is asked takes a pod that may be elected.
fn selects_nothing(
    seeds: &Seeds<'_, '_>,
    node: &Node<'_>,
    cluster: &Cluster,
    input: &Input<'_, '_>,
) -> Option<Finding> {
    let services: Vec<&Object> = seeds.known.iter().filter_map(|seed| seed.service).collect();
    if !seeds.is_complete(node) || cluster.masters.is_empty() {
        return None;
    }
    if cluster
        .electable(input.nodes)
        .any(|master| services.iter().any(|service| seeds::selects(service, master)))
    {
        return None;
    }
    let service = services.first().filter(|_| !seeds.takes_strangers(node, input))?;
    let message =
        format!("the selector of the Service `{}` fits no master-eligible pod of the cluster", service.name);
    let help = "nobody finds a master by it: select labels that the pods of the masters have";
    let selector = seeds::selector(service)?;
    let mut finding =
        Finding::error("discovery/selects-nothing", message).at(selector.key_span()?).help(help);
    for master in cluster.electable(input.nodes) {
        let labels = master.pod.template.at(&["metadata", "labels"]);
        let place = if labels.is_there() { labels.key_span() } else { master.pod.template.key_span() };
        if let Some(span) = place {
            finding = finding.also(span, format!("{} has its labels", master.pod.workload.title()));
        }
    }
    Some(finding)
}
