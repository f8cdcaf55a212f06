use super::*;
use crate::settings::check;
use crate::settings::samples::of_file;
use proptest::prelude::*;

const SEVEN: Version = Version::elasticsearch(7, 17, 29);
const EIGHT: Version = Version::elasticsearch(8, 19, 21);

/// What is found in a file, with what mends it.
fn found(text: &str, version: Version) -> (Settings, Vec<Finding>) {
    let settings = of_file(text, &[("HOSTS", "a,b")]);
    let mut findings = check(&settings, version, false, None);
    mechanical(&mut findings, &settings, version, &Levels::default());
    (settings, findings)
}

/// The text after the change; what it was where nothing changes.
fn fixed(text: &str, version: Version) -> String {
    let (before, findings) = found(text, version);
    let changes = diagnostics::changes(&findings);
    let Some(change) = changes.first() else { return text.to_owned() };
    let after = change.after();
    let settings = of_file(&after, &[("HOSTS", "a,b")]);
    assert!(is_as_meant(&before, &settings, version), "{text}\n=>\n{after}");
    // Once is enough.
    assert_eq!(diagnostics::changes(&found(&after, version).1), [], "{text}\n=>\n{after}");
    after
}

#[test]
fn names_change_where_they_stand() {
    let two = Version::elasticsearch(2, 3, 4);
    for (version, text, expected) in [
        (SEVEN, "bootstrap.mlockall: true\n", "bootstrap.memory_lock: true\n"),
        (SEVEN, "bootstrap:\n  mlockall: true\n", "bootstrap:\n  memory_lock: true\n"),
        (two, "bootstrap.memory_lock: true\n", "bootstrap.mlockall: true\n"),
        (EIGHT, "processors: 2\n", "node.processors: 2\n"),
        (EIGHT, "\"processors\" : 2 # few\r\n", "\"node.processors\" : 2 # few\r\n"),
        (EIGHT, "bootstrap: {mlockall: true}\n", "bootstrap: {mlockall: true}\n"),
        (EIGHT, "transport:\n  tcp:\n    port: 9300", "transport:\n  port: 9300"),
        (EIGHT, "transport.tcp:\n  port: 9300\n", "transport:\n  port: 9300\n"),
        (
            EIGHT,
            "transport:\n  tcp: # own\n    # ours\n    port: 9300\n",
            "transport:\n  # tcp: # own\n    # ours\n  port: 9300\n",
        ),
        (
            EIGHT,
            "transport:\n  tcp:\n    keep_idle: 1\n    port: 9300\n",
            "transport:\n  tcp:\n    keep_idle: 1\n  port: 9300\n",
        ),
        (
            EIGHT,
            "discovery.zen:\n  ping.unicast.hosts: ${HOSTS}\n  fd.ping_timeout: 3s\n",
            "# discovery.zen:\ndiscovery.seed_hosts: ${HOSTS}\n  # es-entrypoint: removed in 8.0: discovery has other \
             settings from 7 on, and rarely needs any\n  # fd.ping_timeout: 3s\n",
        ),
        (
            EIGHT,
            "threadpool:\n  search:\n    size: 1\n  get: \n    size: 2\n",
            "thread_pool:\n  search:\n    size: 1\n  get: \n    size: 2\n",
        ),
        (EIGHT, "threadpool.bulk.size: 2\n", "thread_pool.write.size: 2\n"),
        (
            EIGHT,
            "search.remote:\n  one.seeds: a:9300\n  two:\n    seeds:\n    - b:9300\n",
            "cluster.remote:\n  one.seeds: a:9300\n  two:\n    seeds:\n    - b:9300\n",
        ),
    ] {
        assert_eq!(fixed(text, version), expected, "{text}");
    }
}

#[test]
fn what_wants_a_decision_stays() {
    for text in [
        "bootstrap.mlockall: true\nbootstrap.memory_lock: true\n",
        "bootstrap.mlockall: true\nbootstrap.mlockall: false\n",
        "gateway.expected_nodes: 3\n",
        "threadpool.search.type: fixed\n",
        "thread_pool.bulk.size: 2\nthread_pool.index.size: 2\n",
        "script.max_compilations_per_minute: 15\n",
        "transport:\n  tcp:\n    port: 9300\n    keep_idle: 1\n",
        "transport: {tcp: {port: 9300}}\n",
        "{processors: 2}\n",
        "{\n  processors: 2\n}\n",
        "? processors\n: 2\n",
        "node.master: maybe\n",
        "node.master: true\nnode.roles: [master]\n",
        "node: {master: true}\n",
        "node.master: ${HOSTS}\n",
        "path:\n  &x work: /tmp\n",
        "path.work: &x /tmp\n",
    ] {
        assert_eq!(fixed(text, EIGHT), text);
    }
}

#[test]
fn what_is_gone_stays_as_a_comment() {
    let why = "# es-entrypoint: removed in 2.0: temporary files go to `java.io.tmpdir` of the JVM (ES_TMPDIR from 6.0 on)";
    for (text, expected) in [
        ("path.work: /tmp", format!("{why}\n# path.work: /tmp")),
        ("a.b: 1\r\npath.work: /tmp\r\n", format!("a.b: 1\r\n{why}\r\n# path.work: /tmp\r\n")),
        (
            "path:\n    work: /tmp # x\n\na.b: 1\n",
            format!("# path:\n    {why}\n    # work: /tmp # x\n\na.b: 1\n"),
        ),
        (
            "path:\n  data: /d\n  work: >-\n    a\n\n   \n    b\n\n# c\nx.y: 1\n",
            format!("path:\n  data: /d\n  {why}\n  # work: >-\n  #   a\n\n   \n  #   b\n\n# c\nx.y: 1\n"),
        ),
        ("path.work: [a,\n b\n ]\n", format!("{why}\n# path.work: [a,\n#  b\n#  ]\n")),
        ("path.work:\n- a\n# c\n- b\n", format!("{why}\n# path.work:\n# - a\n# # c\n# - b\n")),
    ] {
        assert_eq!(fixed(text, EIGHT), expected, "{text}");
    }
}

#[test]
fn one_list_takes_the_place_of_booleans() {
    let ml = "# es-entrypoint: add `ml` where this node is to have that, too";
    let both = "# es-entrypoint: add `ml` and `transform` where this node is to have that, too";
    let all = "# es-entrypoint: a node has every role unless `node.roles` names some";
    let client = "remote_cluster_client";
    for (text, expected) in [
        ("node.master: true\nnode.data: false", format!("{ml}\nnode.roles: [ master, ingest, {client} ]")),
        (
            "a.b: 1\r\nnode:\r\n  ingest: no # none\r\n  data: false\r\nnode.master: 'false' # no\r\n",
            format!("a.b: 1\r\nnode:\r\n  {ml}\r\n  roles: [ {client} ] # none\r\n# no\r\n"),
        ),
        (
            "node.ingest: false\nnode:\n  data: true\n",
            format!("{both}\nnode.roles: [ master, data, {client} ]\n"),
        ),
        ("node.data: false\nnode.ml: true\n", format!("node.roles: [ master, ingest, ml, {client} ]\n")),
        (
            "node.data: false\nnode.ml: false\nnode.remote_cluster_client: false\n",
            "node.roles: [ master, ingest ]\n".to_owned(),
        ),
        (
            "node.data: true\nnode:\n  master: true\n",
            format!("{all}\n# node.data: true\n# node:\n  {all}\n  # master: true\n"),
        ),
    ] {
        assert_eq!(fixed(text, EIGHT), expected, "{text}");
    }
    // Nothing else is a role of a module there.
    assert_eq!(
        fixed("node.data: false\n", Version::opensearch(2, 19, 6)),
        "node.roles: [ cluster_manager, ingest, remote_cluster_client ]\n"
    );
    // What still works does not become less.
    assert_eq!(fixed("node.data: false\n", SEVEN), "node.data: false\n");
    assert_eq!(fixed("node.data: true\n", SEVEN), format!("{all}\n# node.data: true\n"));
}

#[test]
fn what_is_allowed_stays() {
    let settings = of_file("processors: 2\n", &[]);
    let mut findings = check(&settings, EIGHT, false, None);
    let levels = Levels { strict: false, rows: vec![("settings/removed", diagnostics::Level::Allow)] };
    mechanical(&mut findings, &settings, EIGHT, &levels);
    assert!(findings.iter().all(|finding| finding.edits.is_empty()));
}

/// A value that the kind takes.
fn value(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "true",
        Kind::Bytes | Kind::Memory => "10mb",
        Kind::Float(_) | Kind::Int(_) | Kind::Long(_) => "5",
        Kind::Port => "9300",
        Kind::Time(_) => "30s",
        Kind::List(_) | Kind::Hosts => "[ one, two ]",
        _ => "some text",
    }
}

/// Writes settings: dotted or nested, with comments, blank lines and values of several lines, as the numbers have it.
fn write(
    out: &mut String,
    keys: &[(String, &'static str)],
    indent: usize,
    numbers: &mut dyn Iterator<Item = u8>,
) {
    let blanks = " ".repeat(indent);
    let mut rest = keys;
    while let Some((key, value)) = rest.first() {
        let number = numbers.next().unwrap();
        if number.is_multiple_of(7) {
            out.extend([format!("{blanks}# what {number} is for\n\n")]);
        }
        let first = key.split('.').next().unwrap();
        let length = rest.iter().take_while(|(key, _)| key.split('.').next() == Some(first)).count();
        let (group, behind) = rest.split_at(length);
        let below = |(key, value): &(String, &'static str)| {
            Some((key.strip_prefix(first)?.strip_prefix('.')?.to_owned(), *value))
        };
        let nested: Option<Vec<_>> = group.iter().map(below).collect();
        if let Some(nested) = nested.filter(|_| !number.is_multiple_of(3)) {
            out.extend([format!(
                "{blanks}{first}:{}\n",
                if number.is_multiple_of(5) { " # own" } else { "" }
            )]);
            write(out, &nested, indent + 2, numbers);
            rest = behind;
            continue;
        }
        out.extend([match number % 6 {
            0 if value.starts_with('[') => {
                format!("{blanks}{key}:\n{blanks}  - one\n{blanks}  # second\n{blanks}  - two\n")
            }
            1 if *value == "some text" => format!("{blanks}{key}: |\n{blanks}    some\n\n{blanks}    text\n"),
            2 => format!("{blanks}\"{key}\": {value}   # {number}\n"),
            _ => format!("{blanks}{key}: {value}\n"),
        }]);
        rest = &rest[1..];
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_not_changed_stays_as_it_is(
        picks in proptest::collection::vec(any::<proptest::sample::Index>(), 1..14),
        numbers in proptest::collection::vec(any::<u8>(), 64),
        from in 0..3_usize,
        to in 0..4_usize,
        is_crlf in any::<bool>(),
    ) {
        let from = [Version::elasticsearch(2, 3, 4), Version::elasticsearch(6, 8, 23), Version::opensearch(1, 3, 20)][from];
        let to = [EIGHT, SEVEN, Version::elasticsearch(9, 2, 0), Version::opensearch(2, 19, 6)][to];
        let known: Vec<&str> = catalogue::names(from).filter(|name| !name.contains('*') && !name.ends_with('.')).collect();
        // Those that change are rare among all.
        let changing: Vec<&str> = known.iter().copied().filter(|key| {
            catalogue::find(key).is_some_and(|row| matches!(row.fix, Fix::Rename(_) | Fix::Remove(_) | Fix::Role(_)))
        }).collect();
        let mut keys: Vec<(String, &str)> = picks.iter().enumerate().map(|(at, pick)| {
            let key = *pick.get(if at % 3 == 0 { &known } else { &changing });
            (key.to_owned(), value(catalogue::find(key).unwrap().kind))
        }).collect();
        keys.sort();
        keys.dedup();
        let mut text = String::new();
        write(&mut text, &keys, 0, &mut numbers.into_iter().cycle());
        if is_crlf {
            text = text.replace('\n', "\r\n");
        }
        // It is as meant, and mended at once.
        let after = fixed(&text, to);
        let (_, findings) = found(&text, to);
        let line_of = |at: u32| text[..at as usize].matches('\n').count();
        let touched: Vec<usize> = findings.iter().flat_map(|finding| &finding.edits).flat_map(|edit| {
            let end = edit.span.range.end.saturating_sub(u32::from(edit.span.range.end > edit.span.range.start));
            line_of(edit.span.range.start)..=line_of(end)
        }).collect();
        let mut new = after.split_inclusive('\n');
        for (index, line) in text.split_inclusive('\n').enumerate().filter(|(index, _)| !touched.contains(index)) {
            prop_assert!(new.any(|it| it == line), "line {index} of\n{text}\n=>\n{after}");
        }
        if is_crlf {
            prop_assert!(!after.replace("\r\n", "").contains('\n'));
        }
    }
}
