//! Killed, full, closed, twice at once: a file is the old or the new one, and never a part.

use crate::common::strace;
use crate::lab::{Lab, UNSHARE, ended, finished, root};
use crate::neighbours::home;
use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A file of about a megabyte that is all of one letter.
fn content(letter: char) -> String {
    let line = format!("{}\n", letter.to_string().repeat(99));
    line.repeat(10_000)
}

fn is_whole(text: &str) -> bool {
    text.len() == 1_000_000 && text.bytes().all(|byte| byte == text.as_bytes()[0] || byte == b'\n')
}

fn no_temporary_files(lab: &Lab, directory: &str) {
    let names = lab.names(directory);
    assert!(!names.iter().any(|name| name.contains("es-entrypoint")), "{names:?}");
}

/// Kills `command` after a time that grows from attempt to attempt until it gets to its end. Gives how often it was
/// killed.
fn kill_again_and_again(
    attempts: u32,
    mut command: impl FnMut(u32) -> Command,
    mut look: impl FnMut(),
) -> u32 {
    let mut killed = 0;
    let mut longest = Duration::from_millis(1);
    for attempt in 0..attempts {
        let mut child = command(attempt).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Spread over the time that one takes.
        let moment = Instant::now() + longest * (attempt % 40) / 40;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() >= moment {
                let _ = child.kill();
                break child.wait().unwrap();
            }
            std::hint::spin_loop();
        };
        if status.success() {
            longest = (longest * 3 / 4).max(Duration::from_millis(1));
        } else {
            assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{status:?}");
            killed += 1;
            longest = (longest * 9 / 8).min(Duration::from_millis(500));
        }
        look();
    }
    killed
}

#[test]
fn killed_at_any_moment() {
    let lab = Lab::new("killed");
    lab.write("t/file.txt", content('a'));
    lab.write("t/b.txt", "${A:-b}");
    std::fs::create_dir(lab.path("out")).unwrap();
    let render = |letter: char| {
        lab.write("t/file.txt", content(letter));
        lab.command(["render", "--output", "out", "t"])
    };
    assert_eq!(ended(render('a')).code, 0);
    let mut seen = BTreeSet::new();
    let killed = kill_again_and_again(
        200,
        |attempt| render(if attempt % 2 == 0 { 'b' } else { 'c' }),
        || {
            let text = lab.read("out/file.txt");
            assert!(is_whole(&text), "{} bytes", text.len());
            seen.insert(text.as_bytes()[0]);
        },
    );
    assert!(killed > 50, "killed only {killed} times");
    assert!(seen.len() > 1, "never got to the writing");
    assert_eq!(ended(render('d')).code, 0);
    assert_eq!(lab.names("out"), ["b.txt", "file.txt"]);
    assert_eq!(lab.read("out/file.txt"), content('d'));
}

/// The calls of a start that wait for the disk, with what they wait for.
fn waits(lab: &Lab, change: impl FnOnce(&mut Command)) -> String {
    let trace = lab.text("trace");
    let strace = ["strace", "-f", "-y", "-qq", "-e", "trace=fsync,fdatasync,sync", "-o", &trace];
    let mut command = lab.prefixed(&strace, ["run"]);
    change(&mut command);
    let found = ended(command);
    assert_eq!(found.code, 0, "{found:?}");
    lab.read("trace")
}

/// What is made again from its source at every start need not survive a power cut, and to wait for the disk would take longer
/// than all the rest.
#[test]
fn only_what_no_start_makes_again_waits_for_the_disk() {
    if !strace("waiting for the disk") {
        return;
    }
    let kinds = [
        ("home/config", "runtime/config", Vec::new()),
        ("home/config-templates", "home/config", vec!["home/config", "home/config/elasticsearch.yml"]),
    ];
    for (templates, rendered, expected) in kinds {
        let lab = Lab::new("disk");
        lab.write(format!("{templates}/elasticsearch.yml"), "cluster.name: ${NAME:-x}\n");
        lab.write(format!("{templates}/plain.txt"), "copied");
        let trace = waits(&lab, |_| {});
        assert_eq!(lab.read(&format!("{rendered}/elasticsearch.yml")), "cluster.name: x\n");
        let synced: BTreeSet<&str> = trace
            .lines()
            .filter_map(|line| line.split_once('<')?.1.split_once('>')?.0.strip_prefix(&lab.text("")))
            .map(|path| if path.contains(".es-entrypoint-") { "home/config/elasticsearch.yml" } else { path })
            .collect();
        assert_eq!(synced, BTreeSet::from_iter(expected), "{trace}");
    }
}

/// No source has what the launcher added to a copy; and what the server may change there would be taken for its own if it were torn.
#[test]
fn what_may_be_the_servers_waits_for_the_disk() {
    if !strace("waiting for the disk") {
        return;
    }
    let lab = home("disk", "elasticsearch", "8.19.21");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    lab.write("home/config/users", "a:b\n");
    lab.write("home/config/plain.txt", "copied");
    let block = "#----------------------- BEGIN SECURITY AUTO CONFIGURATION -----------------------\n\
                 xpack.security.enabled: true\n\
                 #----------------------- END SECURITY AUTO CONFIGURATION -------------------------\n";
    lab.write("runtime/config/elasticsearch.yml", format!("cluster.name: old\n\n{block}"));
    let trace = waits(&lab, |command| {
        command.env_remove("JAVA_HOME").env("PATH", format!("{}:/usr/bin:/bin", lab.text("java/bin")));
    });
    let written = lab.read("runtime/config/elasticsearch.yml");
    assert_eq!(written, format!("cluster.name: x\n\n{block}"));
    for (name, waits) in [("elasticsearch.yml", true), ("users", true), ("plain.txt", false)] {
        let is_there = trace.contains(&format!("runtime/config/.{name}.es-entrypoint-"));
        assert_eq!(is_there, waits, "{name}: {trace}");
    }
}

#[test]
fn killed_while_staging() {
    let lab = Lab::new("killed-staging");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    let start = |letter: char| {
        lab.write("home/config/plain.txt", content(letter));
        lab.write("home/config/shield/users", format!("{}${{A:-x}}", content(letter)));
        lab.command(["run"])
    };
    assert_eq!(ended(start('a')).code, 0);
    kill_again_and_again(
        60,
        |attempt| start(if attempt % 2 == 0 { 'b' } else { 'c' }),
        || {
            assert!(is_whole(&lab.read("runtime/config/plain.txt")));
            assert!(is_whole(lab.read("runtime/config/shield/users").strip_suffix('x').unwrap()));
            assert_eq!(lab.read("runtime/config/elasticsearch.yml"), "cluster.name: x\n");
        },
    );
    assert_eq!(ended(start('d')).code, 0);
    assert_eq!(lab.names("runtime/config"), ["elasticsearch.yml", "plain.txt", "shield"]);
    assert_eq!(lab.names("runtime/config/shield"), ["users"]);
}

#[test]
fn many_at_once() {
    let lab = Lab::new("at-once");
    lab.write("home/config/elasticsearch.yml", "cluster.name: ${NAME:-x}\n");
    lab.write("home/config/plain.txt", content('p'));
    lab.write("home/config/sub/plain.txt", content('q'));
    lab.write("home/config/shield/users", format!("{}${{LETTER}}", content('r')));
    for _ in 0..10 {
        let children: Vec<_> = ["1", "2", "3", "4"]
            .map(|letter| {
                let mut command = lab.command(["run"]);
                command.env("LETTER", letter).stdout(Stdio::piped()).stderr(Stdio::piped());
                command.spawn().unwrap()
            })
            .into();
        for child in children {
            let found = finished(child, "one of four");
            assert_eq!((found.code, found.started()), (0, true), "{found:?}");
        }
        assert_eq!(lab.read("runtime/config/plain.txt"), content('p'));
        assert_eq!(lab.read("runtime/config/sub/plain.txt"), content('q'));
        let rendered = lab.read("runtime/config/shield/users");
        assert!(is_whole(&rendered[..1_000_000]) && rendered.len() == 1_000_001, "{}", rendered.len());
        no_temporary_files(&lab, "runtime/config");
        no_temporary_files(&lab, "runtime/config/sub");
    }
}

#[test]
fn mode_and_owner_stay_and_so_does_what_is_the_same() {
    let lab = Lab::new("kept");
    lab.write("t/file.txt", "${A}");
    lab.write("out/file.txt", "old");
    lab.mode("out/file.txt", 0o604);
    let owner = if root("giving files away") {
        (12345, 54)
    } else {
        (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw())
    };
    chown(lab.path("out/file.txt"), Some(owner.0), Some(owner.1)).unwrap();
    let render = |value: &str| {
        let mut command = lab.command(["render", "--output", "out", "t/file.txt"]);
        command.env("A", value);
        let found = ended(command);
        assert_eq!(found.code, 0, "{found:?}");
        std::fs::metadata(lab.path("out/file.txt")).unwrap()
    };
    let new = render("new");
    assert_eq!(lab.read("out/file.txt"), "new");
    assert_eq!((new.mode() & 0o7777, new.uid(), new.gid()), (0o604, owner.0, owner.1));
    let same = render("new");
    assert_eq!((new.ino(), new.mtime(), new.mtime_nsec()), (same.ino(), same.mtime(), same.mtime_nsec()));
    assert_ne!(render("newer").ino(), same.ino());
}

#[test]
fn outputs_that_cannot_be() {
    let lab = Lab::new("outputs");
    lab.write("t/file.txt", "${A:-new}");
    lab.write("a/file.txt/x", "");
    lab.write("file", "");
    std::os::unix::fs::symlink("nowhere", lab.path("link")).unwrap();
    lab.write("fifo/x", "");
    nix::unistd::mkfifo(&lab.path("fifo/file.txt"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    for output in ["a", "missing/below", "file", "link", "fifo", "/proc"] {
        let found = ended(lab.command(["render", "--output", output, "t/file.txt"]));
        assert_eq!(found.code, 73, "{output}: {found:?}");
        assert!(found.errors.starts_with("es-entrypoint: error: `"), "{output}: {found:?}");
    }
    // Refused: then nothing at all is made.
    lab.write("t/bad.txt", "${UNSET}");
    let found = ended(lab.command(["render", "--output", "new", "t"]));
    assert_eq!(found.code, 78, "{found:?}");
    assert!(!lab.path("new").exists());
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = lab.command(["render", "t/file.txt"]);
    let status = command.stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(74));
}

#[test]
fn read_only_and_somebody_elses() {
    if !root("becoming somebody else") {
        return;
    }
    let lab = Lab::new("closed");
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    lab.write("t/file.txt", "${A:-new}");
    lab.write("out/file.txt", "old");
    // The file may be written, but not replaced: a crash in between would leave a part.
    lab.mode("out/file.txt", 0o666);
    let found = ended(lab.prefixed(&nobody, ["render", "--output", "out", "t/file.txt"]));
    assert_eq!(found.code, 73, "{found:?}");
    assert_eq!(lab.read("out/file.txt"), "old");
    let out = lab.text("out");
    let found = in_namespace(&lab, &format!("mount --bind {out} {out}; mount -o remount,ro,bind {out}"));
    assert_eq!(found.code, 73, "{found:?}");
    assert!(found.errors.contains("cannot be created: read-only file system"), "{found:?}");
    assert_eq!(lab.read("out/file.txt"), "old");
}

/// Renders `t` to `out` after these commands, among mounts of its own.
fn in_namespace(lab: &Lab, commands: &str) -> crate::lab::Ended {
    let script = format!("set -e; {commands}; set +e; \"$@\"; code=$?; cat out/file.txt; exit $code");
    ended(lab.prefixed(
        &[UNSHARE, &["--mount", "sh", "-c", &script, "sh"]].concat(),
        ["render", "--output", "out", "t/file.txt"],
    ))
}

fn namespaces(lab: &Lab) -> bool {
    let allowed = Command::new(UNSHARE[0])
        .args(&UNSHARE[1..])
        .args(["--mount", "mount", "-t", "tmpfs", "none"])
        .arg(lab.path("out"))
        .output()
        .is_ok_and(|output| output.status.success());
    if !allowed {
        crate::common::skip("mounts of its own are not allowed here");
    }
    allowed
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    let lab = Lab::new("full");
    std::fs::create_dir(lab.path("out")).unwrap();
    if !namespaces(&lab) {
        return;
    }
    lab.write("t/file.txt", content('n'));
    let found = in_namespace(&lab, "mount -t tmpfs -o size=64k none out; printf old > out/file.txt");
    assert_eq!((found.code, found.output.as_str()), (74, "old"), "{found:?}");
    assert!(found.errors.contains("out/file.txt` failed: no space left on device"), "{found:?}");
    // A mount of its own cannot be replaced, only written over; then the space is got first.
    lab.write("out/file.txt", "");
    let found = in_namespace(
        &lab,
        "mkdir disk; mount -t tmpfs -o size=64k none disk; printf old > disk/file.txt; mount --bind disk/file.txt out/file.txt",
    );
    assert_eq!((found.code, found.output.as_str()), (74, "old"), "{found:?}");
}

#[test]
fn a_mounted_file_is_rewritten_where_it_is() {
    let lab = Lab::new("mounted");
    std::fs::create_dir(lab.path("out")).unwrap();
    if !namespaces(&lab) {
        return;
    }
    lab.write("t/file.txt", "${A:-new}");
    for (case, commands) in [
        ("same file system", "mount --bind behind out/file.txt"),
        (
            "another one",
            "mount -t tmpfs none disk; echo longer than new > disk/f; mount --bind disk/f out/file.txt",
        ),
        (
            "in a closed directory",
            "mount --bind out out; mount --bind behind out/file.txt; mount -o remount,ro,bind out",
        ),
    ] {
        lab.write("out/file.txt", "under the mount");
        lab.write("behind", "much longer than what is to come");
        let _ = std::fs::create_dir(lab.path("disk"));
        let found = in_namespace(&lab, commands);
        assert_eq!((found.code, found.output.as_str()), (0, "new"), "{case}: {found:?}");
        assert_eq!(lab.read("out/file.txt"), "under the mount", "{case}");
        no_temporary_files(&lab, "out");
        if case == "same file system" {
            assert_eq!(lab.read("behind"), "new");
        }
    }
    assert!(Path::new("/proc/self/mountinfo").exists());
}
