use std::ops::Range;

use super::line::{holds_secret, lines_of};
use super::*;
use diagnostics::{Source, Span};

#[test]
fn lines_with_secrets() {
    for line in [
        "password: hunter2",
        "a: {secret: x, b: ${C}}",
        "db.token = x ${A}",
        "k: ${DB_PASSWORD:-hunter2}",
        "k: ${A:-${DB_PASSWORD:-hunter2}}",
        "secure_password: \"pre${A}\"",
        "password: ${A:-hunter2}",
        "-Dx.trustStorePassword hunter2",
        "--token hunter2",
        "<password>hunter2</password>",
        "a: http://u:hunter2@h/ ${A}",
        "password: ${hunter 2}",
        "password: $${hunter2}",
        "# the password is hunter2",
    ] {
        assert!(holds_secret(line), "{line}");
    }
    for line in [
        "password: ${DB_PASSWORD}",
        "password: \"$<DB_PASSWORD>\"",
        "k: v ${A}",
        "cluster.name: x",
        "${",
        "path: /mnt/secrets/${A}",
        "path: [/mnt/secrets, /b]",
        "a: http://${U}:${P}@h/",
        "the token",
    ] {
        assert!(!holds_secret(line), "{line}");
    }
}

/// The text with `|` for each line that may be shown, and `-` for each that may not.
fn shown(text: &str, format: Format) -> String {
    let source = Source::new("f", text, format.secrets());
    let is_shown =
        |line: Range<usize>| Span::new(&source, line.start..line.start + 1).locate().excerpt.is_some();
    lines_of(text)
        .filter(|line| !line.is_empty())
        .map(|line| if is_shown(line) { '|' } else { '-' })
        .collect()
}

#[test]
fn only_what_belongs_to_the_value_is_hidden() {
    for (format, text, lines) in [
        (Format::Yaml, "a: 1\npassword: |\n  x\n  y\nb: 2\n", "|---|"),
        (Format::Yaml, "a:\n  password: x\n  b: 2\nc:\n  tokens:\n  - x\n  - y\n  d: e\n", "|-||---|"),
        (Format::Yaml, "a: {password: \"x\n  y\", z: 1}\nb: 2\n", "--|"),
        (Format::Yaml, "auth:\n  secret:\n    a: x\n\n  # of c\n  c: d\n", "|--||"),
        (Format::Yaml, "a: &x\n  b: c\n  d: e\nsecret: *x\nf: g\n", "---||"),
        (Format::Yaml, "password: ${A}\npasswords: [${A}, '${B}']\nb: 2\n", "|||"),
        (Format::Yaml, "a: b # password: x\n# y\nc: d\n", "--|"),
        (Format::Yaml, "${A}: x\n${A_TOKEN}: x\nc: d\n", "|-|"),
        (Format::Yaml, "a: # password: \"x\n  y\"\nb: 2\n", "--|"),
        (Format::Yaml, "a: # password: |\n  y\nb: 2\n", "--|"),
        (Format::Yaml, "# don't show the password: x\na: b\n", "-|"),
        (Format::Yaml, "path.data: /mnt/secrets/a\nb: c\n", "||"),
        (Format::Yaml, "a: [\npassword: x\n y\nb: 2\n", "|---"),
        (Format::Yaml, "b: c: d\npassword: x\n y\ne: f\n", "|--|"),
        (Format::Properties, "a = b\npassword = x\\\n  y\\\n  z\nc = d\n", "|---|"),
        (Format::Properties, "a.name = token\r\na.value = x\r\nb.name = c\r\nb.value = d\r\n", "|-||"),
        (Format::JvmOptions, "-Da=b\n-Dpassword\nx\n8:-Dc=d\n-Dpassword=x\n", "||-|-"),
        (Format::Policy, "// password\n// x\ngrant {\n/* secret\nx */ };\ngrant \"/*\"; // */\n", "|-|--|"),
        (Format::Policy, "permission a.CredentialPermission \"x\", \"read\";\n", "|"),
        (Format::Text, "a b\npassword\nx\nc: d\n", "||-|"),
        (Format::Text, "password='x\ny' z\nc: d\n", "--|"),
    ] {
        assert_eq!(shown(text, format), lines, "{text:?}");
    }
}

/// A value is as secret where a placeholder gives it, and what stands beside it is not.
#[test]
fn places_in_secrets() {
    let text = "a: {password: \"${A}\", b: c, token: d}\n";
    let source = Source::new("f", text, Format::Yaml.secrets());
    let is_secret = |piece: &str| {
        let at = text.find(piece).unwrap();
        Span::new(&source, at..at + piece.len()).is_secret()
    };
    assert_eq!(["${A}", "c", "d}"].map(is_secret), [true, false, true]);
}

/// Each of these would take minutes if every name were looked at together with all that follows it.
#[test]
fn long_texts_take_one_pass() {
    for piece in
        ["key/", "key ", "key: ", "key: ${A} ", "-----BEGIN ", "://a ", "token: \"", "/* key", "${A", "key\\"]
    {
        let text = piece.repeat(20_000);
        for format in [Format::Yaml, Format::Text, Format::Properties, Format::JvmOptions, Format::Policy] {
            let _ = format.secrets()(&text);
            let _ = format.secrets()(&text.replace(' ', "\n"));
        }
    }
}
