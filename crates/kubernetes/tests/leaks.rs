//! A value of a Secret of the input in every setting, every variable and every argument: it is used, and nothing shows it.
#![allow(clippy::format_collect, reason = "texts of a test")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use diagnostics::{Change, Finding, MessageFormat, Run, Span};
use kubernetes::{Options, Text};
use node::{Depth, Request};

const CATALOGUE: &str = include_str!("../../server/src/settings/catalogue.txt");

/// What is looked for: a word, a number, and both in base64.
const MARKS: [&str; 4] = ["geheim", "17771", "Z2Vo", "MTc3NzEK"];

/// Whose rules know more than their form: each is set alone, too.
const ALONE: [&str; 24] = [
    "cloud.kubernetes.namespace",
    "cloud.kubernetes.service",
    "cluster.initial_master_nodes",
    "cluster.name",
    "discovery.seed_hosts",
    "discovery.seed_providers",
    "discovery.type",
    "discovery.zen.hosts_provider",
    "discovery.zen.minimum_master_nodes",
    "discovery.zen.ping.unicast.hosts",
    "http.enabled",
    "http.port",
    "network.bind_host",
    "network.host",
    "network.publish_host",
    "node.data",
    "node.master",
    "node.name",
    "node.roles",
    "path.data",
    "path.logs",
    "path.repo",
    "transport.port",
    "transport.tcp.port",
];

/// What they are where nothing else is tried.
const USUAL: &str = "cluster.name: ${CLUSTER:-logs}
network.host: 0.0.0.0
path.data: /data
";
const ZEN: &str = "discovery.type: kubernetes
cloud.kubernetes.service: es
discovery.zen.minimum_master_nodes: 1
";
const SEEDS: &str = "discovery.seed_hosts: es:9300
cluster.initial_master_nodes: es-0
";

const VALUES: [&str; 12] = [
    "geheim",
    "17771",
    "/geheim",
    "/data/geheim/../x",
    "geheim:9200",
    "geheim,geheim-0,geheim-1.geheim",
    "geheim-0.es.default.svc:17771",
    "[geheim, \"geheim\"",
    "-Xmx17771m -Xms1g -Dgeheim=geheim",
    " geheim ",
    "10.0.0.17771",
    "tcp://geheim:17771",
];

fn manifests(version: &str, image: &str, command: &str, env: &str, file: &str, value: &str) -> String {
    let file: String = file.lines().map(|line| format!("    {line}\n")).collect();
    let pod = |labels: &str| {
        format!(
            "template:
    metadata: {{labels: {labels}}}
    spec:
      containers:
      - name: elasticsearch
        image: {image}:{version}
        {command}
        livenessProbe: {{tcpSocket: {{port: 9200}}}}
        readinessProbe: {{httpGet: {{port: 9200, path: /}}}}
        resources: {{limits: {{memory: 1Gi}}}}
        env: [{env}]
        volumeMounts: [{{name: t, mountPath: /config-templates}}, {{name: s, mountPath: /s}}, {{name: h, mountPath: /data}}]
      volumes: [{{name: t, configMap: {{name: c}}}}, {{name: s, secret: {{secretName: s}}}}, {{name: h, hostPath: {{path: /h}}}}]
"
        )
    };
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: es}}
spec: {{clusterIP: 10.0.0.1, selector: {{app: es}}, ports: [{{port: 9200}}, {{port: 9300}}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: c}}
data:
  elasticsearch.yml: |
{file}---
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {{name: es}}
spec: {{minAvailable: 3, selector: {{matchLabels: {{app: es}}}}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: es}}
spec:
  serviceName: es
  replicas: 3
  selector: {{matchLabels: {{app: es}}}}
  {}---
apiVersion: extensions/v1beta1
kind: Deployment
metadata: {{name: other}}
spec:
  replicas: 2
  {}---
apiVersion: v1
kind: Secret
metadata: {{name: s}}
stringData: {{k: {}}}
---
apiVersion: extensions/v1beta1
kind: Deployment
metadata: {{name: last}}
spec: {{template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: es, image: 'elasticsearch:2.3.4'}}]}}}}}}
",
        pod("{app: es}"),
        pod("{app: other}"),
        json(value),
    )
}

fn json(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

fn shown(findings: &[Finding]) -> String {
    let mut out = format!("{findings:?}");
    for format in [MessageFormat::Human, MessageFormat::Json, MessageFormat::Github, MessageFormat::Sarif] {
        out += &diagnostics::text(findings, format, false, &Run::default());
    }
    let spans = findings.iter().flat_map(|it| it.span.iter().chain(it.also.iter().map(|(span, _)| span)));
    out.extend(spans.filter_map(|span: &Span| span.locate().excerpt));
    out.extend(diagnostics::changes(findings).iter().map(Change::diff));
    out
}

/// Checks it; what shows a value is told with what was tried.
fn look(what: &str, text: &str, codes: &mut BTreeSet<&str>, leaks: &mut BTreeSet<String>) {
    let request = Request { depth: Depth::Machine, ..Request::default() };
    let share: kubernetes::Share = &|count, work| (0..count).for_each(work);
    let options =
        Options { request, kubernetes_minor: None, suppressions: true, own_request: &|_, _| None, share };
    let report = kubernetes::check(vec![Text { name: "m.yml".to_owned(), text: text.into() }], &options);
    assert_eq!(report.pods, 3, "{what}: {:?}", report.findings);
    codes.extend(report.findings.iter().map(|finding| finding.code));
    let shows = |text: &str| MARKS.iter().any(|mark| text.contains(mark));
    if shows(&shown(&report.findings)) {
        for finding in &report.findings {
            let text =
                format!("{} {:?} {}", finding.message, finding.help, shown(std::slice::from_ref(finding)));
            if shows(&text) {
                leaks.insert(format!("{what}: {} {} {:?}", finding.code, finding.message, finding.help));
            }
        }
    }
}

#[test]
fn no_value_of_a_secret_is_shown() {
    const OWN: &str = "command: [/es-entrypoint]";
    const FROM: &str = "valueFrom: {secretKeyRef: {name: s, key: k}}";
    let rows = CATALOGUE.lines().filter(|line| !line.starts_with('#'));
    let keys: BTreeSet<&str> = rows.filter_map(|row| row.split([' ', '{']).next()).collect();
    let keys: Vec<&str> = keys.into_iter().filter(|key| !key.contains('*')).collect();
    let others = keys.iter().filter(|key| !ALONE.contains(key));
    let all: String = others.map(|key| format!("{key}: ${{V}}\n")).collect();
    let (mut codes, mut leaks) = (BTreeSet::new(), BTreeSet::new());
    for version in ["2.3.4", "7.17.0"] {
        let discovery = if version < "7" { ZEN } else { SEEDS };
        let base = format!("{USUAL}{discovery}");
        for value in VALUES {
            let env = format!("{{name: V, {FROM}}}");
            let mut try_file = |key: &str, file: &str| {
                let text = manifests(version, "team/elasticsearch", OWN, &env, file, value);
                look(&format!("{version} {key} {value}"), &text, &mut codes, &mut leaks);
            };
            try_file("all", &format!("{base}{all}"));
            for key in ALONE.iter().filter(|_| ["geheim", "17771", "/geheim"].contains(&value)) {
                let kept = base.lines().filter(|line| !line.starts_with(&format!("{key}:")));
                let kept: String = kept.map(|line| format!("{line}\n")).collect();
                try_file(key, &format!("{kept}{key}: ${{V}}\n"));
                if value == "geheim" {
                    try_file(key, &format!("{kept}{key}: [a, \"${{V}}\", b]\n"));
                    try_file(key, &format!("{kept}{key}: \"x-${{V}}:9200\"\n"));
                }
            }
            let documented = server::variables::TEMPLATE_VARIABLES.iter().map(|row| row.name);
            let more = [
                "ES_JAVA_OPTS",
                "ES_HEAP_SIZE",
                "KUBECONFIG",
                "MASTER_COUNT",
                "POD_NAME",
                "JAVA_POLICY_READ",
            ];
            let names: Vec<&str> = documented.chain(more).chain(ALONE).collect();
            let file: String = names[..names.len() - ALONE.len()]
                .iter()
                .map(|name| format!("x.{name}: ${{{name}}}\n"))
                .collect();
            let entries = |names: &[&str]| -> String {
                names.iter().map(|name| format!("{{name: {name}, {FROM}}}, ")).collect()
            };
            for image in [
                "elasticsearch",
                "pires/docker-elasticsearch-kubernetes",
                "bitnami/elasticsearch",
                "team/elasticsearch",
            ] {
                let command = if image.starts_with("team") { OWN } else { "" };
                let text = manifests(version, image, command, &entries(&names), &file, value);
                look(&format!("{version} {image} {value}"), &text, &mut codes, &mut leaks);
            }
            let words =
                "args: [\"-Ecluster.name=$(V)\", \"-Epath.data=$(V)\", \"-Des.node.name=$(V)\", \"$(V)\"]";
            look(
                "args",
                &manifests(version, "elasticsearch", words, &env, &base, value),
                &mut codes,
                &mut leaks,
            );
            let of_all = manifests(
                version,
                "elasticsearch",
                "envFrom: [{secretRef: {name: s}, prefix: cluster.}]",
                "",
                &base,
                value,
            );
            look("envFrom", &of_all, &mut codes, &mut leaks);
        }
    }
    for code in ["k8s/removed-api", "discovery/http-port", "k8s/shared-data", "k8s/disruption-budget"] {
        assert!(codes.contains(code), "{code} of {codes:?}");
    }
    let shown: Vec<String> = leaks.into_iter().collect();
    assert!(shown.is_empty(), "{} leaks:\n{}", shown.len(), shown.join("\n"));
}
