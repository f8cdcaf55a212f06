//! The few things that a POSIX shell does with variables, so that the start scripts can be followed line by line.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use template::Environment;

/// The variables of a shell: those that its children see, and its own.
pub(super) struct Shell {
    /// In the order of the environment; nothing where a variable was unset.
    exported: Vec<Option<(OsString, OsString)>>,
    /// Where each name stands in the list.
    places: HashMap<OsString, usize>,
    local: Vec<(&'static str, OsString)>,
}

impl Shell {
    /// A shell just started in that environment. A name that is there twice keeps its last value.
    pub(super) fn new(environment: &Environment) -> Self {
        let pairs = environment.pairs();
        let mut shell = Self {
            exported: Vec::with_capacity(pairs.len() + 1),
            places: HashMap::with_capacity(pairs.len() + 1),
            local: Vec::new(),
        };
        for (name, value) in pairs {
            shell.set_exported(name, value.clone());
        }
        shell
    }

    fn exported(&mut self, name: &OsStr) -> Option<&mut OsString> {
        let place = *self.places.get(name)?;
        self.exported.get_mut(place)?.as_mut().map(|(_, value)| value)
    }

    fn set_exported(&mut self, name: &OsStr, value: OsString) {
        if let Some(known) = self.exported(name) {
            *known = value;
        } else {
            self.places.insert(name.to_owned(), self.exported.len());
            self.exported.push(Some((name.to_owned(), value)));
        }
    }

    /// `"$NAME"`: empty when it is unset.
    pub(super) fn get(&self, name: &str) -> &OsStr {
        let local = self.local.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
        let exported = || {
            let place = self.places.get(OsStr::new(name))?;
            self.exported.get(*place)?.as_ref().map(|(_, value)| value)
        };
        local.or_else(exported).map_or(OsStr::new(""), OsString::as_os_str)
    }

    pub(super) fn is_empty(&self, name: &str) -> bool {
        self.get(name).is_empty()
    }

    /// `NAME=value`: a variable that came from the environment stays visible to children.
    pub(super) fn assign(&mut self, name: &'static str, value: impl Into<OsString>) {
        let value = value.into();
        if let Some(known) = self.exported(OsStr::new(name)) {
            *known = value;
        } else if let Some(entry) = self.local.iter_mut().find(|(key, _)| *key == name) {
            entry.1 = value;
        } else {
            self.local.push((name, value));
        }
    }

    /// `NAME=value` only where a child would see it: for the script's helper variables.
    pub(super) fn assign_if_exported(&mut self, name: &str, value: impl Into<OsString>) {
        if let Some(known) = self.exported(OsStr::new(name)) {
            *known = value.into();
        }
    }

    /// `NAME="$NAME text"`.
    pub(super) fn append(&mut self, name: &'static str, parts: &[&OsStr]) {
        let mut value = self.get(name).to_owned();
        value.push(" ");
        for part in parts {
            value.push(part);
        }
        self.assign(name, value);
    }

    /// `NAME=value; export NAME`.
    pub(super) fn export(&mut self, name: &str, value: impl Into<OsString>) {
        self.local.retain(|(key, _)| *key != name);
        self.set_exported(OsStr::new(name), value.into());
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.local.retain(|(key, _)| *key != name);
        if let Some(entry) =
            self.places.remove(OsStr::new(name)).and_then(|place| self.exported.get_mut(place))
        {
            *entry = None;
        }
    }

    /// `$NAME` without quotes: its words.
    pub(super) fn words(&self, name: &str) -> Vec<OsString> {
        words(self.get(name))
    }

    /// What a child gets.
    pub(super) fn into_environment(self) -> Vec<(OsString, OsString)> {
        self.exported.into_iter().flatten().collect()
    }
}

/// The words of a value without quotes around it. Quotes inside are ordinary characters, as the shell has them. Patterns
/// are left as they are: no JVM option begins like a path that could match a file.
pub(super) fn words(value: &OsStr) -> Vec<OsString> {
    value
        .as_bytes()
        .split(|byte| matches!(byte, b' ' | b'\t' | b'\n'))
        .filter(|word| !word.is_empty())
        .map(|word| OsString::from_vec(word.to_vec()))
        .collect()
}

/// What `hostname | cut -d. -f1` gives.
pub(super) fn short_host_name(host_name: &OsStr) -> OsString {
    let first = host_name.as_bytes().split(|byte| *byte == b'.').next().unwrap_or_default();
    OsString::from_vec(first.to_vec())
}

/// What `dirname` prints.
pub(super) fn directory_name(path: &OsStr) -> PathBuf {
    let mut bytes = path.as_bytes();
    let trimmed = |mut bytes: &[u8]| {
        while bytes.len() > 1 && bytes.last() == Some(&b'/') {
            bytes = &bytes[..bytes.len() - 1];
        }
        bytes.len()
    };
    bytes = &bytes[..trimmed(bytes)];
    let directory: &[u8] = match bytes.iter().rposition(|byte| *byte == b'/') {
        None => b".",
        Some(0) => b"/",
        Some(at) => &bytes[..trimmed(&bytes[..at])],
    };
    PathBuf::from(OsString::from_vec(directory.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_names() {
        for (path, directory) in [
            ("gc.log", "."),
            ("/gc.log", "/"),
            ("/var/log/gc.log", "/var/log"),
            ("logs//gc.log", "logs"),
            ("/a/b/", "/a"),
            ("/", "/"),
            ("//", "/"),
        ] {
            assert_eq!(directory_name(OsStr::new(path)), PathBuf::from(directory), "{path}");
        }
    }

    #[test]
    fn variables_of_the_environment_stay_exported() {
        let environment = [("A", "1"), ("A", "2"), ("B", "x  y\tz\n")].into_iter().collect();
        let mut shell = Shell::new(&environment);
        shell.append("A", &[OsStr::new("more")]);
        shell.assign("C", "own");
        shell.export("D", "given");
        assert_eq!(shell.get("C"), "own");
        assert_eq!(shell.words("B"), ["x", "y", "z"]);
        let expected =
            [("A", "2 more"), ("B", "x  y\tz\n"), ("D", "given")].map(|(k, v)| (k.into(), v.into()));
        assert_eq!(shell.into_environment(), expected);
    }
}
