//! The environment of a container as the kubelet makes it (`makeEnvironmentVariables` in `pkg/kubelet/kubelet_pods.go`):
//! `envFrom` in order, then `env` in order, service links for names that are still missing.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::rc::Rc;

use diagnostics::Span;
use server::base64;
use template::{Content, Environment, Origin, Question, Variable};

use crate::downward;
use crate::expand::{Entry, Expanded, Known, expand};
use crate::field::Field;
use crate::links::{self, KnownLinks, Links};
use crate::objects::Objects;
use crate::workload::Pod;

/// All variables of a container by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    by_name: BTreeMap<String, Entry>,
    /// Where nothing else has that name.
    links: Rc<Links>,
    /// How the names begin and end that may be set, too: those of ConfigMaps and Secrets that the input does not hold, and of
    /// Services.
    others: Vec<(String, &'static str)>,
    /// What became of each `value` of `env`: the name, and the place of the value.
    pub(crate) expanded: Vec<(String, Option<Span>, Expanded)>,
}

impl Variables {
    /// The variables of the pod's container.
    pub(crate) fn of<'a>(pod: &Pod<'a>, objects: &Objects, links: &KnownLinks<'a>) -> Self {
        let (links, others) = links.of(pod, objects);
        let mut variables = Self { links, others, ..Self::default() };
        for source in pod.container.get("envFrom").items() {
            variables.add_all(source, pod, objects);
        }
        for entry in pod.container.get("env").items() {
            variables.add(entry, pod, objects);
        }
        variables
    }

    /// `envFrom`: the keys of a ConfigMap or a Secret. Nothing is expanded in their values, and binary data is not read.
    fn add_all(&mut self, source: Field<'_>, pod: &Pod<'_>, objects: &Objects) {
        let prefix = source.get("prefix").text().unwrap_or_default();
        for (reference, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            let Some(name) = source.at(&[reference, "name"]).text() else { continue };
            let Some(object) = objects.find(kind, pod.namespace(), name) else {
                // What was set before may be set anew.
                for (name, entry) in &mut self.by_name {
                    if name.starts_with(prefix) {
                        entry.value = Known::Unknown;
                    }
                }
                self.others.push((prefix.to_owned(), ""));
                continue;
            };
            for data in DATA {
                for (key, value) in object.root().get(data).entries() {
                    let entry = Entry { value: value_of(kind, data, value), span: value.span() };
                    self.by_name.insert(format!("{prefix}{key}"), entry);
                }
            }
        }
    }

    fn add(&mut self, entry: Field<'_>, pod: &Pod<'_>, objects: &Objects) {
        let Some(name) = entry.get("name").text() else { return };
        let value = entry.get("value");
        let from = entry.get("valueFrom");
        let known = match value.text() {
            Some(text) if !text.is_empty() => {
                let expanded = self.expand(text);
                // What is left as it is has a rule of its own, and is nothing that anybody meant.
                let whole = expanded.text.clone().filter(|_| expanded.left.is_empty());
                self.expanded.push((name.to_owned(), value.span(), expanded));
                whole.map_or(Known::Unknown, Known::Text)
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

    /// A ConfigMap or a Secret gives variables that nobody here knows.
    pub(crate) fn has_unknown_source(&self) -> bool {
        self.others.iter().any(|(begin, end)| begin.is_empty() && end.is_empty())
    }

    /// The image may set that variable.
    pub(crate) fn is_of_image(&mut self, name: &str) {
        if self.get(name).is_none() {
            self.others.push((name.to_owned(), ""));
        }
    }

    /// A text with the variables that are there by now.
    pub(crate) fn expand(&self, text: &str) -> Expanded {
        expand(text, |name| {
            let known = self.get(name).map(|entry| entry.value.clone());
            let fits =
                |(begin, end): &(String, &str)| name.starts_with(begin.as_str()) && name.ends_with(end);
            known.or_else(|| self.others.iter().any(fits).then_some(Known::Unknown))
        })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).or_else(|| self.links.by_name.get(name))
    }

    /// All but the links, by name.
    pub(crate) fn own(&self) -> impl Iterator<Item = (&String, &Entry)> {
        self.by_name.iter()
    }

    /// Those of them that are known: links are no options of anybody's.
    pub(crate) fn pairs(&self) -> Vec<(OsString, OsString)> {
        links::pairs(&self.by_name)
    }

    /// Those with names that are asked for, the links last. There may be very many of these, which nobody looks through.
    pub(crate) fn asked_for(&self, question: Question) -> Vec<(&String, &Entry)> {
        let mut found: Vec<_> = self.by_name.iter().filter(|(name, _)| question(name)).collect();
        let links = &self.links.environment;
        let known = links.pairs_in_process(question).into_iter().filter_map(|(name, _)| name.to_str());
        let unknown = links.unknown_in_process(question);
        let names =
            known.chain(unknown.iter().map(String::as_str)).filter(|name| !self.by_name.contains_key(*name));
        found.extend(names.filter_map(|name| self.links.by_name.get_key_value(name)));
        found
    }

    /// Whether any has such a name.
    pub(crate) fn any(&self, question: Question) -> bool {
        !self.asked_for(question).is_empty()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match &self.get(name)?.value {
            Known::Text(text) => Some(text),
            Known::Secret(_) | Known::Unknown => None,
        }
    }

    /// As a node gets it. The value of a Secret is there for templates, as one from a file would be.
    pub(crate) fn environment(&self) -> Environment {
        let links = Some(&self.links.environment);
        let mut environment = links::environment(&self.by_name, self.others.clone(), links);
        for (name, entry) in &self.by_name {
            if let Known::Secret(text) = &entry.value {
                let content = Content::Text(text.clone());
                environment.set(name, Variable { content, origin: Origin::Process, secret: true });
            }
        }
        environment
    }
}

/// Where ConfigMaps and Secrets have their values, in the order in which they count.
const DATA: [&str; 2] = ["data", "stringData"];

/// What one of these values is for a variable; `null` is an empty one.
fn value_of(kind: &str, data: &str, value: Field<'_>) -> Known {
    match value.text().or((!value.is_there()).then_some("")) {
        Some(text) if kind == "ConfigMap" => Known::Text(text.to_owned()),
        Some(text) if data == "stringData" => Known::Secret(text.to_owned()),
        text => {
            let bytes = text.and_then(base64);
            bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map_or(Known::Unknown, Known::Secret)
        }
    }
}

/// A value from elsewhere; nothing where the variable is not set.
fn value_from(from: Field<'_>, pod: &Pod<'_>, objects: &Objects) -> Option<Known> {
    for (reference, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
        let source = from.get(reference);
        let (Some(name), Some(key)) = (source.get("name").text(), source.get("key").text()) else { continue };
        let Some(object) = objects.find(kind, pod.namespace(), name) else { return Some(Known::Unknown) };
        // The API server writes `stringData` over `data`.
        let found = DATA.iter().rev().find_map(|data| {
            let value = object.root().get(data).get(key);
            value.span().is_some().then(|| value_of(kind, data, value))
        });
        return match found {
            None if source.get("optional").boolean() == Some(true) => None,
            found => Some(found.unwrap_or(Known::Unknown)),
        };
    }
    Some(downward::value(from, pod).map_or(Known::Unknown, Known::Text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{documents, secrets, workload};
    use diagnostics::Source;
    use std::sync::Arc;

    /// The objects of a text without a fault.
    fn objects(source: &Arc<Source>) -> Objects {
        let read = documents::read(source);
        let mut objects = Objects::default();
        read.objects.into_iter().for_each(|object| objects.add(object));
        assert_eq!((read.findings, objects.problems()), (Vec::new(), Vec::new()));
        objects
    }

    /// The variables of the first pod: `NAME=value`, and `NAME?` where the value is unknown.
    fn variables(text: &str) -> Vec<String> {
        let objects = objects(&Source::new("test.yml", text, secrets::find));
        let pods = workload::pods(&objects, None);
        let variables = Variables::of(&pods[0], &objects, &KnownLinks::default());
        let mut variables = variables.asked_for(|_| true);
        variables.sort_by_key(|(name, _)| *name);
        let line = |(name, entry): &(&String, &Entry)| match &entry.value {
            Known::Text(text) => format!("{name}={text}"),
            Known::Secret(text) => format!("{name}:{text}"),
            Known::Unknown => format!("{name}?"),
        };
        variables.iter().map(line).collect()
    }

    fn of_env(env: &str) -> Vec<String> {
        let container = "name: es, image: elasticsearch, resources: {limits: {cpu: 500m, memory: 2Gi}}";
        variables(&format!(
            "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: es, namespace: logs}}, spec: {{replicas: 3, template: \
             {{metadata: {{labels: {{role: master}}}}, spec: {{containers: [{{{container}, {env}}}]}}}}}}}}\n---\n\
             {{apiVersion: v1, kind: ConfigMap, metadata: {{name: c, namespace: logs}}, data: {{A: a, REF: $(A), B: b}}, \
             binaryData: {{BIN: eA==}}}}\n---\n\
             {{apiVersion: v1, kind: ConfigMap, metadata: {{name: d, namespace: logs}}, data: {{A: other}}}}\n---\n\
             {{apiVersion: v1, kind: ConfigMap, metadata: {{name: e}}, data: {{A: elsewhere}}}}\n---\n\
             {{apiVersion: v1, kind: Secret, metadata: {{name: s, namespace: logs}}, data: {{P: eA==, Q: b3RoZXI=}}, stringData: {{P: p}}}}\n"
        ))
    }

    /// What `makeEnvironmentVariables` gives, rule by rule.
    #[test]
    fn as_the_kubelet_makes_it() {
        for (env, wanted) in [
            // Later sources win; nothing in them is expanded; binary data is none.
            (
                "envFrom: [{configMapRef: {name: c}}, {configMapRef: {name: d}}]",
                &["A=other", "B=b", "REF=$(A)"][..],
            ),
            ("envFrom: [{prefix: X_, configMapRef: {name: d}}]", &["X_A=other"]),
            ("envFrom: [{secretRef: {name: s}}]", &["P:p", "Q:other"]),
            // Of another namespace, or not in the input: nobody knows what it has.
            ("envFrom: [{configMapRef: {name: e}}]", &[]),
            ("envFrom: [{configMapRef: {name: d}}, {configMapRef: {name: missing}}]", &["A?"]),
            (
                "envFrom: [{configMapRef: {name: missing, optional: true}}], env: [{name: X, value: $(Y)}]",
                &["X?"],
            ),
            // `env` wins, and sees what is there by then.
            ("envFrom: [{configMapRef: {name: d}}], env: [{name: A, value: x-$(A)}]", &["A=x-other"]),
            ("env: [{name: A, value: '1'}, {name: B, value: $(A)$(A)}]", &["A=1", "B=11"]),
            ("env: [{name: A, value: a}, {name: A, value: b}]", &["A=b"]),
            ("env: [{name: A, value: pa$$word}, {name: B, value: $$(A)}]", &["A=pa$word", "B=$(A)"]),
            // Set and empty.
            (
                "env: [{name: A}, {name: B, value: }, {name: C, value: ''}, {name: D, value: null}]",
                &["A=", "B=", "C=", "D="],
            ),
            // An empty `value` does not hide `valueFrom`.
            (
                "env: [{name: A, value: '', valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}]",
                &["A=logs"],
            ),
            ("env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: REF}}}]", &["A=$(A)"]),
            ("env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: x, optional: true}}}]", &[]),
            ("env: [{name: A, valueFrom: {configMapKeyRef: {name: c, key: x}}}]", &["A?"]),
            ("env: [{name: A, valueFrom: {configMapKeyRef: {name: z, key: x, optional: true}}}]", &["A?"]),
            (
                "env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: P}}}, {name: B, value: $(A)}]",
                &["A:p", "B?"],
            ),
            ("env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: Q}}}]", &["A:other"]),
            ("env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: R, optional: true}}}]", &[]),
            (
                "env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: B, value: x$(A)}]",
                &["A?", "B?"],
            ),
            (
                "env: [{name: A, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['role']\"}}}]",
                &["A=master"],
            ),
            ("env: [{name: A, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['zone']\"}}}]", &["A?"]),
            ("env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]", &["A?"]),
            ("env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}]", &["A=default"]),
            ("env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}]", &["A=1"]),
            (
                "env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}]",
                &["A=500"],
            ),
            (
                "env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}]",
                &["A=2048"],
            ),
            ("env: [{name: A, valueFrom: {resourceFieldRef: {resource: requests.memory}}}]", &["A?"]),
            ("env: [{name: A, valueFrom: {fileKeyRef: {volumeName: v, path: p, key: k}}}]", &["A?"]),
            (
                "env: [{name: A, value: $(KUBERNETES_SERVICE_HOST)}, {name: B, value: $(LOGS_SERVICE_PORT)}]",
                &["A?", "B?"],
            ),
            ("env: [{name: A, value: $(LATER)}, {name: LATER, value: x}]", &["A?", "LATER=x"]),
        ] {
            assert_eq!(of_env(env), wanted, "{env}");
        }
    }

    /// `make test-kubernetes` compares the recording with what the pods of a real cluster get.
    #[test]
    fn as_real_pods_got_it() {
        const PODS: &str = include_str!("../../../tests/sets/environment/pods.yaml");
        const RECORDED: &str = include_str!("../../../tests/sets/environment/recorded.txt");
        let objects = objects(&Source::new("pods.yaml", PODS, secrets::find));
        let mut pods = 0;
        for pod in workload::pods(&objects, None) {
            let heading = format!("pod {}\n", pod.workload.name);
            let (_, rest) = RECORDED.split_once(&heading).unwrap();
            let lines = rest.lines().take_while(|line| !line.starts_with("pod "));
            let recorded: BTreeMap<&str, String> = lines
                .map(|line| line.split_once('=').unwrap())
                .map(|(name, value)| (name, value.replace("\\n", "\n")))
                .collect();
            let own = Variables::of(&pod, &objects, &KnownLinks::default());
            let mut variables = own.links.by_name.clone();
            variables.extend(own.by_name);
            // What is optional and not in the input may be there or not.
            let is_there = |(name, entry): &(&String, &Entry)| {
                entry.value != Known::Unknown || recorded.contains_key(name.as_str())
            };
            let names: Vec<&str> = variables.iter().filter(is_there).map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, recorded.keys().copied().collect::<Vec<_>>(), "{heading}");
            for (name, entry) in &variables {
                if let Known::Text(text) | Known::Secret(text) = &entry.value {
                    assert_eq!(text, &recorded[name.as_str()], "{heading}{name}");
                }
            }
            let known = variables.values().filter(|entry| entry.value != Known::Unknown).count();
            assert!(known * 3 > names.len() * 2, "{known} of {}", names.len());
            pods += 1;
        }
        assert_eq!(pods, 2);
    }

    #[test]
    fn service_links() {
        let pod = |more: &str| {
            format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: es}}, spec: {{{more}containers: [{{name: es, image: elasticsearch, env: \
                 [{{name: ES_PORT, value: '1'}}]}}]}}}}\n"
            )
        };
        let service = |name: &str, spec: &str| {
            format!("---\n{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{{spec}}}}}\n")
        };
        let es = service("es", "ports: [{port: 9200, name: http-api}, {port: 53, protocol: UDP}]");
        let none = [
            service("a", "clusterIP: None, ports: [{port: 1}]"),
            service("b", "type: ExternalName, externalName: x"),
        ]
        .concat();
        let all = [
            "ES_PORT=1",
            "ES_PORT_53_UDP=udp://10.0.0.1:53",
            "ES_PORT_53_UDP_ADDR?",
            "ES_PORT_53_UDP_PORT=53",
            "ES_PORT_53_UDP_PROTO=udp",
            "ES_PORT_9200_TCP=tcp://10.0.0.1:9200",
            "ES_PORT_9200_TCP_ADDR?",
            "ES_PORT_9200_TCP_PORT=9200",
            "ES_PORT_9200_TCP_PROTO=tcp",
            "ES_SERVICE_HOST?",
            "ES_SERVICE_PORT=9200",
            "ES_SERVICE_PORT_HTTP_API=9200",
        ];
        assert_eq!(variables(&format!("{}{es}{none}", pod(""))), all);
        assert_eq!(variables(&format!("{}{es}", pod("enableServiceLinks: false, "))), ["ES_PORT=1"]);
    }
}
