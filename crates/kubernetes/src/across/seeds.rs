//! By which Services a node looks for others, and what stands behind them.

use std::net::IpAddr;

use diagnostics::Finding;
use server::discovery::{self, kubernetes};
use server::settings::catalogue::first_known;
use template::Setting;

use crate::field::Field;
use crate::input::Input;
use crate::object::Object;
use crate::pod::Node;

/// A name by which a node looks for others.
#[derive(Clone, Copy)]
pub(super) struct Seed<'s, 'a> {
    pub(super) setting: &'s Setting,
    /// As it is written.
    pub(super) host: &'s str,
    /// The name of the Service.
    pub(super) name: &'s str,
    /// The pod of a `StatefulSet` that is meant, by its name.
    pub(super) pod: Option<&'s str>,
    pub(super) port: Option<u16>,
    /// The plugin asks for its endpoints, not the server for its address.
    pub(super) by_plugin: bool,
    /// The Service, where the input has it.
    pub(super) service: Option<&'a Object>,
}

/// All of them.
pub(super) struct Seeds<'s, 'a> {
    pub(super) known: Vec<Seed<'s, 'a>>,
    /// There is no other way to find nodes than these.
    pub(super) is_all: bool,
}

impl Seeds<'_, '_> {
    /// Whether all pods that the node asks are known: those that the Services of the input take in its own namespace.
    pub(super) fn is_complete(&self, node: &Node<'_>) -> bool {
        self.is_all
            && self.known.iter().all(|seed| {
                seed.service
                    .is_some_and(|service| selector(service).is_some() && shares_namespace(service, node))
            })
    }

    /// Whether a Service takes pods of which nobody knows whether they are servers.
    pub(super) fn takes_strangers(&self, node: &Node<'_>, input: &Input<'_, '_>) -> bool {
        let mut strangers = input.objects.within(Some(node.pod.namespace()));
        strangers.any(|object| {
            let label = |wanted: &str| {
                object.pod_labels.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.as_str())
            };
            let mut selectors = self.known.iter().filter_map(|seed| selector(seed.service?));
            !object.pod_labels.is_empty() && selectors.any(|selector| fits(selector, label))
        })
    }
}

/// The names by which a node looks for others.
pub(super) fn of<'s, 'a>(node: &'s Node<'a>, input: &Input<'_, 'a>) -> Seeds<'s, 'a> {
    let settings = &node.facts.settings;
    let mut seeds = Seeds { known: Vec::new(), is_all: !discovery::has_unknown_way(settings) };
    if let Some((setting, namespace)) = kubernetes::asked(settings, node.facts.version) {
        match setting.text().filter(|name| !name.is_empty()) {
            Some(name) => {
                let namespace = namespace.and_then(Setting::text).filter(|text| !text.is_empty());
                let service = find(name, namespace, node, input);
                let seed =
                    Seed { setting, host: name, name, pod: None, port: None, by_plugin: true, service };
                seeds.known.push(seed);
            }
            None => seeds.is_all = false,
        }
    }
    let asks_the_cluster = asks_the_cluster(node);
    let version = node.facts.known_version();
    for discovery::Seed { setting, host, port } in discovery::seeds(settings) {
        // A server that does not know the setting finds nobody by it.
        if version.is_some_and(|version| first_known(version, &[&setting.key]).is_none()) {
            continue;
        }
        let name = if asks_the_cluster { of_host(host, node, input) } else { None };
        match name.filter(|_| !setting.is_secret()) {
            Some((pod, name, namespace)) => {
                let service = find(name, namespace, node, input);
                seeds.known.push(Seed { setting, host, name, pod, port, by_plugin: false, service });
            }
            None => seeds.is_all = false,
        }
    }
    seeds
}

/// Whether names are looked up in the DNS of the cluster, and nowhere else.
fn asks_the_cluster(node: &Node<'_>) -> bool {
    let spec = node.pod.spec();
    let policy = spec.get("dnsPolicy").text().unwrap_or("ClusterFirst");
    let on_host = spec.get("hostNetwork").boolean() == Some(true);
    let is_so = policy == "ClusterFirstWithHostNet" || (policy == "ClusterFirst" && !on_host);
    is_so && !spec.get("hostAliases").is_there() && !spec.get("dnsConfig").is_there()
}

/// The pod, the Service and the namespace of a host that certainly is of this cluster of Kubernetes.
fn of_host<'s>(
    host: &'s str,
    node: &Node<'_>,
    input: &Input<'_, '_>,
) -> Option<(Option<&'s str>, &'s str, Option<&'s str>)> {
    let is_name = |label: &&str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    let labels: Vec<&str> = host.split('.').collect();
    if host == "localhost" || host.parse::<IpAddr>().is_ok() || !labels.iter().all(is_name) {
        return None;
    }
    match labels[..] {
        [name] => Some((None, name, None)),
        [pod, name] if find(name, None, node, input).is_some() => Some((Some(pod), name, None)),
        // A pod of these manifests, below a Service that they lack.
        [pod, name]
            if pod.rsplit_once('-').is_some_and(|(set, ordinal)| {
                name != node.pod.namespace()
                    && ordinal.parse::<u32>().is_ok()
                    && input.objects.find("StatefulSet", node.pod.namespace(), set).is_some()
                    && find(pod, Some(name), node, input).is_none()
            }) =>
        {
            Some((Some(pod), name, None))
        }
        [name, namespace] => find(name, Some(namespace), node, input).map(|_| (None, name, Some(namespace))),
        [name, namespace, "svc", ..] => Some((None, name, Some(namespace))),
        [pod, name, namespace, "svc", ..] => Some((Some(pod), name, Some(namespace))),
        _ => None,
    }
}

/// The Service of that name. Where a namespace is not written, it is that of the others.
fn find<'a>(
    name: &str,
    namespace: Option<&str>,
    node: &Node<'_>,
    input: &Input<'_, 'a>,
) -> Option<&'a Object> {
    let own = node.pod.workload;
    let exact = input.objects.find("Service", namespace.unwrap_or(&own.namespace), name);
    let open = || input.objects.find("Service", "default", name).filter(|service| !service.has_namespace);
    let any = || services(name, input).last().filter(|_| namespace.is_none() && !own.has_namespace);
    exact.or_else(open).or_else(any)
}

/// All Services of that name.
pub(super) fn services<'a>(name: &str, input: &Input<'_, 'a>) -> impl Iterator<Item = &'a Object> {
    input.objects.services(name)
}

/// Whether a Service is one of those whose name stands for the addresses of all its pods.
pub(super) fn is_headless(service: &Object) -> bool {
    service.root().at(&["spec", "clusterIP"]).text() == Some("None")
}

/// Whether a Service has an address of its own.
pub(super) fn has_address(service: &Object) -> bool {
    !is_headless(service) && service.root().at(&["spec", "type"]).text() != Some("ExternalName")
}

/// The selector, where it has one.
pub(super) fn selector(service: &Object) -> Option<Field<'_>> {
    let selector = service.root().at(&["spec", "selector"]);
    let counts = has_address(service) || is_headless(service);
    (counts && selector.entries().next().is_some()).then_some(selector)
}

/// Labels that controllers add to their pods.
const ADDED: [&str; 8] = [
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "controller-revision-hash",
    "pod-template-hash",
    "pod-template-generation",
    "controller-uid",
    "deployment",
    "deploymentconfig",
];

/// Whether they are in one namespace: where it is not written, it is that of the others.
fn shares_namespace(service: &Object, node: &Node<'_>) -> bool {
    let workload = node.pod.workload;
    !service.has_namespace || !workload.has_namespace || service.namespace == workload.namespace
}

/// Whether a Service takes the pods of that node.
pub(super) fn selects(service: &Object, node: &Node<'_>) -> bool {
    let labels = node.pod.template.at(&["metadata", "labels"]);
    let label = |name: &str| labels.get(name).text();
    shares_namespace(service, node) && selector(service).is_some_and(|selector| fits(selector, label))
}

fn fits<'l>(selector: Field<'_>, label: impl Fn(&str) -> Option<&'l str>) -> bool {
    selector.entries().all(|(name, value)| {
        let value = value.text();
        ADDED.contains(&name) || (value.is_some() && label(name) == value)
    })
}

/// The finding about a setting of the node, at its place in the manifests.
pub(super) fn at_setting(node: &Node<'_>, setting: &Setting, finding: Finding) -> Finding {
    node.placed(setting.finding(finding))
}
