//! Containers and networks that go away with the test, also when it fails; every wait has an end and shows the log.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

const LABEL: &str = "es-entrypoint-test";
pub(crate) const STARTS_WITHIN: Duration = Duration::from_secs(180);

/// The image to test (`E2E_IMAGE`, else freshly built), or nothing where there is no Docker engine and `E2E` does not
/// say `required`.
pub(crate) fn image() -> Option<&'static str> {
    static IMAGE: OnceLock<Option<String>> = OnceLock::new();
    IMAGE
        .get_or_init(|| {
            let required = std::env::var_os("E2E").is_some_and(|value| value == "required");
            if !required && !docker(&["version"]).status.success() {
                crate::common::skip("no Docker engine answers; `make test` starts one");
                return None;
            }
            sweep();
            if let Ok(name) = std::env::var("E2E_IMAGE") {
                return Some(name);
            }
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/image.sh");
            let output =
                Command::new(script).stderr(Stdio::inherit()).output().expect("scripts/image.sh runs");
            assert!(output.status.success(), "scripts/image.sh failed");
            Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
        })
        .as_deref()
}

/// Removes what a killed test process left behind.
fn sweep() {
    let stale = |list: &[&str], remove: &[&str]| {
        for line in text(docker(list)).lines() {
            if let Some((id, owner)) = line.split_once(' ')
                && !Path::new("/proc").join(owner).exists()
            {
                docker(&[remove, &[id]].concat());
            }
        }
    };
    let filter = format!("label={LABEL}");
    let format = format!("{{{{.ID}}}} {{{{.Label \"{LABEL}\"}}}}");
    stale(&["ps", "-a", "--filter", &filter, "--format", &format], &["rm", "-fv"]);
    stale(&["network", "ls", "--filter", &filter, "--format", &format], &["network", "rm"]);
}

fn docker(arguments: &[&str]) -> Output {
    Command::new("docker").args(arguments).stdin(Stdio::null()).output().expect("the docker client runs")
}

/// Standard output of a command that has to succeed.
#[track_caller]
fn succeed(arguments: &[&str]) -> String {
    let output = docker(arguments);
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    text(output)
}

fn text(output: Output) -> String {
    String::from_utf8(output.stdout).expect("docker prints UTF-8").trim_end().to_owned()
}

/// A name nobody else on this machine has.
fn unique(noun: &str) -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    format!("es-e2e-{}-{noun}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

fn label() -> String {
    format!("{LABEL}={}", std::process::id())
}

/// A network of its own, where containers find each other by name.
pub(crate) struct Network {
    name: String,
}

impl Network {
    pub(crate) fn new() -> Self {
        let name = unique("net");
        succeed(&["network", "create", "--label", &label(), &name]);
        Self { name }
    }

    /// Takes a container off the network: nobody on it can reach the container any more, nor it them.
    pub(crate) fn cut_off(&self, container: &Container) {
        succeed(&["network", "disconnect", &self.name, &container.id]);
        container.isolated.store(true, Ordering::Relaxed);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        docker(&["network", "rm", &self.name]);
    }
}

/// A file or folder on the host, to be mounted.
pub(crate) struct HostFile {
    path: PathBuf,
}

impl HostFile {
    pub(crate) fn new(content: &str, mode: u32) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let path = std::env::temp_dir().join(unique("file"));
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        Self { path }
    }

    /// A folder of root's with these files of root's in it.
    pub(crate) fn folder(files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(unique("folder"));
        for (name, content) in files {
            let file = path.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        }
        Self { path }
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path.join(name)).unwrap()
    }

    pub(crate) fn mounted_writable_at(&self, target: &str) -> String {
        format!("{}:{target}", self.path.display())
    }

    pub(crate) fn mounted_at(&self, target: &str) -> String {
        format!("{}:{target}:ro", self.path.display())
    }
}

impl Drop for HostFile {
    fn drop(&mut self) {
        let _ = if self.path.is_dir() {
            std::fs::remove_dir_all(&self.path)
        } else {
            std::fs::remove_file(&self.path)
        };
    }
}

/// `docker run` in the making.
#[must_use]
pub(crate) struct Run {
    name: String,
    flags: Vec<String>,
    command: Vec<String>,
}

impl Run {
    pub(crate) fn new() -> Self {
        let name = unique("node");
        let mut flags = vec!["--name".to_owned(), name.clone(), "--label".to_owned(), label()];
        // A small heap keeps several nodes on a small machine.
        flags.extend(["--env".to_owned(), "ES_HEAP_SIZE=128m".to_owned()]);
        Self { name, flags, command: Vec::new() }
    }

    /// A node that does not wait for others, and can be reached from outside.
    pub(crate) fn alone() -> Self {
        Self::new()
            .env("NETWORK_HOST", "0.0.0.0")
            .env("ES_JAVA_OPTS", "-Des.discovery.zen.ping_timeout=200ms")
    }

    pub(crate) fn env(self, name: &str, value: &str) -> Self {
        self.flags(["--env", &format!("{name}={value}")])
    }

    pub(crate) fn flags<'a>(mut self, flags: impl IntoIterator<Item = &'a str>) -> Self {
        self.flags.extend(flags.into_iter().map(str::to_owned));
        self
    }

    pub(crate) fn on(self, network: &Network, name: &str) -> Self {
        self.flags(["--network", &network.name, "--network-alias", name, "--hostname", name])
    }

    pub(crate) fn command<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.command.extend(words.into_iter().map(str::to_owned));
        self
    }

    /// Starts the container in the background.
    #[track_caller]
    pub(crate) fn start(self) -> Container {
        // The guard comes first: a container that was created but cannot start is removed too.
        let mut container =
            Container { id: self.name.clone(), address: None, isolated: AtomicBool::new(false) };
        let mut arguments = vec!["run", "-d"];
        arguments.extend(self.flags.iter().map(String::as_str));
        arguments.push(image().expect("asked for by the test before"));
        arguments.extend(self.command.iter().map(String::as_str));
        succeed(&arguments);
        let address = container.inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}");
        container.address = address.split_whitespace().next().map(str::to_owned);
        container
    }

    /// Runs the container to its end.
    #[track_caller]
    pub(crate) fn finish(self) -> Finished {
        let container = self.start();
        let code = container.wait_exit(STARTS_WITHIN);
        Finished { code, stdout: container.stdout(), stderr: container.stderr() }
    }
}

/// What a container left that ended by itself.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A container; removed, with its volumes, when it goes out of scope.
pub(crate) struct Container {
    id: String,
    address: Option<String>,
    isolated: AtomicBool,
}

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "-fv", &self.id]);
    }
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Response {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.body))
    }
}

impl Container {
    #[track_caller]
    pub(crate) fn inspect(&self, format: &str) -> String {
        succeed(&["inspect", "--format", format, &self.id])
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&docker(&["logs", &self.id]).stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&docker(&["logs", &self.id]).stderr).into_owned()
    }

    pub(crate) fn logs(&self) -> String {
        self.stdout() + &self.stderr()
    }

    /// Standard output of a command in the container.
    #[track_caller]
    pub(crate) fn exec(&self, command: &[&str]) -> String {
        succeed(&[&["exec", &self.id], command].concat())
    }

    /// Repeats the question until there is an answer; fails with the container's log when the time is over.
    #[track_caller]
    pub(crate) fn within<T>(
        &self,
        limit: Duration,
        what: &str,
        mut question: impl FnMut() -> Result<T, String>,
    ) -> T {
        let begun = Instant::now();
        loop {
            let state = match question() {
                Ok(answer) => return answer,
                Err(state) => state,
            };
            let running = self.inspect("{{.State.Running}} {{.State.ExitCode}}");
            if begun.elapsed() > limit || running.starts_with("false") {
                let mut report = String::new();
                let _ = writeln!(
                    report,
                    "not within {limit:?}: {what}; last seen: {state}; running, exit code: {running}"
                );
                let _ = writeln!(report, "--- log of {}\n{}", self.id, self.logs());
                panic!("{report}");
            }
            sleep(Duration::from_millis(200));
        }
    }

    /// The exit code, once the container has ended.
    #[track_caller]
    pub(crate) fn wait_exit(&self, limit: Duration) -> i32 {
        let begun = Instant::now();
        loop {
            let state = self.inspect("{{.State.Status}} {{.State.ExitCode}}");
            if let Some(code) = state.strip_prefix("exited ") {
                return code.parse().unwrap();
            }
            assert!(
                begun.elapsed() < limit,
                "{} has not ended within {limit:?}; its log:\n{}",
                self.id,
                self.logs()
            );
            sleep(Duration::from_millis(100));
        }
    }

    /// Sends a signal to the container's first process.
    #[track_caller]
    pub(crate) fn kill(&self, signal: &str) {
        succeed(&["kill", "--signal", signal, &self.id]);
    }

    /// Waits for this text in the log; gives the whole.
    #[track_caller]
    pub(crate) fn wait_log(&self, text: &str) -> String {
        let begun = Instant::now();
        loop {
            let logs = self.logs();
            if logs.contains(text) {
                return logs;
            }
            assert!(begun.elapsed() < STARTS_WITHIN, "`{text}` is not in the log of {}:\n{logs}", self.id);
            sleep(Duration::from_millis(50));
        }
    }

    /// The same as [`stop`](Self::stop), so long after the start.
    #[track_caller]
    pub(crate) fn stop_after(&self, delay: Duration) -> (Duration, i32) {
        sleep(delay);
        self.stop()
    }

    /// `docker stop`: how long it took, and the exit code.
    #[track_caller]
    pub(crate) fn stop(&self) -> (Duration, i32) {
        let begun = Instant::now();
        succeed(&["stop", "--time", "30", &self.id]);
        (begun.elapsed(), self.inspect("{{.State.ExitCode}}").parse().unwrap())
    }

    /// One request to the node; what went wrong as text when there is no answer.
    pub(crate) fn try_request(&self, method: &str, path: &str, body: &str) -> Result<Response, String> {
        let request = format!(
            "{method} {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = match &self.address {
            Some(address) if !self.isolated.load(Ordering::Relaxed) => over_the_bridge(address, &request),
            _ => self.ask_inside(&request),
        }?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or(format!("no HTTP answer: {answer:?}"))?;
        let status =
            head.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(format!("odd answer: {head}"))?;
        Ok(Response { status, body: body.to_owned() })
    }

    /// The same by a shell in the container, which a node reaches that no network reaches any more.
    fn ask_inside(&self, request: &str) -> Result<String, String> {
        let script = "exec 3<>/dev/tcp/127.0.0.1/9200 && printf %s \"$0\" >&3 && timeout 10 cat <&3";
        let output = docker(&["exec", &self.id, "bash", "-c", script, request]);
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        if answer.is_empty() { Err(String::from_utf8_lossy(&output.stderr).into_owned()) } else { Ok(answer) }
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Response {
        self.try_request("GET", path, "")
            .unwrap_or_else(|error| panic!("GET {path}: {error}\n{}", self.logs()))
    }

    /// The answer to `GET path` once it has that status.
    #[track_caller]
    pub(crate) fn wait_for(&self, path: &str, status: u16, limit: Duration) -> Response {
        self.within(limit, &format!("GET {path} answers {status}"), || {
            let response = self.try_request("GET", path, "")?;
            if response.status == status { Ok(response) } else { Err(format!("{response:?}")) }
        })
    }

    /// Waits until the node serves requests, and has a master therefore.
    #[track_caller]
    pub(crate) fn wait_ready(&self) -> Value {
        self.wait_for("/", 200, STARTS_WITHIN).json()
    }
}

fn over_the_bridge(address: &str, request: &str) -> Result<String, String> {
    let address: SocketAddr =
        format!("{address}:9200").parse().map_err(|error| format!("{address}: {error}"))?;
    let exchange = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(3))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    exchange().map_err(|error| error.to_string())
}
