use super::*;

fn at(source: &Arc<Source>, start: usize, end: usize) -> (usize, usize, usize) {
    let location = Span::new(source, start..end).locate();
    (location.line, location.column, location.end_column)
}

#[test]
fn places_count_lines_and_characters() {
    let source = Source::new("f", "a\r\né€x ${A}\rb", Secrets::none);
    assert_eq!(at(&source, 10, 14), (2, 5, 9));
    assert_eq!(at(&source, 15, 16), (3, 1, 2));
    assert_eq!(at(&source, 3, 16), (2, 1, 9), "a range of several lines ends with its first");
    assert_eq!(at(&source, 3, 3), (2, 1, 2), "a place has at least one caret");
    assert_eq!(at(&source, 2, 4), (1, 2, 3), "a line end belongs to its line");
    assert_eq!(at(&source, 90, 91), (3, 2, 3), "what is behind the end is the end");
    assert_eq!(at(&Source::new("f", "", Secrets::none), 0, 1), (1, 1, 2));
}

#[test]
fn a_file_as_a_whole_has_no_width_and_no_excerpt() {
    let source = Source::new("f", "a: b\n", Secrets::none);
    let location = Span::of_whole(&source).locate();
    assert_eq!((location.line, location.column, location.end_column), (1, 1, 1));
    assert_eq!(location.excerpt, None);
    assert_eq!(Span::of_file("g").locate().file, "g");
}

#[test]
fn what_may_be_shown() {
    let find_secrets = |_: &str| {
        let mut secrets = Secrets::default();
        secrets.value(3..15);
        secrets
    };
    let source = Source::new("f", "a: secret\nmore\r\nopen\r\n", find_secrets);
    let excerpt =
        |start: usize, hidden: bool| Span::new(&source, start..start + 1).hide(hidden).locate().excerpt;
    assert_eq!([0, 4, 10].map(|start| excerpt(start, false)), [None, None, None]);
    assert_eq!(excerpt(17, false).as_deref(), Some("open"));
    assert_eq!(excerpt(17, true), None);
    assert_eq!(
        [0, 4, 17].map(|start| Span::new(&source, start..start + 1).is_secret()),
        [false, true, false]
    );
    let long = Source::new("f", "x".repeat(1001), Secrets::none);
    assert_eq!(Span::new(&long, 4..5).locate().excerpt, None, "it would help nobody");
    assert!(!format!("{source:?}").contains("open"));
}

#[test]
fn words_are_columns_and_never_shown() {
    let (source, ranges) = Source::of_words("<arguments>", ["a", "two\nlines", "ü"]);
    let last = Span::new(&source, ranges[2].clone()).locate();
    assert_eq!((last.line, last.column, last.end_column, last.excerpt), (1, 3, 4, None));
}

#[test]
fn lines_and_columns_become_bytes() {
    let source = Source::new("f", "é\r\nx€y", Secrets::none);
    for (line, column, byte) in [(1, 1, 0), (1, 2, 2), (2, 1, 4), (2, 3, 8), (2, 9, 9), (7, 1, 9)] {
        assert_eq!(source.offset(line, column), byte, "{line}:{column}");
    }
}

/// A ConfigMap whose value is a literal block.
#[test]
fn a_block_inside_another_text() {
    let outer = "data:\n  elasticsearch.yml: |\n    a: 1\n\n    é: ${B}\n    c: 3\n";
    let inner = "a: 1\n\né: ${B}\nc: 3\n";
    let outer = Source::new("cm.yaml", outer, Secrets::none);
    let outside = |line: usize, column: usize| to_offset(outer.offset(line, column));
    let map =
        Map::Block(vec![(0, outside(3, 5)), (5, outside(4, 1)), (6, outside(5, 5)), (14, outside(6, 5))]);
    let within = Within { source: Arc::clone(&outer), map };
    let source = Source::within(inner, Secrets::none, within);
    let location = Span::new(&source, 10..14).locate();
    assert_eq!((location.file.as_str(), location.line, location.column), ("cm.yaml", 5, 8));
    assert_eq!((location.end_column, location.excerpt.as_deref()), (12, Some("    é: ${B}")));
    assert_eq!(at(&source, 14, 15), (6, 5, 6));
    assert_eq!(at(&source, 17, 18), (6, 8, 9));
    let whole = Span::of_whole(&source).locate();
    assert_eq!((whole.line, whole.column, whole.end_column, whole.excerpt), (3, 5, 5, None));
    // Both texts have to allow it.
    let find_secrets = |text: &str| {
        let mut secrets = Secrets::default();
        secrets.value(text.find("${B}").unwrap_or(0)..text.find("\nc").unwrap_or(0));
        secrets
    };
    let within = source.within.clone().unwrap();
    let secret = Source::within(inner, find_secrets, within);
    assert_eq!(Span::new(&secret, 10..14).locate().excerpt, None);
    assert_eq!(Span::new(&secret, 15..16).locate().excerpt.as_deref(), Some("    c: 3"));
}

/// A value with escapes, or folded: only the scalar is known. Twice, as in a list of manifests inside a ConfigMap.
#[test]
fn a_scalar_inside_another_text() {
    let outer = Source::new("cm.json", "{\"data\": \"a: 1\\nb: 2\\n\"}", Secrets::none);
    let within = Within { source: outer, map: Map::Whole(9..23) };
    let source = Source::within("a: 1\nb: 2\n", Secrets::none, within);
    assert_eq!(at(&source, 8, 9), (1, 10, 24));
    let inner = Source::within("x", Secrets::none, Within { source, map: Map::Block(vec![(0, 5)]) });
    assert_eq!(at(&inner, 0, 1), (1, 10, 24));
}

/// A hundred thousand places on one line are counted in one pass: from the beginning for each would take minutes.
#[test]
fn a_long_line_is_counted_once() {
    let count = 100_000;
    let source = Source::new("f", "é${A}".repeat(count), Secrets::none);
    for index in 0..count {
        let at = index * 6 + 2;
        assert_eq!(Span::new(&source, at..at + 4).order().2, index * 5 + 2);
    }
}
