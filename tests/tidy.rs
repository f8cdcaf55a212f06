//! The rules of the house that the compiler does not know: which room may touch what, and that the documents say
//! what the tables say.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use es_entrypoint::cli::help;
use es_entrypoint::cli::table::OPTIONS;
use es_entrypoint::elasticsearch::variables::TEMPLATE_VARIABLES;
use es_entrypoint::finding::codes::CODES;

const README: &str = include_str!("../README.md");
const FINDINGS: &str = include_str!("../docs/findings.md");
const CHANGELOG: &str = include_str!("../CHANGELOG.md");

/// Rooms that think: no file, no variable, no process, no system call.
const PURE: [&str; 11] = [
    "cli",
    "elasticsearch",
    "environment",
    "finding",
    "kubeconfig",
    "plan",
    "policy",
    "quorum",
    "settings",
    "suggest",
    "template",
];

/// What pure rooms leave to others.
const EFFECTS: [&str; 8] =
    ["std::fs", "std::env", "std::process", "TcpStream", "std::thread", "nix::", "File::open", "SystemTime"];

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

/// The first part of a path below `src`, without the ending: the room.
fn room(path: &Path) -> String {
    let first = path.components().nth(1).unwrap();
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

#[test]
fn thinking_rooms_touch_nothing() {
    for path in files("src", ".rs").iter().filter(|path| PURE.contains(&room(path).as_str())) {
        let text = without_tests(path);
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default().replace("os::unix::", "");
            for effect in EFFECTS {
                assert!(!code.contains(effect), "{}:{}: {effect}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn only_the_main_program_reads_the_environment() {
    for path in files("src", ".rs").iter().filter(|path| room(path) != "main") {
        for reader in ["env::var", "env::args"] {
            assert!(!without_tests(path).contains(reader), "{}: {reader}", path.display());
        }
    }
}

/// The allocator of the preparation counts on it, and so do the changes of user, which the kernel makes by thread.
#[test]
fn the_program_has_one_thread() {
    for path in files("src", ".rs") {
        let text = without_tests(&path);
        for word in ["thread::spawn", "thread::Builder", "thread::scope", "CLONE_THREAD"] {
            assert!(!text.contains(word), "{} says `{word}`", path.display());
        }
    }
}

#[test]
fn unsafe_code_is_in_the_supervising_room_and_says_why() {
    for path in files("src", ".rs") {
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (index, line) in lines.iter().enumerate() {
            let is_unsafe = line.contains("unsafe {") || line.starts_with("unsafe impl");
            if !is_unsafe || line.starts_with("//") {
                continue;
            }
            assert_eq!(room(&path), "supervise", "{}:{}", path.display(), index + 1);
            let above = lines[..index].iter().rev().take(8);
            assert!(
                above.clone().any(|line| line.contains("SAFETY:")),
                "{}:{}: no SAFETY sentence",
                path.display(),
                index + 1
            );
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
    for path in files("src", ".rs").iter().filter(|path| !path.ends_with("finding/codes.rs")) {
        used.append(&mut codes_in(&without_tests(path)));
    }
    assert_eq!(used, known_codes());
}

/// Findings that need another machine or the server's own start script, and the tests that make them.
const ELSEWHERE: &[(&str, &str)] = &[
    ("discovery/multicast", "src/elasticsearch/discovery/tests.rs"),
    ("heap/over-limit", "src/elasticsearch/heap/tests.rs"),
    ("host/address-space", "src/elasticsearch/host_checks/tests.rs"),
    ("host/data-not-writable", "src/elasticsearch/host_checks/tests.rs"),
    ("host/file-size", "src/elasticsearch/host_checks/tests.rs"),
    ("host/max-map-count", "src/elasticsearch/host_checks/tests.rs"),
    ("host/memlock", "src/elasticsearch/host_checks/tests.rs"),
    ("host/memory", "src/elasticsearch/host_checks/tests.rs"),
    ("host/nofile", "src/elasticsearch/host_checks/tests.rs"),
    ("host/nproc", "src/elasticsearch/host_checks/tests.rs"),
    ("host/root", "src/elasticsearch/host_checks/tests.rs"),
    ("host/runtime-dir", "tests/contract.rs"),
    ("host/user", "tests/cli.rs"),
    ("launch/blank-in-option", "src/elasticsearch/launch/tests.rs"),
    ("launch/class-path", "src/elasticsearch/launch/tests.rs"),
    ("policy/stale-path", "src/policy/tests.rs"),
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
fn the_documents_have_the_table_of_findings() {
    let rows: Vec<&str> = FINDINGS
        .lines()
        .skip_while(|line| !line.starts_with("| finding |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let wanted: Vec<String> = CODES
        .iter()
        .map(|code| format!("| `{}` | {} | {} |", code.name, code.severity, code.meaning))
        .collect();
    assert_eq!(rows, wanted);
    for code in CODES {
        let area = code.name.split('/').next().unwrap();
        assert!(README.contains(&format!("| `{area}/…` |")), "{area}");
    }
}

#[test]
fn the_readme_has_the_table_of_variables_and_all_options() {
    for row in TEMPLATE_VARIABLES {
        let line = format!("| `{}` | {} | {} |", row.name, row.default, row.help);
        assert!(README.lines().any(|it| it == line), "{line}");
    }
    for option in OPTIONS.iter().filter(|option| option.is_shown()) {
        let name = format!("`--{}`", option.name);
        assert!(README.contains(&name), "{name}");
    }
    for name in ["MASTER_COUNT", "MASTER_STATEFULSET", "POD_NAME", "POD_NAMESPACE", "INITIAL_MASTER_NODES"] {
        assert!(README.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_readme_has_every_exit_code() {
    for line in help::topic("exit-codes").unwrap().lines() {
        for number in line.split([' ', ',', '+']).filter_map(|word| word.parse::<u32>().ok()) {
            let is_told = README.lines().any(|line| {
                line.starts_with('|') && line.split([' ', ',', '+']).any(|word| word == number.to_string())
            });
            assert!(is_told, "{number}");
        }
    }
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
    for directory in ["src", "tests", "docs", "docker", "config-templates", "benches", "scripts"] {
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

#[test]
fn files_stay_short_enough_to_read() {
    const LONGEST: usize = 500;
    /// This holds one noun that is larger; it stands here on purpose.
    const LARGER: [&str; 1] = ["src/cli.rs"];
    for path in files("src", ".rs") {
        let text = without_tests(&path);
        let name = path.display().to_string();
        let bound = if LARGER.contains(&name.as_str()) { 900 } else { LONGEST };
        assert!(text.lines().count() <= bound, "{name}: {} lines", text.lines().count());
    }
}

/// The rules of supervision are numbered; each has tests that are named after it.
#[test]
fn every_rule_of_supervision_has_a_test() {
    const RULES: u32 = 23;
    let mut tests = String::new();
    for path in files("tests", ".rs").iter().chain(&files("src/supervise", ".rs")) {
        tests.push_str(&fs::read_to_string(path).unwrap());
    }
    let missing: Vec<u32> =
        (1..=RULES).filter(|rule| !tests.contains(&format!("#[test]\nfn rule_{rule:02}_"))).collect();
    assert_eq!(missing, [0; 0]);
}

#[test]
fn tests_wait_for_what_they_want_to_see() {
    // Polling helpers with a deadline, and the one test that looks at an idle process for a while.
    let known = [
        "tests/common/guard.rs",
        "tests/common/mod.rs",
        "tests/e2e/docker.rs",
        "tests/hostile/lab.rs",
        "tests/supervise.rs",
        "tests/tidy.rs",
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
