//! One option of the JVM, and who gives it.

use diagnostics::{Finding, Span, is_secret_name};

/// Who gives an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The variable holds the value alone.
    Size(&'static str),
    /// The variable holds JVM options.
    Variable(&'static str),
    /// A line of `jvm.options`.
    Line(Span),
    /// Nobody: the start script's own.
    Script,
    /// Nobody: what es-entrypoint makes of the container's memory limit.
    Limit,
}

impl Origin {
    /// What a message calls an option of this origin.
    pub(crate) fn name(&self, flag: &str) -> String {
        match self {
            Self::Size(name) => format!("`{name}`"),
            Self::Variable(name) => format!("`{flag}` in `{name}`"),
            Self::Line(_) | Self::Script | Self::Limit => format!("`{flag}`"),
        }
    }

    /// The finding with this place.
    pub(crate) fn place(&self, finding: Finding) -> Finding {
        match self {
            Self::Size(name) | Self::Variable(name) => finding.variable(*name),
            Self::Line(span) => finding.at(span.clone()),
            Self::Script | Self::Limit => finding,
        }
    }

    /// Where it is, in words: "`ES_JAVA_OPTS`", "line 7 of `config/jvm.options`".
    pub fn words(&self) -> String {
        match self {
            Self::Size(name) | Self::Variable(name) => format!("`{name}`"),
            Self::Line(span) => {
                let (line, _) = span.line_and_column();
                format!("line {line} of `{}`", span.source.name)
            }
            Self::Script => "the start script".to_owned(),
            Self::Limit => "es-entrypoint".to_owned(),
        }
    }
}

/// One option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// As the JVM gets it; it may hold values that must not be shown.
    pub text: String,
    pub origin: Origin,
    /// What the user wrote, where a message may show it: a whole variable, or a word of one.
    pub(crate) written: Option<String>,
    /// All but its name must not be shown.
    pub is_hidden: bool,
}

impl Argument {
    /// An option that may be shown.
    #[cfg(test)]
    pub(crate) fn new(text: &str, origin: Origin) -> Self {
        Self { text: text.to_owned(), origin, written: None, is_hidden: false }
    }

    /// One that follows from the container's memory limit.
    pub(crate) fn of_limit(text: String) -> Self {
        Self { text, origin: Origin::Limit, written: None, is_hidden: false }
    }

    /// The name of a flag of the JVM without value and sign, and whether it is switched on: `-XX:+UseG1GC`.
    pub(crate) fn switch(&self) -> Option<(&str, bool)> {
        let flag = self.text.strip_prefix("-XX:")?;
        flag.strip_prefix('+').map(|name| (name, true)).or_else(|| Some((flag.strip_prefix('-')?, false)))
    }

    /// The name of a flag of the JVM, switched or with a value: `UseG1GC`, `MaxRAMPercentage`.
    pub(crate) fn flag(&self) -> Option<&str> {
        match self.switch() {
            Some((name, _)) => Some(name),
            None => self.text.strip_prefix("-XX:")?.split('=').next(),
        }
    }

    /// The option as it may be shown: where it may hold a secret, its name or nothing.
    pub fn shown(&self) -> String {
        let text = &self.text;
        if is_harmless(text) {
            return text.clone();
        }
        if self.is_hidden {
            return "…".to_owned();
        }
        let may_be_shown = |text: &str| {
            !(text.len() > 200
                || is_secret_name(text)
                || text.contains(|it: char| it.is_control() || "`@".contains(it) || UNCLEAR.contains(&it)))
        };
        // What follows the file is for the agent, and may be anything.
        let is_agent = ["-javaagent:", "-agentpath:", "-agentlib:"].iter().any(|flag| text.starts_with(flag));
        let end = if is_agent { text.find('=') } else { None };
        match end {
            Some(end) if may_be_shown(&text[..end]) => format!("{}=…", &text[..end]),
            None if may_be_shown(text) => text.clone(),
            _ => format!("{}…", name(text)),
        }
    }

    /// It is no option and no value of the one before it, or it has what was meant for a shell: it may be a part of a value
    /// that was split at its blanks.
    pub(super) fn is_unclear(&self, may_be_value: bool) -> bool {
        !(self.text.starts_with('-') || may_be_value) || self.text.contains(UNCLEAR)
    }
}

/// What a value has that was meant for a shell or for Kubernetes.
const UNCLEAR: [char; 7] = ['"', '\'', '$', '(', ')', '\\', '`'];

/// Sizes, switches and numbers hold no secret.
fn is_harmless(text: &str) -> bool {
    let is_number = |text: &str| {
        let digits = text.trim_end_matches(['k', 'K', 'm', 'M', 'g', 'G', 't', 'T']);
        let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'.';
        text.len() <= 24
            && !digits.is_empty()
            && digits.len() + 1 >= text.len()
            && digits.bytes().all(is_digit)
    };
    let is_word = |text: &str| {
        text.len() <= 60 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !is_secret_name(text)
    };
    if let Some(size) = ["-Xms", "-Xmx", "-Xmn", "-Xss"].iter().find_map(|flag| text.strip_prefix(flag)) {
        return is_number(size);
    }
    let Some(flag) = text.strip_prefix("-XX:") else { return false };
    match flag.split_once('=') {
        Some((name, value)) => is_word(name) && is_number(value),
        None => flag.strip_prefix(['+', '-']).is_some_and(is_word),
    }
}

/// The beginning that says which option it is.
fn name(text: &str) -> &str {
    let after = if text.starts_with("-XX:") { 4 } else { 0 };
    let end = text[after..].find(|it: char| !(it.is_ascii_alphanumeric() || "+-_.".contains(it)));
    // An option without any sign in it may be a secret as a whole.
    match end.map(|end| after + end) {
        Some(end)
            if end <= 100
                && text.starts_with('-')
                && matches!(text.as_bytes().get(end), Some(b'=' | b':')) =>
        {
            &text[..=end]
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(text: &str) -> Argument {
        Argument::new(text, Origin::Script)
    }

    #[test]
    fn what_may_be_shown() {
        for (text, shown) in [
            ("-Xmx1g", "-Xmx1g"),
            ("-XX:MaxRAMPercentage=75", "-XX:MaxRAMPercentage=75"),
            ("-Djavax.net.ssl.keyStorePassword=abc", "-Djavax.net.ssl.keyStorePassword=…"),
            ("-javaagent:/a.jar=port=9404", "-javaagent:/a.jar=…"),
            ("-javaagent:/a.jar", "-javaagent:/a.jar"),
            ("-Dproxy=http://u:p@host", "-Dproxy=…"),
            ("mypasswordistaken", "…"),
            ("-Xmx1g$(NAME)", "…"),
            ("-Dname='value", "-Dname=…"),
            ("SOME=value(", "…"),
        ] {
            assert_eq!(argument(text).shown(), shown);
        }
        let hidden = Argument { is_hidden: true, ..argument("-Dx=y") };
        assert_eq!(hidden.shown(), "…");
        assert_eq!(Argument { is_hidden: true, ..argument("-Xmx1g") }.shown(), "-Xmx1g");
    }

    #[test]
    fn flags() {
        assert_eq!(argument("-XX:+UseG1GC").switch(), Some(("UseG1GC", true)));
        assert_eq!(argument("-XX:-UseG1GC").switch(), Some(("UseG1GC", false)));
        assert_eq!(argument("-XX:MaxRAMPercentage=5").flag(), Some("MaxRAMPercentage"));
        assert_eq!(argument("-Xmx1g").flag(), None);
    }
}
