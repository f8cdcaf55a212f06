//! Which pods form a cluster, and how many masters it has.

use server::roles;

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
    pub(crate) count: Option<u32>,
}

/// All clusters, in the order of their first members. A node whose name of the cluster is not known is alone: nobody can say
/// whom it finds.
pub(crate) fn of(nodes: &[Node<'_>]) -> Vec<Cluster> {
    let mut clusters: Vec<(Option<(&str, &str)>, Cluster)> = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let key = name(node).map(|name| (node.pod.namespace(), name));
        let known = clusters.iter_mut().find(|(other, _)| key.is_some() && *other == key);
        match known {
            Some((_, cluster)) => cluster.members.push(index),
            None => {
                clusters.push((key, Cluster { members: vec![index], masters: Vec::new(), count: None }));
            }
        }
    }
    clusters.into_iter().map(|(_, cluster)| counted(cluster, nodes)).collect()
}

fn name<'a>(node: &'a Node<'_>) -> Option<&'a str> {
    match node.facts.settings.get("cluster.name") {
        None => Some(DEFAULT_NAME),
        Some(setting) if setting.is_unknown() => None,
        Some(setting) => Some(setting.text().filter(|name| !name.is_empty()).unwrap_or(DEFAULT_NAME)),
    }
}

fn counted(mut cluster: Cluster, nodes: &[Node<'_>]) -> Cluster {
    let may_be_master = |node: &Node<'_>| roles::is_master_eligible(&node.facts.settings, node.facts.version);
    cluster.masters = cluster
        .members
        .iter()
        .copied()
        .filter(|index| nodes.get(*index).is_some_and(may_be_master))
        .collect();
    let counts = cluster.masters.iter().filter_map(|index| nodes.get(*index)).map(|node| node.pod.replicas());
    cluster.count = counts.sum::<Option<u32>>().filter(|count| *count > 0);
    cluster
}
