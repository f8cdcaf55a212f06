//! Init containers: what they do that has no effect, and those that nobody runs.

use diagnostics::Finding;

use super::properties::word_of;
use crate::pod::Node;

/// What came before `initContainers`, in the order of its versions.
const ANNOTATIONS: [&str; 2] =
    ["pod.beta.kubernetes.io/init-containers", "pod.alpha.kubernetes.io/init-containers"];

/// The findings.
pub(super) fn check(node: &Node<'_>) -> Vec<Finding> {
    let containers = node.pod.spec().get("initContainers");
    let mut findings = Vec::new();
    let annotations = node.pod.template.at(&["metadata", "annotations"]);
    let mut annotated = ANNOTATIONS.iter().map(|name| (*name, annotations.get(name)));
    if let Some((name, field)) = annotated.find(|(_, field)| field.is_there())
        && !containers.is_there()
    {
        let message =
            format!("the init containers of {} stand in an annotation, which is ignored", node.title());
        let help = format!(
            "Kubernetes reads no `{name}` since 1.8, so that nothing of it is done: write them as a list below \
             `spec.initContainers` of the pod"
        );
        findings.push(node.place(Finding::error("k8s/ignored-init", message).help(help), &[field]));
    }
    for container in containers.items() {
        if let Some(word) = word_of(container, |word| has_word(word, "ulimit")) {
            let help = "a limit of resources is that of one process and those that it starts, and the server is none of these: \
                        set the limit where the container runtime of the nodes is configured, and remove this";
            let message = "`ulimit` in an init container does not change the limits of the server";
            findings.push(node.place(Finding::warning("k8s/no-effect", message).help(help), &[word]));
        }
        let is_privileged = container.at(&["securityContext", "privileged"]).boolean() == Some(true);
        let sets = |word: &str| has_word(word, "sysctl") && (word.contains('=') || has_word(word, "-w"));
        // Each word may be one of its own: `["sysctl", "-w", "vm.max_map_count=262144"]`.
        let alone = || {
            word_of(container, |word| word.rsplit('/').next() == Some("sysctl"))
                .filter(|_| word_of(container, |word| word.contains('=')).is_some())
        };
        if let Some(word) = word_of(container, sets).or_else(alone).filter(|_| !is_privileged) {
            let help = "the container may not write below /proc/sys, so that the limit stays as it is: add \
                        `securityContext: {privileged: true, runAsUser: 0}` to this init container, or set the limit on the \
                        nodes";
            let message = "`sysctl` in an init container that is not privileged changes nothing";
            findings.push(node.place(Finding::warning("k8s/no-effect", message).help(help), &[word]));
        }
    }
    findings
}

/// Whether a line of a shell has that word.
fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| c.is_whitespace() || ";&|()'\"`".contains(c))
        .any(|part| part == word || part.strip_suffix(word).is_some_and(|path| path.ends_with('/')))
}
