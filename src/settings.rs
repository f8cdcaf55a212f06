//! The settings of a rendered `elasticsearch.yml`, flattened to dotted keys, each with its place in the template.
//!
//! A data model only: [`crate::template`] fills it, [`crate::quorum`] and [`crate::elasticsearch`] judge it.

use crate::finding::Place;

/// What a setting holds. Elasticsearch turns every scalar into text; the text here is what it would read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `key:`, `key: null` or `key: ~`.
    Null,
    /// A scalar after unquoting; `quoted` says whether it stood in quotes or in a block scalar, which keeps
    /// YAML from reading it as a boolean or number.
    Scalar { text: String, quoted: bool },
    /// A list of scalars (nested structures inside lists are flattened with their index as a key part).
    List(Vec<String>),
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Dotted key, nested mappings joined: `discovery.zen.minimum_master_nodes`.
    pub key: String,
    pub value: Value,
    /// Place of the value (of the placeholder where it is exactly one) in the template the user wrote.
    pub place: Place,
    /// The variable whose value or default alone determines this setting.
    pub variable: Option<String>,
    /// Every variable that the value refers to.
    pub variables: Vec<String>,
    /// The value must not be shown: it comes from a secret variable or the key names a secret.
    pub secret: bool,
}

/// All settings of one file, in the order of the file, duplicates included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub entries: Vec<Setting>,
}

impl Settings {
    /// The last entry of that key: Elasticsearch below 6 lets the last one win.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.entries.iter().rev().find(|entry| entry.key == key)
    }

    /// The text of a scalar setting that is neither null nor empty.
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.value {
            Value::Scalar { text, .. } if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether the setting has a value that is not null, empty text or an empty list.
    pub fn is_set(&self, key: &str) -> bool {
        match self.get(key).map(|entry| &entry.value) {
            Some(Value::Scalar { text, .. }) => !text.is_empty(),
            Some(Value::List(items)) => items.iter().any(|item| !item.is_empty()),
            Some(Value::Null) | None => false,
        }
    }
}
