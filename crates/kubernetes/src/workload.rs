//! The pods of servers among all objects.

use crate::field::Field;
use crate::image::{self, Family, Image};
use crate::object::Object;
use crate::objects::Objects;

/// The pod of a workload, with the container that the server runs in. All replicas are one pod here.
#[derive(Clone, Debug)]
pub(crate) struct Pod<'a> {
    pub(crate) workload: &'a Object,
    /// `metadata` and `spec` of the pod.
    pub(crate) template: Field<'a>,
    spec: Field<'a>,
    pub(crate) container: Field<'a>,
    pub(crate) image: Image,
    /// The container's command or arguments name this program.
    pub(crate) starts_this_program: bool,
}

/// The annotations that are for this program: which findings are allowed, which container is the server's, its version.
pub(crate) const ALLOW: &str = "es-entrypoint/allow";
pub(crate) const OF_CONTAINER: &str = "es-entrypoint/container";
pub(crate) const OF_VERSION: &str = "es-entrypoint/version";

/// What of a name of a container's command is this program.
const PROGRAM: &str = "es-entrypoint";

/// All pods of servers, or those of a namespace. Pods of Helm's hooks are tests and jobs.
pub(crate) fn pods<'a>(objects: &'a Objects, namespace: Option<&str>) -> Vec<Pod<'a>> {
    objects.within(namespace).filter(|object| object.is_server).filter_map(pod).collect()
}

/// `metadata` and `spec` of the pods that an object makes, or is.
pub(crate) fn template(object: &Object) -> Option<Field<'_>> {
    let root = object.root();
    Some(match object.kind.as_str() {
        "Pod" => root,
        "ReplicationController"
        | "ReplicaSet"
        | "Deployment"
        | "DeploymentConfig"
        | "StatefulSet"
        | "PetSet"
        | "DaemonSet"
        | "Job" => root.at(&["spec", "template"]),
        "CronJob" => root.at(&["spec", "jobTemplate", "spec", "template"]),
        _ => return None,
    })
}

/// The containers of a pod's `spec`, without those that run before them.
pub(crate) fn containers(spec: Field<'_>) -> impl Iterator<Item = Field<'_>> {
    spec.get("containers").items()
}

/// Those that run before the others, and the others.
pub(crate) fn all_containers(spec: Field<'_>) -> impl Iterator<Item = Field<'_>> {
    spec.get("initContainers").items().chain(containers(spec))
}

/// The names of the containers of these pods.
pub(crate) fn names_of_containers(template: Field<'_>) -> impl Iterator<Item = &str> {
    containers(template.get("spec")).filter_map(|container| container.get("name").text())
}

/// The pod of an object, if it is one of a server.
pub(crate) fn pod(object: &Object) -> Option<Pod<'_>> {
    let root = object.root();
    let template = template(object)?;
    let is_hook = |field: Field<'_>| annotation(field, "helm.sh/hook").is_some();
    if is_hook(root) || is_hook(template) {
        return None;
    }
    let named = annotation(template, OF_CONTAINER)
        .or_else(|| annotation(root, OF_CONTAINER))
        // One that no container has is told, and then as if it were not there.
        .filter(|name| names_of_containers(template).any(|it| it == *name));
    let spec = template.get("spec");
    containers(spec).find_map(|container| {
        let reference = container.get("image").text().unwrap_or_default();
        let starts_this_program = ["command", "args"]
            .iter()
            .flat_map(|list| container.get(list).items())
            .filter_map(Field::text)
            .any(|word| word.contains(PROGRAM));
        let image = match named {
            Some(name) => (container.get("name").text() == Some(name))
                .then(|| image::of_server(reference).unwrap_or_else(|| image::of_other(reference))),
            None => image::of_server(reference)
                .or_else(|| starts_this_program.then(|| image::of_other(reference))),
        }?;
        // Without a command it is the entrypoint of the image.
        let is_entrypoint = image.family == Family::Own && !container.get("command").is_there();
        let starts_this_program = starts_this_program || is_entrypoint;
        Some(Pod { workload: object, template, spec, container, image, starts_this_program })
    })
}

/// An annotation of an object or a pod template.
pub(crate) fn annotation<'a>(field: Field<'a>, name: &str) -> Option<&'a str> {
    field.at(&["metadata", "annotations"]).get(name).text()
}

impl<'a> Pod<'a> {
    pub(crate) fn namespace(&self) -> &'a str {
        &self.workload.namespace
    }

    pub(crate) fn spec(&self) -> Field<'a> {
        self.spec
    }

    /// An annotation of the pod or, where it has none of that name, of the workload.
    pub(crate) fn annotation(&self, name: &str) -> Option<&'a str> {
        annotation(self.template, name).or_else(|| annotation(self.workload.root(), name))
    }

    /// Reads what has to be text, so that it is told where it is none: `true` without quotes is refused.
    pub(crate) fn read_texts(&self) {
        let root = self.workload.root();
        let equal = root.at(&["spec", "selector", "matchLabels"]);
        let metadata = [self.template, root].map(|it| it.get("metadata"));
        let maps = metadata.into_iter().flat_map(|it| [it.get("labels"), it.get("annotations")]);
        for map in maps.chain([self.spec().get("nodeSelector"), equal]) {
            for (_, value) in map.entries() {
                value.text();
            }
        }
    }

    /// The labels of the pods.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.template
            .at(&["metadata", "labels"])
            .entries()
            .filter_map(|(name, value)| Some((name, value.text()?)))
    }

    /// How many of them there are; nothing where the nodes of the cluster or somebody else decides that.
    pub(crate) fn replicas(&self) -> Option<u32> {
        match self.workload.kind.as_str() {
            "DaemonSet" => None,
            "Pod" | "Job" | "CronJob" => Some(1),
            _ => {
                let replicas = self.workload.root().at(&["spec", "replicas"]);
                // `null` and nothing are 1.
                if !replicas.is_there() {
                    return Some(1);
                }
                replicas.integer().and_then(|count| u32::try_from(count).ok())
            }
        }
    }
}
