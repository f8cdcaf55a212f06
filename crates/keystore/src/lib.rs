//! The keystore of Elasticsearch and OpenSearch, `elasticsearch.keystore`: bytes in, entries out, and back. Pure: whoever
//! writes one brings the random bytes.
//!
//! What is known of the format comes from files that the distributions' own tools wrote, which are read in the tests.

#![warn(missing_docs)]

mod container;
mod entries;
mod keystore;
mod sealed;

pub use container::{Container, Unreadable};
pub use entries::Entries;
pub use keystore::{Keystore, RANDOM, WrongPassword};
pub use sealed::Format;
