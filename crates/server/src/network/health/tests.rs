use super::*;
use crate::network::Interface;
use crate::settings::samples::{list, texts, unknown};

const TWO: Version = Version::elasticsearch(2, 3, 4);
const EIGHT: Version = Version::elasticsearch(8, 19, 21);

fn here() -> Interfaces {
    let of = |name: &str, addresses: &[&str]| Interface {
        name: name.to_owned(),
        addresses: addresses.iter().map(|it| it.parse().unwrap()).collect(),
        is_up: true,
        is_loopback: name == "lo",
    };
    let all = vec![of("lo", &["127.0.0.1", "::1"]), of("eth0", &["10.0.0.4", "fe80::4"])];
    Interfaces { all, binds_foreign: false }
}

fn target(settings: &Settings, version: Version) -> Target {
    Target::of(settings, version, &here(), false)
}

/// `address uid inode`.
fn listeners(lines: &[&str]) -> Vec<Listener> {
    let of = |line: &&str| {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words.get(at).map_or(0, |it| it.parse().unwrap());
        Listener { address: words[0].parse().unwrap(), uid: number(1), inode: u64::from(number(2)) }
    };
    lines.iter().map(of).collect()
}

/// Whom a server of user 0 is asked by; its sockets cannot be seen.
fn asked(settings: &Settings, version: Version, lines: &[&str]) -> Vec<String> {
    match target(settings, version).questions(&listeners(lines), Some(0), || None) {
        Questions::Ask(addresses) => addresses.iter().map(SocketAddr::to_string).collect(),
        Questions::Nobody { others } => vec![format!("others: {others}")],
    }
}

#[test]
fn services() {
    let service = |pairs: &[(&str, &str)], version: Version, is_ready: bool| {
        let target = Target::of(&texts(pairs), version, &here(), is_ready);
        (target.service, target.name())
    };
    let http = |name: &str| (Service::Http, name.to_owned());
    let https = || (Service::Https, "the HTTP ports 9200-9300".to_owned());
    assert_eq!(service(&[], TWO, false), http("the HTTP ports 9200-9300"));
    assert_eq!(service(&[("http.port", "9201")], TWO, true), http("the HTTP port 9201"));
    assert_eq!(service(&[("http.port", "0")], EIGHT, true), http("any port for HTTP"));
    // Where Kubernetes has its hand in it, the server does not start.
    assert_eq!(
        service(&[("http.port", "tcp://10.96.0.7:9250")], TWO, false),
        http("the HTTP ports 9200-9300")
    );
    for key in TLS {
        assert_eq!(service(&[(key, "true")], EIGHT, false), https(), "{key}");
        assert_eq!(service(&[(key, "false")], EIGHT, false).0, Service::Http, "{key}");
    }
    let off = [("xpack.security.http.ssl.enabled", "true"), ("xpack.security.enabled", "false")];
    assert_eq!(service(&off, EIGHT, false).0, Service::Http);
    let off = [("plugins.security.ssl.http.enabled", "true"), ("plugins.security.disabled", "true")];
    assert_eq!(service(&off, Version::opensearch(2, 19, 6), false).0, Service::Http);
    let transport = |name: &str| (Service::Transport, name.to_owned());
    let off = [("http.enabled", "false"), ("transport.tcp.port", "9301")];
    for is_ready in [false, true] {
        assert_eq!(service(&off, TWO, is_ready), transport("the transport port 9301"));
    }
    assert_eq!(service(&[("http.enabled", "off")], TWO, false), transport("the transport ports 9300-9400"));
    // Up to 2.x this is true.
    assert_eq!(service(&[("http.enabled", "False")], TWO, false).0, Service::Http);
    let ready = [("readiness.port", "9399")];
    assert_eq!(service(&ready, EIGHT, true), (Service::Readiness, "the readiness port 9399".to_owned()));
    // Asked whether it lives, and where nobody reads that setting.
    assert_eq!(service(&ready, EIGHT, false).0, Service::Http);
    assert_eq!(service(&ready, TWO, true).0, Service::Http);
    for unfit in ["0", "x", ""] {
        assert_eq!(service(&[("readiness.port", unfit)], EIGHT, true).0, Service::Http, "{unfit}");
    }
}

#[test]
fn the_addresses_of_the_settings_are_asked() {
    let all = [
        "10.0.0.9:9200",
        "[::ffff:10.0.0.4]:9200",
        "[fe80::4]:9200",
        "[::1]:9200",
        "[::ffff:127.0.0.1]:9200",
        "127.0.0.1:9300",
    ];
    for (pairs, expected) in [
        (&[][..], &["127.0.0.1:9200", "[::1]:9200"][..]),
        (&[("network.host", "_eth0_")], &["10.0.0.4:9200", "[fe80::4]:9200"]),
        (&[("network.host", "_site_"), ("http.host", "::1")], &["[::1]:9200"]),
        (&[("network.host", "127.0.0.1"), ("http.bind_host", "10.0.0.4")], &["10.0.0.4:9200"]),
        (&[("http.host", "10.0.0.7")], &["others: true"]),
        // Nobody outside of this container is asked, not even where the kernel lets a server bind that.
        (&[("http.host", "10.0.0.9")], &["others: true"]),
        (&[("http.port", "9201-9210")], &["others: false"]),
        (&[("http.publish_host", "10.0.0.9")], &["127.0.0.1:9200", "[::1]:9200"]),
    ] {
        assert_eq!(asked(&texts(pairs), EIGHT, &all), expected, "{pairs:?}");
    }
    // Where the settings do not say, every address counts, those of loopback first.
    let near_first = ["127.0.0.1:9200", "[::1]:9200", "10.0.0.4:9200", "[fe80::4]:9200"];
    for host in ["es-0.search", "0.0.0.0", "_ec2_", "_eth7_"] {
        assert_eq!(asked(&texts(&[("network.host", host)]), EIGHT, &all), near_first, "{host}");
    }
    assert_eq!(asked(&unknown(&["network.host"]), EIGHT, &all), near_first);
    assert_eq!(asked(&texts(&[]), Version::elasticsearch(1, 7, 5), &all), near_first);
    assert_eq!(
        asked(&list("network.host", &["_local_", "_site_"]), EIGHT, &all),
        ["127.0.0.1:9200", "[::1]:9200", "10.0.0.4:9200"]
    );
}

#[test]
fn all_addresses_are_reached_over_loopback() {
    let any = texts(&[("network.host", "0.0.0.0")]);
    assert_eq!(asked(&any, EIGHT, &["[::]:9200"]), ["127.0.0.1:9200", "[::1]:9200"]);
    assert_eq!(asked(&any, EIGHT, &["0.0.0.0:9200"]), ["127.0.0.1:9200"]);
    // It is bound to loopback, and this is not.
    assert_eq!(asked(&texts(&[]), EIGHT, &["0.0.0.0:9200"]), ["others: true"]);
}

#[test]
fn the_first_port_that_the_server_could_have() {
    let settings = texts(&[("network.host", "0.0.0.0")]);
    // Another user's, and the transport service's, which the range touches.
    let lines = ["0.0.0.0:9200 7 1", "0.0.0.0:9300 0 2", "0.0.0.0:9202 0 3", "0.0.0.0:9201 0 4"];
    assert_eq!(asked(&settings, EIGHT, &lines), ["127.0.0.1:9201"]);
    assert_eq!(asked(&settings, EIGHT, &lines[..2]), ["others: true"]);
    // The numbers of its sockets decide, where they can be seen.
    let with = |lines: &[&str], own: Option<Vec<u64>>| {
        target(&settings, EIGHT).questions(&listeners(lines), Some(0), || own)
    };
    assert_eq!(with(&lines, Some(vec![2, 3])), Questions::Ask(vec!["127.0.0.1:9202".parse().unwrap()]));
    assert_eq!(with(&lines, Some(vec![2])), Questions::Nobody { others: true });
    // Nobody looks for them where there is one.
    let one = target(&settings, EIGHT).questions(&listeners(&lines[2..3]), None, || panic!("asked"));
    assert_eq!(one, Questions::Ask(vec!["127.0.0.1:9202".parse().unwrap()]));
    let single = texts(&[("http.port", "9300"), ("transport.port", "9500"), ("network.host", "0.0.0.0")]);
    assert_eq!(asked(&single, EIGHT, &lines), ["127.0.0.1:9300"]);
}

#[test]
fn any_port() {
    let settings = texts(&[("http.port", "0")]);
    let lines = ["127.0.0.1:40001 0 1", "127.0.0.1:33001 0 2", "127.0.0.1:9301 0 3", "127.0.0.1:50000 7 4"];
    assert_eq!(asked(&settings, EIGHT, &lines), ["127.0.0.1:33001", "127.0.0.1:40001"]);
    let own = target(&settings, EIGHT).questions(&listeners(&lines), Some(0), || Some(vec![1, 3]));
    assert_eq!(own, Questions::Ask(vec!["127.0.0.1:40001".parse().unwrap()]));
}

#[test]
fn without_a_look_at_the_sockets() {
    let guesses = |pairs: &[(&str, &str)]| -> Vec<String> {
        target(&texts(pairs), EIGHT).guesses().iter().map(SocketAddr::to_string).collect()
    };
    assert_eq!(
        guesses(&[("network.host", "_eth0_"), ("http.port", "9205")]),
        ["10.0.0.4:9205", "[fe80::4]:9205"]
    );
    assert_eq!(guesses(&[("network.host", "es-0.search")]), ["127.0.0.1:9200", "[::1]:9200"]);
    // It is no address of this machine.
    assert_eq!(guesses(&[("network.host", "203.0.113.5")]), [""; 0]);
}
