//! Whose data a directory holds, by the names in it.

use std::path::{Path, PathBuf};

use template::Settings;

use crate::generation::{DataLayout, generation};
use crate::version::Version;

/// What was found in a data directory, as far as the names say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says that one name is there")]
pub struct Found {
    /// `CLUSTER/nodes` is a directory.
    pub own_cluster: bool,
    /// `nodes/0` is a directory.
    pub nodes: bool,
    /// `nodes` is a file, as 8.0 and later leave one.
    pub nodes_is_file: bool,
    /// `_state` is a directory.
    pub state: bool,
    /// Another directory with `nodes/0` in it, where it was looked for.
    pub other_cluster: Option<String>,
}

/// Whose the data is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Contents {
    /// A first start.
    #[default]
    Nothing,
    /// Of this generation, or of one that it upgrades.
    Own,
    /// Of 8.0 or later, which earlier versions refuse.
    LaterTop,
    /// Of 5.0 or later, beside which up to 2.x would begin anew.
    LaterNodes,
    /// Of 2.x or earlier, beside which 6.0 and later would begin anew.
    EarlierByCluster(String),
    /// Of another cluster, up to 2.x.
    OtherCluster(String),
}

impl Found {
    /// What that generation makes of it.
    pub fn contents(&self, version: Version) -> Contents {
        let layout = generation(version).data_layout;
        let is_own = match layout {
            DataLayout::ByCluster => self.own_cluster,
            DataLayout::NodesOrByCluster => self.own_cluster || self.nodes,
            DataLayout::Nodes => self.nodes,
            DataLayout::Top => self.state || self.nodes || self.nodes_is_file,
        };
        if is_own {
            return Contents::Own;
        }
        if self.nodes_is_file {
            return Contents::LaterTop;
        }
        match (layout, &self.other_cluster) {
            (DataLayout::ByCluster, _) if self.nodes => Contents::LaterNodes,
            (DataLayout::ByCluster | DataLayout::NodesOrByCluster, Some(name)) => {
                Contents::OtherCluster(name.clone())
            }
            (DataLayout::Nodes | DataLayout::Top, Some(name)) => Contents::EarlierByCluster(name.clone()),
            (_, None) => Contents::Nothing,
        }
    }
}

/// Where a node's own files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeDirectory {
    pub path: PathBuf,
    /// The directory that holds the numbers.
    pub nodes: Option<PathBuf>,
}

/// The directory of the first node, where its data is of its own kind.
pub fn node_directory(version: Version, data: &Path, cluster: &str, found: &Found) -> NodeDirectory {
    let numbered = |nodes: PathBuf| NodeDirectory { path: nodes.join("0"), nodes: Some(nodes) };
    match generation(version).data_layout {
        DataLayout::ByCluster => numbered(data.join(cluster).join("nodes")),
        DataLayout::NodesOrByCluster if found.own_cluster => numbered(data.join(cluster).join("nodes")),
        DataLayout::NodesOrByCluster | DataLayout::Nodes => numbered(data.join("nodes")),
        // What 7.x left is upgraded.
        DataLayout::Top if found.nodes && !found.state => numbered(data.join("nodes")),
        DataLayout::Top => NodeDirectory { path: data.to_owned(), nodes: None },
    }
}

/// The name of the cluster; nothing where it is not known.
pub fn cluster_name(settings: &Settings) -> Option<&str> {
    if settings.is_unset("cluster.name") {
        return Some("elasticsearch");
    }
    settings.text("cluster.name").filter(|name| !name.contains("${") && !name.contains('/'))
}
