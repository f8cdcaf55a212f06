//! Log lines on standard error: text or one JSON object a line. Findings are not log lines.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::cli::LogFormat;
use diagnostics::json_string;
use diagnostics::printable;

/// Starts logging at that level (`off`, `error`, `warn`, `info`, `debug`, `trace`).
pub(crate) fn start(level: &str, format: LogFormat) {
    let level: LevelFilter = level.parse().unwrap_or(LevelFilter::INFO);
    let lines = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr);
    // A second start (in tests) changes nothing.
    let _ = lines.event_format(Line(format)).try_init();
}

struct Line(LogFormat);

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut message = Message(String::new());
        event.record(&mut message);
        let level = match *event.metadata().level() {
            tracing::Level::ERROR => "error",
            tracing::Level::WARN => "warn",
            tracing::Level::INFO => "info",
            tracing::Level::DEBUG => "debug",
            tracing::Level::TRACE => "trace",
        };
        match self.0 {
            LogFormat::Text => writeln!(writer, "es-entrypoint: {level}: {}", printable(&message.0)),
            LogFormat::Json => {
                writeln!(writer, "{{\"level\":\"{level}\",\"message\":{}}}", json_string(&message.0))
            }
        }
    }
}

/// The event's message; further fields do not occur in this program.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
