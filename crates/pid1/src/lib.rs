//! The process side: signals, spawning, reaping, privileges, the report of a death. The only place with `unsafe`.
//!
//! The order of a life: [`block_signals_first!`] blocks all signals before `main`; [`Preparation`] lets a stop signal end us while
//! files are prepared; [`run`] (or [`run_then_reexec`], which first sheds the memory of the preparation) starts the child and
//! stays with it. Before the spawn every problem ends us, after it nothing does but the child's end.

mod idle;
pub mod log;
mod preparation;
pub mod privileges;
mod reexec;
mod report;
mod run;
pub mod signals;
mod spawn;
mod supervision;
mod system;
mod terminal;
#[cfg(all(panic = "abort", target_env = "musl"))]
mod unwind;
mod watch;

pub use preparation::{Preparation, block_signals_first, output_was_closed, restore_inherited_signals};
pub use run::{Image, resume, run, run_in_own_environment, run_then_reexec};
pub use supervision::{Delivery, Supervision};
pub use system::own_variables;

/// Makes [`block_signals_first`] run before `main`, in the binary that states it (tests do not want it).
#[macro_export]
macro_rules! block_signals_first {
    () => {
        #[used]
        #[expect(
            unsafe_code,
            reason = "a function that needs nothing but the kernel may run before the runtime"
        )]
        #[unsafe(link_section = ".init_array")]
        static BLOCK_SIGNALS_FIRST: extern "C" fn() = $crate::block_signals_first;
    };
}
