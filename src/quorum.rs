//! The arithmetic of majorities and its rules. Pure.

mod arithmetic;

pub use arithmetic::{Table, majority, table};
