//! Settings given as arguments, laid over those of the file: `--key=value`, `--key value`, `-Des.key=value` (1.x, 2.x)
//! and `-Ekey=value`, `-E key=value` (5.0 and later).

use std::ffi::OsString;

use crate::environment::is_secret_name;
use crate::finding::Place;
use crate::settings::{Setting, Settings, Value};

/// What findings name as the file of such a setting.
const ARGUMENTS: &str = "<arguments>";

/// Adds the arguments' settings behind those of the file, so that a lookup finds them first.
pub fn lay_over(settings: &mut Settings, arguments: &[OsString]) {
    let mut words = arguments.iter().enumerate();
    while let Some((index, word)) = words.next() {
        let Some(word) = word.to_str() else { continue };
        let assignment = if let Some(rest) = word.strip_prefix("-Des.") {
            Some(rest.to_owned())
        } else if word == "-E" || word == "-D" {
            let next = words.next().and_then(|(_, next)| next.to_str());
            next.map(|next| next.strip_prefix("es.").filter(|_| word == "-D").unwrap_or(next).to_owned())
        } else if let Some(rest) = word.strip_prefix("-E") {
            Some(rest.to_owned())
        } else if let Some(rest) = word.strip_prefix("--") {
            if rest.contains('=') {
                Some(rest.to_owned())
            } else {
                // `--key value`
                words.next().and_then(|(_, next)| next.to_str()).map(|next| format!("{rest}={next}"))
            }
        } else {
            None
        };
        let Some((key, text)) = assignment.as_deref().and_then(|text| text.split_once('=')) else { continue };
        if key.is_empty() {
            continue;
        }
        let secret = is_secret_name(key);
        settings.entries.retain(|entry| entry.key != key);
        settings.entries.push(Setting {
            key: key.to_owned(),
            value: Value::Scalar { text: text.to_owned(), quoted: true },
            place: Place {
                file: ARGUMENTS.into(),
                line: 1,
                column: index + 1,
                end_column: index + 2,
                ..Place::default()
            },
            variable: None,
            variables: Vec::new(),
            secret,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling() {
        let arguments: Vec<OsString> = [
            "-Des.cluster.name=a",
            "--node.name=b",
            "--path.data",
            "/d",
            "-Ehttp.port=1",
            "-E",
            "x=2",
            "-D",
            "es.y=3",
            "-d",
            "--last",
        ]
        .iter()
        .map(OsString::from)
        .collect();
        let mut settings = Settings::default();
        lay_over(&mut settings, &arguments);
        let found: Vec<(&str, &str)> = settings
            .entries
            .iter()
            .map(|entry| (entry.key.as_str(), settings.text(&entry.key).unwrap_or("")))
            .collect();
        assert_eq!(
            found,
            [
                ("cluster.name", "a"),
                ("node.name", "b"),
                ("path.data", "/d"),
                ("http.port", "1"),
                ("x", "2"),
                ("y", "3")
            ]
        );
    }
}
