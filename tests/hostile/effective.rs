//! What the server will really get is what is judged: the directory, the file, the options and the variables that count.

use std::os::unix::fs::chown;

use crate::lab::{Ended, Lab, codes, ended, root};

/// A home of that version with its configuration in `home/config`, started by a script that nobody shipped.
fn of_version(name: &str, product: &str, version: &str) -> Lab {
    let lab = Lab::new(name);
    std::fs::remove_file(lab.path("home/lib/elasticsearch-2.3.4.jar")).unwrap();
    lab.write(format!("home/lib/{product}-{version}.jar"), "");
    let script = "#!/bin/sh\nenv | sort\nfor word do echo \"ARGUMENT $word\"; done\necho \"OPTIONS $(cat \"$ES_JVM_OPTIONS\")\"\n";
    lab.write(format!("home/bin/{product}"), script);
    lab.mode(&format!("home/bin/{product}"), 0o755);
    // Later generations bring their own Java.
    lab.write("home/jdk/bin/java", "#!/bin/sh\n");
    lab.mode("home/jdk/bin/java", 0o755);
    lab
}

/// `check --message-format json` with these variables: `severity code`, one a finding.
fn checked(lab: &Lab, words: &[&str], variables: &[(&str, &str)]) -> Vec<String> {
    let mut command = lab.command(["check", "--message-format", "json"].iter().chain(words));
    command.envs(variables.iter().copied());
    codes(&ended(command).output)
}

fn started(lab: &Lab, words: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = lab.command(["run"].iter().chain(words));
    command.envs(variables.iter().copied());
    ended(command)
}

const QUIET: &str =
    "host/nofile,host/max-map-count,host/nproc,host/memory,host/disk-watermark,host/root,host/java-version";

#[test]
fn opensearch_names_its_directory_by_a_variable_of_its_own() {
    let lab = of_version("os-conf", "opensearch", "2.11.0");
    lab.write("home/config/opensearch.yml", "cluster.name: unused\n");
    lab.write("etc-os/opensearch.yml", "cluster.name: ${NOT_SET}\n");
    let directory = lab.text("etc-os");
    let variables = [("OPENSEARCH_PATH_CONF", &*directory), ("ES_ENTRYPOINT_ALLOW", QUIET)];
    assert_eq!(checked(&lab, &[], &variables), ["error template/unset"]);
    // Elasticsearch does not read that variable.
    let lab = of_version("es-conf", "elasticsearch", "7.17.9");
    lab.write("home/config/elasticsearch.yml", "cluster.name: used\n");
    assert_eq!(checked(&lab, &[], &variables), [""; 0]);
}

#[test]
fn a_staged_fallback_is_named_whole_to_the_script_of_5() {
    if !nix::unistd::geteuid().is_root() {
        crate::common::skip("starting as another user needs root");
        return;
    }
    let lab = of_version("fallback-5", "elasticsearch", "5.3.0");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    lab.write("home/config/jvm.options", "-Xms64m\n-Xmx64m\n");
    lab.write("tmp/x", "");
    lab.mode("tmp", 0o1777);
    let mut command = lab.prefixed(
        &["setpriv", "--reuid", "65533", "--regid", "65533", "--clear-groups"],
        ["run", "--policy", "off"],
    );
    // The default runtime directory is root's.
    command.env_remove("ES_ENTRYPOINT_RUNTIME_DIR").env("TMPDIR", lab.path("tmp"));
    command.env("ES_ENTRYPOINT_ALLOW", QUIET);
    let found = ended(command);
    let staged = lab.text("tmp/es-entrypoint-65533/config");
    assert_eq!(found.code, 0, "{found:?}");
    assert!(found.output.contains(&format!("ARGUMENT -Epath.conf={staged}\n")), "{found:?}");
    assert!(found.output.contains(&format!("ES_JVM_OPTIONS={staged}/jvm.options\n")), "{found:?}");
    assert!(found.output.contains("OPTIONS -Xms64m\n-Xmx64m\n"), "{found:?}");
}

#[test]
fn the_directory_of_further_options_is_read() {
    let lab = of_version("options-d", "elasticsearch", "8.15.0");
    lab.write("home/config/elasticsearch.yml", "network.host: 0.0.0.0\ndiscovery.type: single-node\n");
    lab.write("home/config/jvm.options", "# nothing\n");
    let heap = |text: &str, variables: &[(&str, &str)]| {
        lab.write("home/config/jvm.options.d/heap.options", text);
        let all = [variables, &[("ES_ENTRYPOINT_ALLOW", QUIET)]].concat();
        checked(&lab, &["--allow", "heap/over-limit"], &all)
    };
    assert_eq!(heap("-Xms2g\n", &[("ES_JAVA_OPTS", "-Xmx2g")]), [""; 0]);
    assert_eq!(heap("-Xms2g\n-Xmx3g\n", &[]), ["warning heap/xms-xmx"]);
    // Names that the server does not read.
    lab.write("home/config/jvm.options.d/note.txt", "-Xmx9\n");
    lab.write("home/config/jvm.options.d/directory.options/heap.options", "-Xmx9\n");
    assert_eq!(heap("-Xms2g\n-Xmx2g\n", &[]), [""; 0]);
    // One that begins with a dot is read, before the others.
    lab.write("home/config/jvm.options.d/.40-hidden.options", "-Xms1g\n-Xmx3g\n");
    assert_eq!(heap("# nothing\n", &[]), ["warning heap/xms-xmx"]);
    assert_eq!(heap("-Xms2g\n-Xmx2g\n", &[]), [""; 0]);
    // 7.6 has no such directory.
    let lab = of_version("options-d-7.6", "elasticsearch", "7.6.2");
    lab.write("home/config/elasticsearch.yml", "cluster.name: x\n");
    lab.write("home/config/jvm.options.d/heap.options", "-Xmx9\n");
    assert_eq!(checked(&lab, &[], &[("ES_ENTRYPOINT_ALLOW", QUIET)]), [""; 0]);
}

#[test]
fn a_policy_named_in_further_options_is_not_displaced_silently() {
    let lab = of_version("policy-d", "elasticsearch", "7.17.9");
    lab.write("home/config/elasticsearch.yml", "cluster.name: x\n");
    lab.write("home/config/jvm.options.d/policy.options", "-Djava.security.policy=/not/there.policy\n");
    let found = started(
        &lab,
        &["--policy", "property"],
        &[("JAVA_POLICY_READ", "/etc/hostname"), ("ES_ENTRYPOINT_ALLOW", QUIET)],
    );
    assert_eq!(found.code, 78, "{found:?}");
    assert!(
        found.errors.starts_with(
            "error[policy/not-writable]: `-Djava.security.policy=/not/there.policy` is set, and one from \
             es-entrypoint would replace it: `/not/there.policy` does not exist\n --> "
        ),
        "{found:?}"
    );
    assert!(found.errors.contains("config/jvm.options.d/policy.options:1:1\n"), "{found:?}");
}

#[test]
fn there_is_one_guess_of_the_version() {
    let lab = Lab::new("guess");
    std::fs::create_dir(lab.path("nowhere")).unwrap();
    std::fs::remove_file(lab.path("home/lib/elasticsearch-2.3.4.jar")).unwrap();
    lab.write("templates/elasticsearch.yml", "discovery.seed_hosts: [es-1]\nnode.roles: [data]\n");
    let words = ["--templates", "templates", "--es-home", "nowhere"];
    let variables = [("ES_JAVA_OPTS", "-Des.network.host=_site_")];
    // 7.17 does not take settings from there, whether it is guessed or named.
    assert_eq!(checked(&lab, &words, &variables), ["warning discovery/loopback"]);
    let named = [&words[..], &["--es-version", "7.17.0"]].concat();
    assert_eq!(checked(&lab, &named, &variables), ["warning discovery/loopback"]);
    // 2.x does.
    let named = [&words[..], &["--es-version", "2.3.4"]].concat();
    let found = checked(&lab, &named, &variables);
    assert!(!found.contains(&"warning discovery/loopback".to_owned()), "{found:?}");
}

#[test]
fn of_two_main_files_the_product_decides() {
    let lab = Lab::new("two-files");
    std::fs::create_dir(lab.path("nowhere")).unwrap();
    let two = "discovery.zen.ping.unicast.hosts: [a, b, c]\ndiscovery.zen.minimum_master_nodes: 2\nnetwork.host: _site_\n";
    lab.write("home/config/elasticsearch.yml", two);
    lab.write("home/config/opensearch.yml", "cluster.name: stray\n");
    assert_eq!(checked(&lab, &["--es-version", "2.3.4"], &[("MASTER_COUNT", "3")]), [""; 0]);
    let seeds = "discovery.seed_hosts: [a, b, c]\nnetwork.host: _site_\nnode.roles: [data]\n";
    lab.write("templates/opensearch.yml", seeds);
    lab.write("templates/elasticsearch.yml", "discovery.zen.minimum_master_nodes: 1\n");
    let words = ["--templates", "templates", "--es-home", "nowhere", "--es-version", "os-2.11.0"];
    assert_eq!(checked(&lab, &words, &[]), [""; 0]);
}

#[test]
fn the_last_variable_of_a_name_counts() {
    let lab = Lab::new("twice");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${ES_HOME}\n");
    let home = lab.text("home");
    let found = crate::common::with_environment_list(
        &[
            "ES_HOME=/nowhere",
            &format!("ES_HOME={home}"),
            "PATH=/usr/bin:/bin",
            &format!("JAVA_HOME={}", lab.text("java")),
            &format!("ES_ENTRYPOINT_ALLOW={QUIET}"),
        ],
        &["explain"],
    );
    assert!(found.starts_with("Elasticsearch 2.3.4 (the installation)\n"), "{found}");
    assert!(found.contains(&format!("cluster.name  {home}")), "{found}");
}

/// An image of the type `docker`: the variables are settings, so that a node which stays alone is not held to the limits of
/// one that others can reach.
#[test]
fn a_single_node_by_a_variable_is_a_single_node() {
    const TYPE: &str = "ES_DISTRIBUTION_TYPE=docker\ngrep -E '^[-a-z0-9_]+(\\.[-a-z0-9_]+)+='\n";
    let lab = of_version("single-node", "elasticsearch", "7.17.29");
    lab.write("home/config/elasticsearch.yml", "cluster.name: docker-cluster\nnetwork.host: 0.0.0.0\n");
    lab.write("home/bin/elasticsearch-env", TYPE);
    // Other shells than that of the distributions drop names with dots.
    lab.write("home/bin/elasticsearch", "#!/bin/bash\nenv | sort\n");
    // No machine has that much memory.
    let allow = ("ES_ENTRYPOINT_ALLOW", "host/root,host/java-version,host/memory,host/nproc");
    let found = checked(&lab, &["--deny", "host/nofile"], &[allow, ("discovery.type", "single-node")]);
    assert!(!found.contains(&"error host/max-map-count".to_owned()), "{found:?}");
    // The same variables reach the script, which hands them on.
    let quiet = ("ES_ENTRYPOINT_ALLOW", QUIET);
    let words = ["--policy", "off"];
    let started = started(&lab, &words, &[quiet, ("discovery.type", "single-node")]);
    assert_eq!(started.code, 0, "{started:?}");
    assert!(started.output.contains("discovery.type=single-node\n"), "{started:?}");
    // A value of another kind is found where the variable is.
    let allowed = ["--allow", "discovery/not-configured"];
    let found = checked(&lab, &allowed, &[quiet, ("node.data", "False")]);
    assert_eq!(found, ["error settings/boolean", "warning settings/deprecated"]);
    // In an archive this program makes a setting of it.
    lab.write("home/bin/elasticsearch-env", "ES_DISTRIBUTION_TYPE=tar\n");
    let found = checked(&lab, &allowed, &[quiet, ("discovery.type", "single-node")]);
    assert_eq!(found, [""; 0]);
}

/// The launcher of 8.0 and later that configures security names the first master with it: a node that is started with nothing
/// at all begins a cluster. Where it does not, the server would refuse.
#[test]
fn the_launcher_names_the_first_master() {
    if !root("is somebody else's user") {
        return;
    }
    let quiet = ("ES_ENTRYPOINT_ALLOW", QUIET);
    let refused = &["error discovery/not-configured"][..];
    for ((product, version), owner, words, further, expected) in [
        (("elasticsearch", "8.19.21"), 1000, &[][..], "", &[][..]),
        (("elasticsearch", "9.2.0"), 1000, &[], "", &[]),
        (("elasticsearch", "8.19.21"), 1000, &["--user", "12345:0"], "", refused),
        (("elasticsearch", "8.19.21"), 0, &[], "", refused),
        (("elasticsearch", "8.19.21"), 1000, &[], "xpack.security.enabled: true\n", refused),
        (("elasticsearch", "7.17.29"), 1000, &[], "", refused),
        (("opensearch", "2.19.6"), 1000, &[], "", refused),
        (("opensearch", "3.6.0"), 1000, &[], "", refused),
        (("elasticsearch", "6.8.23"), 1000, &[], "", &[]),
    ] {
        let lab = of_version("first-master", product, version);
        let config = format!("cluster.name: docker-cluster\nnetwork.host: 0.0.0.0\n{further}");
        lab.write(format!("home/config/{product}.yml"), config);
        // Else the server gets a copy of the configuration, which is its own.
        lab.write(format!("home/config/{product}.keystore"), "");
        chown(lab.path("home/config"), Some(owner), Some(0)).unwrap();
        let found = checked(&lab, words, &[quiet]);
        let found: Vec<&String> = found.iter().filter(|line| line.contains("discovery/")).collect();
        assert_eq!(found, expected, "{version} {owner} {words:?} {further}");
    }
}

/// With its secret in an argument, a setting must not be shown.
#[test]
fn a_secret_in_a_setting_beside_the_file_is_not_shown() {
    let lab = of_version("outside-secret", "elasticsearch", "7.17.29");
    lab.write("home/config/elasticsearch.yml", "cluster.name: a\n");
    lab.write("home/bin/elasticsearch-env", "ES_DISTRIBUTION_TYPE=docker\n^[a-z0-9_]+\\.[a-z0-9_]+\n");
    let mut command = lab.command(["explain"]);
    command.envs([("node.attr.x", "${DB_PASSWORD}"), ("DB_PASSWORD", "swordfish"), ("cluster.name", "b")]);
    command.env("ES_ENTRYPOINT_ALLOW", QUIET);
    let found = ended(command);
    assert!(
        found.output.contains("cluster.name  a  template (1:15), loses to variable cluster.name\n"),
        "{found:?}"
    );
    assert!(found.output.contains("node.attr.x   ******"), "{found:?}");
    assert!(!format!("{found:?}").contains("swordfish"), "{found:?}");
}
