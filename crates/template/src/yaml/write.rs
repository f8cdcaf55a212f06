//! How a scalar with placeholders is written: in its own style where the values fit it, else in double quotes.

use crate::rendered::LIMIT;
use crate::scalar::{self, Position};
use crate::token::Kind;
use crate::yaml::Walker;
use crate::yaml::mask::after_header;
use yaml::{Entry, Style};

impl Walker<'_, '_> {
    /// Writes the scalar to the output and says whether it stands in quotes there.
    pub(crate) fn write(&mut self, entry: &Entry, style: Style, position: Position, start: usize) -> bool {
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
        let whole = matches!(self.pieces.as_slice(), [piece] if piece.token.is_value()
            && piece.token.start == start && piece.token.end == entry.end);
        match style {
            Style::Plain => {
                if whole
                    && entry.tag.is_none()
                    && let Some(text) = scalar::typed(&self.expected, position)
                {
                    self.out.push_str(text);
                    if text != self.expected {
                        self.expected = text.to_owned();
                    }
                    return false;
                }
                let safe = scalar::is_safe_plain(&self.expected, position)
                    && (!several_lines || self.values_are_words());
                if safe {
                    self.substitute(source, start, std::string::String::push_str);
                    return false;
                }
                scalar::push_quoted(&mut self.out, &self.expected);
            }
            Style::Single if self.fits_single(several_lines) => {
                self.substitute(source, start, |out, value| {
                    let mut parts = value.split('\'');
                    out.push_str(parts.next().unwrap_or(""));
                    for part in parts {
                        out.push_str("''");
                        out.push_str(part);
                    }
                });
            }
            Style::Double if !several_lines || self.values_have_edges() => {
                self.substitute(source, start, scalar::push_double_quoted);
            }
            Style::Single | Style::Double => scalar::push_quoted(&mut self.out, &self.expected),
            Style::Literal | Style::Folded => self.write_block(style, start, source),
        }
        true
    }

    /// Copies the scalar's source with each placeholder replaced.
    fn substitute(&mut self, source: &str, start: usize, push: impl Fn(&mut String, &str)) {
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
                Kind::Value(_) | Kind::Invalid(..) => {
                    push(&mut self.out, self.values.get(piece.start..piece.end).unwrap_or(""));
                }
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
                self.substitute(source, start, |out, value| {
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
        scalar::push_quoted(&mut self.out, &self.expected);
        // A comment in the header stays, and so does the end of the line.
        let comment = header.find([' ', '\t', '\n', '\r']).and_then(|at| header.get(at..)).unwrap_or("");
        if comment.contains('#') {
            self.out.push_str(comment);
        } else {
            let breaks = comment.trim_start_matches([' ', '\t']);
            self.out.push_str(breaks);
        }
    }
}
