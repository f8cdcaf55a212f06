//! Files that `check --fix` cannot replace: they stay, and what would be written is printed.

use crate::lab::{Ended, Lab, root};
use crate::neighbours::{mounted, run};

const OLD: &str = "cluster.name: logs\nprocessors: 2\n";
const NEW: &str = "cluster.name: logs\nnode.processors: 2\n";
const CHECK: [&str; 6] = ["check", "--fix", "--templates", "templates", "--es-version", "8.19.21"];
const DIFF: &str = "--- a/templates/elasticsearch.yml\n+++ b/templates/elasticsearch.yml\n@@ -1,2 +1,2 @@\n cluster.name: logs\n\
                    -processors: 2\n+node.processors: 2\n";

fn lab(name: &str) -> Lab {
    let lab = Lab::new(name);
    lab.write("templates/elasticsearch.yml", OLD);
    lab
}

fn stays(lab: &Lab, found: &Ended, why: &str) {
    assert_eq!(found.code, 73, "{found:?}");
    assert_eq!(found.output, DIFF, "{found:?}");
    assert!(found.errors.contains(why), "{found:?}");
    assert_eq!(lab.read("templates/elasticsearch.yml"), OLD);
}

#[test]
fn a_mount_stays() {
    if !root("mounting") {
        return;
    }
    let lab = lab("fix-mount");
    let directory = lab.text("templates");
    let file = format!("{directory}/elasticsearch.yml");
    for (mount, why) in [
        (format!("mount --bind {directory} {directory}; mount -o remount,bind,ro {directory}"), "read-only"),
        (format!("mount --bind {file} {file}"), "is a mount of its own, and is left as it is"),
        (format!("mount --bind {file} {file}; mount -o remount,bind,ro {file}"), "is a mount of its own"),
    ] {
        stays(&lab, &mounted(&lab, &mount, &CHECK, &[]), why);
    }
    let found = run(&lab, &CHECK, &[]);
    assert!(found.errors.contains("places changed: 1"), "{found:?}");
    assert_eq!(lab.read("templates/elasticsearch.yml"), NEW);
}

#[test]
fn other_names_keep_their_content() {
    let lab = lab("fix-links");
    let file = lab.path("templates/elasticsearch.yml");
    std::fs::hard_link(&file, lab.path("other")).unwrap();
    stays(&lab, &run(&lab, &CHECK, &[]), "has other names, which are hard links, and is left as it is");
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(lab.path("other"), &file).unwrap();
    stays(&lab, &run(&lab, &CHECK, &[]), "is a symbolic link, and is left as it is");
    assert_eq!(lab.read("other"), OLD);
}

#[test]
fn every_other_byte_stays() {
    let lab = lab("fix-bytes");
    for (old, new) in [
        (
            "\u{feff}a.b: 1\r\nprocessors: 2 \t# é\r\n\r\n#",
            "\u{feff}a.b: 1\r\nnode.processors: 2 \t# é\r\n\r\n#",
        ),
        ("processors: ${CPUS:-2}", "node.processors: ${CPUS:-2}"),
        (
            "x.y: 1\r\npath.work: /tmp\r\nnode.data: no\r\nnode.master: no",
            "x.y: 1\r\n# es-entrypoint: removed in 2.0: temporary files go to `java.io.tmpdir` of the JVM (ES_TMPDIR from \
             6.0 on)\r\n# path.work: /tmp\r\n# es-entrypoint: add `ml` where this node is to have that, \
             too\r\nnode.roles: [ ingest, remote_cluster_client ]",
        ),
    ] {
        lab.write("templates/elasticsearch.yml", old);
        lab.mode("templates/elasticsearch.yml", 0o640);
        for _ in 0..2 {
            run(&lab, &CHECK, &[]);
            assert_eq!(lab.read("templates/elasticsearch.yml"), new);
        }
        let mode = std::fs::metadata(lab.path("templates/elasticsearch.yml")).unwrap().permissions();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o640);
    }
}

#[test]
fn a_large_file_is_no_reason_to_wait() {
    let lab = lab("fix-large");
    let many: Vec<_> = (0..1000).map(|at| format!("search.remote.c{at}.seeds: a:9300\n")).collect();
    let many = many.concat();
    lab.write("templates/elasticsearch.yml", &many);
    let found = run(&lab, &CHECK, &[]);
    assert_eq!((found.code, lab.read("templates/elasticsearch.yml") == many), (78, true));
    assert!(found.took < std::time::Duration::from_secs(20), "{:?}", found.took);
}
