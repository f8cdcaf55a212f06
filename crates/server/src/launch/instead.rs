//! What sets here what a variable of others sets elsewhere.

/// What sets here what the variable sets elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// This documented variable, else the setting that it stands for.
    Variable(&'static str),
    /// The first of these settings that the version knows.
    Setting(&'static [&'static str]),
    /// The size of the heap.
    Heap,
    /// The options of the JVM.
    JavaOptions,
    /// The number of masters that a node must see.
    Majority,
    /// Plugins are installed with this version's tool.
    Plugins,
    /// A whole sentence.
    Tell(&'static str),
}

pub(super) const SEED_HOSTS: &[&str] = &["discovery.seed_hosts", "discovery.zen.ping.unicast.hosts"];
pub(super) const INITIAL_MASTERS: &[&str] =
    &["cluster.initial_cluster_manager_nodes", "cluster.initial_master_nodes"];
pub(super) const MEMORY_LOCK: &[&str] = &["bootstrap.memory_lock", "bootstrap.mlockall"];
