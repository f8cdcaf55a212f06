//! The settings of a rendered `elasticsearch.yml`, flattened to dotted keys, each with its place in the template.
//!
//! A data model only: [`crate::template`] fills it, [`crate::quorum`] and [`crate::elasticsearch`] judge it.

use diagnostics::{Finding, Place};

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
    /// The places of a list's items.
    pub item_places: Vec<Place>,
    /// The variable whose value or default alone determines this setting.
    pub variable: Option<String>,
    /// Every variable that the value refers to.
    pub variables: Vec<String>,
    /// The value must not be shown: it comes from a secret variable or the key names a secret.
    pub secret: bool,
}

impl Setting {
    /// The text when it is a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether there is a value that is not null, empty text or an empty list.
    pub fn is_set(&self) -> bool {
        match &self.value {
            Value::Scalar { text, .. } => !text.is_empty(),
            Value::List(items) => items.iter().any(|item| !item.is_empty()),
            Value::Null => false,
        }
    }

    /// The items of a list, or of a text with commas, as the server splits it; without blanks and empty ones.
    pub fn items(&self) -> Vec<&str> {
        match &self.value {
            Value::Scalar { text, .. } => split(text).collect(),
            Value::List(items) => items.iter().flat_map(|item| split(item)).collect(),
            Value::Null => Vec::new(),
        }
    }

    /// Where the first item of a list is that holds what is `meant`; of everything else, the place of the value.
    pub fn place_of(&self, meant: impl Fn(&str) -> bool) -> &Place {
        let position = match &self.value {
            Value::List(items) => items.iter().position(|item| split(item).any(&meant)),
            _ => None,
        };
        position.and_then(|index| self.item_places.get(index)).unwrap_or(&self.place)
    }

    /// The text for a message: nothing when it must not be shown, or when it is too long or too odd to help.
    pub fn shown_text(&self) -> Option<&str> {
        let is_fit =
            |text: &&str| text.len() <= 100 && !text.contains(char::is_control) && !text.contains('`');
        self.text().filter(|_| !self.secret).filter(is_fit)
    }

    /// The finding with the place, the setting and the variable of this one.
    #[must_use]
    pub fn finding(&self, finding: Finding) -> Finding {
        let finding = finding.at(self.place.clone()).setting(&self.key);
        match &self.variable {
            Some(variable) => finding.variable(variable),
            None => finding,
        }
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
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
        self.get(key).is_some_and(Setting::is_set)
    }
}
