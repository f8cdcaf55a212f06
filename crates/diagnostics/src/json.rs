//! JSON: one finding an object, one object a line; and the pieces for other reports.

use std::fmt::Write as _;

use crate::finding::Finding;

/// One JSON object on a line of its own.
pub(crate) fn text(finding: &Finding) -> String {
    let mut out = String::from("{");
    push_member(&mut out, "code", &json_string(finding.code));
    push_member(&mut out, "severity", &json_string(finding.severity.word()));
    push_member(&mut out, "message", &json_string(&finding.message));
    if let Some(place) = finding.location() {
        push_member(&mut out, "file", &json_string(&place.file));
        push_member(&mut out, "line", &place.line.to_string());
        push_member(&mut out, "column", &place.column.to_string());
        push_member(&mut out, "end_column", &place.end_column.to_string());
    }
    let help = finding.help_text();
    for (name, value) in [("variable", &finding.variable), ("setting", &finding.setting), ("help", &help)] {
        if let Some(value) = value {
            push_member(&mut out, name, &json_string(value));
        }
    }
    out.push_str("}\n");
    out
}

/// Appends `"name":value`; `value` is JSON already.
pub fn push_member(out: &mut String, name: &str, value: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    let _ = write!(out, "\"{name}\":{value}");
}

/// Appends `text` as the inside of a JSON string.
fn push_json(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if (control as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.push(other),
        }
    }
}

/// `text` as a JSON string with its quotes.
pub fn json_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    push_json(&mut out, text);
    out.push('"');
    out
}

#[cfg(test)]
mod tests;
