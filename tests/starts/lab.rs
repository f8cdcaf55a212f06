//! Boxes: what they are made of, how they start, what they answer, and how they end.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::name_server::{Zone, serve};
use crate::common::{self, guard, java, skip};

/// In seconds: several of them start on a small and busy machine.
const STARTS_WITHIN: u64 = 600;
const STOPS_WITHIN: u64 = 120;
/// What es-entrypoint says before it executes the server, with its name.
pub(crate) const STARTING: &str = "es-entrypoint: info: starting ";
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(200);

/// A distribution and the Java that it runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Server {
    pub(crate) product: &'static str,
    pub(crate) version: &'static str,
    pub(crate) java: u32,
}

impl Server {
    pub(crate) const fn elasticsearch(version: &'static str, java: u32) -> Self {
        Self { product: "elasticsearch", version, java }
    }

    pub(crate) const fn opensearch(version: &'static str, java: u32) -> Self {
        Self { product: "opensearch", version, java }
    }

    pub(crate) fn major(self) -> u32 {
        self.version.split('.').next().unwrap().parse().unwrap()
    }
}

/// Two servers start at a time: more of them do not start sooner.
static FREE: (Mutex<u32>, Condvar) = (Mutex::new(2), Condvar::new());
/// Who waits keeps it shut: those who want less would always be faster.
static DOOR: Mutex<()> = Mutex::new(());

/// The right to start servers.
pub(crate) struct Turn(u32);

impl Turn {
    pub(crate) fn of(count: u32) -> Self {
        let _held = DOOR.lock().unwrap_or_else(PoisonError::into_inner);
        let free = FREE.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = FREE.1.wait_while(free, |free| *free < count).unwrap_or_else(PoisonError::into_inner);
        *free -= count;
        Self(count)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *FREE.0.lock().unwrap_or_else(PoisonError::into_inner) += self.0;
        FREE.1.notify_all();
    }
}

/// What a box is made of.
pub(crate) struct Parts {
    server: Server,
    userland: PathBuf,
    distribution: PathBuf,
    /// What is installed on top of it.
    plugin: Option<PathBuf>,
    javas: Vec<String>,
    java_home: String,
}

impl Parts {
    /// Where something is not there, the test is left out, and says what is missing.
    pub(crate) fn of(server: Server) -> Option<Self> {
        match Self::find(server) {
            Ok(parts) => Some(parts),
            Err(missing) => {
                skip(&missing);
                None
            }
        }
    }

    fn find(server: Server) -> Result<Self, String> {
        let userland = java::rooted(8)?;
        let distribution = common::cache().join(format!("{}-{}", server.product, server.version));
        if !distribution.is_dir() {
            return Err(format!("{} is not there: scripts/provision.sh servers", distribution.display()));
        }
        let userland_root = userland.root.clone().ok_or("no userland")?;
        let (jre, root) = match server.java {
            8 => (userland, None),
            17 => (java::jdk_17()?, None),
            other => {
                let jre = java::rooted(other)?;
                let root = jre.root.clone();
                (jre, root)
            }
        };
        let mut javas = Vec::new();
        if server.java != 8 {
            // Debian keeps the configuration of a Java apart from it.
            for directory in [jre.home.clone(), format!("/etc/java-{}-openjdk", server.java)] {
                let from = root.as_deref().map_or_else(
                    || PathBuf::from(&directory),
                    |root| root.join(directory.trim_start_matches('/')),
                );
                if from.is_dir() {
                    javas.push(format!("{}:{directory}", from.display()));
                }
            }
        }
        Ok(Self { server, userland: userland_root, distribution, plugin: None, javas, java_home: jre.home })
    }

    /// With a plugin that `scripts/provision.sh` unpacked.
    pub(crate) fn with(self, plugin: &str) -> Option<Self> {
        let folder = common::cache().join(plugin);
        if folder.is_dir() {
            return Some(Self { plugin: Some(folder), ..self });
        }
        skip(&format!("{} is not there: scripts/provision.sh servers", folder.display()));
        None
    }

    /// With a file of its Java that cannot be used.
    pub(crate) fn without(mut self, file: &str) -> Self {
        self.javas.push(format!("/dev/null:{}/{file}", self.java_home));
        self
    }

    /// Where the files of the plugin are.
    pub(crate) fn plugin(&self) -> &Path {
        self.plugin.as_deref().unwrap()
    }
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-R").args([from, to]).status().unwrap();
    assert!(status.success(), "{} {}", from.display(), to.display());
}

/// The file system of a box, which outlives its starts and goes away with the test.
pub(crate) struct Room {
    parts: Parts,
    path: PathBuf,
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

impl Room {
    pub(crate) fn new(parts: Parts, name: &str) -> Self {
        let Server { product, version, .. } = parts.server;
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("starts-{product}-{version}-{name}"));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self { parts, path }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn distribution(&self) -> &Path {
        &self.parts.distribution
    }

    /// A start in the network of that process, or in one of its own.
    pub(crate) fn start(
        &self,
        network: Option<&Network>,
        variables: &[(&str, &str)],
        arguments: &[&str],
    ) -> Node {
        let Parts { server, userland, distribution, plugin, javas, java_home } = &self.parts;
        let mut command;
        if let Some(network) = network {
            command = Command::new("nsenter");
            command.args(["--net", &format!("--target={}", network.0.id()), "unshare"]);
        } else {
            command = Command::new("unshare");
            command.arg("--net");
        }
        command.args(["--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child=KILL"]);
        command.args(["--propagation=private", "bash"]);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/starts/box.sh"));
        command.args(if arguments.is_empty() { &[][..] } else { &["--"] }).args(arguments);
        command
            .env_clear()
            .env("PATH", format!("{java_home}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"));
        command.env("BOX", &self.path).env("USERLAND", userland).env("DISTRIBUTION", distribution);
        command.env("PRODUCT", server.product).env("BINARY", common::binary()).env("JAVAS", javas.join(" "));
        if let Some(plugin) = plugin {
            command.env("PLUGIN", plugin);
        }
        // Without the second compiler, which takes processor time from the start and changes nothing of what is tested.
        let quick = "-XX:TieredStopAtLevel=1";
        let options = format!("-Xms256m -Xmx256m {quick}");
        match server {
            Server { product: "opensearch", .. } => {
                command.env("OPENSEARCH_JAVA_HOME", java_home).env("OPENSEARCH_JAVA_OPTS", &options)
            }
            server if server.major() <= 2 => {
                command.env("JAVA_HOME", java_home).env("ES_HEAP_SIZE", "256m").env("ES_JAVA_OPTS", quick)
            }
            server if server.major() <= 7 => {
                command.env("JAVA_HOME", java_home).env("ES_JAVA_OPTS", &options)
            }
            _ => command.env("ES_JAVA_HOME", java_home).env("ES_JAVA_OPTS", &options),
        };
        command.envs(variables.iter().copied());
        let log = self.path("log");
        let file = std::fs::File::create(&log).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        Node { child: command.spawn().unwrap(), log, begun: Instant::now() }
    }
}

/// A network with a loopback and nothing else, held by a process.
pub(crate) struct Network(Child);

impl Network {
    pub(crate) fn new() -> Self {
        let mut command = Command::new("unshare");
        command.args(["--net", "sh", "-c", "ip link set lo up && echo up && read line"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = command.spawn().unwrap();
        let mut up = String::new();
        let out = holder.stdout.take().unwrap();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut up).unwrap();
        assert_eq!(up, "up\n");
        Self(holder)
    }

    /// From here on nobody can connect to that address, and nothing says so; connections that are there stay.
    pub(crate) fn loses_what_is_sent_to(&self, address: &str) {
        let target = format!("--target={}", self.0.id());
        let rule = ["iptables", "-A", "INPUT", "-d", address, "-p", "tcp", "--syn", "-j", "DROP"];
        let status = Command::new("nsenter").args(["--net", &target]).args(rule).status().unwrap();
        assert!(status.success(), "{rule:?}");
    }

    /// With a name server, which `resolv.conf` of the boxes names.
    pub(crate) fn with_names(zone: Zone) -> Self {
        let network = Self::new();
        let namespace = std::fs::File::open(format!("/proc/{}/ns/net", network.0.id())).unwrap();
        let serve = move || {
            nix::sched::setns(namespace, nix::sched::CloneFlags::CLONE_NEWNET).unwrap();
            serve(zone)
        };
        // Nobody wants to know of the questions.
        drop(std::thread::spawn(serve).join().unwrap());
        network
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        guard::end(&mut self.0);
    }
}

/// A started server, which ends with the test.
pub(crate) struct Node {
    child: Child,
    log: PathBuf,
    begun: Instant,
}

impl Drop for Node {
    fn drop(&mut self) {
        guard::end(&mut self.child);
    }
}

impl Node {
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_else(|error| error.to_string())
    }

    /// PID 1 of the box as it is seen from here.
    fn first(&self) -> Option<i32> {
        let mut below = guard::below(self.child.id().cast_signed()).into_iter();
        // `nsenter` becomes `unshare`, whose child it is.
        below.next()
    }

    fn has_ended(&self) -> bool {
        use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
        let pid = nix::unistd::Pid::from_raw(self.child.id().cast_signed());
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        waitid(Id::Pid(pid), flags).unwrap() != WaitStatus::StillAlive
    }

    /// Asks until there is an answer; one that has ended gives none any more.
    #[track_caller]
    fn until<T>(&self, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
        common::within(STARTS_WITHIN, what, || {
            let has_ended = self.has_ended();
            let answer = ask();
            assert!(answer.is_some() || !has_ended, "it ended before there was {what}:\n{}", self.log());
            answer
        })
    }

    /// Waits for that text in the log.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) {
        self.until(text, || self.log().contains(text).then_some(()));
    }

    /// Waits for a process with that argument, somewhere below PID 1, and gives all of them.
    #[track_caller]
    pub(crate) fn command_line(&self, argument: &str) -> Vec<String> {
        let of = |pid: i32| {
            let text = String::from_utf8(std::fs::read(format!("/proc/{pid}/cmdline")).ok()?).unwrap();
            let words: Vec<String> = text.split_terminator('\0').map(str::to_owned).collect();
            words.iter().any(|word| word == argument).then_some(words)
        };
        self.until(argument, || guard::below(self.first()?).into_iter().find_map(of))
    }

    /// How many processes PID 1 has below it.
    pub(crate) fn processes(&self) -> usize {
        guard::below(self.first().unwrap()).len()
    }

    fn curl(&self, url: &str) -> Option<Output> {
        let target = format!("--target={}", self.first()?);
        let words = ["--net", &target, "curl", "-sk", "--max-time", "10", "-w", "\n%{http_code}", url];
        Some(Command::new("nsenter").args(words).stdin(Stdio::null()).output().unwrap())
    }

    /// Status and text of an answer; nothing where nobody answers in that protocol.
    pub(crate) fn ask(&self, url: &str) -> Option<(u16, String)> {
        let output = String::from_utf8_lossy(&self.curl(url)?.stdout).into_owned();
        let (text, status) = output.rsplit_once('\n')?;
        Some((status.parse().ok()?, text.to_owned())).filter(|(status, _)| *status != 0)
    }

    /// What `health` says in the box, and its exit code.
    pub(crate) fn health(&self, words: &[&str]) -> (i32, String) {
        let first = self.first().unwrap().to_string();
        let target = format!("--target={first}");
        let mut command = Command::new("nsenter");
        command.args([&target, "--mount", "--pid", "--net", "--root", "--wd", "--"]);
        command.args(["/usr/local/bin/es-entrypoint", "health"]).args(words).env_clear();
        let output = command.stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code().unwrap(), text)
    }

    /// Waits until the server is started: nobody listens there yet.
    #[track_caller]
    pub(crate) fn is_not_up_yet(&self) {
        self.says(STARTING);
        for words in [&[][..], &["--ready"]] {
            let expected = (1, "nothing listens on the HTTP ports 9200-9300\n".to_owned());
            assert_eq!(self.health(words), expected, "{}", self.log());
        }
    }

    /// The status of an answer.
    pub(crate) fn status(&self, url: &str) -> Option<u16> {
        self.ask(url).map(|(status, _)| status)
    }

    /// Waits for the end of another command than a server, and gives its exit code and all that was printed.
    #[track_caller]
    pub(crate) fn ends(mut self) -> (Option<i32>, String) {
        let status = common::within(STARTS_WITHIN, "the end", || self.child.try_wait().unwrap());
        (status.code(), self.log())
    }

    /// Waits until the node answers as a server does that is up, and gives the beginning of its address.
    #[track_caller]
    pub(crate) fn answers(&self, host: &str) -> String {
        let address = self.until("an answer over HTTP", || {
            std::thread::sleep(BETWEEN_QUESTIONS);
            ["http", "https"].into_iter().find_map(|scheme| {
                let address = format!("{scheme}://{host}:9200");
                let (status, _) = self.ask(&format!("{address}/"))?;
                // The distributions of Maven lack the module that greets, from 8 on: who may ask is told 405 there.
                [200, 401, 405].contains(&status).then_some(address)
            })
        });
        eprintln!("{} answers after {:?}", self.log.display(), self.begun.elapsed());
        address
    }

    /// Waits for a JSON answer that is as it should be.
    #[track_caller]
    pub(crate) fn tells<T>(&self, url: &str, what: &str, mut is_it: impl FnMut(&Value) -> Option<T>) -> T {
        self.until(what, || {
            std::thread::sleep(BETWEEN_QUESTIONS);
            let (status, text) = self.ask(url)?;
            assert_ne!(status, 401, "{url}: {text}");
            is_it(&serde_json::from_str(&text).ok()?)
        })
    }

    /// `TERM` from outside, as a runtime sends it.
    #[track_caller]
    pub(crate) fn stops_with_143(self) {
        self.stops_within(STOPS_WITHIN);
    }

    /// `TERM`, and nothing more.
    pub(crate) fn is_asked_to_stop(&self) {
        let first = nix::unistd::Pid::from_raw(self.first().unwrap());
        nix::sys::signal::kill(first, nix::sys::signal::Signal::SIGTERM).unwrap();
    }

    /// The same in so many seconds.
    #[track_caller]
    pub(crate) fn stops_within(mut self, seconds: u64) {
        self.is_asked_to_stop();
        let status = common::within(seconds, "the end of the server", || self.child.try_wait().unwrap());
        assert_eq!(status.code(), Some(143), "{}", self.log());
    }
}
