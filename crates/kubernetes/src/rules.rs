//! Rules about one workload, and about the data that several of them share. Each is a function that gives findings; none reads
//! the findings of another.

mod data;
mod init;
mod kubeconfig;
mod limits;
mod probe;
mod properties;
mod refused;
mod stop;
mod storage;

use diagnostics::Finding;

use crate::input::Input;
use crate::pod::Node;

/// Nothing that a server writes is there after its pod.
pub(crate) fn starts_empty(node: &Node<'_>) -> bool {
    let all = storage::of(node);
    !all.is_empty() && all.iter().all(|it| matches!(it.kind, storage::Kind::Container | storage::Kind::OfPod))
}

/// Everything that is wrong with the workloads.
pub(crate) fn check(input: &Input<'_, '_>) -> Vec<Finding> {
    let storage: Vec<_> = input.nodes.iter().map(storage::of).collect();
    let mut findings = data::shared(input, &storage);
    findings.extend(data::lost(input, &storage));
    findings.extend(limits::map_count(input));
    for (node, storage) in input.nodes.iter().zip(&storage) {
        findings.extend(data::not_writable(node, storage, input));
        findings.extend(stop::check(node));
        findings.extend(probe::check(node));
        findings.extend(limits::check(node));
        findings.extend(init::check(node));
        findings.extend(kubeconfig::check(node));
        findings.extend(refused::check(node));
        findings.extend(limits::root(node));
    }
    findings
}
