//! The keystore of this start: what stands there, and what is to stand there.

use std::fmt;
use std::path::PathBuf;

use keystore::{Format, Keystore, RANDOM, Unreadable};
use server::Generation;

/// What is known of the keystore, where this start has to do with it.
#[derive(Clone, PartialEq, Eq)]
pub struct KeystoreFacts {
    /// Where the server will look for it.
    pub path: PathBuf,
    /// Where it is now, which may be another place.
    pub source: PathBuf,
    pub found: Found,
    /// `KEYSTORE_PASSWORD`.
    pub password: Option<String>,
    /// What variables ask for.
    pub entries: Vec<Entry>,
    /// This start has no standard input on which the server could be told the password.
    pub has_no_input: bool,
    /// What a new file needs; nothing where the world has none.
    pub random: Option<[u8; RANDOM]>,
}

/// What stands in the place of the keystore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Nothing,
    /// Something that nobody here can read.
    Unknown,
    Unreadable(Unreadable),
    /// That of the other product, which has this name for it.
    Other(String),
    /// A keystore in that format that was not opened, as nothing asks for that or there is no password.
    Closed {
        format: Format,
        is_protected: bool,
    },
    /// `KEYSTORE_PASSWORD` does not open it.
    WrongPassword,
    Open(Keystore),
}

/// An entry that a variable asks for.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    pub variable: String,
    pub key: String,
    pub value: String,
    /// It takes the place of another value. The first password of `elastic` never does, as with the official entrypoint:
    /// later it is changed in the cluster.
    pub replaces: bool,
}

impl fmt::Debug for Entry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Entry({}, {})", self.variable, self.key)
    }
}

impl fmt::Debug for KeystoreFacts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KeystoreFacts({}, {:?}, {:?})", self.path.display(), self.found, self.entries)
    }
}

/// The entries that the keystore lacks.
pub(crate) fn missing<'a>(entries: &'a [Entry], found: &Found) -> Vec<&'a Entry> {
    let is_missing = |entry: &&Entry| match found {
        Found::Nothing => true,
        Found::Open(keystore) => match keystore.entries.get(&entry.key) {
            None => true,
            Some(value) => entry.replaces && value != entry.value.as_bytes(),
        },
        _ => false,
    };
    entries.iter().filter(is_missing).collect()
}

impl KeystoreFacts {
    /// The entries that it lacks.
    pub fn missing(&self) -> Vec<&Entry> {
        missing(&self.entries, &self.found)
    }

    /// The keystore with them; nothing where it is not open, or it is not known how to make one.
    pub(crate) fn complete(&self, generation: &Generation) -> Option<Keystore> {
        let mut keystore = match &self.found {
            Found::Open(keystore) => keystore.clone(),
            Found::Nothing => {
                Keystore::new(Format::of(generation.keystore_formats.0)?, self.random.as_ref()?)
            }
            _ => return None,
        };
        for entry in self.missing() {
            keystore.entries.set(&entry.key, entry.value.as_bytes());
            keystore.payload.clear();
        }
        Some(keystore)
    }

    /// Its file; nothing where it is not known how to write it.
    pub(crate) fn with_missing(&self, generation: &Generation) -> Option<Vec<u8>> {
        let random = self.random.as_ref()?;
        let keystore = self.complete(generation)?;
        Some(keystore.write(generation.keystore?, self.password.as_deref().unwrap_or_default(), random))
    }
}
