//! The few things that a POSIX shell does with variables, so that the start scripts can be followed line by line.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// The variables of a shell: those that its children see, and its own.
pub(super) struct Shell {
    exported: Vec<(OsString, OsString)>,
    local: Vec<(&'static str, OsString)>,
}

impl Shell {
    /// A shell just started in that environment. A name that is there twice keeps its last value.
    pub(super) fn new(environment: &[(OsString, OsString)]) -> Self {
        let mut exported: Vec<(OsString, OsString)> = Vec::with_capacity(environment.len() + 1);
        for (name, value) in environment {
            match exported.iter_mut().find(|(known, _)| known == name) {
                Some(entry) => entry.1.clone_from(value),
                None => exported.push((name.clone(), value.clone())),
            }
        }
        Self { exported, local: Vec::new() }
    }

    /// `"$NAME"`: empty when it is unset.
    pub(super) fn get(&self, name: &str) -> &OsStr {
        let local = self.local.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
        let exported = || self.exported.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        local.or_else(exported).map_or(OsStr::new(""), OsString::as_os_str)
    }

    pub(super) fn is_empty(&self, name: &str) -> bool {
        self.get(name).is_empty()
    }

    /// `NAME=value`: a variable that came from the environment stays visible to children.
    pub(super) fn assign(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.assign_text(name, value.into());
    }

    fn assign_text(&mut self, name: &'static str, value: OsString) {
        if let Some(entry) = self.exported.iter_mut().find(|(key, _)| key == name) {
            entry.1 = value;
        } else if let Some(entry) = self.local.iter_mut().find(|(key, _)| *key == name) {
            entry.1 = value;
        } else {
            self.local.push((name, value));
        }
    }

    /// `NAME=value` only where a child would see it: for the script's helper variables.
    pub(super) fn overwrite(&mut self, name: &str, value: impl Into<OsString>) {
        if let Some(entry) = self.exported.iter_mut().find(|(key, _)| key == name) {
            entry.1 = value.into();
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
    pub(super) fn export(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.export_text(name, value.into());
    }

    fn export_text(&mut self, name: &'static str, value: OsString) {
        self.local.retain(|(key, _)| *key != name);
        match self.exported.iter_mut().find(|(key, _)| key == name) {
            Some(entry) => entry.1 = value,
            None => self.exported.push((name.into(), value)),
        }
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.local.retain(|(key, _)| *key != name);
        self.exported.retain(|(key, _)| key != name);
    }

    /// `$NAME` without quotes: its words. Quotes inside are ordinary characters, as the shell has them. Patterns
    /// are left as they are: no JVM option begins like a path that could match a file.
    pub(super) fn words(&self, name: &str) -> Vec<OsString> {
        self.get(name)
            .as_bytes()
            .split(|byte| matches!(byte, b' ' | b'\t' | b'\n'))
            .filter(|word| !word.is_empty())
            .map(|word| OsString::from_vec(word.to_vec()))
            .collect()
    }

    /// What a child gets.
    pub(super) fn into_environment(self) -> Vec<(OsString, OsString)> {
        self.exported
    }
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
        let pairs = [("A", "1"), ("A", "2"), ("B", "x  y\tz\n")].map(|(k, v)| (k.into(), v.into()));
        let mut shell = Shell::new(&pairs);
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
