//! Which pods form a cluster, and how many masters it has.

use std::collections::HashMap;

use diagnostics::Span;
use node::SourceKind;
use server::{discovery, roles};

use crate::field::Field;
use crate::image::Family;
use crate::objects::Objects;
use crate::pod::Node;

/// What `cluster.name` is where nothing says it.
const DEFAULT_NAME: &str = "elasticsearch";

/// Pods that find each other: of one namespace, with one name of the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    /// Places in the list of nodes.
    pub(crate) members: Vec<usize>,
    /// The members that may be elected master.
    pub(crate) masters: Vec<usize>,
    /// How many masters there are; nothing where a workload does not say it.
    pub(crate) count: Option<Count>,
}

impl Cluster {
    /// The pods that may be elected master.
    pub(crate) fn electable<'i, 'a>(&'i self, nodes: &'i [Node<'a>]) -> impl Iterator<Item = &'i Node<'a>> {
        self.masters.iter().filter_map(move |index| nodes.get(*index))
    }
}

/// A number of pods with all places that say it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Count {
    pub(crate) least: u32,
    /// The same, where no autoscaler makes more.
    pub(crate) most: u32,
    /// Each with what is there.
    pub(crate) places: Vec<(Span, String)>,
}

/// All clusters, in the order of their first members. A node whose name of the cluster is not known is alone: nobody can say
/// whom it finds. So is one that looks for nobody.
pub(crate) fn of(nodes: &[Node<'_>], objects: &Objects) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        // The pod of a job is there for a while.
        if matches!(node.pod.workload.kind.as_str(), "Job" | "CronJob") {
            continue;
        }
        let key = name(node).filter(|_| looks_for_others(node)).map(|name| (node.pod.namespace(), name));
        let place = key.map_or(clusters.len(), |key| *known.entry(key).or_insert(clusters.len()));
        match clusters.get_mut(place) {
            Some(cluster) => cluster.members.push(index),
            None => clusters.push(Cluster { members: vec![index], masters: Vec::new(), count: None }),
        }
    }
    clusters.into_iter().map(|cluster| counted(cluster, nodes, objects)).collect()
}

/// The name of the node's cluster, where it is known.
pub(crate) fn name<'a>(node: &'a Node<'_>) -> Option<&'a str> {
    match node.facts.settings.get("cluster.name") {
        None => knows_settings(node).then_some(DEFAULT_NAME),
        Some(setting) if setting.is_unknown() => None,
        Some(setting) => Some(setting.text().filter(|name| !name.is_empty()).unwrap_or(DEFAULT_NAME)),
    }
}

fn looks_for_others(node: &Node<'_>) -> bool {
    let settings = &node.facts.settings;
    discovery::cluster_setting(settings).is_some()
        || (discovery::has_unknown_way(settings) && settings.text("discovery.type") != Some("single-node"))
}

/// Whether no file that the input lacks can hold settings beside those that are known.
pub(crate) fn knows_settings(node: &Node<'_>) -> bool {
    if node.facts.sources.kind != SourceKind::Unknown {
        return true;
    }
    if node.container.brought.is_unknown {
        return false;
    }
    let may_configure = |path: &str| path.contains("/conf") || path.contains(".yml");
    let has_defaults = match node.pod.image.family {
        Family::Official => true,
        // They make all their settings of variables.
        Family::Own | Family::Pires | Family::Addon | Family::Bitnami => node.facts.has_settings,
        Family::Other => false,
    };
    has_defaults && !node.container.mounts.iter().any(|mount| may_configure(&mount.path.to_string_lossy()))
}

/// Whether the node may be elected master; nothing where that is not known.
pub(crate) fn is_master(node: &Node<'_>) -> Option<bool> {
    let eligible = roles::master_eligibility(&node.facts.settings, node.facts.version);
    // What is said somewhere is so; what is not said anywhere may stand in a file.
    eligible.filter(|eligible| !eligible || knows_settings(node))
}

fn counted(mut cluster: Cluster, nodes: &[Node<'_>], objects: &Objects) -> Cluster {
    let members: Vec<(usize, &Node<'_>)> =
        cluster.members.iter().filter_map(|index| Some((*index, nodes.get(*index)?))).collect();
    let masters = members.iter().filter(|(_, node)| is_master(node) != Some(false));
    let is_unknown = members.iter().any(|(_, node)| is_master(node).is_none());
    let mut sum = Some(Count::default()).filter(|_| !is_unknown);
    for (index, node) in masters {
        cluster.masters.push(*index);
        sum = sum.zip(replicas(node, objects)).map(|(mut sum, count)| {
            sum.least = sum.least.saturating_add(count.least);
            sum.most = sum.most.saturating_add(count.most);
            // More places than that help nobody.
            sum.places.extend(count.places.into_iter().take(10_usize.saturating_sub(sum.places.len())));
            sum
        });
    }
    cluster.count = sum.filter(|count| count.least > 0);
    cluster
}

/// How many pods a workload has, with what an autoscaler makes of it; nothing where nobody here can say.
pub(crate) fn replicas(node: &Node<'_>, objects: &Objects) -> Option<Count> {
    let workload = node.pod.workload;
    let title = workload.title();
    if let Some(scaler) = objects.scaler(workload) {
        let scaler = scaler.root().get("spec");
        let (least, most) = (scaler.get("minReplicas"), scaler.get("maxReplicas"));
        let number = |field: Field<'_>| field.integer().and_then(|count| u32::try_from(count).ok());
        let count = |field: Field<'_>| if field.is_there() { number(field) } else { Some(1) };
        let (at_least, at_most) = (count(least)?, number(most)?);
        let mut places = Vec::new();
        for (field, word, count) in [(least, "least", at_least), (most, "most", at_most)] {
            places.extend(field.span().map(|span| (span, format!("at {word} {} of {title}", pods(count)))));
        }
        return Some(Count { least: at_least, most: at_most.max(at_least), places });
    }
    let count = node.pod.replicas()?;
    let written = workload.root().at(&["spec", "replicas"]);
    let is_written = written.is_there() && !matches!(workload.kind.as_str(), "Pod");
    let name = workload.root().at(&["metadata", "name"]);
    let (place, what) = match is_written {
        true => (written, format!("{} of {title}", pods(count))),
        false if workload.kind == "Pod" => (name, title),
        false => (name, format!("1 replica by default of {title}")),
    };
    Some(Count {
        least: count,
        most: count,
        places: place.span().map(|span| (span, what)).into_iter().collect(),
    })
}

fn pods(count: u32) -> String {
    format!("{count} {}", if count == 1 { "replica" } else { "replicas" })
}
