//! Reads what most YAML is made of without the parser, which looks at every character several times: block collections of
//! scalars that end on their line, literal blocks, and flow collections on one line. What is not certainly read like the
//! parser reads it is left to the parser.

use crate::entry::{Entry, EventKind, Refusal, Style};
use crate::words::{is_ordinary, next_line};

/// One event, without its text.
#[derive(Clone, Copy)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// How many spaces the lines of a literal block lose.
    pub(crate) indent: u32,
}

/// A block collection that is not complete.
struct Open {
    column: usize,
    is_sequence: bool,
    /// A sequence whose dashes stand below the key that it is the value of.
    is_below_key: bool,
    /// Where an empty value stands if none follows.
    awaits: Option<usize>,
}

struct Reader<'a> {
    text: &'a str,
    open: Vec<Open>,
    events: Vec<Event>,
}

/// Deeper ones are left to the parser, which has a limit.
const DEEPEST: usize = 64;
/// So are longer keys.
const LONGEST_KEY: usize = 1000;

/// Gives all events of the first document, and whether there is another; nothing at all where the parser is needed.
pub(crate) fn read(text: &str, on_entry: &mut dyn FnMut(Entry)) -> Option<Result<(), Refusal>> {
    let Document { events, next } = events(text)?;
    for event in events {
        let Event { kind, start, end, .. } = event;
        let (start, end, value) = (start as usize, end as usize, event.text(text));
        on_entry(Entry { kind, start, end, value, anchor: None, tag: None });
    }
    Some(next.map_or(Ok(()), |at| Err(Refusal::SecondDocument { at })))
}

/// The first document of a text.
pub(crate) struct Document {
    pub(crate) events: Vec<Event>,
    /// Where the next one begins.
    pub(crate) next: Option<usize>,
}

impl Event {
    /// The text of a scalar.
    pub(crate) fn text(self, text: &str) -> String {
        let (start, end) = (self.start as usize, self.end as usize);
        let written = |start: usize, end: usize| text.get(start..end).unwrap_or_default();
        match self.kind {
            EventKind::Scalar(Style::Plain) => written(start, end).to_owned(),
            EventKind::Scalar(Style::Literal) => literal(written(start, end), self.indent as usize),
            EventKind::Scalar(_) => written(start + 1, end - 1).to_owned(),
            _ => String::new(),
        }
    }
}

/// What a literal block stands for whose lines lose that many spaces.
pub(crate) fn literal(written: &str, indent: usize) -> String {
    let (head, body) = written.split_once('\n').unwrap_or_default();
    let mut value = String::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        let end = next_line(body, at);
        let line = body.get(at..end).unwrap_or_default();
        let blank = line.bytes().take(indent).take_while(|byte| *byte == b' ').count();
        value.push_str(line.get(blank..).unwrap_or_default());
        at = end;
    }
    if !head.starts_with("|+") {
        let is_clipped = !head.starts_with("|-");
        value.truncate(value.trim_end_matches('\n').len());
        if is_clipped && !value.is_empty() {
            value.push('\n');
        }
    }
    value
}

/// All events of the first document; nothing where the parser is needed.
pub(crate) fn events(text: &str) -> Option<Document> {
    if !text.ends_with('\n') || u32::try_from(text.len()).is_err() || !is_ordinary(text.as_bytes()) {
        return None;
    }
    let events = Vec::with_capacity(text.len() / 16);
    let mut reader = Reader { text, open: Vec::new(), events };
    let mut line = 0;
    let (mut has_mark, mut next) = (false, None);
    while line < text.len() {
        let start = reader.skip(line);
        let column = start - line;
        line = match reader.at(start) {
            b'\n' => start + 1,
            b'#' => reader.next_line(start),
            b'-' if column == 0 && !reader.events.is_empty() && reader.is_mark(start) => {
                if !is_blank(reader.at(start + 3)) {
                    return None;
                }
                next = Some(start);
                break;
            }
            _ if column == 0 && reader.is_mark(start) => {
                if has_mark || !reader.events.is_empty() || reader.at(start) != b'-' {
                    return None;
                }
                has_mark = true;
                reader.rest(start + 3)?
            }
            _ => reader.line(start, column)?,
        };
    }
    reader.close(None, next.unwrap_or(text.len()));
    (!reader.events.is_empty()).then_some(Document { events: reader.events, next })
}

#[inline]
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n')
}

#[inline]
fn is_bracket(byte: u8) -> bool {
    matches!(byte, b',' | b'[' | b']' | b'{' | b'}')
}

impl Reader<'_> {
    #[inline]
    fn at(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(b'\n')
    }

    #[inline]
    fn skip(&self, mut at: usize) -> usize {
        while self.at(at) == b' ' {
            at += 1;
        }
        at
    }

    #[inline]
    fn next_line(&self, at: usize) -> usize {
        next_line(self.text, at)
    }

    /// The mark of a document, or something that looks like one.
    #[inline]
    fn is_mark(&self, at: usize) -> bool {
        matches!(self.text.get(at..at + 3), Some("---" | "..."))
    }

    /// The next line, where nothing more than a comment follows on this one.
    fn rest(&self, at: usize) -> Option<usize> {
        let end = self.skip(at);
        match self.at(end) {
            b'\n' => Some(end + 1),
            b'#' if end > at => Some(self.next_line(end)),
            _ => None,
        }
    }

    #[inline]
    fn event(&mut self, kind: EventKind, start: usize, end: usize) {
        self.block(kind, start, end, 0);
    }

    #[inline]
    fn block(&mut self, kind: EventKind, start: usize, end: usize, indent: usize) {
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.events.push(Event { kind, start: number(start), end: number(end), indent: number(indent) });
    }

    #[inline]
    fn scalar(&mut self, style: Style, start: usize, end: usize) {
        self.event(EventKind::Scalar(style), start, end);
    }

    /// Ends all collections that a line at this column does not belong to; all where there is none.
    fn close(&mut self, column: Option<usize>, at: usize) {
        let is_dash = self.is_dash(at);
        while let Some(top) = self.open.last() {
            let is_open = column.is_some_and(|column| {
                top.column < column || (top.column == column && (is_dash || !top.is_below_key))
            });
            if is_open {
                break;
            }
            if let Some(empty) = self.open.pop().and_then(|top| top.awaits) {
                self.scalar(Style::Plain, empty, empty);
            }
            self.event(EventKind::End, at, at);
        }
    }

    #[inline]
    fn is_dash(&self, at: usize) -> bool {
        self.at(at) == b'-' && is_blank(self.at(at + 1))
    }

    /// A line with content; gives the next one that is not read by then.
    fn line(&mut self, mut at: usize, mut column: usize) -> Option<usize> {
        self.close(Some(column), at);
        while self.is_dash(at) {
            self.enter(true, at, column)?;
            let next = self.skip(at + 1);
            if matches!(self.at(next), b'\n' | b'#') {
                return self.rest(at + 1);
            }
            column += next - at;
            at = next;
        }
        let style = self.style(at);
        let (end, colon) = match style {
            _ if matches!(self.at(at), b'[' | b'{' | b'|') => (at, at),
            Style::Plain => self.plain(at, false)?,
            _ => self.quoted(at).map(|end| (end, end))?,
        };
        if self.at(colon) != b':' || !is_blank(self.at(colon + 1)) {
            let top = self.open.last_mut().filter(|top| top.column < column)?;
            top.awaits.take()?;
            let parent = top.column;
            return self.value(at, parent);
        }
        if end - at > LONGEST_KEY {
            return None;
        }
        self.enter(false, at, column)?;
        self.scalar(style, at, end);
        let top = self.open.last_mut()?;
        top.awaits = Some(colon + 1);
        let value = self.skip(colon + 1);
        if matches!(self.at(value), b'\n' | b'#') {
            return self.rest(colon + 1);
        }
        self.open.last_mut()?.awaits = None;
        self.value(value, column)
    }

    /// An entry of a block collection at this column, which may begin there.
    fn enter(&mut self, is_sequence: bool, at: usize, column: usize) -> Option<()> {
        let depth = self.open.len();
        let awaits = is_sequence.then_some(at + 1);
        let mut is_below_key = false;
        match self.open.last_mut() {
            Some(top) if top.column == column && top.is_sequence == is_sequence => {
                if let Some(empty) = std::mem::replace(&mut top.awaits, awaits) {
                    self.scalar(Style::Plain, empty, empty);
                }
                return Some(());
            }
            Some(top) if top.column < column || is_sequence => {
                is_below_key = top.column == column;
                top.awaits.take()?;
            }
            None if self.events.is_empty() => {}
            _ => return None,
        }
        let kind = if is_sequence {
            EventKind::SequenceStart { flow: false }
        } else {
            EventKind::MappingStart { flow: false }
        };
        self.event(kind, at, at + usize::from(is_below_key));
        self.open.push(Open { column, is_sequence, is_below_key, awaits });
        (depth < DEEPEST).then_some(())
    }

    /// A value, and what follows it on its line.
    fn value(&mut self, at: usize, parent: usize) -> Option<usize> {
        match self.at(at) {
            b'|' => self.literal(at, parent),
            b'[' | b'{' => {
                let end = self.flow(at, 0)?;
                self.rest(end)
            }
            _ => {
                let style = self.style(at);
                let end = if style == Style::Plain { self.plain(at, false)?.0 } else { self.quoted(at)? };
                self.scalar(style, at, end);
                self.rest(end)
            }
        }
    }

    #[inline]
    fn style(&self, at: usize) -> Style {
        match self.at(at) {
            b'"' => Style::Double,
            b'\'' => Style::Single,
            _ => Style::Plain,
        }
    }

    /// Where a plain scalar ends, and what stands behind it and its blanks.
    fn plain(&self, start: usize, in_flow: bool) -> Option<(usize, usize)> {
        match self.at(start) {
            b'-' if !is_blank(self.at(start + 1)) && !is_bracket(self.at(start + 1)) => {}
            b'-' | b'?' | b':' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@'
            | b'`' => return None,
            byte if is_bracket(byte) || is_blank(byte) => return None,
            _ => {}
        }
        let (mut end, mut at) = (start, start);
        loop {
            match self.at(at) {
                // Most are neither blanks nor signs.
                byte if byte > b' ' && byte != b':' && !(in_flow && is_bracket(byte)) => {}
                b'\n' => return Some((end, at)),
                b'\t' => return None,
                b' ' => {
                    at = self.skip(at);
                    if self.at(at) == b'#' {
                        return Some((end, at));
                    }
                    continue;
                }
                b':' if is_blank(self.at(at + 1)) => return Some((end, at)),
                b':' if self.at(at + 1) == b'\t' => return None,
                b':' if in_flow && (is_bracket(self.at(at + 1)) || self.at(at + 1) == b'?') => return None,
                byte if in_flow && is_bracket(byte) => return Some((end, at)),
                _ => {}
            }
            at += 1;
            end = at;
        }
    }

    /// Where a quoted scalar ends. Escapes are left to the parser.
    fn quoted(&self, start: usize) -> Option<usize> {
        let quote = self.at(start);
        let mut at = start + 1;
        loop {
            match self.at(at) {
                b'\n' | b'\t' => return None,
                b'\\' if quote == b'"' => return None,
                byte if byte == quote => break,
                _ => at += 1,
            }
        }
        (self.at(at + 1) != b'\'' || quote == b'"').then_some(at + 1)
    }

    /// A scalar in a flow collection; gives what stands behind it.
    fn flow_scalar(&mut self, at: usize) -> Option<usize> {
        let style = self.style(at);
        let (end, next) = match style {
            Style::Plain => self.plain(at, true)?,
            _ => self.quoted(at).map(|end| (end, end))?,
        };
        self.scalar(style, at, end);
        Some(next)
    }

    /// A flow collection on one line; gives its end.
    fn flow(&mut self, start: usize, depth: usize) -> Option<usize> {
        let is_mapping = self.at(start) == b'{';
        let kind = if is_mapping {
            EventKind::MappingStart { flow: true }
        } else {
            EventKind::SequenceStart { flow: true }
        };
        let close = if is_mapping { b'}' } else { b']' };
        self.event(kind, start, start + 1);
        let mut at = self.skip(start + 1);
        if self.at(at) != close {
            loop {
                if is_mapping {
                    let colon = self.flow_scalar(at)?;
                    if self.at(colon) != b':' || self.at(colon + 1) != b' ' || colon - at > LONGEST_KEY {
                        return None;
                    }
                    at = self.skip(colon + 1);
                }
                at = match self.at(at) {
                    b'[' | b'{' if depth < DEEPEST => self.flow(at, depth + 1)?,
                    _ => self.flow_scalar(at)?,
                };
                at = self.skip(at);
                match self.at(at) {
                    b',' => at = self.skip(at + 1),
                    byte if byte == close => break,
                    _ => return None,
                }
            }
        }
        self.event(EventKind::End, at, at + 1);
        Some(at + 1)
    }

    /// A literal block below a collection at the column `parent`; gives the line behind it.
    fn literal(&mut self, start: usize, parent: usize) -> Option<usize> {
        let chomps = usize::from(matches!(self.at(start + 1), b'+' | b'-'));
        let head = self.skip(start + 1 + chomps);
        if self.at(head) != b'\n' {
            return None;
        }
        let mut line = head + 1;
        // The lines without text before the first with one count, too.
        let mut indent = parent + 1;
        loop {
            let text = self.skip(line);
            indent = indent.max(text - line);
            if self.at(text) == b'\t' {
                return None;
            }
            if self.at(text) != b'\n' || text >= self.text.len() {
                break;
            }
            line = text + 1;
        }
        while line < self.text.len() {
            let text = self.skip(line);
            if text - line < indent {
                match self.at(text) {
                    b'\n' => line = text + 1,
                    b'\t' => return None,
                    _ => break,
                }
            } else {
                line = self.next_line(text);
            }
        }
        self.block(EventKind::Scalar(Style::Literal), start, line, indent);
        Some(line)
    }
}

#[cfg(test)]
mod tests;
