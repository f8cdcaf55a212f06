//! Situations that people reported of other images, and those near them.

use crate::lab::{Lab, ended, objects, root};
use crate::neighbours::{CHECK, findings, home, run};
use std::os::unix::fs::{chown, symlink};

/// Other images refuse a secret for its mode, or because it is a link, as all names in a mounted Secret are.
#[test]
fn a_secret_is_read_whatever_its_mode() {
    if !root("becoming the server's user") {
        return;
    }
    let lab = Lab::new("field-secret");
    lab.write("templates/elasticsearch.yml", "cluster.name: ${NAME}\n");
    lab.write("secrets/..1/name", "logs\n");
    symlink("..1", lab.path("secrets/..data")).unwrap();
    symlink("..data/name", lab.path("secrets/name")).unwrap();
    let user = ["setpriv", "--reuid=1000", "--regid=0", "--groups=2000"];
    for (owner, group, mode) in [
        (0, 0, 0o444),
        (0, 0, 0o440),
        (0, 2000, 0o440),
        (1000, 0, 0o400),
        (1000, 0, 0o600),
        (1000, 0, 0o777),
        (0, 0, 0o666),
    ] {
        chown(lab.path("secrets/..1/name"), Some(owner), Some(group)).unwrap();
        lab.mode("secrets/..1/name", mode);
        let mut command = lab.prefixed(&user, ["render", "templates/elasticsearch.yml"]);
        command.env("NAME_FILE", lab.path("secrets/name"));
        let found = ended(command);
        let expected = (0, "cluster.name: logs\n", "");
        assert_eq!((found.code, &*found.output, &*found.errors), expected, "{owner}:{group} {mode:o}");
    }
    chown(lab.path("secrets/..1/name"), Some(0), Some(7)).unwrap();
    lab.mode("secrets/..1/name", 0o440);
    let mut command =
        lab.prefixed(&user, ["render", "templates/elasticsearch.yml", "--message-format", "json"]);
    command.env("NAME_FILE", lab.path("secrets/name"));
    let found = ended(command);
    let message = format!(
        "`NAME_FILE` names `{}`, which cannot be used: is not readable: permission denied",
        lab.text("secrets/name")
    );
    assert_eq!((found.code, objects(&found.errors)[0]["message"].as_str()), (78, Some(&*message)));
}

/// A volume that is empty at first is mounted over the configuration.
#[test]
fn an_empty_directory_hides_the_configuration() {
    for (product, version, name, lost) in [
        ("elasticsearch", "5.6.16", "Elasticsearch", "`log4j2.properties`"),
        ("elasticsearch", "6.8.23", "Elasticsearch", "`log4j2.properties` and no `jvm.options`"),
        ("elasticsearch", "8.19.21", "Elasticsearch", "`log4j2.properties` and no `jvm.options`"),
        ("opensearch", "3.2.0", "OpenSearch", "`log4j2.properties` and no `jvm.options`"),
    ] {
        let lab = home("empty", product, version);
        std::fs::remove_dir_all(lab.path("home/config")).unwrap();
        std::fs::create_dir(lab.path("home/config")).unwrap();
        lab.mode("home/config", 0o777);
        let found = run(&lab, &CHECK, &[]);
        let expected = format!(
            "error files/missing: `{}` has no {lost}, without which {name} {version} does not start",
            lab.text("home/config")
        );
        assert_eq!((found.code, findings(&found)), (78, vec![expected]), "{version}");
        assert_eq!(run(&lab, &["run"], &[]).code, 78, "{version}");
    }
    // 2.x starts with it.
    let lab = Lab::new("field-empty");
    let found = lab.start(&[]);
    assert_eq!((found.code, found.started()), (0, true), "{found:?}");
}

/// What `envsubst` and its like take for theirs.
#[test]
fn dollars_of_others_stay() {
    let lab = Lab::new("field-dollars");
    let text = "# $host ${COMMENT}\na: $host $1 $$Value $$ $(x) %{[host]} $\nb: \"$http_host\"\nc: ${A:-${B:-${C:-d}}}\n";
    lab.write("other.yml", text);
    lab.write("nginx.conf", "proxy_set_header Host $host; rewrite ^/(.*)$ /$1; # $$Value ${A:-x}\n");
    let command = lab.command(["render", "other.yml"]);
    let found = ended(command);
    assert_eq!((found.code, found.output), (0, text.replace("${A:-${B:-${C:-d}}}", "d")), "{}", found.errors);
    let found = ended(lab.command(["render", "nginx.conf"]));
    let expected = "proxy_set_header Host $host; rewrite ^/(.*)$ /$1; # $$Value x\n";
    assert_eq!((found.code, found.output.as_str()), (0, expected), "{}", found.errors);
}

/// A namespace of thousands of Services: nearly as much environment as the kernel takes.
#[test]
fn a_huge_environment_is_no_obstacle() {
    let lab = Lab::new("field-environment");
    let value = "x".repeat(100);
    for words in [&["check", "--host"][..], &["run"]] {
        let mut command = lab.command(words);
        command.envs((0..12_000).map(|index| (format!("SHOP_{index}_SERVICE_NAME"), &value)));
        let found = ended(command);
        assert_eq!(found.code, 0, "{found:?}");
        assert!(!found.errors.contains("warn"), "{}", found.errors);
        assert!(found.started() || words[0] == "check");
    }
}
