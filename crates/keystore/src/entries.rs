//! The entries, and how they stand in the encrypted part.

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::container::part;

/// What a keystore holds, by name. Names are those of settings; values are texts or files.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Entries(BTreeMap<Vec<u8>, Vec<u8>>);

/// The names only.
impl fmt::Debug for Entries {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.keys().map(|name| String::from_utf8_lossy(name))).finish()
    }
}

impl Entries {
    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name.as_bytes()).map(Vec::as_slice)
    }

    /// Adds an entry, or gives one another value.
    pub fn set(&mut self, name: &str, value: &[u8]) {
        self.0.insert(name.into(), value.into());
    }

    /// Names, values and their SHA-256, with which the server checks what its launcher hands on.
    pub fn summed(&self) -> impl Iterator<Item = (&[u8], &[u8], [u8; 32])> {
        self.0.iter().map(|(name, value)| (name.as_slice(), value.as_slice(), Sha256::digest(value).into()))
    }

    /// Reads what was encrypted; nothing where it is something else.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let count = u32::from_be_bytes(*take(&mut rest)?);
        let mut entries = BTreeMap::new();
        for _ in 0..count {
            let length = u16::from_be_bytes(*take(&mut rest)?);
            let name = part(&mut rest, usize::from(length))?.to_vec();
            let length = u32::from_be_bytes(*take(&mut rest)?);
            entries.insert(name, part(&mut rest, length as usize)?.to_vec());
        }
        rest.is_empty().then_some(Self(entries))
    }

    /// The bytes to encrypt.
    pub(crate) fn write(&self) -> Vec<u8> {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let mut bytes = u32::try_from(self.0.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
        for (name, value) in &self.0 {
            bytes.extend_from_slice(&u16::try_from(name.len()).unwrap_or(u16::MAX).to_be_bytes());
            bytes.extend_from_slice(name);
            bytes.extend_from_slice(&length(value).to_be_bytes());
            bytes.extend_from_slice(value);
        }
        bytes
    }
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (part, others) = rest.split_first_chunk()?;
    *rest = others;
    Some(part)
}
