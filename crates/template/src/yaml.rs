//! Renders YAML by replacing exactly the bytes of the scalars that have placeholders. The template is read as YAML with its
//! placeholders masked, each of these scalars gets its expected text in a form that all readers agree on, and the
//! result is read again and compared.

mod author;
mod duplicate_key;
mod expected;
mod gap;
mod mask;
mod refusal;
mod tabs;
mod write;

use std::collections::HashMap;

use crate::collect::Collector;
use crate::environment::Environment;
use crate::evaluate::Evaluator;
use crate::foreign;
use crate::format::Format;
use crate::frame::{Frame, name_length, shown_setting_name};
use crate::problem::{self, Problem};
use crate::rendered::RenderedText;
use crate::scalar::Position;
use crate::settings::Misplaced;
use crate::token::{Kind, Token};
use crate::unescape::Quoting;
use diagnostics::Levels;
use duplicate_key::duplicate_key;
use gap::Gap;
pub(crate) use mask::has_placeholders;
pub(crate) use mask::mask;
use mask::{after_header, after_properties};
use yaml::{Entry, EventKind, Expectation, Style};

/// A placeholder with its text, inside one scalar.
struct Piece {
    token: Token,
    /// Range in [`Walker::values`].
    start: usize,
    end: usize,
}

struct Walker<'a, 'c> {
    body: &'a str,
    tokens: Vec<Token>,
    /// Index of the first token that no event has passed yet.
    next_token: usize,
    /// Where the last event ended: what lies between is no scalar.
    passed: usize,
    gap: Gap,
    evaluator: Evaluator<'a>,
    frames: Vec<Frame>,
    expectation: Expectation,
    out: String,
    copied: usize,
    marker: char,
    too_large: bool,
    /// The texts of the placeholders of the current scalar.
    values: String,
    pieces: Vec<Piece>,
    /// The expected text of the current scalar.
    expected: String,
    plain_engine: HashMap<String, String>,
    /// Keys that hold placeholders: their text, and where they stand in the template.
    keys_with_placeholders: Vec<(String, usize, usize)>,
    collector: Option<&'c mut Collector>,
    /// The template has tabs at all.
    has_tabs: bool,
    /// The last thing read is a text without quotes.
    after_plain: bool,
}

/// Renders a YAML template whose bytes are text.
pub(crate) fn render<'a>(
    format: Format,
    body: &'a str,
    environment: &'a Environment,
    levels: &'a Levels,
    collector: Option<&mut Collector>,
) -> RenderedText {
    if let Some(problem) = foreign::check(body, format) {
        return RenderedText { text: None, problems: vec![problem], holds_secret: false };
    }
    let (tokens, masked, marker) = mask(body);
    let is_plain = tokens.is_empty();
    let mut evaluator = Evaluator::new(body, environment, levels, format);
    if collector.is_some() {
        evaluator.note_names();
    }
    let mut walker = Walker {
        body,
        tokens,
        next_token: 0,
        passed: 0,
        gap: Gap::default(),
        evaluator,
        frames: Vec::new(),
        expectation: Expectation::default(),
        out: String::new(),
        copied: 0,
        marker,
        too_large: false,
        values: String::new(),
        pieces: Vec::new(),
        expected: String::new(),
        plain_engine: HashMap::new(),
        keys_with_placeholders: Vec::new(),
        has_tabs: body.contains('\t'),
        after_plain: false,
        collector,
    };
    if !is_plain {
        walker.out.reserve(body.len() + body.len() / 8);
    }
    let result = yaml::read(&masked, &mut |entry| walker.entry(&entry));
    match result {
        Ok(()) => {
            walker.skip_tokens(body.len() + 1);
            walker.look_for_tabs(body.len());
        }
        Err(refusal) => walker.refuse(refusal),
    }
    drop(masked);
    if walker.too_large {
        let help = "values are repeated too often or are too large; 32 MiB is the limit for a rendered file";
        let message = "the rendered file would be larger than 32 MiB";
        walker.evaluator.problems.push(Problem::new("template/unsafe-value", (0, 1), message, help));
    }
    let is_whole = |evaluator: &Evaluator<'_>| !problem::has_error(&evaluator.problems) && !evaluator.unknown;
    if is_whole(&walker.evaluator) && !is_plain {
        let rest = body.get(walker.copied..).unwrap_or("");
        walker.out.push_str(rest);
        if let Err(place) = walker.expectation.verify(&walker.out) {
            let message = "the rendered file would not have the template's structure";
            let help =
                "nothing is written; put the placeholder in double quotes, or report this with the template";
            walker.evaluator.problems.push(Problem::new(
                "template/structure",
                (place, place + 1),
                message,
                help,
            ));
        }
    }
    if is_whole(&walker.evaluator)
        && let Some((start, end)) = duplicate_key(&walker.out, &walker.keys_with_placeholders)
    {
        let message = "a value makes two keys of one mapping the same";
        let help = "readers of YAML refuse that, or drop one of the two: give the variables different values";
        walker.evaluator.problems.push(Problem::new("template/structure", (start, end), message, help));
    }
    let text = if !is_whole(&walker.evaluator) {
        None
    } else if is_plain {
        Some(body.to_owned())
    } else {
        Some(walker.out)
    };
    let Evaluator { problems, gave_secret, .. } = walker.evaluator;
    RenderedText { text, problems, holds_secret: gave_secret }
}

/// The document of a template as a tree whose ranges are those of the template, with something else in place of the
/// placeholders, and with the text that it is about; nothing where it is no YAML.
pub fn tree(body: &str) -> Option<(yaml::Tree, String)> {
    let masked = mask(body).1;
    Some((yaml::parse(&masked).ok()??, masked))
}

impl Walker<'_, '_> {
    fn position(&self) -> Position {
        let frame = self.frames.last();
        Position {
            flow: frame.is_some_and(|frame| frame.flow),
            key: frame.is_some_and(|frame| frame.mapping && frame.expects_key),
        }
    }

    fn entry(&mut self, entry: &Entry) {
        self.look_for_tabs(entry.start);
        let position = self.position();
        match entry.kind {
            EventKind::End => {
                self.frames.pop();
                if let Some(collector) = &mut self.collector {
                    collector.close(&self.frames);
                }
                self.skip_tokens(entry.end);
                self.expectation.push(entry, "", false);
            }
            EventKind::SequenceStart { flow } | EventKind::MappingStart { flow } => {
                self.advance(position, "?", entry);
                self.skip_tokens(entry.start);
                self.expectation.push(entry, "", false);
                let mapping = matches!(entry.kind, EventKind::MappingStart { .. });
                let in_list = self.frames.last().is_some_and(|frame| !frame.mapping);
                if let (Some(collector), true) = (&mut self.collector, in_list) {
                    collector.nest(&self.frames, entry.start, mapping);
                }
                match &mut self.collector {
                    Some(collector) if position.key => {
                        collector.misplace(Misplaced::CollectionKey, entry.start..entry.start + 1);
                    }
                    Some(collector) if !mapping => collector.open_list(&self.frames, entry.start),
                    _ => {}
                }
                let outside = name_length(&self.frames);
                self.frames.push(Frame {
                    mapping,
                    flow: flow || position.flow,
                    expects_key: true,
                    key: String::new(),
                    key_range: 0..0,
                    items: 0,
                    outside,
                });
            }
            EventKind::Alias => {
                self.advance(position, &entry.value, entry);
                self.skip_tokens(entry.end);
                if let Some(collector) = &mut self.collector {
                    collector.alias(&self.frames, entry, position.key);
                }
                self.expectation.push(entry, &entry.value, false);
            }
            EventKind::Scalar(style) => self.scalar(entry, style, position),
        }
        self.note_end(entry);
        self.passed = self.passed.max(entry.end);
    }

    /// Moves the frame on: a key was read, or a value or item.
    fn advance(&mut self, position: Position, key: &str, entry: &Entry) {
        let Some(frame) = self.frames.last_mut() else { return };
        if !frame.mapping {
            frame.items += 1;
        } else if position.key {
            frame.key.clear();
            frame.key.push_str(key);
            frame.key_range = entry.start..entry.end;
            frame.expects_key = false;
            if let (Some(collector), EventKind::Scalar(_)) = (&mut self.collector, entry.kind) {
                collector.key(&self.frames);
            }
        } else {
            frame.expects_key = true;
        }
    }

    /// Passes the tokens that begin before `until` and belong to no scalar: fine in comments, errors elsewhere.
    fn skip_tokens(&mut self, until: usize) {
        while let Some(&token) = self.tokens.get(self.next_token).filter(|token| token.start < until) {
            self.next_token += 1;
            if !self.is_in_comment(token.start) {
                self.misplaced(token);
            }
        }
    }

    /// Whether a place between two scalars lies behind a `#` that begins a comment.
    fn is_in_comment(&mut self, at: usize) -> bool {
        self.gap.read_to(self.body, self.passed, at);
        self.gap.is_comment
    }

    fn scalar(&mut self, entry: &Entry, style: Style, position: Position) {
        let start = if entry.anchor.is_some() || entry.tag.is_some() {
            after_properties(self.body, entry)
        } else {
            entry.start
        };
        let content = match style {
            Style::Literal | Style::Folded => after_header(self.body, start).min(entry.end),
            _ => start,
        };
        self.skip_tokens(content);
        if let (Some(collector), Style::Double) = (&mut self.collector, style) {
            collector.double_quoted(start..entry.end);
        }
        let first = self.next_token;
        while self.tokens.get(self.next_token).is_some_and(|token| token.start < entry.end) {
            self.next_token += 1;
        }
        if first == self.next_token {
            self.advance(position, &entry.value, entry);
            if let (Some(collector), true, Style::Plain) = (&mut self.collector, position.flow, style) {
                collector.plain_in_brackets(entry);
            }
            if let (Some(collector), false) = (&mut self.collector, position.key) {
                let quoted = style != Style::Plain || entry.tag.is_some();
                collector.scalar(&self.frames, entry, &entry.value, quoted, (start, entry.end), &[]);
            }
            self.expectation.push(entry, &entry.value, false);
            return;
        }
        self.with_placeholders(entry, style, position, start, first);
    }

    fn with_placeholders(
        &mut self,
        entry: &Entry,
        style: Style,
        position: Position,
        start: usize,
        first: usize,
    ) {
        let quoting = match style {
            Style::Single => Quoting::Single,
            Style::Double => Quoting::Double,
            _ => Quoting::None,
        };
        let problems_before = self.evaluator.problems.len();
        if self.collector.is_some() {
            self.evaluator.note_names();
        }
        self.values.clear();
        self.pieces.clear();
        let mut values = std::mem::take(&mut self.values);
        let mut good = true;
        let mut secret = false;
        for index in first..self.next_token {
            let Some(&token) = self.tokens.get(index) else { break };
            let from = values.len();
            match token.kind {
                Kind::Value(form) => {
                    let outcome = self.evaluator.value(token, form, quoting, &mut values);
                    good &= outcome.good;
                    secret |= outcome.secret;
                    if let (Some(collector), true) = (&mut self.collector, outcome.good) {
                        let text = values.get(from..).unwrap_or("");
                        let span = collector.span(token);
                        collector.uses.push(self.evaluator.used(token, text, outcome, span));
                    }
                }
                Kind::Escape => {
                    good &= self.evaluator.literal(token.start + 1, token.end, quoting, &mut values);
                }
                Kind::Reference => {
                    good &= self.evaluator.literal(token.start, token.end, quoting, &mut values);
                }
                Kind::Invalid(..) => {
                    self.evaluator.report_invalid(token);
                    good = false;
                }
            }
            self.pieces.push(Piece { token, start: from, end: values.len() });
        }
        self.values = values;
        self.expected.clear();
        if good {
            good = self.expected_text(entry, first);
        }
        let key_text = if good { std::mem::take(&mut self.expected) } else { entry.value.clone() };
        let is_value = !position.key;
        if secret && position.key {
            let shown = self.shown_key(entry);
            self.advance(position, &shown, entry);
        } else {
            self.advance(position, &key_text, entry);
        }
        if good {
            self.check_reexpansion(entry, position, &key_text);
        }
        if self.evaluator.problems.len() > problems_before {
            let name = shown_setting_name(&self.frames);
            for problem in self.evaluator.problems.iter_mut().skip(problems_before) {
                problem.set_setting(&name);
            }
        }
        self.expected = key_text;
        if !good {
            if let (Some(collector), true) = (&mut self.collector, is_value) {
                let names = self.evaluator.names();
                collector.unknown(&self.frames, (start, entry.end), names);
            }
            return;
        }
        let quoted = self.write(entry, style, position, start);
        if position.key && good {
            self.keys_with_placeholders.push((self.expected.clone(), start, entry.end));
        }
        self.expectation.push(entry, &self.expected, true);
        if let (Some(collector), true) = (&mut self.collector, is_value) {
            let single = self.pieces.len() == 1
                && self.pieces.first().is_some_and(|piece| piece.end - piece.start == self.expected.len())
                && self.next_token == first + 1
                && entry.value.len() == self.tokens.get(first).map_or(0, |token| token.end - token.start);
            let range = match (single, self.tokens.get(first)) {
                (true, Some(token)) => (token.start, token.end),
                _ => (start, entry.end),
            };
            let names = self.evaluator.names();
            collector.scalar(&self.frames, entry, &self.expected, quoted, range, names);
            let token = self.tokens.get(first).filter(|token| single && token.is_value());
            collector.mark_last(token.is_some(), secret);
        }
    }
}
