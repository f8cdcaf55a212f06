//! What the machine is judged by.

use super::facts::{Handover, HostFacts};
use crate::generation::{Generation, generation};
use crate::jvm_arguments::Argument;
use crate::version::Version;
use diagnostics::{Finding, Severity};
use template::Settings;

/// All that the judgement depends on.
#[derive(Clone, Copy, Debug)]
pub struct HostInputs<'a> {
    pub version: Version,
    pub facts: &'a HostFacts,
    pub settings: &'a Settings,
    /// The command line of the JVM.
    pub arguments: &'a [Argument],
    /// The user that the server will have.
    pub server_uid: u32,
    pub handover: Handover,
    /// `es.insecure.allow.root` is set somewhere.
    pub root_allowed: bool,
    /// See [`super::bootstrap_checks_enforced`].
    pub enforced: bool,
}

impl HostInputs<'_> {
    pub(super) fn generation(&self) -> &'static Generation {
        generation(self.version)
    }

    /// A failed check keeps the server from starting.
    pub(super) fn refuses(&self) -> bool {
        self.enforced && self.generation().limits.refuse
    }

    /// The finding of a bootstrap check.
    pub(super) fn check(&self, code: &'static str, message: String) -> Finding {
        let severity = if self.refuses() { Severity::Error } else { Severity::Warning };
        Finding::new(severity, code, message)
    }
}
