//! The pages of `help CODE`: what each calls wrong gives that finding, what it calls right gives none.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{binary, skip};
use diagnostics::codes::{CODES, Code};
use diagnostics::page;

/// What depends on the machine that runs the tests, and is judged in no example but its own.
const OF_THE_MACHINE: &[&str] =
    &["host/nofile", "host/nproc", "host/memory", "host/disk-watermark", "host/system-call-filter"];

/// The exit code of `docker` in `tests/pages/bin` where the machine cannot make such a container.
const CANNOT: i32 = 125;

/// The examples that not every machine can run, and that nobody can make it run: without `CAP_SYS_RESOURCE` a limit cannot be
/// raised above the machine's own. `crates/server/src/bootstrap/tests.rs` has the same case.
const ABOVE_THE_LIMIT: &[(&str, &str)] = &[("host/nofile", "right")];

/// What a page calls wrong, or right: its files, and the commands that look at them.
#[derive(Default)]
struct Example {
    files: Vec<(String, String)>,
    commands: String,
    /// Where no command stands beside the file: the version for which it is judged.
    version: String,
}

/// All blocks of a page of that kind, `wrong` or `right`.
fn example(text: &str, kind: &str) -> Example {
    let mut example = Example::default();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let block: String =
            lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
        let words: Vec<&str> = info.split(' ').collect();
        if words.get(1) != Some(&kind) {
            continue;
        }
        match words[2..] {
            [] => example.commands.push_str(&block),
            [file] => example.files.push((file.to_owned(), block)),
            [file, version] => {
                example.files.push((file.to_owned(), block));
                let fork = if file.starts_with("opensearch") { "os-" } else { "" };
                example.version = format!("{fork}{version}");
            }
            _ => panic!("{line}"),
        }
    }
    example
}

/// A directory for one example, which goes away with it.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        // What `docker run -d` left.
        for pid in fs::read_to_string(self.0.join("running")).unwrap_or_default().lines() {
            let _ = Command::new("kill").arg(pid).output();
        }
        // Also what the example closed to its owner.
        let _ = Command::new("chmod").args(["-R", "u+rwX"]).arg(&self.0).output();
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs the example and gives the codes of what was found; nothing where the machine cannot do it.
fn found(code: &str, kind: &str, example: &Example) -> Option<Result<BTreeSet<String>, String>> {
    let name = format!("page-{}-{kind}-{}", code.replace('/', "-"), std::process::id());
    let place = Place(std::env::temp_dir().join(name));
    let _ = fs::remove_dir_all(&place.0);
    // Where no commands stand beside them, the files are templates.
    let directory =
        if example.commands.is_empty() { place.0.join("config-templates") } else { place.0.clone() };
    fs::create_dir_all(&directory).unwrap();
    for (name, text) in &example.files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let commands = if example.commands.is_empty() {
        format!("es-entrypoint check --templates config-templates --es-version {}", example.version)
    } else {
        example.commands.clone()
    };
    let root = nix::unistd::geteuid().is_root();
    if !root && (commands.contains("docker ") || commands.contains("chown ")) {
        skip("a container needs root");
        return None;
    }
    let allowed: Vec<&str> = OF_THE_MACHINE.iter().copied().filter(|other| *other != code).collect();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages/bin");
    let path = format!(
        "{}:{}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        tools.display(),
        binary().parent().unwrap().display()
    );
    let output = Command::new("sh")
        .args(["-c", &commands])
        .current_dir(&place.0)
        .env_clear()
        .env("PATH", path)
        .env("PLACE", &place.0)
        .env("ES_ENTRYPOINT", binary())
        .env("CACHE", common::cache())
        .env("ES_ENTRYPOINT_MESSAGE_FORMAT", "json")
        .env("ES_ENTRYPOINT_ALLOW", allowed.join(","))
        .output()
        .unwrap();
    if output.status.code() == Some(CANNOT) {
        if ABOVE_THE_LIMIT.contains(&(code, kind)) {
            return None;
        }
        skip(&format!("{code}: {}", String::from_utf8_lossy(&output.stderr)));
        return None;
    }
    Some(codes(&output, &commands))
}

/// The codes in the report, wherever it was written.
fn codes(output: &Output, commands: &str) -> Result<BTreeSet<String>, String> {
    let text = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned();
    let ended = output.status.code();
    if !matches!(ended, Some(0 | 78)) {
        return Err(format!("ended with {ended:?}: {commands}{text}"));
    }
    let objects = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    Ok(objects.filter_map(|object| Some(object.get("code")?.as_str()?.to_owned())).collect())
}

/// The text of a page as it stands in the source.
fn source(code: &Code) -> String {
    fs::read_to_string(format!("crates/diagnostics/pages/{}.md", code.name)).unwrap()
}

/// Runs the examples of the codes that begin so.
fn run(areas: &[&str]) {
    let only = std::env::var("PAGE").unwrap_or_default();
    let mut wrong = Vec::new();
    for code in CODES.iter().filter(|code| areas.contains(&code.area()) && code.name.contains(&only)) {
        let text = source(code);
        for (kind, expected) in [("wrong", vec![code.name]), ("right", vec![])] {
            let example = example(&text, kind);
            if example.files.is_empty() && example.commands.is_empty() {
                wrong.push(format!("{}: nothing is {kind}", code.name));
                continue;
            }
            let Some(codes) = found(code.name, kind, &example) else { continue };
            match codes {
                Ok(codes) if codes.iter().eq(&expected) => {}
                Ok(codes) => wrong.push(format!("{}: what is {kind} gives {codes:?}", code.name)),
                Err(why) => wrong.push(format!("{}: what is {kind} {why}", code.name)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

// By areas, so that they run beside each other.

#[test]
fn examples_of_files_do_what_they_say() {
    run(&["template", "settings", "discovery", "env", "quorum"]);
}

#[test]
fn examples_of_policies_do_what_they_say() {
    run(&["kubeconfig", "policy"]);
}

#[test]
fn examples_of_manifests_do_what_they_say() {
    run(&["k8s"]);
}

/// One of them waits for a mount.
#[test]
fn examples_of_mounts_do_what_they_say() {
    run(&["files"]);
}

#[test]
fn examples_of_the_machine_do_what_they_say() {
    run(&["host", "heap", "launch", "keystore", "archive"]);
}

#[test]
fn every_area_is_run() {
    let areas: BTreeSet<&str> = CODES.iter().map(Code::area).collect();
    let text = include_str!("pages.rs");
    for area in areas {
        assert!(text.contains(&format!("\"{area}\"")), "{area}");
    }
}

#[test]
fn every_page_has_its_parts_and_fits_a_terminal() {
    let mut wrong = Vec::new();
    for code in CODES {
        // As it stands there now, not when this was built.
        let text = source(code);
        for part in ["\nWhy: ", "\nFix: ", "\nSource: "] {
            if !text.contains(part) {
                wrong.push(format!("{}: no `{}`", code.name, part.trim()));
            }
        }
        let plain = page::of_text(code, &text);
        let lines = plain.lines().count();
        if !(12..=50).contains(&lines) {
            wrong.push(format!("{}: {lines} lines", code.name));
        }
        for line in plain.lines().filter(|line| line.chars().count() > 80) {
            wrong.push(format!("{}: wider than a terminal: {line}", code.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A page that is there and that no code has.
#[test]
fn every_page_has_a_code() {
    for area in fs::read_dir("crates/diagnostics/pages").unwrap() {
        let area = area.unwrap();
        for page in fs::read_dir(area.path()).unwrap() {
            let page = page.unwrap().path();
            let name = format!(
                "{}/{}",
                area.file_name().to_str().unwrap(),
                page.file_stem().unwrap().to_str().unwrap()
            );
            assert!(diagnostics::codes::find(&name).is_some(), "{}", page.display());
        }
    }
}
