//! The heap of generations that give every node the same one, in every container: half of the container's memory.

use super::inputs::HeapInputs;
use super::size::{self, half};
use super::sources;
use crate::generation::generation;
use crate::jvm_arguments::{Argument, Origin};
use crate::jvm_options::OptionsFile;

/// With less the server does not stay up.
const LEAST: u64 = 128 << 20;

/// In all files of the distributions over these lines; tried: 5.0.2, 5.6.16, 6.8.23, OpenSearch 1.3.20, 3.6.0.
const BANNER: &str = "## IMPORTANT: JVM heap size";

/// The options that set the heap where nobody does: nothing but the distribution's own default, and a container with a
/// limit.
pub fn chosen(inputs: &HeapInputs, files: &[OptionsFile]) -> Vec<Argument> {
    let options = sources::options(inputs.arguments);
    let default = generation(inputs.version).default_heap;
    let is_default = |origin: &Origin, text: &str| match origin {
        Origin::Script => true,
        Origin::Line(span) => {
            default == Some(text)
                && files.iter().any(|file| {
                    file.template.is_none() && file.name == span.source.name && file.text.contains(BANNER)
                })
        }
        Origin::Size(_) | Origin::Variable(_) | Origin::Limit => false,
    };
    // A share of the memory is somebody's wish, too.
    let is_share = |argument: &Argument| {
        argument.flag().is_some_and(|it| it.contains("RAMPercentage") || it.contains("RAMFraction"))
    };
    let nobody_asks = options.len() == 2
        && options.iter().all(|option| is_default(&option.origin, &option.size))
        && !inputs.arguments.iter().any(is_share)
        && !sources::are_unknown(inputs);
    let limit = inputs.memory_limit.filter(|limit| inputs.total_memory.is_some_and(|total| *limit < total));
    let Some(size) = limit.map(half).filter(|size| nobody_asks && *size >= LEAST) else { return Vec::new() };
    let option = |flag: &str| Argument::of_limit(format!("{flag}{}", size::short(size)));
    ["-Xms", "-Xmx"].map(option).to_vec()
}
