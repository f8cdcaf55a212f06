//! Amounts as Kubernetes writes them: `500m`, `2Gi`, `1.5`, `1e3`.

/// Thousandths, rounded up, as resources are; nothing for what is no amount, or too large for anything.
pub(crate) fn thousandths(text: &str) -> Option<u128> {
    const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    const DECIMAL: [(&str, i32); 9] =
        [("n", -9), ("u", -6), ("m", -3), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
    let text = text.strip_prefix('+').unwrap_or(text);
    let end = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') || number.len() > 18 {
        return None;
    }
    let digits: u128 = format!("0{whole}{fraction}").parse().ok()?;
    let mut exponent = 3 - i32::try_from(fraction.len()).ok()?;
    let mut factor = 1;
    if let Some(power) = BINARY.iter().position(|it| *it == unit) {
        factor = 1024_u128.pow(u32::try_from(power).ok()? + 1);
    } else if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == unit) {
        exponent += power;
    } else if let Some(power) = unit.strip_prefix(['e', 'E']) {
        exponent += power.parse::<i32>().ok()?;
    } else if !unit.is_empty() {
        return None;
    }
    let scale = 10_u128.checked_pow(exponent.unsigned_abs())?;
    let all = digits.checked_mul(factor)?;
    if exponent < 0 { Some(all.div_ceil(scale)) } else { all.checked_mul(scale) }
}

/// Whole bytes.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    u64::try_from(thousandths(text)?.div_ceil(1000)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        for (text, amount) in [
            ("1", Some(1000)),
            ("500m", Some(500)),
            ("0.5", Some(500)),
            (".5", Some(500)),
            ("1.", Some(1000)),
            ("100u", Some(1)),
            ("2Ki", Some(2_048_000)),
            ("1.5Gi", Some(1_610_612_736_000)),
            ("1e3", Some(1_000_000)),
            ("1E", Some(1_000_000_000_000_000_000_000)),
            ("+3k", Some(3_000_000)),
            ("", None),
            (".", None),
            ("-1", None),
            ("1.2.3", None),
            ("3GB", None),
            ("1e99", None),
        ] {
            assert_eq!(thousandths(text), amount, "{text}");
        }
        assert_eq!((bytes("512m"), bytes("1Gi")), (Some(1), Some(1 << 30)));
    }
}
