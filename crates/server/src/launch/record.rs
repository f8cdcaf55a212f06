//! What the launcher of 8.x and 9.x hands to the server on its standard input: switches, secrets, settings and directories, as
//! `org.elasticsearch.bootstrap.ServerArgs` reads them.

use std::fmt;

use template::{Scalar, Setting};

use crate::settings::kinds::{is_yaml_boolean, yaml_boolean};

/// What a keystore holds, decrypted.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// The version of the file's format.
    pub format: u32,
    pub is_protected: bool,
    /// The encrypted part of the file; nothing of a keystore that is made in this start.
    pub payload: Vec<u8>,
    pub entries: Vec<Secret>,
}

/// One entry.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    pub name: String,
    pub value: Vec<u8>,
    /// SHA-256 of the value.
    pub digest: [u8; 32],
}

impl fmt::Debug for Secrets {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Secrets({} entries)", self.entries.len())
    }
}

/// All of it.
pub(super) struct Record<'a> {
    pub(super) is_quiet: bool,
    pub(super) pid_file: Option<&'a str>,
    pub(super) secrets: &'a Secrets,
    /// In the order of their keys.
    pub(super) settings: Vec<(&'a str, Value<'a>)>,
    pub(super) config_dir: &'a str,
    pub(super) logs_dir: &'a str,
}

/// The value of a setting: numbers are texts, too, and of booleans it is one of two.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Text(&'a str),
    List(Vec<&'a str>),
}

impl<'a> Value<'a> {
    /// Nothing where that is not known.
    pub(super) fn of(setting: &'a Setting) -> Option<Self> {
        match &setting.value {
            Scalar::Text { text, .. } => Some(Self::Text(yaml_boolean(setting).unwrap_or(text))),
            // Which of a list stand in quotes is not known.
            Scalar::List if !setting.items.iter().any(|it| it.is_null || is_yaml_boolean(&it.text)) => {
                Some(Self::List(setting.items.iter().map(|item| item.text.as_str()).collect()))
            }
            _ => None,
        }
    }
}

impl Record<'_> {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Writer(vec![0, u8::from(self.is_quiet), u8::from(self.pid_file.is_some())]);
        if let Some(path) = self.pid_file {
            out.text(path);
        }
        let secrets = self.secrets;
        out.text("org.elasticsearch.common.settings.KeyStoreWrapper");
        out.0.extend(secrets.format.to_be_bytes());
        out.0.push(secrets.is_protected.into());
        out.0.push((!secrets.payload.is_empty()).into());
        if !secrets.payload.is_empty() {
            out.bytes(&secrets.payload);
        }
        out.number(secrets.entries.len());
        for Secret { name, value, digest } in &secrets.entries {
            out.text(name);
            out.bytes(value);
            out.bytes(digest);
        }
        // It is not closed.
        out.0.push(0);
        out.number(self.settings.len());
        for (key, value) in &self.settings {
            out.text(key);
            match value {
                Value::Text(text) => {
                    out.0.push(0);
                    out.text(text);
                }
                Value::List(items) => {
                    out.0.push(7);
                    out.number(items.len());
                    for item in items {
                        out.0.push(0);
                        out.text(item);
                    }
                }
            }
        }
        out.text(self.config_dir);
        out.text(self.logs_dir);
        out.0
    }
}

/// As `StreamOutput` writes.
struct Writer(Vec<u8>);

#[expect(clippy::cast_possible_truncation, reason = "a byte at a time")]
impl Writer {
    /// Seven bits in a byte, the lowest ones first.
    fn number(&mut self, number: usize) {
        let mut rest = number;
        while rest > 0x7f {
            self.0.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push((rest & 0x7f) as u8);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// Each unit of UTF-16 on its own, also those of a pair.
    fn text(&mut self, text: &str) {
        self.number(text.encode_utf16().count());
        for unit in text.encode_utf16() {
            let last = |shift: u16| 0x80 | (unit >> shift & 0x3f) as u8;
            match unit {
                0..=0x7f => self.0.push(unit as u8),
                0x80..=0x7ff => self.0.extend([0xc0 | (unit >> 6) as u8, last(0)]),
                _ => self.0.extend([0xe0 | (unit >> 12) as u8, last(6), last(0)]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the launchers of 8.19.21 and 9.2.0 read the file: what YAML takes for a boolean, the server would refuse otherwise.
    #[test]
    fn values_of_the_file() {
        let file = "a: True\nb: OFF\nc: 'Yes'\nd: 010\ne: y\nf: [a, 1]\ng: [a, On]\n";
        let settings = crate::settings::samples::of_file(file, &[]);
        let value = |key| Value::of(settings.get(key).unwrap());
        for (key, text) in [("a", "true"), ("b", "false"), ("c", "Yes"), ("d", "010"), ("e", "y")] {
            assert_eq!(value(key), Some(Value::Text(text)), "{key}");
        }
        assert_eq!(value("f"), Some(Value::List(vec!["a", "1"])));
        assert_eq!(value("g"), None);
        let variable = "a: ${A}\n";
        let settings = crate::settings::samples::of_file(variable, &[("A", "True")]);
        assert_eq!(Value::of(settings.get("a").unwrap()), Some(Value::Text("true")));
    }

    #[test]
    fn numbers_and_texts() {
        let number = |number| {
            let mut out = Writer(Vec::new());
            out.number(number);
            out.0
        };
        assert_eq!(
            [0, 0x7f, 0x80, 0x4000].map(number),
            [vec![0], vec![0x7f], vec![0x80, 1], vec![0x80, 0x80, 1]]
        );
        let mut out = Writer(Vec::new());
        out.text("a\u{fc}\u{20ac}\u{1f511}");
        // Of the last one both halves on their own.
        assert_eq!(out.0, [5, b'a', 0xc3, 0xbc, 0xe2, 0x82, 0xac, 0xed, 0xa0, 0xbd, 0xed, 0xb4, 0x91]);
    }
}
