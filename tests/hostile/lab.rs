//! A pretended installation of Elasticsearch 2.3.4 with a `java` that only tells what it got, in a directory that goes
//! away with the test.

use std::ffi::{OsStr, OsString};
use std::fs::Permissions;
use std::io::Read;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{binary, guard, skip};

/// Longer than anything here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(90);

/// What depends on the machine of the test.
// Keystores are texts here.
pub(crate) const ALLOWED: &str = "keystore/corrupt,host/no-address,host/several-addresses,host/nofile,host/max-map-count,host/nproc,host/memory,host/disk-watermark,host/root";

/// Into namespaces of its own, as root there.
pub(crate) const UNSHARE: &[&str] = &["unshare", "--user", "--map-root-user", "--fork"];

/// Tells what it got, and what stands in the configuration directory that was named to it.
const JAVA: &str = r#"#!/bin/sh
if [ -n "$HOSTILE_MARK" ]; then : > "$HOSTILE_MARK"; fi
echo "STARTED uid=$(id -u) gid=$(id -g) umask=$(umask) cwd=$(pwd)"
for word do
    echo "ARGUMENT $word"
    case $word in
        --path.conf=*) conf=${word#--path.conf=} ;;
    esac
done
if [ -n "$conf" ]; then
    echo "CONFIGURATION $conf"
    for file in "$conf"/*; do
        if [ -f "$file" ]; then
            echo "FILE ${file##*/}"
            cat "$file" || echo "CANNOT READ $file"
        fi
    done
fi
if [ -n "$HOSTILE_EXIT" ]; then exit "$HOSTILE_EXIT"; fi
"#;

/// A start script that nobody shipped is executed as it is.
const SCRIPT: &str = "#!/bin/sh\nexec \"$JAVA_HOME/bin/java\" \"$@\"\n";

pub(crate) struct Lab(PathBuf);

/// How a command ended and what it said.
#[derive(Debug)]
#[allow(dead_code, reason = "shown where a test fails")]
pub(crate) struct Ended {
    /// The exit code, or 1000 and the signal that killed it.
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) errors: String,
    pub(crate) took: Duration,
}

impl Ended {
    pub(crate) fn everything(&self) -> String {
        format!("{}{}", self.output, self.errors)
    }

    pub(crate) fn started(&self) -> bool {
        self.output.contains("STARTED")
    }
}

impl Lab {
    pub(crate) fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("hostile-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        let lab = Self(root);
        for directory in
            ["home/lib", "home/bin", "home/config", "home/data", "home/logs", "java/bin", "templates"]
        {
            std::fs::create_dir_all(lab.path(directory)).unwrap();
        }
        lab.write("home/lib/elasticsearch-2.3.4.jar", "");
        lab.write("home/bin/elasticsearch", SCRIPT);
        lab.write("java/bin/java", JAVA);
        for program in ["home/bin/elasticsearch", "java/bin/java"] {
            lab.mode(program, 0o755);
        }
        // Also for those that are not root.
        for directory in ["", "home/data", "home/logs"] {
            lab.mode(directory, if directory.is_empty() { 0o755 } else { 0o777 });
        }
        lab
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).into_os_string().into_string().unwrap()
    }

    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn mode(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.0.join(name), Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&std::fs::read(self.0.join(name)).unwrap()).into_owned()
    }

    /// The names in a directory, sorted; none where there is no such directory.
    pub(crate) fn names(&self, directory: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.0.join(directory)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The bare command, in an environment of its own and with nothing on standard input.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        self.prefixed(&[], words)
    }

    /// The same, started by other programs: `unshare --pid --fork`.
    pub(crate) fn prefixed<S: AsRef<OsStr>>(
        &self,
        prefix: &[&str],
        words: impl IntoIterator<Item = S>,
    ) -> Command {
        let line: Vec<OsString> = prefix
            .iter()
            .map(OsString::from)
            .chain([binary().into()])
            .chain(words.into_iter().map(|word| word.as_ref().to_owned()))
            .collect();
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
        command.env("JAVA_HOME", self.path("java")).env("ES_HOME", self.path("home"));
        command.env("ES_ENTRYPOINT_RUNTIME_DIR", self.path("runtime"));
        // Whatever the machine of the test is like.
        command.env("ES_ENTRYPOINT_ALLOW", ALLOWED);
        command.stdin(Stdio::null()).current_dir(&self.0);
        command
    }

    /// `run` with these further words.
    pub(crate) fn start(&self, words: &[&str]) -> Ended {
        ended(self.command(["run"].iter().chain(words)))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // Also what nobody may enter; the tests that make such directories are those of root, or own them.
        let _ = Command::new("chmod").args(["-R", "u+rwX"]).arg(&self.0).stderr(Stdio::null()).status();
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs the command to its end; fails where it takes too long.
#[track_caller]
pub(crate) fn ended(mut command: Command) -> Ended {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let child = command.spawn().unwrap();
    finished(child, &format!("{command:?}"))
}

/// Waits for the end of a child whose output is piped.
#[track_caller]
pub(crate) fn finished(mut child: Child, what: &str) -> Ended {
    let begun = Instant::now();
    let read = |stream: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut stream = stream;
            let mut bytes = Vec::new();
            let _ = stream.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let output = read(Box::new(child.stdout.take().unwrap()));
    let errors = read(Box::new(child.stderr.take().unwrap()));
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > LIMIT {
            guard::end(&mut child);
            panic!("hangs: {what}\n{}", errors.join().unwrap());
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let took = begun.elapsed();
    let code = status.code().unwrap_or_else(|| 1000 + status.signal().unwrap());
    let ended = Ended { code, output: output.join().unwrap(), errors: errors.join().unwrap(), took };
    assert!(!ended.errors.contains("defect at"), "{what}: {ended:?}");
    assert!(ended.code != 70 && ended.code != 101, "{what}: {ended:?}");
    ended
}

/// Whether we are root; where not, the test is left out loudly.
pub(crate) fn root(what: &str) -> bool {
    if nix::unistd::geteuid().is_root() {
        return true;
    }
    skip(&format!("{what} needs root"));
    false
}

/// The JSON objects of a report, one a line.
pub(crate) fn objects(text: &str) -> Vec<serde_json::Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect()
}

/// The findings' codes with their severities: `error quorum/split-brain`.
pub(crate) fn codes(text: &str) -> Vec<String> {
    objects(text)
        .iter()
        .filter_map(|object| {
            Some(format!("{} {}", object.get("severity")?.as_str()?, object.get("code")?.as_str()?))
        })
        .collect()
}
