//! Asks a service of this machine whether it answers, in plain HTTP or with the beginning of a TLS connection.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "here the node is asked, and nobody is waited for longer than that"
)]

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use server::network::Service;

mod answer;
mod hello;

use answer::{Verdict, verdict};
use hello::HELLO;

const REQUEST: &[u8] = b"HEAD / HTTP/1.0\r\n\r\n";
/// No status line and no head of a TLS record is longer.
const LONGEST: usize = 256;

/// Asks one after the other until one answers, all within that time.
///
/// # Errors
/// Why nobody answers, as a sentence; so is an answer.
pub(crate) fn ask(service: Service, addresses: &[SocketAddr], limit: Duration) -> Result<String, String> {
    let clock = Clock { begun: Instant::now(), limit };
    let mut failed = String::new();
    for address in addresses {
        match ask_one(service, *address, &clock) {
            Ok(answer) => return Ok(format!("{address} {answer}")),
            Err(why) => failed = format!("{address} {why}"),
        }
        // Whoever says nothing has had all of it.
        if clock.is_over() {
            break;
        }
    }
    Err(failed)
}

struct Clock {
    begun: Instant,
    limit: Duration,
}

impl Clock {
    /// What is left; never nothing, which would be for ever.
    fn left(&self) -> Duration {
        self.limit.saturating_sub(self.begun.elapsed()).max(Duration::from_millis(1))
    }

    fn is_over(&self) -> bool {
        self.begun.elapsed() >= self.limit
    }
}

fn ask_one(service: Service, address: SocketAddr, clock: &Clock) -> Result<String, String> {
    let other = match service {
        Service::Transport => {
            return connect(address, clock).map(|_| "takes connections; HTTP is switched off".to_owned());
        }
        Service::Readiness => return is_ready(address, clock),
        Service::Http => HELLO,
        Service::Https => REQUEST,
    };
    let first = if service == Service::Http { REQUEST } else { HELLO };
    match exchange(first, address, clock)? {
        Verdict::Answer(answer) => Ok(answer),
        Verdict::Nothing => match exchange(other, address, clock) {
            // A plugin, or a configuration that nobody can read, has it the other way round.
            Ok(Verdict::Answer(answer)) => Ok(answer),
            _ => Err("closes the connection without an answer".to_owned()),
        },
        Verdict::Other => Err("answers neither in HTTP nor in TLS".to_owned()),
        Verdict::Unfinished => Err(format!("gives no answer within {} s", clock.limit.as_secs_f64())),
    }
}

fn connect(address: SocketAddr, clock: &Clock) -> Result<TcpStream, String> {
    TcpStream::connect_timeout(&address, clock.left()).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => format!("takes no connection within {} s", clock.limit.as_secs_f64()),
        io::ErrorKind::ConnectionRefused => "refuses connections".to_owned(),
        _ => format!("cannot be reached: {}", crate::disk::read::system_words(&error)),
    })
}

/// The server closes every connection to that port; one that it only seems to take is the kernel's.
fn is_ready(address: SocketAddr, clock: &Clock) -> Result<String, String> {
    let stream = connect(address, clock)?;
    match listen(stream, clock, |_, is_over| is_over.then_some(Verdict::Nothing)) {
        Verdict::Unfinished => Err(format!("gives no answer within {} s", clock.limit.as_secs_f64())),
        _ => Ok("is open: the node is ready".to_owned()),
    }
}

/// Says that, and gives what comes back.
fn exchange(words: &[u8], address: SocketAddr, clock: &Clock) -> Result<Verdict, String> {
    let mut stream = connect(address, clock)?;
    // It fits into the empty buffer of a new connection, and what is closed already is seen when it is read.
    let _ = stream.set_write_timeout(Some(clock.left())).and_then(|()| stream.write_all(words));
    Ok(listen(stream, clock, verdict))
}

fn listen(mut stream: TcpStream, clock: &Clock, verdict: impl Fn(&[u8], bool) -> Option<Verdict>) -> Verdict {
    let mut read = [0; LONGEST];
    let mut count = 0;
    while !clock.is_over() {
        if stream.set_read_timeout(Some(clock.left())).is_err() {
            break;
        }
        let is_over = match stream.read(&mut read[count..]) {
            Ok(0) => true,
            Ok(more) => {
                count += more;
                count == read.len()
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // The time is up.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                break;
            }
            Err(_) => true,
        };
        if let Some(verdict) = verdict(&read[..count], is_over) {
            return verdict;
        }
    }
    Verdict::Unfinished
}
