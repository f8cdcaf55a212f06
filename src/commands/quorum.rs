//! `quorum`: the arithmetic as a small table, with its findings.

use crate::cli::Options;
use crate::exit;
use crate::finding::Finding;
use crate::finding::report::{MessageFormat, push_member};
use crate::output::Writer;
use crate::quorum::{self, Table};

/// Prints the table; gives the exit code: junk is a usage error.
pub fn run(options: &Options, masters: &str, output: Writer) -> u8 {
    let Some(masters) = number(masters) else {
        return junk("the number of master-eligible nodes");
    };
    let min = match options.min.as_deref().map(number) {
        None => None,
        Some(Some(min)) => Some(min),
        Some(None) => return junk("`--min`"),
    };
    let table = quorum::table(masters, min);
    let findings = options.judge(table.findings.clone());
    let text = if options.message_format == MessageFormat::Json { json(&table) } else { table.text.clone() };
    if output.text(text.as_bytes()).is_err() {
        return exit::IO_ERROR;
    }
    output.report(&findings)
}

fn number(text: &str) -> Option<u32> {
    // A sign or a blank is as much a typing error as a letter.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn junk(what: &str) -> u8 {
    tracing::error!("{what} is not a number from 0 to {}", u32::MAX);
    exit::USAGE
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
    finding.severity == crate::finding::Severity::Error
}
