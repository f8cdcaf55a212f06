//! The file around the encrypted entries: a header and a footer as Lucene writes them, and lengths between.

use std::fmt;

use crate::sealed::Format;

const HEADER: [u8; 4] = [0x3f, 0xd7, 0x6c, 0x17];
/// With the number of the checksum's algorithm.
const FOOTER: [u8; 8] = [0xc0, 0x28, 0x93, 0xe8, 0, 0, 0, 0];
const CHECKSUM: usize = 8;
/// How many random bytes salt and nonce of a file take.
pub(crate) const SALT: usize = 64;
pub(crate) const NONCE: usize = 12;

/// Why a file is no keystore that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It does not begin like one.
    Other,
    /// It ends too early, has more than it says, or another checksum.
    Damaged,
    /// Of a format that is not known here.
    Format(u32),
}

/// A keystore whose entries are still encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Container<'a> {
    /// In which format it is.
    pub format: Format,
    /// It has a password.
    pub is_protected: bool,
    /// The product's name for it, `elasticsearch.keystore`.
    pub name: &'a str,
    pub(crate) salt: &'a [u8],
    pub(crate) nonce: &'a [u8],
    pub(crate) sealed: &'a [u8],
}

impl fmt::Debug for Container<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Container({}, {:?}, {})", self.name, self.format, self.is_protected)
    }
}

impl<'a> Container<'a> {
    /// Reads what is not encrypted.
    ///
    /// # Errors
    /// Why that is no keystore.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        let mut rest = bytes.strip_prefix(&HEADER).ok_or(Unreadable::Other)?;
        let length = take(&mut rest, 1)?.first().copied().unwrap_or_default();
        let name = std::str::from_utf8(take(&mut rest, usize::from(length))?).unwrap_or_default();
        if !name.ends_with(".keystore") {
            return Err(Unreadable::Other);
        }
        let number = number(&mut rest, false)?;
        let format = Format::of(number).ok_or(Unreadable::Format(number))?;
        let is_protected = take(&mut rest, 1)? != [0];
        let end = rest.len().checked_sub(FOOTER.len() + CHECKSUM).ok_or(Unreadable::Damaged)?;
        let (mut payload, footer) = rest.split_at(end);
        let summed = bytes.get(..bytes.len() - CHECKSUM).unwrap_or_default();
        let sum = u64::from(checksum(summed)).to_be_bytes();
        if footer.strip_prefix(&FOOTER) != Some(&sum) {
            return Err(Unreadable::Damaged);
        }
        let is_whole = self::number(&mut payload, format.is_little_endian)? as usize == payload.len();
        let mut part = || {
            let length = self::number(&mut payload, format.is_little_endian)?;
            take(&mut payload, length as usize)
        };
        let (salt, nonce, sealed) = (part()?, part()?, part()?);
        if !is_whole || !payload.is_empty() || nonce.len() != NONCE {
            return Err(Unreadable::Damaged);
        }
        Ok(Self { format, is_protected, name, salt, nonce, sealed })
    }

    fn number(&self, length: usize) -> [u8; 4] {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        if self.format.is_little_endian { length.to_le_bytes() } else { length.to_be_bytes() }
    }

    /// What stands between header and footer, without its length.
    pub(crate) fn payload(&self) -> Vec<u8> {
        let parts = [self.salt, self.nonce, self.sealed];
        parts
            .iter()
            .flat_map(|part| self.number(part.len()).into_iter().chain(part.iter().copied()))
            .collect()
    }

    /// The file.
    pub(crate) fn write(&self) -> Vec<u8> {
        let Self { format, is_protected, name, .. } = self;
        let payload = self.payload();
        let mut bytes = HEADER.to_vec();
        bytes.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(&format.number.to_be_bytes());
        bytes.push(u8::from(*is_protected));
        bytes.extend_from_slice(&self.number(payload.len()));
        bytes.extend_from_slice(&payload);
        bytes.extend_from_slice(&FOOTER);
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&u64::from(sum).to_be_bytes());
        bytes
    }
}

/// Takes that many bytes from the beginning, where there are so many.
pub(crate) fn part<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (part, others) = rest.split_at_checked(length)?;
    *rest = others;
    Some(part)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Unreadable> {
    part(rest, length).ok_or(Unreadable::Damaged)
}

fn number(rest: &mut &[u8], is_little_endian: bool) -> Result<u32, Unreadable> {
    let bytes: [u8; 4] = take(rest, 4)?.try_into().map_err(|_| Unreadable::Damaged)?;
    Ok(if is_little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
}

/// CRC-32 as in gzip; the files are a few hundred bytes.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}
