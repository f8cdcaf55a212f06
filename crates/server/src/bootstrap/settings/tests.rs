use super::*;
use crate::settings::samples::{list, texts, unknown};

const SIX: Version = Version::elasticsearch(6, 8, 23);
const SEVEN: Version = Version::elasticsearch(7, 17, 29);
const EIGHT: Version = Version::elasticsearch(8, 15, 0);
const OPEN: (&str, &str) = ("network.host", "0.0.0.0");
const SECURE: (&str, &str) = ("xpack.security.enabled", "true");
const REALM: (&str, &str) = ("xpack.security.authc.realms.pki.pki1.order", "1");
const TOKENS: (&str, &str) = ("xpack.security.authc.token.enabled", "true");

fn codes(settings: &Settings, version: Version) -> Vec<&'static str> {
    of_settings(settings, version).iter().chain(&discovery(settings, version)).map(|it| it.code).collect()
}

#[test]
fn nothing_says_how_nodes_find_each_other() {
    let silent = "discovery/not-configured";
    let os = Version::opensearch(1, 3, 20);
    for (pairs, version, expected) in [
        (&[OPEN][..], EIGHT, &[silent][..]),
        (&[OPEN], SEVEN, &[silent]),
        (&[OPEN], os, &[silent]),
        (&[("transport.host", "_site_")], EIGHT, &[silent]),
        (&[OPEN], SIX, &[]),
        (&[("http.host", "0.0.0.0")], EIGHT, &[]),
        (&[("network.host", "127.0.0.1")], EIGHT, &[]),
        (&[OPEN, ("discovery.type", "single-node")], EIGHT, &[]),
        (&[OPEN, ("discovery.type", "ec2")], EIGHT, &[]),
        (&[OPEN, ("discovery.seed_hosts", "es-0")], EIGHT, &[]),
        (&[OPEN, ("discovery.seed_providers", "file")], EIGHT, &[]),
        (&[OPEN, ("discovery.zen.ping.unicast.hosts", "es-0")], SEVEN, &[]),
        (&[OPEN, ("cluster.initial_master_nodes", "es-0")], EIGHT, &[]),
        (&[OPEN, ("cluster.initial_cluster_manager_nodes", "es-0")], Version::opensearch(2, 19, 6), &[]),
    ] {
        assert_eq!(codes(&texts(pairs), version), expected, "{version} {pairs:?}");
    }
    let mut partly = texts(&[OPEN]);
    partly.entries.extend(unknown(&["discovery.type"]).entries);
    assert_eq!(codes(&partly, EIGHT), [""; 0]);
    // The server asks only whether the setting is there.
    let mut empty = texts(&[OPEN]);
    empty.entries.extend(list("discovery.seed_hosts", &[]).entries);
    assert_eq!(codes(&empty, EIGHT), [""; 0]);
    let finding = discovery(&texts(&[OPEN]), EIGHT).unwrap();
    assert_eq!(
        (finding.message.as_str(), finding.help.as_deref().unwrap()),
        (
            "`network.host` lets other nodes reach this one, and no setting says how it finds them",
            "Elasticsearch 8.15.0 refuses to start: set `discovery.seed_hosts` to the hosts of the master-eligible nodes; for one node alone `discovery.type: single-node`"
        )
    );
}

#[test]
fn several_data_paths_of_a_node_for_searches() {
    let of = |role: &str, paths: &[&str]| {
        let mut settings = list("node.roles", &[role]);
        settings.entries.extend(list("path.data", paths).entries);
        settings
    };
    let (two, three) = (Version::opensearch(2, 19, 6), Version::opensearch(3, 6, 0));
    let refused = ["settings/invalid-value"];
    assert_eq!(codes(&of("search", &["/a", "/b"]), two), refused);
    assert_eq!(codes(&of("warm", &["/a", "/b"]), three), refused);
    for (settings, version) in [
        (of("search", &["/a"]), two),
        (of("data", &["/a", "/b"]), two),
        (of("search", &["/a", "/b"]), three),
        (of("search", &["/a", "/b"]), Version::opensearch(1, 3, 20)),
        (of("data_hot", &["/a", "/b"]), EIGHT),
    ] {
        assert_eq!(codes(&settings, version), [""; 0], "{version}");
    }
}

#[test]
fn what_needs_tls_of_clients() {
    let found = "settings/no-http-tls";
    let seeds = ("discovery.seed_hosts", "es-0");
    for (pairs, expected) in [
        (&[SECURE, TOKENS, OPEN, seeds][..], &[found][..]),
        (&[SECURE, TOKENS, OPEN, seeds, (HTTPS, "false")], &[found]),
        (&[SECURE, TOKENS, OPEN, seeds, (HTTPS, "true")], &[]),
        (&[SECURE, TOKENS], &[]),
        (&[TOKENS, OPEN, seeds], &[]),
        (&[SECURE, REALM], &[found]),
        (&[SECURE, REALM, (TRANSPORT, "true")], &[]),
        (&[SECURE, REALM, (HTTPS, "true")], &[]),
        (&[SECURE, REALM, ("xpack.security.authc.realms.pki.pki1.enabled", "false")], &[]),
        (&[SECURE, REALM, ("xpack.security.authc.realms.pki.pki1.delegation.enabled", "true")], &[]),
        (&[REALM], &[]),
    ] {
        assert_eq!(codes(&texts(pairs), EIGHT), expected, "{pairs:?}");
    }
    assert_eq!(codes(&texts(&[SECURE, REALM]), SIX), [""; 0]);
    let mut partly = texts(&[SECURE, REALM]);
    partly.entries.extend(unknown(&[HTTPS]).entries);
    assert_eq!(codes(&partly, EIGHT), [""; 0]);
}
