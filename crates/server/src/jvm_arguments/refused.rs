//! Options that the JVM which will run refuses. Tried with Java 8, 17, 21 and 25; where a later Java than the first one without
//! an option still passes over it, the first that refuses it counts.

use super::origin::Argument;
use diagnostics::Finding;

/// What an option has to be like.
enum Pattern {
    /// A flag, switched or with a value.
    Flag(&'static str),
    /// All flags that begin like that.
    Flags(&'static str),
    /// The option begins like that.
    Begins(&'static str),
    /// The option is that.
    Is(&'static str),
    /// A flag with a value that is no fraction.
    WholeNumber(&'static str),
}

struct Row {
    pattern: Pattern,
    /// The first and the last Java that refuses it.
    java: (u16, u16),
    instead: &'static str,
}

const LATEST: u16 = u16::MAX;
const LOG: &str = "Java 9 and later log with `-Xlog`: `-Xlog:gc*:file=gc.log:time:filecount=32,filesize=64m`";
const NO_CMS: &str = "that collector was removed in Java 14: use `-XX:+UseG1GC`";
const MODULES: &str = "Java 8 has no modules";
const LEFT_OUT: &str = "it has had no effect since long";
const FRACTION: &str = "write `-XX:MaxRAMPercentage=` and its relatives instead";

const fn row(pattern: Pattern, java: (u16, u16), instead: &'static str) -> Row {
    Row { pattern, java, instead }
}

use Pattern::{Begins, Flag, Flags, Is, WholeNumber};

/// Sources beside what was tried: `arguments.cpp` of each JDK, JEP 214, 271, 363, 486.
const ROWS: &[Row] = &[
    row(Flag("UseConcMarkSweepGC"), (15, LATEST), NO_CMS),
    row(Flags("CMS"), (15, LATEST), NO_CMS),
    row(Flags("UseCMS"), (15, LATEST), NO_CMS),
    row(Flag("UseParNewGC"), (11, LATEST), "it belonged to the collector CMS: use `-XX:+UseG1GC`"),
    row(Flag("UseParallelOldGC"), (16, LATEST), "use `-XX:+UseParallelGC`"),
    row(Is("-Xincgc"), (9, LATEST), "use `-XX:+UseG1GC`"),
    row(Flag("PrintGCDateStamps"), (9, LATEST), LOG),
    row(Flag("PrintGCTimeStamps"), (9, LATEST), LOG),
    row(Flag("PrintGCApplicationStoppedTime"), (9, LATEST), LOG),
    row(Flag("PrintTenuringDistribution"), (9, LATEST), LOG),
    row(Flag("PrintGCCause"), (9, LATEST), LOG),
    row(Flag("PrintHeapAtGC"), (9, LATEST), LOG),
    row(Flag("PrintAdaptiveSizePolicy"), (9, LATEST), LOG),
    row(Flag("PrintReferenceGC"), (9, LATEST), LOG),
    row(Flag("PrintPromotionFailure"), (9, LATEST), LOG),
    row(Flag("UseGCLogFileRotation"), (9, LATEST), LOG),
    row(Flag("NumberOfGCLogFiles"), (9, LATEST), LOG),
    row(Flag("GCLogFileSize"), (9, LATEST), LOG),
    row(Flag("TraceClassLoading"), (17, LATEST), "write `-Xlog:class+load`"),
    row(Flag("AggressiveOpts"), (13, LATEST), LEFT_OUT),
    row(Flag("UseFastAccessorMethods"), (17, LATEST), LEFT_OUT),
    row(Flag("MaxPermSize"), (17, LATEST), "Java 8 and later have no permanent generation"),
    row(Flag("PermSize"), (17, LATEST), "Java 8 and later have no permanent generation"),
    row(Flag("UseBiasedLocking"), (21, LATEST), LEFT_OUT),
    row(Flag("UseCGroupMemoryLimitForHeap"), (12, LATEST), "Java 10 and later read the container's limit"),
    row(Flag("MaxRAMFraction"), (25, LATEST), FRACTION),
    row(Flag("MinRAMFraction"), (25, LATEST), FRACTION),
    row(Flag("InitialRAMFraction"), (25, LATEST), FRACTION),
    row(Is("-d64"), (10, LATEST), LEFT_OUT),
    row(Is("-d32"), (10, LATEST), LEFT_OUT),
    row(Begins("-Djava.ext.dirs="), (9, LATEST), "add code as a plugin of the server"),
    row(Begins("-Djava.endorsed.dirs="), (9, LATEST), "add code as a plugin of the server"),
    row(Is("-Djava.security.manager"), (24, LATEST), "Java 24 and later have no security manager"),
    row(Is("-Djava.security.manager=allow"), (24, LATEST), "Java 24 and later have no security manager"),
    row(
        Begins("-Xlog:"),
        (8, 8),
        "Java 8 logs with `-Xloggc:FILE`, `-XX:+PrintGCDetails` and their relatives",
    ),
    row(Begins("--add-opens"), (8, 8), MODULES),
    row(Begins("--add-exports"), (8, 8), MODULES),
    row(Begins("--add-modules"), (8, 8), MODULES),
    row(Begins("--illegal-access"), (8, 8), MODULES),
    row(Flag("UseZGC"), (8, 8), "use `-XX:+UseG1GC`"),
    row(Flag("ShowCodeDetailsInExceptionMessages"), (8, 8), "Java 14 and later have it"),
    row(WholeNumber("MaxRAMPercentage"), (8, 8), "Java 8 wants a fraction there: `75.0` instead of `75`"),
    row(WholeNumber("MinRAMPercentage"), (8, 8), "Java 8 wants a fraction there: `75.0` instead of `75`"),
    row(WholeNumber("InitialRAMPercentage"), (8, 8), "Java 8 wants a fraction there: `75.0` instead of `75`"),
];

/// Every option that this Java refuses.
pub(super) fn check(java: u16, arguments: &[Argument]) -> Vec<Finding> {
    // Wherever it stands.
    if arguments.iter().any(|argument| argument.switch() == Some(("IgnoreUnrecognizedVMOptions", true))) {
        return Vec::new();
    }
    arguments.iter().filter_map(|argument| of_argument(java, argument)).collect()
}

fn of_argument(java: u16, argument: &Argument) -> Option<Finding> {
    let fits = |row: &&Row| (row.java.0..=row.java.1).contains(&java) && row.pattern.fits(argument);
    let Row { instead, java: (first, last), .. } = ROWS.iter().find(fits)?;
    let shown = argument.shown();
    let message = format!("Java {java} refuses `{shown}`");
    let (which, range) = match (first - 1, *last) {
        (8, LATEST) => ("earlier", "8".to_owned()),
        (before, LATEST) => ("earlier", format!("8-{before}")),
        (_, last) => ("later", format!("{}-", last + 1)),
    };
    let help = format!(
        "the JVM does not start: take it out, or in `jvm.options` let only {which} ones read it: `{range}:{shown}`; {instead}"
    );
    Some(argument.origin.place(Finding::error("launch/refused-option", message)).help(help))
}

impl Pattern {
    fn fits(&self, argument: &Argument) -> bool {
        match self {
            Flag(name) => argument.flag() == Some(name),
            Flags(begin) => argument.flag().is_some_and(|flag| flag.starts_with(begin)),
            Begins(begin) => argument.text.starts_with(begin),
            Is(text) => argument.text == *text,
            WholeNumber(name) => {
                let value = || argument.text.split_once('=').map(|(_, value)| value);
                argument.flag() == Some(name)
                    && value()
                        .is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
            }
        }
    }
}
