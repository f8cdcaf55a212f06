//! The value of an option, checked and converted. A mistake names the option and never shows the value.

use std::ffi::{OsStr, OsString};

use diagnostics::{Level, MessageFormat, codes, nearest};
use node::ArchiveMode;
use server::Version;

use super::error::UsageError;

/// The words of `--log-level`, which stay words: two kinds of log take them.
pub(super) const LOG_LEVELS: [(&str, &str); 6] = [
    ("off", "off"),
    ("error", "error"),
    ("warn", "warn"),
    ("info", "info"),
    ("debug", "debug"),
    ("trace", "trace"),
];

/// The words of `--message-format`; the last is there for the message about others, as files are taken before.
pub(super) const MESSAGE_FORMATS: [(&str, MessageFormat); 5] = [
    ("human", MessageFormat::Human),
    ("json", MessageFormat::Json),
    ("github", MessageFormat::Github),
    ("sarif", MessageFormat::Sarif),
    ("sarif=FILE", MessageFormat::Human),
];

/// The value of an option as it was given.
pub(super) struct Value {
    pub(super) word: OsString,
    /// The option or variable that gave it, for messages.
    pub(super) from: String,
}

impl Value {
    /// The value must be something else. It is not shown, because a mistyped command line can hold anything.
    fn invalid(&self, wanted: &str) -> UsageError {
        UsageError::new(format_args!("the value of `{}` is not valid", self.from))
            .help(format_args!("it takes {wanted}"))
    }

    pub(super) fn text(&self) -> Result<&str, UsageError> {
        self.word.to_str().ok_or_else(|| self.invalid("UTF-8 text"))
    }

    pub(super) fn switch(&self) -> Result<bool, UsageError> {
        match self.word.to_str() {
            Some("true" | "1" | "yes" | "on") => Ok(true),
            Some("false" | "0" | "no" | "off") => Ok(false),
            _ => Err(self.invalid("`true` or `false`")),
        }
    }

    /// A part of the value, as one that was given for the same option.
    pub(super) fn part(&self, word: &str) -> Self {
        Self { word: word.into(), from: self.from.clone() }
    }

    /// The value that belongs to one of these words.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, UsageError> {
        match choices.iter().find(|(word, _)| OsStr::new(word) == self.word) {
            Some((_, chosen)) => Ok(*chosen),
            None => Err(self.not_one_of(&mut choices.iter().map(|(word, _)| *word))),
        }
    }

    /// `--archive`; `archive` itself asks `run` to make one.
    pub(super) fn archive(&self) -> Result<ArchiveMode, UsageError> {
        Ok(match self.word.to_str().and_then(|word| word.strip_prefix("make=")) {
            Some(file) => ArchiveMode::Make(file.into()),
            None if self.choice(&[("auto", true), ("off", false)])? => ArchiveMode::Auto,
            None => ArchiveMode::Off,
        })
    }

    // Not generic: the binary needs this once.
    fn not_one_of(&self, words: &mut dyn Iterator<Item = &str>) -> UsageError {
        let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
        self.invalid(&format!("one of {}", words.join(", ")))
    }

    pub(super) fn version(&self) -> Result<Version, UsageError> {
        const ACCEPTED: &str =
            "a version of Elasticsearch 1, 2 or from 5 on like `2.3.4`, or of OpenSearch like `os-2.11.0`";
        let version = Version::parse(self.text()?);
        version.filter(|it| it.is_known() || it.may_come()).ok_or_else(|| {
            match version.and_then(|it| it.meant_opensearch()) {
                Some(meant) => self.invalid(&format!("{ACCEPTED}; {} is written `{meant}`", meant.name())),
                None => self.invalid(ACCEPTED),
            }
        })
    }

    /// The second number of `1.35`, `v1.35` or `1.35.4`.
    pub(super) fn kubernetes_minor(&self) -> Result<u32, UsageError> {
        let text = self.text()?;
        let minor = text.trim_start_matches('v').strip_prefix("1.").and_then(|rest| rest.split('.').next());
        minor.and_then(parse_number).ok_or_else(|| self.invalid("a version of Kubernetes like `1.35`"))
    }

    pub(super) fn number(&self) -> Result<u32, UsageError> {
        parse_number(self.text()?).ok_or_else(|| self.invalid(NUMBER))
    }

    pub(super) fn exit_code(&self) -> Result<u8, UsageError> {
        self.parse_exit_code(self.text()?)
    }

    /// Exit codes with commas between them.
    pub(super) fn exit_codes(&self) -> Result<Vec<u8>, UsageError> {
        self.text()?.split(',').map(|code| self.parse_exit_code(code.trim())).collect()
    }

    fn parse_exit_code(&self, text: &str) -> Result<u8, UsageError> {
        text.parse().map_err(|_| self.invalid("an exit code from 0 to 255"))
    }

    pub(super) fn seconds(&self) -> Result<f64, UsageError> {
        const LONGEST: f64 = 31_536_000.0;
        let text = self.text()?;
        // `parse` also takes signs, exponents, `inf` and `nan`.
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let seconds = if is_plain { text.parse().ok() } else { None };
        seconds
            .filter(|seconds| (0.0..=LONGEST).contains(seconds))
            .ok_or_else(|| self.invalid("seconds from 0 to 31536000, like `30` or `0.5`"))
    }

    /// Adds the value and a comma to a list of signals, which is parsed where the signals are known.
    pub(super) fn append_to(&self, list: &mut String) -> Result<(), UsageError> {
        list.push_str(self.text()?);
        list.push(',');
        Ok(())
    }

    /// Adds a level for each finding that the value names; commas separate the names.
    pub(super) fn add_levels(
        &self,
        level: Level,
        rows: &mut Vec<(&'static str, Level)>,
    ) -> Result<(), UsageError> {
        for name in self.text()?.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let Some(code) = codes::find(name) else {
                let known = codes::CODES.iter().map(|code| code.name);
                let error = UsageError::new(format_args!("`{}` names an unknown finding", self.from));
                return Err(match nearest(name, known) {
                    Some(near) => error.help(format_args!("did you mean `{near}`?")),
                    None => {
                        error.help(format_args!("commas separate codes; see `es-entrypoint help findings`"))
                    }
                });
            };
            if level != Level::Deny && code.name.starts_with("template/") {
                return Err(UsageError::new(format_args!(
                    "`{}` cannot name `{}`: without a rendered file there is nothing to start with",
                    self.from, code.name
                ))
                .help(format_args!("give the placeholder a default, `${{NAME:-…}}`, or set the variable")));
            }
            rows.push((code.name, level));
        }
        Ok(())
    }
}

/// What [`parse_number`] takes.
pub(super) const NUMBER: &str = "a number from 0 to 4294967295";

pub(super) fn parse_number(text: &str) -> Option<u32> {
    // A sign or a blank is as much a typing error as a letter.
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}
