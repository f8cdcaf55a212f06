//! A file into which a secret was rendered is not for everybody's eyes, whatever its format and wherever it goes.

use crate::lab::{Lab, ended, root};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::process::Command;

/// A template of each format, with the same placeholder.
const TEMPLATES: [(&str, &str); 7] = [
    ("elasticsearch.yml", "cluster.name: ${THING}\n"),
    ("logging.yml", "a: ${THING}\n"),
    ("other.yml", "a: [x, 'y ${THING}']\n"),
    ("log4j2.properties", "a = ${THING}\n"),
    ("jvm.options", "-Da=${THING}\n"),
    ("plain.txt", "${A:-${THING}}\n"),
    ("java.policy", "grant { permission java.io.FilePermission \"$<THING>\", \"read\"; };\n"),
];

/// Where the value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Ordinary,
    FromFile,
    SecretName,
}

impl Value {
    const ALL: [Self; 3] = [Self::Ordinary, Self::FromFile, Self::SecretName];

    /// The templates that use it, and the variable for it.
    fn prepare(self, lab: &Lab, directory: &str) {
        let name = if self == Self::SecretName { "KEYSTORE_PASSWORD" } else { "THING" };
        for (file, text) in TEMPLATES {
            lab.write(format!("{directory}/{file}"), text.replace("THING", name));
        }
        lab.write("secret", "hunter2\n");
    }

    fn set(self, lab: &Lab, command: &mut Command) {
        match self {
            Self::Ordinary => command.env("THING", "hunter2"),
            Self::FromFile => command.env("THING_FILE", lab.path("secret")),
            Self::SecretName => command.env("KEYSTORE_PASSWORD", "hunter2"),
        };
    }

    /// What others may do with a file that had that mode.
    fn left(self, mode: u32) -> u32 {
        if self == Self::Ordinary { mode } else { mode & !0o007 }
    }
}

fn mode(lab: &Lab, name: &str) -> u32 {
    std::fs::metadata(lab.path(name)).unwrap().permissions().mode() & 0o7777
}

#[test]
fn rendered_to_a_directory() {
    for value in Value::ALL {
        let lab = Lab::new(&format!("modes-render-{value:?}"));
        value.prepare(&lab, "t");
        std::fs::create_dir(lab.path("out")).unwrap();
        // One is there already, and one had it all but for the mode.
        lab.write("out/plain.txt", "old");
        lab.write("out/other.yml", "a: [x, 'y hunter2']\n");
        for name in ["plain.txt", "other.yml"] {
            lab.mode(&format!("out/{name}"), 0o666);
        }
        for _ in 0..2 {
            let mut command = lab.command(["render", "--output", "out", "t"]);
            value.set(&lab, &mut command);
            let found = ended(command);
            assert_eq!(found.code, 0, "{found:?}");
            for (name, _) in TEMPLATES {
                let before = if matches!(name, "plain.txt" | "other.yml") { 0o666 } else { 0o644 };
                assert_eq!(mode(&lab, &format!("out/{name}")), value.left(before), "{value:?} {name}");
                assert!(lab.read(&format!("out/{name}")).contains("hunter2"), "{value:?} {name}");
            }
        }
    }
}

#[test]
fn rendered_where_the_server_reads_it() {
    for value in Value::ALL {
        for (templates, configuration) in
            [("home/config-templates", "home/config"), ("home/config", "runtime/config")]
        {
            let lab = Lab::new(&format!("modes-run-{value:?}-{}", templates.len()));
            value.prepare(&lab, templates);
            for _ in 0..2 {
                let mut command = lab.command(["run"]);
                value.set(&lab, &mut command);
                let found = ended(command);
                assert_eq!(found.code, 0, "{found:?}");
                for (name, text) in TEMPLATES {
                    let mode = mode(&lab, &format!("{configuration}/{name}"));
                    // Of the files in the configuration directory these two are configuration to 2.3.4.
                    let is_template =
                        templates != "home/config" || ["elasticsearch.yml", "logging.yml"].contains(&name);
                    let left = if is_template { value.left(0o644) } else { 0o644 };
                    assert_eq!(mode, left, "{value:?} {configuration}/{name}");
                    let holds_it = lab.read(&format!("{configuration}/{name}")).contains("hunter2");
                    assert_eq!(holds_it, is_template, "{value:?} {configuration}/{name}: {text}");
                }
                // The server reads it all the same.
                let text = format!("FILE {}\ncluster.name: hunter2\n", "elasticsearch.yml");
                if configuration == "runtime/config" {
                    assert!(found.output.contains(&text), "{found:?}");
                }
                assert!(!found.output.contains("CANNOT READ"), "{found:?}");
            }
        }
    }
}

#[test]
fn a_file_of_somebody_else_stays_his_and_the_server_can_read_it() {
    if !root("giving files away") {
        return;
    }
    let lab = Lab::new("modes-owner");
    lab.write("home/config-templates/elasticsearch.yml", "cluster.name: ${THING_PASSWORD}\n");
    // The owner stays. The server's group comes in where the server was one of the others.
    for (owner, before, after) in [
        ((0, 0), 0o644, (0, 1000, 0o640)),
        ((0, 1000), 0o644, (0, 1000, 0o640)),
        ((1000, 0), 0o604, (1000, 0, 0o600)),
        ((7, 7), 0o666, (7, 1000, 0o660)),
    ] {
        lab.write("home/config/elasticsearch.yml", "cluster.name: old\n");
        lab.mode("home/config/elasticsearch.yml", before);
        chown(lab.path("home/config/elasticsearch.yml"), Some(owner.0), Some(owner.1)).unwrap();
        let mut command = lab.command([
            "run",
            "--user",
            "1000:1000",
            "--config-dir",
            "home/config/.",
            "--",
            "sh",
            "-c",
            "cat home/config/elasticsearch.yml",
        ]);
        command.env("THING_PASSWORD", "hunter2");
        let found = ended(command);
        assert_eq!((found.code, found.output.as_str()), (0, "cluster.name: hunter2\n"), "{found:?}");
        let metadata = std::fs::metadata(lab.path("home/config/elasticsearch.yml")).unwrap();
        let found = (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777);
        assert_eq!(found, after, "{owner:?} {before:o}");
    }
}

#[test]
fn rewritten_where_it_is_mounted() {
    if !root("mounting") {
        return;
    }
    let lab = Lab::new("modes-mounted");
    lab.write("t/plain.txt", "${THING_PASSWORD}\n");
    lab.write("out/plain.txt", "");
    lab.write("behind", "much longer than what is to come");
    lab.mode("behind", 0o644);
    let mount = format!("mount --bind {} {} && exec \"$@\"", lab.text("behind"), lab.text("out/plain.txt"));
    for _ in 0..2 {
        let mut command = lab.prefixed(
            &["unshare", "--mount", "sh", "-c", &mount, "sh"],
            ["render", "--output", "out", "t/plain.txt"],
        );
        command.env("THING_PASSWORD", "hunter2");
        let found = ended(command);
        assert_eq!(found.code, 0, "{found:?}");
        assert_eq!((lab.read("behind").as_str(), mode(&lab, "behind")), ("hunter2\n", 0o640));
        lab.mode("behind", 0o644);
    }
}
