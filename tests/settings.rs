//! The catalogue of settings against the real thing: the lists that it is made of, and the loaders and parsers of the servers.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(
    clippy::unwrap_used,
    reason = "a test finds its archive through the environment, says what it left out, and may panic"
)]

mod common;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::java::{self, Jre};
use diagnostics::{Levels, Severity};
use server::settings::catalogue::{Kind, Row};
use server::{Product, Version, settings};
use template::{Environment, Format, Template};

const CATALOGUE: &str = include_str!("../crates/server/src/settings/catalogue.txt");

#[test]
fn the_catalogue_is_made_of_the_lists() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/settings-catalogue.py");
    match Command::new("python3").arg(script).arg("--check").output() {
        Err(_) => common::skip("no python3"),
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Values to try: such as are right, of another kind, and out of range.
fn values(kind: Kind<'_>) -> &'static [&'static str] {
    match kind {
        Kind::Bool => &["true", "false", "maybe", "1"],
        Kind::Int(_) | Kind::Long(_) => {
            &["1", "5", "-1", "0", "-2000000000", "2000000000", "99999999999", "x", "1.5", "5s"]
        }
        Kind::Float(_) => &["1.0", "0.5", "-1.0", "1e9", "x", "5s"],
        Kind::Time(_) => &["30s", "1ms", "5m", "-1", "0", "0ms", "30", "x", "1.5s", "10w", "10S"],
        Kind::Bytes | Kind::Memory => &["10mb", "1gb", "-1", "0", "10", "x", "10%", "5kB", "1g"],
        Kind::Enum(_) => &["all", "none", "true", "false", "x"],
        Kind::List(_) | Kind::Hosts => &["a,b", "127.0.0.1"],
        _ => &["x", "1", "a:b"],
    }
}

/// One file a line, with `\n` for its line ends, and its key.
fn files() -> Vec<(String, String)> {
    let rows = CATALOGUE.lines().filter(|line| !line.starts_with(['#', '*'])).filter_map(Row::parse);
    let mut files = Vec::new();
    // What stands in the keystore is another rule's: the parsers of 9.x take it from the file, too.
    for row in rows.filter(|row| !matches!(row.kind, Kind::Value | Kind::Secure)) {
        let key = row.name.replace('*', "x");
        for value in values(row.kind) {
            files.push((key.clone(), format!("{key}: '{value}'\\n")));
            files.push((key.clone(), format!("{key}: {value}\\n")));
        }
        // A slip of the pen.
        files.push((format!("{key}q"), format!("{key}q: x\\n")));
    }
    files
}

/// Why that is no error of ours, though the server's core refuses it: it is another rule's, or a module's.
fn is_anothers(key: &str) -> bool {
    // Majorities, hosts and discovery types have rules of their own; the loader of a pattern is none of the grammar.
    ["discovery.", "network.", "cluster.remote.", "search.remote.", "transport.profiles."]
        .iter()
        .any(|it| key.starts_with(it))
}

fn is_error(text: &str, version: Version) -> bool {
    let text = text.replace("\\n", "\n");
    let template =
        Template { name: "elasticsearch.yml", bytes: text.as_bytes(), format: Format::Elasticsearch };
    let inspected = template::inspect(&template, &Environment::default(), &Levels::default());
    let found = settings::check(&inspected.settings, version, false, Some(&[]));
    found.iter().any(|finding| finding.severity == Severity::Error)
}

/// What the version's own loader and parsers make of the files, a line each.
fn asked(
    jre: &Jre,
    classes: &Path,
    home: &Path,
    version: Version,
    files: &[(String, String)],
) -> Vec<String> {
    let package = match version.product {
        Product::Elasticsearch => "org.elasticsearch",
        Product::OpenSearch => "org.opensearch",
    };
    let mut command = match &jre.root {
        None => Command::new(format!("{}/bin/java", jre.home)),
        // In a namespace of its own, so that nothing is left mounted.
        Some(root) => {
            let mut command = Command::new("unshare");
            command.args(["--mount", "sh", "-ec"]).arg(
                "mount -t proc proc \"$1/proc\"; mount -t tmpfs none \"$1/tmp\"; mkdir \"$1/tmp/classes\" \"$1/tmp/home\"\n\
                 mount --bind \"$2\" \"$1/tmp/classes\"; mount --bind \"$3\" \"$1/tmp/home\"\n\
                 root=$1; shift 3; exec chroot \"$root\" \"$@\"",
            );
            command.arg("sh").arg(root).arg(classes).arg(home).arg(format!("{}/bin/java", jre.home));
            command
        }
    };
    let class_path = match &jre.root {
        None => format!("{}:{}/lib/*", classes.display(), home.display()),
        Some(_) => "/tmp/classes:/tmp/home/lib/*".to_owned(),
    };
    command.args(["-Xmx512m", "-XX:-UsePerfData", "-cp", &class_path, "JudgeSettings", package]);
    let log = std::env::temp_dir().join(format!("judge-settings-{}-{version}", std::process::id()));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text: String = files.iter().flat_map(|(_, text)| [text.as_str(), "\n"]).collect();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let told = std::fs::read_to_string(&log).unwrap_or_default();
    std::fs::remove_file(log).unwrap();
    assert!(output.status.success(), "{version}: {told}");
    writer.join().unwrap().unwrap();
    let lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), files.len(), "{version}: {told}");
    lines
}

/// What the server reads as a text first, and refuses when it listens: 1.7.5, 2.3.4, 7.17.29 and 9.2.0 do with `x` there.
const AT_BINDING: [&str; 3] = ["http.port", "transport.port", "transport.tcp.port"];

#[test]
fn values_are_judged_as_the_parsers_of_the_servers_do() {
    let jdk = match java::jdk_17() {
        Ok(jdk) => jdk,
        Err(reason) => return common::skip(&reason),
    };
    let classes = java::classes("settings");
    java::compile(&jdk, &["--release", "8", "-Xlint:-options"], "JudgeSettings.java", &classes);
    let files = files();
    for (text, major) in [
        ("5.6.16", 17),
        ("6.8.23", 17),
        ("7.17.29", 17),
        ("8.15.0", 17),
        ("8.19.21", 17),
        ("9.2.0", 21),
        ("os-2.19.6", 17),
    ] {
        let version = Version::parse(text).unwrap();
        let name = match text.strip_prefix("os-") {
            Some(number) => format!("opensearch-{number}"),
            None => format!("elasticsearch-{text}"),
        };
        let home: PathBuf = common::cache().join(name);
        if !home.join("lib").is_dir() {
            common::skip(&format!("no distribution in {}", home.display()));
            continue;
        }
        let jre = match if major == 17 { Ok(jdk.clone()) } else { java::rooted(major) } {
            Ok(jre) => jre,
            Err(reason) => {
                common::skip(&reason);
                continue;
            }
        };
        let (mut wrong, mut missed, mut refused) = (Vec::new(), Vec::new(), 0);
        for ((key, file), verdict) in files.iter().zip(asked(&jre, &classes, &home, version, &files)) {
            let own = verdict.split('\t').find_map(|it| it.strip_prefix(&format!("{key}=")));
            match (own, is_error(file, version)) {
                (Some("good"), true) if !AT_BINDING.contains(&key.as_str()) => {
                    wrong.push(format!("{file} {verdict}"));
                }
                // Modules register more than the core that is asked here.
                (Some("unknown" | "good"), _) => {}
                (_, ours) => {
                    refused += 1;
                    if !ours && !is_anothers(key) {
                        missed.push(format!("{file} {verdict}"));
                    }
                }
            }
        }
        println!(
            "{text}: {} files, {refused} with a refused value, {} of them silent",
            files.len(),
            missed.len()
        );
        if std::env::var_os("SHOW_MISSED").is_some() {
            for line in &missed {
                println!("  {line}");
            }
        }
        assert_eq!(wrong, [""; 0], "{text}");
        // Enumerations and grammars of single settings are not in the catalogue.
        assert!(missed.len() * 100 <= refused * 9, "{text}: {missed:?}");
    }
    std::fs::remove_dir_all(classes).unwrap();
}
