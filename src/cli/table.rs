//! Every option, in one table: its name, what it takes and sets, the commands that know it, its help text. The parser,
//! the variables `ES_ENTRYPOINT_…` and the help texts are made from it.

use std::path::PathBuf;

use diagnostics::Level;
use node::{Ownership, PolicyMode};
use server::launch::LaunchMode;
use template::Format;

use super::command::CommandName;
use super::options::LogFormat;
use super::row::{OptionRow, Takes};
use super::value::{LOG_LEVELS, MESSAGE_FORMATS};

const RUN: u16 = CommandName::Run.bit();
const CHECK: u16 = CommandName::Check.bit();
const RENDER: u16 = CommandName::Render.bit();
const EXPLAIN: u16 = CommandName::Explain.bit();
const QUORUM: u16 = CommandName::Quorum.bit();
const POLICY: u16 = CommandName::Policy.bit();
const INIT: u16 = CommandName::Init.bit();
const HEALTH: u16 = CommandName::Health.bit();
const ARCHIVE: u16 = CommandName::Archive.bit();
/// The commands that read templates.
const PREPARING: u16 = RUN | CHECK | RENDER | EXPLAIN;
/// A start, and the commands that report on one.
const STARTING: u16 = RUN | CHECK | EXPLAIN;
/// The commands that report findings.
const JUDGING: u16 = PREPARING | QUORUM | POLICY;
/// The commands that become PID 1.
const SUPERVISING: u16 = RUN | INIT;

const fn row(name: &'static str, takes: Takes, commands: u16, help: &'static str) -> OptionRow {
    OptionRow { name, takes, commands, help }
}

/// All options, by subject.
pub(super) const OPTIONS: &[OptionRow] = &[
    row(
        "es-home",
        Takes::Directory(|options| &mut options.es_home),
        PREPARING | POLICY | HEALTH | ARCHIVE,
        "default $ES_HOME, /usr/share/elasticsearch,\n…/opensearch, /elasticsearch",
    ),
    row(
        "config-dir",
        Takes::Directory(|options| &mut options.config_dir),
        PREPARING | POLICY | HEALTH | ARCHIVE,
        "default $ES_PATH_CONF, $OPENSEARCH_PATH_CONF,\n$CONF_DIR, config in home",
    ),
    row(
        "es-version",
        Takes::Value("X.Y.Z", |options, value| {
            options.es_version = Some(value.version()?);
            Ok(())
        }),
        PREPARING | POLICY | HEALTH,
        "2.3.4, os-2.11.0; default: read from the installation",
    ),
    row(
        "templates",
        Takes::Directory(|options| &mut options.templates),
        PREPARING | POLICY | ARCHIVE,
        "default config-templates in the home, or in /",
    ),
    row(
        "runtime-dir",
        Takes::Directory(|options| &mut options.runtime_dir),
        STARTING | HEALTH,
        "staged configuration; default /run/es-entrypoint",
    ),
    row(
        "host",
        Takes::Switch(|options, on| options.host = on),
        CHECK | EXPLAIN,
        "judge this machine too, installation or not",
    ),
    row(
        "strict",
        Takes::Switch(|options, on| options.levels.strict = on),
        JUDGING,
        "warnings count as errors",
    ),
    row(
        "allow",
        Takes::List("CODE", |options, value| value.add_levels(Level::Allow, &mut options.levels.rows)),
        JUDGING | ARCHIVE,
        "drop these findings; see `help findings`",
    ),
    row(
        "warn",
        Takes::List("CODE", |options, value| value.add_levels(Level::Warn, &mut options.levels.rows)),
        JUDGING,
        "these findings are warnings",
    ),
    row(
        "deny",
        Takes::List("CODE", |options, value| value.add_levels(Level::Deny, &mut options.levels.rows)),
        JUDGING,
        "these findings are errors",
    ),
    row(
        "message-format",
        Takes::Value("FORMAT", |options, value| {
            for word in value.text()?.split(',') {
                match word.strip_prefix("sarif=").filter(|file| !file.is_empty()) {
                    Some(file) => options.sarif = Some(file.into()),
                    None => options.message_format = value.part(word).choice(&MESSAGE_FORMATS)?,
                }
            }
            Ok(())
        }),
        JUDGING,
        "human, json, github, sarif; beside them a file of\nSARIF: sarif=FILE",
    ),
    row(
        "log-level",
        Takes::Value("LEVEL", |options, value| {
            options.log_level = Some(value.choice(&LOG_LEVELS)?);
            Ok(())
        }),
        JUDGING | INIT | ARCHIVE,
        "off, error, warn, info, debug, trace; default info",
    ),
    row(
        "log-format",
        Takes::Value("FORMAT", |options, value| {
            options.log_format = value.choice(&[("text", LogFormat::Text), ("json", LogFormat::Json)])?;
            Ok(())
        }),
        JUDGING | INIT | ARCHIVE,
        "text, json",
    ),
    row(
        "file",
        Takes::List("FILE", |options, value| {
            options.files.push(value.word.clone());
            Ok(())
        }),
        CHECK,
        "judge these Kubernetes manifests instead:\nfiles, directories, - (or -f)",
    ),
    row(
        "baseline",
        Takes::Value("FILE", |options, value| {
            options.baseline = Some(PathBuf::from(&value.word));
            Ok(())
        }),
        CHECK,
        "drop what this earlier report in JSON has",
    ),
    row(
        "no-suppressions",
        Takes::Switch(|options, on| options.no_suppressions = on),
        CHECK,
        "ignore what manifests allow themselves",
    ),
    row(
        "fix",
        Takes::Switch(|options, on| options.fix = on),
        CHECK,
        "write what is mechanical into templates, settings\nand manifests",
    ),
    row(
        "dry-run",
        Takes::Switch(|options, on| options.dry_run = on),
        CHECK,
        "--fix: print a diff, write nothing",
    ),
    row(
        "kubernetes-version",
        Takes::Value("1.N", |options, value| {
            options.kubernetes_minor = Some(value.kubernetes_minor()?);
            Ok(())
        }),
        CHECK,
        "the cluster that the manifests are for;\ndefault: the newest known",
    ),
    row(
        "format",
        Takes::Value("FORMAT", |options, value| {
            options.format = value.choice(&[
                ("auto", None),
                ("elasticsearch", Some(Format::Elasticsearch)),
                ("yaml", Some(Format::Yaml)),
                ("text", Some(Format::Text)),
                ("properties", Some(Format::Properties)),
                ("jvm-options", Some(Format::JvmOptions)),
                ("policy", Some(Format::Policy)),
            ])?;
            Ok(())
        }),
        RENDER,
        "auto, elasticsearch, yaml, text,\nproperties, jvm-options, policy",
    ),
    row(
        "output",
        Takes::Directory(|options| &mut options.output),
        RENDER | ARCHIVE,
        "write files there instead of to standard output;\narchive: the file",
    ),
    row(
        "timing",
        Takes::Switch(|options, on| options.timing = on),
        EXPLAIN,
        "where the time of a start goes",
    ),
    row(
        "min",
        Takes::Value("N", |options, value| {
            options.min = Some(value.number()?);
            Ok(())
        }),
        QUORUM,
        "minimum_master_nodes to judge",
    ),
    row(
        "policy",
        Takes::Value("MODE", |options, value| {
            options.policy = value.choice(&[
                ("auto", PolicyMode::Auto),
                ("patch", PolicyMode::Patch),
                ("property", PolicyMode::Property),
                ("off", PolicyMode::Off),
            ])?;
            Ok(())
        }),
        STARTING | POLICY,
        "auto, patch, property, off",
    ),
    row(
        "java-home",
        Takes::Directory(|options| &mut options.java_home),
        STARTING | POLICY,
        "the JRE; default: that of the java that will run",
    ),
    row(
        "read",
        Takes::List("PATH", |options, value| {
            options.read.push(value.word.clone());
            Ok(())
        }),
        POLICY,
        "paths to make readable, as JAVA_POLICY_READ",
    ),
    row(
        "remove",
        Takes::Switch(|options, on| options.remove = on),
        POLICY,
        "patch: remove the block of es-entrypoint",
    ),
    row(
        "user",
        Takes::Value("USER", |options, value| {
            options.user = Some(value.text()?.to_owned());
            Ok(())
        }),
        SUPERVISING | CHECK | EXPLAIN | ARCHIVE,
        "NAME|UID[:GROUP]; run: elasticsearch or opensearch,\nelse 1000:0",
    ),
    row(
        "discovery-wait",
        Takes::Value("SECONDS", |options, value| {
            options.discovery_wait = Some(value.seconds()?);
            Ok(())
        }),
        RUN,
        "wait so long for an address of DISCOVERY_HOSTS\n(1.x to 6.x); default 60",
    ),
    row(
        "chown",
        Takes::Value("HOW", |options, value| {
            options.chown = value.choice(&[
                ("top", Ownership::Top),
                ("recursive", Ownership::Recursive),
                ("off", Ownership::Off),
            ])?;
            Ok(())
        }),
        RUN | CHECK,
        "top, recursive, off: ownership of data and logs",
    ),
    row(
        "launch",
        Takes::Value("HOW", |options, value| {
            options.launch = value.choice(&[
                ("auto", LaunchMode::Auto),
                ("direct", LaunchMode::Direct),
                ("script", LaunchMode::Script),
            ])?;
            Ok(())
        }),
        STARTING,
        "auto, direct, script: JVM at once, or start script",
    ),
    row(
        "archive",
        Takes::Value("HOW", |options, value| {
            options.archive = value.archive()?;
            Ok(())
        }),
        STARTING,
        "auto, off: the class archive that `archive` made",
    ),
    row(
        "if-possible",
        Takes::Switch(|options, on| options.if_possible = on),
        ARCHIVE,
        "where there can be no archive, end with 0",
    ),
    row(
        "live",
        Takes::Switch(|options, on| options.ready = Some(!on)),
        HEALTH,
        "whether the node answers, whatever it says (default)",
    ),
    row(
        "ready",
        Takes::Switch(|options, on| options.ready = Some(on)),
        HEALTH,
        "whether readiness.port is open, where it is set;\nelse the same",
    ),
    row(
        "timeout",
        Takes::Value("SECONDS", |options, value| {
            options.timeout = Some(value.seconds()?);
            Ok(())
        }),
        HEALTH,
        "for all of it; default 5",
    ),
    row(
        "single-child",
        Takes::Switch(|options, on| options.supervision.set_single_child(on)),
        INIT,
        "neither --group nor --session",
    ),
    row(
        "group",
        Takes::Switch(|options, on| options.supervision.group = on),
        SUPERVISING,
        "the child leads a process group; signals go to it",
    ),
    row(
        "session",
        Takes::Switch(|options, on| options.supervision.session = on),
        SUPERVISING,
        "the child leads a session; signals go to it",
    ),
    row(
        "forward",
        Takes::List("SIGNAL", |options, value| value.append_to(&mut options.supervision.forward)),
        SUPERVISING,
        "forward these too",
    ),
    row(
        "drop",
        Takes::List("SIGNAL", |options, value| value.append_to(&mut options.supervision.drop)),
        SUPERVISING,
        "drop these",
    ),
    row(
        "rewrite",
        Takes::List("FROM:TO", |options, value| value.append_to(&mut options.supervision.rewrite)),
        SUPERVISING,
        "forward another signal instead; TO 0 drops",
    ),
    row(
        "stop-timeout",
        Takes::Value("SECONDS", |options, value| {
            options.supervision.stop_timeout = Some(value.seconds()?);
            Ok(())
        }),
        SUPERVISING,
        "KILL the child so long after TERM or INT;\ndefault never",
    ),
    row(
        "grace",
        Takes::Value("SECONDS", |options, value| {
            options.supervision.grace = Some(value.seconds()?);
            Ok(())
        }),
        SUPERVISING,
        "from TERM to KILL for processes that outlive the\nchild; default 5",
    ),
    row(
        "linger",
        Takes::Value("SECONDS", |options, value| {
            options.supervision.linger = Some(value.seconds()?);
            Ok(())
        }),
        SUPERVISING,
        "stay so long after a stop, or until a second TERM;\ndefault 0",
    ),
    row(
        "stop-status",
        Takes::Value("N", |options, value| {
            options.supervision.stop_status = Some(value.exit_code()?);
            Ok(())
        }),
        SUPERVISING,
        "exit code after a forwarded TERM or INT (143, 130)",
    ),
    row(
        "success-code",
        Takes::List("N", |options, value| {
            options.supervision.success_codes.append(&mut value.exit_codes()?);
            Ok(())
        }),
        INIT,
        "these exit codes of the child become 0",
    ),
    row(
        "parent-death-signal",
        Takes::Value("SIGNAL", |options, value| {
            options.supervision.parent_death_signal = Some(value.text()?.to_owned());
            Ok(())
        }),
        INIT,
        "sent to es-entrypoint when its parent dies",
    ),
    row(
        "log-reaped",
        Takes::Switch(|options, on| options.supervision.log_reaped = on),
        INIT,
        "warn of each orphan that ended",
    ),
    row(
        "inherit-signals",
        Takes::Switch(|options, on| options.supervision.inherit_signals = on),
        SUPERVISING,
        "the child keeps the inherited signal state",
    ),
    row(
        "no-subreaper",
        Takes::Switch(|options, on| options.supervision.no_subreaper = on),
        SUPERVISING,
        "do not adopt orphans when not PID 1",
    ),
];

/// The option of that name.
pub(super) fn find(name: &str) -> Option<&'static OptionRow> {
    OPTIONS.iter().find(|row| row.name == name)
}
