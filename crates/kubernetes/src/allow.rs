//! What the user does not want to be told: the annotation `es-entrypoint/allow` of an object or of its pods, and comments
//! `# es-entrypoint: allow CODE reason`.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diagnostics::codes::{self, CODES};
use diagnostics::{Finding, Source, Span, nearest};

use crate::documents::documents;
use crate::field::Field;
use crate::object::Object;
use crate::workload;

/// How a comment begins, behind its `#`, before a colon.
const PROGRAM: &str = "es-entrypoint";

/// All that is allowed, and whether anything came of it.
#[derive(Default)]
pub(crate) struct Allowances {
    /// In the order of [`Allowance::key`], so that few of them are looked at for each finding.
    rows: Vec<Allowance>,
    /// Comments that are meant to allow something and do not.
    odd: Vec<Span>,
}

/// One code at one place.
struct Allowance {
    code: String,
    /// Where it is written.
    span: Span,
    /// The bytes that it holds for.
    range: Range<usize>,
    /// Those are a whole object, so that what is found in the files of its pods counts, too.
    is_whole: bool,
    /// Where all end that stand before it in the order, of this code in this text, and itself.
    ends: usize,
    is_used: AtomicBool,
}

impl Allowances {
    /// What the comments of a text allow.
    pub(crate) fn of_comments(source: &Arc<Source>) -> Self {
        let mut allowances = Self::default();
        allowances.comments(source);
        allowances
    }

    /// Adds those of another text.
    pub(crate) fn extend(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.odd.extend(other.odd);
    }

    /// Adds what annotations of these objects allow; that is all then.
    pub(crate) fn complete<'a>(&mut self, objects: impl Iterator<Item = &'a Object>) {
        for object in objects {
            let root = object.root();
            self.annotation(object, root);
            if let Some(template) = workload::template(object).filter(|_| object.kind != "Pod") {
                self.annotation(object, template);
            }
        }
        self.sort();
    }

    /// Whether objects of that text may have an annotation that allows something: few do, and only of these are trees made.
    pub(crate) fn may_be_in(source: &Source) -> bool {
        source.text.contains(workload::ALLOW)
    }

    fn sort(&mut self) {
        self.rows.sort_by(|one, other| one.key().cmp(&other.key()));
        let mut before: Option<&Allowance> = None;
        for row in &mut self.rows {
            let is_first = before.is_none_or(|before| !before.is_of(&row.code, &row.span.source));
            row.ends = row.range.end.max(before.filter(|_| !is_first).map_or(0, |before| before.ends));
            before = Some(row);
        }
    }

    fn annotation(&mut self, object: &Object, field: Field<'_>) {
        let value = field.at(&["metadata", "annotations"]).get(workload::ALLOW);
        let (Some(text), Some(span)) = (value.text(), value.span()) else { return };
        self.add(text.split([',', ' ', '\n']), |_| span.clone(), object.node().range(), true);
    }

    fn comments(&mut self, source: &Arc<Source>) {
        let text = &*source.text;
        let mut below = None;
        // There are few of these, and they are found in less time than names.
        for (at, _) in text.match_indices('#') {
            let comment = text.get(at + 1..).unwrap_or("").trim_start_matches([' ', '\t']);
            if !comment.starts_with(PROGRAM) {
                continue;
            }
            let line = line(text, at);
            let before = text.get(line.start..at).unwrap_or("");
            let at = text.len() - comment.len();
            if !(before.is_empty() || before.ends_with([' ', '\t'])) || is_quoted(before) {
                continue;
            }
            let after = text.get(at + PROGRAM.len()..line.end).unwrap_or("");
            let words = after.strip_prefix(':').and_then(|after| after.trim_start().strip_prefix("allow"));
            let words = words.filter(|it| it.is_empty() || it.starts_with([' ', '\t', '\r']));
            let Some(words) = words else {
                if is_meant(after) {
                    self.odd.push(Span::new(
                        source,
                        before.len() + line.start..at + PROGRAM.len() + after.trim_end().len(),
                    ));
                }
                continue;
            };
            let is_alone = before.trim().is_empty();
            let (range, is_whole) = if is_alone {
                below.get_or_insert_with(|| Below::of(text)).find(&line)
            } else {
                (line.clone(), false)
            };
            let start = line.end - words.len();
            let codes = codes(words);
            let place = |code: &str| {
                // A slice of `words`.
                let at = start + words.find(code).unwrap_or(0);
                Span::new(source, at..at + code.len())
            };
            self.add(codes.into_iter(), place, range, is_whole);
        }
    }

    fn add<'a>(
        &mut self,
        codes: impl Iterator<Item = &'a str>,
        place: impl Fn(&str) -> Span,
        range: Range<usize>,
        is_whole: bool,
    ) {
        for code in codes.map(str::trim).filter(|code| !code.is_empty()) {
            let (code, span, range) = (code.to_owned(), place(code), range.clone());
            self.rows.push(Allowance {
                code,
                span,
                range,
                is_whole,
                ends: 0,
                is_used: AtomicBool::new(false),
            });
        }
    }

    /// Whether a finding is allowed: where it points to, or by the workload whose pods it is about.
    pub(crate) fn cover(&self, finding: &Finding, workload: Option<&Object>) -> bool {
        if self.rows.is_empty() {
            return false;
        }
        let spans = finding.span.iter().chain(finding.also.iter().map(|(span, _)| span));
        let mut is_covered = false;
        for (source, range) in spans.map(Span::outermost) {
            is_covered |= self.use_at(finding.code, source, range.start as usize, false);
        }
        if let Some(object) = workload {
            is_covered |= self.use_at(finding.code, &object.source, object.node().range().start, true);
        }
        is_covered
    }

    /// Marks all that hold for a code at a place as used, or only those of whole objects; says whether there are any.
    fn use_at(&self, code: &str, source: &Source, at: usize, only_whole: bool) -> bool {
        let key = (code, std::ptr::from_ref(source), at);
        let before = self.rows.partition_point(|row| row.key() <= key);
        let near = self.rows.iter().take(before).rev();
        let near = near.take_while(|row| row.is_of(code, source) && row.ends > at);
        let holds = |row: &&Allowance| {
            row.range.contains(&at) && (row.is_whole || !only_whole) && row.can_be_allowed()
        };
        near.filter(holds).map(|row| row.is_used.store(true, Ordering::Relaxed)).count() > 0
    }

    /// Those that allow nothing.
    pub(crate) fn unused(&self) -> Vec<Finding> {
        let odd = self.odd.iter().map(|span| {
            let message = "this comment allows nothing";
            let help = "write `# es-entrypoint: allow CODE reason`";
            Finding::warning("k8s/unused-allow", message).at(span.clone()).help(help)
        });
        let unused = self.rows.iter().filter(|row| !row.is_used.load(Ordering::Relaxed));
        let unused = unused
            .map(|row| {
                let code = &row.code;
                let (message, help) = if codes::find(code).is_none() {
                    let names = CODES.iter().map(|code| code.name);
                    let help = match nearest(code, names) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "`es-entrypoint help findings` lists them all".to_owned(),
                    };
                    (format!("`{code}`, which is allowed here, is no finding"), help)
                } else if row.can_be_allowed() {
                    let help = "remove it: what it hides tomorrow is something that nobody looked at";
                    (format!("`{code}` is allowed here and not found"), help.to_owned())
                } else {
                    let help = "without a rendered file there is nothing to start with: give the placeholder a default, \
                                `${NAME:-…}`, or set the variable";
                    (format!("`{code}` cannot be allowed"), help.to_owned())
                };
                Finding::warning("k8s/unused-allow", message).at(row.span.clone()).help(help)
            });
        unused.chain(odd).collect()
    }
}

impl Allowance {
    fn key(&self) -> (&str, *const Source, usize) {
        (&self.code, Arc::as_ptr(&self.span.source), self.range.start)
    }

    fn is_of(&self, code: &str, source: &Source) -> bool {
        self.code == code && std::ptr::eq(Arc::as_ptr(&self.span.source), source)
    }

    /// As on the command line.
    fn can_be_allowed(&self) -> bool {
        !self.code.starts_with("template/")
    }
}

/// Whether what follows the program's name in a comment looks like something to be allowed: a code is in it, or a word by which
/// other tools are told to be silent stands first.
fn is_meant(after: &str) -> bool {
    let mut words = after.split([' ', '\t', ',', ':', '=']).map(str::trim).filter(|word| !word.is_empty());
    let is_verb = |word: &str| ["allow", "ignore", "disable", "skip", "suppress", "noqa"].contains(&word);
    (after.starts_with(':') && words.clone().next().is_some_and(is_verb))
        || (after.starts_with([' ', ':']) && words.any(|word| codes::find(word).is_some()))
}

/// The codes behind `allow`, with commas between them; what follows is the reason.
fn codes(words: &str) -> Vec<&str> {
    let mut codes = Vec::new();
    for word in words.split_whitespace() {
        codes.extend(word.split(','));
        if !word.ends_with(',') {
            break;
        }
    }
    codes
}

/// The line that holds a byte, without its end.
fn line(text: &str, at: usize) -> Range<usize> {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length);
    start..end
}

/// Whether a line up to there ends within quotes.
fn is_quoted(line: &str) -> bool {
    let (mut open, mut last) = (None, ' ');
    for letter in line.chars() {
        match open {
            None if matches!(letter, '"' | '\'')
                && (" \t[{,:".contains(last) || (last, letter) == ('\'', '\'')) =>
            {
                open = Some(letter);
            }
            Some('"') if last == '\\' => {
                // What is escaped escapes nothing.
                last = ' ';
                continue;
            }
            Some(quote) if quote == letter => open = None,
            _ => {}
        }
        last = letter;
    }
    open.is_some()
}

fn is_content(line: &str) -> bool {
    !matches!(line.trim_start().chars().next(), None | Some('#'))
}

fn is_mark(line: &str) -> bool {
    line.starts_with("---") || line.starts_with('%')
}

/// What comments on lines of their own hold for. They are asked for in their order, so that no line is looked at for each of
/// them again.
struct Below<'t> {
    text: &'t str,
    documents: Vec<Range<usize>>,
    /// The line with something in it that was found last.
    next: Range<usize>,
    /// The document that was asked for last, and where the first line of it is that has something in it.
    head: (usize, usize),
}

impl<'t> Below<'t> {
    fn of(text: &'t str) -> Self {
        let documents = documents(text);
        Self { text, documents, next: 0..0, head: (usize::MAX, 0) }
    }

    /// The line below a comment, or the whole document where that begins there.
    fn find(&mut self, own: &Range<usize>) -> (Range<usize>, bool) {
        if self.next.start <= own.start {
            self.next = own.clone();
            while self.next.end < self.text.len() {
                self.next = line(self.text, self.next.end + 1);
                if self.text.get(self.next.clone()).is_some_and(is_content) {
                    break;
                }
            }
        }
        let next = self.next.clone();
        let whole = if self.text.get(next.clone()).is_some_and(is_mark) {
            let behind = self.documents.partition_point(|document| document.start < next.end);
            self.documents.get(behind)
        } else {
            let place = self.documents.partition_point(|document| document.end <= own.start);
            let document = self.documents.get(place).filter(|document| document.contains(&own.start));
            document.filter(|document| {
                if self.head.0 != place {
                    self.head = (place, head(self.text, document));
                }
                own.start <= self.head.1
            })
        };
        match whole {
            Some(document) => (own.start..document.end, true),
            None => (own.start..next.end, false),
        }
    }
}

/// Where the first line of a document is that has something in it.
fn head(text: &str, document: &Range<usize>) -> usize {
    let mut at = document.start;
    for line in text.get(document.clone()).unwrap_or("").split_inclusive('\n') {
        if is_content(line) && !is_mark(line) {
            break;
        }
        at += line.len();
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::Secrets;

    fn rows(text: &str) -> Vec<(String, String, bool)> {
        let source = Source::new("a.yml", text, Secrets::none);
        let mut allowances = Allowances::default();
        allowances.comments(&source);
        let row = |row: &Allowance| (row.code.clone(), text[row.range.clone()].to_owned(), row.is_whole);
        allowances.rows.iter().map(row).collect()
    }

    fn holds(code: &str, range: &str, is_whole: bool) -> (String, String, bool) {
        (code.to_owned(), range.to_owned(), is_whole)
    }

    #[test]
    fn a_comment_holds_for_its_line_the_next_one_or_the_document() {
        assert_eq!(
            rows("a: 1\nb: 2 # es-entrypoint: allow a/b because\nc: 3\n"),
            [holds("a/b", "b: 2 # es-entrypoint: allow a/b because", false)]
        );
        assert_eq!(
            rows("a: 1\n  # es-entrypoint: allow a/b, c/d e/f\n# x\n\n  b: 2\nc: 3\n"),
            ["a/b", "c/d"].map(|code| holds(
                code,
                "  # es-entrypoint: allow a/b, c/d e/f\n# x\n\n  b: 2",
                false
            ))
        );
        let comment = "# es-entrypoint: allow a/b\n";
        assert_eq!(
            rows(&format!("---\n# x\n{comment}a: 1\nb: 2\n---\nc: 3\n")),
            [holds("a/b", &format!("{comment}a: 1\nb: 2\n"), true)]
        );
        assert_eq!(
            rows(&format!("a: 1\n{comment}---\nb: 2\nc: 3\n---\nd: 4\n")),
            [holds("a/b", &format!("{comment}---\nb: 2\nc: 3\n"), true)]
        );
        assert_eq!(
            rows(&format!("{comment}---\nb: 2\n")),
            [holds("a/b", &format!("{comment}---\nb: 2\n"), true)]
        );
        assert_eq!(rows(&format!("a: 1\n{comment}")), [holds("a/b", comment, false)]);
    }

    #[test]
    fn other_texts_are_no_comments() {
        for text in [
            "image: es-entrypoint:1.0\n",
            "# es-entrypoint: allowed a/b\n",
            "# es-entrypoint: deny a/b\n",
            "a#es-entrypoint: allow a/b\n",
            "es-entrypoint: allow a/b\n",
            "# es-entrypoint: allow\n",
            "a: {b: \"\\\" # es-entrypoint: allow a/b\"}\n",
            "a: 'it''s # es-entrypoint: allow a/b'\n",
        ] {
            assert_eq!(rows(text), [], "{text}");
        }
        for text in ["a: \"b\\\\\"", "a: 'it''s'", "a: it's", "a: 5\""] {
            assert_eq!(rows(&format!("{text} # es-entrypoint: allow a/b\n")).len(), 1, "{text}");
        }
        assert_eq!(rows("a: 1\n#es-entrypoint:allow a/b\r\nb: 2\r\n").len(), 1);
    }
}
