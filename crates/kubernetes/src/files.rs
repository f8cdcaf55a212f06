//! The files that the volumes of the input put into a container.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diagnostics::{Span, Within};
use server::base64;
use yaml::Node;

use crate::environment::Variables;
use crate::field::Field;
use crate::object::Object;
use crate::objects::Objects;
use crate::places;
use crate::scalar::{Value, value};
use crate::workload::Pod;

/// What is mounted at one path.
#[derive(Clone, Debug)]
pub(crate) struct Mount<'a> {
    pub(crate) path: PathBuf,
    pub(crate) holds: Holds<'a>,
    /// `volumeMounts[]` of the container.
    pub(crate) field: Field<'a>,
    /// `volumes[]` of the pod, where it has one of that name.
    pub(crate) volume: Option<Field<'a>>,
}

impl Mount<'_> {
    /// Whether that place of a manifest is in one of its files.
    pub(crate) fn has(&self, place: &Span) -> bool {
        let (source, range) = place.outermost();
        let is_in = |file: &File<'_>| {
            std::ptr::eq(&raw const *file.object.source, source)
                && file.node.range().contains(&(range.start as usize))
        };
        match &self.holds {
            Holds::Files(files) => files.values().any(is_in),
            Holds::File(file) => is_in(file),
            Holds::Unknown => false,
        }
    }

    /// Whether nothing can be written there: what is made of objects never takes anything, whatever the mount says.
    pub(crate) fn is_read_only(&self) -> Option<bool> {
        let volume = self.volume?;
        let is_of = |kind: &str| volume.get(kind).is_there();
        if ["configMap", "secret", "projected", "downwardAPI"].into_iter().any(is_of) {
            return Some(true);
        }
        let says = self.field.get("readOnly").boolean().unwrap_or(false);
        // How a cluster mounts a claim is not known.
        (says || is_of("emptyDir")).then_some(says)
    }
}

/// What a mount holds.
#[derive(Clone, Debug)]
pub(crate) enum Holds<'a> {
    /// These files and no others.
    Files(BTreeMap<PathBuf, File<'a>>),
    /// One file (`subPath`).
    File(File<'a>),
    /// Nobody here can say.
    Unknown,
}

/// A file with the text that it comes from.
#[derive(Clone, Debug)]
pub(crate) struct File<'a> {
    pub(crate) object: &'a Object,
    pub(crate) node: Node<'a>,
    pub(crate) mode: u32,
    /// The content is that of a Secret: it is used, and never shown.
    pub(crate) is_secret: bool,
    pub(crate) form: Form,
}

/// How a manifest holds a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Base64,
    /// It is made when the pod starts, as a token or a field of the pod is.
    Made,
}

impl File<'_> {
    /// The content; nothing where it is not known.
    pub(crate) fn bytes(&self) -> Option<Vec<u8>> {
        let text = if value(self.node) == Some(Value::Null) { "" } else { self.node.text()? };
        match self.form {
            Form::Text => Some(text.as_bytes().to_vec()),
            Form::Base64 => base64(text),
            Form::Made => None,
        }
    }

    /// Where the text stands in the manifest.
    pub(crate) fn within(&self) -> Within {
        let source = std::sync::Arc::clone(&self.object.source);
        let map = match self.form {
            Form::Text => places::map(&source.text, self.node),
            Form::Base64 | Form::Made => places::whole(self.node),
        };
        Within { source, map }
    }
}

/// The mounts of the pod's container, in their order.
pub(crate) fn mounts<'a>(pod: &Pod<'a>, objects: &'a Objects, variables: &Variables) -> Vec<Mount<'a>> {
    let mounts = pod.container.get("volumeMounts").items();
    mounts.filter_map(|field| mount(field, pod, objects, variables)).collect()
}

fn mount<'a>(
    field: Field<'a>,
    pod: &Pod<'a>,
    objects: &'a Objects,
    variables: &Variables,
) -> Option<Mount<'a>> {
    let path = Path::new("/").join(field.get("mountPath").text()?);
    let name = field.get("name").text()?;
    let volume = pod.spec().get("volumes").items().find(|volume| volume.get("name").text() == Some(name));
    let files = volume.and_then(|volume| of_volume(volume, pod, objects));
    let sub_path = field.get("subPath").text().filter(|path| !path.is_empty()).map(str::to_owned);
    let expression = field.get("subPathExpr").text().filter(|path| !path.is_empty());
    let sub_path = match expression {
        Some(text) => variables.expand(text).text.map(Some),
        None => Some(sub_path),
    };
    let holds = match (files, sub_path) {
        (None, _) | (_, None) => Holds::Unknown,
        (Some(files), Some(None)) => Holds::Files(files),
        (Some(files), Some(Some(sub_path))) => below(files, Path::new(&sub_path)),
    };
    Some(Mount { path, holds, field, volume })
}

fn below<'a>(files: Files<'a>, sub_path: &Path) -> Holds<'a> {
    if let Some(file) = files.get(sub_path) {
        return Holds::File(file.clone());
    }
    let below = files
        .into_iter()
        .filter_map(|(path, file)| Some((path.strip_prefix(sub_path).ok()?.to_owned(), file)));
    let below = self::files(below);
    // What is not there becomes an empty directory, which a rule of its own tells.
    if below.is_empty() { Holds::Unknown } else { Holds::Files(below) }
}

type Files<'a> = BTreeMap<PathBuf, File<'a>>;

/// Of two of one path, the later.
fn files<'a>(all: impl IntoIterator<Item = (PathBuf, File<'a>)>) -> Files<'a> {
    let mut files = BTreeMap::new();
    files.extend(all);
    files
}

/// The files of a volume, where the input holds them all.
fn of_volume<'a>(volume: Field<'a>, pod: &Pod<'a>, objects: &'a Objects) -> Option<Files<'a>> {
    let sources: Vec<Field<'a>> = match volume.get("projected") {
        projected if projected.is_there() => projected.get("sources").items().collect(),
        _ => vec![volume],
    };
    let default_mode = ["projected", "configMap", "secret", "downwardAPI"]
        .iter()
        .find_map(|kind| mode(volume.get(kind).get("defaultMode")));
    let mut all = BTreeMap::new();
    for source in sources {
        all.extend(of_source(source, default_mode.unwrap_or(0o644), pod, objects)?);
    }
    Some(all)
}

pub(crate) fn mode(field: Field<'_>) -> Option<u32> {
    u32::try_from(field.integer()?).ok()
}

fn of_source<'a>(source: Field<'a>, default: u32, pod: &Pod<'a>, objects: &'a Objects) -> Option<Files<'a>> {
    for (field, kind) in [("configMap", "ConfigMap"), ("secret", "Secret")] {
        let source = source.get(field);
        if source.is_there() {
            // The one is called differently where it is the volume itself.
            let name = source.get("name").text().or_else(|| source.get("secretName").text())?;
            return of_object(objects.find(kind, pod.namespace(), name)?, source, default);
        }
    }
    let made = |field: Field<'a>, item: Field<'a>| {
        let mode = mode(item.get("mode")).unwrap_or(default);
        let (object, node) = (field.object(), item.get("path").node()?);
        Some((PathBuf::from(node.text()?), File { object, node, mode, is_secret: true, form: Form::Made }))
    };
    let fields = source.get("downwardAPI");
    let token = source.get("serviceAccountToken");
    match (fields.is_there(), token.is_there()) {
        (true, _) => Some(files(fields.get("items").items().filter_map(|item| made(fields, item)))),
        (_, true) => Some(files(made(source, token))),
        _ => None,
    }
}

fn of_object<'a>(object: &'a Object, source: Field<'a>, default: u32) -> Option<Files<'a>> {
    let root = object.root();
    let is_secret = object.kind == "Secret";
    // A Secret's own are base64; plain ones win over them.
    let of_data = if is_secret { Form::Base64 } else { Form::Text };
    let parts = [("binaryData", Form::Base64), ("data", of_data), ("stringData", Form::Text)];
    let mut by_key = BTreeMap::new();
    for (part, form) in parts {
        for (key, field) in root.get(part).entries() {
            let node = field.written()?;
            by_key.insert(PathBuf::from(key), File { object, node, mode: default, is_secret, form });
        }
    }
    let items = source.get("items");
    if !items.is_there() {
        return Some(by_key);
    }
    let chosen = items.items().filter_map(|item| {
        let file = by_key.get(Path::new(item.get("key").text()?))?.clone();
        let mode = mode(item.get("mode")).unwrap_or(default);
        Some((PathBuf::from(item.get("path").text()?), File { mode, ..file }))
    });
    Some(files(chosen))
}
