//! What lies in the data directories: a fixed set of paths, however much data there is.

use std::path::{Path, PathBuf};

use server::data::{Contents, DataFacts, Found, Lock, cluster_name, node_directory};
use server::{Version, paths};
use template::{Setting, Settings};

use super::eyes::Eyes;
use crate::world::{Access, Answer, FileKind, World};

/// So many directories are looked into for the data of another cluster.
const MOST_CLUSTERS: usize = 100;

/// The facts of one directory. `starts` says that a server is started now, so that one of our own in its way counts.
pub(super) fn facts(
    data: &Path,
    version: Version,
    settings: &Settings,
    starts: bool,
    eyes: &Eyes<'_>,
) -> Option<DataFacts> {
    let world = eyes.world;
    let cluster = cluster_name(settings)?;
    if !is_directory(data, world) {
        return None;
    }
    let mut found = Found {
        own_cluster: is_directory(&data.join(cluster).join("nodes"), world),
        nodes: is_directory(&data.join("nodes/0"), world),
        nodes_is_file: is_kind(&data.join("nodes"), FileKind::Regular, world),
        state: is_directory(&data.join("_state"), world),
        other_cluster: None,
    };
    if found.contents(version) == Contents::Nothing {
        found.other_cluster = other_cluster(data, world);
    }
    let contents = found.contents(version);
    if contents != Contents::Own {
        return Some(DataFacts { path: data.to_owned(), contents, ..DataFacts::default() });
    }
    let node = node_directory(version, data, cluster, &found);
    let lock = node.path.join("node.lock");
    let nodes = node.nodes.iter().map(|nodes| (nodes.clone(), Access::Search));
    let own = Some((node.path.clone(), Access::MakeFiles)).filter(|_| node.nodes.is_some());
    let used = nodes
        .chain(own)
        .chain([(lock.clone(), Access::Write), (node.path.join("_state"), Access::MakeFiles)]);
    let real = world.real(data).is()?;
    // What stands in the way to the directory, or is wrong with it, is judged with its setting.
    let is_inside = |path: &Path| path != real && path.starts_with(&real);
    let closed = used
        .filter_map(|(path, access)| eyes.closed(&path, access).map(|closed| (path, closed)))
        .find(|(_, closed)| is_inside(closed.path()));
    let holder = match world.lock(&lock) {
        Answer::Is(holder) if starts || !holder.is_own_server => Some(Lock { path: lock, pid: holder.pid }),
        _ => None,
    };
    let second: Option<PathBuf> =
        node.nodes.map(|nodes| nodes.join("1")).filter(|second| is_directory(second, world));
    Some(DataFacts { path: data.to_owned(), contents, closed, lock: holder, second })
}

fn is_kind(path: &Path, kind: FileKind, world: &dyn World) -> bool {
    matches!(world.look(path), Answer::Is(look) if look.kind == kind)
}

fn is_directory(path: &Path, world: &dyn World) -> bool {
    is_kind(path, FileKind::Directory, world)
}

/// A directory with the data of a node in it.
fn other_cluster(data: &Path, world: &dyn World) -> Option<String> {
    let mut names = world.list(data).is()?;
    diagnostics::order::sort(&mut names);
    let mut names = names.into_iter().filter_map(|name| name.into_string().ok()).take(MOST_CLUSTERS);
    names.find(|name| is_directory(&data.join(name).join("nodes/0"), world))
}

/// Whether there is certainly nothing in any data directory: a first start for the launcher of 8.0 and later.
pub(super) fn is_empty(settings: &Settings, home: Option<&Path>, world: &dyn World) -> bool {
    let directories = paths::written(settings, home).into_iter().filter(|(key, _)| key == "path.data");
    let is_empty = |path: PathBuf| match world.list(&path) {
        Answer::Is(names) => names.is_empty(),
        Answer::Absent => true,
        Answer::Refused(_) | Answer::Unknown => false,
    };
    let mut are_empty = directories.map(|(_, path)| is_empty(path)).peekable();
    are_empty.peek().is_some() && are_empty.all(|is_empty| is_empty)
}

/// Whether a data directory holds the state of a node that was in a cluster before. `settings` are what the server
/// would read as far as it is known by now; nothing when that is unknown.
pub(super) fn is_bootstrapped(settings: &Settings, home: Option<&Path>, world: &dyn World) -> Option<bool> {
    // 7.x, and from 8.0 on.
    let states = ["nodes/0/_state", "_state"];
    let mut is_known = !settings.get("path.data").is_some_and(Setting::is_unknown);
    for (_, data) in paths::written(settings, home).iter().filter(|(key, _)| key == "path.data") {
        for state in states {
            match world.look(&data.join(state)) {
                Answer::Is(look) if look.kind == FileKind::Directory => return Some(true),
                Answer::Unknown => is_known = false,
                Answer::Is(_) | Answer::Absent | Answer::Refused(_) => {}
            }
        }
    }
    is_known.then_some(false)
}
