//! Booleans as each generation reads them.
