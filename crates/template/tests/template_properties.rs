//! Properties of templates: whatever a value holds, two YAML readers that share no code with each other see the
//! template's structure and exactly the intended texts.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use diagnostics::Levels;
use std::collections::HashMap;

use proptest::prelude::*;
use template::Environment;
use template::{Format, Template};

const FORMATS: [Format; 6] = [
    Format::Elasticsearch,
    Format::Yaml,
    Format::Text,
    Format::Properties,
    Format::JvmOptions,
    Format::Policy,
];

/// One event of a YAML text, as far as structure goes.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Scalar { text: String, plain: bool, tagged: bool },
    Alias,
    Sequence,
    Mapping,
    End,
}

/// A reader of YAML 1.2.
fn read_saphyr(text: &str) -> Result<Vec<Node>, String> {
    use saphyr_parser::{Event, Parser, ScalarStyle};
    let mut nodes = Vec::new();
    for event in Parser::new_from_str(text) {
        nodes.push(match event.map_err(|error| error.to_string())?.0 {
            Event::Scalar(text, style, _, tag) => Node::Scalar {
                text: text.into_owned(),
                plain: style == ScalarStyle::Plain,
                tagged: tag.is_some(),
            },
            Event::Alias(_) => Node::Alias,
            Event::SequenceStart(..) => Node::Sequence,
            Event::MappingStart(..) => Node::Mapping,
            Event::SequenceEnd | Event::MappingEnd => Node::End,
            _ => continue,
        });
    }
    Ok(nodes)
}

/// A reader of YAML 1.1, of the family that old Elasticsearch versions use.
fn read_libyaml(text: &str) -> Result<Vec<Node>, String> {
    use libyaml_safer::{EventData, Parser, ScalarStyle};
    // This reader gives up on a block scalar at the end of a text without a line end.
    let text = if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
    let mut input = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    let mut nodes = Vec::new();
    for event in parser {
        nodes.push(match event.map_err(|error| error.to_string())?.data {
            EventData::Scalar { value, style, tag, .. } => {
                Node::Scalar { text: value, plain: style == ScalarStyle::Plain, tagged: tag.is_some() }
            }
            EventData::Alias { .. } => Node::Alias,
            EventData::SequenceStart { .. } => Node::Sequence,
            EventData::MappingStart { .. } => Node::Mapping,
            EventData::SequenceEnd | EventData::MappingEnd => Node::End,
            _ => continue,
        });
    }
    Ok(nodes)
}

fn all(text: &str, holds: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(holds)
}

/// Whether a reader of YAML 1.1 or 1.2 takes the plain text for anything but a string.
fn is_not_a_string(text: &str) -> bool {
    let words =
        ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "<<", "=", ".inf", ".nan"];
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if words.contains(&text.to_lowercase().as_str())
        || [".inf", ".nan"].contains(&unsigned.to_lowercase().as_str())
    {
        return true;
    }
    for (prefix, digits) in [("0x", "0123456789abcdefABCDEF_"), ("0o", "01234567_"), ("0b", "01_")] {
        if unsigned.strip_prefix(prefix).is_some_and(|rest| all(rest, |character| digits.contains(character)))
        {
            return true;
        }
    }
    let digits = |text: &str| all(text, |character| character.is_ascii_digit() || character == '_');
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let number = match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            (whole.is_empty() || digits(whole))
                && (fraction.is_empty() || digits(fraction))
                && mantissa != "."
        }
        None => digits(mantissa),
    };
    if number
        && mantissa.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && exponent.is_none_or(digits)
    {
        return true;
    }
    // Base 60, with a point in the last part at most.
    let (sixty, fraction) = unsigned.rsplit_once('.').unwrap_or((unsigned, ""));
    if sixty.contains(':')
        && sixty.starts_with(|first: char| first.is_ascii_digit())
        && sixty.split(':').all(digits)
        && (fraction.is_empty() || digits(fraction))
    {
        return true;
    }
    let date: Vec<&str> = text.splitn(3, '-').collect();
    matches!(date.as_slice(), [year, month, _] if year.len() == 4 && digits(year) && month.len() <= 2 && digits(month))
}

/// What the contract says a value becomes where it is typed.
fn typed(value: &str) -> Option<String> {
    match value {
        "true" | "True" | "TRUE" => return Some("true".into()),
        "false" | "False" | "FALSE" => return Some("false".into()),
        "-0" => return None,
        _ => {}
    }
    let integer = value.parse::<i64>().is_ok_and(|number| number.to_string() == value);
    let decimal = value.contains('.')
        && value.chars().all(|character| character.is_ascii_digit() || "-.".contains(character))
        && value.parse::<f64>().is_ok_and(|number| number.to_string() == value);
    (integer || decimal).then(|| value.to_owned())
}

const NASTY: [&str; 58] = [
    "'", "\"", "\\", "\n", "\r", "\r\n", ": ", ":", " #", "#", "- ", "-", "[", "]", "{", "}", ",", "&", "*",
    "!", "|", ">", "%", "@", "`", "\t", " ", "  ", "\u{85}", "\u{2028}", "\u{2029}", "\u{feff}", "\0",
    "\u{7}", "\u{7f}", "\u{fffe}", "x", "1", ".", "0", "~", "null", "---", "...", "${", "$", "?", "<<", "=",
    "e", "é", "😀", "yes", "true", "False", "key: v", "\n- a", "\u{a0}",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::collection::vec(prop::sample::select(&NASTY[..]), 0..6).prop_map(|parts| parts.concat()),
        1 => any::<String>(),
        1 => "[-+]?[0-9_.:xe]{0,9}",
        1 => "(?i)true|false|yes|no|on|off|null|~|\\.inf|\\.nan|y|n|0o17|0x1f|2001-01-01",
    ]
}

/// Templates with a placeholder at every kind of place.
const TEMPLATES: [&str; 40] = [
    "k: ${A}\n",
    "k: ${A}",
    "k: $<A>  # ${A} stays\nz: 1\n",
    "k: a${A}b\n",
    "k: ${A}b\n",
    "k: a ${A}\n",
    "k: ${A}${A}\n",
    "k: ${A} ${B}\n",
    "k: '${A}'\n",
    "k: 'a ${A} it''s'\n",
    "k: \"${A}\"\n",
    "k: \"a\\t${A} \\\"b\"\n",
    "k: [${A}, b]\n",
    "k: [a${A}, '${B}', \"${A}\"]\n",
    "k: {a: ${A}, b: x${B}}\nz: 1\n",
    "k: [\n  ${A},  # c\n  ${B}\n  ]\n",
    "${A}: v\n",
    "x${A}: v\n",
    "? ${A}\n: v\n",
    "'${A}': v\n",
    "k: {${A}: v}\n",
    "k:\n  - ${A}\n  - x: ${B}\n    y: ${A}\n",
    "k:\n- ${A}\n- - ${B}\n",
    "k: |\n  ${A}\n  end\nz: 1\n",
    "k: |-\n  a ${A}\n",
    "k: |+\n  a ${A} b\n\nz: 1\n",
    "k: | # c ${A}\n  a\n   ${A}\nz: 1\n",
    "k: |2\n   ${A}\n  b\n",
    "k: >\n  ${A} a\n  b ${B}\n\n  c\nz: 1\n",
    "k: >-\n  a\n   ${A}\n  b\n",
    "k: a ${A}\n  b ${B}\nz: 1\n",
    "k: \"a ${A}\n  ${B} b\"\nz: 1\n",
    "k: 'a ${A}\n\n  ${B} b'\nz: 1\n",
    "a: &x ${A}\nb: *x\n",
    "a: !!str ${A}\nb: !t x${B}\n",
    "- ${A}\n- &y !!str ${B}\n",
    "${A}\n",
    "--- ${A}\n...\n",
    "k: ${A}\r\nl: |\r\n  ${B}\r\n  x\r\nz: 1\r\n",
    "k: ${U:-${A}}${E:+x}\nl: [$${A}, ${B}]\n",
];

fn render(format: Format, text: &[u8], environment: &[(&str, &str)]) -> Result<String, Vec<&'static str>> {
    let variables: Environment = environment.iter().copied().collect();
    let rendered =
        template::render(&Template { name: "t", bytes: text, format }, &variables, &Levels::default());
    match rendered.bytes {
        Some(bytes) => Ok(String::from_utf8(bytes).unwrap()),
        None => Err(rendered.findings.iter().map(|finding| finding.code).collect()),
    }
}

/// Words that no template has, and that stay words wherever they stand.
// The ends differ, so that no text between two markers makes a third one.
const A: &str = "qjazk";
const B: &str = "qjbzk";

/// Compares what a reader sees with what it sees when the values are words.
fn same_structure(template: &str, words: &[Node], found: &[Node], a: &str, b: &str) -> Result<(), String> {
    if words.len() != found.len() {
        return Err(format!("{template:?}: {} nodes, not {}: {found:?}", found.len(), words.len()));
    }
    for (word, node) in words.iter().zip(found) {
        match (word, node) {
            (Node::Scalar { text: before, plain: was_plain, tagged }, Node::Scalar { text, plain, .. }) => {
                let intended: String = before
                    .split(A)
                    .map(|part| part.split(B).collect::<Vec<_>>().join(b))
                    .collect::<Vec<_>>()
                    .join(a);
                if *before == intended && before == text {
                    continue;
                }
                let whole = *was_plain && !tagged && (before == A || before == B);
                let spelled = typed(&intended).filter(|_| whole && *plain);
                if spelled.as_ref() == Some(text) {
                    continue;
                }
                if *text != intended {
                    return Err(format!("{template:?}: {text:?}, not {intended:?}"));
                }
                if *plain && !tagged && is_not_a_string(text) {
                    return Err(format!("{template:?}: {text:?} is no string"));
                }
            }
            (left, right) if left == right => {}
            (left, right) => return Err(format!("{template:?}: {right:?}, not {left:?}")),
        }
    }
    Ok(())
}

fn check(template: &str, a: &str, b: &str, must_render: bool) -> Result<(), String> {
    let environment = |a, b| [("A", a), ("B", b), ("E", "")];
    let Ok(words) = render(Format::Yaml, template.as_bytes(), &environment(A, B)) else { return Ok(()) };
    let text = match render(Format::Yaml, template.as_bytes(), &environment(a, b)) {
        Ok(text) => text,
        Err(codes)
            if must_render
                || codes
                    .iter()
                    .any(|code| *code != "template/unsafe-value" && *code != "template/structure") =>
        {
            return Err(format!("{template:?}: refused, {codes:?}"));
        }
        Err(_) => return Ok(()),
    };
    let comment = |what: String| format!("{what}\n--- rendered\n{text:?}");
    let (Ok(words_1), found_1) = (read_libyaml(&words), read_libyaml(&text)) else { return Ok(()) };
    same_structure(template, &words_1, &found_1.map_err(comment)?, a, b)
        .map_err(|what| comment(format!("1.1: {what}")))?;
    // What the second reader does not read with words either is no case for it.
    let (Ok(words_2), found_2) = (read_saphyr(&words), read_saphyr(&text)) else { return Ok(()) };
    if words_1 != words_2 {
        return Ok(());
    }
    // After a quoted text, not after a plain one, this reader asks for a `]` that is indented.
    if !must_render && matches!(&found_2, Err(error) if error.contains("invalid indentation")) {
        return Ok(());
    }
    same_structure(template, &words_2, &found_2.map_err(comment)?, a, b)
        .map_err(|what| comment(format!("1.2: {what}")))
}

/// Pieces of which templates, good and bad, are made.
const PIECES: [&str; 62] = [
    "${A}",
    "$<B>",
    "${A-x}",
    "${U:-${B}}",
    "${A+y}",
    "$${A}",
    "${",
    "$<",
    "}",
    ">",
    "${a.b}",
    "${A",
    "k: ",
    "l: ",
    ": ",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    "\n",
    "\r\n",
    " ",
    "'",
    "\"",
    "''",
    "\\",
    "\\n",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "|\n  ",
    ">\n  ",
    "|+\n ",
    "|2-\n  ",
    "&x ",
    "*x",
    "!!str ",
    "!t ",
    "# c ",
    " #",
    "#",
    "\t",
    "a",
    "b c",
    "1",
    "~",
    "---\n",
    "...\n",
    "%",
    "? ",
    "é",
    "\u{2028}",
    "\u{feff}",
    "x: y\n",
    "m:\n  n: ",
    "z: 1\n",
    "\"a b\"",
    "=",
    "@",
    "-",
];

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..14).prop_map(|parts| parts.concat())
}

fn cases(count: u32) -> ProptestConfig {
    let wanted = option_env!("TEMPLATE_CASES").and_then(|text| text.parse().ok());
    ProptestConfig { cases: wanted.unwrap_or(count), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn no_value_changes_structure(a in value(), b in value()) {
        for template in TEMPLATES {
            prop_assert_eq!(check(template, &a, &b, true), Ok(()));
        }
    }
}

proptest! {
    #![proptest_config(cases(4000))]

    #[test]
    fn no_value_changes_the_structure_of_any_template(template in pieces(), a in value(), b in value()) {
        // Readers do not agree on a block scalar without a line end.
        let template = format!("{template}\n");
        prop_assert_eq!(check(&template, &a, &b, false), Ok(()));
    }

    #[test]
    fn nothing_panics(template in pieces(), bytes in prop::collection::vec(any::<u8>(), 0..40), a in value()) {
        let variables: Environment = [("A", a.as_str()), ("B", "b")].into_iter().collect();
        for format in FORMATS {
            for bytes in [template.as_bytes(), &bytes, &[template.as_bytes(), &bytes].concat()] {
                let template = Template { name: "t", bytes, format };
                let inspected = template::inspect(&template, &variables, &Levels::default());
                let rendered = template::render(&template, &variables, &Levels::default());
                prop_assert_eq!(&inspected.rendered.bytes, &rendered.bytes);
                prop_assert_eq!(&inspected.rendered.findings, &rendered.findings);
                template::referenced_names(&template);
                template::has_placeholders(&template);
            }
        }
    }

    /// The plain subset is what the `envsubst` crate does.
    #[test]
    fn the_plain_subset_is_envsubst(
        parts in prop::collection::vec(prop_oneof![Just("${A}".to_owned()), Just("${B}".to_owned()), "[a-z .:/-]{0,8}"], 0..12),
        a in "[^${}]{0,9}",
        b in "[a-z0-9]{0,9}",
    ) {
        let template = parts.concat();
        let map: HashMap<String, String> = [("A", &a), ("B", &b)].map(|(name, value)| (name.to_owned(), value.clone())).into();
        let expected = envsubst::substitute(template.as_str(), &map).unwrap();
        let rendered = render(Format::Text, template.as_bytes(), &[("A", &a), ("B", &b)]);
        prop_assert_eq!(rendered, Ok(expected.clone()));
        // In YAML the text is the same, behind the quotes.
        let quoted = format!("\"{template}\"\n");
        let rendered = render(Format::Yaml, quoted.as_bytes(), &[("A", &a), ("B", &b)]).unwrap();
        let read = read_libyaml(&rendered).unwrap();
        prop_assert_eq!(&read[0], &Node::Scalar { text: expected, plain: false, tagged: false });
    }
}
