//! The form for people: the message, the source line with carets, and the help.

use std::fmt::Write as _;

use crate::finding::{Finding, Severity};
use crate::printable::{is_unprintable, printable};
use crate::source::Location;

/// The form for people. `color`: with the escapes of a terminal.
pub fn text(finding: &Finding, color: bool) -> String {
    let paint = |code: &'static str| if color { code } else { "" };
    let tone = paint(match finding.severity {
        Severity::Error => "\x1b[1;31m",
        Severity::Warning => "\x1b[1;33m",
    });
    let (bold, blue, reset) = (paint("\x1b[1m"), paint("\x1b[1;34m"), paint("\x1b[0m"));
    let mut out = String::new();
    let message = printable(&finding.message);
    let word = finding.severity.word();
    let _ = writeln!(out, "{tone}{word}[{}]{reset}{bold}: {message}{reset}", finding.code);
    let mut margin = 1;
    if let Some(span) = &finding.span {
        let place = span.locate();
        margin = decimal_width(place.line);
        let _ = writeln!(
            out,
            "{:margin$}{blue}-->{reset} {}:{}:{}",
            "",
            printable(&place.file),
            place.line,
            place.column
        );
        if let Some(excerpt) = &place.excerpt {
            let (line, before, width) = shown_excerpt(excerpt, &place);
            let _ = writeln!(out, "{:margin$} {blue}|{reset}", "");
            let _ = writeln!(out, "{blue}{} |{reset} {line}", place.line);
            let _ = write!(out, "{:margin$} {blue}|{reset} {:before$}{tone}", "", "");
            out.extend(std::iter::repeat_n('^', width));
            if let Some(label) = &span.label {
                let _ = write!(out, " {}", printable(label));
            }
            let _ = writeln!(out, "{reset}");
        }
    }
    if let Some(help) = finding.help_text() {
        // A help of several lines stays readable: the further ones are indented below the first.
        for (index, line) in help.lines().enumerate() {
            let _ = if index == 0 {
                writeln!(out, "{:margin$} {blue}={reset} help: {}", "", printable(line))
            } else {
                writeln!(out, "{:margin$}         {}", "", printable(line))
            };
        }
    }
    out
}

/// The source line as shown (tabs widened, control characters replaced, long lines cut around the place), with
/// the columns before the carets and the number of carets.
fn shown_excerpt(excerpt: &str, place: &Location) -> (String, usize, usize) {
    const LONGEST: usize = 160;
    let first = place.column.saturating_sub(1);
    let last = place.end_column.saturating_sub(1).max(first + 1);
    let start = if excerpt.chars().count() > LONGEST { first.saturating_sub(40) } else { 0 };
    let mut shown = String::new();
    let (mut before, mut width) = (0, 0);
    if start > 0 {
        shown.push('…');
        before = 1;
    }
    for (index, character) in excerpt.chars().enumerate().skip(start) {
        if index >= start + LONGEST {
            shown.push('…');
            break;
        }
        let (text, columns) = match character {
            '\t' => ("    ", 4),
            control if is_unprintable(control) => ("·", 1),
            _ => ("", terminal_width(character)),
        };
        if text.is_empty() {
            shown.push(character);
        } else {
            shown.push_str(text);
        }
        if index < first {
            before += columns;
        } else if index < last {
            width += columns;
        }
    }
    (shown, before, width.max(1))
}

/// Columns of a terminal that a character takes: 0 for combining marks, 2 for wide East Asian ones and emoji.
fn terminal_width(character: char) -> usize {
    match character as u32 {
        0x0300..=0x036f | 0x200b..=0x200f | 0xfe00..=0xfe0f | 0xfeff => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

fn decimal_width(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |power| power as usize + 1)
}

#[cfg(test)]
mod tests;
