//! What the launchers made of variables was recorded in front of real distributions: `recordings.txt` holds what they got
//! and the settings that the server got.

use super::*;
use crate::launch::java_variables::JavaVariables;
use crate::launch::settings_outside_file;
use crate::settings::overlay::References;

/// One recording a block: `VERSION TYPE`, then `> NAME=VALUE` for each variable and `< KEY=VALUE` for each setting.
const RECORDINGS: &str = include_str!("recordings.txt");

/// The line of the script with the pattern of that version; the launcher of later ones does without.
fn script(version: Version, kind: &str) -> LaunchFiles {
    let patterns = match (version.product, version.major) {
        (Product::OpenSearch, _) => r"[[ $key =~ ^[a-z0-9_]+\.[a-z0-9_]+ ]]",
        (Product::Elasticsearch, 7) => {
            "grep -E '^[-a-z0-9_]+(\\.[-a-z0-9_]+)+='\ngrep -E '^ES_SETTING(_{1,2}[A-Z]+)+='"
        }
        (Product::Elasticsearch, _) => "",
    };
    let product = if version.product == Product::OpenSearch { "OPENSEARCH" } else { "ES" };
    LaunchFiles {
        script: Some(b"#!/bin/bash\n".to_vec()),
        environment_script: Some(format!("  {product}_DISTRIBUTION_TYPE={kind}\n{patterns}\n").into_bytes()),
        ..LaunchFiles::default()
    }
}

#[test]
fn the_settings_of_the_recordings() {
    let mut count = 0;
    for block in RECORDINGS.split("\n\n").filter(|block| !block.starts_with('#')) {
        let mut lines = block.trim().lines();
        let (name, kind) = lines.next().and_then(|head| head.split_once(' ')).unwrap();
        let version = Version::parse(name).unwrap();
        let with = |mark: &str| -> Vec<String> {
            let marked = block.lines().filter_map(|line| line.strip_prefix(mark));
            marked.map(str::to_owned).collect()
        };
        let given = with("> ");
        let environment: Environment = given.iter().filter_map(|pair| pair.split_once('=')).collect();
        let mapping = mapping(version, Some(&script(version, kind)));
        let mut made: Vec<String> =
            settings_outside_file(version, &environment, &[], mapping, &JavaVariables::default())
                .into_iter()
                .map(|it| format!("{}={}", it.key, it.text))
                .collect();
        made.sort();
        assert_eq!(made, with("< "), "{name} {kind}");
        count += 1;
    }
    assert_eq!(count, 16);
}

#[test]
fn what_the_script_says_decides() {
    let seven = Version::elasticsearch(7, 17, 29);
    let six = Version::elasticsearch(6, 8, 23);
    let eight = Version::elasticsearch(8, 19, 21);
    let open = Version::opensearch(2, 19, 6);
    let whole = Mapping::Script { dotted: Dotted::WholeWithDashes, encoded: true };
    for (version, kind, expected) in [
        (seven, "docker", whole),
        (seven, "tar", Mapping::Nobody),
        (six, "docker", Mapping::Nobody),
        (eight, "docker", Mapping::Launcher),
        (eight, "deb", Mapping::Nobody),
        (open, "docker", Mapping::Script { dotted: Dotted::Beginning, encoded: false }),
        (open, "tar", Mapping::Nobody),
    ] {
        assert_eq!(mapping(version, Some(&script(version, kind))), expected, "{version:?} {kind}");
    }
    // An edited script may do anything.
    let edited = LaunchFiles {
        environment_script: Some(b"ES_DISTRIBUTION_TYPE=docker\nour-own-mapping\n".to_vec()),
        ..LaunchFiles::default()
    };
    assert_eq!(mapping(seven, Some(&edited)), Mapping::Unknown);
    // Without one, only those are known in which nobody ever did.
    let none = LaunchFiles { script: Some(Vec::new()), ..LaunchFiles::default() };
    for (version, expected) in [
        (Version::elasticsearch(2, 3, 4), Mapping::Nobody),
        (six, Mapping::Nobody),
        (seven, Mapping::Unknown),
        (eight, Mapping::Unknown),
        (open, Mapping::Unknown),
    ] {
        assert_eq!(mapping(version, Some(&none)), expected, "{version:?}");
        assert_eq!(mapping(version, None), expected, "{version:?}");
    }
}

#[test]
fn names_that_are_settings() {
    let script = Mapping::Script { dotted: Dotted::WholeWithDashes, encoded: true };
    let older = Mapping::Script { dotted: Dotted::Beginning, encoded: false };
    for (name, of_script, of_launcher, of_older) in [
        ("cluster.name", Some("cluster.name"), Some("cluster.name"), Some("cluster.name")),
        (
            "http.cors.allow-origin",
            Some("http.cors.allow-origin"),
            Some("http.cors.allow-origin"),
            Some("http.cors.allow-origin"),
        ),
        ("node.attr.rackId", None, None, Some("node.attr.rackId")),
        ("cluster", None, None, None),
        ("cluster.", None, None, None),
        (".name", None, None, None),
        ("Cluster.name", None, None, None),
        ("ES_SETTING_NODE_NAME", Some("node.name"), Some("node.name"), None),
        (
            "ES_SETTING_BOOTSTRAP_MEMORY__LOCK",
            Some("bootstrap.memory_lock"),
            Some("bootstrap.memory_lock"),
            None,
        ),
        ("ES_SETTING_NODE_ATTR_RACK1", None, Some("node.attr.rack1"), None),
        ("ES_JAVA_OPTS", None, None, None),
    ] {
        let map = |mapping: Mapping| mapping.setting_of(name);
        assert_eq!(map(script).as_deref(), of_script, "{name}");
        assert_eq!(map(Mapping::Launcher).as_deref(), of_launcher, "{name}");
        assert_eq!(map(older).as_deref(), of_older, "{name}");
        assert_eq!((map(Mapping::Nobody), map(Mapping::Unknown)), (None, None));
    }
}

#[test]
fn what_this_program_makes_settings_of() {
    let script = Mapping::Script { dotted: Dotted::WholeWithDashes, encoded: true }.with_ours();
    let nobody = Mapping::Nobody.with_ours();
    for (name, whole, rest) in [
        ("cluster.name", Some("cluster.name"), None),
        ("node.attr.rackId", Some("node.attr.rackId"), Some("node.attr.rackId")),
        ("ES_SETTING_NODE_NAME", Some("node.name"), None),
        ("ES_SETTING_NODE_ATTR_RACK1", Some("node.attr.rack1"), Some("node.attr.rack1")),
        ("ES_SETTING_MY_THING", Some("my.thing"), None),
        // Of some other program.
        ("my.thing", None, None),
        ("com.example.Main", None, None),
        ("ES_SETTING_", None, None),
        ("ES_JAVA_OPTS", None, None),
    ] {
        assert_eq!(nobody.ours(name).as_deref(), whole, "{name}");
        assert_eq!(script.ours(name).as_deref(), rest, "{name}");
        assert_eq!(nobody.setting_of(name), nobody.ours(name), "{name}");
    }
    for other in [Mapping::Launcher, Mapping::Unknown] {
        assert_eq!((other.with_ours(), other.ours("cluster.name")), (other, None));
    }
}

#[test]
fn arguments_that_this_program_makes() {
    let environment: Environment = [
        ("cluster.name", "logs of ${ENV}"),
        ("ENV", "x"),
        ("node.name", ""),
        ("ES_SETTING_CLUSTER_NAME", "logs of ${ENV}"),
        ("ES_SETTING_NODE_ATTR_RACK1", "r=1="),
        ("http.port", "9201"),
    ]
    .into_iter()
    .collect();
    let made = |version, mapping: Mapping, flag: &str| -> Vec<OsString> {
        let words = [format!("{flag}http.port=9202").into()];
        let given = settings_outside_file(version, &environment, &words, mapping, &JavaVariables::default());
        arguments(mapping, version, &given)
    };
    let whole = |flag: &str| -> Vec<OsString> {
        ["cluster.name=logs of ${ENV}", "node.attr.rack1=r=1="]
            .map(|pair| format!("{flag}{pair}").into())
            .into()
    };
    let own = Mapping::Nobody.with_ours();
    assert_eq!(made(Version::elasticsearch(6, 8, 23), own, "-E"), whole("-E"));
    assert_eq!(made(Version::opensearch(2, 19, 6), own, "-E"), whole("-E"));
    assert_eq!(made(Version::elasticsearch(2, 3, 4), own, "--"), whole("--"));
    let script = Mapping::Script { dotted: Dotted::WholeWithDashes, encoded: true };
    let seven = Version::elasticsearch(7, 17, 29);
    assert_eq!(made(seven, script.with_ours(), "-E"), whole("-E")[1..]);
    for nothing in [script, Mapping::Launcher, Mapping::Unknown, Mapping::Nobody] {
        assert_eq!(made(seven, nothing, "-E"), [""; 0]);
    }
}

/// Tried with `bash`.
#[test]
fn values_as_the_script_reads_them() {
    let script = Mapping::Script { dotted: Dotted::Whole, encoded: false };
    let read = |mapping: Mapping, value: &str| -> Vec<String> {
        let environment: Environment = [("a.b", value)].into_iter().collect();
        settings(mapping, &environment).into_iter().map(|it| it.text).collect()
    };
    for (value, of_script) in
        [("x=y", "x=y"), ("c=", "c"), ("c==", "c=="), ("x=y=", "x=y="), ("a\nb", "a"), (" a ", " a ")]
    {
        assert_eq!(read(script, value), [of_script], "{value}");
        assert_eq!(read(Mapping::Launcher, value), [value]);
    }
    assert_eq!(read(script, ""), [""; 0]);
    assert_eq!(read(script, "="), [""; 0]);
    assert_eq!(read(Mapping::Launcher, ""), [""]);
}

#[test]
fn arguments_and_variables_of_one_setting() {
    let environment: Environment = [("a.b", "variable"), ("c.d", "${X}")].into_iter().collect();
    let arguments = ["-Ea.b=argument".into()];
    let last = |version, mapping| {
        let given =
            settings_outside_file(version, &environment, &arguments, mapping, &JavaVariables::default());
        given.into_iter().rfind(|it| it.key == "a.b").unwrap().text
    };
    assert_eq!(last(Version::elasticsearch(8, 15, 0), Mapping::Launcher), "variable");
    let script = Mapping::Script { dotted: Dotted::Whole, encoded: false };
    assert_eq!(last(Version::elasticsearch(7, 17, 0), script), "argument");
    let given = settings(script, &environment);
    assert_eq!(given[1].references, References::Unset("X".to_owned()));
    assert_eq!(given[1].variable.as_deref(), Some("c.d"));
}

#[test]
fn variables_of_official_images() {
    let dotted = |version: &str, is_elastics: bool| {
        let mapping = mapping_of_image(Version::parse(version).unwrap(), is_elastics);
        ["cluster.name", "ES_SETTING_CLUSTER_NAME"].map(|name| mapping.setting_of(name).is_some())
    };
    for (version, is_elastics, both) in [
        ("2.3.4", false, [false, false]),
        ("5.6.16", false, [false, false]),
        ("5.6.16", true, [true, false]),
        ("6.8.23", false, [true, false]),
        ("7.5.2", true, [true, false]),
        ("7.17.0", false, [true, true]),
        ("8.15.0", true, [true, true]),
        ("os-1.3.20", false, [true, false]),
        ("os-3.0.0", false, [true, false]),
    ] {
        assert_eq!(dotted(version, is_elastics), both, "{version}");
    }
}
