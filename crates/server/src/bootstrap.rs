//! Whether this machine and container let the server work: the bootstrap checks of its generation, before it starts.
//!
//! Pure: [`the binary`] gathers the [`HostFacts`].

mod demands;
mod directories;
pub mod facts;
mod inputs;
mod jvm;
mod limits;
mod room;
mod settings;
mod watermarks;

use crate::generation::Root;
use crate::heap::human;
pub use demands::{are_asked_for, bootstrap_checks_enforced, memory_lock_setting};
use diagnostics::{Finding, Severity};
pub use inputs::HostInputs;
pub use settings::{discovery, of_settings};

/// Everything that is wrong with the machine.
pub fn judge(inputs: &HostInputs) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(root(inputs));
    findings.extend(java(inputs));
    findings.extend(limits::open_files(inputs));
    findings.extend(limits::processes(inputs));
    findings.extend(limits::locked_memory(inputs));
    findings.extend(limits::address_space(inputs));
    findings.extend(limits::file_size(inputs));
    findings.extend(map_count(inputs));
    findings.extend(jvm::check(inputs));
    findings.extend(memory(inputs));
    findings.extend(writable(inputs));
    findings.extend(room::check(inputs));
    findings
}

/// What keeps the server from writing to its directories.
pub fn writable(inputs: &HostInputs) -> Vec<Finding> {
    inputs.facts.directories.iter().filter_map(|it| directories::writable(inputs, it)).collect()
}

fn root(inputs: &HostInputs) -> Option<Finding> {
    if inputs.server_uid != 0 {
        return None;
    }
    let tolerated = match inputs.generation().root {
        Root::Allowed => true,
        Root::IfAsked => inputs.root_allowed,
        Root::Refused => false,
    };
    let (severity, message) = if tolerated {
        (Severity::Warning, "the server would run as root")
    } else {
        (Severity::Error, "the server would run as root and refuses to start")
    };
    Some(Finding::new(severity, "host/root", message).help(
        "name another user: `--user 1000:0` or ES_ENTRYPOINT_USER, `docker run --user 1000:0`, in Kubernetes \
         `securityContext.runAsUser: 1000`",
    ))
}

fn java(inputs: &HostInputs) -> Option<Finding> {
    let java = inputs.facts.java.as_ref()?;
    let major = java.major?;
    let (from, to) = inputs.generation().java_versions;
    if (from..=to).contains(&major) {
        return None;
    }
    let needed = match to {
        u16::MAX => format!("{from} or later"),
        to if to == from + 1 => format!("{from} or {to}"),
        to => format!("{from} to {to}"),
    };
    Some(
        Finding::error(
            "host/java-version",
            format!("`{}` is Java {major}, {} needs {needed}", java.path.display(), inputs.version.name()),
        )
        .help(
            "use an image with that Java, or set its directory: JAVA_HOME, from 7.12 on ES_JAVA_HOME, for \
             OpenSearch OPENSEARCH_JAVA_HOME",
        ),
    )
}

fn map_count(inputs: &HostInputs) -> Option<Finding> {
    let count = inputs.facts.max_map_count?;
    let limits = inputs.generation().limits;
    let needed = limits.map_count?;
    let without_mmap = ["node.store.allow_mmap", "node.store.allow_mmapfs"]
        .iter()
        .any(|key| inputs.settings.text(key) == Some("false"));
    if count >= needed || without_mmap {
        return None;
    }
    let message = format!("`vm.max_map_count` is {count}, the server needs {needed}");
    let unprivileged = limits
        .mmap_setting
        .map_or_else(String::new, |key| format!("; without access to the node set `{key}: false`"));
    Some(inputs.check("host/max-map-count", message).help(format!(
        "this limit is the node's, not the container's: run `sysctl -w vm.max_map_count={needed}` there, or in a \
         privileged init \
         container{unprivileged}"
    )))
}

/// Measured: the least with which a server of that generation starts and stays.
fn memory(inputs: &HostInputs) -> Option<Finding> {
    let available = match (inputs.facts.memory_limit, inputs.facts.total_memory) {
        (Some(limit), Some(total)) => limit.min(total),
        (limit, total) => limit.or(total)?,
    };
    let megabytes = inputs.generation().least_memory;
    if available >= megabytes << 20 {
        return None;
    }
    Some(
        Finding::warning(
            "host/memory",
            format!("{} of memory is less than the {megabytes} MiB that {} needs", human(available), inputs.version.name()),
        )
        .help("the kernel would kill the server: raise `docker run --memory`, in Kubernetes `resources.limits.memory`"),
    )
}

#[cfg(test)]
mod tests;
