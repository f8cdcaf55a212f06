//! A kubeconfig for the discovery plugin that the server's JVM may not read: by its security manager, or by the mode that
//! files of a Kubernetes node have.

use std::path::{Path, PathBuf};

use diagnostics::Finding;
use server::generation::PolicyUse;
use server::{generation, kubeconfig};

use crate::expand::Known;
use crate::image::Family;
use crate::pod::Node;

/// Where the files with the credentials of a node lie, which belong to root with mode 0600 or 0400. Sources: kubeadm's
/// "Implementation details", kops, the installation of k3s.
const OF_A_NODE: [&str; 3] = ["/etc/kubernetes", "/var/lib/kubelet", "/etc/rancher/k3s"];

/// The findings.
pub(super) fn check(node: &Node<'_>) -> Vec<Finding> {
    let facts = &node.facts;
    if !kubeconfig::is_read(facts.known_version(), &facts.settings) {
        return Vec::new();
    }
    let is_set = |name: &str| node.variables.get(name).is_some();
    let flag = node.variables.text("KUBERNETES_AUTH_TRYKUBECONFIG");
    let flag = kubeconfig::check_flag(flag, is_set("KUBECONFIG")).map(|finding| node.placed(finding));
    let mut findings: Vec<Finding> = flag.into_iter().collect();
    let named = node.variables.text("KUBECONFIG").filter(|path| path.starts_with('/'));
    let ignored = node.variables.text("KUBERNETES_AUTH_TRYKUBECONFIG").is_some_and(|text| text != "true");
    if let (Some(path), false) = (named, ignored) {
        findings.extend([denied(node, path), of_a_node(node, path)].into_iter().flatten());
    }
    findings
}

/// Without this program nobody adds the grant to the JVM's policy.
fn denied(node: &Node<'_>, path: &str) -> Option<Finding> {
    let version = node.facts.known_version()?;
    let is_consulted = matches!(generation(version).policy, PolicyUse::Switchable | PolicyUse::Consulted);
    // The server may read its own directories; each of these options and files may hold a grant.
    let is_own = |directory: &PathBuf| Path::new(path).starts_with(directory.join("config"));
    let names_policy =
        |text: &str| text.contains("java.security.policy") || text.contains("security.manager");
    let has_option = node.variables.own().any(|(name, entry)| match &entry.value {
        Known::Text(text) => names_policy(text),
        Known::Secret(_) | Known::Unknown => name.ends_with("JAVA_OPTS"),
    });
    let is_mounted = |end: &str| node.container.mounts.iter().any(|mount| mount.path.ends_with(end));
    if node.pod.starts_this_program
        || !is_consulted
        || node.container.brought.home.as_ref().is_some_and(is_own)
        || has_option
        || node.facts.settings.text("security.manager.enabled").is_some()
        || ["java.policy", ".java.policy"].into_iter().any(is_mounted)
    {
        return None;
    }
    // An image that somebody made may have a policy with the grant.
    let is_known = node.pod.image.family != Family::Other;
    let message =
        format!("the JVM may not read the kubeconfig `{path}`: its `java.policy` grants nothing there");
    let finding = if is_known {
        Finding::error("policy/not-granted", message)
    } else {
        let message = format!(
            "the JVM may not read the kubeconfig `{path}` unless the image's `java.policy` grants it"
        );
        Finding::warning("policy/not-granted", message)
    };
    Some(finding.variable("KUBECONFIG").at(node.variables.get("KUBECONFIG")?.span.clone()?).help(
        "the plugin is denied the file, asks with the rights of the service account instead, and may never find another node: \
         start the server with `es-entrypoint`, which adds exactly that grant (build an image \
         from this one with `COPY --from=es-entrypoint /es-entrypoint /usr/local/bin/es-entrypoint`, and write \
         `command: [es-entrypoint]`), or take KUBECONFIG out and allow the service \
         account to `get` the endpoints of the discovery Service",
    ))
}

/// The mode of the file on the node keeps the server's user out.
fn of_a_node(node: &Node<'_>, path: &str) -> Option<Finding> {
    let mount = node.container.mount(Path::new(path))?;
    let host = mount.volume?.at(&["hostPath", "path"]);
    let below = Path::new(path).strip_prefix(&mount.path).ok()?;
    let parts = [Path::new(mount.field.get("subPath").text().unwrap_or_default()), below];
    let parts = parts.into_iter().flat_map(Path::components);
    let file: PathBuf = Path::new(host.text()?).components().chain(parts).collect();
    let asks_for_copy =
        node.pod.starts_this_program && node.variables.text("KUBECONFIG_COPY") == Some("true");
    let gets_copy = asks_for_copy && !node.container.security.is_not_root;
    if gets_copy || !OF_A_NODE.iter().any(|directory| file.starts_with(directory)) {
        return None;
    }
    let message = format!(
        "the kubeconfig `{}` of the node normally belongs to root and is closed to others, and the server is never root",
        file.display()
    );
    let copy = if asks_for_copy {
        "take `runAsUser` and `runAsNonRoot` out: KUBECONFIG_COPY=true gives"
    } else {
        "KUBECONFIG_COPY=true gives"
    };
    Some(Finding::error("kubeconfig/unreadable", message).at(host.span()?).help(format!(
        "it is the credential of the node, too strong for a server: give the pod a service account that may `get` the endpoints \
         of the discovery Service, or a kubeconfig of its own in a Secret; only where that cannot be, {copy} the server's user a \
         copy at a start as root"
    )))
}
