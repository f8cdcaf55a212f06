//! What `check`, `explain` and `run` have in common: read everything, judge everything.

use std::ffi::OsString;

use crate::cli::Options;
use crate::elasticsearch::version::Version;
use crate::finding::Finding;
use crate::output;
use crate::plan::{self, RenderedFile};
use crate::prepare::{self, Inputs};
use crate::settings::Settings;
use crate::template::Inspected;

/// What is looked at beside the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// Limits, memory, heap, policy file, directories: only where the server would run.
    pub machine: bool,
    /// No installation is an error.
    pub needs_installation: bool,
}

impl Depth {
    /// For `check` and `explain`: the machine only where there is an installation, or when told to.
    pub fn check(options: &Options) -> Self {
        Self { machine: options.host, needs_installation: false }
    }

    /// For `run`: all of it.
    pub fn run() -> Self {
        Self { machine: true, needs_installation: true }
    }
}

/// Everything known before anything is done.
#[derive(Clone, Debug)]
pub struct Examined {
    pub inputs: Inputs,
    /// The version everything was judged for.
    pub version: Version,
    /// Sorted by place, severities as the rules gave them.
    pub findings: Vec<Finding>,
    pub inspected: Vec<(String, Inspected)>,
    pub files: Vec<RenderedFile>,
    pub settings: Settings,
}

/// Reads and judges.
pub fn examine(
    options: &Options,
    environment: &[(OsString, OsString)],
    arguments: &[OsString],
    depth: Depth,
) -> Examined {
    let inputs = prepare::read(options, environment);
    let installation = inputs.locations.installation.as_ref();
    let mut judged = plan::judge(&plan::Inputs {
        templates: &inputs.sources.templates,
        variables: &inputs.variables,
        version: inputs.version,
        plugins: installation.map(|it| it.plugins.as_slice()),
        bootstrapped: installation.map(|_| inputs.surroundings.bootstrapped),
        arguments,
    });
    let mut findings = inputs.sources.findings.clone();
    findings.append(&mut judged.findings);
    output::sort(&mut findings);
    Examined {
        version: judged.version.unwrap_or(prepare::GUESSED),
        findings,
        inspected: judged.inspected,
        files: judged.files,
        settings: judged.settings,
        inputs,
    }
}
