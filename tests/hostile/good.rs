//! The good, ordinary situations: `check` has nothing to say, and `run` starts the server without a word.

use std::ffi::OsString;

use crate::lab::{ALLOWED, Lab, ended, root};

/// A started server tells that it is one.
const SCRIPT: &str = "#!/bin/sh\necho STARTED\n";

/// What a good start looks like.
pub(crate) struct Situation {
    pub(crate) lab: Lab,
    variables: Vec<(String, String)>,
    /// Programs around ours: another user, other namespaces.
    prefix: Vec<String>,
}

impl Situation {
    /// Elasticsearch 2.3.4 without any configuration.
    pub(crate) fn two(name: &str) -> Self {
        Self { lab: Lab::new(&format!("good-{name}")), variables: Vec::new(), prefix: Vec::new() }
    }

    /// An installation in the layout of the official images: configuration, options and logging are there, and a Java of
    /// its own.
    pub(crate) fn official(name: &str, product: &str, version: &str) -> Self {
        let lab = Lab::new(&format!("good-{name}"));
        std::fs::remove_file(lab.path("home/lib/elasticsearch-2.3.4.jar")).unwrap();
        std::fs::remove_file(lab.path("home/bin/elasticsearch")).unwrap();
        lab.write(format!("home/lib/{product}-{version}.jar"), "");
        lab.write(format!("home/bin/{product}"), SCRIPT);
        lab.write(
            format!("home/config/{product}.yml"),
            "cluster.name: docker-cluster\nnetwork.host: 0.0.0.0\n",
        );
        lab.write("home/config/jvm.options", "-Xms64m\n-Xmx64m\n");
        lab.write("home/config/log4j2.properties", "status = error\n");
        lab.write("home/jdk/bin/java", "#!/bin/sh\n");
        for program in [&*format!("home/bin/{product}"), "home/jdk/bin/java"] {
            lab.mode(program, 0o755);
        }
        // As the images have it: root's group may write.
        for directory in ["home/config", "home/data", "home/logs"] {
            lab.mode(directory, 0o775);
        }
        // The Java of the test is not theirs.
        let java = lab.text("home/jdk");
        Self { lab, variables: vec![("JAVA_HOME".to_owned(), java)], prefix: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn prefixed(mut self, words: &[&str]) -> Self {
        self.prefix = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    pub(crate) fn file(self, name: &str, content: &str) -> Self {
        self.lab.write(name, content);
        self
    }

    pub(crate) fn ended(&self, words: &[&str]) -> crate::lab::Ended {
        let prefix: Vec<&str> = self.prefix.iter().map(String::as_str).collect();
        let mut command = self.lab.prefixed(&prefix, words.iter().map(OsString::from));
        command.env("ES_ENTRYPOINT_ALLOW", format!("{ALLOWED},host/java-version,heap/over-limit"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        ended(command)
    }

    /// Nothing is found, before and at the start, twice: the second start finds what the first one left.
    #[track_caller]
    pub(crate) fn is_good(&self) {
        for words in [&["check"][..], &["check", "--strict"], &["explain", "--message-format", "github"]] {
            let found = self.ended(words);
            assert_eq!(found.code, 0, "{found:?}");
            let is_clean = !found.everything().contains("warning") && !found.everything().contains("error[");
            assert!(is_clean, "{found:?}");
        }
        for _ in 0..2 {
            let found = self.ended(&["run"]);
            assert!(found.code == 0 && found.started(), "{found:?}");
            let is_clean = !found.errors.contains("warn") && !found.errors.contains("error");
            assert!(is_clean, "{found:?}");
        }
        let found = self.ended(&["check"]);
        assert_eq!((found.code, found.output.as_str()), (0, ""), "{found:?}");
    }
}

/// What Kubernetes sets for every Service of the namespace.
fn services(mut situation: Situation, count: usize) -> Situation {
    for number in 0..count {
        let (name, address) =
            (format!("SHOP_{number}"), format!("10.0.{}.{}", number / 250, number % 250 + 1));
        for (suffix, value) in [
            ("SERVICE_HOST", address.clone()),
            ("SERVICE_PORT", "80".to_owned()),
            ("SERVICE_PORT_HTTP", "80".to_owned()),
            ("PORT", format!("tcp://{address}:80")),
            ("PORT_80_TCP", format!("tcp://{address}:80")),
            ("PORT_80_TCP_PROTO", "tcp".to_owned()),
            ("PORT_80_TCP_PORT", "80".to_owned()),
            ("PORT_80_TCP_ADDR", address.clone()),
        ] {
            situation = situation.with(&format!("{name}_{suffix}"), &value);
        }
    }
    situation
}

/// The Service of the cluster itself, whose variables look like ours.
fn own_services(mut situation: Situation) -> Situation {
    for name in ["ELASTICSEARCH", "ES", "ELASTICSEARCH_DISCOVERY", "OPENSEARCH"] {
        for (suffix, value) in [
            ("SERVICE_HOST", "10.1.2.3"),
            ("SERVICE_PORT", "9300"),
            ("PORT", "tcp://10.1.2.3:9300"),
            ("PORT_9300_TCP", "tcp://10.1.2.3:9300"),
            ("PORT_9300_TCP_PROTO", "tcp"),
            ("PORT_9300_TCP_PORT", "9300"),
            ("PORT_9300_TCP_ADDR", "10.1.2.3"),
        ] {
            situation = situation.with(&format!("{name}_{suffix}"), value);
        }
    }
    situation
}

#[test]
fn a_single_node_with_nothing_set() {
    Situation::two("nothing").is_good();
}

#[test]
fn a_cluster_of_three_masters_by_variables() {
    Situation::two("three")
        .with("CLUSTER_NAME", "logs: of the shop #1")
        .with("NODE_NAME", "es-0")
        .with("NETWORK_HOST", "0.0.0.0")
        .with("MASTER_COUNT", "3")
        .with("UNICAST_HOSTS", "es-0.es,es-1.es,es-2.es")
        .with("ES_HEAP_SIZE", "64m")
        .is_good();
}

#[test]
fn a_data_node_and_a_client_of_the_same_cluster() {
    for (name, master, data) in [("data", "false", "true"), ("client", "false", "false")] {
        Situation::two(name)
            .with("NODE_MASTER", master)
            .with("NODE_DATA", data)
            .with("NETWORK_HOST", "0.0.0.0")
            .with("UNICAST_HOSTS", "es-0.es, es-1.es, es-2.es")
            .with("MASTER_COUNT", "3")
            .is_good();
    }
}

#[test]
fn a_template_of_the_users_own_with_a_secret_from_a_file() {
    Situation::two("secret")
        .file(
            "home/config-templates/elasticsearch.yml",
            "cluster.name: ${CLUSTER_NAME}\nnode.name: ${NODE_NAME}\nsnapshot.account.password: ${BACKUP_PASSWORD}\n",
        )
        .file("secrets/backup", "p: '\"#{}%d \\ ${\n".trim_end_matches("${\n"))
        .with("CLUSTER_NAME", "logs")
        .with("NODE_NAME", "n")
        .with("BACKUP_PASSWORD_FILE", "secrets/backup")
        .is_good();
}

#[test]
fn a_pod_among_forty_services() {
    let pod = Situation::two("pod")
        .with("POD_NAME", "es-0")
        .with("POD_NAMESPACE", "logs")
        .with("HOSTNAME", "es-0")
        .with("KUBERNETES_SERVICE_HOST", "10.0.0.1")
        .with("KUBERNETES_SERVICE_PORT", "443")
        .with("KUBERNETES_PORT", "tcp://10.0.0.1:443")
        .with("NETWORK_HOST", "0.0.0.0")
        .with("MASTER_COUNT", "3")
        .with("UNICAST_HOSTS", "es-0.es,es-1.es,es-2.es");
    own_services(services(pod, 40)).is_good();
}

#[test]
fn a_single_node_in_the_official_layout() {
    for (product, version) in
        [("elasticsearch", "7.17.29"), ("elasticsearch", "8.19.4"), ("opensearch", "2.19.6")]
    {
        Situation::official(&format!("single-{product}-{version}"), product, version)
            .file(
                &format!("home/config/{product}.yml"),
                "cluster.name: docker-cluster\nnetwork.host: 0.0.0.0\ndiscovery.type: single-node\n",
            )
            .is_good();
    }
}

#[test]
fn a_node_of_a_cluster_in_the_official_layout() {
    for (product, version, key) in [
        ("elasticsearch", "7.17.29", "cluster.initial_master_nodes"),
        ("elasticsearch", "9.1.5", "cluster.initial_master_nodes"),
        ("opensearch", "2.19.6", "cluster.initial_cluster_manager_nodes"),
    ] {
        let settings = format!(
            "cluster.name: logs\nnode.name: ${{NODE_NAME}}\nnetwork.host: 0.0.0.0\ndiscovery.seed_hosts: [es-0, es-1, \
             es-2]\n{key}: [es-0, es-1, es-2]\n"
        );
        Situation::official(&format!("cluster-{product}-{version}"), product, version)
            .file(&format!("home/config/{product}.yml"), &settings)
            .with("NODE_NAME", "es-1")
            .is_good();
    }
}

#[test]
fn an_arbitrary_user_of_group_0() {
    if !root("starting as another user") {
        return;
    }
    let user = ["setpriv", "--reuid", "1000660000", "--regid", "0", "--clear-groups"];
    for (product, version) in [("elasticsearch", "7.17.29"), ("opensearch", "3.2.0")] {
        Situation::official(&format!("openshift-{product}"), product, version)
            .file(
                &format!("home/config/{product}.yml"),
                "cluster.name: docker-cluster\nnetwork.host: 0.0.0.0\ndiscovery.type: single-node\n",
            )
            .prefixed(&user)
            .is_good();
    }
}

#[test]
fn a_read_only_configuration_with_a_place_for_the_copy() {
    if !root("mounting") {
        return;
    }
    let situation =
        Situation::two("read-only").file("home/config/elasticsearch.yml", "cluster.name: ${NAME:-logs}\n");
    let mount = format!(
        "mount --bind {0} {0} && mount -o remount,bind,ro {0} && mount -t tmpfs none {1} && exec \"$@\"",
        situation.lab.text("home/config"),
        situation.lab.text("home/logs")
    );
    situation.prefixed(&["unshare", "--mount", "sh", "-c", &mount, "sh"]).is_good();
}

/// A mounted Secret: files are links, and what they lead to is swapped as a whole.
#[test]
fn certificates_below_the_configuration() {
    for (product, version, settings) in [
        (
            "elasticsearch",
            "7.17.29",
            "xpack.security.enabled: true\nxpack.security.transport.ssl.enabled: true\n\
             xpack.security.transport.ssl.keystore.path: certs/es.p12\n\
             xpack.security.transport.ssl.truststore.path: certs/es.p12\n\
             xpack.security.http.ssl.enabled: true\n\
             xpack.security.http.ssl.keystore.path: certs/es.p12\n\
             xpack.security.http.ssl.certificate_authorities: [\"certs/ca.crt\"]\n",
        ),
        (
            "elasticsearch",
            "8.19.4",
            "xpack.security.enabled: true\nxpack.security.transport.ssl.enabled: true\n\
             xpack.security.transport.ssl.certificate: ${CONFIG}/certs/es.crt\n\
             xpack.security.transport.ssl.key: ${CONFIG}/certs/es.key\n\
             xpack.security.transport.ssl.certificate_authorities: certs/ca.crt\n",
        ),
        (
            "opensearch",
            "2.19.6",
            "plugins.security.ssl.transport.pemcert_filepath: certs/es.crt\n\
             plugins.security.ssl.transport.pemkey_filepath: certs/es.key\n\
             plugins.security.ssl.transport.pemtrustedcas_filepath: certs/ca.crt\n",
        ),
    ] {
        let mut situation = Situation::official(&format!("tls-{product}-{version}"), product, version);
        let config = situation.lab.text("home/config");
        let settings = settings.replace("${CONFIG}", &config);
        for name in ["es.p12", "es.crt", "es.key", "ca.crt"] {
            situation.lab.write(format!("home/config/certs/..1/{name}"), "PEM");
        }
        let certs = situation.lab.path("home/config/certs");
        std::os::unix::fs::symlink("..1", certs.join("..data")).unwrap();
        for name in ["es.p12", "es.crt", "es.key", "ca.crt"] {
            std::os::unix::fs::symlink(format!("..data/{name}"), certs.join(name)).unwrap();
        }
        situation = situation
            .file(&format!("home/config/{product}.yml"), &format!("discovery.type: single-node\n{settings}"));
        situation.is_good();
    }
}

/// The options that ship with 7.17, and those that charts and people add.
#[test]
fn options_of_the_jvm() {
    let situation = Situation::official("options", "elasticsearch", "7.17.29")
        .file(
            "home/config/elasticsearch.yml",
            "cluster.name: docker-cluster\ndiscovery.type: single-node\npath.repo: [\"data/backup\"]\n",
        )
        .file(
            "home/config/jvm.options",
            "8-13:-XX:+UseConcMarkSweepGC\n8-13:-XX:CMSInitiatingOccupancyFraction=75\n14-:-XX:+UseG1GC\n\
             -Djava.io.tmpdir=${ES_TMPDIR}\n-XX:+HeapDumpOnOutOfMemoryError\n-XX:HeapDumpPath=data\n\
             -XX:ErrorFile=logs/hs_err_pid%p.log\n8:-Xloggc:logs/gc.log\n8:-XX:+UseGCLogFileRotation\n\
             9-:-Xlog:gc*,safepoint:file=logs/gc.log:utctime,pid,tags:filecount=32,filesize=64m\n",
        )
        .file("home/jdk/release", "JAVA_VERSION=\"17.0.9\"\n")
        .file("agents/jmx.jar", "jar")
        .file("agents.policy", "");
    let (jar, policy) = (situation.lab.text("agents/jmx.jar"), situation.lab.text("agents.policy"));
    let grant = format!("grant codeBase \"file:{jar}\" {{ permission java.security.AllPermission; }};\n");
    situation
        .file("agents.policy", &grant)
        .with(
            "ES_JAVA_OPTS",
            &format!(
                "-Xms64m -Xmx64m -XX:+AlwaysPreTouch -javaagent:{jar}=9404:/none.yml -Djava.security.policy={policy}"
            ),
        )
        .is_good();
}

/// A directory of certificates elsewhere that is granted, and one for snapshots that is mounted.
#[test]
fn files_elsewhere() {
    let situation = Situation::official("elsewhere", "elasticsearch", "7.17.29").file("certs/ca.crt", "PEM");
    let (certs, backup) = (situation.lab.text("certs"), situation.lab.text("backup"));
    std::fs::create_dir(&backup).unwrap();
    situation.lab.mode("backup", 0o777);
    situation
        .file(
            "home/config/elasticsearch.yml",
            &format!(
                "discovery.type: single-node\npath.repo: {backup}\nxpack.security.enabled: true\n\
                 xpack.security.transport.ssl.enabled: true\n\
                 xpack.security.transport.ssl.certificate_authorities: {certs}/ca.crt\n"
            ),
        )
        .with("JAVA_POLICY_READ", &certs)
        .is_good();
}
