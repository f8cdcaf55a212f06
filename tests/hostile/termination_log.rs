//! `/dev/termination-log`, in a mount namespace of its own: a directory of the test is `/dev` there.

use crate::lab::{Ended, Lab, UNSHARE, ended};

/// Runs there with these words and variables.
fn run(lab: &Lab, words: &[&str], variables: &[(&str, &str)]) -> Ended {
    let line = ["--pid", "--mount", "sh", "-c", "mount --bind \"$0\" /dev && exec \"$@\""];
    let prefix: Vec<&str> = UNSHARE.iter().chain(&line).copied().collect();
    let devices = lab.text("dev");
    let prefix: Vec<&str> = prefix.into_iter().chain([devices.as_str()]).collect();
    let mut command = lab.prefixed(&prefix, words);
    // Nobody else is there.
    command.env("ES_ENTRYPOINT_USER", "0:0");
    command.envs(variables.iter().copied());
    ended(command)
}

fn lab(name: &str, template: &str) -> Lab {
    let lab = Lab::new(&format!("termination-{name}"));
    lab.write(
        "dev/termination-log",
        "older and longer than what comes now, so that some of it could stay\n".repeat(99),
    );
    lab.write("home/config/elasticsearch.yml", template);
    lab
}

#[test]
fn the_reason_of_a_refused_start() {
    let lab = lab("reason", "cluster.name: ${NAME}\nhttp.enabled: nonsense\nscript.disable_dynamic: true\n");
    let found = run(&lab, &["run"], &[("ES_ENTRYPOINT_ES_VERSION", "2.3.4")]);
    assert_eq!(found.code, 78, "{found:?}");
    let path = lab.text("home/config/elasticsearch.yml");
    let written = lab.read("dev/termination-log");
    let first = format!(
        "error[template/unset]: variable `NAME` is not set\n --> {path}:1:15\n  |\n1 | cluster.name: ${{NAME}}\n  |               ^^^^^^^\n  \
         = help: set NAME, or give a default: `${{NAME:-default}}`\n"
    );
    assert!(written.starts_with(&first), "{written}");
    assert!(!written.contains("warning["), "{written}");
    assert!(found.errors.contains(&written), "{written}\n{found:?}");
    // With the other forms, too, it is for people.
    let found = run(&lab, &["run", "--message-format", "json"], &[]);
    assert_eq!(found.code, 78, "{found:?}");
    assert_eq!(lab.read("dev/termination-log"), written);
}

#[test]
fn at_most_four_kilobytes() {
    use std::fmt::Write as _;
    let mut template = String::new();
    for index in 0..40 {
        writeln!(template, "a{index}: ${{NAME_{index}}}").unwrap();
    }
    let lab = lab("long", &template);
    let found = run(&lab, &["run"], &[]);
    assert_eq!(found.code, 78, "{found:?}");
    let written = lab.read("dev/termination-log");
    assert!((3500..=4096).contains(&written.len()), "{}", written.len());
    let shown = written.matches("error[").count();
    let all = found.errors.matches("error[").count();
    assert!(written.ends_with(&format!("\n{} more errors are in the log\n", all - shown)), "{written}");
}

#[test]
fn a_mistake_of_the_command_line_and_a_place_that_cannot_be_written() {
    let lab = lab("usage", "cluster.name: ${NAME:-x}\n");
    let found = run(&lab, &["run"], &[("ES_ENTRYPOINT_STRCT", "1")]);
    assert_eq!(found.code, 64, "{found:?}");
    assert_eq!(
        lab.read("dev/termination-log"),
        "error: unknown variable `ES_ENTRYPOINT_STRCT`\n  = help: did you mean `ES_ENTRYPOINT_STRICT`?\n"
    );
    lab.write("runtime", "a file");
    let found = run(&lab, &["run"], &[]);
    assert_eq!(found.code, 73, "{found:?}");
    let written = lab.read("dev/termination-log");
    assert!(written.starts_with(&format!("`{}` cannot be created: ", lab.text("runtime"))), "{written}");
    assert!(found.errors.ends_with(&format!("es-entrypoint: error: {written}\n")), "{written}\n{found:?}");
}

#[test]
fn nothing_is_written_where_nothing_is_refused_or_no_file_is_there() {
    let lab = lab("good", "cluster.name: x\n");
    lab.write("dev/termination-log", "as it was");
    let good = run(&lab, &["run"], &[]);
    assert!(good.started(), "{good:?}");
    let found = run(&lab, &["check", "--es-version", "9.0.0"], &[("NAME_FILE", "/nowhere")]);
    assert_ne!(found.code, 64, "{found:?}");
    assert_eq!(lab.read("dev/termination-log"), "as it was");
    // A link, or no file at all.
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME}\n");
    std::fs::remove_file(lab.path("dev/termination-log")).unwrap();
    assert_eq!(run(&lab, &["run"], &[]).code, 78);
    assert_eq!(lab.names("dev"), [""; 0]);
    lab.write("precious", "precious");
    std::os::unix::fs::symlink(lab.path("precious"), lab.path("dev/termination-log")).unwrap();
    assert_eq!(run(&lab, &["run"], &[]).code, 78);
    assert_eq!(lab.read("precious"), "precious");
}
