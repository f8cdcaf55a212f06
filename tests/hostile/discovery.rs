//! Hosts that are looked up before the start, with name servers of the test, in a network namespace of its own.

use std::process::Command;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use nix::sched::CloneFlags;

use crate::common::name_server::{Zone, serve};
use crate::lab::{Ended, Lab, ended, root};

fn sh(script: &str) {
    let status = Command::new("sh").args(["-ec", script]).status().unwrap();
    assert!(status.success(), "{script}");
}

/// Does that in a thread with a network of its own, in which the name server of the zone is the one of `resolv.conf`.
fn with_server<T: Send + 'static>(
    lab: &Lab,
    zone: Zone,
    resolv_conf: &str,
    work: impl FnOnce(Receiver<()>) -> T + Send + 'static,
) -> T {
    lab.write("resolv.conf", resolv_conf);
    lab.write("hosts", "127.0.0.1 localhost\n10.0.0.9 here.example.org here\n");
    let (resolv_conf, hosts) = (lab.text("resolv.conf"), lab.text("hosts"));
    let thread = std::thread::spawn(move || {
        nix::sched::unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS).unwrap();
        sh(&format!(
            "mount --make-rprivate /; ip link set lo up; mount --bind {resolv_conf} /etc/resolv.conf; mount --bind {hosts} /etc/hosts"
        ));
        work(serve(zone))
    });
    thread.join().unwrap()
}

/// The options of a start of 2.3.4 whose hosts these are, as a node of three masters.
fn command(lab: &Lab, hosts: &str) -> Command {
    let mut command = lab.command(["run"]);
    command.env("DISCOVERY_HOSTS", hosts).env("NETWORK_HOST", "127.0.0.1").env("MASTER_COUNT", "3");
    command.env("ES_ENTRYPOINT_ALLOW", format!("{},discovery/loopback", crate::lab::ALLOWED));
    command
}

/// The list of hosts that the server got.
fn hosts(ended: &Ended) -> String {
    let line = ended.output.lines().find_map(|line| line.trim().strip_prefix("hosts: "));
    line.unwrap_or_else(|| panic!("{ended:?}")).to_owned()
}

const HERE: &str =
    "nameserver 127.0.0.1\nsearch logs.svc.cluster.local svc.cluster.local\noptions ndots:5 timeout:1\n";

#[test]
fn names_and_services_become_addresses() {
    if !root("a network of its own") {
        return;
    }
    let lab = Lab::new("discovery-names");
    let mut zone = Zone::default()
        .with("es.logs.svc.cluster.local", &["10.0.0.4", "10.0.0.5"])
        .with("es-0.es.logs.svc.cluster.local", &["10.0.0.4"])
        .with("es-1.es.logs.svc.cluster.local", &["10.0.0.5", "fd00::5"])
        .with("six.svc.cluster.local", &["fd00::4"]);
    let target = ["es-1.es.logs.svc.cluster.local", "es-0.es.logs.svc.cluster.local"];
    zone.services.insert(
        "_transport._tcp.es.logs.svc.cluster.local".to_owned(),
        vec![(2, target[1], 9301), (1, target[0], 9302)],
    );
    let cases = [
        ("es", "10.0.0.4,10.0.0.5"),
        ("es:9310", "10.0.0.4:9310,10.0.0.5:9310"),
        // A port that each has of its own, and what is an address already.
        ("_transport._tcp.es", "10.0.0.5:9302,10.0.0.4:9301"),
        ("10.0.0.7:9300, es-0.es.logs.svc.cluster.local.", "10.0.0.7:9300,10.0.0.4"),
        // The same address twice is one; the list of this machine comes first.
        ("es-0.es,here,es", "10.0.0.4,10.0.0.9,10.0.0.5"),
        ("six:9300", "\"[fd00::4]:9300\""),
        // What has none is left out: 2.x would not start with it.
        ("es,es-9.es", "10.0.0.4,10.0.0.5"),
    ];
    for truncates in [false, true] {
        let zone = Zone { truncates, ..zone.clone() };
        let starts: Vec<Command> = cases.iter().map(|(asked, _)| command(&lab, asked)).collect();
        let found: Vec<String> =
            with_server(&lab, zone, HERE, move |_| starts.into_iter().map(|it| hosts(&ended(it))).collect());
        for (found, (asked, wanted)) in found.iter().zip(cases) {
            assert_eq!(found, wanted, "{asked}, connections: {truncates}");
        }
    }
}

/// A search domain whose servers are out of order keeps nobody from asking for the name itself.
#[test]
fn a_broken_search_domain_hides_no_name() {
    if !root("a network of its own") {
        return;
    }
    let lab = Lab::new("discovery-search");
    let zone = Zone {
        broken: Some(".broken.example"),
        ..Zone::default()
            .with("es.example.org", &["10.0.0.4"])
            .with("six.example.org", &["fd00::4"])
            .with("es.logs.svc.cluster.local", &["10.0.0.5"])
    };
    let conf =
        "nameserver 127.0.0.1\nsearch broken.example logs.svc.cluster.local\noptions ndots:5 timeout:1\n";
    let mut start = command(&lab, "es.example.org,six.example.org,es,nobody.example.org");
    start.env("ES_ENTRYPOINT_DISCOVERY_WAIT", "1");
    let found = with_server(&lab, zone, conf, move |_| ended(start));
    assert_eq!(hosts(&found), "10.0.0.4,[fd00::4],10.0.0.5");
    let line = "info: `nobody.example.org` has no address yet: the name servers cannot say (127.0.0.1)\n";
    assert!(found.errors.contains(line), "{found:?}");
}

/// Time is that of a whole answer.
#[test]
fn an_answer_that_takes_too_long_is_none() {
    if !root("a network of its own") {
        return;
    }
    let lab = Lab::new("discovery-slow");
    let zone = Zone {
        truncates: true,
        pause: Duration::from_millis(700),
        ..Zone::default().with("es.logs.svc.cluster.local", &["10.0.0.4"])
    };
    let mut start = command(&lab, "es.logs.svc.cluster.local.");
    start.env("ES_ENTRYPOINT_DISCOVERY_WAIT", "0");
    let found = with_server(&lab, zone, HERE, move |_| ended(start));
    assert!(found.code == 78 && found.took < Duration::from_secs(10), "{found:?}");
    assert!(found.errors.contains("the name servers give no answer (127.0.0.1: no answer)"), "{found:?}");
}

#[test]
fn an_address_is_waited_for_and_a_stop_ends_the_wait() {
    if !root("a network of its own") {
        return;
    }
    let lab = Lab::new("discovery-wait");
    let late = Zone { empty_first: 4, ..Zone::default().with("es.logs.svc.cluster.local", &["10.0.0.4"]) };
    let start = command(&lab, "es.logs.svc.cluster.local.");
    let found = with_server(&lab, late, HERE, move |_| ended(start));
    assert_eq!(hosts(&found), "10.0.0.4");
    let line = "es-entrypoint: info: waiting at most 60 s for an address of `es.logs.svc.cluster.local.`\n";
    assert_eq!(found.errors.matches(line).count(), 1, "{}", found.errors);

    let mut start = command(&lab, "es");
    start.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let silent = Zone { is_silent: true, ..Zone::default() };
    let found = with_server(&lab, silent, HERE, move |asked| {
        let child = start.spawn().unwrap();
        asked.recv_timeout(Duration::from_secs(60)).unwrap();
        let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        crate::lab::finished(child, "a stop while it waits")
    });
    assert_eq!((found.code, found.started()), (143, false), "{found:?}");
    assert!(found.took < Duration::from_secs(5), "{found:?}");
}

#[test]
fn a_first_start_without_an_address_is_refused_and_a_later_one_is_not() {
    if !root("a network of its own") {
        return;
    }
    let lab = Lab::new("discovery-none");
    let silent = Zone { is_silent: true, ..Zone::default() };
    let start = |hosts: &str| {
        let mut start = command(&lab, hosts);
        start.env("ES_ENTRYPOINT_DISCOVERY_WAIT", "1.5");
        start
    };
    let expected = |why: &str, name: &str| {
        format!(
            "error[discovery/unresolved]: {name} no address after 1.5 s: the name servers {why}\n  --> built-in:elasticsearch.yml:62:16\n   |\n\
             62 |         hosts: ${{DISCOVERY_HOSTS:-${{UNICAST_HOSTS:-}}}}\n   |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"
        )
    };
    let help = "  = help: this node would find nobody: set DISCOVERY_HOSTS to names of the masters; in Kubernetes to a headless \
                Service that selects them, with `publishNotReadyAddresses: true`\n1 error\n";
    for (zone, asked, name, why) in [
        (silent, "es", "`es` has", "give no answer (127.0.0.1: no answer)"),
        (Zone::default(), "es,_transport._tcp.es", "`es` and 1 more have", "say that there is none"),
    ] {
        let start = start(asked);
        let found = with_server(&lab, zone, HERE, move |_| ended(start));
        assert_eq!((found.code, found.started()), (78, false), "{found:?}");
        assert!(found.errors.contains(&expected(why, name)), "{}", found.errors);
        assert!(found.errors.ends_with(help), "{}", found.errors);
    }
    // Nothing of a value that came from a file is shown.
    lab.write("secret", "es-of-nobody\n");
    let mut hidden = start("x");
    hidden.env_remove("DISCOVERY_HOSTS").env("DISCOVERY_HOSTS_FILE", lab.path("secret"));
    let found = with_server(&lab, Zone::default(), HERE, move |_| ended(hidden));
    assert_eq!((found.code, found.started()), (78, false), "{found:?}");
    assert!(found.errors.contains("a host of DISCOVERY_HOSTS has no address after"), "{found:?}");
    assert!(!found.everything().contains("of-nobody"), "{found:?}");
    // It was in a cluster.
    std::fs::create_dir_all(lab.path("home/data/elasticsearch/nodes/0/_state")).unwrap();
    sh(&format!("chown -R 1000 {}", lab.text("home/data")));
    let start = start("es");
    let found = with_server(&lab, Zone::default(), HERE, move |_| ended(start));
    assert_eq!((found.code, found.started()), (0, true), "{found:?}");
    assert!(
        found.errors.contains("warning[discovery/unresolved]: `es` has no address after 1.5 s"),
        "{found:?}"
    );
}
