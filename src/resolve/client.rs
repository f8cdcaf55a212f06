//! Asks the name servers of `/etc/resolv.conf`, in datagrams and, where an answer does not fit, over a connection.
//! Source: `resolv.conf`(5), `hosts`(5), RFC 7766.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use super::message::{self, Kind, Record, Reply};

const PORT: u16 = 53;
/// As many as the C library asks.
const MOST_SERVERS: usize = 3;
/// No datagram without extensions is longer than 512 bytes; what sends longer ones all the same is understood, too.
const LONGEST_DATAGRAM: usize = 4096;

/// What the two files say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Configuration {
    servers: Vec<IpAddr>,
    search: Vec<String>,
    /// A name with fewer dots is tried below the search domains first.
    dots: usize,
    /// How long one server is waited for, and how often all are asked.
    timeout: Duration,
    attempts: usize,
    hosts: Vec<(IpAddr, String)>,
}

impl Configuration {
    /// Reads the texts of `resolv.conf` and `hosts`, as far as they make sense.
    pub(super) fn new(resolv_conf: &str, hosts: &str) -> Self {
        let mut read = Self {
            servers: Vec::new(),
            search: Vec::new(),
            dots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
            hosts: Vec::new(),
        };
        for line in resolv_conf.lines() {
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("nameserver") => {
                    // The zone of a link-local address is left out: nothing here takes it.
                    let address =
                        words.next().and_then(|word| word.split('%').next()?.parse::<IpAddr>().ok());
                    read.servers.extend(address.filter(|_| read.servers.len() < MOST_SERVERS));
                }
                Some("search" | "domain") => read.search = words.map(str::to_owned).collect(),
                Some("options") => words.for_each(|word| read.option(word)),
                _ => {}
            }
        }
        if read.servers.is_empty() {
            read.servers.push(Ipv4Addr::LOCALHOST.into());
        }
        for line in hosts.lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
            if let Some(address) = words.next().and_then(|word| word.parse().ok()) {
                read.hosts.extend(words.map(|name| (address, name.to_owned())));
            }
        }
        read
    }

    fn option(&mut self, word: &str) {
        let Some((name, Ok(value))) = word.split_once(':').map(|(name, value)| (name, value.parse::<u8>()))
        else {
            return;
        };
        match name {
            "ndots" => self.dots = value.min(15).into(),
            "timeout" => self.timeout = Duration::from_secs(value.clamp(1, 30).into()),
            "attempts" => self.attempts = value.clamp(1, 5).into(),
            _ => {}
        }
    }

    /// The names to ask for, in their order.
    fn candidates(&self, name: &str) -> Vec<String> {
        if name.ends_with('.') {
            return vec![name.to_owned()];
        }
        let mut names: Vec<String> =
            self.search.iter().map(|domain| format!("{name}.{}", domain.trim_start_matches('.'))).collect();
        let place = if name.matches('.').count() >= self.dots { 0 } else { names.len() };
        names.insert(place, name.to_owned());
        names
    }
}

/// Asks, until a moment.
pub(super) struct Client<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) until: Instant,
    /// A number for each question, that nobody can guess.
    pub(super) number: &'a dyn Fn() -> u16,
}

impl Client<'_> {
    /// The addresses of a host, those of version 4 where it has some.
    ///
    /// # Errors
    /// As [`Client::records`].
    pub(super) fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, String> {
        let name = host.strip_suffix('.').unwrap_or(host);
        let listed = self.configuration.hosts.iter().filter(|(_, listed)| listed.eq_ignore_ascii_case(name));
        let (four, six): (Vec<IpAddr>, Vec<IpAddr>) =
            listed.map(|(address, _)| *address).partition(IpAddr::is_ipv4);
        let found = if four.is_empty() { six } else { four };
        if !found.is_empty() {
            return Ok(found);
        }
        let found = |kind| -> Result<Vec<IpAddr>, String> {
            let records = self.records(host, kind)?.into_iter();
            Ok(records
                .filter_map(|it| if let Record::Address(address) = it { Some(address) } else { None })
                .collect())
        };
        let four = found(Kind::A);
        if matches!(&four, Ok(addresses) if !addresses.is_empty()) {
            return four;
        }
        // The reason why the first gave none is the better one.
        found(Kind::Aaaa).ok().filter(|six| !six.is_empty()).map_or(four, Ok)
    }

    /// Host and port of a service, the ones to be tried first in front.
    ///
    /// # Errors
    /// As [`Client::records`].
    pub(super) fn services(&self, name: &str) -> Result<Vec<(String, u16)>, String> {
        let mut services = Vec::new();
        for record in self.records(name, Kind::Srv)? {
            if let Record::Service(priority, host, port) = record {
                services.push((priority, host, port));
            }
        }
        diagnostics::order::sort(&mut services);
        Ok(services.into_iter().map(|(_, host, port)| (host + ".", port)).collect())
    }

    /// The records of the first of the names that has some; none where all servers say that there are none.
    ///
    /// # Errors
    /// Why nobody says anything, as words that follow "the name servers".
    fn records(&self, name: &str, kind: Kind) -> Result<Vec<Record>, String> {
        let mut why = None;
        for candidate in self.configuration.candidates(name) {
            let Some(question) = message::question((self.number)(), &candidate, kind) else { continue };
            match self.ask(&question, kind) {
                Ok(Reply::Records(records)) if !records.is_empty() => return Ok(records),
                Ok(_) => {}
                // Who cannot say anything below one domain may know the name below another, or the name itself.
                Err(reason) => why = why.or(Some(reason)),
            }
        }
        why.map_or_else(|| Ok(Vec::new()), Err)
    }

    fn ask(&self, question: &[u8], kind: Kind) -> Result<Reply, String> {
        let mut why = "give no answer".to_owned();
        for _ in 0..self.configuration.attempts {
            for server in &self.configuration.servers {
                let server = SocketAddr::new(*server, PORT);
                let left = self.until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(why);
                }
                let limit = self.configuration.timeout.min(left);
                let reply = match datagram(server, question, kind, limit) {
                    Ok(Reply::Truncated) => connection(server, question, kind, limit),
                    other => other,
                };
                match reply {
                    Ok(Reply::Failed | Reply::Truncated) => why = format!("cannot say ({})", server.ip()),
                    Ok(reply) => return Ok(reply),
                    Err(error) => {
                        let words = match error.kind() {
                            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "no answer".to_owned(),
                            _ => crate::disk::read::system_words(&error),
                        };
                        why = format!("give no answer ({}: {words})", server.ip());
                    }
                }
            }
        }
        Err(why)
    }
}

fn datagram(server: SocketAddr, question: &[u8], kind: Kind, limit: Duration) -> io::Result<Reply> {
    let any: SocketAddr = if server.is_ipv4() { ([0; 4], 0).into() } else { ([0u16; 8], 0).into() };
    let socket = UdpSocket::bind(any)?;
    // From here on only what comes from there is heard.
    socket.connect(server)?;
    socket.send(question)?;
    let until = Instant::now() + limit;
    let mut bytes = [0; LONGEST_DATAGRAM];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        socket.set_read_timeout(Some(left))?;
        let count = socket.recv(&mut bytes)?;
        // The answer to an earlier question, or something made up.
        if let Some(reply) = message::reply(question, &bytes[..count], kind) {
            return Ok(reply);
        }
    }
}

fn connection(server: SocketAddr, question: &[u8], kind: Kind, limit: Duration) -> io::Result<Reply> {
    let until = Instant::now() + limit;
    let mut stream = TcpStream::connect_timeout(&server, limit)?;
    stream.set_write_timeout(Some(limit))?;
    // Each message is preceded by its length.
    let length = u16::try_from(question.len()).unwrap_or_default();
    stream.write_all(&[&length.to_be_bytes(), question].concat())?;
    let mut bytes = Vec::new();
    let mut part = [0; LONGEST_DATAGRAM];
    loop {
        if let Some((length, message)) = bytes.split_first_chunk()
            && let Some(message) = message.get(..usize::from(u16::from_be_bytes(*length)))
        {
            return Ok(message::reply(question, message, kind).unwrap_or(Reply::Failed));
        }
        // All of it together: who brings a byte now and then brings nothing.
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let count = stream.read(&mut part)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(part.get(..count).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_read_as_far_as_they_make_sense() {
        let read = Configuration::new(
            "# comment\nnameserver 10.96.0.10\nnameserver fe80::1%eth0\nnameserver x\nnameserver 1.1.1.1\nnameserver 9.9.9.9\n\
             search logs.svc.cluster.local svc.cluster.local\noptions ndots:5 timeout:99 attempts:x rotate\n",
            "127.0.0.1\tlocalhost ip4 # alias\n10.0.0.4 es-0.es es-0\nx y\n",
        );
        let hosts =
            [("127.0.0.1", "localhost"), ("127.0.0.1", "ip4"), ("10.0.0.4", "es-0.es"), ("10.0.0.4", "es-0")];
        assert_eq!(
            read,
            Configuration {
                servers: ["10.96.0.10", "fe80::1", "1.1.1.1"].map(|it| it.parse().unwrap()).to_vec(),
                search: vec!["logs.svc.cluster.local".into(), "svc.cluster.local".into()],
                dots: 5,
                timeout: Duration::from_secs(30),
                attempts: 2,
                hosts: hosts.map(|(address, name)| (address.parse().unwrap(), name.to_owned())).to_vec(),
            }
        );
        let nothing = Configuration::new("", "");
        assert_eq!(nothing.servers, ["127.0.0.1".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn names_with_few_dots_are_tried_below_the_domains_first() {
        let read = Configuration::new("search logs.svc svc\noptions ndots:2", "");
        assert_eq!(read.candidates("es"), ["es.logs.svc", "es.svc", "es"]);
        assert_eq!(
            read.candidates("es.logs.svc"),
            ["es.logs.svc", "es.logs.svc.logs.svc", "es.logs.svc.svc"]
        );
        assert_eq!(read.candidates("es.logs."), ["es.logs."]);
    }
}
