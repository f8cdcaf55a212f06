//! Bootstrap checks of the JVM: its build, its collector, and what it would start.

use diagnostics::{Finding, Severity};

use super::HostInputs;
use crate::generation::{CallFilter, Generation};
use crate::jvm_arguments::Argument;
use crate::settings::kinds::{self, Reading};

/// What is wrong with the JVM that will run.
pub(super) fn check(inputs: &HostInputs) -> Vec<Finding> {
    let mut findings = starts_programs(inputs);
    if inputs.refuses() {
        findings.extend(build(inputs));
        findings.extend(serial(inputs));
        findings.extend(call_filter(inputs));
    }
    findings
}

/// The server asks for a filter of system calls, and nobody switched that off.
fn is_filtered(inputs: &HostInputs, generation: &Generation) -> bool {
    let setting = match generation.limits.call_filter {
        CallFilter::Nobody => return false,
        CallFilter::Wanted(setting) | CallFilter::Demanded(Some(setting)) => setting,
        CallFilter::Demanded(None) => return true,
    };
    let set = inputs.settings.get(setting).filter(|setting| setting.is_set());
    set.is_none_or(|setting| kinds::reading(setting, inputs.version) == Some(Reading::True))
}

/// Refused on every address.
fn starts_programs(inputs: &HostInputs) -> Vec<Finding> {
    // Where there is no filter for certain, nothing is kept from starting.
    if inputs.facts.call_filter == Some(false) || !is_filtered(inputs, inputs.generation()) {
        return Vec::new();
    }
    let names = ["OnError", "OnOutOfMemoryError"];
    let has_value =
        |argument: &&Argument| argument.text.split_once('=').is_some_and(|(_, it)| !it.is_empty());
    let found = names.iter().filter_map(|name| {
        let argument = inputs.arguments.iter().filter(has_value).find(|it| it.flag() == Some(*name))?;
        let message = format!(
            "{} would start a program, which {} forbids its JVM",
            argument.origin.name(&format!("-XX:{name}")),
            inputs.version.name()
        );
        let help = "the server refuses to start: take it out; `-XX:+ExitOnOutOfMemoryError` ends the JVM without a program, and \
                    the container is started again";
        Some(argument.origin.place(Finding::error("launch/starts-program", message)).help(help))
    });
    found.collect()
}

/// The collector that was chosen last.
fn serial(inputs: &HostInputs) -> Option<Finding> {
    let chosen = |it: &&Argument| it.switch().is_some_and(|(name, _)| name == "UseSerialGC");
    let argument = inputs.arguments.iter().rev().find(chosen)?;
    argument.switch().filter(|(_, is_on)| *is_on)?;
    let message = format!("{} chooses the serial collector", argument.origin.name(&argument.text));
    Some(argument.origin.place(Finding::error("launch/serial-collector", message)).help(
        "the server refuses to start with it where other nodes are to reach it: take it out, or choose `-XX:+UseG1GC`",
    ))
}

/// Builds with known faults.
fn build(inputs: &HostInputs) -> Option<Finding> {
    let java = inputs.facts.java.as_ref()?;
    let generation = inputs.generation();
    let (version, shown) = (java.version.as_deref()?, java.path.display());
    let numbers = |text: &str| -> Vec<u32> {
        let plain = text.split(['+', '-']).next().unwrap_or("");
        plain.split(['.', '_']).map_while(|part| part.parse().ok()).collect()
    };
    let numbers = numbers(version);
    let is_on = |name: &str| {
        let last = inputs.arguments.iter().rev().find_map(|it| it.switch().filter(|(it, _)| *it == name));
        last.is_some_and(|(_, is_on)| is_on)
    };
    let (what, remedy) = if java.is_early_access && generation.limits.refuses_early_access {
        (format!("Java {version} is an early-access build"), "a release of it")
    } else if numbers[..] < [1, 8, 0, 40][..]
        && numbers.starts_with(&[1, 8, 0])
        && generation.limits.refuses_old_g1
        && is_on("UseG1GC")
    {
        (format!("the collector G1 of Java {version} loses data"), "Java 8u40 or later")
    } else if generation.limits.refuses_old_java_11 && (&[11, 0, 2][..]..&[11, 0, 14]).contains(&&numbers[..])
    {
        (format!("Java {version} has a fault in its compiler"), "Java 11.0.14 or later")
    } else {
        return None;
    };
    let message = format!("`{shown}`: {what}, with which {} refuses to start", inputs.version.name());
    Some(Finding::error("host/java-build", message).help(format!("use an image with {remedy}")))
}

/// The kernel's filter, without which the server does not start.
fn call_filter(inputs: &HostInputs) -> Option<Finding> {
    let generation = inputs.generation();
    let CallFilter::Demanded(setting) = generation.limits.call_filter else { return None };
    if inputs.facts.call_filter != Some(false) || !is_filtered(inputs, generation) {
        return None;
    }
    let off = setting.map_or_else(String::new, |key| format!("; where that cannot be, set `{key}: false`"));
    let message = format!(
        "the kernel has no filter for system calls (seccomp) here, which {} demands",
        inputs.version.name()
    );
    Some(Finding::new(Severity::Error, "host/system-call-filter", message).help(format!(
        "an image of another processor is emulated without it: use one of this machine's kind (`docker run --platform \
         linux/arm64`, in Kubernetes a `nodeSelector` for `kubernetes.io/arch`); else the kernel has to be built with \
         CONFIG_SECCOMP_FILTER{off}"
    )))
}

#[cfg(test)]
mod tests;
