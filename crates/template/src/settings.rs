//! The settings of a rendered `elasticsearch.yml`, flattened to dotted keys, each with its places in the template.
//!
//! A data model only: rendering fills it, the rules of the server judge it.

use std::collections::HashMap;

use diagnostics::{Finding, Span};

/// What a setting holds. Elasticsearch turns every scalar into text; the text here is what it would read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `key:`, `key: null` or `key: ~`.
    Null,
    /// A scalar after unquoting; `quoted` says whether it stood in quotes or in a block scalar, which keeps
    /// YAML from reading it as a boolean or number.
    Text { text: String, quoted: bool },
    /// A list of scalars, in [`Setting::items`] (nested structures inside lists are flattened with their index as a
    /// key part).
    List,
    /// There is a value, and nobody here can say which. It answers no question, so that no rule follows from it.
    Unknown,
}

/// An element of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub text: String,
    pub span: Span,
    /// It says `null`, or nothing: its text is what is written.
    pub is_null: bool,
    /// The first variable that it refers to.
    pub variable: Option<String>,
}

/// Who gives a setting; the later ones win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The configuration file.
    File,
    /// A variable that the server or its image reads as a setting.
    Variable,
    /// An option of the JVM.
    JavaProperty,
    /// An argument of the server.
    Argument,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Dotted key, nested mappings joined: `discovery.zen.minimum_master_nodes`.
    pub key: String,
    /// The key as far as it may be shown, where that is not all of it.
    pub shown_key: Option<String>,
    pub value: Scalar,
    /// The elements of a list, as the server has them.
    pub items: Vec<Item>,
    pub layer: Layer,
    /// The last part of the key, as written.
    pub key_span: Span,
    /// The value (the placeholder where it is exactly one) in the template that the user wrote; the first element of a
    /// list.
    pub value_span: Span,
    /// Every variable that the value refers to.
    pub variables: Vec<String>,
    /// The first of the variables alone determines the value, by its own value or by its default.
    pub only_variable: bool,
    /// The value must not be shown: it comes from a secret variable or the key names a secret.
    pub secret: bool,
    /// Where the value, or an element of it, is an alias: no server replaces it, all take its name for a text.
    pub aliases: Vec<Span>,
}

impl Setting {
    /// A setting of the file, at that place.
    pub fn new(key: impl Into<String>, value: Scalar, span: Span) -> Self {
        let key = key.into();
        Self {
            secret: diagnostics::is_secret_name(&key),
            key,
            shown_key: None,
            value,
            items: Vec::new(),
            layer: Layer::File,
            key_span: span.clone(),
            value_span: span,
            variables: Vec::new(),
            only_variable: false,
            aliases: Vec::new(),
        }
    }

    /// A setting with a text that is not quoted.
    pub fn of_text(key: impl Into<String>, text: impl Into<String>, span: Span) -> Self {
        Self::new(key, Scalar::Text { text: text.into(), quoted: false }, span)
    }

    /// A setting with a list.
    pub fn of_list(key: impl Into<String>, items: Vec<Item>, span: Span) -> Self {
        Self { items, ..Self::new(key, Scalar::List, span) }
    }

    /// The same, determined by a variable alone.
    #[must_use]
    pub fn from_variable(mut self, name: impl Into<String>) -> Self {
        self.variables = vec![name.into()];
        self.only_variable = true;
        self
    }

    /// The same, given by somebody else than the file.
    #[must_use]
    pub fn in_layer(mut self, layer: Layer) -> Self {
        self.layer = layer;
        self
    }

    /// The text when it is a scalar that is known.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Scalar::Text { text, .. } => Some(text),
            Scalar::Null | Scalar::List | Scalar::Unknown => None,
        }
    }

    /// Whether it says `null`.
    pub fn is_null(&self) -> bool {
        self.value == Scalar::Null
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.value == Scalar::List
    }

    /// Whether there is a value that nobody here can tell.
    pub fn is_unknown(&self) -> bool {
        self.value == Scalar::Unknown
    }

    /// Whether there is certainly a value that is not null, empty text or an empty list.
    pub fn is_set(&self) -> bool {
        match &self.value {
            Scalar::Text { text, .. } => !text.is_empty(),
            // A list with one element that is known is not empty, whatever the others are.
            Scalar::List | Scalar::Unknown => self.items.iter().any(|item| !item.text.is_empty()),
            Scalar::Null => false,
        }
    }

    /// Whether there is a value, known or not, that the server does not drop.
    pub fn is_set_or_unknown(&self) -> bool {
        self.is_set() || self.is_unknown()
    }

    /// The elements as the server has them, without blanks around them and without empty ones: those of a list as they
    /// are, those of a text between its commas.
    pub fn elements(&self) -> Vec<&str> {
        let full = |text: &&str| !text.is_empty();
        match &self.value {
            Scalar::Text { text, .. } => text.split(',').map(str::trim).filter(full).collect(),
            Scalar::List => self.items.iter().map(|item| item.text.trim()).filter(full).collect(),
            Scalar::Null | Scalar::Unknown => Vec::new(),
        }
    }

    /// Where the first element of a list is that is `wanted`; of everything else, the place of the value.
    pub fn span_of(&self, wanted: impl Fn(&str) -> bool) -> &Span {
        let found = self.items.iter().find(|item| wanted(item.text.trim()));
        found.map_or(&self.value_span, |item| &item.span)
    }

    /// The variable whose value or default alone determines this setting.
    pub fn variable(&self) -> Option<&str> {
        self.variables.first().filter(|_| self.only_variable).map(String::as_str)
    }

    /// The key for a message: what is below the name of a secret may be a part of that.
    pub fn shown_key(&self) -> &str {
        match &self.shown_key {
            Some(shown) => shown,
            // In a file that is broken, this may be no key at all.
            None if self.layer == Layer::File && self.key_span.is_secret() => "…",
            None => &self.key,
        }
    }

    /// Whether the value must not be shown, be it for its own name or for what is around it in the file.
    pub fn is_secret(&self) -> bool {
        self.secret || self.value_span.is_secret() || self.items.iter().any(|item| item.span.is_secret())
    }

    /// The text for a message: nothing when it must not be shown, or when it is too long or too odd to help.
    pub fn shown_text(&self) -> Option<&str> {
        let is_fit =
            |text: &&str| text.len() <= 100 && !text.contains(char::is_control) && !text.contains('`');
        self.text().filter(is_fit).filter(|_| !self.is_secret())
    }

    /// The finding with the place, the setting and the variable of this one.
    #[must_use]
    pub fn finding(&self, finding: Finding) -> Finding {
        let finding = finding.at(self.value_span.clone()).setting(self.shown_key());
        match self.variable() {
            Some(variable) => finding.variable(variable),
            None => finding,
        }
    }
}

/// The settings that a server gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Those that count, in the order of the file, duplicates included; then those that are given elsewhere.
    pub entries: Vec<Setting>,
    /// Those of lower layers that others replace.
    pub overridden: Vec<Setting>,
    /// What stands in the file where settings should.
    pub misplaced: Vec<(Misplaced, Span)>,
    /// Names that stand twice in one mapping of the file.
    pub repeated: Vec<Repeated>,
    /// Lists of the file that have a mapping or a list among their elements: the first of these.
    pub nested: Vec<Nested>,
    pub syntax: Syntax,
}

/// What the parsers of some versions refuse: the first place of each in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Syntax {
    /// A tab, be it in a comment.
    pub first_tab: Option<Span>,
    /// A tab as indentation, or between a name and its value.
    pub separating_tab: Option<Span>,
    /// A text without quotes inside of brackets that has a colon, `[host:9300]`.
    pub colon_in_brackets: Option<Span>,
    /// The same with a question mark.
    pub question_in_brackets: Option<Span>,
    /// `\/` in double quotes.
    pub escaped_slash: Option<Span>,
    /// A character outside the basic plane, an emoji for instance, be it in a comment.
    pub wide_character: Option<Span>,
}

/// A name that stands twice in one mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// Dotted, of a setting or of what is around settings.
    pub key: String,
    /// The key as far as it may be shown.
    pub shown_key: String,
    /// The places of the name.
    pub first: Span,
    pub again: Span,
}

/// A collection as an element of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nested {
    /// The list, as far as it may be shown.
    pub shown_key: String,
    pub span: Span,
    pub is_mapping: bool,
}

/// What is no setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// The document is a list.
    List,
    /// The document is a text.
    Text,
    /// The document is `null`, or nothing after `---`.
    Null,
    /// A key is an alias.
    AliasKey,
    /// A key is a list or a mapping.
    CollectionKey,
}

impl Settings {
    /// The one that wins: the last entry of that key, as Elasticsearch below 6 lets the last one win.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.entries.iter().rev().find(|entry| entry.key == key)
    }

    /// Everything that is said about a key, the winner first.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Setting> {
        self.entries.iter().rev().chain(self.overridden.iter().rev()).filter(move |entry| entry.key == key)
    }

    /// Puts settings of higher layers over what is there; of those with one key the last one wins.
    pub fn put(&mut self, settings: Vec<Setting>) {
        let winners: HashMap<String, usize> =
            settings.iter().enumerate().map(|(index, setting)| (setting.key.clone(), index)).collect();
        let replaced = self.entries.extract_if(.., |entry| winners.contains_key(&entry.key));
        self.overridden.extend(replaced);
        for (index, setting) in settings.into_iter().enumerate() {
            let is_winner = winners.get(&setting.key) == Some(&index);
            let place = if is_winner { &mut self.entries } else { &mut self.overridden };
            place.push(setting);
        }
    }

    /// The text of a scalar setting that is neither null nor empty.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.text().filter(|text| !text.is_empty())
    }

    /// Whether the setting has a value that is known, and not null, empty text or an empty list.
    pub fn is_set(&self, key: &str) -> bool {
        self.get(key).is_some_and(Setting::is_set)
    }

    /// Whether it is known that the setting has no value.
    pub fn is_unset(&self, key: &str) -> bool {
        self.get(key).is_none_or(|setting| !setting.is_set() && !setting.is_unknown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::{Secrets, Source};

    fn span(range: std::ops::Range<usize>) -> Span {
        Span::new(&Source::new("es.yml", "hosts: [a, \"b,c\"]\n", Secrets::none), range)
    }

    fn hosts() -> Setting {
        let items = vec![
            Item { text: " a".into(), span: span(8..9), is_null: false, variable: None },
            Item { text: "b,c".into(), span: span(11..16), is_null: false, variable: None },
            Item { text: String::new(), span: span(16..16), is_null: false, variable: None },
        ];
        Setting::of_list("hosts", items, span(8..9))
    }

    #[test]
    fn a_text_is_split_at_commas_and_an_element_of_a_list_is_not() {
        assert_eq!(Setting::of_text("hosts", "a, b,,c", span(0..1)).elements(), ["a", "b", "c"]);
        assert_eq!(hosts().elements(), ["a", "b,c"]);
        assert_eq!(hosts().span_of(|host| host == "b,c").range, 11..16);
        assert_eq!(hosts().span_of(|host| host == "b").range, 8..9);
    }

    #[test]
    fn what_is_unknown_answers_nothing() {
        let unknown = Setting::new("a", Scalar::Unknown, span(0..1));
        assert_eq!((unknown.text(), unknown.shown_text(), unknown.elements()), (None, None, vec![]));
        assert!(!unknown.is_set() && !unknown.is_null() && !unknown.is_list());
        let settings = Settings { entries: vec![unknown], ..Settings::default() };
        assert!(!settings.is_set("a") && !settings.is_unset("a") && settings.is_unset("b"));
    }

    #[test]
    fn the_last_layer_wins_and_the_others_are_still_there() {
        let mut settings = Settings::default();
        settings.entries.push(Setting::of_text("a", "1", span(0..1)));
        settings.entries.push(Setting::of_text("b", "2", span(0..1)));
        settings.put(vec![
            Setting::of_text("a", "3", span(0..1)).in_layer(Layer::JavaProperty),
            Setting::of_text("a", "4", span(0..1)).in_layer(Layer::Argument),
        ]);
        assert_eq!(settings.text("a"), Some("4"));
        assert_eq!(settings.entries.len(), 2);
        let all: Vec<_> = settings.all("a").filter_map(Setting::text).collect();
        assert_eq!(all, ["4", "3", "1"]);
    }
}
