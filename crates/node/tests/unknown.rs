//! What is unknown is no mistake: a world that answers no question gives no finding, whatever is asked of it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use diagnostics::{Finding, Levels};
use node::{
    Access, Answer, Depth, Facts, FileKind, LockHolder, Look, Machine, PolicyMode, Request, ServerUser,
    SilentMount, Space, Target, Templates, User, World,
};
use server::Version;
use server::network::Interfaces;
use template::{Environment, Scalar};

/// Knows a directory of templates, where it has one, and nothing else.
#[derive(Default)]
struct Fog {
    templates: Vec<(&'static str, &'static str)>,
    /// The user, where the machine is known: the files on it are not.
    user: Option<User>,
}

/// The directory that [`Fog`] knows.
const TEMPLATES: &str = "/known";

impl Fog {
    fn text(&self, path: &Path) -> Option<&'static str> {
        self.templates.iter().find(|(name, _)| path == Path::new(TEMPLATES).join(name)).map(|(_, text)| *text)
    }
}

impl World for Fog {
    fn read(&self, path: &Path, _: u64) -> Answer<Vec<u8>> {
        self.text(path).map_or(Answer::Unknown, |text| Answer::Is(text.into()))
    }

    fn look(&self, path: &Path) -> Answer<Look> {
        let look = |kind, inode| Look { kind, uid: 0, gid: 0, mode: 0o644, size: 10, identity: (1, inode) };
        if self.text(path).is_some() {
            return Answer::Is(look(FileKind::Regular, 2));
        }
        if path == Path::new(TEMPLATES) && !self.templates.is_empty() {
            return Answer::Is(look(FileKind::Directory, 1));
        }
        Answer::Unknown
    }

    fn list(&self, path: &Path) -> Answer<Vec<OsString>> {
        if path != Path::new(TEMPLATES) || self.templates.is_empty() {
            return Answer::Unknown;
        }
        Answer::Is(self.templates.iter().map(|(name, _)| OsString::from(name)).collect())
    }

    fn link(&self, _: &Path) -> Answer<PathBuf> {
        Answer::Unknown
    }

    fn real(&self, _: &Path) -> Answer<PathBuf> {
        Answer::Unknown
    }

    fn allows(&self, _: &Path, _: Access) -> Answer<()> {
        Answer::Unknown
    }

    fn permits(&self, _: &Path, _: &ServerUser, _: Access) -> Answer<()> {
        Answer::Unknown
    }

    fn lock(&self, _: &Path) -> Answer<LockHolder> {
        Answer::Unknown
    }

    fn space(&self, _: &Path) -> Answer<Space> {
        Answer::Unknown
    }

    fn is_read_only(&self, _: &Path) -> Answer<bool> {
        Answer::Unknown
    }

    fn is_noexec(&self, _: &Path) -> Answer<bool> {
        Answer::Unknown
    }

    fn is_mount_point(&self, _: &Path) -> Answer<bool> {
        Answer::Unknown
    }

    fn silent(&self) -> Vec<SilentMount> {
        Vec::new()
    }

    fn is_silent(&self, _: &Path) -> bool {
        false
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        Path::new("/").join(path)
    }

    fn working_directory(&self) -> PathBuf {
        PathBuf::from("/")
    }

    fn host_name(&self) -> Answer<String> {
        Answer::Unknown
    }

    fn interfaces(&self) -> Answer<Interfaces> {
        Answer::Unknown
    }

    fn machine(&self) -> Answer<Machine> {
        self.user.clone().map_or(Answer::Unknown, |user| Answer::Is(Machine { user, ..Machine::default() }))
    }
}

fn facts(request: Request, variables: &[(&str, &str)], world: &Fog) -> Facts {
    node::read(request, variables.iter().copied().collect::<Environment>(), world)
}

/// The findings of `judge`, and those that only planning adds.
fn findings(facts: &Facts) -> Vec<Finding> {
    let mut findings = node::judge(facts);
    node::plan(facts, &mut findings);
    findings
}

const VERSIONS: [Option<Version>; 7] = [
    None,
    Some(Version::elasticsearch(1, 7, 5)),
    Some(Version::elasticsearch(2, 3, 4)),
    Some(Version::elasticsearch(5, 6, 16)),
    Some(Version::elasticsearch(7, 17, 9)),
    Some(Version::elasticsearch(9, 1, 0)),
    Some(Version::opensearch(2, 11, 0)),
];

/// Every question that a command asks.
fn requests() -> Vec<Request> {
    let mut requests = Vec::new();
    for es_version in VERSIONS {
        for depth in [Depth::Templates, Depth::Installed, Depth::Machine, Depth::Policy, Depth::Start] {
            for policy in [PolicyMode::Auto, PolicyMode::Patch] {
                for target in [
                    Target::default(),
                    Target::Other { program: "elasticsearch".into(), arguments: Vec::new() },
                ] {
                    for user in [None, Some("elasticsearch".to_owned())] {
                        let target = target.clone();
                        requests.push(Request {
                            es_version,
                            depth,
                            policy,
                            target,
                            user,
                            ..Request::default()
                        });
                    }
                }
            }
        }
    }
    requests
}

#[test]
fn an_unknown_world_gives_no_finding() {
    let environments: [&[(&str, &str)]; 6] = [
        &[],
        &[
            ("ES_HOME", "/usr/share/elasticsearch"),
            ("ES_PATH_CONF", "/etc/elasticsearch"),
            ("MASTER_COUNT", "2"),
        ],
        &[("MASTER_COUNT", "3"), ("MASTER_STATEFULSET", "es"), ("ES_JAVA_OPTS", "-Xmx2g -Xms2g")],
        &[("KUBECONFIG", "/kube/config"), ("JAVA_POLICY_READ", "/etc/hostname"), ("ES_JAVA_HOME", "/jdk")],
        &[("ES_HOME", "/es"), ("ES_JAVA_OPTS", "-Djava.security.policy=/own"), ("JAVA_POLICY_READ", "/a,/b")],
        &[("CLUSTER_NAME_FILE", "/secrets/name"), ("discovery.seed_hosts", "a,b")],
    ];
    for user in USERS {
        let world =
            Fog { user: user.map(|uid| User { uid, groups: vec![0], effective_uid: uid }), ..Fog::default() };
        for request in requests() {
            for variables in environments {
                let facts = facts(request.clone(), variables, &world);
                let mut found = findings(&facts);
                // That a version consults no policy is known from the version alone.
                found.retain(|finding| finding.code != "policy/pointless");
                assert_eq!(found, [], "{user:?} {request:?} {variables:?}");
            }
        }
    }
}

/// Nobody, root, and somebody else.
const USERS: [Option<u32>; 3] = [None, Some(0), Some(1000)];

/// The templates are known; the host, the mounted files, the data and the image are not.
#[test]
fn what_depends_on_the_unknown_is_unknown() {
    let world = Fog {
        templates: vec![
            (
                "elasticsearch.yml",
                "node.name: ${NODE_NAME}\ncluster.name: ${CLUSTER_NAME}\npath.data: ${DATA}\nnetwork.host: 0.0.0.0\n\
                 discovery.seed_hosts: [\"${SEEDS}\"]\ncluster.initial_master_nodes: ${INITIAL_MASTER_NODES}\n\
                 node.attr.namespace: ${NAMESPACE}\n",
            ),
            ("log4j2.properties", "appender.name = ${NODE_NAME}\n"),
        ],
        user: None,
    };
    let variables = [
        ("CLUSTER_NAME_FILE", "/secrets/name"),
        ("DATA_FILE", "/secrets/data"),
        ("SEEDS_FILE", "/secrets/seeds"),
        ("MASTER_COUNT_FILE", "/secrets/count"),
        ("MASTER_STATEFULSET", "es"),
    ];
    let request = Request {
        templates: Templates::Directory(TEMPLATES.into()),
        es_version: Some(Version::elasticsearch(8, 15, 0)),
        depth: Depth::Start,
        levels: Levels::default(),
        ..Request::default()
    };
    let facts = facts(request, &variables, &world);
    assert_eq!(findings(&facts), []);
    assert!(facts.files.len() == 2 && facts.files.iter().all(|file| file.inspected.rendered.bytes.is_none()));
    let keys = [
        "node.name",
        "cluster.name",
        "path.data",
        "discovery.seed_hosts",
        "cluster.initial_master_nodes",
        "node.attr.namespace",
    ];
    for key in keys {
        assert_eq!(facts.settings.get(key).map(|setting| &setting.value), Some(&Scalar::Unknown), "{key}");
    }
    assert_eq!(facts.settings.text("network.host"), Some("0.0.0.0"));
    // Nothing is started with a part of its configuration.
    assert!(node::plan(&facts, &mut Vec::new()).plan.is_err());
}

/// Whom to ask is not guessed: there is a sentence instead.
#[test]
fn the_node_of_nowhere_is_not_asked() {
    let found = node::health(&Request::default(), &Environment::default(), false, &Fog::default());
    assert_eq!(found, Err("there is no configuration in `/run/es-entrypoint/config` to read".to_owned()));
}
