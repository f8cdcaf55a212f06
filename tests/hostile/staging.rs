//! Where the configuration goes, again and again: staged or in place, first start or the tenth.

use crate::lab::{Lab, ended, root};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

const TEMPLATE: &str = "cluster.name: ${NAME:-first}\n";

#[test]
fn the_built_in_template_starts_a_single_node() {
    let lab = Lab::new("built-in");
    let found = lab.start(&[]);
    assert_eq!(found.code, 0, "{found:?}");
    assert!(found.output.contains(&format!("CONFIGURATION {}", lab.text("runtime/config"))), "{found:?}");
    assert_eq!(lab.names("runtime/config"), ["elasticsearch.yml", "logging.yml"]);
    assert_eq!(lab.names("home/config"), [""; 0]);
}

#[test]
fn the_server_can_read_its_configuration_whatever_the_umask() {
    let lab = Lab::new("umask");
    lab.write("home/config/elasticsearch.yml", TEMPLATE);
    lab.write("home/config/sub/plain.txt", "plain");
    let mut command = lab.prefixed(&["sh", "-c", "umask 077; exec \"$@\"", "sh"], ["run"]);
    command.env("ES_ENTRYPOINT_RUNTIME_DIR", lab.path("a/b/runtime"));
    let found = ended(command);
    assert_eq!(found.code, 0, "{found:?}");
    assert!(found.output.contains("FILE elasticsearch.yml\ncluster.name: first\n"), "{found:?}");
    let mode = |name: &str| std::fs::metadata(lab.path(name)).unwrap().permissions().mode() & 0o7777;
    for name in ["a", "a/b", "a/b/runtime"] {
        assert_eq!(mode(name), 0o755, "{name}");
    }
    for name in ["a/b/runtime/config", "a/b/runtime/config/sub"] {
        assert_eq!(mode(name), 0o750, "{name}");
    }
    // The child's is the one that we got.
    assert!(found.output.contains("umask=0077"), "{found:?}");
}

#[test]
fn a_second_start_takes_over_what_the_first_left() {
    let lab = Lab::new("again");
    lab.write("home/config/elasticsearch.yml", TEMPLATE);
    lab.write("home/config/scripts/a.groovy", "1");
    lab.write("home/config/b", "2");
    assert_eq!(lab.start(&[]).code, 0);
    let before = std::fs::metadata(lab.path("runtime/config/elasticsearch.yml")).unwrap();
    // What changes its kind, what goes, what a killed run left, what somebody put there.
    std::fs::remove_dir_all(lab.path("home/config/scripts")).unwrap();
    std::fs::remove_file(lab.path("home/config/b")).unwrap();
    lab.write("home/config/scripts", "now a file");
    lab.write("home/config/b/c", "now a directory");
    lab.write("runtime/config/.elasticsearch.yml.es-entrypoint-99999-0", "half");
    lab.write("runtime/config/alien/x", "alien");
    let found = lab.start(&[]);
    assert_eq!(found.code, 0, "{found:?}");
    assert_eq!(lab.names("runtime/config"), ["b", "elasticsearch.yml", "scripts"]);
    assert_eq!(lab.read("runtime/config/scripts"), "now a file");
    assert_eq!(lab.read("runtime/config/b/c"), "now a directory");
    let after = std::fs::metadata(lab.path("runtime/config/elasticsearch.yml")).unwrap();
    let identity = |it: &std::fs::Metadata| (it.ino(), it.mtime(), it.mtime_nsec());
    assert_eq!(identity(&before), identity(&after), "the same content is not written again");
    assert_eq!(lab.read("home/config/elasticsearch.yml"), TEMPLATE, "the user's file is never changed");
}

#[test]
fn links_in_the_staged_directory_lead_nowhere() {
    let lab = Lab::new("planted");
    lab.write("home/config/elasticsearch.yml", TEMPLATE);
    lab.write("home/config/plain", "plain");
    lab.write("home/config/shield/users", "${A:-rendered}");
    lab.write("precious", "precious");
    lab.write("directory/users", "precious");
    // The server owns this directory: what it leaves there must not send root elsewhere.
    std::fs::create_dir_all(lab.path("runtime/config")).unwrap();
    for (link, target) in [("elasticsearch.yml", "precious"), ("plain", "precious"), ("shield", "directory")]
    {
        symlink(lab.path(target), lab.path("runtime/config").join(link)).unwrap();
    }
    let found = lab.start(&[]);
    assert_eq!(found.code, 0, "{found:?}");
    assert_eq!(lab.read("precious"), "precious");
    assert_eq!(lab.read("directory/users"), "precious");
    assert_eq!(lab.read("runtime/config/elasticsearch.yml"), "cluster.name: first\n");
    assert_eq!(lab.read("runtime/config/shield/users"), "rendered");
}

#[test]
fn a_config_map_with_directories() {
    let lab = Lab::new("config-map");
    lab.write("home/config/..2024_01/elasticsearch.yml", TEMPLATE);
    lab.write("home/config/..2024_01/scripts/a.groovy", "1");
    let config = lab.path("home/config");
    symlink("..2024_01", config.join("..data")).unwrap();
    symlink("..data/elasticsearch.yml", config.join("elasticsearch.yml")).unwrap();
    symlink("..data/scripts", config.join("scripts")).unwrap();
    let found = lab.start(&[]);
    assert_eq!(found.code, 0, "{found:?}");
    assert_eq!(lab.names("runtime/config"), ["elasticsearch.yml", "scripts"]);
    assert_eq!(lab.read("runtime/config/scripts/a.groovy"), "1");
    // Rotated: the next start sees the new content.
    lab.write("home/config/..2024_02/elasticsearch.yml", "cluster.name: ${NAME:-second}\n");
    std::fs::remove_file(config.join("..data")).unwrap();
    symlink("..2024_02", config.join("..data")).unwrap();
    std::fs::remove_file(config.join("scripts")).unwrap();
    let found = lab.start(&[]);
    assert_eq!(found.code, 0, "{found:?}");
    assert_eq!(lab.names("runtime/config"), ["elasticsearch.yml"]);
    assert_eq!(lab.read("runtime/config/elasticsearch.yml"), "cluster.name: second\n");
}

#[test]
fn templates_of_an_image_go_into_the_configuration_directory() {
    let lab = Lab::new("image");
    lab.write("home/config-templates/elasticsearch.yml", TEMPLATE);
    lab.write("home/config-templates/deep/er/x.txt", "${A:-a}");
    lab.write("home/config/mine.txt", "mine");
    let found = lab.start(&[]);
    assert_eq!(found.code, 0, "{found:?}");
    // The server needs a directory for scripts, and could not make it here.
    let mut names = vec!["deep", "elasticsearch.yml", "mine.txt"];
    names.extend(nix::unistd::geteuid().is_root().then_some("scripts"));
    assert_eq!(lab.names("home/config"), names);
    assert_eq!(lab.read("home/config/deep/er/x.txt"), "a");
    assert_eq!(lab.names("runtime"), [""; 0]);
}

#[test]
fn nobody_starts_the_server_too() {
    if !root("becoming somebody else") {
        return;
    }
    let lab = Lab::new("nobody");
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    lab.write("home/config/elasticsearch.yml", TEMPLATE);
    // Named, and it cannot be made.
    let found = ended(lab.prefixed(&nobody, ["run"]));
    assert_eq!((found.code, found.started()), (73, false), "{found:?}");
    assert!(
        found.errors.contains(&format!("`{}` cannot be created: permission denied", lab.text("runtime")))
    );
    assert!(found.errors.contains("ES_ENTRYPOINT_RUNTIME_DIR"), "{found:?}");
    // The default one cannot be made either: the temporary directory serves.
    lab.write("tmp/x", "");
    lab.mode("tmp", 0o1777);
    for _ in 0..2 {
        let mut command = lab.prefixed(&nobody, ["run"]);
        command.env_remove("ES_ENTRYPOINT_RUNTIME_DIR").env("TMPDIR", lab.path("tmp"));
        let found = ended(command);
        assert_eq!(found.code, 0, "{found:?}");
        assert!(found.output.contains("STARTED uid=65534 gid=65534"), "{found:?}");
        let config = lab.text("tmp/es-entrypoint-65534/config");
        assert!(
            found.output.contains(&format!("CONFIGURATION {config}\nFILE elasticsearch.yml\ncluster")),
            "{found:?}"
        );
    }
    // Somebody else was there first.
    std::fs::remove_dir_all(lab.path("tmp/es-entrypoint-65534")).unwrap();
    for make in [true, false] {
        if make {
            std::fs::create_dir(lab.path("tmp/es-entrypoint-65534")).unwrap();
            lab.mode("tmp/es-entrypoint-65534", 0o777);
        } else {
            std::fs::remove_dir(lab.path("tmp/es-entrypoint-65534")).unwrap();
            symlink(lab.path("home/data"), lab.path("tmp/es-entrypoint-65534")).unwrap();
        }
        let mut command = lab.prefixed(&nobody, ["run"]);
        command.env_remove("ES_ENTRYPOINT_RUNTIME_DIR").env("TMPDIR", lab.path("tmp"));
        let found = ended(command);
        assert_eq!((found.code, found.started()), (73, false), "{found:?}");
    }
}

#[test]
fn the_child_gets_what_we_got() {
    let lab = Lab::new("child");
    let mut command = lab.prefixed(
        &["sh", "-c", "umask 027; exec 7<\"$JAVA_HOME/bin/java\"; exec \"$@\"", "sh"],
        ["run", "--", "sh", "-c", "umask; pwd; head -n 1 <&7; env"],
    );
    command.env("ODD", "two\nlines").env("EMPTY", "");
    let found = ended(command);
    assert_eq!(found.code, 0, "{found:?}");
    let begin = format!("0027\n{}\n#!/bin/sh\n", lab.text("").trim_end_matches('/'));
    let environment = found.output.strip_prefix(&begin).unwrap_or_else(|| panic!("{found:?}"));
    for pair in ["ODD=two\nlines\n", "EMPTY=\n", "ES_ENTRYPOINT_ALLOW=", "JAVA_HOME="] {
        assert!(environment.contains(pair), "{pair}: {found:?}");
    }
}

/// What may be allowed is a judgement; what is missing stays missing.
#[test]
fn nothing_starts_with_less_than_everything() {
    let lab = Lab::new("allowed");
    lab.write("secret", "x");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME}\n");
    for (file, code) in [("secret", "env/both-file-and-value"), ("missing", "env/unreadable-file")] {
        let mut command = lab.command(["run", "--allow", code]);
        command.env("NAME_FILE", lab.path(file));
        if file == "secret" {
            command.env("NAME", "x");
        }
        let found = ended(command);
        assert_eq!((found.code, found.started()), (78, false), "{code}: {found:?}");
        assert_eq!(lab.names("runtime"), [""; 0]);
    }
    if !root("being root") {
        return;
    }
    for user in ["bogus", "4294967296", "1000:bogus"] {
        for level in ["--allow", "--warn"] {
            let line = ["--user", user, level, "host/user", "--allow", "host/root", "--", "id"];
            let found = lab.start(&line);
            assert_eq!((found.code, found.output.as_str()), (78, ""), "{user} {level}: {found:?}");
        }
    }
}

#[test]
fn much_text_is_not_kept_in_memory() {
    let lab = Lab::new("much");
    for index in 0..20 {
        let file = std::fs::File::create(lab.path(&format!("home/config/{index}.dic"))).unwrap();
        file.set_len(16 << 20).unwrap();
    }
    lab.write("home/config/elasticsearch.yml", "cluster.name: x\n");
    let limited = ["sh", "-c", "ulimit -v 200000; exec \"$@\"", "sh"];
    let found = ended(lab.prefixed(&limited, ["check", "--host"]));
    assert_eq!(found.code, 0, "{found:?}");
    // As templates they would all be in memory at once.
    let found =
        ended(lab.prefixed(&limited, ["check", "--templates", "home/config", "--message-format", "json"]));
    assert_eq!(found.code, 78, "{found:?}");
    assert!(found.output.contains("makes the templates larger than 128 MiB together"), "{found:?}");
}

#[test]
fn the_server_gets_paths_that_hold_wherever_it_goes() {
    let lab = Lab::new("relative");
    lab.write("settings/elasticsearch.yml", "cluster.name: x\n");
    lab.write("templates/elasticsearch.yml", TEMPLATE);
    // The root of a volume has one that only root may enter.
    lab.write("settings/lost+found/x", "");
    for (words, directory) in [
        (&["--runtime-dir", "rel"][..], "rel/config"),
        (&["--config-dir", "settings"], "settings"),
        (&["--config-dir", "./settings", "--templates", "templates"], "settings"),
    ] {
        let found = lab.start(words);
        assert_eq!(found.code, 0, "{words:?}: {found:?}");
        assert!(
            found.output.contains(&format!("CONFIGURATION {}\n", lab.text(directory))),
            "{words:?}: {found:?}"
        );
    }
}
