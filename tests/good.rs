//! Ordinary settings files of every generation, in the shapes that people have them: plain, from `ConfigMap`s and charts,
//! made by operators, rendered by Ansible, Puppet and Chef. None of them gives a finding, with the version that it is for
//! and without one.
//!
//! A directory of `tests/good` is called after the version and the shape. Variables that the file asks for are in its
//! first line.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

struct Good {
    directory: PathBuf,
    version: String,
    variables: Vec<(String, String)>,
}

/// All of them.
fn files() -> Vec<Good> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good");
    let mut files: Vec<Good> =
        std::fs::read_dir(root).unwrap().map(|entry| read(entry.unwrap().path())).collect();
    files.sort_by(|one, next| one.directory.cmp(&next.directory));
    files
}

fn read(directory: PathBuf) -> Good {
    let name = directory.file_name().unwrap().to_str().unwrap();
    let (prefix, product) = if name.starts_with("os-") { (3, "opensearch") } else { (0, "elasticsearch") };
    let shape = prefix + name[prefix..].find('-').unwrap();
    let version = name[..shape].to_owned();
    let text = std::fs::read_to_string(directory.join(format!("{product}.yml"))).unwrap();
    let variables = text.lines().next().and_then(|line| line.strip_prefix("# Variables: ")).unwrap_or("");
    let variables = variables.split_whitespace().map(|word| word.split_once('=').unwrap());
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Good { directory, version, variables }
}

/// What `check` says.
fn check(good: &Good, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_es-entrypoint"));
    command.env_clear().envs(good.variables.iter().cloned()).arg("check").args(arguments);
    let output = command.arg("--templates").arg(&good.directory).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn every_generation_is_there() {
    let files = files();
    assert!(files.len() >= 40, "{}", files.len());
    let majors: BTreeSet<&str> = files.iter().map(|good| good.version.split('.').next().unwrap()).collect();
    let expected = ["1", "2", "5", "6", "7", "8", "9", "os-1", "os-2", "os-3"];
    assert_eq!(majors.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_good_file_gives_no_finding() {
    let mut wrong = Vec::new();
    for good in files() {
        for arguments in [&["--es-version", &good.version][..], &[]] {
            let (code, said) = check(&good, arguments);
            let is_silent = said.lines().count() == 1 && said.contains(": nothing found; ");
            if code != Some(0) || !is_silent {
                wrong.push(format!("{} {arguments:?}: {code:?}\n{said}", good.directory.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_product_is_guessed_by_name_and_settings() {
    for good in files() {
        let (_, said) = check(&good, &[]);
        let product = if good.version.starts_with("os-") { "OpenSearch" } else { "Elasticsearch" };
        let expected = format!(" for {product} ");
        assert!(
            said.contains(&expected) && said.contains(" (a guess)"),
            "{}: {said}",
            good.directory.display()
        );
    }
}
