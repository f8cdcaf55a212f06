//! Findings: what is wrong, where, why it matters and what to do, and the forms in which that is written.
//!
//! It knows nothing of templates, settings or processes, and depends on nothing. Log lines are no findings (the binary
//! writes those), and neither are usage errors of the command line.

#![forbid(unsafe_code)]

mod baseline;
mod change;
pub mod codes;
mod finding;
mod github;
mod human;
mod json;
mod levels;
pub mod order;
pub mod page;
mod printable;
mod report;
#[cfg(test)]
mod samples;
mod sarif;
mod secret_name;
mod secrets;
mod source;
mod suggest;

pub use baseline::Baseline;
pub use change::{Change, changes};
pub use finding::{Details, Edit, Finding, Severity, sort};
pub use human::text as human;
pub use json::{Json, json_string};
pub use levels::{Level, Levels};
pub use page::inflated;
pub use printable::{is_unprintable, printable};
pub use report::{MessageFormat, text};
pub use sarif::Run;
pub use secret_name::{is_secret_name, names_secret};
pub use secrets::Secrets;
pub use source::{Location, Map, Source, Span, Within};
pub use suggest::nearest;
