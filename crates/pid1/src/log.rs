//! Log lines of the supervising process: one write each, never waiting for a reader, lost when they cannot be written.

use diagnostics::{json_string, printable};

use crate::system;

/// Which log lines are written. Each level includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What ends this process.
    Error,
    /// What needs attention.
    Warn,
    /// Also what happened to a signal or an orphan.
    #[default]
    Info,
    /// Also each forwarded signal.
    Debug,
}

impl LogLevel {
    pub(crate) const ALL: [Self; 5] = [Self::Off, Self::Error, Self::Warn, Self::Info, Self::Debug];

    /// The word of a log line and of a command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

/// Which log lines the supervision writes to standard error, and in which form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The last level that is written.
    pub level: LogLevel,
    /// One JSON object a line instead of text.
    pub json: bool,
}

/// A write of up to this many bytes to a pipe happens whole or not at all, see `PIPE_BUF` in pipe(7).
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

    /// Formats nothing that is not written: that would delay the signal or the child that it is about.
    pub(crate) fn format(self, level: LogLevel, text: std::fmt::Arguments<'_>) {
        if self.level >= level {
            self.line(level, &text.to_string());
        }
    }

    fn line(self, level: LogLevel, text: &str) {
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
