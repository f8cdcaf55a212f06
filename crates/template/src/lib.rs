//! A template and an environment in, a file and its settings out. It knows no server. Pure.
//!
//! [`placeholder`] finds placeholders, [`evaluate`] gives them their texts, [`yaml`] and [`text`] put these into the file in
//! a way that no value can change its structure, and [`problem`] says where something is wrong.

#![forbid(unsafe_code)]

mod beaten;
mod brackets;
mod collect;
mod damage;
mod environment;
mod evaluate;
mod foreign;
mod format;
mod frame;
mod placeholder;
mod problem;
mod render;
mod rendered;
mod scalar;
mod secret;
mod service_links;
mod settings;
mod text;
mod token;
mod unescape;
mod yaml;

pub use beaten::{Beaten, beaten};
pub use damage::{Destination, damages};
pub use environment::{
    Content, Environment, Origin, Question, Variable, is_source_of_derived, set_from_file, value_files,
};
pub use evaluate::unusable;
pub use format::Format;
pub use render::{BYTE_ORDER_MARK, has_placeholders, inspect, referenced_names, render};
pub use rendered::{Inspected, LIMIT, Rendered, Template, Use, ValueFrom};
pub use secret::has_password;
pub use service_links::{is_of_service, is_service_link};
pub use settings::{Item, Layer, Misplaced, Nested, Repeated, Scalar, Setting, Settings, Syntax};
pub use yaml::tree;
