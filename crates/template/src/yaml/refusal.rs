//! What is reported where the template is no YAML, or a placeholder stands where none can be.

use crate::problem::Problem;
use crate::settings::Syntax;
use crate::token::{Kind, Token};
use crate::yaml::Walker;
use crate::yaml::author::{Explanation, explain};
use yaml::Refusal;

impl Walker<'_, '_> {
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        let problems = &mut self.evaluator.problems;
        problems.iter_mut().for_each(Problem::doubt_setting);
        match refusal {
            Refusal::Syntax { at, problem, context } => {
                // What has been read so far may be anything.
                if let Some(collector) = &mut self.collector {
                    let settings = &mut collector.settings;
                    settings.misplaced.clear();
                    settings.repeated.clear();
                    settings.nested.clear();
                    settings.syntax = Syntax::default();
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
                    let explained = explain(self.body, at, problem, context);
                    let explained = explained.unwrap_or_else(|| {
                        let context = context.map(|context| format!(" {context}")).unwrap_or_default();
                        let help =
                            "check the indentation, the colons and the quotes of this line and the one before";
                        Explanation {
                            range: (at, at + 1),
                            what: format!("{problem}{context}"),
                            help: help.to_owned(),
                        }
                    });
                    let Explanation { range, what, help } = explained;
                    let message = format!("this is not YAML: {what}");
                    self.evaluator.problems.push(Problem::new("template/not-yaml", range, message, help));
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
