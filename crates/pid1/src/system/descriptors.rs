//! Descriptors: what is open, and reading and writing without ever waiting.

#![expect(unsafe_code, reason = "this is where the kernel is called; each block says why it is sound")]

use std::ffi::CStr;

use nix::errno::Errno;
use nix::libc;

use super::succeeded;

/// Whether that descriptor is open.
pub(crate) fn is_open(descriptor: libc::c_int) -> bool {
    // SAFETY: takes numbers only.
    unsafe { libc::fcntl(descriptor, libc::F_GETFD) != -1 }
}

/// Closes all descriptors from 3 on.
pub(crate) fn close_inherited() {
    // SAFETY: nothing in this process uses a descriptor above 2 any more, and none is owned by a live value.
    let result = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
    if succeeded(result).is_err() {
        // A kernel before 5.9: the descriptors are those of the directory, or at most these.
        let open: Vec<i32> = match std::fs::read_dir("/proc/self/fd") {
            Ok(entries) => {
                entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
            }
            Err(_) => (3..1024).collect(),
        };
        for descriptor in open.into_iter().filter(|descriptor| *descriptor > 2) {
            // SAFETY: as above; one that is closed already only gives an error.
            unsafe { libc::close(descriptor) };
        }
    }
}

/// Reads up to 4096 bytes of a file of the kernel's in one go.
pub(crate) fn read_small(path: &CStr) -> Option<String> {
    let mut bytes = [0_u8; 4096];
    // SAFETY: the path ends with a NUL, and the buffer has the length that is passed; the descriptor is closed here.
    let length = unsafe {
        let descriptor = libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NONBLOCK);
        if descriptor == -1 {
            return None;
        }
        let length = libc::read(descriptor, bytes.as_mut_ptr().cast(), bytes.len());
        libc::close(descriptor);
        usize::try_from(length).ok()?
    };
    Some(String::from_utf8_lossy(bytes.get(..length)?).into_owned())
}

/// Whether the descriptor takes bytes without waiting.
fn is_writable(descriptor: i32) -> bool {
    let mut poll = libc::pollfd { fd: descriptor, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one live structure, and the count says one.
    let ready = unsafe { libc::poll(&raw mut poll, 1, 0) };
    ready == 1 && poll.revents & libc::POLLOUT != 0 && poll.revents & (libc::POLLNVAL | libc::POLLERR) == 0
}

/// Writes without ever waiting, as far as the kernel can promise that; what cannot be written is lost.
pub(crate) fn write_without_waiting(descriptor: i32, bytes: &[u8]) {
    if !is_writable(descriptor) {
        return;
    }
    let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: one part that points to live bytes, which are only read; the offset -1 means the current position.
    let result = unsafe {
        libc::syscall(libc::SYS_pwritev2, descriptor, &raw const part, 1, -1, -1, libc::RWF_NOWAIT)
    };
    // Files and terminals do not know this flag. A terminal that takes only a part of the line would make this process
    // wait, so it is opened once more with O_NONBLOCK. Where that is not allowed, the poll above has to be enough.
    if let Err(Errno::EOPNOTSUPP | Errno::EINVAL | Errno::ENOSYS | Errno::ESPIPE) = succeeded(result) {
        // SAFETY: a path that ends with a NUL, numbers, live bytes and their number; only what is opened is closed.
        unsafe {
            let own = if libc::isatty(descriptor) == 1 {
                let flags = libc::O_WRONLY | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
                libc::open(c"/proc/self/fd/2".as_ptr(), flags)
            } else {
                -1
            };
            libc::write(if own == -1 { descriptor } else { own }, bytes.as_ptr().cast(), bytes.len());
            if own != -1 {
                libc::close(own);
            }
        }
    }
}
