//! What a parser's complaint means to the author of the file.

/// What is wrong where the text is no YAML: a range of it, what it is in the author's words, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Explanation {
    pub(crate) range: (usize, usize),
    pub(crate) what: String,
    pub(crate) help: String,
}

/// A line of the text, without its end.
struct Line<'a> {
    start: usize,
    text: &'a str,
}

impl Line<'_> {
    fn indent(&self) -> &str {
        let length = self.text.len() - self.text.trim_start().len();
        self.text.get(..length).unwrap_or("")
    }

    fn range(&self) -> (usize, usize) {
        (self.start + self.indent().len(), self.start + self.text.trim_end().len())
    }

    /// Neither blank nor a comment.
    fn has_content(&self) -> bool {
        let text = self.text.trim_start();
        !text.is_empty() && !text.starts_with('#')
    }
}

/// The line of that byte.
fn line_at(text: &str, at: usize) -> Line<'_> {
    let start = text.get(..at).unwrap_or("").rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let rest = text.get(start..).unwrap_or("");
    Line { start, text: rest.get(..rest.find(['\n', '\r']).unwrap_or(rest.len())).unwrap_or("") }
}

/// The last line with content before that one.
fn line_before<'a>(text: &'a str, line: &Line) -> Option<Line<'a>> {
    let mut start = line.start;
    while start > 0 {
        let before = line_at(text, start - 1);
        if before.has_content() {
            return Some(before);
        }
        start = before.start;
    }
    None
}

/// `at` is where the parser stopped, `problem` and `context` what it says.
pub(crate) fn explain(text: &str, at: usize, problem: &str, context: Option<&str>) -> Option<Explanation> {
    let line = line_at(text, at);
    let rest = text.get(at..).unwrap_or("");
    let said = |start: usize, length: usize, what: &str, help: &str| {
        let range = (start, start + length.max(1));
        Some(Explanation { range, what: what.to_owned(), help: help.to_owned() })
    };
    if let Some(tab) = line.indent().find('\t')
        && (problem.contains("cannot start any token") || problem.contains("tab character"))
    {
        let help = "indentation is made of blanks only: replace each tab by blanks";
        return said(line.start + tab, 1, "a tab is used as indentation", help);
    }
    if problem.contains("cannot start any token")
        && let Some(first) = rest.chars().next().filter(|first| matches!(first, '@' | '`' | '%' | '\t'))
    {
        if first == '\t' {
            return said(at, 1, "a tab stands in place of a blank", "write a blank instead");
        }
        let (what, help) = if first == '`' {
            ("no value begins with `` ` ``".to_owned(), "put the value in quotes, `\"…\"`".to_owned())
        } else {
            (format!("no value begins with `{first}`"), format!("put the value in quotes, `\"{first}…\"`"))
        };
        return said(at, 1, &what, &help);
    }
    let marks = [("alias", '*', "an alias", "\"*\""), ("anchor", '&', "an anchor", "\"&…\"")];
    if let Some((_, mark, name, written)) =
        marks.into_iter().find(|(word, ..)| context.is_some_and(|context| context.ends_with(word)))
    {
        let start = text.get(..at).and_then(|before| before.rfind(mark)).unwrap_or(at);
        let what = format!("`{mark}` begins {name}, not a text");
        let help = format!("where the `{mark}` is part of the value, put that in quotes: `{written}`");
        return said(start, 1, &what, &help);
    }
    if context.is_some_and(|context| context.ends_with("block scalar"))
        && problem.contains("comment or line break")
    {
        let start = text.get(..at).and_then(|before| before.rfind(['|', '>'])).unwrap_or(at);
        let mark = text.get(start..=start).unwrap_or("|");
        let what = format!("`{mark}` begins a block of lines, not a value");
        return said(start, 1, &what, "put the value in quotes");
    }
    if problem.starts_with("mapping values are not allowed") {
        return colon(text, at, &line);
    }
    if problem.contains("end of stream") && context.is_some_and(|context| context.contains("quoted scalar")) {
        let (start, quote) = unclosed_quote(text)?;
        let what = format!("a text begins with `{quote}` and does not end with it");
        return said(start, 1, &what, "add the quote where the value ends");
    }
    if problem.contains("escape") && context.is_some_and(|context| context.contains("quoted scalar")) {
        let help = "write single quotes around the value, in which a backslash is one, or two backslashes";
        return said(at, 1, "a backslash in double quotes begins an escape, and this one is none", help);
    }
    if problem.starts_with("did not find expected ',' or") {
        let help = "close the bracket, and write a comma between two elements";
        let (bracket, name) = if problem.contains(']') { ('[', "list") } else { ('{', "mapping") };
        let what = format!("a {name} that begins with `{bracket}` does not end, or a comma is missing in it");
        let start = text.get(..at).and_then(|before| before.rfind(bracket)).unwrap_or(at);
        return said(start, 1, &what, help);
    }
    if problem.starts_with("block sequence entries are not allowed") {
        let help = "write each element on a line of its own, `- `, or all of them in brackets, `[a, b]`";
        return said(at, 1, "a list with `- ` cannot begin here", help);
    }
    if problem.starts_with("did not find expected node content")
        && let Some(first) = rest.chars().next().filter(|first| matches!(first, ']' | '}' | ','))
    {
        let what = format!("no value begins with `{first}`");
        return said(at, 1, &what, &format!("put the value in quotes, `\"{first}…\"`, or remove it"));
    }
    if problem.starts_with("did not find expected key") {
        let before = text.get(line.start..at).unwrap_or("").trim_end();
        if before.ends_with(['"', '\'', ']', '}']) {
            let help = "put quotes around the whole value; within single quotes, `'` is written twice";
            return said(at, 1, "a value goes on behind its closing quote or bracket", help);
        }
        return said(line.range().0, 1, "the indentation fits no line above", SAME_COLUMN);
    }
    if problem.contains("<document start>") {
        // A text that a comment or a blank line ends is all of the document.
        if let Some(above) = line_before(text, &line).filter(|above| !above.text.contains(':')) {
            return Some(no_setting(&above));
        }
        return said(line.range().0, 1, "this line begins further left than the first one", SAME_COLUMN);
    }
    if problem.contains("could not find expected ':'") {
        // The parser notices it one line later.
        let wrong = line_before(text, &line).filter(|before| !before.text.contains(':')).unwrap_or(line);
        return Some(no_setting(&wrong));
    }
    None
}

const SAME_COLUMN: &str = "names that belong together begin in the same column";

/// A colon where a value cannot have one.
fn colon(text: &str, at: usize, line: &Line) -> Option<Explanation> {
    let before = line.text.get(..at - line.start).unwrap_or("");
    if before.contains(": ") {
        return Some(Explanation {
            range: (at, at + 1),
            what: "a colon with a blank behind it stands inside of a value".to_owned(),
            help: "put the value in quotes, or begin a new line for the next setting".to_owned(),
        });
    }
    let above = line_before(text, line)?;
    let is_deeper = line.indent().len() > above.indent().len();
    if !above.text.contains(": ") && !above.text.trim_end().ends_with(':') && !is_deeper {
        return Some(no_setting(&above));
    }
    is_deeper.then(|| Explanation {
        range: line.range(),
        what: "this line is indented deeper than the one above, which has a value already".to_owned(),
        help: format!("{SAME_COLUMN}; a name with others below it has no value of its own"),
    })
}

/// A line without a name and a value.
fn no_setting(line: &Line) -> Explanation {
    let text = line.text.trim();
    let is_conflict = ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| text.starts_with(mark));
    let (what, help) = if is_conflict {
        ("a conflict of a merge stands here", "keep one of the two versions, and remove the three marks")
    } else {
        ("this line is no setting", "write `name: value`, with a colon and a blank behind it")
    };
    Explanation { range: line.range(), what: what.to_owned(), help: help.to_owned() }
}

/// The first value that begins with a quote and has no second one on its line.
fn unclosed_quote(text: &str) -> Option<(usize, char)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let from = start;
        start += line.len();
        if line.trim_start().starts_with('#') {
            continue;
        }
        let value = line.find(": ").map_or(0, |at| at + 2);
        let rest = line.get(value..).unwrap_or("");
        let inner = rest.trim_start_matches([' ', '-', '[']);
        let quote = inner.chars().next().filter(|first| matches!(first, '"' | '\''));
        if let Some(quote) = quote.filter(|quote| inner.replace("\\\"", "").matches(*quote).count() % 2 == 1)
        {
            return Some((from + value + rest.len() - inner.len(), quote));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use yaml::Refusal;

    fn found(text: &str) -> String {
        let Err(Refusal::Syntax { at, problem, context }) = yaml::read(text, &mut |_| ()) else {
            panic!("{text:?} is YAML")
        };
        let found = explain(text, at, problem, context);
        let Explanation { range, what, help } =
            found.unwrap_or_else(|| panic!("{text:?}: {problem} {context:?}"));
        let line = text[..range.0].matches('\n').count() + 1;
        format!("{line} {:?} {what}; {help}", &text[range.0..range.1.min(text.len())])
    }

    #[test]
    fn in_the_words_of_the_author() {
        for (text, expected) in [
            (
                "a: *\n",
                "1 \"*\" `*` begins an alias, not a text; where the `*` is part of the value, put that in quotes: `\"*\"`",
            ),
            (
                "a: [b, *.c]\n",
                "1 \"*\" `*` begins an alias, not a text; where the `*` is part of the value, put that in quotes: `\"*\"`",
            ),
            (
                "a: & b\n",
                "1 \"&\" `&` begins an anchor, not a text; where the `&` is part of the value, put that in quotes: `\"&…\"`",
            ),
            ("a: @b\n", "1 \"@\" no value begins with `@`; put the value in quotes, `\"@…\"`"),
            ("a: %b\n", "1 \"%\" no value begins with `%`; put the value in quotes, `\"%…\"`"),
            ("a: `b`\n", "1 \"`\" no value begins with `` ` ``; put the value in quotes, `\"…\"`"),
            ("a: }b\n", "1 \"}\" no value begins with `}`; put the value in quotes, `\"}…\"`, or remove it"),
            ("a: ,b\n", "1 \",\" no value begins with `,`; put the value in quotes, `\",…\"`, or remove it"),
            ("a: |b\n", "1 \"|\" `|` begins a block of lines, not a value; put the value in quotes"),
            ("a: >b\n", "1 \">\" `>` begins a block of lines, not a value; put the value in quotes"),
            (
                "a:\n\tb: c\n",
                "2 \"\\t\" a tab is used as indentation; indentation is made of blanks only: replace each tab by blanks",
            ),
            (
                "a:\n  \tb: c\n",
                "2 \"\\t\" a tab is used as indentation; indentation is made of blanks only: replace each tab by blanks",
            ),
            (
                "a: b: c\n",
                "1 \":\" a colon with a blank behind it stands inside of a value; put the value in quotes, or begin a new line for the next setting",
            ),
            (
                "a:b\nc: d\n",
                "1 \"a:b\" this line is no setting; write `name: value`, with a colon and a blank behind it",
            ),
            (
                "a=b\n\n# x\nc: d\n",
                "1 \"a=b\" this line is no setting; write `name: value`, with a colon and a blank behind it",
            ),
            (
                "x: y\na\nc: d\n",
                "2 \"a\" this line is no setting; write `name: value`, with a colon and a blank behind it",
            ),
            (
                "<<<<<<< HEAD\na: b\n",
                "1 \"<<<<<<< HEAD\" a conflict of a merge stands here; keep one of the two versions, and remove the three marks",
            ),
            (
                "x: y\n=======\na: b\n",
                "2 \"=======\" a conflict of a merge stands here; keep one of the two versions, and remove the three marks",
            ),
            (
                "a: b\n  c: d\n",
                "2 \"c: d\" this line is indented deeper than the one above, which has a value already; names that belong together begin in the same column; a name with others below it has no value of its own",
            ),
            (
                "a:\n    b: c\n  d: e\n",
                "3 \"d\" the indentation fits no line above; names that belong together begin in the same column",
            ),
            (
                " a: b\nc: d\n",
                "2 \"c\" this line begins further left than the first one; names that belong together begin in the same column",
            ),
            (
                "x: y\na: \"b\nc: d\n",
                "2 \"\\\"\" a text begins with `\"` and does not end with it; add the quote where the value ends",
            ),
            (
                "a: 'b\n",
                "1 \"'\" a text begins with `'` and does not end with it; add the quote where the value ends",
            ),
            (
                "a: 'it's'\n",
                "1 \"s\" a value goes on behind its closing quote or bracket; put quotes around the whole value; within single quotes, `'` is written twice",
            ),
            (
                "a: \"b\" c\n",
                "1 \"c\" a value goes on behind its closing quote or bracket; put quotes around the whole value; within single quotes, `'` is written twice",
            ),
            (
                "a: [b] c\n",
                "1 \"c\" a value goes on behind its closing quote or bracket; put quotes around the whole value; within single quotes, `'` is written twice",
            ),
            (
                "a: [b, c\nd: e\n",
                "1 \"[\" a list that begins with `[` does not end, or a comma is missing in it; close the bracket, and write a comma between two elements",
            ),
            (
                "a: {b: c\nd: e\n",
                "1 \"{\" a mapping that begins with `{` does not end, or a comma is missing in it; close the bracket, and write a comma between two elements",
            ),
            (
                "a: - b\n",
                "1 \"-\" a list with `- ` cannot begin here; write each element on a line of its own, `- `, or all of them in brackets, `[a, b]`",
            ),
            (
                "a: \"C:\\data\"\n",
                "1 \"\\\\\" a backslash in double quotes begins an escape, and this one is none; write single quotes around the value, in which a backslash is one, or two backslashes",
            ),
        ] {
            assert_eq!(found(text), expected, "{text:?}");
        }
    }

    #[test]
    fn any_text_is_read_without_a_panic() {
        for text in ["", "\n", "*", "&", "\t", "é: *", "'", "\"é", "a: \"é\\x\"", "\r\ta", "{", "}", "|é"]
        {
            for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                for problem in [
                    "mapping values are not allowed in this context",
                    "did not find expected key",
                    "did not find expected node content",
                    "did not find expected ',' or ']'",
                    "found unexpected end of stream",
                    "could not find expected ':'",
                    "did not find expected <document start>",
                    "found character that cannot start any token",
                    "did not find expected comment or line break",
                ] {
                    for context in [
                        None,
                        Some("while scanning an alias"),
                        Some("while scanning a quoted scalar"),
                        Some("while scanning a block scalar"),
                    ] {
                        let found = explain(text, at, problem, context);
                        assert!(found.is_none_or(|it| text.is_char_boundary(it.range.0.min(text.len()))));
                    }
                }
            }
        }
    }
}
