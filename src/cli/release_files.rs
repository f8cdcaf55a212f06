//! What a release has besides the binary and comes from the table of options: completions of the shells and the manual page.
//! `SNAPSHOTS=overwrite cargo test --bin es-entrypoint release_files` writes them.
#![allow(
    clippy::disallowed_methods,
    reason = "a test that compares files of the checkout, and writes them when asked to"
)]

use std::fmt::Write as _;

use super::command::CommandName;
use super::help;
use super::row::{OptionRow, Takes};
use super::table::OPTIONS;
use diagnostics::codes::CODES;

/// What completes a value.
enum Completes {
    Directories,
    Files,
    Codes,
    /// The words of the help text, where it is a list of them.
    Words(Vec<&'static str>),
    Nothing,
}

fn completes(row: &OptionRow) -> Completes {
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    match row.takes {
        Takes::Directory(_) => Completes::Directories,
        Takes::Value("FILE", _) | Takes::List("FILE" | "PATH", _) => Completes::Files,
        Takes::List("CODE", _) => Completes::Codes,
        Takes::Value(..) => {
            let list = row.help.split([';', ':']).next().unwrap_or_default();
            let words: Vec<&str> =
                list.split([',', '\n']).map(str::trim).filter(|it| !it.is_empty()).collect();
            if words.len() > 1 && words.iter().all(|word| is_word(word)) {
                Completes::Words(words)
            } else {
                Completes::Nothing
            }
        }
        Takes::List(..) | Takes::Switch(_) => Completes::Nothing,
    }
}

fn commands() -> Vec<&'static str> {
    CommandName::ALL.iter().map(|(word, _)| *word).collect()
}

fn rows(command: CommandName) -> impl Iterator<Item = &'static OptionRow> {
    OPTIONS.iter().filter(move |row| row.is_for(command) && row.is_shown())
}

/// Words that a command takes besides options.
fn words(command: CommandName) -> Vec<&'static str> {
    match command {
        CommandName::Policy => vec!["check", "print", "patch"],
        CommandName::Help => commands()
            .into_iter()
            .chain(help::TOPICS.iter().copied())
            .chain(CODES.iter().map(|it| it.name))
            .collect(),
        _ => Vec::new(),
    }
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}

fn bash() -> String {
    let mut out = String::from("# Completion of es-entrypoint for bash.\n_es_entrypoint() {\n");
    out.push_str("    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=\n");
    // `=` divides words.
    out.push_str("    if [ \"$word\" = = ]; then word=; elif [ \"$before\" = = ]; then before=${COMP_WORDS[COMP_CWORD - 2]}; fi\n");
    out.push_str("    case $before in\n");
    for row in OPTIONS.iter().filter(|row| row.is_shown() && !row.is_switch()) {
        let action = match completes(row) {
            Completes::Directories => "-d".to_owned(),
            Completes::Files => "-f".to_owned(),
            Completes::Codes => "-W \"$_es_entrypoint_codes\"".to_owned(),
            Completes::Words(words) => format!("-W '{}'", words.join(" ")),
            Completes::Nothing => "-W ''".to_owned(),
        };
        let _ = writeln!(
            out,
            "        --{}) mapfile -t COMPREPLY < <(compgen {action} -- \"$word\"); return ;;",
            row.name
        );
    }
    out.push_str("    esac\n    case ${COMP_WORDS[1]} in\n");
    for (word, command) in CommandName::ALL {
        let options: Vec<String> = rows(command).map(|row| format!("--{}", row.name)).collect();
        let options = options.join(" ");
        let own = match command {
            CommandName::Help => "$_es_entrypoint_topics $_es_entrypoint_codes".to_owned(),
            _ => format!("{options} {}", words(command).join(" ")),
        };
        let _ = writeln!(out, "        {word}) words=\"{}\" ;;", own.trim());
    }
    let _ = writeln!(out, "        *) words='{} --help --version' ;;\n    esac", commands().join(" "));
    out.push_str("    if [ \"$COMP_CWORD\" = 1 ]; then words='");
    let _ = writeln!(out, "{} --help --version'; fi", commands().join(" "));
    out.push_str("    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n");
    out.push_str("    case $word in -*) ;; *) mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$word\") ;; esac\n}\n");
    let codes: Vec<&str> = CODES.iter().map(|code| code.name).collect();
    let topics: Vec<&str> = commands().into_iter().chain(help::TOPICS.iter().copied()).collect();
    let _ = writeln!(out, "_es_entrypoint_topics='{}'", topics.join(" "));
    let _ = writeln!(out, "_es_entrypoint_codes='{}'", codes.join(" "));
    out.push_str("complete -o filenames -F _es_entrypoint es-entrypoint\n");
    out
}

fn fish() -> String {
    let mut out = String::from("# Completion of es-entrypoint for fish.\n");
    let quoted = |text: &str| format!("'{}'", one_line(text).replace('\\', "\\\\").replace('\'', "\\'"));
    let _ = writeln!(
        out,
        "complete -c es-entrypoint -n __fish_use_subcommand -f -a {}",
        quoted(&commands().join(" "))
    );
    for (word, command) in CommandName::ALL {
        let here = format!("complete -c es-entrypoint -n '__fish_seen_subcommand_from {word}'");
        let own = words(command);
        if !own.is_empty() {
            let _ = writeln!(out, "{here} -f -a {}", quoted(&own.join(" ")));
        }
        for row in rows(command) {
            let value = match completes(row) {
                Completes::Directories => " -x -a '(__fish_complete_directories)'".to_owned(),
                Completes::Files => " -r -F".to_owned(),
                Completes::Codes => {
                    " -x -a '(es-entrypoint help findings | string split -f1 \" \")'".to_owned()
                }
                Completes::Words(words) => format!(" -x -a {}", quoted(&words.join(" "))),
                Completes::Nothing if row.is_switch() => String::new(),
                Completes::Nothing => " -x".to_owned(),
            };
            let _ = writeln!(out, "{here} -l {}{value} -d {}", row.name, quoted(row.help));
        }
    }
    out
}

fn zsh() -> String {
    let quoted = |text: &str| {
        one_line(text)
            .replace('\\', "\\\\")
            .replace('\'', "'\\''")
            .replace('[', "\\[")
            .replace(']', "\\]")
            .replace(':', "\\:")
    };
    let mut out = String::from("#compdef es-entrypoint\n# Completion of es-entrypoint for zsh.\n");
    let codes: Vec<&str> = CODES.iter().map(|code| code.name).collect();
    let _ = writeln!(out, "local -a codes=({})", codes.join(" "));
    let _ = writeln!(
        out,
        "if ((CURRENT == 2)); then\n    compadd {} --help --version\n    return\nfi",
        commands().join(" ")
    );
    out.push_str("local command=${words[2]}\nshift words\n((CURRENT--))\ncase $command in\n");
    for (word, command) in CommandName::ALL {
        let _ = write!(out, "    {word}) _arguments");
        for row in rows(command) {
            // Lists may be given again.
            let again = if matches!(row.takes, Takes::List(..)) { "*" } else { "" };
            let value = match completes(row) {
                Completes::Directories => ":directory:_directories".to_owned(),
                Completes::Files => ":file:_files".to_owned(),
                Completes::Codes => ":code:($codes)".to_owned(),
                Completes::Words(words) => format!(":value:({})", words.join(" ")),
                Completes::Nothing if row.is_switch() => String::new(),
                Completes::Nothing => format!(":{}: ", quoted(row.value_name().unwrap_or("value"))),
            };
            let equals = if row.is_switch() { "" } else { "=" };
            let quote = if value.contains("$codes") { '"' } else { '\'' };
            let text = quoted(row.help);
            let _ = write!(out, " \\\n        {quote}{again}--{}{equals}[{text}]{value}{quote}", row.name);
        }
        let others = match command {
            CommandName::Policy => " \\\n        '1:what:(check print patch)'".to_owned(),
            CommandName::Help => {
                format!(
                    " \\\n        \"1:topic:({} {} $codes)\"",
                    commands().join(" "),
                    help::TOPICS.join(" ")
                )
            }
            _ => " \\\n        '*:file:_files'".to_owned(),
        };
        let _ = writeln!(out, "{others} ;;");
    }
    out.push_str("esac\n");
    out
}

/// Text as `man` shows it as it is.
fn escaped(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|letter| match letter {
            '\\' => "\\e".to_owned(),
            '-' => "\\-".to_owned(),
            // What is not ASCII is named by its number, in any locale.
            other if !other.is_ascii() => format!("\\[u{:04X}]", u32::from(other)),
            other => other.to_string(),
        })
        .collect();
    let lines = text.lines().map(|line| match line.as_bytes().first() {
        Some(b'.' | b'\'') => format!("\\&{line}"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn manual() -> String {
    let mut out = String::from(".\\\" Made from the table of options.\n.TH ES\\-ENTRYPOINT 1\n.SH NAME\n");
    out.push_str("es\\-entrypoint \\- ENTRYPOINT and PID 1 of Elasticsearch and OpenSearch containers\n.SH SYNOPSIS\n.nf\n");
    let overview = help::overview();
    let synopsis = overview.lines().skip(2).take_while(|line| line.starts_with("  "));
    for line in synopsis {
        let _ = writeln!(out, "{}", escaped(line.trim_start()));
    }
    out.push_str(".fi\n");
    for (word, command) in CommandName::ALL.into_iter().filter(|(_, command)| *command != CommandName::Help) {
        let text = help::of_command(command);
        let intro = text.split("\nOptions:\n").next().unwrap_or_default();
        let _ = writeln!(out, ".SH {}\n.nf\n{}\n.fi", word.to_uppercase(), escaped(intro.trim_end()));
        for row in rows(command) {
            let value =
                row.value_name().map(|name| format!(" \\fI{}\\fR", escaped(name))).unwrap_or_default();
            let _ = writeln!(
                out,
                ".TP\n\\fB\\-\\-{}\\fR{value}\n{}",
                escaped(row.name),
                escaped(&one_line(row.help))
            );
        }
    }
    out.push_str(".SH ENVIRONMENT\nEach option \\fB\\-\\-name\\fR has a variable \\fBES_ENTRYPOINT_NAME\\fR; the command line wins.\n");
    out.push_str("The variables of the templates are listed by \\fBes\\-entrypoint help variables\\fR.\n");
    let codes = help::topic("exit-codes").unwrap_or_default();
    let _ = writeln!(out, ".SH EXIT STATUS\n.nf\n{}\n.fi", escaped(codes.trim_end()));
    out
}

#[test]
fn files_of_a_release_are_those_of_the_table() {
    for (name, text) in [
        ("es-entrypoint.bash", bash()),
        ("es-entrypoint.fish", fish()),
        ("_es-entrypoint", zsh()),
        ("es-entrypoint.1", manual()),
    ] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("release").join(name);
        if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == text,
            "release/{name} is not that of the table of options: `SNAPSHOTS=overwrite cargo test --bin es-entrypoint \
             release_files` writes it"
        );
    }
}
