use super::*;
use crate::events::read_any;

/// What the parser gives, and whether it was not needed.
fn compare(text: &str) -> bool {
    let (mut plain, mut parsed) = (Vec::new(), Vec::new());
    let Some(read) = read(text, &mut |entry| plain.push(format!("{entry:?}"))) else {
        assert!(plain.is_empty(), "{text:?}");
        return false;
    };
    let result = read_any(text, &mut |entry| parsed.push(format!("{entry:?}")));
    assert_eq!(format!("{read:?}"), format!("{result:?}"), "{text:?}");
    assert!(matches!(result, Ok(()) | Err(Refusal::SecondDocument { .. })), "{text:?}: {result:?}");
    assert_eq!(plain, parsed, "{text:?}");
    true
}

const READ: [&str; 15] = [
    "a: 1\n",
    "---  # x\n\n# y\na: b c#d:e  # f\n  # g\nb: \"x'y: #\"\n'c d': 'z' #\n\n",
    "a:\nb:\n  c:\n    d: e\n  f: g\nh:\n",
    "a:\n- 1\n-\n- b: c\n  d:\n  - e\n- - f\n  - -g\n-\n  h: i\nj:\n  - k\n  -   l: m\n      n: o\n",
    "- a\n-   \n- # x\n- b\n",
    "  a: 1\n  b:\n    text\n",
    "a: [x, \"y z\", -w, a=b:c, {}, [ ], {k: v, 'l' : w}]\n",
    "a: [x, \"y z\", -w, a=b:c, {}, [ ], {k: v, 'l': [w, x]}] # y\nb: {}\n",
    "a: |\n  one\n   two\n\n  three \n\n\nb: |-\n    x\n  \n      \n    y\n\nc: |+\n  z\n\n\n# d\n- x\n",
    "a: |\n  one\n   two\n\n  three \n\n\nb: |-\n    x\n  \n      \n    y\n\nc: |+\n  z\n\n\n# d\n",
    "a:\n- |\n one\n\ttwo\n- |\n\n    \n  x\ne: |\nf: |+\n\n\ng: é – „x“ 漢字\n",
    "a: {b: {c: [d]}}\ne: ~\n",
    "a: 1\nb:\n  - c:\n---\nb: 2\n",
    "---\n- a\n# x\n\n--- # y\n",
    "a: |\n  one\n--- |\n  two\n",
];

#[test]
fn what_is_plain_needs_no_parser() {
    for (text, is_read) in READ
        .iter()
        .zip([true, true, true, true, true, true, false, true, false, true, false, true, true, true, true])
    {
        assert_eq!(compare(text), is_read, "{text}");
    }
    for text in [
        "",
        "# a\n",
        "a: 1",
        "a\n",
        "a: b: c\n",
        "a: b\n  c\n",
        "a: - b\n",
        "a: &x 1\n",
        "a: *x\n",
        "a: !t 1\n",
        "? a\n",
        "a: >\n  b\n",
        "a: |2\n   b\n",
        "a: \"\\n\"\n",
        "a: 'b''c'\n",
        "a: \"b\n  c\"\n",
        "a: [b,\n  c]\n",
        "a: [b, ]\n",
        "a: {b}\n",
        "a: [b: c]\n",
        "a: 1\r\nb: 2\n",
        "a:\tb\n",
        "a: 1\n---b: 2\n",
        "---\n---\na: 1\n",
        "a: 1\n...\n",
        "%YAML 1.1\n---\na: 1\n",
        "\u{FEFF}a: 1\n",
        "a: \u{85}\n",
        "a: \u{2028}\n",
        "a: 1\n b: 2\n",
        "  a: 1\nb: 2\n",
        "- a\nb: 1\n",
        "a: 1\n- b\n",
    ] {
        assert!(!compare(text), "{text}");
    }
}

/// Pieces of YAML in any order: whatever is read without the parser is what the parser reads.
#[test]
fn nothing_is_read_in_another_way() {
    const PIECES: [&str; 48] = [
        "a", "b c", "-", "- ", ":", ": ", "\n", "\n", "\n  ", "\n    ", "\n ", " ", "  ", "#", " # x", "|",
        "|-", "|+\n", "|\n  ", "\"", "'", "\"q\"", "'s'", "[", "]", "{", "}", ", ", ",", "key: ", "key:\n",
        "k: v\n", "- i\n", "?", "&", "*", "!", ">", "%", "@", "\t", "é", "\\", "---", "...", "~", "-x", ":x",
    ];
    let mut seed = 1_u64;
    let mut random = |most: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % most
    };
    let mut count = 0;
    let rounds = 20_000;
    for round in 0..rounds {
        // From nothing, or from something that is read, with a few changes.
        let mut text = if round % 3 == 0 { String::new() } else { READ[random(READ.len())].to_owned() };
        for _ in 0..=random(if text.is_empty() { 12 } else { 4 }) {
            let mut at = random(text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let mut end = (at + random(4)).min(text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            let piece = PIECES[random(PIECES.len())];
            text.replace_range(at..if random(2) == 0 { at } else { end }, piece);
        }
        text.push('\n');
        count += usize::from(compare(&text));
    }
    assert!(count > rounds / 20, "{count}");
}
