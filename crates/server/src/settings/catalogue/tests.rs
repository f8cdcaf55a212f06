//! The file itself, and what its rows say about each generation.

use diagnostics::{Finding, Severity};

use super::*;
use crate::settings::samples;
use crate::version::Product;
use template::Settings;

fn rows() -> Vec<Row<'static>> {
    let lines = TEXT.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| Row::parse(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

#[test]
fn every_line_is_a_row_that_is_found_by_its_name() {
    for row in rows() {
        assert!(row.life.elasticsearch.is_sound() && row.life.opensearch.is_sound(), "{row:?}");
        assert_eq!(Row::parse(&format!("{} | bool | ? | ?", row.name)).map(|row| row.source), Some(""));
        let found = match (row.name.strip_suffix(".*"), row.name.split_once('{')) {
            (Some(prefix), _) => find(&format!("{prefix}.x.y")),
            (None, Some((key, value))) => find_value(key, value.strip_suffix('}').unwrap()),
            (None, None) if row.name.starts_with("*.") => kind_row(&row.name.replacen('*', "x.y", 1), None),
            (None, None) => find(&row.name.replace('*', "x-y_1")),
        };
        assert_eq!(found, Some(row));
        assert!(["", "register", "tried", "docs"].contains(&row.source), "{row:?}");
        let about_value = row.name.split_once('{').map(|(key, _)| key);
        assert_eq!(row.kind == Kind::Value, about_value.is_some(), "{row:?}");
        assert!(about_value.is_none_or(|key| find(key).is_some_and(|own| own.name == key)), "{row:?}");
        if let Fix::Rename(name) = row.fix {
            assert!(find(&name.replace('*', "x")).is_some() || name.contains("_data_nodes"), "{row:?}");
        }
    }
}

#[test]
fn names_are_sorted_and_unique() {
    let lines: Vec<&str> = TEXT.lines().map(|line| line.split(" | ").next().unwrap()).collect();
    let names = &lines[lines.iter().position(|line| !line.starts_with('#')).unwrap()..];
    for pair in names.windows(2) {
        assert!(pair[0] < pair[1], "{} before {}", pair[0], pair[1]);
    }
    assert!(TEXT.ends_with('\n') && !TEXT.contains('\r') && TEXT.is_ascii() && TEXT.len() > 100_000);
}

#[test]
fn steps_name_versions_that_exist() {
    for row in rows() {
        for product in [Product::Elasticsearch, Product::OpenSearch] {
            for version in row.life.of(product).versions(product) {
                assert!(version.is_known(), "{row:?}: {version}");
            }
        }
    }
}

#[test]
fn the_longest_fit_counts() {
    let name = |key| find(key).map(|row| row.name);
    assert_eq!(name("discovery.zen.ping.multicast.ttl"), Some("discovery.zen.ping.multicast.*"));
    assert_eq!(name("discovery.zen.ping.x"), None);
    assert_eq!(name("breaker.fielddata.limit"), Some("breaker.*.limit"));
    assert_eq!(name("breaker.fielddata.x"), None);
    assert_eq!(name("logger.org.elasticsearch.discovery"), Some("logger.*"));
    assert_eq!(name("network.host.0"), Some("network.host"));
    assert_eq!(name("network.host.x"), None);
    assert_eq!(name("discovery.zen.hosts_provider"), Some("discovery.zen.hosts_provider"));
    assert_eq!(name("index.codec"), Some("index.codec"));
    assert_eq!(name("index.codec.x"), Some("index.*"));
    for key in [
        "",
        ".",
        "discovery.zen",
        "indexes.x",
        "x.enabled",
        "index.*",
        "discovery.type{kubernetes}",
        "node.data | bool",
        "#",
        "zzz",
    ] {
        let expected = if key == "index.*" { Some("index.*") } else { None };
        assert_eq!(name(key), expected, "{key}");
    }
    let kind = |key| kind_row(key, find(key)).map(|row| row.kind);
    assert_eq!(kind("xpack.security.enabled"), Some(Kind::Bool));
    assert_eq!(kind("script.painless.regex.enabled"), Some(Kind::Enum("true,false,limited")));
    assert_eq!(kind("enabled"), None);
    assert_eq!(kind("discovery.seed_hosts"), Some(Kind::List("hosts")));
}

#[test]
fn keys_with_lists_of_hosts() {
    let of = |element: &str| keys_of_list(element).join(" ");
    assert_eq!(of("hosts"), "discovery.seed_hosts discovery.zen.ping.unicast.hosts");
    assert_eq!(of("enum:providers"), "discovery.seed_providers discovery.zen.hosts_provider");
    assert_eq!(of("KIND"), "");
}

#[test]
fn forms_of_columns() {
    for text in ["", "boolean", "int(1)", "int(1..5", "list(", "list(what)", "enum", "enum(a,b", "set"] {
        assert_eq!(Kind::parse(text), None, "{text}");
    }
    assert_eq!(Kind::parse("int(1..65535)"), Some(Kind::Int("1..65535")));
    assert_eq!(Kind::parse("list(enum:roles)"), Some(Kind::List("enum:roles")));
    for text in ["", "rename", "none x", "set a", "keystore x", "replace a"] {
        assert_eq!(Fix::parse(text), None, "{text}");
    }
    for line in ["a", "a | bool | 1.0", "a | bool | 1.0 | 1.0 | none | docs | x"] {
        assert_eq!(Row::parse(line), None, "{line}");
    }
}

#[test]
fn what_to_do() {
    let row =
        |fix| Row::parse(&format!("a | bool | 5.0, 8.0 removed | - | {fix} | docs").leak()[..]).unwrap();
    let help = |fix, version| {
        let (row, version) = (row(fix), Version::parse(version).unwrap());
        row.help(row.state(version), version)
    };
    for (fix, not_yet, removed) in [
        ("none", "remove it; only 5.0 and later have it", "remove it"),
        ("rename b.c", "use `b.c` instead", "use `b.c` instead"),
        ("set b.c=d", "write `b.c: d` instead", "write `b.c: d` instead"),
        (
            "role data",
            "remove it; only 5.0 and later have it",
            "list the roles in `node.roles` instead, `data` among them if this is true",
        ),
        ("remove it is always on", "remove it; it is always on", "remove it; it is always on"),
        ("keystore", "remove it; only 5.0 and later have it", "put it into the keystore"),
        ("tell buy another", "buy another", "buy another"),
        ("tell wait for it // buy another", "wait for it", "buy another"),
    ] {
        assert_eq!((help(fix, "2.3.4").as_str(), help(fix, "8.0.0").as_str()), (not_yet, removed), "{fix}");
    }
}

#[test]
fn what_is_for_one_product_is_not_said_of_the_other() {
    let help = |key: &str, version| {
        let version = Version::parse(version).unwrap();
        let row = find(key).unwrap();
        (row.state(version), row.help(row.state(version), version))
    };
    let own = "OpenSearch has settings of its own, `plugins.security.*` for instance";
    assert_eq!(help("xpack.security.enabled", "os-2.19.6"), (State::Removed, own.to_owned()));
    for (key, version, state, expected) in [
        (
            "xpack.security.enrollment.enabled",
            "7.17.29",
            State::NotYet,
            "remove it; only later versions have it, 8.15 for instance",
        ),
        ("xpack.security.authz.store.roles.index.cache.ttl", "8.15.0", State::Removed, "remove it"),
        (
            "search.check_ccs_compatibility",
            "7.17.29",
            State::NotYet,
            "remove it; only later versions have it, 8.15 for instance",
        ),
        ("bootstrap.memory_lock", "2.3.4", State::NotYet, "use `bootstrap.mlockall` instead"),
    ] {
        assert_eq!(help(key, version), (state, expected.to_owned()), "{key}");
    }
}

/// What these belong to is in no recorded list, or only where a switch is on.
#[test]
fn what_the_lists_lack_is_not_judged() {
    for (key, versions) in [
        ("repository_s3.compare_and_exchange.time_to_live", "8.15.0 8.19.21 9.2.0"),
        ("repository.azure.http_client.max_open_connections", "7.17.29 8.19.21 9.2.0 os-2.19.6"),
        ("runtime_fields.grok.watchdog.interval", "7.17.29 8.19.21 9.2.0"),
        ("deprecation.skip_deprecated_settings", "7.17.29 8.19.21 9.2.0"),
        ("opendistro_asynchronous_search.max_keep_alive", "7.10.2 os-1.3.20 os-2.19.6"),
        ("opendistro_security_config.ssl_dual_mode_enabled", "7.10.2 os-1.3.20 os-2.19.6"),
        ("xpack.security.crypto.thread_pool.size", "7.17.29 8.15.0 8.19.21 9.2.0"),
        ("xpack.security.authc.token.thread_pool.queue_size", "6.8.23 7.17.29 8.15.0 9.2.0"),
    ] {
        for version in versions.split(' ') {
            let state = find(key).unwrap().state(Version::parse(version).unwrap());
            assert!(matches!(state, State::Unknown | State::Present), "{key} {version} {state:?}");
        }
    }
}

/// The finding about the life of the first setting.
fn judged(settings: &Settings, version: Version) -> Option<Finding> {
    const LIFE: [&str; 3] = ["settings/removed", "settings/deprecated", "settings/not-yet"];
    crate::settings::check(settings, version, false, None)
        .into_iter()
        .find(|finding| LIFE.contains(&finding.code))
}

const VERSIONS: [&str; 10] =
    ["1.7.5", "2.3.4", "5.6.16", "6.8.23", "7.17.0", "8.15.0", "9.1.0", "os-1.3.0", "os-2.11.0", "os-3.0.0"];

/// One letter a generation: `.` good, `d` deprecated, `X` removed and fatal, `i` removed and ignored, `n` not yet
/// and fatal, `w` not yet and ignored.
fn line(key: &str, text: &str) -> String {
    let settings = samples::texts(&[(key, text)]);
    let versions = VERSIONS.iter().filter_map(|text| Version::parse(text));
    versions
        .map(|version| match judged(&settings, version) {
            None => '.',
            Some(finding) => match (finding.code, finding.severity) {
                ("settings/deprecated", Severity::Warning) => 'd',
                ("settings/removed", Severity::Error) => 'X',
                ("settings/removed", Severity::Warning) => 'i',
                ("settings/not-yet", Severity::Error) => 'n',
                ("settings/not-yet", Severity::Warning) => 'w',
                _ => '?',
            },
        })
        .collect()
}

#[test]
fn every_setting_in_every_generation() {
    for (key, text, expected) in [
        ("cluster.name", "x", ".........."),
        ("path.data", "x", ".........."),
        ("http.cors.enabled", "true", ".........."),
        ("path.plugins", "x", "..XXXXXXXX"),
        ("path.work", "x", ".iXXXXXXXX"),
        ("bootstrap.mlockall", "true", "..XXXXXXXX"),
        ("bootstrap.memory_lock", "true", "ww........"),
        ("bootstrap.seccomp", "true", "w..XXXXXXX"),
        ("bootstrap.system_call_filter", "true", "ww..dXX..."),
        ("security.manager.enabled", "true", "w.XXXXXXXX"),
        ("http.enabled", "true", "...dXXXXXX"),
        ("node.master", "true", "....dXXddd"),
        ("node.data", "true", "....dXXddd"),
        ("node.ingest", "true", "ww..dXXddd"),
        ("node.roles", "data", "wwnn......"),
        ("node.client", "true", "..XXXXXXXX"),
        ("discovery.type", "zen", ".........."),
        ("discovery.type", "kubernetes", "..dXXXXXXX"),
        ("discovery.type", "ec2", "....XXXXXX"),
        ("discovery.type", "single-node", "nn........"),
        ("network.host", "_site_", "n........."),
        ("network.host", "_local_,_site_", "n........."),
        ("cloud.kubernetes.service", "x", "....XXXXXX"),
        ("discovery.zen.minimum_master_nodes", "2", ".........."),
        ("discovery.zen.ping.unicast.hosts", "x", "....dXXddd"),
        ("discovery.zen.ping.unicast.concurrent_connects", "5", "....dXXddd"),
        ("discovery.zen.ping.multicast.enabled", "false", "..XXXXXXXX"),
        ("discovery.zen.ping_timeout", "3s", "....dXX.XX"),
        ("discovery.zen.join_timeout", "3s", "....dXXdXX"),
        ("discovery.seed_hosts", "x", "wwnn......"),
        ("cluster.initial_master_nodes", "x", "wwnn....dd"),
        ("cluster.initial_cluster_manager_nodes", "x", "iiXXXXXn.."),
        ("index.number_of_shards", "1", "..XXXXXXXX"),
        ("indices.fielddata.cache.size", "1", ".........."),
        ("gateway.recover_after_nodes", "1", "....dXXddX"),
        ("gateway.recover_after_data_nodes", "1", ".........."),
        ("processors", "1", "....dXXddd"),
        ("node.max_local_storage_nodes", "1", "....dXXd.."),
        ("threadpool.bulk.size", "1", "..XXXXXXXX"),
        ("xpack.security.enabled", "true", "ww.....XXX"),
        ("index.codec", "best_compression", ".........."),
        ("index.recovery.type", "x", "..XX......"),
    ] {
        assert_eq!(line(key, text), expected, "{key}: {text}");
    }
}

#[test]
fn minor_versions_count() {
    for (key, version, expected) in [
        ("http.enabled", "6.2.4", None),
        ("http.enabled", "6.3.0", Some("settings/deprecated")),
        ("node.master", "7.8.1", None),
        ("node.roles", "7.8.1", Some("settings/not-yet")),
        ("node.roles", "7.9.0", None),
        ("processors", "7.3.2", None),
        ("bootstrap.memory_lock", "2.4.0", None),
        ("node.master", "10.0.0", Some("settings/removed")),
        ("node.roles", "os-4.0.0", None),
        ("discovery.zen.fd.ping_interval", "os-1.3.20", Some("settings/deprecated")),
        ("discovery.zen.fd.ping_interval", "os-2.0.0", Some("settings/removed")),
    ] {
        let settings = samples::texts(&[(key, "x")]);
        let found = judged(&settings, Version::parse(version).unwrap());
        assert_eq!(found.map(|finding| finding.code), expected, "{key} {version}");
    }
}

#[test]
fn whole_messages() {
    for (key, version, message, help) in [
        (
            "path.plugins",
            "5.6.16",
            "`path.plugins` is unknown to Elasticsearch 5.6.16, which refuses to start",
            "remove it; plugins are always in `plugins` of the installation",
        ),
        (
            "path.work",
            "2.3.4",
            "`path.work` is unknown to Elasticsearch 2.3.4, which ignores it",
            "remove it; temporary files go to `java.io.tmpdir` of the JVM (ES_TMPDIR from 6.0 on)",
        ),
        (
            "http.enabled",
            "6.8.0",
            "`http.enabled` is deprecated in Elasticsearch 6.8.0",
            "remove it; HTTP is always on; keep clients away with a Service or network policy",
        ),
        (
            "node.roles",
            "6.8.0",
            "`node.roles` is not yet known to Elasticsearch 6.8.0, which refuses to start",
            "use `node.master` and `node.data` instead",
        ),
    ] {
        let settings = samples::from_variable(key, "hunter2", "SOME_NAME");
        let found = judged(&settings, Version::parse(version).unwrap()).unwrap();
        assert_eq!((found.message.as_str(), found.help.as_deref()), (message, Some(help)));
        assert_eq!((found.setting.as_deref(), found.variable.as_deref()), (Some(key), Some("SOME_NAME")));
        assert!(found.span.is_some());
    }
}
