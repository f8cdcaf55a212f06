//! Reading files that may be huge, missing, a FIFO, a device or a directory: bounded, and never waiting for anyone.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use node::Reason;

/// The largest file of manifests, in bytes.
pub(crate) const LARGEST_MANIFESTS: u64 = 64 * 1024 * 1024;

/// Files of the kernel say that they have 0 bytes: most have less than these, and are then read in one go.
const PAGE: usize = 4096;

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// Why it cannot be had, its absence included.
pub(crate) fn regular_file(path: &Path, limit: u64) -> Result<Vec<u8>, Reason> {
    let (file, size) = open_regular(path)?;
    if size > limit { Err(Reason::TooLarge(limit)) } else { bounded(file, size, limit) }
}

/// The last bytes of a regular file, at most that many.
///
/// # Errors
/// Why they cannot be had.
pub(crate) fn end_of_file(path: &Path, count: u64) -> Result<Vec<u8>, Reason> {
    let (mut file, size) = open_regular(path)?;
    file.seek(io::SeekFrom::Start(size.saturating_sub(count))).map_err(|error| reason(&error))?;
    bounded(file, size.min(count), count)
}

fn open_regular(path: &Path) -> Result<(File, u64), Reason> {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(nix::libc::O_NONBLOCK | nix::libc::O_CLOEXEC | nix::libc::O_NOCTTY)
        .open(path)
        .map_err(|error| reason(&error))?;
    let metadata = file.metadata().map_err(|error| reason(&error))?;
    let kind = metadata.file_type();
    if !kind.is_file() {
        return Err(if kind.is_dir() {
            Reason::Directory
        } else if kind.is_fifo() {
            Reason::Fifo
        } else if kind.is_socket() {
            Reason::Socket
        } else {
            Reason::Device
        });
    }
    Ok((file, metadata.len()))
}

/// Reads all of standard input, up to `limit` bytes.
///
/// # Errors
/// Why it cannot be had.
pub(crate) fn standard_input(limit: u64) -> Result<Vec<u8>, Reason> {
    let stdin = io::stdin();
    // A file was redirected: its size. A pipe has none.
    let size = nix::sys::stat::fstat(&stdin).ok().and_then(|it| u64::try_from(it.st_size).ok());
    bounded(stdin.lock(), size.unwrap_or(0).min(limit), limit)
}

fn bounded(source: impl Read, expected: u64, limit: u64) -> Result<Vec<u8>, Reason> {
    let expected = if expected == 0 { PAGE } else { usize::try_from(expected).unwrap_or(0) };
    let mut bytes = Vec::with_capacity(expected + 1);
    source.take(limit + 1).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
    if bytes.len() as u64 > limit {
        return Err(Reason::TooLarge(limit));
    }
    Ok(bytes)
}

/// An error of the system as a reason.
pub(crate) fn reason(error: &io::Error) -> Reason {
    match error.kind() {
        io::ErrorKind::NotFound => Reason::Missing,
        io::ErrorKind::PermissionDenied => Reason::PermissionDenied,
        io::ErrorKind::IsADirectory => Reason::Directory,
        io::ErrorKind::NotADirectory => Reason::BelowFile,
        _ if error.raw_os_error() == Some(nix::libc::ENXIO) => Reason::SocketOrDevice,
        _ => Reason::System(system_words(error)),
    }
}

/// The words of the C library for an error, without Rust's `(os error N)`.
pub(crate) fn system_words(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => nix::errno::Errno::from_raw(number).desc().to_ascii_lowercase(),
        None => error.kind().to_string(),
    }
}

/// The first `limit` bytes of a small system file, as text; empty when it cannot be read.
pub(crate) fn system_text(path: &str, limit: u64) -> String {
    lossy(system_bytes(path, limit))
}

/// The same as bytes.
pub(crate) fn system_bytes(path: &str, limit: u64) -> Vec<u8> {
    // A mounted FIFO has nothing to say, and shall not keep us waiting.
    let flags = nix::libc::O_NONBLOCK | nix::libc::O_NOCTTY;
    let Ok(file) = OpenOptions::new().read(true).custom_flags(flags).open(path) else { return Vec::new() };
    let mut bytes = Vec::with_capacity(PAGE);
    let _ = file.take(limit).read_to_end(&mut bytes);
    bytes
}

/// The text of bytes; what is no UTF-8 is replaced. Nearly always there is nothing to replace and nothing to copy.
pub(crate) fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
