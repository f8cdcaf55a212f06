//! Settings judged for one generation.

pub mod blanks;
pub mod catalogue;
mod check;
pub mod kinds;
pub mod life;
mod lists;
mod measured;
mod migration;
mod old_yaml;
pub mod overlay;
mod ports;
mod role_booleans;
#[cfg(test)]
pub(crate) mod samples;
mod shape;
mod structure;
mod unknown;
mod values;

pub use check::check;
pub use migration::{is_as_meant, mechanical};
pub use values::processors;
