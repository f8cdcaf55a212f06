//! What to do about the policy of the JVM, and what is wrong with it. Pure.

use std::path::PathBuf;

use diagnostics::Finding;
use server::generation;
use server::java_policy::{self, Context, Grant, Kind, OwnPolicy, Target, Unpatchable};
use server::kubeconfig::{self, Access, Content};
use server::settings::kinds::{self, Reading};

use crate::facts::{Existing, Facts, KubeconfigFacts, MachineFacts, POLICY};
use crate::request::PolicyMode;
use crate::world::{Answer, Reason};

/// A policy file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

/// What to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PolicyAction {
    #[default]
    None,
    /// The JRE's file, changed.
    Patch(PolicyFile),
    /// A file of its own, which a property of the JVM names.
    Property(PolicyFile),
}

/// What to do where a Java home has no policy file.
const NO_FILE: &str =
    "name the Java installation with `--java-home DIR`; from Java 24 on there is no such file any more";

/// The plan for the policy, and what is to be said about it.
#[derive(Clone, Debug, Default)]
pub struct PolicyPlan {
    pub action: PolicyAction,
    pub findings: Vec<Finding>,
    /// The grants asked for, with what stands at their paths.
    pub grants: Vec<Grant>,
    /// Why nothing would consult the JRE's file: to be said where something is asked of it.
    pub pointless: Option<Finding>,
    /// For the log.
    pub notes: Vec<String>,
    /// There is a policy file of the JRE, or may be.
    has_file: bool,
    /// It was said that none can be written.
    is_said: bool,
}

impl PolicyPlan {
    /// All findings, for the command that is only about the policy.
    pub fn all_findings(&self) -> Vec<Finding> {
        let mut findings = self.findings.clone();
        findings.extend(self.pointless.clone());
        if !self.has_file && !self.is_said && self.pointless.is_none() {
            findings.push(Finding::warning("policy/pointless", "no `java.policy` found").help(NO_FILE));
        }
        diagnostics::sort(&mut findings);
        findings
    }
}

/// Judges the existing file and what is asked for, and plans the change.
pub fn plan(facts: &Facts, machine: &MachineFacts) -> PolicyPlan {
    let policy = &machine.policy;
    let decided = decide(facts, machine);
    let mut findings = Vec::new();
    // Taking our block out asks nothing of what else is there.
    if !facts.request.remove {
        findings.extend(judge_kubeconfig(machine));
        // What nobody reads can do no harm.
        if decided.pointless.is_none() {
            findings.extend(lint(facts, machine, decided.replaced));
        }
    }
    findings.extend(decided.findings);
    PolicyPlan {
        action: decided.action,
        findings,
        grants: decided.grants,
        pointless: decided.pointless,
        notes: decided.notes,
        has_file: policy.file.is_some() || policy.file_is_unknown,
        is_said: decided.is_said,
    }
}

/// What follows from the request, without what is wrong with the existing file.
struct Decision {
    action: PolicyAction,
    findings: Vec<Finding>,
    grants: Vec<Grant>,
    pointless: Option<Finding>,
    notes: Vec<String>,
    /// The existing file is patched, so that what its block says now is of no interest.
    replaced: bool,
    /// It was said that no policy can be written.
    is_said: bool,
}

fn decide(facts: &Facts, machine: &MachineFacts) -> Decision {
    let policy = &machine.policy;
    let mut decision = Decision {
        action: PolicyAction::None,
        findings: Vec::new(),
        grants: policy.grants.iter().cloned().map(without_missing_kubeconfig).collect(),
        pointless: None,
        notes: Vec::new(),
        replaced: false,
        is_said: false,
    };
    let mode = facts.request.policy;
    let manager = facts.settings.text("security.manager.enabled").unwrap_or("true");
    let pointless = java_policy::not_consulted(&Target {
        version: facts.known_version(),
        java_major: policy.java_major,
        own_policy: policy.own_policy.as_ref().map(|own| &own.named),
        security_manager_disabled: kinds::read(manager, facts.version) == Reading::False,
    });
    if mode == PolicyMode::Off {
        if pointless.is_none() {
            decision.findings = not_granted(facts, machine);
        }
        return decision;
    }
    decision.pointless = pointless;
    if decision.pointless.is_some() {
        return decision;
    }
    let permissions = java_policy::permissions(&decision.grants);
    let refused = permissions.is_refused();
    decision.findings.extend(permissions.findings);
    decision.grants.retain(|grant| grant.kind != Kind::Readable);
    decision.notes = permissions.notes;
    if refused {
        return decision;
    }
    if facts.installation.is_none() && facts.request.java_home.is_none() && mode != PolicyMode::Property {
        if mode == PolicyMode::Patch && facts.none_installed {
            decision.is_said = true;
            decision.findings.push(
                Finding::error(
                    "policy/not-writable",
                    "no server is installed here, so it is not known which Java \
                     to patch",
                )
                .help("name the Java that is to be patched: `--java-home DIR`"),
            );
        }
        return decision;
    }
    if policy.file_is_unknown && mode != PolicyMode::Property {
        return decision;
    }
    match (&policy.file, &policy.existing) {
        (Some(path), Some(Existing { content: Ok(bytes), is_writable })) if mode != PolicyMode::Property => {
            let file = PolicyFile { path: path.clone(), bytes: bytes.clone() };
            patch(facts, machine, &file, *is_writable, &mut decision);
        }
        (Some(path), Some(Existing { content: Err(reason), .. })) if mode == PolicyMode::Patch => {
            let name = path.display().to_string();
            decision.findings.push(java_policy::not_writable(&name, &reason.to_string()));
        }
        (None, _) if mode == PolicyMode::Patch && !decision.grants.is_empty() => {
            decision.is_said = true;
            decision.findings.push(
                Finding::error("policy/not-writable", "the Java home has no `java.policy`").help(NO_FILE),
            );
        }
        _ => property(facts, machine, &mut decision),
    }
    decision
}

/// What is asked to be readable beside `--policy off`, and no policy file grants either, as far as all of it is known.
fn not_granted(facts: &Facts, machine: &MachineFacts) -> Vec<Finding> {
    let policy = &machine.policy;
    let is_known = facts.known_version().is_some() && policy.java_major.is_some() && !policy.file_is_unknown;
    let existing = policy.existing.as_ref().map(|existing| existing.content.as_deref());
    let own = policy.own_policy.as_ref().map(|own| own.content.as_ref());
    let own = match own {
        None => None,
        Some(Some(Answer::Is(bytes))) => Some(bytes.as_slice()),
        Some(_) => return Vec::new(),
    };
    if !is_known || matches!(existing, Some(Err(_))) {
        return Vec::new();
    }
    let files: Vec<&[u8]> = existing.and_then(Result::ok).into_iter().chain(own).collect();
    // A kubeconfig that nobody reads, or that is not there, needs no grant.
    let is_read = matches!(&machine.kubeconfig.file, Some(KubeconfigFacts { access: Access::Readable, .. }));
    let grants = policy.grants.iter().filter(|grant| grant.variable != Some("KUBECONFIG") || is_read);
    let grants: Vec<Grant> = grants.cloned().collect();
    java_policy::not_granted(&grants, |path| files.iter().any(|bytes| java_policy::covers(bytes, path)))
}

/// That a kubeconfig is not there is said where it is judged.
fn without_missing_kubeconfig(grant: Grant) -> Grant {
    match grant {
        Grant { kind: Kind::Missing, variable: Some("KUBECONFIG"), .. } => {
            Grant { kind: Kind::Unknown, ..grant }
        }
        grant => grant,
    }
}

/// The change to the JRE's file, or a separate file where that one is not writable.
fn patch(
    facts: &Facts,
    machine: &MachineFacts,
    existing: &PolicyFile,
    is_writable: bool,
    decision: &mut Decision,
) {
    let mode = facts.request.policy;
    let name = existing.path.display().to_string();
    let is_separate = mode == PolicyMode::Auto && !decision.grants.is_empty();
    match java_policy::patch(&name, &existing.bytes, &decision.grants) {
        // What is wrong with the existing file the linter says; a separate file is still possible.
        Err(_) if is_separate => property(facts, machine, decision),
        Err(Unpatchable::Dropped(_)) => {}
        Err(Unpatchable::Refused(_)) if mode != PolicyMode::Patch => {}
        Err(Unpatchable::Refused(mut refused)) => decision.findings.append(&mut refused),
        Ok(bytes) if bytes == existing.bytes || is_writable => {
            decision.replaced = true;
            if bytes != existing.bytes {
                decision.action = PolicyAction::Patch(PolicyFile { path: existing.path.clone(), bytes });
            }
        }
        Ok(_) if mode == PolicyMode::Patch => {
            decision.findings.push(java_policy::not_writable(&name, "permission denied or read-only"));
        }
        Ok(_) => property(facts, machine, decision),
    }
}

/// A file of its own. The JVM takes one such file, so that what the user's has goes into it.
fn property(facts: &Facts, machine: &MachineFacts, decision: &mut Decision) {
    if decision.grants.is_empty() {
        return;
    }
    let written = match &machine.policy.own_policy {
        None => java_policy::file_text(&decision.grants).map(String::into_bytes),
        Some(own) => with_policy_of_user(&own.named, own.content.as_ref(), decision),
    };
    match written {
        Ok(bytes) => {
            let path = facts.runtime_dir.path.join(POLICY);
            decision.action = PolicyAction::Property(PolicyFile { path, bytes });
        }
        Err(mut refused) => {
            decision.is_said = true;
            decision.findings.append(&mut refused);
        }
    }
}

/// The policy that the user named, with our block.
fn with_policy_of_user(
    own: &OwnPolicy,
    content: Option<&Answer<Vec<u8>>>,
    decision: &mut Decision,
) -> Result<Vec<u8>, Vec<Finding>> {
    let (shown, name) = (own.shown(), own.name());
    let refuse = |reason: &str, grants: &[Grant]| {
        let names = java_policy::permissions(grants).names.join("`, `");
        let message = format!(
            "`-Djava.security.policy={shown}` is set, and one from es-entrypoint would replace it: {name} {reason}"
        );
        let finding = Finding::error("policy/not-writable", message).help(format!(
            "grant read on `{names}` in that file yourself and use `--policy off`, or remove the option"
        ));
        Err(vec![match &own.span {
            Some(span) => finding.at(span.clone()),
            None => finding,
        }])
    };
    match content {
        None => refuse("is not an absolute path", &decision.grants),
        Some(Answer::Refused(reason)) => refuse(&reason.to_string(), &decision.grants),
        Some(Answer::Absent) => refuse(&Reason::Missing.to_string(), &decision.grants),
        Some(Answer::Unknown) => Err(Vec::new()),
        // The JVM looks for it beside the policy file.
        Some(Answer::Is(bytes)) if java_policy::syntax::parse(&String::from_utf8_lossy(bytes)).keystore => {
            refuse("has a keystore, so that it cannot be copied", &decision.grants)
        }
        Some(Answer::Is(bytes)) => {
            let bytes = java_policy::patch(shown, bytes, &decision.grants).map_err(Unpatchable::findings)?;
            decision.notes.push(format!("the grants of {shown} are copied into our policy file"));
            Ok(bytes)
        }
    }
}

/// What is wrong with the existing policy file; `replaced`: but for our own block.
fn lint(facts: &Facts, machine: &MachineFacts, replaced: bool) -> Vec<Finding> {
    let policy = &machine.policy;
    let (Some(file), Some(Existing { content: Ok(bytes), .. })) = (&policy.file, &policy.existing) else {
        return Vec::new();
    };
    // That a path is missing is reported where it is asked for.
    let is_asked = |fact: &Grant| policy.grants.iter().any(|grant| grant.path == fact.path);
    let named: Vec<Grant> =
        policy.named.iter().filter(|fact| fact.kind != Kind::Missing || !is_asked(fact)).cloned().collect();
    let working_directory = policy.working_directory.display().to_string();
    let replaced = if replaced { java_policy::range(bytes) } else { None };
    let all_permission_is_taken =
        facts.known_version().is_some_and(|version| !generation(version).refuses_all_permission);
    let working_directory = Some(working_directory.as_str());
    let context = Context { working_directory, facts: &named, replaced, all_permission_is_taken };
    java_policy::check(&file.display().to_string(), bytes, &context)
}

fn judge_kubeconfig(machine: &MachineFacts) -> Vec<Finding> {
    let question = &machine.kubeconfig;
    if !question.is_asked {
        return Vec::new();
    }
    let mut findings: Vec<Finding> =
        kubeconfig::check_flag(question.try_flag.as_deref(), question.is_named).into_iter().collect();
    let Some(KubeconfigFacts { path, access, content, files, working_directory, .. }) = &question.file else {
        return findings;
    };
    let reason;
    let content = match (access, content) {
        (Access::Unknown, _) => return findings,
        (Access::Missing, _) => Content::Missing,
        (_, Err(Reason::Directory)) => Content::Directory,
        (Access::Unreadable(why), _) => Content::Unreadable(why),
        (Access::Readable, Err(why)) => {
            reason = why.to_string();
            Content::Unreadable(&reason)
        }
        (Access::Readable, Ok(bytes)) => Content::Bytes(bytes),
    };
    findings.extend(kubeconfig::check(
        path,
        content,
        &kubeconfig::Context {
            facts: files,
            working_directory: &working_directory.display().to_string(),
            user: Some(kubeconfig::Reader {
                uid: machine.user.uid,
                gid: machine.server_gid(),
                may_get_copy: question.may_copy,
            }),
        },
    ));
    findings
}
