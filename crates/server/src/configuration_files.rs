//! Which files of its configuration directory a server reads as configuration. What else lies there, scripts and synonyms
//! for instance, is content: a `${x}` in it means something to somebody else.

use std::path::Path;

use crate::files::Use;
use crate::generation::{Generation, JvmOptions, ROWS};

/// The options of the JVM, from 5.0 on.
const JVM_OPTIONS: &str = "jvm.options";
/// Further ones, from 7.7 on.
const FURTHER_OPTIONS: &str = "jvm.options.d/*.options";

impl Generation {
    /// Whether that file, below the configuration directory, is configuration to the server.
    pub fn is_configuration(&self, relative: &Path) -> bool {
        relative.to_str().is_some_and(|relative| self.reads(relative))
    }

    /// Whether the server itself may write that file, below the configuration directory.
    pub fn may_write(&self, relative: &Path) -> bool {
        self.own_files.iter().any(|own| relative.starts_with(own))
    }

    /// The files of the security that the server opens at each start, where it is on. It does not start without the tokens,
    /// and goes on without users and roles, with a line in its own log: tried on 8.19.21. Others it opens only where a realm
    /// needs them.
    pub fn security_files(&self) -> &'static [(&'static str, Use)] {
        const FILES: [(&str, Use); 4] = [
            ("service_tokens", Use::Read),
            ("users", Use::ReadForSecurity),
            ("users_roles", Use::ReadForSecurity),
            ("roles.yml", Use::ReadForSecurity),
        ];
        if self.configures_security { &FILES } else { &[] }
    }

    fn reads(&self, relative: &str) -> bool {
        let options: &[&str] = match self.jvm_options {
            JvmOptions::None => &[],
            JvmOptions::Lines | JvmOptions::File => &[JVM_OPTIONS],
            JvmOptions::FileAndDirectory => &[JVM_OPTIONS, FURTHER_OPTIONS],
        };
        let log = relative.strip_suffix(self.logging.file());
        relative == self.main_file
            // In the directories below, too.
            || log.is_some_and(|before| before.is_empty() || before.ends_with('/'))
            || options.iter().chain(self.other_configuration).any(|pattern| fits(pattern, relative))
    }
}

/// The same where nobody knows which server it will be.
pub fn is_configuration_of_any(relative: &Path) -> bool {
    relative.to_str().is_some_and(|relative| ROWS.iter().any(|generation| generation.reads(relative)))
}

/// `*` in a pattern stands for any name, or the beginning of one.
fn fits(pattern: &str, relative: &str) -> bool {
    match pattern.split_once('*') {
        None => relative == pattern,
        Some((begin, end)) => relative
            .strip_prefix(begin)
            .and_then(|name| name.strip_suffix(end))
            .is_some_and(|name| !name.contains('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Version;
    use crate::generation::generation;

    /// Every name that some generation reads, for those that do.
    #[test]
    fn each_generation_reads_its_own_files() {
        let versions =
            ["1.7.5", "2.3.4", "5.6.16", "6.2.4", "6.8.23", "7.6.2", "7.17.29", "9.1.0", "os-2.19.6"];
        let readers = |name: &str| -> Vec<&str> {
            let reads =
                |text: &&str| generation(Version::parse(text).unwrap()).is_configuration(Path::new(name));
            versions.into_iter().filter(reads).collect()
        };
        let (old, new) = versions.split_at(2);
        assert_eq!(readers("elasticsearch.yml"), versions[..8]);
        assert_eq!(readers("opensearch.yml"), ["os-2.19.6"]);
        assert_eq!(readers("logging.yml"), old);
        assert_eq!(readers("shield/logging.yml"), old);
        assert_eq!(readers("shield/users"), old);
        assert_eq!(readers("log4j2.properties"), new);
        assert_eq!(readers("x-pack/log4j2.properties"), new);
        assert_eq!(readers("jvm.options"), new);
        assert_eq!(readers("jvm.options.d/heap.options"), ["7.17.29", "9.1.0", "os-2.19.6"]);
        assert_eq!(readers("jvm.options.d/.40-heap.options"), ["7.17.29", "9.1.0", "os-2.19.6"]);
        assert_eq!(readers("x-pack/roles.yml"), ["5.6.16", "6.2.4", "6.8.23"]);
        assert_eq!(readers("discovery-file/unicast_hosts.txt"), ["5.6.16", "6.2.4", "6.8.23"]);
        assert_eq!(readers("roles.yml"), ["6.8.23", "7.6.2", "7.17.29", "9.1.0"]);
        assert_eq!(readers("unicast_hosts.txt"), ["6.8.23", "7.6.2", "7.17.29", "9.1.0", "os-2.19.6"]);
        assert_eq!(readers("service_tokens"), ["7.6.2", "7.17.29", "9.1.0"]);
        assert_eq!(readers("opensearch-security/config.yml"), ["os-2.19.6"]);
        for name in [
            "",
            "elasticsearch.yml.rpmnew",
            "sub/elasticsearch.yml",
            "sub/jvm.options",
            "jvm.options.d/readme.txt",
            "jvm.options.d/sub/heap.options",
            "scripts/score.groovy",
            "analysis/synonyms.txt",
            "hunspell/en_US/settings.yml",
            "opensearch-security/roles.yml",
            "opensearch-security/tools/hash.yml",
            "java.policy",
        ] {
            assert_eq!(readers(name), [""; 0], "{name}");
            assert!(!is_configuration_of_any(Path::new(name)), "{name}");
        }
        assert!(is_configuration_of_any(Path::new("logging.yml")));
        assert!(is_configuration_of_any(Path::new("jvm.options")));
    }
}
