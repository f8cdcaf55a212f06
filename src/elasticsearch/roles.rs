//! Which roles a node has.
