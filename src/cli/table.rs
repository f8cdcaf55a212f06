//! Every option there is, in one table: the parser, the variables `ES_ENTRYPOINT_…` and the help texts share it.

/// The subcommands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandName {
    Run,
    Check,
    Render,
    Explain,
    Quorum,
    Policy,
    Init,
    Help,
}

impl CommandName {
    /// All of them with their words, in the order of the help text.
    pub(crate) const ALL: [(&'static str, Self); 8] = [
        ("run", Self::Run),
        ("check", Self::Check),
        ("render", Self::Render),
        ("explain", Self::Explain),
        ("quorum", Self::Quorum),
        ("policy", Self::Policy),
        ("init", Self::Init),
        ("help", Self::Help),
    ];

    /// The command of that word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, command)| *command)
    }

    /// The word of the command line.
    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, command)| *command == self).map_or("help", |(name, _)| name)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Nothing (`--strict`), or `=true`/`=false`.
    Switch,
    /// One value; the text names it in the help.
    Value(&'static str),
    /// Several: repeated options add up, and one value may hold a comma list.
    List(&'static str),
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionRow {
    /// Without the two dashes.
    pub name: &'static str,
    pub takes: Takes,
    commands: u8,
    pub help: &'static str,
}

impl OptionRow {
    /// Whether the command knows this option.
    pub(crate) fn is_for(&self, command: CommandName) -> bool {
        self.commands & command.bit() != 0
    }

    /// Whether help texts and suggestions name it.
    pub(crate) fn is_shown(&self) -> bool {
        !self.help.is_empty()
    }

    /// `ES_ENTRYPOINT_NAME`.
    pub(crate) fn variable(&self) -> String {
        let mut name = String::from(VARIABLE_PREFIX);
        name.extend(self.name.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_uppercase() }));
        name
    }
}

/// What the name of each of our variables starts with.
pub(crate) const VARIABLE_PREFIX: &str = "ES_ENTRYPOINT_";

const RUN: u8 = CommandName::Run.bit();
const CHECK: u8 = CommandName::Check.bit();
const RENDER: u8 = CommandName::Render.bit();
const EXPLAIN: u8 = CommandName::Explain.bit();
const QUORUM: u8 = CommandName::Quorum.bit();
const POLICY: u8 = CommandName::Policy.bit();
const INIT: u8 = CommandName::Init.bit();
const PREPARING: u8 = RUN | CHECK | RENDER | EXPLAIN;
/// A start, or what would come out of one.
const STARTING: u8 = RUN | CHECK | EXPLAIN;
const JUDGING: u8 = PREPARING | QUORUM | POLICY;
const SUPERVISING: u8 = RUN | INIT;

const fn row(name: &'static str, takes: Takes, commands: u8, help: &'static str) -> OptionRow {
    OptionRow { name, takes, commands, help }
}

/// All options, by subject.
pub(crate) const OPTIONS: &[OptionRow] = &[
    row(
        "es-home",
        Takes::Value("DIR"),
        PREPARING | POLICY,
        "installation; default $ES_HOME, else /usr/share/…",
    ),
    row(
        "config-dir",
        Takes::Value("DIR"),
        PREPARING | POLICY,
        "default $ES_PATH_CONF, $CONF_DIR, config in the home",
    ),
    row(
        "es-version",
        Takes::Value("X.Y.Z"),
        PREPARING | POLICY,
        "2.3.4, os-2.11.0; default: read from the installation",
    ),
    row(
        "templates",
        Takes::Value("DIR"),
        PREPARING | POLICY,
        "default config-templates in the home, or in /",
    ),
    row("runtime-dir", Takes::Value("DIR"), STARTING, "staged configuration; default /run/es-entrypoint"),
    row("host", Takes::Switch, CHECK | EXPLAIN, "judge this machine too, installation or not"),
    row("strict", Takes::Switch, JUDGING, "warnings count as errors"),
    row("allow", Takes::List("CODE"), JUDGING, "drop these findings; see `help findings`"),
    row("warn", Takes::List("CODE"), JUDGING, "these findings are warnings"),
    row("deny", Takes::List("CODE"), JUDGING, "these findings are errors"),
    row("message-format", Takes::Value("FORMAT"), JUDGING, "human, json, github"),
    row(
        "log-level",
        Takes::Value("LEVEL"),
        JUDGING | INIT,
        "off, error, warn, info, debug, trace; default info",
    ),
    row("log-format", Takes::Value("FORMAT"), JUDGING | INIT, "text, json"),
    // Not in any help text: it is refused until manifests can be read.
    row("file", Takes::List("FILE"), CHECK, ""),
    row(
        "format",
        Takes::Value("FORMAT"),
        RENDER,
        "auto, elasticsearch, yaml, text,\nproperties, jvm-options, policy",
    ),
    row("output", Takes::Value("DIR"), RENDER, "write files there instead of to standard output"),
    row("min", Takes::Value("N"), QUORUM, "minimum_master_nodes to judge"),
    row("policy", Takes::Value("MODE"), STARTING | POLICY, "auto, patch, property, off"),
    row(
        "java-home",
        Takes::Value("DIR"),
        STARTING | POLICY,
        "the JRE; default: that of the java that will run",
    ),
    row("read", Takes::List("PATH"), POLICY, "paths to make readable, as JAVA_POLICY_READ"),
    row("remove", Takes::Switch, POLICY, "patch: take our block out"),
    row(
        "user",
        Takes::Value("USER"),
        SUPERVISING | CHECK | EXPLAIN,
        "NAME|UID[:GROUP]; run: elasticsearch, else 1000:0",
    ),
    row("chown", Takes::Value("HOW"), RUN, "top, recursive, off: ownership of data and logs"),
    row("single-child", Takes::Switch, INIT, "neither --group nor --session"),
    row("group", Takes::Switch, SUPERVISING, "the child leads a process group; signals go to it"),
    row("session", Takes::Switch, SUPERVISING, "the child leads a session; signals go to it"),
    row("forward", Takes::List("SIGNAL"), SUPERVISING, "forward these too"),
    row("drop", Takes::List("SIGNAL"), SUPERVISING, "drop these"),
    row("rewrite", Takes::List("FROM:TO"), SUPERVISING, "forward another signal instead; TO 0 drops"),
    row(
        "stop-timeout",
        Takes::Value("SECONDS"),
        SUPERVISING,
        "KILL the child so long after TERM; default never",
    ),
    row("grace", Takes::Value("SECONDS"), SUPERVISING, "for what is left after the child ended; default 5"),
    row("stop-status", Takes::Value("N"), SUPERVISING, "exit code for the 143/130 of a forwarded signal"),
    row("success-code", Takes::List("N"), INIT, "these exit codes of the child become 0"),
    row("parent-death-signal", Takes::Value("SIGNAL"), INIT, "we get it when our own parent dies"),
    row("log-reaped", Takes::Switch, INIT, "warn of each orphan that ended"),
    row("inherit-signals", Takes::Switch, SUPERVISING, "the child keeps the inherited signal state"),
    row("no-subreaper", Takes::Switch, SUPERVISING, "do not adopt orphans when not PID 1"),
];

/// The option of that name.
pub(crate) fn find(name: &str) -> Option<&'static OptionRow> {
    OPTIONS.iter().find(|row| row.name == name)
}
