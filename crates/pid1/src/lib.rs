//! The process side: signals, spawning, reaping, privileges, the report of a death. The only crate with `unsafe`.
//!
//! In the order of time: [`block_signals_first!`] blocks all signals before `main`. [`Preparation`] lets a stop signal
//! end the process while files are prepared. [`run()`] starts the child and watches it; [`run_then_reexec`] also frees
//! the memory of the preparation. Until the child runs every problem ends the process, from then on only the child's
//! exit does.

#![warn(missing_docs)]

// What the caller says, and what happens to it.
mod preparation;
mod run;
mod supervision;

// Until the child runs.
mod child;
mod exec;
mod patience;
pub mod privileges;
mod random;
mod spawn;
mod start;
mod terminal;

// What a command starts that is no supervisor.
mod helper;

// While it runs, and after it exited.
mod idle;
mod linger;
mod oom;
mod orphans;
mod reap;
mod reexec;
mod report;
mod watch;

// What all of them use.
mod exit_codes;
pub mod log;
mod memory;
pub mod signals;
mod system;
mod threads;

#[cfg(all(panic = "abort", target_env = "musl"))]
mod unwind;

pub use child::Image;

pub use helper::{Event, Helper};
pub use memory::Memory;
pub use patience::is_answered;
pub use preparation::{Preparation, block_signals_first, output_was_closed, restore_inherited_signals};
pub use random::fill_randomly;
pub use run::{resume, run, run_in_own_environment, run_then_reexec};
pub use supervision::{Delivery, EarlyStop, Input, Start, Supervision, Watch};
pub use system::{filters_system_calls, keep_memory_private, own_variables};
pub use threads::share;
