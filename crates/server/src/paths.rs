//! The directories that the settings name.

use std::path::{Path, PathBuf};

use template::Settings;

/// Every directory that the server writes to, with the setting that names it. Without an installation only those with
/// whole paths: the others would not be looked for in the root of the file system.
pub fn written(settings: &Settings, home: Option<&Path>) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for (key, default) in [("path.data", "data"), ("path.logs", "logs")] {
        let named = settings.get(key).map(template::Setting::elements).unwrap_or_default();
        // A reference to another setting is the server's to resolve.
        let named = named.into_iter().filter(|path| !path.contains("${"));
        let mut paths: Vec<PathBuf> = named.filter_map(|path| absolute(home, path)).collect();
        if paths.is_empty() && settings.is_unset(key) {
            paths.extend(absolute(home, default));
        }
        found.extend(paths.into_iter().map(|path| (key.to_owned(), path)));
    }
    found
}

/// The server resolves relative paths against its home.
fn absolute(home: Option<&Path>, path: &str) -> Option<PathBuf> {
    home.map(|home| home.join(path)).or_else(|| path.starts_with('/').then(|| PathBuf::from(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_installation_nothing_is_looked_for_in_the_root() {
        assert_eq!(written(&Settings::default(), None), []);
        let defaults = [("path.data", "/es/data"), ("path.logs", "/es/logs")]
            .map(|(key, path)| (key.to_owned(), PathBuf::from(path)));
        assert_eq!(written(&Settings::default(), Some(Path::new("/es"))), defaults);
    }
}
