//! What else would have given a placeholder its text, had not another one come first: for `explain`.

use crate::environment::{Content, Environment, Origin, Variable};
use crate::placeholder::Lexer;
use crate::token::{Kind, Operator, Token};
use diagnostics::is_secret_name;

/// One that lost: a variable, or the default that is written for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beaten {
    pub name: String,
    /// Where the variable's value came from; nothing for a default.
    pub origin: Option<Origin>,
    pub text: String,
    /// Never print the text.
    pub secret: bool,
}

/// All that lost against the text of that placeholder, as it is written, in the order in which they would have been asked.
pub fn beaten(placeholder: &str, environment: &Environment) -> Vec<Beaten> {
    let mut walk = Walk { text: placeholder, lexer: Lexer::new(placeholder), environment, found: Vec::new() };
    if let Some(token) = walk.lexer.token_at(0) {
        walk.token(token, false);
    }
    walk.found
}

struct Walk<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    environment: &'a Environment,
    found: Vec<Beaten>,
}

impl Walk<'_> {
    /// `has_lost`: something before it had a value.
    fn token(&mut self, token: Token, has_lost: bool) {
        let Kind::Value(form) = token.kind else { return };
        let keeps_empty = match form.operator {
            Operator::Plain | Operator::Default { colon: true } => false,
            Operator::Default { colon: false } | Operator::Legacy => true,
            // What stands there is a message, or no value of that variable.
            Operator::Required { .. } | Operator::Alternative { .. } => return,
        };
        let name = token.name(self.text);
        let environment = self.environment;
        let has_value = |variable: &&Variable| {
            keeps_empty || !matches!(&variable.content, Content::Text(text) if text.is_empty())
        };
        let variable = environment.get(name).filter(has_value);
        if let Some(variable) = variable {
            if has_lost {
                self.variable(name, variable);
            }
            if let Some(derived) = environment.beaten(name) {
                self.variable(name, derived);
            }
        }
        let has_lost = has_lost || variable.is_some();
        let word = token.word();
        let mut at = word.start;
        while let Some(inner) = self.lexer.next_before(at, word.end) {
            self.token(inner, has_lost);
            at = inner.end;
        }
        let constant = self.text.get(word.clone()).filter(|text| at == word.start && !text.is_empty());
        if let Some(text) = constant.filter(|_| has_lost) {
            let (name, text) = (name.to_owned(), text.to_owned());
            self.found.push(Beaten { secret: is_secret_name(&name), name, origin: None, text });
        }
    }

    fn variable(&mut self, name: &str, variable: &Variable) {
        let Content::Text(text) = &variable.content else { return };
        self.found.push(Beaten {
            secret: variable.secret || is_secret_name(name),
            name: name.to_owned(),
            origin: Some(variable.origin.clone()),
            text: text.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lost() {
        let mut environment: Environment =
            [("A", "1"), ("B", "2"), ("E", ""), ("A_PASSWORD", "p")].into_iter().collect();
        let derived = |text: &str| Variable {
            content: Content::Text(text.into()),
            origin: Origin::Derived("D".into()),
            secret: false,
        };
        environment.set_beaten("B", derived("3"));
        let found = |text: &str| -> Vec<String> {
            let line = |it: Beaten| {
                let from = it.origin.map_or("default".to_owned(), |origin| format!("{origin:?}"));
                format!("{} {from} {}{}", it.name, it.text, if it.secret { " secret" } else { "" })
            };
            beaten(text, &environment).into_iter().map(line).collect()
        };
        for text in
            ["${A}", "${A:-}", "${U:-x}", "${E:-x}", "${A:?no}", "${A:+x}", "A", "$${A:-x}", "${U:-${A}}"]
        {
            assert_eq!(found(text), [""; 0], "{text}");
        }
        assert_eq!(found("${A:-x}"), ["A default x"]);
        assert_eq!(found("$<A:-x>"), ["A default x"]);
        assert_eq!(found("${E:x}"), ["E default x"]);
        assert_eq!(found("${A:-${U:-${B:-x}}}"), ["B Process 2", "B Derived(\"D\") 3", "B default x"]);
        assert_eq!(found("${U:-${B:-x}}"), ["B Derived(\"D\") 3", "B default x"]);
        assert_eq!(found("${A_PASSWORD:-x}"), ["A_PASSWORD default x secret"]);
        assert_eq!(found("${A:-${A_PASSWORD}}"), ["A_PASSWORD Process p secret"]);
    }
}
