//! What the server will see with its own rights, once our steps are done: found before the start, by `check` and by `run`.

use std::os::unix::fs::chown;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use crate::lab::{Ended, Lab, ended, objects, root};
use crate::neighbours;

const TEMPLATE: &str = "cluster.name: ${NAME:-x}\n";
const FINISHED: &str = "cluster.name: x\n";

/// A lab whose configuration this is.
fn lab(name: &str, configuration: &str) -> Lab {
    let lab = Lab::new(&format!("eyes-{name}"));
    lab.write("home/config/elasticsearch.yml", configuration);
    lab
}

/// The installation is of another version.
fn version(lab: &Lab, version: &str) {
    std::fs::remove_file(lab.path("home/lib/elasticsearch-2.3.4.jar")).unwrap();
    lab.write(format!("home/lib/elasticsearch-{version}.jar"), "");
}

/// The findings of `check` as `severity[code]: message`, with `LAB` for the directory; those of `run` are the same.
fn found(lab: &Lab, who: &[&str], words: &[&str]) -> Vec<String> {
    let ask = |word: &str| {
        let all: Vec<&str> = [word].iter().chain(words).copied().collect();
        let mut command = lab.prefixed(who, all);
        command.env("ES_JAVA_HOME", lab.path("java"));
        ended(command)
    };
    let lines = |found: &Ended| -> Vec<String> {
        let text = found.everything().replace(&lab.text("").trim_end_matches('/').to_owned(), "LAB");
        let lines = text.lines().filter(|line| line.starts_with("error[") || line.starts_with("warning["));
        lines.map(str::to_owned).collect()
    };
    let checked = ask("check");
    let started = ask("run");
    assert_eq!(lines(&checked), lines(&started), "{checked:?} {started:?}");
    let refuses = lines(&checked).iter().any(|line| line.starts_with("error["));
    assert_eq!(checked.code, if refuses { 78 } else { 0 }, "{checked:?}");
    assert_eq!(started.started(), !refuses, "{started:?}");
    lines(&checked)
}

const NOTHING: [&str; 0] = [];
const WITHOUT_CHOWN: &[&str] = &["setpriv", "--bounding-set=-chown"];
const WITHOUT_ALL: &[&str] = &["setpriv", "--bounding-set=-all"];

#[test]
fn a_change_of_user_that_the_capabilities_do_not_allow() {
    if !root("becoming somebody else") {
        return;
    }
    let lab = lab("user", TEMPLATE);
    assert_eq!(found(&lab, &[], &[]), NOTHING);
    std::fs::remove_dir_all(lab.path("runtime")).unwrap();
    assert_eq!(
        found(&lab, WITHOUT_ALL, &[]),
        ["error[host/user]: the server cannot become user 1000 and group 0 without the capability `SETUID`"]
    );
    assert_eq!(
        found(&lab, WITHOUT_ALL, &["--user", "1000:1000"]),
        [
            "error[host/user]: the server cannot become user 1000 and group 1000 without the capabilities `SETGID` and `SETUID`",
            "error[files/unreadable]: user 1000 cannot look into `LAB/runtime/config`: `LAB/runtime/config` belongs to 0:0 with mode 0750, as it could not be given to that user",
        ]
    );
    // Nobody changes.
    let words = ["--user", "0:0", "--allow", "host/root"];
    assert_eq!(found(&lab, WITHOUT_ALL, &words), NOTHING);
}

#[test]
fn an_identity_that_the_user_namespace_does_not_have() {
    if !root("a user namespace") {
        return;
    }
    let lab = lab("namespace", FINISHED);
    lab.mode("home/data", 0o777);
    let namespace = ["unshare", "--user", "--map-root-user", "--fork"];
    assert_eq!(
        found(&lab, &namespace, &[]),
        ["error[host/user]: the server cannot become user 1000: this user namespace has no such id"]
    );
}

#[test]
fn a_volume_that_is_not_given_away() {
    if !root("becoming somebody else") {
        return;
    }
    let lab = lab("volume", FINISHED);
    lab.mode("home/data", 0o755);
    chown(lab.path("home/data"), Some(7), Some(8)).unwrap();
    let not_writable = "error[host/data-not-writable]: `path.data` is `LAB/home/data`, which";
    let belongs = format!("{not_writable} belongs to 7:8 with mode 0755: user 1000 cannot write there");
    assert_eq!(found(&lab, WITHOUT_CHOWN, &[]), [belongs.as_str()]);
    assert_eq!(found(&lab, &[], &["--chown", "off"]), [belongs.as_str()]);
    // As its owner it may not write either.
    lab.mode("home/data", 0o555);
    let closed = format!("{not_writable} belongs to 7:8 with mode 0555: user 1000 cannot write there");
    assert_eq!(found(&lab, &[], &[]), [closed.as_str()]);
    lab.mode("home/data", 0o755);
    assert_eq!(found(&lab, &[], &[]), NOTHING);
    // Now it is the server's.
    assert_eq!(found(&lab, WITHOUT_CHOWN, &[]), NOTHING);
    // Its group may write.
    chown(lab.path("home/data"), Some(7), Some(8)).unwrap();
    lab.mode("home/data", 0o775);
    assert_eq!(found(&lab, WITHOUT_CHOWN, &["--user", "1000:8"]), NOTHING);
}

#[test]
fn data_that_is_not_the_servers() {
    if !root("giving files away") {
        return;
    }
    for (jar, node) in
        [("2.3.4", "home/data/x/nodes/0"), ("7.17.9", "home/data/nodes/0"), ("8.15.0", "home/data")]
    {
        let lab = lab(&format!("data-{jar}"), FINISHED);
        if jar != "2.3.4" {
            version(&lab, jar);
        }
        let lock = format!("{node}/node.lock");
        lab.write(&lock, "");
        std::fs::create_dir_all(lab.path(&format!("{node}/_state"))).unwrap();
        let _ =
            std::process::Command::new("chown").arg("-R").arg("1000:0").arg(lab.path("home/data")).status();
        assert_eq!(found(&lab, &[], &[]), NOTHING, "{jar}");
        chown(lab.path(&lock), Some(0), None).unwrap();
        let effect = if jar == "2.3.4" { "; the server would start empty in `nodes/1`" } else { "" };
        let closed = format!(
            "error[host/data-not-writable]: user 1000 cannot use `LAB/{lock}` in the data directory: `LAB/{lock}` belongs to 0:0 \
             with mode 0644{effect}"
        );
        assert_eq!(found(&lab, &[], &[]), [closed.as_str()], "{jar}");
        assert_eq!(found(&lab, &[], &["--chown", "recursive"]), NOTHING, "{jar}");
        assert_eq!(found(&lab, &[], &[]), NOTHING, "{jar}: once is enough");
    }
}

#[test]
fn data_that_somebody_uses() {
    let lab = lab("locked", "cluster.name: x\nnode.max_local_storage_nodes: 1\n");
    lab.write("home/data/x/nodes/0/node.lock", "");
    for name in ["home/data/x", "home/data/x/nodes", "home/data/x/nodes/0"] {
        lab.mode(name, 0o777);
    }
    lab.mode("home/data/x/nodes/0/node.lock", 0o666);
    assert_eq!(found(&lab, &[], &[]), NOTHING);
    let file =
        std::fs::OpenOptions::new().write(true).open(lab.path("home/data/x/nodes/0/node.lock")).unwrap();
    let all = libc::flock {
        l_type: i16::try_from(libc::F_WRLCK).unwrap(),
        l_whence: 0,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(&file, FcntlArg::F_SETLK(&all)).unwrap();
    let locked = format!(
        "error[host/data-locked]: `LAB/home/data/x/nodes/0/node.lock` is locked by process {}",
        std::process::id()
    );
    assert_eq!(found(&lab, &[], &[]), [locked.as_str()]);
    if root("a pid namespace") {
        let other = ["unshare", "--pid", "--fork", "--mount-proc"];
        assert_eq!(
            found(&lab, &other, &[]),
            [
                "error[host/data-locked]: `LAB/home/data/x/nodes/0/node.lock` is locked by a process outside of this container"
            ]
        );
    }
    drop(file);
    assert_eq!(found(&lab, &[], &[]), NOTHING);
}

/// The server that runs here holds its lock itself.
#[test]
fn check_beside_the_running_server() {
    let lab = lab("beside", FINISHED);
    lab.write("home/data/x/nodes/0/node.lock", "");
    lab.mode("home/data/x/nodes/0/node.lock", 0o666);
    for name in ["home/data/x", "home/data/x/nodes", "home/data/x/nodes/0"] {
        lab.mode(name, 0o777);
    }
    let lock = lab.text("home/data/x/nodes/0/node.lock");
    // As Java does it: not flock(2). The child of the supervision asks `check` about its own lock.
    let program = format!(
        "import fcntl, subprocess, sys\nf = open('{lock}', 'r+')\nfcntl.lockf(f, fcntl.LOCK_EX)\n\
         sys.exit(subprocess.call([sys.argv[1], 'check']))"
    );
    lab.write("lock.py", program);
    let binary = crate::common::binary().to_str().unwrap();
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        crate::common::skip("there is no python3 to take a lock");
        return;
    }
    let inside = ended(lab.command(["init", "python3", "lock.py", binary]));
    assert_eq!((inside.code, inside.output.as_str()), (0, ""), "{inside:?}");
    let found = ended(lab.prefixed(&["python3", "lock.py"], NOTHING));
    assert_eq!(found.code, 78, "{found:?}");
}

#[test]
fn data_of_somebody_else() {
    let case = |name: &str, jar: &str, make: &[&str], files: &[&str]| {
        let lab = lab(&format!("other-{name}"), FINISHED);
        if jar != "2.3.4" {
            version(&lab, jar);
        }
        for directory in make {
            std::fs::create_dir_all(lab.path(directory)).unwrap();
        }
        for file in files {
            lab.write(file, "");
        }
        let _ =
            std::process::Command::new("chmod").arg("-R").arg("a+rwX").arg(lab.path("home/data")).status();
        found(&lab, &[], &[])
    };
    let holds = "[host/other-data]: `LAB/home/data` holds data of";
    assert_eq!(case("first", "2.3.4", &["home/data/lost+found"], &[]), NOTHING);
    assert_eq!(
        case("cluster", "2.3.4", &["home/data/logs/nodes/0"], &[]),
        [format!("warning{holds} the cluster `logs`, and none of `x`: the server would start empty")]
    );
    assert_eq!(case("clusters", "2.3.4", &["home/data/logs/nodes/0", "home/data/x/nodes/0"], &[]), NOTHING);
    assert_eq!(
        case("later", "2.3.4", &["home/data/nodes/0"], &[]),
        [format!("error{holds} 5.0 or later, and Elasticsearch 2.3.4 would start empty beside it")]
    );
    assert_eq!(case("upgrade-5", "5.6.16", &["home/data/x/nodes/0"], &[]), NOTHING);
    assert_eq!(
        case("jump", "7.17.9", &["home/data/x/nodes/0"], &[]),
        [format!("error{holds} 2.x or earlier, and Elasticsearch 7.17.9 would start empty beside it")]
    );
    assert_eq!(
        case("back", "7.17.9", &["home/data/_state"], &["home/data/nodes"]),
        [format!("error{holds} 8.0 or later, and Elasticsearch 7.17.9 cannot open it")]
    );
    assert_eq!(case("upgrade-8", "8.15.0", &["home/data/nodes/0"], &[]), NOTHING);
    assert_eq!(
        case("second", "2.3.4", &["home/data/x/nodes/0", "home/data/x/nodes/1"], &[]),
        ["warning[host/other-data]: `LAB/home/data/x/nodes/1` holds the data of a second node"]
    );
}

#[test]
fn a_configuration_that_the_server_cannot_read() {
    if !root("becoming somebody else") {
        return;
    }
    // (version, what is closed, mode, what is found)
    let cases: [(&str, &str, u32, &str); 11] = [
        ("2.3.4", "config/elasticsearch.yml", 0o600, "error read"),
        // The server's group is root's.
        ("2.3.4", "config/elasticsearch.yml", 0o640, ""),
        ("2.3.4", "config", 0o700, "error look into"),
        ("2.3.4", "config/logging.yml", 0o600, "warning read"),
        ("2.3.4", "config/jvm.options", 0o600, ""),
        ("5.6.16", "config/log4j2.properties", 0o600, "error read"),
        ("7.17.9", "config/jvm.options", 0o600, "error read"),
        ("7.17.9", "config/jvm.options.d/a.options", 0o600, "error read"),
        ("7.17.9", "config/elasticsearch.keystore", 0o600, "error read"),
        ("7.17.9", "plugins/p/plugin-descriptor.properties", 0o600, "error read"),
        ("2.3.4", "plugins/p", 0o700, "error look into"),
    ];
    for (index, (jar, path, mode, expected)) in cases.into_iter().enumerate() {
        let lab = lab(&format!("closed-{index}"), FINISHED);
        if jar != "2.3.4" {
            version(&lab, jar);
        }
        for file in [
            "config/logging.yml",
            "config/log4j2.properties",
            "config/jvm.options",
            "config/jvm.options.d/a.options",
            "config/elasticsearch.keystore",
            "plugins/p/plugin-descriptor.properties",
        ] {
            lab.write(format!("home/{file}"), "");
        }
        assert_eq!(found(&lab, &[], &[]), NOTHING, "{jar} {path}");
        lab.mode(&format!("home/{path}"), mode);
        let expected: Vec<String> = expected
            .split_once(' ')
            .map(|(severity, verb)| {
                format!(
                    "{severity}[files/unreadable]: user 1000 cannot {verb} `LAB/home/{path}`: `LAB/home/{path}` belongs to 0:0 \
                     with mode {mode:04o}"
                )
            })
            .into_iter()
            .collect();
        assert_eq!(found(&lab, &[], &[]), expected, "{jar} {path}");
        // Root itself, and whoever is meant, may read it.
        chown(lab.path(&format!("home/{path}")), Some(1000), None).unwrap();
        assert_eq!(found(&lab, &[], &[]), NOTHING, "{jar} {path}");
    }
}

/// A copy is the server's own; what is only closed to it is prevented.
#[test]
fn a_staged_copy_is_the_servers() {
    if !root("becoming somebody else") {
        return;
    }
    let lab = lab("copy", TEMPLATE);
    lab.mode("home/config/elasticsearch.yml", 0o600);
    lab.mode("home/config", 0o700);
    assert_eq!(found(&lab, &[], &[]), NOTHING);
    std::fs::remove_dir_all(lab.path("runtime")).unwrap();
    // Without the right to give it away it stays ours.
    let words = ["--user", "1000:1000"];
    assert_eq!(
        found(&lab, WITHOUT_CHOWN, &words),
        [
            "error[files/unreadable]: user 1000 cannot look into `LAB/runtime/config`: `LAB/runtime/config` belongs to 0:0 with mode 0750, as it could not be given to that user"
        ][..]
    );
}

/// The server has to get there.
#[test]
fn a_copy_below_a_directory_that_is_closed_to_the_server() {
    if !root("becoming somebody else") {
        return;
    }
    let lab = lab("way", TEMPLATE);
    std::fs::create_dir_all(lab.path("closed/runtime")).unwrap();
    let runtime = lab.text("closed/runtime");
    let words = ["--runtime-dir", &*runtime];
    let message = |closed: &str| {
        format!(
            "error[files/unreadable]: user 1000 cannot look into `LAB/closed/runtime/config`: `LAB/{closed}` belongs to 0:0 \
             with mode 0700"
        )
    };
    for closed in ["closed/runtime", "closed"] {
        lab.mode(closed, 0o700);
        assert_eq!(found(&lab, &[], &words), [message(closed)]);
        assert_eq!(found(&lab, WITHOUT_CHOWN, &words), [message(closed)]);
        assert_eq!(lab.names("closed/runtime"), [""; 0]);
        // What the help says works, and nobody has to list it.
        lab.mode(closed, 0o711);
        assert_eq!(found(&lab, &[], &words), NOTHING);
        std::fs::remove_dir_all(lab.path("closed/runtime/config")).unwrap();
    }
    // Not made yet.
    lab.mode("closed", 0o700);
    std::fs::remove_dir_all(lab.path("closed/runtime")).unwrap();
    assert_eq!(found(&lab, &[], &words), [message("closed")]);
    // Where nothing is copied, nobody goes there.
    lab.write("home/config/elasticsearch.yml", FINISHED);
    assert_eq!(found(&lab, &[], &words), NOTHING);
}

#[test]
fn programs_that_cannot_be_started() {
    let lab = lab("program", FINISHED);
    let java = lab.read("java/bin/java");
    lab.write("java/bin/java", java.replace("#!/bin/sh", "#!/nowhere/sh"));
    assert_eq!(
        found(&lab, &[], &[]),
        ["error[files/missing]: `LAB/java/bin/java` needs `/nowhere/sh`, which is not there"]
    );
}

/// `run` tries it: it ends with 73 or 74, and nothing of it is new.
#[test]
fn templates_whose_place_is_taken() {
    let lab = Lab::new("eyes-taken");
    lab.write("home/config-templates/elasticsearch.yml", TEMPLATE);
    lab.write("home/config/elasticsearch.yml/x", "");
    let found = ended(lab.command(["check"]));
    let path = lab.text("home/config/elasticsearch.yml");
    let message = format!("error[files/not-writable]: `{path}` cannot be created: not a regular file\n");
    assert!(found.output.starts_with(&message), "{found:?}");
    assert_eq!((found.code, lab.start(&[]).code), (78, 73));
}

/// What the real 8.19.21 does: without its tokens it does not start, users and roles it passes over.
#[test]
fn files_of_the_security_that_are_closed() {
    if !root("becoming the server's user") {
        return;
    }
    let lab = neighbours::home("closed-security", "elasticsearch", "8.19.21");
    let check = |text: &str| {
        lab.write("home/config/elasticsearch.yml", text);
        neighbours::run(&lab, &[&neighbours::CHECK[..], &["--user", "1000:1000"]].concat(), &[])
    };
    lab.write("home/config/elasticsearch.keystore", "");
    let names = ["service_tokens", "users", "users_roles", "roles.yml", "role_mapping.yml"];
    for name in names {
        lab.write(format!("home/config/{name}"), "# a comment\n\na:b\n");
        lab.mode(&format!("home/config/{name}"), 0o600);
    }
    let closed = |severity: &str, name: &str| {
        let path = lab.text(&format!("home/config/{name}"));
        format!(
            "{severity} files/unreadable: user 1000 cannot read `{path}`: `{path}` belongs to 0:0 with mode 0600"
        )
    };
    let (tokens, roles) = (closed("error", "service_tokens"), closed("warning", "roles.yml"));
    let (users, users_roles) = (closed("warning", "users"), closed("warning", "users_roles"));
    let found = check("cluster.name: x\n");
    assert_eq!(neighbours::findings(&found), [tokens.clone(), users, users_roles, roles.clone()]);
    let users = lab.text("home/config/users");
    assert_eq!(
        objects(&found.output)[1]["help"],
        format!(
            "the server would start without all that it holds: `chmod a+r {users}` or `chown 1000 {users}`; for a mounted \
             ConfigMap or Secret `defaultMode`, or `securityContext.fsGroup`"
        )
    );
    let without_file = "xpack.security.authc.realms.file.file1.enabled: false\n";
    assert_eq!(neighbours::findings(&check(without_file)), [tokens.clone(), roles]);
    assert_eq!(neighbours::findings(&check("xpack.security.enabled: false\n")), [""; 0]);
    // Nothing is lost with what holds nothing.
    for name in &names[1..] {
        lab.write(format!("home/config/{name}"), "# a comment\n");
    }
    assert_eq!(neighbours::findings(&check("cluster.name: x\n")), [tokens]);
    lab.mode("home/config/service_tokens", 0o644);
    assert_eq!(neighbours::findings(&check("cluster.name: x\n")), [""; 0]);
}

/// What the script of 5.6.16 does: `[ -r ]` before it reads the file.
#[test]
fn options_that_an_edited_script_cannot_read() {
    if !root("becoming the server's user") {
        return;
    }
    let lab = neighbours::home("closed-options", "elasticsearch", "5.6.16");
    let path = lab.text("home/config/jvm.options");
    let check = |variables: &[(&str, &str)]| neighbours::run(&lab, &neighbours::CHECK, variables);
    lab.mode("home/config/jvm.options", 0o600);
    let found = check(&[]);
    assert_eq!(
        neighbours::findings(&found),
        [format!(
            "warning files/unreadable: user 1000 cannot read `{path}`: `{path}` belongs to 0:0 with mode 0600"
        )]
    );
    assert_eq!(
        objects(&found.output)[0]["help"],
        format!(
            "the start script would pass over it, and the JVM get none of its options, the heap included: `chmod a+r {path}` \
             or `chown 1000 {path}`; for a mounted ConfigMap or Secret `defaultMode`, or `securityContext.fsGroup`"
        )
    );
    lab.write("other.options", "-Xms64m\n-Xmx64m\n");
    assert_eq!(neighbours::findings(&check(&[("ES_JVM_OPTIONS", &lab.text("other.options"))])), [""; 0]);
    lab.mode("home/config/jvm.options", 0o644);
    assert_eq!(neighbours::findings(&check(&[])), [""; 0]);
}
