//! All objects of a run, and how they find each other.

use diagnostics::Finding;

use crate::index::Places;
use crate::object::{Object, SCALER};

/// The objects in the order of the texts.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    all: Vec<Object>,
    /// Places in the list: of each kind in a namespace, and of each name of it.
    by_kind: Places,
    by_name: Places,
    by_namespace: Places,
    /// Something in it raises `vm.max_map_count`.
    pub(crate) mentions_map_count: bool,
    /// Some of it is for `OpenShift`.
    pub(crate) is_of_openshift: bool,
}

const SERVICE: &str = "Service";
/// The namespace by which a Service is found in all of them.
const ANY: &str = "";

/// What servers are found by, beside their kind; no kind is called like that.
fn of_server(object: &Object) -> String {
    format!("server/{}/{}", object.namespace, object.name)
}

impl Objects {
    pub(crate) fn add(&mut self, object: Object) {
        let kind = format!("{}/{}", object.kind, object.namespace);
        self.by_name.entry(format!("{kind}/{}", object.name)).or_default().push(self.all.len());
        if object.kind == SERVICE {
            let everywhere = format!("{SERVICE}/{ANY}/{}", object.name);
            self.by_name.entry(everywhere).or_default().push(self.all.len());
        }
        if object.is_server {
            self.by_name.entry(of_server(&object)).or_default().push(self.all.len());
        }
        if let Some(target) = &object.scales {
            let target = format!("{SCALER}/{}/{target}", object.namespace);
            self.by_name.entry(target).or_default().push(self.all.len());
        }
        self.mentions_map_count |= object.mentions_map_count;
        self.is_of_openshift |= object.api_version.contains("openshift.io");
        self.by_namespace.entry(object.namespace.clone()).or_default().push(self.all.len());
        self.by_kind.entry(kind).or_default().push(self.all.len());
        self.all.push(object);
    }

    /// Those of each directory, in the order of the directories' first objects.
    pub(crate) fn by_directory(self) -> Vec<Self> {
        let mut directories: Vec<Self> = Vec::new();
        let mut places = Places::new();
        for object in self.all {
            let known = places.entry(object.directory().to_owned()).or_default();
            if known.is_empty() {
                known.push(directories.len());
                directories.push(Self::default());
            }
            let Some(place) = known.first().copied() else { continue };
            if let Some(objects) = directories.get_mut(place) {
                objects.add(object);
            }
        }
        directories
    }

    pub(crate) fn get(&self, place: usize) -> Option<&Object> {
        self.all.get(place)
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The namespaces that have any.
    pub(crate) fn namespaces(&self) -> Vec<String> {
        let mut names: Vec<String> = self.by_namespace.keys().cloned().collect();
        diagnostics::order::sort(&mut names);
        names
    }

    /// Those of a namespace, or all.
    pub(crate) fn within<'a>(&'a self, namespace: Option<&str>) -> impl Iterator<Item = &'a Object> {
        let places = namespace.map(|name| self.by_namespace.get(name).map(Vec::as_slice).unwrap_or_default());
        let all = if places.is_none() { self.all.as_slice() } else { &[] };
        all.iter().chain(places.unwrap_or_default().iter().filter_map(|place| self.all.get(*place)))
    }

    /// The trees of a namespace, or all, are made again when they are looked at.
    pub(crate) fn drop_trees(&mut self, namespace: Option<&str>) {
        let Some(name) = namespace else { return self.all.iter_mut().for_each(Object::drop_tree) };
        for place in self.by_namespace.get(name).map(Vec::as_slice).unwrap_or_default() {
            if let Some(object) = self.all.get_mut(*place) {
                object.drop_tree();
            }
        }
    }

    /// Those of the kind, the namespace and the name of one, in the order of the texts. Workloads of servers are alike whatever
    /// their kind is.
    pub(crate) fn alike(&self, object: &Object) -> &[usize] {
        let name = format!("{}/{}/{}", object.kind, object.namespace, object.name);
        let name = if object.is_server { of_server(object) } else { name };
        self.by_name.get(&name).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Object> {
        self.all.iter()
    }

    /// Those of a kind in a namespace.
    pub(crate) fn of_kind(&self, kind: &str, namespace: &str) -> impl Iterator<Item = &Object> {
        let places = self.by_kind.get(&format!("{kind}/{namespace}")).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.all.get(*place))
    }

    /// The autoscaler of a workload.
    pub(crate) fn scaler(&self, workload: &Object) -> Option<&Object> {
        let target = format!("{SCALER}/{}/{}/{}", workload.namespace, workload.kind, workload.name);
        self.all.get(*self.by_name.get(&target)?.first()?)
    }

    /// The Services of a name, in all namespaces.
    pub(crate) fn services(&self, name: &str) -> impl Iterator<Item = &Object> {
        let places =
            self.by_name.get(&format!("{SERVICE}/{ANY}/{name}")).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.all.get(*place))
    }

    /// The object of that kind and name; the last one where there are several, as it is applied last.
    pub(crate) fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&Object> {
        self.all.get(*self.by_name.get(&format!("{kind}/{namespace}/{name}"))?.last()?)
    }

    /// What was wrong with the types of fields that were read.
    pub(crate) fn problems(&self) -> Vec<Finding> {
        self.all.iter().flat_map(Object::problems).collect()
    }
}
