//! What users of the official images rely on, in front of their layouts: variables that become settings, the style of the log,
//! rights for root's group.

use std::os::unix::fs::{MetadataExt as _, chown};

use crate::lab::{Ended, Lab, ended, root};
use crate::neighbours::{QUIET, home, run};

/// Tells what it was started with.
const SERVER: &str = r#"#!/bin/sh
conf=${ES_PATH_CONF:-${OPENSEARCH_PATH_CONF:-$ES_HOME/config}}
for argument; do echo "ARGUMENT $argument"; done
echo "LOG $(cat "$conf/log4j2.properties")"
echo "UMASK $(umask)"
echo "USER $(id -u):$(id -g)"
echo "OPTIONS $OPENSEARCH_JAVA_OPTS"
echo "LIBRARIES $LD_LIBRARY_PATH"
echo "STARTED"
"#;

fn server(name: &str, product: &str, version: &str) -> Lab {
    let lab = home(&format!("official-{name}"), product, version);
    lab.write(format!("home/bin/{product}"), SERVER);
    lab.mode(&format!("home/bin/{product}"), 0o755);
    lab
}

fn lines<'a>(found: &'a Ended, word: &str) -> Vec<&'a str> {
    found.output.lines().filter_map(|line| line.strip_prefix(word)).collect()
}

/// Each setting once, with the value as it is.
#[test]
fn variables_become_arguments() {
    for (product, version) in
        [("elasticsearch", "6.8.23"), ("opensearch", "2.19.6"), ("elasticsearch", "8.19.21")]
    {
        let lab = server("settings", product, version);
        let type_line =
            format!("{}_DISTRIBUTION_TYPE=tar\n", if product == "opensearch" { "OPENSEARCH" } else { "ES" });
        lab.write(format!("home/bin/{product}-env"), type_line);
        let variables = [
            ("cluster.name", "logs of x"),
            ("ES_SETTING_NODE_ATTR_RACK1", "r=1"),
            ("node.name", ""),
            ("http.port", "9201"),
            ("com.example.name", "x"),
        ];
        let found = run(&lab, &["run", "--", "-Ehttp.port=9201"], &variables);
        assert_eq!(found.code, 0, "{found:?}");
        assert_eq!(
            lines(&found, "ARGUMENT "),
            ["-Ehttp.port=9201", "-Enode.attr.rack1=r=1", "-Ecluster.name=logs of x"],
            "{found:?}"
        );
    }
}

/// The one setting without a dot that entrypoints take, by the name that the version has for it.
#[test]
fn processors_have_no_dot() {
    for (product, version, expected) in [
        ("elasticsearch", "6.8.23", &["-Eprocessors=2"][..]),
        ("opensearch", "2.19.6", &["-Enode.processors=2"]),
        ("opensearch", "3.6.0", &["-Enode.processors=2"]),
        ("elasticsearch", "8.19.21", &[]),
    ] {
        let lab = server("processors", product, version);
        let type_line =
            format!("{}_DISTRIBUTION_TYPE=tar\n", if product == "opensearch" { "OPENSEARCH" } else { "ES" });
        lab.write(format!("home/bin/{product}-env"), type_line);
        let found = run(&lab, &["run"], &[("processors", "2")]);
        assert_eq!((found.code, &*lines(&found, "ARGUMENT ")), (0, expected), "{found:?}");
        let explained = run(&lab, &["explain"], &[("processors", "2")]);
        assert_eq!(explained.output.contains("variable processors"), !expected.is_empty(), "{explained:?}");
    }
}

#[test]
fn ownership_is_taken_where_it_is_asked_for() {
    if !root("changes users") {
        return;
    }
    let lab = shared("take");
    let file = lab.path("home/data/nodes/0/state");
    lab.write("home/data/nodes/0/state", "x");
    let taken = ("TAKE_FILE_OWNERSHIP", "1");
    let owner = || std::fs::metadata(&file).unwrap().uid();
    // Else the server could not use it.
    for (arguments, variables, expected) in [
        (&["run"][..], &[][..], (78, 4711)),
        (&["run"], &[("TAKE_FILE_OWNERSHIP", "")], (78, 4711)),
        (&["run", "--chown=off"], &[taken], (78, 4711)),
        (&["run"], &[taken], (0, 1000)),
    ] {
        chown(&file, Some(4711), Some(0)).unwrap();
        let found = run(&lab, arguments, variables);
        assert_eq!((found.code, owner()), expected, "{arguments:?} {found:?}");
    }
}

#[test]
fn the_log_goes_to_files() {
    let lab = server("log", "elasticsearch", "8.19.21");
    let style = |value| run(&lab, &["run"], &[("ES_LOG_STYLE", value)]);
    // Nothing to choose from.
    let found = style("file");
    assert!(found.code == 0 && found.errors.contains("warning[launch/ignored-variable]"), "{found:?}");
    lab.write("home/config/log4j2.file.properties", "to files\n");
    for _ in 0..2 {
        let found = style("file");
        assert_eq!((found.code, lines(&found, "LOG ")), (0, vec!["to files"]), "{found:?}");
        assert!(!found.errors.contains("ES_LOG_STYLE"), "{found:?}");
    }
    assert_eq!(lab.read("home/config/log4j2.properties"), "status = error\n");
    for value in ["console", ""] {
        let found = style(value);
        assert_eq!((found.code, lines(&found, "LOG ")), (0, vec!["status = error"]), "{found:?}");
    }
    let found = style("json");
    let message = "error[env/log-style]: `ES_LOG_STYLE` is `json`, which is no style of the log\n  = help: set `file`, or \
                   `console`, which is the same as leaving it out\n";
    assert!(found.code == 78 && found.errors.starts_with(message), "{found:?}");
    // Who writes a template knows where the log goes.
    lab.write("home/config-templates/log4j2.properties", "of ${ES_LOG_STYLE}\n");
    lab.write("home/config-templates/elasticsearch.yml", "cluster.name: x\n");
    let found = style("file");
    assert_eq!((found.code, lines(&found, "LOG ")), (0, vec!["of file"]), "{found:?}");
}

/// The directories of the official images: the server's user, and root's group, which may write.
fn shared(name: &str) -> Lab {
    let lab = server(name, "elasticsearch", "8.19.21");
    for directory in ["config", "data", "logs", "plugins"] {
        let path = lab.path("home").join(directory);
        std::fs::create_dir_all(&path).unwrap();
        chown(&path, Some(1000), Some(0)).unwrap();
        lab.mode(&format!("home/{directory}"), 0o775);
    }
    lab
}

#[test]
fn root_s_group_keeps_its_rights() {
    if !root("changes users") {
        return;
    }
    let lab = shared("group");
    lab.write("home/config-templates/elasticsearch.yml", "path.data: ${PATH_DATA}\n");
    let data = lab.text("home/data/own");
    let arbitrary = ["setpriv", "--reuid=12345", "--regid=0", "--clear-groups"];
    for (prefix, user) in [(&[][..], "1000:0"), (&arbitrary, "12345:0")] {
        let mut command = lab.prefixed(prefix, ["run"]);
        command.env("ES_ENTRYPOINT_ALLOW", QUIET).env("PATH_DATA", &data).env_remove("JAVA_HOME");
        let found = ended(command);
        let seen = (found.code, lines(&found, "USER "), lines(&found, "UMASK "));
        assert_eq!(seen, (0, vec![user], vec!["0002"]), "{found:?}");
        if user == "1000:0" {
            let made = std::fs::metadata(&data).unwrap();
            assert_eq!((made.uid(), made.gid(), made.mode() & 0o777), (1000, 0, 0o775));
        }
    }
    // Who names a group gets it, and in another layout nothing changes.
    let found = run(&lab, &["run", "--user", "1000:1000"], &[("PATH_DATA", &data)]);
    assert_eq!(
        (lines(&found, "USER "), lines(&found, "UMASK ")),
        (vec!["1000:1000"], vec!["0022"]),
        "{found:?}"
    );
    let plain = server("plain", "elasticsearch", "8.19.21");
    let found = run(&plain, &["run"], &[]);
    assert_eq!((found.code, lines(&found, "UMASK ")), (0, vec!["0022"]), "{found:?}");
}

/// What the entrypoint of OpenSearch's images does for plugins.
#[test]
fn plugins_of_opensearch() {
    let lab = server("plugins", "opensearch", "2.19.6");
    lab.write("home/bin/opensearch-env", "OPENSEARCH_DISTRIBUTION_TYPE=tar\n");
    for name in ["opensearch-security", "opensearch-knn", "opensearch-performance-analyzer"] {
        lab.write(format!("home/plugins/{name}/plugin-descriptor.properties"), format!("name={name}\n"));
    }
    let off = ("DISABLE_SECURITY_PLUGIN", "true");
    let password = ("OPENSEARCH_INITIAL_ADMIN_PASSWORD", "SEKRIT");
    let found =
        run(&lab, &["run"], &[off, password, ("OPENSEARCH_JAVA_OPTS", "-Da=b"), ("LD_LIBRARY_PATH", "/a")]);
    let seen =
        (found.code, lines(&found, "ARGUMENT "), lines(&found, "OPTIONS "), lines(&found, "LIBRARIES "));
    let libraries = format!("/a:{}", lab.text("home/plugins/opensearch-knn/lib"));
    let expected = (
        0,
        vec!["-Eplugins.security.disabled=true"],
        vec!["-Da=b -Dopensearch.cgroups.hierarchy.override=/"],
        vec![&*libraries],
    );
    assert_eq!(seen, expected, "{found:?}");
    assert!(
        found.errors.contains("the agent of `opensearch-performance-analyzer` is not started"),
        "{found:?}"
    );
    let quiet = ("DISABLE_PERFORMANCE_ANALYZER_AGENT_CLI", "true");
    let argument = "-Eplugins.security.disabled=true";
    let found = run(&lab, &["run", "--", argument], &[off, quiet]);
    assert_eq!(lines(&found, "ARGUMENT "), [argument], "{found:?}");
    assert_eq!(found.errors, "es-entrypoint: info: starting OpenSearch 2.19.6\n");
    // Neither switched off nor configured, it would end the server, whoever makes the configuration.
    for config in ["cluster.name: x\n", "# nothing\n", ""] {
        lab.write("home/config/opensearch.yml", config);
        for variables in [&[password, quiet][..], &[password, quiet, ("CLUSTER_NAME", "x")]] {
            let found = run(&lab, &["run"], variables);
            let message = "error[settings/no-transport-tls]: the plugin `opensearch-security` is installed";
            assert!(found.code == 78 && found.errors.starts_with(message), "{config}: {found:?}");
            assert!(!found.everything().contains("SEKRIT"), "{found:?}");
        }
    }
}
