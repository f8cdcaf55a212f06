//! Settings judged for one generation.

pub mod blanks;
pub mod catalogue;
mod check;
pub mod kinds;
pub mod life;
pub mod overlay;
#[cfg(test)]
pub(crate) mod samples;
mod shape;

pub use check::{check, of_rendering};
