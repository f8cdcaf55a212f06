//! Addresses that settings name, in a network namespace of its own.

use std::process::Stdio;

use crate::common::skip;
use crate::lab::{ALLOWED, Lab, UNSHARE, ended};

/// Two interfaces, as in a container of two networks.
const TWO_NETWORKS: &str = "ip link add net0 type veth peer name net1 && ip link set net0 up && ip link set net1 up && \
                            ip addr add 10.0.1.3/24 dev net0 && ip addr add 10.0.0.4/24 dev net1";

/// The words that go before a command so that it sees only the loopback interface, and what `setup` makes.
fn network(setup: &str) -> Vec<String> {
    let script = format!("ip link set lo up && {setup} && exec \"$@\"");
    UNSHARE.iter().chain(&["--net", "sh", "-c", &script, "sh"]).map(|word| (*word).to_owned()).collect()
}

/// Whether such a network can be made here; where not, the test is left out loudly.
fn can_make(setup: &str) -> bool {
    let words = network(setup);
    let mut command = std::process::Command::new(&words[0]);
    command.args(&words[1..]).arg("true").stdout(Stdio::null()).stderr(Stdio::null());
    if command.status().is_ok_and(|status| status.success()) {
        return true;
    }
    skip("a network namespace needs `ip`, and user namespaces");
    false
}

/// The findings about addresses, errors with their exit code.
fn found(lab: &Lab, setup: &str, command: &[&str], host: &str) -> (i32, String) {
    let prefix = network(setup);
    let prefix: Vec<&str> = prefix.iter().map(String::as_str).collect();
    let mut command = lab.prefixed(&prefix, command);
    let others: Vec<&str> = ALLOWED
        .split(',')
        .filter(|code| !code.ends_with("address") && !code.ends_with("addresses"))
        .collect();
    command.env("ES_ENTRYPOINT_ALLOW", others.join(",")).env("NETWORK_HOST", host);
    // There is nobody else in that user namespace.
    command.env("ES_ENTRYPOINT_USER", "0:0");
    let ended = ended(command);
    (ended.code, ended.everything())
}

/// The start of the server has to be refused, and `check` has to say so in the same place.
#[test]
fn what_no_interface_has_refuses_the_start() {
    if !can_make(TWO_NETWORKS) {
        return;
    }
    let lab = Lab::new("no-address");
    lab.write("home/config/elasticsearch.yml", "network.host: ${NETWORK_HOST}\n");
    let only_loopback = "this container has lo 127.0.0.1";
    for (host, why) in [
        ("_site_", "`_site_`, but no interface of this container has a private address"),
        ("_eth0_", "`_eth0_`, but this container has no interface `eth0`"),
        ("lo", "`lo`, which the server takes for the name of a host: between `_` it is the interface"),
        ("10.0.0.4", "`10.0.0.4`, which is no address of this container"),
    ] {
        for command in ["check", "run"] {
            let (code, text) = found(&lab, "true", &[command], host);
            assert_eq!(code, 78, "{command} {host}: {text}");
            assert!(
                text.starts_with(&format!("error[host/no-address]: `network.host` is {why}\n")),
                "{text}"
            );
            assert!(text.contains(only_loopback) && text.ends_with("1 error\n"), "{text}");
        }
    }
    for host in ["0.0.0.0", "_local_", "_lo_", "127.0.0.1", "es-0.search"] {
        let (code, text) = found(&lab, "true", &["check"], host);
        assert_eq!((code, text.contains("host/")), (0, false), "{host}: {text}");
    }
}

#[test]
fn of_two_networks_the_published_one_is_named() {
    if !can_make(TWO_NETWORKS) {
        return;
    }
    let lab = Lab::new("two-networks");
    lab.write("home/config/elasticsearch.yml", "network.host: ${NETWORK_HOST}\n");
    let (code, text) = found(&lab, TWO_NETWORKS, &["check"], "_site_");
    assert_eq!(code, 0, "{text}");
    // Seen on 2.3.4: the smaller one.
    assert!(
        text.starts_with(
            "warning[host/several-addresses]: `network.host` is `_site_`, which fits 10.0.0.4 (net1), 10.0.1.3 (net0): this \
             node publishes 10.0.0.4\n"
        ),
        "{text}"
    );
    for host in ["0.0.0.0", "_local_", "_net0_", "_net1:ipv4_", "10.0.1.3"] {
        let (code, text) = found(&lab, TWO_NETWORKS, &["check"], host);
        assert_eq!((code, text.contains("host/")), (0, false), "{host}: {text}");
    }
    // The ordinary container: one private address beside loopback. Of an interface that is down nothing counts.
    let one = format!("{TWO_NETWORKS} && ip link set net1 down");
    let (code, text) = found(&lab, &one, &["check"], "_net1_");
    assert_eq!(code, 78, "{text}");
    assert!(text.contains("`network.host` is `_net1_`, but the interface `net1` is not up\n"), "{text}");
    let one = "ip link add net0 type veth peer name net1 && ip link set net0 up && ip link set net1 up && \
               ip addr add 10.0.1.3/24 dev net0";
    let (code, text) = found(&lab, one, &["check"], "_site_");
    assert_eq!((code, text.contains("host/")), (0, false), "{text}");
}

/// Root without the capability stands for every other user.
#[test]
fn ports_that_the_user_may_not_bind_refuse_the_start() {
    if !can_make("true") {
        return;
    }
    let lab = Lab::new("privileged-ports");
    lab.write("home/config/elasticsearch.yml", "network.host: 0.0.0.0\nhttp.port: 80\n");
    let start = |number: &str| format!("echo {number} >/proc/sys/net/ipv4/ip_unprivileged_port_start");
    let drops = "setpriv --bounding-set -net_bind_service --inh-caps -net_bind_service";
    for command in ["check", "run"] {
        let (code, text) = found_with(&lab, &start("1024"), drops, command);
        assert_eq!(code, 78, "{command}: {text}");
        assert!(
            text.starts_with(
                "error[host/privileged-port]: `http.port` is 80, and user 0 may bind ports from 1024 on only\n"
            ) && text.ends_with("1 error\n"),
            "{text}"
        );
    }
    // As Docker sets it, or with the capability.
    for (start, drops) in [(start("0"), drops), (start("1024"), "env")] {
        let (code, text) = found_with(&lab, &start, drops, "check");
        assert_eq!((code, text.contains("host/")), (0, false), "{text}");
    }
}

/// The findings of a command that `drops` runs, errors with their exit code.
fn found_with(lab: &Lab, setup: &str, drops: &str, command: &str) -> (i32, String) {
    let mut prefix = network(setup);
    prefix.extend(drops.split(' ').map(str::to_owned));
    let prefix: Vec<&str> = prefix.iter().map(String::as_str).collect();
    let mut command = lab.prefixed(&prefix, [command]);
    command.env("ES_ENTRYPOINT_ALLOW", ALLOWED).env("ES_ENTRYPOINT_USER", "0:0");
    let ended = ended(command);
    (ended.code, ended.everything())
}
