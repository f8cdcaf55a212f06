//! The recorded lists of settings against the rules: what a version registers is no problem there, what it does not is one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use diagnostics::{Finding, Levels, Severity};
use server::settings::catalogue::{Fix, Kind, Row, find};
use server::settings::life::State;
use server::{Version, settings};
use template::{Environment, Format, Settings, Template};

const REGISTERS: &str = include_str!("registers.txt");
const OLD: &str = include_str!("old-settings.txt");

struct Registered<'a> {
    name: &'a str,
    /// One letter a version.
    states: &'a [u8],
    kind: &'a str,
    defaults: Vec<&'a str>,
}

fn versions(text: &str) -> Vec<Version> {
    let head = text.lines().take_while(|line| line.starts_with('#')).last().unwrap();
    head.split(' ').skip(1).map(|text| Version::parse(text).unwrap()).collect()
}

fn registered() -> Vec<Registered<'static>> {
    let of_line = |line: &'static str| {
        let mut columns = line.split('\t');
        let mut next = || columns.next().unwrap();
        let (name, states, kind) = (next(), next().as_bytes(), next());
        Registered { name, states, kind, defaults: columns.collect() }
    };
    REGISTERS.lines().filter(|line| !line.starts_with('#')).map(of_line).collect()
}

#[test]
fn the_newest_list_is_that_of_the_newest_version_known() {
    for version in versions(REGISTERS) {
        assert_eq!(version.later_than(), None, "{version}");
    }
    for (version, newest) in [("9.6.0", "9.5.0"), ("10.0.0", "9.5.0"), ("os-3.7.0", "os-3.6.0")] {
        let before = Version::parse(version).unwrap().later_than();
        assert_eq!(before, Version::parse(newest), "{version}");
        assert!(versions(REGISTERS).contains(&before.unwrap()));
    }
}

/// The name as a file has it: names of somebody's own, `transport.profiles.*.port`, and groups, which end with a dot.
fn own_name(name: &str) -> String {
    let name = name.replace('*', "x");
    if name.ends_with('.') { name + "x" } else { name }
}

/// The line of a file. Lists are written as JSON.
fn line(key: &str, value: &str) -> String {
    if value.starts_with('[') { format!("{key}: {value}\n") } else { format!("{key}: '{value}'\n") }
}

/// A value that all versions take, where nothing else is known.
fn sample(kind: &str) -> &'static str {
    match kind.split('(').next().unwrap() {
        "bool" => "true",
        "float" | "int" | "long" => "1",
        "time" => "20s",
        "bytes" | "memory" => "10mb",
        _ => "x",
    }
}

fn read(text: &str) -> Settings {
    let template =
        Template { name: "elasticsearch.yml", bytes: text.as_bytes(), format: Format::Elasticsearch };
    template::inspect(&template, &Environment::default(), &Levels::default()).settings
}

fn judged(text: &str, version: Version) -> Vec<Finding> {
    settings::check(&read(text), version, false, Some(&[]))
}

#[test]
fn what_a_version_registers_is_no_problem() {
    let all = registered();
    assert!(all.len() > 1200 && all.is_sorted_by(|one, next| one.name < next.name));
    let (mut wrong, mut pairs) = (Vec::new(), 0);
    for (column, version) in versions(REGISTERS).into_iter().enumerate() {
        for letter in [b'p', b'd'] {
            let there: Vec<&Registered> = all.iter().filter(|it| it.states[column] == letter).collect();
            pairs += there.len();
            // Each of the defaults, and where there is none, something of its kind. A list of roles stands in no file with others.
            let most = there.iter().map(|it| it.defaults.len()).max().unwrap_or_default();
            for round in 0..most.max(1) {
                let of_round =
                    |it: &&&Registered| it.name != "node.roles" && (round == 0 || it.defaults.len() > round);
                let lines = there.iter().filter(of_round).map(|it| {
                    line(&own_name(it.name), it.defaults.get(round).copied().unwrap_or(sample(it.kind)))
                });
                let text: String = lines.collect();
                let is_right = |finding: &Finding| match finding.code {
                    "settings/deprecated" => letter == b'd',
                    // It is registered so that the server can say this.
                    "settings/secure" => true,
                    _ => false,
                };
                let found = judged(&text, version).into_iter().filter(|finding| !is_right(finding));
                wrong.extend(found.map(|finding| format!("{version}: {} {}", finding.code, finding.message)));
            }
        }
    }
    println!("{pairs} pairs of a setting and a version that has it, {} false alarms", wrong.len());
    assert_eq!(wrong, [""; 0]);
    assert!(pairs > 8000);
}

#[test]
fn what_no_version_registers_is_reported() {
    let (mut silent, mut due, mut open) = (Vec::new(), 0, 0);
    for (column, version) in versions(REGISTERS).into_iter().enumerate() {
        for setting in registered() {
            if setting.states[column] != b'-' || setting.name.ends_with('.') {
                continue;
            }
            let name = own_name(setting.name);
            // Modules and plugins may bring it, which those distributions lack.
            let neighbour = name.rsplit_once('.').and_then(|(before, _)| find(&format!("{before}.none")));
            let is_unknown = |row: Row| row.source == "docs" && row.state(version) == State::Unknown;
            if neighbour.is_some_and(is_unknown) || find(&name).is_some_and(|row| row.source == "docs") {
                open += 1;
                continue;
            }
            due += 1;
            let found =
                judged(&line(&name, setting.defaults.first().unwrap_or(&sample(setting.kind))), version);
            if !found.iter().any(|it| it.severity == Severity::Error)
                && name != "discovery.zen.minimum_master_nodes"
            {
                silent.push(format!("{version} {name}"));
            }
        }
    }
    println!(
        "{due} pairs of a setting and a version that refuses it, {} silent; {open} left open",
        silent.len()
    );
    for line in silent.iter().take(60) {
        println!("{line}");
    }
    assert!(due > 5610 && silent.len() * 20 <= due);
}

/// What the catalogue says of each version is what the lists say, or that it is not known.
#[test]
fn catalogue_and_lists_agree() {
    let mut wrong = Vec::new();
    for (column, version) in versions(REGISTERS).into_iter().enumerate() {
        for setting in registered() {
            let name = own_name(setting.name);
            let Some(row) = find(&name) else {
                wrong.push(format!("{name} is not in the catalogue"));
                continue;
            };
            let is_right = match (row.state(version), setting.states[column]) {
                (State::Unknown, _) | (_, b'?' | b'g') => true,
                // The documentation knows of modules that the distributions of the lists lack, and what was a group of any names
                // may have known names later.
                (State::Present, b'-') if row.source == "docs" || setting.name.ends_with('.') => true,
                (State::Present, letter) => letter == b'p',
                (State::Deprecated, letter) => letter == b'd',
                (State::Removed | State::NotYet, letter) => letter == b'-',
            };
            if !is_right {
                wrong.push(format!(
                    "{version} {name} {:?} {}",
                    row.state(version),
                    setting.states[column] as char
                ));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn old_settings_are_judged_as_the_servers_do() {
    let registered = registered();
    let (mut right, mut other) = (0, Vec::new());
    for old in OLD.lines().filter(|line| !line.starts_with('#')) {
        let (name, letters) = old.split_once(' ').unwrap();
        let listed = registered.iter().find(|it| it.name == name);
        let value = listed.map_or("1", |it| it.defaults.first().copied().unwrap_or(sample(it.kind)));
        let value = match find(name).map(|row| row.kind) {
            Some(Kind::Bool) if value == "1" => "true",
            Some(Kind::Enum(values)) if value == "1" => values.split(',').next().unwrap(),
            _ => match name {
                "gateway.type" => "local",
                "script.disable_dynamic" => "true",
                _ => value,
            },
        };
        for (version, letter) in versions(OLD).into_iter().zip(letters.bytes()) {
            let found = judged(&line(name, value), version);
            let is_error = found.iter().any(|it| it.severity == Severity::Error);
            // Majorities are another rule's.
            let is_error = is_error
                || find(name).is_some_and(|row| {
                    name == "discovery.zen.minimum_master_nodes" && row.state(version) == State::Removed
                });
            let is_deprecated = found.iter().any(|it| it.code == "settings/deprecated")
                || (name == "discovery.zen.minimum_master_nodes" && !is_error);
            let is_right = match letter {
                b'n' => continue,
                b'a' => found.is_empty(),
                b's' => !is_error,
                b'd' => is_deprecated && !is_error,
                _ => is_error,
            };
            if is_right {
                right += 1;
            } else {
                other.push(format!("{version} {name}: {}", letter as char));
            }
        }
    }
    println!("{right} of {} old settings are judged as the server does", right + other.len());
    for line in &other {
        println!("{line}");
    }
    assert!(right * 100 >= (right + other.len()) * 95);
    // No old setting that a server takes is refused.
    assert!(other.iter().all(|line| !line.ends_with(": a")), "{other:?}");
}

/// What takes the place of a setting is there in the versions that no longer have it.
#[test]
fn what_takes_the_place_of_a_setting_exists() {
    let mut wrong = Vec::new();
    for version in versions(REGISTERS) {
        for setting in registered() {
            let Some(row) = find(&own_name(setting.name)) else { continue };
            let Fix::Rename(name) = row.fix else { continue };
            let is_gone = matches!(row.state(version), State::Removed | State::Deprecated);
            let is_there = find(&own_name(name)).is_some_and(|row| row.state(version) != State::Removed);
            if row.name == setting.name && is_gone && !is_there {
                wrong.push(format!("{version} {} {name}", setting.name));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}
