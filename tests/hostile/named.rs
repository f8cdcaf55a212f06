//! Files that settings and options of the JVM name, with a server that is another user than root.

use crate::lab::{Ended, Lab, codes, ended, root};

/// Elasticsearch of that version, checked as root for a server that is user 1000.
fn checked(lab: &Lab, version: &str, settings: &str, variables: &[(&str, String)]) -> Ended {
    let _ = std::fs::remove_file(lab.path("home/lib/elasticsearch-2.3.4.jar"));
    lab.write(format!("home/lib/elasticsearch-{version}.jar"), "");
    lab.write("home/config/elasticsearch.yml", settings);
    lab.write("home/config/log4j2.properties", "status = error\n");
    lab.write("home/jdk/bin/java", "#!/bin/sh\n");
    lab.write("home/jdk/release", "JAVA_VERSION=\"17.0.9\"\n");
    lab.mode("home/jdk/bin/java", 0o755);
    let mut command = lab.command(["check", "--user", "1000:1000", "--message-format", "json"]);
    command.env("ES_JAVA_HOME", lab.path("home/jdk")).env("JAVA_HOME", lab.path("home/jdk"));
    command.env(
        "ES_ENTRYPOINT_ALLOW",
        format!("{},heap/over-limit,host/data-not-writable", crate::lab::ALLOWED),
    );
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    ended(command)
}

const TLS: &str = "xpack.security.enabled: true\nxpack.security.transport.ssl.enabled: true\n";

#[test]
fn a_certificate_that_the_server_cannot_read() {
    if !root("files of another user") {
        return;
    }
    let lab = Lab::new("named-closed");
    lab.write("home/config/certs/es.crt", "PEM");
    // What is in the configuration directory is copied for the server where it cannot read it.
    lab.write("secrets/es.key", "PEM");
    lab.mode("secrets/es.key", 0o600);
    let settings = format!(
        "{TLS}xpack.security.transport.ssl.certificate: certs/es.crt\nxpack.security.transport.ssl.key: {}\n",
        lab.text("secrets/es.key")
    );
    for version in ["7.17.29", "8.19.4"] {
        let found = checked(&lab, version, &settings, &[]);
        assert_eq!(
            (found.code, codes(&found.output)),
            (78, vec!["error files/unreadable".to_owned()]),
            "{found:?}"
        );
        let message = format!(
            "user 1000 cannot read `{key}`, which `xpack.security.transport.ssl.key` names: `{key}` belongs to 0:0 with mode 0600",
            key = lab.text("secrets/es.key")
        );
        assert!(found.output.contains(&message), "{found:?}");
        std::fs::remove_file(lab.path(&format!("home/lib/elasticsearch-{version}.jar"))).unwrap();
    }
}

#[test]
fn a_directory_for_snapshots() {
    if !root("directories of another user") {
        return;
    }
    let lab = Lab::new("named-repo");
    for name in ["theirs", "closed", "listed"] {
        std::fs::create_dir(lab.path(name)).unwrap();
    }
    std::os::unix::fs::chown(lab.path("theirs"), Some(1000), Some(1000)).unwrap();
    lab.mode("closed", 0o700);
    for (version, path, expected) in [
        ("7.17.29", "theirs", &[][..]),
        ("7.17.29", "theirs/new", &[]),
        ("7.17.29", "listed", &["warning files/unreadable"]),
        ("7.17.29", "closed", &["error files/unreadable"]),
        ("7.17.29", "listed/new", &["error files/missing"]),
        ("8.19.4", "listed/new", &["warning files/missing"]),
        ("8.19.4", "closed", &["warning files/unreadable"]),
    ] {
        let found = checked(&lab, version, &format!("path.repo: [\"{}\"]\n", lab.text(path)), &[]);
        assert_eq!(codes(&found.output), expected, "{version} {path} {found:?}");
        std::fs::remove_file(lab.path(&format!("home/lib/elasticsearch-{version}.jar"))).unwrap();
    }
}

/// A log or an agent of the JVM, and what an own policy says of that.
#[test]
fn options_of_the_jvm() {
    if !root("files of another user") {
        return;
    }
    let lab = Lab::new("named-options");
    lab.write("agents/jmx.jar", "jar");
    lab.write("agents/closed.jar", "jar");
    lab.mode("agents/closed.jar", 0o600);
    lab.write(
        "agents.policy",
        format!(
            "grant codeBase \"file:{}/-\" {{ permission java.security.AllPermission; }};\n",
            lab.text("agents")
        ),
    );
    let (jar, closed, policy) =
        (lab.text("agents/jmx.jar"), lab.text("agents/closed.jar"), lab.text("agents.policy"));
    for (options, expected) in [
        (format!("-javaagent:{jar}=9404"), &["warning policy/not-granted"][..]),
        (format!("-javaagent:{jar}=9404 -Djava.security.policy={policy}"), &[]),
        (format!("-javaagent:{closed} -Djava.security.policy={policy}"), &["error files/unreadable"]),
        (format!("-Xlog:gc:file={}", lab.text("agents/gc.log")), &["error files/unreadable"]),
        (format!("-XX:HeapDumpPath={}", lab.text("agents")), &["warning files/unreadable"]),
        (format!("-Xlog:gc:file={}", lab.text("home/logs/gc.log")), &[]),
        (format!("-Djava.io.tmpdir={}", lab.text("none")), &["error files/missing"]),
    ] {
        let found = checked(&lab, "7.17.29", "cluster.name: logs\n", &[("ES_JAVA_OPTS", options.clone())]);
        assert_eq!(codes(&found.output), expected, "{options} {found:?}");
    }
}

/// Where a name without `/` leads depends on the directory in which the launcher starts the JVM.
#[test]
fn relative_names_in_options() {
    if !root("files of another user") {
        return;
    }
    let lab = Lab::new("named-relative");
    lab.write("home/logs/beside.jar", "jar");
    lab.write("home/at-home.jar", "jar");
    std::fs::create_dir_all(lab.path("other/sub")).unwrap();
    std::os::unix::fs::chown(lab.path("other/sub"), Some(1000), Some(1000)).unwrap();
    let other = format!("cluster.name: logs\npath.logs: {}\n", lab.text("other"));
    let plain = "cluster.name: logs\n";
    let missing = &["error files/missing"][..];
    for (version, settings, options, expected) in [
        ("8.15.0", plain, "-Xlog:gc*:file=logs/gc.log", &[][..]),
        ("8.15.0", plain, "-Xlog:gc*:file=logs/sub/gc.log", missing),
        ("8.15.0", plain, "-javaagent:at-home.jar", &[]),
        ("8.15.0", plain, "-javaagent:beside.jar", missing),
        ("8.19.21", plain, "-Xlog:gc*:file=logs/gc.log", missing),
        ("8.19.21", plain, "-Xlog:gc*:file=gc.log", &[]),
        ("8.19.21", other.as_str(), "-Xlog:gc*:file=sub/gc.log", &[]),
        ("8.19.21", other.as_str(), "-Xlog:gc*:file=gc.log", &[]),
        ("8.19.21", plain, "-javaagent:at-home.jar", missing),
        ("8.19.21", plain, "-javaagent:beside.jar", &[]),
        ("8.19.21", plain, "-XX:HeapDumpPath=data -XX:ErrorFile=logs/hs_err_pid%p.log", &[]),
        // Somewhere among its patches, and among those of 9.0, the directory changed.
        ("8.19.0", plain, "-Xlog:gc*:file=logs/gc.log", &[]),
        ("9.0.0", plain, "-Xlog:gc*:file=logs/gc.log", &[]),
        ("9.2.0", plain, "-Xlog:gc*:file=logs/gc.log", missing),
    ] {
        let allow = format!("{},host/java-version,policy/not-granted", crate::lab::ALLOWED);
        let found = checked(
            &lab,
            version,
            settings,
            &[("ES_JAVA_OPTS", options.to_owned()), ("ES_ENTRYPOINT_ALLOW", allow)],
        );
        assert_eq!(codes(&found.output), expected, "{version} {settings} {options} {found:?}");
        std::fs::remove_file(lab.path(&format!("home/lib/elasticsearch-{version}.jar"))).unwrap();
    }
}

#[test]
fn a_log_of_the_jvm_in_a_directory_that_moved() {
    let lab = Lab::new("named-moved");
    let options = [("ES_JAVA_OPTS", "-Xlog:gc*:file=logs/gc.log".to_owned())];
    let found = checked(&lab, "8.19.21", "cluster.name: logs\n", &options);
    let message = format!(
        "the directory `{}`, which `-Xlog` in `ES_JAVA_OPTS` names, is not there",
        lab.text("home/logs/logs")
    );
    let help = "the JVM does not start where it cannot write its log: make it, or correct the path; this version starts the JVM \
                in the directory of logs, and a name without `/` at its start is below that: `gc.log` instead of `logs/gc.log`";
    assert!(found.output.contains(&message) && found.output.contains(help), "{found:?}");
}

/// The copy of a configuration has what was in the directory, and nothing beside it may be read.
#[test]
fn a_configuration_that_is_copied() {
    if !root("starting as another user") {
        return;
    }
    let lab = Lab::new("named-copy");
    lab.write("home/config/certs/es.crt", "PEM");
    lab.mode("home/config/certs/es.crt", 0o600);
    let certificate = |name: &str| {
        format!("cluster.name: ${{NAME:-logs}}\n{TLS}xpack.security.transport.ssl.certificate: {name}\n")
    };
    let found = checked(&lab, "7.17.29", &certificate("certs/es.crt"), &[]);
    assert_eq!(codes(&found.output), [""; 0], "{found:?}");
    let found = checked(&lab, "7.17.29", &certificate("certs/none.crt"), &[]);
    assert_eq!(codes(&found.output), ["error files/missing"], "{found:?}");
    lab.mode("home/config/certs/es.crt", 0o644);
    let found = checked(&lab, "7.17.29", &certificate(&lab.text("home/config/certs/es.crt")), &[]);
    assert_eq!(codes(&found.output), ["error files/outside"], "{found:?}");
    assert!(found.output.contains("name the file relative to it, `certs/es.crt`"), "{found:?}");
}
