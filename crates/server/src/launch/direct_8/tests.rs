//! What is executed and handed on, against recordings of what the real launchers execute, made with a `java` that records in
//! the place of the server's: 8.15.0 (Java 17), 8.17.0 to 8.19.21 and 9.2.0 (Java 21), in a container.
//!
//! As those of 6.8 and later: of a command line only what differs from the first one of its version is kept. Of the record the
//! beginning, the entries of the keystore by name, and what follows; most are the same in these.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use diagnostics::{Secrets as NoSecrets, Source, Span};
use serde_yaml::Value;
use template::{Environment, Item, Setting, Settings};

use super::super::inputs::{Input, KeystoreLine, LaunchFiles, LaunchInputs, LaunchMode, RecordInputs};
use super::super::java_variables::JavaVariables;
use super::super::record::{Secret, Secrets};
use super::super::scripts::Script;
use super::super::variables::{self, Mapping};
use super::{LARGEST_RECORD, launch};
use crate::bootstrap::facts::Java;
use crate::launch::settings_outside_file;
use crate::settings::overlay::apply_overrides;
use crate::version::Version;

const CLASS: &str = "org.elasticsearch.common.settings.KeyStoreWrapper";

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn list(value: &Value, key: &str) -> Vec<String> {
    let items = value.get(key).and_then(Value::as_sequence);
    items.map(|items| items.iter().map(text).collect()).unwrap_or_default()
}

fn map(value: &Value, key: &str) -> BTreeMap<String, String> {
    let pairs = value.get(key).and_then(Value::as_mapping).into_iter().flatten();
    pairs.map(|(name, value)| (text(name), text(value))).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// Of the file, nested or not; references are replaced as the templates do it.
fn flatten(prefix: &str, value: &Value, environment: &BTreeMap<String, String>, settings: &mut Settings) {
    let source = Source::new("elasticsearch.yml", "", NoSecrets::none);
    let span = Span::new(&source, 0..0);
    let resolved = |value: &Value| match value {
        Value::String(text) => environment
            .iter()
            .fold(text.clone(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value)),
        Value::Bool(it) => it.to_string(),
        Value::Number(it) => it.to_string(),
        other => panic!("{other:?}"),
    };
    match value {
        Value::Mapping(pairs) => {
            for (name, value) in pairs {
                let dot = if prefix.is_empty() { "" } else { "." };
                flatten(&format!("{prefix}{dot}{}", text(name)), value, environment, settings);
            }
        }
        Value::Sequence(items) => {
            let item = |value: &Value| Item {
                text: resolved(value),
                span: span.clone(),
                is_null: false,
                variable: None,
            };
            settings.entries.push(Setting::of_list(prefix, items.iter().map(item).collect(), span.clone()));
        }
        other => settings.entries.push(Setting::of_text(prefix, resolved(other), span)),
    }
}

fn check(version: &Value, case: &Value) {
    let number = text(&version["version"]);
    let script = match number.as_str() {
        "8.15.0" => Script::Eight15,
        "8.17.0" | "8.17.3" | "8.17.4" => Script::Eight17,
        "8.18.0" => Script::Eight18,
        "8.19.0" => Script::Eight19Patch0,
        "8.19.2" => Script::Eight19Patch2,
        "8.19.4" => Script::Eight19Patch4,
        "8.19.21" => Script::Eight19Patch21,
        _ => Script::Nine,
    };
    let name = format!("{number} {}", text(&case["name"]));
    let given = |key: &str| case.get(key).map(text);
    let kind = given("type").unwrap_or_else(|| "zip".to_owned());
    let mut pairs = map(version, "env");
    pairs.extend(map(case, "env"));
    let environment: Environment =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let options = [text(&version["jvm_options"])].into_iter().chain(list(case, "further"));
    let env_script = format!("ES_DISTRIBUTION_TYPE={kind}\n");
    let files = LaunchFiles {
        script: Some(Vec::new()),
        environment_script: Some(env_script.into_bytes()),
        options: Some(options.collect()),
        ..LaunchFiles::default()
    };
    let arguments = match case.get("arguments") {
        None => vec!["-Expack.security.enabled=false".to_owned()],
        Some(_) => list(case, "arguments"),
    };
    let arguments: Vec<OsString> = arguments.into_iter().map(OsString::from).collect();
    let parsed = Version::parse(&number).unwrap();
    let mut settings = Settings::default();
    if let Some(yml) = given("yml") {
        flatten("", &serde_yaml::from_str(&yml).unwrap(), &pairs, &mut settings);
    }
    let mapping = variables::mapping(parsed, Some(&files));
    assert_eq!(mapping == Mapping::Launcher, kind == "docker");
    let outside = settings_outside_file(parsed, &environment, &arguments, mapping, &JavaVariables::default());
    apply_overrides(&mut settings, &outside);
    let entries = case.get("entries").and_then(Value::as_sequence).cloned().unwrap_or_default();
    let entries: Vec<[String; 3]> =
        entries.iter().map(|entry| [0, 1, 2].map(|at| text(&entry[at]))).collect();
    let own_format = if script < Script::Eight18 { 6 } else { 7 };
    let secrets = Secrets {
        format: own_format,
        is_protected: case["protected"].as_bool().unwrap_or_default(),
        payload: bytes(&given("payload").unwrap_or_default()),
        entries: entries
            .iter()
            .map(|[name, value, digest]| Secret {
                name: name.clone(),
                value: bytes(value),
                digest: bytes(digest).try_into().unwrap(),
            })
            .collect(),
    };
    let home = text(&version["home"]);
    let major: u16 = version["java"].as_u64().unwrap().try_into().unwrap();
    let java_path = format!("{home}/jdk/bin/java");
    let java = Java {
        path: java_path.clone().into(),
        home: Some(format!("{home}/jdk").into()),
        version: Some(format!("{major}.0.13")),
        major: Some(major),
        implementor: Some("Debian".to_owned()),
        ..Java::default()
    };
    let config_dir = pairs.get("ES_PATH_CONF");
    let launched = launch(
        script,
        &LaunchInputs {
            version: parsed,
            home: Path::new(&home),
            config_dir: config_dir.map(Path::new),
            environment: &environment,
            arguments: &arguments,
            java: Some(Path::new(&java_path)),
            host_name: OsStr::new("box"),
            extra_java_options: &[],
            files: &files,
            mode: LaunchMode::Auto,
            archive: None,
            java_major: Some(major),
            keystore: KeystoreLine::Empty,
            memory: case["memory"].as_u64(),
            page_size: Some(4096),
            heap_share: None,
            random: None,
            record: Some(RecordInputs {
                settings: &settings,
                has_data: false,
                secrets: Some(&secrets).filter(|it| !it.entries.is_empty()),
                java: Some(&java),
                needs_launcher: None,
            }),
        },
    );
    if case.get("refused").is_some() {
        assert!(launched.is_err(), "{name}");
        return;
    }
    let launched = launched.unwrap_or_else(|why| panic!("{name}: {why}"));

    let word = |text: &OsString| text.to_str().unwrap().to_owned();
    let mut argv = vec![word(&launched.command.program)];
    argv.extend(launched.command.arguments.iter().map(word));
    let first = list(version, "argv");
    let mut expected: Vec<String> = Vec::new();
    match case.get("argv").and_then(Value::as_sequence) {
        None => expected = first,
        Some(pieces) => {
            for piece in pieces {
                match piece.as_sequence() {
                    Some(range) => {
                        let [from, to] =
                            [0, 1].map(|at| usize::try_from(range[at].as_u64().unwrap()).unwrap());
                        expected.extend_from_slice(&first[from..to]);
                    }
                    None => expected.push(text(piece)),
                }
            }
        }
    }
    assert_eq!(argv, expected, "{name}");

    let mut environment = BTreeMap::new();
    environment.extend(launched.command.environment.iter().map(|(name, value)| (word(name), word(value))));
    let made = "/tmp/elasticsearch-<random>".to_owned();
    let temporary = pairs.get("ES_TMPDIR").cloned();
    pairs.entry("LIBFFI_TMPDIR".to_owned()).or_insert_with(|| temporary.clone().unwrap_or(made.clone()));
    pairs.extend(map(case, "set"));
    let unset = list(case, "unset");
    pairs.retain(|name, _| !unset.contains(name));
    assert_eq!(environment, pairs, "{name}");
    assert_eq!(launched.temporary, temporary.is_none().then(|| made.into()), "{name}");

    let mut record = bytes(&given("head").unwrap_or_else(|| "000000".to_owned()));
    record.push(CLASS.len().try_into().unwrap());
    record.extend(CLASS.bytes());
    record.extend([0, 0, 0, own_format.try_into().unwrap(), secrets.is_protected.into()]);
    match &*secrets.payload {
        [] => record.push(0),
        payload => {
            let [low, high] =
                [payload.len() & 0x7f | 0x80, payload.len() >> 7].map(|it| u8::try_from(it).unwrap());
            record.extend([1, low, high]);
            record.extend(payload);
        }
    }
    record.push(entries.len().try_into().unwrap());
    for [name, value, digest] in &entries {
        for part in [name.clone().into_bytes(), bytes(value), bytes(digest)] {
            record.push(part.len().try_into().unwrap());
            record.extend(part);
        }
    }
    record.push(0);
    record.extend(given("tail").unwrap_or_else(|| text(&version["tail"])).bytes());
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let input = launched.input.unwrap();
    assert_eq!(shown(&input.bytes), shown(&record), "{name}");
    assert_eq!(input, Input { bytes: record, stays_open: true }, "{name}");
    let directory = if script < Script::Eight19Patch4 { home } else { format!("{home}/logs") };
    assert_eq!(launched.working_directory.as_deref(), Some(Path::new(&directory)), "{name}");
}

#[test]
fn as_recorded() {
    let recordings: Vec<Value> = serde_yaml::from_str(include_str!("recordings.json")).unwrap();
    let mut count = 0;
    for version in &recordings {
        for case in version["cases"].as_sequence().unwrap() {
            check(version, case);
            count += 1;
        }
    }
    assert_eq!(count, 149);
}

/// Why the launcher is needed, for a start of 8.19.21 that needs none but for that.
fn why(
    variables: &[(&str, &str)],
    arguments: &[&str],
    yml: &[(&str, &str)],
    change: impl FnOnce(&mut RecordInputs, &mut LaunchFiles),
) -> String {
    why_of(Script::Eight19Patch21, variables, arguments, yml, change)
}

fn why_of(
    script: Script,
    variables: &[(&str, &str)],
    arguments: &[&str],
    yml: &[(&str, &str)],
    change: impl FnOnce(&mut RecordInputs, &mut LaunchFiles),
) -> String {
    let environment: Environment = variables.iter().copied().collect();
    let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    let span = Span::new(&Source::new("elasticsearch.yml", "", NoSecrets::none), 0..0);
    let mut settings = Settings::default();
    settings.entries.extend(yml.iter().map(|(key, text)| Setting::of_text(*key, *text, span.clone())));
    let version = Version::elasticsearch(8, 19, 21);
    let outside =
        settings_outside_file(version, &environment, &arguments, Mapping::Nobody, &JavaVariables::default());
    apply_overrides(&mut settings, &outside);
    let java = Java {
        home: Some("/es/jdk".into()),
        version: Some("21.0.1".to_owned()),
        major: Some(21),
        ..Java::default()
    };
    let secrets = Secrets { format: 7, is_protected: false, payload: Vec::new(), entries: Vec::new() };
    let mut record = RecordInputs {
        settings: &settings,
        has_data: false,
        secrets: Some(&secrets),
        java: Some(&java),
        needs_launcher: None,
    };
    let mut files = LaunchFiles {
        environment_script: Some(b"ES_DISTRIBUTION_TYPE=docker\n".to_vec()),
        options: Some(vec!["-XX:+UseG1GC\n-Xmx1g\n".to_owned()]),
        ..LaunchFiles::default()
    };
    change(&mut record, &mut files);
    let inputs = LaunchInputs {
        version,
        home: Path::new("/es"),
        config_dir: None,
        environment: &environment,
        arguments: &arguments,
        java: Some(Path::new("/es/jdk/bin/java")),
        host_name: OsStr::new("box"),
        extra_java_options: &[],
        files: &files,
        mode: LaunchMode::Auto,
        archive: None,
        java_major: Some(21),
        keystore: KeystoreLine::Empty,
        memory: None,
        page_size: Some(4096),
        heap_share: None,
        random: Some(7),
        record: Some(record),
    };
    match launch(script, &inputs) {
        Ok(_) => "direct".to_owned(),
        Err(why) => why,
    }
}

const OFF: (&str, &str) = ("xpack.security.enabled", "false");

#[test]
fn what_only_the_launcher_can_do() {
    let of_settings = |more: &[(&str, &str)]| why(&[], &[], &[&[OFF], more].concat(), |_, _| ());
    assert_eq!(of_settings(&[]), "direct");
    for (key, text, expected) in [
        ("path.data", "/data", "direct"),
        ("path.logs", "", "direct"),
        ("node.processors", "", "direct"),
        ("path.data", "data", "`path.data` is no whole path"),
        ("path.repo", "/a,b", "`path.repo` is no whole path"),
        ("path.home", "/x", "the launcher has more to do for `path.home`"),
        (
            "telemetry.agent.server_url",
            "http://x",
            "the launcher has more to do for `telemetry.agent.server_url`",
        ),
        ("force.a", "b", "the launcher has more to do for `force.a`"),
        ("a.0", "b", "the launcher has more to do for `a.0`"),
        ("xpack.security.enabled", "true", "`xpack.security.enabled` is set twice"),
        ("node.name", "${X}", "the value of `node.name` is not known as the launcher reads it"),
        ("node.roles", "search", "a role is none of those that are known here"),
        ("node.processors", "1.5", "direct"),
        ("node.processors", "x", "the value of `node.processors` is not known as the launcher reads it"),
    ] {
        assert_eq!(of_settings(&[(key, text)]), expected, "{key}: {text}");
    }
    let of_variable = |name, value| why(&[(name, value)], &[], &[OFF], |_, _| ());
    for (name, value, expected) in [
        ("A", "b", "direct"),
        ("HOSTNAME", "", "the node has no name"),
        ("JDK_JAVA_OPTIONS", "-Dx", "`JDK_JAVA_OPTIONS` is set"),
        ("LD_LIBRARY_PATH", "/x", "`LD_LIBRARY_PATH` is set"),
        ("_JAVA_OPTIONS", "-Xmx2g", "direct"),
        ("CLI_JAVA_OPTS", "-Des.x=y", "`CLI_JAVA_OPTS` has an option that the launcher may follow"),
        ("ES_JAVA_OPTS", "-Xmx1g b", "an option of the JVM has an unusual character"),
        ("ES_JAVA_OPTS", "-Dx=${Y}", "an option of the JVM has an unusual character"),
        ("ES_JAVA_OPTS", "-Des.total_memory_bytes=1", "what `-Des` does to the heap only the JVM knows"),
        ("BASH_FUNC_ls%%", "() { x; }", "a function of the shell is in the environment"),
    ] {
        assert_eq!(of_variable(name, value), expected, "{name}={value}");
    }
    let of_arguments = |words: &[&str]| why(&[], words, &[OFF], |_, _| ());
    for (words, expected) in [
        (&["-Ea.b=c", "-E", "d=e", "-q", "-p", "/x"][..], "direct"),
        (&["-p", "x"], "the file for the process number has no whole path"),
        (&["-Ea=b", "-Ea=c"], "an argument sets what another one sets"),
        (&["-Ea="], "an argument is no setting with a value"),
        (&["--enrollment-token", "x"], "of an argument only the launcher knows what it does"),
        (&["-v"], "of an argument only the launcher knows what it does"),
    ] {
        assert_eq!(of_arguments(words), expected, "{words:?}");
    }
    let large = "x".repeat(LARGEST_RECORD);
    assert_eq!(
        of_settings(&[("node.attr.a", &large)]),
        "what the server reads from its launcher is too large for a pipe"
    );
}

#[test]
fn what_else_it_takes() {
    let certificates = "security is not set: the launcher may make certificates";
    assert_eq!(why(&[], &[], &[], |_, _| ()), certificates);
    assert_eq!(why(&[], &[], &[], |record, _| record.has_data = true), "direct");
    assert_eq!(
        why(&[], &[], &[OFF], |record, _| record.secrets = None),
        "the keystore has a password that is not known, or cannot be read"
    );
    assert_eq!(why(&[], &[], &[OFF], |record, _| record.java = None), "its Java is not known");
    assert_eq!(why(&[], &[], &[OFF], |record, _| record.needs_launcher = Some("x")), "x");
    assert_eq!(why(&[], &[], &[OFF], |_, files| files.needs_script = Some("y")), "y");
    assert_eq!(
        why(&[], &[], &[OFF], |_, files| files.options = None),
        "a file that the launcher reads is not there"
    );
}

/// It ends with a message of its own there.
#[test]
fn launchers_of_8_17_take_no_java_24() {
    let with = |script, major| {
        let java = Java { home: Some("/es/jdk".into()), major: Some(major), ..Java::default() };
        why_of(script, &[], &[], &[OFF], |record, _| record.java = Some(Box::leak(Box::new(java))))
    };
    assert_eq!(with(Script::Eight17, 23), "direct");
    assert_eq!(with(Script::Eight17, 24), "its launcher takes no Java from 24 on");
    assert_eq!(with(Script::Eight18, 24), "direct");
}
