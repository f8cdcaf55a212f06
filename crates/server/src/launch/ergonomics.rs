//! What the launchers of 7.x and OpenSearch make of the JVM's options and of the container's memory. They ask the JVM for
//! the values that it takes in the end; here these are computed, for a closed list of options with which that is known.

use template::{Layer, Scalar, Settings};

use crate::heap::size;

/// What a node's roles make of the memory. Source: the classes of 7.17.29.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeapShare {
    Data,
    MasterOnly,
    MachineLearningOnly,
    /// The same from 8.0 on.
    LaterMachineLearningOnly,
    /// Roles of the old kind, or none that the launcher understands.
    Fixed,
}

/// Settings with which the launcher does not look at `node.roles`.
const OLD_ROLES: [&str; 7] = [
    "node.master",
    "node.ingest",
    "node.data",
    "node.voting_only",
    "node.ml",
    "node.transform",
    "node.remote_cluster_client",
];
const MEBIBYTE: u64 = 1 << 20;
const GIBIBYTE: u64 = 1 << 30;

impl HeapShare {
    /// Of the roles in the file: the launcher reads no others, and no variables in them.
    pub fn of(settings: &Settings) -> Option<Self> {
        let in_file = |key| settings.all(key).find(|it| it.layer == Layer::File);
        if OLD_ROLES.iter().any(|key| in_file(key).is_some()) {
            return Some(Self::Fixed);
        }
        let Some(roles) = in_file("node.roles") else { return Some(Self::Data) };
        if !roles.variables.is_empty() || roles.items.iter().any(|item| item.variable.is_some()) {
            return None;
        }
        let names: Vec<&str> = roles.items.iter().map(|item| item.text.as_str()).collect();
        Some(match &roles.value {
            Scalar::Unknown => return None,
            Scalar::Text { .. } => Self::Fixed,
            _ if !names.is_empty() && names.iter().all(|name| *name == "master") => Self::MasterOnly,
            _ if names.contains(&"ml")
                && names.iter().all(|name| matches!(*name, "ml" | "remote_cluster_client")) =>
            {
                Self::MachineLearningOnly
            }
            _ => Self::Data,
        })
    }

    /// Of the roles of 8.0 and later, wherever they are given. Source: the classes of 8.15.0, 8.19.21 and 9.2.0.
    pub(super) fn of_roles(roles: Option<&[&str]>) -> Self {
        match roles {
            Some(names) if !names.is_empty() && names.iter().all(|name| *name == "master") => {
                Self::MasterOnly
            }
            Some(names)
                if names.contains(&"ml")
                    && names.iter().all(|name| matches!(*name, "ml" | "remote_cluster_client")) =>
            {
                Self::LaterMachineLearningOnly
            }
            _ => Self::Data,
        }
    }

    /// In mebibytes.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "as the launcher computes"
    )]
    fn heap(self, memory: u64) -> u64 {
        const MOST: u64 = 31 * GIBIBYTE;
        let share = |share: f64| (memory as f64 * share) as u64;
        let bytes = match self {
            Self::Fixed => GIBIBYTE,
            Self::MasterOnly => share(0.6).min(MOST),
            Self::MachineLearningOnly if memory < 2 * GIBIBYTE => share(0.4),
            Self::MachineLearningOnly => share(0.25).min(2 * GIBIBYTE),
            // A multiple of 4 MiB.
            Self::LaterMachineLearningOnly => {
                let first = memory.min(16 * GIBIBYTE);
                let of = |memory: u64, share: f64| memory as f64 * share;
                let bytes = (of(first, 0.4) + of(memory - first, 0.1)).min(MOST as f64) as u64;
                bytes / (4 * MEBIBYTE) * (4 * MEBIBYTE)
            }
            Self::Data if memory < GIBIBYTE => share(0.4).max(128 * MEBIBYTE),
            Self::Data => share(0.5).min(MOST),
        };
        bytes / MEBIBYTE
    }
}

/// The versions of Java whose rounding of the heap was compared with what is computed here.
const COMPARED: std::ops::RangeInclusive<u16> = 17..=27;
/// The size of the machine's pages there.
const COMPARED_PAGE: u64 = 4096;
/// The largest piece that a heap is made of.
const LARGEST_REGION: u64 = 32 * MEBIBYTE;

/// Flags of the JVM that change neither the collector nor the size of the heap, as `-XX:+PrintFlagsFinal` says on Java 17, 25, 26 and 27, where
/// they have the flag: one that they have not starts neither the launcher's JVM nor the server's. `UseSVE` is for processors of ARM
/// alone, where `UseSVE=0` avoids crashes of some JVMs; it sets the length of vectors.
const NEUTRAL: &[&str] = &[
    "ActiveProcessorCount",
    "AlwaysPreTouch",
    "CompileCommand",
    "CompressedClassSpaceSize",
    "ConcGCThreads",
    "CrashOnOutOfMemoryError",
    "DisableExplicitGC",
    "EnableDynamicAgentLoading",
    "ErrorFile",
    "ExitOnOutOfMemoryError",
    "FlightRecorderOptions",
    "G1NumCollectionsKeepPinned",
    "G1PeriodicGCInterval",
    "HeapDumpOnOutOfMemoryError",
    "HeapDumpPath",
    "MaxGCPauseMillis",
    "MaxInlineLevel",
    "MaxMetaspaceSize",
    "MaxTenuringThreshold",
    "MetaspaceSize",
    "NativeMemoryTracking",
    "OmitStackTraceInFastThrow",
    "OnError",
    "OnOutOfMemoryError",
    "ParallelGCThreads",
    "ParallelRefProcEnabled",
    "PerfDisableSharedMem",
    "PreserveFramePointer",
    "ReservedCodeCacheSize",
    "ShowCodeDetailsInExceptionMessages",
    "SoftRefLRUPolicyMSPerMB",
    "StartFlightRecording",
    "TieredCompilation",
    "TieredStopAtLevel",
    "UnlockDiagnosticVMOptions",
    "UnlockExperimentalVMOptions",
    "UseAVX",
    "UseCompactObjectHeaders",
    "UsePerfData",
    "UseSVE",
    "UseStringDeduplication",
];

/// Beginnings of options of which the same is true.
const NEUTRAL_BEGINNINGS: &[&str] = &[
    "-D",
    "-Xlog:",
    "-Xss",
    "-agentlib:",
    "-agentpath:",
    "-javaagent:",
    "--add-exports=",
    "--add-modules=",
    "--add-opens=",
    "--enable-native-access=",
];

/// What the launcher itself looks at in properties.
const OF_LAUNCHER: &[&str] = &["es.total_memory", "_feature_flag_enabled"];

/// What the options say of what the launcher looks at.
#[derive(Default)]
struct Given<'a> {
    initial: Option<u64>,
    maximum: Option<u64>,
    region: Option<u64>,
    /// The names of all flags.
    flags: Vec<&'a str>,
}

/// All that the launcher takes into account.
pub(super) struct Inputs<'a> {
    /// Those of files and variables, word by word.
    pub(super) words: &'a [&'a str],
    pub(super) java_major: u16,
    /// It is that of Elasticsearch.
    pub(super) sizes_heap: bool,
    pub(super) memory: Option<u64>,
    pub(super) page_size: Option<u64>,
    pub(super) share: Option<HeapShare>,
}

/// The options that the launcher adds behind those of the user; an error is why only it can say.
pub(super) fn options(inputs: &Inputs) -> Result<Vec<String>, String> {
    let mut given = Given::read(inputs.words)?;
    let mut options = Vec::new();
    if inputs.sizes_heap && given.initial.is_none() && given.maximum.is_none() {
        let known = inputs.share.zip(inputs.memory).filter(|_| inputs.java_major >= 14);
        let (share, memory) =
            known.ok_or("the roles or the memory that the heap follows from are not known")?;
        let size = share.heap(memory);
        options.extend(["-Xms", "-Xmx"].map(|flag| format!("{flag}{size}m")));
        given.maximum = Some(size * MEBIBYTE);
    }
    let asked = given.maximum.ok_or("no option sets the maximum heap")?;
    if given.initial.is_some_and(|initial| initial > asked) {
        return Err("the initial heap is larger than the maximum".to_owned());
    }
    if !given.has("UseG1GC") {
        return Err("no option chooses the G1 collector".to_owned());
    }
    let heap =
        rounded(asked, &given, inputs).ok_or("only the JVM knows how it rounds the size of this heap")?;
    if !given.has("MaxDirectMemorySize") {
        options.push(format!("-XX:MaxDirectMemorySize={}", heap / 2));
    }
    if inputs.sizes_heap {
        let is_small = heap < 8 * GIBIBYTE;
        if is_small && given.region.is_none() {
            options.push("-XX:G1HeapRegionSize=4m".to_owned());
        }
        if !given.has("InitiatingHeapOccupancyPercent") {
            options.push("-XX:InitiatingHeapOccupancyPercent=30".to_owned());
        }
        if !given.has("G1ReservePercent") {
            options.push(format!("-XX:G1ReservePercent={}", if is_small { 15 } else { 25 }));
        }
    }
    Ok(options)
}

/// The size that a heap of G1 has in the end: a whole number of its pieces, and of what a page of its card table covers. With pages of
/// 64 KiB, which some kernels for ARM have, that is as much as the largest piece.
fn rounded(asked: u64, given: &Given, inputs: &Inputs) -> Option<u64> {
    if inputs.java_major >= 11 && asked.is_multiple_of(LARGEST_REGION) {
        return Some(asked);
    }
    if !COMPARED.contains(&inputs.java_major) || inputs.page_size != Some(COMPARED_PAGE) {
        return None;
    }
    let computed = (asked / 2048).checked_next_power_of_two()?.clamp(MEBIBYTE, LARGEST_REGION);
    asked.checked_next_multiple_of(given.region.unwrap_or(computed).max(2 * MEBIBYTE))
}

impl<'a> Given<'a> {
    fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    fn read(words: &[&'a str]) -> Result<Self, String> {
        let mut given = Self::default();
        for word in words {
            let is_known = if let Some(text) = word.strip_prefix("-Xms") {
                given.initial = size::parse(text, true);
                given.initial.is_some_and(|size| size > 0)
            } else if let Some(text) = word.strip_prefix("-Xmx") {
                given.maximum = size::parse(text, true);
                given.maximum.is_some_and(|size| size >= 2 * MEBIBYTE)
            } else if let Some(flag) = word.strip_prefix("-XX:") {
                given.flag(flag)
            } else {
                NEUTRAL_BEGINNINGS.iter().any(|beginning| word.starts_with(beginning))
                    && !OF_LAUNCHER.iter().any(|part| word.contains(part))
            };
            if !is_known {
                return Err(format!("what `{}` does to the heap only the JVM knows", shown(word)));
            }
        }
        Ok(given)
    }

    /// Whether it is known what the flag does.
    fn flag(&mut self, flag: &'a str) -> bool {
        // The flight recorder's flags are written with a colon, too.
        let (name, value) = flag.split_once(['=', ':']).unwrap_or((flag.trim_start_matches(['+', '-']), ""));
        self.flags.push(name);
        match name {
            "UseG1GC" => flag.starts_with('+'),
            "G1HeapRegionSize" => {
                let is_one =
                    |size: &u64| size.is_power_of_two() && (MEBIBYTE..=LARGEST_REGION).contains(size);
                self.region = size::parse(value, true).filter(is_one);
                self.region.is_some()
            }
            "InitiatingHeapOccupancyPercent" | "G1ReservePercent" => true,
            // None is a size of its own only to some.
            "MaxDirectMemorySize" => size::parse(value, true).is_some_and(|size| size > 0),
            name => NEUTRAL.contains(&name),
        }
    }
}

/// The part of an option that may be shown.
fn shown(word: &str) -> &str {
    let is_of_name = |it: char| it.is_ascii_alphanumeric() || "-+:@".contains(it);
    match word.split_once(|it: char| !is_of_name(it)) {
        _ if !word.starts_with('-') => "…",
        Some((name, _)) => name,
        None if word.len() <= 60 => word,
        None => "-…",
    }
}

#[cfg(test)]
mod tests;
