//! Environment variables that are options: `ES_ENTRYPOINT_…`, and those of tini and dumb-init.

use std::ffi::OsString;

use diagnostics::nearest;

use super::dialect::Dialect;
use super::error::UsageError;
use super::given::Given;
use super::row::{OptionRow, VARIABLE_PREFIX};
use super::table::{OPTIONS, find};
use super::value::Value;

const DUMB_INIT_PREFIX: &str = "DUMB_INIT_";
const TINI_PREFIX: &str = "TINI_";

/// The prefixes of all variables that are options.
pub(crate) const PREFIXES: [&str; 3] = [VARIABLE_PREFIX, TINI_PREFIX, DUMB_INIT_PREFIX];

/// The options of the variables `ES_ENTRYPOINT_…`, those that set levels last and the strictest level at the end.
pub(super) fn own_variables(environment: &[(OsString, OsString)]) -> Result<Vec<Given>, UsageError> {
    let mut given = Vec::new();
    for (name, value) in environment {
        let name = &*name.to_string_lossy();
        let Some(suffix) = name.strip_prefix(VARIABLE_PREFIX) else { continue };
        // For a Service called `es-entrypoint`, or like one of our options and more: `es-entrypoint-user`.
        if template::is_of_service(&format!("_{suffix}"), value.to_str().unwrap_or_default()) {
            continue;
        }
        let Some(row) = OPTIONS.iter().find(|row| row.variable() == name) else {
            return Err(unknown_variable(name));
        };
        if !value.is_empty() {
            given.push(Given { row, value: Value { word: value.clone(), from: name.to_owned() } });
        }
    }
    // The environment has no order: where two variables name one code, the stricter one wins.
    for stricter in ["allow", "warn", "deny"] {
        let (last, first) = given.into_iter().partition(|given: &Given| given.row.name == stricter);
        given = first;
        given.extend::<Vec<Given>>(last);
    }
    Ok(given)
}

fn unknown_variable(name: &str) -> UsageError {
    let error = UsageError::new(format_args!("unknown variable `{name}`"));
    let known: Vec<String> = OPTIONS.iter().map(OptionRow::variable).collect();
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => error.help(format_args!("did you mean `{near}`?")),
        None => error.help(format_args!(
            "variables that start with `ES_ENTRYPOINT_` are options; see `es-entrypoint help variables`"
        )),
    }
}

/// The options of the variables of tini and dumb-init. A program that is called by one of these names does not know the
/// variables of the other.
pub(super) fn tini_variables(dialect: Dialect, environment: &[(OsString, OsString)]) -> Vec<Given> {
    let mut given = Vec::new();
    for (name, value) in environment {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        let (unknown_to, suffix) = match (name.strip_prefix(TINI_PREFIX), name.strip_prefix(DUMB_INIT_PREFIX))
        {
            (Some(suffix), _) => (Dialect::DumbInit, suffix),
            (_, Some(suffix)) => (Dialect::Tini, suffix),
            _ => continue,
        };
        if unknown_to == dialect {
            continue;
        }
        let (option, word) = match (suffix, value) {
            ("SUBREAPER", _) => ("no-subreaper", "false"),
            ("KILL_PROCESS_GROUP", _) => ("group", "true"),
            ("VERBOSITY", "0") => ("log-level", "error"),
            ("VERBOSITY", "1") => ("log-level", "warn"),
            ("VERBOSITY", "2") => ("log-level", "info"),
            ("VERBOSITY", _) | ("DEBUG", "1") => ("log-level", "debug"),
            ("SETSID", "0") => ("single-child", "true"),
            ("SETSID", "1") => ("session", "true"),
            _ => continue,
        };
        let value = Value { word: word.into(), from: name.to_owned() };
        given.extend(find(option).map(|row| Given { row, value }));
    }
    given
}
