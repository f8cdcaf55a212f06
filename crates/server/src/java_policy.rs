//! `java.policy`: parse, judge, patch. Pure: texts and facts about paths in, texts and findings out.
//!
//! The JVM reads a policy file all or nothing: after one syntax error none of its grants counts, also those
//! before the error, and the server still starts. So nothing is written here that was not read back.

pub mod block;
pub mod check;
pub mod coverage;
pub mod grant;
pub mod location;
pub mod syntax;
pub mod target;

pub use block::{Unpatchable, file_text, patch, range};
pub use check::{Context, check, named_paths};
pub use coverage::{covers, not_granted};
pub use grant::{Grant, Kind, Permissions, Request, permissions, requested};
pub use location::candidates;
pub use target::{OwnPolicy, Target, not_consulted, not_writable, own_policy};

#[cfg(test)]
mod tests;
