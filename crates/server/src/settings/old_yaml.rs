//! YAML that the parser of a version refuses, although it is well formed.

use crate::generation::{YamlParser, generation};
use crate::version::Version;
use diagnostics::Finding;
use template::Syntax;

const CODE: &str = "settings/old-yaml";

/// At most one finding for tabs and one for colons. Where the version is a guess, what only some refuse is left out.
pub(super) fn check(syntax: &Syntax, version: Version, is_guess: bool) -> Vec<Finding> {
    let server = version.name();
    let parser = generation(version).yaml;
    let mut findings = Vec::new();
    let anywhere = syntax.first_tab.as_ref().filter(|_| parser == YamlParser::RefusesTabs && !is_guess);
    if let Some(tab) = anywhere {
        let help = format!(
            "{server} refuses to start with a tab anywhere in the file, in comments too: write blanks"
        );
        findings.push(Finding::error(CODE, "a tab stands here").at(tab.clone()).help(help));
    } else if let Some(tab) = &syntax.separating_tab {
        let help =
            format!("{server} refuses to start: indent with blanks, and write one blank behind a colon");
        findings.push(Finding::error(CODE, "a tab stands in place of a blank").at(tab.clone()).help(help));
    }
    if let Some(escape) = &syntax.escaped_slash {
        let help =
            format!("{server} refuses to start: write single quotes around the value, or the slash alone");
        let message = "`\\/` in double quotes is no escape for the server";
        findings.push(Finding::error(CODE, message).at(escape.clone()).help(help));
    }
    if let Some(element) = &syntax.question_in_brackets {
        let help = format!("{server} refuses to start: put the text in quotes");
        let message = "a text inside of brackets has a question mark and no quotes";
        findings.push(Finding::error(CODE, message).at(element.clone()).help(help));
    }
    let refuses_colons = parser != YamlParser::Current && !is_guess;
    if let Some(element) = syntax.colon_in_brackets.as_ref().filter(|_| refuses_colons) {
        let help = format!("{server} refuses to start: put each such text in quotes, `[\"es-0:9300\"]`");
        let message = "a text inside of brackets has a colon and no quotes";
        findings.push(Finding::error(CODE, message).at(element.clone()).help(help));
    }
    if let Some(character) = syntax.wide_character.as_ref().filter(|_| refuses_colons) {
        let help = format!(
            "{server} refuses to start with such a character anywhere in the file, in comments too: remove it, or write \
             `\\U0001F600` with its number in double quotes"
        );
        let message = "this character is one that the server's parser does not allow";
        findings.push(Finding::error(CODE, message).at(character.clone()).help(help));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::of_file;

    fn found(text: &str, version: Version, is_guess: bool) -> Vec<String> {
        let settings = of_file(text, &[("HOST", "es-0:9300")]);
        let reported = |finding: Finding| {
            let place = finding.location().unwrap();
            let (line, column) = (place.line, place.column);
            format!("{line}:{column} {}; {}", finding.message, finding.help_text().unwrap())
        };
        check(&settings.syntax, version, is_guess).into_iter().map(reported).collect()
    }

    #[test]
    fn what_each_parser_refuses() {
        let versions = [
            Version::elasticsearch(1, 7, 5),
            Version::elasticsearch(6, 0, 0),
            Version::elasticsearch(6, 1, 0),
            Version::elasticsearch(7, 6, 2),
            Version::elasticsearch(7, 7, 0),
            Version::elasticsearch(8, 19, 21),
            Version::opensearch(1, 3, 20),
        ];
        for (text, expected, guessed) in [
            ("a:\tb\n", "eeeeeee", 1),
            ("a: \tb\n", "eeeeeee", 1),
            ("a: \"b\"\t# c\n", "eeeeeee", 1),
            ("a: b\t# c\n", "ee.....", 0),
            ("a: b\t\nc: d\n", "ee.....", 0),
            ("# a\tb\na: b\n", "ee.....", 0),
            ("a: b # c\td\n", "ee.....", 0),
            ("a: b\tc\n", "ee.....", 0),
            ("a: \"b\tc\"\n", "ee.....", 0),
            ("a: |\n  b\tc\n  d\n", "ee.....", 0),
            ("a: [es-0:9300, es-1:9300]\n", "eeee...", 0),
            ("a: [\"es-0:9300\", 'es-1:9300']\n", ".......", 0),
            ("a: [${HOST}, ${HOST}]\n", ".......", 0),
            ("a: [${HOST}:1]\n", ".......", 0),
            ("a:\n- es-0:9300\nb: es-0:9300,es-1:9300\n", ".......", 0),
            ("a: {b: c, d: [e, f]}\n", ".......", 0),
            ("a: b\n", ".......", 0),
            ("a: \"b\\/c\"\n", "eeeeeee", 1),
            ("a: [http://b/c?d=e]\n", "EEEEeee", 1),
            ("a: [b?, c]\n", "eeeeeee", 1),
            ("a: [\"b?\"]\nd: e?f\n", ".......", 0),
            ("a: 'b\\/c'\nd: e\\/f\ng: \"h\\\\/i\"\n", ".......", 0),
            ("a: b # \u{1f600}\n", "eeee...", 0),
            ("a: \"\u{e9}\u{4e00}\"\n", ".......", 0),
        ] {
            let letter = |version| ['.', 'e', 'E'][found(text, version, false).len()];
            assert_eq!(versions.map(letter).iter().collect::<String>(), expected, "{text:?}");
            assert_eq!(found(text, versions[0], true).len(), guessed, "{text:?}");
        }
    }

    #[test]
    fn whole_messages() {
        for (text, version, expected) in [
            (
                "# a\tb\na: b\n",
                Version::elasticsearch(2, 3, 4),
                "1:4 a tab stands here; Elasticsearch 2.3.4 refuses to start with a tab anywhere in the file, in comments too: \
                 write blanks",
            ),
            (
                "a:\tb\n",
                Version::elasticsearch(8, 19, 21),
                "1:3 a tab stands in place of a blank; Elasticsearch 8.19.21 refuses to start: indent with blanks, and write one \
                 blank behind a colon",
            ),
            (
                "a: [es-0:9300]\n",
                Version::elasticsearch(6, 8, 23),
                "1:5 a text inside of brackets has a colon and no quotes; Elasticsearch 6.8.23 refuses to start: put each such \
                 text in quotes, `[\"es-0:9300\"]`",
            ),
        ] {
            assert_eq!(found(text, version, false), [expected]);
        }
    }
}
