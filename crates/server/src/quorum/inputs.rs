//! What the rules look at, and how they name it.

use super::number;
use crate::version::Version;
use diagnostics::{Finding, Levels, Span};
use template::{Setting, Settings};

/// The setting that everything turns on up to Elasticsearch 6.
pub const MINIMUM_MASTER_NODES: &str = "discovery.zen.minimum_master_nodes";

/// What the rules look at.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    pub settings: &'a Settings,
    pub version: Version,
    /// The text of `MASTER_COUNT`, which may be anything.
    pub master_count: Option<&'a str>,
    /// `MASTER_COUNT` may be set, to a value that is not known here.
    pub master_count_unknown: bool,
    /// The text came from a file: messages do not show it.
    pub master_count_hidden: bool,
    /// Why `MASTER_COUNT` is no text at all, where it is set: not UTF-8, or a file that cannot be read.
    pub master_count_unusable: Option<Finding>,
    /// That was reported already, where `${MIN_MASTERS}` was to be derived from it.
    pub master_count_reported: bool,
    /// The template's `${MIN_MASTERS}` had no value. What is said here takes that place and is said instead, where it
    /// refuses the start as well.
    pub min_masters_unset: Option<Finding>,
    /// What the user made of the severities.
    pub levels: &'a Levels,
    /// Whether the data directory holds a cluster's state already; nothing when that is not known.
    pub bootstrapped: Option<bool>,
    /// This node's name, for the list of initial masters.
    pub node_name: Option<&'a str>,
}

/// The place of a `${MIN_MASTERS}` without a value.
pub(super) fn unset_span<'a>(inputs: &'a Inputs) -> Option<&'a Span> {
    inputs.min_masters_unset.as_ref().and_then(|finding| finding.span.as_ref())
}

/// The number of master-eligible nodes, if it is known, or what is wrong with the text.
pub(super) fn master_count(inputs: &Inputs) -> Result<Option<u32>, Box<Finding>> {
    let Some(text) = inputs.master_count.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let help =
        "set it to the number of master-eligible nodes of the whole cluster, for instance MASTER_COUNT=3";
    match number::parse(text) {
        None => {
            let message = match shown(text).filter(|_| !inputs.master_count_hidden) {
                Some(text) => format!("`MASTER_COUNT` is `{text}`, not a 32-bit integer"),
                None => "`MASTER_COUNT` is not a 32-bit integer".to_owned(),
            };
            Err(Box::new(Finding::error("quorum/not-a-number", message).variable("MASTER_COUNT").help(help)))
        }
        Some(count) => match u32::try_from(count) {
            Ok(count) if count > 0 => Ok(Some(count)),
            _ => {
                let message = if inputs.master_count_hidden {
                    "`MASTER_COUNT` is below 1".to_owned()
                } else {
                    format!("`MASTER_COUNT` is {count}")
                };
                Err(Box::new(Finding::error("quorum/zero", message).variable("MASTER_COUNT").help(help)))
            }
        },
    }
}

/// `text` when it can be part of a message.
pub(super) fn shown(text: &str) -> Option<&str> {
    (text.len() <= 100 && !text.contains(char::is_control) && !text.contains('`')).then_some(text)
}

/// The place of a setting, with the variable and its value written behind the carets.
pub(super) fn span_with_value(setting: &Setting) -> Span {
    let span = setting.value_span.clone();
    match (setting.variable(), setting.shown_text().filter(|text| !text.is_empty())) {
        (Some(variable), Some(text)) => span.labelled(format!("{variable}={text}")),
        _ => span,
    }
}
