use diagnostics::{Secrets, Source, Span};
use template::Setting;

use super::*;
use crate::bootstrap::facts::Owner;

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let source = Source::new("elasticsearch.yml", "key: value\n", Secrets::none);
    let setting = |(key, text): &(&str, &str)| Setting::of_text(*key, *text, Span::new(&source, 5..10));
    Settings { entries: pairs.iter().map(setting).collect(), ..Settings::default() }
}

/// `severity code: message | help`, a line each.
fn found(version: &str, pairs: &[(&str, &str)], handover: Handover, data: DataFacts) -> Vec<String> {
    let directories = [DataFacts { path: "/data".into(), ..data }];
    let settings = settings(pairs);
    let inputs = Inputs {
        version: Version::parse(version).unwrap(),
        settings: &settings,
        server_uid: 1000,
        handover,
        directories: &directories,
    };
    let line = |it: &Finding| {
        assert_eq!(it.setting.as_deref(), Some("path.data"));
        format!("{} {}: {} | {}", it.severity.word(), it.code, it.message, it.help.clone().unwrap())
    };
    check(&inputs).iter().map(line).collect()
}

#[test]
fn what_is_not_the_servers() {
    let owner = Owner { uid: 0, gid: 0, mode: 0o100_644 };
    let lock = PathBuf::from("/data/elasticsearch/nodes/0/node.lock");
    let data = || DataFacts {
        contents: Contents::Own,
        closed: Some((lock.clone(), Closed::Mode { path: lock.clone(), owner })),
        ..DataFacts::default()
    };
    let message = "error host/data-not-writable: user 1000 cannot use `/data/elasticsearch/nodes/0/node.lock` in the data \
                   directory: `/data/elasticsearch/nodes/0/node.lock` belongs to 0:0 with mode 0644";
    let empty = "; the server would start empty in `nodes/1`";
    for (version, pairs, handover, expected) in [
        (
            "2.3.4",
            &[][..],
            Handover::Given,
            format!(
                "{message}{empty} | start once with `--chown recursive` (ES_ENTRYPOINT_CHOWN=recursive), or `chown -R 1000 /data`"
            ),
        ),
        (
            "2.3.4",
            &[("node.max_local_storage_nodes", "1")],
            Handover::NotRoot,
            format!(
                "{message} | `chown -R 1000 /data`, in Kubernetes `fsGroup: 1000` in the pod's `securityContext`, or start the container once as root and with `--chown recursive`"
            ),
        ),
        (
            "7.17.9",
            &[],
            Handover::NoCapability,
            format!(
                "{message} | `chown -R 1000 /data`, or add the capability `CHOWN` and start once with `--chown recursive`"
            ),
        ),
    ] {
        assert_eq!(found(version, pairs, handover, data()), [expected], "{version}");
    }
}

#[test]
fn a_lock_that_somebody_holds() {
    let data = |pid| DataFacts {
        contents: Contents::Own,
        lock: Some(Lock { path: "/data/nodes/0/node.lock".into(), pid }),
        ..DataFacts::default()
    };
    let help = |effect: &str| {
        format!(
            "another server uses this data directory, and {effect}: stop that one first, or give each server a volume of its own"
        )
    };
    assert_eq!(
        found("2.3.4", &[], Handover::Given, data(Some(17))),
        [format!(
            "error host/data-locked: `/data/nodes/0/node.lock` is locked by process 17 | {}",
            help("this server would start empty in `nodes/1`")
        )]
    );
    assert_eq!(
        found("7.17.9", &[], Handover::Given, data(None)),
        [format!(
            "error host/data-locked: `/data/nodes/0/node.lock` is locked by a process outside of this container | {}",
            help("this server refuses to start")
        )]
    );
    let several = [("node.max_local_storage_nodes", "2")];
    assert_eq!(found("7.17.9", &several, Handover::Given, data(None)), [""; 0]);
}

#[test]
fn a_second_node() {
    let data = || DataFacts {
        contents: Contents::Own,
        second: Some("/data/es/nodes/1".into()),
        ..DataFacts::default()
    };
    assert_eq!(
        found("2.3.4", &[("node.max_local_storage_nodes", "1")], Handover::Given, data()),
        [
            "warning host/other-data: `/data/es/nodes/1` holds the data of a second node | an earlier start found `nodes/0` locked or closed and began again without its data; what was written since then is in `nodes/1` and is not served from `nodes/0`"
        ]
    );
    assert_eq!(found("2.3.4", &[("node.max_local_storage_nodes", "3")], Handover::Given, data()), [""; 0]);
    assert_eq!(found("7.17.9", &[], Handover::Given, data()), [""; 0]);
}

#[test]
fn whose_data_it_is() {
    let nothing = Found::default;
    let by_cluster = || Found { own_cluster: true, ..nothing() };
    let other = || Found { other_cluster: Some("logs".into()), ..nothing() };
    let nodes = || Found { nodes: true, ..nothing() };
    let top = || Found { nodes_is_file: true, state: true, ..nothing() };
    let name = || "logs".to_owned();
    for (version, found, expected) in [
        ("2.3.4", nothing(), Contents::Nothing),
        ("2.3.4", by_cluster(), Contents::Own),
        ("2.3.4", other(), Contents::OtherCluster(name())),
        ("2.3.4", nodes(), Contents::LaterNodes),
        ("2.3.4", top(), Contents::LaterTop),
        ("5.6.16", by_cluster(), Contents::Own),
        ("5.6.16", nodes(), Contents::Own),
        ("5.6.16", other(), Contents::OtherCluster(name())),
        ("6.8.23", other(), Contents::EarlierByCluster(name())),
        ("6.8.23", Found { other_cluster: Some(name()), ..nodes() }, Contents::Own),
        ("7.17.9", nodes(), Contents::Own),
        ("7.17.9", top(), Contents::LaterTop),
        ("os-2.11.0", top(), Contents::LaterTop),
        ("8.15.0", top(), Contents::Own),
        ("8.15.0", nodes(), Contents::Own),
        ("8.15.0", nothing(), Contents::Nothing),
        ("9.1.0", other(), Contents::EarlierByCluster(name())),
    ] {
        assert_eq!(found.contents(Version::parse(version).unwrap()), expected, "{version} {found:?}");
    }
}

#[test]
fn data_of_others() {
    let data = |contents| DataFacts { contents, ..DataFacts::default() };
    let help = "use the version that wrote it, or a directory of its own; a snapshot or a reindex from remote takes the data along";
    for (version, contents, expected) in [
        (
            "7.17.9",
            Contents::LaterTop,
            format!(
                "error host/other-data: `/data` holds data of 8.0 or later, and Elasticsearch 7.17.9 cannot open it | {help}"
            ),
        ),
        (
            "2.3.4",
            Contents::LaterNodes,
            format!(
                "error host/other-data: `/data` holds data of 5.0 or later, and Elasticsearch 2.3.4 would start empty beside it | {help}"
            ),
        ),
        (
            "7.17.9",
            Contents::EarlierByCluster("logs".into()),
            format!(
                "error host/other-data: `/data` holds data of 2.x or earlier, and Elasticsearch 7.17.9 would start empty beside it | {help}"
            ),
        ),
        (
            "2.3.4",
            Contents::OtherCluster("logs".into()),
            "warning host/other-data: `/data` holds data of the cluster `logs`, and none of `elasticsearch`: the server would start empty | the directory is named by the cluster: set `cluster.name: logs` to use the data; for a new cluster name another directory in `path.data`".to_owned(),
        ),
    ] {
        assert_eq!(found(version, &[], Handover::Given, data(contents)), [expected], "{version}");
    }
}
