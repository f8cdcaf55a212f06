//! What lies in the configuration directory and is no configuration: scripts, synonyms, dictionaries, leftovers, and the
//! main file of the other product. None of it is a template, none of it refuses a start.

use crate::lab::{Lab, objects, root};
use crate::neighbours::{CHECK, findings, home, run};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

/// Files with placeholders of others, and with what would be mistakes in a template.
const CONTENTS: &[(&str, &str)] = &[
    ("scripts/score.groovy", "def field = \"${x}\"\ndoc[\"${field}\"].value * ${-> boost}\n"),
    ("scripts/deep/er/b.painless", "'${' + params.y\n"),
    ("analysis/synonyms.txt", "${usd}, dollar\n${}\n"),
    ("hunspell/en_US/en_US.dic", "1\n${word\n"),
    ("hunspell/en_US/settings.yml", "strict_affix_parsing: ${strict}\n"),
    ("ingest/pipeline.json", "{\"set\": {\"field\": \"a\", \"value\": \"${b^^}\"}}\n"),
    ("hooks/pre-start.sh", "#!/bin/sh\n: \"${DATA:?is not set}\" ${1} ${#}\n"),
    ("elasticsearch.yml.rpmnew", "cluster.name: ${OLD\n"),
    ("opensearch.yml.bak", "a: [\n"),
    ("my-log4j2.xml", "<Property>${env:HOME_OF_LOGS}</Property>\n"),
    ("other.yml", "a: ${NOBODY}\n  b: : c\n"),
    ("other.properties", "a = ${NOBODY}\n"),
];

const VERSIONS: [(&str, &str); 6] = [
    ("elasticsearch", "1.7.5"),
    ("elasticsearch", "2.3.4"),
    ("elasticsearch", "5.6.16"),
    ("elasticsearch", "7.17.29"),
    ("elasticsearch", "9.1.0"),
    ("opensearch", "2.19.6"),
];

/// The main file as it is used where it stands, and as a template.
const MAIN: [&str; 2] = ["cluster.name: x\n", "cluster.name: ${NAME:-x}\n"];

#[test]
fn what_is_no_configuration_stays_as_it_is() {
    // Set or not, a variable of that name changes nothing in them.
    let variables: [&[(&str, &str)]; 2] =
        [&[], &[("x", "1"), ("field", "2"), ("NOBODY", "3"), ("strict", "4")]];
    for (product, version) in VERSIONS {
        for main in MAIN {
            let lab = home("contents", product, version);
            lab.write(format!("home/config/{product}.yml"), main);
            lab.write("home/config/logging.yml", "rootLogger: INFO\n");
            for (name, text) in CONTENTS {
                lab.write(format!("home/config/{name}"), text);
            }
            for variables in variables {
                let found = run(&lab, &CHECK, variables);
                assert_eq!((found.code, findings(&found)), (0, Vec::new()), "{version} {main}");
                let found = run(&lab, &["run"], variables);
                assert_eq!((found.code, found.started()), (0, true), "{version} {main}: {found:?}");
                assert!(!found.errors.contains("warn"), "{version} {main}: {found:?}");
                let used = if main == MAIN[0] { "home/config" } else { "runtime/config" };
                for (name, text) in CONTENTS {
                    assert_eq!(lab.read(&format!("{used}/{name}")), *text, "{version} {main} {name}");
                }
                assert_eq!(lab.read(&format!("{used}/{product}.yml")), "cluster.name: x\n");
            }
        }
    }
}

/// Without a main file the built-in template is used, whatever else lies there.
#[test]
fn contents_alone_are_no_configuration() {
    let lab = Lab::new("contents-alone");
    lab.write("home/config/scripts/score.groovy", "${x}\n");
    let found = lab.start(&[]);
    assert_eq!((found.code, found.started()), (0, true), "{found:?}");
    assert!(lab.read("runtime/config/elasticsearch.yml").contains("max_local_storage_nodes: 1"));
    assert_eq!(lab.read("runtime/config/scripts/score.groovy"), "${x}\n");
}

#[test]
fn what_the_server_reads_is_a_template() {
    for (product, version, name) in [
        ("elasticsearch", "1.7.5", "logging.yml"),
        ("elasticsearch", "2.3.4", "logging.yml"),
        ("elasticsearch", "2.3.4", "shield/roles.yml"),
        ("elasticsearch", "5.6.16", "log4j2.properties"),
        ("elasticsearch", "5.6.16", "jvm.options"),
        ("elasticsearch", "5.6.16", "x-pack/roles.yml"),
        ("elasticsearch", "6.8.23", "role_mapping.yml"),
        ("elasticsearch", "7.17.29", "jvm.options.d/heap.options"),
        ("elasticsearch", "7.17.29", "unicast_hosts.txt"),
        ("elasticsearch", "9.1.0", "users_roles"),
        ("opensearch", "2.19.6", "opensearch-security/config.yml"),
        ("opensearch", "2.19.6", "logs/log4j2.properties"),
    ] {
        let lab = home("read", product, version);
        let yaml = std::path::Path::new(name).extension().is_some_and(|it| it == "yml");
        lab.write(format!("home/config/{name}"), if yaml { "a: ${UNSET}\n" } else { "-Da=${UNSET}\n" });
        let found = run(&lab, &CHECK, &[]);
        assert_eq!(
            (found.code, findings(&found)),
            (78, vec!["error template/unset: variable `UNSET` is not set".to_owned()]),
            "{version} {name}"
        );
        assert_eq!(objects(&found.output)[0]["file"], lab.text(&format!("home/config/{name}")));
        let found = run(&lab, &["run"], &[("UNSET", "w")]);
        assert_eq!((found.code, found.started()), (0, true), "{version} {name}: {found:?}");
        assert!(lab.read(&format!("runtime/config/{name}")).ends_with("w\n"), "{version} {name}");
    }
}

/// The security plugin of OpenSearch puts the user of each request into its roles.
#[test]
fn what_the_server_replaces_in_its_roles() {
    let lab = home("roles", "opensearch", "2.19.6");
    let text = "own_index:\n  index_permissions:\n  - index_patterns: ['${user_name}', '${user.name}-*']\n    dls: '{\"terms\": \
                {\"role\": [${user_roles}]}}'\n";
    lab.write("home/config/opensearch-security/roles.yml", text);
    for (main, directory) in [("cluster.name: x\n", "home"), ("cluster.name: ${NAME:-x}\n", "runtime")] {
        lab.write("home/config/opensearch.yml", main);
        assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0]);
        let found = run(&lab, &["run"], &[]);
        assert_eq!((found.code, found.started()), (0, true), "{found:?}");
        assert_eq!(lab.read(&format!("{directory}/config/opensearch-security/roles.yml")), text);
    }
}

/// A directory of templates was made for this: all of it is rendered.
#[test]
fn in_a_directory_of_templates_everything_is_one() {
    let lab = Lab::new("contents-templates");
    lab.write("templates/elasticsearch.yml", "cluster.name: x\n");
    lab.write("templates/scripts/score.groovy", "${x}\n");
    for words in [&["--templates", "templates"][..], &[]] {
        let check = [&CHECK[..], words].concat();
        let found = run(&lab, &check, &[]);
        assert_eq!(findings(&found), ["error template/unset: variable `x` is not set"], "{words:?}");
        let mut command = lab.command([&["run"], words].concat());
        command.env("x", "1");
        let found = crate::lab::ended(command);
        assert_eq!((found.code, found.started()), (0, true), "{words:?}: {found:?}");
        assert_eq!(lab.read("home/config/scripts/score.groovy"), "1\n");
        std::fs::remove_dir_all(lab.path("home/config")).unwrap();
        std::fs::create_dir(lab.path("home/config")).unwrap();
        if !words.is_empty() {
            std::fs::rename(lab.path("templates"), lab.path("home/config-templates")).unwrap();
        }
    }
}

#[test]
fn the_main_file_of_the_other_product_is_not_read() {
    for (product, version, other) in
        [("opensearch", "2.19.6", "elasticsearch.yml"), ("elasticsearch", "7.17.29", "opensearch.yml")]
    {
        for directory in ["home/config", "home/config-templates"] {
            for main in MAIN {
                for text in [
                    "a: [\n",
                    "cluster.name: ${UNSET}\n",
                    "node.name: ${A^^}\n",
                    "cluster.name: a\nnode.roles: [x]\n",
                ] {
                    let lab = home("other-product", product, version);
                    lab.write(format!("{directory}/{product}.yml"), main);
                    lab.write(format!("{directory}/{other}"), text);
                    let context = format!("{version} {directory} {main} {text}");
                    let found = run(&lab, &CHECK, &[]);
                    assert_eq!((found.code, findings(&found)), (0, Vec::new()), "{context}");
                    let found = run(&lab, &["explain"], &[]);
                    let line = format!("{other} (not read by ");
                    assert!(found.code == 0 && found.output.contains(&line), "{context}: {found:?}");
                    let found = run(&lab, &["run"], &[]);
                    assert_eq!((found.code, found.started()), (0, true), "{context}: {found:?}");
                    assert_eq!(lab.read(&format!("{directory}/{other}")), text);
                    // From templates nothing is written for it; of the configuration everything is copied.
                    assert!(
                        !lab.path(&format!("home/config/{other}")).exists() || directory == "home/config"
                    );
                    // Its own is judged as ever.
                    lab.write(format!("{directory}/{product}.yml"), "cluster.name: ${UNSET}\n");
                    let found = run(&lab, &CHECK, &[]);
                    assert_eq!(
                        findings(&found),
                        ["error template/unset: variable `UNSET` is not set"],
                        "{context}"
                    );
                }
            }
        }
    }
}

/// Which of the two it will be, nobody knows: both are judged.
#[test]
fn without_a_server_and_a_version_both_products_are_judged() {
    let lab = Lab::new("contents-unknown");
    std::fs::remove_dir_all(lab.path("home")).unwrap();
    for name in ["elasticsearch.yml", "opensearch.yml"] {
        lab.write(format!("templates/{name}"), "cluster.name: ${UNSET}\n");
    }
    let unset = "error template/unset: variable `UNSET` is not set";
    for (words, expected) in [
        (&["--templates", "templates"][..], &[unset, unset][..]),
        (&["--templates", "templates", "--es-version", "os-2.19.6"], &[unset]),
        (&["--templates", "templates", "--es-version", "7.17.29"], &[unset]),
        (&["--config-dir", "templates"], &[unset, unset]),
        (&["--config-dir", "templates", "--es-version", "os-2.19.6"], &[unset]),
    ] {
        let found = run(&lab, &[&CHECK[..], words].concat(), &[]);
        assert_eq!(findings(&found), expected, "{words:?}");
    }
}

/// What is closed in the configuration directory, for the user 1000 and for root who becomes that user, whether it is copied
/// or not: one finding.
#[test]
fn what_is_closed_is_reported_once() {
    if !root("becoming somebody else") {
        return;
    }
    let user = ["setpriv", "--reuid=1000", "--regid=0", "--clear-groups"];
    for main in MAIN {
        for (name, as_user, as_root) in [
            ("d", "template/unreadable", "files/unreadable"),
            ("jvm.options", "template/unreadable", "files/unreadable"),
            ("elasticsearch.yml", "template/unreadable", "files/unreadable"),
        ] {
            let lab = home("once", "elasticsearch", "7.17.29");
            std::fs::create_dir(lab.path("runtime")).unwrap();
            lab.mode("runtime", 0o777);
            lab.write("home/config/elasticsearch.yml", main);
            if name == "d" {
                std::fs::create_dir(lab.path("home/config/d")).unwrap();
            }
            let path = lab.path("home/config").join(name);
            let mode = if name == "d" { 0o700 } else { 0o600 };
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            chown(&path, Some(7), Some(7)).unwrap();
            for (prefix, code) in [(&user[..], as_user), (&[], as_root)] {
                // Root copies what is closed, and gives the copy away.
                let is_copied = prefix.is_empty() && main == MAIN[1];
                let mut command = lab.prefixed(prefix, CHECK);
                command.env("ES_ENTRYPOINT_ALLOW", crate::neighbours::QUIET).env_remove("JAVA_HOME");
                command.env("PATH", format!("{}:/usr/bin:/bin", lab.text("java/bin")));
                let found = crate::lab::ended(command);
                let shown = path.display();
                let expected = match code {
                    _ if is_copied => vec![],
                    "template/unreadable" => vec![format!(
                        "error {code}: `{shown}` is not readable for this user: mode {mode:04o}, owner 7:7"
                    )],
                    _ => vec![format!(
                        "error {code}: user 1000 cannot {} `{shown}`: `{shown}` belongs to 7:7 with mode {mode:04o}",
                        if name == "d" { "look into" } else { "read" }
                    )],
                };
                assert_eq!(findings(&found), expected, "{main} {name} {prefix:?}");
            }
        }
    }
}

/// What cannot be copied, and that nobody needs: links to nowhere, sockets, FIFOs, devices.
#[test]
fn what_is_no_file_is_left_out_of_the_copy() {
    for main in MAIN {
        let lab = home("no-files", "elasticsearch", "7.17.29");
        lab.write("home/config/elasticsearch.yml", main);
        let config = lab.path("home/config");
        symlink("nowhere", config.join("dangling")).unwrap();
        symlink("/dev/null", config.join("masked.yml")).unwrap();
        nix::unistd::mkfifo(&config.join("fifo"), nix::sys::stat::Mode::from_bits_truncate(0o644)).unwrap();
        drop(std::os::unix::net::UnixListener::bind(config.join("socket")).unwrap());
        let found = run(&lab, &CHECK, &[]);
        assert_eq!((found.code, findings(&found)), (0, Vec::new()), "{main}");
        let found = run(&lab, &["run"], &[]);
        assert_eq!((found.code, found.started()), (0, true), "{main}: {found:?}");
    }
}
