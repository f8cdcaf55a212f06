//! Arguments and environment in the form of execve(2): arrays of pointers to texts that end with a NUL.

#![expect(unsafe_code, reason = "this is where the kernel is called; each block says why it is sound")]

use std::ffi::{CStr, CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use nix::errno::Errno;
use nix::libc;

/// The texts `NAME=VALUE` that this process was started with.
fn environment_pointers() -> impl Iterator<Item = *const libc::c_char> {
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    // SAFETY: the C library keeps this list of texts, which ends with a null pointer, and nobody in this process
    // changes its environment. The list itself is null where there is none.
    let mut next = unsafe { environ };
    std::iter::from_fn(move || {
        if next.is_null() {
            return None;
        }
        // SAFETY: as above: not past the null pointer, because nothing is read after it.
        let pointer = unsafe { *next };
        next = if pointer.is_null() { std::ptr::null() } else { next.wrapping_add(1) };
        (!pointer.is_null()).then_some(pointer)
    })
}

/// The variables that this process was started with and whose names begin with one of the prefixes; no others are
/// copied. The order is that of environ(7), and a name may come twice.
pub fn own_variables(prefixes: &[&str]) -> Vec<(OsString, OsString)> {
    environment_pointers()
        .filter_map(|pointer| {
            // SAFETY: the pointer is to a live text that ends with a NUL.
            let text = unsafe { CStr::from_ptr(pointer) }.to_bytes();
            let end = text
                .iter()
                .position(|byte| *byte == b'=')
                .filter(|_| prefixes.iter().any(|prefix| text.starts_with(prefix.as_bytes())))?;
            let word = |bytes| OsStr::from_bytes(bytes).to_owned();
            Some((word(&text[..end]), word(&text[end + 1..])))
        })
        .collect()
}

/// A list of texts as execve(2) takes it, ending with a null pointer.
#[derive(Debug)]
pub(crate) struct CStringArray {
    /// What the pointers point to; empty for the environment that this process was started with.
    #[expect(dead_code, reason = "owns what the pointers point to")]
    texts: Vec<CString>,
    pointers: Vec<*const libc::c_char>,
}

impl CStringArray {
    /// A list of these; texts with a NUL inside are refused.
    pub(crate) fn new(texts: Vec<Vec<u8>>) -> Result<Self, Errno> {
        let texts: Vec<CString> =
            texts.into_iter().map(CString::new).collect::<Result<_, _>>().map_err(|_| Errno::EINVAL)?;
        let pointers = texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect();
        Ok(Self { texts, pointers })
    }

    /// An environment of these variables.
    pub(crate) fn environment(variables: &[(OsString, OsString)]) -> Result<Self, Errno> {
        Self::new(
            variables
                .iter()
                .map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes()].concat())
                .collect(),
        )
    }

    /// The environment that this process was started with, without a copy of the texts.
    pub(crate) fn own_environment() -> Self {
        Self { texts: Vec::new(), pointers: environment_pointers().chain([std::ptr::null()]).collect() }
    }

    /// The value of a variable, where this is an environment.
    pub(crate) fn variable(&self, name: &[u8]) -> Option<&[u8]> {
        self.pointers.iter().filter(|pointer| !pointer.is_null()).find_map(|pointer| {
            // SAFETY: every pointer but the last is to a live text that ends with a NUL.
            let text = unsafe { CStr::from_ptr(*pointer) }.to_bytes();
            text.strip_prefix(name)?.strip_prefix(b"=")
        })
    }
}

/// Replaces this process by the program; returns only when that failed.
pub(crate) fn execute(path: &CStr, arguments: &CStringArray, environment: &CStringArray) -> Errno {
    // SAFETY: an array ends with a null pointer and owns the texts that it points to.
    unsafe { libc::execve(path.as_ptr(), arguments.pointers.as_ptr(), environment.pointers.as_ptr()) };
    Errno::last()
}
