//! What goes to the runtime directory beside the configuration, or alone: the policy file, the copy of a kubeconfig, what is
//! remembered of the user's files.

use crate::lab::{Ended, Lab, ended, objects, root};
use crate::neighbours::{CHECK, findings, home, mounted, run};

/// Of 191 bytes.
const KUBECONFIG: &str = "apiVersion: v1\nclusters:\n- name: c\n  cluster: {server: https://10.0.0.1:6443}\nusers:\n- name: u\n  \
                          user: {token: s3cr3t}\ncontexts:\n- name: x\n  context: {cluster: c, user: u}\ncurrent-context: x\n";

const SETTINGS: &str = "discovery.type: kubernetes\ncloud.kubernetes:\n  service: es\n  namespace: search\nnetwork.host: _site_\n\
                        discovery.zen.minimum_master_nodes: 2\n";

/// A finished configuration, a kubeconfig that the server cannot read, and a runtime directory.
fn lab(name: &str) -> Lab {
    let lab = Lab::new(&format!("own-{name}"));
    lab.write("home/config/elasticsearch.yml", SETTINGS);
    lab.write("home/plugins/cloud-kubernetes/plugin-descriptor.properties", "name=cloud-kubernetes\n");
    lab.write("java/release", "JAVA_VERSION=\"1.8.0_392\"\n");
    lab.write("kubeconfig", KUBECONFIG);
    lab.mode("kubeconfig", 0o600);
    std::fs::create_dir(lab.path("runtime")).unwrap();
    lab
}

/// With a policy, with a copy of the kubeconfig, or with both.
fn words(lab: &Lab, command: &[&str], has_policy: bool, has_copy: bool, mounts: &str) -> Ended {
    let script = format!("set -e; {mounts}; exec \"$@\"");
    let mut command = lab.prefixed(&["unshare", "--mount", "sh", "-c", &script, "sh"], command);
    if has_policy {
        command.env("JAVA_POLICY_READ", "/etc/hostname").env("ES_ENTRYPOINT_POLICY", "property");
    }
    if has_copy {
        command.env("KUBECONFIG", lab.text("kubeconfig")).env("KUBECONFIG_COPY", "true");
        command.env("ES_ENTRYPOINT_POLICY", if has_policy { "property" } else { "off" });
    }
    let allowed = format!("{},policy/not-granted,discovery/loopback", crate::lab::ALLOWED);
    command.env("ES_ENTRYPOINT_ALLOW", allowed);
    ended(command)
}

fn found(lab: &Lab, has_policy: bool, has_copy: bool, mounts: &str) -> Vec<String> {
    findings(&words(lab, &CHECK, has_policy, has_copy, mounts))
}

const BOTH: [(bool, bool, &str); 3] =
    [(true, false, "java.policy"), (false, true, "kubeconfig"), (true, true, "java.policy")];

/// A file that the server cannot reach is passed over by its JVM without a word.
#[test]
fn a_runtime_directory_that_is_closed_to_the_server() {
    if !root("becoming somebody else") {
        return;
    }
    let lab = lab("closed");
    let runtime = lab.text("runtime");
    for (has_policy, has_copy, name) in BOTH {
        lab.mode("runtime", 0o700);
        let message =
            format!("user 1000 cannot read `{runtime}/{name}`: `{runtime}` belongs to 0:0 with mode 0700");
        let help = format!(
            "es-entrypoint writes it there for the server: let user 1000 through with `chmod a+x {runtime}`, or name another \
             directory with ES_ENTRYPOINT_RUNTIME_DIR"
        );
        assert_eq!(found(&lab, has_policy, has_copy, "true"), [format!("error files/unreadable: {message}")]);
        let refused = words(&lab, &["run"], has_policy, has_copy, "true");
        let expected = format!("error[files/unreadable]: {message}\n  = help: {help}\n");
        assert!(refused.code == 78 && refused.errors.contains(&expected), "{refused:?}");
        assert_eq!(lab.names("runtime"), [""; 0]);
        // As the server's user, and where it may go, there is nothing to say.
        lab.mode("runtime", 0o711);
        assert_eq!(found(&lab, has_policy, has_copy, "true"), [""; 0]);
        let started = words(&lab, &["run"], has_policy, has_copy, "true");
        assert!(started.started(), "{started:?}");
        for name in lab.names("runtime") {
            std::fs::remove_file(lab.path("runtime").join(name)).unwrap();
        }
    }
    // A directory on the way.
    lab.mode("runtime", 0o700);
    let path = format!("export ES_ENTRYPOINT_RUNTIME_DIR={runtime}/below/it");
    let expected = format!(
        "error files/unreadable: user 1000 cannot read `{runtime}/below/it/java.policy`: `{runtime}` belongs to 0:0 with mode \
         0700"
    );
    assert_eq!(found(&lab, true, false, &path), [expected]);
    // A file of an earlier start that only root may read keeps its mode.
    lab.mode("runtime", 0o755);
    lab.write("runtime/java.policy", "old\n");
    lab.mode("runtime/java.policy", 0o600);
    let file = format!("{runtime}/java.policy");
    let checked = words(&lab, &CHECK, true, false, "true");
    let expected = format!(
        "error files/unreadable: user 1000 cannot read `{file}`: `{file}` belongs to 0:0 with mode 0600"
    );
    assert_eq!(findings(&checked), [expected]);
    assert_eq!(
        objects(&checked.output)[0]["help"],
        format!("es-entrypoint writes it there for the server: remove it, or `chmod a+r {file}`")
    );
    // Nobody reads what is not written.
    assert_eq!(found(&lab, false, false, "true"), [""; 0]);
}

/// Each end of a start is foreseen.
#[test]
fn a_runtime_directory_in_which_nothing_can_be_put() {
    if !root("mounting") {
        return;
    }
    let full = "mount -t tmpfs -o size=4k,mode=755 none runtime; head -c 4096 /dev/zero >runtime/f";
    let inodes = "mount -t tmpfs -o nr_inodes=2,mode=755 none runtime; touch runtime/f";
    for (case, (has_policy, has_copy, name), mounts, code, why) in [
        (
            "read-only",
            BOTH[0],
            "mount -t tmpfs -o ro none runtime",
            73,
            "DIR` cannot be created: read-only file system",
        ),
        (
            "read-only",
            BOTH[1],
            "mount -t tmpfs -o ro none runtime",
            73,
            "DIR` cannot be created: read-only file system",
        ),
        ("a file", BOTH[1], "rmdir runtime; touch runtime", 73, "DIR` cannot be created: not a directory"),
        (
            "a directory",
            BOTH[0],
            "mkdir runtime/java.policy",
            73,
            "DIR/java.policy` cannot be created: not a regular file",
        ),
        (
            "a directory",
            BOTH[1],
            "mkdir runtime/kubeconfig",
            73,
            "DIR/kubeconfig` cannot be created: not a regular file",
        ),
        (
            "a FIFO",
            BOTH[0],
            "mkfifo runtime/java.policy",
            73,
            "DIR/java.policy` cannot be created: not a regular file",
        ),
        ("full", BOTH[0], full, 74, "DIR` has 0 bytes left, the policy file takes SIZE"),
        ("full", BOTH[1], full, 74, "DIR` has 0 bytes left, the copy of the kubeconfig takes 191"),
        (
            "a block",
            BOTH[2],
            "mount -t tmpfs -o size=4k,mode=755 none runtime",
            74,
            "DIR` has 0 bytes left, the copy of the kubeconfig takes 191",
        ),
        ("inodes", BOTH[1], inodes, 73, "DIR` has no room for another file, the copy of the kubeconfig"),
        (
            "limit",
            BOTH[1],
            "ulimit -f 0",
            74,
            "writing `DIR/kubeconfig` would fail: it has 191 bytes, files are limited to 0",
        ),
    ] {
        let lab = lab("no-place");
        let checked = words(&lab, &CHECK, has_policy, has_copy, mounts);
        let reset = || {
            let _ = std::fs::remove_dir_all(lab.path("runtime"));
            let _ = std::fs::remove_file(lab.path("runtime"));
            std::fs::create_dir(lab.path("runtime")).unwrap();
        };
        reset();
        let ended = words(&lab, &["run"], has_policy, has_copy, mounts);
        assert_eq!(ended.code, code, "{case} {name}: {ended:?}");
        let size = findings(&checked).first().and_then(|it| it.rsplit(' ').next().map(str::to_owned));
        let why = why.replace("DIR", &lab.text("runtime")).replace("SIZE", &size.unwrap_or_default());
        let why = if why.starts_with("writing") { why } else { format!("`{why}") };
        assert_eq!(findings(&checked), [format!("error host/runtime-dir: {why}")], "{case} {name}");
        let what = if why.contains("kubeconfig") || name == "kubeconfig" {
            "copy of the kubeconfig"
        } else {
            "policy file"
        };
        assert_eq!(
            objects(&checked.output)[0]["help"],
            format!(
                "it holds the {what}: mount a tmpfs there, or name another directory with ES_ENTRYPOINT_RUNTIME_DIR"
            ),
            "{case} {name}"
        );
    }
    // What is there and can be replaced is none.
    for (case, mounts) in [
        ("room for one file", "mount -t tmpfs -o size=8k,mode=755 none runtime"),
        ("a link to nowhere", "ln -s nowhere runtime/kubeconfig"),
        ("a FIFO that is removed", "mkfifo runtime/kubeconfig"),
        (
            "the place of the old one",
            "mount -t tmpfs -o size=4k,mode=755 none runtime; echo x >runtime/kubeconfig",
        ),
    ] {
        let lab = lab("place");
        let has_policy = case == "room for one file";
        let mounts = format!("{mounts}; cp java/bin/java java/bin/other");
        assert_eq!(found(&lab, has_policy, true, &mounts), [""; 0], "{case}");
        let reset = || {
            let _ = std::fs::remove_dir_all(lab.path("runtime"));
            std::fs::create_dir(lab.path("runtime")).unwrap();
        };
        reset();
        let started = words(&lab, &["run"], has_policy, true, &mounts);
        assert!(started.code == 0 && started.started(), "{case}: {started:?}");
    }
}

/// The copy of the configuration with what the server made in it: the next start has less room.
#[test]
fn a_second_start_that_has_no_room() {
    if !root("mounting") {
        return;
    }
    let lab = home("own-room", "elasticsearch", "9.2.0");
    lab.write("home/config/elasticsearch.yml", "# nothing set\n");
    lab.mode("home/config", 0o755);
    let started = |size: u32, starts: usize| {
        let mount = format!("mount -t tmpfs -o size={size}k,mode=755 none {}", lab.text("runtime"));
        let binary = crate::common::binary().display();
        // What counts is the place as the starts before have left it.
        let earlier = format!("{binary} run --user 1000:1000 >/dev/null 2>&1; ").repeat(starts) + "true";
        let mount = format!("{mount}; set +e; rm -rf home/data/*; {earlier}");
        let checked = mounted(&lab, &mount, &[&CHECK[..], &["--user", "1000:1000"]].concat(), &SERVER);
        let ended = mounted(&lab, &mount, &["run", "--user", "1000:1000"], &SERVER);
        (findings(&checked), ended)
    };
    std::fs::create_dir(lab.path("runtime")).unwrap();
    let mut ends = 0;
    for size in [4, 8, 12, 16, 20, 24, 28, 32, 40, 64] {
        for starts in 0..3 {
            let (found, ended) = started(size, starts);
            let expected = found.iter().any(|it| it.starts_with("error host/runtime-dir: "));
            // The server itself may end with 74, too.
            let is_end = [73, 74].contains(&ended.code) && !ended.errors.contains("starting Elasticsearch");
            assert!(is_end || ended.errors.contains("starting Elasticsearch"), "{ended:?}");
            assert_eq!(expected, is_end, "{size}k, start {}: {found:?} {ended:?}", starts + 1);
            ends += usize::from(is_end && starts > 0);
        }
    }
    assert!(ends > 2, "{ends}");
    let runtime = lab.text("runtime");
    assert_eq!(
        started(16, 1).0,
        [format!(
            "error host/runtime-dir: `{runtime}/config` has 4096 bytes left, the configuration takes 8192"
        )]
    );
}

const SERVER: [(&str, &str); 2] = [("AUTO", "1"), ("KEYSTORE", "elasticsearch.keystore")];

/// What is remembered of the user's files is written, too.
#[test]
fn something_in_the_way_of_what_is_remembered() {
    let lab = home("own-ledger", "elasticsearch", "8.19.21");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    lab.write("home/config/users", "given\n");
    std::fs::create_dir_all(lab.path("runtime/given")).unwrap();
    let given = lab.text("runtime/given");
    let expected = format!("error host/runtime-dir: `{given}` cannot be created: not a regular file");
    assert_eq!(findings(&run(&lab, &CHECK, &[])), [expected]);
    assert_eq!(run(&lab, &["run"], &[]).code, 73);
    std::fs::remove_dir(lab.path("runtime/given")).unwrap();
    assert_eq!(run(&lab, &["run"], &[]).code, 0);
    // Both changed a file: the server's is put aside.
    lab.write("runtime/config/users", "server\n");
    lab.write("home/config/users", "user\n");
    lab.write("runtime/replaced", "");
    let aside = lab.text("runtime/replaced/users");
    let found = findings(&run(&lab, &CHECK, &[]));
    let expected = format!("error host/runtime-dir: `{aside}` cannot be created: not a directory");
    assert!(found.contains(&expected), "{found:?}");
    assert_eq!(run(&lab, &["run", "--allow", "files/changed-twice"], &[]).code, 73);
}
