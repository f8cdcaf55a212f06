//! Settings given outside the file (arguments, Java properties), laid over those of the file.

use diagnostics::{Source, Span};
use template::{Layer, Scalar, Setting, Settings};

/// What findings name as the file of such a setting.
const ARGUMENTS: &str = "<arguments>";

/// A setting given outside the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    pub key: String,
    pub text: String,
    pub layer: Layer,
}

/// Puts the settings that are given outside of the file over those of the file, in their order.
pub fn apply_overrides(settings: &mut Settings, overrides: &[Override]) {
    let (source, ranges) = Source::of_words(ARGUMENTS, overrides.iter().map(|it| it.text.as_str()));
    for (Override { key, text, layer }, range) in overrides.iter().zip(ranges) {
        let value = Scalar::Text { text: text.clone(), quoted: true };
        settings.put(Setting::new(key, value, Span::new(&source, range)).in_layer(*layer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_wins() {
        let mut settings = Settings::default();
        let overrides = [("a.b", "1"), ("c", "2"), ("a.b", "3")].map(|(key, text)| Override {
            key: key.to_owned(),
            text: text.to_owned(),
            layer: Layer::Argument,
        });
        apply_overrides(&mut settings, &overrides);
        assert_eq!(settings.text("a.b"), Some("3"));
        assert_eq!(settings.entries.len(), 2);
        let place = settings.get("a.b").unwrap().value_span.locate();
        assert_eq!(
            (place.file.as_str(), place.line, place.column, place.end_column),
            ("<arguments>", 1, 3, 4)
        );
        assert_eq!(place.excerpt, None);
    }
}
