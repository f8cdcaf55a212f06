//! What a generation demands of its machine, its JVM and its settings.

/// The bootstrap checks. Source: "Bootstrap Checks" of each generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a check of its own")]
pub struct Limits {
    /// A node that others can reach refuses to start when a check fails; up to 2.x it only logs.
    pub refuse: bool,
    pub open_files: u64,
    pub processes: Option<u64>,
    /// The address space must be unlimited.
    pub address_space: bool,
    /// The size of files must be unlimited.
    pub file_size: bool,
    /// Whether the server wants system calls filtered.
    pub call_filter: CallFilter,
    /// Builds of Java before a release are refused.
    pub refuses_early_access: bool,
    /// The collector G1 of Java before 8u40 is refused.
    pub refuses_old_g1: bool,
    /// Java 11.0.2 to 11.0.13 is refused, OpenSearch#2791.
    pub refuses_old_java_11: bool,
    /// The role that may have one data path only.
    pub single_path_role: Option<&'static str>,
    /// Where nothing says how nodes find each other, one that others reach is refused.
    pub demands_discovery: bool,
    /// `vm.max_map_count`.
    pub map_count: Option<u64>,
    /// The setting that makes the server do without mapped files (release notes of 6.7).
    pub mmap_setting: Option<&'static str>,
}

/// The kernel's filter for system calls, which keeps the JVM from starting programs. Source: `SystemCallFilterCheck` and
/// `MightForkCheck` of each generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFilter {
    /// Nobody asks for it.
    Nobody,
    /// It is used where it is there, unless that setting says otherwise.
    Wanted(&'static str),
    /// The server does not start without, unless the setting says otherwise, where there is one.
    Demanded(Option<&'static str>),
}

/// Those of 1.0, which demands nothing.
pub(super) const FIRST: Limits = Limits {
    refuse: false,
    open_files: 65_536,
    processes: None,
    address_space: false,
    file_size: false,
    call_filter: CallFilter::Nobody,
    refuses_early_access: false,
    refuses_old_g1: false,
    refuses_old_java_11: false,
    single_path_role: None,
    demands_discovery: false,
    map_count: None,
    mmap_setting: None,
};
