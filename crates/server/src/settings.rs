//! Settings judged for one generation.

mod check;
pub mod kinds;
pub mod overlay;
#[cfg(test)]
pub(crate) mod samples;
mod table;

pub use check::check;
