//! Reads YAML into compact records with byte ranges, and compares two readings.

use std::io::{BufRead, Read};

use libyaml_safer::{ErrorKind, Event, EventData, MappingStyle, Parser, ScalarStyle, SequenceStyle};

use crate::entry::{Entry, EventKind, Refusal, Style};
use crate::plain;

/// Collections may nest that far.
const DEPTH: usize = 200;

/// Hands the text to the parser in pieces: it decodes all that it is given at once, at four bytes a character.
struct Pieces<'a> {
    text: &'a [u8],
    at: usize,
    /// A line end after a text without one: the parser gives up where it looks at characters after the last.
    line_end: bool,
}

const PIECE: usize = 4096;

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), available.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.at >= self.text.len() && self.line_end {
            return Ok(b"\n");
        }
        let until = (self.at + PIECE).min(self.text.len());
        Ok(self.text.get(self.at..until).unwrap_or(&[]))
    }

    fn consume(&mut self, count: usize) {
        if self.at >= self.text.len() {
            self.line_end &= count == 0;
        }
        self.at += count;
    }
}

/// Reads one document and gives each event to `on_entry`; stops at the first refusal.
pub fn read(text: &str, on_entry: &mut dyn FnMut(Entry)) -> Result<(), Refusal> {
    plain::read(text, on_entry).unwrap_or_else(|| read_any(text, on_entry))
}

/// The same by the parser.
pub(crate) fn read_any(text: &str, on_entry: &mut dyn FnMut(Entry)) -> Result<(), Refusal> {
    let line_end = !text.is_empty() && !text.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
    let mut parser = Parser::new();
    parser.set_encoding(libyaml_safer::Encoding::Utf8);
    parser.set_input(Pieces { text: text.as_bytes(), at: 0, line_end });
    let mut depth = 0_usize;
    let mut documents = 0_usize;
    loop {
        let event = parser.parse().map_err(|error| refusal(text, &error))?;
        let Event { data, start_mark, end_mark, .. } = event;
        let offset = |index: u64| usize::try_from(index).unwrap_or(usize::MAX);
        let (start, end) = (offset(start_mark.index).min(text.len()), offset(end_mark.index));
        let mut entry = Entry {
            kind: EventKind::End,
            start,
            end: end.min(text.len()),
            value: String::new(),
            anchor: None,
            tag: None,
        };
        match data {
            EventData::StreamEnd => return Ok(()),
            EventData::StreamStart { .. } | EventData::DocumentEnd { .. } => continue,
            EventData::DocumentStart { .. } => {
                documents += 1;
                if documents > 1 {
                    return Err(Refusal::SecondDocument { at: start });
                }
                continue;
            }
            EventData::Alias { anchor } => {
                entry.kind = EventKind::Alias;
                entry.value = anchor;
            }
            EventData::Scalar { anchor, tag, value, style, .. } => {
                entry.kind = EventKind::Scalar(match style {
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                    _ => Style::Plain,
                });
                entry.value = value;
                entry.anchor = anchor;
                entry.tag = tag;
                let block = matches!(entry.kind, EventKind::Scalar(Style::Literal | Style::Folded));
                if line_end && block && end > text.len() && entry.value.ends_with('\n') {
                    entry.value.pop();
                }
            }
            EventData::SequenceStart { anchor, tag, style, .. } => {
                entry.kind = EventKind::SequenceStart { flow: style == SequenceStyle::Flow };
                entry.anchor = anchor;
                entry.tag = tag;
                depth += 1;
            }
            EventData::MappingStart { anchor, tag, style, .. } => {
                entry.kind = EventKind::MappingStart { flow: style == MappingStyle::Flow };
                entry.anchor = anchor;
                entry.tag = tag;
                depth += 1;
            }
            EventData::SequenceEnd | EventData::MappingEnd => depth = depth.saturating_sub(1),
        }
        if depth > DEPTH {
            return Err(Refusal::TooDeep { at: start });
        }
        on_entry(entry);
    }
}

fn refusal(text: &str, error: &libyaml_safer::Error) -> Refusal {
    if error.kind() == ErrorKind::Reader {
        let at = text.char_indices().find(|(_, character)| !is_allowed(*character)).map_or(0, |(at, _)| at);
        return Refusal::Character { at };
    }
    let at = error.problem_mark().map_or(0, |mark| usize::try_from(mark.index).unwrap_or(usize::MAX));
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    Refusal::Syntax { at, problem: error.problem(), context: error.context() }
}

/// The characters that YAML allows in a file.
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

/// What a reading must be equal to: all events of the template, with the expected texts.
#[derive(Debug, Default)]
pub struct Expectation {
    records: Vec<Record>,
    /// The texts of all records, one after the other.
    texts: Vec<u8>,
}

#[derive(Debug)]
struct Record {
    kind: EventKind,
    /// The scalar may be written in another style than in the template.
    rewritten: bool,
    /// Where the event stands in the template.
    place: usize,
    value: usize,
    anchor: usize,
    end: usize,
}

impl Expectation {
    /// Adds an event; `value` is the text that a scalar must have.
    pub fn push(&mut self, entry: &Entry, value: &str, rewritten: bool) {
        let start = self.texts.len();
        self.texts.extend_from_slice(value.as_bytes());
        let anchor = self.texts.len();
        // Anchor and tag are rare; a text that cannot occur in either separates them.
        if entry.anchor.is_some() || entry.tag.is_some() {
            push_properties(&mut self.texts, entry);
        }
        let end = self.texts.len();
        self.records.push(Record {
            kind: entry.kind,
            rewritten,
            place: entry.start,
            value: start,
            anchor,
            end,
        });
    }

    /// Reads `text` and compares it; where it differs, gives the place in the template.
    pub fn verify(&self, text: &str) -> Result<(), usize> {
        let mut next = 0;
        let mut wrong = None;
        let mut properties = Vec::new();
        let result = read(text, &mut |entry| {
            if wrong.is_some() {
                return;
            }
            let Some(record) = self.records.get(next) else {
                wrong = Some(self.records.last().map_or(0, |record| record.place));
                return;
            };
            next += 1;
            properties.clear();
            if entry.anchor.is_some() || entry.tag.is_some() {
                push_properties(&mut properties, &entry);
            }
            let same_kind = match (record.kind, entry.kind) {
                (EventKind::Scalar(_), EventKind::Scalar(_)) if record.rewritten => true,
                (left, right) => left == right,
            };
            if !same_kind
                || self.texts.get(record.value..record.anchor) != Some(entry.value.as_bytes())
                || self.texts.get(record.anchor..record.end) != Some(properties.as_slice())
            {
                wrong = Some(record.place);
            }
        });
        let place =
            |index: usize| self.records.get(index).or(self.records.last()).map_or(0, |record| record.place);
        match (wrong, result) {
            (Some(place), _) => Err(place),
            (None, Err(_)) => Err(place(next)),
            (None, Ok(())) if next != self.records.len() => Err(place(next)),
            (None, Ok(())) => Ok(()),
        }
    }
}

fn push_properties(texts: &mut Vec<u8>, entry: &Entry) {
    for (mark, property) in [(b'&', &entry.anchor), (b'!', &entry.tag)] {
        if let Some(property) = property {
            texts.push(mark);
            texts.extend_from_slice(property.as_bytes());
            texts.push(0);
        }
    }
}
