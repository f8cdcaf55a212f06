//! The layouts of real images, where they are and with their users and variables, also with everything read-only: `check` has
//! nothing to say, and `run` starts the server.

use crate::good::Situation;
use crate::lab::{Ended, root};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;

/// An image: an installation at `/usr/share/elasticsearch` or `/usr/share/opensearch`.
struct Image {
    product: &'static str,
    version: &'static str,
    /// The main file; nothing where the image has none.
    settings: Option<&'static str>,
    /// Name, user and group in `/etc/passwd`.
    user: (&'static str, u32, u32),
    /// Who the container starts as, where the image does not leave that to root.
    starts_as: Option<(u32, u32)>,
    variables: &'static [(&'static str, &'static str)],
    java: &'static str,
}

const CENTOS: &str =
    "/usr/share/elasticsearch/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const DOCKER_CLUSTER: &str = "cluster.name: \"docker-cluster\"\nnetwork.host: 0.0.0.0\n\n# minimum_master_nodes need to be \
                              explicitly set when bound on a public IP\ndiscovery.zen.minimum_master_nodes: 1\n";

/// The options that ship with 5.6.
const OPTIONS_5: &str = "-Xms2g\n-Xmx2g\n-XX:+UseConcMarkSweepGC\n-XX:CMSInitiatingOccupancyFraction=75\n\
                         -XX:+UseCMSInitiatingOccupancyOnly\n-XX:+AlwaysPreTouch\n-server\n-Xss1m\n\
                         -Djava.awt.headless=true\n-Dfile.encoding=UTF-8\n-Djna.nosys=true\n\
                         -Djdk.io.permissionsUseCanonicalPath=true\n-Dio.netty.noUnsafe=true\n\
                         -Dlog4j.shutdownHookEnabled=false\n-Dlog4j2.disable.jmx=true\n-Dlog4j.skipJansi=true\n\
                         -XX:+HeapDumpOnOutOfMemoryError\n";
/// Those of 6.8.
const OPTIONS_6: &str = "-Xms1g\n-Xmx1g\n8-13:-XX:+UseConcMarkSweepGC\n8-13:-XX:CMSInitiatingOccupancyFraction=75\n\
                         8-13:-XX:+UseCMSInitiatingOccupancyOnly\n14-:-XX:+UseG1GC\n14-:-XX:G1ReservePercent=25\n\
                         -Des.networkaddress.cache.ttl=60\n-XX:+AlwaysPreTouch\n-Xss1m\n-Djava.awt.headless=true\n\
                         -Djna.nosys=true\n-XX:-OmitStackTraceInFastThrow\n-Djava.io.tmpdir=${ES_TMPDIR}\n\
                         -XX:+HeapDumpOnOutOfMemoryError\n-XX:HeapDumpPath=data\n-XX:ErrorFile=logs/hs_err_pid%p.log\n\
                         8:-XX:+PrintGCDetails\n8:-Xloggc:logs/gc.log\n\
                         9-:-Xlog:gc*,gc+age=trace,safepoint:file=logs/gc.log:utctime,pid,tags:filecount=32,filesize=64m\n\
                         9-:-Djava.locale.providers=COMPAT\n10-:-XX:UseAVX=2\n";

const IMAGES: &[Image] = &[
    // The official image of 1.7, made from the Debian package: only the configuration of the log is in `config`.
    Image {
        product: "elasticsearch",
        version: "1.7.6",
        settings: None,
        user: ("elasticsearch", 105, 108),
        starts_as: None,
        variables: &[
            ("LANG", "C.UTF-8"),
            ("JAVA_VERSION", "8u111"),
            ("JAVA_DEBIAN_VERSION", "8u111-b14-2~bpo8+1"),
            ("CA_CERTIFICATES_JAVA_VERSION", "20140324"),
            ("GOSU_VERSION", "1.7"),
            ("ELASTICSEARCH_MAJOR", "1.7"),
            ("ELASTICSEARCH_VERSION", "1.7.6"),
            ("ELASTICSEARCH_REPO_BASE", "http://packages.elasticsearch.org/elasticsearch/1.7/debian"),
            ("PATH", CENTOS),
        ],
        java: "/opt/java-8-openjdk-amd64/jre",
    },
    Image {
        product: "elasticsearch",
        version: "2.4.6",
        settings: Some("network.host: 0.0.0.0\n"),
        user: ("elasticsearch", 101, 102),
        starts_as: None,
        variables: &[
            ("LANG", "C.UTF-8"),
            ("JAVA_VERSION", "8u171"),
            ("GOSU_VERSION", "1.10"),
            ("ELASTICSEARCH_VERSION", "2.4.6"),
            ("ELASTICSEARCH_DEB_VERSION", "2.4.6"),
            ("PATH", CENTOS),
        ],
        java: "/opt/java-8-openjdk-amd64/jre",
    },
    Image {
        product: "elasticsearch",
        version: "5.6.16",
        settings: Some(DOCKER_CLUSTER),
        user: ("elasticsearch", 1000, 1000),
        starts_as: Some((1000, 1000)),
        variables: &[("ELASTIC_CONTAINER", "true"), ("PATH", CENTOS)],
        java: "/opt/jre-1.8.0-openjdk",
    },
    Image {
        product: "elasticsearch",
        version: "6.8.23",
        settings: Some(DOCKER_CLUSTER),
        user: ("elasticsearch", 1000, 1000),
        starts_as: None,
        variables: &[("ELASTIC_CONTAINER", "true"), ("PATH", CENTOS)],
        java: "/opt/jdk-15.0.1+9",
    },
    Image {
        product: "elasticsearch",
        version: "7.17.29",
        settings: Some(
            "cluster.name: \"docker-cluster\"\nnetwork.host: 0.0.0.0\ndiscovery.type: single-node\n",
        ),
        user: ("elasticsearch", 1000, 1000),
        starts_as: Some((1000, 0)),
        variables: &[("ELASTIC_CONTAINER", "true"), ("PATH", CENTOS)],
        java: "",
    },
    Image {
        product: "opensearch",
        version: "2.19.6",
        settings: Some("cluster.name: docker-cluster\nnetwork.host: 0.0.0.0\ndiscovery.type: single-node\n"),
        user: ("opensearch", 1000, 1000),
        starts_as: Some((1000, 1000)),
        variables: &[("DISABLE_INSTALL_DEMO_CONFIG", "true")],
        java: "",
    },
];

/// Which mounts the container has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mounts {
    Image,
    /// All of them read-only but data, logs and the tmpfs on `/tmp` and `/run`.
    ReadOnly,
}

impl Image {
    fn situation(&self, mounts: Mounts, starts_as: Option<(u32, u32)>) -> Situation {
        let (product, version) = (self.product, self.version);
        let mut situation = Situation::official(&format!("layout-{version}-{mounts:?}"), product, version);
        let lab = &situation.lab;
        let config = lab.path("home/config");
        std::fs::remove_file(config.join(format!("{product}.yml"))).unwrap();
        if let Some(text) = self.settings {
            std::fs::write(config.join(format!("{product}.yml")), text).unwrap();
        }
        if version.starts_with(['1', '2']) && product == "elasticsearch" {
            std::fs::remove_file(config.join("jvm.options")).unwrap();
            std::fs::remove_file(config.join("log4j2.properties")).unwrap();
            std::fs::write(config.join("logging.yml"), "rootLogger: INFO, console\n").unwrap();
            std::fs::create_dir(config.join("scripts")).unwrap();
        }
        match version.split_at(1).0 {
            "5" => lab.write("home/config/jvm.options", OPTIONS_5),
            "6" => lab.write("home/config/jvm.options", OPTIONS_6),
            _ => {}
        }
        if !self.java.is_empty() {
            let version = if self.java.contains('8') { "1.8.0_252" } else { "15.0.1" };
            lab.write("java/release", format!("JAVA_VERSION=\"{version}\"\n"));
        }
        lab.write("home/lib/lucene-core-9.jar", "");
        lab.write(
            "passwd",
            format!(
                "root:x:0:0:root:/root:/bin/sh\n{0}:x:{1}:{2}::/usr/share/{product}:/bin/false\n",
                self.user.0, self.user.1, self.user.2
            ),
        );
        lab.write("group", format!("root:x:0:\n{}:x:{}:\n", self.user.0, self.user.2));
        // From 6.x on the files belong to group 0.
        let group = if version.starts_with(['6', '7']) { 0 } else { self.user.2 };
        for name in ["config", "data", "logs"] {
            give(&lab.path("home").join(name), self.user.1, group);
        }
        let script = self.script(&situation, mounts, starts_as);
        situation =
            situation.prefixed(&["unshare", "--mount", "--propagation=private", "sh", "-ec", &script, "sh"]);
        for (name, value) in self.variables {
            situation = situation.with(name, value);
        }
        situation
    }

    /// Makes the image of the lab, and goes on with the binary that comes first.
    fn script(&self, situation: &Situation, mounts: Mounts, starts_as: Option<(u32, u32)>) -> String {
        let lab = |name: &str| situation.lab.text(name);
        let home = format!("/usr/share/{}", self.product);
        // The Java of the lab is where the image has it, or in the installation.
        let java = match self.java {
            "" => "unset JAVA_HOME".to_owned(),
            java => format!("mkdir -p {java}; mount --bind {} {java}; export JAVA_HOME={java}", lab("java")),
        };
        let read_only = format!(
            "cut -d' ' -f5 /proc/self/mountinfo | while read -r point; do mount -o remount,bind,ro \"$point\" || true; done
             for point in {home}/data {home}/logs; do mount -o remount,bind,rw $point; done
             mount -t tmpfs -o mode=1777,nosuid,nodev none /tmp; mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 none /run"
        );
        let user = match starts_as {
            None => String::new(),
            Some((uid, gid)) => format!("setpriv --reuid={uid} --regid={gid} --clear-groups"),
        };
        format!(
            "mount -t tmpfs none /usr/share; mkdir -p {home} /usr/share/entry; mount -t tmpfs none /opt
             mount --bind {} {home}; : >/usr/share/entry/es-entrypoint; mount --bind $1 /usr/share/entry/es-entrypoint; shift
             mount --bind {} /etc/passwd; mount --bind {} /etc/group; mount -t tmpfs -o mode=1777 none /run
             for point in {home}/data {home}/logs; do mount --bind $point $point; done
             {java}
             {}
             unset ES_HOME ES_ENTRYPOINT_RUNTIME_DIR; cd {home}
             exec {user} /usr/share/entry/es-entrypoint \"$@\"",
            lab("home"),
            lab("passwd"),
            lab("group"),
            if mounts == Mounts::ReadOnly { read_only } else { String::new() },
        )
    }
}

fn give(path: &Path, uid: u32, gid: u32) {
    if path.is_dir() {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o775)).unwrap();
        for entry in std::fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), uid, gid);
        }
    } else {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o664)).unwrap();
    }
    chown(path, Some(uid), Some(gid)).unwrap();
}

fn is_allowed() -> bool {
    root("mounting and becoming another user")
}

#[test]
fn the_official_images() {
    if !is_allowed() {
        return;
    }
    for image in IMAGES {
        image.situation(Mounts::Image, image.starts_as).is_good();
        // Also as root, who becomes the user of the image.
        if image.starts_as.is_some() {
            image.situation(Mounts::Image, None).is_good();
        }
    }
}

#[test]
fn a_read_only_root() {
    if !is_allowed() {
        return;
    }
    for image in IMAGES {
        for starts_as in [image.starts_as, None] {
            let situation = image.situation(Mounts::ReadOnly, starts_as);
            situation.is_good();
            // It is one.
            let found: Ended = situation.ended(&[
                "run",
                "--",
                "sh",
                "-c",
                "touch config/x data/x logs/x /tmp/x /run/x; touch /x",
            ]);
            let failed: Vec<&str> = found.errors.lines().filter(|line| line.contains("Read-only")).collect();
            assert_eq!(failed.len(), 2, "{found:?}");
        }
    }
}
