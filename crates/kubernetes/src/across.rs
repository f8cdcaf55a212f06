//! Rules between objects. Each is a function from [`Input`] to findings; none reads the findings of another.

mod discovery;
mod disruption;
mod mounts;
mod quorum;
mod readiness;
mod references;
mod seeds;
mod spread;
mod values;

use diagnostics::Finding;

use crate::input::Input;

/// Everything that is wrong between the objects.
pub(crate) fn check(input: &Input<'_, '_>) -> Vec<Finding> {
    let mut findings = discovery::check(input);
    findings.extend(quorum::check(input));
    findings.extend(disruption::check(input));
    findings.extend(spread::check(input));
    findings.extend(values::check(input));
    findings.extend(references::check(input));
    findings.extend(mounts::check(input));
    findings
}
