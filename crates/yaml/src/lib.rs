//! YAML as events with byte ranges, and as a tree of them. The only crate that knows the parser.

#![forbid(unsafe_code)]

mod build;
mod entry;
mod events;
mod node;
mod plain;
mod tree;
mod words;

pub use build::parse;
pub use entry::{Entry, EventKind, Refusal, Style};
pub use events::{Expectation, read};
pub use node::Node;
pub use tree::{Kind, Properties, Tree};
pub use words::line_with;
