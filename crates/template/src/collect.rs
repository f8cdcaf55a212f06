//! Gathers the settings and the used placeholders of a YAML file while it is rendered.

use crate::frame::{Frame, setting_name};
use crate::lexer::Token;
use crate::render::Use;
use crate::report::Lines;
use crate::settings::{Setting, Settings, Value};
use diagnostics::Place;
use diagnostics::is_secret_name;
use yaml::Entry;

/// What is gathered.
pub(crate) struct Collector<'a> {
    file: &'a str,
    lines: Lines<'a>,
    pub(crate) settings: Settings,
    pub(crate) uses: Vec<Use>,
    /// The lists that are open: how many frames are around each, and its setting.
    lists: Vec<(usize, usize)>,
    /// The setting that was added to last.
    last: usize,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(file: &'a str, body: &'a str) -> Self {
        let (settings, uses) = (Settings::default(), Vec::new());
        Self { file, lines: Lines::new(body), settings, uses, lists: Vec::new(), last: 0 }
    }

    pub(crate) fn line_and_column(&self, token: Token) -> (usize, usize) {
        let place = self.lines.place("", token.start, token.end);
        (place.line, place.column)
    }

    fn place(&self, range: (usize, usize), secret: bool) -> Place {
        self.lines.place_with_excerpt(self.file, range.0, range.1, secret)
    }

    /// A list begins; `frames` are the collections around it.
    pub(crate) fn open_list(&mut self, frames: &[Frame], start: usize) {
        if frames.is_empty() {
            return;
        }
        let key = setting_name_of_collection(frames);
        let secret = is_secret_name(&key);
        let place = self.place((start, start + 1), secret);
        self.lists.push((frames.len(), self.settings.entries.len()));
        let value = Value::List(Vec::new());
        self.settings.entries.push(Setting {
            key,
            value,
            place,
            item_places: Vec::new(),
            variable: None,
            variables: Vec::new(),
            secret,
        });
    }

    /// A collection ended; `frames` are those still open.
    pub(crate) fn close(&mut self, frames: &[Frame]) {
        while let Some(&(depth, index)) = self.lists.last().filter(|(depth, _)| *depth >= frames.len()) {
            self.lists.pop();
            // A list that holds only collections is no list of texts.
            let holds_others = self.settings.entries.len() > index + 1;
            let empty = matches!(self.settings.entries.get(index), Some(Setting { value: Value::List(items), .. }) if items.is_empty());
            if holds_others && empty && depth > 0 {
                self.settings.entries.remove(index);
            }
        }
    }

    /// A scalar that is a value or an item.
    pub(crate) fn scalar(
        &mut self,
        frames: &[Frame],
        entry: &Entry,
        text: &str,
        quoted: bool,
        range: (usize, usize),
        names: &[String],
    ) {
        let Some(frame) = frames.last() else { return };
        if !frame.mapping {
            let list =
                self.lists.last().filter(|(depth, _)| depth + 1 == frames.len()).map(|(_, index)| *index);
            let Some(setting) = list.and_then(|index| self.settings.entries.get_mut(index)) else { return };
            let Value::List(items) = &mut setting.value else { return };
            let is_first = items.is_empty();
            items.push(text.to_owned());
            setting.variable = None;
            setting.variables.extend(names.iter().cloned());
            setting.secret |= names.iter().any(|name| is_secret_name(name));
            let secret = setting.secret;
            self.last = list.unwrap_or(0);
            let place = self.place(range, secret);
            if let Some(setting) = self.settings.entries.get_mut(self.last) {
                if is_first {
                    setting.place = place.clone();
                }
                setting.item_places.push(place);
            }
            return;
        }
        let key = setting_name(frames);
        let secret = is_secret_name(&key) || names.iter().any(|name| is_secret_name(name));
        let is_null = !quoted && entry.tag.is_none() && matches!(text, "" | "~" | "null" | "Null" | "NULL");
        let value = if is_null { Value::Null } else { Value::Scalar { text: text.to_owned(), quoted } };
        let place = self.place(range, secret);
        self.last = self.settings.entries.len();
        self.settings.entries.push(Setting {
            key,
            value,
            place,
            item_places: Vec::new(),
            variable: None,
            variables: names.to_vec(),
            secret,
        });
    }

    /// What is known of the setting that was just added to: whether its one placeholder alone gives its value.
    pub(crate) fn mark_last(&mut self, single: Option<&str>, secret: bool) {
        let Some(setting) = self.settings.entries.get_mut(self.last) else { return };
        let alone = !matches!(&setting.value, Value::List(items) if items.len() != 1);
        setting.variable = single.filter(|_| alone).map(str::to_owned);
        if secret {
            setting.secret = true;
            if single.is_none() {
                // The line may hold a part of the secret as literal text.
                setting.place.excerpt = None;
                setting.item_places.iter_mut().for_each(|place| place.excerpt = None);
            }
        }
    }
}

/// The name of a list that stands as the next value or item of the last frame.
fn setting_name_of_collection(frames: &[Frame]) -> String {
    let mut name = setting_name(frames);
    if let Some(frame) = frames.last().filter(|frame| !frame.mapping) {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&frame.items.saturating_sub(1).to_string());
    }
    name
}
