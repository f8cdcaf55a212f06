//! Settings judged for one generation.
