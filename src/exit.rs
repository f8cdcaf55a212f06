//! The exit codes of the contract; numbers from sysexits.h where it has one.

/// All is well.
pub(crate) const OK: u8 = 0;
/// Wrong command line or variable (EX_USAGE).
pub(crate) const USAGE: u8 = 64;
/// A defect in this program (EX_SOFTWARE).
pub(crate) const SOFTWARE: u8 = 70;
/// The output cannot be created (EX_CANTCREAT).
pub(crate) const CANT_CREATE: u8 = 73;
/// Writing failed (EX_IOERR).
pub(crate) const IO_ERROR: u8 = 74;
/// At least one error finding (EX_CONFIG).
pub(crate) const CONFIG: u8 = 78;
