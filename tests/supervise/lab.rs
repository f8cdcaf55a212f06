//! Starting the binary, as PID 1 or not, and talking to it: lines come in with a deadline, nothing sleeps.

use super::common::{binary, guard, skip, within};
use super::helper;
use pid1::signals::{Action, Forwarding, Signal};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Where the binary runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// An ordinary process.
    Ordinary,
    /// PID 1 of a namespace of its own.
    First,
    /// An ordinary process that prepares first: `run`, with the signals that `init` forwards.
    Run,
    /// The same as PID 1.
    RunFirst,
}

impl Mode {
    pub(crate) fn is_first(self) -> bool {
        matches!(self, Self::First | Self::RunFirst)
    }

    pub(crate) fn prepares(self) -> bool {
        matches!(self, Self::Run | Self::RunFirst)
    }
}

const UNSHARE: [&str; 7] =
    ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"];

/// The modes that this machine allows.
pub(crate) fn modes() -> &'static [Mode] {
    static ALLOWED: OnceLock<bool> = OnceLock::new();
    let allowed = *ALLOWED.get_or_init(|| {
        Command::new(UNSHARE[0])
            .args(&UNSHARE[1..])
            .arg("true")
            .output()
            .is_ok_and(|output| output.status.success())
    });
    if allowed && nix::unistd::geteuid().is_root() {
        &[Mode::Ordinary, Mode::First, Mode::Run, Mode::RunFirst]
    } else if allowed {
        skip("`run` is not tested here, as another user may not choose its groups");
        &[Mode::Ordinary, Mode::First]
    } else {
        skip("nothing is tested as PID 1, as `unshare --user --pid` is not allowed here");
        &[Mode::Ordinary]
    }
}

/// Those without the variants of `run`.
pub(crate) fn plain_modes() -> &'static [Mode] {
    &modes()[..modes().len().min(2)]
}

/// A command line that begins with the way into the mode; the environment is clean.
pub(crate) fn prefixed(mode: Mode, words: &[&str]) -> Command {
    let words: Vec<&str> = if mode.is_first() { [&UNSHARE, words].concat() } else { words.to_vec() };
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// `es-entrypoint init …`, or `run …` with the same meaning. The command begins behind `--` or the last option.
pub(crate) fn init(mode: Mode, words: &[&str]) -> Command {
    let words = init_words(mode, words);
    prefixed(mode, &words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Its command line.
pub(crate) fn init_words(mode: Mode, words: &[&str]) -> Vec<String> {
    let (options, command) = apart(words);
    let forwarded = tini_table();
    let own = [
        &["run", "--config-dir", configuration(), "--user", "0:0", "--forward", &forwarded][..],
        &["--allow", "host/root,host/memory,host/disk-watermark,host/nofile,host/nproc,host/max-map-count"],
    ]
    .concat();
    let own = if mode.prepares() { &own[..] } else { &["init"] };
    let all = [&[binary().to_str().unwrap()], own, options, &["--"], command].concat();
    all.into_iter().map(str::to_owned).collect()
}

/// The options of `init`, and the command.
fn apart<'a>(words: &'a [&'a str]) -> (&'a [&'a str], &'a [&'a str]) {
    const SWITCHES: [&str; 4] = ["--group", "--session", "--inherit-signals", "--no-subreaper"];
    let mut end = 0;
    while words[end].starts_with("--") && words[end] != "--" {
        end += if SWITCHES.contains(&words[end]) { 1 } else { 2 };
    }
    (&words[..end], &words[end + usize::from(words[end] == "--")..])
}

/// What `init` forwards, for `--forward`.
fn tini_table() -> String {
    let table = Forwarding::tini();
    let all = (1..=64).filter_map(Signal::from_number);
    let forwarded: Vec<String> = all
        .filter(|signal| ![9, 19].contains(&signal.number()) && table.action(*signal) == Action::Forward)
        .map(|signal| signal.to_string())
        .collect();
    forwarded.join(",")
}

/// A configuration that needs no preparation.
fn configuration() -> &'static str {
    static FOLDER: OnceLock<String> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("supervise-configuration");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("elasticsearch.yml"), "cluster.name: supervise\n").unwrap();
        folder.to_str().unwrap().to_owned()
    })
}

/// The test program, which becomes the helper that the environment names.
pub(crate) fn this_program() -> String {
    std::env::current_exe().unwrap().to_str().unwrap().to_owned()
}

/// `es-entrypoint init … -- record`.
pub(crate) fn recorder(mode: Mode, options: &[&str]) -> Command {
    let program = this_program();
    let mut command = init(mode, &[options, &["--", &program]].concat());
    command.env(helper::VARIABLE, "record");
    command
}

/// Exit code and whole outputs of a command that ends by itself.
#[track_caller]
pub(crate) fn output(command: &mut Command) -> (i32, String, String) {
    let mut running = Running::start(command);
    let status = running.wait();
    let (out, error) = running.rest();
    (code(status), out, error)
}

fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status.code().unwrap_or_else(|| -status.signal().unwrap_or(0))
}

/// Longer than any line takes on a busy machine.
const LINE_WITHIN: Duration = Duration::from_secs(60);

/// A running command.
pub(crate) struct Running {
    pub(crate) child: Child,
    out: Receiver<String>,
    error: Option<std::thread::JoinHandle<String>>,
    first: bool,
}

impl Running {
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Self {
        let first = command.get_program() == UNSHARE[0];
        // Who runs the tests may sit at a terminal; what is tested here has none.
        helper::start_without_terminal(command);
        let mut child = command.spawn().unwrap();
        let (sender, out) = channel();
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        let error = child.stderr.take().map(|mut stderr| {
            std::thread::spawn(move || {
                let mut text = String::new();
                let _ = stderr.read_to_string(&mut text);
                text
            })
        });
        Self { child, out, error, first }
    }

    /// The process id of the binary as we see it.
    #[track_caller]
    pub(crate) fn pid(&self) -> i32 {
        let own = i32::try_from(self.child.id()).unwrap();
        if self.first { within(10, "PID 1 exists", || children(own).first().copied()) } else { own }
    }

    /// The next line of its standard output.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        let Ok(line) = self.out.recv_timeout(LINE_WITHIN) else {
            guard::end(&mut self.child);
            let (out, error) = self.rest();
            panic!(
                "no line on standard output within {LINE_WITHIN:?}; the rest: {out:?}, the errors: {error:?}"
            );
        };
        line
    }

    /// Sends a signal to the binary.
    #[track_caller]
    pub(crate) fn send(&self, signal: i32) {
        helper::send(self.pid(), signal);
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        within(60, "the command ends", || self.child.try_wait().unwrap())
    }

    /// Waits for the end and gives the exit code; a signal's number is negative.
    #[track_caller]
    pub(crate) fn code(&mut self) -> i32 {
        code(self.wait())
    }

    /// What is left on standard output, and all of standard error.
    pub(crate) fn rest(&mut self) -> (String, String) {
        let out = self.out.iter().map(|line| line + "\n").collect();
        (out, self.error.take().map_or_else(String::new, |error| error.join().unwrap()))
    }
}

/// Nothing stays behind a failed test.
impl Drop for Running {
    fn drop(&mut self) {
        guard::end(&mut self.child);
    }
}

/// The children of a process.
pub(crate) fn children(pid: i32) -> Vec<i32> {
    std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
        .map(|list| list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect())
        .unwrap_or_default()
}

/// A line of `/proc/PID/status`.
#[track_caller]
pub(crate) fn status(pid: i32, name: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the process lives; a zombie does not.
pub(crate) fn lives(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z')))
}
