//! Variables of older generations that the server's script refuses or does not pass on.

use super::inputs::LaunchInputs;
use super::java_variables;
use crate::generation::{MemoryVariables, generation};
use diagnostics::{Finding, Severity};

/// Read up to 2.x; the heap's own (`ES_HEAP_SIZE`, …) are the findings of the heap.
const UP_TO_2: &[&str] =
    &["ES_HEAP_NEWSIZE", "ES_DIRECT_SIZE", "ES_USE_IPV4", "ES_GC_OPTS", "ES_GC_LOG_FILE"];

/// Up to 2.x only what its script drops.
pub(super) fn judge(inputs: &LaunchInputs) -> Vec<Finding> {
    let generation = generation(inputs.version);
    let options = generation.java_options;
    let is_set = |name: &str| inputs.environment.set_in_process(name).is_some();
    let mut findings = java_variables::dropped(inputs.files, is_set, options);
    let refused = match generation.memory_variables {
        MemoryVariables::Read => return findings,
        MemoryVariables::Refused => true,
        MemoryVariables::Ignored => false,
    };
    let set = |name: &&&str| is_set(name);
    for name in UP_TO_2.iter().filter(set) {
        findings.push(if refused {
            finding(
                Severity::Error,
                name,
                format!("{} refuses to start when `{name}` is set", inputs.version.name()),
                options,
            )
        } else {
            ignored(name, options)
        });
    }
    let foreign = generation.ignored_java_options;
    findings.extend(foreign.iter().filter(set).map(|name| ignored(name, options)));
    findings
}

fn ignored(name: &str, options: &str) -> Finding {
    finding(Severity::Warning, name, format!("`{name}` does not reach the server"), options)
}

fn finding(severity: Severity, name: &str, message: String, options: &str) -> Finding {
    let code = match severity {
        Severity::Error => "launch/removed-variable",
        Severity::Warning => "launch/ignored-variable",
    };
    Finding::new(severity, code, message)
        .variable(name)
        .help(format!("unset {name} and put its options into {options} or `jvm.options`"))
}
