//! What users of the official images rely on, in front of their layouts: variables that become settings, the style of the log,
//! rights for root's group.

use crate::lab::{Ended, Lab};
use crate::neighbours::{home, run};

/// Tells what it was started with.
const SERVER: &str = r#"#!/bin/sh
conf=${ES_PATH_CONF:-${OPENSEARCH_PATH_CONF:-$ES_HOME/config}}
for argument; do echo "ARGUMENT $argument"; done
echo "LOG $(cat "$conf/log4j2.properties")"
echo "UMASK $(umask)"
echo "USER $(id -u):$(id -g)"
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
