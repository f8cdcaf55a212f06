//! Where JSON is not YAML: kubectl reads a text that begins with a brace as JSON.

use std::ops::Range;

use yaml::{Refusal, Tree};

/// Objects of JSON may stand one after the other: kubectl reads them all.
pub(crate) fn cut(text: &str, Range { mut start, end }: Range<usize>, documents: &mut Vec<Range<usize>>) {
    let begins = |at: usize| text.get(at..end).is_some_and(|rest| rest.trim_start().starts_with('{'));
    let (mut depth, mut in_quotes, mut is_escaped) = (0_usize, false, false);
    let bytes = text.bytes().enumerate().take(if begins(start) { end } else { start });
    for (at, byte) in bytes.skip(start) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_quotes,
            b'"' => in_quotes = !in_quotes,
            _ if in_quotes => {}
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    if !begins(at + 1) {
                        break;
                    }
                    documents.push(start..at + 1);
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    documents.push(start..end);
}

/// Reads a document. Where it is JSON, two escapes may stand for one character, which YAML does not know.
pub(crate) fn parse(text: &str) -> Result<Option<Tree>, Refusal> {
    let result = yaml::parse(text);
    if result.is_ok() || !text.trim_start().starts_with('{') {
        return result;
    }
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find('\\')).map(|at| from + at) {
        let units = [unit(at), unit(at + 6)].into_iter().flatten();
        // What takes their place is as long as they are: a line end behind a backslash is nothing.
        let written = match char::decode_utf16(units).next() {
            Some(Ok(character @ '\u{10000}'..)) => format!("\\\n\\U{:08x}", u32::from(character)),
            Some(Err(_)) => "\\ufffd".to_owned(),
            _ => text.get(at..at + 2).unwrap_or("\\").to_owned(),
        };
        out.push_str(text.get(from..at).unwrap_or_default());
        from = at + written.len();
        out.push_str(&written);
    }
    out.push_str(text.get(from..).unwrap_or_default());
    yaml::parse(&out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use yaml::Node;

    #[test]
    fn characters_of_json() {
        let text = r#"{"a": "\\ud83d x \ud83d\ude00 \ud83d\u0041\u00e9", "b": "x"}"#;
        let tree = parse(text).unwrap().unwrap();
        let node = tree.root(text);
        assert_eq!(node.get("a").and_then(Node::text), Some("\\ud83d x \u{1f600} \u{fffd}A\u{e9}"));
        assert_eq!(&text[node.get("b").unwrap().range()], "\"x\"");
        assert!(parse(r#"a: "\ud83d\ude00""#).is_err());
        assert!(parse("{\"a\": \"\\é\"}").is_err());
    }
}
