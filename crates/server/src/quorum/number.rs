//! Integers as the server reads them.

/// What Java's `Integer.parseInt` gives: an optional sign and decimal digits within 32 bits; no blanks, no point,
/// no other base. (Java takes the digits of all scripts; they are refused here.)
pub(super) fn parse(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn as_java_reads_them() {
        for (text, number) in [
            ("2", Some(2)),
            ("+2", Some(2)),
            ("-1", Some(-1)),
            ("-0", Some(0)),
            ("010", Some(10)),
            ("2147483647", Some(i32::MAX)),
            ("-2147483648", Some(i32::MIN)),
            ("2147483648", None),
            ("2 ", None),
            (" 2", None),
            ("2.0", None),
            ("0x2", None),
            ("2e0", None),
            ("2_000", None),
            ("+", None),
            ("--2", None),
            ("+-2", None),
            ("two", None),
            ("", None),
        ] {
            assert_eq!(parse(text), number, "{text}");
        }
    }
}
