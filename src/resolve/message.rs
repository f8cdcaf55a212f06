//! Messages of the domain name system as far as they are needed here: one question, and the addresses and services in its
//! answer. Source: RFC 1035 (format), 3596 (AAAA), 2782 (SRV).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    A = 1,
    Aaaa = 28,
    Srv = 33,
}

/// One record of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    Address(IpAddr),
    /// The priority, the lowest is tried first, the name and the port.
    Service(u16, String, u16),
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Records(Vec<Record>),
    /// The name does not exist.
    NoName,
    /// It did not fit into a datagram.
    Truncated,
    /// The server cannot or will not say.
    Failed,
}

const HEADER: usize = 12;
const CLASS_INTERNET: [u8; 2] = [0, 1];
/// More jumps than a name has parts lead in a circle.
const MOST_PARTS: usize = 128;
const LONGEST_PART: usize = 63;
const LONGEST_NAME: usize = 253;

/// A question with that number; nothing for a text that can be no name.
pub(super) fn question(number: u16, name: &str, kind: Kind) -> Option<Vec<u8>> {
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() || name.len() > LONGEST_NAME {
        return None;
    }
    let mut bytes = Vec::with_capacity(HEADER + name.len() + 6);
    bytes.extend(number.to_be_bytes());
    // Recursion desired, one question.
    bytes.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for part in name.split('.') {
        if part.is_empty() || part.len() > LONGEST_PART {
            return None;
        }
        bytes.push(u8::try_from(part.len()).ok()?);
        bytes.extend(part.as_bytes());
    }
    bytes.extend([0, 0, kind as u8]);
    bytes.extend(CLASS_INTERNET);
    Some(bytes)
}

/// What the message answers to that question; nothing where it is no answer to it.
pub(super) fn reply(question: &[u8], message: &[u8], kind: Kind) -> Option<Reply> {
    let head = message.get(..HEADER)?;
    let is_response = head[2] & 0x80 != 0;
    if head[..2] != *question.get(..2)? || !is_response {
        return None;
    }
    let asked = question.get(HEADER..)?;
    let code = head[3] & 0x0f;
    // Some servers leave the question out where they cannot answer.
    let body = message.get(HEADER..)?;
    if head[4..6] == [0, 1] {
        if !body.get(..asked.len())?.eq_ignore_ascii_case(asked) {
            return None;
        }
    } else if code == 0 {
        return None;
    }
    if head[2] & 0x02 != 0 {
        return Some(Reply::Truncated);
    }
    match code {
        0 => Some(Reply::Records(records(message, HEADER + asked.len(), kind)?)),
        3 => Some(Reply::NoName),
        _ => Some(Reply::Failed),
    }
}

/// The records of that kind in the answer, which begins there. Those of aliases are in it too.
fn records(message: &[u8], begin: usize, kind: Kind) -> Option<Vec<Record>> {
    let mut records = Vec::new();
    let mut at = begin;
    for _ in 0..number(message, 6)? {
        at = after_name(message, at)?;
        let length = usize::from(number(message, at + 8)?);
        let data = message.get(at + 10..at + 10 + length)?;
        if number(message, at)? == kind as u16 && message.get(at + 2..at + 4)? == CLASS_INTERNET {
            records.push(match kind {
                Kind::A => Record::Address(Ipv4Addr::from(<[u8; 4]>::try_from(data).ok()?).into()),
                Kind::Aaaa => Record::Address(Ipv6Addr::from(<[u8; 16]>::try_from(data).ok()?).into()),
                Kind::Srv => Record::Service(number(data, 0)?, name(message, at + 16)?, number(data, 4)?),
            });
        }
        at += 10 + length;
    }
    Some(records)
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// Where the name that begins there ends.
fn after_name(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 => return Some(at + 1),
            // The rest of the name stands elsewhere.
            0xc0.. => return Some(at + 2),
            length if usize::from(length) <= LONGEST_PART => at += 1 + usize::from(length),
            _ => return None,
        }
    }
}

/// The name that begins there.
fn name(message: &[u8], mut at: usize) -> Option<String> {
    let mut parts = Vec::new();
    for _ in 0..MOST_PARTS {
        match *message.get(at)? {
            0 => return Some(parts.join(".")),
            high @ 0xc0.. => at = usize::from(high & 0x3f) << 8 | usize::from(*message.get(at + 1)?),
            length if usize::from(length) <= LONGEST_PART => {
                let part = message.get(at + 1..at + 1 + usize::from(length))?;
                // Nothing else may stand in a host's name, and in a list of hosts.
                let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
                parts.push(std::str::from_utf8(part).ok().filter(|_| part.iter().all(is_plain))?);
                at += 1 + usize::from(length);
            }
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A response to the question with that code and these records, whose names refer to the question's.
    fn response(question: &[u8], code: u8, records: &[(u16, &[u8])]) -> Vec<u8> {
        let mut message = question.to_vec();
        message[2] |= 0x80;
        message[3] = 0x80 | code;
        message[7] = u8::try_from(records.len()).unwrap();
        for (kind, data) in records {
            message.extend([0xc0, 12]);
            message.extend(kind.to_be_bytes());
            message.extend([0, 1, 0, 0, 0, 30]);
            message.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            message.extend(*data);
        }
        message
    }

    #[test]
    fn questions() {
        let bytes = question(0x1234, "es.logs.", Kind::Srv).unwrap();
        assert_eq!(bytes, b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x02es\x04logs\0\0\x21\0\x01");
        let long = "a".repeat(64);
        for name in ["", ".", "a..b", long.as_str(), &"a.".repeat(140)] {
            assert_eq!(question(1, name, Kind::A), None, "{name}");
        }
    }

    #[test]
    fn addresses_and_services_are_read() {
        let asked = question(7, "es.logs", Kind::A).unwrap();
        // An alias before the address.
        let message = response(&asked, 0, &[(5, b"\x01a\xc0\x0f"), (1, &[10, 0, 0, 4]), (1, &[10, 0, 0, 5])]);
        let addresses = ["10.0.0.4", "10.0.0.5"].map(|it| Record::Address(it.parse().unwrap()));
        assert_eq!(reply(&asked, &message, Kind::A), Some(Reply::Records(addresses.to_vec())));

        let asked = question(7, "_transport._tcp.es", Kind::Srv).unwrap();
        let message = response(&asked, 0, &[(33, b"\0\x01\0\0\x24\x54\x04es-0\xc0\x1c")]);
        let service = Record::Service(1, "es-0.es".into(), 9300);
        assert_eq!(reply(&asked, &message, Kind::Srv), Some(Reply::Records(vec![service])));

        let asked = question(7, "es", Kind::Aaaa).unwrap();
        let message = response(&asked, 0, &[(28, &[0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])]);
        let address = Record::Address("fd00::1".parse().unwrap());
        assert_eq!(reply(&asked, &message, Kind::Aaaa), Some(Reply::Records(vec![address])));
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        let asked = question(7, "es", Kind::A).unwrap();
        assert_eq!(reply(&asked, &response(&asked, 3, &[]), Kind::A), Some(Reply::NoName));
        assert_eq!(reply(&asked, &response(&asked, 2, &[]), Kind::A), Some(Reply::Failed));
        let mut truncated = response(&asked, 0, &[]);
        truncated[2] |= 2;
        assert_eq!(reply(&asked, &truncated, Kind::A), Some(Reply::Truncated));
        // Another number, another name, a question.
        let other = question(8, "es", Kind::A).unwrap();
        assert_eq!(reply(&asked, &response(&other, 0, &[]), Kind::A), None);
        let other = question(7, "et", Kind::A).unwrap();
        assert_eq!(reply(&asked, &response(&other, 0, &[]), Kind::A), None);
        assert_eq!(reply(&asked, &asked, Kind::A), None);
    }

    #[test]
    fn messages_that_are_torn_or_lead_in_a_circle_are_none() {
        let asked = question(7, "es", Kind::Srv).unwrap();
        let whole = response(&asked, 0, &[(33, b"\0\x01\0\0\x24\x54\x04es-0\xc0\x0c")]);
        assert!(reply(&asked, &whole, Kind::Srv).is_some());
        for end in 0..whole.len() {
            assert_eq!(reply(&asked, &whole[..end], Kind::Srv), None, "{end} bytes");
        }
        let at = u8::try_from(whole.len() - 2).unwrap();
        let mut circle = whole.clone();
        *circle.last_mut().unwrap() = at;
        assert_eq!(reply(&asked, &circle, Kind::Srv), None);
        // A name that would bring something else into the list of hosts.
        let odd = response(&asked, 0, &[(33, b"\0\x01\0\0\x24\x54\x04a, b\0")]);
        assert_eq!(reply(&asked, &odd, Kind::Srv), None);
    }
}
