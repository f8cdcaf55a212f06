//! The arithmetic of majorities and its rules. Pure.
//!
//! Up to Elasticsearch 6 a cluster is safe when `discovery.zen.minimum_master_nodes` is a majority of the
//! master-eligible nodes ([`zen`]); later generations keep the quorum themselves and need help only with the very first
//! start ([`initial`]).

mod arithmetic;
mod initial;
mod inputs;
mod number;
mod zen;

pub use arithmetic::{Table, majority, table};
pub use inputs::{Inputs, Judgement, MINIMUM_MASTER_NODES, MasterCount};

use crate::generation::{Election, generation};
use crate::version::Version;
use template::{Setting, Settings};

/// Everything that is wrong with majorities.
pub fn check(inputs: &Inputs) -> Judgement {
    match generation(inputs.version).election {
        Election::MinimumMasters => zen::check(inputs),
        Election::InitialMasters(key) => initial::check(inputs, key),
    }
}

/// The list of the first masters, where it has a value; nothing for generations without one.
pub fn initial_masters(settings: &Settings, version: Version) -> Option<&Setting> {
    match generation(version).election {
        Election::MinimumMasters => None,
        Election::InitialMasters(key) => initial::list(settings, key),
    }
}

/// How many masters have to meet before one of them is elected, for the first time; nothing where that is not known.
pub fn demanded(settings: &Settings, version: Version) -> Option<u32> {
    match generation(version).election {
        Election::MinimumMasters => match settings.get(MINIMUM_MASTER_NODES) {
            Some(setting) if setting.is_set_or_unknown() => number_of_masters(setting.text()?),
            _ => Some(1),
        },
        Election::InitialMasters(_) => {
            let count = initial_masters(settings, version)?.elements().len();
            u32::try_from(count).ok().map(majority)
        }
    }
}

/// The number of master-eligible nodes that a text says, blanks around it left out; nothing for everything that is no
/// 32-bit integer above 0.
pub fn number_of_masters(text: &str) -> Option<u32> {
    number::parse(text.trim()).and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0)
}

#[cfg(test)]
mod tests;
