//! The environment as typed inputs: which variable has which value, where it came from, and whether it may be shown.
//!
//! Pure: `main` hands over the variables once, and the texts of `NAME_FILE` files after reading them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use diagnostics::is_secret_name;

use crate::quorum;

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

/// What the shell found out for [`derive`].
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    pub host_name: String,
    /// Content of the service account's `namespace` file, empty when there is none.
    pub service_account_namespace: String,
    /// The data directory holds a cluster's state already.
    pub bootstrapped: bool,
}

/// Fills in what follows from other variables, where it is unset or empty. What follows from a secret is one too, and
/// what follows from a variable that cannot be used cannot be used either.
pub fn derive(variables: &mut Variables, surroundings: &Surroundings) {
    if let Some(mut count) = source(variables, "MASTER_COUNT") {
        let masters: Option<u32> = match &count.content {
            Content::Text(text) => text.parse().ok().filter(|masters| *masters > 0),
            _ => None,
        };
        let secret = count.secret;
        if let (Some(masters), Content::Text(text)) = (masters, &mut count.content) {
            *text = quorum::majority(masters).to_string();
        }
        if masters.is_some() || !matches!(count.content, Content::Text(_)) {
            fill(variables, "MIN_MASTERS", count);
        }
        if !surroundings.bootstrapped
            && let Some(masters) = masters.filter(|masters| *masters <= LARGEST_STATEFULSET)
            && let Some(mut set) = source(variables, "MASTER_STATEFULSET")
        {
            if let Content::Text(name) = &mut set.content {
                let names: Vec<String> = (0..masters).map(|index| format!("{name}-{index}")).collect();
                *name = names.join(",");
                set.origin = Origin::Derived("MASTER_STATEFULSET and MASTER_COUNT".into());
                set.secret |= secret;
            }
            fill(variables, "INITIAL_MASTER_NODES", set);
        }
    }
    for (name, pod, else_from, otherwise) in [
        ("NODE_NAME", "POD_NAME", "the host name", &surroundings.host_name),
        ("NAMESPACE", "POD_NAMESPACE", "the service account", &surroundings.service_account_namespace),
    ] {
        let variable = source(variables, pod).unwrap_or_else(|| Variable {
            content: Content::Text(otherwise.trim().to_owned()),
            origin: Origin::Derived(else_from.to_owned()),
            secret: false,
        });
        fill(variables, name, variable);
    }
}

/// What would be derived from that variable as it is: without blanks around it, and never empty.
fn source(variables: &Variables, name: &str) -> Option<Variable> {
    let mut variable = variables.get(name)?.clone();
    variable.origin = Origin::Derived(name.to_owned());
    if let Content::Text(text) = &mut variable.content {
        *text = text.trim().to_owned();
        if text.is_empty() {
            return None;
        }
    }
    Some(variable)
}

/// Sets what is unset or empty.
fn fill(variables: &mut Variables, name: &str, variable: Variable) {
    let is_empty = |variable: &Variable| matches!(&variable.content, Content::Text(text) if text.is_empty());
    if variables.get(name).is_none_or(is_empty) && !is_empty(&variable) {
        variables.set(name, variable);
    }
}

/// More masters than any cluster has: a typing error must not make a list of a billion names.
const LARGEST_STATEFULSET: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(pairs: &[(&str, &str)], surroundings: &Surroundings) -> Variables {
        let mut variables: Variables = pairs.iter().copied().collect();
        derive(&mut variables, surroundings);
        variables
    }

    #[test]
    fn derived_values() {
        let here = Surroundings {
            host_name: "box\n".into(),
            service_account_namespace: "search".into(),
            bootstrapped: false,
        };
        let all = derived(
            &[("MASTER_COUNT", "3"), ("MASTER_STATEFULSET", "es-master"), ("MIN_MASTERS", "")],
            &here,
        );
        assert_eq!(all.text("MIN_MASTERS"), Some("2"));
        assert_eq!(all.text("INITIAL_MASTER_NODES"), Some("es-master-0,es-master-1,es-master-2"));
        assert_eq!(all.text("NODE_NAME"), Some("box"));
        assert_eq!(all.text("NAMESPACE"), Some("search"));
        assert_eq!(all.get("MIN_MASTERS").unwrap().origin, Origin::Derived("MASTER_COUNT".into()));
        let pod = derived(&[("POD_NAME", "es-0"), ("POD_NAMESPACE", "logs"), ("NODE_NAME", "")], &here);
        assert_eq!((pod.text("NODE_NAME"), pod.text("NAMESPACE")), (Some("es-0"), Some("logs")));
        let own = derived(
            &[("NODE_NAME", "n"), ("POD_NAME", "p"), ("MIN_MASTERS", "9"), ("MASTER_COUNT", "3")],
            &here,
        );
        assert_eq!((own.text("NODE_NAME"), own.text("MIN_MASTERS")), (Some("n"), Some("9")));
        for junk in ["", "0", "three", "-1", "99999999999"] {
            assert_eq!(derived(&[("MASTER_COUNT", junk)], &here).get("MIN_MASTERS"), None, "{junk}");
        }
        let second = Surroundings { bootstrapped: true, ..here };
        let second = derived(&[("MASTER_COUNT", "3"), ("MASTER_STATEFULSET", "es")], &second);
        assert_eq!(second.get("INITIAL_MASTER_NODES"), None);
    }

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
