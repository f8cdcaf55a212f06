//! TLS: records of the test's own, and servers of several Javas that have one version of TLS each.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::common::java::{self, Jre};
use crate::common::{guard, skip};
use crate::lab::{Act, Home, Server, in_time, says};

fn https(port: u16) -> Home {
    Home::new("8.15.0", &format!("http.port: {port}\nxpack.security.http.ssl.enabled: true\n"))
}

#[test]
fn records() {
    let neither = (1, "answers neither in HTTP nor in TLS");
    let acts: [(Act, (i32, &str)); 5] = [
        (|it| says(it, &[0x16, 3, 3, 0, 90, 2, 0, 0, 86]), (0, "answers: TLS handshake")),
        (|it| says(it, &[0x15, 3, 3, 0, 2, 2, 40]), (0, "answers: TLS alert 40")),
        (|it| says(it, &[0x17, 3, 3, 0, 2, 2, 40]), neither),
        (|it| says(it, &[0x16, 3]), neither),
        (|_| std::thread::park(), (1, "gives no answer within 0.5 s")),
    ];
    for (act, (code, line)) in acts {
        let server = Server::new(act);
        let found = in_time(Duration::from_millis(500), || https(server.port).asked(&["--timeout=0.5"]));
        assert_eq!(found, (code, format!("127.0.0.1:{} {line}\n", server.port)));
        assert_eq!(*server.asked.lock().unwrap(), [0x16]);
    }
}

/// A plugin may have TLS that no setting tells of, or a proxy in front of it none.
#[test]
fn the_other_way_round() {
    const TLS: Act = |it| says(it, &[0x16, 3, 3, 0, 90, 2, 0, 0, 86]);
    // A server of TLS closes a connection that begins otherwise.
    let by_first = |act: Act| Server::new(act);
    let server = by_first(|it| {
        let mut peeked = [0; 1];
        if it.peek(&mut peeked).is_ok_and(|_| peeked[0] == 3) {
            TLS(it);
        } else {
            says(it, b"");
        }
    });
    let home = Home::new("8.15.0", &format!("http.port: {}\n", server.port));
    assert_eq!(home.asked(&[]), (0, format!("127.0.0.1:{} answers: TLS handshake\n", server.port)));
    assert_eq!(*server.asked.lock().unwrap(), [b'H', 0x16]);
    let plain = Server::new(|it| says(it, b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let expected = (0, format!("127.0.0.1:{} answers: HTTP/1.1 400 Bad Request\n", plain.port));
    assert_eq!(https(plain.port).asked(&[]), expected);
}

/// A server in a Java, which ends with the test.
struct Jsse(Child);

impl Drop for Jsse {
    fn drop(&mut self) {
        guard::end(&mut self.0);
    }
}

impl Jsse {
    fn start(jre: &Jre, folder: &Path, protocol: &str) -> (Self, u16) {
        let java = format!("{}/bin/java", jre.home);
        let mut command = if let Some(root) = &jre.root {
            let script = "mount --bind \"$2\" \"$1/tmp\" && mount --bind /dev \"$1/dev\" && mount -t proc proc \"$1/proc\" || exit 1\n\
                          root=$1; shift 2; exec chroot \"$root\" \"$@\"";
            let mut command = Command::new("unshare");
            command
                .args(["--mount", "--propagation=private", "sh", "-c", script, "sh"])
                .arg(root)
                .arg(folder);
            command.arg(java).args(["-cp", "/tmp"]);
            command
        } else {
            let mut command = Command::new(java);
            command.arg("-cp").arg(folder);
            command
        };
        let keys = jre.root.as_ref().map_or_else(|| folder.join("keys"), |_| "/tmp/keys".into());
        command.args(["-XX:-UsePerfData", "-Xmx32m", "TlsServer"]).arg(keys).args(["changeit", protocol]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self(child), line.trim().parse().unwrap())
    }
}

#[test]
fn every_java_answers() {
    let jdk = match java::jdk_17() {
        Ok(jdk) => jdk,
        Err(missing) => return skip(&missing),
    };
    let folder = java::classes("health");
    java::compile(&jdk, &["--release", "8"], "TlsServer.java", &folder);
    let keys = folder.join("keys");
    let words = "-J-XX:-UsePerfData -genkeypair -keyalg RSA -keysize 2048 -dname CN=node -validity 3 -storetype JKS -storepass changeit \
                 -keypass changeit -alias node -keystore";
    let made = Command::new(format!("{}/bin/keytool", jdk.home)).args(words.split(' ')).arg(&keys).output();
    assert!(made.unwrap().status.success());
    let javas = [java::rooted(8), Ok(jdk), java::rooted(21), java::rooted(25)];
    for java in javas {
        let java = match java {
            Ok(java) => java,
            Err(missing) => {
                skip(&missing);
                continue;
            }
        };
        // The older one is what a server of TLS 1.2 alone says.
        for protocol in ["TLSv1.2", "TLSv1.3"] {
            let (_server, port) = Jsse::start(&java, &folder, protocol);
            let found = https(port).asked(&[]);
            let expected = (0, format!("127.0.0.1:{port} answers: TLS handshake\n"));
            assert_eq!(found, expected, "{protocol} on Java {}", java.major);
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
