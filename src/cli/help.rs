//! Help texts. Their lists are made from the tables, so that they are always complete.

use std::fmt::Write as _;

use super::command::CommandName;
use super::table::OPTIONS;
use diagnostics::codes::{self, CODES};
use diagnostics::{nearest, page};
use server::variables::TEMPLATE_VARIABLES;

/// What `help` explains besides the commands.
pub(super) const TOPICS: &[&str] = &["findings", "variables", "placeholders", "exit-codes"];

/// `--help`: fits a screen of 24 lines and 80 columns.
pub(super) fn overview() -> String {
    OVERVIEW.to_owned()
}

const OVERVIEW: &str = "\
es-entrypoint: ENTRYPOINT and PID 1 of Elasticsearch and OpenSearch containers

  es-entrypoint [ARG...]                        as ENTRYPOINT: start the server
  es-entrypoint run     [OPTIONS] [-- ARG...]   prepare, then supervise
  es-entrypoint check   [-f FILE|DIR|-]...      all findings; -f: of manifests
  es-entrypoint render  [OPTIONS] [TEMPLATE|-]  rendered text to standard output
  es-entrypoint explain [OPTIONS]               each value and its origin
  es-entrypoint quorum  MASTERS [--min N]       the arithmetic of majorities
  es-entrypoint policy  check|print|patch       java.policy: judge, show, patch
  es-entrypoint init    [OPTIONS] [--] CMD ...  only PID 1, for any program
  es-entrypoint health  [--live|--ready]        for probes: does it answer?
  es-entrypoint archive [-- ARG...]             for a Dockerfile: faster starts
  es-entrypoint help    COMMAND|CODE|TOPIC      topics: findings, variables,
                                                placeholders, exit-codes
ARG: none, -x... or the word elasticsearch start the server with it; anything
else (bash, bin/elasticsearch-plugin list) is supervised as it is.

Each option --NAME has a variable ES_ENTRYPOINT_NAME; the command line wins.
Common: --es-home DIR  --config-dir DIR  --es-version X.Y.Z  --templates DIR
        --strict  --allow|--warn|--deny CODE
        --message-format human|json|github|sarif, sarif=FILE beside them

Try:    CLUSTER_NAME=demo es-entrypoint render
        MASTER_COUNT=3 MIN_MASTERS=1 es-entrypoint check
";

/// `help COMMAND` and `COMMAND --help`.
pub(super) fn of_command(command: CommandName) -> String {
    let intro = match command {
        CommandName::Run => {
            "es-entrypoint run [OPTIONS] [-- ARG...]\n\n\
             Renders the templates, checks everything, drops privileges, starts the server\n\
             with ARG... (or another command, if ARG... begins with one) and supervises it.\n"
        }
        CommandName::Check => {
            "es-entrypoint check [OPTIONS] [-f FILE|DIR|-]...\n\n\
             Reports everything that would go wrong, on standard output; writes nothing.\n\
             Exit code 78 when there is an error; `help CODE` explains a finding.\n\
             Files of your own: es-entrypoint check --templates DIR --es-version X.Y.Z\n\
             Directories, limits and the heap are judged where a server is installed, and\n\
             with --host.\n\n\
             -f judges every pod of Kubernetes manifests as if it ran there, and how they\n\
             find each other: es-entrypoint check -f k8s/\n\
             A comment `# es-entrypoint: allow CODE` or an annotation es-entrypoint/allow\n\
             drops what is found there.\n"
        }
        CommandName::Render => {
            "es-entrypoint render [OPTIONS] [TEMPLATE|-]...\n\n\
             Renders templates (none named: all of them) to standard output or --output.\n"
        }
        CommandName::Explain => {
            "es-entrypoint explain [OPTIONS]\n\n\
             Every placeholder and setting: its value and where it came from; values of\n\
             secrets are masked.\n"
        }
        CommandName::Quorum => {
            "es-entrypoint quorum MASTERS [--min N]\n\n\
             How many of MASTERS master-eligible nodes a majority needs, how many losses\n\
             that survives, and whether N is safe.\n"
        }
        CommandName::Policy => {
            "es-entrypoint policy check|print|patch [OPTIONS]\n\n\
             check judges the JRE's java.policy, print shows the block for the paths in\n\
             JAVA_POLICY_READ and --read, patch puts it in (none: takes it out).\n"
        }
        CommandName::Init => {
            "es-entrypoint init [OPTIONS] [--] CMD [ARG...]\n\n\
             Runs CMD as PID 1 should: forwards signals, reaps zombies, keeps its exit code.\n\n\
             tini's and dumb-init's short options: -c --single-child, -e --success-code,\n\
             -g --group, -p --parent-death-signal, -r --rewrite, -s --no-subreaper=false,\n\
             -v --log-level debug, -w --log-reaped, -h, -l licence, -V version.\n\
             Called by their names (a link is enough) it behaves like tini or dumb-init.\n"
        }
        CommandName::Health => {
            "es-entrypoint health [--live|--ready] [OPTIONS]\n\n\
             Asks the node of this container, and nobody else, whether it answers over\n\
             HTTP or HTTPS; with HTTP switched off, whether its transport port is open.\n\
             Ends with 0 or 1 and a line why, with 64 where there is no configuration.\n\
             What the node says of its cluster makes no difference, and no password is\n\
             needed. Called by the name es-healthcheck (a link is enough) it is the same.\n"
        }
        CommandName::Archive => {
            "es-entrypoint archive [OPTIONS] [-- ARG...]\n\n\
             For a `RUN` line of a Dockerfile: starts the installed server once, alone on the\n\
             loopback and with data and logs of its own, stops it, and leaves the archive of\n\
             its JVM's classes in lib/es-entrypoint.jsa of the home (or --output). `run` uses\n\
             it: the server starts in half the time. Where there can be none it ends with 78.\n"
        }
        CommandName::Help => return overview(),
    };
    let mut out = String::from(intro);
    out.push_str("\nOptions:\n");
    for row in OPTIONS.iter().filter(|row| row.is_for(command) && row.is_shown()) {
        let value = row.value_name().map(|name| format!(" {name}")).unwrap_or_default();
        let left = format!("--{}{value}", row.name);
        let help = row.help.replace('\n', "\n                          ");
        if left.len() > 22 {
            let _ = writeln!(out, "  {left}\n{:26}{help}", "");
        } else {
            let _ = writeln!(out, "  {left:22}  {help}");
        }
    }
    out
}

/// The text of a command, a finding, an area of findings (`quorum/`) or a topic.
pub(super) fn topic(word: &str) -> Option<String> {
    if let Some(command) = CommandName::of(word) {
        return Some(of_command(command));
    }
    if let Some(code) = codes::find(word) {
        return Some(page::plain(code));
    }
    if let Some(area) = word.strip_suffix('/').filter(|area| CODES.iter().any(|code| code.area() == *area)) {
        return Some(list(area));
    }
    let mut out = String::new();
    match word {
        "findings" => return Some(list("")),
        "variables" => {
            out.push_str("Variables that the built-in templates refer to:\n\n");
            for row in TEMPLATE_VARIABLES {
                let _ = writeln!(out, "  {:22} {}\n      {}", row.name, row.default, row.help);
            }
            out.push_str("\nOptions as variables:\n\n");
            for row in OPTIONS.iter().filter(|row| row.is_shown()) {
                let _ = writeln!(out, "  {}\n      {}", row.variable(), row.help.replace('\n', " "));
            }
        }
        "placeholders" => out.push_str(PLACEHOLDERS),
        "exit-codes" => out.push_str(EXIT_CODES),
        _ => return None,
    }
    Some(out)
}

/// A line for each code of that area, or of all: the code first, so that `grep` and `cut` find it.
fn list(area: &str) -> String {
    let mut out = String::new();
    for code in CODES.iter().filter(|code| area.is_empty() || code.area() == area) {
        let _ = writeln!(out, "{}  {} ({})", code.name, code.meaning, code.severity);
    }
    out
}

/// The topic that is nearest to a word that has no text.
pub(super) fn nearest_topic(word: &str) -> Option<String> {
    let names = CommandName::ALL.iter().map(|(name, _)| *name).chain(TOPICS.iter().copied());
    let codes = || CODES.iter().map(|code| code.name);
    // Without its area, in another one, or only a part of its name.
    let (area, name) = word.split_once('/').unwrap_or(("", word));
    let is_part = |code: &&str| !name.is_empty() && code.contains(name);
    let has_name = |code: &&str| code.split('/').nth(1) == Some(name);
    let near = nearest(word, names.chain(codes()))
        .or_else(|| codes().find(has_name))
        .or_else(|| codes().filter(|code| !area.is_empty() && code.starts_with(area)).find(is_part));
    let its_area = || CODES.iter().find(|code| code.area() == area).map(|code| format!("{}/", code.area()));
    near.map(str::to_owned).or_else(its_area).or_else(|| word.contains('/').then(|| "findings".to_owned()))
}

const PLACEHOLDERS: &str = "\
${NAME} $<NAME>        the value; unset is an error
${NAME:-w} ${NAME-w}   w when NAME is unset or empty / unset; w may nest
${NAME:+w} ${NAME+w}   w when NAME has a value / is set, else nothing
${NAME:?m} ${NAME?m}   error with the message m
${NAME:w}              Elasticsearch's own default form: w when NAME is unset
$${NAME} $$<NAME>      the literal text ${NAME} $<NAME>
${dotted.name}         Elasticsearch's own setting reference: left alone

A value never changes structure: it is quoted where it has to be.
NAME_FILE names a file that holds the value of NAME.
$NAME, $(NAME) and {{NAME}} are ordinary text.
In java.policy only $<NAME> is ours; in .properties only UPPER_CASE names.
";

const EXIT_CODES: &str = "\
child's code, 128+n   after the start: what the server ended with
128+n                 signal n arrived before the start: nothing was started
0                     no error finding; health: the node answers
1                     health: the node gives no answer; archive: none was made
64                    usage: unknown option, variable or value
70                    a defect in this program; please report
73                    output or runtime directory cannot be created
74                    writing failed
78                    at least one error finding
126, 127              command not executable, not found
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overview_fits_a_screen() {
        assert!(OVERVIEW.lines().count() <= 24, "{}", OVERVIEW.lines().count());
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let mut texts: Vec<String> =
            CommandName::ALL.iter().map(|(_, command)| of_command(*command)).collect();
        // The list of findings has a line for each, however long.
        texts.extend(TOPICS.iter().filter(|word| **word != "findings").filter_map(|word| topic(word)));
        texts.extend(CODES.iter().map(page::plain));
        texts.push(overview());
        for line in texts.iter().flat_map(|text| text.lines()) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    #[test]
    fn every_topic_has_a_text() {
        for word in TOPICS {
            assert!(topic(word).is_some_and(|text| text.lines().count() > 3), "{word}");
        }
        assert_eq!(topic("nonsense"), None);
    }

    #[test]
    fn every_finding_has_a_line_and_a_page() {
        let list = topic("findings").unwrap();
        assert_eq!(list.lines().count(), CODES.len());
        for (line, code) in list.lines().zip(CODES) {
            assert_eq!(line.split(' ').next(), Some(code.name));
            let page = topic(code.name).unwrap();
            assert!(page.starts_with(&format!("{} ({})\n", code.name, code.severity)), "{page}");
        }
        let area = topic("heap/").unwrap();
        assert!(list.contains(&area) && area.lines().all(|line| line.starts_with("heap/")), "{area}");
    }

    #[test]
    fn a_mistyped_word_leads_to_the_nearest_one() {
        for (word, near) in [
            ("chekc", Some("check")),
            ("quorum/splitbrain", Some("quorum/split-brain")),
            ("split-brain", Some("quorum/split-brain")),
            ("host/split-brain", Some("quorum/split-brain")),
            ("heap/limit", Some("heap/over-limit")),
            ("heap/nothing-of-ours", Some("heap/")),
            ("nothing/of-ours", Some("findings")),
            ("nonsense", None),
        ] {
            assert_eq!(nearest_topic(word).as_deref(), near, "{word}");
        }
    }
}
