//! Work is shared, and what comes of it does not depend on who did what first.

use std::fmt::Write as _;
use std::sync::Arc;

use kubernetes::{Options, Report, Share, Text};
use node::{Depth, Request};

/// One cluster in a namespace of its own, with a Service that others name, and with faults.
fn manifest(number: usize) -> Text {
    let mut text = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: es, namespace: n{number}}}\nspec: {{clusterIP: None, selector: {{app: es}}, ports: [{{port: 9300}}, {{port: 9200}}]}}\n"
    );
    for role in ["master", "data", "client"] {
        let other = (number * 7 + 3) % 40;
        let _ = write!(
            text,
            "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: es-{role}, namespace: n{number}, labels: {{x: true}}}}\nspec:\n  replicas: 3\n  serviceName: es\n  template:\n    metadata: {{labels: {{app: es, role: {role}}}}}\n    spec:\n      containers:\n        - name: es\n          image: elasticsearch:6.8.23\n          env:\n            - {{name: cluster.name, value: c{number}}}\n            - {{name: discovery.zen.ping.unicast.hosts, value: es.n{other}}}\n            - {{name: discovery.zen.minimum_master_nodes, value: \"{}\"}}\n            - {{name: ES_PASSWORD, value: geheim}}\n",
            number % 4
        );
    }
    if number % 9 == 4 {
        text.push_str("---\napiVersion: v1\nkind: [\n");
    }
    Text { name: format!("{number:02}.yml"), text: Arc::from(text) }
}

fn report(share: Share<'_>) -> Report {
    let request = Request { depth: Depth::Machine, ..Request::default() };
    let options =
        Options { request, kubernetes_minor: None, suppressions: true, own_request: &|_, _| None, share };
    kubernetes::check((0..40).map(manifest).collect(), &options)
}

#[test]
#[expect(clippy::disallowed_methods, reason = "as the binary does")]
fn the_order_of_the_work_does_not_show() {
    let one = report(&|count, work| (0..count).for_each(work));
    assert_eq!((one.pods, one.objects), (120, 160));
    let codes: std::collections::BTreeSet<&str> = one.findings.iter().map(|finding| finding.code).collect();
    assert!(
        codes.len() > 3 && codes.contains("k8s/not-yaml") && codes.contains("k8s/wrong-type"),
        "{codes:?}"
    );
    // The last one first; from the middle on; each third.
    let backwards = report(&|count, work| (0..count).rev().for_each(work));
    let middle = report(&|count, work| (count / 2..count).chain(0..count / 2).for_each(work));
    let thirds = report(&|count, work| (0..3).for_each(|rest| (rest..count).step_by(3).for_each(work)));
    let threads = report(&|count, work| {
        let half = count / 2;
        std::thread::scope(|scope| {
            scope.spawn(move || (half..count).rev().for_each(work));
            (0..half).for_each(work);
        });
    });
    for other in [backwards, middle, thirds, threads] {
        assert_eq!(other.findings, one.findings);
        assert_eq!((other.pods, other.objects), (one.pods, one.objects));
    }
}
