//! The arithmetic of majorities and its rules. Pure.
//!
//! Up to Elasticsearch 6 a cluster is safe when `discovery.zen.minimum_master_nodes` is a majority of the
//! master-eligible nodes ([`zen`]); later generations keep their own books and need help only with the very first
//! start ([`initial`]).

mod arithmetic;
mod initial;
mod number;
mod zen;

pub use arithmetic::{Table, majority, table};

use crate::generation::{Election, generation};
use crate::version::Version;
use diagnostics::{Finding, Place};
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
    /// The text came from a file: messages do not show it.
    pub master_count_hidden: bool,
    /// The template's `${MIN_MASTERS}` at this place had no value. Findings of this room then take that place, and
    /// the caller drops the `template/unset` there.
    pub min_masters_unset: Option<Place>,
    /// Whether the data directory holds a cluster's state already; nothing when that is not known.
    pub bootstrapped: Option<bool>,
    /// This node's name, for the list of initial masters.
    pub node_name: Option<&'a str>,
}

/// All findings of this room.
pub fn check(inputs: &Inputs) -> Vec<Finding> {
    match generation(inputs.version).election {
        Election::MinimumMasters => zen::check(inputs),
        Election::InitialMasters(key) => initial::check(inputs, key),
    }
}

/// The number of master-eligible nodes, if it is known, or what is wrong with the text.
fn master_count(inputs: &Inputs) -> Result<Option<u32>, Box<Finding>> {
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
fn shown(text: &str) -> Option<&str> {
    (text.len() <= 100 && !text.contains(char::is_control) && !text.contains('`')).then_some(text)
}

/// The place of a setting, with the variable and its value written behind the carets.
fn labelled(setting: &Setting) -> Place {
    let mut place = setting.place.clone();
    if let (Some(variable), Some(text)) = (&setting.variable, setting.shown_text())
        && !text.is_empty()
    {
        place.label = Some(format!("{variable}={text}"));
    }
    place
}

#[cfg(test)]
mod tests;
