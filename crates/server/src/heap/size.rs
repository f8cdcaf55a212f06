//! Sizes as the JVM reads and people write them.

pub(super) const MEBIBYTE: u64 = 1 << 20;
pub(super) const GIBIBYTE: u64 = 1 << 30;
/// From about here on object pointers no longer fit into 32 bits.
pub(super) const COMPRESSED_POINTERS_END: u64 = 32 * GIBIBYTE;

/// What to set where a heap leaves too little of that memory.
pub(super) fn half(memory: u64) -> u64 {
    (memory / 2 / MEBIBYTE * MEBIBYTE).min(COMPRESSED_POINTERS_END - GIBIBYTE)
}

/// What the JVM makes of the text behind `-Xmx`: a whole number and at most one letter. From Java 9 on the number may
/// be hexadecimal.
pub(crate) fn parse(text: &str, hexadecimal: bool) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 10),
        b'm' | b'M' => (&text[..text.len() - 1], 20),
        b'g' | b'G' => (&text[..text.len() - 1], 30),
        b't' | b'T' => (&text[..text.len() - 1], 40),
        _ => (text, 0),
    };
    let number: u64 = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) if hexadecimal && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u64::from_str_radix(digits, 16).ok()?
        }
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    number.checked_mul(1 << shift).filter(|bytes| *bytes < 1 << 62)
}

/// The size that `2gb`, `1.5g` or `512 MiB` stands for.
pub(super) fn suggest(text: &str) -> Option<String> {
    let lower = text.trim().to_ascii_lowercase();
    let end = lower.find(|character: char| !character.is_ascii_digit() && character != '.')?;
    let (number, unit) = lower.split_at(end);
    let shift = match unit.trim() {
        "k" | "kb" | "kib" | "ki" => 0,
        "m" | "mb" | "mib" | "mi" => 10,
        "g" | "gb" | "gib" | "gi" => 20,
        "t" | "tb" | "tib" | "ti" => 30,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // Thousandths are exact enough for a suggestion.
    let thousandths: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let kibibytes =
        (whole.parse::<u64>().ok()?.checked_mul(1000)? + thousandths).checked_mul(1 << shift)? / 1000;
    (kibibytes > 0).then(|| short(kibibytes.saturating_mul(1024)))
}

/// The shortest option text: `2g`, `1536m`.
pub(super) fn short(bytes: u64) -> String {
    for (shift, letter) in [(30, "g"), (20, "m"), (10, "k")] {
        let unit = 1_u64 << shift;
        if bytes >= unit && bytes.is_multiple_of(unit) {
            return format!("{}{letter}", bytes >> shift);
        }
    }
    // Not a whole number of kibibytes: people want mebibytes then.
    if bytes >= 1 << 20 { format!("{}m", bytes >> 20) } else { bytes.to_string() }
}

/// For people: `2 GiB`, `1536 MiB`, `512 bytes`.
pub fn human(bytes: u64) -> String {
    for (shift, name) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] {
        let unit = 1_u64 << shift;
        // What goes by `-Xmx12052m` is told from 11 GiB.
        match (bytes >> shift, ((bytes & (unit - 1)) * 10) >> shift) {
            (0, _) => {}
            (whole, 0) => return format!("{whole} {name}"),
            (whole, tenths) => return format!("{whole}.{tenths} {name}"),
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_the_jvm_reads_them() {
        for (text, bytes) in [
            ("512m", Some(512 << 20)),
            ("1G", Some(1 << 30)),
            ("2097152", Some(2 << 20)),
            ("0x100000", Some(1 << 20)),
            ("2gb", None),
            ("1.5g", None),
            ("", None),
            ("g", None),
            ("0x", None),
            ("-1", None),
            ("+1g", None),
            ("1 g", None),
            ("99999999999999999999", None),
            ("99999999999t", None),
            ("ü", None),
        ] {
            assert_eq!(parse(text, true), bytes, "{text}");
        }
        assert_eq!(parse("0x100000", false), None);
    }

    #[test]
    fn suggestions() {
        for (text, suggestion) in [
            ("2gb", Some("2g")),
            ("1.5g", Some("1536m")),
            ("0.5 GiB", Some("512m")),
            ("512MB", Some("512m")),
            ("2", None),
            ("lots", None),
            ("1..5g", None),
            ("", None),
        ] {
            assert_eq!(suggest(text).as_deref(), suggestion, "{text}");
        }
    }

    #[test]
    fn for_people() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (512, "512 bytes"),
            (1 << 30, "1 GiB"),
            (1536 << 20, "1.5 GiB"),
            (268_435_456, "256 MiB"),
            (12_637_437_952, "11.7 GiB"),
            (33_567_248_384, "31.2 GiB"),
        ] {
            assert_eq!(human(bytes), text);
        }
    }
}
