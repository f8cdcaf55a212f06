//! Templates: the shared vectors, and everything the README promises about placeholders.

use es_entrypoint::environment::Variables;
use es_entrypoint::finding::Severity;
use es_entrypoint::template::{self, Format, Rendered, Template};
use serde_json::Value;

fn render(format: Format, text: &str, environment: &[(&str, &str)]) -> Rendered {
    let variables: Variables = environment.iter().copied().collect();
    template::render(&Template { name: "t", bytes: text.as_bytes(), format }, &variables)
}

fn errors(rendered: &Rendered) -> usize {
    rendered.findings.iter().filter(|finding| finding.severity == Severity::Error).count()
}

mod vectors {
    use super::*;

    fn environment(case: &Value) -> Variables {
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
            let rendered =
                template::render(&Template { name: "t", bytes: text.as_bytes(), format }, &environment(case));
            let output = rendered.bytes.as_deref().map(|bytes| std::str::from_utf8(bytes).unwrap());
            let mut fail = |what: String| {
                failures.push(format!("{name}: {what}\n  {text:?}\n  {output:?}\n  {:?}", rendered.findings))
            };
            if case["expect_error"] == true {
                if output.is_some() || errors(&rendered) == 0 {
                    fail("should be refused".into());
                }
                if let Some(count) = case["expect_error_count"].as_u64() {
                    if count != errors(&rendered) as u64 {
                        fail(format!("{count} errors expected"));
                    }
                }
                continue;
            }
            let Some(output) = output else {
                fail("should be rendered".into());
                continue;
            };
            if let Some(expected) = case["expect_text"].as_str() {
                if expected != output {
                    fail(format!("expected {expected:?}"));
                }
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
