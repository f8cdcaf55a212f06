//! No false alarm: what a version registers is not called removed, not yet there, deprecated or a boolean without reason.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use diagnostics::Levels;
use server::{Version, settings};
use template::{Environment, Format, Template};

const REGISTERS: &str = include_str!("registers.txt");

struct Registered<'a> {
    name: &'a str,
    /// One letter a version.
    states: &'a str,
    is_boolean: bool,
}

fn versions() -> Vec<Version> {
    let head = REGISTERS.lines().take_while(|line| line.starts_with('#')).last().unwrap();
    head.split(' ').skip(1).map(|text| Version::parse(text).unwrap()).collect()
}

fn registered() -> Vec<Registered<'static>> {
    let lines = REGISTERS.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut words = line.split(' ');
            Registered {
                name: words.next().unwrap(),
                states: words.next().unwrap(),
                is_boolean: words.next() == Some("bool"),
            }
        })
        .collect()
}

/// A file with all those settings: `true` where that can be meant, else something that is no boolean.
fn file<'a>(registered: impl Iterator<Item = &'a Registered<'a>>) -> String {
    let line = |setting: &Registered| {
        // Names of somebody's own: `transport.profiles.*.port`, and groups, which end with a dot.
        let name = setting.name.replace('*', "x");
        let own = if name.ends_with('.') { "x" } else { "" };
        format!("{name}{own}: {}\n", if setting.is_boolean { "true" } else { "x" })
    };
    registered.map(line).collect()
}

#[test]
fn what_a_version_registers_is_no_problem() {
    let all = registered();
    assert!(all.len() > 1200 && all.is_sorted_by(|one, next| one.name < next.name));
    let mut wrong = Vec::new();
    for (column, version) in versions().into_iter().enumerate() {
        let state = |setting: &Registered| setting.states.as_bytes()[column];
        for (letter, alarms) in [
            (b'p', &["settings/removed", "settings/not-yet", "settings/deprecated", "settings/boolean"][..]),
            (b'd', &["settings/removed", "settings/not-yet", "settings/boolean"]),
        ] {
            let text = file(all.iter().filter(|setting| state(setting) == letter));
            let template =
                Template { name: "elasticsearch.yml", bytes: text.as_bytes(), format: Format::Elasticsearch };
            let inspected = template::inspect(&template, &Environment::default(), &Levels::default());
            let count = all.iter().filter(|setting| state(setting) == letter).count();
            assert_eq!(inspected.settings.entries.len(), count, "{version}");
            let found = settings::check(&inspected.settings, version, false);
            let found = found.iter().filter(|finding| alarms.contains(&finding.code));
            wrong.extend(found.map(|finding| format!("{version}: {}", finding.message)));
        }
    }
    assert_eq!(wrong, [""; 0]);
}
