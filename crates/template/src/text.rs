//! Renders the line formats: plain text, `.properties`, `jvm.options` and `java.policy`.

mod lines;

use crate::collect::Collector;
use crate::environment::Environment;
use crate::evaluate::Evaluator;
use crate::format::Format;
use crate::placeholder::Lexer;
use crate::problem::{self, Problem};
use crate::rendered::{LIMIT, RenderedText};
use crate::scalar::push_hex;
use crate::token::{Kind, Operator, SyntaxError, Token};
use crate::unescape::Quoting;
use diagnostics::Levels;
use lines::{OptionLine, PropertyLine};

/// Renders a text template; `collector` gathers what became of each placeholder.
pub(crate) fn render(
    format: Format,
    body: &str,
    environment: &Environment,
    levels: &Levels,
    mut collector: Option<&mut Collector>,
) -> RenderedText {
    let mut evaluator = Evaluator::new(body, environment, levels, format);
    let mut out = String::with_capacity(body.len() + body.len() / 8);
    let mut value = String::new();
    let mut copied = 0;
    let mut places = Scan::new(body, format);
    let mut unterminated = 0_u32;
    while let Some(token) = places.next_token() {
        out.push_str(body.get(copied..token.start).unwrap_or(""));
        copied = token.end;
        value.clear();
        match token.kind {
            Kind::Value(form) => {
                let outcome = evaluator.value(token, form, Quoting::None, &mut value);
                if let (Some(collector), true) = (&mut collector, outcome.good) {
                    let span = collector.span(token);
                    collector.uses.push(evaluator.used(token, &value, outcome, span));
                }
                if outcome.good
                    && let Err(problem) = places.insert(token, &value, &mut out)
                {
                    evaluator.problems.push(*problem);
                }
            }
            Kind::Escape => out.push_str(body.get(token.start + 1..token.end).unwrap_or("")),
            Kind::Reference => out.push_str(body.get(token.start..token.end).unwrap_or("")),
            Kind::Invalid(error, ..) => {
                evaluator.report_invalid(token);
                // A line full of them would take for ever.
                unterminated = if error == SyntaxError::Unterminated { unterminated + 1 } else { 0 };
                if unterminated > 16 {
                    places.skip_line();
                    unterminated = 0;
                }
            }
        }
        if out.len() > LIMIT {
            let message = "the rendered file would be larger than 32 MiB";
            let help =
                "values are repeated too often or are too large; 32 MiB is the limit for a rendered file";
            evaluator.problems.push(Problem::new(
                "template/unsafe-value",
                (token.start, token.end),
                message,
                help,
            ));
            break;
        }
    }
    out.push_str(body.get(copied..).unwrap_or(""));
    let is_whole = !problem::has_error(&evaluator.problems) && !evaluator.unknown;
    let Evaluator { problems, gave_secret, .. } = evaluator;
    RenderedText { text: is_whole.then_some(out), problems, holds_secret: gave_secret }
}

/// Whether one of our placeholders stands outside comments.
pub(crate) fn has_placeholders(body: &str, format: Format) -> bool {
    let mut scan = Scan::new(body, format);
    while let Some(token) = scan.next_token() {
        // Any text file may hold something like `${}`; it is no reason to take it for a template.
        if token.is_value() {
            return true;
        }
    }
    false
}

/// Walks over the tokens that are ours in a format.
struct Scan<'a> {
    body: &'a str,
    format: Format,
    lexer: Lexer<'a>,
    from: usize,
    /// The line of the last token: of `jvm.options` and of what has been rendered of it, of a `.properties` file.
    option: OptionLine,
    rendered_option: OptionLine,
    property: PropertyLine,
    /// How far [`Self::quoted`] and [`Self::commented`] have read a policy.
    read: usize,
    quoted: bool,
    comment: Comment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comment {
    None,
    Line,
    Block,
}

impl<'a> Scan<'a> {
    fn new(body: &'a str, format: Format) -> Self {
        Self {
            body,
            format,
            lexer: Lexer::new(body),
            from: 0,
            option: OptionLine::new(),
            rendered_option: OptionLine::new(),
            property: PropertyLine::new(),
            read: 0,
            quoted: false,
            comment: Comment::None,
        }
    }

    fn skip_line(&mut self) {
        let rest = self.body.get(self.from..).unwrap_or("");
        self.from += rest.find(['\n', '\r']).unwrap_or(rest.len());
    }

    fn next_token(&mut self) -> Option<Token> {
        loop {
            let token = self.lexer.next(self.from)?;
            if self.is_ours(token) && !self.is_in_comment(token.start) {
                self.from = token.end;
                return Some(token);
            }
            // Another one may begin inside of what is not ours.
            self.from = if token.kind == Kind::Escape { token.end } else { token.start + 1 };
        }
    }

    fn is_ours(&self, token: Token) -> bool {
        let bytes = self.body.as_bytes();
        let at = token.start + usize::from(token.kind == Kind::Escape);
        let angle = bytes.get(at + 1) == Some(&b'<');
        match self.format {
            Format::Policy => angle,
            Format::Properties => {
                // log4j has lookups of its own, in lower case or with a `:`.
                match token.kind {
                    Kind::Escape => angle,
                    Kind::Reference => false,
                    Kind::Value(form) => match form.operator {
                        Operator::Legacy => false,
                        Operator::Plain
                        | Operator::Default { .. }
                        | Operator::Required { .. }
                        | Operator::Alternative { .. } => {
                            !token.name(self.body).bytes().any(|byte| byte.is_ascii_lowercase())
                        }
                    },
                    Kind::Invalid(error, ..) => {
                        let name = self.body.get(at + 2..).unwrap_or("");
                        is_upper_case_name(name)
                            && !matches!(
                                error,
                                SyntaxError::Unterminated | SyntaxError::BadName | SyntaxError::EmptyName
                            )
                    }
                }
            }
            // The server's own launcher fills in these two.
            Format::JvmOptions => !matches!(
                self.body.get(token.start..token.end),
                Some("${ES_TMPDIR}" | "${ES_PATH_CONF}" | "${OPENSEARCH_TMPDIR}" | "${OPENSEARCH_PATH_CONF}")
            ),
            _ => true,
        }
    }

    fn is_in_comment(&mut self, at: usize) -> bool {
        match self.format {
            Format::Policy => {
                self.read_policy(at);
                self.comment != Comment::None
            }
            Format::Properties => {
                self.property.read_to(self.body, at);
                self.property.is_comment()
            }
            Format::JvmOptions => {
                self.option.read_to(self.body, at);
                self.option.is_comment
            }
            _ => false,
        }
    }

    /// Reads a policy up to that byte: whether it stands in a comment or between quotes.
    fn read_policy(&mut self, at: usize) {
        let bytes = self.body.as_bytes();
        while self.read < at {
            let byte = bytes.get(self.read).copied().unwrap_or(0);
            let next = bytes.get(self.read + 1).copied().unwrap_or(0);
            let mut width = 1;
            match self.comment {
                Comment::Line if byte == b'\n' || byte == b'\r' => self.comment = Comment::None,
                Comment::Block if byte == b'*' && next == b'/' => {
                    self.comment = Comment::None;
                    width = 2;
                }
                Comment::Line | Comment::Block => {}
                Comment::None if self.quoted => {
                    if byte == b'\\' {
                        width = 2;
                    } else if byte == b'"' || byte == b'\n' || byte == b'\r' {
                        self.quoted = false;
                    }
                }
                Comment::None => match (byte, next) {
                    (b'"', _) => self.quoted = true,
                    (b'/', b'/') => self.comment = Comment::Line,
                    (b'/', b'*') => {
                        self.comment = Comment::Block;
                        width = 2;
                    }
                    _ => {}
                },
            }
            self.read += width;
        }
    }

    /// Appends a value in the way the format escapes it.
    fn insert(&mut self, token: Token, value: &str, out: &mut String) -> Result<(), Box<Problem>> {
        let range = (token.start, token.end);
        let guarded = matches!(self.format, Format::Properties | Format::Policy);
        let following = self.body.as_bytes().get(token.end);
        if guarded
            && value.bytes().any(|byte| matches!(byte, b'$' | b'{'))
            && (value.contains("${")
                || (value.starts_with('{') && out.ends_with('$'))
                || (value.ends_with('$') && matches!(following, Some(b'{' | b'$'))))
        {
            let message = "a value and the text beside it make `${`";
            let help = "it would be evaluated once more: change the value or the text beside the placeholder";
            return Err(Box::new(Problem::new("template/unsafe-value", range, message, help)));
        }
        match self.format {
            Format::Properties => {
                // Only a value with special characters has to know whether it is part of a key.
                if !push_harmless(out, value) {
                    push_property(out, value, self.property.is_key(self.body));
                }
            }
            Format::JvmOptions => {
                // What was rendered: placeholders before this one may have given nothing.
                self.rendered_option.read_to(out, out.len());
                if self.rendered_option.is_blank && value.trim_start().starts_with('#') {
                    let message = "a value would make this line a comment";
                    let help = "the line begins with the placeholder: remove the `#` from the value";
                    return Err(Box::new(Problem::new("template/unsafe-value", range, message, help)));
                }
                out.push_str(value);
            }
            Format::Policy => {
                if !self.quoted {
                    let message = "a placeholder outside of quotes";
                    let help =
                        "a value could grant permissions there: write the placeholder between double quotes";
                    return Err(Box::new(Problem::new("template/syntax", range, message, help)));
                }
                out.push_str(&value.replace('\\', "\\\\"));
            }
            _ => out.push_str(value),
        }
        Ok(())
    }
}

/// Whether a text begins with a name in upper case.
fn is_upper_case_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase() || first == '_')
}

/// Appends a value so that `Properties.load` reads it back: the file is ISO-8859-1.
fn push_property(out: &mut String, value: &str, key: bool) {
    for (at, character) in value.char_indices() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0c' => out.push_str("\\f"),
            ' ' if key || at == 0 => out.push_str("\\ "),
            '=' | ':' | '#' | '!' if key || at == 0 => {
                out.push('\\');
                out.push(character);
            }
            ' '..='~' => out.push(character),
            other => {
                let mut units = [0_u16; 2];
                for unit in other.encode_utf16(&mut units) {
                    out.push_str("\\u");
                    push_hex(out, u32::from(*unit), 4);
                }
            }
        }
    }
}

/// Appends a value that needs no escape anywhere in a `.properties` file; others are left to [`push_property`].
fn push_harmless(out: &mut String, value: &str) -> bool {
    let harmless =
        value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'/'));
    if harmless {
        out.push_str(value);
    }
    harmless
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_escape() {
        let mut out = String::new();
        push_property(&mut out, " a=b:c\\\n\r\t\u{c}é\u{1f600}", false);
        assert_eq!(out, "\\ a=b:c\\\\\\n\\r\\t\\f\\u00e9\\ud83d\\ude00");
        out.clear();
        push_property(&mut out, "a b=", true);
        assert_eq!(out, "a\\ b\\=");
    }
}
