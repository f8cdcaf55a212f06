//! What the first bytes of an answer are.

use diagnostics::printable;

/// What is known after some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An answer, as the rest of a sentence.
    Answer(String),
    /// The connection is over, and nothing came.
    Nothing,
    /// Something came that is no answer.
    Other,
    /// The time was up before.
    Unfinished,
}

/// The verdict on what has come so far; nothing where more has to come.
pub(super) fn verdict(bytes: &[u8], is_over: bool) -> Option<Verdict> {
    let may_be = match bytes {
        [] if is_over => return Some(Verdict::Nothing),
        // A handshake or an alert of SSL 3 to TLS 1.3, the length of the record, and the kind of its first message.
        [0x16, 3, 0..=4, _, _, 2, ..] => return Some(Verdict::Answer("answers: TLS handshake".to_owned())),
        [0x15, 3, 0..=4, 0, 2, 1 | 2, what, ..] => {
            return Some(Verdict::Answer(format!("answers: TLS alert {what}")));
        }
        [0x15 | 0x16, rest @ ..] => rest.len() < 6 && rest.first().is_none_or(|major| *major == 3),
        _ => match status(bytes) {
            Some(status) => return Some(Verdict::Answer(format!("answers: {status}"))),
            None => START.starts_with(&bytes[..bytes.len().min(START.len())]),
        },
    };
    (is_over || !may_be).then_some(Verdict::Other)
}

const START: &[u8] = b"HTTP/1.";

/// `HTTP/1.1 503 Service Unavailable`, when all of that line is there.
fn status(bytes: &[u8]) -> Option<String> {
    let line = bytes.split(|byte| *byte == b'\n').next().filter(|line| line.len() < bytes.len())?;
    let [b'0' | b'1', b' ', code @ ..] = line.strip_prefix(START)? else { return None };
    let is_code = code.len() >= 3 && code[..3].iter().all(u8::is_ascii_digit);
    is_code.then(|| printable(String::from_utf8_lossy(line).trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Option<Verdict> {
        verdict(bytes, false)
    }

    #[test]
    fn answers() {
        for (bytes, answer) in [
            (&b"HTTP/1.1 200 OK\r\n"[..], "HTTP/1.1 200 OK"),
            (b"HTTP/1.0 503 \r\nx", "HTTP/1.0 503"),
            (b"HTTP/1.1 401\n", "HTTP/1.1 401"),
            (&[0x16, 3, 3, 0, 90, 2, 0], "TLS handshake"),
            (&[0x16, 3, 1, 0, 90, 2], "TLS handshake"),
            (&[0x15, 3, 3, 0, 2, 2, 40], "TLS alert 40"),
        ] {
            assert_eq!(of(bytes), Some(Verdict::Answer(format!("answers: {answer}"))), "{bytes:?}");
            // Of each beginning nothing is known yet; when no more comes it is none.
            for end in 1..bytes.len().min(6) {
                assert_eq!(of(&bytes[..end]), None, "{:?}", &bytes[..end]);
                assert_eq!(verdict(&bytes[..end], true), Some(Verdict::Other));
            }
        }
    }

    #[test]
    fn what_is_none() {
        for bytes in [
            &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
            b"x",
            b"\0",
            b"HTTP/2.0 200\r\n",
            b"This is not an HTTP port",
            &[0x16, 2],
            &[0x16, 3, 9, 0, 90, 2, 0],
            &[0x16, 3, 3, 0, 90, 1, 0],
            &[0x15, 3, 3, 9, 9, 9, 9],
            &[0x17, 3, 3, 0, 2],
        ] {
            assert_eq!(of(bytes), Some(Verdict::Other), "{bytes:?}");
        }
        assert_eq!((of(b""), verdict(b"", true)), (None, Some(Verdict::Nothing)));
        // It may go on, until there is no room for more.
        assert_eq!(of(b"HTTP/1.1 20"), None);
        assert_eq!(verdict(b"HTTP/1.1 20x\r\n", true), Some(Verdict::Other));
    }

    #[test]
    fn nothing_but_letters_gets_out() {
        let answer = of(b"HTTP/1.1 200 \x1b[31m\xff\r\n").unwrap();
        let Verdict::Answer(text) = answer else { panic!("{answer:?}") };
        assert!(!text.contains('\x1b'), "{text:?}");
    }
}
