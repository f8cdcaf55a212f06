//! Settings given outside the file (arguments, variables, Java properties), laid over those of the file.

use diagnostics::{Source, Span};
use template::{Environment, Layer, Scalar, Setting, Settings};

use super::kinds;

/// What findings name as the file of such a setting.
const ARGUMENTS: &str = "<arguments>";
/// The same where a variable gives it.
const ENVIRONMENT: &str = "<environment>";

/// A setting given outside the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    pub key: String,
    /// The value as it was given.
    pub given: String,
    /// The value as the server will have it, references to variables replaced.
    pub text: String,
    /// The variables that it refers to.
    pub variables: Vec<String>,
    /// What becomes of these references.
    pub references: References,
    pub layer: Layer,
    /// The variable that gives it.
    pub variable: Option<String>,
}

/// What becomes of `${NAME}` in a value that no template of ours is: the server itself looks these up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum References {
    /// There are none, or all are variables that are set.
    Resolved,
    /// The first that is not set and has no default: the server does not start.
    Unset(String),
    /// It refers to another setting, or cannot be told.
    Unknown,
}

impl Override {
    /// A setting as it is given, which may refer to variables of the process.
    pub fn new(key: impl Into<String>, given: &str, layer: Layer, environment: &Environment) -> Self {
        let (text, references) = resolve(given, environment);
        let variables = referenced(given).map(str::to_owned).collect();
        Self { key: key.into(), given: given.to_owned(), text, variables, references, layer, variable: None }
    }

    /// As YAML reads what is given. A text stays one, a boolean is one of two; what else it may be is not known.
    pub(crate) fn read_as_yaml(&mut self) {
        let given = self.given.trim_ascii();
        if let Some(boolean) = kinds::yaml_spelling(given) {
            boolean.clone_into(&mut self.text);
        } else if !is_plain_text(given) {
            self.references = References::Unknown;
        } else if self.given.len() > given.len() && self.references == References::Resolved {
            self.text = self.text.trim_ascii().to_owned();
        }
    }
}

/// Whether that is a text, and the same one, to YAML without quotes around it.
fn is_plain_text(text: &str) -> bool {
    let is_null = matches!(text, "~" | "null" | "Null" | "NULL");
    let begins = text.starts_with(|first| "?:,[]{}#&*!|>'\"%@`".contains(first));
    let is_item = text == "-" || text.starts_with("- ");
    let is_odd = |it: char| it.is_control() || "\u{2028}\u{2029}\u{feff}".contains(it);
    let has_sign = [": ", " #"].iter().any(|sign| text.contains(sign)) || text.ends_with(':');
    !(is_null || begins || is_item || has_sign || text.contains(is_odd))
}

/// The names of variables behind `${`.
fn referenced(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(move |rest| {
        let end = rest.find([':', '}'])?;
        Some(&rest[..end])
    })
}

/// `${NAME}` and `${NAME:default}` as the server replaces them.
fn resolve(text: &str, environment: &Environment) -> (String, References) {
    let mut resolved = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        resolved.push_str(&rest[..at]);
        let inside = &rest[at + 2..];
        let Some(end) = inside.find('}') else { return (text.to_owned(), References::Unknown) };
        let (name, default) = match inside[..end].split_once(':') {
            Some((name, default)) => (name, Some(default)),
            None => (&inside[..end], None),
        };
        let value = environment.process(name).map(|value| value.to_string_lossy().into_owned());
        match (value, default) {
            // A value that holds more references is replaced once more.
            (Some(value), _) if !value.contains("${") => resolved.push_str(&value),
            (None, _) if environment.is_unknown_in_process(name) => {
                return (text.to_owned(), References::Unknown);
            }
            (None, Some(default)) if !default.contains("${") => resolved.push_str(default),
            // The script sets the one; the others are settings.
            (None, None) if name != "HOSTNAME" && is_variable(name) => {
                return (text.to_owned(), References::Unset(name.to_owned()));
            }
            _ => return (text.to_owned(), References::Unknown),
        }
        rest = &inside[end + 1..];
    }
    resolved.push_str(rest);
    (resolved, References::Resolved)
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Puts the settings that are given outside of the file over those of the file, in their order.
pub fn apply_overrides(settings: &mut Settings, overrides: &[Override]) {
    let given = overrides.iter().zip(places(overrides)).map(|(given, span)| {
        let value = match given.references {
            References::Resolved => Scalar::Text { text: given.text.clone(), quoted: true },
            References::Unset(_) | References::Unknown => Scalar::Unknown,
        };
        let mut setting = Setting::new(&given.key, value, span).in_layer(given.layer);
        // An option of the JVM is only a part of what its variable holds.
        setting.only_variable = given.layer == Layer::Variable;
        setting.variables = given.variable.iter().chain(&given.variables).cloned().collect();
        setting.secret |= setting.variables.iter().any(|name| diagnostics::is_secret_name(name))
            || template::has_password(&given.text);
        setting
    });
    settings.put(given.collect());
}

/// The place of each: its number among the arguments, or among the variables.
pub fn places(overrides: &[Override]) -> Vec<Span> {
    let is_variable = |it: &&Override| it.layer == Layer::Variable;
    let (of_variables, of_arguments): (Vec<&Override>, Vec<_>) = overrides.iter().partition(is_variable);
    let source = |name: &str, given: Vec<&Override>| {
        let (source, ranges) = Source::of_words(name, given.into_iter().map(|it| it.text.as_str()));
        ranges.into_iter().map(move |range| Span::new(&source, range))
    };
    let mut in_arguments = source(ARGUMENTS, of_arguments);
    let mut in_variables = source(ENVIRONMENT, of_variables);
    let place = |it: &Override| {
        if it.layer == Layer::Variable { in_variables.next() } else { in_arguments.next() }
    };
    overrides.iter().filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Version;

    #[test]
    fn what_yaml_makes_of_a_value() {
        for (given, text) in [
            ("True", Some("true")),
            (" off ", Some("false")),
            ("true", Some("true")),
            (" a b ", Some("a b")),
            ("a,b", Some("a,b")),
            ("a:b-c/d#e", Some("a:b-c/d#e")),
            ("-1", Some("-1")),
            ("", Some("")),
            ("[a, b]", None),
            ("'a'", None),
            ("null", None),
            ("a: b", None),
            ("a #b", None),
            ("a:", None),
            ("*a", None),
            ("- a", None),
            ("a\nb", None),
        ] {
            let mut value = Override::new("k", given, Layer::Argument, &Environment::default());
            value.read_as_yaml();
            let known = (value.references == References::Resolved).then_some(value.text.as_str());
            assert_eq!(known, text, "{given}");
        }
        let outside = |version| {
            let arguments = ["-Expack.security.enabled=Yes".into()];
            let java = crate::launch::java_variables::JavaVariables::default();
            let nobody = crate::launch::variables::Mapping::Nobody;
            let environment = Environment::default();
            crate::launch::settings_outside_file(version, &environment, &arguments, nobody, &java)
        };
        assert_eq!(outside(Version::elasticsearch(8, 19, 21))[0].text, "true");
        assert_eq!(outside(Version::elasticsearch(7, 17, 29))[0].text, "Yes");
        let environment = [("A", "[x]")].into_iter().collect();
        let mut value = Override::new("k", "${A}", Layer::Argument, &environment);
        value.read_as_yaml();
        assert_eq!((value.references, value.text.as_str()), (References::Resolved, "[x]"));
    }

    #[test]
    fn the_last_one_wins() {
        let mut settings = Settings::default();
        let environment = Environment::default();
        let overrides = [("a.b", "1"), ("c", "2"), ("a.b", "3")]
            .map(|(key, text)| Override::new(key, text, Layer::Argument, &environment));
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

    #[test]
    fn a_secret_stays_one() {
        let environment: Environment = [("DB_PASSWORD", "x"), ("NAME", "y")].into_iter().collect();
        let given = ["${DB_PASSWORD}", "${NAME}", "z"]
            .map(|text| Override::new(text, text, Layer::Argument, &environment));
        let mut settings = Settings::default();
        apply_overrides(&mut settings, &given);
        let secret: Vec<bool> = settings.entries.iter().map(|setting| setting.secret).collect();
        assert_eq!(secret, [true, false, false]);
    }

    #[test]
    fn references_are_looked_up_as_the_server_does() {
        let environment: Environment = [("A", "1"), ("B", "${A}"), ("E", "")].into_iter().collect();
        let unset = |name: &str| References::Unset(name.to_owned());
        for (text, resolved, references) in [
            ("x", "x", References::Resolved),
            ("x-${A}-${A}", "x-1-1", References::Resolved),
            ("${E}", "", References::Resolved),
            ("${C:7}${A:7}", "71", References::Resolved),
            ("x-${C}", "x-${C}", unset("C")),
            ("${B}", "${B}", References::Unknown),
            ("${HOSTNAME}", "${HOSTNAME}", References::Unknown),
            ("${path.home}", "${path.home}", References::Unknown),
            ("${C:${A}}", "${C:${A}}", References::Unknown),
            ("${A", "${A", References::Unknown),
        ] {
            let given = Override::new("k", text, Layer::Argument, &environment);
            assert_eq!((given.text.as_str(), given.references), (resolved, references), "{text}");
        }
    }
}
