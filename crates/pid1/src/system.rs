//! The system calls that the supervision needs, each behind a safe function. They go to the kernel directly: the C
//! libraries hide the signals 32 to 34 from their callers, and change credentials for threads that do not exist here.

use nix::errno::Errno;
use nix::libc;

mod cstrings;
mod descriptors;
mod processes;
mod signals;

pub use cstrings::own_variables;
pub(crate) use cstrings::{CStringArray, execute};
pub(crate) use descriptors::{close_inherited, is_open, read_small, write_without_waiting};
pub(crate) use processes::{
    ExitStatus, Pid, Reaped, become_subreaper, children, children_of, has_exited, own_pid, processes, reap,
    set_name, set_no_new_privileges, set_parent_death_signal,
};
pub use processes::{filters_system_calls, keep_memory_private};
pub(crate) use signals::{
    Disposition, Received, disposition, exit_on, exit_on_outside, forward, kill, reset_dispositions,
    set_disposition, set_mask, suspend, wait,
};

/// The result of a system call, or the reason why it failed.
fn succeeded(result: libc::c_long) -> Result<libc::c_long, Errno> {
    if result == -1 { Err(Errno::last()) } else { Ok(result) }
}
