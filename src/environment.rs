//! The environment as typed inputs: which variable has which value, where it came from, and whether it may be shown.
//!
//! Pure: `main` hands over the variables once, and the texts of `NAME_FILE` files after reading them.

use std::collections::BTreeMap;

/// Where a variable's value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The process environment.
    Environment,
    /// The file that `NAME_FILE` names.
    File(String),
    /// Computed by us; the text says from what, for instance `MASTER_COUNT`.
    Derived(String),
}

/// What a lookup gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Text(String),
    /// Set, but not UTF-8: a reference to it is an error.
    NotUtf8,
    /// `NAME` and `NAME_FILE` are both set.
    BothFileAndValue,
    /// `NAME_FILE` names a file that cannot be used; the reason never holds the content.
    UnreadableFile {
        path: String,
        reason: String,
    },
}

/// One variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub content: Content,
    pub origin: Origin,
    /// Never print the value.
    pub secret: bool,
}

/// All variables that templates may refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    map: BTreeMap<String, Variable>,
}

impl Variables {
    /// The variable, or nothing when it is unset.
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.map.get(name)
    }

    /// The value when it is set and readable text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match &self.get(name)?.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Sets a variable, replacing what was there.
    pub fn set(&mut self, name: impl Into<String>, variable: Variable) {
        self.map.insert(name.into(), variable);
    }

    /// Every variable in the order of its name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Variable)> {
        self.map.iter().map(|(name, variable)| (name.as_str(), variable))
    }

    /// The names in order, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.map.keys().map(String::as_str)
    }
}

/// Variables from name and text pairs, as plain environment values; for tests and benchmarks too.
impl<'a> FromIterator<(&'a str, &'a str)> for Variables {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(pairs: T) -> Self {
        let mut variables = Self::default();
        for (name, text) in pairs {
            variables.set(
                name,
                Variable {
                    content: Content::Text(text.to_owned()),
                    origin: Origin::Environment,
                    secret: is_secret_name(name),
                },
            );
        }
        variables
    }
}

/// Whether a variable's or setting's name says that its value is a secret: it contains, in any case, `PASSWORD`,
/// `PASSWD`, `SECRET`, `TOKEN` or `CREDENTIAL`, or has `KEY` as a word between underscores, dots or dashes.
pub fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "CREDENTIAL"].iter().any(|word| upper.contains(word))
        || upper.split(['_', '.', '-']).any(|word| word == "KEY")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_names() {
        for (name, secret) in [
            ("ELASTIC_PASSWORD", true),
            ("db_passwd", true),
            ("API_TOKEN_2", true),
            ("AWS_SECRET", true),
            ("CREDENTIALS", true),
            ("S3_KEY", true),
            ("KEY", true),
            ("KEY_ID", true),
            ("KEYSTORE", false),
            ("MONKEY", false),
            ("CLUSTER_NAME", false),
        ] {
            assert_eq!(is_secret_name(name), secret, "{name}");
        }
    }
}
