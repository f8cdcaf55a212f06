//! Answers over plain HTTP, no answers, and the services that take connections only.

use std::io::Write as _;
use std::net::TcpListener;
use std::os::fd::AsRawFd as _;
use std::time::Duration;

use crate::common::{binary, skip};
use crate::lab::{Act, Home, Server, answer, in_time, says};

const HALF: Duration = Duration::from_millis(500);

fn http(port: u16) -> Home {
    Home::new("2.3.4", &format!("http.port: {port}\n"))
}

#[test]
fn whatever_it_answers_counts() {
    let acts: [(Act, &str); 4] = [
        (|it| says(it, b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), "HTTP/1.1 200 OK"),
        (|it| says(it, b"HTTP/1.0 503 Service Unavailable\r\n\r\n"), "HTTP/1.0 503 Service Unavailable"),
        (|it| says(it, b"HTTP/1.1 401 Unauthorized\r\n\r\n"), "HTTP/1.1 401 Unauthorized"),
        // One that somebody else has put there writes nothing to a terminal.
        (|it| says(it, b"HTTP/1.1 500 \x1b[31mx\r\n\r\n"), "HTTP/1.1 500 ·[31mx"),
    ];
    for (act, line) in acts {
        let server = Server::new(act);
        let home = http(server.port);
        let expected = (0, format!("127.0.0.1:{} answers: {line}\n", server.port));
        assert_eq!(home.asked(&[]), expected);
        assert_eq!(home.asked(&["--ready"]), expected);
        assert_eq!(home.asked(&["--ready", "--live"]), expected);
        assert_eq!(*server.asked.lock().unwrap(), b"HHH");
    }
}

#[test]
fn no_answer() {
    let silent = "gives no answer within 0.5 s";
    let acts: [(Act, &str); 6] = [
        (|it| says(it, b"SSH-2.0-OpenSSH_9.2\r\n"), "answers neither in HTTP nor in TLS"),
        (|it| says(it, b"This is not an HTTP port"), "answers neither in HTTP nor in TLS"),
        (|it| says(it, b""), "closes the connection without an answer"),
        // What was not read yet makes closing a reset.
        (|_| (), "closes the connection without an answer"),
        (|_| std::thread::park(), silent),
        (
            |it| {
                for byte in b"HTTP/1.1 200 OK\r\n" {
                    let _ = it.write_all(&[*byte]);
                    std::thread::park_timeout(Duration::from_millis(200));
                }
            },
            silent,
        ),
    ];
    for (act, line) in acts {
        let server = Server::new(act);
        let found = in_time(HALF, || http(server.port).asked(&["--timeout", "0.5"]));
        assert_eq!(found, (1, format!("127.0.0.1:{} {line}\n", server.port)));
    }
}

#[test]
fn nobody_listens() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(http(free).asked(&[]), (1, format!("nothing listens on the HTTP port {free}\n")));
    // Bound elsewhere: 2.x listens on loopback alone where nothing is said.
    let everywhere = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = everywhere.local_addr().unwrap().port();
    let expected = (1, format!("this node does not listen on the HTTP port {port}, somebody else does\n"));
    assert_eq!(http(port).asked(&[]), expected);
}

/// The kernel takes no more connections: the first packet of each is dropped.
#[test]
fn a_full_backlog() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    nix::sys::socket::listen(&listener, nix::sys::socket::Backlog::new(1).unwrap()).unwrap();
    assert!(listener.as_raw_fd() > 2);
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(stream) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        held.push(stream);
        assert!(held.len() < 20);
    }
    let found = in_time(HALF, || http(address.port()).asked(&["--timeout", "0.5"]));
    assert_eq!(found, (1, format!("{address} takes no connection within 0.5 s\n")));
}

#[test]
fn ipv6() {
    if TcpListener::bind("[::1]:0").is_err() {
        skip("no IPv6 here");
        return;
    }
    let server = Server::on("::1", |it| says(it, b"HTTP/1.1 200 OK\r\n\r\n"));
    let line = (0, format!("[::1]:{} answers: HTTP/1.1 200 OK\n", server.port));
    assert_eq!(http(server.port).asked(&[]), line);
    // All addresses are reached over loopback.
    let server = Server::on("::", |it| says(it, b"HTTP/1.1 200 OK\r\n\r\n"));
    let home = Home::new("8.15.0", &format!("http.port: {}\nnetwork.host: \"::\"\n", server.port));
    assert_eq!(home.asked(&[]), (0, format!("127.0.0.1:{} answers: HTTP/1.1 200 OK\n", server.port)));
}

#[test]
fn http_is_switched_off() {
    let server = Server::new(|_| std::thread::park());
    let settings = format!("http.enabled: false\ntransport.tcp.port: {}\n", server.port);
    let home = Home::new("2.3.4", &settings);
    let line = format!("127.0.0.1:{} takes connections; HTTP is switched off\n", server.port);
    assert_eq!(home.asked(&[]), (0, line.clone()));
    assert_eq!(home.asked(&["--ready"]), (0, line));
    let off = Home::new("2.3.4", "http.enabled: false\ntransport.tcp.port: 1\n");
    assert_eq!(off.asked(&[]), (1, "nothing listens on the transport port 1\n".to_owned()));
}

#[test]
fn the_readiness_port() {
    // Closed as soon as it is taken; a kernel that takes it for a server that is stopped closes nothing.
    let open = TcpListener::bind("127.0.0.1:0").unwrap();
    let ready = open.local_addr().unwrap().port();
    std::thread::spawn(move || open.incoming().for_each(drop));
    let stuck = TcpListener::bind("127.0.0.1:0").unwrap();
    let http = Server::new(|it| says(it, b"HTTP/1.1 200 OK\r\n\r\n"));
    let home =
        |port: u16| Home::new("8.15.0", &format!("http.port: {}\nreadiness.port: {port}\n", http.port));
    let first = home(ready);
    assert_eq!(first.asked(&["--ready"]), (0, format!("127.0.0.1:{ready} is open: the node is ready\n")));
    let alive = (0, format!("127.0.0.1:{} answers: HTTP/1.1 200 OK\n", http.port));
    assert_eq!(first.asked(&[]), alive);
    let port = stuck.local_addr().unwrap().port();
    let found = in_time(HALF, || home(port).asked(&["--ready", "--timeout=0.5"]));
    assert_eq!(found, (1, format!("127.0.0.1:{port} gives no answer within 0.5 s\n")));
    drop(stuck);
    let closed = format!("nothing listens on the readiness port {port}: the node is in no cluster\n");
    assert_eq!(home(port).asked(&["--ready"]), (1, closed));
    assert_eq!(home(port).asked(&["--live"]), alive);
}

#[test]
fn no_configuration() {
    let home = Home::new("2.3.4", "");
    std::fs::remove_file(home.path().join("config/elasticsearch.yml")).unwrap();
    let help = "  = help: where `run` has options for these, `health` needs the same: `--es-home`, `--config-dir`, `--runtime-dir`, \
                or their variables\n";
    let config = home.path().join("config");
    let expected = format!("error: there is no configuration in `{}` to read\n{help}", config.display());
    assert_eq!(home.asked(&[]), (64, expected));
    std::fs::create_dir(config.join("elasticsearch.yml")).unwrap();
    let path = config.join("elasticsearch.yml");
    let expected = format!("error: `{}` is a directory, not a regular file\n{help}", path.display());
    assert_eq!(home.asked(&[]), (64, expected));
    let unknown = "error: unknown option `--reddy` of `health`\n  = help: did you mean `--ready`?\n";
    assert_eq!(home.asked(&["--reddy"]), (64, unknown.to_owned()));
}

/// Images of before have a script of that name, which people's probes call.
#[test]
fn by_the_name_of_the_script() {
    let server = Server::new(|it| says(it, b"HTTP/1.1 503 Service Unavailable\r\n\r\n"));
    let home = http(server.port);
    let link = home.path().join("es-healthcheck");
    std::os::unix::fs::symlink(binary(), &link).unwrap();
    let expected = (0, format!("127.0.0.1:{} answers: HTTP/1.1 503 Service Unavailable\n", server.port));
    for words in [&[][..], &["9200"], &["--ready", "--timeout", "3"]] {
        assert_eq!(answer(&mut home.command(&link, words)), expected, "{words:?}");
    }
    assert_eq!(answer(&mut home.command(&link, &["--nonsense"])).0, 64);
}

/// What Kubernetes sets for Services, and what proxies need, has no part in it.
#[test]
fn variables_of_others() {
    let server = Server::new(|it| says(it, b"HTTP/1.1 200 OK\r\n\r\n"));
    let home = http(server.port);
    let expected = (0, format!("127.0.0.1:{} answers: HTTP/1.1 200 OK\n", server.port));
    let mut command = home.command(binary(), &["health"]);
    for (name, value) in [
        ("HTTP_PORT", "tcp://10.96.0.7:9250"),
        ("HTTP_ENABLE", "false"),
        ("TRANSPORT_PORT", "tcp://10.96.0.7:9350"),
        ("http_proxy", "http://127.0.0.1:1"),
        ("ALL_PROXY", "http://127.0.0.1:1"),
        ("ES_ENTRYPOINT_SERVICE_HOST", "10.96.0.7"),
    ] {
        command.env(name, value);
    }
    assert_eq!(answer(&mut command), expected);
}
