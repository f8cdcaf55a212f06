//! The copy of the configuration below the runtime directory, and what the server wrote there: it outlives the next start,
//! whatever the user changes meanwhile, or somebody says so.

use crate::lab::{Ended, Lab, codes, ended, objects, root};
use crate::neighbours::{CHECK, QUIET, findings, home, mounted, run};
use std::os::unix::fs::chown;

/// The launcher configures security, and the server makes a keystore.
const AUTO: [(&str, &str); 2] = [("AUTO", "1"), ("KEYSTORE", "elasticsearch.keystore")];
const SERVER: u32 = 1000;
const RUN: [&str; 3] = ["run", "--user", "1000:1000"];

/// The lines of the log that say something about the copy.
fn notes(found: &Ended) -> Vec<&str> {
    let notes = found.errors.lines().filter_map(|line| line.strip_prefix("es-entrypoint: info: "));
    notes.filter(|line| line.contains("runtime/config")).collect()
}

/// The line about a copy that nothing else needs.
fn goes_on(lab: &Lab, names: &str) -> String {
    format!(
        "the server goes on with its copy of the configuration, {}, for what it made there: {names}; to use {} itself, move \
         these there, and remove the copy",
        lab.text("runtime/config"),
        lab.text("home/config")
    )
}

/// A home of 8.19 whose configuration belongs to the server's user, as in an image.
fn owned_home(name: &str, version: &str) -> Lab {
    let lab = home(&format!("copies-{name}"), "elasticsearch", version);
    for path in ["home/config", "home/config/elasticsearch.yml", "home/data", "home/logs"] {
        chown(lab.path(path), Some(SERVER), Some(SERVER)).unwrap();
    }
    lab.mode("home/config", 0o755);
    lab
}

/// The launcher puts new files in the places of the main file, the keystore and the certificates, which a mount refuses:
/// tried with 8.19.21, the start ends with 74.
#[test]
fn what_the_launcher_replaces_may_be_mounted() {
    if !root("mounting") {
        return;
    }
    for (name, target, is_read_only) in [
        ("main", "elasticsearch.yml", false),
        ("read-only", "elasticsearch.yml", true),
        ("keystore", "elasticsearch.keystore", false),
        ("certificates", "certs", false),
        ("certificate", "certs/ca.crt", false),
    ] {
        let lab = owned_home(&format!("mount-{name}"), "8.19.21");
        // Nothing but comments, and one setting.
        for text in ["# nothing set\n", "cluster.name: x\n"] {
            for left in ["home/data", "runtime"] {
                let _ = std::fs::remove_dir_all(lab.path(left));
            }
            std::fs::create_dir(lab.path("home/data")).unwrap();
            chown(lab.path("home/data"), Some(SERVER), None).unwrap();
            lab.write("home/config/elasticsearch.yml", text);
            let (source, target) = (format!("mine/{target}"), format!("home/config/{target}"));
            match name {
                "main" | "read-only" => lab.write(&source, text),
                "certificates" => {
                    lab.write(format!("{source}/ca.crt"), "mine\n");
                    std::fs::create_dir_all(lab.path(&target)).unwrap();
                    chown(lab.path(&source), Some(SERVER), None).unwrap();
                }
                _ => {
                    lab.write(&source, "mine\n");
                    lab.write(&target, "");
                }
            }
            let _ = chown(lab.path("home/config/certs"), Some(SERVER), None);
            chown(lab.path(&source), Some(SERVER), None).unwrap();
            let remount = if is_read_only { "mount -o remount,bind,ro" } else { ":" };
            let (source, target) = (lab.text(&source), lab.text(&target));
            let mount = format!("mount --bind {source} {target}; {remount} {target}");
            let mut written = Vec::new();
            for start in 1..=3 {
                assert_eq!(findings(&mounted(&lab, &mount, &CHECK, &AUTO)), [""; 0], "{name} {start}");
                let found = mounted(&lab, &mount, &RUN, &AUTO);
                assert_eq!(found.code, 0, "{name} {start}: {found:?}");
                let expected = format!("HTTPS\nSTARTED {}\n", lab.text("runtime/config"));
                assert_eq!(found.output, expected, "{name} {start}: {found:?}");
                let expected = if start == 1 {
                    format!(
                        "{target} is a mount, which the launcher of Elasticsearch 8.19.21 cannot replace: it makes \
                         certificates and a keystore in a copy of the configuration, {}; keep that directory with the data \
                         (ES_ENTRYPOINT_RUNTIME_DIR on a volume)",
                        lab.text("runtime/config")
                    )
                } else {
                    goes_on(
                        &lab,
                        "elasticsearch.keystore, certs, and the settings of its security in elasticsearch.yml",
                    )
                };
                assert_eq!(notes(&found), [expected], "{name} {start}");
                written.push(lab.read("runtime/config/elasticsearch.yml"));
                assert_eq!(lab.read("runtime/config/elasticsearch.keystore"), "passwords\n", "{name}");
                assert_eq!(lab.read("runtime/config/certs/http.p12"), "made once\n", "{name}");
            }
            assert_eq!(written[0].matches("BEGIN SECURITY").count(), 1, "{name}");
            assert!(written.iter().all(|it| *it == written[0]), "{name}: {written:?}");
            assert_eq!(lab.read("home/config/elasticsearch.yml"), text, "{name}");
        }
    }
}

/// Root that may not pass over permissions finds what the server wrote where only its user may look.
#[test]
fn a_copy_that_only_the_server_may_read_stays() {
    if !root("becoming the server's user") {
        return;
    }
    let lab = owned_home("closed", "8.19.21");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    let start = |words: &[&str]| {
        let bounding = "--bounding-set=-all,+chown,+setuid,+setgid";
        let mut command = lab.prefixed(&["setpriv", bounding], words);
        command.env("ES_ENTRYPOINT_ALLOW", QUIET).envs(AUTO);
        command.env_remove("JAVA_HOME").env("PATH", format!("{}:/usr/bin:/bin", lab.text("java/bin")));
        ended(command)
    };
    let copied = format!("HTTPS\nSTARTED {}\n", lab.text("runtime/config"));
    for number in 1..=4 {
        assert_eq!(findings(&start(&[&CHECK[..], &RUN[1..]].concat())), [""; 0], "{number}");
        let found = start(&RUN);
        assert_eq!((found.output.as_str(), notes(&found)), (copied.as_str(), vec![]), "{number}: {found:?}");
        let written = lab.read("runtime/config/elasticsearch.yml");
        assert_eq!(written.matches("BEGIN SECURITY").count(), 1, "{number}: {written}");
        if number == 1 {
            lab.write("home/config/users", "given\n");
        } else {
            let users = if number == 2 { "given\n" } else { "given\nadded\n" };
            assert_eq!(lab.read("runtime/config/users"), users, "{number}");
            lab.write("runtime/config/users", "given\nadded\n");
        }
        // As the launcher and the tools leave them.
        for name in ["", "/users", "/elasticsearch.yml", "/elasticsearch.keystore", "/certs"] {
            let path = format!("runtime/config{name}");
            if lab.path(&path).exists() {
                chown(lab.path(&path), Some(SERVER), Some(SERVER)).unwrap();
                lab.mode(&path, if lab.path(&path).is_dir() { 0o700 } else { 0o600 });
            }
        }
    }
    // What it made is not left behind, either, where nothing else asks for the copy.
    lab.write("home/config/elasticsearch.yml", "cluster.name: x\n");
    let found = start(&RUN);
    assert_eq!(found.output, copied, "{found:?}");
}

/// A byte that is no text stands outside of what the launcher wrote.
#[test]
fn a_copy_that_is_no_text_keeps_the_block() {
    let lab = home("copies-bytes", "elasticsearch", "8.19.21");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    assert_eq!(run(&lab, &["run"], &AUTO).code, 0);
    let whole = lab.read("runtime/config/elasticsearch.yml");
    lab.write("runtime/config/elasticsearch.yml", [b"# caf\xe9\n", whole.as_bytes()].concat());
    assert_eq!(run(&lab, &["run"], &AUTO).code, 0);
    assert_eq!(lab.read("runtime/config/elasticsearch.yml"), whole);
}

/// Where the launcher configures nothing, nothing is copied.
#[test]
fn a_mounted_main_file_needs_no_copy_where_security_is_not_configured() {
    if !root("mounting") {
        return;
    }
    let allowed = ["--allow", "quorum/initial-masters-missing"];
    for (name, text, variables, arguments) in [
        ("switched-off", "xpack.security.enabled: false\n", &[][..], &[][..]),
        ("on", "xpack.security.enabled: true\n", &[], &[]),
        ("tls", "xpack.security.http.ssl.enabled: false\n", &[], &[]),
        ("not-asked", "xpack.security.autoconfiguration.enabled: false\n", &[], &[]),
        ("cluster", "discovery.seed_hosts: [a]\n", &[], &[]),
        ("masters", "cluster.initial_master_nodes: [a, b]\nnode.name: a\n", &[], &[]),
        ("roles", "node.roles: [data]\n", &[], &[]),
        ("roles-2", "node.roles: [master]\n", &[], &[]),
        ("roles-3", "node.roles: [master, voting_only, data]\n", &[], &[]),
        ("argument", "cluster.name: x\n", &[], &["-Expack.security.enabled=false"]),
        ("data", "cluster.name: x\n", &[], &[]),
        ("somebody", "cluster.name: x\n", &[], &[]),
        ("closed", "cluster.name: x\n", &[], &[]),
        ("7", "cluster.name: x\n", &[("KEYSTORE", "elasticsearch.keystore")], &[]),
    ] {
        let lab = owned_home(&format!("unneeded-{name}"), if name == "7" { "7.17.29" } else { "8.19.21" });
        match name {
            "data" => lab.write("home/data/lost+found", ""),
            // The launcher looks at the owner of the directory.
            "somebody" => {
                chown(lab.path("home/config"), Some(7), None).unwrap();
                lab.mode("home/config", 0o777);
            }
            "closed" => {
                lab.write("home/config/elasticsearch.keystore", "mine\n");
                chown(lab.path("home/config"), Some(0), None).unwrap();
            }
            _ => {}
        }
        lab.write("mine.yml", text);
        let mount =
            format!("mount --bind {} {}", lab.text("mine.yml"), lab.text("home/config/elasticsearch.yml"));
        let found = mounted(&lab, &mount, &[&RUN[..], &allowed, &["--"], arguments].concat(), variables);
        assert_eq!(found.output, format!("HTTP\nSTARTED {}\n", lab.text("home/config")), "{name}: {found:?}");
        assert_eq!(lab.names("runtime"), [""; 0], "{name}");
    }
    // As the only node, or the first one, it gets one.
    for text in [
        "discovery.type: single-node\n",
        "node.name: a\ncluster.initial_master_nodes: [a]\n",
        "node.roles: [master, data_content]\n",
    ] {
        let lab = owned_home("needed", "8.19.21");
        lab.write("mine.yml", text);
        let mount =
            format!("mount --bind {} {}", lab.text("mine.yml"), lab.text("home/config/elasticsearch.yml"));
        let found = mounted(&lab, &mount, &RUN, &AUTO);
        assert_eq!(
            found.output,
            format!("HTTPS\nSTARTED {}\n", lab.text("runtime/config")),
            "{text}: {found:?}"
        );
    }
}

/// Beside templates, too.
#[test]
fn a_mounted_target_is_not_replaced_by_the_launcher() {
    if !root("mounting") {
        return;
    }
    let lab = owned_home("target", "8.19.21");
    lab.write("home/config-templates/elasticsearch.yml", "cluster.name: ${NAME:-rendered}\n");
    lab.write("mine.yml", "cluster.name: mine\n");
    let (target, template) =
        (lab.text("home/config/elasticsearch.yml"), lab.text("home/config-templates/elasticsearch.yml"));
    let mount = format!("mount --bind {} {target}", lab.text("mine.yml"));
    for _ in 0..3 {
        assert_eq!(
            findings(&mounted(&lab, &mount, &CHECK, &[])),
            [format!(
                "warning files/mounted-target: `{target}` is mounted and is not read: the server gets a copy of its \
                 directory, with `{template}` in its place"
            )]
        );
        let found = mounted(&lab, &mount, &RUN, &AUTO);
        assert_eq!(found.output, format!("HTTPS\nSTARTED {}\n", lab.text("runtime/config")), "{found:?}");
        assert_eq!(lab.read("mine.yml"), "cluster.name: mine\n");
    }
}

/// Templates that were rendered into the configuration directory, which is read-only since.
#[test]
fn what_the_launcher_wrote_in_place_goes_into_the_copy() {
    if !root("mounting") {
        return;
    }
    let lab = owned_home("from-place", "8.19.21");
    lab.write("home/config-templates/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    let found = run(&lab, &RUN, &AUTO);
    assert_eq!(found.output, format!("HTTPS\nSTARTED {}\n", lab.text("home/config")), "{found:?}");
    let config = lab.text("home/config");
    let mount = format!("mount --bind {config} {config}; mount -o remount,bind,ro {config}");
    for _ in 0..3 {
        let found = mounted(&lab, &mount, &RUN, &AUTO);
        assert_eq!(found.output, format!("HTTPS\nSTARTED {}\n", lab.text("runtime/config")), "{found:?}");
        let written = lab.read("runtime/config/elasticsearch.yml");
        assert_eq!(written.matches("BEGIN SECURITY").count(), 1, "{written}");
    }
}

/// A copy that is no longer needed: TLS must not go with it.
#[test]
fn a_copy_with_something_of_the_servers_own_stays() {
    if !root("becoming the server's user") {
        return;
    }
    let lab = owned_home("stays", "8.19.21");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    let copied = format!("HTTPS\nSTARTED {}\n", lab.text("runtime/config"));
    let found = run(&lab, &RUN, &AUTO);
    assert_eq!((found.output.as_str(), notes(&found)), (copied.as_str(), vec![]), "{found:?}");
    let expected =
        goes_on(&lab, "elasticsearch.keystore, certs, and the settings of its security in elasticsearch.yml");
    for text in ["cluster.name: y\n", "# nothing set\n", "# nothing set at all\n"] {
        lab.write("home/config/elasticsearch.yml", text);
        assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0], "{text}");
        for words in [&["check"][..], &RUN] {
            let found = run(&lab, words, &AUTO);
            assert_eq!((found.code, notes(&found)), (0, vec![expected.as_str()]), "{text}: {found:?}");
            if words == RUN {
                assert_eq!(found.output, copied, "{text}: {found:?}");
            }
        }
        let written = lab.read("runtime/config/elasticsearch.yml");
        assert!(written.starts_with(text), "{written}");
        assert_eq!(written.matches("BEGIN SECURITY").count(), 1, "{written}");
    }
    // Templates of the image, rendered into the directory itself.
    lab.write("home/config-templates/elasticsearch.yml", "cluster.name: ${NAME:-z}\n");
    let found = run(&lab, &RUN, &AUTO);
    assert_eq!((found.output.as_str(), notes(&found)), (copied.as_str(), vec![&*expected]), "{found:?}");
    std::fs::remove_dir_all(lab.path("home/config-templates")).unwrap();
    // What the line says works.
    let config = lab.path("home/config");
    std::fs::copy(lab.path("runtime/config/elasticsearch.yml"), config.join("elasticsearch.yml")).unwrap();
    for name in ["certs", "elasticsearch.keystore"] {
        std::fs::rename(lab.path("runtime/config").join(name), config.join(name)).unwrap();
    }
    let found = run(&lab, &RUN, &AUTO);
    let as_it_is = format!("HTTPS\nSTARTED {}\n", lab.text("home/config"));
    assert_eq!((found.output.as_str(), notes(&found)), (as_it_is.as_str(), vec![]), "{found:?}");
}

#[test]
fn a_keystore_in_a_copy_stays_in_use() {
    if !root("becoming the server's user") {
        return;
    }
    for version in ["6.8.23", "7.17.29"] {
        let lab = owned_home(&format!("keystore-{version}"), version);
        // The server may not write there.
        chown(lab.path("home/config"), Some(0), None).unwrap();
        lab.write("home/config/users", "given\n");
        let variables = [("KEYSTORE", "elasticsearch.keystore")];
        let copied = format!("HTTP\nSTARTED {}\n", lab.text("runtime/config"));
        assert_eq!(run(&lab, &RUN, &variables).output, copied);
        lab.write("runtime/config/elasticsearch.keystore", "seed\nadded\n");
        chown(lab.path("home/config"), Some(SERVER), None).unwrap();
        for _ in 0..2 {
            let found = run(&lab, &RUN, &variables);
            assert_eq!(found.output, copied, "{found:?}");
            assert_eq!(notes(&found), [goes_on(&lab, "elasticsearch.keystore")]);
            assert_eq!(lab.read("runtime/config/elasticsearch.keystore"), "seed\nadded\n");
        }
        lab.write("runtime/config/users", "given\nadded\n");
        assert_eq!(
            notes(&run(&lab, &["check"], &variables)),
            [goes_on(&lab, "elasticsearch.keystore, users")]
        );
        lab.write("runtime/config/users", "given\n");
        // One of the user's own is what the user wants.
        lab.write("home/config/elasticsearch.keystore", "mine\n");
        let found = run(&lab, &RUN, &variables);
        assert_eq!(found.output, format!("HTTP\nSTARTED {}\n", lab.text("home/config")), "{found:?}");
    }
}

/// Each generation has its own.
#[test]
fn what_tools_of_the_server_write_stays_in_a_copy() {
    for (version, kept, lost) in [
        ("2.3.4", &["shield/users", "shield/system_key"][..], &["users", "x-pack/users"][..]),
        ("5.6.16", &["x-pack/users", "x-pack/users_roles", "x-pack/system_key"], &["users", "shield/users"]),
        ("6.2.4", &["elasticsearch.keystore", "x-pack/users"], &["users", "service_tokens"]),
        (
            "6.8.23",
            &["elasticsearch.keystore", "users", "users_roles", "roles.yml", "system_key", "x-pack/users"],
            &["service_tokens", "shield/users"],
        ),
        ("7.12.1", &["users", "role_mapping.yml", "system_key"], &["service_tokens"]),
        ("7.13.0", &["users", "service_tokens"], &["certs/http.p12"]),
        ("7.17.29", &["elasticsearch.keystore", "users", "service_tokens", "x-pack/users"], &["certs/a"]),
        ("8.19.21", &["users", "service_tokens", "system_key", "certs/http.p12"], &["x-pack/users"]),
    ] {
        let lab = home("copies-tools", "elasticsearch", version);
        lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
        assert_eq!(run(&lab, &["run"], &[]).code, 0, "{version}");
        for name in kept.iter().chain(lost) {
            lab.write(format!("runtime/config/{name}"), "made\n");
        }
        for _ in 0..2 {
            assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0], "{version}");
            assert_eq!(run(&lab, &["run"], &[]).code, 0, "{version}");
            for name in kept {
                assert_eq!(lab.read(&format!("runtime/config/{name}")), "made\n", "{version} {name}");
            }
            for name in lost {
                assert!(!lab.path(&format!("runtime/config/{name}")).exists(), "{version} {name}");
            }
        }
    }
}

/// A home whose copy holds three files of the user's, and a keystore.
fn copied(name: &str) -> Lab {
    let lab = home(&format!("copies-{name}"), "elasticsearch", "8.19.21");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\nxpack.security.enabled: false\n");
    for name in ["users", "roles.yml", "certs/ca.crt", "elasticsearch.keystore"] {
        lab.write(format!("home/config/{name}"), "given\n");
    }
    assert_eq!(run(&lab, &["run"], &[]).code, 0);
    lab
}

#[test]
fn what_the_user_removes_goes() {
    let lab = copied("removed");
    for name in ["users", "certs/ca.crt", "elasticsearch.keystore"] {
        std::fs::remove_file(lab.path("home/config").join(name)).unwrap();
    }
    lab.write("runtime/config/users_roles", "made\n");
    assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0]);
    for _ in 0..2 {
        let found = run(&lab, &["run"], &[]);
        assert_eq!((found.code, notes(&found)), (0, vec![]), "{found:?}");
        let left = ["elasticsearch.yml", "jvm.options", "log4j2.properties", "roles.yml", "users_roles"];
        let names: Vec<String> =
            lab.names("runtime/config").into_iter().filter(|name| name != "certs").collect();
        assert_eq!(names, left);
        assert_eq!(lab.names("runtime/config/certs"), [""; 0]);
        assert_eq!(lab.names("runtime"), ["config", "given"]);
    }
}

#[test]
fn what_both_changed_is_said_and_kept() {
    let lab = copied("both");
    for name in ["users", "certs/ca.crt", "roles.yml", "elasticsearch.keystore"] {
        lab.write(format!("runtime/config/{name}"), "given\nadded\n");
        lab.write(format!("home/config/{name}"), "new\n");
    }
    std::fs::remove_file(lab.path("home/config/roles.yml")).unwrap();
    let path = |name: &str| lab.text(name);
    let keystore = format!(
        "warning files/changed-twice: `{}` was changed since the last start, and the server's copy, `{}`, changed, too: the \
         server's is used",
        path("home/config/elasticsearch.keystore"),
        path("runtime/config/elasticsearch.keystore")
    );
    let said = |name: &str, what: &str, taken: &str| {
        format!(
            "warning files/changed-twice: `{}` was {what} since the last start, and the server's copy, `{}`, changed, too: \
             {taken}",
            path(&format!("home/config/{name}")),
            path(&format!("runtime/config/{name}"))
        )
    };
    let found = run(&lab, &CHECK, &[]);
    let mut expected = vec![
        said("certs/ca.crt", "changed", "yours is taken"),
        keystore.clone(),
        said("roles.yml", "removed", "the copy goes, too"),
        said("users", "changed", "yours is taken"),
    ];
    let mut all = findings(&found);
    all.sort();
    expected.sort();
    assert_eq!(all, expected);
    let help = |name: &str| {
        let object = objects(&found.output)
            .into_iter()
            .find(|it| it["file"] == path(&format!("home/config/{name}")))
            .unwrap();
        object["help"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        help("users"),
        format!(
            "what the server had is kept as `{}`: put into `{}` what you miss of it, and start again",
            path("runtime/replaced/users"),
            path("home/config/users")
        )
    );
    assert_eq!(
        help("elasticsearch.keystore"),
        format!(
            "it may hold passwords that the server made for itself: add yours to it with the server's own tool, or remove \
             `{}` for yours to be used",
            path("runtime/config/elasticsearch.keystore")
        )
    );
    // Nothing is lost where the start is refused.
    assert_eq!(run(&lab, &["run", "--strict"], &[]).code, 78);
    assert_eq!(lab.read("runtime/config/users"), "given\nadded\n");
    for start in 1..=2 {
        let found = run(&lab, &["run"], &[]);
        assert_eq!(found.code, 0, "{found:?}");
        assert_eq!(
            found.errors.matches("warning[files/changed-twice]").count(),
            if start == 1 { 4 } else { 1 }
        );
        for (name, content) in
            [("users", "new\n"), ("certs/ca.crt", "new\n"), ("elasticsearch.keystore", "given\nadded\n")]
        {
            assert_eq!(lab.read(&format!("runtime/config/{name}")), content, "{name}");
        }
        assert!(!lab.path("runtime/config/roles.yml").exists());
        for name in ["users", "certs/ca.crt", "roles.yml"] {
            assert_eq!(lab.read(&format!("runtime/replaced/{name}")), "given\nadded\n", "{name}");
            let mode = std::fs::metadata(lab.path(&format!("runtime/replaced/{name}"))).unwrap();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o600);
        }
        assert!(!lab.path("runtime/replaced/elasticsearch.keystore").exists());
    }
    assert_eq!(findings(&run(&lab, &CHECK, &[])), [&*keystore]);
    // Without one of the user's, the server's is the only one.
    std::fs::remove_file(lab.path("home/config/elasticsearch.keystore")).unwrap();
    let found = run(&lab, &CHECK, &[]);
    assert_eq!(findings(&found), [keystore.replace("was changed", "was removed")]);
    let help = objects(&found.output)[0]["help"].as_str().unwrap().to_owned();
    let end =
        format!("or remove `{}` to begin with a new one", path("runtime/config/elasticsearch.keystore"));
    assert!(help.ends_with(&end), "{help}");
    assert_eq!(run(&lab, &["run"], &[]).code, 0);
    assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0]);
    assert_eq!(lab.read("runtime/config/elasticsearch.keystore"), "given\nadded\n");
    lab.write("home/config/elasticsearch.keystore", "new\n");
    // What the help says works.
    std::fs::remove_file(lab.path("runtime/config/elasticsearch.keystore")).unwrap();
    assert_eq!(run(&lab, &["run"], &[]).code, 0);
    assert_eq!(lab.read("runtime/config/elasticsearch.keystore"), "new\n");
    assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0]);
}

#[test]
fn a_block_without_an_end_refuses_the_start() {
    let lab = home("copies-torn", "elasticsearch", "8.19.21");
    let text = "cluster.name: ${NAME:-x}\n";
    lab.write("home/config/elasticsearch.yml", text);
    assert_eq!(run(&lab, &["run"], &AUTO).code, 0);
    let copy = "runtime/config/elasticsearch.yml";
    let whole = lab.read(copy);
    let torn: String = whole.split_inclusive('\n').filter(|line| !line.contains("END SECURITY")).collect();
    lab.write(copy, &torn);
    let found = run(&lab, &CHECK, &[]);
    assert_eq!(
        findings(&found),
        [format!(
            "error files/torn-block: `{}` has `BEGIN SECURITY AUTO CONFIGURATION` without `END SECURITY AUTO CONFIGURATION`: \
             the settings that Elasticsearch 8.19.21 made for its security cannot be taken over, and it would start without \
             TLS",
            lab.text(copy)
        )]
    );
    let object = &objects(&found.output)[0];
    assert_eq!(object["file"], lab.text(copy));
    assert_eq!(
        object["help"],
        "put the line `#----------------------- END SECURITY AUTO CONFIGURATION -------------------------` below the last \
         of these settings, or configure xpack.security yourself"
    );
    assert_eq!(run(&lab, &["run"], &AUTO).code, 78);
    assert_eq!(lab.read(copy), torn, "nothing is lost");
    // What the help says works.
    lab.write("home/config/elasticsearch.yml", format!("{text}xpack.security.enabled: false\n"));
    assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0]);
    lab.write("home/config/elasticsearch.yml", text);
    let end = "#----------------------- END SECURITY AUTO CONFIGURATION -------------------------\n";
    lab.write(copy, torn.clone() + end);
    let found = run(&lab, &["run"], &AUTO);
    assert!(found.output.starts_with("HTTPS\n"), "{found:?}");
    assert_eq!(lab.read(copy), whole);
    // Where there is no data, the launcher makes another block; where the user's file has it like that, nothing is lost.
    lab.write(copy, &torn);
    lab.write("home/config/elasticsearch.yml", format!("{torn}node.name: ${{NAME:-x}}\n"));
    assert_eq!(codes(&run(&lab, &CHECK, &[]).output), ["warning quorum/initial-masters-left-over"]);
    lab.write("home/config/elasticsearch.yml", text);
    std::fs::remove_dir_all(lab.path("home/data")).unwrap();
    std::fs::create_dir(lab.path("home/data")).unwrap();
    lab.mode("home/data", 0o777);
    assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0]);
}

#[test]
fn a_setting_of_the_block_that_the_user_gives_too() {
    let lab = home("copies-twice", "elasticsearch", "8.19.21");
    let text = "cluster.name: ${NAME:-x}\n";
    lab.write("home/config/elasticsearch.yml", text);
    assert_eq!(run(&lab, &["run"], &AUTO).code, 0);
    lab.write("home/config/elasticsearch.yml", format!("{text}xpack.security.enabled: false\n"));
    let found = run(&lab, &CHECK, &[]);
    assert_eq!(
        findings(&found),
        ["error settings/duplicate-key: `xpack.security.enabled` is set twice".to_owned()]
    );
    let copy = "runtime/config/elasticsearch.yml";
    assert_eq!(
        objects(&found.output)[0]["help"],
        format!(
            "Elasticsearch 8.19.21 refuses to start; `{}` has the settings that the server made for its security at its first \
             start: change it there instead; remove the one at {}:2:25",
            lab.text(copy),
            lab.text("home/config/elasticsearch.yml")
        )
    );
    // What the help says works.
    lab.write("home/config/elasticsearch.yml", text);
    let changed = lab.read(copy).replace("xpack.security.enabled: true", "xpack.security.enabled: false");
    lab.write(copy, &changed);
    assert_eq!(run(&lab, &["run"], &AUTO).code, 0);
    assert_eq!(lab.read(copy), changed);
}

/// A new data directory for an earlier copy: the node is another one, and waits for nobody.
#[test]
fn the_first_master_of_new_data_is_this_node() {
    if !root("becoming the server's user") {
        return;
    }
    let lab = owned_home("new-data", "8.19.21");
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let of_host = format!("cluster.initial_master_nodes: [\"{}\"]\n", host.trim());
    let named = "cluster.initial_master_nodes: [\"mine\"]\n".to_owned();
    let old = "cluster.initial_master_nodes: [\"first\"]\n".to_owned();
    for (text, keeps_data, expected) in [
        ("cluster.name: ${NAME:-x}\n", false, &of_host),
        ("cluster.name: ${NAME:-x}\nnode.name: mine\n", false, &named),
        // It has been in a cluster: the list counts no more.
        ("cluster.name: ${NAME:-x}\n", true, &old),
        // Others may have the data.
        ("cluster.name: ${NAME:-x}\ndiscovery.seed_hosts: [a]\n", false, &old),
        ("cluster.name: ${NAME:-x}\ndiscovery.seed_providers: file\n", false, &old),
    ] {
        let _ = std::fs::remove_dir_all(lab.path("runtime"));
        std::fs::remove_dir_all(lab.path("home/data")).unwrap();
        lab.write("home/data/x", "");
        lab.mode("home/data", 0o777);
        lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
        assert!(run(&lab, &RUN, &AUTO).output.starts_with("HTTPS\n"));
        lab.write("home/config/elasticsearch.yml", text);
        if !keeps_data {
            std::fs::remove_dir_all(lab.path("home/data/_state")).unwrap();
        }
        for _ in 0..2 {
            let found = run(&lab, &RUN, &AUTO);
            assert!(found.code == 0 && found.output.starts_with("HTTPS\n"), "{text}: {found:?}");
            let written = lab.read("runtime/config/elasticsearch.yml");
            assert_eq!(written.matches("cluster.initial_master_nodes").count(), 1, "{written}");
            assert!(written.contains(&**expected), "{text}: {written}");
            assert_eq!(written.matches("SECURITY AUTO CONFIGURATION").count(), 2, "{written}");
        }
    }
}

/// Where the block stands in the user's own file, that is his to change.
#[test]
fn the_first_master_of_other_data_is_reported() {
    let lab = home("other-master", "elasticsearch", "8.19.21");
    let block = "\n#----------------------- BEGIN SECURITY AUTO CONFIGURATION -----------------------\n\
                 xpack.security.enabled: true\ncluster.initial_master_nodes: [\"first\"]\n\
                 #----------------------- END SECURITY AUTO CONFIGURATION -------------------------\n";
    let check = |before: &str| {
        lab.write("home/config/elasticsearch.yml", format!("{before}{block}"));
        run(&lab, &[&CHECK[..], &["--allow", "discovery/loopback"]].concat(), &[])
    };
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let found = check("");
    assert_eq!(
        findings(&found),
        [format!(
            "warning quorum/initial-masters-without-this-node: `cluster.initial_master_nodes` does not name this \
             master-eligible node, `{}`",
            host.trim()
        )]
    );
    assert_eq!(
        objects(&found.output)[0]["help"],
        "the launcher wrote it at the first start of another node, whose data this one has not: it waits for that node for \
         ever; write its own name there, or bring the data back"
    );
    assert_eq!(findings(&check("node.name: first\n")), [""; 0]);
    std::fs::create_dir(lab.path("home/data/_state")).unwrap();
    lab.mode("home/data/_state", 0o777);
    assert_eq!(findings(&check("")), [""; 0]);
}
