//! The controlling terminal: lent to the child's process group while it runs, taken back when it ends.

#![expect(
    unsafe_code,
    reason = "two questions to the terminal that no safe function asks; each says why it is sound"
)]

use crate::signals::{Signal, SignalSet};
use crate::system;
use nix::libc;
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;

/// The controlling terminal, when there is one; standard input may be something else.
fn open() -> Option<File> {
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOCTTY).open("/dev/tty").ok()
}

/// The controlling terminal, only while our process group has the foreground: nothing else may be given away.
pub(crate) fn in_foreground() -> Option<File> {
    let terminal = open()?;
    // SAFETY: takes numbers only.
    let ours = unsafe { libc::tcgetpgrp(terminal.as_raw_fd()) == libc::getpgrp() };
    ours.then_some(terminal)
}

/// Takes the foreground back, so that who started us can read again.
pub(crate) fn take_back() {
    if let Some(terminal) = open() {
        // SAFETY: takes numbers only; TTOU is blocked, so a background group may ask.
        unsafe { libc::tcsetpgrp(terminal.as_raw_fd(), libc::getpgrp()) };
    }
}

/// Lets go of the controlling terminal, for a child that makes it the terminal of its own session. Where we led the
/// session the kernel then sends us HUP and CONT in our own name, which nobody sent on purpose; somebody else's HUP is given back.
pub(crate) fn give_up() -> Option<Signal> {
    let terminal = open()?;
    // SAFETY: takes numbers only.
    unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCNOTTY) };
    let sent = [Signal::HUP, Signal::CONT]
        .map(|signal| system::wait(SignalSet::of(&[signal]), Some(Duration::ZERO)));
    sent[0].filter(|hangup| !hangup.is_our_own()).map(|_| Signal::HUP)
}
