//! Templates: the shared vectors, and everything the README promises about placeholders.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use diagnostics::{Levels, Severity};
use serde_json::Value;
use template::Environment;
use template::{Format, Rendered, Template};

fn render(format: Format, text: &str, environment: &[(&str, &str)]) -> Rendered {
    let variables: Environment = environment.iter().copied().collect();
    template::render(&Template { name: "t", bytes: text.as_bytes(), format }, &variables, &Levels::default())
}

fn errors(rendered: &Rendered) -> usize {
    rendered.findings.iter().filter(|finding| finding.severity == Severity::Error).count()
}

mod vectors {
    use super::*;

    fn environment(case: &Value) -> Environment {
        let pairs = case["env"].as_object().unwrap();
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect()
    }

    /// A scalar as Elasticsearch's reader resolves it, as far as the vectors go: typed only where all readers agree.
    fn resolve(text: &str, plain: bool) -> Value {
        if !plain {
            return text.into();
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Value::Null,
            "true" => true.into(),
            "false" => false.into(),
            _ => match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(number), _) if number.to_string() == text => number.into(),
                (_, Ok(number)) if number.to_string() == text => number.into(),
                _ => text.into(),
            },
        }
    }

    /// Reads with saphyr, a reader of YAML 1.2 that shares no code with ours.
    pub(super) fn read(text: &str) -> Result<Value, String> {
        use saphyr_parser::{Event, Parser, ScalarStyle};
        enum Open {
            List(Vec<Value>),
            Map(serde_json::Map<String, Value>, Option<String>),
        }
        let mut stack: Vec<(Open, usize)> = Vec::new();
        let mut anchors: std::collections::HashMap<usize, Value> = std::collections::HashMap::new();
        let mut root = Value::Null;
        for event in Parser::new_from_str(text) {
            let (event, _) = event.map_err(|error| error.to_string())?;
            let mut done = match event {
                Event::Scalar(text, style, anchor, tag) => {
                    let key = matches!(stack.last(), Some((Open::Map(_, None), _)));
                    let plain = style == ScalarStyle::Plain && tag.is_none() && !key;
                    Some((resolve(&text, plain), anchor))
                }
                Event::Alias(anchor) => Some((anchors.get(&anchor).cloned().unwrap_or(Value::Null), 0)),
                Event::SequenceStart(anchor, _) => {
                    stack.push((Open::List(Vec::new()), anchor));
                    None
                }
                Event::MappingStart(anchor, _) => {
                    stack.push((Open::Map(serde_json::Map::new(), None), anchor));
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => match stack.pop().unwrap() {
                    (Open::List(items), anchor) => Some((items.into(), anchor)),
                    (Open::Map(map, _), anchor) => Some((map.into(), anchor)),
                },
                _ => None,
            };
            if let Some((value, anchor)) = done.take() {
                anchors.insert(anchor, value.clone());
                match stack.last_mut() {
                    None => root = value,
                    Some((Open::List(items), _)) => items.push(value),
                    Some((Open::Map(map, key), _)) => match key.take() {
                        None => *key = Some(value.as_str().unwrap_or("?").to_owned()),
                        Some(key) => {
                            map.insert(key, value);
                        }
                    },
                }
            }
        }
        Ok(root)
    }

    fn run(file: &str) {
        let cases: Value = serde_json::from_str(file).unwrap();
        let mut failures = Vec::new();
        for case in cases.as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let text = case["template"].as_str().unwrap();
            let format = match case["format"].as_str() {
                None => Format::Yaml,
                Some("elasticsearch.yml") => Format::Elasticsearch,
                Some(file) => Format::of_file_name(Some(file)),
            };
            let rendered = template::render(
                &Template { name: "t", bytes: text.as_bytes(), format },
                &environment(case),
                &Levels::default(),
            );
            let output = rendered.bytes.as_deref().map(|bytes| std::str::from_utf8(bytes).unwrap());
            let mut fail = |what: String| {
                failures.push(format!("{name}: {what}\n  {text:?}\n  {output:?}\n  {:?}", rendered.findings));
            };
            if case["expect_error"] == true {
                if output.is_some() || errors(&rendered) == 0 {
                    fail("should be refused".into());
                }
                if let Some(count) = case["expect_error_count"].as_u64()
                    && count != errors(&rendered) as u64
                {
                    fail(format!("{count} errors expected"));
                }
                continue;
            }
            let Some(output) = output else {
                fail("should be rendered".into());
                continue;
            };
            if let Some(expected) = case["expect_text"].as_str()
                && expected != output
            {
                fail(format!("expected {expected:?}"));
            }
            if let Some(expected) = case.get("expect_yaml") {
                let plain = output.strip_prefix('\u{feff}').unwrap_or(output);
                match read(plain) {
                    Ok(found) if found == *expected => {}
                    other => fail(format!("expected {expected}, read {other:?}")),
                }
                let loaded: Result<serde_yaml::Value, _> = serde_yaml::from_str(plain);
                if let Err(error) = loaded {
                    fail(format!("the other reader: {error}"));
                }
            }
        }
        assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
    }

    #[test]
    fn yaml() {
        run(include_str!("vectors/template-yaml.json"));
    }

    #[test]
    fn text() {
        run(include_str!("vectors/template-text.json"));
    }
}

#[test]
fn an_empty_file_is_fine() {
    for format in [Format::Elasticsearch, Format::Text, Format::Properties, Format::Policy] {
        assert_eq!(render(format, "", &[]).bytes.as_deref(), Some(&b""[..]));
    }
}

fn text(rendered: &Rendered) -> Option<&str> {
    rendered.bytes.as_deref().map(|bytes| std::str::from_utf8(bytes).unwrap())
}

#[test]
fn untouched_bytes_stay_and_touched_scalars_get_their_text() {
    let environment = [("A", "v"), ("N", "3"), ("E", ""), ("Q", "it's \"x\""), ("M", "l1\nl2"), ("C", "a,b")];
    let long = format!("k: {}${{A}}{}\n", "[".repeat(150), "]".repeat(150));
    for (template, expected) in [
        ("k: /x/${cluster.name}\n", "k: /x/${cluster.name}\n"),
        ("k: [${cluster.name}]\n", "k: [\"${cluster.name}\"]\n"),
        ("k: ${prompt.text}\n", "k: ${prompt.text}\n"),
        ("k: ${E:default}\n", "k: \"\"\n"),
        ("k: ${U:de:fault}\n", "k: de:fault\n"),
        ("k: $<U:-$<A>>\n", "k: v\n"),
        ("k: ${U:-{\"a\": 1}}\n", "k: \"{\\\"a\\\": 1}\"\n"),
        ("k: ${U-x #y}  # ${NOPE}\n", "k: \"x #y\"  # ${NOPE}\n"),
        ("k: \"${U:-a\\\"b}\"\n", "k: \"a\\\"b\"\n"),
        ("k: \"${U:-\\x41\\t}\"\n", "k: \"A\\t\"\n"),
        ("k: '${Q}'\n", "k: 'it''s \"x\"'\n"),
        ("k: '${M}'\n", "k: \"l1\\nl2\"\n"),
        ("k: |\n  ${M}\n  end", "k: |\n  l1\n  l2\n  end"),
        ("k: >-\n  a ${A}\n  b\n", "k: >-\n  a v\n  b\n"),
        ("a: b#${A}\n", "a: b#v\n"),
        ("a: [x, # ${NOPE}\n  ${N}]\n", "a: [x, # ${NOPE}\n  3]\n"),
        ("\u{feff}a: ${A}\r\n# ${B}\r\nb: ${N}", "\u{feff}a: v\r\n# ${B}\r\nb: 3"),
        ("a: &x !!str ${N}\nb: *x\n", "a: &x !!str \"3\"\nb: *x\n"),
        ("${A}: ${N}\n", "v: 3\n"),
        ("a:   ${N}   \n\n\n", "a:   3   \n\n\n"),
        ("a: ${N}\t# tab\n", "a: 3\t# tab\n"),
        ("a: \"#${A}\n  # ${A}\"\n", "a: \"#v\n  # v\"\n"),
        ("a: |\n  # ${A}\n  b\nc: 1 # d\n", "a: |\n  # v\n  b\nc: 1 # d\n"),
        (long.as_str(), &long.replace("${A}", "v")),
    ] {
        let rendered = render(Format::Yaml, template, &environment);
        assert_eq!(text(&rendered), Some(expected), "{template:?}: {:?}", rendered.findings);
    }
}

#[test]
fn what_is_refused_has_a_place_and_a_way_out() {
    use Format::{Elasticsearch, JvmOptions, Policy, Properties, Text, Yaml};
    let environment = [
        ("CLUSTER_NAME", "x"),
        ("LOOKUP", "${x}"),
        ("OPEN", "$"),
        ("QUOTE", "\""),
        ("LINES", "a\nb"),
        ("COMMENT", " # x"),
        ("ES_PORT", "tcp://10.0.0.1:9300"),
    ];
    for (format, template, code, line, column, end_column) in [
        (Yaml, "é: ${CLUSTER_NMAE}\n", "template/unset", 1, 4, 19),
        (Yaml, "a: b\nk: ${U:-${V}}\n", "template/unset", 2, 9, 13),
        (Yaml, "k: ${U:?needed}\n", "template/unset", 1, 4, 16),
        (Yaml, "k: ${A^^}\n", "template/syntax", 1, 4, 10),
        (Yaml, "k: ${A:=x}\n", "template/syntax", 1, 4, 11),
        (Yaml, "k: [${A\n]\n", "template/syntax", 1, 5, 8),
        (Yaml, "k: &${A} 1\n", "template/syntax", 1, 5, 9),
        (Yaml, "k: \"${U:-a\"b}\"\n", "template/syntax", 1, 10, 13),
        (Yaml, "a: b: c\n", "template/not-yaml", 1, 5, 6),
        (Yaml, "a: \"x\\", "template/not-yaml", 1, 4, 5),
        (Yaml, "a: \u{7}\n", "template/not-yaml", 1, 4, 5),
        (Yaml, "a: 1\n---\nb: ${CLUSTER_NAME}\n", "template/structure", 2, 1, 4),
        (Elasticsearch, "k: ${LOOKUP}\n", "template/unsafe-value", 1, 4, 13),
        (Elasticsearch, "k: ${OPEN}{x}\n", "template/unsafe-value", 1, 4, 11),
        (Elasticsearch, "k: ${ES_PORT}\n", "env/service-link", 1, 4, 14),
        (Properties, "k = ${LOOKUP}\n", "template/unsafe-value", 1, 5, 14),
        (Properties, "k = ${OPEN}{x}\n", "template/unsafe-value", 1, 5, 12),
        (JvmOptions, "-Dx=${LINES}\n", "template/unsafe-value", 1, 5, 13),
        (JvmOptions, "-Da\n ${U:-}${COMMENT}-Dx\n", "template/unsafe-value", 2, 8, 18),
        (Policy, "permission \"$<QUOTE>\"\n", "template/unsafe-value", 1, 13, 21),
        (Policy, "$<CLUSTER_NAME>\n", "template/syntax", 1, 1, 16),
        (Text, "x ${}\n", "template/syntax", 1, 3, 6),
        (Text, "x\0\n", "template/syntax", 1, 2, 3),
    ] {
        let rendered = render(format, template, &environment);
        assert_eq!(rendered.bytes, None, "{template:?}");
        assert_eq!(errors(&rendered), 1, "{template:?}: {:?}", rendered.findings);
        let finding = &rendered.findings[0];
        let place = finding.location().unwrap();
        assert_eq!(
            (finding.code, place.line, place.column, place.end_column),
            (code, line, column, end_column),
            "{template:?}: {finding:?}"
        );
        assert!(finding.help.is_some(), "{template:?}");
    }
    let rendered = render(Format::Yaml, "a:\n  b: ${CLUSTER_NMAE}\n", &environment);
    let finding = &rendered.findings[0];
    assert_eq!(finding.message, "variable `CLUSTER_NMAE` is not set");
    assert_eq!(
        finding.help.as_deref(),
        Some(
            "did you mean CLUSTER_NAME? otherwise set CLUSTER_NMAE, or give a default: `${CLUSTER_NMAE:-default}`"
        )
    );
    assert_eq!(finding.variable.as_deref(), Some("CLUSTER_NMAE"));
    assert_eq!(finding.setting.as_deref(), Some("a.b"));
    assert_eq!(finding.location().unwrap().excerpt.as_deref(), Some("  b: ${CLUSTER_NMAE}"));
}

#[test]
fn depth_and_size_have_limits() {
    let nested = |depth: usize| format!("k: {}${{A}}{}\n", "[".repeat(depth), "]".repeat(depth));
    assert!(render(Format::Yaml, &nested(199), &[("A", "v")]).bytes.is_some());
    let rendered = render(Format::Yaml, &nested(200), &[("A", "v")]);
    assert_eq!(rendered.findings[0].code, "template/structure");
    let large = "# x\n".repeat(template::LIMIT / 4 + 1);
    assert_eq!(render(Format::Yaml, &large, &[]).findings[0].code, "template/unreadable");
    let value = "x".repeat(100_000);
    let many = format!("k: {}", "${A}".repeat(400));
    for format in [Format::Yaml, Format::Text] {
        assert_eq!(render(format, &many, &[("A", &value)]).findings[0].code, "template/unsafe-value");
    }
}

#[test]
fn findings_show_no_value() {
    let marker = "s3cr3t-v4lue";
    let value = format!("{marker}\n\"${{x}},");
    let environment = [("A", value.as_str()), ("DB_PASSWORD", value.as_str())];
    for format in [Format::Elasticsearch, Format::Properties, Format::JvmOptions, Format::Policy] {
        for template in ["k: ${A}\n", "k: [${A}]\n", "\"$<A>\"\n", "p: ${DB_PASSWORD} ${U}\n", "${A}: ${A}\n"]
        {
            let rendered = render(format, template, &environment);
            assert!(!format!("{:?}", rendered.findings).contains(marker), "{format:?} {template:?}");
        }
    }
    let literal = format!(
        "db.password: {marker} ${{U}}\na: ${{DB_PASSWORD_2:-{marker}}}${{U}}\nx:\n  password: |\n    {marker}${{U}}\n"
    );
    let rendered = render(Format::Yaml, &literal, &[]);
    assert_eq!(errors(&rendered), 3);
    assert!(!format!("{:?}", rendered.findings).contains(marker), "{:?}", rendered.findings);
}

#[test]
fn stock_files_pass_unchanged() {
    let log4j = "appender.a.fileName = ${sys:es.logs.base_path}${sys:file.separator}${sys:es.logs.cluster_name}_server.json\n\
        appender.b.filePattern = ${sys:es.logs.base_path}${sys:file.separator}\\\n  ${sys:es.logs\\\n.cluster_name}-%d{yyyy-MM-dd}-%i.log.gz\n\
        a = ${bundle:x} $${date:yyyy} ${lower} ${X:lookup} ${unterminated\n";
    let rendered = render(Format::Properties, log4j, &[]);
    assert_eq!(text(&rendered), Some(log4j), "{:?}", rendered.findings);
    let logging = "es.logger.level: INFO\nrootLogger: ${es.logger.level}, console, file\nfile:\n  file: ${path.logs}/${cluster.name}.log\n  conversionPattern: \"[%d{ISO8601}][%-5p][%-25c] %.10000m%n\"\n";
    assert_eq!(text(&render(Format::Yaml, logging, &[])), Some(logging));
    let jvm = "-Djava.io.tmpdir=${ES_TMPDIR}\n";
    assert_eq!(text(&render(Format::JvmOptions, jvm, &[])), Some(jvm));
    for (format, body) in [(Format::Properties, log4j), (Format::Yaml, logging), (Format::JvmOptions, jvm)] {
        assert!(!template::has_placeholders(&Template { name: "t", bytes: body.as_bytes(), format }));
    }
    let latin = b"# caf\xe9 ${X}\na = ${X}\n";
    let variables: Environment = [("X", "\u{e9}")].into_iter().collect();
    let rendered = template::render(
        &Template { name: "t", bytes: latin, format: Format::Properties },
        &variables,
        &Levels::default(),
    );
    assert_eq!(rendered.bytes.as_deref(), Some(&b"# caf\xe9 ${X}\na = \\u00e9\n"[..]));
}

#[test]
fn settings_and_uses_are_gathered() {
    use template::Scalar;
    let variables: Environment = [("MIN", "2"), ("H", "h1")].into_iter().collect();
    let body = "discovery:\n  zen.minimum: ${MIN}\nhosts: [${H}, b]\nl:\n  - a: 1\nn:\nq: '${U:-yes}'\nbad: ${NOPE}\n";
    let template = Template { name: "t", bytes: body.as_bytes(), format: Format::Elasticsearch };
    let inspected = template::inspect(&template, &variables, &Levels::default());
    let found: Vec<(&str, &Scalar, Option<&str>, usize)> = inspected
        .settings
        .entries
        .iter()
        .map(|setting| {
            let column = setting.value_span.locate().column;
            (setting.key.as_str(), &setting.value, setting.variable(), column)
        })
        .collect();
    let scalar = |text: &str, quoted| Scalar::Text { text: text.to_owned(), quoted };
    assert_eq!(
        found,
        [
            ("discovery.zen.minimum", &scalar("2", false), Some("MIN"), 16),
            ("hosts", &Scalar::List, None, 9),
            ("l.0.a", &scalar("1", false), None, 8),
            ("n", &Scalar::Null, None, 3),
            ("q", &scalar("yes", true), Some("U"), 5),
            ("bad", &Scalar::Unknown, None, 6),
        ]
    );
    let hosts = &inspected.settings.entries[1];
    let items: Vec<(&str, usize)> =
        hosts.items.iter().map(|item| (item.text.as_str(), item.span.locate().column)).collect();
    assert_eq!(items, [("h1", 9), ("b", 15)]);
    // A key's place is its last part, as written.
    let keys: Vec<(usize, usize, usize)> = inspected
        .settings
        .entries
        .iter()
        .map(|setting| setting.key_span.locate())
        .map(|key| (key.line, key.column, key.end_column))
        .collect();
    assert_eq!(keys, [(2, 3, 14), (3, 1, 6), (5, 5, 6), (6, 1, 2), (7, 1, 2), (8, 1, 4)]);
    assert_eq!(inspected.uses.len(), 3);
    assert_eq!(inspected.rendered.findings.len(), 1);
    let names: Vec<String> = template::referenced_names(&template).into_iter().collect();
    assert_eq!(names, ["H", "MIN", "NOPE", "U"]);
}

/// A list may stand on the line of its name.
#[test]
fn the_line_of_a_list_with_a_secret_is_not_shown_for_its_name_either() {
    let hidden = |text: &str| {
        let template = Template { name: "t.yml", bytes: text.as_bytes(), format: Format::Yaml };
        let inspected = template::inspect(&template, &[("X", "1")].into_iter().collect(), &Levels::default());
        inspected.settings.entries[0].key_span.hidden
    };
    assert!(hidden("hosts: [a, \"${HOST_TOKEN:-b}\"]\n"));
    assert!(!hidden("hosts: [a, \"${X}\"]\n"));
}

/// Two placeholders in key position must not collapse into one key; only siblings count.
#[test]
fn a_value_never_makes_two_keys_one() {
    let render = |text: &str, pairs: &[(&str, &str)]| {
        let template = Template { name: "t.yml", bytes: text.as_bytes(), format: Format::Yaml };
        template::render(&template, &pairs.iter().copied().collect(), &Levels::default())
    };
    let same = render("x:\n  ${A}: 1\n  ${B}: 2\n", &[("A", "k"), ("B", "k")]);
    assert_eq!(same.bytes, None);
    let found: Vec<_> =
        same.findings.iter().map(|finding| (finding.code, finding.message.as_str())).collect();
    assert_eq!(found, [("template/structure", "a value makes two keys of one mapping the same")]);
    let place = same.findings[0].location().unwrap();
    assert_eq!((place.line, place.column, place.end_column), (3, 3, 7));
    for (text, pairs) in [
        ("${A}: 1\n${B}: 2\n", [("A", "k"), ("B", "l")]),
        ("x: {${A}: 1}\ny: {${B}: 2}\nz: [{${A}: 3}, {${B}: 4}]\n", [("A", "k"), ("B", "k")]),
        ("${A}: ${B}\n", [("A", "k"), ("B", "k")]),
    ] {
        assert!(render(text, &pairs).bytes.is_some(), "{text}");
    }
    assert_eq!(render("k: 1\n${A}: 2\n", &[("A", "k")]).bytes, None);
}

/// A variable that may have any value gives no text, no file and no finding, and takes its setting along.
#[test]
fn an_unknown_variable_is_no_mistake() {
    use template::{Content, Origin, Scalar, Variable};
    let mut variables: Environment = [("A", "a")].into_iter().collect();
    let unknown = Variable { content: Content::Unknown, origin: Origin::Process, secret: false };
    variables.set("U", unknown);
    let forms = [
        "${U}",
        "$<U>",
        "x-${U}",
        "'${U}'",
        "\"${U:-d}\"",
        "${U:+d}",
        "${U:?m}",
        "${NONE:-${U}}",
        "[a, \"${U}\"]",
    ];
    for form in forms {
        let body = format!("a: ${{A}}\nu: {form}\nb: c\n");
        let template = Template { name: "t", bytes: body.as_bytes(), format: Format::Elasticsearch };
        let inspected = template::inspect(&template, &variables, &Levels::default());
        assert_eq!(inspected.rendered.bytes, None, "{form}");
        assert_eq!(inspected.rendered.findings, [], "{form}");
        let settings = &inspected.settings;
        assert_eq!((settings.text("a"), settings.text("b")), (Some("a"), Some("c")), "{form}");
        let found = settings.get("u").unwrap();
        assert_eq!(found.value, Scalar::Unknown, "{form}");
        assert_eq!((found.elements(), found.is_set()), (vec![], form.starts_with("[a")), "{form}");
        let text = Template { format: Format::Properties, ..template };
        let inspected = template::inspect(&text, &variables, &Levels::default());
        assert_eq!((inspected.rendered.bytes, inspected.rendered.findings), (None, vec![]), "{form}");
    }
    // What is not asked for is not missed.
    let template = Template { name: "t", bytes: b"a: ${A:-${U}}\n", format: Format::Elasticsearch };
    let rendered = template::render(&template, &variables, &Levels::default());
    assert_eq!(rendered.bytes.as_deref(), Some(&b"a: a\n"[..]));
}
