//! `explain`: every setting and placeholder with its value and where that came from; secrets are masked.

mod changes;
mod keystore;

use std::fmt::Write as _;
use std::path::Path;

use node::{Depth, VersionFrom};

use crate::cli::Options;
use crate::disk::Disk;
use crate::exit;
use crate::output::Writer;
use crate::timing::Timing;
use diagnostics::json_string;
use diagnostics::{Json, MessageFormat, is_unprintable, printable};
use server::jvm_arguments::{self, Argument, Origin as From};
use template::{Beaten, Environment, Origin};
use template::{Inspected, Layer, Scalar, Setting, Settings, Use, ValueFrom};

/// What stands for a value that must not be shown.
const MASK: &str = "******";

/// Reports; gives the exit code.
pub(crate) fn run(options: &Options, environment: Environment, output: Writer<'_>) -> u8 {
    let depth = if options.host { Depth::Machine } else { Depth::Installed };
    let disk = Disk::default();
    let mut timing = Timing::begin();
    let facts = node::read(options.request(depth), environment, &disk);
    timing.step("read");
    let mut findings = node::judge(&facts);
    timing.step("judge");
    let planned = node::plan(&facts, &mut findings);
    timing.step("plan");
    diagnostics::sort(&mut findings);
    let mut text = String::new();
    if options.message_format != MessageFormat::Json {
        let source = match facts.version_from {
            VersionFrom::Option => "--es-version",
            VersionFrom::Installation => "the installation",
            VersionFrom::Guess => "a guess; say so with --es-version if it is wrong",
        };
        let _ = writeln!(text, "{} ({source})", facts.version.name());
        text.extend(facts.version.note().map(|note| note + "\n"));
    }
    for (index, file) in facts.files.iter().enumerate() {
        let winners = (facts.main_file == Some(index)).then_some(&facts.settings);
        let rows = of_file(&file.inspected, winners, &facts.environment);
        let note = if winners.is_none() && file.template.is_main() {
            format!(" (not read by {})", facts.version.name())
        } else {
            String::new()
        };
        text.push_str(&report(&file.template.name, &note, &rows, options.message_format));
    }
    if let Some(path) = &facts.sources.not_read
        && options.message_format != MessageFormat::Json
    {
        let name = path.display().to_string();
        let _ = writeln!(text, "{} (not read by {})", printable(&name), facts.version.name());
    }
    text.push_str(&outside(&facts.settings, options.message_format));
    if let Some(keystore) = &facts.keystore {
        let origin = |name: &str| origin(name, &facts.environment);
        text.push_str(&keystore::report(keystore, MASK, &origin, options.message_format));
    }
    if let Some(machine) = &facts.machine {
        text.push_str(&java_options(
            planned.archive.as_deref(),
            &machine.jvm_arguments,
            options.message_format,
        ));
    }
    if options.timing {
        text.push_str(&times(&timing, options.message_format));
    }
    text.push_str(&changes::report(&facts, &disk, options.message_format, value));
    let findings = options.levels.apply(findings);
    if output.table(&text).is_err() {
        return exit::IO_ERROR;
    }
    output.report(&findings)
}

/// Where the time of a start goes, as far as nothing is written for it.
fn times(timing: &Timing, format: MessageFormat) -> String {
    let mut out = String::new();
    if format != MessageFormat::Json {
        out.push_str("time of a start, before anything is written\n");
    }
    for (step, time) in timing.milliseconds() {
        if format == MessageFormat::Json {
            let mut json = Json::default();
            json.open("", '{');
            json.text("step", step);
            json.raw(&format!(",\"milliseconds\":{time:.3}}}\n"));
            out.push_str(&json.into_text());
        } else {
            let _ = writeln!(out, "    {step:<8}{time:8.2} ms");
        }
    }
    out
}

/// The rows about one inspected template; `winners` are what the server gets, where it reads that file.
fn of_file(inspected: &Inspected, winners: Option<&Settings>, variables: &Environment) -> Vec<Row> {
    let mut rows = Vec::new();
    // What could not be evaluated is in the findings.
    for setting in inspected.settings.entries.iter().filter(|setting| !setting.is_unknown()) {
        let mut row = setting_row(setting, &inspected.uses, variables);
        row.loses_to = winners.and_then(|winners| winner(setting, winners));
        rows.push(row);
    }
    for used in &inspected.uses {
        rows.push(use_row(used, variables));
    }
    rows
}

/// The report on the settings that are given beside the files.
fn outside(settings: &Settings, format: MessageFormat) -> String {
    let all = settings.entries.iter().chain(&settings.overridden);
    let mut given: Vec<&Setting> = all.filter(|setting| setting.layer != Layer::File).collect();
    diagnostics::order::sort_by_key(&mut given, |setting| {
        (&setting.value_span.source.name, setting.value_span.range.start)
    });
    let row = |setting: &&Setting| {
        let (line, column) = setting.value_span.line_and_column();
        Row {
            kind: "setting",
            subject: setting.shown_key().to_owned(),
            value: value(setting),
            from: giver(setting),
            variable: setting.variable().map(str::to_owned),
            loses_to: winner(setting, settings),
            beaten: Vec::new(),
            line,
            column,
        }
    };
    let same_source =
        |one: &&Setting, other: &&Setting| one.value_span.source.name == other.value_span.source.name;
    let blocks = given.chunk_by(same_source).filter_map(|block| {
        let rows: Vec<Row> = block.iter().map(row).collect();
        Some(report(&block.first()?.value_span.source.name, "", &rows, format))
    });
    blocks.collect()
}

/// The command line of the JVM, in its order.
fn java_options(archive: Option<&Path>, arguments: &[Argument], format: MessageFormat) -> String {
    let is_json = format == MessageFormat::Json;
    let mut out = String::new();
    let archive = archive.map(|file| format!("{}{}", server::launch::archive::OPTION, file.display()));
    if !(is_json || archive.is_none() && arguments.is_empty()) {
        out.push_str("options of the JVM, in its order\n");
    }
    let width = arguments.iter().map(|it| it.shown().chars().count()).max().unwrap_or(0).min(48);
    let mut row = |option: &str, from: &str, place: Option<(usize, usize)>, winner: Option<String>| {
        if is_json {
            let mut json = Json::default();
            json.open("", '{');
            json.text("option", option);
            json.text("source", from);
            if let Some((line, column)) = place {
                json.number("line", line);
                json.number("column", column);
            }
            if let Some(winner) = &winner {
                json.text("loses_to", winner);
            }
            json.raw("}\n");
            out.push_str(&json.into_text());
        } else {
            let place = place.map(|(line, column)| format!(" ({line}:{column})")).unwrap_or_default();
            let loses = winner.map(|winner| format!(", loses to {winner}")).unwrap_or_default();
            let _ = writeln!(
                out,
                "    {:width$}  {}{place}{}",
                printable(option),
                printable(from),
                printable(&loses)
            );
        }
    };
    if let Some(option) = archive {
        row(&option, "what `archive` made", None, None);
    }
    for argument in arguments {
        let (from, place) = match &argument.origin {
            From::Size(name) | From::Variable(name) => (format!("variable {name}"), None),
            From::Script => ("start script".to_owned(), None),
            From::Limit => ("half of the container's memory".to_owned(), None),
            From::Line(span) => (span.source.name.clone(), Some(span.line_and_column())),
        };
        let winner = jvm_arguments::winner(argument, arguments).map(|winner| winner.origin.words());
        row(&argument.shown(), &from, place, winner);
    }
    out
}

/// Who gives a setting: beside the files, or in which line of its file.
fn giver(setting: &Setting) -> String {
    match (setting.layer, setting.variables.first()) {
        (Layer::File, _) => format!("line {}", setting.value_span.line_and_column().0),
        (Layer::Variable, Some(name)) => format!("variable {name}"),
        (Layer::JavaProperty, Some(name)) => format!("-Des.{}=… in {name}", setting.key),
        _ => "argument".to_owned(),
    }
}

/// Who gives the same setting and wins.
fn winner(setting: &Setting, settings: &Settings) -> Option<String> {
    let winner = settings.get(&setting.key)?;
    (winner.value_span != setting.value_span).then(|| giver(winner))
}

/// The rows of one file; people also get the note.
fn report(name: &str, note: &str, rows: &[Row], format: MessageFormat) -> String {
    if format == MessageFormat::Json {
        rows.iter().map(|row| row.json(name)).collect()
    } else {
        table(name, note, rows)
    }
}

/// One line of the report.
struct Row {
    /// `setting` or `placeholder`.
    kind: &'static str,
    subject: String,
    value: String,
    from: String,
    variable: Option<String>,
    /// Who gives the setting, too, and wins.
    loses_to: Option<String>,
    /// What else would have given the value: who, and which.
    beaten: Vec<(String, String)>,
    line: usize,
    column: usize,
}

impl Row {
    fn json(&self, file: &str) -> String {
        let mut json = Json::default();
        json.open("", '{');
        json.text(self.kind, &self.subject);
        json.text("value", &self.value);
        json.text("source", &self.from);
        if let Some(variable) = &self.variable {
            json.text("variable", variable);
        }
        if let Some(winner) = &self.loses_to {
            json.text("loses_to", winner);
        }
        if !self.beaten.is_empty() {
            json.open("instead_of", '[');
            for (from, value) in &self.beaten {
                json.open("", '{');
                json.text("source", from);
                json.text("value", value);
                json.raw("}");
            }
            json.raw("]");
        }
        json.text("file", file);
        json.number("line", self.line);
        json.number("column", self.column);
        json.raw("}\n");
        json.into_text()
    }
}

fn table(name: &str, note: &str, rows: &[Row]) -> String {
    let mut out = format!("{}{note}\n", printable(name));
    if rows.is_empty() {
        out.push_str("  no settings and no placeholders\n");
    }
    for (kind, heading) in [("setting", "settings"), ("placeholder", "placeholders")] {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.kind == kind).collect();
        if rows.is_empty() {
            continue;
        }
        let width = |text: fn(&Row) -> &str| {
            rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0).min(48)
        };
        let (subject, value) = (width(|row| &row.subject), width(|row| &row.value));
        let _ = writeln!(out, "  {heading}:");
        for row in rows {
            let _ = write!(
                out,
                "    {:subject$}  {:value$}  {} ({}:{})",
                printable(&row.subject),
                row.value,
                printable(&row.from),
                row.line,
                row.column
            );
            for (from, value) in &row.beaten {
                let _ = write!(out, ", instead of {value} ({})", printable(from));
            }
            if let Some(winner) = &row.loses_to {
                let _ = write!(out, ", loses to {}", printable(winner));
            }
            out.push('\n');
        }
    }
    out
}

/// The value as it may be shown.
fn value(setting: &Setting) -> String {
    if setting.is_secret() {
        return MASK.to_owned();
    }
    match &setting.value {
        Scalar::Null => "null".to_owned(),
        Scalar::Text { text, .. } => shown(text),
        Scalar::List => {
            let items: Vec<String> = setting.items.iter().map(|item| shown(&item.text)).collect();
            format!("[{}]", items.join(", "))
        }
        Scalar::Unknown => "unknown".to_owned(),
    }
}

fn setting_row(setting: &Setting, uses: &[Use], variables: &Environment) -> Row {
    let (line, column) = setting.value_span.line_and_column();
    let mut placeholder = None;
    let from = match setting.variable() {
        Some(name) => {
            // They stand in the order of the file.
            let start = setting.value_span.range.start;
            let found = uses.binary_search_by_key(&start, |used| used.span.range.start);
            placeholder = found.ok().and_then(|index| uses.get(index));
            let by_default = placeholder.is_some_and(|used| used.value_from == ValueFrom::Default);
            if by_default { format!("default of {name}") } else { origin(name, variables) }
        }
        None if setting.variables.is_empty() => "template".to_owned(),
        None => setting.variables.iter().map(|name| origin(name, variables)).collect::<Vec<_>>().join(", "),
    };
    Row {
        kind: "setting",
        subject: setting.shown_key().to_owned(),
        value: value(setting),
        from,
        loses_to: None,
        beaten: placeholder.map(|used| beaten(used, variables)).unwrap_or_default(),
        variable: setting.variable().map(str::to_owned),
        line,
        column,
    }
}

fn use_row(used: &Use, variables: &Environment) -> Row {
    let (line, column) = used.span.line_and_column();
    // The default that is written in a placeholder of a secret is as secret as the value.
    let is_secret = used.is_secret();
    let subject =
        if is_secret && !used.is_bare { format!("${{{}…}}", used.name) } else { used.placeholder.clone() };
    Row {
        kind: "placeholder",
        subject,
        value: if is_secret { MASK.to_owned() } else { shown(&used.text) },
        from: match used.value_from {
            ValueFrom::Default => format!("default of {}", used.name),
            ValueFrom::Variable => origin(&used.name, variables),
        },
        variable: Some(used.name.clone()),
        loses_to: None,
        beaten: beaten(used, variables),
        line,
        column,
    }
}

/// What else would have given a placeholder its text.
fn beaten(used: &Use, variables: &Environment) -> Vec<(String, String)> {
    let row = |it: Beaten| {
        let from = match &it.origin {
            Some(origin) => origin_of(&it.name, Some(origin)),
            None => format!("default of {}", it.name),
        };
        (from, if it.secret || used.is_secret() { MASK.to_owned() } else { shown(&it.text) })
    };
    template::beaten(&used.placeholder, variables).into_iter().map(row).collect()
}

fn origin(name: &str, variables: &Environment) -> String {
    origin_of(name, variables.get(name).map(|variable| &variable.origin))
}

fn origin_of(name: &str, origin: Option<&Origin>) -> String {
    match origin {
        None => format!("{name}, unset"),
        Some(Origin::Process) => format!("variable {name}"),
        Some(Origin::File(path)) => format!("file {path} ({name}_FILE)"),
        Some(Origin::Derived(from)) => format!("{name}, derived from {from}"),
    }
}

/// A value on one line: quoted when it is empty or holds blanks or control characters.
fn shown(text: &str) -> String {
    if text.is_empty() || text.chars().any(|it| it.is_whitespace() || is_unprintable(it)) {
        printable(&json_string(text))
    } else {
        text.to_owned()
    }
}
