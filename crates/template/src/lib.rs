//! A template and an environment in, a file and its settings out. It knows no server. Pure.
//!
//! [`lexer`] finds placeholders, [`evaluate`] gives them their texts, [`yaml`] and [`text`] put these into the file in
//! a way that no value can change its structure, and [`report`] says where something is wrong.

#![forbid(unsafe_code)]

mod collect;
mod environment;
mod evaluate;
mod format;
mod frame;
mod lexer;
mod render;
mod report;
mod scalar;
mod settings;
mod text;
mod yaml;

pub use environment::{Content, Environment, Origin, Variable, set_from_file, value_files};
pub use evaluate::unusable;
pub use format::Format;
pub use render::{
    Inspected, LIMIT, Rendered, Source, Template, Use, has_placeholders, inspect, referenced_names, render,
};
pub use report::holds_secret;
pub use settings::{Setting, Settings, Value};
