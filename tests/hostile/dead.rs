//! Mounts whose server is gone: no call there ever returns.

use std::time::Duration;

use crate::common::skip;
use crate::lab::{Ended, Lab, ended, root};

/// A file system of which nobody is there to answer for, over each of these directories; then the command.
const DEAD: &str = "exec 3<>/dev/fuse || exit 99
place=$1; shift
mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0,allow_other none \"$place\" || exit 99
\"$@\" 3<&-";

fn dead(lab: &Lab, place: &str, words: &[&str]) -> Ended {
    let place = lab.text(place);
    let prefix = ["unshare", "--mount", "--propagation=private", "sh", "-c", DEAD, "sh", &place];
    ended(lab.prefixed(&prefix, words))
}

fn lab(name: &str) -> Lab {
    let lab = Lab::new(&format!("dead-{name}"));
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    for directory in ["home/plugins", "runtime", "home/config-templates", "elsewhere"] {
        std::fs::create_dir_all(lab.path(directory)).unwrap();
    }
    lab
}

fn is_possible(test: &str) -> bool {
    let is_possible = dead(&lab(test), "runtime", &["--version"]).code == 0;
    if !is_possible {
        skip("FUSE is not there, or may not be mounted");
    }
    is_possible
}

/// The path on the mount that is named, for each place; nothing is named twice, and each ends in time.
#[test]
fn a_mount_without_an_answer_is_named_and_passed_over() {
    if !root("mounting") || !is_possible("first") {
        return;
    }
    let places: [(&str, &str, Option<i32>); 9] = [
        ("home", "home", None),
        ("home/config", "home/config", Some(0)),
        ("home/config-templates", "home/config-templates", Some(0)),
        ("home/data", "home/data", Some(0)),
        ("home/logs", "home/logs", Some(0)),
        ("home/plugins", "home/plugins", Some(0)),
        ("home/lib", "home/lib", Some(0)),
        ("java", "java/bin/java", None),
        ("runtime", "runtime", Some(73)),
    ];
    std::thread::scope(|scope| {
        for (place, named, run) in places {
            scope.spawn(move || {
                let lab = lab(&place.replace('/', "-"));
                if place != "home/config-templates" {
                    std::fs::remove_dir(lab.path("home/config-templates")).unwrap();
                }
                let begin = format!("warning[files/no-answer]: `{}", lab.text(named));
                let point = format!("it is on `{}` (fuse)\n", lab.text(place));
                let what = format!("gave no answer within 10 seconds: {point}");
                let named_once = |found: &Ended| {
                    let text = found.everything();
                    assert!(text.contains(&begin) && text.contains(&what), "{place}: {found:?}");
                    assert_eq!(text.matches("[files/no-answer]").count(), 1, "{place}: {found:?}");
                    // The kernel may round its timers down by a tick.
                    let patience = Duration::from_millis(9_900)..Duration::from_secs(60);
                    assert!(patience.contains(&found.took), "{place}: {found:?}");
                };
                let found = dead(&lab, place, &["check"]);
                named_once(&found);
                let found = dead(&lab, place, &["run"]);
                if let Some(code) = run.filter(|code| *code != 0) {
                    assert_eq!(found.code, code, "{place}: {found:?}");
                } else {
                    named_once(&found);
                    assert_eq!(found.started(), run == Some(0), "{place}: {found:?}");
                }
            });
        }
    });
}

/// The way there may be a link, or a variable.
#[test]
fn links_and_variables_that_lead_to_a_mount_without_an_answer() {
    if !root("mounting") || !is_possible("second") {
        return;
    }
    std::thread::scope(|scope| {
        for way in ["link", "setting", "secret"] {
            scope.spawn(move || {
                let lab = lab(way);
                std::fs::remove_dir(lab.path("home/config-templates")).unwrap();
                let path = match way {
                    "link" => {
                        std::fs::remove_dir(lab.path("home/data")).unwrap();
                        std::os::unix::fs::symlink("../elsewhere/data", lab.path("home/data")).unwrap();
                        lab.text("home/data")
                    }
                    "setting" => {
                        let path = lab.text("elsewhere/x");
                        let text = format!("cluster.name: x\npath.data: {path}\n");
                        lab.write("home/config/elasticsearch.yml", text);
                        path
                    }
                    _ => {
                        let path = lab.text("elsewhere/name");
                        let text = "cluster.name: ${NAME}\n";
                        lab.write("home/config/elasticsearch.yml", text);
                        path
                    }
                };
                let place = lab.text("elsewhere");
                let prefix = ["unshare", "--mount", "--propagation=private", "sh", "-c", DEAD, "sh", &place];
                let mut command = lab.prefixed(&prefix, ["check"]);
                if way == "secret" {
                    command.env("NAME_FILE", &path);
                }
                let found = ended(command);
                assert_eq!(found.code, 0, "{way}: {found:?}");
                assert!(
                    found.output.contains(&format!("warning[files/no-answer]: `{path}` gave no answer")),
                    "{way}: {found:?}"
                );
            });
        }
    });
}
