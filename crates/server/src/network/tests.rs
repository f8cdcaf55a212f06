use super::*;
use crate::settings::samples::{from_variable, list, texts, together, unknown};

const ONE: Version = Version::elasticsearch(1, 7, 5);
const TWO: Version = Version::elasticsearch(2, 3, 4);
const SEVEN: Version = Version::elasticsearch(7, 17, 9);

/// `name address…`, down where the name ends with `!`.
fn interfaces(list: &[&str]) -> Interfaces {
    let all = list
        .iter()
        .map(|text| {
            let mut words = text.split(' ');
            let name = words.next().unwrap();
            Interface {
                name: name.trim_end_matches('!').to_owned(),
                addresses: words.map(|word| word.parse().unwrap()).collect(),
                is_up: !name.ends_with('!'),
                is_loopback: name == "lo",
            }
        })
        .collect();
    Interfaces { all, binds_foreign: false }
}

const LO: &str = "lo 127.0.0.1 ::1";
const POD: [&str; 2] = [LO, "eth0 10.0.0.4 fe80::1"];
const TWO_NETWORKS: [&str; 3] = [LO, "eth0 10.0.1.3 fe80::1", "eth1 10.0.0.4"];

fn found(settings: &Settings, version: Version, here: &[&str]) -> Vec<String> {
    check(settings, version, &interfaces(here), Family::Both)
        .into_iter()
        .map(|it| format!("{} {} {} | {}", it.severity.word(), it.code, it.message, it.help.clone().unwrap()))
        .collect()
}

fn codes(settings: &Settings, version: Version, here: &[&str]) -> Vec<String> {
    let found = found(settings, version, here);
    found.iter().map(|it| it.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn what_fits_is_silent() {
    for host in [
        "0.0.0.0",
        "::",
        "_local_",
        "_local:ipv6_",
        "_site_",
        "_site:ipv4_",
        "_eth0_",
        "_eth0:ipv6_",
        "#site#",
        "10.0.0.4",
        "127.0.0.1",
        "127.0.0.9",
        "::1",
        "[::1]",
        "fe80::1%eth0",
        "_site_,_local_",
        "es-0.search",
        "localhost",
        "_ec2_",
        "_ec2:privateIpv4_",
        "_gce:hostname_",
        "",
        "${es.host}",
    ] {
        for version in [TWO, SEVEN, Version::opensearch(2, 11, 0)] {
            assert_eq!(found(&texts(&[("network.host", host)]), version, &POD), [""; 0], "{host} {version}");
        }
    }
    assert_eq!(found(&Settings::default(), TWO, &[]), [""; 0]);
    // Not judged where one that wins is unknown.
    let hidden = together([
        texts(&[("network.host", "_eth7_")]),
        unknown(&["network.bind_host", "network.publish_host"]),
    ]);
    assert_eq!(found(&hidden, TWO, &POD), [""; 0]);
}

#[test]
fn a_private_address_that_is_not_there() {
    let settings = from_variable("network.host", "_site_", "NETWORK_HOST");
    assert_eq!(
        found(&settings, TWO, &[LO]),
        [
            "error host/no-address `network.host` is `_site_`, but no interface of this container has a private address | the \
             node would not start; this container has lo 127.0.0.1 ::1: set NETWORK_HOST=0.0.0.0"
        ]
    );
    // Addresses of carriers are no private ones.
    for address in ["100.64.0.7", "100.127.255.254", "172.32.0.1", "11.0.0.1", "192.169.0.1", "fd00::1"] {
        let eth0 = format!("eth0 {address}");
        assert_eq!(
            found(&settings, SEVEN, &[LO, &eth0]),
            [format!(
                "error host/no-address `network.host` is `_site_`, but no interface of this container has a private address | \
                 the node would not start; this container has lo 127.0.0.1 ::1, eth0 {address}: set NETWORK_HOST=_eth0_, or \
                 0.0.0.0 for all addresses; in Kubernetes the downward API has the pod's own, `status.podIP`"
            )]
        );
        assert_eq!(found(&texts(&[("network.host", "_global_")]), SEVEN, &[LO, &eth0]), [""; 0], "{address}");
    }
    for address in ["10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.0.1", "fec0::1"] {
        let eth0 = format!("eth0 {address}");
        assert_eq!(found(&settings, TWO, &[LO, &eth0]), [""; 0], "{address}");
        assert_eq!(codes(&texts(&[("network.host", "_global_")]), TWO, &[LO, &eth0]).len(), 1, "{address}");
    }
    // Of an interface that is down nothing counts.
    assert_eq!(codes(&settings, TWO, &[LO, "eth0! 10.0.0.4"]), ["error host/no-address"]);
}

#[test]
fn interfaces_that_are_not_there() {
    let first = |host: &str, version| {
        let found = found(
            &texts(&[("network.host", host)]),
            version,
            &[LO, "eth1 10.0.0.4", "eth2! 10.0.0.5", "eth3"],
        );
        found
            .first()
            .map(|it| it.split(" | ").next().unwrap().replace("error host/no-address `network.host` is ", ""))
    };
    for (host, why) in [
        ("_eth0_", "`_eth0_`, but this container has no interface `eth0`"),
        ("_eth0:ipv4_", "`_eth0:ipv4_`, but this container has no interface `eth0`"),
        ("_eth2_", "`_eth2_`, but the interface `eth2` is not up"),
        ("_eth3_", "`_eth3_`, but the interface `eth3` has no address"),
        ("_eth1:ipv6_", "`_eth1:ipv6_`, but none of these addresses is of IPv6"),
        ("_local_,_eth0_", "`_eth0_`, but this container has no interface `eth0`"),
        ("eth1", "`eth1`, which the server takes for the name of a host: between `_` it is the interface"),
        ("10.9.9.9", "`10.9.9.9`, which is no address of this container"),
    ] {
        assert_eq!(first(host, SEVEN).as_deref(), Some(why), "{host}");
    }
    assert_eq!(first("_non_loopback_", TWO), None);
    // `settings/removed`.
    assert_eq!(first("_non_loopback_", SEVEN), None);
    for host in ["_local_", "_non_loopback_", "_site_", "_eth1_", "10.0.0.4,127.0.0.1"] {
        assert_eq!(first(host, ONE), None, "{host}");
    }
    for host in ["_eth0_", "_eth2_", "10.9.9.9"] {
        assert!(first(host, ONE).is_some(), "{host}");
    }
    // With a further name, the addresses of which are also those of the interface.
    let named = |host: &str| found(&texts(&[("network.host", host)]), TWO, &[LO, "eth0", "eth0:1 10.0.0.4"]);
    assert_eq!((named("_eth0_"), named("_eth0:1_")), (vec![], vec![]));
    assert_eq!(
        found(&texts(&[("network.host", "eth1")]), SEVEN, &[LO, "eth0 10.0.0.4", "eth1 10.0.0.5"]),
        [
            "error host/no-address `network.host` is `eth1`, which the server takes for the name of a host: between `_` it is \
             the interface | the node would not start; this container has lo 127.0.0.1 ::1, eth0 10.0.0.4, eth1 10.0.0.5: write \
             `network.host: _eth1_`, or 0.0.0.0 for all addresses; in Kubernetes the downward API has the pod's own, \
             `status.podIP`"
        ]
    );
}

#[test]
fn nothing_of_a_secret_is_shown() {
    for host in ["_eth7_", "eth1", "203.0.113.5", "_site:ipv6_"] {
        let mut settings = from_variable("network.host", host, "NETWORK_HOST");
        settings.entries[0].secret = true;
        let text = found(&settings, TWO, &[LO, "eth0 10.0.0.4", "eth1 10.0.0.5"]).concat();
        assert!(
            text.starts_with(
                "error host/no-address `network.host` names an address that this container does not have | "
            ) && text.contains("set NETWORK_HOST=_eth0_"),
            "{text}"
        );
        let without_list = text.replace("eth1 10.0.0.5", "");
        assert!(!without_list.contains(host), "{text}");
    }
}

#[test]
fn a_published_address_may_be_somebody_elses() {
    for key in ["network.publish_host", "transport.publish_host", "http.publish_host"] {
        let settings = texts(&[("network.host", "0.0.0.0"), (key, "203.0.113.5")]);
        assert_eq!(found(&settings, TWO, &POD), [""; 0], "{key}");
        let settings = texts(&[("network.host", "0.0.0.0"), (key, "_eth7_")]);
        assert_eq!(codes(&settings, TWO, &POD), ["error host/no-address"], "{key}");
    }
    for key in ["network.bind_host", "transport.bind_host", "http.bind_host", "transport.host", "http.host"] {
        let settings = texts(&[("network.host", "0.0.0.0"), (key, "203.0.113.5")]);
        assert_eq!(
            found(&settings, SEVEN, &POD),
            [format!(
                "error host/no-address `{key}` is `203.0.113.5`, which is no address of this container | the node would not \
                 start; this container has lo 127.0.0.1 ::1, eth0 10.0.0.4 fe80::1: write `{key}: _eth0_`; an address outside of \
                 this container, behind a port mapping, belongs into `network.publish_host` beside `network.bind_host: 0.0.0.0`"
            )]
        );
    }
    let foreign = Interfaces { binds_foreign: true, ..interfaces(&POD) };
    assert_eq!(check(&texts(&[("network.host", "203.0.113.5")]), TWO, &foreign, Family::Both), []);
}

#[test]
fn what_does_not_count_is_not_judged() {
    // Each service has its own.
    let own = [("network.host", "_eth7_"), ("transport.host", "_site_"), ("http.host", "_local_")];
    assert_eq!(found(&texts(&own), TWO, &POD), [""; 0]);
    assert_eq!(codes(&texts(&own[..2]), TWO, &POD), ["error host/no-address"]);
    let off = together([texts(&own[..2]), texts(&[("http.enabled", "false")])]);
    assert_eq!(found(&off, TWO, &POD), [""; 0]);
    let followed = together([texts(&own[..1]), texts(&[("transport.profiles.default.bind_host", "x")])]);
    assert_eq!(found(&followed, TWO, &POD), [""; 0]);
}

#[test]
fn two_networks() {
    let help = "other nodes connect to the published address and never to another one: where they are not in that network, \
                name the right one in `network.publish_host`, `_eth1_` or `_eth0_`";
    let several = |host: &str| {
        format!(
            "warning host/several-addresses `network.host` is `{host}`, which fits 10.0.0.4 (eth1), 10.0.1.3 (eth0): this node \
             publishes 10.0.0.4 | {help}"
        )
    };
    for version in [TWO, SEVEN] {
        assert_eq!(found(&texts(&[("network.host", "_site_")]), version, &TWO_NETWORKS), [several("_site_")]);
    }
    let cluster = |host: &str| {
        together([texts(&[("network.host", host)]), list("discovery.zen.ping.unicast.hosts", &["a"])])
    };
    assert_eq!(found(&cluster("0.0.0.0"), TWO, &TWO_NETWORKS), [several("0.0.0.0")]);
    // Nobody else looks for this node.
    assert_eq!(found(&texts(&[("network.host", "0.0.0.0")]), TWO, &TWO_NETWORKS), [""; 0]);
    let single = texts(&[("network.host", "_site_"), ("discovery.type", "single-node")]);
    assert_eq!(found(&single, SEVEN, &TWO_NETWORKS), [""; 0]);
    // One is named.
    for host in ["_eth1_", "10.0.1.3", "10.0.0.4,10.0.1.3"] {
        assert_eq!(found(&cluster(host), TWO, &TWO_NETWORKS), [""; 0], "{host}");
    }
    let named = together([cluster("0.0.0.0"), texts(&[("network.publish_host", "_eth0_")])]);
    assert_eq!(found(&named, TWO, &TWO_NETWORKS), [""; 0]);
    // Ordinary containers.
    for here in
        [&[LO, "eth0 10.0.0.4 fd00::4 fe80::1"][..], &[LO, "eth0 10.0.0.4", "docker0! 172.17.0.1"], &[LO]]
    {
        assert_eq!(found(&cluster("0.0.0.0"), TWO, here), [""; 0], "{here:?}");
    }
}

#[test]
fn the_address_that_each_generation_publishes() {
    let published = |host: &str, version, here: &[&str]| {
        let cluster =
            together([texts(&[("network.host", host)]), list("discovery.zen.ping.unicast.hosts", &["a"])]);
        let found = found(&cluster, version, here);
        found.first().map(|it| it.split(" | ").next().unwrap().rsplit(' ').next().unwrap().to_owned())
    };
    // As they were seen to do it.
    let here = [LO, "d1 10.0.0.4 100.64.0.7 fe80::2", "d0 10.0.1.3 fe80::1"];
    for version in [TWO, Version::elasticsearch(5, 6, 16)] {
        for (host, address) in [("_site_", "10.0.0.4"), ("0.0.0.0", "100.64.0.7"), ("_d1_", "100.64.0.7")] {
            assert_eq!(published(host, version, &here).as_deref(), Some(address), "{host} {version}");
        }
        assert_eq!(published("_global_", version, &here), None);
    }
    assert_eq!(published("_non_loopback_", TWO, &here).as_deref(), Some("100.64.0.7"));
    assert_eq!(published("0.0.0.0", ONE, &here).as_deref(), Some("100.64.0.7"));
    assert_eq!(published("_d1_", ONE, &here), None);
    let public = [LO, "d1 10.0.0.4", "d0 8.8.8.9"];
    assert_eq!(published("0.0.0.0", SEVEN, &public).as_deref(), Some("8.8.8.9"));
    // A virtual address of a swarm's service on the loopback interface.
    let swarm = ["lo 127.0.0.1 10.0.0.2", "eth0 10.0.0.3"];
    assert_eq!(published("_site_", SEVEN, &swarm).as_deref(), Some("10.0.0.2"));
    let ipv6 = [LO, "eth0 fd00::5 fd00::6 fe80::1", "eth1 fd00::4"];
    assert_eq!(published("_global_", SEVEN, &ipv6).as_deref(), Some("fd00::4"));
    assert_eq!(published("_global_", SEVEN, &ipv6[..2]), None);
}

#[test]
fn a_machine_with_thousands_of_addresses() {
    let many: Vec<String> =
        (0..3000).map(|number| format!("10.{}.{}.1", number / 250, number % 250)).collect();
    let service = format!("ipvs0 {}", many.join(" "));
    let text = found(&texts(&[("network.host", "_eth0_")]), SEVEN, &[LO, &service]).concat();
    assert!(
        text.contains("ipvs0 10.0.0.1 10.0.1.1") && text.contains("10.0.7.1 and 2992 more: write"),
        "{text}"
    );
    let text = found(&texts(&[("network.host", "_site_")]), SEVEN, &[LO, &service]).concat();
    assert!(text.contains("10.0.7.1 (ipvs0) and 1 more: this node publishes 10.0.0.1 |"), "{text}");
}

/// Seen on 2.3.4, with `0.0.0.0` and with `::`.
#[test]
fn without_another_address_of_ipv4_loopback_is_published() {
    let cluster = |host: &str| {
        together([texts(&[("network.host", host)]), list("discovery.zen.ping.unicast.hosts", &["a"])])
    };
    for host in ["0.0.0.0", "::"] {
        assert_eq!(
            found(&cluster(host), TWO, &[LO, "eth0 fd00::5 fe80::1"]),
            [format!(
                "warning host/several-addresses `network.host` is `{host}`, which fits fd00::5 (eth0): this node publishes \
                 127.0.0.1 | that is loopback, which no other node reaches, and IPv4, which is preferred: name an address for \
                 the others in `network.publish_host`, `_eth0_`"
            )]
        );
    }
    assert_eq!(found(&cluster("_eth0_"), TWO, &[LO, "eth0 fd00::5 fe80::1"]), [""; 0]);
    assert_eq!(found(&cluster("0.0.0.0"), TWO, &[LO]), [""; 0]);
}

#[test]
fn options_of_the_jvm_choose_the_kind_of_address() {
    let family = |pairs: &[(&str, &str)]| family(TWO, &pairs.iter().copied().collect(), &[]);
    assert_eq!(family(&[]), Family::Both);
    assert_eq!(family(&[("ES_USE_IPV4", "true")]), Family::OnlyIpv4);
    assert_eq!(family(&[("ES_JAVA_OPTS", "-Xss1m -Djava.net.preferIPv4Stack=true")]), Family::OnlyIpv4);
    assert_eq!(family(&[("ES_JAVA_OPTS", "-Djava.net.preferIPv6Addresses=true")]), Family::Ipv6First);
    let here = interfaces(&[LO, "eth0 10.0.0.4 fec0::1", "eth1 10.0.0.5 fec0::2"]);
    let first = |family| {
        check(&texts(&[("network.host", "_site_")]), TWO, &here, family)
            .first()
            .map(|it| it.message.rsplit(' ').next().unwrap().to_owned())
    };
    assert_eq!(first(Family::Both).as_deref(), Some("10.0.0.4"));
    assert_eq!(first(Family::Ipv6First).as_deref(), Some("fec0::1"));
    let v6 = texts(&[("network.host", "_site:ipv6_")]);
    assert_eq!(check(&v6, TWO, &here, Family::OnlyIpv4).len(), 1);
}
