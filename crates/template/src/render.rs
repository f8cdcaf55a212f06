//! From a template and an environment to a file and its settings.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use diagnostics::{Finding, Levels, Secrets, Source, Span};

use crate::environment::Environment;
use crate::format::Format;
use crate::placeholder::Lexer;
use crate::problem;
use crate::rendered::{Inspected, LIMIT, Rendered, RenderedText, Template};
use crate::{collect, text, yaml};

/// The character that some editors put before UTF-8 text. It stays, counts in no column, and is no part of a text of settings.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Renders a template.
pub fn render(template: &Template, environment: &Environment, levels: &Levels) -> Rendered {
    let text = match SourceText::read(template) {
        Ok(text) => text,
        Err(finding) => return Rendered { findings: vec![*finding], ..Rendered::default() },
    };
    let body = text.body();
    let RenderedText { text: rendered, problems, holds_secret } = if template.format.is_yaml() {
        yaml::render(template.format, body, environment, levels, None)
    } else {
        text::render(template.format, body, environment, levels, None)
    };
    let findings = problem::findings(|| source(template, body), problems);
    Rendered { bytes: rendered.map(|rendered| text.write(rendered)), findings, holds_secret }
}

/// Renders a template and gathers its settings (of YAML) and the placeholders that were used.
pub fn inspect(template: &Template, environment: &Environment, levels: &Levels) -> Inspected {
    let text = match SourceText::read(template) {
        Ok(text) => text,
        Err(finding) => {
            let rendered = Rendered { findings: vec![*finding], ..Rendered::default() };
            return Inspected { rendered, ..Inspected::default() };
        }
    };
    let source = source(template, text.body());
    let mut collector = collect::Collector::new(Arc::clone(&source));
    let RenderedText { text: rendered, problems, holds_secret } = if template.format.is_yaml() {
        yaml::render(template.format, &source.text, environment, levels, Some(&mut collector))
    } else {
        text::render(template.format, &source.text, environment, levels, Some(&mut collector))
    };
    let findings = problem::findings(|| Arc::clone(&source), problems);
    let bytes = rendered.map(|rendered| text.write(rendered));
    let collect::Collector { settings, uses, .. } = collector;
    Inspected { rendered: Rendered { bytes, findings, holds_secret }, settings, uses }
}

/// The template as a text that places point into.
fn source(template: &Template, body: &str) -> Arc<Source> {
    Source::new(template.name, body, template.format.secrets())
}

/// Every name that a placeholder of the template may ask for, in comments and unused defaults too.
pub fn referenced_names(template: &Template) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if let Ok(source) = SourceText::read(template) {
        let body = source.body();
        let mut lexer = Lexer::new(body);
        let mut from = 0;
        while let Some(at) = memchr::memchr(b'$', body.as_bytes().get(from..).unwrap_or(&[])) {
            let start = from + at;
            if let Some(token) = lexer.token_at(start)
                && token.is_value()
            {
                let name = token.name(body);
                if !names.contains(name) {
                    names.insert(name.to_owned());
                }
            }
            // Names in defaults begin further inside.
            from = start + 1;
        }
    }
    names
}

/// Whether a file holds our placeholders outside of comments, and so is a template.
pub fn has_placeholders(template: &Template) -> bool {
    // Most files have none; they need not even be text.
    if memchr::memchr(b'$', template.bytes).is_none() {
        return false;
    }
    let Ok(source) = SourceText::read(template) else { return false };
    if template.format.is_yaml() {
        yaml::has_placeholders(source.body())
    } else {
        text::has_placeholders(source.body(), template.format)
    }
}

/// The bytes of a template as text.
struct SourceText<'a> {
    text: Cow<'a, str>,
    /// The file is no UTF-8 but ISO-8859-1, as `.properties` files may be.
    latin: bool,
}

impl<'a> SourceText<'a> {
    fn read(template: &Template<'a>) -> Result<Self, Box<Finding>> {
        let Template { name, bytes, format } = *template;
        let yaml = format.is_yaml();
        let code = if yaml { "template/not-yaml" } else { "template/syntax" };
        if bytes.len() > LIMIT {
            let span = Span::new(&Source::new(name, "", Secrets::all), 0..1).hide(true);
            let finding = Finding::error("template/unreadable", "the template is larger than 32 MiB");
            return Err(Box::new(
                finding.at(span).help("no configuration file is that large: is it the right file?"),
            ));
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Self { text: Cow::Borrowed(text), latin: false },
            Err(_) if format == Format::Properties => {
                Self { text: Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()), latin: true }
            }
            Err(error) => {
                let good = bytes.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok());
                let good = good.unwrap_or("");
                let span = Span::new(&Source::new(name, good, Secrets::all), good.len()..good.len() + 1);
                let finding = Finding::error(code, "the file is not UTF-8 text");
                return Err(Box::new(
                    finding
                        .at(span.hide(true))
                        .help("save the file as UTF-8; this byte belongs to no character"),
                ));
            }
        };
        // YAML refuses more than this, and says so itself.
        if let (Some(at), false) = (memchr::memchr(0, text.text.as_bytes()), yaml) {
            // The file may be large, and what follows is of no interest.
            let read = text.text.get(..=at).unwrap_or("");
            let span = Span::new(&Source::new(name, read, Secrets::all), at..at + 1).hide(true);
            let finding = Finding::error(code, "the file has a NUL character, so it is no text");
            return Err(Box::new(finding.at(span).help("remove it: configuration files are text")));
        }
        Ok(text)
    }

    fn body(&self) -> &str {
        self.text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.text)
    }

    /// The rendered text as bytes of the file.
    fn write(&self, text: String) -> Vec<u8> {
        if self.latin {
            // Values are escaped to ASCII, so that every character of the text came from one byte.
            return text
                .chars()
                .map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?'))
                .collect();
        }
        if self.text.starts_with(BYTE_ORDER_MARK) {
            return [BYTE_ORDER_MARK.as_bytes(), text.as_bytes()].concat();
        }
        text.into_bytes()
    }
}
