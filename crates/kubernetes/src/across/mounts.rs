//! What is mounted into the server's container, and what is not: files that variables name, claims, and the modes of files.

use std::path::Path;

use diagnostics::Finding;
use node::Templates;
use server::{kubeconfig, paths};

use crate::field::Field;
use crate::files::{Holds, Mount, mode};
use crate::input::Input;
use crate::pod::{Node, names_file};
use crate::workload::all_containers;

/// The findings of all pods.
pub(super) fn check(input: &Input<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in input.nodes {
        findings.extend(named_files(node));
        findings.extend(templates(node));
        findings.extend(claims(node));
        for mount in &node.container.mounts {
            findings.extend(unreadable(node, mount));
            findings.extend(unread_update(mount));
        }
    }
    findings
}

/// Kubernetes mounts it by itself.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
const CODE: &str = "k8s/missing-mount";

/// `KUBECONFIG` and `NAME_FILE` where the program or the server reads them.
fn named_files(node: &Node<'_>) -> Vec<Finding> {
    let facts = &node.facts;
    let is_read = |name: &str| match name.strip_suffix("_FILE") {
        Some(base) => facts.referenced.contains(base),
        None => name == "KUBECONFIG" && kubeconfig::is_read(facts.known_version(), &facts.settings),
    };
    let named = node.variables.asked_for(names_file).into_iter();
    named
        .filter(|(name, _)| is_read(name))
        .filter_map(|(name, entry)| {
            let path = node.variables.text(name).filter(|path| path.starts_with('/'))?;
            if is_mounted(node, path) {
                return None;
            }
            let span = entry.span.clone()?;
            let message = format!("`{name}` names `{path}`, and nothing is mounted there");
            let help = format!(
                "mount the volume that holds the file at `{}`, or name the path where it is mounted",
                parent(path)
            );
            Some(Finding::error(CODE, message).at(span).variable(name).help(help))
        })
        .collect()
}

fn parent(path: &str) -> String {
    Path::new(path)
        .parent()
        .filter(|it| *it != Path::new("/"))
        .unwrap_or(Path::new(path))
        .display()
        .to_string()
}

fn is_mounted(node: &Node<'_>, path: &str) -> bool {
    node.container.mount(Path::new(path)).is_some() || path.starts_with(SERVICE_ACCOUNT)
}

fn is_used(node: &Node<'_>, volume: &str) -> bool {
    let spec = node.pod.spec();
    let containers = all_containers(spec);
    let fields = |container: Field<'_>| {
        ["volumeMounts", "volumeDevices"]
            .into_iter()
            .any(|list| container.get(list).items().any(|mount| mount.get("name").text() == Some(volume)))
    };
    containers.into_iter().any(fields)
}

/// A directory of templates that is asked for, and a ConfigMap that is mounted nowhere.
fn templates(node: &Node<'_>) -> Option<Finding> {
    let Templates::Directory(directory) = &node.facts.request.templates else { return None };
    let shown = directory.to_str().filter(|path| !is_mounted(node, path))?;
    let volumes = node.pod.spec().get("volumes").items();
    let unused = volumes.into_iter().find(|volume| {
        volume.get("configMap").is_there()
            && volume.get("name").text().is_some_and(|name| !is_used(node, name))
    })?;
    let name = unused.get("name").text()?;
    let message = format!("templates are read from `{shown}`, and the volume `{name}` is mounted nowhere");
    let help = format!("mount it: `volumeMounts: [{{name: {name}, mountPath: {shown}}}]`");
    Some(Finding::error(CODE, message).at(unused.get("name").span()?).help(help))
}

/// Claims of which the server has nothing.
fn claims(node: &Node<'_>) -> Vec<Finding> {
    let of_set = node.pod.workload.root().at(&["spec", "volumeClaimTemplates"]).items();
    let of_set = of_set.map(|claim| claim.at(&["metadata", "name"]));
    let volumes = node.pod.spec().get("volumes").items();
    let of_volumes = volumes.filter(|it| it.get("persistentVolumeClaim").is_there()).map(|it| it.get("name"));
    let claims: Vec<(Field<'_>, &str)> =
        of_set.chain(of_volumes).filter_map(|field| Some((field, field.text()?))).collect();
    let mounted =
        |name: &str| node.container.mounts.iter().find(|it| it.field.get("name").text() == Some(name));
    let data = data(node);
    let is_lost = !data.is_empty() && data.iter().all(|path| node.container.mount(path).is_none());
    let shown = data.first().map(|path| path.display().to_string()).unwrap_or_default();
    let finding = |(field, name): (Field<'_>, &str)| {
        let is_named = ["data", "storage"].iter().any(|it| name.contains(it));
        if !is_used(node, name) {
            let message = format!("the claim `{name}` is mounted nowhere");
            let help = if is_lost && is_named {
                format!("the data is at `{shown}`, and goes with the container: mount the claim there")
            } else {
                "mount it, or take it out: each pod gets storage that nothing uses".to_owned()
            };
            return Some(Finding::error(CODE, message).at(field.span()?).help(help));
        }
        // Others hold snapshots, logs or plugins.
        let path = mounted(name)?.field.get("mountPath");
        let is_of_data = name.contains("data") || name.contains("storage") || path.text()?.contains("data");
        (is_lost && is_of_data).then(|| {
            let message = format!("the claim `{name}` is not mounted where the data is, `{shown}`");
            let help = format!(
                "the data goes with the container: mount it at `{shown}`, or set `path.data` to where it is"
            );
            Some(Finding::error(CODE, message).at(path.span()?).help(help))
        })?
    };
    claims.into_iter().filter_map(finding).collect()
}

/// Where the server's data is, as far as that is certain.
fn data(node: &Node<'_>) -> Vec<std::path::PathBuf> {
    let facts = &node.facts;
    let is_known =
        facts.has_settings && !facts.settings.get("path.data").is_some_and(template::Setting::is_unknown);
    let is_guess = node.container.brought.is_guess && facts.settings.get("path.data").is_none();
    if !is_known || is_guess {
        return Vec::new();
    }
    let written = paths::written(&facts.settings, facts.home.as_deref()).into_iter();
    written.filter(|(key, _)| key == "path.data").map(|(_, path)| path).collect()
}

/// Files that only root may read, in a container that is not root.
fn unreadable(node: &Node<'_>, mount: &Mount<'_>) -> Option<Finding> {
    let security = &node.container.security;
    if !security.is_not_root || security.fs_group.is_some() {
        return None;
    }
    let volume = mount.volume?;
    let kind = ["secret", "configMap", "projected"].into_iter().find(|kind| volume.get(kind).is_there())?;
    let source = volume.get(kind);
    let is_in_group = security.gid.is_none_or(|gid| gid == 0) || security.groups.contains(&0);
    let is_closed = |bits: u32| bits & 0o004 == 0 && (bits & 0o040 == 0 || !is_in_group);
    let items = source.get("items").items().map(|item| item.get("mode"));
    // A key of its own may be open.
    let fields: Vec<Field<'_>> = std::iter::once(source.get("defaultMode")).chain(items).collect();
    let closed = fields.into_iter().find(|field| mode(*field).is_some_and(is_closed))?;
    let bits = mode(closed)?;
    let name = volume.get("name").text()?;
    let who = security.uid.map_or_else(|| "is not root".to_owned(), |uid| format!("is user {uid}"));
    let message =
        format!("the files of the volume `{name}` belong to root with mode {bits:04o}, and the server {who}");
    let group = security.uid.unwrap_or(1000);
    Some(Finding::error("k8s/unreadable-mount", message).at(closed.span()?).help(format!(
        "the server cannot read them: set `fsGroup: {group}` in the `securityContext` of the pod, with which Kubernetes gives them \
         to that group, or `0444` here"
    )))
}

/// Files that servers read again while they work.
const READ_AGAIN: [&str; 12] = [
    "unicast_hosts.txt",
    "users",
    "users_roles",
    "roles.yml",
    "role_mapping.yml",
    "service_tokens",
    "kubeconfig",
    ".crt",
    ".key",
    ".pem",
    ".p12",
    ".jks",
];

/// A single file of a ConfigMap or a Secret never changes in a container.
fn unread_update(mount: &Mount<'_>) -> Option<Finding> {
    let field = if mount.field.get("subPath").is_there() { "subPath" } else { "subPathExpr" };
    let sub_path = mount.field.get(field);
    sub_path.text().filter(|path| !path.is_empty())?;
    let volume = mount.volume?;
    let is_of_object =
        ["secret", "configMap", "projected"].into_iter().any(|kind| volume.get(kind).is_there());
    let name = mount.path.file_name()?.to_str()?;
    let changes = |known: &&str| if known.starts_with('.') { name.ends_with(*known) } else { name == *known };
    let is_file = !matches!(mount.holds, Holds::Files(_));
    if !is_of_object || !is_file || !READ_AGAIN.iter().any(changes) {
        return None;
    }
    let shown = mount.path.display();
    let message = format!("`{shown}` is mounted with `{field}`: what changes in its volume never arrives");
    Some(Finding::warning("k8s/unread-update", message).at(sub_path.span()?).help(
        "the server reads this file again while it runs, as where a certificate is renewed: mount the volume as a directory, \
         without `subPath`, and name the file in it",
    ))
}
