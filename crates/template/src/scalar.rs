//! How a text is written as one YAML scalar so that every reader, of YAML 1.1 and 1.2, reads it back exactly.

/// Where a scalar stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// Inside `[…]` or `{…}`.
    pub(crate) flow: bool,
    /// A key of a mapping.
    pub(crate) key: bool,
}

/// The text of a value that is no string: a number or boolean that all readers agree on and that round-trips.
pub(crate) fn typed(value: &str, position: Position) -> Option<&str> {
    match value {
        "true" | "false" => Some(value),
        // A key keeps its spelling.
        "True" | "TRUE" if !position.key => Some("true"),
        "False" | "FALSE" if !position.key => Some("false"),
        _ if is_canonical_number(value) => Some(value),
        _ => None,
    }
}

fn is_canonical_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || (whole.len() > 1 && whole.starts_with('0')) {
        return false;
    }
    match fraction {
        None => value != "-0" && value.parse::<i64>().is_ok(),
        Some(fraction) => {
            all_digits(fraction)
                && value.len() <= 24
                && value.parse::<f64>().is_ok_and(|number| number.to_string() == value)
        }
    }
}

/// Whether the text can stand without quotes and is a string to every reader.
pub(crate) fn is_safe_plain(text: &str, position: Position) -> bool {
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    let second = bytes.get(1).copied().unwrap_or(b' ');
    let good_start = match first {
        b'-' => second.is_ascii_alphanumeric(),
        b'.' => second != b'.',
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'/' | b'$' | b'(' | b'\\' | b'+' | b'^' | b';' => {
            true
        }
        _ => false,
    };
    if !good_start || last == b' ' || last == b':' {
        return false;
    }
    let mut previous = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        let good = match byte {
            b'#' => previous != b' ',
            b':' => !position.flow && !position.key && bytes.get(index + 1) != Some(&b' '),
            b',' | b'[' | b']' | b'{' | b'}' | b'?' => !position.flow,
            // Some readers look for an item of a block sequence there.
            b'-' => !position.flow || previous != b' ',
            b' '..=b'~' => true,
            _ => false,
        };
        if !good {
            return false;
        }
        previous = byte;
    }
    !looks_typed(text)
}

/// Whether some YAML reader takes the plain text for a null, boolean, number, date or merge key.
fn looks_typed(text: &str) -> bool {
    const WORDS: [&str; 11] = ["~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "="];
    if text.len() <= 5 && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) || text == "<<" {
        return true;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text).as_bytes();
    match unsigned {
        [b'0'..=b'9', ..] | [b'.', b'0'..=b'9' | b'_', ..] => {}
        [b'.', ..] => {
            return unsigned.eq_ignore_ascii_case(b".inf") || unsigned.eq_ignore_ascii_case(b".nan");
        }
        _ => return false,
    }
    if let [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..] = unsigned {
        return true;
    }
    // A date: four digits and a dash.
    if let [a, b, c, d, b'-', ..] = unsigned
        && [a, b, c, d].into_iter().all(u8::is_ascii_digit)
    {
        return true;
    }
    // Numbers, with one point and an exponent, and base-60 numbers. Two points make an address or a version.
    let several_points = unsigned.splitn(3, |&byte| byte == b'.').count() > 2;
    !several_points
        && unsigned
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'_' | b'.' | b':' | b'e' | b'E' | b'+' | b'-'))
}

/// Whether a character may stand unescaped between quotes. Characters outside the basic plane may not: the YAML
/// reader of old Elasticsearch versions refuses them.
pub(crate) fn is_plain_character(character: char) -> bool {
    matches!(character, '\t' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// Appends `text` as the inside of a double-quoted scalar, all on one line.
pub(crate) fn push_double_quoted(out: &mut String, text: &str) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\') {
        out.push_str(text);
        return;
    }
    let mut copied = 0;
    for (at, character) in text.char_indices() {
        if character == '"' || character == '\\' || character == '\t' || !is_plain_character(character) {
            out.push_str(text.get(copied..at).unwrap_or(""));
            copied = at + character.len_utf8();
            push_escape(out, character);
        }
    }
    out.push_str(text.get(copied..).unwrap_or(""));
}

fn push_escape(out: &mut String, character: char) {
    let code = character as u32;
    let (letter, digits) = match character {
        '"' => return out.push_str("\\\""),
        '\\' => return out.push_str("\\\\"),
        '\n' => return out.push_str("\\n"),
        '\r' => return out.push_str("\\r"),
        '\t' => return out.push_str("\\t"),
        _ if code <= 0xff => ('x', 2),
        _ if code <= 0xffff => ('u', 4),
        _ => ('U', 8),
    };
    out.push('\\');
    out.push(letter);
    push_hex(out, code, digits);
}

/// Appends that many hexadecimal digits.
pub(crate) fn push_hex(out: &mut String, code: u32, digits: u32) {
    for position in (0..digits).rev() {
        let digit = (code >> (4 * position)) & 15;
        out.push(char::from_digit(digit, 16).unwrap_or('0'));
    }
}

/// Appends `text` as a whole double-quoted scalar.
pub(crate) fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    push_double_quoted(out, text);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Position = Position { flow: false, key: false };
    const FLOW: Position = Position { flow: true, key: false };
    const KEY: Position = Position { flow: false, key: true };

    #[test]
    fn typed_values() {
        for value in [
            "0",
            "1",
            "-1",
            "9223372036854775807",
            "-9223372036854775808",
            "0.5",
            "-0.5",
            "1.25",
            "3.14159",
            "true",
        ] {
            assert_eq!(typed(value, BLOCK), Some(value), "{value}");
        }
        for value in [
            "",
            "-",
            "-0",
            "+1",
            "01",
            "1.",
            ".5",
            "1.0",
            "1.10",
            "0.0",
            "-0.0",
            "1e3",
            "9223372036854775808",
            "1_0",
            "0x1",
            "yes",
            "tRue",
            "0.1000000000000000055511151231257827",
            "1.5.5",
            " 1",
            "1 ",
            "0.00000000000000000000000000001",
        ] {
            assert_eq!(typed(value, BLOCK), None, "{value}");
        }
        assert_eq!(typed("TRUE", BLOCK), Some("true"));
        assert_eq!(typed("False", BLOCK), Some("false"));
        assert_eq!(typed("False", KEY), None);
        assert_eq!(typed("1", KEY), Some("1"));
    }

    #[test]
    fn safe_without_quotes() {
        for text in [
            "prod", "10.0.0.1", "512mb", "-1s", "/data/x", "a b", "a:b", "${A}", "$<A>", "es-1", "a#b",
            "1.2.3", "_local_",
        ] {
            assert!(is_safe_plain(text, BLOCK), "{text}");
        }
        for text in [
            "",
            " ",
            "a ",
            " a",
            "a: b",
            "a:",
            "#a",
            "a #b",
            "- a",
            "-",
            "--- a",
            "...",
            "@a",
            "`a",
            "%a",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "'a",
            "\"a",
            "[a",
            "{a",
            "]",
            "}",
            ",a",
            "?a",
            ":a",
            "a\tb",
            "a\nb",
            "é",
            "~",
            "Null",
            "YES",
            "On",
            "n",
            "0755",
            "0x10",
            "1e3",
            "1_000",
            "12:30",
            "1.10",
            "2001-12-14",
            ".inf",
            "-.INF",
            ".NaN",
            "+1",
            "5.",
            ".5",
            "<<",
            "=",
            "-0",
        ] {
            assert!(!is_safe_plain(text, BLOCK), "{text}");
        }
        for text in ["a,b", "a?", "a:1", "${A}", "a]", "a -"] {
            assert!(!is_safe_plain(text, FLOW), "{text}");
        }
    }

    #[test]
    fn escapes() {
        let mut out = String::new();
        push_quoted(&mut out, "a\"b\\c\n\r\t\0\u{7f}\u{85}\u{2028}\u{feff}é\u{1f600}");
        assert_eq!(out, r#""a\"b\\c\n\r\t\x00\x7f\x85\u2028\ufeffé\U0001f600""#);
    }
}
