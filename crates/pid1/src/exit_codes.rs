//! The exit codes of this process that are neither the child's nor the caller's; they are those of POSIX shells, see
//! the section "Exit Status for Commands" of the Shell Command Language.

/// The program was found but cannot be executed.
pub(crate) const CANNOT_EXECUTE: u8 = 126;
/// The program was not found; also where the exit status of the child is lost.
pub(crate) const NOT_FOUND: u8 = 127;
/// Added to the number of the signal that ended a process, as shells do.
pub(crate) const BY_SIGNAL: u8 = 128;
