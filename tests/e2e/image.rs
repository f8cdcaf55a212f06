//! The image as people run it: with other commands, other users, a read-only root, a health check.

use std::time::Duration;

use crate::docker::{Container, Run, image};

#[test]
fn another_command_is_run_as_it_is_and_supervised() {
    if image().is_none() {
        return;
    }
    let finished =
        Run::new().command(["bash", "-c", "echo \"$PPID $*\"; exit 7", "bash", "two words", "$x"]).finish();
    assert_eq!(finished.code, 7, "{finished:?}");
    assert_eq!(finished.stdout, "1 two words $x\n");
    let finished = Run::new().command(["no-such-program"]).finish();
    assert_eq!(finished.code, 127, "{finished:?}");
    let finished = Run::new().command(["--version"]).finish();
    assert_eq!(finished.code, 0, "{finished:?}");
    assert!(finished.stdout.starts_with("es-entrypoint "), "{finished:?}");
    let finished = Run::new().command(["bin/plugin", "list"]).finish();
    assert_eq!(finished.code, 0, "{finished:?}");
}

fn uid_of_java(node: &Container) -> String {
    node.exec(&["sh", "-c", "for s in /proc/[0-9]*/status; do grep -q '^Name:.java$' $s && grep '^[UG]id:' $s; done | cut -f 1,2; true"])
}

#[test]
fn a_read_only_root_an_arbitrary_user_and_both_together_work() {
    if image().is_none() {
        return;
    }
    let read_only = [
        "--read-only",
        "--tmpfs",
        "/tmp:exec",
        "--tmpfs",
        "/run",
        "--tmpfs",
        "/usr/share/elasticsearch/logs",
    ];
    let arbitrary = ["--user", "12345:0"];
    let fixed = ["--user", "elasticsearch"];
    let cases: [(&str, Vec<&str>, &str); 4] = [
        // The group of the directories that belong to the user.
        ("read-only", read_only.to_vec(), "Uid:\t1000\nGid:\t0"),
        ("arbitrary", arbitrary.to_vec(), "Uid:\t12345\nGid:\t0"),
        ("named", fixed.to_vec(), "Uid:\t1000\nGid:\t1000"),
        ("both", [&read_only[..], &arbitrary[..]].concat(), "Uid:\t12345\nGid:\t0"),
    ];
    for (name, flags, owner) in cases {
        let node = Run::alone().env("CLUSTER_NAME", name).flags(flags).start();
        assert_eq!(node.wait_ready()["cluster_name"], name);
        assert_eq!(uid_of_java(&node), owner, "{name}");
        assert_eq!(
            node.try_request("PUT", "/i/t/1?timeout=10s", "{}").unwrap().status,
            201,
            "{name}: {}",
            node.logs()
        );
    }
}

#[test]
fn the_health_check_passes_with_and_without_http() {
    if image().is_none() {
        return;
    }
    for (http, output) in
        [("true", " answers: HTTP/1.0 200 OK"), ("false", " takes connections; HTTP is switched off")]
    {
        let node = Run::alone().env("HTTP_ENABLE", http).flags(["--health-interval", "1s"]).start();
        node.within(Duration::from_secs(180), "the container is healthy", || {
            let health = node.inspect("{{json .State.Health}}");
            if health.contains(r#""Status":"healthy""#) { Ok(()) } else { Err(health) }
        });
        let last = node.inspect("{{range .State.Health.Log}}{{.ExitCode}} {{.Output}}{{end}}");
        assert!(last.trim_end().ends_with(output), "{last}");
    }
}
