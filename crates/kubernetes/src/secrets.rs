//! What of a manifest must not be shown: the data of Secrets, and the values of variables and keys that are named like one.

use diagnostics::{Secrets, is_secret_name};
use template::Format;
use yaml::Node;

/// Finds them in a text of manifests.
pub(crate) fn find(text: &str) -> Secrets {
    // What a single file of settings hides is hidden in a manifest, too.
    let mut secrets = Format::Yaml.secrets()(text);
    for range in crate::documents::documents(text) {
        let document = text.get(range.clone()).unwrap_or("");
        match crate::json::parse(document) {
            Ok(Some(mut tree)) => {
                tree.shift(range.start);
                look(tree.root(text), &mut secrets);
            }
            Ok(None) => {}
            // Nobody can tell what is what.
            Err(_) => secrets.hide(range),
        }
    }
    secrets
}

fn look(node: Node<'_>, secrets: &mut Secrets) {
    if node.get("kind").and_then(Node::text) == Some("Secret") {
        for key in ["data", "stringData"] {
            if let Some(data) = node.get(key) {
                secrets.value(data.range());
            }
        }
        return;
    }
    if let (Some(name), Some(value)) = (node.get("name").and_then(Node::text), node.get("value"))
        && is_secret_name(name)
    {
        secrets.value(value.range());
    }
    for (_, value) in node.entries() {
        look(value, secrets);
    }
    for item in node.items() {
        look(item, secrets);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use diagnostics::{Finding, Span};
    use node::Request;

    use crate::{Options, Text, check};

    /// `geheim` as it is and in base64, wherever somebody may write it.
    const MANIFESTS: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: s}
data: {A: Z2VoZWlt, kubeconfig: Z2VoZWltOiBnZWhlaW0=}
stringData:
  elasticsearch.yml: |
    node.data: geheim
    geheim: ${geheim}
    discovery.zen.minimum_master_nodes: geheim
    x: [geheim
  B: geheim
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data:
  password: geheim
  log4j2.properties: |
    appender.password = geheim
    x = ${NOBODY}
  more.yml: |
    a.password: geheim-${NOBODY}
    b_secret:
      - geheim-${NOBODY}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: es}
spec:
  serviceName: es
  replicas: 3
  template:
    spec:
      securityContext: {runAsUser: 1000, runAsGroup: 1000}
      containers:
        - name: elasticsearch
          image: team/elasticsearch:2.3.4
          command: [/es-entrypoint, -Da.password=geheim-$(NOBODY)]
          env:
            - {name: A_PASSWORD, value: $(geheim)ge$$geheim}
            - {name: ES_JAVA_OPTS, value: -Da.password=geheim -Xmx7g}
            - {name: B_TOKEN, value: geheim}
            - {name: MIN_MASTERS, valueFrom: {secretKeyRef: {name: s, key: A}}}
            - {name: MASTER_COUNT, valueFrom: {secretKeyRef: {name: s, key: C}}}
            - {name: NODE_DATA, valueFrom: {secretKeyRef: {name: s, key: B}}}
            - {name: CLUSTER_NAME_FILE, value: /s/B}
            - {name: DISCOVERY_SERVICE, value: es}
            - {name: KUBECONFIG, value: /s/kubeconfig}
          resources: {limits: {memory: 1Gi}}
          envFrom:
            - secretRef: {name: s}
            - configMapRef: {name: c}
          volumeMounts:
            - {name: s, mountPath: /s}
            - {name: TEMPLATES, mountPath: /config-templates}
      volumes:
        - name: s
          secret: {secretName: s, defaultMode: 0400, items: [{key: B, path: B}, {key: kubeconfig, path: kubeconfig}]}
        - name: c
          configMap: {name: c}
---
kind: Secret
apiVersion: v1
stringData: {a: [geheim}
";

    fn texts(finding: &Finding) -> Vec<String> {
        let spans: Vec<&Span> =
            finding.span.iter().chain(finding.also.iter().map(|(span, _)| span)).collect();
        let shown = spans.iter().filter_map(|span| span.locate().excerpt);
        shown.chain([format!("{finding:?}")]).collect()
    }

    #[test]
    fn no_finding_shows_a_secret() {
        let mut codes = std::collections::BTreeSet::new();
        for (from, to) in [
            ("TEMPLATES", "s"),
            ("TEMPLATES", "c"),
            ("items: [{key: B, path: B}, {key: kubeconfig, path: kubeconfig}]", "items: [{key: D, path: B}]"),
            ("team/elasticsearch:2.3.4\n          command", "elasticsearch:7.17.0\n          args"),
            ("stringData: {a: [geheim}", "stringData: {a: geheim}"),
        ] {
            let text = MANIFESTS.replace(from, to);
            let options = Options {
                request: Request::default(),
                suppressions: true,
                own_request: &|_, _| Some(Request::default()),
                kubernetes_minor: None,
                share: &|count, work| (0..count).for_each(work),
            };
            let texts_of = [Text { name: "m.yml".to_owned(), text: Arc::from(text) }];
            let report = check(texts_of.into(), &options);
            assert_eq!(report.pods, 1);
            for finding in &report.findings {
                codes.insert(finding.code);
                for text in texts(finding) {
                    let is_shown = text.contains("geheim") || text.contains("Z2Vo");
                    assert!(!is_shown, "{}: {text}", finding.code);
                }
            }
        }
        for code in [
            "env/dollar",
            "heap/over-limit",
            "env/later-reference",
            "k8s/missing-key",
            "k8s/not-yaml",
            "k8s/secret-in-plain",
            "template/unset",
        ] {
            assert!(codes.contains(code), "{code} of {codes:?}");
        }
    }
}
