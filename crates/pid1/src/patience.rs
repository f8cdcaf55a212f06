//! Questions that may never be answered: a call on the file system of a server that is gone does not return, and no
//! signal ends the wait of every kind of it. A child asks first; it can be left behind.

#![expect(unsafe_code, reason = "fork has no safe form; each block says why it is sound")]

use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::system;

/// Whether a question is answered within that time. It is asked in a child, whose answer is lost: ask again yourself.
/// Where there can be no child, it counts as answered.
pub fn is_answered(within: Duration, question: impl FnOnce()) -> bool {
    let Ok((end, held)) = nix::unistd::pipe() else { return true };
    // SAFETY: this process has one thread, so that the child may do everything that this process may.
    match unsafe { libc::fork() } {
        -1 => true,
        0 => {
            // One that hangs must not hold what others wait for: the end of our output, a mount, a lock.
            for stream in 0..3 {
                // SAFETY: takes numbers only; nothing in the child uses these streams.
                unsafe { libc::dup2(held.as_raw_fd(), stream) };
            }
            std::mem::forget((end, held));
            system::close_inherited();
            // SAFETY: takes numbers only. Nobody waits for the child once this process is gone.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            question();
            // SAFETY: ends the child without a return into what is the parent's: no destructor, no buffered output.
            unsafe { libc::_exit(0) }
        }
        child => {
            drop(held);
            let is_answered = closes(&end, within);
            if !is_answered {
                // SAFETY: takes numbers only; the child is not reaped yet, so that the number is its own.
                unsafe { libc::kill(child, libc::SIGKILL) };
            }
            // One that hangs in the kernel is reaped by the supervision, if it ever ends.
            let options = if is_answered { 0 } else { libc::WNOHANG };
            loop {
                // SAFETY: the null pointer says that the status is not wanted.
                let result = unsafe { libc::waitpid(child, std::ptr::null_mut(), options) };
                if result != -1 || Errno::last() != Errno::EINTR {
                    return is_answered;
                }
            }
        }
    }
}

/// Whether all other ends of the pipe are closed within that time.
fn closes(end: &OwnedFd, within: Duration) -> bool {
    let deadline = Instant::now() + within;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // Rounded up, so that the last turn does not spin.
        let left = PollTimeout::try_from(left.as_millis() + 1).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(end.as_fd(), PollFlags::POLLIN)], left) {
            Err(Errno::EINTR) if Instant::now() < deadline => {}
            Ok(ready) => return ready > 0,
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_answers_and_who_does_not() {
        assert!(is_answered(Duration::from_secs(60), || ()));
        let begun = Instant::now();
        assert!(!is_answered(Duration::from_millis(50), || loop {
            // SAFETY: takes nothing.
            unsafe { libc::pause() };
        }));
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
