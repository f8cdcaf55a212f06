//! Blanks at the edge of a variable's value, where the server takes them for a part of it.

use super::catalogue::{self, Kind};
use diagnostics::Finding;
use template::{Content, Environment, Layer, Origin, Setting, Settings, Variable};

/// Values with a blank or a line break at their edge. Elements of lists, numbers, times and booleans are read without it, or
/// reported for what they are.
pub fn check(settings: &Settings, environment: &Environment) -> Vec<Finding> {
    let of_setting = |setting: &Setting| edge(setting, environment).or_else(|| within(setting, environment));
    settings.entries.iter().filter_map(of_setting).collect()
}

/// A line break at the end of a value that stands in a longer text, `${HOST}:9300`: nothing drops it there.
fn within(setting: &Setting, environment: &Environment) -> Option<Finding> {
    if setting.layer != Layer::File || setting.variable().is_some() {
        return None;
    }
    let texts = || setting.text().into_iter().chain(setting.items.iter().map(|item| item.text.as_str()));
    setting.variables.iter().find_map(|name| {
        let variable = environment.get(name)?;
        let Content::Text(value) = &variable.content else { return None };
        let character = value.chars().next_back().filter(|it| matches!(it, '\n' | '\r'))?;
        let is_kept = |text: &str| {
            let is_followed = |(at, _)| !text[at + value.len()..].is_empty();
            let is_end = |text: &str| text.ends_with(value.as_str()) && text != value && keeps(&setting.key);
            text.match_indices(value.as_str()).any(is_followed) || is_end(text)
        };
        if value.trim_ascii().is_empty() || !texts().any(is_kept) {
            return None;
        }
        let what = if character == '\n' { "a line break" } else { "a carriage return" };
        let message =
            format!("the value of `{name}` ends with {what}, which is part of `{}`", setting.shown_key());
        let finding = Finding::warning("env/blank-around-value", message);
        Some(setting.finding(finding).variable(name).help(line_break_help(name, &variable.origin)))
    })
}

fn line_break_help(name: &str, origin: &Origin) -> String {
    match origin {
        Origin::File(_) => format!(
            "of the file that {name}_FILE names only one line break at the end is left out: write the value with `printf '%s'`"
        ),
        _ => format!(
            "`echo` ends its text with a line break, in a Secret's `data` too: encode the value of {name} with `printf '%s'`"
        ),
    }
}

fn edge(setting: &Setting, environment: &Environment) -> Option<Finding> {
    let name = setting.variable().filter(|_| setting.layer == Layer::File)?;
    let text = setting.text()?;
    let Variable { content, origin, .. } = environment.get(name)?;
    // A default stands in the template, where it can be seen.
    if *content != Content::Text(text.to_owned()) || text.trim_ascii().is_empty() || !keeps(&setting.key) {
        return None;
    }
    let blank = |character: Option<char>| character.filter(|it| matches!(it, ' ' | '\t' | '\n' | '\r'));
    let (verb, character) = match blank(text.chars().next_back()) {
        Some(character) => ("ends", character),
        None => ("begins", blank(text.chars().next())?),
    };
    let is_break = matches!(character, '\n' | '\r');
    // A password may begin or end with a blank, but nobody can type a line break into one.
    if setting.secret && !is_break {
        return None;
    }
    let what = match character {
        '\n' => "a line break",
        '\r' => "a carriage return",
        '\t' => "a tab",
        _ => "a blank",
    };
    let help = match origin {
        _ if is_break || matches!(origin, Origin::File(_)) => line_break_help(name, origin),
        _ => format!(
            "`docker run --env-file` keeps blanks around a value, as quotes in YAML do: remove it from {name}"
        ),
    };
    let message = format!("the value of `{name}` {verb} with {what}, which is part of `{}`", setting.key);
    let finding = Finding::warning("env/blank-around-value", message);
    Some(setting.finding(finding).variable(name).help(help))
}

/// Whether the server keeps blanks around a value of that setting. What is not known is taken for text.
fn keeps(key: &str) -> bool {
    let Some(row) = catalogue::kind_row(key, catalogue::find(key)) else { return true };
    match row.kind {
        Kind::Any | Kind::Enum(_) | Kind::EnumOf(_) | Kind::Group | Kind::Path | Kind::Text => true,
        Kind::Bool
        | Kind::Bytes
        | Kind::Float(_)
        | Kind::Hosts
        | Kind::Index
        | Kind::Int(_)
        | Kind::List(_)
        | Kind::Long(_)
        | Kind::Memory
        | Kind::Port
        | Kind::Ratio
        | Kind::Secure
        | Kind::Time(_)
        | Kind::Value => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::samples::{from_variable, of_file};
    use template::set_from_file;

    fn found(key: &str, name: &str, text: &str) -> Vec<String> {
        let environment: Environment = [(name, text)].into_iter().collect();
        reported(check(&from_variable(key, text, name), &environment))
    }

    fn reported(findings: Vec<Finding>) -> Vec<String> {
        findings
            .into_iter()
            .map(|it| format!("{} {} | {}", it.code, it.message, it.help.clone().unwrap()))
            .collect()
    }

    #[test]
    fn edges() {
        for (text, expected) in [
            (
                "logs ",
                "env/blank-around-value the value of `NAME` ends with a blank, which is part of `cluster.name` | `docker run \
                 --env-file` keeps blanks around a value, as quotes in YAML do: remove it from NAME",
            ),
            (
                "\tlogs",
                "env/blank-around-value the value of `NAME` begins with a tab, which is part of `cluster.name` | `docker run \
                 --env-file` keeps blanks around a value, as quotes in YAML do: remove it from NAME",
            ),
            (
                "logs\n",
                "env/blank-around-value the value of `NAME` ends with a line break, which is part of `cluster.name` | `echo` \
                 ends its text with a line break, in a Secret's `data` too: encode the value of NAME with `printf '%s'`",
            ),
        ] {
            assert_eq!(found("cluster.name", "NAME", text), [expected], "{text:?}");
        }
        assert_eq!(found("cluster.name", "NAME", "my logs"), [""; 0]);
        assert_eq!(found("cluster.name", "NAME", " "), [""; 0]);
    }

    #[test]
    fn in_a_longer_text() {
        let variables = [("HOST", "es-0\n"), ("PORT", "9300\r"), ("PASSWORD", "hunter2\n"), ("NONE", "\n")];
        let environment: Environment = variables.into_iter().collect();
        let found = |text: &str| reported(check(&of_file(text, &variables), &environment));
        let echo = |name: &str| {
            format!(
                "`echo` ends its text with a line break, in a Secret's `data` too: encode the value of {name} with `printf \
                 '%s'`"
            )
        };
        for (text, name, what, key) in [
            ("discovery.seed_hosts: ${HOST}:9300", "HOST", "a line break", "discovery.seed_hosts"),
            ("discovery.seed_hosts: [b, \"${HOST}:9300\"]", "HOST", "a line break", "discovery.seed_hosts"),
            ("discovery.seed_hosts: a:${PORT}, b", "PORT", "a carriage return", "discovery.seed_hosts"),
            ("cluster.name: logs-${HOST}", "HOST", "a line break", "cluster.name"),
            ("xpack.a.password: x${PASSWORD}y", "PASSWORD", "a line break", "xpack.a.password"),
        ] {
            let expected = format!(
                "env/blank-around-value the value of `{name}` ends with {what}, which is part of `{key}` | {}",
                echo(name)
            );
            assert_eq!(found(text), [expected], "{text}");
        }
        for text in [
            // At the edge of an element the server drops it.
            "discovery.seed_hosts: [b, \"${HOST}\"]",
            "discovery.seed_hosts: a,${HOST}",
            "network.host: _${NONE}_",
            "cluster.name: ${UNSET:-logs}-x",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn where_the_server_drops_them() {
        for key in
            ["discovery.seed_hosts", "network.host", "http.port", "node.data", "discovery.zen.ping_timeout"]
        {
            assert_eq!(found(key, "NAME", " x "), [""; 0], "{key}");
        }
        for key in ["node.attr.zone", "path.logs", "xpack.some.text"] {
            assert_eq!(found(key, "NAME", "x ").len(), 1, "{key}");
        }
    }

    #[test]
    fn secrets_and_defaults() {
        let key = "xpack.security.transport.ssl.keystore.password";
        let secret = |text: &str| {
            let mut settings = from_variable(key, text, "SSL_PASSWORD");
            settings.entries[0].secret = true;
            reported(check(&settings, &[("SSL_PASSWORD", text)].into_iter().collect()))
        };
        assert_eq!(secret("hunter2 "), [""; 0]);
        assert_eq!(
            secret("hunter2\n"),
            [format!(
                "env/blank-around-value the value of `SSL_PASSWORD` ends with a line break, which is part of `{key}` | `echo` \
                 ends its text with a line break, in a Secret's `data` too: encode the value of SSL_PASSWORD with `printf \
                 '%s'`"
            )]
        );
        // The default of the template.
        let default = from_variable("cluster.name", "logs ", "NAME");
        assert_eq!(check(&default, &Environment::default()), []);
        let mut environment = Environment::default();
        set_from_file(&mut environment, "NAME", "/n", Some(Ok("logs\r\n".into())));
        assert_eq!(
            reported(check(&from_variable("cluster.name", "logs\r", "NAME"), &environment)),
            [
                "env/blank-around-value the value of `NAME` ends with a carriage return, which is part of `cluster.name` | of the \
                 file that NAME_FILE names only one line break at the end is left out: write the value with `printf '%s'`"
            ]
        );
    }
}
