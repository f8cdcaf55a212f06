//! The controlling terminal: the child's process group has the foreground while it runs, see tcsetpgrp(3).

#![expect(
    unsafe_code,
    reason = "two questions to the terminal that no safe function asks; each says why it is sound"
)]

use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;

use nix::libc;

use crate::signals::{Signal, SignalSet};
use crate::system;

/// The controlling terminal, where there is one. Standard input may be something else.
fn open() -> Option<File> {
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOCTTY).open("/dev/tty").ok()
}

/// The controlling terminal, where the foreground is this process's group: only then may it be given to the child.
pub(crate) fn in_foreground() -> Option<File> {
    let terminal = open()?;
    // SAFETY: takes numbers only.
    let is_own = unsafe { libc::tcgetpgrp(terminal.as_raw_fd()) == libc::getpgrp() };
    is_own.then_some(terminal)
}

/// Takes the foreground back, so that the shell that started this process can read again.
pub(crate) fn take_back() {
    if let Some(terminal) = open() {
        // SAFETY: takes numbers only; TTOU is blocked, so a background group may ask.
        unsafe { libc::tcsetpgrp(terminal.as_raw_fd(), libc::getpgrp()) };
    }
}

/// Gives up the controlling terminal, for a child that makes it the terminal of its own session. Where this process
/// led the session, the kernel then sends it HUP and CONT in its own name, see `tty_ioctl`(4). Those are discarded; a
/// HUP from another process is returned.
pub(crate) fn give_up() -> Option<Signal> {
    let terminal = open()?;
    // SAFETY: takes numbers only.
    unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCNOTTY) };
    let sent = [Signal::HUP, Signal::CONT]
        .map(|signal| system::wait(SignalSet::of(&[signal]), Some(Duration::ZERO)));
    sent[0].filter(|hangup| !hangup.is_from_itself()).map(|_| Signal::HUP)
}
