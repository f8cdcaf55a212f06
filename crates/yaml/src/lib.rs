//! YAML as events with byte ranges, and as a tree of them. The only crate that knows the parser.

#![forbid(unsafe_code)]

mod events;
mod node;

pub use events::{Entry, EventKind, Expectation, Refusal, Style, read};
pub use node::{Content, Node, Properties, parse};
