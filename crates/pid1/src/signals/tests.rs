use super::*;

#[test]
fn names_and_numbers() {
    for (text, number) in [
        ("TERM", 15),
        ("SIGTERM", 15),
        ("sigterm", 15),
        ("15", 15),
        ("1", 1),
        ("64", 64),
        ("032", 32),
        ("POLL", 29),
        ("IOT", 6),
        ("RTMIN", 34),
        ("SIGRTMIN+3", 37),
        ("RTMIN+30", 64),
        ("RTMAX", 64),
        ("rtmax-14", 50),
        ("SYS", 31),
    ] {
        assert_eq!(parse_signal(text).map(Signal::number), Ok(number), "{text}");
    }
    for text in [
        "",
        "0",
        "65",
        "-1",
        "+15",
        "15 ",
        " 15",
        "0x0f",
        "TERMS",
        "SIG",
        "SIGSIGTERM",
        "RTMIN+",
        "RTMIN+31",
        "RTMIN-1",
        "RTMAX+1",
        "RTMAX-31",
        "RTMIN+ 1",
        "RTMIN++1",
        "99999999999999999999",
    ] {
        assert_eq!(
            parse_signal(text),
            Err("no such signal: give a name like `TERM` or `RTMIN+3`, or a number from 1 to 64".to_owned()),
            "{text}"
        );
    }
}

#[test]
fn every_displayed_name_reads_back() {
    for signal in Signal::all() {
        assert_eq!(parse_signal(&signal.to_string()), Ok(signal));
    }
    assert_eq!(Signal(35).to_string(), "RTMIN+1");
    assert_eq!(Signal(32).to_string(), "32");
}

#[test]
fn lists() {
    assert_eq!(parse_signal_list("USR1, SIGUSR2,34"), Ok(vec![Signal(10), Signal(12), Signal(34)]));
    assert_eq!(parse_signal_list(""), Ok(vec![]));
    assert_eq!(
        parse_signal_list("TERM,KILL").unwrap_err(),
        "`KILL` never reaches this process: the kernel handles it"
    );
    assert_eq!(
        parse_signal_list("17").unwrap_err(),
        "`CHLD` reports the end of this process's own children: it cannot be forwarded"
    );
    assert_eq!(
        parse_rewrite_list("TERM:QUIT, 1:0 2:9"),
        Ok(vec![
            (Signal::TERM, Action::Rewrite(Signal::QUIT)),
            (Signal::HUP, Action::Drop),
            (Signal::INT, Action::Rewrite(Signal::KILL))
        ])
    );
    assert_eq!(
        parse_rewrite_list("15").unwrap_err(),
        "not a rewrite: write `FROM:TO`, for instance `TERM:QUIT` or `15:3`"
    );
    assert!(parse_rewrite_list("TERM:65").is_err());
    assert!(parse_rewrite_list("STOP:TERM").is_err());
}

/// Rule 10: CHLD is never forwarded; each table is what its model does.
#[test]
fn tables() {
    let forwarded = |table: &Forwarding| {
        Signal::all()
            .filter(|signal| table.action(*signal) == Action::Forward)
            .map(|signal| signal.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(forwarded(&Forwarding::jvm()), [1, 2, 3, 15, 18, 28]);
    let stops = SignalSet::of(&[Signal(30), Signal(37)]);
    assert_eq!(Forwarding::jvm().with_action(Action::StopFromOutside), stops);
    assert_eq!(Forwarding::tini().with_action(Action::StopFromOutside), SignalSet::EMPTY);
    let not_by_tini = [4, 5, 6, 7, 8, 11, 17, 21, 22, 31];
    assert_eq!(
        forwarded(&Forwarding::tini()),
        (1..=64).filter(|number| !not_by_tini.contains(number)).collect::<Vec<_>>()
    );
    assert_eq!(
        forwarded(&Forwarding::everything()),
        (1..=64).filter(|number| *number != 17).collect::<Vec<_>>()
    );
}

#[test]
fn a_table_survives_encoding() {
    let mut table = Forwarding::jvm();
    table.set(Signal::TERM, Action::Rewrite(Signal::QUIT));
    table.set(Signal::HUP, Action::Drop);
    table.set(Signal(64), Action::Rewrite(Signal(33)));
    assert_eq!(Forwarding::decode(&table.encode()), Some(table));
    assert_eq!(Forwarding::decode(""), None);
    assert_eq!(Forwarding::decode(&"ff".repeat(64)), None);
    assert_eq!(Forwarding::decode(&"é".repeat(64)), None);
}
