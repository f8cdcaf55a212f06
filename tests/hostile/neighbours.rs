//! What stands beside the main file: files that are missing, are directories or mounts, or that the server writes itself.

use crate::lab::{Ended, Lab, codes, ended, objects, root};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::process::Command;

pub(crate) const QUIET: &str = "host/nofile,host/max-map-count,host/nproc,host/memory,host/root,host/java-version,heap/over-limit,keystore/corrupt,\
                     discovery/loopback,discovery/multicast";

/// Does what the launcher and the server do: from 6.3 on a keystore, from 8.0 on certificates and a block of settings where
/// security is not set and there is no data, each in a new file that takes the name. Then it tells what the configuration
/// is.
pub(crate) const SERVER: &str = r#"#!/bin/sh
home=$(cd "$(dirname "$0")/.." && pwd)
conf=${ES_PATH_CONF:-${OPENSEARCH_PATH_CONF:-$home/config}}
yml=$conf/elasticsearch.yml
if [ -n "$AUTO" ] && [ ! -e "$home/data/node" ] && ! grep -q '^xpack.security.enabled' "$yml"; then
    [ ! -e "$conf/certs" ] || mv "$conf/certs" "$conf/certs.orig" || exit 74
    mkdir "$conf/certs" && echo "made once" > "$conf/certs/http.p12" || exit 78
    echo "passwords" > "$conf/elasticsearch.keystore.tmp"
    mv -f "$conf/elasticsearch.keystore.tmp" "$conf/elasticsearch.keystore" || exit 74
    {
        cat "$yml"
        echo
        echo '#----------------------- BEGIN SECURITY AUTO CONFIGURATION -----------------------'
        echo 'xpack.security.enabled: true'
        echo 'xpack.security.http.ssl:'
        echo '  enabled: true'
        echo '  keystore.path: certs/http.p12'
        echo "cluster.initial_master_nodes: [\"first\"]"
        echo '#----------------------- END SECURITY AUTO CONFIGURATION -------------------------'
    } > "$yml.tmp"
    mv -f "$yml.tmp" "$yml" || exit 74
fi
[ -z "$KEYSTORE" ] || [ -e "$conf/$KEYSTORE" ] || echo seed > "$conf/$KEYSTORE" || exit 78
mkdir -p "$home/data/_state" && : > "$home/data/node"
if grep -q '^  keystore.path: certs/http.p12' "$yml" 2>/dev/null && [ -e "$conf/certs/http.p12" ]; then
    echo HTTPS
else
    echo HTTP
fi
echo "STARTED $conf"
"#;

/// A complete home of that version, whose server is the script above. The configuration belongs to the server's user.
pub(crate) fn home(name: &str, product: &str, version: &str) -> Lab {
    let lab = Lab::new(&format!("neighbours-{name}"));
    std::fs::remove_file(lab.path("home/lib/elasticsearch-2.3.4.jar")).unwrap();
    lab.write(format!("home/lib/{product}-{version}.jar"), "");
    lab.write("home/lib/lucene-core-9.jar", "");
    lab.write(format!("home/bin/{product}"), SERVER);
    lab.write("home/jdk/bin/java", "#!/bin/sh\n");
    lab.write("java/bin/java", SERVER);
    for program in [&*format!("home/bin/{product}"), "home/jdk/bin/java", "java/bin/java"] {
        lab.mode(program, 0o755);
    }
    lab.write(format!("home/config/{product}.yml"), "cluster.name: neighbours\n");
    lab.write("home/config/log4j2.properties", "status = error\n");
    lab.write("home/config/jvm.options", "-Xms64m\n-Xmx64m\n");
    // The launcher of 8.0 and later writes into it.
    lab.mode(&format!("home/config/{product}.yml"), 0o666);
    lab.mode("home/config", 0o777);
    lab
}

pub(crate) fn run(lab: &Lab, words: &[&str], variables: &[(&str, &str)]) -> Ended {
    ended(command(lab, words, variables))
}

/// The same, not started yet.
pub(crate) fn command(lab: &Lab, words: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = lab.command(words);
    command.env("ES_ENTRYPOINT_ALLOW", QUIET).envs(variables.iter().copied());
    command.env_remove("JAVA_HOME").env("PATH", format!("{}:/usr/bin:/bin", lab.text("java/bin")));
    command
}

/// The same among mounts that these commands make.
pub(crate) fn mounted(lab: &Lab, mounts: &str, words: &[&str], variables: &[(&str, &str)]) -> Ended {
    let script = format!("set -e; {mounts}; exec \"$@\"");
    let mut command = lab.prefixed(&["unshare", "--mount", "sh", "-c", &script, "sh"], words);
    command.env("ES_ENTRYPOINT_ALLOW", QUIET).envs(variables.iter().copied());
    command.env_remove("JAVA_HOME").env("PATH", format!("{}:/usr/bin:/bin:/usr/sbin", lab.text("java/bin")));
    ended(command)
}

/// Code, severity and message of each finding of `check`.
pub(crate) fn findings(found: &Ended) -> Vec<String> {
    let text = |object: &serde_json::Value, name: &str| object[name].as_str().unwrap_or_default().to_owned();
    objects(&found.output)
        .iter()
        .map(|it| format!("{} {}: {}", text(it, "severity"), text(it, "code"), text(it, "message")))
        .collect()
}

pub(crate) const CHECK: [&str; 3] = ["check", "--message-format", "json"];

#[test]
fn a_directory_where_a_file_should_be() {
    for (product, version, name) in [
        ("elasticsearch", "2.3.4", "config/elasticsearch.yml"),
        ("elasticsearch", "2.3.4", "config/logging.yml"),
        ("elasticsearch", "5.6.16", "config/jvm.options"),
        ("elasticsearch", "7.17.29", "config/elasticsearch.yml"),
        ("elasticsearch", "7.17.29", "config/jvm.options"),
        ("elasticsearch", "8.19.21", "config/log4j2.properties"),
        ("opensearch", "2.19.6", "config/opensearch.yml"),
        ("opensearch", "2.19.6", "config/log4j2.properties"),
        ("elasticsearch", "2.3.4", "config-templates/elasticsearch.yml"),
        ("elasticsearch", "9.2.0", "config-templates/jvm.options"),
    ] {
        let lab = home("directory", product, version);
        let _ = std::fs::remove_file(lab.path("home").join(name));
        std::fs::create_dir_all(lab.path("home").join(name)).unwrap();
        if name.starts_with("config-templates") {
            lab.write("home/config-templates/other.txt", "${A:-b}\n");
        }
        let found = run(&lab, &CHECK, &[]);
        assert_eq!(found.code, 78, "{version} {name}: {found:?}");
        let path = lab.path("home").join(name);
        let message = format!("`{}` is a directory, not a regular file", path.display());
        let object = &objects(&found.output)[0];
        assert_eq!(findings(&found), [format!("error template/unreadable: {message}")], "{version} {name}");
        assert_eq!(object["file"], path.to_str().unwrap());
        assert_eq!(
            object["help"],
            "Docker makes a directory where the file that is to be mounted does not exist on the host: correct the source \
             of the mount, and remove the directory that was made there"
        );
        let found = run(&lab, &["run"], &[]);
        assert_eq!((found.code, found.started()), (78, false), "{version} {name}: {found:?}");
    }
}

#[test]
fn a_directory_with_a_name_that_the_server_does_not_read() {
    for (product, version, name) in [
        ("elasticsearch", "2.3.4", "jvm.options"),
        ("elasticsearch", "2.3.4", "log4j2.properties"),
        ("elasticsearch", "2.3.4", "opensearch.yml"),
        ("elasticsearch", "7.17.29", "logging.yml"),
        ("opensearch", "2.19.6", "elasticsearch.yml"),
    ] {
        let lab = home("harmless", product, version);
        let _ = std::fs::remove_file(lab.path("home/config").join(name));
        std::fs::create_dir(lab.path("home/config").join(name)).unwrap();
        let found = run(&lab, &CHECK, &[]);
        assert_eq!((found.code, found.output.as_str()), (0, ""), "{version} {name}: {found:?}");
    }
}

#[test]
fn a_mounted_directory_hides_the_files_of_the_image() {
    for (product, version, removed, lost) in [
        ("elasticsearch", "5.6.16", &["log4j2.properties", "jvm.options"][..], "`log4j2.properties`"),
        ("elasticsearch", "6.2.4", &["jvm.options"], "`jvm.options`"),
        (
            "elasticsearch",
            "7.17.29",
            &["log4j2.properties", "jvm.options"],
            "`log4j2.properties` and no `jvm.options`",
        ),
        ("elasticsearch", "8.19.21", &["log4j2.properties"], "`log4j2.properties`"),
        ("opensearch", "2.19.6", &["jvm.options"], "`jvm.options`"),
    ] {
        // The same whether the files are used where they are, or copied.
        for text in ["cluster.name: x\n", "cluster.name: ${NAME:-x}\n"] {
            let lab = home("hidden", product, version);
            lab.write(format!("home/config/{product}.yml"), text);
            for name in removed {
                std::fs::remove_file(lab.path("home/config").join(name)).unwrap();
            }
            let found = run(&lab, &CHECK, &[]);
            let (config, name) = (
                lab.text("home/config"),
                if product == "opensearch" { "OpenSearch" } else { "Elasticsearch" },
            );
            assert_eq!(
                findings(&found),
                [format!(
                    "error files/missing: `{config}` has no {lost}, without which {name} {version} does not start"
                )]
            );
            assert_eq!(
                objects(&found.output)[0]["help"],
                format!(
                    "a directory that is mounted there hides the files of the image: mount `{product}.yml` alone, \
                     `-v ./{product}.yml:{config}/{product}.yml` or a `subPath`, or put the files of the distribution into \
                     the directory"
                )
            );
            assert_eq!(run(&lab, &["run"], &[]).code, 78);
            // A template is as good.
            for name in removed {
                lab.write(format!("home/config-templates/{name}"), "# ours\n");
            }
            lab.write(format!("home/config-templates/{product}.yml"), text);
            assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0], "{version}");
        }
    }
    // 2.x needs neither, and the file for the log may stand below.
    let lab = home("hidden-2", "elasticsearch", "2.3.4");
    for name in ["log4j2.properties", "jvm.options"] {
        std::fs::remove_file(lab.path("home/config").join(name)).unwrap();
    }
    assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0]);
    let lab = home("hidden-below", "elasticsearch", "7.17.29");
    std::fs::remove_file(lab.path("home/config/log4j2.properties")).unwrap();
    lab.write("home/config/logs/log4j2.properties", "");
    assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0]);
    // What is no whole distribution may never have had the files, unless a mount hides them.
    let lab = home("hidden-mount", "elasticsearch", "7.17.29");
    std::fs::remove_file(lab.path("home/config/log4j2.properties")).unwrap();
    std::fs::remove_file(lab.path("home/lib/lucene-core-9.jar")).unwrap();
    assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0]);
    if root("mounting") {
        let config = lab.text("home/config");
        let found = mounted(&lab, &format!("mount --bind {config} {config}"), &CHECK, &[]);
        assert_eq!(codes(&found.output), ["error files/missing"], "{found:?}");
    }
    lab.write("home/lib/lucene-core-9.jar", "");
    // Judged for another version than the one that is here, nothing can be said about its files.
    let found = run(&lab, &["check", "--message-format", "json", "--es-version", "8.19.21"], &[]);
    assert!(!found.output.contains("files/missing"), "{found:?}");
}

#[test]
fn a_keystore_that_has_to_be_made_is_made_in_a_copy() {
    if !root("becoming the server's user") {
        return;
    }
    // What is copied stays as it is. From 8.0 on, security is the user's here.
    let (text, secured) = ("cluster.name: x\nnode.attr.x: $${A}\n", "xpack.security.enabled: false\n");
    for (product, version, keystore, is_staged) in [
        ("elasticsearch", "5.6.16", "", false),
        ("elasticsearch", "6.2.4", "", false),
        ("elasticsearch", "6.8.23", "elasticsearch.keystore", true),
        ("elasticsearch", "7.17.29", "elasticsearch.keystore", true),
        ("elasticsearch", "8.19.21", "elasticsearch.keystore", true),
        ("opensearch", "2.19.6", "opensearch.keystore", true),
    ] {
        let lab = home("keystore", product, version);
        let text = if version.starts_with('8') { format!("{text}{secured}") } else { text.to_owned() };
        lab.write(format!("home/config/{product}.yml"), text);
        lab.mode("home/config", 0o755);
        let variables = [("KEYSTORE", keystore)];
        for _ in 0..2 {
            assert_eq!(findings(&run(&lab, &CHECK, &variables)), [""; 0], "{version}");
            let found = run(&lab, &["run", "--user", "1000:1000"], &variables);
            assert_eq!(found.code, 0, "{version}: {found:?}");
            let expected = if is_staged { "runtime/config" } else { "home/config" };
            if product == "opensearch" || version != "5.6.16" {
                assert!(
                    found.output.contains(&format!("STARTED {}", lab.text(expected))),
                    "{version}: {found:?}"
                );
            }
            if is_staged {
                for name in ["log4j2.properties", "jvm.options", &*format!("{product}.yml")] {
                    assert_eq!(
                        lab.read(&format!("runtime/config/{name}")),
                        lab.read(&format!("home/config/{name}"))
                    );
                }
                assert_eq!(lab.read(&format!("runtime/config/{keystore}")), "seed\n", "{version}");
                assert!(!lab.names("home/config").contains(&keystore.to_owned()));
            }
        }
        if !is_staged {
            continue;
        }
        // Where there is one, and where the server can make one, no copy is needed.
        lab.write(format!("home/config/{keystore}"), "given\n");
        let found = run(&lab, &["run", "--user", "1000:1000"], &variables);
        assert!(
            found.output.contains(&format!("STARTED {}", lab.text("home/config"))),
            "{version}: {found:?}"
        );
        std::fs::remove_file(lab.path(&format!("home/config/{keystore}"))).unwrap();
        // The one of the copy would be lost.
        std::fs::remove_dir_all(lab.path("runtime")).unwrap();
        for (owner, mode) in [((1000, 0), 0o755), ((0, 1000), 0o775), ((0, 0), 0o777)] {
            chown(lab.path("home/config"), Some(owner.0), Some(owner.1)).unwrap();
            lab.mode("home/config", mode);
            let found = run(&lab, &["run", "--user", "1000:1000"], &variables);
            assert!(
                found.output.contains(&format!("STARTED {}", lab.text("home/config"))),
                "{version}: {found:?}"
            );
            std::fs::remove_file(lab.path(&format!("home/config/{keystore}"))).unwrap();
        }
    }
}

#[test]
fn the_directory_for_scripts_is_there_for_2_and_5() {
    if !root("becoming the server's user") {
        return;
    }
    for version in ["2.3.4", "5.6.16"] {
        let lab = home("scripts", "elasticsearch", version);
        lab.mode("home/config", 0o755);
        assert_eq!(run(&lab, &["run", "--user", "1000:1000"], &[]).code, 0);
        let scripts = std::fs::metadata(lab.path("home/config/scripts")).unwrap();
        assert_eq!(std::os::unix::fs::MetadataExt::uid(&scripts), 1000, "{version}");
        // Where it can make one itself, or needs none, nothing is made.
        for (settings, mode) in [("", 0o777), ("path.scripts: /usr\n", 0o755)] {
            std::fs::remove_dir(lab.path("home/config/scripts")).ok();
            lab.write("home/config/elasticsearch.yml", format!("cluster.name: x\n{settings}"));
            lab.mode("home/config", mode);
            assert_eq!(run(&lab, &["run", "--user", "1000:1000"], &[]).code, 0);
            assert!(!lab.path("home/config/scripts").exists(), "{version} {settings}");
        }
        // On a file system that takes none, the server gets a copy.
        lab.write("home/config/elasticsearch.yml", "cluster.name: x\n");
        let config = lab.text("home/config");
        let mount = format!("mount --bind {config} {config}; mount -o remount,bind,ro {config}");
        let found = mounted(&lab, &mount, &["run", "--user", "1000:1000"], &[]);
        assert_eq!(found.code, 0, "{found:?}");
        assert_eq!(lab.read("runtime/config/elasticsearch.yml"), "cluster.name: x\n");
    }
}

#[test]
fn a_copy_beside_templates_has_everything_else_too() {
    if !root("mounting") {
        return;
    }
    let lab = home("others", "elasticsearch", "8.19.21");
    let text = "cluster.name: ${NAME:-rendered}\nxpack.security.enabled: false\n";
    lab.write("home/config-templates/elasticsearch.yml", text);
    lab.write("home/config/jvm.options.d/heap.options", "-Xss2m\n");
    let config = lab.text("home/config");
    let mount = format!("mount --bind {config} {config}; mount -o remount,bind,ro {config}");
    for _ in 0..2 {
        assert_eq!(findings(&mounted(&lab, &mount, &CHECK, &[])), [""; 0]);
        let found = mounted(&lab, &mount, &["run"], &[("KEYSTORE", "elasticsearch.keystore")]);
        assert_eq!(found.code, 0, "{found:?}");
        let rendered = text.replace("${NAME:-rendered}", "rendered");
        assert_eq!(lab.read("runtime/config/elasticsearch.yml"), rendered);
        for name in ["log4j2.properties", "jvm.options", "jvm.options.d/heap.options"] {
            assert_eq!(lab.read(&format!("runtime/config/{name}")), lab.read(&format!("home/config/{name}")));
        }
    }
}

/// How the configuration of a home is used: as it is, copied for its placeholder, or rendered from templates.
const USES: [(&str, &str); 3] =
    [("as-it-is", "home/config"), ("staged", "runtime/config"), ("in-place", "home/config")];

#[test]
fn what_the_launcher_wrote_is_there_at_the_second_start() {
    for (use_of_it, directory) in USES {
        let lab = home(&format!("twice-{use_of_it}"), "elasticsearch", "8.19.21");
        let text = "# ours\ncluster.name: ${NAME:-x}\n";
        match use_of_it {
            "as-it-is" => lab.write("home/config/elasticsearch.yml", "# nothing set\n"),
            "staged" => lab.write("home/config/elasticsearch.yml", text),
            _ => lab.write("home/config-templates/elasticsearch.yml", text),
        }
        let variables = [("AUTO", "1"), ("KEYSTORE", "elasticsearch.keystore")];
        let mut written = Vec::new();
        for start in 1..=3 {
            let found = run(&lab, &["run"], &variables);
            assert_eq!(found.code, 0, "{use_of_it} {start}: {found:?}");
            assert!(found.output.starts_with("HTTPS\n"), "{use_of_it} {start}: {found:?}");
            assert!(!found.errors.contains("warning"), "{use_of_it} {start}: {found:?}");
            written.push(lab.read(&format!("{directory}/elasticsearch.yml")));
            assert_eq!(
                lab.read(&format!("{directory}/elasticsearch.keystore")),
                "passwords\n",
                "{use_of_it}"
            );
            assert_eq!(lab.read(&format!("{directory}/certs/http.p12")), "made once\n", "{use_of_it}");
        }
        assert_eq!(written[1], written[2], "{use_of_it}: the block is carried once");
        // What was carried is judged: the list of first masters is the launcher's own, and no mistake.
        assert_eq!(findings(&run(&lab, &CHECK, &[])), [""; 0], "{use_of_it}");
        if use_of_it == "as-it-is" {
            assert!(lab.names("runtime").is_empty());
            continue;
        }
        let source = if use_of_it == "staged" { "home/config" } else { "home/config-templates" };
        lab.write(format!("{source}/elasticsearch.yml"), format!("{text}xpack.security.enabled: false\n"));
        let found = run(&lab, &CHECK, &[]);
        assert_eq!(codes(&found.output), ["error settings/duplicate-key"], "{use_of_it}: {found:?}");
        // Another value for the placeholder changes the rest, and nothing else.
        lab.write(format!("{source}/elasticsearch.yml"), text);
        let found = run(&lab, &["run"], &[("NAME", "other")]);
        assert!(found.output.starts_with("HTTPS\n"), "{use_of_it}: {found:?}");
        let changed = lab.read(&format!("{directory}/elasticsearch.yml"));
        assert_eq!(changed, written[2].replace("cluster.name: x", "cluster.name: other"), "{use_of_it}");
    }
}

/// The file has nothing but comments, so that it is no template, and the server may not write there.
#[test]
fn what_the_launcher_wrote_into_a_plain_copy_is_there_too() {
    if !root("becoming the server's user") {
        return;
    }
    let lab = home("plain", "elasticsearch", "8.19.21");
    lab.write("home/config/elasticsearch.yml", "# nothing set\n");
    lab.mode("home/config", 0o755);
    let variables = [("AUTO", "1"), ("KEYSTORE", "elasticsearch.keystore")];
    for _ in 0..3 {
        let found = run(&lab, &["run", "--user", "1000:1000"], &variables);
        assert!(found.output.starts_with("HTTPS\n"), "{found:?}");
        assert!(!found.errors.contains("warning"), "{found:?}");
        assert_eq!(findings(&run(&lab, &CHECK, &variables)), [""; 0]);
    }
    assert_eq!(lab.read("home/config/elasticsearch.yml"), "# nothing set\n");
    assert_eq!(lab.read("runtime/config/elasticsearch.yml").matches("BEGIN SECURITY").count(), 1);
}

/// A copy on a file system that does not outlive the container.
#[test]
fn what_is_lost_all_the_same_is_said() {
    let lab = home("lost", "elasticsearch", "8.19.21");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    let variables = [("AUTO", "1"), ("KEYSTORE", "elasticsearch.keystore")];
    assert!(run(&lab, &["run"], &variables).output.starts_with("HTTPS\n"));
    std::fs::remove_dir_all(lab.path("runtime")).unwrap();
    let line = format!(
        "es-entrypoint: info: security is on and TLS is not: the data is in use, so that Elasticsearch 8.19.21 makes no \
         certificates any more, and {} holds none of an earlier start; keep that directory with the data \
         (ES_ENTRYPOINT_RUNTIME_DIR on a volume), or configure xpack.security yourself\n",
        lab.text("runtime/config")
    );
    assert!(run(&lab, &["check"], &[]).errors.contains(&line));
    let found = run(&lab, &["run"], &variables);
    assert!(found.output.starts_with("HTTP\n") && found.errors.contains(&line), "{found:?}");
    // Where security is configured, or switched off, it is the user's decision.
    for text in ["xpack.security.enabled: false\n", "xpack.security.http.ssl.enabled: true\n"] {
        lab.write("home/config/elasticsearch.yml", format!("cluster.name: ${{NAME:-x}}\n{text}"));
        assert!(!run(&lab, &["check"], &[]).errors.contains("TLS"), "{text}");
    }
}

#[test]
fn no_earlier_generation_gets_such_a_block() {
    let lab = home("block-7", "elasticsearch", "7.17.29");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    assert_eq!(run(&lab, &["run"], &[("AUTO", "1")]).code, 0);
    assert!(lab.read("runtime/config/elasticsearch.yml").contains("BEGIN SECURITY"));
    assert_eq!(run(&lab, &["run"], &[]).code, 0);
    assert_eq!(lab.read("runtime/config/elasticsearch.yml"), "cluster.name: x\n");
}

#[test]
fn users_and_keystore_of_a_copy_stay_as_the_server_has_them() {
    let lab = home("own", "elasticsearch", "8.19.21");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    lab.write("home/config/users", "given\n");
    lab.write("home/config/roles.yml", "given\n");
    lab.write("home/config/certs/ca.crt", "given\n");
    let start = || {
        let found = run(&lab, &["run"], &[("KEYSTORE", "elasticsearch.keystore")]);
        assert_eq!(found.code, 0, "{found:?}");
        found
    };
    start();
    // Tools of the server change the copy.
    lab.write("runtime/config/users", "given\nadded\n");
    lab.write("runtime/config/users_roles", "superuser:added\n");
    lab.write("runtime/config/service_tokens", "token\n");
    lab.write("runtime/config/elasticsearch.keystore", "seed\nadded\n");
    lab.write("runtime/config/certs/http.p12", "made\n");
    // Nothing else stays, and a link leads nowhere.
    lab.write("runtime/config/jvm.options.d/alien.options", "-Xalien\n");
    lab.write("precious", "precious\n");
    symlink(lab.path("precious"), lab.path("runtime/config/role_mapping.yml")).unwrap();
    symlink(lab.path("precious"), lab.path("runtime/config/certs/link")).unwrap();
    for _ in 0..2 {
        start();
        for (name, content) in [
            ("users", "given\nadded\n"),
            ("users_roles", "superuser:added\n"),
            ("service_tokens", "token\n"),
            ("elasticsearch.keystore", "seed\nadded\n"),
            ("certs/http.p12", "made\n"),
            ("certs/ca.crt", "given\n"),
            ("roles.yml", "given\n"),
        ] {
            assert_eq!(lab.read(&format!("runtime/config/{name}")), content, "{name}");
        }
        for name in ["jvm.options.d", "role_mapping.yml", "certs/link"] {
            assert!(
                std::fs::symlink_metadata(lab.path(&format!("runtime/config/{name}"))).is_err(),
                "{name}"
            );
        }
    }
    assert_eq!(lab.read("precious"), "precious\n");
    // What the user changes since is the user's, in both kinds of files.
    lab.write("home/config/users", "new\n");
    lab.write("home/config/roles.yml", "new\n");
    lab.write("home/config/certs/ca.crt", "new\n");
    start();
    for name in ["users", "roles.yml", "certs/ca.crt"] {
        assert_eq!(lab.read(&format!("runtime/config/{name}")), "new\n", "{name}");
    }
    // A keystore of the user's does not take the place of the server's own, and that is said.
    lab.write("home/config/elasticsearch.keystore", "mine\n");
    let found = start();
    assert_eq!(lab.read("runtime/config/elasticsearch.keystore"), "seed\nadded\n");
    assert!(
        found.errors.contains(&format!(
            "es-entrypoint: info: {} is the server's own and stays; remove it for yours to be used\n",
            lab.text("runtime/config/elasticsearch.keystore")
        )),
        "{found:?}"
    );
    let mode = std::fs::metadata(lab.path("runtime/given")).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode, 0o600);
}

#[test]
fn a_mounted_file_is_not_overwritten_without_a_word() {
    if !root("mounting") {
        return;
    }
    let lab = home("mounted", "elasticsearch", "2.3.4");
    lab.write("home/config-templates/elasticsearch.yml", "cluster.name: ${NAME:-rendered}\n");
    let (target, template) =
        (lab.text("home/config/elasticsearch.yml"), lab.text("home/config-templates/elasticsearch.yml"));
    let mount = format!("mount --bind {} {target}", lab.text("mine.yml"));
    lab.write("mine.yml", "cluster.name: mine\n");
    let found = mounted(&lab, &mount, &CHECK, &[]);
    assert_eq!(
        findings(&found),
        [format!(
            "warning files/mounted-target: `{target}` is mounted, and `{template}` is rendered over it: what is in the file \
             gets lost"
        )]
    );
    assert_eq!(
        objects(&found.output)[0]["help"],
        format!(
            "there are two configurations: mount yours as `{template}`, or remove the template and no template is rendered \
             there"
        )
    );
    assert_eq!(mounted(&lab, &mount, &["run", "--strict"], &[]).code, 78);
    assert_eq!(lab.read("mine.yml"), "cluster.name: mine\n");
    let found = mounted(&lab, &mount, &["run"], &[]);
    assert!(found.code == 0 && found.errors.contains("warning[files/mounted-target]"), "{found:?}");
    assert_eq!(lab.read("mine.yml"), "cluster.name: rendered\n");
    // What is the same already, and what is empty, is no loss.
    for text in ["cluster.name: rendered\n", ""] {
        lab.write("mine.yml", text);
        assert_eq!(findings(&mounted(&lab, &mount, &CHECK, &[])), [""; 0], "{text}");
    }
    // Read-only, it stays; the server gets a copy.
    lab.write("mine.yml", "cluster.name: mine\n");
    lab.write("home/config/plain.txt", "plain\n");
    let mount = format!("{mount}; mount -o remount,bind,ro {target}");
    assert_eq!(
        findings(&mounted(&lab, &mount, &CHECK, &[])),
        [format!(
            "warning files/mounted-target: `{target}` is mounted and is not read: the server gets a copy of its directory, \
             with `{template}` in its place"
        )]
    );
    let found = mounted(&lab, &mount, &["run"], &[]);
    assert_eq!(found.code, 0, "{found:?}");
    assert_eq!(lab.read("mine.yml"), "cluster.name: mine\n");
    assert_eq!(lab.read("runtime/config/elasticsearch.yml"), "cluster.name: rendered\n");
    assert_eq!(lab.read("runtime/config/plain.txt"), "plain\n");
}

#[test]
fn a_directory_for_temporary_files_that_is_of_no_use() {
    for (product, version, variable, severity) in [
        ("elasticsearch", "6.8.23", "ES_TMPDIR", "error"),
        ("elasticsearch", "8.19.21", "ES_TMPDIR", "error"),
        ("opensearch", "2.19.6", "OPENSEARCH_TMPDIR", "error"),
    ] {
        let lab = home("tmp", product, version);
        lab.write("file", "");
        for (path, what) in [("nowhere", "does not exist"), ("file", "is not a directory")] {
            let path = lab.text(path);
            let found = run(&lab, &CHECK, &[(variable, &path)]);
            let message = format!("{severity} files/missing: `{variable}` is `{path}`, which {what}");
            assert_eq!(findings(&found), [message], "{version}");
            let object = &objects(&found.output)[0];
            assert_eq!(object["variable"], variable);
            assert_eq!(
                object["help"],
                format!(
                    "the server does not start without it: mount a directory there that the server's user may write to \
                     (`--tmpfs {path}:exec,mode=1777`, in Kubernetes an `emptyDir`), or unset {variable}"
                )
            );
            assert_eq!(run(&lab, &["run"], &[(variable, &path)]).code, 78);
        }
        // Another product's variable, an empty one, and one that is good.
        let good = lab.text("home/logs");
        for variables in [[("OTHER_TMPDIR", "/nowhere")], [(variable, "")], [(variable, &*good)]] {
            assert_eq!(findings(&run(&lab, &CHECK, &variables)), [""; 0], "{version} {variables:?}");
        }
    }
    // Up to 5.x nobody reads that variable, and the server goes on without a directory.
    let lab = home("tmp-5", "elasticsearch", "5.6.16");
    assert_eq!(findings(&run(&lab, &CHECK, &[("ES_TMPDIR", "/nowhere")])), [""; 0]);
    let nowhere = lab.text("nowhere");
    let found = run(&lab, &CHECK, &[("ES_JAVA_OPTS", &format!("-Djava.io.tmpdir={nowhere}"))]);
    assert_eq!(
        findings(&found),
        [format!("warning files/missing: `-Djava.io.tmpdir` is `{nowhere}`, which does not exist")]
    );
}

#[test]
fn a_directory_for_temporary_files_that_the_server_cannot_write() {
    if !root("becoming the server's user") {
        return;
    }
    for (version, is_found) in [("6.8.23", true), ("8.13.4", true), ("8.19.21", false)] {
        let lab = home("tmp-closed", "elasticsearch", version);
        lab.write("closed/file", "");
        lab.mode("closed", 0o755);
        let closed = lab.text("closed");
        let found = run(&lab, &CHECK, &[("ES_TMPDIR", &closed)]);
        let message = format!(
            "error host/tmp-not-writable: `ES_TMPDIR` is `{closed}`, which is not writable for the server's user"
        );
        let expected: Vec<String> = is_found.then_some(message).into_iter().collect();
        assert_eq!(findings(&found), expected, "{version}");
        lab.mode("closed", 0o1777);
        assert_eq!(findings(&run(&lab, &CHECK, &[("ES_TMPDIR", &closed)])), [""; 0], "{version}");
    }
}

#[test]
fn native_code_cannot_be_loaded_from_a_noexec_file_system() {
    if !root("mounting") {
        return;
    }
    let noexec = |lab: &Lab| format!("mount -t tmpfs -o noexec,mode=1777 none {}", lab.text("scratch"));
    let scratch = |lab: &Lab, jna: &str| {
        lab.write(format!("home/lib/jna-{jna}.jar"), "");
        std::fs::create_dir(lab.path("scratch")).unwrap();
        lab.text("scratch")
    };
    let lab = home("noexec-2", "elasticsearch", "2.3.4");
    let path = scratch(&lab, "4.1.0");
    let options = format!("-Djava.io.tmpdir={path}");
    let check = |extra: &[(&str, &str)]| {
        findings(&mounted(&lab, &noexec(&lab), &CHECK, &[extra, &[("ES_JAVA_OPTS", &options)]].concat()))
    };
    let begin = format!(
        "host/tmp-noexec: `{path}` is mounted `noexec`: the library for native code cannot be loaded from there"
    );
    assert_eq!(
        check(&[]),
        [format!("warning {begin}, and with it go memory locking and the filter for system calls")]
    );
    lab.write("home/config/elasticsearch.yml", "bootstrap.mlockall: true\n");
    assert!(
        check(&[]).contains(&format!("error {begin}, so that `bootstrap.mlockall` cannot lock memory")),
        "{:?}",
        check(&[])
    );
    // With another directory for the library, and where there is no such library, there is nothing to say.
    lab.write("home/config/elasticsearch.yml", "cluster.name: x\n");
    let elsewhere = format!("{options} -Djna.tmpdir={}", lab.text("home/logs"));
    assert_eq!(check(&[("IGNORED", "1")]).len(), 1);
    let found = mounted(&lab, &noexec(&lab), &CHECK, &[("ES_JAVA_OPTS", &elsewhere)]);
    assert_eq!(findings(&found), [""; 0]);
    std::fs::remove_file(lab.path("home/lib/jna-4.1.0.jar")).unwrap();
    assert_eq!(check(&[]), [""; 0]);

    // A node that others reach is refused by the server itself from 5.2 on.
    let lab = home("noexec-6", "elasticsearch", "6.2.4");
    let path = scratch(&lab, "4.5.1");
    lab.write("home/config/elasticsearch.yml", "network.host: 0.0.0.0\n");
    let options = format!("-Djava.io.tmpdir={path}");
    let found = mounted(&lab, &noexec(&lab), &CHECK, &[("ES_JAVA_OPTS", &options)]);
    assert_eq!(
        findings(&found),
        [format!(
            "error host/tmp-noexec: `{path}` is mounted `noexec`: the library for native code cannot be loaded from there, \
             and without it the server refuses to start: it cannot filter system calls"
        )]
    );
    assert_eq!(
        objects(&found.output)[0]["help"],
        format!(
            "a tmpfs of Docker is `noexec` unless it says otherwise: `--tmpfs {path}:exec`; or set `-Djava.io.tmpdir=` in \
             ES_JAVA_OPTS to a directory on a volume"
        )
    );

    // JNA 5 unpacks below the home directory of the account, where it can.
    let lab = home("noexec-7", "elasticsearch", "7.17.29");
    let path = scratch(&lab, "5.10.0");
    lab.write("cache/x", "");
    let account = |home: &str| {
        let entry = format!("elasticsearch:x:1000:0::{home}:/bin/sh");
        format!("{}; echo '{entry}' > {1}; mount --bind {1} /etc/passwd", noexec(&lab), lab.text("passwd"))
    };
    lab.mode("cache", 0o777);
    let variables = [("ES_TMPDIR", &*path)];
    let found = mounted(&lab, &account(&lab.text("cache")), &CHECK, &variables);
    assert_eq!(findings(&found), [""; 0]);
    lab.mode("cache", 0o755);
    let found = mounted(&lab, &account(&lab.text("cache")), &CHECK, &variables);
    assert_eq!(codes(&found.output), ["warning host/tmp-noexec"], "{found:?}");
    let cache = lab.text("home/logs");
    let variables = [("ES_TMPDIR", &*path), ("XDG_CACHE_HOME", &*cache)];
    assert_eq!(findings(&mounted(&lab, &account("/nowhere"), &CHECK, &variables)), [""; 0]);
}
