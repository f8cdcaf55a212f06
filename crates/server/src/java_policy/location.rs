//! Where the policy file of a Java installation is.

/// Paths at which the policy file can be, the likeliest first; none where there is no such file any more (24 and
/// later). Debian's JRE 8 has no `release` file: without a known version all places are named.
pub fn candidates(java_home: &str, java_major: Option<u16>) -> Vec<String> {
    let folders: &[&str] = match java_major {
        Some(24..) => &[],
        Some(9..=23) => &["conf/security"],
        Some(_) => &["jre/lib/security", "lib/security"],
        None => &["conf/security", "jre/lib/security", "lib/security"],
    };
    let home = java_home.trim_end_matches('/');
    folders.iter().map(|folder| format!("{home}/{folder}/java.policy")).collect()
}
