//! `java.policy` on real JVMs: what is denied before is readable after, and nothing else.
//!
//! Java 17 is the machine's own (`/usr/lib/jvm`). Java 8 lives in a root directory of its own, named by
//! `ES_ENTRYPOINT_TEST_JRE8_ROOT` or made by `make test` in the cache; it runs there through `chroot`.
//! Without them the tests are left out with a line that says so, except where `CI` is `true`: there they fail.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![allow(clippy::print_stderr, reason = "what is left out has to be seen")]

mod common;

use common::java::{self, Jre, left_out};
use proptest::strategy::{Strategy, ValueTree};
use server::java_policy::{self as policy, Context, Grant, Kind};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
static COUNTER: AtomicU32 = AtomicU32::new(0);

static JRES: LazyLock<Vec<Jre>> = LazyLock::new(|| {
    let mut found = Vec::new();
    for jre in [java::jdk_17(), java::rooted(8)] {
        match jre {
            Ok(jre) if found.is_empty() && jre.major != 17 => {
                left_out("the policy tests", "the programs for Java 8 cannot be compiled without a JDK 17");
            }
            Ok(jre) => found.push(jre),
            Err(reason) => left_out("the policy tests", &reason),
        }
    }
    found
});

/// The folder with the compiled test programs.
fn classes() -> &'static Path {
    static CLASSES: OnceLock<PathBuf> = OnceLock::new();
    CLASSES.get_or_init(|| {
        let folder = java::classes("policy");
        let compile = |options: &[&str], source| java::compile(&JRES[0], options, source, &folder);
        compile(&["--release", "8", "-Xlint:-options", "-nowarn"], "ReadUnderSecurityManager.java");
        // The JVM's own parser is not part of any release's public interface.
        compile(&["-source", "8", "-target", "8", "-XDignore.symbol.file", "-nowarn"], "ReadPolicy.java");
        folder
    })
}

/// A directory that the JVM sees at `inside`, removed at the end.
struct Folder {
    jre: Jre,
    inside: String,
    outside: PathBuf,
    /// More options for the JVM.
    options: Vec<String>,
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.outside);
    }
}

impl Folder {
    fn new(jre: &Jre) -> Self {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("es-entrypoint-policy-{}-{number}", std::process::id());
        let outside = jre.root.as_ref().map_or_else(
            || std::env::temp_dir().canonicalize().unwrap().join(&name),
            |root| root.join("tmp").join(&name),
        );
        let inside = match &jre.root {
            Some(_) => format!("/tmp/{name}"),
            None => outside.to_string_lossy().into_owned(),
        };
        std::fs::create_dir_all(outside.join("classes")).unwrap();
        for class in std::fs::read_dir(classes()).unwrap().flatten() {
            std::fs::copy(class.path(), outside.join("classes").join(class.file_name())).unwrap();
        }
        Self { jre: jre.clone(), inside, outside, options: Vec::new() }
    }

    /// Writes a file and gives its path as the JVM sees it.
    fn write(&self, name: &str, content: &str) -> String {
        let path = self.outside.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.inside)
    }

    /// A mounted Secret with the file `config`, as Kubernetes lays it out.
    fn secret(&self) -> String {
        self.write("secret/..one/config", "old\n");
        self.write("secret/..one/sub/key", "old key\n");
        symlink("..one", self.outside.join("secret/..data")).unwrap();
        symlink("..data/config", self.outside.join("secret/config")).unwrap();
        symlink("..data/sub", self.outside.join("secret/sub")).unwrap();
        self.path("secret/config")
    }

    /// The update of the Secret, as Kubernetes does it.
    fn rotate(&self) {
        self.write("secret/..two/config", "new\n");
        self.write("secret/..two/sub/key", "new key\n");
        symlink("..two", self.outside.join("secret/..data_tmp")).unwrap();
        std::fs::rename(self.outside.join("secret/..data_tmp"), self.outside.join("secret/..data")).unwrap();
        std::fs::remove_dir_all(self.outside.join("secret/..one")).unwrap();
    }

    /// The JRE's own policy file: the path as the JVM opens it, and the real file behind the links, on the machine.
    fn stock(&self) -> (String, PathBuf) {
        let root = self.jre.root.clone().unwrap_or_else(|| PathBuf::from("/"));
        let candidates = policy::candidates(&self.jre.home, u16::try_from(self.jre.major).ok());
        let path =
            candidates.into_iter().find(|path| root.join(&path[1..]).symlink_metadata().is_ok()).unwrap();
        let mut real = root.join(&path[1..]);
        while let Ok(target) = real.read_link() {
            real = match target.strip_prefix("/") {
                Ok(absolute) => root.join(absolute),
                Err(_) => real.parent().unwrap().join(target),
            };
        }
        (path, real)
    }

    /// The JRE's policy file, patched.
    fn patched(&self, grants: &[Grant]) -> Vec<u8> {
        policy::patch("java.policy", &std::fs::read(self.stock().1).unwrap(), grants).unwrap()
    }

    fn command(&self, before: &str) -> Command {
        let mut command = Command::new("unshare");
        if before.is_empty() {
            command = Command::new("sh");
        } else {
            command.args(["--mount", "sh"]);
        }
        let script = format!(
            "{before}\ncd \"$1\"; shift; exec {} \"$@\"",
            if self.jre.root.is_some() { "chroot \"$ROOT\"" } else { "env --" }
        );
        command
            .args(["-ec", &script, "sh"])
            .arg(&self.outside)
            .arg(format!("{}/bin/java", self.jre.home))
            // Else it leaves a folder in /tmp.
            .arg("-XX:-UsePerfData")
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C.UTF-8");
        if let Some(root) = &self.jre.root {
            // Without /proc the launcher does not find its own library.
            let library = std::fs::read_dir(root.join(&self.jre.home[1..]).join("lib"))
                .unwrap()
                .flatten()
                .find(|entry| entry.path().join("jli").is_dir())
                .unwrap();
            command.env("ROOT", root).env(
                "LD_LIBRARY_PATH",
                format!("{}/lib/{}/jli", self.jre.home, library.file_name().to_string_lossy()),
            );
        }
        command
    }

    /// Starts the reader; `policy` is `=PATH` (adds) or `==PATH` (replaces), or empty for the JRE's own file.
    fn reader(&self, before: &str, policy: &str) -> Reader {
        self.reader_with(&[], before, policy)
    }

    /// The same, with further options in front.
    fn reader_with(&self, options: &[String], before: &str, policy: &str) -> Reader {
        let mut command = self.command(before);
        command.arg("-Djava.security.manager").args(&self.options).args(options);
        if !policy.is_empty() {
            command.arg(format!("-Djava.security.policy{policy}"));
        }
        command.args(["-cp", &self.path("classes"), "ReadUnderSecurityManager"]);
        Reader::start(command)
    }

    /// Starts the reader under this policy instead of the JRE's.
    fn under(&self, policy: &[u8]) -> Reader {
        let name = format!("policy-{}", COUNTER.fetch_add(1, Ordering::Relaxed));
        std::fs::write(self.outside.join(&name), policy).unwrap();
        self.reader("", &format!("=={}", self.path(&name)))
    }

    fn under_grants(&self, grants: &[Grant]) -> Reader {
        self.under(&self.patched(grants))
    }

    fn under_permission(&self, name: &str) -> Reader {
        let mut policy = std::fs::read(self.stock().1).unwrap();
        policy.extend_from_slice(
            format!("\ngrant {{ permission java.io.FilePermission \"{name}\", \"read\"; }};\n").as_bytes(),
        );
        self.under(&policy)
    }
}

/// The reading program while it runs.
struct Reader {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
    errors: Receiver<String>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

impl Reader {
    fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take();
        let answers = lines(child.stdout.take().unwrap());
        let errors = lines(child.stderr.take().unwrap());
        let reader = Self { child, input, answers, errors };
        let first = reader.answers.recv_timeout(PATIENCE);
        assert_eq!(first.as_deref(), Ok("ready"), "{:?}", reader.errors.try_iter().collect::<Vec<_>>());
        reader
    }

    fn read(&mut self, path: &str) -> String {
        writeln!(self.input.as_mut().unwrap(), "{path}").unwrap();
        self.answers.recv_timeout(PATIENCE).unwrap()
    }

    /// What it said on standard error until it ended.
    fn end(mut self) -> String {
        drop(self.input.take());
        let mut text = String::new();
        while let Ok(line) = self.errors.recv_timeout(PATIENCE) {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}

fn grant(path: &str, kind: Kind) -> Grant {
    Grant { path: path.to_owned(), kind, variable: None }
}

/// Runs the proof on every JVM there is.
fn on_every_jre(proof: impl Fn(&Folder)) {
    for jre in JRES.iter() {
        proof(&Folder::new(jre));
    }
}

#[test]
fn exactly_the_granted_file_is_readable() {
    on_every_jre(|folder| {
        // Names that mean something to a policy file, a shell or nobody.
        let names = [
            "kubeconfig",
            "with blank",
            "quo\"te",
            "back\\slash",
            "d$llar{}",
            "ünïcode",
            "-",
            "*",
            "a,b;//c",
        ];
        let paths: Vec<String> = names
            .iter()
            .map(|name| folder.write(&format!("f/{}", name.replace('/', "_")), "content\n"))
            .collect();
        let mut before = folder.under_grants(&[]);
        for path in &paths {
            assert_eq!(before.read(path), "denied", "{path} on Java {}", folder.jre.major);
        }
        let grantable: Vec<&String> =
            paths.iter().filter(|path| !path.ends_with("/-") && !path.ends_with("/*")).collect();
        for granted in &grantable {
            let mut after = folder.under_grants(&[grant(granted, Kind::File)]);
            for path in &paths {
                let wanted = if path == *granted { "read content" } else { "denied" };
                assert_eq!(after.read(path), wanted, "{path} with {granted} on Java {}", folder.jre.major);
            }
        }
    });
}

#[test]
fn a_directory_becomes_readable_with_everything_below_it() {
    on_every_jre(|folder| {
        let certificate = folder.write("certs/ca.crt", "one\n");
        let deep = folder.write("certs/deep/er/key", "two\n");
        let beside = folder.write("certs2/ca.crt", "three\n");
        let mut reader = folder.under_grants(&[grant(&folder.path("certs"), Kind::Directory)]);
        assert_eq!(reader.read(&certificate), "read one");
        assert_eq!(reader.read(&deep), "read two");
        assert_eq!(reader.read(&beside), "denied");
        assert_eq!(reader.read("/etc/hostname"), "denied");
    });
}

#[test]
fn a_mounted_secret_stays_readable_when_it_is_updated() {
    for jre in JRES.iter() {
        // Where permissions follow symbolic links: always on Java 8, which remembers for 30 seconds where they lead.
        let options = ["-Dsun.io.useCanonCaches=false", "-Djdk.io.permissionsUseCanonicalPath=true"];
        for follows_links in if jre.major == 8 { &[true][..] } else { &[false, true] } {
            let mut folder = Folder::new(jre);
            if *follows_links {
                folder.options.extend(options.map(str::to_owned));
            }
            let path = folder.secret();
            let beside = folder.write("other", "other\n");
            assert_eq!(folder.under_grants(&[]).read(&path), "denied");
            let kind = Kind::SecretMount { directory: folder.path("secret") };
            let mut mounted = folder.under_grants(&[grant(&path, kind)]);
            let mut exact = folder.under_grants(&[grant(&path, Kind::File)]);
            let mut star = folder.under_permission(&folder.path("secret/*"));
            assert_eq!(mounted.read(&path), "read old");
            assert_eq!(exact.read(&path), "read old");
            // What the findings on `dir/*` and on exact paths say.
            assert_eq!(star.read(&path), if *follows_links { "denied" } else { "read old" });
            folder.rotate();
            assert_eq!(mounted.read(&path), "read new");
            assert_eq!(exact.read(&path), if *follows_links { "denied" } else { "read new" });
            assert_eq!(mounted.read(&beside), "denied");
        }
    }
}

/// Why a directory in a mount, and a link into one from outside, are granted by the mount's own directory.
#[test]
fn what_leads_into_a_mounted_secret_stays_readable_when_it_is_updated() {
    for jre in JRES.iter() {
        let options = ["-Dsun.io.useCanonCaches=false", "-Djdk.io.permissionsUseCanonicalPath=true"];
        for follows_links in if jre.major == 8 { &[true][..] } else { &[false, true] } {
            let mut folder = Folder::new(jre);
            if *follows_links {
                folder.options.extend(options.map(str::to_owned));
            }
            folder.secret();
            symlink("secret/config", folder.outside.join("link")).unwrap();
            let (key, link) = (folder.path("secret/sub/key"), folder.path("link"));
            let mount = || Kind::SecretMount { directory: folder.path("secret") };
            let sub = folder.path("secret/sub");
            let mut below = folder.under_grants(&[grant(&sub, mount())]);
            let mut exact_below = folder.under_grants(&[grant(&sub, Kind::Directory)]);
            let mut exact_link = folder.under_grants(&[grant(&link, Kind::File)]);
            let mut only_mount = folder.under_grants(&[grant(&folder.path("secret/..one/config"), mount())]);
            let mut both = folder.under_grants(&[
                grant(&link, Kind::File),
                grant(&folder.path("secret/..one/config"), mount()),
            ]);
            for reader in [&mut below, &mut exact_below] {
                assert_eq!(reader.read(&key), "read old key");
            }
            for reader in [&mut exact_link, &mut both] {
                assert_eq!(reader.read(&link), "read old");
            }
            folder.rotate();
            let stale = |text: &'static str| if *follows_links { "denied" } else { text };
            let named = |text: &'static str| if *follows_links { text } else { "denied" };
            assert_eq!(below.read(&key), "read new key");
            assert_eq!(exact_below.read(&key), stale("read new key"));
            assert_eq!(exact_link.read(&link), stale("read new"));
            assert_eq!(only_mount.read(&link), named("read new"));
            assert_eq!(both.read(&link), "read new");
        }
    }
}

/// Why a path counts as readable anyway only if it is in the directory as written and with its links followed: the
/// server's own permission is one for everything below.
#[test]
fn a_link_out_of_a_readable_directory_or_into_it_is_readable_on_some_javas_only() {
    for jre in JRES.iter() {
        let options = ["-Dsun.io.useCanonCaches=false", "-Djdk.io.permissionsUseCanonicalPath=true"];
        for follows_links in if jre.major == 8 { &[true][..] } else { &[false, true] } {
            let mut folder = Folder::new(jre);
            if *follows_links {
                folder.options.extend(options.map(str::to_owned));
            }
            let inside = folder.write("config/kubeconfig", "inside\n");
            folder.write("outside", "outside\n");
            symlink("../outside", folder.outside.join("config/out")).unwrap();
            symlink("config/kubeconfig", folder.outside.join("into")).unwrap();
            let mut server = folder.under_grants(&[grant(&folder.path("config"), Kind::Directory)]);
            assert_eq!(server.read(&inside), "read inside");
            let (out, into) = (folder.path("config/out"), folder.path("into"));
            let expected =
                if *follows_links { ["denied", "read inside"] } else { ["read outside", "denied"] };
            assert_eq!([server.read(&out), server.read(&into)], expected, "Java {}", jre.major);
        }
    }
}

/// Why a policy that the user named is merged into ours.
#[test]
fn of_two_named_policies_the_last_one_counts() {
    on_every_jre(|folder| {
        let (first, second) = (folder.write("first", "one\n"), folder.write("second", "two\n"));
        let own = |name: &str, path: &str| {
            folder.write(name, &policy::file_text(&[grant(path, Kind::File)]).unwrap())
        };
        let (of_first, of_second) = (own("first.policy", &first), own("second.policy", &second));
        let mut reader = folder.reader_with(
            &[format!("-Djava.security.policy=={of_first}")],
            "",
            &format!("={of_second}"),
        );
        assert_eq!(reader.read(&first), "denied");
        assert_eq!(reader.read(&second), "read two");
    });
}

#[test]
fn a_missing_path_is_readable_once_it_is_there() {
    on_every_jre(|folder| {
        let path = folder.path("later");
        let mut reader = folder.under_grants(&[grant(&path, Kind::Missing)]);
        assert_eq!(reader.read(&path), "failed", "nothing there, but not denied");
        folder.write("later", "late\n");
        assert_eq!(reader.read(&path), "read late");
    });
}

#[test]
fn relative_permissions_depend_on_the_working_directory() {
    on_every_jre(|folder| {
        let path = folder.write("kubeconfig", "content\n");
        let mut reader = folder.under_permission("-");
        assert_eq!(reader.read(&path), "read content", "the JVM starts in this folder or in `/`");
        // `chroot` starts it in `/`.
        let everything = folder.jre.root.is_some();
        assert_eq!(reader.read("/etc/passwd").starts_with("read"), everything);
    });
}

#[test]
fn one_mistake_loses_every_grant_and_the_jvm_starts() {
    on_every_jre(|folder| {
        let path = folder.write("kubeconfig", "content\n");
        let good = folder.patched(&[grant(&path, Kind::File)]);
        for mistake in
            ["grant {\n}\n", "# comment\n", "grant { permission java.io.FilePermission \"/x, \"read\"; };\n"]
        {
            let mut text = good.clone();
            text.extend_from_slice(mistake.as_bytes());
            let mut reader = folder.under(&text);
            assert_eq!(reader.read(&path), "denied", "{mistake:?}");
            assert!(reader.end().contains("java.security.policy: error parsing file:"));
            let findings = policy::check("java.policy", &text, &Context::default());
            assert_eq!(
                findings.iter().map(|finding| finding.code).collect::<Vec<_>>(),
                ["policy/syntax"],
                "{mistake:?}"
            );
        }
        // Not even a message.
        let mut text = b"/* never closed\n".to_vec();
        text.extend_from_slice(&good);
        let mut reader = folder.under(&text);
        assert_eq!(reader.read(&path), "denied");
        assert!(!reader.end().contains("java.security.policy"));
        assert_eq!(policy::check("java.policy", &text, &Context::default()).len(), 1);
    });
}

#[test]
fn an_own_file_adds_to_the_policy_of_the_jre() {
    on_every_jre(|folder| {
        let path = folder.write("kubeconfig", "content\n");
        let other = folder.write("other", "content\n");
        let own = folder.write("own.policy", &policy::file_text(&[grant(&path, Kind::File)]).unwrap());
        let mut reader = folder.reader("", &format!("={own}"));
        assert_eq!(reader.read(&path), "read content");
        assert_eq!(reader.read(&other), "denied");
    });
}

#[test]
fn the_policy_file_of_the_jre_is_where_we_look_for_it() {
    if !nix::unistd::geteuid().is_root() {
        return left_out("the place of the policy file", "a mount needs root");
    }
    on_every_jre(|folder| {
        let path = folder.write("kubeconfig", "content\n");
        let patched = folder.outside.join("patched.policy");
        std::fs::write(&patched, folder.patched(&[grant(&path, Kind::File)])).unwrap();
        // Only the namespace of this one JVM sees the patched file.
        let mount = format!("mount --bind '{}' '{}'", patched.display(), folder.stock().1.display());
        let mut reader = folder.reader(&mount, "");
        assert_eq!(reader.read(&path), "read content");
        assert_eq!(reader.read("/etc/hostname"), "denied");
        drop(reader);
        assert_eq!(folder.reader("", "").read(&path), "denied", "the file itself is untouched");
    });
}

#[test]
fn the_policies_that_jres_come_with_have_no_findings() {
    on_every_jre(|folder| {
        let (path, real) = folder.stock();
        let context = Context { working_directory: Some("/"), ..Context::default() };
        assert_eq!(policy::check(&path, &std::fs::read(real).unwrap(), &context), []);
    });
}

/// Files that are read differently by different ideas of the grammar.
const CASES: &[&str] = &[
    "",
    ";;",
    "grant {};",
    "grant {}",
    "grant { permission a.B; };",
    "grant { permission a.B \"n\"; };",
    "grant { permission a.B \"n\", \"x\", signedBy \"q\"; };",
    "grant { permission a.B , \"x\"; };",
    "grant { permission a.B \"n\", signedBy \"q\"; };",
    "grant { permission a.B \"n\", \"x\", \"y\"; };",
    "grant { permission a.B \"n\", ; };",
    "grant { permission \"a.B\" \"n\", \"x\"; };",
    "grant { permission a-B \"n\"; };",
    "grant { permission a.B 'n'; };",
    "grant { permission a.B /n; };",
    "grant { permission a.B \"n\" };",
    "grant { permission a.B \"n\"; }\ngrant {};",
    "GRANT { PERMISSION a.B \"n\"; };",
    "grant codeBase \"file:/x\" signedBy \"a, b\" , principal a.B \"n\", principal * *, principal \"k\" {};",
    "grant codeBase \"a\", codeBase \"b\" {};",
    "grant signedBy \"a\", signedBy \"b\" {};",
    "grant signedBy \"a,,b\" {};",
    "grant signedBy \"\" {};",
    "grant principal * \"n\" {};",
    "grant principal a.B * {};",
    "grant principal a.B {};",
    "grant , codeBase \"a\" {};",
    "grant codeBase \"a\",, signedBy \"b\" {};",
    "grant codeBase a {};",
    "grant { grant {}; };",
    "grant { ; };",
    "keystore \"a\";",
    "keystore \"a\", \"b\", \"c\"; keystorePasswordURL \"d\"; grant {};",
    "keystore \"a\", \"b\", \"c\", \"d\";",
    "keystore \"a\", b;",
    "keystore \"a\"; keystore \"b\";",
    "keystorePasswordURL \"d\";",
    "keystorePasswordURL \"d\"; keystore \"a\";",
    "\u{feff}grant {};",
    "# x\ngrant {};",
    "// x\rgrant { permission a.B \"n\"; };\r\n",
    "/* x /* y */ grant { permission a.B \"n\"; };",
    "/* never closed",
    "/* x **/ grant {};",
    "/*/ grant {}; */ grant { permission a.B \"n\"; };",
    "/ grant {};",
    "grant { permission a.B \"never closed\n, \"x\"; };",
    "grant { permission a.B \"never closed",
    "grant { permission a.B \"never closed;\n};",
    "grant { permission a.B \"a\\\"b\\\\c\\x\\101\\1012\\777\\8\\0\\a\\b\\f\\n\\r\\t\\v\"; };",
    "grant { permission a.B \"back\\\nslash\"; };",
    "grant { permission a.B \"back\\\r\nslash\"; };",
    "grant { permission a.B \"back\\",
    "grant { permission a.B \"// no /* comment */ here\"; };",
    "grant { permission a.B \"\"; };",
    "grant { permission ünï.Code \"ä€𝄞\"; };",
    "grant { permission a.B\u{85}C; };",
    "grant { permission a.B\u{a0}C; };",
    "gr\u{0}ant {};",
    "grant\u{0}{};",
    "grant { permission a.B \"tab\there\u{1}\"; };",
    "grant { permission a.B \"${{self}} ${x} ${\"; };",
    "grant { permission a.B$C_D.9 \"n\"; };",
    "grant{permission a.B\"n\",\"x\";};grant{};",
    "grant { permission permission \"n\"; };",
    "other;",
    "grant",
    "grant {",
    "grant { permission",
];

#[test]
fn the_parser_reads_what_the_jvm_reads() {
    on_every_jre(|folder| compare(folder, CASES));
}

/// Random texts from the pieces that matter, the same in every run.
#[test]
fn the_parser_reads_what_the_jvm_reads_of_random_texts() {
    let pieces = concat!(
        "(grant|permission a\\.B|codeBase|signedBy|principal|keystore|java\\.io\\.FilePermission|",
        "grant \\{ permission a\\.B \"n\"|; \\};|\"[a-z,]{0,3}\"|[\"\\\\{};,*/#'\r\n ]|/\\*|\\*/|//|\\\\[0-9a-z]|ü){0,14}"
    );
    let strategy = proptest::string::string_regex(pieces).unwrap();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let cases: Vec<String> = (0..4000).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
    let sound = cases.iter().filter(|case| policy::syntax::parse(case).mistake.is_none()).count();
    assert!(sound > 100 && sound < cases.len() - 100, "{sound} sound ones prove little");
    on_every_jre(|folder| compare(folder, &cases));
}

fn compare(folder: &Folder, cases: &[&str]) {
    let mut command = folder.command("");
    if folder.jre.major > 8 {
        command.args(["--add-exports", "java.base/sun.security.provider=ALL-UNNAMED"]);
    }
    command.args(["-cp", &folder.path("classes"), "ReadPolicy"]);
    for (index, case) in cases.iter().enumerate() {
        command.arg(folder.write(&format!("cases/{index}"), case));
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().count(), cases.len());
    for (case, answer) in cases.iter().zip(answers.lines()) {
        assert_eq!(shown(case), answer, "{case:?} on Java {}", folder.jre.major);
    }
}

/// What our parser makes of a file, in the form of the test program.
fn shown(text: &str) -> String {
    let show = |text: Option<&str>| {
        text.map_or_else(
            || "-".to_owned(),
            |text| text.encode_utf16().fold(String::new(), |out, unit| format!("{out}{unit:04x}")) + ".",
        )
    };
    let parsed = policy::syntax::parse(text);
    if parsed.mistake.is_some() {
        return "mistake".to_owned();
    }
    let mut out = "sound".to_owned();
    for entry in &parsed.entries {
        let _ = write!(
            out,
            " [{} {} {}",
            show(entry.code_base.as_deref()),
            show(entry.signed_by.as_deref()),
            entry.principals
        );
        for permission in &entry.permissions {
            let _ = write!(
                out,
                " ({} {} {} {})",
                show(Some(&permission.class)),
                show(permission.name.as_deref()),
                show(permission.actions.as_deref()),
                show(permission.signed_by.as_deref())
            );
        }
        out.push(']');
    }
    out
}
