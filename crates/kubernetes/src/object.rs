//! One object of Kubernetes with its place.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use diagnostics::{Finding, Source, Span, order};
use yaml::{Node, Tree};

use crate::duplicates;
use crate::json;

/// Kinds that make pods.
const WORKLOADS: [&str; 10] = [
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "DeploymentConfig",
    "StatefulSet",
    "PetSet",
    "DaemonSet",
    "Job",
    "CronJob",
];
/// Other kinds of which something is looked at.
const OTHERS: [&str; 8] = [
    "Service",
    "ConfigMap",
    "Secret",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    SCALER,
    "ServiceAccount",
    "Endpoints",
];

pub(crate) const SCALER: &str = "HorizontalPodAutoscaler";
const MAP_COUNT: &str = "max_map_count";

/// An object, read; its fields are looked at with [`Object::root`].
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    /// `default` where none is written: that of the command line is not known.
    pub(crate) namespace: String,
    pub(crate) has_namespace: bool,
    /// Of a workload that is passed over, the labels of its pods: a Service may take them.
    pub(crate) pod_labels: Vec<(String, String)>,
    pub(crate) source: Arc<Source>,
    /// Where its `apiVersion` and its name stand.
    api_version_range: Range<usize>,
    name_range: Range<usize>,
    /// It makes pods of a server.
    pub(crate) is_server: bool,
    /// The kind and the name of what an autoscaler is for: `StatefulSet/es`.
    pub(crate) scales: Option<String>,
    /// Where it can be read again; nothing where that takes more than its own bytes, and where nothing of it is looked at.
    range: Option<Range<usize>>,
    /// It as a tree, while it is looked at: those of all objects are too large to be in memory together.
    tree: OnceLock<Tree>,
    /// Names that stand twice in one mapping.
    pub(crate) duplicates: Vec<Finding>,
    /// Something of it is about `vm.max_map_count`: that is raised then.
    pub(crate) mentions_map_count: bool,
    /// What was found wrong with the types of fields while they were read.
    problems: Mutex<Vec<Finding>>,
}

impl Object {
    /// Reads what every object has; nothing where it has no kind, as a file of values has none. `is_readable` says that its own
    /// bytes are enough to read it again.
    pub(crate) fn new(source: &Arc<Source>, tree: Tree, is_readable: bool) -> Option<Self> {
        let node = tree.root(&source.text);
        let text = |node: Option<Node<'_>>| node.and_then(Node::text).unwrap_or_default().to_owned();
        let kind = text(node.get("kind"));
        let api_version = text(node.get("apiVersion"));
        if kind.is_empty() || api_version.is_empty() {
            return None;
        }
        let metadata = node.get("metadata");
        let of_metadata = |key: &str| metadata.and_then(|metadata| metadata.get(key));
        let namespace = text(of_metadata("namespace"));
        let place = |field: Option<Node<'_>>| field.unwrap_or(node).range();
        let mut object = Self {
            api_version_range: place(node.get("apiVersion")),
            name_range: place(of_metadata("name")),
            api_version,
            kind,
            name: text(of_metadata("name")),
            has_namespace: !namespace.is_empty(),
            pod_labels: Vec::new(),
            namespace: if namespace.is_empty() { "default".to_owned() } else { namespace },
            source: Arc::clone(source),
            mentions_map_count: source.text.get(node.range()).is_some_and(|text| text.contains(MAP_COUNT))
                && node.nodes().any(|it| it.text().is_some_and(|text| text.contains(MAP_COUNT))),
            duplicates: Vec::new(),
            is_server: false,
            scales: None,
            range: None,
            tree: OnceLock::new(),
            problems: Mutex::default(),
        };
        if object.is_looked_at() {
            object.duplicates = duplicates::find(source, node);
            object.range = is_readable.then(|| node.range());
            if object.kind == SCALER {
                let target = node.get("spec").and_then(|spec| spec.get("scaleTargetRef"));
                object.scales = target.map(|it| format!("{}/{}", text(it.get("kind")), text(it.get("name"))));
            }
            let _ = object.tree.set(tree);
        }
        Some(object)
    }

    /// Forgets all but what it is: nothing of it is looked at.
    pub(crate) fn pass_over(&mut self) {
        let node = self.node();
        let template = if self.kind == "Pod" {
            Some(node)
        } else {
            node.get("spec").and_then(|spec| spec.get("template"))
        };
        let labels = template.and_then(|pod| pod.get("metadata")).and_then(|metadata| metadata.get("labels"));
        let texts = labels.into_iter().flat_map(Node::entries);
        let texts = texts.filter_map(|(name, text)| Some((name.text()?.to_owned(), text.text()?.to_owned())));
        self.pod_labels = texts.collect();
        self.range = None;
        self.tree.take();
        self.duplicates.clear();
    }

    /// The tree is made again when it is looked at.
    pub(crate) fn drop_tree(&mut self) {
        if self.range.is_some() {
            self.tree.take();
        }
    }

    /// Adds what is wrong with it; what is known is not told again.
    pub(crate) fn tell(&self, findings: impl IntoIterator<Item = Finding>) {
        let mut problems = self.locked();
        for finding in findings {
            if !problems.contains(&finding) {
                problems.push(finding);
            }
        }
    }

    /// What was found wrong with it, in an order that does not depend on who looked at it first.
    pub(crate) fn problems(&self) -> Vec<Finding> {
        let mut problems = self.locked().clone();
        if problems.len() > 1 {
            let place = |finding: &Finding| finding.span.as_ref().map(|span| span.range.start);
            order::sort_by_key(&mut problems, |finding| (place(finding), finding.message.clone()));
        }
        problems
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Finding>> {
        self.problems.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether rules look at something of it.
    pub(crate) fn is_looked_at(&self) -> bool {
        // Others have kinds of the same names.
        let is_of_kubernetes = !self.group().contains('.')
            || self.group().ends_with("k8s.io")
            || self.group() == "apps.openshift.io";
        is_of_kubernetes && (OTHERS.contains(&self.kind.as_str()) || self.is_workload())
    }

    /// Whether it makes pods.
    pub(crate) fn is_workload(&self) -> bool {
        WORKLOADS.contains(&self.kind.as_str())
    }

    /// The directory of its file, as the user knows it.
    pub(crate) fn directory(&self) -> &str {
        self.source.name.rsplit_once('/').map_or("", |(directory, _)| directory)
    }

    /// All of it.
    pub(crate) fn node(&self) -> Node<'_> {
        self.tree.get_or_init(|| self.read_again().unwrap_or_default()).root(&self.source.text)
    }

    fn read_again(&self) -> Option<Tree> {
        let Range { start, end } = self.range.clone()?;
        let text = &*self.source.text;
        let written = text.get(start..end)?;
        let line = text.get(..start)?.rfind('\n').map_or(0, |end| end + 1);
        // In brackets no column counts, and a line may be long.
        let before = text.get(line..start)?.trim_start_matches('\u{FEFF}');
        let column = if written.starts_with('{') { 0 } else { before.len() };
        let mut tree = json::parse(&format!("{:column$}{written}", "")).ok()??;
        tree.shift(start - column);
        Some(tree)
    }

    /// The place of these bytes.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        Span::new(&self.source, range)
    }

    pub(crate) fn api_version_span(&self) -> Span {
        self.span(self.api_version_range.clone())
    }

    pub(crate) fn name_span(&self) -> Span {
        self.span(self.name_range.clone())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents;

    #[test]
    fn an_object_is_read_again_as_it_was() {
        let one = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |+\n    é\n\n  # x\n  b: 'c'\n";
        let indented = one.replace('\n', "\n    ");
        let json = "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"b\"}}";
        let anchors = "apiVersion: v1\nkind: ConfigMap\nmetadata: &a {name: a}\ndata: {b: *a}\n";
        for text in [
            format!("\u{FEFF}{one}---\n# x\n{one}"),
            format!(
                "kind: List\napiVersion: v1\nitems:\n  - {indented}\n  # y\n  -   {}",
                one.replace('\n', "\n      ")
            ),
            format!("kind: List\napiVersion: v1\nitems:\n- {}", one.replace('\n', "\n  ")),
            format!("kind: List\napiVersion: v1\nitems: [{json}, {json}]\nx: y"),
            format!(
                "{{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\":[{json},\n  {json}]}}\n---\n  {json}"
            ),
            format!("---\n{anchors}---\n{}", one.trim_end()),
        ] {
            let source = Source::new("a.yml", text.as_str(), diagnostics::Secrets::none);
            let objects = documents::read(&source).objects;
            let all: Vec<String> = objects.iter().map(|object| format!("{:?}", object.node())).collect();
            let wanted: Vec<String> = documents::documents(&text)
                .into_iter()
                .flat_map(|range| {
                    let mut tree = yaml::parse(&text[range.clone()]).unwrap().unwrap();
                    tree.shift(range.start);
                    let node = tree.root(&text);
                    let items = node.get("items").map(|items| items.items().collect());
                    let nodes: Vec<Node<'_>> = items.unwrap_or(vec![node]);
                    nodes.into_iter().map(|node| format!("{node:?}")).collect::<Vec<_>>()
                })
                .collect();
            assert_eq!(all.len(), wanted.len(), "{text}");
            for (node, wanted) in all.iter().zip(wanted).filter(|(_, wanted)| !wanted.contains("alias")) {
                assert_eq!(*node, wanted, "{text}");
            }
        }
    }
}
