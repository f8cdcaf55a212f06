//! Renders YAML by replacing exactly the bytes of touched scalars. The template is read as YAML with its
//! placeholders masked, every touched scalar gets its intended text in a form that all readers agree on, and the
//! result is read again and compared.

use std::collections::HashMap;

use super::collect::Collector;
use super::evaluate::{Evaluator, Quoting};
use super::lexer::{self, Kind, Token};
use super::report::{self, Problem};
use super::scalar::{self, Position};
use super::{Format, LIMIT, Template};
use crate::environment::Variables;
use crate::finding::Finding;
use crate::order::Seen;
use yaml_events::{Entry, Expectation, Node, Refusal, Style};

/// A collection that is being read.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) mapping: bool,
    pub(super) flow: bool,
    /// The next node of the mapping is a key.
    pub(super) expects_key: bool,
    /// The current key of the mapping.
    pub(super) key: String,
    /// How many items the sequence has had.
    pub(super) items: usize,
}

/// The dotted name of the setting whose value is being read.
pub(super) fn setting_name(frames: &[Frame]) -> String {
    let mut name = String::new();
    for (depth, frame) in frames.iter().enumerate() {
        let part = if frame.mapping {
            frame.key.clone()
        } else if depth + 1 < frames.len() {
            frame.items.saturating_sub(1).to_string()
        } else {
            continue;
        };
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&part);
    }
    name
}

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
    /// The intended text of the current scalar.
    intended: String,
    plain_engine: HashMap<String, String>,
    /// Keys that hold placeholders: their text, and where they stand in the template.
    touched_keys: Vec<(String, usize, usize)>,
    collector: Option<&'c mut Collector<'a>>,
}

/// Renders a YAML template whose bytes are text.
pub(super) fn render<'a>(
    template: &Template<'a>,
    body: &'a str,
    variables: &'a Variables,
    collector: Option<&mut Collector<'a>>,
) -> (Option<String>, Vec<Finding>) {
    let (tokens, masked, marker) = mask(body);
    let untouched = tokens.is_empty();
    let mut evaluator = Evaluator::new(body, variables, template.format);
    evaluator.names = collector.as_ref().map(|_| Vec::new());
    let mut walker = Walker {
        body,
        tokens,
        next_token: 0,
        passed: 0,
        evaluator,
        frames: Vec::new(),
        expectation: Expectation::default(),
        out: String::new(),
        copied: 0,
        marker,
        too_large: false,
        values: String::new(),
        pieces: Vec::new(),
        intended: String::new(),
        plain_engine: HashMap::new(),
        touched_keys: Vec::new(),
        collector,
    };
    if !untouched {
        walker.out.reserve(body.len() + body.len() / 8);
    }
    let result = yaml_events::read(&masked, &mut |entry| walker.entry(&entry));
    match result {
        Ok(()) => walker.skip_tokens(body.len() + 1),
        Err(refusal) => walker.refuse(refusal),
    }
    drop(masked);
    if walker.too_large {
        let help = "values are repeated too often or are too large; 32 MiB is the limit for a rendered file";
        let message = "the rendered file would be larger than 32 MiB".to_owned();
        walker.evaluator.problems.push(Problem::new("template/unsafe-value", (0, 0), message, help));
    }
    if !report::has_error(&walker.evaluator.problems) && !untouched {
        let rest = body.get(walker.copied..).unwrap_or("");
        walker.out.push_str(rest);
        if let Err(place) = walker.expectation.verify(&walker.out) {
            let message = "the rendered file would not have the template's structure".to_owned();
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
    if !report::has_error(&walker.evaluator.problems)
        && let Some((start, end)) = twin_key(&walker.out, &walker.touched_keys)
    {
        let message = "a value makes two keys of one mapping the same".to_owned();
        let help = "readers of YAML refuse that, or drop one of the two: give the variables different values";
        walker.evaluator.problems.push(Problem::new("template/structure", (start, end), message, help));
    }
    let refused = report::has_error(&walker.evaluator.problems);
    let findings = report::findings(template.name, body, walker.evaluator.problems);
    let text = if refused {
        None
    } else if untouched {
        Some(body.to_owned())
    } else {
        Some(walker.out)
    };
    (text, findings)
}

/// The place in the template of a key with a placeholder that came out the same as another key of its mapping.
fn twin_key(rendered: &str, touched: &[(String, usize, usize)]) -> Option<(usize, usize)> {
    if touched.is_empty() {
        return None;
    }
    // For each open collection: the keys so far (none in sequences) and whether a key comes next.
    let mut open: Vec<(Option<Seen>, bool)> = Vec::new();
    let mut found = None;
    let read = yaml_events::read(rendered, &mut |entry| {
        if matches!(entry.node, Node::End) {
            open.pop();
            return;
        }
        if let Some((Some(keys), expects_key)) = open.last_mut() {
            if *expects_key
                && matches!(entry.node, Node::Scalar(_))
                && keys.before(&entry.value, 0).is_some()
                && let Some((_, start, end)) = touched.iter().rfind(|(text, ..)| *text == entry.value)
            {
                found = found.or(Some((*start, *end)));
            }
            *expects_key = !*expects_key;
        }
        match entry.node {
            Node::MappingStart { .. } => open.push((Some(Seen::default()), true)),
            Node::SequenceStart { .. } => open.push((None, false)),
            _ => {}
        }
    });
    read.ok().and(found)
}

/// Whether a placeholder or a broken one stands inside a scalar.
pub(super) fn has_placeholders(body: &str) -> bool {
    let (tokens, masked, _) = mask(body);
    let mut tokens =
        tokens.into_iter().filter(|token| !matches!(token.kind, Kind::Reference | Kind::Escape)).peekable();
    if tokens.peek().is_none() {
        return false;
    }
    let mut found = false;
    let result = yaml_events::read(&masked, &mut |entry| {
        while tokens.next_if(|token| token.end <= entry.start).is_some() {}
        if let (Node::Scalar(style), Some(token)) = (entry.node, tokens.peek()) {
            let start = match style {
                Style::Literal | Style::Folded => after_header(body, entry.start),
                _ => entry.start,
            };
            found |= token.start >= start && token.start < entry.end;
        }
    });
    // What is not YAML is refused later, with its place.
    found || (result.is_err() && tokens.peek().is_some())
}

/// Finds all tokens and overwrites each with as many bytes of letters, one of them the marker, a character that
/// the text does not have: what is left is YAML with the same offsets.
fn mask(body: &str) -> (Vec<Token>, String, char) {
    let marker = ('\u{e000}'..='\u{f8ff}').find(|candidate| !body.contains(*candidate)).unwrap_or('\u{e000}');
    let mut tokens = Vec::new();
    let mut masked = String::with_capacity(body.len());
    let mut from = 0;
    let mut line_start = 0;
    let mut open_on_line = 0_u32;
    while let Some(token) = lexer::next(body, from) {
        let before = body.get(from..token.start).unwrap_or("");
        masked.push_str(before);
        let width = token.end - token.start;
        if let Some(letters) = width.checked_sub(marker.len_utf8()) {
            masked.push(marker);
            push_letters(&mut masked, letters);
        } else {
            push_letters(&mut masked, width);
        }
        from = token.end;
        tokens.push(token);
        if matches!(token.kind, Kind::Broken(lexer::Trouble::Unterminated, ..)) {
            // Each of them had to look at the whole rest of its line: a line full of them would take for ever.
            if before.contains(['\n', '\r']) {
                line_start = token.start;
                open_on_line = 0;
            }
            open_on_line += 1;
            if open_on_line > 16 {
                let rest = body.get(from..).unwrap_or("");
                let line_end = rest.find(['\n', '\r']).unwrap_or(rest.len());
                masked.push_str(rest.get(..line_end).unwrap_or(""));
                from += line_end;
                open_on_line = 0;
            }
        } else if line_start > token.start {
            open_on_line = 0;
        }
    }
    masked.push_str(body.get(from..).unwrap_or(""));
    (tokens, masked, marker)
}

fn push_letters(masked: &mut String, count: usize) {
    const LETTERS: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    let mut left = count;
    while left > 0 {
        let piece = left.min(LETTERS.len());
        masked.push_str(LETTERS.get(..piece).unwrap_or("x"));
        left -= piece;
    }
}

/// Where the first content line of a block scalar begins.
fn after_header(body: &str, start: usize) -> usize {
    let rest = body.get(start..).unwrap_or("");
    match rest.find(['\n', '\r']) {
        Some(at) if rest.get(at..at + 2) == Some("\r\n") => start + at + 2,
        Some(at) => start + at + 1,
        None => body.len(),
    }
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
        let position = self.position();
        match entry.node {
            Node::End => {
                self.frames.pop();
                if let Some(collector) = &mut self.collector {
                    collector.close(&self.frames);
                }
                self.skip_tokens(entry.end);
                self.expectation.push(entry, "", false);
            }
            Node::SequenceStart { flow } | Node::MappingStart { flow } => {
                self.advance(position, "?");
                self.skip_tokens(entry.start);
                self.expectation.push(entry, "", false);
                let mapping = matches!(entry.node, Node::MappingStart { .. });
                if let (Some(collector), false, false) = (&mut self.collector, mapping, position.key) {
                    collector.open_list(&self.frames, entry.start);
                }
                self.frames.push(Frame {
                    mapping,
                    flow: flow || position.flow,
                    expects_key: true,
                    key: String::new(),
                    items: 0,
                });
            }
            Node::Alias => {
                self.advance(position, &entry.value);
                self.skip_tokens(entry.end);
                if let (Some(collector), false) = (&mut self.collector, position.key) {
                    collector.scalar(&self.frames, entry, &entry.value, true, (entry.start, entry.end), &[]);
                }
                self.expectation.push(entry, &entry.value, false);
            }
            Node::Scalar(style) => self.scalar(entry, style, position),
        }
        self.passed = self.passed.max(entry.end);
    }

    /// Moves the frame on: a key was read, or a value or item.
    fn advance(&mut self, position: Position, key: &str) {
        let Some(frame) = self.frames.last_mut() else { return };
        if !frame.mapping {
            frame.items += 1;
        } else if position.key {
            frame.key.clear();
            frame.key.push_str(key);
            frame.expects_key = false;
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

    fn misplaced(&mut self, token: Token) {
        let message = "a placeholder cannot be an anchor, an alias, a tag or a directive".to_owned();
        let help = "write the name itself there; placeholders stand in keys and values only";
        self.evaluator.problems.push(Problem::new(
            "template/syntax",
            (token.start, token.end),
            message,
            help,
        ));
    }

    /// Whether a place between two scalars lies behind a `#` that begins a comment.
    fn is_in_comment(&self, at: usize) -> bool {
        let line_start = lexer::line_start(self.body, at);
        let gap = self.body.get(line_start.max(self.passed.min(at))..at).unwrap_or("");
        // Tags may have a `#` inside.
        gap.split([' ', '\t']).any(|word| !word.starts_with(['!', '&', '*']) && word.contains('#'))
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
        let first = self.next_token;
        while self.tokens.get(self.next_token).is_some_and(|token| token.start < entry.end) {
            self.next_token += 1;
        }
        if first == self.next_token {
            self.advance(position, &entry.value);
            if let (Some(collector), false) = (&mut self.collector, position.key) {
                let quoted = style != Style::Plain || entry.tag.is_some();
                collector.scalar(&self.frames, entry, &entry.value, quoted, (start, entry.end), &[]);
            }
            self.expectation.push(entry, &entry.value, false);
            return;
        }
        self.touched(entry, style, position, start, first);
    }

    fn touched(&mut self, entry: &Entry, style: Style, position: Position, start: usize, first: usize) {
        let quoting = match style {
            Style::Single => Quoting::Single,
            Style::Double => Quoting::Double,
            _ => Quoting::None,
        };
        let problems_before = self.evaluator.problems.len();
        if let Some(names) = &mut self.evaluator.names {
            names.clear();
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
                Kind::Value => {
                    let outcome = self.evaluator.value(token, quoting, &mut values);
                    good &= outcome.good;
                    secret |= outcome.secret;
                    if let (Some(collector), true) = (&mut self.collector, outcome.good) {
                        let text = values.get(from..).unwrap_or("");
                        let place = collector.line_and_column(token);
                        collector.uses.push(self.evaluator.used(token, text, outcome, place));
                    }
                }
                Kind::Escape => {
                    good &= self.evaluator.literal(token.start + 1, token.end, quoting, &mut values);
                }
                Kind::Reference => {
                    good &= self.evaluator.literal(token.start, token.end, quoting, &mut values);
                }
                Kind::Broken(..) => {
                    self.evaluator.report_broken(token);
                    good = false;
                }
            }
            self.pieces.push(Piece { token, start: from, end: values.len() });
        }
        self.values = values;
        self.intended.clear();
        if good {
            good = self.intend(entry, first);
        }
        let key_text = if good { std::mem::take(&mut self.intended) } else { entry.value.clone() };
        let is_value = !position.key;
        if secret && position.key {
            let shown = self.shown_key(entry);
            self.advance(position, &shown);
        } else {
            self.advance(position, &key_text);
        }
        if good {
            self.guard(entry, position, &key_text);
        }
        if self.evaluator.problems.len() > problems_before {
            let name = setting_name(&self.frames);
            for problem in self.evaluator.problems.iter_mut().skip(problems_before) {
                problem.finding.setting = Some(name.clone());
            }
        }
        self.intended = key_text;
        if !good {
            return;
        }
        let quoted = self.write(entry, style, position, start);
        if position.key && good {
            self.touched_keys.push((self.intended.clone(), start, entry.end));
        }
        self.expectation.push(entry, &self.intended, true);
        if let (Some(collector), true) = (&mut self.collector, is_value) {
            let single = self.pieces.len() == 1
                && self.pieces.first().is_some_and(|piece| piece.end - piece.start == self.intended.len())
                && self.next_token == first + 1
                && entry.value.len() == self.tokens.get(first).map_or(0, |token| token.end - token.start);
            let range = match (single, self.tokens.get(first)) {
                (true, Some(token)) => (token.start, token.end),
                _ => (start, entry.end),
            };
            let names = self.evaluator.names.as_deref().unwrap_or(&[]);
            collector.scalar(&self.frames, entry, &self.intended, quoted, range, names);
            let name =
                self.tokens.get(first).filter(|_| single).map(|token| lexer::parts(self.body, *token).name);
            collector.mark_last(name, secret);
        }
    }

    /// Puts the intended text together: the parsed value with each marker replaced.
    fn intend(&mut self, entry: &Entry, first: usize) -> bool {
        if self.use_plain_engine(entry) {
            return true;
        }
        let mut rest = entry.value.as_str();
        for piece in &self.pieces {
            let Some(at) = rest.find(self.marker) else { return self.lost(entry) };
            self.intended.push_str(rest.get(..at).unwrap_or(""));
            self.intended.push_str(self.values.get(piece.start..piece.end).unwrap_or(""));
            rest = rest.get(at + piece.token.end - piece.token.start..).unwrap_or("");
        }
        if rest.contains(self.marker) || self.tokens.get(first).is_none() {
            return self.lost(entry);
        }
        self.intended.push_str(rest);
        true
    }

    /// What a key that holds a secret is called in messages: the placeholders instead of their values.
    fn shown_key(&self, entry: &Entry) -> String {
        let mut shown = String::new();
        let mut rest = entry.value.as_str();
        for piece in &self.pieces {
            let Some(at) = rest.find(self.marker) else { break };
            shown.push_str(rest.get(..at).unwrap_or(""));
            shown.push_str("${");
            shown.push_str(lexer::parts(self.body, piece.token).name);
            shown.push('}');
            rest = rest.get(at + piece.token.end - piece.token.start..).unwrap_or("");
        }
        shown + rest
    }

    /// Plain text with plain `${NAME}` placeholders is what the `envsubst` crate is made for. It gets only the names
    /// that the scalar has, only texts without `$`, `{` and `}`, and its error, which would show a value, is dropped.
    fn use_plain_engine(&mut self, entry: &Entry) -> bool {
        let is_special = |text: &str| text.bytes().any(|byte| matches!(byte, b'$' | b'{' | b'}'));
        let whole = self.pieces.len() == 1
            && self
                .pieces
                .first()
                .is_some_and(|piece| entry.value.len() == piece.token.end - piece.token.start);
        if whole || is_special(&self.values) || is_special(&entry.value) {
            return false;
        }
        let mut source = String::with_capacity(entry.value.len());
        let mut rest = entry.value.as_str();
        self.plain_engine.clear();
        for piece in &self.pieces {
            let written = self.body.get(piece.token.start..piece.token.end).unwrap_or("");
            let name = written.strip_prefix("${").and_then(|inner| inner.strip_suffix('}')).unwrap_or("");
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return false;
            }
            let Some(at) = rest.find(self.marker) else { return false };
            source.push_str(rest.get(..at).unwrap_or(""));
            source.push_str(written);
            rest = rest.get(at + written.len()..).unwrap_or("");
            let value = self.values.get(piece.start..piece.end).unwrap_or("");
            self.plain_engine.insert(name.to_owned(), value.to_owned());
        }
        source.push_str(rest);
        match envsubst::substitute(source, &self.plain_engine) {
            Ok(text) => {
                self.intended = text;
                true
            }
            Err(_) => false,
        }
    }

    fn lost(&mut self, entry: &Entry) -> bool {
        let message = "the placeholders of this value cannot be told apart from its text".to_owned();
        let help = "put the value in double quotes on one line";
        self.evaluator.problems.push(Problem::new(
            "template/structure",
            (entry.start, entry.start + 1),
            message,
            help,
        ));
        false
    }

    /// Refuses or warns of what the server would make of the text.
    fn guard(&mut self, entry: &Entry, position: Position, text: &str) {
        if position.key && text.chars().count() > 1000 {
            let message = "a key longer than 1000 characters".to_owned();
            let help = "YAML ends a key after 1024 characters: use a shorter value";
            self.evaluator.problems.push(Problem::new(
                "template/unsafe-value",
                (entry.start, entry.end),
                message,
                help,
            ));
        }
        if self.evaluator.format != Format::Elasticsearch {
            return;
        }
        if text.contains("${") && self.makes_reference(text, entry) {
            let range = self
                .pieces
                .first()
                .map_or((entry.start, entry.end), |piece| (piece.token.start, piece.token.end));
            let message = "a value and the text beside it make `${`".to_owned();
            let help = "Elasticsearch would expand it once more and knows no escape: change the value";
            self.evaluator.problems.push(Problem::new("template/unsafe-value", range, message, help));
        }
        let in_list = self.frames.last().is_some_and(|frame| !frame.mapping);
        if in_list {
            let piece = self.pieces.iter().find(|piece| {
                matches!(piece.token.kind, Kind::Value)
                    && self.values.get(piece.start..piece.end).unwrap_or("").contains(',')
            });
            if let Some(piece) = piece {
                let name = lexer::parts(self.body, piece.token).name;
                let finding = Finding::warning(
                    "settings/list-in-string",
                    format!("the value of `{name}` has a comma, but stands as one element of a list"),
                )
                .variable(name)
                .help("Elasticsearch splits a plain string at commas, not the elements of a list: write the placeholder without `[` `]` or `- `");
                self.evaluator.problems.push(Problem {
                    start: piece.token.start,
                    end: piece.token.end,
                    finding,
                });
            }
        }
    }

    /// Whether a `${` of the text begins or ends in a variable's value.
    fn makes_reference(&self, text: &str, entry: &Entry) -> bool {
        // The ranges of the pieces in the text.
        let mut at = 0;
        let mut rest = entry.value.as_str();
        for piece in &self.pieces {
            let Some(before) = rest.find(self.marker) else { return true };
            at += before;
            let end = at + piece.end - piece.start;
            let touches = |index: usize| {
                let inside = |byte: usize| byte >= at && byte < end;
                inside(index) != inside(index + 1)
            };
            if text.match_indices("${").any(|(index, _)| touches(index)) {
                return true;
            }
            at = end;
            rest = rest.get(before + piece.token.end - piece.token.start..).unwrap_or("");
        }
        false
    }

    /// Writes the scalar to the output and says whether it stands in quotes there.
    fn write(&mut self, entry: &Entry, style: Style, position: Position, start: usize) -> bool {
        let source = self.body.get(start..entry.end).unwrap_or("");
        self.out.push_str(self.body.get(self.copied..start).unwrap_or(""));
        self.copied = entry.end;
        if self.out.len() + source.len() + self.values.len() > LIMIT {
            self.too_large = true;
            self.out.clear();
            return true;
        }
        let several_lines = source.bytes().any(|byte| byte == b'\n' || byte == b'\r')
            || (!source.is_ascii() && source.contains(['\u{85}', '\u{2028}', '\u{2029}']));
        let whole = matches!(self.pieces.as_slice(), [piece] if matches!(piece.token.kind, Kind::Value)
            && piece.token.start == start && piece.token.end == entry.end);
        match style {
            Style::Plain => {
                if whole
                    && entry.tag.is_none()
                    && let Some(text) = scalar::typed(&self.intended, position)
                {
                    self.out.push_str(text);
                    if text != self.intended {
                        self.intended = text.to_owned();
                    }
                    return false;
                }
                let safe = scalar::is_safe_plain(&self.intended, position)
                    && (!several_lines || self.values_are_words());
                if safe {
                    self.splice(source, start, std::string::String::push_str);
                    return false;
                }
                scalar::push_quoted(&mut self.out, &self.intended);
            }
            Style::Single if self.fits_single(several_lines) => {
                self.splice(source, start, |out, value| {
                    let mut parts = value.split('\'');
                    out.push_str(parts.next().unwrap_or(""));
                    for part in parts {
                        out.push_str("''");
                        out.push_str(part);
                    }
                });
            }
            Style::Double if !several_lines || self.values_have_edges() => {
                self.splice(source, start, scalar::push_double_quoted);
            }
            Style::Single | Style::Double => scalar::push_quoted(&mut self.out, &self.intended),
            Style::Literal | Style::Folded => self.write_block(style, start, source),
        }
        true
    }

    /// Copies the scalar's source with each placeholder replaced.
    fn splice(&mut self, source: &str, start: usize, push: impl Fn(&mut String, &str)) {
        let mut from = 0;
        for piece in &self.pieces {
            self.out.push_str(source.get(from..piece.token.start - start).unwrap_or(""));
            from = piece.token.end - start;
            match piece.token.kind {
                // Literal text is already written in the style of its scalar.
                Kind::Escape => {
                    self.out.push_str(self.body.get(piece.token.start + 1..piece.token.end).unwrap_or(""));
                }
                Kind::Reference => {
                    self.out.push_str(self.body.get(piece.token.start..piece.token.end).unwrap_or(""));
                }
                _ => push(&mut self.out, self.values.get(piece.start..piece.end).unwrap_or("")),
            }
        }
        self.out.push_str(source.get(from..).unwrap_or(""));
    }

    fn each_value(&self, test: impl Fn(&str) -> bool) -> bool {
        self.pieces.iter().all(|piece| test(self.values.get(piece.start..piece.end).unwrap_or("")))
    }

    /// Letters and a few signs: nothing that folding or indicators could touch.
    fn values_are_words(&self) -> bool {
        self.each_value(|value| {
            !value.is_empty()
                && value
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/'))
        })
    }

    /// No value begins or ends with a blank or is empty: folding lines takes blanks away.
    fn values_have_edges(&self) -> bool {
        self.each_value(|value| {
            !value.is_empty() && !value.starts_with([' ', '\t']) && !value.ends_with([' ', '\t'])
        })
    }

    fn fits_single(&self, several_lines: bool) -> bool {
        self.values.chars().all(scalar::is_plain_character) && (!several_lines || self.values_have_edges())
    }

    fn write_block(&mut self, style: Style, start: usize, source: &str) {
        let literal = style == Style::Literal;
        let fits = self.each_value(|value| {
            !value.is_empty()
                && !value.starts_with([' ', '\t', '\n'])
                && !value.ends_with([' ', '\t', '\n'])
                && value
                    .chars()
                    .all(|character| (literal && character == '\n') || scalar::is_plain_character(character))
        });
        let content = after_header(self.body, start);
        let header = self.body.get(start..content).unwrap_or("");
        if fits {
            let line_end = if header.ends_with("\r\n") { "\r\n" } else { "\n" };
            let first_line = self.body.get(content..).unwrap_or("");
            let blank_lines = first_line.trim_start_matches(['\n', '\r', ' ']);
            let indented = first_line.len() - blank_lines.len();
            let indent = first_line
                .get(..indented)
                .and_then(|blank| blank.rsplit(['\n', '\r']).next())
                .unwrap_or("")
                .to_owned();
            // With an explicit indentation the first line may be deeper than the others.
            let explicit = header.bytes().any(|byte| byte.is_ascii_digit());
            if !(explicit && self.values.contains('\n')) {
                self.splice(source, start, |out, value| {
                    let mut lines = value.split('\n');
                    out.push_str(lines.next().unwrap_or(""));
                    for line in lines {
                        out.push_str(line_end);
                        if !line.is_empty() {
                            out.push_str(&indent);
                            out.push_str(line);
                        }
                    }
                });
                return;
            }
        }
        scalar::push_quoted(&mut self.out, &self.intended);
        // A comment in the header stays, and so does the end of the line.
        let comment = header.find([' ', '\t', '\n', '\r']).and_then(|at| header.get(at..)).unwrap_or("");
        if comment.contains('#') {
            self.out.push_str(comment);
        } else {
            let breaks = comment.trim_start_matches([' ', '\t']);
            self.out.push_str(breaks);
        }
    }

    fn refuse(&mut self, refusal: Refusal) {
        let problems = &mut self.evaluator.problems;
        match refusal {
            Refusal::Syntax { at, problem, context } => {
                // The cause is often a broken placeholder on the same line, or one at a place for names.
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
                for token in on_line {
                    let before = self.body.get(line_start..token.start).unwrap_or("");
                    let word = before.rsplit([' ', '\t', ',', '[', '{']).next().unwrap_or("");
                    if word.starts_with(['&', '*', '!']) || before.starts_with('%') {
                        self.misplaced(token);
                        explained = true;
                    } else if let (Kind::Broken(..), false) = (token.kind, known) {
                        self.evaluator.report_broken(token);
                        explained = true;
                    }
                }
                if !explained {
                    let context = context.map(|context| format!(" {context}")).unwrap_or_default();
                    let message = format!("this is not YAML: {problem}{context}");
                    let help =
                        "check the indentation, the colons and the quotes of this line and the one before";
                    self.evaluator.problems.push(Problem::new(
                        "template/not-yaml",
                        (at, at + 1),
                        message,
                        help,
                    ));
                }
            }
            Refusal::Character { at } => {
                let message = "this is not YAML: it has a control character".to_owned();
                let help = "remove it, or write it as an escape in double quotes, as in `\"\\x07\"`";
                problems.push(Problem::new("template/not-yaml", (at, at + 1), message, help));
            }
            Refusal::SecondDocument { at } => {
                let message = "a second YAML document begins here".to_owned();
                let help = "a configuration file is one document: remove the `---` and what follows";
                problems.push(Problem::new("template/structure", (at, at + 3), message, help));
            }
            Refusal::TooDeep { at } => {
                let message = "more than 200 levels of nesting".to_owned();
                let help = "no setting is nested that deeply: check the brackets and the indentation";
                problems.push(Problem::new("template/structure", (at, at + 1), message, help));
            }
        }
    }
}

/// Where the scalar itself begins, behind its anchor and tag.
fn after_properties(body: &str, entry: &Entry) -> usize {
    let mut at = entry.start;
    let bytes = body.as_bytes();
    while at < entry.end {
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\n' | b'\r') => at += 1,
            Some(b'#') => {
                while at < entry.end && !matches!(bytes.get(at), Some(b'\n' | b'\r')) {
                    at += 1;
                }
            }
            Some(b'&' | b'!') => {
                while at < entry.end && !matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                    at += 1;
                }
            }
            _ => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masking_keeps_offsets() {
        let body = "a: [${A}, $${B}] # ${C\nk: '${D:-it''s}'\n";
        let (tokens, masked, marker) = mask(body);
        assert_eq!(masked.len(), body.len());
        assert_eq!(tokens.len(), 4);
        assert_eq!(masked.matches(marker).count(), 4);
    }
}
