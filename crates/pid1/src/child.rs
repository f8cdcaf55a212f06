//! What is to be executed, and the child that it became.

use std::ffi::{OsStr, OsString};
use std::time::Instant;

use crate::spawn::ProcessGroup;
use crate::supervision::Delivery;
use crate::system::Pid;

/// What to execute; the words belong to the caller.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// A path, or a bare name that is looked up in the `PATH` of `environment` as execvp(3) does.
    pub name: &'a OsStr,
    /// The arguments without the program itself.
    pub arguments: &'a [OsString],
    /// The whole environment of the child.
    pub environment: &'a [(OsString, OsString)],
}

/// The child that runs, and what is known of its start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Started {
    /// As the caller named it, for messages.
    pub(crate) program: OsString,
    pub(crate) child: Pid,
    pub(crate) process_group: ProcessGroup,
    /// The child's group was made the foreground of the terminal.
    pub(crate) has_foreground: bool,
    pub(crate) born: Instant,
    /// The counter of processes killed for memory at that time.
    pub(crate) kills_before: Option<u64>,
}

/// The target of kill(2): the child, or the group that it leads.
pub(crate) fn target(child: Pid, delivery: Delivery) -> Pid {
    match delivery {
        Delivery::Single => child,
        Delivery::Group | Delivery::Session => -child,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rule 19: a group is signalled only where the child leads one, and nothing but the child is ever a target.
    #[test]
    fn rule_19_targets() {
        assert_eq!(target(7, Delivery::Single), 7);
        assert_eq!(target(7, Delivery::Group), -7);
        assert_eq!(target(7, Delivery::Session), -7);
    }
}
