//! `quorum`: the arithmetic as a small table, with its findings.

use crate::cli::Options;
use crate::exit;
use crate::output::{Writer, has_error};
use diagnostics::{Json, MessageFormat};
use server::quorum::{self, Table};

/// Prints the table; gives the exit code.
pub(crate) fn run(options: &Options, masters: u32, output: Writer<'_>) -> u8 {
    let table = quorum::table(masters, options.min);
    let findings = options.levels.apply(table.findings.clone());
    let text = if options.message_format == MessageFormat::Json { json(&table) } else { table.text.clone() };
    if output.table(&text).is_err() {
        return exit::IO_ERROR;
    }
    output.report(&findings)
}

fn json(table: &Table) -> String {
    let mut json = Json::default();
    json.open("", '{');
    json.number("masters", table.masters as usize);
    json.number("quorum", table.quorum as usize);
    json.number("losses_survived", table.losses_survived as usize);
    if let Some(min) = table.min {
        json.number("min", min as usize);
        json.truth("safe", !has_error(&table.findings));
    }
    json.raw("}\n");
    json.into_text()
}
