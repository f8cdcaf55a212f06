use super::*;
use crate::signals::{Action, Signal};
use std::ffi::OsStr;

fn words(started: &Started, watch: &Watch) -> Vec<OsString> {
    let words = encode(started, watch);
    words.iter().skip(1).map(|word| OsStr::from_bytes(word).to_owned()).collect()
}

fn started() -> Started {
    Started {
        program: OsStr::from_bytes(b"--\xff\n").to_owned(),
        child: 7,
        process_group: ProcessGroup::Supervisor,
        has_foreground: false,
        born: Instant::now(),
        kills_before: None,
    }
}

/// A watch in which no field has its default value.
fn nothing_by_default() -> Watch {
    let mut forwarding = Forwarding::jvm();
    forwarding.set(Signal::TERM, Action::Rewrite(Signal::INT));
    Watch {
        forwarding,
        delivery: Delivery::Session,
        stops_with_child: true,
        subreaper: false,
        grace: Duration::from_nanos(1_500_000_001),
        linger: Duration::from_millis(30_001),
        stop_timeout: Some(Duration::from_secs(31_536_000)),
        is_server: true,
        early_stop: EarlyStop::Below,
        stop_status: Some(0),
        success_codes: vec![143, 3],
        log: Log { level: LogLevel::Warn, json: true },
        log_reaped: LogLevel::Off,
    }
}

#[track_caller]
fn survives(started: &Started, watch: &Watch) {
    let before = Instant::now();
    let state = decode(&words(started, watch)).unwrap();
    // What is written is the age, and time goes on meanwhile.
    let shift = state.started.born.max(started.born) - state.started.born.min(started.born);
    assert!(shift <= before.elapsed(), "{shift:?}");
    assert_eq!(Started { born: started.born, ..state.started }, *started);
    assert_eq!(state.watch, *watch);
}

#[test]
fn what_is_known_of_the_child_survives() {
    survives(&started(), &Watch::default());
    let born = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
    for process_group in ProcessGroup::ALL {
        let other = Started { process_group, has_foreground: true, born, kills_before: Some(3), ..started() };
        survives(&other, &Watch::default());
    }
}

/// Each field differs from the default: one that got lost on the way would have it.
#[test]
fn every_field_of_a_watch_survives() {
    let watch = nothing_by_default();
    let default = Watch::default();
    let Watch {
        forwarding,
        delivery,
        stops_with_child,
        subreaper,
        grace,
        linger,
        stop_timeout,
        is_server,
        early_stop,
        stop_status,
        success_codes,
        log: Log { level, json },
        log_reaped,
    } = &watch;
    assert_ne!(*forwarding, default.forwarding);
    assert_ne!(*delivery, default.delivery);
    assert_ne!(*stops_with_child, default.stops_with_child);
    assert_ne!(*subreaper, default.subreaper);
    assert_ne!(*grace, default.grace);
    assert_ne!(*linger, default.linger);
    assert_ne!(*stop_timeout, default.stop_timeout);
    assert_ne!(*is_server, default.is_server);
    assert_ne!(*early_stop, default.early_stop);
    assert_ne!(*stop_status, default.stop_status);
    assert_ne!(*success_codes, default.success_codes);
    assert_ne!(*level, default.log.level);
    assert_ne!(*json, default.log.json);
    assert_ne!(*log_reaped, default.log_reaped);
    survives(&started(), &watch);
    for delivery in Delivery::ALL {
        survives(&started(), &Watch { delivery, ..watch.clone() });
    }
    for early_stop in EarlyStop::ALL {
        survives(&started(), &Watch { early_stop, ..watch.clone() });
    }
    for level in LogLevel::ALL {
        survives(
            &started(),
            &Watch { log: Log { level, json: false }, log_reaped: level, ..Watch::default() },
        );
    }
}

#[test]
fn other_command_lines_are_not_taken() {
    let good = words(&Started { program: "true".into(), ..started() }, &nothing_by_default());
    assert!(decode(&good).is_some());
    let refused = |words: &[OsString]| assert_eq!(decode(words), None, "{words:?}");
    refused(&[]);
    for index in 0..good.len() {
        let mut shorter = good.clone();
        shorter.remove(index);
        refused(&shorter);
        // The last word is the program, which may be anything.
        if index < good.len() - 1 {
            let mut other = good.clone();
            other[index] = "--other=x".into();
            refused(&other);
            let mut twice = good.clone();
            twice.insert(index, good[index].clone());
            refused(&twice);
        }
    }
    for (name, value) in [
        ("child", "0"),
        ("child", "1"),
        ("child", "-7"),
        ("child", ""),
        ("process-group", "there"),
        ("has-foreground", ""),
        ("age-ns", "-1"),
        ("kills-before", "x"),
        ("forwarding", "00"),
        ("delivery", "everyone"),
        ("grace-ns", "x"),
        ("stop-status", "256"),
        ("success-codes", "1,x"),
        ("log-level", "loud"),
    ] {
        let mut other = good.clone();
        let prefix = format!("--{name}=");
        let word = other.iter_mut().find(|word| word.to_string_lossy().starts_with(&prefix)).unwrap();
        *word = format!("{prefix}{value}").into();
        refused(&other);
    }
    for words in [&["init"][..], &["init", "--", "true"], &["init", "--reexec", "--", "true"]] {
        refused(&words.iter().map(OsString::from).collect::<Vec<_>>());
    }
    let mut run = good.clone();
    run[0] = "run".into();
    refused(&run);
}

/// A variant that `ALL` lacks could be written but not read. A new one does not compile here until it is counted.
#[test]
fn every_variant_can_be_read() {
    let delivery = |it| match it {
        Delivery::Single => 0,
        Delivery::Group => 1,
        Delivery::Session => 2,
    };
    let process_group = |it| match it {
        ProcessGroup::Supervisor => 0,
        ProcessGroup::Own => 1,
        ProcessGroup::Session => 2,
    };
    let level = |it| match it {
        LogLevel::Off => 0,
        LogLevel::Error => 1,
        LogLevel::Warn => 2,
        LogLevel::Info => 3,
        LogLevel::Debug => 4,
    };
    assert_eq!(Delivery::ALL.map(delivery), [0, 1, 2]);
    assert_eq!(ProcessGroup::ALL.map(process_group), [0, 1, 2]);
    assert_eq!(LogLevel::ALL.map(level), [0, 1, 2, 3, 4]);
}
