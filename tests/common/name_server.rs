//! A name server of a test, in a network of its own.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// What a name server of the test knows.
#[derive(Clone, Default)]
pub(crate) struct Zone {
    pub(crate) addresses: BTreeMap<String, Vec<IpAddr>>,
    pub(crate) services: BTreeMap<String, Vec<(u16, &'static str, u16)>>,
    /// So many questions are answered with nothing first.
    pub(crate) empty_first: usize,
    /// Says nothing at all.
    pub(crate) is_silent: bool,
    /// Says everything that is no error over a connection only.
    pub(crate) truncates: bool,
    /// There, byte by byte, with so much time between them.
    pub(crate) pause: Duration,
    /// Cannot say anything about names with that end.
    pub(crate) broken: Option<&'static str>,
}

impl Zone {
    /// The same with a name that has these addresses.
    pub(crate) fn with(mut self, name: &str, addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|it| it.parse().unwrap()).collect();
        self.addresses.insert(name.to_owned(), addresses);
        self
    }

    /// The answer to a question.
    fn answer(&self, question: &[u8], asked: usize) -> Vec<u8> {
        let mut at = 12;
        let mut labels = Vec::new();
        while question[at] != 0 {
            let length = usize::from(question[at]);
            labels.push(String::from_utf8_lossy(&question[at + 1..=at + length]).into_owned());
            at += 1 + length;
        }
        let (name, kind) = (labels.join("."), question[at + 2]);
        let mut records: Vec<Vec<u8>> = Vec::new();
        for address in self.addresses.get(&name).into_iter().flatten() {
            match address {
                IpAddr::V4(address) if kind == 1 => records.push(address.octets().to_vec()),
                IpAddr::V6(address) if kind == 28 => records.push(address.octets().to_vec()),
                _ => {}
            }
        }
        for (priority, host, port) in self.services.get(&name).into_iter().flatten().filter(|_| kind == 33) {
            let mut data = [priority.to_be_bytes(), [0, 0], port.to_be_bytes()].concat();
            for label in host.split('.') {
                data.push(u8::try_from(label.len()).unwrap());
                data.extend(label.as_bytes());
            }
            data.push(0);
            records.push(data);
        }
        let is_known = self.addresses.contains_key(&name) || self.services.contains_key(&name);
        if asked < self.empty_first {
            records.clear();
        }
        let mut message = question.to_vec();
        message[2] |= 0x80;
        message[3] = if is_known { 0x80 } else { 0x83 };
        if self.broken.is_some_and(|end| name.ends_with(end)) {
            message[3] = 0x82;
        }
        message[7] = u8::try_from(records.len()).unwrap();
        for data in records {
            message.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 5]);
            message.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            message.extend(data);
        }
        message
    }
}

/// Answers datagrams and connections to port 53 of this thread's loopback until the process ends; tells of each question.
pub(crate) fn serve(zone: Zone) -> Receiver<()> {
    let socket = UdpSocket::bind("127.0.0.1:53").unwrap();
    let listener = TcpListener::bind("127.0.0.1:53").unwrap();
    let (tell, asked) = channel();
    let over_connections = zone.clone();
    std::thread::spawn(move || {
        let mut bytes = [0; 512];
        let mut questions = 0..;
        while let Ok((length, peer)) = socket.recv_from(&mut bytes) {
            let number = questions.next().unwrap();
            // Few want to know.
            let _ = tell.send(());
            if zone.is_silent {
                continue;
            }
            let mut answer = zone.answer(&bytes[..length], number);
            if zone.truncates {
                answer.truncate(length);
                answer[2] |= 2;
                answer[7] = 0;
            }
            // What another made up comes first.
            let mut other = answer.clone();
            other[0] ^= 1;
            let _ = socket.send_to(&other, peer).and_then(|_| socket.send_to(&answer, peer));
        }
    });
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut length = [0; 2];
            if stream.read_exact(&mut length).is_err() {
                continue;
            }
            let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
            if stream.read_exact(&mut question).is_ok() {
                let answer = over_connections.answer(&question, usize::MAX);
                let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                if !over_connections.pause.is_zero() {
                    let bytes = [&length[..], &answer].concat();
                    let _ = bytes.iter().try_for_each(|byte| {
                        std::thread::sleep(over_connections.pause);
                        stream.write_all(&[*byte])
                    });
                    continue;
                }
                // In two parts, as a network may bring it.
                let _ = stream.write_all(&length).and_then(|()| stream.write_all(&answer));
            }
        }
    });
    asked
}
