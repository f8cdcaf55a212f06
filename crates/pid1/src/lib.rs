//! The process side: signals, spawning, reaping, privileges, the report of a death. The only place with `unsafe`.
//!
//! The order of a life: [`first_act!`] blocks all signals before `main`; [`Preparation`] lets a stop signal end us while
//! files are prepared; [`run`] (or [`run_anew`], which first sheds the memory of the preparation) starts the child and
//! stays with it. Before the spawn every problem ends us, after it nothing does but the child's end.

mod anew;
mod idle;
pub mod log;
pub mod privileges;
mod report;
mod run;
pub mod signals;
mod spawn;
mod start;
mod supervision;
mod system;
mod terminal;
#[cfg(all(panic = "abort", target_env = "musl"))]
mod unwind;
mod watch;

pub use run::{Program, run, run_anew, run_in_own_environment, second_life};
pub use start::{Preparation, act_like_a_tool, first_act, output_was_closed};
pub use supervision::{Delivery, Supervision};
pub use system::own_variables;

/// Makes [`first_act`] run before `main`, in the binary that states it (tests do not want it).
#[macro_export]
macro_rules! first_act {
    () => {
        #[used]
        #[expect(
            unsafe_code,
            reason = "a function that needs nothing but the kernel may run before the runtime"
        )]
        #[unsafe(link_section = ".init_array")]
        static FIRST_ACT: extern "C" fn() = $crate::first_act;
    };
}
