//! Command lines and the exit codes that scripts rely on.

use super::lab::{Mode, output};
use super::tini::ORPHAN;
use super::{called, command, genuine};
use crate::common::binary;

/// A wrong command line: 1 by the other programs' names, 64 by our own.
const USAGE: i32 = 1;

const ANY: &str = "(any text)";

/// Words, variables, exit code, standard output.
type Row = (&'static [&'static str], &'static [(&'static str, &'static str)], i32, &'static str);

const TINI: &[Row] = &[
    (&["--", "sh", "-c", "exit 3"], &[], 3, ""),
    (&["echo", "a"], &[], 0, "a\n"),
    // The separator of tini's own usage line, and one that belongs to the command.
    (&["echo", "a", "--", "b"], &[], 0, "a b\n"),
    (&["sh", "--", "-c", "exit 5"], &[], 5, ""),
    (&["--", "echo", "a", "--", "b"], &[], 0, "a -- b\n"),
    (&["-s", "-g", "--", "sh", "-c", "exit 4"], &[], 4, ""),
    (&["-sg", "--", "sh", "-c", "exit 4"], &[], 4, ""),
    (&["-e", "3", "--", "sh", "-c", "exit 3"], &[], 0, ""),
    (&["-e3", "--", "sh", "-c", "exit 3"], &[], 0, ""),
    (&["-e", "3", "--", "sh", "-c", "exit 4"], &[], 4, ""),
    (&["-e", "3", "-e", "4", "--", "sh", "-c", "exit 4"], &[], 0, ""),
    (&["-sge4", "--", "sh", "-c", "exit 4"], &[], 0, ""),
    (&["-e", "143", "--", "sh", "-c", "kill -TERM $$"], &[], 0, ""),
    (&["--", "sh", "-c", "kill -TERM $$"], &[], 143, ""),
    (&["-p", "SIGKILL", "--", "true"], &[], 0, ""),
    (&["-pSIGTERM", "--", "true"], &[], 0, ""),
    (&["-v", "--", "true"], &[], 0, ANY),
    (&["-vvv", "-w", "--", "true"], &[], 0, ANY),
    (&["-h"], &[], 0, ANY),
    (&["-l"], &[], 0, ANY),
    (&["--version"], &[], 0, ANY),
    (&["--", "echo", "a"], &[("TINI_SUBREAPER", "")], 0, "a\n"),
    (&["--", "echo", "a"], &[("TINI_KILL_PROCESS_GROUP", "1")], 0, "a\n"),
    (&["--", "echo", "a"], &[("TINI_VERBOSITY", "0")], 0, "a\n"),
    (&["--", "echo", "a"], &[("TINI_VERBOSITY", "3")], 0, ANY),
    (&[], &[], USAGE, ""),
    (&["--"], &[], USAGE, ""),
    (&["-Q", "true"], &[], USAGE, ""),
    (&["-e"], &[], USAGE, ""),
    (&["-e", "256", "true"], &[], USAGE, ""),
    (&["-e", "-1", "true"], &[], USAGE, ""),
    (&["-e", "x", "true"], &[], USAGE, ""),
    (&["-p", "SIGBOGUS", "true"], &[], USAGE, ""),
    (&["--", "/no/such/program"], &[], 127, ""),
    (&["--", "/"], &[], 126, ""),
];

const DUMB_INIT: &[Row] = &[
    (&["sh", "-c", "exit 3"], &[], 3, ""),
    (&["--", "sh", "-c", "exit 3"], &[], 3, ""),
    (&["echo", "-c", "--", "-r"], &[], 0, "-c -- -r\n"),
    (&["-c", "echo", "a"], &[], 0, "a\n"),
    (&["--single-child", "echo", "a"], &[], 0, "a\n"),
    (&["-r", "15:2", "echo", "a"], &[], 0, "a\n"),
    (&["-r15:2", "-r", "2:0", "echo", "a"], &[], 0, "a\n"),
    (&["--rewrite", "15:2", "echo", "a"], &[], 0, "a\n"),
    (&["--rewrite=15:2", "echo", "a"], &[], 0, "a\n"),
    (&["-cvr15:2", "echo", "a"], &[], 0, "a\n"),
    (&["-v", "echo", "a"], &[], 0, "a\n"),
    (&["--verbose", "echo", "a"], &[], 0, "a\n"),
    (&["-h"], &[], 0, ANY),
    (&["--help"], &[], 0, ANY),
    (&["-V"], &[], 0, ANY),
    (&["--version"], &[], 0, ANY),
    (&["echo", "a"], &[("DUMB_INIT_SETSID", "0"), ("DUMB_INIT_DEBUG", "1")], 0, "a\n"),
    (&["echo", "a"], &[("DUMB_INIT_SETSID", "1"), ("DUMB_INIT_DEBUG", "0")], 0, "a\n"),
    (&["sh", "-c", "kill -TERM $$"], &[], 143, ""),
    (&[], &[], USAGE, ""),
    (&["--yolo", "true"], &[], USAGE, ""),
    (&["-x", "true"], &[], USAGE, ""),
    (&["-r"], &[], USAGE, ""),
    (&["-r", "", "true"], &[], USAGE, ""),
    (&["-r", "15", "true"], &[], USAGE, ""),
    (&["-r", "15::12", "true"], &[], USAGE, ""),
    (&["-r", "15:derp", "true"], &[], USAGE, ""),
    (&["-r", "15:12", "-r", "0", "true"], &[], USAGE, ""),
    (&["-r", "1:99", "true"], &[], USAGE, ""),
];

/// Exit code and standard output of one row.
#[track_caller]
fn answers(program: &[&str], row: &Row, code: i32) {
    let (words, environment, _, out) = row;
    let found = output(&mut command(Mode::Ordinary, environment, &[program, words].concat()));
    let reported = if *out == ANY { out } else { found.1.as_str() };
    assert_eq!((found.0, reported), (code, *out), "{program:?} {words:?}: {found:?}");
}

/// By the program's name, by ours, and by the program itself.
fn everybody_answers(name: &str, rows: &[Row]) {
    let genuine = genuine(name);
    for row in rows {
        let code = row.2;
        answers(&[&called(name)], row, code);
        if let Some(genuine) = &genuine {
            answers(&[genuine], row, code);
        }
        // tini's separator behind the program is its own habit.
        if !(name == "tini" && row.0.first().is_some_and(|word| ["echo", "sh"].contains(word))) {
            answers(&[binary().to_str().unwrap(), "init"], row, if code == USAGE { 64 } else { code });
        }
    }
}

#[test]
fn tini() {
    everybody_answers("tini", TINI);
}

#[test]
fn dumb_init() {
    everybody_answers("dumb-init", DUMB_INIT);
}

/// tini's code for what cannot be executed is that of shells; dumb-init's 2 could be the child's own.
#[test]
fn what_cannot_be_executed_by_dumb_init() {
    for (program, code) in [("/no/such/program", 127), ("no-such-program", 127), ("/", 126)] {
        let found = output(&mut command(Mode::Ordinary, &[], &[&called("dumb-init"), program]));
        assert_eq!(found.0, code, "{program}");
        if let Some(genuine) = genuine("dumb-init") {
            assert_eq!(output(&mut command(Mode::Ordinary, &[], &[&genuine, program])).0, 2);
        }
    }
}

#[test]
fn the_other_names_of_tini() {
    for name in ["tini-static", "docker-init"] {
        let words = [&called(name), "-e", "3", "--", "sh", "-c", "exit 3"];
        assert_eq!(output(&mut command(Mode::Ordinary, &[], &words)).0, 0, "{name}");
        assert_eq!(output(&mut command(Mode::Ordinary, &[], &[&called(name), "-e", "x", "true"])).0, 1);
    }
    // A name that only ends like one is our own.
    let words = [&called("my-dumb-init"), "init", "--grace", "x", "true"];
    assert_eq!(output(&mut command(Mode::Ordinary, &[], &words)).0, 64);
}

#[test]
fn messages_name_the_program_that_was_called() {
    let reported = |words: &[&str]| output(&mut command(Mode::Ordinary, &[], words)).2;
    for (name, own) in [("tini", "tini"), ("docker-init", "tini"), ("dumb-init", "dumb-init")] {
        let program = called(name);
        assert_eq!(
            reported(&[&program]),
            format!("error: `{own}` takes the command to run\n  = help: for instance `{own} -- sleep 60`\n")
        );
        assert_eq!(
            reported(&[&program, "-Q", "true"]),
            format!("error: unknown option `-Q` of `{own}`\n  = help: see `{own} -h`\n")
        );
    }
    let binary = binary().to_str().unwrap();
    assert_eq!(
        reported(&[binary, "init", "-Q", "true"]),
        "error: unknown option `-Q` of `init`\n  = help: see `es-entrypoint help init`\n"
    );
    assert_eq!(
        reported(&[binary, "init", "-e", "256", "true"]),
        "error: the value of `-e` is not valid\n  = help: it takes an exit code from 0 to 255\n"
    );
    assert_eq!(
        reported(&[binary, "init", "-p", "hunter2", "true"]),
        "es-entrypoint: error: the value of `--parent-death-signal` is not valid: no such signal: give a name like \
         `TERM` or `RTMIN+3`, or a number from 1 to 64\n"
    );
    assert_eq!(
        reported(&[binary, "init", "-r"]),
        "error: `-r` needs a value\n  = help: see `es-entrypoint help init`\n"
    );
}

/// The words of our own reexec mean nothing where somebody else's name is called.
#[test]
fn words_of_ours_are_the_users_there() {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("words");
    std::fs::create_dir_all(&directory).unwrap();
    for word in ["init", "run", "check"] {
        let file = directory.join(word);
        let _ = std::fs::remove_file(&file);
        std::os::unix::fs::symlink("/bin/echo", &file).unwrap();
    }
    let path = format!("{}:/usr/bin:/bin", directory.display());
    for (words, out) in [
        (&["init", "--reexec", "--", "x"][..], "--reexec -- x\n"),
        (&["run", "--strict"], "--strict\n"),
        (&["check"], "\n"),
    ] {
        for name in ["tini", "dumb-init"] {
            let program = called(name);
            let words = [&[program.as_str()], words].concat();
            let found = output(&mut command(Mode::Ordinary, &[("PATH", &path)], &words));
            assert_eq!(found, (0, out.to_owned(), String::new()), "{words:?}");
        }
    }
}

#[test]
fn our_variables_keep_working_and_win_over_theirs() {
    let own = binary().to_str().unwrap();
    let tini = called("tini");
    let dumb_init = called("dumb-init");
    // Which process group the child is in says whether it leads one; the last field is the session.
    let script =
        "set -- $(sed 's/.*) //' /proc/$$/stat); [ $3 = $$ ] && echo group; [ $4 = $$ ] && echo session; :";
    let both = "group\nsession\n";
    for (program, options, environment, out) in [
        (&[&*tini][..], &[][..], &[][..], "group\n"),
        (&[&tini], &["-g"], &[], "group\n"),
        (&[&tini], &[], &[("TINI_KILL_PROCESS_GROUP", "")], "group\n"),
        (&[&tini], &[], &[("ES_ENTRYPOINT_SESSION", "true"), ("TINI_KILL_PROCESS_GROUP", "")], both),
        (&[&tini], &[], &[("DUMB_INIT_SETSID", "1")], "group\n"),
        (&[&dumb_init], &[], &[], both),
        (&[&dumb_init], &["-c"], &[], ""),
        (&[&dumb_init], &[], &[("DUMB_INIT_SETSID", "0")], ""),
        (&[&dumb_init], &[], &[("DUMB_INIT_SETSID", "0"), ("TINI_KILL_PROCESS_GROUP", "1")], ""),
        (&[&dumb_init], &[], &[("ES_ENTRYPOINT_GROUP", "true")], "group\n"),
        (&[&dumb_init], &[], &[("ES_ENTRYPOINT_SINGLE_CHILD", "true")], ""),
        (&[own, "init"], &[], &[], ""),
        (&[own, "init"], &["-g"], &[], "group\n"),
        (&[own, "init"], &[], &[("TINI_KILL_PROCESS_GROUP", "1")], "group\n"),
        (&[own, "init"], &["-c"], &[("TINI_KILL_PROCESS_GROUP", "1")], ""),
        (&[own, "init"], &["-c"], &[("ES_ENTRYPOINT_SESSION", "true")], ""),
        (&[own, "init"], &[], &[("DUMB_INIT_SETSID", "1")], both),
        (&[own, "init"], &["--group"], &[("DUMB_INIT_SETSID", "1")], "group\n"),
        (&[own, "init"], &[], &[("DUMB_INIT_SETSID", "0")], ""),
    ] {
        let words = [program, options, &["--", "sh", "-c", script]].concat();
        let found = output(&mut command(Mode::Ordinary, environment, &words));
        assert_eq!(found, (0, out.to_owned(), String::new()), "{words:?} {environment:?}");
    }
}

#[test]
fn how_much_is_told() {
    let tini = called("tini");
    let dumb_init = called("dumb-init");
    for (words, environment, talkative) in [
        (&[&*tini][..], &[][..], false),
        (&[&tini, "-v"], &[], true),
        (&[&tini], &[("TINI_VERBOSITY", "3")], true),
        (&[&tini], &[("DUMB_INIT_DEBUG", "1")], false),
        (&[&dumb_init, "--verbose"], &[], true),
        (&[&dumb_init], &[("DUMB_INIT_DEBUG", "1")], true),
        (&[&dumb_init], &[("DUMB_INIT_DEBUG", "0")], false),
        (&[&dumb_init], &[("TINI_VERBOSITY", "3")], false),
        (&[&dumb_init], &[("DUMB_INIT_DEBUG", "1"), ("ES_ENTRYPOINT_LOG_LEVEL", "info")], false),
    ] {
        let words = [words, &["--", "sh", "-c", ORPHAN]].concat();
        let mut command = command(Mode::Ordinary, environment, &words);
        // Adopted, so that there is something to report.
        command.env("ES_ENTRYPOINT_NO_SUBREAPER", "false");
        let (code, _, error) = output(&mut command);
        assert_eq!(
            (code, error.contains(" reaped, code 5\n")),
            (0, talkative),
            "{words:?} {environment:?}: {error}"
        );
    }
}
