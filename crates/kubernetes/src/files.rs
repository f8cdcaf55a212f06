//! The files that the volumes of the input put into a container.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use diagnostics::{Map, Within};
use yaml::{Content, Node, Style};

use crate::field::Field;
use crate::object::Object;
use crate::objects::Objects;
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
    pub(crate) node: &'a Node,
    pub(crate) mode: u32,
    /// The content is that of a Secret: it is known to nobody.
    pub(crate) is_secret: bool,
}

impl File<'_> {
    /// The text; nothing where it is not known.
    pub(crate) fn text(&self) -> Option<&str> {
        self.node.text().filter(|_| !self.is_secret)
    }

    /// Where the text stands in the manifest.
    pub(crate) fn within(&self) -> Within {
        Within {
            source: std::rc::Rc::clone(&self.object.source),
            map: map(&self.object.source.text, self.node),
        }
    }
}

/// Where each line of a scalar stands. Only of literal blocks that is known; others are one place.
fn map(text: &str, node: &Node) -> Map {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let whole = || Map::Whole(offset(node.range.start)..offset(node.range.end));
    let Content::Scalar { text: inside, style: Style::Literal } = &node.content else { return whole() };
    let Some(written) = text.get(node.range.clone()) else { return whole() };
    let Some(head) = written.find('\n') else { return whole() };
    let mut lines = Vec::new();
    let mut outside = node.range.start + head + 1;
    let mut at = 0;
    // The indentation is that of the first line that is not empty.
    let first = inside.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let body = written.get(head + 1..).unwrap_or("");
    let Some(indent) = body
        .lines()
        .find(|line| !line.trim().is_empty())
        .and_then(|line| line.len().checked_sub(first.len()))
    else {
        return whole();
    };
    for (line, raw) in inside.split_inclusive('\n').zip(body.split_inclusive('\n')) {
        let shift = if raw.trim_end_matches(['\r', '\n']).len() >= indent { indent } else { 0 };
        lines.push((offset(at), offset(outside + shift)));
        at += line.len();
        outside += raw.len();
    }
    Map::Block(lines)
}

/// The mounts of the pod's container, in their order.
pub(crate) fn mounts<'a>(pod: &Pod<'a>, objects: &'a Objects) -> Vec<Mount<'a>> {
    let mounts = pod.container.get("volumeMounts").items();
    mounts.filter_map(|field| mount(field, pod, objects)).collect()
}

fn mount<'a>(field: Field<'a>, pod: &Pod<'a>, objects: &'a Objects) -> Option<Mount<'a>> {
    let path = Path::new("/").join(field.get("mountPath").text()?);
    let name = field.get("name").text()?;
    let volume = pod.spec().get("volumes").items().find(|volume| volume.get("name").text() == Some(name));
    let files = volume.and_then(|volume| of_volume(volume, pod, objects));
    let sub_path = field.get("subPath").text().filter(|path| !path.is_empty());
    let holds = match (files, sub_path) {
        (None, _) => Holds::Unknown,
        (Some(files), None) => Holds::Files(files),
        (Some(files), Some(sub_path)) => match files.get(Path::new(sub_path)) {
            Some(file) => Holds::File(file.clone()),
            None => Holds::Unknown,
        },
    };
    Some(Mount { path, holds, field, volume })
}

/// The files of a volume, where the input holds them all.
fn of_volume<'a>(
    volume: Field<'a>,
    pod: &Pod<'a>,
    objects: &'a Objects,
) -> Option<BTreeMap<PathBuf, File<'a>>> {
    let config_map = volume.get("configMap");
    if config_map.is_there() {
        return of_object("ConfigMap", config_map.get("name").text()?, config_map, pod, objects);
    }
    let secret = volume.get("secret");
    if secret.is_there() {
        return of_object("Secret", secret.get("secretName").text()?, secret, pod, objects);
    }
    None
}

fn of_object<'a>(
    kind: &'a str,
    name: &str,
    source: Field<'a>,
    pod: &Pod<'a>,
    objects: &'a Objects,
) -> Option<BTreeMap<PathBuf, File<'a>>> {
    let object = objects.find(kind, pod.workload.namespace.as_str(), name)?;
    let root = object.root();
    let default =
        source.get("defaultMode").integer().and_then(|mode| u32::try_from(mode).ok()).unwrap_or(0o644);
    let data = root.get("data").entries().chain(root.get("stringData").entries());
    let file = |field: Field<'a>, mode: u32| {
        Some(File { object, node: field.node()?, mode, is_secret: kind == "Secret" })
    };
    let by_key: BTreeMap<&str, Field<'a>> = data.collect();
    let items = source.get("items");
    if !items.is_there() {
        let all =
            by_key.into_iter().filter_map(|(key, field)| Some((PathBuf::from(key), file(field, default)?)));
        return Some(all.collect());
    }
    let chosen = items.items().filter_map(|item| {
        let field = *by_key.get(item.get("key").text()?)?;
        let mode = item.get("mode").integer().and_then(|mode| u32::try_from(mode).ok()).unwrap_or(default);
        Some((PathBuf::from(item.get("path").text()?), file(field, mode)?))
    });
    Some(chosen.collect())
}
