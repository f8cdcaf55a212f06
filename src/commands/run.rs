//! `run`: prepare everything, or refuse; then supervise.

mod discovery;

use diagnostics::Finding;
use node::{Depth, Ownership, Plan, Request, Target};
use pid1::signals::Forwarding;
use pid1::{EarlyStop, Image, Start, Supervision, Watch};
use server::discovery::names;
use server::launch::Command;
use server::launch::archive::FILE as ARCHIVE;
use template::Environment;

use crate::apply;
use crate::cli::Options;
use crate::commands::supervision;
use crate::disk::Disk;
use crate::exit;
use crate::output::{Writer, has_error};
use crate::timing::Timing;

/// Prepares and runs; gives the exit code.
pub(crate) fn run(options: &Options, target: Target, environment: Environment, errors: Writer<'_>) -> u8 {
    let supervision = match supervision::of_options(options, Forwarding::jvm()) {
        Ok(supervision) => supervision,
        Err(message) => {
            // Nobody may read what is written.
            pid1::restore_inherited_signals();
            tracing::error!("{message}");
            return exit::USAGE;
        }
    };
    let mut timing = Timing::begin();
    let preparation = pid1::Preparation::begin(&supervision.watch.forwarding);
    let starts_server = matches!(target, Target::Server(_));
    let request = Request { target, ..options.request(Depth::Start) };
    let disk = Disk::default();
    let names_hosts =
        [names::VARIABLE, "DISCOVERY_HOSTS_FILE"].iter().any(|it| environment.get(it).is_some());
    let again = (starts_server && names_hosts).then(|| (request.clone(), environment.clone()));
    let mut facts = node::read(request, environment, &disk);
    timing.step("read");
    let mut findings = node::judge(&facts);
    timing.step("judge");
    let mut planned = node::plan(&facts, &mut findings);
    timing.step("plan");
    planned.notes.iter().for_each(|note| tracing::info!("{note}"));
    diagnostics::sort(&mut findings);
    let mut findings = options.levels.apply(findings);
    // Nobody waits for what is refused anyway.
    if let Some((request, environment)) = again.filter(|_| !has_error(&findings)) {
        let mut found = Vec::new();
        let discovery_addresses = discovery::addresses(options, &facts, &disk, &mut found);
        findings.extend(options.levels.apply(found));
        // The names are judged; with addresses in their place everything is only made again.
        if discovery_addresses.is_some() {
            facts = node::read(Request { discovery_addresses, ..request }, environment, &disk);
            planned = node::plan(&facts, &mut Vec::new());
        }
        timing.step("look up hosts");
    }
    if let Some(code) = refusal(errors, &findings, 0) {
        return code;
    }
    let plan = match planned.plan {
        Ok(plan) => plan,
        // Only where an error was allowed that stands in the way all the same.
        Err(reason) => {
            tracing::error!("{reason}");
            apply::termination_log::text(reason);
            return exit::CONFIG;
        }
    };
    match apply::apply(&plan, &disk) {
        Ok(problems) if problems.is_empty() => {}
        Ok(problems) => {
            node::look_again(&mut facts, &disk);
            let further = options.levels.apply(node::judge_again(&facts));
            // A path that the server can use as it is needs no new owner.
            if !further.is_empty() || facts.request.chown == Ownership::Recursive {
                for problem in &problems {
                    tracing::warn!("{problem}");
                }
            }
            if !further.is_empty() {
                let before = findings.len();
                findings.extend(further);
                if let Some(code) = refusal(errors, &findings, before) {
                    return code;
                }
            }
        }
        Err(error) => {
            tracing::error!("{}", error.message());
            apply::termination_log::text(error.message());
            return error.exit_code();
        }
    }
    timing.step("write");
    if let Some(why) = planned.why_script.filter(|_| starts_server) {
        tracing::debug!("launch/unknown-launcher: the server is started through its script: {why}");
    }
    if let Some(why) = planned.why_no_archive.filter(|_| starts_server) {
        tracing::debug!("the class archive `{ARCHIVE}` of the home is not used: it {why}");
    }
    if starts_server {
        tracing::debug!("time until the server is executed: {}", timing.line());
        tracing::info!("starting {}", facts.version.name());
    }
    let supervision = complete(supervision, &plan, starts_server);
    drop((facts, findings));
    preparation.finish();
    let Command { program, arguments, environment } = &plan.command;
    pid1::run_then_reexec(&Image { name: program, arguments, environment }, &supervision)
}

/// Reports the findings of which that many have been reported before; gives the exit code where they refuse the start, or
/// where their file cannot be written.
fn refusal(errors: Writer<'_>, findings: &[Finding], before: usize) -> Option<u8> {
    let written = errors.further(findings, before);
    if has_error(findings) {
        apply::termination_log::findings(findings);
        return Some(written.err().unwrap_or(exit::CONFIG));
    }
    let code = written.err()?;
    apply::termination_log::text("the file of findings cannot be written: see the log\n");
    Some(code)
}

/// Identity, memory locking and limits, as the server needs them, and what is known of the child.
fn complete(supervision: Supervision, plan: &Plan, is_server: bool) -> Supervision {
    let Supervision { start, watch } = supervision;
    let early_stop = match (plan.has_launcher, plan.java_forgets_early_signals) {
        (true, _) => EarlyStop::Below,
        (_, true) => EarlyStop::Again,
        _ => EarlyStop::Once,
    };
    Supervision {
        start: Start {
            no_new_privileges: true,
            lock_memory: plan.locks_memory,
            raise_limits: true,
            working_directory: plan.working_directory.clone(),
            input: plan.input.clone().map(|it| pid1::Input { bytes: it.bytes, stays_open: it.stays_open }),
            credentials: plan.identity.as_ref().map(supervision::credentials),
            ..start
        },
        watch: Watch { is_server, early_stop, ..watch },
    }
}
