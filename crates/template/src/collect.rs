//! Gathers the settings and the used placeholders of a YAML file while it is rendered.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::frame::{Frame, is_too_long, setting_name, shown_setting_name};
use crate::rendered::Use;
use crate::secret::has_password;
use crate::settings::{Item, Misplaced, Nested, Repeated, Scalar, Setting, Settings};
use crate::token::Token;
use diagnostics::{Source, Span, is_secret_name};
use yaml::Entry;

/// What is gathered.
pub(crate) struct Collector {
    source: Arc<Source>,
    pub(crate) settings: Settings,
    pub(crate) uses: Vec<Use>,
    /// The lists that are open: how many frames are around each, and its setting.
    lists: Vec<(usize, usize)>,
    /// The setting that was added to last.
    last: usize,
    /// Where each name stands first: how many collections are around it, its own part of the name, and the whole name.
    names: HashMap<(usize, usize, String), Range<usize>>,
    /// The outermost list that is open and has a collection among its elements: how many frames are around that.
    nested_in: Option<usize>,
}

/// No setting has that place: the last scalar was none of a setting.
const NONE: usize = usize::MAX;

impl Collector {
    pub(crate) fn new(source: Arc<Source>) -> Self {
        let (mut settings, uses) = (Settings::default(), Vec::new());
        let tab = source.text.find('\t');
        settings.syntax.first_tab = tab.map(|at| Span::new(&source, at..at + 1));
        // Only the first one of four bytes is that large.
        let wide = source.text.bytes().position(|byte| byte >= 0xf0);
        settings.syntax.wide_character = wide.map(|at| Span::new(&source, at..at + 4));
        Self { source, settings, uses, lists: Vec::new(), last: NONE, names: HashMap::new(), nested_in: None }
    }

    pub(crate) fn span(&self, token: Token) -> Span {
        Span::new(&self.source, token.start..token.end)
    }

    /// The place of one byte.
    pub(crate) fn place(&self, at: usize) -> Span {
        Span::new(&self.source, at..at + 1)
    }

    /// A text without quotes inside of brackets: older parsers take a colon in it for the end of a name.
    pub(crate) fn plain_in_brackets(&mut self, entry: &Entry) {
        if self.settings.syntax.question_in_brackets.is_none() && entry.value.contains('?') {
            let span = Span::new(&self.source, entry.start..entry.end);
            self.settings.syntax.question_in_brackets = Some(span);
        }
        let is_inside = |(at, _): (usize, &str)| {
            entry.value[at + 1..].starts_with(|next: char| !" \t,[]{}".contains(next))
        };
        if self.settings.syntax.colon_in_brackets.is_none() && entry.value.match_indices(':').any(is_inside) {
            let span = Span::new(&self.source, entry.start..entry.end);
            self.settings.syntax.colon_in_brackets = Some(span);
        }
    }

    /// A text in double quotes, at that range.
    pub(crate) fn double_quoted(&mut self, range: Range<usize>) {
        if self.settings.syntax.escaped_slash.is_some() {
            return;
        }
        let written = self.source.text.get(range.clone()).unwrap_or("");
        // Of two backslashes the second one escapes nothing.
        let mut characters = written.char_indices();
        while let Some((at, character)) = characters.next() {
            if character == '\\' && characters.next().is_some_and(|(_, escaped)| escaped == '/') {
                let at = range.start + at;
                self.settings.syntax.escaped_slash = Some(Span::new(&self.source, at..at + 2));
                return;
            }
        }
    }

    fn setting(&self, key: String, value: Scalar, frames: &[Frame], range: (usize, usize)) -> Setting {
        let mut setting = Setting::new(key, value, Span::new(&self.source, range.0..range.1));
        if setting.secret {
            let shown = shown_setting_name(frames);
            setting.shown_key = shown.ends_with('…').then_some(shown);
        }
        if let Some(frame) = frames.last().filter(|frame| frame.mapping) {
            setting.key_span = Span::new(&self.source, frame.key_range.clone());
        }
        setting
    }

    /// A key was read, that of the last frame.
    pub(crate) fn key(&mut self, frames: &[Frame]) {
        let Some(frame) = frames.last() else { return };
        let name = setting_name(frames);
        if name.is_empty() {
            return;
        }
        let own = (frames.len(), frame.key.len(), name);
        let Some(first) = self.names.get(&own) else {
            self.names.insert(own, frame.key_range.clone());
            return;
        };
        let hidden = is_secret_name(&own.2);
        let span = |range: &Range<usize>| Span::new(&self.source, range.clone()).hide(hidden);
        let (first, again) = (span(first), span(&frame.key_range));
        let shown_key = shown_setting_name(frames);
        self.settings.repeated.push(Repeated { key: own.2, shown_key, first, again });
    }

    /// A collection begins that is no value of a key and not the document itself; `frames` are those around it.
    pub(crate) fn nest(&mut self, frames: &[Frame], start: usize, is_mapping: bool) {
        let Some((_, outside)) = frames.split_last() else { return };
        if self.nested_in.is_some() || outside.is_empty() {
            return;
        }
        self.nested_in = Some(outside.len());
        let name = setting_name(outside);
        let span = Span::new(&self.source, start..start + 1).hide(is_secret_name(&name));
        self.settings.nested.push(Nested { shown_key: shown_setting_name(outside), span, is_mapping });
    }

    /// A list begins; `frames` are the collections around it.
    pub(crate) fn open_list(&mut self, frames: &[Frame], start: usize) {
        if frames.is_empty() {
            self.misplace(Misplaced::List, start..start + 1);
        }
        if frames.is_empty() || is_too_long(frames) {
            return;
        }
        self.lists.push((frames.len(), self.settings.entries.len()));
        let key = setting_name_of_collection(frames);
        let mut setting = self.setting(key, Scalar::List, frames, (start, start + 1));
        setting.value_span.hidden = setting.secret;
        setting.key_span.hidden = setting.secret;
        self.settings.entries.push(setting);
    }

    /// Something stands where no server takes it for settings.
    pub(crate) fn misplace(&mut self, what: Misplaced, range: Range<usize>) {
        self.settings.misplaced.push((what, Span::new(&self.source, range)));
    }

    /// An alias; `is_key` where it stands for a key.
    pub(crate) fn alias(&mut self, frames: &[Frame], entry: &Entry, is_key: bool) {
        if is_key {
            self.misplace(Misplaced::AliasKey, entry.start..entry.end);
            return;
        }
        self.scalar(frames, entry, &entry.value, true, (entry.start, entry.end), &[]);
        let span = Span::new(&self.source, entry.start..entry.end);
        if let Some(setting) = self.settings.entries.get_mut(self.last) {
            setting.aliases.push(span.hide(setting.secret));
        }
    }

    /// A collection ended; `frames` are those still open.
    pub(crate) fn close(&mut self, frames: &[Frame]) {
        self.nested_in = self.nested_in.filter(|depth| *depth < frames.len());
        while let Some(&(depth, index)) = self.lists.last().filter(|(depth, _)| *depth >= frames.len()) {
            self.lists.pop();
            // A list that holds only collections is no list of texts.
            let holds_others = self.settings.entries.len() > index + 1;
            let empty = self.settings.entries.get(index).is_some_and(|list| list.items.is_empty());
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
        let is_null = !quoted && entry.tag.is_none() && matches!(text, "" | "~" | "null" | "Null" | "NULL");
        // What is only an anchor or a tag is at fault for that.
        let range = if text.is_empty() { (entry.start, entry.end.max(range.1)) } else { range };
        let is_null =
            is_null || (entry.tag.is_none() && entry.anchor.is_some() && text.is_empty() && !quoted);
        let value = if is_null { Scalar::Null } else { Scalar::Text { text: text.to_owned(), quoted } };
        self.add(frames, value, text, range, names);
    }

    /// A scalar that is a value or an item, and has no text that is known.
    pub(crate) fn unknown(&mut self, frames: &[Frame], range: (usize, usize), names: &[String]) {
        self.add(frames, Scalar::Unknown, "", range, names);
    }

    fn add(&mut self, frames: &[Frame], value: Scalar, text: &str, range: (usize, usize), names: &[String]) {
        self.last = NONE;
        if frames.is_empty() {
            let what = if value == Scalar::Null { Misplaced::Null } else { Misplaced::Text };
            // Nothing has no place of its own.
            let is_nowhere = range.0 == range.1;
            let marker = self.source.text.get(..range.0).and_then(|before| before.rfind("---"));
            let range = match marker.filter(|_| is_nowhere) {
                Some(at) => at..at + 3,
                None => range.0..range.1,
            };
            self.misplace(what, range);
        }
        let Some(frame) = frames.last().filter(|_| !is_too_long(frames)) else { return };
        if !frame.mapping {
            let list =
                self.lists.last().filter(|(depth, _)| depth + 1 == frames.len()).map(|(_, index)| *index);
            let Some(setting) = list.and_then(|index| self.settings.entries.get_mut(index)) else { return };
            setting.only_variable = false;
            setting.variables.extend(names.iter().cloned());
            setting.secret |= names.iter().any(|name| is_secret_name(name)) || has_password(text);
            // A list may stand on the line of its name.
            setting.key_span.hidden |= setting.secret;
            let span = Span::new(&self.source, range.0..range.1).hide(setting.secret);
            if setting.items.is_empty() {
                setting.value_span = span.clone();
            }
            let is_null = value == Scalar::Null;
            if value == Scalar::Unknown {
                // Of a list with such an element nobody can say what it holds, nor that it lacks something.
                setting.value = value;
            }
            let item = Item { text: text.to_owned(), span, is_null, variable: names.first().cloned() };
            setting.items.push(item);
            self.last = list.unwrap_or(NONE);
            return;
        }
        let mut setting = self.setting(setting_name(frames), value, frames, range);
        setting.variables = names.to_vec();
        setting.secret |= names.iter().any(|name| is_secret_name(name)) || has_password(text);
        setting.value_span.hidden = setting.secret;
        setting.key_span.hidden = setting.secret;
        self.last = self.settings.entries.len();
        self.settings.entries.push(setting);
    }

    /// What is known of the setting that was just added to: whether one placeholder alone gives its value.
    pub(crate) fn mark_last(&mut self, is_single: bool, secret: bool) {
        let Some(setting) = self.settings.entries.get_mut(self.last) else { return };
        setting.only_variable = is_single && setting.items.len() <= 1;
        if secret {
            setting.secret = true;
            // Of a list whose line is hidden, every element is.
            let is_hidden = setting.value_span.hidden && setting.key_span.hidden;
            if !is_single && !is_hidden {
                // The line may hold a part of the secret as literal text.
                setting.value_span.hidden = true;
                setting.key_span.hidden = true;
                setting.items.iter_mut().for_each(|item| item.span.hidden = true);
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
