//! YAML as events with byte ranges, and as a tree of them. The only crate that knows the parser.

#![forbid(unsafe_code)]

mod build;
mod entry;
mod events;
mod node;
mod plain;
mod tree;

pub use build::parse;
pub use entry::{Entry, EventKind, Style};
pub use events::{Expectation, Refusal, read};
pub use node::Node;
pub use tree::{Kind, Properties, Tree};
