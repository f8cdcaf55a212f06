//! Variables that the JVM itself reads, whatever its command line says, where the start script lets them through.

use super::inputs::LaunchFiles;
use super::scripts;
use diagnostics::Finding;

/// The options in them come before those of the command line, which counts more.
const TOOL: &str = "JAVA_TOOL_OPTIONS";
/// The same, from Java 9 on.
const JDK: &str = "JDK_JAVA_OPTIONS";
/// The options in it come last. Tried with Java 8 and 17: it alone beats the command line.
const LAST: &str = "_JAVA_OPTIONS";

/// The names of those that reach the JVM of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JavaVariables {
    /// Before the command line, in the order in which they count.
    pub before: Vec<&'static str>,
    /// After the command line.
    pub after: Vec<&'static str>,
}

/// Those that reach it through these scripts. Where there are none to look at, or the Java is not known, what depends on
/// that is left out.
pub fn read_by_java(files: Option<&LaunchFiles>, java_major: Option<u16>) -> JavaVariables {
    let Some(files) = files.filter(|files| files.script.is_some()) else { return JavaVariables::default() };
    let unset = scripts::unset(files);
    let passes = |name: &&str| !unset.contains(&name.as_bytes());
    let known_to_java = |name: &&str| *name != JDK || java_major.is_some_and(|major| major >= 9);
    JavaVariables {
        before: [TOOL, JDK].into_iter().filter(passes).filter(known_to_java).collect(),
        after: [LAST].into_iter().filter(passes).collect(),
    }
}

/// Those that are set and do not get past the scripts.
pub(super) fn dropped(files: &LaunchFiles, is_set: impl Fn(&str) -> bool, options: &str) -> Vec<Finding> {
    let unset = scripts::unset(files);
    let dropped =
        [TOOL, JDK, LAST].into_iter().filter(|name| is_set(name) && unset.contains(&name.as_bytes()));
    dropped
        .map(|name| {
            Finding::warning("launch/ignored-variable", format!("`{name}` is not passed on to the server"))
                .variable(name)
                .help(format!("the start script drops this variable: set {options} instead"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(script: &str, environment_script: Option<&str>) -> LaunchFiles {
        LaunchFiles {
            script: Some(script.as_bytes().to_vec()),
            environment_script: environment_script.map(|text| text.as_bytes().to_vec()),
            ..LaunchFiles::default()
        }
    }

    /// As recorded: 1.7 passes all on, 2.3 to 8.15 drop the first, 8.19 and later the last, too.
    #[test]
    fn what_each_script_lets_through() {
        let old = "if [ ! -z \"$JAVA_TOOL_OPTIONS\" ]; then\n  unset JAVA_TOOL_OPTIONS\nfi\n";
        let new = "  unset JAVA_TOOL_OPTIONS\n  unset _JAVA_OPTIONS\n";
        for (files, java, before, after) in [
            (files("exec java", None), 8, &["JAVA_TOOL_OPTIONS"][..], &["_JAVA_OPTIONS"][..]),
            (files(old, None), 8, &[], &["_JAVA_OPTIONS"]),
            (files("source", Some(old)), 17, &["JDK_JAVA_OPTIONS"], &["_JAVA_OPTIONS"]),
            (files("source", Some(new)), 21, &["JDK_JAVA_OPTIONS"], &[]),
        ] {
            let expected = JavaVariables { before: before.to_vec(), after: after.to_vec() };
            assert_eq!(read_by_java(Some(&files), Some(java)), expected);
        }
        assert_eq!(read_by_java(None, Some(17)), JavaVariables::default());
        assert_eq!(read_by_java(Some(&LaunchFiles::default()), Some(17)), JavaVariables::default());
        assert_eq!(read_by_java(Some(&files("", None)), None).before, ["JAVA_TOOL_OPTIONS"]);
    }
}
