//! Where the policy file of a Java installation is.

/// The major version from the text of the installation's `release` file: 8 for `1.8.0_504`, 17 for `17.0.15`.
pub fn java_major(release: &str) -> Option<u32> {
    let line = release.lines().find_map(|line| line.trim().strip_prefix("JAVA_VERSION="))?;
    let version = line.trim().trim_matches('"');
    let version = version.strip_prefix("1.").unwrap_or(version);
    let end = version.find(|character: char| !character.is_ascii_digit()).unwrap_or(version.len());
    version[..end].parse().ok()
}

/// Paths at which the policy file can be, the likeliest first; none where there is no such file any more (24 and
/// later). Debian's JRE 8 has no `release` file: without a known version all places are named.
pub fn candidates(java_home: &str, java_major: Option<u32>) -> Vec<String> {
    let folders: &[&str] = match java_major {
        Some(24..) => &[],
        Some(9..=23) => &["conf/security"],
        Some(_) => &["jre/lib/security", "lib/security"],
        None => &["conf/security", "jre/lib/security", "lib/security"],
    };
    let home = java_home.trim_end_matches('/');
    folders.iter().map(|folder| format!("{home}/{folder}/java.policy")).collect()
}
