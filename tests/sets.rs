//! The sets of manifests in `docker/kubernetes`: as they are nothing is found in them, and each pitfall, brought in by a change
//! of one line, gives exactly its findings at their lines.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

const SETS: &str = "docker/kubernetes";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All directories with a set that can be applied, below [`SETS`].
fn sets() -> Vec<String> {
    let mut found = Vec::new();
    let mut directories = vec![root().join(SETS)];
    while let Some(directory) = directories.pop() {
        let text = fs::read_to_string(directory.join("kustomization.yaml")).unwrap_or_default();
        // What belongs to others has no namespace of its own.
        if text.contains("\nnamespace: ") {
            let path = directory.strip_prefix(root().join(SETS)).unwrap();
            found.push(path.display().to_string());
        }
        directories.extend(
            fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()),
        );
    }
    found.sort();
    found
}

fn build(kubectl: &Path, set: &str) -> String {
    let output = Command::new(kubectl).arg("kustomize").arg(root().join(SETS).join(set)).output().unwrap();
    assert!(output.status.success(), "{set}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// `severity[code] the line`, in their order, and the whole output.
fn findings(manifests: &str) -> (Vec<String>, String) {
    let mut child = Command::new(common::binary())
        .env_clear()
        .args(["check", "-f", "-", "--message-format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(manifests.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = manifests.lines().collect();
    let mut found: Vec<String> = text
        .lines()
        .map(|line| {
            let finding: Value = serde_json::from_str(line).unwrap();
            let line = usize::try_from(finding["line"].as_u64().unwrap_or_default()).unwrap();
            let shown = line.checked_sub(1).and_then(|line| lines.get(line)).map_or("", |line| line.trim());
            format!(
                "{}[{}] {shown}",
                finding["severity"].as_str().unwrap(),
                finding["code"].as_str().unwrap()
            )
        })
        .collect();
    found.sort();
    (found, text)
}

#[test]
fn nothing_is_found_in_the_sets() {
    let Some(kubectl) = common::tool("kubectl") else { return };
    let sets = sets();
    assert!(sets.len() >= 8, "{sets:?}");
    for set in sets {
        let (found, text) = findings(&build(&kubectl, &set));
        assert!(found.is_empty(), "{set}: {text}");
    }
}

/// One change of a set, as `mutations.txt` has them.
#[derive(Default)]
struct Mutation {
    set: String,
    /// `Kind/name` of the object.
    object: String,
    /// The lines that go, one after the other; each stands for the first line of the object that reads so.
    removed: Vec<String>,
    /// What takes the place of the last of them, as deep as that is.
    added: Vec<String>,
    /// The block without what is found.
    text: String,
}

/// A block of the file, if it is a change.
fn mutation(block: &str) -> Option<Mutation> {
    let mut mutation = Mutation::default();
    for line in block.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "set" => rest.clone_into(&mut mutation.set),
            "in" => rest.clone_into(&mut mutation.object),
            "-" => mutation.removed.push(rest.to_owned()),
            "+" => mutation.added.push(rest.to_owned()),
            "#" => {}
            _ => continue,
        }
        mutation.text += line;
        mutation.text += "\n";
    }
    (!mutation.object.is_empty()).then_some(mutation)
}

/// The manifests with the change.
fn changed(manifests: &str, mutation: &Mutation) -> String {
    let Mutation { set, object, removed, added, .. } = mutation;
    let (kind, name) = object.split_once('/').unwrap();
    let mut documents: Vec<String> = manifests.split("\n---\n").map(str::to_owned).collect();
    let is_it = |document: &String| {
        // Names that kustomize makes end with a hash.
        let begins = format!("  name: {name}");
        let is_hash = |rest: &str| rest.len() == 11 && rest.starts_with('-') && !rest[1..].contains('-');
        let is_name =
            |line: &str| line.strip_prefix(&begins).is_some_and(|rest| rest.is_empty() || is_hash(rest));
        document.lines().any(|line| line == format!("kind: {kind}")) && document.lines().any(is_name)
    };
    let document = documents.iter_mut().find(|document| is_it(document));
    let document = document.unwrap_or_else(|| panic!("{set} has no {object}"));
    let mut lines: Vec<String> = document.lines().map(str::to_owned).collect();
    let depth = |line: &str| line.len() - line.trim_start().len();
    let (mut place, mut deeper) = (0, 0);
    for line in removed {
        let found = lines.iter().skip(place).position(|it| it.trim() == line.trim());
        place += found.unwrap_or_else(|| panic!("{object} of {set} has no `{line}`"));
        deeper = depth(&lines.remove(place)) - depth(line);
    }
    for (number, line) in added.iter().enumerate() {
        lines.insert(place + number, format!("{}{line}", " ".repeat(deeper)));
    }
    *document = lines.join("\n");
    documents.join("\n---\n")
}

/// `SNAPSHOTS=overwrite` writes down what is found.
#[test]
fn each_pitfall_is_found_at_its_line() {
    let Some(kubectl) = common::tool("kubectl") else { return };
    let path = root().join("tests/sets/mutations.txt");
    let text = fs::read_to_string(&path).unwrap();
    let mut built: BTreeMap<String, String> = BTreeMap::new();
    let mut count = 0;
    let blocks: Vec<String> = text
        .trim_end()
        .split("\n\n")
        .map(|block| {
            let Some(mutation) = mutation(block) else { return block.to_owned() };
            count += 1;
            let manifests =
                built.entry(mutation.set.clone()).or_insert_with(|| build(&kubectl, &mutation.set));
            let (found, _) = findings(&changed(manifests, &mutation));
            format!("{}{}", mutation.text, found.join("\n")).trim_end().to_owned()
        })
        .collect();
    assert!(count >= 60, "{count} changes");
    let found = blocks.join("\n\n") + "\n";
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        fs::write(&path, &found).unwrap();
    }
    let differs = text.lines().zip(found.lines()).find(|(wanted, found)| wanted != found);
    assert!(found == text, "the first difference: {differs:?}\n{found}");
}
