//! A home with a configuration, servers of the test, and how the binary is asked.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::common::binary;

/// A home directory, which goes away with the test.
pub(crate) struct Home(PathBuf);

/// Exit code, and what was printed on both streams.
pub(crate) type Answer = (i32, String);

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Home {
    pub(crate) fn new(version: &str, settings: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("health-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        for name in ["lib", "bin", "config"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        std::fs::write(root.join(format!("lib/elasticsearch-{version}.jar")), "").unwrap();
        std::fs::write(root.join("config/elasticsearch.yml"), settings).unwrap();
        Self(root)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn command(&self, program: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(words).env_clear().env("ES_HOME", &self.0);
        command.env("ES_ENTRYPOINT_RUNTIME_DIR", self.0.join("runtime")).stdin(Stdio::null());
        command
    }

    /// `health` with these words.
    pub(crate) fn asked(&self, words: &[&str]) -> Answer {
        answer(&mut self.command(binary(), &[&["health"], words].concat()))
    }
}

pub(crate) fn answer(command: &mut Command) -> Answer {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// A server on a port of its own, that does the same with each connection. It ends with the test.
pub(crate) struct Server {
    pub(crate) port: u16,
    /// What was asked first, in each connection.
    pub(crate) asked: Arc<std::sync::Mutex<Vec<u8>>>,
}

/// What a server does with a connection; what it reads is gathered.
pub(crate) type Act = fn(&mut TcpStream);

impl Server {
    pub(crate) fn on(host: &str, act: Act) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let heard = Arc::clone(&heard);
                std::thread::spawn(move || {
                    let mut first = [0; 1];
                    if let Ok(1) = stream.read(&mut first) {
                        heard.lock().unwrap().push(first[0]);
                    }
                    act(&mut stream);
                });
            }
        });
        Self { port, asked }
    }

    pub(crate) fn new(act: Act) -> Self {
        Self::on("127.0.0.1", act)
    }
}

pub(crate) fn says(stream: &mut TcpStream, bytes: &[u8]) {
    let _ = stream.write_all(bytes);
    // Read to the end, so that closing resets nothing.
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
}

/// Fails when it took much longer than it may.
#[track_caller]
pub(crate) fn in_time<T>(limit: Duration, act: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = act();
    assert!(begun.elapsed() < limit + Duration::from_secs(3), "{:?}", begun.elapsed());
    result
}
