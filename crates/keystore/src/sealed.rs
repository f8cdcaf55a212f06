//! The formats, and their ciphers.

use aes_gcm::aead::{AeadInPlace, KeyInit};
use aes_gcm::{Aes128Gcm, Aes256Gcm, Key, Nonce, Tag};
use sha2::Sha512;

/// At the end of what is encrypted.
const TAG: usize = 16;

/// How a keystore is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// As the file has it.
    pub number: u32,
    /// The lengths between header and footer.
    pub(crate) is_little_endian: bool,
    /// What a guess of the password costs.
    rounds: u32,
    /// Of 256 bits instead of 128.
    has_long_key: bool,
}

const FORMATS: [Format; 4] = [
    Format { number: 4, is_little_endian: false, rounds: 10_000, has_long_key: false },
    Format { number: 5, is_little_endian: true, rounds: 10_000, has_long_key: false },
    Format { number: 6, is_little_endian: true, rounds: 210_000, has_long_key: false },
    Format { number: 7, is_little_endian: true, rounds: 210_000, has_long_key: true },
];

impl Format {
    /// The format of that number, where it is known.
    pub fn of(number: u32) -> Option<Self> {
        FORMATS.into_iter().find(|format| format.number == number)
    }

    fn key(self, password: &str, salt: &[u8]) -> [u8; 32] {
        let mut key = [0; 32];
        let length = if self.has_long_key { 32 } else { 16 };
        let (used, _) = key.split_at_mut(length);
        pbkdf2::pbkdf2_hmac::<Sha512>(password.as_bytes(), salt, self.rounds, used);
        key
    }

    /// What was encrypted; nothing where the password is another one.
    pub(crate) fn open(self, password: &str, salt: &[u8], nonce: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (text, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG)?)?;
        let mut text = text.to_vec();
        let key = self.key(password, salt);
        let (nonce, tag) = (Nonce::from_slice(nonce), Tag::from_slice(tag));
        if self.has_long_key {
            Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(&key))
                .decrypt_in_place_detached(nonce, salt, &mut text, tag)
        } else {
            let (short, _) = key.split_at(16);
            Aes128Gcm::new(Key::<Aes128Gcm>::from_slice(short))
                .decrypt_in_place_detached(nonce, salt, &mut text, tag)
        }
        .ok()?;
        Some(text)
    }

    /// Encrypts.
    pub(crate) fn seal(self, password: &str, salt: &[u8], nonce: &[u8], mut text: Vec<u8>) -> Vec<u8> {
        let key = self.key(password, salt);
        let nonce = Nonce::from_slice(nonce);
        let tag = if self.has_long_key {
            Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(&key))
                .encrypt_in_place_detached(nonce, salt, &mut text)
        } else {
            let (short, _) = key.split_at(16);
            Aes128Gcm::new(Key::<Aes128Gcm>::from_slice(short))
                .encrypt_in_place_detached(nonce, salt, &mut text)
        };
        // It fails for texts of many gigabytes only.
        text.extend_from_slice(&tag.unwrap_or_default());
        text
    }
}
