use super::*;

fn first(text: &str) -> Option<(Kind, &str)> {
    Lexer::new(text).next(0).map(|token| (token.kind, &text[token.start..token.end]))
}

#[test]
fn parts_of_a_placeholder() {
    for (text, name, operator, word) in [
        ("a ${AB} b", "AB", Operator::Plain, ""),
        ("$<AB>", "AB", Operator::Plain, ""),
        ("${AB:-}", "AB", Operator::Default { colon: true }, ""),
        ("${AB-x}", "AB", Operator::Default { colon: false }, "x"),
        ("$<AB:?m ${x}>", "AB", Operator::Required { colon: true }, "m ${x}"),
        ("${AB?m}", "AB", Operator::Required { colon: false }, "m"),
        ("${AB:+${C}}", "AB", Operator::Alternative { colon: true }, "${C}"),
        ("${AB+c}", "AB", Operator::Alternative { colon: false }, "c"),
        ("${AB:c:d}", "AB", Operator::Legacy, "c:d"),
    ] {
        let token = Lexer::new(text).next(0).unwrap();
        let Kind::Value(form) = token.kind else { panic!("{text}: {token:?}") };
        assert_eq!((token.name(text), form.operator, &text[token.word()]), (name, operator, word), "{text}");
        assert_eq!((token.is_bare(), token.has_word()), (operator == Operator::Plain, !word.is_empty()));
        let (open, close) = token.brackets(text);
        let written = format!("{open}{name}{}{word}{close}", operator.symbol());
        assert_eq!(&text[token.start..token.end], written);
    }
}

#[test]
fn what_is_a_placeholder() {
    for (text, written) in [
        ("a ${A} b", "${A}"),
        ("a $<A> b", "$<A>"),
        ("${A:-b}c}", "${A:-b}"),
        ("${A:-{x}}c}", "${A:-{x}}"),
        ("$<A:-<x>>c>", "$<A:-<x>>"),
        ("${A:-${B:-c}}}", "${A:-${B:-c}}"),
        ("${A:-$<B>}", "${A:-$<B>}"),
        ("${A:-$${B}}", "${A:-$${B}}"),
        ("${A:default}", "${A:default}"),
        ("${A:}", "${A:}"),
        ("${A?}", "${A?}"),
        ("${A:?say $ or {x}}", "${A:?say $ or {x}}"),
    ] {
        assert!(matches!(first(text), Some((Kind::Value(_), found)) if found == written), "{text}");
    }
    for text in ["$A", "$5", "$(x)", "$$", "$", "{{x}}", "{A}", "a$"] {
        assert_eq!(first(text), None, "{text}");
    }
    assert_eq!(first("$${A} x"), Some((Kind::Escape, "$${A}")));
    assert_eq!(first("$$<A> x"), Some((Kind::Escape, "$$<A>")));
    assert_eq!(first("$${A"), Some((Kind::Escape, "$${")));
    assert_eq!(first("/${a.b-c}/"), Some((Kind::Reference, "${a.b-c}")));
    assert_eq!(first("${a.b:${C}}"), Some((Kind::Reference, "${a.b:${C}}")));
}

#[test]
fn what_is_none_and_why() {
    for (text, error) in [
        ("${}", SyntaxError::EmptyName),
        ("$<>", SyntaxError::EmptyName),
        ("${1}", SyntaxError::BadName),
        ("${1A}", SyntaxError::BadName),
        ("${ A }", SyntaxError::BadName),
        ("${A }", SyntaxError::BadName),
        ("$<a.b>", SyntaxError::BadName),
        ("${é}", SyntaxError::BadName),
        ("${A^^}", SyntaxError::CaseChange),
        ("${A,}", SyntaxError::CaseChange),
        ("${A/x/y}", SyntaxError::Replacement),
        ("${A#x}", SyntaxError::Strip),
        ("${A%%x}", SyntaxError::Strip),
        ("${#A}", SyntaxError::Length),
        ("${!A}", SyntaxError::Indirect),
        ("${A@Q}", SyntaxError::UnknownOperator),
        ("${A_${B}}", SyntaxError::ComputedName),
        ("${A:=x}", SyntaxError::Assignment),
        ("${A=x}", SyntaxError::Assignment),
        ("${A", SyntaxError::Unterminated),
        ("${A\n}", SyntaxError::Unterminated),
        ("${A:-x\r\n}", SyntaxError::Unterminated),
        ("${A:-{x}", SyntaxError::Unterminated),
        ("${", SyntaxError::Unterminated),
    ] {
        match first(text) {
            Some((Kind::Invalid(found, ..), _)) => assert_eq!(found, error, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn the_error_of_a_default_stands_where_it_is() {
    let token = Lexer::new("${A:-${1}}").next(0).unwrap();
    assert_eq!(token, Token { start: 0, end: 10, kind: Kind::Invalid(SyntaxError::BadName, 5, 9) });
}

#[test]
fn deep_nesting_ends() {
    let text = "${A:-".repeat(10_000);
    assert!(matches!(first(&text), Some((Kind::Invalid(SyntaxError::Unterminated, ..), _))));
    let text = format!("{}{}", "${A:-".repeat(100), "}".repeat(100));
    assert!(matches!(first(&text), Some((Kind::Invalid(..), _))));
}
