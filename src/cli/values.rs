//! The values of options become what they mean, or a mistake that names the option and never shows the value.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::UsageError;
use super::dialect::Dialect;
use super::given::Given;
use super::options::{LogFormat, Options};
use super::table::{CommandName, Takes};
use diagnostics::Level;
use diagnostics::MessageFormat;
use diagnostics::codes;
use diagnostics::nearest;
use node::{Ownership, PolicyMode};
use server::Version;
use template::Format;

/// The typed options: foreign variables first, then ours, then the command line, so that the last wins.
pub(super) fn typed(
    command: CommandName,
    dialect: Dialect,
    given: [&Vec<Given>; 3],
) -> Result<Options, UsageError> {
    let mut options = Options { supervision: dialect.usual(), ..Options::default() };
    // A variable of a pod is for the container's `run`; the other commands take what they know. Its value is
    // judged all the same, so that a mistake shows wherever it is looked for.
    for given in given[0] {
        apply(&mut options, given)?;
    }
    // What is usual holds only where nothing is asked for.
    let usual = (options.supervision.group, options.supervision.session);
    (options.supervision.group, options.supervision.session) = (false, false);
    for given in given[1].iter().chain(given[2]) {
        apply(&mut options, given)?;
    }
    let supervision = &mut options.supervision;
    if supervision.group && supervision.session {
        return Err(UsageError::new(format_args!("`--group` and `--session` exclude each other"))
            .help(format_args!("a session's leader leads a process group too: `--session` is enough")));
    }
    if !(supervision.single || supervision.group || supervision.session) {
        (supervision.group, supervision.session) = usual;
    }
    if !options.files.is_empty() && command != CommandName::Check {
        options.files.clear();
    }
    Ok(options)
}

fn apply(options: &mut Options, given: &Given) -> Result<(), UsageError> {
    let path = match given.row.name {
        "es-home" => &mut options.es_home,
        "config-dir" => &mut options.config_dir,
        "templates" => &mut options.templates,
        "runtime-dir" => &mut options.runtime_dir,
        "output" => &mut options.output,
        "java-home" => &mut options.java_home,
        name => return apply_list(options, given, name),
    };
    *path = Some(PathBuf::from(&given.value));
    Ok(())
}

fn apply_list(options: &mut Options, given: &Given, name: &str) -> Result<(), UsageError> {
    let list = match name {
        "forward" => &mut options.supervision.forward,
        "drop" => &mut options.supervision.drop,
        "rewrite" => &mut options.supervision.rewrite,
        name => return apply_other(options, given, name),
    };
    list.push_str(text(given)?);
    list.push(',');
    Ok(())
}

fn apply_other(options: &mut Options, given: &Given, name: &str) -> Result<(), UsageError> {
    let value = &given.value;
    let on = given.row.takes == Takes::Switch && switch(given)?;
    let supervision = &mut options.supervision;
    match name {
        "es-version" => {
            let known = Version::parse(text(given)?).filter(Version::is_known);
            options.es_version = Some(known.ok_or_else(|| {
                bad(given, "a version of Elasticsearch 1, 2 or 5 to 9 like `2.3.4`, or of OpenSearch 1 to 3 like `os-2.11.0`")
            })?);
        }
        "host" => options.host = on,
        "strict" => options.levels.strict = on,
        "allow" => add_levels(options, given, Level::Allow)?,
        "warn" => add_levels(options, given, Level::Warn)?,
        "deny" => add_levels(options, given, Level::Deny)?,
        "message-format" => {
            let index = choice(given, &["human", "json", "github"])?;
            options.message_format =
                [MessageFormat::Human, MessageFormat::Json, MessageFormat::Github][index];
        }
        "log-level" => {
            let levels = ["off", "error", "warn", "info", "debug", "trace"];
            options.log_level = Some(levels[choice(given, &levels)?]);
        }
        "log-format" => {
            options.log_format = [LogFormat::Text, LogFormat::Json][choice(given, &["text", "json"])?];
        }
        "file" => options.files.push(value.clone()),
        "format" => {
            let words = ["auto", "elasticsearch", "yaml", "text", "properties", "jvm-options", "policy"];
            options.format = [
                None,
                Some(Format::Elasticsearch),
                Some(Format::Yaml),
                Some(Format::Text),
                Some(Format::Properties),
                Some(Format::JvmOptions),
                Some(Format::Policy),
            ][choice(given, &words)?];
        }
        "min" => options.min = Some(number(text(given)?).ok_or_else(|| bad(given, NUMBER))?),
        "policy" => {
            let index = choice(given, &["auto", "patch", "property", "off"])?;
            options.policy =
                [PolicyMode::Auto, PolicyMode::Patch, PolicyMode::Property, PolicyMode::Off][index];
        }
        "read" => options.read.push(value.clone()),
        "remove" => options.remove = on,
        "user" => options.user = Some(text(given)?.to_owned()),
        "chown" => {
            let index = choice(given, &["top", "recursive", "off"])?;
            options.chown = [Ownership::Top, Ownership::Recursive, Ownership::Off][index];
        }
        "single-child" => {
            supervision.single = on;
            if supervision.single {
                supervision.group = false;
                supervision.session = false;
            }
        }
        "group" => supervision.group = on,
        "session" => supervision.session = on,
        "stop-timeout" => supervision.stop_timeout = Some(seconds(given)?),
        "grace" => supervision.grace = Some(seconds(given)?),
        "stop-status" => {
            supervision.stop_status = Some(exit_code(given, text(given)?)?);
        }
        "success-code" => {
            for code in text(given)?.split(',') {
                supervision.success_codes.push(exit_code(given, code.trim())?);
            }
        }
        "parent-death-signal" => supervision.parent_death_signal = Some(text(given)?.to_owned()),
        "log-reaped" => supervision.log_reaped = on,
        "inherit-signals" => supervision.inherit_signals = on,
        "no-subreaper" => supervision.no_subreaper = on,
        // Each row of the table has its arm; a test walks the table.
        other => return Err(UsageError::new(format_args!("option `--{other}` has no meaning yet"))),
    }
    Ok(())
}

/// The value must be something else; it is not shown, as a mistyped command line can hold anything.
fn bad(given: &Given, wanted: &str) -> UsageError {
    UsageError::new(format_args!("the value of `{}` is not valid", given.from))
        .help(format_args!("it takes {wanted}"))
}

fn text(given: &Given) -> Result<&str, UsageError> {
    given.value.to_str().ok_or_else(|| bad(given, "UTF-8 text"))
}

fn switch(given: &Given) -> Result<bool, UsageError> {
    match given.value.to_str() {
        Some("true" | "1" | "yes" | "on") => Ok(true),
        Some("false" | "0" | "no" | "off") => Ok(false),
        _ => Err(bad(given, "`true` or `false`")),
    }
}

/// Which of the words it is. Not generic: the binary needs this once.
fn choice(given: &Given, words: &[&str]) -> Result<usize, UsageError> {
    words.iter().position(|word| OsStr::new(word) == given.value).ok_or_else(|| {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        bad(given, &format!("one of {}", words.join(", ")))
    })
}

pub(super) const NUMBER: &str = "a number from 0 to 4294967295";

pub(super) fn number(text: &str) -> Option<u32> {
    // A sign or a blank is as much a typing error as a letter.
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

fn exit_code(given: &Given, text: &str) -> Result<u8, UsageError> {
    text.parse().map_err(|_| bad(given, "an exit code from 0 to 255"))
}

fn seconds(given: &Given) -> Result<f64, UsageError> {
    const LONGEST: f64 = 31_536_000.0;
    let wanted = "seconds from 0 to 31536000, like `30` or `0.5`";
    let text = text(given)?;
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(bad(given, wanted));
    }
    text.parse().ok().filter(|value| (0.0..=LONGEST).contains(value)).ok_or_else(|| bad(given, wanted))
}

fn add_levels(options: &mut Options, given: &Given, level: Level) -> Result<(), UsageError> {
    for name in text(given)?.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let Some(code) = codes::find(name) else {
            let known = codes::CODES.iter().map(|code| code.name);
            let error = UsageError::new(format_args!("`{}` names an unknown finding", given.from));
            return Err(match nearest(name, known) {
                Some(near) => error.help(format_args!("did you mean `{near}`?")),
                None => error.help(format_args!("commas separate codes; see `es-entrypoint help findings`")),
            });
        };
        if level != Level::Deny && code.name.starts_with("template/") {
            return Err(UsageError::new(format_args!(
                "`{}` cannot name `{}`: without a rendered file there is nothing to start with",
                given.from, code.name
            ))
            .help(format_args!("give the placeholder a default, `${{NAME:-…}}`, or set the variable")));
        }
        options.levels.rows.push((code.name, level));
    }
    Ok(())
}
