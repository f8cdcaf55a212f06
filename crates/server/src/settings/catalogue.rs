//! What is known of each setting: the rows of `catalogue.txt`, whose text is searched.

use std::cmp::Ordering;
use std::sync::LazyLock;

use super::life::{Life, Lives, State};
use crate::version::Version;

/// The rows without the head, sorted by name, as `build.rs` compressed them: 14 kB in the binary instead of 120, for about
/// 0.6 ms once a process, and only where settings are judged.
static TEXT: LazyLock<String> = LazyLock::new(|| {
    let text = diagnostics::inflated(include_bytes!(concat!(env!("OUT_DIR"), "/catalogue.deflate")));
    // Any byte may be taken for the start of a character.
    if text.is_ascii() { text } else { String::new() }
});

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// A key, `prefix.*`, `*.ending`, or `key{value}`.
    pub name: &'a str,
    pub kind: Kind<'a>,
    pub life: Lives<'a>,
    pub fix: Fix<'a>,
    /// How it is known: `register`, `tried` or `docs`; nothing where only the recorded lists have it.
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
    /// The range, or nothing.
    Float(&'a str),
    /// A group: the names below it are free.
    Group,
    /// Transport addresses of other nodes.
    Hosts,
    /// A setting of indices.
    Index,
    /// The range, or nothing.
    Int(&'a str),
    /// The kind of the elements.
    List(&'a str),
    /// As `Int`, with 64 bits.
    Long(&'a str),
    /// Bytes, or a share of what there is.
    Memory,
    Path,
    Port,
    Ratio,
    /// Only the keystore may hold it.
    Secure,
    Text,
    /// The range, or nothing.
    Time(&'a str),
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
    /// A whole sentence; of two with ` // ` between them the first one is for versions that do not have the setting yet.
    Tell(&'a str),
    /// A whole sentence for the product that never has it.
    Other(&'a str),
}

/// The row of that key: its own, else that with a star for one of its names, else that of the longest prefix. Elements of a
/// list may have a key each: `network.host.0`.
pub fn find(key: &str) -> Option<Row<'static>> {
    let near = match search(key) {
        Ok(line) if is_key(key) => return Row::parse(line),
        Ok(line) => [line, line],
        Err(neighbours) => neighbours,
    };
    // Rows with the same beginning stand together: where neither neighbour has it, no row does.
    let may_begin = |prefix: &str| near.iter().any(|line| line.starts_with(prefix));
    if let Some(row) = starred(key, may_begin) {
        return Some(row);
    }
    if let Some((list, index)) = key.rsplit_once('.')
        && !index.is_empty()
        && index.bytes().all(|byte| byte.is_ascii_digit())
        && let Some(row) = look_up(list).filter(|_| is_key(list))
    {
        return Some(row);
    }
    key.rmatch_indices('.')
        .map(|(at, _)| &key[..=at])
        .filter(|prefix| may_begin(prefix))
        .find_map(|prefix| look_up(&format!("{prefix}*")))
}

/// The row with a star in the place of one name in the middle of the key.
fn starred(key: &str, may_begin: impl Fn(&str) -> bool) -> Option<Row<'static>> {
    let dots: Vec<usize> = key.match_indices('.').map(|(at, _)| at).collect();
    dots.windows(2).find_map(|pair| {
        let before = &key[..=pair[0]];
        if !may_begin(before) {
            return None;
        }
        let star = format!("{before}*{}", &key[pair[1]..]);
        look_up(&star).filter(|_| is_key(key))
    })
}

/// The names of all settings that the version is known to have, prefixes without their stars.
pub fn names(version: Version) -> impl Iterator<Item = &'static str> {
    let rows = TEXT.lines().filter_map(Row::parse);
    let is_there = move |row: &Row| matches!(row.state(version), State::Present | State::Deprecated);
    rows.filter(move |row| row.kind != Kind::Value && is_there(row)).map(|row| row.name)
}

/// The names of the settings that only the keystore may hold, but for those with a star.
pub(crate) fn secure_names() -> impl Iterator<Item = &'static str> {
    let names = TEXT.match_indices(" | secure | ").map(|(at, _)| &TEXT[..at]);
    names.map(|before| &before[before.rfind('\n').map_or(0, |end| end + 1)..]).filter(|name| is_key(name))
}

/// Whether any setting that is known begins like that key, up to its first dot.
pub fn is_namespace(key: &str) -> bool {
    let Some(first) = key.find('.').map(|dot| &key[..=dot]) else { return false };
    search(first).err().is_some_and(|near| near.iter().any(|line| line.starts_with(first)))
}

/// The first of the settings that the version knows, as far as that is known.
pub fn first_known<'a>(version: Version, keys: &[&'a str]) -> Option<&'a str> {
    let is_known = |key: &&&str| {
        find(key).is_none_or(|row| !matches!(row.state(version), State::Removed | State::NotYet))
    };
    keys.iter().find(is_known).copied()
}

/// The names of other rows are no keys, nor is more of a line than its name.
fn is_key(name: &str) -> bool {
    !name.bytes().any(|byte| matches!(byte, b'*' | b'{' | b' '))
}

/// The row about that value of a setting.
pub fn find_value(key: &str, value: &str) -> Option<Row<'static>> {
    look_up(&format!("{key}{{{value}}}"))
}

/// The row that says what kind of values a key takes, when [`find`] has that row for it: that, else one of how it ends.
pub fn kind_row(key: &str, row: Option<Row<'static>>) -> Option<Row<'static>> {
    row.filter(|row| row.kind != Kind::Any).or_else(|| look_up(&format!("*{}", &key[key.rfind('.')?..])))
}

/// The keys with a list of such elements. Reads the whole text: to be asked once.
pub fn keys_of_list(element: &str) -> Vec<&'static str> {
    let column = format!("({element}) | ");
    // One byte is looked for much faster than a word.
    let kinds = TEXT.match_indices('(').filter(|(at, _)| TEXT[*at..].starts_with(&column));
    let key = |(at, _)| {
        let line: &str = TEXT[..at].strip_suffix(" | list")?;
        Some(&line[line.rfind('\n')? + 1..])
    };
    kinds.filter_map(key).collect()
}

/// The row with that name.
fn look_up(name: &str) -> Option<Row<'static>> {
    search(name).ok().and_then(Row::parse)
}

/// Binary search for the line with that name; without one, the lines before and after its place.
fn search(name: &str) -> Result<&'static str, [&'static str; 2]> {
    let start_of_line = |at: usize| memchr::memrchr(b'\n', &TEXT.as_bytes()[..at]).map_or(0, |end| end + 1);
    let end_of_line =
        |at: usize| memchr::memchr(b'\n', &TEXT.as_bytes()[at..]).map_or(TEXT.len(), |length| at + length);
    let (mut low, mut high) = (0, TEXT.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = start_of_line(middle);
        let line = &TEXT.as_bytes()[start..];
        // The blank behind a name is less than every byte of a longer one.
        let (own, rest) = line.split_at(name.len().min(line.len()));
        match own.cmp(name.as_bytes()) {
            Ordering::Equal if rest.first() == Some(&b' ') => return Ok(&TEXT[start..end_of_line(middle)]),
            Ordering::Less => low = end_of_line(middle) + 1,
            Ordering::Equal | Ordering::Greater => high = start,
        }
    }
    let place = low.min(TEXT.len());
    let before = if place == 0 { "" } else { &TEXT[start_of_line(place - 1)..place - 1] };
    Err([before, &TEXT[place..end_of_line(place)]])
}

impl<'a> Row<'a> {
    /// Reads `name | kind | life on Elasticsearch | life on OpenSearch | fix | source`, the last two as far as they are there.
    pub fn parse(line: &'a str) -> Option<Self> {
        let mut columns = line.split('|').map(str::trim);
        let row = Self {
            name: columns.next()?,
            kind: Kind::parse(columns.next()?)?,
            life: Lives { elasticsearch: Life::new(columns.next()?), opensearch: Life::new(columns.next()?) },
            fix: Fix::parse(columns.next().unwrap_or("none"))?,
            source: columns.next().unwrap_or_default(),
        };
        columns.next().is_none().then_some(row)
    }

    pub fn state(&self, version: Version) -> State {
        self.life.of(version.product).state(version)
    }

    /// What to do about the setting on a version that makes this of it.
    pub fn help(&self, state: State, version: Version) -> String {
        let since = self.life.of(version.product).since_when().filter(|_| state == State::NotYet);
        let is_others = self.life.only().is_some_and(|product| product != version.product);
        let fix = match self.fix {
            Fix::Other(_) if !is_others => Fix::None,
            fix => fix,
        };
        match (fix, since) {
            // The list of roles is younger than all of these.
            (Fix::None | Fix::Role(_) | Fix::Keystore, Some((since, true))) => {
                format!("remove it; only {since} and later have it")
            }
            (Fix::None | Fix::Role(_) | Fix::Keystore, Some((since, false))) => {
                format!("remove it; only later versions have it, {since} for instance")
            }
            (Fix::None, None) if state == State::Deprecated => {
                "a later version will not have it: remove it, or see in the breaking changes what takes its place"
                    .to_owned()
            }
            (Fix::None, None) => match self.life.only() {
                Some(other) if other != version.product => format!("remove it; only {} has it", other.name()),
                _ => "remove it".to_owned(),
            },
            (Fix::Rename(name), _) => format!("use `{name}` instead"),
            (Fix::Set(name, value), _) => format!("write `{name}: {value}` instead"),
            (Fix::Role(name), None) => {
                format!("list the roles in `node.roles` instead, `{name}` among them if this is true")
            }
            (Fix::Remove(why), _) => format!("remove it; {why}"),
            (Fix::Keystore, None) => "put it into the keystore".to_owned(),
            (Fix::Other(text), _) => text.to_owned(),
            (Fix::Tell(text), since) => match text.split_once(" // ") {
                Some((before, _)) if since.is_some() => before.to_owned(),
                Some((_, after)) => after.to_owned(),
                None => text.to_owned(),
            },
        }
    }
}

impl<'a> Kind<'a> {
    pub fn parse(text: &'a str) -> Option<Self> {
        Some(match text {
            "any" => Self::Any,
            "bool" => Self::Bool,
            "bytes" => Self::Bytes,
            "float" => Self::Float(""),
            "group" => Self::Group,
            "hosts" => Self::Hosts,
            "index" => Self::Index,
            "int" => Self::Int(""),
            "long" => Self::Long(""),
            "memory" => Self::Memory,
            "path" => Self::Path,
            "port" => Self::Port,
            "ratio" => Self::Ratio,
            "secure" => Self::Secure,
            "text" => Self::Text,
            "time" => Self::Time(""),
            "value" => Self::Value,
            _ => match text.split_once([':', '(']) {
                Some(("enum", name)) if text.as_bytes().get(4) == Some(&b':') => Self::EnumOf(name),
                Some(("enum", values)) => Self::Enum(values.strip_suffix(')')?),
                Some(("list", element)) => {
                    let element = element.strip_suffix(')')?;
                    Self::parse(element).map(|_| Self::List(element))?
                }
                Some((kind, range)) => {
                    let range = range.strip_suffix(')').filter(|it| it.contains(".."))?;
                    match kind {
                        "float" => Self::Float(range),
                        "int" => Self::Int(range),
                        "long" => Self::Long(range),
                        "time" => Self::Time(range),
                        _ => return None,
                    }
                }
                None => return None,
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
            ("other", text) => Self::Other(text),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
