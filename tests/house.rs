//! The rules of the house that the compiler does not know: which crate may do what, and that nothing is forgotten.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use diagnostics::codes::CODES;
use imports::Crate;

#[path = "house/imports.rs"]
mod imports;

const README: &str = include_str!("../README.md");
const CHANGELOG: &str = include_str!("../CHANGELOG.md");

/// The names of all files below a directory that end so, sorted.
fn files(directory: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::from(directory)];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The text up to the tests that stand at the end of a file.
fn without_tests(path: &Path) -> String {
    if path.file_name().is_some_and(|name| name == "tests.rs") {
        return String::new();
    }
    let text = fs::read_to_string(path).unwrap();
    let end = text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end].to_owned()
}

/// The sources of the binary and of the crates.
fn sources() -> Vec<PathBuf> {
    let mut found = files("src", ".rs");
    found.extend(
        files("crates", ".rs").into_iter().filter(|path| path.components().any(|it| it.as_os_str() == "src")),
    );
    found
}

/// The changes of user count on it, which the kernel makes by thread.
#[test]
fn the_program_has_one_thread() {
    for path in sources() {
        let text = without_tests(&path);
        for word in ["thread::spawn", "thread::Builder", "thread::scope", "CLONE_THREAD"] {
            assert!(!text.contains(word), "{} says `{word}`", path.display());
        }
    }
}

/// Everything in the source that looks like a finding code, in quotes.
fn codes_in(text: &str) -> BTreeSet<String> {
    let areas: BTreeSet<&str> =
        CODES.iter().map(|code| code.name.split('/').next().unwrap_or_default()).collect();
    text.split('"')
        .filter(|part| {
            let Some((area, name)) = part.split_once('/') else { return false };
            let is_kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            areas.contains(area) && !name.is_empty() && name.chars().all(is_kebab)
        })
        .map(str::to_owned)
        .collect()
}

fn known_codes() -> BTreeSet<String> {
    CODES.iter().map(|code| code.name.to_owned()).collect()
}

#[test]
fn every_code_in_the_source_is_in_the_table_and_the_other_way_round() {
    let mut used = BTreeSet::new();
    for path in sources().iter().filter(|path| !path.ends_with("diagnostics/src/codes.rs")) {
        used.append(&mut codes_in(&without_tests(path)));
    }
    assert_eq!(used, known_codes());
}

/// Findings that need another machine or the server's own start script, and the tests that make them.
const ELSEWHERE: &[(&str, &str)] = &[
    ("discovery/multicast", "crates/server/src/discovery/tests.rs"),
    ("discovery/unresolved", "tests/hostile/discovery.rs"),
    ("files/missing", "tests/hostile/neighbours.rs"),
    ("files/changed-twice", "tests/hostile/copies.rs"),
    ("files/torn-block", "tests/hostile/copies.rs"),
    ("files/mounted-target", "tests/hostile/neighbours.rs"),
    ("files/no-answer", "tests/hostile/dead.rs"),
    ("files/not-writable", "tests/hostile/eyes.rs"),
    ("files/unreadable", "tests/hostile/eyes.rs"),
    ("heap/over-limit", "crates/server/src/heap/tests.rs"),
    ("host/address-space", "crates/server/src/bootstrap/tests.rs"),
    ("host/data-locked", "tests/hostile/eyes.rs"),
    ("host/data-not-writable", "crates/server/src/bootstrap/tests.rs"),
    ("host/disk-watermark", "tests/hostile/room.rs"),
    ("host/java-build", "crates/server/src/bootstrap/jvm/tests.rs"),
    ("host/system-call-filter", "crates/server/src/bootstrap/jvm/tests.rs"),
    ("host/file-size", "crates/server/src/bootstrap/tests.rs"),
    ("host/max-map-count", "crates/server/src/bootstrap/tests.rs"),
    ("host/memlock", "crates/server/src/bootstrap/tests.rs"),
    ("host/memory", "crates/server/src/bootstrap/tests.rs"),
    ("host/no-address", "tests/hostile/network.rs"),
    ("host/privileged-port", "tests/hostile/network.rs"),
    ("host/several-addresses", "tests/hostile/network.rs"),
    ("host/no-space", "crates/server/src/bootstrap/room/tests.rs"),
    ("host/nofile", "crates/server/src/bootstrap/tests.rs"),
    ("host/nproc", "crates/server/src/bootstrap/tests.rs"),
    ("host/other-data", "tests/hostile/eyes.rs"),
    ("host/root", "crates/server/src/bootstrap/tests.rs"),
    ("host/runtime-dir", "tests/contract.rs"),
    ("host/tmp-noexec", "tests/hostile/neighbours.rs"),
    ("host/tmp-not-writable", "tests/hostile/neighbours.rs"),
    ("host/user", "tests/cli.rs"),
    ("launch/blank-in-option", "crates/server/src/launch/tests.rs"),
    ("launch/class-path", "crates/server/src/launch/tests.rs"),
    ("policy/stale-path", "crates/server/src/java_policy/tests.rs"),
];

/// The tests of a file, each without its comments: from `#[test]` to the brace that closes its function.
fn functions(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut found = Vec::new();
    for (index, line) in code.iter().enumerate().filter(|(_, line)| line.trim() == "#[test]") {
        let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        let body: Vec<&str> =
            code[index + 1..].iter().copied().skip_while(|line| !line.contains("fn ")).collect();
        let length = body.iter().position(|line| *line == end).unwrap_or(body.len());
        found.push(body[..length].join("\n"));
    }
    found
}

/// Whether the function compares something, and shows the finding as the texts of findings do, or names its code alone
/// in a string. What gives a finding another level, an option's value, is nothing that a test looks for.
fn asserts(function: &str, code: &str) -> bool {
    let levels = ["--allow", "--warn", "--deny"];
    let mut lines = function.lines().filter(|line| !levels.iter().any(|level| line.contains(level)));
    let shows = |line: &str| {
        line.contains(&format!("\"{code}\""))
            || ["error", "warning"].iter().any(|severity| {
                let plain = format!("\"{severity} {code}");
                [format!("{severity}[{code}]"), format!("{plain} "), format!("{plain}:")]
                    .iter()
                    .any(|form| line.contains(form))
            })
    };
    function.contains("assert") && lines.any(shows)
}

#[test]
fn a_mention_of_a_code_is_no_assertion() {
    let said = |body: &str| {
        let text = format!(
            "// a/b\nconst A: &str = \"a/b\";\n#[test]\nfn it() {{\n{body}\n}}\nfn other() {{ assert!(\"a/b\"); }}\n"
        );
        functions(&text).iter().any(|function| asserts(function, "a/b"))
    };
    assert!(said("    assert_eq!(codes(), [\"a/b\"]);"));
    assert!(said("    assert!(text.contains(\"error[a/b]: \"));"));
    for body in ["", "    assert!(true); // a/b", "    // \"a/b\"\n    assert!(true);", "    run(\"a/b\");"] {
        assert!(!said(body), "{body}");
    }
    assert!(!said("    let words = [\"--allow\", \"a/b\"];\n    assert!(run(&words));"));
}

#[test]
fn every_finding_has_a_case() {
    let mut cases = README.to_owned();
    for path in files("tests/cmd", ".trycmd") {
        cases.push_str(&fs::read_to_string(path).unwrap());
    }
    let mut missing = Vec::new();
    for code in CODES {
        let has_case = ["error", "warning"].iter().any(|severity| {
            cases.contains(&format!("{severity}[{}]: ", code.name))
                || cases.contains(&format!("\"code\":\"{}\",\"severity\":\"{severity}\"", code.name))
        });
        let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == code.name).is_some_and(|(name, path)| {
            let text = fs::read_to_string(path).unwrap();
            functions(&text).iter().any(|function| asserts(function, name))
        });
        if !has_case && !elsewhere {
            missing.push(code.name);
        }
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn the_changelog_knows_this_version() {
    let heading = format!("## {}", env!("CARGO_PKG_VERSION"));
    assert!(CHANGELOG.lines().any(|line| line.starts_with(&heading)), "{heading}");
}

#[test]
fn no_file_names_the_machine_it_was_written_on() {
    let mut paths =
        vec![PathBuf::from("README.md"), "CHANGELOG.md".into(), "Cargo.toml".into(), "Makefile".into()];
    for directory in ["src", "crates", "tests", "docs", "docker", "config-templates", "benches", "scripts"] {
        if Path::new(directory).exists() {
            paths.extend(files(directory, ""));
        }
    }
    let forbidden = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];
    for path in paths {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for word in forbidden {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

/// What a version does differently is said in one table of generations and one of settings: everybody else asks.
#[test]
fn versions_are_compared_in_two_places() {
    const TABLES: [&str; 5] =
        ["generation.rs", "generation/first.rs", "version.rs", "settings/catalogue.rs", "settings/life.rs"];
    const MOST: usize = 10;
    let mut lines = Vec::new();
    for path in sources() {
        let name = path.to_string_lossy().into_owned();
        if TABLES.iter().any(|table| name.ends_with(&format!("crates/server/src/{table}"))) {
            continue;
        }
        for (index, line) in without_tests(&path).lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            // The version of Java is another one.
            let compares =
                ["version.major", "version.minor", ".major,", "Product::", "< Version::", ">= Version::"];
            if compares.iter().any(|word| code.contains(word)) && !code.contains("java.major") {
                lines.push(format!("{name}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    assert!(lines.len() <= MOST, "ask server::generation instead:\n{}", lines.join("\n"));
}

/// Files that import each other can only be understood together.
#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut sources = vec!["src".to_owned()];
    sources.extend(crates().map(|name| format!("crates/{name}/src")));
    for source in sources {
        assert_eq!(Crate::read(&source).circle(), None, "{source}");
    }
}

/// The names of the crates below `crates/`, which are those of their directories.
fn crates() -> impl Iterator<Item = String> {
    let entries = fs::read_dir("crates").unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir());
    entries.map(|entry| entry.file_name().into_string().unwrap())
}

/// The keys of the tables that name what a crate is built from.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(manifest).unwrap();
    let (_, table) = text.split_once("\n[dependencies]\n").unwrap_or_default();
    let lines = table.lines().take_while(|line| !line.starts_with('['));
    let keys = lines.filter(|line| !line.starts_with(['#', ' ']));
    keys.filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_table_of_crates_is_what_cargo_allows() {
    let text = fs::read_to_string("docs/architecture.md").unwrap();
    let cells = |cell: &str| -> BTreeSet<String> {
        cell.split(',')
            .map(|name| name.trim().trim_matches('`').to_owned())
            .filter(|name| !name.is_empty())
            .collect()
    };
    let rows: BTreeSet<(String, BTreeSet<String>, BTreeSet<String>)> = text
        .lines()
        .skip_while(|line| !line.starts_with("| crate |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let row: Vec<&str> = line.trim_matches('|').split('|').collect();
            (row[0].trim().trim_matches('`').to_owned(), cells(row[1]), cells(row[2]))
        })
        .collect();
    let ours: BTreeSet<String> = crates().collect();
    let manifests = ours.iter().map(|name| (name.clone(), format!("crates/{name}/Cargo.toml")));
    let in_cargo = manifests
        .chain([("es-entrypoint".to_owned(), "Cargo.toml".to_owned())])
        .map(|(name, manifest)| {
            let (crates, libraries) =
                dependencies(&manifest).into_iter().partition(|name| ours.contains(name));
            (name, crates, libraries)
        })
        .collect();
    assert_eq!(rows, in_cargo);
}

/// Data may be longer than code.
#[test]
fn files_stay_short_enough_to_read() {
    const LONGEST: usize = 450;
    for path in sources() {
        let text = without_tests(&path);
        let name = path.display().to_string();
        assert!(text.lines().count() <= LONGEST, "{name}: {} lines", text.lines().count());
    }
}

/// The rules of supervision are numbered; each has tests that are named after it.
#[test]
fn every_rule_of_supervision_has_a_test() {
    const RULES: u32 = 23;
    let mut tests = String::new();
    for path in files("tests", ".rs").iter().chain(&files("crates/pid1/src", ".rs")) {
        tests.push_str(&fs::read_to_string(path).unwrap());
    }
    let missing: Vec<u32> =
        (1..=RULES).filter(|rule| !tests.contains(&format!("#[test]\nfn rule_{rule:02}_"))).collect();
    assert_eq!(missing, [0; 0]);
}

#[test]
fn tests_wait_for_what_they_want_to_see() {
    // Polling helpers with a deadline, a name server that is slow on purpose, and the one test that looks at an idle process for a while.
    let known = [
        "tests/common/guard.rs",
        "tests/common/mod.rs",
        "tests/common/name_server.rs",
        "tests/e2e/docker.rs",
        "tests/hostile/lab.rs",
        "tests/starts/lab.rs",
        "tests/supervise.rs",
        "tests/house.rs",
    ];
    for path in files("tests", ".rs") {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.display().to_string();
        assert!(
            !text.contains("sleep(") || known.contains(&name.as_str()),
            "{name}: wait with a deadline instead"
        );
    }
}

/// What a test program starts ends with it where its keepers are compiled in.
#[test]
fn test_programs_that_start_something_have_keepers() {
    for path in files("tests", ".rs").iter().filter(|path| path.parent() == Some(Path::new("tests"))) {
        let mut texts = fs::read_to_string(path).unwrap();
        let is_kept = texts.contains("\nmod common;\n");
        let folder = path.with_extension("");
        for part in if folder.is_dir() { files(folder.to_str().unwrap(), ".rs") } else { Vec::new() } {
            texts.push_str(&fs::read_to_string(part).unwrap());
        }
        let starts = texts.contains(concat!("Command::", "new"));
        assert!(is_kept || !starts, "{}: `mod common;` is missing", path.display());
    }
}
