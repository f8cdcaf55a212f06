//! What the heap is judged by.

use template::Environment;

use crate::jvm_arguments::Argument;
use crate::launch::java_variables::JavaVariables;
use crate::version::Version;

/// All that the judgement depends on.
#[derive(Clone, Copy, Debug)]
pub struct HeapInputs<'a> {
    pub version: Version,
    pub environment: &'a Environment,
    /// The variables that the JVM reads itself.
    pub java_variables: &'a JavaVariables,
    /// The command line of the JVM.
    pub arguments: &'a [Argument],
    /// 8, 17, …: decides how sizes are read.
    pub java_major: Option<u16>,
    /// The control group's memory limit.
    pub memory_limit: Option<u64>,
    /// The machine's memory.
    pub total_memory: Option<u64>,
    /// Whether the server refuses to start over a failed bootstrap check.
    pub enforced: bool,
}
