//! Where a server keeps its data, as far as its manifest says that.

use std::path::{Path, PathBuf};

use node::SourceKind;
use server::Product;
use template::Question;

use super::properties::word_of;
use crate::field::Field;
use crate::image::Family;
use crate::pod::Node;

/// What holds a data directory.
#[derive(Clone, Debug)]
pub(super) struct Storage<'a> {
    pub(super) directory: PathBuf,
    pub(super) kind: Kind,
    /// The mount, where it is one.
    pub(super) mount: Option<Field<'a>>,
    /// Each pod has a directory of its own on the volume.
    pub(super) is_apart: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The container's own file system.
    Container,
    /// A volume that goes with the pod.
    OfPod,
    /// A claim that the controller makes for each pod.
    ClaimOfPod,
    /// One volume for all pods that name it: what it is, and which.
    Shared { what: String, identity: String, is_claim: bool },
    /// A directory of the node.
    Host(String),
}

/// Volumes that are one thing, whoever mounts them: their kind, and what identifies them.
const SHARED: [(&str, &[&str]); 14] = [
    ("persistentVolumeClaim", &["claimName"]),
    ("nfs", &["server", "path"]),
    ("gcePersistentDisk", &["pdName"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("azureDisk", &["diskName"]),
    ("azureFile", &["shareName"]),
    ("cinder", &["volumeID"]),
    ("vsphereVolume", &["volumePath"]),
    ("glusterfs", &["path"]),
    ("rbd", &["image"]),
    ("cephfs", &["path"]),
    ("iscsi", &["iqn"]),
    ("portworxVolume", &["volumeID"]),
    ("flocker", &["datasetName"]),
];

/// What holds the data directories; nothing for those of which that is not known.
pub(super) fn of<'a>(node: &Node<'a>) -> Vec<Storage<'a>> {
    if !node.knows_settings() {
        return Vec::new();
    }
    let home = home(node);
    let named = node.facts.settings.get("path.data");
    if named.is_some_and(template::Setting::is_unknown) || (named.is_none() && is_said_elsewhere(node)) {
        return Vec::new();
    }
    let named: Vec<&str> = named.map(template::Setting::elements).unwrap_or_default();
    // Who knows no home knows no path below it either, but for what is mounted at the usual places.
    let (directories, are_certain) = match (named.is_empty(), home) {
        (true, Some(home)) => (vec![home.to_owned()], true),
        (true, None) => (USUAL.map(str::to_owned).to_vec(), false),
        (false, _) => (named.iter().map(|path| (*path).to_owned()).collect(), true),
    };
    let directories = directories.iter().filter(|path| path.starts_with('/') && !path.contains("${"));
    directories.filter_map(|path| storage(node, Path::new(path), are_certain)).collect()
}

/// A variable or a command line that nobody here makes settings of names the directory.
fn is_said_elsewhere(node: &Node<'_>) -> bool {
    let is_path: Question = |name| name.to_ascii_uppercase().replace('.', "_").contains("PATH_DATA");
    node.facts.sources.kind == SourceKind::Unknown
        && (node.variables.any(is_path)
            || word_of(node.pod.container, |word| word.contains("path.data")).is_some())
}

const USUAL: [&str; 4] =
    ["/usr/share/elasticsearch/data", "/usr/share/opensearch/data", "/elasticsearch/data", "/data"];

/// Where the image has its data when no setting says it.
fn home(node: &Node<'_>) -> Option<&'static str> {
    let is_fork = node.facts.version.product == Product::OpenSearch;
    match node.pod.image.family {
        Family::Official if is_fork => Some("/usr/share/opensearch/data"),
        Family::Official | Family::Own => Some("/usr/share/elasticsearch/data"),
        Family::Pires | Family::Addon => Some("/data"),
        Family::Bitnami if is_fork => Some("/bitnami/opensearch/data"),
        Family::Bitnami => Some("/bitnami/elasticsearch/data"),
        Family::Other => None,
    }
}

fn storage<'a>(node: &Node<'a>, directory: &Path, is_certain: bool) -> Option<Storage<'a>> {
    let mounts = node.container.mounts.iter().filter(|mount| directory.starts_with(&mount.path));
    let Some(mount) = mounts.max_by_key(|mount| mount.path.components().count()) else {
        let directory = directory.to_owned();
        return is_certain.then_some(Storage {
            directory,
            kind: Kind::Container,
            mount: None,
            is_apart: true,
        });
    };
    let name = mount.field.get("name").text()?;
    let templates = node.pod.workload.root().at(&["spec", "volumeClaimTemplates"]);
    // What is not known, as the pod's name, can be another in each pod.
    let expanded = mount.field.get("subPathExpr").text().map(|path| node.variables.expand(path));
    let is_apart =
        expanded.as_ref().is_some_and(|expanded| expanded.text.is_none() || !expanded.left.is_empty());
    let sub_path = expanded.as_ref().and_then(|expanded| expanded.text.as_deref());
    let sub_path = sub_path.or_else(|| mount.field.get("subPath").text()).unwrap_or_default();
    let kind = if templates.items().any(|claim| claim.at(&["metadata", "name"]).text() == Some(name)) {
        Kind::ClaimOfPod
    } else {
        kind(mount.volume?, sub_path)?
    };
    Some(Storage { directory: directory.to_owned(), kind, mount: Some(mount.field), is_apart })
}

fn kind(volume: Field<'_>, sub_path: &str) -> Option<Kind> {
    let mut sources = volume.entries().filter(|(name, source)| *name != "name" && source.is_there());
    // A volume without a source is an emptyDir.
    let Some((name, source)) = sources.next() else { return Some(Kind::OfPod) };
    if matches!(name, "emptyDir" | "ephemeral") {
        return Some(Kind::OfPod);
    }
    if name == "hostPath" {
        let path = Path::new(source.get("path").text()?).join(sub_path);
        // Without a slash at its end.
        let path: PathBuf = path.components().collect();
        return Some(Kind::Host(path.display().to_string()));
    }
    let (_, keys) = SHARED.iter().find(|(kind, _)| *kind == name)?;
    let parts: Option<Vec<&str>> = keys.iter().map(|key| source.get(key).text()).collect();
    let identity = parts?.join(":");
    let is_claim = name == "persistentVolumeClaim";
    let what =
        if is_claim { format!("the claim `{identity}`") } else { format!("the {name} volume `{identity}`") };
    Some(Kind::Shared { what, identity: format!("{name} {identity} {sub_path}"), is_claim })
}
