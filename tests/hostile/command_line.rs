//! Every form of the command line that is documented, and what comes near to one.

use crate::lab::{Lab, ended};

#[test]
fn what_is_started() {
    let lab = Lab::new("forms");
    lab.write("program", "#!/bin/sh\necho \"PROGRAM $*\"\n");
    lab.mode("program", 0o755);
    for (words, started, arguments) in [
        (&[][..], true, ""),
        (&["elasticsearch"], true, ""),
        (&["opensearch"], true, ""),
        (&["elasticsearch", "-Des.a=b", "run"], true, "-Des.a=b run"),
        (&["-Des.a=b"], true, "-Des.a=b"),
        (&["--cluster.name=x"], true, "--cluster.name=x"),
        (&["--strict"], true, "--strict"),
        (&["-"], true, "-"),
        (&["run"], true, ""),
        (&["run", "--"], true, ""),
        (&["run", "--", "elasticsearch"], true, ""),
        (&["run", "--", "-Des.a=b", "--", "x"], true, "-Des.a=b -- x"),
        (&["run", "--", "elasticsearch", "-x"], true, "-x"),
        (&["run", "--strict=false", "--", "--strict"], true, "--strict"),
        (&["run", "--", "./program", "-a"], false, "-a"),
        (&["run", "./program", "--strict"], false, "--strict"),
        (&["./program", "run"], false, "run"),
        (&["init", "./program", "-x"], false, "-x"),
        (&["init", "--", "./program", "--", "x"], false, "-- x"),
    ] {
        let found = ended(lab.command(words));
        assert_eq!((found.code, found.started()), (0, started), "{words:?}: {found:?}");
        if started {
            let reported: Vec<&str> =
                found.output.lines().filter_map(|line| line.strip_prefix("ARGUMENT ")).collect();
            let reported: Vec<&str> =
                reported.into_iter().filter(|word| !word.starts_with("--path.conf=")).collect();
            assert_eq!(reported.join(" "), arguments, "{words:?}");
        } else {
            assert_eq!(found.output.trim_end(), format!("PROGRAM {arguments}").trim_end(), "{words:?}");
        }
    }
}

#[test]
fn what_is_refused() {
    let lab = Lab::new("usage");
    for (words, variable, message) in [
        (
            &["run", "--strickt"][..],
            "",
            "error: unknown option `--strickt` of `run`\n  = help: did you mean `--strict`? arguments for the server go after `--`: ",
        ),
        (&["run", "--output=x"], "", "error: `--output` is not an option of `run`\n"),
        (&["run", "-x"], "", "error: unknown option `-x` of `run`\n"),
        (&["run", "--es-home"], "", "error: `--es-home` needs a value\n"),
        (&["run", "--es-home="], "", "error: the value of `--es-home` is empty\n"),
        (&["run", "--es-version", "two"], "", "error: the value of `--es-version` is not valid\n"),
        (&["run", "--allow", "template/unset"], "", "error: `--allow` cannot name `template/unset`"),
        (&["run", "--warn", "template/unset"], "", "error: `--warn` cannot name `template/unset`"),
        (&["run", "--deny", "quorum/split"], "", "error: `--deny` names an unknown finding\n"),
        (&["run", "--group", "--session"], "", "error: `--group` and `--session` exclude each other\n"),
        (
            &["run", "--forward", "KILL"],
            "",
            "es-entrypoint: error: the value of `--forward` is not valid: `KILL` never reaches",
        ),
        (&["run", "--stop-status", "256"], "", "error: the value of `--stop-status` is not valid\n"),
        (&["run", "--stop-timeout", "-1"], "", "error: the value of `--stop-timeout` is not valid\n"),
        (&["run", "--grace", "nan"], "", "error: the value of `--grace` is not valid\n"),
        (&["run", "--grace", "1e9"], "", "error: the value of `--grace` is not valid\n"),
        (&["check", "x"], "", "error: `check` takes no argument\n"),
        (&["explain", "x"], "", "error: `explain` takes no argument\n"),
        (&["policy"], "", "error: `policy` takes one of"),
        (&["policy", "patsch"], "", "error: `policy` takes one of"),
        (&["policy", "check", "x"], "", "error: `policy` takes nothing after `check`"),
        (&["init"], "", "error: `init` takes the command to run\n"),
        (&["init", "--"], "", "error: `init` takes the command to run\n"),
        (&["quorum"], "", "error: `quorum` takes one argument"),
        (&["quorum", "3", "4"], "", "error: `quorum` takes one argument"),
        (&["quorum", "three"], "", "error: `quorum` takes the number of master-eligible nodes\n"),
        (&["quorum", "4294967296"], "", "error: `quorum` takes the number of master-eligible nodes\n"),
        (&["quorum", "3", "--min", "-1"], "", "error: the value of `--min` is not valid\n"),
        (&["run", "--es-version", "99"], "", "error: the value of `--es-version` is not valid\n"),
        (&["check", "--dry-run", "-f", "pod.yml"], "", "error: `--dry-run` needs `--fix`\n"),
        (
            &["check", "-f", "pod.yml", "--baseline", "no-such-report.json"],
            "",
            "error: the file of `--baseline` does not exist\n",
        ),
        (&["quorum", "3", "--min", ""], "", "error: the value of `--min` is empty\n"),
        (&["render", "--output", "x", "-"], "", "error: `render --output` cannot write standard input"),
        (&["help", "rn"], "", "error: there is no such command or topic\n"),
        (&["run"], "ES_ENTRYPOINT_STRICKT", "error: unknown variable `ES_ENTRYPOINT_STRICKT`"),
        (&["run"], "ES_ENTRYPOINT_STRICT", "error: the value of `ES_ENTRYPOINT_STRICT` is not valid\n"),
        (&["true"], "ES_ENTRYPOINT_GROUP", "error: the value of `ES_ENTRYPOINT_GROUP` is not valid\n"),
        (&["run"], "ES_ENTRYPOINT_PORTS", "error: unknown variable `ES_ENTRYPOINT_PORTS`"),
    ] {
        let mut command = lab.command(words);
        if !variable.is_empty() {
            command.env(variable, "x");
        }
        let found = ended(command);
        assert_eq!(found.code, 64, "{words:?} {variable}: {found:?}");
        assert!(found.errors.starts_with(message), "{words:?} {variable}: {found:?}");
        assert_eq!(found.output, "", "{words:?} {variable}");
    }
}

#[test]
fn the_command_line_wins_and_the_last_one_wins() {
    let lab = Lab::new("precedence");
    lab.write("templates/elasticsearch.yml", "a: ${NAME}\n");
    lab.write("other/elasticsearch.yml", "a: b\n");
    for (variable, words, code) in [
        ("templates", &["check"][..], 78),
        ("templates", &["check", "--templates", "other"], 0),
        ("other", &["check", "--templates=templates"], 78),
        ("other", &["check", "--templates=templates", "--templates=other"], 0),
        ("", &["check"], 0),
    ] {
        let mut command = lab.command(words);
        command.env("ES_ENTRYPOINT_TEMPLATES", variable);
        let found = ended(command);
        assert_eq!(found.code, code, "{variable} {words:?}: {found:?}");
    }
}

#[test]
fn programs_that_cannot_be_run() {
    let lab = Lab::new("programs");
    lab.write("file", "x");
    lab.write("interpreter", "#!/nowhere/at/all\n");
    lab.mode("interpreter", 0o755);
    for first in [&[][..], &["run", "--"], &["init"]] {
        for (program, code) in [
            ("./file", 126),
            ("./home", 126),
            ("./interpreter", 126),
            ("./missing", 127),
            ("missing", 127),
            ("", 127),
        ] {
            if program.is_empty() && first == ["run", "--"] {
                continue;
            }
            let words: Vec<&str> = first.iter().copied().chain([program]).collect();
            let found = ended(lab.command(&words));
            assert_eq!(found.code, code, "{words:?}: {found:?}");
            assert!(found.errors.contains("cannot run `"), "{words:?}: {found:?}");
        }
    }
    // A server without its Java, or without its script.
    let mut command = lab.command(["run"]);
    command.env("JAVA_HOME", lab.path("nowhere")).env("PATH", "/nowhere");
    let found = ended(command);
    assert!([78, 126, 127].contains(&found.code), "{found:?}");
    std::fs::remove_dir_all(lab.path("home")).unwrap();
    let found = lab.start(&["--message-format", "json"]);
    assert_eq!((found.code, found.started()), (78, false), "{found:?}");
    assert!(found.errors.contains("host/no-installation"), "{found:?}");
}
