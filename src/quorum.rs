//! The arithmetic of majorities and its rules. Pure.
