//! What is reported where the template is no YAML, or a placeholder stands where none can be.

use crate::problem::Problem;
use crate::token::{Kind, Token};
use crate::yaml::Walker;
use yaml::Refusal;

impl Walker<'_, '_> {
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        let problems = &mut self.evaluator.problems;
        problems.iter_mut().for_each(Problem::doubt_setting);
        match refusal {
            Refusal::Syntax { at, problem, context } => {
                // What has been read so far may be anything.
                if let Some(collector) = &mut self.collector {
                    collector.settings.misplaced.clear();
                }
                // The cause is often an invalid placeholder on the same line, or one at a place for names.
                let line_start =
                    self.body.get(..at).unwrap_or("").rfind(['\n', '\r']).map_or(0, |end| end + 1);
                let rest = self.body.get(at..).unwrap_or("");
                let line_end = at + rest.find(['\n', '\r']).unwrap_or(rest.len());
                let on_line: Vec<Token> = self
                    .tokens
                    .iter()
                    .filter(|token| token.start >= line_start && token.start <= line_end)
                    .copied()
                    .collect();
                let known = problems.iter().any(|problem| {
                    problem.start >= line_start
                        && problem.start <= line_end
                        && problem.finding.code == "template/syntax"
                });
                let mut explained = known;
                let is_directive = self.body.get(line_start..).unwrap_or("").starts_with('%');
                let (mut read, mut word) = (line_start, line_start);
                for token in on_line {
                    let passed = self.body.get(read..token.start).unwrap_or("");
                    word = passed.rfind([' ', '\t', ',', '[', '{']).map_or(word, |at| read + at + 1);
                    read = token.start;
                    let in_word = self.body.get(word..token.start).unwrap_or("");
                    if in_word.starts_with(['&', '*', '!']) || (is_directive && token.start > line_start) {
                        self.misplaced(token);
                        explained = true;
                    } else if let (Kind::Invalid(..), false) = (token.kind, known) {
                        self.evaluator.report_invalid(token);
                        explained = true;
                    }
                }
                if !explained {
                    let help = self.syntax_help(at, problem, context);
                    let context = context.map(|context| format!(" {context}")).unwrap_or_default();
                    let message = format!("this is not YAML: {problem}{context}");
                    self.evaluator.problems.push(Problem::new(
                        "template/not-yaml",
                        (at, at + 1),
                        message,
                        help,
                    ));
                }
            }
            Refusal::Character { at } => {
                let message = "this is not YAML: it has a control character";
                let help = "remove it, or write it as an escape in double quotes, as in `\"\\x07\"`";
                problems.push(Problem::new("template/not-yaml", (at, at + 1), message, help));
            }
            Refusal::SecondDocument { at } => {
                let message = "a second YAML document begins here";
                let help = "a configuration file is one document: remove the `---` and what follows";
                problems.push(Problem::new("template/structure", (at, at + 3), message, help));
            }
            Refusal::TooDeep { at } => {
                let message = "more than 200 levels of nesting";
                let help = "no setting is nested that deeply: check the brackets and the indentation";
                problems.push(Problem::new("template/structure", (at, at + 1), message, help));
            }
        }
    }

    /// What to do; some characters begin something in YAML that their author took for text.
    fn syntax_help(&self, at: usize, problem: &str, context: Option<&str>) -> &'static str {
        let begins_nothing = problem.contains("cannot start any token");
        match (self.body.as_bytes().get(at), context) {
            (Some(b'\t'), _) if begins_nothing || problem.contains("tab character") => {
                "a tab stands here: YAML is indented with blanks"
            }
            (Some(b'@' | b'`' | b'%'), _) if begins_nothing => {
                "no value begins with this character in YAML: put it in quotes"
            }
            (_, Some(context)) if context.ends_with("an alias") => {
                "a `*` begins an alias in YAML: put the value in quotes, as in `\"*\"`"
            }
            (_, Some(context)) if context.ends_with("an anchor") => {
                "a `&` begins an anchor in YAML: put the value in quotes, as in `\"&\"`"
            }
            _ => "check the indentation, the colons and the quotes of this line and the one before",
        }
    }

    pub(crate) fn misplaced(&mut self, token: Token) {
        let message = "a placeholder cannot be an anchor, an alias, a tag or a directive";
        let help = "write the name itself there; placeholders stand in keys and values only";
        self.evaluator.problems.push(Problem::new(
            "template/syntax",
            (token.start, token.end),
            message,
            help,
        ));
    }
}
