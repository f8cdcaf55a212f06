//! Reads what the distributions' own tools wrote, and what this crate wrote.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use keystore::{Container, Entries, Format, Keystore, RANDOM, Unreadable, WrongPassword};

const WRITTEN: &str = include_str!("written-by-tools.txt");

/// Version, password and bytes.
fn written() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let lines = WRITTEN.lines().filter(|line| !line.starts_with('#'));
    let digits = |text: &str| {
        let pairs = (0..text.len()).step_by(2);
        pairs.map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    lines
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            (words[0], if words[1] == "-" { "" } else { words[1] }, digits(words[2]))
        })
        .collect()
}

fn text(entries: &Entries, name: &str) -> String {
    String::from_utf8(entries.get(name).unwrap_or(b"(none)").to_vec()).unwrap()
}

const RANDOM_BYTES: [u8; RANDOM] = [7; RANDOM];

#[test]
fn what_tools_wrote_is_read() {
    for (version, password, bytes) in written() {
        let container = Container::read(&bytes).expect(version);
        let keystore = Keystore::open(&container, password).expect(version);
        assert_eq!(container.is_protected, !password.is_empty(), "{version}");
        let format = match version {
            "elasticsearch-8.1.1" => 5,
            "elasticsearch-8.15.0" => 6,
            "elasticsearch-8.18.0"
            | "elasticsearch-8.19.21"
            | "elasticsearch-9.0.0"
            | "elasticsearch-9.2.0" => 7,
            _ => 4,
        };
        assert_eq!(container.format.number, format, "{version}");
        assert_eq!(version.split('-').next(), container.name.split('.').next());
        // The tools of older versions lose the value where they also read the password from a pipe.
        let is_lost = container.is_protected && matches!(format, 4 | 6);
        let expected = match version {
            _ if is_lost => ["", ""],
            "elasticsearch-8.1.1" | "elasticsearch-8.18.0" | "elasticsearch-9.0.0" => ["(none)", "secret"],
            _ => ["AKIAEXAMPLE", "p\u{e4}ssw\u{f6}rd"],
        };
        let names = ["s3.client.default.access_key", "bootstrap.password"];
        assert_eq!(names.map(|name| text(&keystore.entries, name)), expected, "{version}");
        assert_eq!(text(&keystore.entries, "keystore.seed").len(), 20, "{version}");
        assert!(!format!("{keystore:?}").contains("AKIA"));
    }
}

#[test]
fn what_is_written_is_read() {
    for number in 4..=7 {
        let mut new = Keystore::new(Format::of(number).unwrap(), &RANDOM_BYTES);
        assert_eq!(text(&new.entries, "keystore.seed"), "HHHHHHHHHHHHHHHHHHHH");
        new.entries.set("bootstrap.password", "p\u{e4}ss".as_bytes());
        for (is_protected, password) in [(false, ""), (true, "s3cret")] {
            new.is_protected = is_protected;
            let bytes = new.write("opensearch.keystore", password, &RANDOM_BYTES);
            let container = Container::read(&bytes).unwrap();
            assert_eq!((container.name, container.is_protected), ("opensearch.keystore", is_protected));
            let opened = Keystore::open(&container, password).unwrap();
            assert_eq!(
                (opened.format, opened.is_protected, &opened.entries),
                (new.format, is_protected, &new.entries)
            );
            let other = Keystore::open(&container, "other");
            assert_eq!(other.is_ok(), !is_protected, "{number}");
        }
    }
    assert_eq!((Format::of(3), Format::of(8)), (None, None));
}

#[test]
fn what_is_no_keystore() {
    let (_, _, bytes) = written().swap_remove(1);
    for (text, expected) in [(&b""[..], Unreadable::Other), (b"cluster.name: x\n", Unreadable::Other)] {
        assert_eq!(Container::read(text), Err(expected));
    }
    for length in 4..bytes.len() {
        let found = Container::read(&bytes[..length]);
        assert!(matches!(found, Err(Unreadable::Damaged | Unreadable::Other)), "{length} {found:?}");
    }
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert!(Container::read(&damaged).is_err(), "{at}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Container::read(&longer), Err(Unreadable::Damaged));
    let mut newer = bytes;
    newer[30] = 8;
    assert_eq!(Container::read(&newer), Err(Unreadable::Format(8)));
}

#[test]
fn another_password() {
    let (_, _, bytes) = written().into_iter().find(|(_, password, _)| !password.is_empty()).unwrap();
    let container = Container::read(&bytes).unwrap();
    assert_eq!(Keystore::open(&container, "").err(), Some(WrongPassword));
}
