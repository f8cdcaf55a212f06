//! What the rules look at and give, and how they name it.

use super::number;
use crate::launch::variables::Mapping;
use crate::version::Version;
use diagnostics::{Finding, Span};
use template::{Setting, Settings};

/// The setting that everything turns on up to Elasticsearch 6.
pub const MINIMUM_MASTER_NODES: &str = "discovery.zen.minimum_master_nodes";

/// What the rules look at.
#[derive(Clone, Debug)]
pub struct Inputs<'a> {
    pub settings: &'a Settings,
    pub version: Version,
    pub master_count: MasterCount<'a>,
    /// Where the template asks for a `${MIN_MASTERS}` that has no value.
    pub min_masters_unset: Option<&'a Span>,
    /// Whether the data directory holds a cluster's state already; nothing when that is not known.
    pub bootstrapped: Option<bool>,
    /// This node's name, for the list of initial masters.
    pub node_name: Option<&'a str>,
    /// The name that it has where none is set; nothing where that is not known.
    pub host_name: Option<&'a str>,
    /// Who makes settings of variables, where that is the way to give one.
    pub mapping: Mapping,
}

impl Inputs<'_> {
    /// The number of masters is that of replicas, which no variable changes.
    pub(super) fn counts_replicas(&self) -> bool {
        matches!(self.master_count, MasterCount::Replicas(_))
    }
}

/// What is wrong with majorities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    pub findings: Vec<Finding>,
    /// The code of the error that says why `MIN_MASTERS` has no value. Where it refuses the start, nothing is gained by
    /// reporting the placeholder as well.
    pub explains_unset: Option<&'static str>,
}

/// `MASTER_COUNT` as the environment has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MasterCount<'a> {
    #[default]
    Unset,
    /// A text, which may be anything. One that came from a file is not shown in messages.
    Text { text: &'a str, is_hidden: bool },
    /// Nobody has to say it: so many replicas there are.
    Replicas(u32),
    /// It is set, but has no text that could be read, which is reported elsewhere; or nobody can tell whether it is set.
    NotKnown,
}

/// The number of master-eligible nodes, if it is known, or what is wrong with the text.
pub(super) fn master_count(inputs: &Inputs) -> Result<Option<u32>, Box<Finding>> {
    let (text, is_hidden) = match inputs.master_count {
        MasterCount::Text { text, is_hidden } => (text, is_hidden),
        MasterCount::Replicas(count) => return Ok(Some(count).filter(|count| *count > 0)),
        MasterCount::Unset | MasterCount::NotKnown => return Ok(None),
    };
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let help =
        "set it to the number of master-eligible nodes of the whole cluster, for instance MASTER_COUNT=3";
    match number::parse(text) {
        None => {
            let message = match shown(text).filter(|_| !is_hidden) {
                Some(text) => format!("`MASTER_COUNT` is `{text}`, not a 32-bit integer"),
                None => "`MASTER_COUNT` is not a 32-bit integer".to_owned(),
            };
            Err(Box::new(Finding::error("quorum/not-a-number", message).variable("MASTER_COUNT").help(help)))
        }
        Some(count) => match u32::try_from(count) {
            Ok(count) if count > 0 => Ok(Some(count)),
            _ => {
                let message = if is_hidden {
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
