//! Settings that are given beside the file: what keeps the server from starting, and what hides a variable of a template.

use std::collections::HashMap;

use super::variables::{Mapping, is_ours};
use crate::generation::{SettingArguments, generation};
use crate::settings::overlay::{Override, References, places};
use crate::version::Version;
use diagnostics::{Finding, Span};
use template::{Environment, Layer, Settings};

/// `given` are already laid over `settings`.
pub fn check(
    given: &[Override],
    settings: &Settings,
    environment: &Environment,
    mapping: Mapping,
    version: Version,
) -> Vec<Finding> {
    let places = places(given);
    let mut findings = Vec::new();
    let mut seen: HashMap<&str, &Override> = HashMap::new();
    for (one, place) in given.iter().zip(&places) {
        findings.extend(unset(one, place));
        if one.layer != Layer::JavaProperty
            && let Some(earlier) = seen.insert(&one.key, one)
        {
            findings.extend(twice(earlier, one, place, mapping, version));
        }
        findings.extend(hidden(one, place, settings, environment));
    }
    findings
}

fn at(finding: Finding, given: &Override, place: &Span) -> Finding {
    let finding = finding.at(place.clone()).setting(&given.key);
    match &given.variable {
        Some(name) => finding.variable(name),
        None => finding,
    }
}

/// The server itself replaces `${NAME}`, and refuses what it cannot replace.
fn unset(given: &Override, place: &Span) -> Option<Finding> {
    let References::Unset(name) = &given.references else { return None };
    let message = format!("`{name}` is not set, which the value of `{}` refers to", given.key);
    let help = format!("the server would not start: set {name}, or write a default, `${{{name}:…}}`");
    Some(at(Finding::error("template/unset", message), given, place).variable(name).help(help))
}

fn twice(
    earlier: &Override,
    given: &Override,
    place: &Span,
    mapping: Mapping,
    version: Version,
) -> Option<Finding> {
    if generation(version).setting_arguments == SettingArguments::Properties {
        return None;
    }
    let is_variable = |given: &Override| given.layer == Layer::Variable;
    let who = |given: &Override| match given.variable.as_deref().filter(|_| is_variable(given)) {
        Some(name) => format!("the variable `{name}`"),
        None => "an argument".to_owned(),
    };
    let why = match (mapping, is_variable(earlier), is_variable(given)) {
        // What is an argument already is left out of those that are made here.
        (_, true, _) if is_ours(mapping, earlier) || is_ours(mapping, given) => {
            return (earlier.text != given.text).then(|| loses(earlier, &who(given), place));
        }
        // The launcher puts variables over arguments.
        (Mapping::Launcher, false, true) => return None,
        (Mapping::Launcher, true, true) => "which of them counts is left to chance",
        // The script leaves out what is an argument already.
        (_, true, false) if earlier.text == given.text => return None,
        (_, true, _) => {
            "the start script hands variables on as arguments, and the server refuses one that is there twice"
        }
        _ => "the server refuses an argument that is there twice",
    };
    let message = format!("`{}` is set twice, by {} and by {}", given.key, who(earlier), who(given));
    Some(
        at(Finding::error("settings/duplicate-key", message), given, place)
            .help(format!("{why}: remove one")),
    )
}

/// A variable that this program would make a setting of, where something else counts.
fn loses(loser: &Override, winner: &str, place: &Span) -> Finding {
    let name = loser.variable.as_deref().unwrap_or_default();
    let message = format!("`{name}` does not count: {winner} sets `{}`, too, and wins", loser.key);
    let finding = Finding::warning("launch/ignored-variable", message);
    at(finding, loser, place).help("keep one of the two: this place counts")
}

/// A variable in a template says one thing, and what is given beside the file wins with another.
fn hidden(given: &Override, place: &Span, settings: &Settings, environment: &Environment) -> Option<Finding> {
    settings.get(&given.key).filter(|winner| winner.value_span == *place)?;
    let winner = match (given.layer, &given.variable) {
        (Layer::Variable, Some(name)) => format!("the variable `{name}`"),
        (Layer::JavaProperty, Some(name)) => format!("`-Des.{}` in `{name}`", given.key),
        _ => "an argument of the server".to_owned(),
    };
    let file = settings.all(&given.key).find(|other| other.layer == Layer::File)?;
    let loser = file.variable().filter(|name| environment.set_in_process(name).is_some())?;
    if given.references != References::Resolved || file.text().is_none_or(|text| text == given.text) {
        return None;
    }
    let message = format!("`{loser}` does not count: {winner} sets `{}`, too, and wins", given.key);
    Some(
        file.finding(Finding::warning("launch/ignored-variable", message))
            .also(place.clone(), "what counts is")
            .help("keep one of the two: what is given beside the file counts before it"),
    )
}

#[cfg(test)]
mod tests;
