//! What is known of each setting: the rows of `catalogue.txt`, which is searched as it is.

use super::life::{Life, Lives, State};
use crate::version::Version;
use template::{Setting, Settings};

/// Sorted by name; its head explains the form.
const TEXT: &str = include_str!("catalogue.txt");

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// A key, `prefix.*`, `*.ending`, or `key{value}`.
    pub name: &'a str,
    pub kind: Kind<'a>,
    pub life: Lives<'a>,
    pub fix: Fix<'a>,
    /// How it is known: `register`, `tried` or `docs`.
    pub source: &'a str,
}

/// What values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    Any,
    Bool,
    Bytes,
    /// The values, with commas between them.
    Enum(&'a str),
    /// The values are a list elsewhere in this crate: `providers`, `roles`.
    EnumOf(&'a str),
    Float,
    /// A group: every name below it is somebody's own.
    Group,
    /// Transport addresses of other nodes.
    Hosts,
    /// A setting of indices.
    Index,
    /// The range, or nothing.
    Int(&'a str),
    /// The kind of the elements.
    List(&'a str),
    Path,
    Port,
    Ratio,
    /// Only the keystore may hold it.
    Secure,
    Text,
    Time,
    /// The row is about a value.
    Value,
}

/// What to do where a version does not have the setting, or not for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fix<'a> {
    None,
    Rename(&'a str),
    Set(&'a str, &'a str),
    Role(&'a str),
    /// Why it is not needed.
    Remove(&'a str),
    Keystore,
    /// A whole sentence.
    Tell(&'a str),
}

/// The row of that key: its own, else that of the longest prefix.
pub fn find(key: &str) -> Option<Row<'static>> {
    // The names of other rows are no keys.
    let own = if key.contains(['*', '{']) { None } else { look_up(&[key]) };
    own.or_else(|| key.rmatch_indices('.').find_map(|(at, _)| look_up(&[&key[..=at], "*"])))
}

/// The row about that value of a setting.
pub fn find_value(key: &str, value: &str) -> Option<Row<'static>> {
    look_up(&[key, "{", value, "}"])
}

/// The row that says what kind of values a key takes: by its name, else by how it ends.
pub fn find_kind(key: &str) -> Option<Row<'static>> {
    let by_name = find(key).filter(|row| row.kind != Kind::Any);
    by_name.or_else(|| look_up(&["*", &key[key.rfind('.')?..]]))
}

/// The settings in effect whose kind fits, in the order of the file.
pub fn of_kind(settings: &Settings, fits: impl Fn(Kind<'_>) -> bool) -> impl Iterator<Item = &Setting> {
    settings.entries.iter().filter(move |setting| {
        find(&setting.key).is_some_and(|row| fits(row.kind))
            && settings.get(&setting.key).is_some_and(|last| std::ptr::eq(last, *setting))
    })
}

/// Binary search for the line with that name, which is given in parts.
fn look_up(name: &[&str]) -> Option<Row<'static>> {
    let is_end = |byte: &u8| *byte == b'\n';
    let mut text = TEXT;
    while !text.is_empty() {
        let (before, after) = text.as_bytes().split_at(text.len() / 2);
        let start = before.iter().rposition(is_end).map_or(0, |at| at + 1);
        let end = after.iter().position(is_end).map_or(text.len(), |at| before.len() + at + 1);
        let line = &text[start..end];
        let own = line.split(" | ").next().unwrap_or(line);
        match own.bytes().cmp(name.iter().flat_map(|part| part.bytes())) {
            std::cmp::Ordering::Equal => return Row::parse(line.trim_end()),
            std::cmp::Ordering::Less => text = &text[end..],
            std::cmp::Ordering::Greater => text = &text[..start],
        }
    }
    None
}

impl<'a> Row<'a> {
    /// Reads `name | kind | life on Elasticsearch | life on OpenSearch | fix | source`.
    pub fn parse(line: &'a str) -> Option<Self> {
        let mut columns = line.split(" | ");
        let row = Self {
            name: columns.next()?,
            kind: Kind::parse(columns.next()?)?,
            life: Lives {
                elasticsearch: Life::parse(columns.next()?)?,
                opensearch: Life::parse(columns.next()?)?,
            },
            fix: Fix::parse(columns.next()?)?,
            source: columns.next()?,
        };
        columns.next().is_none().then_some(row)
    }

    pub fn state(&self, version: Version) -> State {
        self.life.of(version.product).state(version)
    }

    /// What to do about the setting on a version that makes this of it.
    pub fn help(&self, state: State, version: Version) -> String {
        let since = self.life.of(version.product).first().filter(|_| state == State::NotYet);
        match (self.fix, since) {
            // The list of roles is younger than all of these.
            (Fix::None | Fix::Role(_) | Fix::Keystore, Some(since)) => {
                format!("remove it; it came with {since}")
            }
            (Fix::None, None) => "remove it".to_owned(),
            (Fix::Rename(name), _) => format!("use `{name}` instead"),
            (Fix::Set(name, value), _) => format!("write `{name}: {value}` instead"),
            (Fix::Role(name), None) => {
                format!("list the roles in `node.roles` instead, `{name}` among them if this is true")
            }
            (Fix::Remove(why), _) => format!("remove it; {why}"),
            (Fix::Keystore, None) => "put it into the keystore".to_owned(),
            (Fix::Tell(text), _) => text.to_owned(),
        }
    }
}

impl<'a> Kind<'a> {
    pub fn parse(text: &'a str) -> Option<Self> {
        Some(match text {
            "any" => Self::Any,
            "bool" => Self::Bool,
            "bytes" => Self::Bytes,
            "float" => Self::Float,
            "group" => Self::Group,
            "hosts" => Self::Hosts,
            "index" => Self::Index,
            "int" => Self::Int(""),
            "path" => Self::Path,
            "port" => Self::Port,
            "ratio" => Self::Ratio,
            "secure" => Self::Secure,
            "text" => Self::Text,
            "time" => Self::Time,
            "value" => Self::Value,
            _ => match text.split_once([':', '(']) {
                Some(("enum", name)) if text.as_bytes().get(4) == Some(&b':') => Self::EnumOf(name),
                Some(("enum", values)) => Self::Enum(values.strip_suffix(')')?),
                Some(("int", range)) => Self::Int(range.strip_suffix(')').filter(|it| it.contains(".."))?),
                Some(("list", element)) => {
                    let element = element.strip_suffix(')')?;
                    Self::parse(element).map(|_| Self::List(element))?
                }
                _ => return None,
            },
        })
    }
}

impl<'a> Fix<'a> {
    pub fn parse(text: &'a str) -> Option<Self> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        Some(match (word, rest) {
            ("none", "") => Self::None,
            ("keystore", "") => Self::Keystore,
            (_, "") => return None,
            ("rename", name) => Self::Rename(name),
            ("set", setting) => setting.split_once('=').map(|(name, value)| Self::Set(name, value))?,
            ("role", name) => Self::Role(name),
            ("remove", why) => Self::Remove(why),
            ("tell", text) => Self::Tell(text),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
