//! Values of one text as the parsers of the servers read them: numbers, times and sizes.
//!
//! All of it was asked of the parsers of ten versions: what is said to be refused here they all refuse.

use super::catalogue::Kind;

const UNITS: [(&str, i128); 7] = [
    ("nanos", 1),
    ("micros", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];
const SIZES: [&str; 11] = ["kb", "mb", "gb", "tb", "pb", "k", "m", "g", "t", "p", "b"];

/// What is wrong with the text, and what to write; nothing where it is taken, or where that is not known. Whether it
/// `is_hidden` costs reading its file, and is asked only where something is wrong.
pub(super) fn check(kind: Kind, text: &str, is_hidden: impl FnOnce() -> bool) -> Option<(String, String)> {
    match kind {
        Kind::Int(range) => number(text, range, i64::from(i32::MIN), i64::from(i32::MAX)),
        Kind::Long(range) => number(text, range, i64::MIN, i64::MAX),
        Kind::Float(range) => float(text, range),
        Kind::Time(range) => time(text, range, is_hidden),
        Kind::Bytes => size(text, false, is_hidden),
        Kind::Memory => size(text, true, is_hidden),
        Kind::Enum(values) => one_of(text, values),
        _ => None,
    }
}

/// The ends of `1..5`, `1..` or nothing.
fn ends(range: &str) -> (Option<&str>, Option<&str>) {
    let (from, to) = range.split_once("..").unwrap_or_default();
    (Some(from).filter(|it| !it.is_empty()), Some(to).filter(|it| !it.is_empty()))
}

fn within(range: &str) -> String {
    match ends(range) {
        (Some(from), Some(to)) => format!("write a number from {from} to {to}"),
        (Some(from), None) => format!("write a number from {from} on"),
        (None, Some(to)) => format!("write a number up to {to}"),
        (None, None) => "write a number".to_owned(),
    }
}

fn number(text: &str, range: &str, least: i64, most: i64) -> Option<(String, String)> {
    // How other notations of YAML arrive is not known.
    if text.contains('_') || text.starts_with("0x") || text.starts_with("0o") || !text.is_ascii() {
        return None;
    }
    let Ok(number) = text.parse::<i64>() else {
        let is_large =
            text.trim_start_matches(['-', '+']).bytes().all(|it| it.is_ascii_digit()) && text.len() > 18;
        let what = if is_large { "too large a number" } else { "no whole number" };
        return Some((what.to_owned(), within(range)));
    };
    let (from, to) = ends(range);
    let least = from.and_then(|it| it.parse().ok()).unwrap_or(least);
    let most = to.and_then(|it| it.parse().ok()).unwrap_or(most);
    beyond(number < least, number > most, &least.to_string(), &most.to_string(), range)
}

fn beyond(is_less: bool, is_more: bool, least: &str, most: &str, range: &str) -> Option<(String, String)> {
    let what = match (is_less, is_more) {
        (true, _) => format!("less than {least}"),
        (_, true) => format!("more than {most}"),
        _ => return None,
    };
    Some((what, within(range)))
}

fn float(text: &str, range: &str) -> Option<(String, String)> {
    // Java has more notations than these.
    let plain = text.trim();
    let Ok(number) = plain.parse::<f64>() else {
        let bare = plain.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(plain);
        let is_javas = bare.parse::<f64>().is_ok()
            || plain.contains(['x', 'X']) && plain.contains(['p', 'P'])
            || matches!(plain, "NaN" | "Infinity" | "-Infinity" | "+Infinity");
        return (!is_javas).then(|| ("no number".to_owned(), within(range)));
    };
    let (from, to) = ends(range);
    let is_less = from.is_some_and(|it| it.parse().is_ok_and(|from: f64| number < from));
    let is_more = to.is_some_and(|it| it.parse().is_ok_and(|to: f64| number > to));
    beyond(is_less, is_more, from.unwrap_or_default(), to.unwrap_or_default(), range)
}

/// In billionths of a second.
fn nanoseconds(text: &str) -> Option<i128> {
    if text == "-1" {
        return Some(-1_000_000);
    }
    if !text.is_empty() && text.bytes().all(|it| it == b'0') {
        return Some(0);
    }
    let (unit, factor) = UNITS.into_iter().find(|(unit, _)| text.ends_with(unit))?;
    let number: i64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    Some(i128::from(number) * factor)
}

fn time(text: &str, range: &str, is_hidden: impl FnOnce() -> bool) -> Option<(String, String)> {
    let plain = text.trim().to_ascii_lowercase();
    let units = || UNITS.map(|(unit, _)| unit).join(", ");
    let Some(nanoseconds) = nanoseconds(&plain) else {
        let is_bare = plain.bytes().all(|it| it.is_ascii_digit());
        let sample = if !is_bare || is_hidden() { "30" } else { plain.as_str() };
        let (what, write) = if is_bare && !plain.is_empty() {
            ("a time without a unit", "a unit")
        } else {
            ("no time", "a whole number with a unit")
        };
        return Some((
            what.to_owned(),
            format!("write {write}, for instance `{sample}s`; there are {}", units()),
        ));
    };
    let (least, most) = ends(range);
    let is_beyond = |end: Option<&str>, beyond: fn(&i128, &i128) -> bool| {
        let end = end.filter(|end| self::nanoseconds(end).is_some_and(|it| beyond(&nanoseconds, &it)))?;
        Some(end.to_owned())
    };
    match (is_beyond(least, i128::lt), is_beyond(most, i128::gt)) {
        (Some(least), _) => Some((format!("less than {least}"), format!("write at least `{least}`"))),
        (_, Some(most)) => Some((format!("more than {most}"), format!("write at most `{most}`"))),
        _ => None,
    }
}

fn size(text: &str, is_share: bool, is_hidden: impl FnOnce() -> bool) -> Option<(String, String)> {
    let plain = text.trim().to_ascii_lowercase();
    let is_number = |text: &str| text.trim().parse::<f64>().is_ok();
    let unit = SIZES.into_iter().find(|unit| plain.ends_with(unit));
    let is_size = matches!(plain.as_str(), "-1" | "0")
        || unit.and_then(|unit| plain.strip_suffix(unit)).is_some_and(is_number)
        || (is_share && plain.strip_suffix('%').is_some_and(is_number));
    if is_size {
        return None;
    }
    let share = if is_share { ", or a share, `10%`" } else { "" };
    let (what, sample) = match is_number(&plain) {
        true if is_hidden() => ("a size without a unit", "10"),
        true => ("a size without a unit", plain.as_str()),
        false => ("no size", "10"),
    };
    Some((
        what.to_owned(),
        format!("write a unit, for instance `{sample}mb`{share}; there are b, kb, mb, gb, tb, pb"),
    ))
}

fn one_of(text: &str, values: &str) -> Option<(String, String)> {
    let is_it = |value: &str| value.eq_ignore_ascii_case(text.trim());
    // YAML may have read another spelling of a boolean before.
    let may_be_boolean = values.contains("true") && super::kinds::is_yaml_boolean(text);
    (!values.split(',').any(is_it) && !may_be_boolean)
        .then(|| ("none of its values".to_owned(), format!("there are {}", values.replace(',', ", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_parsers_refuse() {
        for (kind, good, refused) in [
            ("int", "0 -1 +5 010 2147483647 1_000 0x10", "x 1.5 5s 2147483648 99999999999999999999"),
            ("int(1..8)", "1 8", "0 9 -1"),
            ("long(1..)", "1 9223372036854775807", "0 x"),
            ("float(0.0..1.0)", "0 1 0.5 1e-1 0.5f NaN", "x -0.1 1.1 5s"),
            ("time", "0 -1 10s 10S 5m 1d 0ms 100nanos", "10 x 1.5s 10w -2 s"),
            ("time(1s..)", "1s 1000ms 2m", "0 999ms -1 0s"),
            ("time(0ms..5m)", "0 5m 300s", "-1 6m 301s"),
            ("bytes", "0 -1 1b 1kb 1.5MB 10g", "10 x 50% mb"),
            ("memory", "0 10% 1gb 12.5%", "10 x %"),
            ("enum(all,none)", "all NONE", "any x"),
        ] {
            let kind = Kind::parse(kind).unwrap();
            for text in good.split(' ') {
                assert_eq!(check(kind, text, || false), None, "{kind:?} {text}");
            }
            for text in refused.split(' ') {
                assert!(check(kind, text, || false).is_some(), "{kind:?} {text}");
            }
        }
    }
}
