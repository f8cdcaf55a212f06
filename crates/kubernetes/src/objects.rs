//! All objects of a run, and how they find each other.

use diagnostics::Finding;

use crate::object::Object;

/// The objects in the order of the texts.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    all: Vec<Object>,
}

impl Objects {
    pub(crate) fn add(&mut self, object: Option<Object>) {
        self.all.extend(object);
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Object> {
        self.all.iter()
    }

    /// Those of a kind in a namespace.
    pub(crate) fn of_kind<'a>(
        &'a self,
        kind: &'a str,
        namespace: &'a str,
    ) -> impl Iterator<Item = &'a Object> {
        self.all.iter().filter(move |object| object.kind == kind && object.namespace == namespace)
    }

    /// The object of that kind and name; the last one where there are several, as it is applied last.
    pub(crate) fn find<'a>(&'a self, kind: &'a str, namespace: &'a str, name: &str) -> Option<&'a Object> {
        self.of_kind(kind, namespace).filter(|object| object.name == name).last()
    }

    /// What was wrong with the types of fields that were read.
    pub(crate) fn problems(&self) -> Vec<Finding> {
        self.all.iter().flat_map(|object| object.problems.borrow().clone()).collect()
    }
}
