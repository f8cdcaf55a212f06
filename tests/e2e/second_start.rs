//! A real Elasticsearch 8.19, twice on the same file system: what its launcher wrote into the configuration at the first start
//! is there at the second one. Without an engine, in a host name of its own, on the JDK 17 of the machine.

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::common::{self, guard, java, skip};

const VERSION: &str = "8.19.21";
/// The user of the server.
const USER: u32 = 1000;
/// In seconds: two of them start on a small and busy machine.
const STARTS_WITHIN: u64 = 300;
const STOPS_WITHIN: u64 = 120;

/// An installation of its own, which goes away with the test.
struct Home(PathBuf);

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A started server, which ends with the test.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        guard::end(&mut self.0);
    }
}

/// The distribution and a Java for it; where they are not there, the test is left out.
fn provisioned() -> Option<(PathBuf, String)> {
    let required = std::env::var_os("E2E").is_some_and(|value| value == "required");
    let distribution = common::cache().join(format!("elasticsearch-{VERSION}"));
    let missing = match java::jdk_17() {
        _ if !nix::unistd::geteuid().is_root() => "becoming the server's user needs root".to_owned(),
        Ok(jdk) if distribution.is_dir() => return Some((distribution, jdk.home)),
        Ok(_) => format!("no Elasticsearch {VERSION}; `scripts/provision.sh secured` brings it"),
        Err(reason) => reason,
    };
    assert!(!required, "{missing}");
    skip(&missing);
    None
}

impl Home {
    fn new(name: &str, distribution: &Path) -> Self {
        let root = std::env::temp_dir().join(format!("second-start-{name}"));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(root.join("tmp")).unwrap();
        let home = Self(root);
        let copied = Command::new("cp").arg("-R").arg(distribution).arg(home.path("es")).status().unwrap();
        assert!(copied.success());
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| error.to_string())
    }

    /// Everything belongs to the server's user, as in an image.
    fn give_away(&self) {
        let mut open = vec![self.0.clone()];
        while let Some(path) = open.pop() {
            chown(&path, Some(USER), Some(USER)).unwrap();
            if path.is_dir() {
                open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        }
    }

    fn start(&self, java: &str, mount: &str, ports: [u16; 2], log: &str) -> Node {
        // The server looks up its host name, and has one that always means this machine.
        let script = format!("echo localhost > /proc/sys/kernel/hostname && {mount} && exec \"$@\"");
        let mut command = Command::new("unshare");
        command
            .args(["--uts", "--mount", "sh", "-c", &script, "sh"])
            .arg(common::binary())
            .args(["run", "--"]);
        command.args([format!("-Ehttp.port={}", ports[0]), format!("-Etransport.port={}", ports[1])]);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
        command.env("ES_HOME", self.path("es")).env("ES_JAVA_HOME", java).env("HOSTNAME", "localhost");
        command.env("ES_ENTRYPOINT_USER", format!("{USER}:{USER}"));
        command.env("ES_ENTRYPOINT_RUNTIME_DIR", self.path("run"));
        // Nothing of it outside of here.
        command.env("ES_TMPDIR", self.path("tmp")).env("XDG_CACHE_HOME", self.path("tmp"));
        command.env("ES_JAVA_OPTS", "-Xms256m -Xmx256m -XX:-UsePerfData");
        // The launcher asks another JVM for its flags, and forgets the directories that it makes for that.
        command.env("CLI_JAVA_OPTS", format!("-Djava.io.tmpdir={}", self.path("tmp").display()));
        command.env("JDK_JAVA_OPTIONS", "-XX:-UsePerfData");
        let log = std::fs::File::create(self.path(log)).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        Node(command.spawn().unwrap())
    }
}

/// The status that a URL answers with; nothing where nobody answers in that protocol.
fn answer(scheme: &str, port: u16) -> Option<String> {
    let url = format!("{scheme}://127.0.0.1:{port}/");
    let curl = ["curl", "-sk", "--max-time", "10", "-o", "/dev/null", "-w", "%{http_code}", &url];
    let output = Command::new(curl[0]).args(&curl[1..]).output().unwrap();
    Some(String::from_utf8(output.stdout).unwrap()).filter(|status| status != "000")
}

fn free_ports() -> [u16; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// Waits for an answer, over TLS or not, stops the server, and says over which.
fn started_and_stopped(home: &Home, java: &str, mount: &str, log: &str) -> &'static str {
    let ports = free_ports();
    let mut node = home.start(java, mount, ports, log);
    let scheme = common::within(STARTS_WITHIN, "an answer over HTTP", || {
        let ended = node.0.try_wait().unwrap();
        assert!(ended.is_none(), "ended: {ended:?}\n{}", home.read(log));
        ["https", "http"].into_iter().find(|scheme| answer(scheme, ports[0]).is_some())
    });
    assert_eq!(answer(scheme, ports[0]).as_deref(), Some("401"), "security is on");
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(node.0.id().cast_signed()),
        nix::sys::signal::Signal::SIGTERM,
    )
    .unwrap();
    let status = common::within(STOPS_WITHIN, "the end of the server", || node.0.try_wait().unwrap());
    assert_eq!(status.code(), Some(143), "{}", home.read(log));
    scheme
}

fn answers_https_both_times(name: &str, prepare: impl FnOnce(&Home)) {
    answers_https(name, &[":", ":"], prepare);
}

/// One start for each of these commands, which come before it.
fn answers_https(name: &str, mounts: &[&str], prepare: impl FnOnce(&Home)) {
    let Some((distribution, java)) = provisioned() else { return };
    let home = Home::new(name, &distribution);
    prepare(&home);
    home.give_away();
    for (number, mount) in mounts.iter().enumerate() {
        let log = &*format!("start-{number}.log");
        let mount = mount.replace("HOME", &home.0.display().to_string());
        let scheme = started_and_stopped(&home, &java, &mount, log);
        let text = home.read(log);
        assert_eq!(scheme, "https", "{log}\n{text}");
        assert!(!text.contains("error[") && !text.contains("quorum/"), "{text}");
    }
}

#[test]
fn with_nothing_set() {
    answers_https_both_times("nothing", |_| ());
}

#[test]
fn with_a_copy_of_the_configuration() {
    answers_https_both_times("copy", |home| {
        let file = home.path("es/config/elasticsearch.yml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text + "cluster.name: ${CLUSTER_NAME:-copied}\n").unwrap();
    });
}

/// The launcher cannot put another file in the place of a mounted one. Without the mount, the copy still has what it made.
#[test]
fn with_a_mounted_file_and_without_it() {
    let mount = "mount --bind HOME/mine.yml HOME/es/config/elasticsearch.yml";
    answers_https("mounted", &[mount, mount, ":"], |home| {
        std::fs::write(home.path("mine.yml"), "cluster.name: mine\n").unwrap();
    });
}
