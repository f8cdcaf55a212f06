//! One node: what runs in the container, how it is configured, how it ends.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::docker::{Container, HostFile, Run, image};

/// `/proc/PID/status` of every process in the container, by process id.
fn processes(container: &Container) -> BTreeMap<u32, BTreeMap<String, String>> {
    let listing = container.exec(&["sh", "-c", "cat /proc/[0-9]*/status 2>/dev/null || true"]);
    let mut processes = BTreeMap::new();
    let mut current: BTreeMap<String, String> = BTreeMap::new();
    for line in listing.lines().chain(["Name:\tend"]) {
        let Some((key, value)) = line.split_once(':') else { continue };
        if key == "Name" {
            if let Some(pid) = current.get("Pid") {
                processes.insert(pid.parse().unwrap(), current);
            }
            current = BTreeMap::new();
        }
        current.insert(key.to_owned(), value.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    processes
}

/// The JVM, and with it the proof that it is the direct child of our PID 1.
fn java(container: &Container) -> (u32, BTreeMap<String, String>) {
    let mut children: Vec<_> = processes(container)
        .into_iter()
        .filter(|(_, status)| status["PPid"] == "1" && status["Name"] == "java")
        .collect();
    assert_eq!(children.len(), 1, "one java is the child of PID 1: {children:?}");
    children.remove(0)
}

#[test]
fn one_node_answers_as_configured_with_us_as_its_parent() {
    if image().is_none() {
        return;
    }
    // Quoting matters: unquoted, this would be a mapping with a comment behind it.
    let node = Run::alone().env("CLUSTER_NAME", "e2e: one #1").env("NODE_NAME", "first").start();
    let answer = node.wait_ready();
    assert_eq!(answer["cluster_name"], "e2e: one #1");
    assert_eq!(answer["name"], "first");
    assert_eq!(answer["version"]["number"], "2.3.4");

    let ours = processes(&node).remove(&1).unwrap();
    assert_eq!(ours["Name"], "es-entrypoint");
    let (pid, java) = java(&node);
    for status in [&ours, &java] {
        assert_eq!(status["Uid"], "1000 1000 1000 1000", "{}", status["Name"]);
        assert_eq!(status["NoNewPrivs"], "1", "{}", status["Name"]);
        assert_eq!(status["CapEff"], "0000000000000000", "{}", status["Name"]);
    }
    assert_eq!(java["SigBlk"], "0000000000000000");
    assert_eq!(java["SigIgn"], "0000000000000000");
    let limits = node.exec(&["cat", &format!("/proc/{pid}/limits")]);
    let files: Vec<_> =
        limits.lines().find(|line| line.starts_with("Max open files")).unwrap().split_whitespace().collect();
    assert_eq!(files[3], files[4], "the soft limit is the hard one: {limits}");

    // An orphan falls to PID 1; it must not stay as a zombie.
    node.exec(&["sh", "-c", "(sleep 0.1 & sleep 0.2 &)"]);
    node.within(Duration::from_secs(60), "no process but the server's is left", || {
        let rest: Vec<_> = processes(&node)
            .into_values()
            .map(|status| format!("{} {}", status["Name"], status["State"]))
            .filter(|line| line.contains('Z') || line.starts_with("sleep"))
            .collect();
        if rest.is_empty() { Ok(()) } else { Err(format!("{rest:?}")) }
    });
}

#[test]
fn a_stopped_container_runs_the_shutdown_hooks_and_ends_with_143() {
    if image().is_none() {
        return;
    }
    let node = Run::alone().start();
    node.wait_ready();
    let (time, code) = node.stop();
    assert_eq!(code, 143, "{}", node.logs());
    assert!(time < Duration::from_secs(8), "took {time:?}\n{}", node.logs());
    let log = node.stdout();
    for word in ["stopping ...", "stopped", "closing ...", "closed"] {
        assert!(log.contains(&format!("] {word}")), "no `{word}` in\n{log}");
    }
}

#[test]
fn a_killed_jvm_ends_the_container_with_137_and_a_line_that_says_so() {
    if image().is_none() {
        return;
    }
    let node = Run::alone().start();
    node.wait_ready();
    let (pid, _) = java(&node);
    node.exec(&["sh", "-c", &format!("kill -KILL {pid}")]);
    assert_eq!(node.wait_exit(Duration::from_secs(60)), 137, "{}", node.logs());
    assert!(node.stderr().contains(" was killed by signal 9 (KILL) after "), "{}", node.stderr());
}

#[test]
fn a_jvm_that_the_kernel_killed_for_memory_is_named_so() {
    if image().is_none() {
        return;
    }
    let node = Run::alone()
        .env("ES_JAVA_OPTS", "-XX:+AlwaysPreTouch")
        .env("ES_ENTRYPOINT_ALLOW", "heap/over-limit,host/memory")
        .flags(["--memory", "100m", "--memory-swap", "100m"])
        .start();
    assert_eq!(node.wait_exit(Duration::from_secs(60)), 137, "{}", node.logs());
    assert!(node.stderr().contains("raise its memory limit, or lower the heap"), "{}", node.stderr());
}

#[test]
fn arguments_reach_the_server_in_both_spellings() {
    if image().is_none() {
        return;
    }
    let node = Run::alone()
        .env("CLUSTER_NAME", "from-the-environment")
        .command(["-Des.node.name=by-property", "--cluster.name=by-argument"])
        .start();
    let answer = node.wait_ready();
    assert_eq!(answer["cluster_name"], "by-argument");
    assert_eq!(answer["name"], "by-property");
}

#[test]
fn a_secret_file_reaches_the_node_and_no_log() {
    if image().is_none() {
        return;
    }
    let secret = "s3cr3t: \"#${x";
    let file = HostFile::new(&format!("{}\n", secret.replace('$', "S")), 0o400);
    let template = HostFile::new(
        "cluster.name: ${CLUSTER_NAME}\nnetwork.host: ${NETWORK_HOST:-}\ncustom.thing: ${THING_PASSWORD}\n",
        0o444,
    );
    let node = Run::alone()
        .env("CLUSTER_NAME", "secrets")
        .env("THING_PASSWORD_FILE", "/run/secrets/thing")
        .flags(["--volume", &file.mounted_at("/run/secrets/thing")])
        .flags(["--volume", &template.mounted_at("/config-templates/elasticsearch.yml")])
        .start();
    node.wait_ready();
    let settings = node.get("/_nodes/_local/settings").json();
    let (_, local) = settings["nodes"].as_object().unwrap().iter().next().unwrap();
    assert_eq!(local["settings"]["custom"]["thing"], secret.replace('$', "S"));
    let log = node.logs();
    assert!(!log.contains("s3cr3t"), "the secret is in the log:\n{log}");

    // The same where it cannot be used: the message names the variable, and not what is in it.
    let bad = HostFile::new(&format!("{secret}\n"), 0o400);
    let refused = Run::new()
        .env("CLUSTER_NAME", "secrets")
        .env("THING_PASSWORD_FILE", "/run/secrets/thing")
        .flags(["--volume", &bad.mounted_at("/run/secrets/thing")])
        .flags(["--volume", &template.mounted_at("/config-templates/elasticsearch.yml")])
        .finish();
    assert_eq!(refused.code, 78, "{refused:?}");
    assert!(refused.stderr.contains("template/unsafe-value"), "{refused:?}");
    assert!(refused.stderr.contains("THING_PASSWORD"), "{refused:?}");
    assert!(!refused.stderr.contains("s3cr3t") && !refused.stdout.contains("s3cr3t"), "{refused:?}");
}

/// Says so when it is run; takes the place of the JVM.
const TELLTALE: &str = "#!/bin/sh\necho 'THE JVM STARTED'\n";

#[test]
fn a_refused_configuration_exits_78_and_starts_no_jvm() {
    if image().is_none() {
        return;
    }
    let telltale = HostFile::new(TELLTALE, 0o755);
    let run = |min: &str| {
        Run::new()
            .env("UNICAST_HOSTS", "n1,n2,n3")
            .env("MASTER_COUNT", "3")
            .env("MIN_MASTERS", min)
            .env("JAVA_HOME", "/fake")
            .flags(["--volume", &telltale.mounted_at("/fake/bin/java")])
            .finish()
    };
    let accepted = run("2");
    assert_eq!(accepted.code, 0, "{accepted:?}");
    assert_eq!(accepted.stdout, "THE JVM STARTED\n");
    let refused = run("1");
    assert_eq!(refused.code, 78, "{refused:?}");
    assert_eq!(refused.stdout, "");
    assert!(refused.stderr.contains("error[quorum/split-brain]"), "{refused:?}");
    assert!(refused.stderr.contains("MIN_MASTERS=1"), "{refused:?}");
}

#[test]
fn kubernetes_discovery_without_its_plugin_is_a_finding() {
    if image().is_none() {
        return;
    }
    let refused = Run::new()
        .env("DISCOVERY_SERVICE", "elasticsearch-discovery")
        .env("NAMESPACE", "default")
        .env("MASTER_COUNT", "3")
        .finish();
    assert_eq!(refused.code, 78, "{refused:?}");
    assert_eq!(refused.stdout, "");
    assert!(refused.stderr.contains("error[discovery/plugin-missing]"), "{refused:?}");
    assert!(!refused.stderr.contains("Exception"), "{refused:?}");
}

/// Whether the node has locked its memory.
fn memory_is_locked(node: &Container) -> bool {
    let answer = node.get("/_nodes/_local/process").json();
    let (_, local) = answer["nodes"].as_object().unwrap().iter().next().unwrap();
    local["process"]["mlockall"].as_bool().unwrap()
}

#[test]
fn memory_is_locked_where_the_container_may() {
    if image().is_none() {
        return;
    }
    let run = || Run::alone().env("BOOTSTRAP_MLOCKALL", "true");
    let node = run().flags(["--cap-add", "IPC_LOCK"]).start();
    node.wait_ready();
    assert!(memory_is_locked(&node), "{}", node.logs());
    let (_, java) = java(&node);
    let locked: u64 = java["VmLck"].trim_end_matches(" kB").parse().unwrap();
    assert!(locked > 128 * 1024, "{locked} kB are locked");
    // Nothing but that one capability.
    assert_eq!(java["CapEff"], "0000000000004000");
    drop(node);

    // Without it the node starts unlocked, as ever, and the reason is reported before.
    let node = run().start();
    node.wait_ready();
    assert!(!memory_is_locked(&node));
    assert!(node.stderr().contains("warning[host/memlock]"), "{}", node.stderr());
    assert!(node.stderr().contains("--cap-add IPC_LOCK"), "{}", node.stderr());
}

#[test]
fn a_mounted_configuration_is_a_template_and_stays_as_it_is() {
    if image().is_none() {
        return;
    }
    let text = "# ${UNTOUCHED}\ncluster.name: ${CLUSTER_NAME}\nnode.name: ${NODE_NAME:-none}\nnetwork.host: $<NETWORK_HOST>\n";
    let logging =
        "rootLogger: INFO, console\nappender.console: {type: console, layout: {type: consolePattern}}\n";
    let folder = HostFile::folder(&[("elasticsearch.yml", text), ("logging.yml", logging)]);
    let node = Run::alone()
        .env("CLUSTER_NAME", "mounted")
        .env("NODE_NAME", "configured")
        .flags(["--volume", &folder.mounted_at("/usr/share/elasticsearch/config")])
        .start();
    let answer = node.wait_ready();
    assert_eq!(answer["cluster_name"], "mounted");
    assert_eq!(answer["name"], "configured");
    assert_eq!(folder.read("elasticsearch.yml"), text);
}

#[test]
fn only_the_top_of_a_foreign_data_folder_changes_hands() {
    if image().is_none() {
        return;
    }
    let folder = HostFile::folder(&[("kept/file", "root's\n")]);
    let node = Run::alone()
        .flags(["--volume", &folder.mounted_writable_at("/usr/share/elasticsearch/data")])
        .start();
    node.wait_ready();
    let owners =
        node.exec(&["stat", "-c", "%u %n", "data", "data/kept", "data/kept/file", "data/elasticsearch"]);
    assert_eq!(owners, "1000 data\n0 data/kept\n0 data/kept/file\n1000 data/elasticsearch");
}

#[test]
fn the_security_policy_is_patched_where_it_can_be_and_handed_over_where_not() {
    if image().is_none() {
        return;
    }
    let rule = "permission java.io.FilePermission \"/etc/hostname\", \"read\";";
    let run = || Run::alone().env("JAVA_POLICY_READ", "/etc/hostname");
    let command_line = |node: &Container| {
        node.exec(&["sh", "-c", "tr '\\0' '\\n' </proc/$0/cmdline", &java(node).0.to_string()])
    };

    let patched = run().start();
    patched.wait_ready();
    let file = patched.exec(&[
        "sh",
        "-c",
        "cat $(dirname $(readlink -f $(which java)))/../lib/security/java.policy",
    ]);
    assert!(file.contains("// es-entrypoint: begin\n") && file.contains(rule), "{file}");
    assert!(!command_line(&patched).contains("java.security.policy"));

    let read_only = run()
        .flags([
            "--read-only",
            "--tmpfs",
            "/tmp:exec",
            "--tmpfs",
            "/run",
            "--tmpfs",
            "/usr/share/elasticsearch/logs",
        ])
        .start();
    read_only.wait_ready();
    let line = command_line(&read_only);
    let own = line
        .lines()
        .find_map(|word| word.strip_prefix("-Djava.security.policy="))
        .expect("the property is there");
    let own = own.trim_start_matches('=').trim_start_matches("file:");
    assert!(read_only.exec(&["cat", own]).contains(rule));
}
