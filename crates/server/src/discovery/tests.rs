use super::*;
use crate::settings::samples::{from_variable, list, texts, together, unknown};

const TWO: Version = Version::elasticsearch(2, 3, 4);
const HERE: (&str, &str) = ("network.host", "_site_");

fn found(
    pairs: &[(&str, &str)],
    version: Version,
    plugins: Option<&[&str]>,
) -> Vec<(&'static str, String, String)> {
    let plugins: Option<Vec<String>> = plugins.map(|names| names.iter().map(|name| (*name).into()).collect());
    let findings = check(&texts(pairs), version, plugins.as_deref());
    for finding in &findings {
        assert!(finding.span.is_some() && finding.setting.is_some(), "{finding:?}");
        let known = diagnostics::codes::find(finding.code).map(|code| code.severity);
        assert!(known.is_some_and(|known| known.contains(finding.severity.word())), "{finding:?}");
    }
    findings
        .into_iter()
        .map(|finding| (finding.code, finding.message.clone(), finding.help.clone().unwrap()))
        .collect()
}

fn codes(pairs: &[(&str, &str)], version: Version, plugins: Option<&[&str]>) -> Vec<&'static str> {
    found(pairs, version, plugins).into_iter().map(|(code, _, _)| code).collect()
}

const KUBERNETES: [(&str, &str); 4] = [
    ("discovery.type", "kubernetes"),
    ("cloud.kubernetes.service", "es"),
    ("cloud.kubernetes.namespace", "default"),
    HERE,
];

#[test]
fn the_kubernetes_plugin_is_missing() {
    assert_eq!(
        found(&KUBERNETES, TWO, Some(&["head"])),
        [(
            "discovery/plugin-missing",
            "`discovery.type` is `kubernetes`, but its plugin is not installed".to_owned(),
            "the node would not start, or not find others; build the image with `--build-arg \
             PLUGINS=io.fabric8/elasticsearch-cloud-kubernetes/2.3.4`, or run `bin/plugin install \
             io.fabric8/elasticsearch-cloud-kubernetes/2.3.4` in its Dockerfile; without the plugin: unset \
             DISCOVERY_SERVICE and set UNICAST_HOSTS to a headless Service"
                .to_owned()
        )]
    );
    for name in ["cloud-kubernetes", "elasticsearch-cloud-kubernetes", "discovery-kubernetes"] {
        assert_eq!(codes(&KUBERNETES, TWO, Some(&[name])), [""; 0], "{name}");
    }
    assert_eq!(codes(&KUBERNETES, TWO, None), [""; 0]);
}

#[test]
fn other_plugins() {
    let help = |key, value, version| found(&[(key, value), HERE], version, Some(&[])).remove(0).2;
    assert!(help("discovery.type", "ec2", TWO).contains("`bin/plugin install cloud-aws`"));
    let five = Version::elasticsearch(5, 6, 16);
    assert!(
        help("discovery.zen.hosts_provider", "ec2", five)
            .contains("`bin/elasticsearch-plugin install discovery-ec2`")
    );
    let kubernetes = help("discovery.zen.hosts_provider", "kubernetes", five);
    assert!(kubernetes.contains("install io.fabric8:elasticsearch-cloud-kubernetes:5.6.16`"), "{kubernetes}");
    let open = Version::opensearch(2, 11, 0);
    assert!(
        help("discovery.seed_providers", "gce", open)
            .contains("`bin/opensearch-plugin install discovery-gce`")
    );
    let one = Version::elasticsearch(1, 7, 5);
    let old = help("discovery.type", "ec2", one);
    assert!(old.contains("`bin/plugin --install elasticsearch/elasticsearch-cloud-aws`"), "{old}");
    let missing = ["discovery/plugin-missing"];
    assert_eq!(codes(&[("discovery.zen.hosts_provider", "file"), HERE], five, Some(&[])), missing);
    let eight = Version::elasticsearch(8, 15, 0);
    assert_eq!(codes(&[("discovery.seed_providers", "file"), HERE], eight, Some(&[])), [""; 0]);
    assert_eq!(codes(&[("discovery.seed_providers", "settings"), HERE], eight, Some(&[])), [""; 0]);
    assert_eq!(codes(&[("discovery.type", "zen")], TWO, Some(&[])), [""; 0]);
    assert_eq!(codes(&[("discovery.type", "single-node")], eight, Some(&[])), [""; 0]);
    let several = list("discovery.seed_providers", &["file", "ec2"]);
    assert_eq!(check(&several, eight, Some(&[])).iter().filter(|it| it.code == missing[0]).count(), 1);
}

#[test]
fn hosts_with_the_port_of_http() {
    let hosts = "discovery.zen.ping.unicast.hosts";
    for (text, expected) in [
        ("a", false),
        ("a:9300", false),
        ("a:9200", true),
        ("a:9300,b:9200", true),
        ("a:9201", true),
        ("a:9400", false),
        ("[::1]:9200,b", true),
        ("[2001:db8::1]", false),
        ("2001:db8::9200", false),
        ("a[9200-9205]", true),
        ("a[9300-9400]", false),
        ("a:", false),
        ("a:99999", false),
        ("http://a:9200", false),
    ] {
        let found = codes(&[(hosts, text), HERE], TWO, None);
        assert_eq!(found.contains(&"discovery/http-port"), expected, "{text}");
    }
    assert_eq!(
        found(&[(hosts, "a:9200"), HERE], TWO, None),
        [(
            "discovery/http-port",
            "`discovery.zen.ping.unicast.hosts` names the HTTP port instead of the transport port: `a:9200`".to_owned(),
            "leave the port out, or write 9300: nodes find each other over transport only; a node that is asked on its HTTP port logs \
             `invalid version format: INTERNAL:DISCOVERY/ZEN/UNICAST`"
                .to_owned()
        )]
    );
    let eight = Version::elasticsearch(8, 15, 0);
    assert_eq!(codes(&[("discovery.seed_hosts", "a:9200"), HERE], eight, None), ["discovery/http-port"]);
    // Other ports are other people's choice.
    let moved = [(hosts, "a:9200"), ("transport.tcp.port", "9200-9210"), HERE];
    assert_eq!(codes(&moved, TWO, None), [""; 0]);
    let moved = [(hosts, "a:8080"), ("http.port", "8080"), HERE];
    assert_eq!(codes(&moved, TWO, None), ["discovery/http-port"]);
    let several = found(&[(hosts, "a,b:9200,c:9201,d:9300"), HERE], TWO, None);
    assert!(several[0].1.ends_with(" port: `b:9200` and 1 more"), "{several:?}");
    let elsewhere = found(&[(hosts, "a:9200"), ("transport.tcp.port", "9600"), HERE], TWO, None);
    assert!(elsewhere[0].2.starts_with("write the transport port, 9600 on this node: "), "{elsewhere:?}");
    let items = list(hosts, &["a", "b:9200"]);
    assert!(check(&items, TWO, None).iter().any(|finding| finding.code == "discovery/http-port"));
}

#[test]
fn kubernetes_discovery_that_does_nothing() {
    let pairs = [("discovery.type", "kubernetes"), ("cloud.kubernetes.service", "es"), HERE];
    assert_eq!(
        found(&pairs, TWO, None),
        [(
            "discovery/incomplete",
            "Kubernetes discovery is asked for, but `cloud.kubernetes.namespace` has no value".to_owned(),
            "the plugin silently stays inactive and every node becomes a cluster of its own; set NAMESPACE"
                .to_owned()
        )]
    );
    let pairs = [("discovery.type", "kubernetes"), ("cloud.kubernetes.service", ""), HERE];
    assert!(found(&pairs, TWO, None)[0].2.ends_with("set DISCOVERY_SERVICE"));
}

#[test]
fn multicast_of_the_first_generation() {
    let one = Version::elasticsearch(1, 7, 5);
    assert_eq!(
        found(&[("cluster.name", "x")], one, None),
        [(
            "discovery/multicast",
            "multicast discovery is on in Elasticsearch 1.7.5".to_owned(),
            "any node with the same `cluster.name` on this network joins this cluster; add \
             `discovery.zen.ping.multicast.enabled: false` and name the hosts in `discovery.zen.ping.unicast.hosts`"
                .to_owned()
        )]
    );
    assert_eq!(codes(&[("discovery.zen.ping.multicast.enabled", "false")], one, None), [""; 0]);
    assert_eq!(
        codes(&[("discovery.zen.ping.multicast.enabled", "False")], one, None),
        ["discovery/multicast"]
    );
    assert_eq!(codes(&[("cluster.name", "x")], TWO, None), [""; 0]);
}

#[test]
fn a_cluster_on_loopback() {
    let hosts = ("discovery.zen.ping.unicast.hosts", "a,b");
    assert_eq!(
        found(&[hosts, ("network.host", "_local_")], TWO, None),
        [(
            "discovery/loopback",
            "a cluster is configured, but other nodes cannot reach this one: `network.host` is loopback".to_owned(),
            "write `network.host: _site_` (the container's or pod's private address), or 0.0.0.0 for all addresses"
                .to_owned()
        )]
    );
    let named = together([texts(&[hosts]), from_variable("network.host", "_local_", "NETWORK_HOST")]);
    assert_eq!(
        check(&named, TWO, None)[0].help.as_deref(),
        Some(
            "set NETWORK_HOST=_site_ (the container's or pod's private address), or 0.0.0.0 for all addresses"
        )
    );
    assert_eq!(
        found(&[hosts], TWO, None)[0].2,
        "add `network.host: _site_` (the container's or pod's private address), or 0.0.0.0 for all addresses"
    );
    assert_eq!(
        found(&[hosts], TWO, None)[0].1,
        "a cluster is configured, but other nodes cannot reach this one: `network.host` is not set, which means loopback"
    );
    for (pairs, expected) in [
        (vec![hosts, ("network.host", "")], true),
        (vec![hosts, ("network.host", "127.0.0.1")], true),
        (vec![hosts, ("network.host", "localhost")], true),
        (vec![hosts, ("network.host", "0.0.0.0")], false),
        (vec![hosts, ("network.host", "_local_,_site_")], false),
        (vec![hosts, ("transport.host", "es-1")], false),
        (vec![hosts, ("network.host", "_site_"), ("transport.host", "127.0.0.1")], true),
        (vec![("discovery.zen.ping.unicast.hosts", "127.0.0.1:9301,localhost,[::1]:9302")], false),
        (vec![("network.host", "_local_")], false),
        (vec![], false),
    ] {
        let found = codes(&pairs, TWO, None);
        assert_eq!(found.contains(&"discovery/loopback"), expected, "{pairs:?}");
    }
    assert_eq!(codes(&[hosts], Version::elasticsearch(1, 7, 5), None), ["discovery/multicast"]);
}

#[test]
fn the_variable_is_named() {
    let settings = from_variable("discovery.zen.ping.unicast.hosts", "a:9200", "UNICAST_HOSTS");
    let findings = check(&settings, TWO, None);
    assert!(findings.iter().any(|finding| finding.variable.as_deref() == Some("UNICAST_HOSTS")));
}

/// What is unknown gives no finding.
#[test]
fn an_unknown_value_answers_no_question() {
    for (unknown_key, pairs) in [
        ("network.host", vec![("discovery.seed_hosts", "a")]),
        ("transport.port", vec![("discovery.seed_hosts", "a:9200"), HERE]),
        ("discovery.seed_hosts", vec![]),
        ("discovery.type", vec![("discovery.seed_hosts", "a")]),
        (
            "cloud.kubernetes.namespace",
            vec![("discovery.type", "kubernetes"), ("cloud.kubernetes.service", "es"), HERE],
        ),
        (MULTICAST, vec![("cluster.name", "x"), HERE]),
    ] {
        let settings = together([texts(&pairs), unknown(&[unknown_key])]);
        for version in [Version::elasticsearch(1, 7, 5), TWO, Version::elasticsearch(7, 17, 0)] {
            let mut found = check(&settings, version, Some(&["cloud-kubernetes".to_owned()]));
            // On 1.x it is on by default.
            found.retain(|finding| finding.code != "discovery/multicast" || unknown_key == MULTICAST);
            assert_eq!(found, [], "{unknown_key} {version:?}");
        }
    }
}
