//! The class archive of the JVM: what it saves is the reading and checking of classes. The JVM ignores one that does not fit.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::inputs::{Archive, LaunchFiles};
use super::scripts::{Script, recognize};

/// In the home.
pub const FILE: &str = "lib/es-entrypoint.jsa";

/// The option of the JVM that uses one.
pub const OPTION: &str = "-XX:SharedArchiveFile=";

/// What stands at the end of it, before its size: of one that was cut off the JVM would die.
const MARK: &[u8; 16] = b"es-entrypoint/1\n";
/// The length of its last part, which is ours.
pub const END: u64 = 24;

/// The last part of an archive of which the JVM wrote that many bytes.
pub fn end(size: u64) -> Vec<u8> {
    [&MARK[..], &size.to_le_bytes()].concat()
}

/// Whether an archive of that size, with that end, is whole.
pub fn is_whole(size: u64, last: &[u8]) -> bool {
    size.checked_sub(END).is_some_and(|size| last == end(size))
}

/// The versions of Java that were tried.
const TRIED: std::ops::RangeInclusive<u16> = 13..=25;

/// Why there can be none for this server and its Java.
pub(super) fn why_not(script: Script, java_major: u16) -> Option<String> {
    let why = match script {
        Script::One | Script::Two | Script::Five => "its JVM cannot use one",
        Script::OpenSearch3 => "its agent extends the boot class path, and the JVM uses no archive with that",
        _ if script >= Script::Eight18 => {
            "it changes classes of Java itself, and the JVM uses no archive with that"
        }
        _ if java_major < *TRIED.start() => {
            return Some(format!("its Java {java_major} cannot make one; from 13 on it can"));
        }
        _ if !TRIED.contains(&java_major) || script == Script::Eight17 => {
            return Some(format!("with Java {java_major} it was not tried"));
        }
        _ => return None,
    };
    Some(why.to_owned())
}

/// The same of an installation.
pub fn impossible(files: &LaunchFiles, java_major: Option<u16>) -> Option<String> {
    match (recognize(files), java_major) {
        (None, _) => Some("its JVM is started by a script whose work is not known word for word".to_owned()),
        (Some(_), None) => Some("the version of its Java is not known".to_owned()),
        (Some(script), Some(major)) => why_not(script, major),
    }
}

/// The options of the JVM with those of the archive, where there is one, before all others.
pub(super) fn with_options(archive: Option<Archive<'_>>, words: Vec<OsString>) -> Vec<OsString> {
    let Some(archive) = archive else { return words };
    // In the build of an image nobody reads these, and they would stay in it.
    let is_unread = |word: &OsString| archive.is_made && word.as_bytes().starts_with(b"-Xlog:gc");
    archive.options().into_iter().chain(words.into_iter().filter(|word| !is_unread(word))).collect()
}

impl Archive<'_> {
    /// The options of the JVM for it.
    fn options(&self) -> Vec<OsString> {
        let flag = if self.is_made { "-XX:ArchiveClassesAtExit=" } else { OPTION };
        let mut options = vec![OsString::from(flag)];
        options[0].push(self.file);
        // Of an archive that does not fit the JVM would complain on standard output. Who makes one leaves no directory in `/tmp`.
        options.push(if self.is_made { "-XX:-UsePerfData" } else { "-Xlog:cds*=off" }.into());
        options
    }

    /// The jars one by one: the JVM takes those of `lib/*` in the order of the file system, which is another one on
    /// another machine, and ignores an archive that was made with another order.
    pub(super) fn class_path(&self, home: &Path) -> Option<OsString> {
        let is_plain = |path: &Path| !path.as_os_str().as_bytes().contains(&b':');
        let mut class_path = OsString::new();
        for jar in self.jars {
            let path = home.join("lib").join(jar);
            if !is_plain(&path) {
                return None;
            }
            if !class_path.is_empty() {
                class_path.push(":");
            }
            class_path.push(path);
        }
        (!class_path.is_empty()).then_some(class_path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cut_off_is_not_whole() {
        let last = end(1000);
        assert_eq!(last.len() as u64, END);
        assert!(is_whole(1000 + END, &last));
        for size in [0, 10, END, 999 + END, 1001 + END] {
            assert!(!is_whole(size, &last), "{size}");
        }
        assert!(!is_whole(1000 + END, &last[1..]));
        assert!(!is_whole(1000 + END, &[0; 24]));
    }

    #[test]
    fn who_can_have_one() {
        for (script, major, why) in [
            (Script::Six, 17, None),
            (Script::Seven, 13, None),
            (Script::OpenSearch1, 11, Some("its Java 11 cannot make one; from 13 on it can")),
            (Script::OpenSearch2, 25, None),
            (Script::OpenSearch2, 26, Some("with Java 26 it was not tried")),
            (Script::Two, 8, Some("its JVM cannot use one")),
        ] {
            assert_eq!(why_not(script, major).as_deref(), why, "{script:?} {major}");
        }
        assert!(why_not(Script::OpenSearch3, 25).is_some());
    }

    #[test]
    fn the_jars_are_named_one_by_one() {
        let jars = ["a.jar", "b.jar"].map(str::to_owned);
        let mut archive = Archive { file: Path::new("/es/lib/x.jsa"), is_made: false, jars: &jars };
        let named = archive.class_path(Path::new("/es"));
        assert_eq!(named, Some("/es/lib/a.jar:/es/lib/b.jar".into()));
        assert_eq!(archive.class_path(Path::new("/e:s")), None);
        assert_eq!(archive.options(), ["-XX:SharedArchiveFile=/es/lib/x.jsa", "-Xlog:cds*=off"]);
        archive.is_made = true;
        assert_eq!(archive.options(), ["-XX:ArchiveClassesAtExit=/es/lib/x.jsa", "-XX:-UsePerfData"]);
        archive.jars = &[];
        assert_eq!(archive.class_path(Path::new("/es")), None);
    }
}
