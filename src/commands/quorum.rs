//! `quorum`: the arithmetic as a small table, with its findings.

use crate::cli::Options;
use crate::exit;
use crate::output::Writer;
use diagnostics::Finding;
use diagnostics::{MessageFormat, push_member};
use server::quorum::{self, Table};

/// Prints the table; gives the exit code.
pub(crate) fn run(options: &Options, masters: u32, output: Writer) -> u8 {
    let table = quorum::table(masters, options.min);
    let findings = options.levels.apply(table.findings.clone());
    let text = if options.message_format == MessageFormat::Json { json(&table) } else { table.text.clone() };
    if output.text(text.as_bytes()).is_err() {
        return exit::IO_ERROR;
    }
    output.report(&findings)
}

fn json(table: &Table) -> String {
    let mut out = String::from("{");
    push_member(&mut out, "masters", &table.masters.to_string());
    push_member(&mut out, "quorum", &table.quorum.to_string());
    push_member(&mut out, "losses_survived", &table.losses_survived.to_string());
    if let Some(min) = table.min {
        push_member(&mut out, "min", &min.to_string());
        push_member(&mut out, "safe", if table.findings.iter().any(is_error) { "false" } else { "true" });
    }
    out.push_str("}\n");
    out
}

fn is_error(finding: &Finding) -> bool {
    finding.severity == diagnostics::Severity::Error
}
