//! JSON: the writer of all that this program says in it, and findings as one object a line.

use std::fmt::Write as _;

use crate::finding::Finding;

/// Writes JSON from left to right. What stands in a list has no name: `""`.
#[derive(Debug, Default)]
pub struct Json(String);

impl Json {
    /// What was written.
    pub fn into_text(self) -> String {
        self.0
    }

    /// Writes what comes before a value.
    fn name(&mut self, name: &str) {
        if !(self.0.is_empty() || self.0.ends_with(['{', '[', '\n'])) {
            self.0.push(',');
        }
        if !name.is_empty() {
            self.string(name);
            self.0.push(':');
        }
    }

    // Not inlined: there are dozens of callers of each of these.
    /// Begins an object (`{`) or a list (`[`).
    #[inline(never)]
    pub fn open(&mut self, name: &str, bracket: char) {
        self.name(name);
        self.0.push(bracket);
    }

    /// JSON as it is: the brackets that end what was begun, or what is always the same.
    #[inline(never)]
    pub fn raw(&mut self, json: &str) {
        self.0.push_str(json);
    }

    /// A string.
    #[inline(never)]
    pub fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        self.string(text);
    }

    /// A number.
    #[inline(never)]
    pub fn number(&mut self, name: &str, number: usize) {
        self.name(name);
        let _ = write!(self.0, "{number}");
    }

    /// `true` or `false`.
    pub fn truth(&mut self, name: &str, is_true: bool) {
        self.name(name);
        self.0.push_str(if is_true { "true" } else { "false" });
    }

    fn string(&mut self, text: &str) {
        self.0.push('"');
        for character in text.chars() {
            match character {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                control if (control as u32) < 0x20 => {
                    let _ = write!(self.0, "\\u{:04x}", control as u32);
                }
                other => self.0.push(other),
            }
        }
        self.0.push('"');
    }
}

/// `text` as a JSON string with its quotes.
pub fn json_string(text: &str) -> String {
    let mut json = Json::default();
    json.string(text);
    json.0
}

/// One JSON object on a line of its own.
pub(crate) fn write(json: &mut Json, finding: &Finding) {
    json.open("", '{');
    json.text("code", finding.code);
    json.text("severity", finding.severity.word());
    json.text("message", &finding.message);
    if let Some(place) = finding.location() {
        json.text("file", &place.file);
        json.number("line", place.line);
        json.number("column", place.column);
        json.number("end_column", place.end_column);
    }
    let help = finding.help_text();
    for (name, value) in [("variable", &finding.variable), ("setting", &finding.setting), ("help", &help)] {
        if let Some(value) = value {
            json.text(name, value);
        }
    }
    json.raw("}\n");
}

#[cfg(test)]
mod tests;
