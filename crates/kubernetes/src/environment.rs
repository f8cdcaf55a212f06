//! The environment of a container as the kubelet makes it (`makeEnvironmentVariables` in `pkg/kubelet/kubelet_pods.go`):
//! `envFrom` in order, then `env` in order, service links for names that are still missing.

use std::collections::BTreeMap;
use std::ffi::OsString;

use diagnostics::Span;
use template::{Content, Environment, Origin, Variable};

use crate::expand::{Known, expand};
use crate::field::Field;
use crate::objects::Objects;
use crate::workload::Pod;

/// One variable with the place that gives it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) value: Known,
    pub(crate) span: Option<Span>,
}

/// All variables of a container by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    pub(crate) by_name: BTreeMap<String, Entry>,
}

impl Variables {
    /// The variables of the pod's container.
    pub(crate) fn of(pod: &Pod<'_>, objects: &Objects) -> Self {
        let mut variables = Self::default();
        for source in pod.container.get("envFrom").items() {
            variables.add_all(source, pod, objects);
        }
        let links = service_links(pod, objects);
        for entry in pod.container.get("env").items() {
            variables.add(entry, pod, objects, &links);
        }
        for (name, entry) in links {
            variables.by_name.entry(name).or_insert(entry);
        }
        variables
    }

    /// `envFrom`: the keys of a ConfigMap or a Secret.
    fn add_all(&mut self, source: Field<'_>, pod: &Pod<'_>, objects: &Objects) {
        let prefix = source.get("prefix").text().unwrap_or_default();
        for (reference, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            let Some(name) = source.at(&[reference, "name"]).text() else { continue };
            let Some(object) = objects.find(kind, pod.namespace(), name) else { continue };
            let data = object.root().get("data").entries();
            let plain = object.root().get("stringData").entries();
            for (key, value) in data.chain(plain) {
                let known = if kind == "ConfigMap" { value.text().map(str::to_owned) } else { None };
                let entry = Entry { value: known.map_or(Known::Unknown, Known::Text), span: value.span() };
                self.by_name.insert(format!("{prefix}{key}"), entry);
            }
        }
    }

    fn add(&mut self, entry: Field<'_>, pod: &Pod<'_>, objects: &Objects, links: &BTreeMap<String, Entry>) {
        let Some(name) = entry.get("name").text() else { return };
        let value = entry.get("value");
        let from = entry.get("valueFrom");
        let known = match value.text() {
            Some(text) if !text.is_empty() => {
                let find = |name: &str| {
                    self.by_name.get(name).or_else(|| links.get(name)).map(|entry| entry.value.clone())
                };
                expand(text, find).map_or(Known::Unknown, Known::Text)
            }
            _ if from.is_there() => match value_from(from, pod, objects) {
                Some(known) => known,
                // Optional and missing: the variable is not set at all.
                None => return,
            },
            // Of a wrong type: the API server refuses it, and that is told.
            _ if value.is_there() && value.node().and_then(yaml::Node::text) != Some("") => Known::Unknown,
            _ => Known::Text(String::new()),
        };
        let span = value.span().or_else(|| from.key_span()).or_else(|| entry.get("name").span());
        self.by_name.insert(name.to_owned(), Entry { value: known, span });
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match &self.by_name.get(name)?.value {
            Known::Text(text) => Some(text),
            Known::Unknown => None,
        }
    }

    /// As a node gets it.
    pub(crate) fn environment(&self) -> Environment {
        let mut pairs = Vec::new();
        let mut unknown = Vec::new();
        for (name, entry) in &self.by_name {
            match &entry.value {
                Known::Text(text) => pairs.push((OsString::from(name), OsString::from(text))),
                Known::Unknown => unknown.push(name),
            }
        }
        let mut environment = Environment::new(pairs);
        for name in unknown {
            let secret = diagnostics::is_secret_name(name);
            let variable = Variable { content: Content::Unknown, origin: Origin::Process, secret };
            environment.set(name.clone(), variable);
        }
        environment
    }

    /// Those that are known.
    pub(crate) fn pairs(&self) -> Vec<(OsString, OsString)> {
        let known = self.by_name.iter().filter_map(|(name, entry)| match &entry.value {
            Known::Text(text) => Some((name.into(), text.into())),
            Known::Unknown => None,
        });
        known.collect()
    }
}

/// A value from elsewhere; nothing where the variable is not set.
fn value_from(from: Field<'_>, pod: &Pod<'_>, objects: &Objects) -> Option<Known> {
    let config_map = from.get("configMapKeyRef");
    if config_map.is_there() {
        let (name, key) = (config_map.get("name").text()?, config_map.get("key").text()?);
        let is_optional = config_map.get("optional").boolean() == Some(true);
        return match objects.find("ConfigMap", pod.namespace(), name) {
            Some(object) => match object.root().get("data").get(key).text() {
                Some(text) => Some(Known::Text(text.to_owned())),
                None if is_optional => None,
                None => Some(Known::Unknown),
            },
            None => Some(Known::Unknown),
        };
    }
    match from.at(&["fieldRef", "fieldPath"]).text() {
        Some("metadata.namespace") if pod.workload.root().at(&["metadata", "namespace"]).is_there() => {
            Some(Known::Text(pod.namespace().to_owned()))
        }
        _ => Some(Known::Unknown),
    }
}

/// What Kubernetes says of the Services of the namespace (`pkg/kubelet/envvars`): those with an address of the cluster.
fn service_links(pod: &Pod<'_>, objects: &Objects) -> BTreeMap<String, Entry> {
    let mut links = BTreeMap::new();
    if pod.spec().get("enableServiceLinks").boolean() == Some(false) {
        return links;
    }
    for service in objects.of_kind("Service", pod.namespace()) {
        let spec = service.root().get("spec");
        let is_headless = spec.get("clusterIP").text() == Some("None");
        if is_headless || spec.get("type").text() == Some("ExternalName") {
            continue;
        }
        let name = service.name.to_uppercase().replace('-', "_");
        let span = service.root().at(&["metadata", "name"]).span();
        // The address is the cluster's to give.
        const ADDRESS: &str = "10.0.0.1";
        let mut add = |name: String, text: String| {
            links.insert(name, Entry { value: Known::Text(text), span: span.clone() });
        };
        add(format!("{name}_SERVICE_HOST"), ADDRESS.to_owned());
        for (index, port) in spec.get("ports").items().enumerate() {
            let Some(number) = port.get("port").integer() else { continue };
            let protocol = port.get("protocol").text().unwrap_or("TCP");
            let lower = protocol.to_lowercase();
            let url = format!("{lower}://{ADDRESS}:{number}");
            if index == 0 {
                add(format!("{name}_SERVICE_PORT"), number.to_string());
                add(format!("{name}_PORT"), url.clone());
            }
            if let Some(port) = port.get("name").text().filter(|port| !port.is_empty()) {
                add(
                    format!("{name}_SERVICE_PORT_{}", port.to_uppercase().replace('-', "_")),
                    number.to_string(),
                );
            }
            let prefix = format!("{name}_PORT_{number}_{protocol}");
            add(format!("{prefix}_PROTO"), lower);
            add(format!("{prefix}_PORT"), number.to_string());
            add(format!("{prefix}_ADDR"), ADDRESS.to_owned());
            add(prefix, url);
        }
    }
    links
}
