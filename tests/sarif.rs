//! SARIF of every command that has findings: what the standard requires and GitHub asks for, by assertions; and against the
//! published schema, with the validator that `scripts/provision.sh sarif` brings.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// A directory with a template that has findings; removed at the end.
struct Folder(PathBuf);

const TEMPLATE: &str = "cluster.name: é漢𝒳-${CLUSTER_NAME}\ndiscovery.zen.ping.unicast.hosts: [a, b, c]\n\
                        discovery.zen.minimum_master_nodes: 1\nhttp.password: ${A_PASSWORD}${UNSET}\n";

impl Folder {
    fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("es-entrypoint-sarif-{number}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("a b")).unwrap();
        fs::write(path.join("a b/elasticsearch.yml"), TEMPLATE).unwrap();
        Self(fs::canonicalize(path).unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(common::binary());
        command.args(words).current_dir(&self.0).env_clear().stdin(Stdio::null());
        command.envs([
            ("MASTER_COUNT", "3"),
            ("A_PASSWORD", "hunter2"),
            ("ES_ENTRYPOINT_ES_VERSION", "2.3.4"),
        ]);
        command
    }

    fn output(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = entries.collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const CHECK: [&str; 3] = ["check", "--templates", "a b"];

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn document(text: &str) -> Value {
    assert_eq!(text.lines().count(), 1, "{text}");
    let document = serde_json::from_str(text).unwrap();
    assert_conforms(&document);
    document
}

fn string<'a>(value: &'a Value, member: &str) -> &'a str {
    let text = value[member].as_str().unwrap_or_else(|| panic!("no text `{member}` in {value}"));
    assert!(!text.is_empty(), "`{member}` is empty in {value}");
    text
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().unwrap_or_else(|| panic!("no list `{member}` in {value}"))
}

fn assert_is_place(place: &Value) {
    let uri = string(&place["artifactLocation"], "uri");
    assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%:".contains(&byte)), "{uri}");
    let base = place["artifactLocation"].get("uriBaseId");
    assert!(base.is_none_or(|base| base == "%SRCROOT%"), "{place}");
    let is_absolute = uri.starts_with("file:///") || uri.starts_with("%3C");
    assert_eq!(base.is_none(), is_absolute, "{place}");
    if let Some(region) = place.get("region") {
        let number = |name: &str| region[name].as_u64().unwrap_or_else(|| panic!("{name}: {place}"));
        assert!(number("startLine") >= 1 && number("startColumn") >= 1, "{place}");
        assert!(number("endColumn") >= number("startColumn"), "{place}");
    }
}

/// Every member that the standard requires, or GitHub, and that they fit together.
fn assert_conforms(document: &Value) {
    assert_eq!(document["version"], "2.1.0");
    assert!(string(document, "$schema").starts_with("https://"));
    let [run] = list(document, "runs") else { panic!("not one run") };
    let driver = &run["tool"]["driver"];
    assert_eq!(string(driver, "name"), "es-entrypoint");
    assert_eq!(string(driver, "version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(string(driver, "informationUri"), env!("CARGO_PKG_REPOSITORY"));
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert!(run["originalUriBaseIds"]["%SRCROOT%"].is_object());
    let [invocation] = list(run, "invocations") else { panic!("not one invocation") };
    assert_eq!(invocation["executionSuccessful"], true);
    let rules = list(driver, "rules");
    for rule in rules {
        let id = string(rule, "id");
        assert_eq!(rules.iter().filter(|other| other["id"] == id).count(), 1, "{id}");
        for member in ["shortDescription", "fullDescription"] {
            assert!(string(&rule[member], "text").len() <= 1024, "{id}");
        }
        assert!(string(&rule["help"], "text").contains("\nWhy: "), "{id}");
        assert!(string(&rule["help"], "markdown").contains("\nFix: "), "{id}");
        assert!(string(rule, "helpUri").contains("/docs/findings.md#"), "{id}");
        assert!(["error", "warning"].contains(&string(&rule["defaultConfiguration"], "level")), "{id}");
    }
    let mut used = vec![false; rules.len()];
    let mut prints = Vec::new();
    for result in list(run, "results") {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], rules[index]["id"]);
        used[index] = true;
        assert!(["error", "warning"].contains(&string(result, "level")), "{result}");
        string(&result["message"], "text");
        let [location] = list(result, "locations") else { panic!("not one location: {result}") };
        assert_is_place(&location["physicalLocation"]);
        for logical in list(location, "logicalLocations") {
            string(logical, "name");
            assert!(["variable", "property", "parameter"].contains(&string(logical, "kind")), "{logical}");
        }
        for (index, related) in list(result, "relatedLocations").iter().enumerate() {
            assert_eq!(related["id"], index);
            assert_is_place(&related["physicalLocation"]);
            string(&related["message"], "text");
        }
        prints.push(string(&result["partialFingerprints"], "esEntrypoint/v1"));
    }
    assert_eq!(used, vec![true; rules.len()], "a rule without a result");
    prints.sort_unstable();
    prints.windows(2).for_each(|pair| assert_ne!(pair[0], pair[1]));
}

/// `level code line:column-end` of each result; the code alone where there is no region.
fn results(document: &Value) -> Vec<String> {
    let result = |it: &Value| {
        let region = &it["locations"][0]["physicalLocation"]["region"];
        let place = format!(" {}:{}-{}", region["startLine"], region["startColumn"], region["endColumn"]);
        let place = if region.is_null() { String::new() } else { place };
        format!("{} {}{place}", it["level"].as_str().unwrap(), it["ruleId"].as_str().unwrap())
    };
    list(&document["runs"][0], "results").iter().map(result).collect()
}

#[test]
fn every_command_that_has_findings() {
    let folder = Folder::new();
    fs::create_dir(folder.path("home")).unwrap();
    for (words, on_output, code) in [
        (&CHECK[..], true, 78),
        (&["explain", "--templates", "a b"], true, 78),
        (&["quorum", "3", "--min", "1"], true, 78),
        (&["quorum", "3", "--min", "2"], true, 0),
        (&["policy", "check", "--java-home=none"], true, 0),
        (&["render", "a b/elasticsearch.yml"], false, 78),
        (&["run", "--es-home", "home", "--", "-x"], false, 78),
    ] {
        let (command, rest) = words.split_first().unwrap();
        let options = ["--message-format", "sarif", "--log-level", "off"];
        let output = folder.output(&[&[*command], &options[..], rest].concat());
        assert_eq!(output.status.code(), Some(code), "{words:?} {output:?}");
        let (report, other) =
            if on_output { (output.stdout, output.stderr) } else { (output.stderr, output.stdout) };
        assert_eq!(text(&other), "", "{words:?}");
        let document = document(text(&report));
        assert_eq!(document["runs"][0]["invocations"][0]["exitCode"], code, "{words:?}");
        assert_eq!(results(&document).iter().any(|it| it.starts_with("error ")), code == 78, "{words:?}");
    }
}

#[test]
fn places_levels_and_what_was_said() {
    let folder = Folder::new();
    let document = document(text(&folder.output(&[&CHECK[..], &["--message-format=sarif"]].concat()).stdout));
    assert_eq!(
        results(&document),
        [
            // An old parser takes no character of four bytes.
            "error settings/old-yaml 1:17-18",
            "error template/unset 1:19-34",
            "warning discovery/loopback 2:36-37",
            "error quorum/split-brain 3:37-38",
            "error template/unset 4:29-37"
        ]
    );
    let first = &document["runs"][0]["results"][1];
    assert_eq!(
        first["message"]["text"],
        "variable `CLUSTER_NAME` is not set\nhelp: set CLUSTER_NAME, or give a default: `${CLUSTER_NAME:-default}`"
    );
    let location = &first["locations"][0];
    assert_eq!(
        location["physicalLocation"]["artifactLocation"],
        serde_json::json!({ "uri": "a%20b/elasticsearch.yml", "uriBaseId": "%SRCROOT%" })
    );
    let names: Vec<_> =
        list(location, "logicalLocations").iter().map(|it| [&it["name"], &it["kind"]]).collect();
    assert_eq!(names, [["CLUSTER_NAME", "variable"], ["cluster.name", "property"]]);
    // The columns count characters, not bytes and not what UTF-16 has of them.
    let line: Vec<char> = TEMPLATE.lines().next().unwrap().chars().collect();
    assert_eq!(line[18..33].iter().collect::<String>(), "${CLUSTER_NAME}");
    // However the directory was named.
    let whole = folder.path("a b");
    for named in ["./a b", whole.to_str().unwrap()] {
        let words = ["check", "--templates", named, "--message-format", "sarif"];
        let again: Value = serde_json::from_slice(&folder.output(&words).stdout).unwrap();
        assert_eq!(again["runs"][0]["results"], document["runs"][0]["results"], "{named}");
    }
}

#[test]
fn a_second_place() {
    let folder = Folder::new();
    fs::write(
        folder.path("a b/elasticsearch.yml"),
        "node.name: n\ndiscovery.zen.minimum_master_nodes: 2\nnode.name: m\n",
    )
    .unwrap();
    let document = document(text(&folder.output(&[&CHECK[..], &["--message-format=sarif"]].concat()).stdout));
    assert_eq!(results(&document), ["error settings/duplicate-key 3:12-13"]);
    let related = &document["runs"][0]["results"][0]["relatedLocations"];
    assert_eq!(related[0]["message"]["text"], "remove this one or the one here");
    let region = &related[0]["physicalLocation"]["region"];
    assert_eq!(*region, serde_json::json!({ "startLine": 1, "startColumn": 12, "endColumn": 13 }));
}

#[test]
fn standard_input_and_arguments_are_no_files() {
    let folder = Folder::new();
    let mut child = folder
        .command(&["render", "--message-format", "sarif", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"a: ${UNSET}\n").unwrap();
    let document = document(text(&child.wait_with_output().unwrap().stderr));
    assert_eq!(results(&document), ["error template/unset 1:4-12"]);
    let place = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"], serde_json::json!({ "uri": "%3Cstdin%3E" }));
}

#[test]
fn a_file_beside_each_other_format() {
    let folder = Folder::new();
    let alone = folder.output(&[&CHECK[..], &["--message-format", "sarif"]].concat());
    for (format, value) in [
        ("human", "sarif=x.sarif"),
        ("json", "json,sarif=x.sarif"),
        ("github", "sarif=x.sarif,github"),
        ("sarif", "sarif,sarif=x.sarif"),
    ] {
        let expected = folder.output(&[&CHECK[..], &["--message-format", format]].concat());
        let output = folder.output(&[&CHECK[..], &["--message-format", value]].concat());
        assert_eq!((output.stdout, output.status), (expected.stdout, expected.status), "{value}");
        let file = fs::read(folder.path("x.sarif")).unwrap();
        assert_eq!(text(&file), text(&alone.stdout), "{value}");
        assert_eq!(folder.names(), ["a b", "x.sarif"]);
        assert_eq!(fs::metadata(folder.path("x.sarif")).unwrap().permissions().mode() & 0o7777, 0o644);
        fs::remove_file(folder.path("x.sarif")).unwrap();
    }
    // The variable names the file, the command line the format.
    let mut command = folder.command(&[&CHECK[..], &["--message-format", "json"]].concat());
    command.env("ES_ENTRYPOINT_MESSAGE_FORMAT", "sarif=x.sarif");
    let output = command.output().unwrap();
    assert!(output.stdout.starts_with(b"{\"code\":"), "{output:?}");
    assert_eq!(text(&fs::read(folder.path("x.sarif")).unwrap()), text(&alone.stdout));
}

#[test]
fn a_file_without_findings() {
    let folder = Folder::new();
    fs::write(folder.path("a b/elasticsearch.yml"), "discovery.zen.minimum_master_nodes: 2\n").unwrap();
    let output = folder.output(&[&CHECK[..], &["--message-format", "sarif=x.sarif"]].concat());
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""));
    let document = document(&fs::read_to_string(folder.path("x.sarif")).unwrap());
    assert_eq!(document["runs"][0]["results"], serde_json::json!([]));
    assert_eq!(document["runs"][0]["invocations"][0]["exitCode"], 0);
    // What `render` ends with is not known before it has rendered.
    let output = folder.output(&["render", "a b/elasticsearch.yml", "--message-format", "sarif=x.sarif"]);
    assert_eq!(
        (output.status.code(), text(&output.stdout)),
        (Some(0), "discovery.zen.minimum_master_nodes: 2\n")
    );
    let document = self::document(&fs::read_to_string(folder.path("x.sarif")).unwrap());
    assert_eq!(document["runs"][0]["invocations"][0].get("exitCode"), None);
}

#[test]
fn a_file_that_cannot_be_written() {
    let folder = Folder::new();
    fs::create_dir(folder.path("directory")).unwrap();
    fs::create_dir(folder.path("home")).unwrap();
    let said = folder.output(&CHECK).stdout;
    let at = |name: &str| folder.path(name).display().to_string();
    for (file, message) in [
        ("no/x.sarif".to_owned(), "`no/x.sarif` cannot be created: no such file or directory".to_owned()),
        ("directory".to_owned(), format!("`{}` is not a regular file", at("directory"))),
        ("/dev/full".to_owned(), "`/dev/full` is not a regular file".to_owned()),
    ] {
        let value = format!("sarif={file}");
        let output = folder.output(&[&CHECK[..], &["--message-format", &value]].concat());
        assert_eq!(text(&output.stderr), format!("es-entrypoint: error: {message}\n"));
        assert_eq!((output.status.code(), &output.stdout), (Some(73), &said), "{file}");
        let output = folder.output(&["quorum", "3", "--message-format", &value]);
        assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(73), false), "{file}");
        let output = folder.output(&["render", "--message-format", &value, "--output", "out"]);
        assert_eq!((output.status.code(), folder.path("out").exists()), (Some(73), false), "{file}");
        let output = folder.output(&["run", "--message-format", &value, "--es-home", "home", "--", "-x"]);
        assert_eq!(output.status.code(), Some(73), "{file}");
    }
}

/// Somebody meant the file that is to be judged.
#[test]
fn a_file_that_holds_something_else_stays() {
    let folder = Folder::new();
    let name = "a b/elasticsearch.yml";
    let before = fs::read(folder.path(name)).unwrap();
    let said = folder.output(&CHECK).stdout;
    let output = folder.output(&[&CHECK[..], &["--message-format", &format!("sarif={name}")]].concat());
    assert_eq!(
        text(&output.stderr),
        format!("es-entrypoint: error: `{name}` holds something else than SARIF and is not replaced\n")
    );
    assert_eq!((output.status.code(), output.stdout), (Some(73), said));
    assert_eq!(fs::read(folder.path(name)).unwrap(), before);
    for earlier in ["", "{}", "\n{\"runs\": []}\n"] {
        fs::write(folder.path("x.sarif"), earlier).unwrap();
        let output = folder.output(&[&CHECK[..], &["--message-format", "sarif=x.sarif"]].concat());
        assert_eq!(output.status.code(), Some(78), "{earlier}");
        document(&fs::read_to_string(folder.path("x.sarif")).unwrap());
    }
}

/// What stood there before stays as it is, and nothing else is left.
#[test]
fn a_file_is_written_completely_or_not_at_all() {
    let folder = Folder::new();
    fs::write(folder.path("x.sarif"), "{}").unwrap();
    let mut command = Command::new("/bin/sh");
    // Of a file no more than 512 bytes can be written.
    command.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"]).arg(common::binary()).args(CHECK);
    command.args(["--message-format", "sarif=x.sarif"]).current_dir(&folder.0).env_clear();
    let output = command.output().unwrap();
    let message = format!("writing `{}` failed: file too large", folder.path("x.sarif").display());
    assert_eq!(text(&output.stderr), format!("es-entrypoint: error: {message}\n"));
    assert_eq!(output.status.code(), Some(74));
    assert_eq!(fs::read_to_string(folder.path("x.sarif")).unwrap(), "{}");
    assert_eq!(folder.names(), ["a b", "x.sarif"]);
}

#[test]
fn no_secret_is_in_it() {
    let folder = Folder::new();
    fs::write(
        folder.path("a b/elasticsearch.yml"),
        "http.password: hunter2 ${UNSET}\nother.password: \"${A_PASSWORD}${UNSET}\"\ndiscovery.zen.minimum_master_nodes: 2\n",
    )
    .unwrap();
    for words in [&CHECK[..], &["explain", "--templates", "a b"], &["render", "a b/elasticsearch.yml"]] {
        let output = folder.output(&[words, &["--message-format", "sarif,sarif=x.sarif"]].concat());
        assert_eq!(output.status.code(), Some(78));
        let file = fs::read_to_string(folder.path("x.sarif")).unwrap();
        assert_eq!(results(&document(&file)).len(), 2, "{file}");
        for shown in [file.as_str(), text(&output.stdout), text(&output.stderr)] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}

/// Of all directories with cases.
fn documents() -> String {
    let mut documents = String::new();
    let mut directories = vec![PathBuf::from("tests/cmd"), "docs/examples".into()];
    while let Some(directory) = directories.pop() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(&directory).unwrap().map(|it| it.unwrap().path()).collect();
        entries.sort();
        if entries.iter().any(|path| path.is_file()) {
            for host in ["--host=false", "--host"] {
                let mut command = Command::new(common::binary());
                command.args(["check", "--message-format", "sarif", host, "--templates"]).arg(&directory);
                let output = command.env_clear().env("MASTER_COUNT", "3").output().unwrap();
                documents.push_str(text(&output.stdout));
            }
        }
        directories.extend(entries.into_iter().filter(|path| path.is_dir() && !path.is_symlink()));
    }
    documents
}

#[test]
fn documents_of_all_cases_conform() {
    let documents = documents();
    let mut codes = std::collections::BTreeSet::new();
    for line in documents.lines() {
        let document = document(line);
        let results = list(&document["runs"][0], "results").iter();
        codes.extend(results.map(|it| it["ruleId"].as_str().unwrap().to_owned()));
    }
    assert!(documents.lines().count() > 100 && codes.len() > 25, "{} {codes:?}", documents.lines().count());
}

/// Reads documents, one a line, and prints what is wrong with them: `number: what`.
const VALIDATE: &str = "
import json, sys, jsonschema
kind = jsonschema.Draft7Validator
assert 'uri' in kind.FORMAT_CHECKER.checkers
validator = kind(json.load(open(sys.argv[1])), format_checker=kind.FORMAT_CHECKER)
for number, line in enumerate(sys.stdin):
    for error in validator.iter_errors(json.loads(line)):
        print(f'{number}: {error.json_path}: {error.message[:200]}')
";

#[test]
fn documents_of_all_cases_are_valid_by_the_published_schema() {
    let folder = common::cache().join("sarif");
    let (python, schema) = (folder.join("validator/bin/python"), folder.join("schema.json"));
    if ![python.as_path(), &schema].into_iter().all(Path::exists) {
        common::skip("the schema of SARIF is not here: `scripts/provision.sh sarif` brings it");
        return;
    }
    let validate = |documents: &str| {
        let mut child = Command::new(&python)
            .args(["-c", VALIDATE])
            .arg(&schema)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(documents.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        text(&output.stdout).to_owned()
    };
    let documents = documents();
    assert_eq!(validate(&documents), "");
    // It would see something wrong.
    let good = documents.lines().find(|line| line.contains("\"ruleId\"")).unwrap();
    for (right, wrong) in [
        ("\"startLine\":", "\"startRow\":"),
        ("\"version\":\"2.1.0\"", "\"version\":\"2.0.0\""),
        ("\"level\":\"error\"", "\"level\":\"fatal\""),
        ("\"helpUri\":\"", "\"helpUri\":\"no address "),
        ("\"message\":{\"text\"", "\"message\":{\"words\""),
    ] {
        assert!(good.contains(right), "{right}");
        assert_ne!(validate(&(good.replace(right, wrong) + "\n")), "", "{wrong}");
    }
}
