//! The arithmetic of majorities and its rules. Pure.
//!
//! Up to Elasticsearch 6 a cluster is safe when `discovery.zen.minimum_master_nodes` is a majority of the
//! master-eligible nodes ([`zen`]); later generations keep the quorum themselves and need help only with the very first
//! start ([`initial`]).

mod arithmetic;
mod initial;
mod inputs;
mod number;
mod zen;

pub use arithmetic::{Table, majority, table};
pub use inputs::{Inputs, MINIMUM_MASTER_NODES};

use crate::generation::{Election, generation};
use diagnostics::{Finding, Severity};

/// Everything that is wrong with majorities.
pub fn check(inputs: &Inputs) -> Vec<Finding> {
    let mut findings = match generation(inputs.version).election {
        Election::MinimumMasters => zen::check(inputs),
        Election::InitialMasters(key) => initial::check(inputs, key),
    };
    // The number was given; that it cannot be used is the problem, and where nobody can tell it there is none.
    if inputs.master_count_unusable.is_some() || inputs.master_count_unknown {
        findings.retain(|finding| finding.code != "quorum/unknown");
    }
    let unusable = inputs.master_count_unusable.clone();
    findings.extend(unusable.filter(|_| !inputs.master_count_reported));
    let unset = inputs.min_masters_unset.clone();
    findings.extend(unset.filter(|_| !says_more_than_unset(inputs, &findings)));
    findings
}

/// What is said instead of an unset `MIN_MASTERS`, where it refuses the start.
const UNKNOWN_COUNT: [&str; 3] = ["quorum/unknown", "quorum/not-a-number", "quorum/zero"];

/// Whether something says better that `MIN_MASTERS` has no value. A warning refuses nothing: where the arguments say 1,
/// the placeholder is as unset as before.
fn says_more_than_unset(inputs: &Inputs, findings: &[Finding]) -> bool {
    UNKNOWN_COUNT.iter().all(|code| inputs.levels.refuses(code))
        && findings.iter().any(|finding| {
            finding.severity == Severity::Error
                && UNKNOWN_COUNT.contains(&finding.code)
                && (finding.code == "quorum/unknown" || finding.variable.as_deref() == Some("MASTER_COUNT"))
        })
}

/// The number of master-eligible nodes that a text says, blanks around it left out; nothing for everything that is no
/// 32-bit integer above 0.
pub fn number_of_masters(text: &str) -> Option<u32> {
    number::parse(text.trim()).and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0)
}

#[cfg(test)]
mod tests;
