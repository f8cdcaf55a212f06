//! What the node and the container runtime let a server do: privileges, locked memory, maps, heap.

use diagnostics::Finding;
use server::bootstrap::memory_lock_setting;
use server::generation;
use server::generation::OfficialImage;
use server::settings::kinds::{Reading, reading};

use super::properties::{User, word_of};
use crate::expand::Entry;
use crate::expand::Known;
use crate::image::Family;
use crate::input::Input;
use crate::pod::Node;

/// The findings about one workload.
pub(super) fn check(node: &Node<'_>) -> Vec<Finding> {
    [privileged(node), memory_lock(node), heap(node)].into_iter().flatten().collect()
}

fn privileged(node: &Node<'_>) -> Option<Finding> {
    let field = node.pod.container.at(&["securityContext", "privileged"]);
    if !node.is_privileged() {
        return None;
    }
    let message = format!("the server of {} may do on its node whatever root may", node.title());
    let help = "remove `privileged: true`: locking memory needs no more than `capabilities: {add: [IPC_LOCK]}`, and \
                `vm.max_map_count` is raised on the nodes or in a privileged init container";
    Some(node.place(Finding::warning("k8s/privileged", message).help(help), &[field]))
}

fn memory_lock(node: &Node<'_>) -> Option<Finding> {
    let setting = memory_lock_setting(node.facts.version, &node.facts.settings)?;
    let mut added = node.pod.container.at(&["securityContext", "capabilities", "add"]).items();
    let may = added.any(|name| matches!(name.text(), Some("IPC_LOCK" | "CAP_IPC_LOCK" | "ALL")));
    if may || node.is_privileged() || node.user() != User::Other {
        return None;
    }
    let key = setting.key.as_str();
    let message = format!("`{key}` is true, but {} may not lock memory", node.title());
    let refuses = generation(node.facts.version).limits.refuse;
    let effect = if refuses {
        "the server refuses to start"
    } else {
        "the server only logs it, and may be swapped out"
    };
    let help = format!(
        "{effect}: set it to false, as nodes of Kubernetes usually have no swap, or start the container as root with \
         `capabilities: {{add: [IPC_LOCK]}}`"
    );
    Some(node.at_setting(Finding::error("k8s/memory-lock", message).help(help), key))
}

/// Images whose entrypoint changes no user start a server that refuses to be root.
pub(super) fn root(node: &Node<'_>) -> Option<Finding> {
    let (pod, user) = (&node.pod, node.security("runAsUser"));
    let image = generation(node.facts.known_version()?).image;
    let is_refused = user.integer() == Some(0)
        && pod.image.family == Family::Official
        && image == OfficialImage::Unprivileged
        && !pod.starts_this_program
        && !pod.container.get("command").is_there();
    is_refused.then(|| {
        let message = format!("the server of {} is root, and refuses to start", node.title());
        let help = "this image changes to no other user: take `runAsUser: 0` out, or set it to 1000, with `fsGroup: 1000` for \
                    its volumes";
        node.place(Finding::error("host/root", message).help(help), &[user])
    })
}

/// Options of the JVM, and variables with a size.
fn is_of_heap(name: &str) -> bool {
    name.contains("HEAP") || name.contains("OPT") || name.ends_with("_MEM")
}

const HEAP: [&str; 4] = ["-Xm", "MaxHeapSize", "MaxRAM", "HEAP_SIZE"];

fn heap(node: &Node<'_>) -> Option<Finding> {
    let limit = node.pod.container.at(&["resources", "limits", "memory"]);
    let written = limit.number_or_text()?;
    let version = node.facts.known_version()?;
    // Others bring a size of their own, or may; this program makes one of the limit.
    let is_known =
        matches!(node.pod.image.family, Family::Official | Family::Addon) && !node.pod.starts_this_program;
    let may_name_size = |(name, entry): (&String, &Entry)| match &entry.value {
        Known::Text(value) => {
            HEAP.iter().any(|word| value.contains(word)) || name.contains("HEAP") || name.ends_with("_MEM")
        }
        Known::Secret(_) | Known::Unknown => {
            name.contains("HEAP") || name.contains("OPT") || name.ends_with("_MEM")
        }
    };
    let mounts = &node.container.mounts;
    let is_given = node.variables.own().any(may_name_size)
        || node.variables.asked_for(is_of_heap).into_iter().any(may_name_size)
        || word_of(node.pod.container, |word| HEAP.iter().any(|part| word.contains(part))).is_some()
        || mounts.iter().any(|mount| {
            mount.path.ends_with("config") || mount.path.to_string_lossy().contains("jvm.options")
        });
    if !is_known || is_given || generation(version).sizes_heap || !node.knows_settings() {
        return None;
    }
    let name = version.name();
    let message = format!("{} has a memory limit of {written}, and no heap is set", node.title());
    let variable = match generation(version).memory_variables {
        generation::MemoryVariables::Read => "ES_HEAP_SIZE=… with".to_owned(),
        _ => format!("{}=\"-Xms… -Xmx…\" with", generation(version).java_options),
    };
    let help = format!("{name} takes its default, whatever the limit is: set {variable} half of the limit");
    Some(node.place(Finding::warning("k8s/heap", message).help(help), &[limit]))
}

/// Nothing raises `vm.max_map_count`, and the server refuses to start with less.
pub(super) fn map_count(input: &Input<'_, '_>) -> Vec<Finding> {
    if input.objects.mentions_map_count {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for cluster in input.clusters {
        let nodes: Vec<&Node<'_>> =
            cluster.members.iter().filter_map(|member| input.nodes.get(*member)).collect();
        let count = nodes.iter().map(|node| node.pod.replicas()).sum::<Option<u32>>();
        if count.is_none_or(|count| count > 1) {
            findings.extend(nodes.into_iter().filter_map(needs_maps));
        }
    }
    findings
}

fn needs_maps(node: &Node<'_>) -> Option<Finding> {
    let version = node.facts.known_version()?;
    let needed = generation(version).limits.map_count?;
    let settings = &node.facts.settings;
    let off = |key: &str| {
        settings.get(key).is_some_and(|it| it.is_unknown() || reading(it, version) == Some(Reading::False))
    };
    let mmap = generation(version).limits.mmap_setting;
    let store = settings.get("index.store.type");
    let is_off = off(mmap.unwrap_or("node.store.allow_mmapfs"))
        || store.is_some_and(|it| {
            it.is_unknown() || it.text().is_some_and(|text| text.ends_with("fs") && !text.contains("mmap"))
        });
    let is_single =
        settings.get("discovery.type").is_some_and(|it| it.is_unknown() || it.text() == Some("single-node"));
    if is_off || is_single || !node.knows_settings() || node.pod.replicas() == Some(0) {
        return None;
    }
    let message = format!("nothing raises `vm.max_map_count` for {}", node.title());
    let other = mmap.map(|key| format!(", or switch maps off with `{key}: false`")).unwrap_or_default();
    let help = format!(
        "many nodes of Kubernetes have 65530, the server needs {needed} and refuses to start with less: set it on the nodes, or \
         run `sysctl -w vm.max_map_count={needed}` in a privileged init container{other}"
    );
    Some(node.place(Finding::warning("k8s/max-map-count", message).help(help), &[]))
}
