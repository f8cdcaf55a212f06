//! `check`: every finding there is, and nothing written.

use template::Environment;

use crate::apply::{self, Target};
use crate::cli::Options;
use crate::commands::examine::{self, Examined};
use crate::output::Writer;
use diagnostics::Finding;
use diagnostics::MessageFormat;

/// Reports; gives the exit code.
pub fn run(options: &Options, environment: &Environment, output: Writer) -> u8 {
    let mut examined = examine::examine(options, environment, &[], examine::Depth::check(options));
    examined.findings.extend(no_runtime_directory(&examined));
    let findings = options.levels.apply(std::mem::take(&mut examined.findings));
    let code = output.report(&findings);
    let nothing = findings.is_empty() && options.message_format == MessageFormat::Human;
    if let Some(judged) = examined.inputs.judged(examined.version, nothing, &findings) {
        tracing::info!("{judged}");
    }
    code
}

/// A start stages the configuration; `run` tries it and then says what went wrong.
fn no_runtime_directory(examined: &Examined) -> Option<Finding> {
    if examined.machine.is_none() || !matches!(examined.target, Some(Target::Staged(_))) {
        return None;
    }
    let message = apply::runtime_problem(&examined.inputs.locations)?;
    Some(Finding::error("host/runtime-dir", message).help(apply::RUNTIME_HELP))
}
