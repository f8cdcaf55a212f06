//! The three written forms of a finding: for people, for programs, for code review annotations.

use std::fmt::Write as _;

use crate::finding::{Finding, Place, Severity, json_string};

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageFormat {
    /// Several lines with the source line and carets.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
    /// Workflow commands that GitHub turns into annotations.
    Github,
}

/// `finding` in that form, with a final newline. `color` is for the human form only.
pub fn text(finding: &Finding, format: MessageFormat, color: bool) -> String {
    match format {
        MessageFormat::Human => human(finding, color),
        MessageFormat::Json => json(finding),
        MessageFormat::Github => github(finding),
    }
}

/// The last line of a report for people: how many errors and warnings; nothing when there are none.
pub fn summary(findings: &[Finding]) -> Option<String> {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    let counted = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, 0) => None,
        (0, _) => Some(counted(warnings, "warning")),
        (_, 0) => Some(counted(errors, "error")),
        _ => Some(format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"))),
    }
}

fn human(finding: &Finding, color: bool) -> String {
    let paint = |code: &'static str| if color { code } else { "" };
    let tone = paint(match finding.severity {
        Severity::Error => "\x1b[1;31m",
        Severity::Warning => "\x1b[1;33m",
    });
    let (bold, blue, reset) = (paint("\x1b[1m"), paint("\x1b[1;34m"), paint("\x1b[0m"));
    let mut out = String::new();
    let message = printable(&finding.message);
    let word = finding.severity.word();
    let _ = writeln!(out, "{tone}{word}[{}]{reset}{bold}: {message}{reset}", finding.code);
    let mut margin = 1;
    if let Some(place) = &finding.place {
        margin = decimal_width(place.line);
        let _ = writeln!(
            out,
            "{:margin$}{blue}-->{reset} {}:{}:{}",
            "",
            printable(&place.file),
            place.line,
            place.column
        );
        if let Some(excerpt) = &place.excerpt {
            let (line, before, width) = shown_excerpt(excerpt, place);
            let _ = writeln!(out, "{:margin$} {blue}|{reset}", "");
            let _ = writeln!(out, "{blue}{} |{reset} {line}", place.line);
            let _ = write!(out, "{:margin$} {blue}|{reset} {:before$}{tone}", "", "");
            out.extend(std::iter::repeat_n('^', width));
            if let Some(label) = &place.label {
                let _ = write!(out, " {}", printable(label));
            }
            let _ = writeln!(out, "{reset}");
        }
    }
    if let Some(help) = &finding.help {
        // A help of several lines stays readable: the further ones are indented below the first.
        for (index, line) in help.lines().enumerate() {
            let _ = if index == 0 {
                writeln!(out, "{:margin$} {blue}={reset} help: {}", "", printable(line))
            } else {
                writeln!(out, "{:margin$}         {}", "", printable(line))
            };
        }
    }
    out
}

/// The source line as shown (tabs widened, control characters replaced, long lines cut around the place), with
/// the columns before the carets and the number of carets.
fn shown_excerpt(excerpt: &str, place: &Place) -> (String, usize, usize) {
    const LONGEST: usize = 160;
    let first = place.column.saturating_sub(1);
    let last = place.end_column.saturating_sub(1).max(first + 1);
    let start = if excerpt.chars().count() > LONGEST { first.saturating_sub(40) } else { 0 };
    let mut shown = String::new();
    let (mut before, mut width) = (0, 0);
    if start > 0 {
        shown.push('…');
        before = 1;
    }
    for (index, character) in excerpt.chars().enumerate().skip(start) {
        if index >= start + LONGEST {
            shown.push('…');
            break;
        }
        let (text, columns) = match character {
            '\t' => ("    ", 4),
            control if is_unprintable(control) => ("·", 1),
            _ => ("", terminal_width(character)),
        };
        if text.is_empty() {
            shown.push(character);
        } else {
            shown.push_str(text);
        }
        if index < first {
            before += columns;
        } else if index < last {
            width += columns;
        }
    }
    (shown, before, width.max(1))
}

/// Columns of a terminal that a character takes: 0 for combining marks, 2 for wide East Asian ones and emoji.
fn terminal_width(character: char) -> usize {
    match character as u32 {
        0x0300..=0x036f | 0x200b..=0x200f | 0xfe00..=0xfe0f | 0xfeff => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

fn decimal_width(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |power| power as usize + 1)
}

/// Text for a terminal: control characters (a value may hold escape sequences) become `·`.
pub fn printable(text: &str) -> String {
    text.chars().map(|character| if is_unprintable(character) { '·' } else { character }).collect()
}

/// What a terminal would act on: control characters, line separators, and what turns the direction of text.
pub fn is_unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn json(finding: &Finding) -> String {
    let mut out = String::from("{");
    push_member(&mut out, "code", &json_string(finding.code));
    push_member(&mut out, "severity", &json_string(finding.severity.word()));
    push_member(&mut out, "message", &json_string(&finding.message));
    if let Some(place) = &finding.place {
        push_member(&mut out, "file", &json_string(&place.file));
        push_member(&mut out, "line", &place.line.to_string());
        push_member(&mut out, "column", &place.column.to_string());
        push_member(&mut out, "end_column", &place.end_column.to_string());
    }
    for (name, value) in
        [("variable", &finding.variable), ("setting", &finding.setting), ("help", &finding.help)]
    {
        if let Some(value) = value {
            push_member(&mut out, name, &json_string(value));
        }
    }
    out.push_str("}\n");
    out
}

/// Appends `"name":value`; `value` is JSON already.
pub fn push_member(out: &mut String, name: &str, value: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    let _ = write!(out, "\"{name}\":{value}");
}

fn github(finding: &Finding) -> String {
    let mut out = format!("::{} ", finding.severity.word());
    if let Some(place) = &finding.place {
        let _ = write!(
            out,
            "file={},line={},col={},endColumn={},",
            github_property(&place.file),
            place.line,
            place.column,
            place.end_column
        );
    }
    let _ = write!(out, "title={}::", github_property(finding.code));
    let mut message = finding.message.clone();
    if let Some(help) = &finding.help {
        let _ = write!(message, "\nhelp: {help}");
    }
    out.push_str(&message.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"));
    out.push('\n');
    out
}

/// Escapes of a workflow command's properties, which also end at `,` and `:`.
fn github_property(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_brain() -> Finding {
        Finding::error(
            "quorum/split-brain",
            "`discovery.zen.minimum_master_nodes` is 1, but 3 master-eligible nodes need 2",
        )
        .at(Place {
            file: "config-templates/elasticsearch.yml".into(),
            line: 31,
            column: 27,
            end_column: 41,
            excerpt: Some("    minimum_master_nodes: ${MIN_MASTERS}".into()),
            label: Some("MIN_MASTERS=1".into()),
        })
        .variable("MIN_MASTERS")
        .setting("discovery.zen.minimum_master_nodes")
        .help("set MIN_MASTERS=2, or unset it and set MASTER_COUNT=3")
    }

    #[test]
    fn human_form_is_the_one_of_the_contract() {
        assert_eq!(
            text(&split_brain(), MessageFormat::Human, false),
            "error[quorum/split-brain]: `discovery.zen.minimum_master_nodes` is 1, but 3 master-eligible nodes need 2
  --> config-templates/elasticsearch.yml:31:27
   |
31 |     minimum_master_nodes: ${MIN_MASTERS}
   |                           ^^^^^^^^^^^^^^ MIN_MASTERS=1
   = help: set MIN_MASTERS=2, or unset it and set MASTER_COUNT=3
"
        );
    }

    #[test]
    fn json_form_has_one_object_a_line() {
        assert_eq!(
            text(&split_brain(), MessageFormat::Json, true),
            "{\"code\":\"quorum/split-brain\",\"severity\":\"error\",\"message\":\"`discovery.zen.minimum_master_nodes` is 1, but 3 master-eligible nodes need 2\",\"file\":\"config-templates/elasticsearch.yml\",\"line\":31,\"column\":27,\"end_column\":41,\"variable\":\"MIN_MASTERS\",\"setting\":\"discovery.zen.minimum_master_nodes\",\"help\":\"set MIN_MASTERS=2, or unset it and set MASTER_COUNT=3\"}\n"
        );
    }

    #[test]
    fn json_leaves_out_what_is_not_known() {
        let finding = Finding::warning("host/memory", "line\nbreak \"quoted\" \\ \u{1}");
        assert_eq!(
            text(&finding, MessageFormat::Json, false),
            "{\"code\":\"host/memory\",\"severity\":\"warning\",\"message\":\"line\\nbreak \\\"quoted\\\" \\\\ \\u0001\"}\n"
        );
    }

    #[test]
    fn github_form_escapes_what_ends_a_command() {
        let mut finding = split_brain();
        finding.message = "50% of\nit".into();
        finding.help = None;
        finding.place.as_mut().unwrap().file = "a:b,c.yml".into();
        assert_eq!(
            text(&finding, MessageFormat::Github, false),
            "::error file=a%3Ab%2Cc.yml,line=31,col=27,endColumn=41,title=quorum/split-brain::50%25 of%0Ait\n"
        );
    }

    #[test]
    fn carets_stand_under_wide_characters_and_tabs() {
        let place = Place {
            file: "f".into(),
            line: 1,
            column: 4,
            end_column: 5,
            excerpt: Some("\t漢x${A}".into()),
            label: None,
        };
        let text = text(&Finding::error("template/unset", "m").at(place), MessageFormat::Human, false);
        assert_eq!(text.lines().nth(4), Some("  |        ^"));
    }

    #[test]
    fn escape_sequences_never_reach_the_terminal() {
        let finding = Finding::error("template/unset", "a\x1b[31mb");
        assert_eq!(text(&finding, MessageFormat::Human, false), "error[template/unset]: a·[31mb\n");
    }

    #[test]
    fn summary_counts() {
        let error = Finding::error("a/b", "m");
        let warning = Finding::warning("a/b", "m");
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(std::slice::from_ref(&error)).as_deref(), Some("1 error"));
        assert_eq!(summary(&[warning.clone(), warning.clone()]).as_deref(), Some("2 warnings"));
        assert_eq!(summary(&[error, warning]).as_deref(), Some("1 error, 1 warning"));
    }
}
