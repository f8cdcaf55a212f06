//! Tabs where this parser takes them for blanks, and those of the servers do not.

use crate::yaml::Walker;
use yaml::{Entry, EventKind, Style};

impl Walker<'_, '_> {
    /// Looks at what lies before an event, or behind the last one.
    pub(crate) fn look_for_tabs(&mut self, until: usize) {
        let Some(collector) = self.collector.as_mut().filter(|_| self.has_tabs) else { return };
        let gap = self.body.get(self.passed..until).unwrap_or("");
        if collector.settings.syntax.separating_tab.is_none()
            && let Some(at) = separating_tab(gap, self.after_plain)
        {
            collector.settings.syntax.separating_tab = Some(collector.place(self.passed + at));
        }
    }

    /// A text without quotes takes along the tabs behind it.
    pub(crate) fn note_end(&mut self, entry: &Entry) {
        if entry.end > entry.start {
            self.after_plain = entry.kind == EventKind::Scalar(Style::Plain);
        }
    }
}

/// The first tab of a gap that is in no comment; those behind a text without quotes, to the end of the line, do no harm.
fn separating_tab(gap: &str, after_plain: bool) -> Option<usize> {
    let (mut in_comment, mut is_harmless) = (false, after_plain);
    for (at, byte) in gap.bytes().enumerate() {
        match byte {
            b'\n' | b'\r' => (in_comment, is_harmless) = (false, false),
            b'#' => in_comment = true,
            b':' | b',' => is_harmless = false,
            b'\t' if !in_comment && !is_harmless => return Some(at),
            _ => {}
        }
    }
    None
}
