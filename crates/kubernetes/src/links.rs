//! Service links: the variables that Kubernetes makes of the Services of a namespace (`pkg/kubelet/envvars`).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::rc::Rc;

use template::Environment;

use crate::expand::{Entry, Known};
use crate::objects::Objects;
use crate::workload::Pod;

/// The address is the cluster's to give: where it is all there is, nobody can say it. A URL is one with any.
const ADDRESS: &str = "10.0.0.1";

/// The links of a namespace: made once for all of its pods, as each of them has each.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pub(crate) by_name: BTreeMap<String, Entry>,
    /// The same as what lies below the variables of a node.
    pub(crate) environment: Environment,
}

/// Those of the namespace that was asked for last.
#[derive(Default)]
pub(crate) struct KnownLinks<'a>(RefCell<Option<(&'a str, Rc<Links>)>>);

/// How the names begin and end of variables that nobody here knows.
type Others = Vec<(String, &'static str)>;

impl<'a> KnownLinks<'a> {
    /// Those of the Services of the input with an address of the cluster, and how the names end of those that other Services of
    /// the namespace may make. The Service `kubernetes` is everywhere.
    pub(crate) fn of(&self, pod: &Pod<'a>, objects: &Objects) -> (Rc<Links>, Others) {
        let mut others = vec![("KUBERNETES_SERVICE_".to_owned(), ""), ("KUBERNETES_PORT".to_owned(), "")];
        if pod.spec().get("enableServiceLinks").boolean() == Some(false) {
            return (Rc::default(), others);
        }
        others.extend(["_SERVICE_HOST", "_SERVICE_PORT"].map(|end| (String::new(), end)));
        let mut last = self.0.borrow_mut();
        let known = last.take().filter(|(namespace, _)| *namespace == pod.namespace());
        let (namespace, links) =
            known.unwrap_or_else(|| (pod.namespace(), Rc::new(of(pod.namespace(), objects))));
        *last = Some((namespace, Rc::clone(&links)));
        (links, others)
    }
}

fn of(namespace: &str, objects: &Objects) -> Links {
    let mut links = BTreeMap::new();
    for service in objects.of_kind("Service", namespace) {
        let spec = service.root().get("spec");
        let is_headless = spec.get("clusterIP").text() == Some("None");
        if is_headless || spec.get("type").text() == Some("ExternalName") {
            continue;
        }
        let name = service.name.to_ascii_uppercase().replace('-', "_");
        let span = service.root().at(&["metadata", "name"]).span();
        let mut add = |name: String, value: Known| {
            links.insert(name, Entry { value, span: span.clone() });
        };
        add(format!("{name}_SERVICE_HOST"), Known::Unknown);
        for (index, port) in spec.get("ports").items().enumerate() {
            let Some(number) = port.get("port").integer() else { continue };
            let protocol = port.get("protocol").text().unwrap_or("TCP");
            let lower = protocol.to_ascii_lowercase();
            let url = || Known::Text(format!("{lower}://{ADDRESS}:{number}"));
            let number_text = || Known::Text(number.to_string());
            if index == 0 {
                add(format!("{name}_SERVICE_PORT"), number_text());
                add(format!("{name}_PORT"), url());
            }
            if let Some(port) = port.get("name").text().filter(|port| !port.is_empty()) {
                let port = port.to_ascii_uppercase().replace('-', "_");
                add(format!("{name}_SERVICE_PORT_{port}"), number_text());
            }
            let prefix = format!("{name}_PORT_{number}_{}", protocol.to_ascii_uppercase());
            add(format!("{prefix}_PROTO"), Known::Text(lower.clone()));
            add(format!("{prefix}_PORT"), number_text());
            add(format!("{prefix}_ADDR"), Known::Unknown);
            add(prefix, url());
        }
    }
    let environment = environment(&links, Vec::new(), None);
    Links { by_name: links, environment }
}

/// Variables as a node gets them, with what may be set, too, and what all pods have.
pub(crate) fn environment(
    by_name: &BTreeMap<String, Entry>,
    others: Others,
    below: Option<&Environment>,
) -> Environment {
    let unknown = by_name.iter().filter(|(_, entry)| !matches!(entry.value, Known::Text(_)));
    let unknown: Vec<String> = unknown.map(|(name, _)| name.clone()).collect();
    Environment::with_unknown(pairs(by_name), unknown, others, below)
}

/// Those that are known.
pub(crate) fn pairs(by_name: &BTreeMap<String, Entry>) -> Vec<(OsString, OsString)> {
    let known = by_name.iter().filter_map(|(name, entry)| match &entry.value {
        Known::Text(text) => Some((name.into(), text.into())),
        Known::Secret(_) | Known::Unknown => None,
    });
    known.collect()
}
