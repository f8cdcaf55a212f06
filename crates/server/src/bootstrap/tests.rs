use template::Settings;

use super::facts::{Capabilities, Directory, Handover, HostFacts, IPC_LOCK, Java, Limit, Owner};
use super::*;
use crate::access::Closed;
use crate::version::Version;
use diagnostics::{Secrets, Source, Span};
use template::Setting;

const NODE_2: Version = Version::elasticsearch(2, 3, 4);
const NODE_7: Version = Version::elasticsearch(7, 17, 9);

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let source = Source::new("elasticsearch.yml", "\n\nkey: value\n", Secrets::none);
    let setting = |(key, text): &(&str, &str)| Setting::of_text(*key, *text, Span::new(&source, 7..12));
    Settings { entries: pairs.iter().map(setting).collect(), ..Settings::default() }
}

/// A machine on which nothing is wrong.
fn good() -> HostFacts {
    let unlimited = Some(Limit { soft: None, hard: None });
    HostFacts {
        uid: 1000,
        gid: 0,
        max_map_count: Some(262_144),
        open_files: Some(Limit { soft: Some(1024), hard: Some(65_536) }),
        processes: Some(Limit { soft: Some(1024), hard: Some(4096) }),
        locked_memory: unlimited,
        address_space: unlimited,
        file_size: unlimited,
        memory_limit: Some(1 << 30),
        total_memory: Some(1 << 34),
        ..HostFacts::default()
    }
}

/// One line a finding: `severity code setting line: message | help`.
fn messages(
    version: Version,
    facts: &HostFacts,
    settings: &Settings,
    change: impl FnOnce(&mut HostInputs),
) -> Vec<String> {
    let mut inputs = HostInputs {
        version,
        facts,
        settings,
        arguments: &[],
        server_uid: 1000,
        handover: Handover::NotRoot,
        root_allowed: false,
        enforced: bootstrap_checks_enforced(version, settings),
    };
    change(&mut inputs);
    let line = |finding: &Finding| {
        let place =
            finding.location().map(|place| format!(" {}:{}", place.file, place.line)).unwrap_or_default();
        let setting = finding.setting.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
        format!(
            "{} {}{setting}{place}: {} | {}",
            finding.severity.word(),
            finding.code,
            finding.message,
            finding.help.clone().unwrap_or_default()
        )
    };
    judge(&inputs).iter().map(line).collect()
}

fn plain(version: Version, facts: &HostFacts) -> Vec<String> {
    messages(version, facts, &Settings::default(), |_| ())
}

#[test]
fn a_good_machine() {
    for version in [NODE_2, NODE_7, Version::elasticsearch(9, 0, 0), Version::opensearch(2, 11, 0)] {
        assert_eq!(plain(version, &good()), [""; 0]);
        assert_eq!(plain(version, &HostFacts::default()), [""; 0], "nothing known, nothing said");
    }
}

#[test]
fn limits_per_generation() {
    let facts = HostFacts {
        open_files: Some(Limit { soft: Some(1024), hard: Some(20_000) }),
        processes: Some(Limit { soft: Some(100), hard: Some(2000) }),
        address_space: Some(Limit { soft: None, hard: Some(1 << 32) }),
        file_size: Some(Limit { soft: None, hard: Some(1 << 31) }),
        max_map_count: Some(65_530),
        ..good()
    };
    assert_eq!(
        plain(NODE_2, &facts),
        [
            "warning host/nofile: at most 20000 open files, the server needs 65536 | `docker run --ulimit nofile=65536:65536`; in Kubernetes the limit is the container runtime's (`LimitNOFILE` of its service)"
        ]
    );
    let public = settings(&[("network.host", "0.0.0.0")]);
    assert_eq!(
        messages(Version::elasticsearch(5, 6, 16), &facts, &public, |_| ()),
        [
            "error host/nofile: at most 20000 open files, the server needs 65536 | `docker run --ulimit nofile=65536:65536`; in Kubernetes the limit is the container runtime's (`LimitNOFILE` of its service); the server refuses to start otherwise",
            "error host/nproc: at most 2000 processes and threads, the server needs 2048 | `docker run --ulimit nproc=2048:2048`; in Kubernetes the limit is the container runtime's (`LimitNPROC` of its service); the server refuses to start otherwise",
            "error host/address-space: the address space is limited to 4 GiB, the server needs it unlimited | remove the limit `as` (`ulimit -v`) where the container runtime is started; in Kubernetes `LimitAS` of its service; the server refuses to start otherwise",
            "error host/file-size: files are limited to 2 GiB, the server needs them unlimited | `docker run --ulimit fsize=-1:-1`; in Kubernetes the limit is the container runtime's (`LimitFSIZE` of its service); the server refuses to start otherwise",
            "error host/max-map-count: `vm.max_map_count` is 65530, the server needs 262144 | this limit is the \
             node's, not the container's: run `sysctl -w vm.max_map_count=262144` there, or in a privileged init \
             container",
        ]
    );
    assert_eq!(
        plain(NODE_7, &facts),
        [
            "warning host/nofile: at most 20000 open files, the server needs 65535 | `docker run --ulimit nofile=65536:65536`; in Kubernetes the limit is the container runtime's (`LimitNOFILE` of its service)",
            "warning host/nproc: at most 2000 processes and threads, the server needs 4096 | `docker run --ulimit nproc=4096:4096`; in Kubernetes the limit is the container runtime's (`LimitNPROC` of its service)",
            "warning host/address-space: the address space is limited to 4 GiB, the server needs it unlimited | remove the limit `as` (`ulimit -v`) where the container runtime is started; in Kubernetes `LimitAS` of its service",
            "warning host/file-size: files are limited to 2 GiB, the server needs them unlimited | `docker run --ulimit fsize=-1:-1`; in Kubernetes the limit is the container runtime's (`LimitFSIZE` of its service)",
            "warning host/max-map-count: `vm.max_map_count` is 65530, the server needs 262144 | this limit is the \
             node's, not the container's: run `sysctl -w vm.max_map_count=262144` there, or in a privileged init \
             container; without access to the node set `node.store.allow_mmap: false`",
        ]
    );
    let facts = HostFacts { max_map_count: Some(65_530), ..good() };
    assert_eq!(messages(NODE_7, &facts, &settings(&[("node.store.allow_mmap", "false")]), |_| ()), [""; 0]);
}

#[test]
fn where_checks_are_enforced() {
    for (version, pairs, enforced) in [
        (NODE_2, &[("network.host", "0.0.0.0")][..], false),
        (NODE_7, &[], false),
        (NODE_7, &[("network.host", "0.0.0.0")], true),
        (NODE_7, &[("network.host", "_local_")], false),
        (NODE_7, &[("network.host", "127.0.0.1, ::1")], false),
        (NODE_7, &[("network.host", "_local_,_site_")], true),
        (NODE_7, &[("network.host", "0.0.0.0"), ("discovery.type", "single-node")], false),
        (NODE_7, &[("network.host", "0.0.0.0"), ("transport.host", "localhost")], false),
        (NODE_7, &[("network.host", "127.0.0.1"), ("network.publish_host", "10.0.0.1")], true),
        (NODE_7, &[("network.host", "")], false),
    ] {
        assert_eq!(bootstrap_checks_enforced(version, &settings(pairs)), enforced, "{version} {pairs:?}");
    }
}

#[test]
fn locked_memory() {
    let asked = settings(&[("bootstrap.mlockall", "true")]);
    let limited = |uid, permitted, effective, bounding| HostFacts {
        uid,
        capabilities: Some(Capabilities { bounding, permitted, effective }),
        locked_memory: Some(Limit { soft: Some(8 << 20), hard: Some(8 << 20) }),
        ..good()
    };
    let message = "warning host/memlock bootstrap.mlockall elasticsearch.yml:3: `bootstrap.mlockall` asks for locked memory, but only 8 MiB may be locked";
    let limit = "; or raise the limit: `docker run --ulimit memlock=-1:-1`";
    for (facts, help) in [
        (limited(0, IPC_LOCK, IPC_LOCK, IPC_LOCK), None),
        (limited(1000, IPC_LOCK, IPC_LOCK, IPC_LOCK), None),
        (
            HostFacts {
                locked_memory: Some(Limit { soft: Some(8 << 20), hard: None }),
                ..limited(1000, 0, 0, 0)
            },
            None,
        ),
        (
            limited(0, 0, 0, 0),
            Some(
                "add the capability: `docker run --cap-add IPC_LOCK`, in Kubernetes `securityContext.capabilities.add: [IPC_LOCK]`",
            ),
        ),
        (
            limited(1000, 0, 0, IPC_LOCK),
            Some(
                "the container has the capability `IPC_LOCK`, but only root can pass it on: start the container as \
                 root (without `--user` and `runAsUser`), the server still gets its own user",
            ),
        ),
        (
            limited(1000, 0, 0, 0),
            Some(
                "start the container as root (without `--user` and `runAsUser`, the server still gets its own user) and add the capability: `docker run --cap-add IPC_LOCK`, in Kubernetes `securityContext.capabilities.add: [IPC_LOCK]`",
            ),
        ),
    ] {
        let expected: Vec<String> =
            help.into_iter().map(|help| format!("{message} | {help}{limit}")).collect();
        assert_eq!(messages(NODE_2, &facts, &asked, |_| ()), expected);
        assert_eq!(messages(NODE_2, &facts, &Settings::default(), |_| ()), [""; 0], "not asked for");
    }
    for (version, key, text, wanted) in [
        (NODE_2, "bootstrap.mlockall", "False", true),
        (NODE_2, "bootstrap.mlockall", "no", false),
        (NODE_2, "bootstrap.mlockall", "yes", true),
        (NODE_2, "bootstrap.mlockall", "", false),
        (Version::elasticsearch(5, 6, 16), "bootstrap.memory_lock", "yes", true),
        (Version::elasticsearch(5, 6, 16), "bootstrap.memory_lock", "False", false),
        (NODE_2, "bootstrap.memory_lock", "true", false),
        (Version::elasticsearch(2, 4, 6), "bootstrap.memory_lock", "true", true),
        (NODE_7, "bootstrap.memory_lock", "true", true),
        (NODE_7, "bootstrap.memory_lock", "on", true),
        (NODE_7, "bootstrap.memory_lock", "1", false),
        (NODE_7, "bootstrap.mlockall", "true", false),
    ] {
        assert_eq!(
            memory_lock_setting(version, &settings(&[(key, text)])).is_some(),
            wanted,
            "{version} {key} {text}"
        );
    }
}

#[test]
fn root() {
    let as_root = |version, allowed| {
        messages(version, &good(), &Settings::default(), |inputs| {
            inputs.server_uid = 0;
            inputs.root_allowed = allowed;
        })
    };
    let help = "name another user: `--user 1000:0` or ES_ENTRYPOINT_USER, `docker run --user 1000:0`, in Kubernetes `securityContext.runAsUser: 1000`";
    let refused = format!("error host/root: the server would run as root and refuses to start | {help}");
    let messages = format!("warning host/root: the server would run as root | {help}");
    assert_eq!(as_root(NODE_2, false), [refused.as_str()]);
    assert_eq!(as_root(NODE_2, true), [messages.as_str()]);
    assert_eq!(as_root(Version::elasticsearch(1, 7, 5), false), [messages.as_str()]);
    assert_eq!(as_root(NODE_7, true), [refused.as_str()]);
}

#[test]
fn java_versions() {
    let messages = |version, major| {
        let java = Some(Java { path: "/bin/java".into(), major: Some(major), ..Java::default() });
        plain(version, &HostFacts { java, ..good() })
    };
    let help = "use an image with that Java, or set its directory: JAVA_HOME, from 7.12 on ES_JAVA_HOME, for \
                OpenSearch OPENSEARCH_JAVA_HOME";
    assert_eq!(messages(NODE_2, 8), [""; 0]);
    assert_eq!(
        messages(NODE_2, 17),
        [format!(
            "error host/java-version: `/bin/java` is Java 17, Elasticsearch 2.3.4 needs 7 or 8 | {help}"
        )]
    );
    assert_eq!(
        messages(Version::elasticsearch(8, 15, 0), 11),
        [format!(
            "error host/java-version: `/bin/java` is Java 11, Elasticsearch 8.15.0 needs 17 to 23 | {help}"
        )]
    );
    // Without a security manager it starts with every later one.
    assert_eq!(messages(Version::elasticsearch(8, 18, 0), 25), [""; 0]);
    for (version, is_wrong) in [
        (Version::elasticsearch(6, 8, 23), true),
        (NODE_7, true),
        (Version::elasticsearch(8, 17, 0), true),
        (Version::elasticsearch(9, 2, 0), false),
        (Version::opensearch(1, 3, 20), true),
        (Version::opensearch(2, 19, 6), true),
        (Version::opensearch(3, 6, 0), false),
    ] {
        assert_eq!(messages(version, 25).len(), usize::from(is_wrong), "{version}");
    }
}

#[test]
fn memory_of_the_container() {
    let facts = HostFacts { memory_limit: Some(128 << 20), ..good() };
    assert_eq!(
        plain(NODE_2, &facts),
        [
            "warning host/memory: 128 MiB of memory is less than the 192 MiB that Elasticsearch 2.3.4 needs | the kernel would kill the server: raise `docker run --memory`, in Kubernetes `resources.limits.memory`"
        ]
    );
}

#[test]
fn directories() {
    let good_one = Directory {
        setting: "path.data".into(),
        path: "/data".into(),
        nearest: "/data".into(),
        is_directory: true,
        ..Directory::default()
    };
    let by = |path: &str| {
        let owner = Owner { uid: 0, gid: 5, mode: 0o40755 };
        Some(Closed::Mode { path: path.into(), owner })
    };
    let closed = || Directory { closed: by("/data"), ..good_one.clone() };
    let missing = |closed| Directory { path: "/data/es".into(), closed, ..good_one.clone() };
    let is = "error host/data-not-writable path.data: `path.data` is `/data";
    let chown = "`chown 1000 /data`, in Kubernetes `fsGroup: 1000` in the pod's `securityContext` (not for a hostPath volume: \
                 `chown` that on the node), or";
    let as_root = "start the container as root: es-entrypoint then changes the owner before it drops root";
    let words = |path: &str, words: &str| Some(Closed::System { path: path.into(), words: words.into() });
    for (directory, handover, expected) in [
        (good_one.clone(), Handover::NotRoot, None),
        (
            closed(),
            Handover::NotRoot,
            Some(format!(
                "`, which belongs to 0:5 with mode 0755: user 1000 cannot write there | {chown} {as_root}"
            )),
        ),
        (
            closed(),
            Handover::NoCapability,
            Some(format!(
                "`, which belongs to 0:5 with mode 0755: user 1000 cannot write there | {chown} let es-entrypoint change the owner: it needs the capability `CHOWN` for that (`docker run --cap-add CHOWN`)"
            )),
        ),
        (
            closed(),
            Handover::Off,
            Some(format!(
                "`, which belongs to 0:5 with mode 0755: user 1000 cannot write there | {chown} do without `--chown off`: es-entrypoint then changes the owner"
            )),
        ),
        (
            closed(),
            Handover::Given,
            Some(
                "`, which belongs to 0:5 with mode 0755: user 1000 cannot write there | `chmod u+rwx /data`: user 1000 will own it, and its mode keeps the owner out".to_owned(),
            ),
        ),
        (
            missing(by("/data")),
            Handover::NotRoot,
            Some(
                "/es`, which user 1000 cannot create: `/data` belongs to 0:5 with mode 0755 | `mkdir -p /data/es && chown 1000 /data/es` as root, or mount a volume there, or start the container as root: es-entrypoint then makes the directory for that user before it drops root".to_owned(),
            ),
        ),
        (
            missing(by("/data")),
            Handover::Given,
            Some(
                "/es`, which user 1000 cannot reach: `/data` belongs to 0:5 with mode 0755 | let user 1000 through with `chmod o+x /data`, or name another directory".to_owned(),
            ),
        ),
        (
            Directory {
                closed: Some(Closed::Mode {
                    path: "/data".into(),
                    owner: Owner { uid: 1000, gid: 5, mode: 0o40555 },
                }),
                ..good_one.clone()
            },
            Handover::NotRoot,
            Some(
                "`, which belongs to 1000:5 with mode 0555: user 1000 cannot write there | `chmod u+rwx /data`: it belongs to user 1000 already, and its mode keeps that user out".to_owned(),
            ),
        ),
        (
            Directory { nearest: "/data/es".into(), ..missing(by("/data")) },
            Handover::Given,
            Some(
                "/es`, which user 1000 cannot reach: `/data` belongs to 0:5 with mode 0755 | let user 1000 through with `chmod o+x /data`, or name another directory".to_owned(),
            ),
        ),
        (
            Directory { closed: words("/data", "permission denied"), ..good_one.clone() },
            Handover::NotRoot,
            Some(format!("`, where user 1000 cannot write: `/data`: permission denied | {chown} {as_root}")),
        ),
        (
            Directory { cannot_make: Some("permission denied".into()), ..missing(None) },
            Handover::Given,
            Some(
                "/es`, which cannot be made in `/data`: permission denied | mount a volume there: `docker run -v NAME:/data/es`".to_owned(),
            ),
        ),
        (
            Directory { read_only: true, ..closed() },
            Handover::Given,
            Some(
                "`, which is on a read-only file system | mount a volume there: `docker run -v NAME:/data`, or `--tmpfs /data` for one that may be lost".to_owned(),
            ),
        ),
        (
            Directory { is_directory: false, ..closed() },
            Handover::Given,
            Some("`, which is not a directory | mount a directory there, or name another one".to_owned()),
        ),
    ] {
        let facts = HostFacts { directories: vec![directory], ..good() };
        let expected: Vec<String> = expected.into_iter().map(|expected| format!("{is}{expected}")).collect();
        assert_eq!(
            messages(NODE_2, &facts, &Settings::default(), |inputs| inputs.handover = handover),
            expected
        );
    }
}
