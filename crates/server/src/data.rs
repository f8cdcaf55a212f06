//! What lies in the data directory already: whether the server can open it, and whether it is its own.

mod layout;

use std::path::PathBuf;

use diagnostics::Finding;
use template::Settings;

use crate::access::Closed;
use crate::bootstrap::facts::Handover;
use crate::generation::{DataLayout, generation};
use crate::version::Version;
pub use layout::{Contents, Found, NodeDirectory, cluster_name, node_directory};

/// How many nodes may share a data directory, on versions that know that.
const MOST_NODES: &str = "node.max_local_storage_nodes";

/// One directory of `path.data`, looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataFacts {
    pub path: PathBuf,
    pub contents: Contents,
    /// The first of the paths of a fixed set that the server's user cannot use, as it will be at the start.
    pub closed: Option<(PathBuf, Closed)>,
    /// Somebody holds the lock of the node's directory.
    pub lock: Option<Lock>,
    /// A second node's directory.
    pub second: Option<PathBuf>,
}

/// A lock that somebody holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    pub path: PathBuf,
    /// The process; nothing where it is outside of this container.
    pub pid: Option<i32>,
}

/// What the judgement depends on.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub version: Version,
    pub settings: &'a Settings,
    pub server_uid: u32,
    pub handover: Handover,
    pub directories: &'a [DataFacts],
}

/// Everything that is wrong with what the data directories hold.
pub fn check(inputs: &Inputs) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(closed(inputs));
    for data in inputs.directories {
        findings.extend(locked(inputs, data));
        findings.extend(second(inputs, data));
        findings.extend(other(inputs, data));
    }
    findings
}

/// What of the data is closed to the server's user.
pub fn closed(inputs: &Inputs) -> Vec<Finding> {
    inputs.directories.iter().filter_map(|data| closed_path(inputs, data)).collect()
}

fn finding(finding: Finding) -> Finding {
    finding.setting("path.data")
}

/// Whether the server takes another number where it cannot lock the first: it then starts without its data.
fn evades(inputs: &Inputs) -> bool {
    let by_cluster = generation(inputs.version).data_layout == DataLayout::ByCluster;
    by_cluster && inputs.settings.text(MOST_NODES).is_none_or(|number| number.trim() != "1")
}

/// Whether several nodes were asked for.
fn shares(inputs: &Inputs) -> bool {
    let setting = inputs.settings.get(MOST_NODES);
    setting.is_some_and(|setting| setting.text().is_none_or(|number| number.trim() != "1"))
}

fn closed_path(inputs: &Inputs, data: &DataFacts) -> Option<Finding> {
    let (path, closed) = data.closed.as_ref().filter(|_| inputs.server_uid != 0)?;
    let uid = inputs.server_uid;
    let effect = if evades(inputs) { "; the server would start empty in `nodes/1`" } else { "" };
    let message =
        format!("user {uid} cannot use `{}` in the data directory: {closed}{effect}", path.display());
    let by_hand = format!("`chown -R {uid} {}`", data.path.display());
    let help = match inputs.handover {
        Handover::Refused => {
            format!(
                "the volume refuses a change of owner (NFS with root squash?): {by_hand} on the machine that it comes from"
            )
        }
        Handover::Given | Handover::Off => {
            format!("start once with `--chown recursive` (ES_ENTRYPOINT_CHOWN=recursive), or {by_hand}")
        }
        Handover::NotRoot => format!(
            "{by_hand}, in Kubernetes `fsGroup: {uid}` in the pod's `securityContext`, or start the container once as root \
             and with `--chown recursive`"
        ),
        Handover::NoCapability => {
            format!("{by_hand}, or add the capability `CHOWN` and start once with `--chown recursive`")
        }
    };
    Some(finding(Finding::error("host/data-not-writable", message)).help(help))
}

fn locked(inputs: &Inputs, data: &DataFacts) -> Option<Finding> {
    let lock = data.lock.as_ref().filter(|_| !shares(inputs))?;
    let holder = match lock.pid {
        Some(pid) => format!("process {pid}"),
        None => "a process outside of this container".to_owned(),
    };
    let effect = if evades(inputs) {
        "this server would start empty in `nodes/1`"
    } else {
        "this server refuses to start"
    };
    Some(
        finding(Finding::error("host/data-locked", format!("`{}` is locked by {holder}", lock.path.display())))
            .help(format!(
                "another server uses this data directory, and {effect}: stop that one first, or give each server a volume of its own"
            )),
    )
}

fn second(inputs: &Inputs, data: &DataFacts) -> Option<Finding> {
    let second = data.second.as_ref().filter(|_| !shares(inputs))?;
    if generation(inputs.version).data_layout != DataLayout::ByCluster {
        return None;
    }
    let message = format!("`{}` holds the data of a second node", second.display());
    Some(finding(Finding::warning("host/other-data", message)).help(
        "an earlier start found `nodes/0` locked or closed and began again without its data; what was written since then is in \
         `nodes/1` and is not served from `nodes/0`",
    ))
}

fn other(inputs: &Inputs, data: &DataFacts) -> Option<Finding> {
    let shown = data.path.display();
    let server = inputs.version.name();
    let of_version = |other: &str, effect: &str| {
        let message = format!("`{shown}` holds data of {other}, and {server} {effect}");
        Some(finding(Finding::error("host/other-data", message)).help(
            "use the version that wrote it, or a directory of its own; a snapshot or a reindex from remote takes the data along",
        ))
    };
    match &data.contents {
        Contents::Nothing | Contents::Own => None,
        Contents::LaterTop => of_version("8.0 or later", "cannot open it"),
        Contents::LaterNodes => of_version("5.0 or later", "would start empty beside it"),
        Contents::EarlierByCluster(_) => of_version("2.x or earlier", "would start empty beside it"),
        Contents::OtherCluster(name) => {
            let message = format!(
                "`{shown}` holds data of the cluster `{name}`, and none of `{}`: the server would start empty",
                cluster_name(inputs.settings).unwrap_or_default()
            );
            Some(finding(Finding::warning("host/other-data", message)).help(format!(
                "the directory is named by the cluster: set `cluster.name: {name}` to use the data; for a new cluster name another \
                 directory in `path.data`"
            )))
        }
    }
}

#[cfg(test)]
mod tests;
