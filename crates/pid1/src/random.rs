//! Random bytes of the kernel.

#![expect(unsafe_code, reason = "getrandom(2) has no safe form in the libraries that are here")]

use nix::libc;

/// Fills with random bytes, see getrandom(2); false where the kernel gives none.
pub fn fill_randomly(bytes: &mut [u8]) -> bool {
    // Requests of up to 256 bytes are answered whole.
    bytes.chunks_mut(256).all(|part| {
        // SAFETY: a live slice of that length.
        let count = unsafe { libc::getrandom(part.as_mut_ptr().cast(), part.len(), 0) };
        usize::try_from(count) == Ok(part.len())
    })
}
