//! Root that has only some of its capabilities, as with `drop: [ALL]`.

use crate::lab::{Lab, ended, root};

const SETPRIV: &str = "--bounding-set=-all,+chown,+setuid,+setgid";

#[test]
fn three_capabilities_are_enough() {
    if !root("dropping capabilities") {
        return;
    }
    for user in ["1000:0", "1000:1000"] {
        let lab = Lab::new(&format!("capabilities-{}", user.len()));
        lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-first}\n");
        lab.write("home/config/scripts/deep/a.groovy", "1");
        lab.write("home/config/shield/users", "${NAME:-first}");
        lab.mode("home/data", 0o755);
        let start = |name: &str| {
            let mut command = lab.prefixed(&["setpriv", SETPRIV], ["run", "--user", user]);
            command.env("NAME", name);
            ended(command)
        };
        // Also over what an earlier start left, which is the server's.
        for name in ["one", "another", "another"] {
            let found = start(name);
            assert_eq!(found.code, 0, "{user} {name}: {found:?}");
            let shown = format!("FILE elasticsearch.yml\ncluster.name: {name}\n");
            assert!(found.output.contains("STARTED uid=1000"), "{user} {name}: {found:?}");
            assert!(found.output.contains(&shown), "{user} {name}: {found:?}");
            assert_eq!(lab.read("runtime/config/shield/users"), name, "{user}");
            assert_eq!(lab.read("runtime/config/scripts/deep/a.groovy"), "1", "{user}");
        }
        // All of it is the server's, so that it can be read and written.
        let (id, group) = user.split_once(':').unwrap();
        for path in [
            "home/data",
            "runtime/config",
            "runtime/config/elasticsearch.yml",
            "runtime/config/shield",
            "runtime/config/shield/users",
            "runtime/config/scripts",
            "runtime/config/scripts/deep",
            "runtime/config/scripts/deep/a.groovy",
        ] {
            use std::os::unix::fs::MetadataExt as _;
            let found = std::fs::metadata(lab.path(path)).unwrap();
            assert_eq!(
                (found.uid(), found.gid()),
                (id.parse().unwrap(), group.parse().unwrap()),
                "{user} {path}"
            );
        }
    }
}
