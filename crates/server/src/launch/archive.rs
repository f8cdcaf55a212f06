//! The class archive of the JVM: what it saves is the reading and checking of classes. The JVM ignores one that does not fit.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::inputs::{Archive, LaunchFiles};
use super::scripts::{Script, recognize};

/// In the home.
pub const FILE: &str = "lib/es-entrypoint.jsa";

/// Why there can be none for this server and its Java.
pub(super) fn why_not(script: Script, java_major: u16) -> Option<String> {
    let why = match script {
        Script::One | Script::Two | Script::Five => "its JVM cannot use one",
        Script::OpenSearch3 => "its agent extends the boot class path, and the JVM uses no archive with that",
        _ if java_major < 13 => return Some(format!("its Java {java_major} cannot make one; from 13 on it can")),
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

impl Archive<'_> {
    /// The options of the JVM, which stand before all others.
    pub(super) fn options(&self) -> Vec<OsString> {
        let mut option = OsString::from(if self.is_made {
            "-XX:ArchiveClassesAtExit="
        } else {
            "-XX:SharedArchiveFile="
        });
        option.push(self.file);
        // Of an archive that does not fit the JVM would complain on standard output.
        vec![option, "-Xlog:cds=off".into(), "-Xlog:cds+dynamic=off".into()]
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
