//! Rules between objects.

mod discovery;

use diagnostics::Finding;

use crate::objects::Objects;
use crate::pod::Judged;

/// Everything that is wrong between the objects.
pub(crate) fn check(objects: &Objects, pods: &[Judged<'_>]) -> Vec<Finding> {
    discovery::check(objects, pods)
}
