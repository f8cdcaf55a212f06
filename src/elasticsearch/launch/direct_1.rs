//! 1.x: `bin/elasticsearch` reads the options itself and gives properties to the JVM.
use super::{Launch, LaunchInputs};
use crate::finding::Finding;

pub(super) fn launch(_inputs: &LaunchInputs) -> Option<Result<Launch, Vec<Finding>>> {
    None
}
