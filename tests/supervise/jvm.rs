//! Real JVMs behind the binary, 8, 17 and 21: what stops them runs their shutdown hooks, nothing else ends them.

use super::common::java::{self, Jre, left_out};
use super::lab::{Mode, Running, plain_modes, prefixed};
use super::{HUP, INT, TERM, common, helper};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

const KILL: i32 = 9;
const QUIT: i32 = 3;
const CHLD: i32 = 17;
const CONT: i32 = 18;
const STOP: i32 = 19;
const WINCH: i32 = 28;
const PWR: i32 = 30;
const SYSTEMD_HALT: i32 = 37;

static JRES: LazyLock<Vec<Jre>> = LazyLock::new(|| {
    let mut found = Vec::new();
    for jre in [java::jdk_17(), java::rooted(8), java::rooted(21)] {
        match jre {
            Ok(jre) if found.is_empty() && jre.major != 17 => {
                left_out("signals of a JVM", "the test program cannot be compiled without a JDK 17");
            }
            Ok(jre) => found.push(jre),
            Err(reason) => left_out("signals of a JVM", &reason),
        }
    }
    found
});

/// The compiled test program, the same for all.
static CLASSES: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = java::classes("jvm");
    java::compile(&JRES[0], &["--release", "8", "-Xlint:-options", "-nowarn"], "ShutdownHook.java", &folder);
    folder
});

/// Which table of signals the JVM is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    Jvm,
    Tini,
}

/// A directory for `run` to prepare in; removed with the test.
struct Prepared(PathBuf);

impl Prepared {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("supervise-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("config")).unwrap();
        std::fs::write(folder.join("config/elasticsearch.yml"), "cluster.name: jvm\n").unwrap();
        // `run` knows a JVM by its name, which a JVM in another root has only then.
        std::os::unix::fs::symlink("/usr/sbin/chroot", folder.join("java")).unwrap();
        Self(folder)
    }

    fn text(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A JVM with the test program, behind the binary. A JRE with a root of its own sees the classes at `/tmp`, in a mount
/// namespace that ends with it.
fn command(jre: &Jre, table: Table, mode: Mode, prepared: &Prepared) -> Command {
    let binary = common::binary().to_str().unwrap();
    let (config, runtime, chroot) = (prepared.text("config"), prepared.text("run"), prepared.text("java"));
    let classes = CLASSES.to_str().unwrap();
    let java = format!("{}/bin/java", jre.home);
    // Nothing shared with JVMs of other tests.
    let options = ["-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xmx32m"];
    let mut words = Vec::new();
    if let Some(root) = &jre.root {
        let root = root.to_str().unwrap();
        // `env` hides the name by which the laboratory knows a PID 1.
        words.extend(if mode.is_first() {
            vec!["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"]
        } else {
            vec!["env", "unshare", "--mount"]
        });
        let script = "mount --bind /proc \"$1/proc\"; mount --bind \"$2\" \"$1/tmp\"; shift 2; exec \"$@\"";
        words.extend(["sh", "-ec", script, "sh", root, classes]);
    }
    words.push(binary);
    if table == Table::Jvm {
        words.extend(["run", "--config-dir", &config, "--runtime-dir", &runtime]);
        words.extend([
            "--allow",
            "host/root,host/memory,host/disk-watermark,host/nofile,host/nproc,host/max-map-count",
        ]);
        if nix::unistd::geteuid().is_root() {
            words.extend(["--user", "0:0"]);
        }
    } else {
        words.push("init");
    }
    words.push("--");
    if let Some(root) = &jre.root {
        words.extend([chroot.as_str(), root.to_str().unwrap()]);
    }
    words.push(&java);
    words.extend(options);
    words.extend(["-cp", if jre.root.is_some() { "/tmp" } else { classes }, "ShutdownHook"]);
    let way = if jre.root.is_some() { Mode::Ordinary } else { mode };
    let mut command = prefixed(way, &words);
    command.stdin(Stdio::piped()).env("LC_ALL", "C.UTF-8");
    command
}

/// One line to the program, and its answer: it lives. What else it prints comes before.
#[track_caller]
fn answers(running: &mut Running, word: &str) -> Vec<String> {
    use std::io::Write as _;
    writeln!(running.child.stdin.as_mut().unwrap(), "{word}").unwrap();
    let mut before = Vec::new();
    loop {
        let line = running.line();
        if line == format!("alive {word}") {
            return before;
        }
        before.push(line);
    }
}

#[test]
fn what_stops_a_jvm_runs_its_shutdown_hooks() {
    let prepared = Prepared::new("jvm-stop");
    for jre in JRES.iter() {
        for table in [Table::Jvm, Table::Tini] {
            for &mode in plain_modes() {
                for signal in [TERM, INT, HUP] {
                    let mut running = Running::start(&mut command(jre, table, mode, &prepared));
                    let what = format!("Java {} behind {table:?}, {mode:?}, signal {signal}", jre.major);
                    assert_eq!(running.line(), "ready", "{what}");
                    running.send(signal);
                    assert_eq!(running.code(), 128 + signal, "{what}");
                    assert_eq!(running.rest(), ("hook\n".to_owned(), String::new()), "{what}");
                }
            }
        }
    }
}

/// Every signal that can be sent; those that the C libraries keep for themselves too. From outside of a container two
/// more are for stopping it.
fn harmless(mode: Mode) -> impl Iterator<Item = i32> {
    let stops: &[i32] = if mode.is_first() { &[PWR, SYSTEMD_HALT] } else { &[] };
    (1..=64).filter(move |signal| ![KILL, STOP, TERM, INT, HUP].contains(signal) && !stops.contains(signal))
}

#[test]
fn no_other_signal_ends_a_jvm_and_a_dropped_one_is_told_once() {
    let prepared = Prepared::new("jvm-live");
    for jre in JRES.iter() {
        for &mode in plain_modes() {
            let mut running = Running::start(&mut command(jre, Table::Jvm, mode, &prepared));
            let what = format!("Java {}, {mode:?}", jre.major);
            assert_eq!(running.line(), "ready", "{what}");
            for signal in harmless(mode) {
                running.send(signal);
                while signal == QUIT && !running.line().starts_with("Full thread dump") {}
                let said = answers(&mut running, &signal.to_string());
                assert!(!said.iter().any(|line| line == "hook"), "{what}, signal {signal}");
            }
            running.send(TERM);
            assert_eq!(running.code(), 143, "{what}");
            let sender = if mode.is_first() {
                "outside".to_owned()
            } else {
                format!("process {}", std::process::id())
            };
            let hint = |name: &str| {
                format!(
                    ": it stops the server only from outside of the container; `--rewrite {name}:TERM` forwards \
                     it as TERM from everywhere"
                )
            };
            let mut reported: Vec<String> = harmless(mode)
                .filter(|signal| ![QUIT, CHLD, CONT, WINCH].contains(signal))
                .map(|signal| {
                    let name = name(signal);
                    let hint =
                        if [PWR, SYSTEMD_HALT].contains(&signal) { hint(&name) } else { String::new() };
                    format!("es-entrypoint: {name} from {sender} dropped{hint}")
                })
                .collect();
            reported.sort();
            let (out, error) = running.rest();
            assert!(out.ends_with("hook\n"), "{what}: {out}");
            // One line each, in whichever order: of several that wait the lowest number comes first.
            let mut lines: Vec<&str> = error.lines().collect();
            lines.sort_unstable();
            assert_eq!(lines, reported, "{what}");
        }
    }
}

fn name(signal: i32) -> String {
    pid1::signals::Signal::from_number(signal).unwrap().to_string()
}

/// A JVM that is PID 1 itself loses a TERM of its first moments for good. Behind us it either has the default
/// disposition still, or its hooks; and Java 8, which forgets what comes between its handlers and the thread that serves
/// them, is signalled again by `run`. `init` signals every program once, so it is not tried with Java 8.
#[test]
fn a_term_while_the_jvm_starts_always_ends_it() {
    let prepared = Prepared::new("jvm-early");
    for (offset, jre) in JRES.iter().enumerate() {
        for index in 0..30 {
            // In the order 0, 9, 18 … ms, and finer where the handlers of the JVM come; both modes, in turn.
            let milliseconds = if index < 15 { 9 * index } else { 20 + 3 * index };
            let turn = usize::try_from(index).unwrap() + offset;
            let table = if jre.major == 8 || turn.is_multiple_of(2) { Table::Jvm } else { Table::Tini };
            let mode = plain_modes()[(turn / 2) % plain_modes().len()];
            let mut running = Running::start(&mut command(jre, table, mode, &prepared));
            let pid = running.pid();
            let what = format!("Java {}, {table:?}, {mode:?}, {milliseconds} ms", jre.major);
            // Counts from the start of the JVM: before it the signal ends the preparation.
            common::within(30, &what, || {
                let child = *super::lab::children(pid).first()?;
                let name = std::fs::read_to_string(format!("/proc/{child}/comm")).ok()?;
                (name == "java\n").then_some(())
            });
            let moment = Instant::now() + Duration::from_millis(milliseconds);
            while Instant::now() < moment {
                std::thread::yield_now();
            }
            helper::send(pid, TERM);
            let status = common::within(60, &what, || running.child.try_wait().unwrap());
            let code = status.code().unwrap_or(0);
            // Java 9 and later may trip over an end in the middle of their own start, and say so.
            let (out, error) = running.rest();
            let tripped =
                jre.major > 8 && (out + &error).contains("Error occurred during initialization of VM");
            assert!(code == 143 || code == 1 && tripped, "{what}: {code}");
        }
    }
}
