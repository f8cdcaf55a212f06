//! The disk: bounded reading of what may be anything, and writing that leaves the old or the new file, never a part.

pub mod read;
pub mod sources;
pub mod write;
