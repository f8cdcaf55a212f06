//! Values that were damaged on their way in: quotes that became a part of them, invisible characters at their edge, and
//! references that somebody else was to expand.

use crate::environment::{Content, Environment, Origin, Variable};
use crate::format::Format;
use diagnostics::Finding;

/// Where a variable's value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A file of the server, or the command line of its JVM: nobody after us expands anything.
    Server,
    /// Another file of settings, in which braces and percent signs may mean something to its reader.
    OtherSettings,
    /// Text that may be anything.
    Anything,
}

impl Destination {
    pub(crate) fn of(format: Format) -> Self {
        match format {
            Format::Elasticsearch | Format::JvmOptions => Self::Server,
            Format::Yaml | Format::Properties => Self::OtherSettings,
            // Quotes in a policy are refused, and a path may hold the rest.
            Format::Text | Format::Policy => Self::Anything,
        }
    }
}

/// What is wrong with a value, in the words of a message: "the value of `A` …".
struct Damage {
    code: &'static str,
    what: String,
    help: String,
}

/// A kind of damage: from where on it is sought, and how.
type Shape = (Destination, fn(&Value) -> Option<Damage>);

/// All of them. Each is so special that a value has it by mistake.
const SHAPES: [Shape; 5] = [
    (Destination::OtherSettings, invisible),
    (Destination::OtherSettings, quoted),
    (Destination::Server, kubernetes_reference),
    (Destination::Server, braces),
    (Destination::Server, whole_reference),
];

struct Value<'a> {
    name: &'a str,
    text: &'a str,
    /// Nothing of the text may be shown.
    secret: bool,
    from_file: bool,
    environment: &'a Environment,
}

/// Everything that looks wrong with the value of a variable, without a place. A value that follows from another variable
/// is blamed on that one.
pub fn damages(
    name: &str,
    variable: &Variable,
    text: &str,
    destination: Destination,
    environment: &Environment,
) -> Vec<Finding> {
    if let Origin::Derived(from) = &variable.origin {
        // What comes from the machine has no variable.
        let sources = from.split(" and ").filter_map(|name| Some((name, environment.get(name)?)));
        return sources
            .filter(|(_, source)| !matches!(source.origin, Origin::Derived(_)))
            .filter_map(|(name, source)| match &source.content {
                Content::Text(text) => Some(damages(name, source, text, destination, environment)),
                _ => None,
            })
            .flatten()
            .collect();
    }
    let from_file = matches!(environment.get(name), Some(Variable { origin: Origin::File(_), .. }));
    let value = Value { name, text, secret: variable.secret, from_file, environment };
    let sought = |needed: Destination| match destination {
        Destination::Server => true,
        Destination::OtherSettings => needed == Destination::OtherSettings,
        Destination::Anything => false,
    };
    SHAPES
        .iter()
        .filter(|(needed, _)| sought(*needed))
        .filter_map(|(_, shape)| shape(&value))
        .map(|Damage { code, what, help }| {
            Finding::warning(code, format!("the value of `{name}` {what}")).variable(name).help(help)
        })
        .collect()
}

/// The name of a character that is not seen and that no reader takes for a blank.
fn invisible_name(character: char) -> Option<&'static str> {
    Some(match character {
        '\u{feff}' => "a byte order mark (U+FEFF)",
        '\u{a0}' => "a no-break space (U+00A0)",
        '\u{202f}' => "a narrow no-break space (U+202F)",
        '\u{200b}' => "a zero-width space (U+200B)",
        '\u{200e}' => "a left-to-right mark (U+200E)",
        '\u{200f}' => "a right-to-left mark (U+200F)",
        '\u{2060}' => "a word joiner (U+2060)",
        _ => return None,
    })
}

fn invisible(value: &Value) -> Option<Damage> {
    let edge = |character: Option<char>| character.and_then(invisible_name);
    let (verb, character) = match edge(value.text.chars().next()) {
        Some(character) => ("begins", character),
        None => ("ends", edge(value.text.chars().next_back())?),
    };
    let name = value.name;
    let help = if value.from_file {
        format!("it is part of the value: save the file that {name}_FILE names as UTF-8 without it")
    } else {
        format!(
            "it is part of the value: editors put it at the head of a file, and it comes along when text is copied; \
             type the value of {name} anew"
        )
    };
    Some(Damage { code: "env/invisible-character", what: format!("{verb} with {character}"), help })
}

/// The text between quotes that begin and end the value and do not occur inside of it.
fn unquoted(text: &str) -> Option<(char, &str)> {
    ['"', '\''].into_iter().find_map(|quote| {
        let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains(quote)).then_some((quote, inner))
    })
}

fn quoted(value: &Value) -> Option<Damage> {
    let (quote, _) = unquoted(value.text.trim_ascii())?;
    let name = value.name;
    let help = if value.from_file {
        format!("write the text into the file that {name}_FILE names without them")
    } else {
        format!(
            "`docker run --env-file` and the list form of compose, `- {name}={quote}…{quote}`, keep quotes: write \
             `{name}=…` without them"
        )
    };
    let what = format!("begins and ends with `{quote}`, and these quotes are part of it");
    Some(Damage { code: "env/quoted-value", what, help })
}

/// `$(NAME)` with a name that Kubernetes takes: the first one in the text.
fn reference(text: &str) -> Option<(&str, &str)> {
    let mut rest = text;
    while let Some(at) = rest.find("$(") {
        let inside = rest.get(at + 2..)?;
        let end = inside
            .find(|character: char| {
                !(character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.'))
            })
            .unwrap_or(inside.len());
        let name = inside.get(..end)?;
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if is_name && inside[end..].starts_with(')') {
            return Some((name, rest.get(at..at + 2 + end + 1)?));
        }
        rest = inside;
    }
    None
}

fn kubernetes_reference(value: &Value) -> Option<Damage> {
    let (inner, written) = reference(value.text)?;
    // In the midst of a secret these may be characters like others, and they are not to be shown.
    if value.secret && written != value.text {
        return None;
    }
    let name = value.name;
    let code = "env/later-reference";
    if value.secret {
        let help = format!(
            "Kubernetes expands such a reference only where its variable is declared above {name} in the same list, \
             and nobody else expands it"
        );
        return Some(Damage { code, what: "is a reference that was not expanded".into(), help });
    }
    let what = format!("has `{written}` in it, which was not expanded");
    let help = if inner == name || value.environment.get(inner).is_some() {
        format!(
            "Kubernetes expands `{written}` only where {inner} is declared above {name} in the same list `env`: move it \
             there"
        )
    } else {
        format!(
            "Kubernetes expands `{written}` only where {inner} is declared above {name} in the same list `env`, and \
             nobody executes commands: declare {inner} there, or write the value itself"
        )
    };
    Some(Damage { code, what, help })
}

fn braces(value: &Value) -> Option<Damage> {
    let at = value.text.find("{{")?;
    let end = value.text.get(at + 2..)?.find("}}").map(|end| at + end + 4)?;
    if value.secret && (at, end) != (0, value.text.len()) {
        return None;
    }
    Some(Damage {
        code: "env/not-expanded",
        what: "has `{{ … }}` in it, which nobody filled in".into(),
        help: format!(
            "Helm and Ansible fill in only the files that they render, and Docker only for services of a swarm: write \
             the value itself into {}",
            value.name
        ),
    })
}

/// `%NAME%` and `$NAME`, where they are all of the value.
fn whole_reference(value: &Value) -> Option<Damage> {
    let text = value.text.trim_ascii();
    let is_name = |inner: &&str| {
        let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        inner.len() > 1
            && inner.bytes().all(is_part)
            && !inner.starts_with(|first: char| first.is_ascii_digit())
    };
    let windows = text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')).filter(is_name);
    let shell = text.strip_prefix('$').filter(is_name);
    let inner = windows.or(shell).filter(|_| !value.secret)?;
    let who = if windows.is_some() {
        "only a command line of Windows expands that".to_owned()
    } else {
        format!("only a shell expands that; in Kubernetes it is `$({inner})`, in compose `${{{inner}}}`")
    };
    Some(Damage {
        code: "env/not-expanded",
        what: format!("is `{text}`, which was not expanded"),
        help: format!("{who}: write the value itself into {}", value.name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::set_from_file;

    fn found(name: &str, text: &str, destination: Destination) -> Vec<String> {
        let environment: Environment = [(name, text), ("POD_NAME", "es-0")].into_iter().collect();
        let variable = environment.get(name).unwrap();
        damages(name, variable, text, destination, &environment)
            .into_iter()
            .map(|finding| {
                format!("{} {} | {}", finding.code, finding.message, finding.help.clone().unwrap())
            })
            .collect()
    }

    fn codes(name: &str, text: &str, destination: Destination) -> Vec<String> {
        found(name, text, destination).iter().map(|it| it.split(' ').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn each_shape_says_what_it_is_and_where_it_comes_from() {
        for (text, expected) in [
            (
                "\"logs\"",
                "env/quoted-value the value of `NODE` begins and ends with `\"`, and these quotes are part of it | \
                 `docker run --env-file` and the list form of compose, `- NODE=\"…\"`, keep quotes: write `NODE=…` \
                 without them",
            ),
            (
                "'logs'",
                "env/quoted-value the value of `NODE` begins and ends with `'`, and these quotes are part of it | \
                 `docker run --env-file` and the list form of compose, `- NODE='…'`, keep quotes: write `NODE=…` \
                 without them",
            ),
            (
                "$(POD_NAME)",
                "env/later-reference the value of `NODE` has `$(POD_NAME)` in it, which was not expanded | Kubernetes \
                 expands `$(POD_NAME)` only where POD_NAME is declared above NODE in the same list `env`: move it there",
            ),
            (
                "es-$(hostname)",
                "env/later-reference the value of `NODE` has `$(hostname)` in it, which was not expanded | Kubernetes \
                 expands `$(hostname)` only where hostname is declared above NODE in the same list `env`, and nobody \
                 executes commands: declare hostname there, or write the value itself",
            ),
            (
                "es-{{.Node.Hostname}}",
                "env/not-expanded the value of `NODE` has `{{ … }}` in it, which nobody filled in | Helm and Ansible \
                 fill in only the files that they render, and Docker only for services of a swarm: write the value \
                 itself into NODE",
            ),
            (
                "%COMPUTERNAME%",
                "env/not-expanded the value of `NODE` is `%COMPUTERNAME%`, which was not expanded | only a command line \
                 of Windows expands that: write the value itself into NODE",
            ),
            (
                "$POD_NAME",
                "env/not-expanded the value of `NODE` is `$POD_NAME`, which was not expanded | only a shell expands \
                 that; in Kubernetes it is `$(POD_NAME)`, in compose `${POD_NAME}`: write the value itself into NODE",
            ),
            (
                "\u{feff}logs",
                "env/invisible-character the value of `NODE` begins with a byte order mark (U+FEFF) | it is part of the \
                 value: editors put it at the head of a file, and it comes along when text is copied; type the value of \
                 NODE anew",
            ),
            (
                "logs\u{a0}",
                "env/invisible-character the value of `NODE` ends with a no-break space (U+00A0) | it is part of the \
                 value: editors put it at the head of a file, and it comes along when text is copied; type the value of \
                 NODE anew",
            ),
        ] {
            assert_eq!(found("NODE", text, Destination::Server), [expected], "{text}");
        }
    }

    #[test]
    fn ordinary_values_are_not_damaged() {
        for text in [
            "",
            "logs",
            "\"",
            "it's",
            "\"a\", \"b\"",
            "'a' or 'b'",
            "[a, b]",
            "%m%n",
            "[%d{ISO8601}][%-5p] %m%n",
            "%C%",
            "%name%",
            "http://a.example/b%20c%2F",
            "50%",
            "$5",
            "US$",
            "$",
            "^a$(b|c)",
            "$( x )",
            "$()",
            "{a}",
            "}} {{",
            "_eth0_",
            "\u{e9}t\u{e9}",
        ] {
            assert_eq!(codes("NODE", text, Destination::Server), [""; 0], "{text}");
        }
    }

    #[test]
    fn other_readers_may_expand_what_we_do_not_know() {
        for text in ["$(POD_NAME)", "{{ x }}", "%NAME%", "$NAME"] {
            assert_eq!(codes("NODE", text, Destination::OtherSettings), [""; 0], "{text}");
        }
        assert_eq!(codes("NODE", "'x'", Destination::OtherSettings), ["env/quoted-value"]);
        assert_eq!(codes("NODE", "'x'", Destination::Anything), [""; 0]);
    }

    #[test]
    fn nothing_of_a_secret_is_shown() {
        for (text, expected) in [
            ("\"hunter2\"", vec!["env/quoted-value"]),
            ("$(HUNTER2)", vec!["env/later-reference"]),
            ("{{ hunter2 }}", vec!["env/not-expanded"]),
            // These may well be passwords.
            ("a$(HUNTER2)", vec![]),
            ("hunter2{{}}", vec![]),
            ("$HUNTER2", vec![]),
            ("%HUNTER2%", vec![]),
            (" hunter2 ", vec![]),
            ("\"hunter2", vec![]),
        ] {
            assert_eq!(codes("ELASTIC_PASSWORD", text, Destination::Server), expected, "{text}");
            let shown = found("ELASTIC_PASSWORD", text, Destination::Server).concat().to_lowercase();
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn a_file_is_where_the_value_came_from() {
        let mut environment = Environment::default();
        set_from_file(&mut environment, "NODE", "/n", Some(Ok("\u{feff}\"x\"".into())));
        let variable = environment.get("NODE").unwrap().clone();
        let Content::Text(text) = &variable.content else { panic!() };
        let found = damages("NODE", &variable, text, Destination::Server, &environment);
        let helps: Vec<&str> = found.iter().filter_map(|finding| finding.help.as_deref()).collect();
        assert_eq!(
            helps,
            ["it is part of the value: save the file that NODE_FILE names as UTF-8 without it"]
        );
        set_from_file(&mut environment, "NODE", "/n", Some(Ok("\"x\"\n".into())));
        let variable = environment.get("NODE").unwrap().clone();
        let found = damages("NODE", &variable, "\"x\"", Destination::Server, &environment);
        assert_eq!(
            found[0].help.as_deref(),
            Some("write the text into the file that NODE_FILE names without them")
        );
    }

    #[test]
    fn what_follows_from_a_variable_is_blamed_on_it() {
        let environment: Environment = [("POD_NAME", "$(X)")].into_iter().collect();
        let derived = |from: &str| Variable {
            content: Content::Text("$(X)".into()),
            origin: Origin::Derived(from.into()),
            secret: false,
        };
        let found = damages("NODE_NAME", &derived("POD_NAME"), "$(X)", Destination::Server, &environment);
        assert_eq!(found[0].variable.as_deref(), Some("POD_NAME"));
        let host = derived("the host name");
        assert_eq!(damages("NODE_NAME", &host, "$(X)", Destination::Server, &environment), []);
        let environment: Environment =
            [("MASTER_STATEFULSET", "'es'"), ("MASTER_COUNT", "3")].into_iter().collect();
        let names = derived("MASTER_STATEFULSET and MASTER_COUNT");
        let found =
            damages("INITIAL_MASTER_NODES", &names, "'es'-0,'es'-1", Destination::Server, &environment);
        assert_eq!(found[0].variable.as_deref(), Some("MASTER_STATEFULSET"));
    }
}
