//! Three nodes from environment variables alone, and what the quorum is for.

use std::time::Duration;

use crate::docker::{Container, Network, Run, STARTS_WITHIN, image};

const NAMES: [&str; 3] = ["n1", "n2", "n3"];

/// Faults are noticed within seconds; the defaults take two minutes. And replicas are given out
/// however full the disk of the machine is.
const PROMPT_FAULT_DETECTION: [&str; 5] = [
    "--cluster.routing.allocation.disk.threshold_enabled=false",
    "--discovery.zen.fd.ping_interval=1s",
    "--discovery.zen.fd.ping_timeout=1s",
    "--discovery.zen.fd.ping_retries=2",
    "--discovery.zen.publish_timeout=2s",
];

/// How long a partition may take until each side knows.
const NOTICED_WITHIN: Duration = Duration::from_secs(120);

struct Cluster {
    // Dropped in this order: a network with containers on it cannot be removed.
    nodes: Vec<Container>,
    network: Network,
}

impl Cluster {
    fn start(name: &str, variables: &[(&str, &str)], arguments: &[&str]) -> Self {
        let network = Network::new();
        let nodes = NAMES
            .iter()
            .map(|node| {
                let mut run = Run::new()
                    .on(&network, node)
                    .env("CLUSTER_NAME", name)
                    .env("NETWORK_HOST", "0.0.0.0")
                    .env("DISCOVERY_HOSTS", "n1,n2,n3");
                for (variable, value) in variables {
                    run = run.env(variable, value);
                }
                run.command(arguments.iter().copied()).start()
            })
            .collect();
        Self { nodes, network }
    }

    fn wait_formed(&self) {
        for node in &self.nodes {
            let health =
                node.wait_for("/_cluster/health?wait_for_nodes=3&timeout=1s", 200, STARTS_WITHIN).json();
            assert_eq!(health["number_of_nodes"], 3, "{health}");
        }
    }

    /// The position of the node that all of them call their master.
    fn master(&self) -> usize {
        let name = self.nodes[0].within(STARTS_WITHIN, "all nodes name the same master", || {
            let masters: Vec<_> = self.nodes.iter().map(local_master).collect();
            match &masters[0] {
                Some(master) if masters.iter().all(|other| other.as_ref() == Some(master)) => {
                    Ok(master.clone())
                }
                _ => Err(format!("{masters:?}")),
            }
        });
        NAMES.iter().position(|candidate| *candidate == name).unwrap()
    }
}

/// The name of the node's master as the node itself sees it.
fn local_master(node: &Container) -> Option<String> {
    let state = node.try_request("GET", "/_cluster/state/master_node,nodes?local=true", "").ok()?.json();
    let id = state["master_node"].as_str()?;
    Some(state["nodes"][id]["name"].as_str()?.to_owned())
}

/// A write, with the status that the node gives it.
fn write(node: &Container, id: &str) -> Result<u16, String> {
    node.try_request("PUT", &format!("/things/thing/{id}?timeout=2s"), r#"{"colour":"red"}"#)
        .map(|answer| answer.status)
}

fn wait_write(node: &Container, id: &str, status: u16) {
    node.within(NOTICED_WITHIN, &format!("a write answers {status}"), || match write(node, id)? {
        answer if answer == status => Ok(()),
        other => Err(format!("status {other}")),
    });
}

#[test]
fn three_nodes_form_one_cluster_and_only_the_majority_of_a_partition_accepts_writes() {
    if image().is_none() {
        return;
    }
    // MIN_MASTERS is derived: two of three.
    let cluster = Cluster::start("quorum-holds", &[("MASTER_COUNT", "3")], &PROMPT_FAULT_DETECTION);
    cluster.wait_formed();
    wait_write(&cluster.nodes[0], "before", 201);
    // Every shard has its copy on another node: what the partition takes away is only the quorum.
    cluster.nodes[0].wait_for("/_cluster/health?wait_for_status=green&timeout=1s", 200, STARTS_WITHIN);

    let master = cluster.master();
    cluster.network.cut_off(&cluster.nodes[master]);
    let rest: Vec<_> = (0..3).filter(|index| *index != master).map(|index| &cluster.nodes[index]).collect();

    // The old master gives up, and refuses.
    cluster.nodes[master].wait_for("/", 503, NOTICED_WITHIN);
    wait_write(&cluster.nodes[master], "minority", 503);
    assert_eq!(local_master(&cluster.nodes[master]), None);
    // The two others elect another and go on.
    rest[0].wait_for("/", 200, NOTICED_WITHIN);
    wait_write(rest[0], "majority", 201);
    let elected = local_master(rest[0]).expect("the majority has a master");
    assert_ne!(elected, NAMES[master]);
    assert_eq!(local_master(rest[1]), Some(elected));
    assert_eq!(rest[1].wait_for("/_cluster/health", 200, NOTICED_WITHIN).json()["number_of_nodes"], 2);
}

#[test]
fn the_refused_value_splits_the_brain_when_it_is_forced() {
    if image().is_none() {
        return;
    }
    let cluster = Cluster::start(
        "quorum-broken",
        &[("MASTER_COUNT", "3"), ("MIN_MASTERS", "1"), ("ES_ENTRYPOINT_ALLOW", "quorum/split-brain")],
        &PROMPT_FAULT_DETECTION,
    );
    cluster.wait_formed();
    let master = cluster.master();
    cluster.network.cut_off(&cluster.nodes[master]);
    let other = &cluster.nodes[(master + 1) % 3];

    cluster.nodes[master].within(NOTICED_WITHIN, "the cut-off master knows that it is alone", || {
        let health = cluster.nodes[master].try_request("GET", "/_cluster/health", "")?;
        if health.status == 200 && health.json()["number_of_nodes"] == 1 {
            Ok(())
        } else {
            Err(format!("{health:?}"))
        }
    });
    other.within(NOTICED_WITHIN, "the others elect a second master", || match local_master(other) {
        Some(name) if name != NAMES[master] => Ok(()),
        state => Err(format!("{state:?}")),
    });
    assert_eq!(local_master(&cluster.nodes[master]).as_deref(), Some(NAMES[master]));
    // The same document, accepted twice.
    wait_write(&cluster.nodes[master], "same", 201);
    wait_write(other, "same", 201);
}
