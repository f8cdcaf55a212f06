//! The environment as typed inputs: which variable has which value, where it came from, and whether it may be shown.
//!
//! Pure: `main` hands over the variables once, and the texts of `NAME_FILE` files after reading them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use diagnostics::is_secret_name;

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
    /// `env/service-link` does not refuse the start: such values are used.
    pub links_are_values: bool,
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

/// Names that are looked up although no template refers to them: other values are derived from these.
const SOURCES_OF_DERIVED: [&str; 4] = ["MASTER_COUNT", "MASTER_STATEFULSET", "POD_NAME", "POD_NAMESPACE"];

/// The variables of the process. Names that are not UTF-8 cannot be referred to and are left out.
pub fn variables(environment: &[(OsString, OsString)]) -> Variables {
    let mut variables = Variables::default();
    for (name, value) in environment {
        let Some(name) = name.to_str() else { continue };
        let content = match value.to_str() {
            Some(text) => Content::Text(text.to_owned()),
            None => Content::NotUtf8,
        };
        let secret = is_secret_name(name);
        variables.set(name, Variable { content, origin: Origin::Environment, secret });
    }
    variables
}

/// The files to read for the referenced names: `(NAME, path)` where `NAME` is unset and `NAME_FILE` has a value.
/// Where both are set the variable becomes an error for whoever refers to it.
pub fn value_files(variables: &mut Variables, referenced: &BTreeSet<String>) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let sources = SOURCES_OF_DERIVED.iter().map(|name| (*name).to_owned());
    let mut names = referenced.clone();
    names.extend(sources);
    for name in names {
        let Some(path) = variables.text(&format!("{name}_FILE")).filter(|path| !path.is_empty()) else {
            continue;
        };
        if variables.get(&name).is_some() {
            let origin = Origin::Environment;
            variables.set(&name, Variable { content: Content::BothFileAndValue, origin, secret: true });
        } else {
            files.push((name, path.to_owned()));
        }
    }
    files
}

/// Sets a variable from its file: exactly one trailing newline goes.
pub fn set_from_file(variables: &mut Variables, name: &str, path: &str, read: Result<Vec<u8>, String>) {
    let unreadable = |reason: String| Content::UnreadableFile { path: path.to_owned(), reason };
    let content = match read {
        Err(reason) => unreadable(reason),
        Ok(mut bytes) => {
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            }
            match String::from_utf8(bytes) {
                Ok(text) => Content::Text(text),
                Err(_) => unreadable("is not UTF-8 text".into()),
            }
        }
    };
    variables.set(name, Variable { content, origin: Origin::File(path.to_owned()), secret: true });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_files_are_read_only_for_unset_names() {
        let mut variables: Variables =
            [("A_FILE", "/a"), ("B", "x"), ("B_FILE", "/b"), ("C_FILE", ""), ("D_FILE", "/d")]
                .into_iter()
                .collect();
        let names = ["A", "B", "C"].map(String::from).into_iter().collect();
        assert_eq!(value_files(&mut variables, &names), [("A".to_owned(), "/a".to_owned())]);
        assert_eq!(variables.get("B").unwrap().content, Content::BothFileAndValue);
        set_from_file(&mut variables, "A", "/a", Ok(b"secret\n\n".to_vec()));
        assert_eq!(variables.text("A"), Some("secret\n"));
        assert!(variables.get("A").unwrap().secret);
        set_from_file(&mut variables, "A", "/a", Ok(b"\xff".to_vec()));
        assert_eq!(
            variables.get("A").unwrap().content,
            Content::UnreadableFile { path: "/a".into(), reason: "is not UTF-8 text".into() }
        );
    }
}
