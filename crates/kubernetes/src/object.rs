//! One object of Kubernetes with its place.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use diagnostics::{Finding, Source, Span};
use yaml::Node;

use crate::field::Field;

/// An object, read; its fields are looked at with [`Object::root`].
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    /// `default` where none is written: that of the command line is not known.
    pub(crate) namespace: String,
    pub(crate) source: Rc<Source>,
    node: Node,
    /// What was found wrong with the types of fields while they were read.
    pub(crate) problems: RefCell<Vec<Finding>>,
}

impl Object {
    /// Reads what every object has; nothing where it has no kind, as a file of values has none.
    pub(crate) fn new(source: &Rc<Source>, node: Node) -> Option<Self> {
        let text = |node: Option<&Node>| node.and_then(Node::text).unwrap_or_default().to_owned();
        let kind = text(node.get("kind"));
        let api_version = text(node.get("apiVersion"));
        if kind.is_empty() || api_version.is_empty() {
            return None;
        }
        let metadata = node.get("metadata").map(|metadata| metadata.resolve(&node));
        let of_metadata = |key: &str| text(metadata.and_then(|metadata| metadata.get(key)));
        let namespace = of_metadata("namespace");
        Some(Self {
            api_version,
            kind,
            name: of_metadata("name"),
            namespace: if namespace.is_empty() { "default".to_owned() } else { namespace },
            source: Rc::clone(source),
            node,
            problems: RefCell::default(),
        })
    }

    /// All of it.
    pub(crate) fn root(&self) -> Field<'_> {
        Field::new(self, &self.node)
    }

    /// The tree that aliases are resolved in.
    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    /// The place of these bytes.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        Span::new(&self.source, range)
    }

    /// The part of the version behind the group: `v1beta1`.
    pub(crate) fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Whether an operator makes pods of it, and judges it when it is applied.
    pub(crate) fn is_of_operator(&self) -> bool {
        match self.kind.as_str() {
            "Elasticsearch" => self.group().ends_with(".k8s.elastic.co"),
            "OpenSearchCluster" => !self.group().is_empty(),
            _ => false,
        }
    }

    /// `StatefulSet es-data`.
    pub(crate) fn title(&self) -> String {
        format!("{} `{}`", self.kind, self.name)
    }
}
