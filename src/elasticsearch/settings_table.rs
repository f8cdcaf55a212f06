//! Which setting exists in which generation.
