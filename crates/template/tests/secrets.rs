//! Every place of a file with secrets can be where something is wrong: no line with a secret is shown for it.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeSet;

use diagnostics::{Levels, MessageFormat, Run};
use template::{Environment, Format, Template, inspect};

const MARK: &str = "SEKRIT";
const UNSET: &str = "${UNSET";

/// What the findings on a text show, in all forms.
fn shown(text: &str, format: Format) -> String {
    let template = Template { name: "t", bytes: text.as_bytes(), format };
    let environment = Environment::default();
    let inspected = inspect(&template, &environment, &Levels::default());
    let findings = &inspected.rendered.findings;
    [MessageFormat::Human, MessageFormat::Json, MessageFormat::Github, MessageFormat::Sarif]
        .map(|form| diagnostics::text(findings, form, false, &Run::default()))
        .concat()
}

const TEXTS: &[(Format, &str)] = &[
    (Format::Elasticsearch, "a: b\npassword: \"aaa\n  SEKRIT bbb\"\nc: [d, {e: f}]\n"),
    (Format::Elasticsearch, "a: b\npassword: 'aaa\n  SEKRIT\n  bbb'\nc: d\n"),
    (Format::Elasticsearch, "a: b\npassword: aaa\n  SEKRIT\nc:\n  d: e\n"),
    (Format::Elasticsearch, "a:\n  password: |\n    aaa\n    SEKRIT\n  b: c\nd: e\n"),
    (Format::Yaml, "a: {b: c, password: \"aaa\n  SEKRIT\", d: e}\nf: g\n"),
    (Format::Yaml, "a:\n- b\npasswords:\n- aaa\n- \"SEKRIT\"\nc:\n- d\n"),
    (Format::Yaml, "a: b\nauth:\n  secret:\n    c: SEKRIT\n    d: {e: SEKRIT}\nf: g\n"),
    (Format::Yaml, "a: {\n  \"b\": \"c\",\n  \"password\": \"SEKRIT\",\n  \"d\": \"e\"\n}\n"),
    (Format::Yaml, "a: b\nopts: >\n  -Dx.password\n  SEKRIT\nc: d\n"),
    (Format::Properties, "a = b\ndb.password = aaa \\\n  SEKRIT\nc = d\n"),
    (Format::JvmOptions, "-Da=b\n-Dx.password SEKRIT\n-Dc=d\n"),
    (Format::Text, "a b\npassword = \"aaa\nSEKRIT\"\nc d\n"),
    (Format::Policy, "// password:\n// SEKRIT\ngrant { permission a \"b\"; };\n"),
];

/// The bytes of the secret's name and of the mark: a change there makes another text of them.
fn names(text: &str) -> BTreeSet<usize> {
    let words = ["passwords", "password", "secret", "db.", "x.", MARK, "-D"];
    let mut names = BTreeSet::new();
    for word in words {
        for (at, _) in text.match_indices(word) {
            names.extend(at..=at + word.len());
        }
    }
    names
}

#[test]
fn wherever_something_is_wrong() {
    let inserted = [
        "${UNSET}", "${UNSET", "\t", "\"", "'", "[", "}", ": ", "\n", "\n  ", "\u{1}", "# ", "- ", "|", "*",
        "@",
    ];
    let mut leaks = BTreeSet::new();
    let mut texts = 0;
    for (format, text) in TEXTS {
        let names = names(text);
        let mut attack = |changed: String| {
            texts += 1;
            if shown(&changed, *format).contains(MARK) {
                leaks.insert(format!("{format:?} {changed:?}"));
            }
        };
        for at in 0..text.len() {
            attack(text[..at].to_owned());
            if names.contains(&at) {
                continue;
            }
            // There it would move a line to where it belongs to no secret.
            let indents = text[..at].rsplit('\n').next().unwrap_or("").trim().is_empty();
            for piece in inserted {
                if indents && (piece.contains(UNSET) || matches!(piece, "\n" | "\n  " | "- ")) {
                    continue;
                }
                attack(format!("{}{piece}{}", &text[..at], &text[at..]));
            }
            attack(format!("{}{}", &text[..at], &text[at + 1..]));
            // Something else may be wrong as well, further up or down.
            attack(format!("x: [\n{}${{UNSET}}{}", &text[..at], &text[at..]));
            attack(format!("{}${{UNSET}}{}\nx: ]\n", &text[..at], &text[at..]));
        }
    }
    assert!(texts > 6500, "{texts}");
    assert!(leaks.is_empty(), "{} of {texts}: {leaks:#?}", leaks.len());
}
