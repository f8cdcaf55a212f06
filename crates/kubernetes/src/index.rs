//! The one index of this crate.

use std::collections::HashMap;

/// Places in a list by name. All use this one type: each costs room in the binary.
pub(crate) type Places = HashMap<String, Vec<usize>>;
