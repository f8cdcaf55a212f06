//! Texts, and places in them. A place is a byte range; lines, columns and excerpts are worked out here, and only when
//! somebody asks.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::secrets::{Secrets, to_offset};

/// Longer lines are not shown: they help nobody.
const LONGEST_SHOWN: usize = 1000;

/// A text that findings point into.
pub struct Source {
    /// The path as the user knows it; `<stdin>` for standard input.
    pub name: String,
    pub text: Arc<str>,
    /// Where the text itself is a scalar of another text.
    pub within: Option<Within>,
    /// Finds what must not be shown of the text.
    find_secrets: fn(&str) -> Secrets,
    /// What it found; filled when somebody first asks for a line.
    secrets: OnceLock<Secrets>,
    unit: Unit,
    /// Where each line begins; filled when the first place is asked for.
    starts: OnceLock<Vec<u32>>,
    /// How many characters come before each block of [`BLOCK`] bytes, so that a long line is not counted again for every
    /// place on it; filled when the first place is asked for.
    counts: OnceLock<Vec<u32>>,
}

/// What a place in a text is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Lines,
    /// Each line of the text is a word of one command line.
    Words,
}

/// A text that stands in another one, as a file does in a ConfigMap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    pub source: Arc<Source>,
    pub map: Map,
}

/// Where the bytes of an inner text stand in the outer one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Map {
    /// A block scalar: where each line begins, inside and outside.
    Block(Vec<(u32, u32)>),
    /// Only the scalar as a whole is known, as where it is folded or has escapes.
    Whole(Range<u32>),
}

impl Map {
    fn outside(&self, inside: &Range<u32>) -> Range<u32> {
        match self {
            Self::Whole(scalar) => scalar.clone(),
            Self::Block(lines) => {
                let after = lines.partition_point(|(start, _)| *start <= inside.start);
                let (start, outside) =
                    after.checked_sub(1).and_then(|line| lines.get(line)).copied().unwrap_or_default();
                let begin = outside.saturating_add(inside.start.saturating_sub(start));
                begin..begin.saturating_add(inside.end.saturating_sub(inside.start))
            }
        }
    }
}

impl Source {
    /// A text of its own; `find_secrets` says what of it must not be shown, and is asked once at most.
    pub fn new(
        name: impl Into<String>,
        text: impl Into<Arc<str>>,
        find_secrets: fn(&str) -> Secrets,
    ) -> Arc<Self> {
        Arc::new(Self::with(name.into(), text.into(), find_secrets))
    }

    fn with(name: String, text: Arc<str>, find_secrets: fn(&str) -> Secrets) -> Self {
        Self {
            name,
            text,
            within: None,
            find_secrets,
            secrets: OnceLock::new(),
            unit: Unit::Lines,
            starts: OnceLock::new(),
            counts: OnceLock::new(),
        }
    }

    /// A text that is a scalar of another one: its places are those of the other.
    pub fn within(text: impl Into<Arc<str>>, find_secrets: fn(&str) -> Secrets, within: Within) -> Arc<Self> {
        let inner = Self::with(within.source.name.clone(), text.into(), find_secrets);
        Arc::new(Self { within: Some(within), ..inner })
    }

    /// The same text as a scalar of another one.
    #[must_use]
    pub fn moved_within(&self, within: Within) -> Arc<Self> {
        Self::within(Arc::clone(&self.text), self.find_secrets, within)
    }

    /// The words of a command line: each is counted as a column, and none is ever printed. Gives the range of each, too.
    pub fn of_words<'a>(
        name: impl Into<String>,
        words: impl IntoIterator<Item = &'a str>,
    ) -> (Arc<Self>, Vec<Range<usize>>) {
        let mut text = String::new();
        let mut ranges = Vec::new();
        for word in words {
            let start = text.len();
            // A line break in a word must not count as another one.
            text.extend(word.chars().map(|character| if is_line_end(character) { ' ' } else { character }));
            ranges.push(start..text.len());
            text.push('\n');
        }
        let source = Self::with(name.into(), text.into(), Secrets::all);
        (Arc::new(Self { unit: Unit::Words, ..source }), ranges)
    }

    /// The byte at that line and column, both from 1, for readers that give nothing better; the end where there is none.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let Some(start) = line.checked_sub(1).and_then(|line| self.starts().get(line)) else {
            return self.text.len();
        };
        let rest = self.text.get(*start as usize..).unwrap_or("");
        let in_line = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
        *start as usize + in_line
    }

    fn starts(&self) -> &[u32] {
        self.starts.get_or_init(|| {
            let bytes = self.text.as_bytes();
            let mut starts = vec![0];
            for (at, &byte) in bytes.iter().enumerate() {
                if byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
                    starts.push(to_offset(at + 1));
                }
            }
            starts
        })
    }

    fn secrets(&self) -> &Secrets {
        self.secrets.get_or_init(|| (self.find_secrets)(&self.text).ordered())
    }

    /// Whether the line that holds that byte may be printed.
    pub(crate) fn may_show(&self, at: u32) -> bool {
        let line = self.line(self.line_of((at as usize).min(self.text.len())));
        !self.secrets().hide_line(&(to_offset(line.start)..to_offset(line.end)))
    }

    /// The index of the line that holds that byte.
    fn line_of(&self, at: usize) -> usize {
        self.starts().partition_point(|&start| start as usize <= at).saturating_sub(1)
    }

    /// The range of a line without its end.
    fn line(&self, index: usize) -> Range<usize> {
        let start = self.starts().get(index).map_or(0, |start| *start as usize);
        let end = self.starts().get(index + 1).map_or(self.text.len(), |end| *end as usize);
        let text = self.text.get(start..end).unwrap_or("");
        start..start + text.trim_end_matches(is_line_end).len()
    }

    /// How many characters there are between two bytes.
    fn characters(&self, range: Range<usize>) -> usize {
        self.characters_before(range.end).saturating_sub(self.characters_before(range.start))
    }

    fn characters_before(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let counts = self.counts.get_or_init(|| {
            let mut counts = vec![0];
            counts.extend(bytes.chunks(BLOCK).scan(0, |sum, block| {
                *sum += to_offset(characters(block));
                Some(*sum)
            }));
            counts
        });
        let block = (at / BLOCK).min(counts.len() - 1);
        let rest = bytes.get(block * BLOCK..at.min(bytes.len())).unwrap_or(&[]);
        counts.get(block).map_or(0, |before| *before as usize) + characters(rest)
    }
}

/// Characters begin at every byte that does not continue one.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

const BLOCK: usize = 1024;

fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r')
}

/// The text is left out: it may hold secrets.
impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.text == other.text && self.within == other.within
    }
}

impl Eq for Source {}

/// A place: bytes of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub source: Arc<Source>,
    pub range: Range<u32>,
    /// Short text printed behind the carets, for instance `MIN_MASTERS=1`; never a secret.
    pub label: Option<String>,
    /// The line must not be printed.
    pub hidden: bool,
}

/// A place as people count: lines and columns from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The path as the user knows it.
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// The column after the last character.
    pub end_column: usize,
    /// The whole line without its end, or nothing where showing it could show a secret.
    pub excerpt: Option<String>,
}

impl Span {
    /// The place of these bytes.
    pub fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        let range = to_offset(range.start)..to_offset(range.end);
        Self { source: Arc::clone(source), range, label: None, hidden: false }
    }

    /// The text as a whole: its first line, which is not shown.
    pub fn of_whole(source: &Arc<Source>) -> Self {
        Self { hidden: true, ..Self::new(source, 0..0) }
    }

    /// A file of which there is no text.
    pub fn of_file(name: impl Into<String>) -> Self {
        Self::of_whole(&Source::new(name, "", Secrets::all))
    }

    /// The same without showing the line.
    #[must_use]
    pub fn hide(mut self, hidden: bool) -> Self {
        self.hidden |= hidden;
        self
    }

    /// The same with a text behind the carets.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Lines, columns and what may be shown.
    pub fn locate(&self) -> Location {
        let (source, range) = self.outermost();
        let (line, column, end_column) = position(source, &range, self.is_whole());
        let can_show = !self.hidden && !self.is_whole() && source.unit == Unit::Lines;
        let shown = source.text.get(source.line(line - 1)).filter(|line| line.len() <= LONGEST_SHOWN);
        let excerpt = shown.filter(|_| can_show && self.may_show()).map(str::to_owned);
        Location { file: source.name.clone(), line, column, end_column, excerpt }
    }

    /// The line and the column alone.
    pub fn line_and_column(&self) -> (usize, usize) {
        let (_, line, column) = self.order();
        (line, column)
    }

    /// Which word of a command line it is, from 1.
    pub(crate) fn word(&self) -> Option<usize> {
        let (source, range) = self.outermost();
        (source.unit == Unit::Words).then(|| position(source, &range, false).1)
    }

    /// The file's name, the line and the column, for sorting.
    pub(crate) fn order(&self) -> (&str, usize, usize) {
        let (source, range) = self.outermost();
        let (line, column, _) = position(source, &range, self.is_whole());
        (&source.name, line, column)
    }

    fn is_whole(&self) -> bool {
        self.range == (0..0)
    }

    /// The text that holds all the others, and the range in it.
    pub fn outermost(&self) -> (&Source, Range<u32>) {
        self.around().last().unwrap_or((&self.source, self.range.clone()))
    }

    /// Whether the place is in the value of a secret, also where a placeholder gives it.
    pub fn is_secret(&self) -> bool {
        self.around().any(|(source, range)| source.secrets().are_secret(&range))
    }

    /// Every text around the place has a say.
    fn may_show(&self) -> bool {
        self.around().all(|(source, range)| match &source.within {
            // The whole text may stand on the line that is shown.
            Some(Within { map: Map::Whole(_), .. }) => !source.secrets().hide_any(),
            _ => source.may_show(range.start),
        })
    }

    /// The text of the place with the place in it, then each text around that one.
    fn around(&self) -> impl Iterator<Item = (&Source, Range<u32>)> {
        let first = (&*self.source, self.range.clone());
        std::iter::successors(Some(first), |(source, range)| {
            let within = source.within.as_ref()?;
            Some((&*within.source, within.map.outside(range)))
        })
    }
}

/// Line, column and end column; a range of several lines ends with its first.
fn position(source: &Source, range: &Range<u32>, is_whole: bool) -> (usize, usize, usize) {
    let at = (range.start as usize).min(source.text.len());
    let index = source.line_of(at);
    if source.unit == Unit::Words {
        return (1, index + 1, index + 2);
    }
    let line = source.line(index);
    let start = at.min(line.end);
    let column = source.characters(line.start..start) + 1;
    let width = source.characters(start..(range.end as usize).clamp(start, line.end));
    let end_column = if is_whole { column } else { column + width.max(1) };
    (index + 1, column, end_column)
}

#[cfg(test)]
mod tests;
