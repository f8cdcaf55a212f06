//! Templates, files of variables and directories that are anything but what they should be.

use crate::lab::{Ended, Lab, ended, objects, root};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

/// Everything that can stand where a file is expected, made at that path; the reason that is reported.
type Made = (&'static str, fn(&Path), &'static str);

fn fifo(path: &Path) {
    nix::unistd::mkfifo(path, nix::sys::stat::Mode::from_bits_truncate(0o644)).unwrap();
}

fn sparse(path: &Path, length: u64) {
    std::fs::File::create(path).unwrap().set_len(length).unwrap();
}

const MADE: &[Made] = &[
    ("a directory", |path| std::fs::create_dir(path).unwrap(), "is a directory, not a regular file"),
    ("a FIFO", fifo, "is a FIFO, not a regular file"),
    (
        "a socket",
        |path| drop(UnixListener::bind(path).unwrap()),
        "is a socket or a device, not a regular file",
    ),
    ("an endless device", |path| symlink("/dev/zero", path).unwrap(), "is a device, not a regular file"),
    ("a terminal", |path| symlink("/dev/tty", path).unwrap(), ""),
    (
        "a link to itself",
        |path| symlink(path, path).unwrap(),
        "cannot be read: too many symbolic links encountered",
    ),
    ("a link to nowhere", |path| symlink("/nowhere/at/all", path).unwrap(), "does not exist"),
];

#[track_caller]
fn refused(case: &str, lab: &Lab, found: &Ended, code: &str, reason: &str) {
    assert_eq!(found.code, 78, "{case}: {found:?}");
    assert!(!found.started(), "{case}: {found:?}");
    assert_eq!(lab.names("runtime"), [""; 0], "{case}");
    let objects = objects(&found.errors);
    let finding = objects
        .iter()
        .find(|object| object["code"] == code)
        .unwrap_or_else(|| panic!("{case}: no {code} in {}", found.errors));
    assert!(finding["message"].as_str().unwrap().contains(reason), "{case}: {finding}");
    for member in ["file", "line", "column", "help"] {
        assert!(!finding[member].is_null(), "{case}: no {member} in {finding}");
    }
}

#[test]
fn templates_that_are_no_files() {
    for (case, make, reason) in MADE {
        let lab = Lab::new("template");
        make(&lab.path("templates/elasticsearch.yml"));
        let found = lab.start(&["--message-format", "json", "--templates", "templates"]);
        refused(case, &lab, &found, "template/unreadable", reason);
    }
}

#[test]
fn files_of_the_configuration_that_are_no_files() {
    for (case, make, reason) in MADE {
        let lab = Lab::new("configuration");
        make(&lab.path("home/config/elasticsearch.yml"));
        let found = lab.start(&["--message-format", "json"]);
        refused(case, &lab, &found, "template/unreadable", reason);
    }
}

#[test]
fn files_of_variables_that_are_no_files() {
    for (case, make, reason) in MADE {
        let lab = Lab::new("value");
        lab.write("templates/elasticsearch.yml", "cluster.name: ${NAME}\n");
        make(&lab.path("value"));
        let mut command = lab.command(["run", "--message-format", "json", "--templates", "templates"]);
        command.env("NAME_FILE", lab.path("value"));
        refused(case, &lab, &ended(command), "env/unreadable-file", reason);
    }
}

#[test]
fn contents_that_are_no_templates() {
    let huge = 33 * 1024 * 1024;
    let cases: &[(&str, &[u8], &str)] = &[
        ("not UTF-8", b"cluster.name: \xff\xfe\n", "template/not-yaml"),
        ("a program", b"\x7fELF\x02\x01\x01\0\0\0", "template/not-yaml"),
        ("a NUL", b"cluster.name: a\0b\n", "template/not-yaml"),
        ("UTF-16", b"\xff\xfec\0l\0", "template/not-yaml"),
        ("never closed", b"a: [1, 2\n", "template/not-yaml"),
        ("two documents", b"a: 1\n---\nb: 2\n", "template/structure"),
    ];
    for (case, content, code) in cases {
        let lab = Lab::new("content");
        lab.write("templates/elasticsearch.yml", content);
        let found = lab.start(&["--message-format", "json", "--templates", "templates"]);
        refused(case, &lab, &found, code, "");
    }
    let lab = Lab::new("huge");
    sparse(&lab.path("templates/elasticsearch.yml"), huge);
    let found = lab.start(&["--message-format", "json", "--templates", "templates"]);
    refused("huge", &lab, &found, "template/unreadable", "is larger than 32 MiB");
    lab.write("templates/elasticsearch.yml", "a: ${NAME}\n");
    sparse(&lab.path("value"), huge);
    let mut command = lab.command(["run", "--message-format", "json", "--templates", "templates"]);
    command.env("NAME_FILE", lab.path("value"));
    refused("huge value", &lab, &ended(command), "env/unreadable-file", "is larger than 1 MiB");
}

#[test]
fn directories_that_are_none() {
    let lab = Lab::new("directories");
    lab.write("file", "");
    symlink("nowhere", lab.path("dangling")).unwrap();
    for (words, reason) in [
        (["--templates", "missing"], "does not exist"),
        (["--templates", "file"], "is not a directory"),
        (["--templates", "dangling"], "does not exist"),
        (["--config-dir", "file"], "is not a directory"),
        (["--config-dir", "dangling"], "does not exist"),
        (["--config-dir", "nowhere"], "does not exist"),
    ] {
        let line = ["--message-format", "json", words[0], words[1]];
        refused(&words.join(" "), &lab, &lab.start(&line), "template/unreadable", reason);
    }
    // What is found rather than named: a mistake there is reported as well.
    lab.write("home/config-templates", "");
    let found = lab.start(&["--message-format", "json"]);
    refused("config-templates is a file", &lab, &found, "template/unreadable", "is not a directory");
}

#[test]
fn a_named_configuration_directory_that_is_not_there() {
    let lab = Lab::new("unmounted");
    let nowhere = lab.path("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let argument = format!("--path.conf={nowhere}");
    let start = |variables: &[(&str, &str)], words: &[&str]| {
        let mut command = lab.command(["run", "--message-format", "json"].iter().chain(words));
        command.envs(variables.iter().copied());
        ended(command)
    };
    for (variables, words, named_by) in [
        (&[][..], &["--config-dir", nowhere][..], "`--config-dir`"),
        (&[("CONF_DIR", nowhere)], &[], "`CONF_DIR`"),
        (&[], &["--", &argument], "`path.conf` in the arguments"),
    ] {
        let found = start(variables, words);
        refused(named_by, &lab, &found, "template/unreadable", &format!("`{nowhere}` does not exist"));
        let help = format!(
            "{named_by} names it as the configuration directory: the server would not get the configuration that is meant for \
             it; mount it there, or name the right directory"
        );
        assert!(objects(&found.errors).iter().any(|object| object["help"] == *help), "{found:?}");
    }
    // The variable of another generation may be a leftover of the image.
    let found = start(&[("ES_PATH_CONF", nowhere)], &[]);
    assert_eq!((found.code, found.started()), (0, true), "{found:?}");
    // The home's own directory was named by nobody.
    std::fs::remove_dir_all(lab.path("home/config")).unwrap();
    let found = start(&[], &[]);
    assert_eq!((found.code, found.started()), (0, true), "{found:?}");
    // Templates are rendered into what they make themselves.
    lab.write("templates/elasticsearch.yml", "cluster.name: x\n");
    let found = start(&[("CONF_DIR", nowhere)], &["--templates", "templates"]);
    assert_eq!((found.code, found.started()), (0, true), "{found:?}");
}

#[test]
fn more_files_than_any_configuration_has() {
    let lab = Lab::new("many");
    for index in 0..10_001 {
        lab.write(format!("templates/{index}.txt"), "x");
    }
    let found = lab.start(&["--message-format", "json", "--templates", "templates"]);
    refused("10,001 files", &lab, &found, "template/unreadable", "holds too many files");
    std::fs::remove_file(lab.path("templates/7.txt")).unwrap();
    let found = lab.start(&["--templates", "templates"]);
    assert_eq!((found.code, found.started()), (0, true), "{found:?}");
    // With the directory for scripts, which the server needs.
    assert_eq!(lab.names("home/config").len(), 10_000 + usize::from(nix::unistd::geteuid().is_root()));
}

#[test]
fn a_directory_that_leads_into_itself() {
    let lab = Lab::new("loop");
    lab.write("templates/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    for name in ["a", "b", "c"] {
        symlink(".", lab.path("templates").join(name)).unwrap();
    }
    let found = lab.start(&["--message-format", "json", "--templates", "templates"]);
    refused("loop", &lab, &found, "template/unreadable", "is a link to a directory above it");
}

#[test]
fn names_that_are_no_text() {
    let lab = Lab::new("names");
    lab.write("templates/elasticsearch.yml", "cluster.name: x\n");
    lab.write(Path::new("templates").join(OsStr::from_bytes(b"bad\xff\n\x1b[31m.txt")), "${A:-value}");
    lab.write(Path::new("templates").join("e".repeat(255)), "${A:-value}");
    let found = lab.start(&["--templates", "templates"]);
    assert_eq!((found.code, found.started()), (0, true), "{found:?}");
    let written = lab.path("home/config").join(OsStr::from_bytes(b"bad\xff\n\x1b[31m.txt"));
    assert_eq!(std::fs::read(written).unwrap(), b"value");
    lab.write(Path::new("templates").join(OsStr::from_bytes(b"bad\xff\n\x1b[31m.txt")), "${A}");
    let found = lab.start(&["--templates", "templates"]);
    assert_eq!(found.code, 78, "{found:?}");
    assert!(!found.errors.contains('\x1b'), "{found:?}");
}

#[test]
fn unreadable_files() {
    if !root("becoming somebody else") {
        return;
    }
    let lab = Lab::new("unreadable");
    lab.write("templates/elasticsearch.yml", "cluster.name: x\n");
    lab.mode("templates/elasticsearch.yml", 0o600);
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let words = ["run", "--message-format", "json", "--templates", "templates"];
    let found = ended(lab.prefixed(&nobody, words));
    refused(
        "unreadable file",
        &lab,
        &found,
        "template/unreadable",
        "is not readable for this user: mode 0600, owner 0:0",
    );
    lab.mode("templates", 0o700);
    let found = ended(lab.prefixed(&nobody, words));
    refused(
        "unreadable directory",
        &lab,
        &found,
        "template/unreadable",
        "is not readable for this user: mode 0700, owner 0:0",
    );
    lab.mode("home/config", 0o700);
    let found = ended(lab.prefixed(&nobody, ["run", "--message-format", "json"]));
    refused(
        "unreadable configuration",
        &lab,
        &found,
        "template/unreadable",
        "for this user: mode 0700, owner 0:0",
    );
}

/// Names and values may hold what a terminal acts on, or what begins a new line of a report or a file.
#[test]
fn escape_sequences_and_line_ends_are_not_passed_on() {
    let lab = Lab::new("escapes");
    let hostile = "\x1b[31m\n::error::x\u{202e}";
    lab.write(format!("templates/{hostile}.yml"), "a: ${A}\n\"k${A}\": ${A}\n");
    lab.write("templates/elasticsearch.yml", "a: b\n\"k${A}\": ${A}\n");
    for words in [
        &["check", "--templates", "templates"][..],
        &["explain", "--templates", "templates"],
        &["run", "--templates", "templates", "--config-dir", hostile, "--runtime-dir", hostile],
        &["render", "--output", "elsewhere/x", "templates"],
        &["render", "--output", hostile, "templates"],
        &["help", hostile],
        &["run", "--", hostile],
        &[hostile],
    ] {
        for value in [hostile, ""] {
            let mut command = lab.command(words);
            command.env("A", value);
            let found = ended(command);
            let reported = if found.started() { &found.errors } else { &found.everything() };
            assert!(!reported.contains(['\x1b', '\u{202e}']), "{words:?}: {found:?}");
            assert!(!reported.lines().any(|line| line.starts_with("::error")), "{words:?}: {found:?}");
        }
    }
    let mut command = lab.command(["render", "templates"]);
    command.env("A", "value");
    let found = ended(command);
    assert!(found.output.starts_with("# templates/·[31m·::error::x·.yml\na: value\n"), "{found:?}");
}

/// Nothing that stands in a file or a variable makes a command hang or panic: it ends with a report.
#[test]
fn what_no_configuration_looks_like() {
    let deep =
        |open: &str, close: &str, depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth));
    let each = |count: u32, text: &dyn Fn(u32) -> String| -> String { (0..count).map(text).collect() };
    let texts = [
        ("flow lists", format!("a: {}\n", deep("[", "]", 10_000))),
        ("flow maps", format!("a: {}1\n", deep("{b: ", "}", 10_000))),
        ("lists in lines", format!("a: {}\n", "- ".repeat(10_000))),
        ("block maps", each(500, &|depth| format!("{}a:\n", " ".repeat(depth as usize)))),
        ("defaults", format!("a: {}\n", deep("${A:-", "}", 10_000))),
        ("messages", format!("a: {}\n", deep("${B:?", "}", 10_000))),
        ("names", format!("a: {}\n", deep("${A${", "}}", 10_000))),
        ("an anchor that holds itself", "a: &a [*a, {b: *a}]\n<<: *a\n".into()),
        ("aliases of aliases", each(100, &|index| format!("a{index}: &a{index} [*a{index}, *a{index}]\n"))),
        ("keys that are none", "? {a: b}\n: [c]\n? - d\n: e\n? |\n  f\n: g\n".into()),
        ("numbers", "http.port: 99999999999999999999\ntransport.port: 1e400\nnode.master: -0x1\n".into()),
        (
            "more numbers",
            "discovery.zen.minimum_master_nodes: 340282366920938463463374607431768211456\n".into(),
        ),
        ("an endless word", format!("a: {}\n", "x".repeat(1 << 17))),
        ("an endless key", format!("? {}\n: a\n", "x".repeat(1 << 17))),
        ("an escape that ends", "a: \"\\x4\n".into()),
        ("half a character", "a: \"\\ud800\"\n".into()),
        ("characters for private use", {
            let private = |index| char::from_u32(0xe000 + index).unwrap();
            each(0x1900, &|index| format!("# {}${{A}}\n", private(index)))
        }),
        ("placeholders everywhere", "&${A} ${A}: !${A} *${A}\n%${A}\n--- ${A}\n".into()),
    ];
    let lab = Lab::new("anything");
    let huge = "9".repeat(1000);
    for name in ["elasticsearch.yml", "other.yml", "log4j2.properties", "jvm.options", "java.policy", "a.txt"]
    {
        let file = format!("templates/{name}");
        for (case, text) in &texts {
            lab.write(&file, text);
            for words in [
                &["check", "--templates", "templates", "--es-version", "7.17.29"][..],
                &["check", "--templates", "templates", "--host", "--message-format", "json"],
                &["explain", "--templates", "templates"],
                &["render", &file],
            ] {
                let mut command = lab.command(words);
                for variable in ["MASTER_COUNT", "MIN_MASTERS", "ES_HEAP_SIZE", "ES_JAVA_OPTS"] {
                    command.env(variable, &huge);
                }
                command.env("A", "x");
                let found = ended(command);
                assert!(matches!(found.code, 0 | 78), "{case} in {name}, {words:?}: {}", found.code);
            }
        }
        std::fs::remove_file(lab.path(&file)).unwrap();
    }
}

/// A report and a document of SARIF that go to one file: both are there as a whole, and so is what the child writes.
#[test]
fn two_reports_in_one_file() {
    let lab = Lab::new("one-file");
    lab.write("t/elasticsearch.yml", "cluster.nmae: x\nhttp.port: [\n");
    let whole = |words: &[&str]| crate::lab::ended(lab.command(words));
    let check = ["check", "--templates", "t", "--es-version", "2.3.4", "--log-level", "off"];
    let report = whole(&[&check[..], &["--message-format", "json"]].concat());
    let document = whole(&[&check[..], &["--message-format", "sarif"]].concat());
    assert_eq!((report.code, document.code), (78, 78), "{report:?} {document:?}");
    let both = format!("{}{}", report.output, document.output);
    let format = |file: &str| format!("json,sarif={file}");
    for (file, redirection) in [
        ("/dev/stdout", ">f"),
        ("/dev/stdout", ">>f"),
        ("/dev/fd/1", ">f"),
        ("/proc/self/fd/1", ">f"),
        ("f", ">f"),
        ("./f", ">>f"),
        ("/dev/stderr", ">f 2>&1"),
        ("/dev/stderr", ">>f 2>>f"),
        ("/dev/stdout", "| cat >f; exit 78"),
    ] {
        lab.write("f", "");
        let script = format!("\"$@\" {redirection}");
        let format = format(file);
        let words = [&check[..], &["--message-format", &*format]].concat();
        let found = crate::lab::ended(lab.prefixed(&["sh", "-c", &script, "sh"], &words));
        assert_eq!((found.code, found.everything()), (78, String::new()), "{file} {redirection}");
        assert_eq!(lab.read("f"), both, "{file} {redirection}");
    }
    // Two streams, one file each.
    let format = format("/dev/stderr");
    let words = [&check[..], &["--message-format", &*format]].concat();
    let found = crate::lab::ended(lab.prefixed(&["sh", "-c", "\"$@\" >f 2>g", "sh"], &words));
    assert_eq!(
        (found.code, lab.read("f"), lab.read("g")),
        (78, report.output.clone(), document.output.clone())
    );
    // The output of the child follows.
    let words =
        ["run", "--templates", "t2", "--message-format", "json,sarif=/dev/stdout", "--", "echo", "child"];
    lab.write("t2/elasticsearch.yml", "cluster.name: x\n");
    let found = crate::lab::ended(lab.prefixed(&["sh", "-c", "\"$@\" >f", "sh"], words));
    let written = lab.read("f");
    let document = written.strip_suffix("child\n").unwrap_or_default();
    assert_eq!(found.code, 0, "{found:?}");
    assert!(serde_json::from_str::<serde_json::Value>(document).is_ok(), "{written}");
    // A stream that takes nothing.
    let words = [&check[..], &["--message-format", "json,sarif=/dev/stdout"]].concat();
    let found = crate::lab::ended(lab.prefixed(&["sh", "-c", "\"$@\" >/dev/full", "sh"], &words));
    assert_eq!((found.code, found.everything()), (74, String::new()));
}
