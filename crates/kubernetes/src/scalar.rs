//! What the API server makes of a plain scalar. It reads YAML 1.1 by way of JSON: what looks like a boolean or a number is
//! one, where a text is expected too, and is then refused (measured with the decoder of Kubernetes' `apimachinery`).

use yaml::{Node, Style};

/// A scalar with its type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    /// Any other number.
    Number,
    Text(&'a str),
}

/// Whether it is `null`. This is asked of every field, and most are longer.
pub(crate) fn is_null(node: Node<'_>) -> bool {
    let is_word = |(text, style)| style == Style::Plain && is_null_word(text);
    node.range().len() <= "null".len() && node.scalar().is_some_and(is_word) && !is_said_to_be_text(node)
}

fn is_null_word(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// `!!str` says that it is a text.
fn is_said_to_be_text(node: Node<'_>) -> bool {
    node.tag().is_some_and(|tag| tag.ends_with("str"))
}

/// The type of a scalar; nothing for collections and aliases.
pub(crate) fn value(node: Node<'_>) -> Option<Value<'_>> {
    let (text, style) = node.scalar()?;
    if style != Style::Plain || is_said_to_be_text(node) {
        return Some(Value::Text(text));
    }
    Some(plain(text))
}

fn plain(text: &str) -> Value<'_> {
    // Most are words that are longer than any that stands for something else.
    if text.len() > 5 && text.starts_with(|first: char| first.is_alphabetic() || first == '/') {
        return Value::Text(text);
    }
    if text.starts_with(|first: char| matches!(first, '1'..='9'))
        && let Ok(number) = text.parse()
    {
        return Value::Integer(number);
    }
    let is_word = text.bytes().next().is_none_or(|first| b"~nNyYtToOfF.".contains(&first));
    match text {
        _ if !is_word => {}
        text if is_null_word(text) => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Value::Boolean(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Boolean(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Value::Number,
        _ => {}
    }
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Value::Number;
    }
    if !digits.trim_start_matches('_').starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return Value::Text(text);
    }
    let plain = digits.replace('_', "");
    let radix = |prefix: &str, radix: u32| {
        plain.strip_prefix(prefix).and_then(|rest| i64::from_str_radix(rest, radix).ok())
    };
    let integer = radix("0x", 16)
        .or_else(|| radix("0b", 2))
        .or_else(|| radix("0o", 8))
        .or_else(|| plain.strip_prefix('0').filter(|rest| !rest.is_empty()).and_then(|_| radix("0", 8)))
        .or_else(|| (plain == "0" || !plain.starts_with('0')).then(|| plain.parse::<i64>().ok()).flatten());
    if let Some(integer) = integer {
        return Value::Integer(if negative { -integer } else { integer });
    }
    match plain.parse::<f64>() {
        // `5.0` is taken for an integer.
        #[expect(clippy::cast_possible_truncation, reason = "it has no fraction and is small")]
        Ok(number) if number.fract() == 0.0 && number.abs() < 1e15 && !plain.contains(['e', 'E']) => {
            Value::Integer(if negative { -(number as i64) } else { number as i64 })
        }
        Ok(_) => Value::Number,
        Err(_) => Value::Text(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_plain_scalars() {
        for text in ["", "~", "null"] {
            assert_eq!(plain(text), Value::Null, "{text}");
        }
        for (text, value) in
            [("true", true), ("yes", true), ("on", true), ("y", true), ("N", false), ("Off", false)]
        {
            assert_eq!(plain(text), Value::Boolean(value), "{text}");
        }
        for (text, value) in [
            ("3", 3),
            ("010", 8),
            ("0o10", 8),
            ("0x1F", 31),
            ("1_000", 1000),
            ("+1", 1),
            ("-7", -7),
            ("5.0", 5),
            ("0", 0),
        ] {
            assert_eq!(plain(text), Value::Integer(value), "{text}");
        }
        for text in ["1e3", "2.10", ".5", ".inf"] {
            assert_eq!(plain(text), Value::Number, "{text}");
        }
        for text in ["12:30:45", "2016-05-23", "3Gi", "0400x", "a", "1.2.3", "08x"] {
            assert_eq!(plain(text), Value::Text(text), "{text}");
        }
    }
}
