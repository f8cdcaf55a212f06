//! Settings given outside the file (arguments, Java properties), laid over those of the file.

use diagnostics::Place;
use diagnostics::is_secret_name;
use template::{Setting, Settings, Value};

/// What findings name as the file of such a setting.
const ARGUMENTS: &str = "<arguments>";

/// Replaces the settings of the file by those given outside of it, in their order.
pub fn lay_over(settings: &mut Settings, overrides: &[(String, String)]) {
    for (index, (key, text)) in overrides.iter().enumerate() {
        settings.entries.retain(|entry| entry.key != *key);
        settings.entries.push(Setting {
            key: key.clone(),
            value: Value::Scalar { text: text.clone(), quoted: true },
            place: Place {
                file: ARGUMENTS.into(),
                line: 1,
                column: index + 1,
                end_column: index + 2,
                ..Place::default()
            },
            item_places: Vec::new(),
            variable: None,
            variables: Vec::new(),
            secret: is_secret_name(key),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_wins() {
        let mut settings = Settings::default();
        let pairs =
            [("a.b", "1"), ("c", "2"), ("a.b", "3")].map(|(key, text)| (key.to_owned(), text.to_owned()));
        lay_over(&mut settings, &pairs);
        assert_eq!(settings.text("a.b"), Some("3"));
        assert_eq!(settings.entries.len(), 2);
    }
}
