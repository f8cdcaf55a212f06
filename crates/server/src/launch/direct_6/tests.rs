//! What is executed against recordings of what the real scripts execute, made with a `java` that records in the place of the
//! JVM: 6.8.23 (Java 8), 7.17.29, OpenSearch 1.3.20 and 2.19.6 (Java 17), OpenSearch 3.6.0 (Java 21), in a container.
//!
//! Of a command line only what differs from the first one of its version is kept: two numbers are a range of that. What was
//! refused is left to the script. Variables of the shell alone (`PWD`, `OLDPWD`, `SHLVL`) are left out.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use diagnostics::{Secrets, Source, Span};
use serde_yaml::Value;
use template::{Environment, Item, Setting, Settings};

use super::super::ergonomics::HeapShare;
use super::super::inputs::{KeystoreLine, LaunchFiles, LaunchInputs, LaunchMode};
use super::super::scripts::Script;
use super::launch;
use crate::version::Version;

struct Recorded {
    product: String,
    version: String,
    java: u16,
    home: String,
    env: BTreeMap<String, String>,
    /// The distribution's, without its comments.
    jvm_options: String,
    argv: Vec<String>,
    cases: Vec<Value>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn list(value: &Value, key: &str) -> Vec<String> {
    value
        .get(key)
        .and_then(Value::as_sequence)
        .map(|items| items.iter().map(text).collect())
        .unwrap_or_default()
}

fn map(value: &Value, key: &str) -> BTreeMap<String, String> {
    let pairs = value.get(key).and_then(Value::as_mapping).into_iter().flatten();
    pairs.map(|(name, value)| (text(name), text(value))).collect()
}

impl Recorded {
    fn of(value: &Value) -> Self {
        let whole = |key: &str| text(&value[key]);
        Self {
            product: whole("product"),
            version: whole("version"),
            java: value["java"].as_u64().unwrap().try_into().unwrap(),
            home: whole("home"),
            env: map(value, "env"),
            jvm_options: whole("jvm_options"),
            argv: list(value, "argv"),
            cases: value["cases"].as_sequence().unwrap().clone(),
        }
    }
}

/// Those that an image's script has for variables; the rest of it does not matter here.
fn environment_script(opensearch: bool, kind: &str) -> Vec<u8> {
    let (prefix, patterns) = if opensearch {
        ("OPENSEARCH_", r#"[[ "$envvar_key" =~ ^[a-z0-9_]+\.[a-z0-9_]+ ]]"#)
    } else {
        ("ES_", "^[-a-z0-9_]+(\\.[-a-z0-9_]+)+=\n^ES_SETTING(_{1,2}[A-Z]+)+=")
    };
    format!("{prefix}DISTRIBUTION_FLAVOR=oss\n{prefix}DISTRIBUTION_TYPE={kind}\n{prefix}BUNDLED_JDK=false\n{patterns}\n")
        .into_bytes()
}

fn settings(yml: &str) -> Settings {
    let file: BTreeMap<String, Value> = serde_yaml::from_str(yml).unwrap();
    let source = Source::new("elasticsearch.yml", yml, Secrets::none);
    let span = Span::new(&source, 0..1);
    let mut settings = Settings::default();
    for (key, value) in file {
        let item = |text: &Value| Item {
            text: text.as_str().unwrap().to_owned(),
            span: span.clone(),
            is_null: false,
            variable: None,
        };
        settings.entries.push(match value.as_sequence() {
            Some(items) => Setting::of_list(key, items.iter().map(item).collect(), span.clone()),
            None => Setting::of_text(key, "", span.clone()),
        });
    }
    settings
}

fn check(version: &Recorded, case: &Value) {
    let opensearch = version.product == "opensearch";
    let script = match (version.version.as_bytes()[0], opensearch) {
        (b'6', _) => Script::Six,
        (b'7', _) => Script::Seven,
        (b'1', _) => Script::OpenSearch1,
        (b'2', _) => Script::OpenSearch2,
        _ => Script::OpenSearch3,
    };
    let given = |key: &str| case.get(key).map(text);
    let kind = given("type");
    let name = format!("{} {} {}", version.product, version.version, text(&case["name"]));
    let mut pairs = version.env.clone();
    pairs.extend(map(case, "env"));
    let environment: Environment =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let options = [version.jvm_options.clone() + &given("appended").unwrap_or_default()];
    let options = options.into_iter().chain(list(case, "further"));
    let files = LaunchFiles {
        environment_script: Some(environment_script(opensearch, kind.as_deref().unwrap_or("zip"))),
        options: Some(options.collect()),
        ..LaunchFiles::default()
    };
    let parsed = Version::parse(&version.version).unwrap();
    let arguments: Vec<OsString> = list(case, "arguments").into_iter().map(OsString::from).collect();
    let password = given("password");
    let config_dir = pairs.iter().find(|(name, _)| name.ends_with("_PATH_CONF")).map(|(_, value)| value);
    let java = format!("{}/jdk/bin/java", version.home);
    let launched = launch(
        script,
        &LaunchInputs {
            version: if opensearch {
                Version::opensearch(parsed.major, parsed.minor, parsed.patch)
            } else {
                parsed
            },
            home: Path::new(&version.home),
            config_dir: config_dir.map(Path::new),
            environment: &environment,
            arguments: &arguments,
            java: Some(Path::new(&java)),
            host_name: OsStr::new("box"),
            extra_java_options: &[],
            files: &files,
            mode: LaunchMode::Auto,
            archive: None,
            java_major: Some(version.java),
            keystore: password.as_deref().map_or(KeystoreLine::Empty, KeystoreLine::Password),
            memory: case["memory"].as_u64(),
            page_size: Some(4096),
            heap_share: HeapShare::of(&settings(&given("yml").unwrap_or_else(|| "{}".to_owned()))),
            random: None,
            record: None,
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
    let mut expected: Vec<String> = Vec::new();
    let pieces = case.get("argv").and_then(Value::as_sequence);
    for piece in pieces.into_iter().flatten() {
        match piece.as_sequence() {
            Some(range) => {
                let [from, to] = [0, 1].map(|at| usize::try_from(range[at].as_u64().unwrap()).unwrap());
                expected.extend_from_slice(&version.argv[from..to]);
            }
            None => expected.push(text(piece)),
        }
    }
    if pieces.is_none() {
        expected.clone_from(&version.argv);
    }
    let home = expected.iter().position(|word| word.contains(".path.home=")).unwrap();
    let options = expected[if script == Script::Six { 1 } else { 2 }..home].join(" ");
    // Where settings come from variables, bash has them in the order of its table of hashes.
    let class = expected.iter().position(|word| word.starts_with("org.")).unwrap();
    if kind.is_some() {
        argv[class..].sort();
        expected[class..].sort();
    }
    assert_eq!(argv, expected, "{name}");

    let mut environment = BTreeMap::new();
    environment.extend(launched.command.environment.iter().map(|(name, value)| (word(name), word(value))));
    let set = map(case, "set").into_iter();
    pairs.extend(set.map(|(name, value)| (name, if value == "=" { options.clone() } else { value })));
    let unset = list(case, "unset");
    pairs.retain(|name, _| !unset.contains(name));
    assert_eq!(environment, pairs, "{name}");

    let stdin = match script {
        Script::Six => None,
        _ => Some(given("stdin").unwrap_or_else(|| "\n".to_owned()).into_bytes()),
    };
    assert_eq!(launched.input.map(|it| it.bytes), stdin, "{name}");
    assert_eq!(launched.working_directory.as_deref(), Some(Path::new(&version.home)), "{name}");
    let is_named = pairs.keys().any(|name| name == "ES_TMPDIR" || name == "OPENSEARCH_TMPDIR");
    let made = (!is_named).then(|| format!("/tmp/{}-<random>", version.product).into());
    assert_eq!(launched.temporary, made, "{name}");
}

#[test]
fn as_recorded() {
    let recordings: Vec<Value> = serde_yaml::from_str(include_str!("recordings.json")).unwrap();
    let recordings: Vec<Recorded> = recordings.iter().map(Recorded::of).collect();
    for version in &recordings {
        for case in &version.cases {
            check(version, case);
        }
    }
    let count: usize = recordings.iter().map(|version| version.cases.len()).sum();
    assert_eq!(count, 121);
}

/// Why the script is needed, for a start that needs none but for that.
fn why(
    script: Script,
    variables: &[(&str, &str)],
    change: impl FnOnce(&mut LaunchInputs, &mut LaunchFiles),
) -> String {
    let environment: Environment = variables.iter().copied().collect();
    let version = if script.is_opensearch() {
        Version::opensearch(2, 19, 6)
    } else {
        Version::elasticsearch(7, 17, 29)
    };
    let mut files = LaunchFiles {
        environment_script: Some(environment_script(script.is_opensearch(), "docker")),
        options: Some(vec!["-XX:+UseG1GC\n-Xmx1g\n".to_owned()]),
        ..LaunchFiles::default()
    };
    let none = LaunchFiles::default();
    let mut inputs = LaunchInputs {
        version,
        home: Path::new("/es"),
        config_dir: None,
        environment: &environment,
        arguments: &[],
        java: Some(Path::new("/es/jdk/bin/java")),
        host_name: OsStr::new("box"),
        extra_java_options: &[],
        files: &none,
        mode: LaunchMode::Auto,
        archive: None,
        java_major: Some(17),
        keystore: KeystoreLine::Empty,
        memory: None,
        page_size: Some(4096),
        heap_share: None,
        random: Some(7),
        record: None,
    };
    change(&mut inputs, &mut files);
    match launch(script, &LaunchInputs { files: &files, ..inputs }) {
        Ok(launch) => format!("{:?}", launch.temporary.unwrap_or_default()),
        Err(why) => why,
    }
}

#[test]
fn what_only_the_script_can_do() {
    use Script::{OpenSearch2, OpenSearch3, Seven, Six};
    let variable = |script, name, value| why(script, &[(name, value)], |_, _| ());
    for (script, name, value, expected) in [
        (Seven, "A", "b", "\"/tmp/elasticsearch-7\""),
        (Seven, "BASH_FUNC_dirname%%", "() {  x\n}", "a function of the shell is in the environment"),
        (Seven, "XSHARE", "x", "the script uses `XSHARE` for itself"),
        (Seven, "JDK_JAVA_OPTIONS", "-Dx", "`JDK_JAVA_OPTIONS` is set"),
        (Six, "JDK_JAVA_OPTIONS", "-Dx", "\"/tmp/elasticsearch-7\""),
        (Seven, "_JAVA_OPTIONS", "-Xmx1g", "`_JAVA_OPTIONS` is set"),
        (Seven, "_JAVA_OPTIONS", "-Da=b -Djava.io.tmpdir=/x", "`_JAVA_OPTIONS` is set"),
        (Seven, "_JAVA_OPTIONS", "-Da='b'", "`_JAVA_OPTIONS` is set"),
        (Seven, "TEXT", "a\nb.c=d", "a variable has a line break or is not UTF-8"),
        (Six, "TEXT", "a\nb.c=d", "\"/tmp/elasticsearch-7\""),
        (Seven, "ES_JAVA_OPTS", "-Dname=ä", "an option of the JVM has an unusual character"),
        (Seven, "ES_JAVA_OPTS", "-Dname=${X}", "an option of the JVM has an unusual character"),
        (Seven, "ES_JAVA_OPTS", "-Xmx1g b", "what `…` does to the heap only the JVM knows"),
        (Seven, "ES_TMPDIR", "/tmp/ä", "the directory for temporary files has an unusual name"),
        (Seven, "KEYSTORE_PASSWORD_FILE", "/p", "the script reads a file with a password"),
        (OpenSearch2, "OPENSEARCH_PASSWORD_FILE", "/p", "the script reads a file with a password"),
        (OpenSearch2, "OPENSEARCH_HOME", "/other", "`OPENSEARCH_HOME` is another directory"),
        (OpenSearch2, "OPENSEARCH_HOME", "/es", "\"/tmp/opensearch-7\""),
        (OpenSearch2, "OPENSEARCH_FIPS_MODE", "TRUE", "\"/tmp/opensearch-7\""),
        (OpenSearch3, "OPENSEARCH_FIPS_MODE", "TRUE", "`OPENSEARCH_FIPS_MODE` is set"),
        (OpenSearch3, "OPENSEARCH_FIPS_MODE", "False", "\"/tmp/opensearch-7\""),
    ] {
        assert_eq!(variable(script, name, value), expected, "{name}={value}");
    }
    let unusual = "a file of JVM options has an unusual line";
    for (text, expected) in [
        (" -Dx", unusual),
        ("Xmx1g", unusual),
        ("18-17:-Dx", unusual),
        ("99999:-Dx", unusual),
        ("-Dx\r-Dy", unusual),
        ("# ä", unusual),
        ("-Da=b c", "what `…` does to the heap only the JVM knows"),
    ] {
        assert_eq!(
            why(Seven, &[], |_, files| files.options.as_mut().unwrap().push(text.to_owned())),
            expected
        );
    }
    assert_eq!(
        why(Seven, &[], |_, files| files.options = None),
        "a file that the launcher reads is not there"
    );
    assert_eq!(why(Seven, &[], |_, files| files.needs_script = Some("a plugin")), "a plugin");
    assert_eq!(
        why(Seven, &[], |inputs, _| inputs.keystore = KeystoreLine::Unknown),
        "the keystore has a password that is not known, or cannot be read"
    );
    assert_eq!(
        why(Six, &[], |inputs, _| inputs.keystore = KeystoreLine::Unknown),
        "\"/tmp/elasticsearch-7\""
    );
    assert_eq!(why(Six, &[], |inputs, _| inputs.java_major = None), "the version of its Java is not known");
    let relative = Some(Path::new("jdk/bin/java"));
    assert_eq!(why(Six, &[], |inputs, _| inputs.java = relative), "its Java has no absolute path");
}
