//! YAML that is well formed, and still not what a server takes for settings: every generation reads one mapping of names to
//! values, and resolves no alias.

use crate::version::Version;
use diagnostics::{Finding, Span};
use template::{Misplaced, Setting, Settings};

/// A document that is no mapping, and aliases.
pub(super) fn check(settings: &Settings, version: Version) -> Vec<Finding> {
    let misplaced = settings.misplaced.iter().map(|(what, span)| misplaced(*what, span, version));
    let of_setting = |setting: &Setting| -> Vec<Finding> {
        setting.aliases.iter().map(|span| alias(setting, span, version)).collect()
    };
    misplaced.chain(settings.entries.iter().flat_map(of_setting)).collect()
}

fn misplaced(what: Misplaced, span: &Span, version: Version) -> Finding {
    let (message, fix) = match what {
        Misplaced::List => (
            "this file is a list, not settings",
            "write each setting as `name: value`, without `- ` before it and brackets around it",
        ),
        Misplaced::Text => (
            "this file is a text, not settings",
            "write each setting as `name: value`, with a blank after the colon",
        ),
        Misplaced::Null => (
            "this document is nothing, not settings",
            "write settings into it, or remove it: an empty file and one of comments are fine",
        ),
        Misplaced::AliasKey => ("an alias stands for the name of a setting", "write the name itself"),
        Misplaced::CollectionKey => (
            "a list or a mapping stands for the name of a setting",
            "write a name, or put the whole value in quotes; `{{ }}` of Helm or Jinja has to be rendered before",
        ),
    };
    let help = format!("{} refuses to start; {fix}", version.name());
    Finding::error("settings/shape", message).at(span.clone()).help(help)
}

fn alias(setting: &Setting, span: &Span, version: Version) -> Finding {
    let server = version.name();
    let name = written(span).filter(|_| !setting.secret && !span.is_secret());
    let message = match name {
        Some(name) => format!("`{name}` is an alias, and {server} resolves none"),
        None => format!("`{}` has an alias, and {server} resolves none", setting.shown_key()),
    };
    let text = match name {
        Some(name) => format!("the text `{}`", name.trim_start_matches('*')),
        None => "its name as a text".to_owned(),
    };
    let fix = if setting.key == "<<" || setting.key.ends_with(".<<") {
        "write the settings themselves here: `<<` is an ordinary name".to_owned()
    } else {
        match name {
            Some(name) => format!("write the value itself, or `\"{name}\"` where the star is part of it"),
            None => "write the value itself, or put it in quotes where the star is part of it".to_owned(),
        }
    };
    setting
        .finding(Finding::error("settings/alias", message))
        .at(span.clone())
        .help(format!("it reads {text} instead; {fix}"))
}

/// The alias, where it is short enough to help.
fn written(span: &Span) -> Option<&str> {
    let range = span.range.start as usize..span.range.end as usize;
    span.source.text.get(range).filter(|text| text.len() <= 100 && !text.contains(['`', '"']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::of_file;

    fn found(text: &str) -> Vec<String> {
        let two = Version::elasticsearch(2, 3, 4);
        let findings = check(&of_file(text, &[]), two);
        let reported = |finding: &Finding| {
            let place = finding.location().unwrap();
            let help = finding.help.as_deref().unwrap();
            format!("{} {}:{} {}; {help}", finding.code, place.line, place.column, finding.message)
        };
        findings.iter().map(reported).collect()
    }

    #[test]
    fn a_document_that_is_no_mapping() {
        let list = "this file is a list, not settings; Elasticsearch 2.3.4 refuses to start; write each setting as \
                    `name: value`, without `- ` before it and brackets around it";
        let text = "this file is a text, not settings; Elasticsearch 2.3.4 refuses to start; write each setting as \
                    `name: value`, with a blank after the colon";
        let null = "this document is nothing, not settings; Elasticsearch 2.3.4 refuses to start; write settings into \
                    it, or remove it: an empty file and one of comments are fine";
        for (written, place, expected) in [
            ("- a\n- b\n", "1:1", list),
            ("# c\n[a, {b: c}]\n", "2:1", list),
            ("[]\n", "1:1", list),
            ("cluster.name:example\n", "1:1", text),
            ("\"a: b\"\n", "1:1", text),
            ("--- |\n  a: b\n", "1:5", text),
            ("*nope\n", "1:1", text),
            ("42\n", "1:1", text),
            ("# c\n---\n# d\n", "2:1", null),
            ("---\n...\n", "1:1", null),
            ("null\n", "1:1", null),
            ("--- ~\n", "1:5", null),
        ] {
            assert_eq!(found(written), [format!("settings/shape {place} {expected}")], "{written}");
        }
    }

    #[test]
    fn what_every_server_reads() {
        for written in [
            "",
            "\n\n",
            "# c\n",
            "\u{feff}",
            "{}\n",
            "---\na: b\n",
            "a: &x b\n",
            "a: [[b], {c: d}]\n",
            "!!map {a: b}",
        ] {
            assert_eq!(found(written), [""; 0], "{written}");
        }
    }

    #[test]
    fn aliases_are_texts() {
        assert_eq!(
            found("a: *nope\nb: [x, *nope]\n"),
            [
                "settings/alias 1:4 `*nope` is an alias, and Elasticsearch 2.3.4 resolves none; it reads the text `nope` \
                 instead; write the value itself, or `\"*nope\"` where the star is part of it",
                "settings/alias 2:8 `*nope` is an alias, and Elasticsearch 2.3.4 resolves none; it reads the text `nope` \
                 instead; write the value itself, or `\"*nope\"` where the star is part of it",
            ]
        );
        // Also those that YAML itself would resolve, and those that lead into themselves.
        for (written, place) in [("a: &x 1\nb: *x\n", "2:4"), ("a: &x [*x]\n", "1:8"), ("&x\na: *x\n", "2:4")]
        {
            let found = found(written);
            assert_eq!(found.len(), 1, "{written}");
            assert!(found[0].starts_with(&format!("settings/alias {place} `*x` is an alias")), "{found:?}");
        }
        assert_eq!(
            found("a: &x {b: c}\nd:\n  <<: *x\n"),
            [
                "settings/alias 3:7 `*x` is an alias, and Elasticsearch 2.3.4 resolves none; it reads the text `x` instead; \
              write the settings themselves here: `<<` is an ordinary name"
            ]
        );
        assert_eq!(
            found("x.password: *hunter2\n"),
            [
                "settings/alias 1:13 `x.password` has an alias, and Elasticsearch 2.3.4 resolves none; it reads its name as \
              a text instead; write the value itself, or put it in quotes where the star is part of it"
            ]
        );
        let key = "settings/shape 1:3 a list or a mapping stands for the name of a setting; Elasticsearch 2.3.4 refuses to \
                   start; write a name, or put the whole value in quotes; `{{ }}` of Helm or Jinja has to be rendered before";
        assert_eq!(found("? [a]\n: b\n"), [key]);
        assert_eq!(
            found("a: &x b\n*x : c\n"),
            [
                "settings/shape 2:1 an alias stands for the name of a setting; Elasticsearch 2.3.4 refuses to start; write \
              the name itself"
            ]
        );
    }
}
