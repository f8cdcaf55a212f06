//! A keystore with its entries.

use std::fmt;

use crate::container::{Container, NONCE, SALT};
use crate::entries::Entries;
use crate::sealed::Format;

/// The entry that every keystore has: secrets of the node are derived from it.
const SEED: &str = "keystore.seed";
const SEED_LENGTH: usize = 20;

/// How many random bytes a keystore takes.
pub const RANDOM: usize = SALT + NONCE + SEED_LENGTH;

/// The password does not open the keystore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongPassword;

/// What a keystore holds, and how it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Keystore {
    /// How it is written.
    pub format: Format,
    /// It gets a password.
    pub is_protected: bool,
    /// What it holds.
    pub entries: Entries,
    /// The encrypted part of the file that it was read from, with what it needs to be opened; nothing of a new one.
    pub payload: Vec<u8>,
}

impl fmt::Debug for Keystore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Keystore({:?}, {}, {:?})", self.format, self.is_protected, self.entries)
    }
}

impl Keystore {
    /// Opens a keystore; without protection the password does not matter.
    ///
    /// # Errors
    /// Where it is another password.
    pub fn open(container: &Container<'_>, password: &str) -> Result<Self, WrongPassword> {
        let Container { format, is_protected, salt, nonce, sealed, .. } = *container;
        let password = if is_protected { password } else { "" };
        let text = format.open(password, salt, nonce, sealed).ok_or(WrongPassword)?;
        let entries = Entries::read(&text).ok_or(WrongPassword)?;
        Ok(Self { format, is_protected, entries, payload: container.payload() })
    }

    /// A new one without protection.
    pub fn new(format: Format, random: &[u8; RANDOM]) -> Self {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let letter = |byte: &u8| LETTERS.get(usize::from(*byte % 64)).copied().unwrap_or_default();
        let (_, seed) = random.split_at(RANDOM - SEED_LENGTH);
        let mut entries = Entries::default();
        entries.set(SEED, &seed.iter().map(letter).collect::<Vec<u8>>());
        Self { format, is_protected: false, entries, payload: Vec::new() }
    }

    /// The file, for a product that calls it `name`.
    pub fn write(&self, name: &str, password: &str, random: &[u8; RANDOM]) -> Vec<u8> {
        let Self { format, is_protected, .. } = *self;
        let password = if is_protected { password } else { "" };
        let (salt, rest) = random.split_at(SALT);
        let (nonce, _) = rest.split_at(NONCE);
        let sealed = format.seal(password, salt, nonce, self.entries.write());
        Container { format, is_protected, name, salt, nonce, sealed: &sealed }.write()
    }
}
