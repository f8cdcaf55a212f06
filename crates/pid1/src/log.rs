//! Log lines of the supervising process: one write each, never waiting for a reader, lost when nobody can take them.

use crate::system;
use diagnostics::json_string;
use diagnostics::printable;

/// From silent to talkative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Off,
    Error,
    Warn,
    #[default]
    Info,
    Debug,
}

impl LogLevel {
    pub(crate) const WORDS: [(&'static str, Self); 5] = [
        ("off", Self::Off),
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
    ];

    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, level)| *level == self).map_or("off", |(word, _)| word)
    }
}

/// How to log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The most talkative level that is written.
    pub level: LogLevel,
    /// One JSON object a line instead of text.
    pub json: bool,
}

/// A write of up to this many bytes to a pipe happens whole or not at all.
const PIPE_BUFFER: usize = 4096;

impl Log {
    pub(crate) fn error(self, text: &str) {
        self.line(LogLevel::Error, text);
    }

    pub(crate) fn warn(self, text: &str) {
        self.line(LogLevel::Warn, text);
    }

    pub(crate) fn info(self, text: &str) {
        self.line(LogLevel::Info, text);
    }

    pub(crate) fn debug(self, text: std::fmt::Arguments<'_>) {
        self.format(LogLevel::Debug, text);
    }

    /// Formats nothing that is not asked for: that would hold up the signal or the child that it speaks of.
    pub(crate) fn format(self, level: LogLevel, text: std::fmt::Arguments<'_>) {
        if self.level >= level {
            self.line(level, &text.to_string());
        }
    }

    pub(crate) fn line(self, level: LogLevel, text: &str) {
        if level > self.level {
            return;
        }
        let mut end = text.len().min(PIPE_BUFFER / 8);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        let json = self.json.then(|| json_string(text));
        let text = printable(text);
        let line = if let Some(text) = json {
            ["{\"level\":\"", level.word(), "\",\"message\":", &text, "}\n"].concat()
        } else if level <= LogLevel::Warn {
            ["es-entrypoint: ", level.word(), ": ", &text, "\n"].concat()
        } else {
            ["es-entrypoint: ", &text, "\n"].concat()
        };
        system::write_without_waiting(2, line.as_bytes());
    }
}
