//! YAML as events with byte ranges. The only crate that knows the parser.

#![forbid(unsafe_code)]

mod events;

pub use events::{Entry, Expectation, Node, Refusal, Style, read};
