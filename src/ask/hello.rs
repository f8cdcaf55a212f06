//! The first message of a client of TLS 1.2 and 1.3, see RFC 8446, 4.1.2.
//!
//! Nobody goes on after the answer, so that no key is needed: without a share of its own, a server of 1.3 names the group
//! that it wants, and has nothing to compute. The random bytes are none for the same reason.

/// A record with a `ClientHello`.
#[rustfmt::skip]
pub(super) const HELLO: &[u8] = &[
    // The record, of the oldest version that all take, and the message.
    0x16, 3, 1, 0, 153,
    1, 0, 0, 149,
    // The version that all have, and 32 random bytes.
    3, 3,
    b'e', b's', b'-', b'e', b'n', b't', b'r', b'y', b'p', b'o', b'i', b'n', b't', b' ', b'h', b'e',
    b'a', b'l', b't', b'h', b' ', b'a', b's', b'k', b's', b':', b' ', b'a', b'l', b'i', b'v', b'e',
    // No session to resume.
    0,
    // 1.3: AES 128, AES 256, ChaCha20; 1.2: the same by ECDHE with ECDSA and RSA; RSA alone for old servers.
    0, 30,
    0x13, 0x01, 0x13, 0x02, 0x13, 0x03,
    0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30, 0xcc, 0xa9, 0xcc, 0xa8, 0xc0, 0x09, 0xc0, 0x13,
    0x00, 0x9c, 0x00, 0x9d, 0x00, 0x2f, 0x00, 0x35,
    // No compression.
    1, 0,
    // The extensions.
    0, 78,
    // supported_groups: x25519, secp256r1, secp384r1, secp521r1.
    0, 10, 0, 10, 0, 8, 0, 29, 0, 23, 0, 24, 0, 25,
    // ec_point_formats: uncompressed.
    0, 11, 0, 2, 1, 0,
    // signature_algorithms: ECDSA, PSS and PKCS 1 with SHA-256 to 512, Ed25519, and SHA-1 for old servers.
    0, 13, 0, 24, 0, 22, 4, 3, 8, 4, 4, 1, 5, 3, 8, 5, 5, 1, 6, 3, 8, 6, 6, 1, 8, 7, 2, 1,
    // supported_versions: 1.3, 1.2.
    0, 43, 0, 5, 4, 3, 4, 3, 3,
    // psk_key_exchange_modes: together with a new key.
    0, 45, 0, 2, 1, 1,
    // key_share: none.
    0, 51, 0, 2, 0, 0,
    // extended_master_secret, renegotiation_info.
    0, 23, 0, 0,
    255, 1, 0, 1, 0,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a part with its length in front of it.
    fn take<'a>(bytes: &mut &'a [u8], of_length: usize) -> &'a [u8] {
        let (length, rest) = bytes.split_at(of_length);
        let length = length.iter().fold(0, |sum, byte| sum * 256 + usize::from(*byte));
        let (part, rest) = rest.split_at(length);
        *bytes = rest;
        part
    }

    #[test]
    fn every_part_is_as_long_as_it_says() {
        let mut rest = &HELLO[3..];
        let mut record = take(&mut rest, 2);
        assert_eq!((rest, record[0]), (&[][..], 1));
        record = &record[1..];
        let mut message = take(&mut record, 3);
        assert_eq!(record, []);
        message = &message[34..];
        let session = take(&mut message, 1);
        let ciphers = take(&mut message, 2);
        let compression = take(&mut message, 1);
        let mut extensions = take(&mut message, 2);
        assert_eq!((session, ciphers.len() % 2, compression, message), (&[][..], 0, &[0][..], &[][..]));
        let mut kinds = Vec::new();
        while !extensions.is_empty() {
            kinds.push(u16::from_be_bytes([extensions[0], extensions[1]]));
            extensions = &extensions[2..];
            take(&mut extensions, 2);
        }
        assert_eq!(kinds, [10, 11, 13, 43, 45, 51, 23, 65281]);
    }
}
