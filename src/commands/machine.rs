//! The machine under the server: who it will be, which Java, which limits and directories, and what is wrong there.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::cli::Options;
use crate::host;
use crate::plan::Ownership;
use crate::prepare::Locations;
use crate::users::{Identity, resolve_user};
use diagnostics::Finding;
use pid1::privileges::is_root;
use server::bootstrap::facts::HostFacts;
use server::bootstrap::{self, HostInputs, bootstrap_checks_enforced};
use server::heap::{self, HeapInputs, OptionsFile};
use server::launch;
use server::paths;
use server::{Version, generation};
use template::Settings;

/// What was found out.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Who the server becomes; nothing where we are not root and it stays who we are.
    pub identity: Option<Identity>,
    pub facts: HostFacts,
    /// The `java` that the start script would take.
    pub java: Option<PathBuf>,
    /// The user and the groups that the server will have.
    pub uid: u32,
    pub groups: Vec<u32>,
    /// Data and log directories.
    pub directories: Vec<PathBuf>,
    pub findings: Vec<Finding>,
}

/// What the judgement of the machine depends on.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub options: &'a Options,
    pub environment: &'a [(OsString, OsString)],
    pub arguments: &'a [OsString],
    pub locations: &'a Locations,
    pub settings: &'a Settings,
    pub version: Version,
    /// The `jvm.options` that the server will read.
    pub jvm_options: &'a [OptionsFile],
}

/// Looks at the machine and judges it.
pub fn examine(inputs: &Inputs<'_>) -> Machine {
    let Inputs { options, environment, locations, settings, version, .. } = *inputs;
    let directories = paths::written(settings, locations.home.as_deref());
    let java = host::find_java(Some(version), locations.home.as_deref(), environment);
    let facts = host::gather(&directories, java.as_deref());
    let mut findings = Vec::new();
    let identity = identity(options, version, &facts, &mut findings);
    let (uid, groups) = match &identity {
        Some(identity) => {
            let mut groups = identity.groups.clone();
            groups.push(identity.gid);
            (identity.uid, groups)
        }
        // A user who could not be found is told; whoever it is, it is not root.
        None if is_root() => (1000, vec![0]),
        None => (facts.uid, own_groups(&facts)),
    };
    let enforced = bootstrap_checks_enforced(version, settings);
    findings.extend(bootstrap::judge(&HostInputs {
        version,
        facts: &facts,
        settings,
        server_uid: uid,
        server_gids: &groups,
        ownership_corrected: is_root() && options.chown != Ownership::Off,
        root_allowed: launch::allows_root(version, environment, inputs.arguments),
        enforced,
    }));
    let heap_findings = heap::judge(&HeapInputs {
        version,
        environment,
        jvm_options: inputs.jvm_options,
        java_major: facts.java.as_ref().and_then(|java| java.major),
        memory_limit: facts.memory_limit,
        total_memory: facts.total_memory,
        enforced,
    });
    findings.extend(heap_findings);
    let directories = directories.into_iter().map(|(_, path)| path).collect();
    Machine { identity, facts, java, uid, groups, directories, findings }
}

fn own_groups(facts: &HostFacts) -> Vec<u32> {
    let mut groups: Vec<u32> =
        nix::unistd::getgroups().unwrap_or_default().into_iter().map(nix::unistd::Gid::as_raw).collect();
    groups.push(facts.gid);
    groups
}

/// As root: `--user`, else the user that the packages and images of the server make, else 1000:0.
fn identity(
    options: &Options,
    version: Version,
    facts: &HostFacts,
    findings: &mut Vec<Finding>,
) -> Option<Identity> {
    if !is_root() {
        return None;
    }
    let resolve = |spec: &str| resolve_user(spec, &facts.passwd, &facts.group);
    let Some(spec) = &options.user else {
        return resolve(generation(version).user).or_else(|_| resolve("1000:0")).ok();
    };
    match resolve(spec) {
        Ok(identity) => Some(identity),
        Err(message) => {
            findings.push(Finding::error("host/user", format!("`--user`: {message}")).help(
                "name a user of the image's /etc/passwd with `--user`, or give numbers: `--user 1000:0`",
            ));
            None
        }
    }
}
