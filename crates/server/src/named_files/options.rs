//! Which options of the JVM name files.

use std::path::{Path, PathBuf};

use diagnostics::Severity;

use super::place::Place;
use super::{Base, Named, Use};
use crate::jvm_arguments::{Argument, Origin};

const NO_START: &str = "the JVM does not start without it";

/// An option, what it does with the file, and what becomes of the start without. Tried with Java 8, 17, 21 and 25.
const ROWS: &[(&str, Use, Severity, &str)] = &[
    ("-javaagent:", Use::Read, Severity::Error, NO_START),
    ("-agentpath:", Use::Read, Severity::Error, NO_START),
    ("-XX:VMOptionsFile=", Use::Read, Severity::Error, NO_START),
    ("-XX:Flags=", Use::Read, Severity::Error, NO_START),
    ("-XX:HeapDumpPath=", Use::Write, Severity::Warning, "no heap dump would be written"),
    ("-Djavax.net.ssl.trustStore=", Use::Read, Severity::Warning, "no certificate would be trusted"),
    ("-Djavax.net.ssl.keyStore=", Use::Read, Severity::Warning, "connections that need it would fail"),
    ("-Djava.security.properties=", Use::Read, Severity::Warning, "the JVM passes over it and says nothing"),
];

/// Every path that the options name. `java_major` is that of the Java which will run.
pub fn of_arguments(arguments: &[Argument], java_major: Option<u16>) -> Vec<Named> {
    let mut seen = [false; ROWS.len()];
    let mut named: Vec<Named> =
        arguments.iter().rev().filter_map(|argument| of_argument(argument, &mut seen, java_major)).collect();
    named.reverse();
    named
}

fn of_argument(argument: &Argument, seen: &mut [bool], java_major: Option<u16>) -> Option<Named> {
    if let Some(log) = log_file(argument, java_major) {
        return named(argument, log.0, log.1, Use::WriteInto, log.2, log.3);
    }
    let row = ROWS.iter().position(|row| argument.text.starts_with(row.0))?;
    let (option, used, severity, effect) = &ROWS[row];
    // The last one counts, of those of which there is one.
    if std::mem::replace(&mut seen[row], true) && !option.contains("agent") {
        return None;
    }
    let value = &argument.text[option.len()..];
    let path = if option.contains("agent") { value.split('=').next()? } else { value };
    let is_file = !path.is_empty() && path != "NONE" && !path.starts_with('=') && !path.contains("://");
    if is_file { named(argument, option, path, *used, *severity, effect) } else { None }
}

/// The file of a log, whose directory has to be there: Java 8 goes on without.
fn log_file(argument: &Argument, java_major: Option<u16>) -> Option<(&str, &str, Severity, &'static str)> {
    let java = java_major?;
    let text = argument.text.as_str();
    let (option, path) = if let Some(path) = text.strip_prefix("-Xloggc:") {
        ("-Xloggc:", path)
    } else {
        // -Xlog:WHAT:OUTPUT:DECORATORS:OPTIONS
        let output = text.strip_prefix("-Xlog:")?.split(':').nth(1)?;
        let is_stream = output.is_empty() || output.starts_with("std") || output.contains('"');
        ("-Xlog:", Some(output.strip_prefix("file=").unwrap_or(output)).filter(|_| !is_stream)?)
    };
    let (severity, effect) = if java >= 9 {
        (Severity::Error, "the JVM does not start where it cannot write its log")
    } else {
        (Severity::Warning, "the JVM would write no log")
    };
    Some((option, path, severity, effect))
}

fn named(
    argument: &Argument,
    option: &str,
    path: &str,
    used: Use,
    severity: Severity,
    effect: &'static str,
) -> Option<Named> {
    // What the launcher or the JVM puts in, and what a shell would.
    if path.is_empty() || path.contains(['$', '`', '\'', '"']) {
        return None;
    }
    let mut path = PathBuf::from(path);
    if option.starts_with("-Xlog") {
        path = path
            .parent()
            .filter(|it| *it != Path::new(""))
            .map_or_else(|| PathBuf::from("."), Path::to_owned);
    }
    // `%p` is the process.
    if path.to_str()?.contains('%') && used == Use::Write {
        path = path.parent()?.to_owned();
    }
    let flag = option.trim_end_matches([':', '=']);
    let mut place = Place {
        name: argument.origin.name(flag),
        span: None,
        variable: None,
        setting: None,
        is_hidden: argument.is_hidden || diagnostics::is_secret_name(&argument.text),
    };
    match &argument.origin {
        Origin::Size(name) | Origin::Variable(name) => place.variable = Some((*name).to_owned()),
        Origin::Line(span) => place.span = Some(span.clone()),
        Origin::Script | Origin::Limit => {}
    }
    Some(Named { path, base: Base::WorkingDirectory, used, severity, effect, is_guarded: false, place })
}
