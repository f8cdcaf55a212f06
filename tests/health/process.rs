//! What the command line of the server says: its arguments, its configuration, and whether it is stopped.

use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::common::{guard, within};
use crate::lab::{Home, Server, in_time, says};

/// A process with the command line of a server, which waits for the end of its input.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        guard::end(&mut self.0);
    }
}

impl Process {
    /// `before` and `after` the class that it starts with.
    fn new(home: &Home, before: &[&str], after: &[&str]) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "read line; exit 0", "java"]);
        command.arg(format!("-Des.path.home={}", home.path().display())).args(before);
        command.arg("org.elasticsearch.bootstrap.Elasticsearch").args(after);
        Self(command.stdin(Stdio::piped()).spawn().unwrap())
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id().cast_signed()), signal).unwrap();
    }
}

#[test]
fn arguments_win_over_the_file() {
    let server = Server::new(|it| says(it, b"HTTP/1.1 200 OK\r\n\r\n"));
    let alive = (0, format!("127.0.0.1:{} answers: HTTP/1.1 200 OK\n", server.port));
    let old = Home::new("2.3.4", "http.port: 1\n");
    let _process = Process::new(&old, &["-cp", "x"], &["start", &format!("--http.port={}", server.port)]);
    assert_eq!(old.asked(&[]), alive);
    let new = Home::new("5.6.16", "http.port: 1\n");
    let _process = Process::new(&new, &[], &["-Ehttp.port=2", "-E", &format!("http.port={}", server.port)]);
    assert_eq!(new.asked(&[]), alive);
}

#[test]
fn the_configuration_that_it_has() {
    let server = Server::new(|it| says(it, b"HTTP/1.1 200 OK\r\n\r\n"));
    let home = Home::new("7.17.29", "http.port: 1\n");
    let own = home.path().join("runtime/config");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("elasticsearch.yml"), format!("http.port: {}\n", server.port)).unwrap();
    let alive = (0, format!("127.0.0.1:{} answers: HTTP/1.1 200 OK\n", server.port));
    let process = Process::new(&home, &[&format!("-Des.path.conf={}", own.display())], &[]);
    assert_eq!(home.asked(&[]), alive);
    drop(process);
    // Without a server, what the last start made in the runtime directory is read first.
    assert_eq!(home.asked(&[]), alive);
    // A server of that home without any file has what the arguments say.
    std::fs::remove_file(own.join("elasticsearch.yml")).unwrap();
    std::fs::remove_file(home.path().join("config/elasticsearch.yml")).unwrap();
    let _process = Process::new(&home, &[], &[&format!("-Ehttp.port={}", server.port)]);
    assert_eq!(home.asked(&[]), alive);
    // That of another home is nobody's business here.
    let other = Home::new("7.17.29", "http.port: 1\n");
    assert_eq!(other.asked(&[]), (1, "nothing listens on the HTTP port 1\n".to_owned()));
}

/// The sockets are the test's own here, and the process holds none of them: of several ports none is the server's.
#[test]
fn a_range_of_ports() {
    let server = Server::new(|it| says(it, b"HTTP/1.1 200 OK\r\n\r\n"));
    let home = Home::new("5.6.16", &format!("http.port: {0}-{0}\n", server.port));
    let _process = Process::new(&home, &[], &[]);
    let alive = (0, format!("127.0.0.1:{} answers: HTTP/1.1 200 OK\n", server.port));
    assert_eq!(home.asked(&[]), alive);
    let any = Home::new("5.6.16", "http.port: 0\n");
    let _other = Server::new(|it| says(it, b"HTTP/1.1 200 OK\r\n\r\n"));
    let _process = Process::new(&any, &[], &[]);
    let others = (1, "this node does not listen on any port for HTTP, somebody else does\n".to_owned());
    assert_eq!(any.asked(&[]), others);
}

#[test]
fn a_stopped_server() {
    let server = Server::new(|_| std::thread::park());
    let settings = format!("http.enabled: false\ntransport.tcp.port: {}\n", server.port);
    let home = Home::new("2.3.4", &settings);
    let process = Process::new(&home, &[], &[]);
    let alive = (0, format!("127.0.0.1:{} takes connections; HTTP is switched off\n", server.port));
    assert_eq!(home.asked(&[]), alive);
    process.signal(Signal::SIGSTOP);
    let limit = std::time::Duration::from_secs(5);
    let stopped = (1, "the server is stopped by a signal\n".to_owned());
    within(60, "a process that is stopped", || (in_time(limit, || home.asked(&[])) == stopped).then_some(()));
    process.signal(Signal::SIGCONT);
    within(60, "a process that goes on", || (home.asked(&[]) == alive).then_some(()));
}
