//! Findings: what is wrong, where, why it matters and what to do, and the forms in which that is written.
//!
//! It knows nothing of templates, settings or processes, and depends on nothing. Log lines are no findings (the binary
//! writes those), and neither are usage errors of the command line.

#![forbid(unsafe_code)]

pub mod codes;
mod finding;
mod levels;
mod report;
mod secret;
mod suggest;

pub use finding::{Finding, Place, Severity, json_string, sort};
pub use levels::{Level, Levels};
pub use report::{MessageFormat, is_unprintable, printable, push_member, summary, text};
pub use secret::is_secret_name;
pub use suggest::nearest;
