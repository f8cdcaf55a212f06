//! The settings of discovery.

use std::sync::LazyLock;

use crate::settings::catalogue;

/// Settings with hosts of other nodes.
pub(super) static HOSTS: LazyLock<Vec<&str>> = LazyLock::new(|| catalogue::keys_of_list("hosts"));
/// Settings with ways to find other nodes.
pub(super) static PROVIDERS: LazyLock<Vec<&str>> =
    LazyLock::new(|| catalogue::keys_of_list("enum:providers"));
/// A way to find other nodes up to 6, or that there are none.
pub(super) const TYPE: &str = "discovery.type";
/// The Service whose endpoints the Kubernetes plugin takes for nodes.
pub(super) const SERVICE: &str = "cloud.kubernetes.service";
