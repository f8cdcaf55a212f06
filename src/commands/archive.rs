//! `archive`: starts the server once as `run` would, and keeps the archive of its JVM's classes for later starts.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use diagnostics::codes::CODES;
use diagnostics::{Finding, printable};
use node::{ArchiveMode, Depth, Facts, Request, Target};
use pid1::{Event, Helper};
use server::launch::LaunchMode;
use server::launch::archive::{FILE, impossible};
use server::network::Service;
use server::{auto_configuration, generation, secure_settings};
use template::Environment;

use crate::apply::scratch::{Scratch, free_port};
use crate::apply::write::WriteError;
use crate::ask::ask;
use crate::cli::Options;
use crate::disk::Disk;
use crate::exit;
use crate::output::{Writer, has_error};

/// Until the server answers.
const STARTS_WITHIN: Duration = Duration::from_secs(120);
/// Until it has ended then, with the archive written.
const ENDS_WITHIN: Duration = Duration::from_secs(90);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(100);
/// With one question.
const PATIENCE: Duration = Duration::from_secs(1);
/// The exit code where the server did not do as it should.
const FAILED: u8 = 1;
const STOPPED: u8 = 143;
const RUN: [&str; 6] = [
    "--launch=direct",
    "--stop-timeout=80",
    "--stop-status=143",
    "--linger=0",
    "--discovery-wait=0",
    "--strict=false",
];
/// Beginnings of findings about the cluster that the image is for, and about what our settings take the place of: this
/// start is alone.
const OF_LATER_STARTS: [&str; 3] = ["quorum/", "discovery/", "launch/ignored-variable"];
const HOSTS: [&str; 9] = [
    "network.host",
    "network.bind_host",
    "network.publish_host",
    "http.host",
    "http.bind_host",
    "http.publish_host",
    "transport.host",
    "transport.bind_host",
    "transport.publish_host",
];
const INITIAL_MASTERS: [&str; 2] = ["cluster.initial_master_nodes", "cluster.initial_cluster_manager_nodes"];
/// Of what the server printed.
const LAST_LINES: usize = 40;
const LEAVE_OUT: &str =
    "leave `archive` out for this server, or let it end with 0 there: `es-entrypoint archive --if-possible`";
/// What a JVM says that has nothing to build an archive on, in the words of Java 13 to 25: up to 18 it ends then.
const NO_BASE: &str = "is unsupported when base CDS archive is not loaded";

/// Why there is no archive.
enum Failure {
    Write(WriteError),
    /// It has been said; the exit code.
    Told(u8),
    /// The JVM cannot have one.
    NoBase,
    /// The server can be started through its script only, and why.
    NotDirect(String),
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

/// Makes the archive; gives the exit code. `words` are the options as they were given.
pub(crate) fn run(
    options: &Options,
    arguments: Vec<OsString>,
    words: &[OsString],
    environment: Environment,
    errors: Writer<'_>,
) -> u8 {
    let request = Request { target: Target::Server(arguments), ..options.request(Depth::Start) };
    let pairs: Vec<(OsString, OsString)> = environment.pairs().into_iter().cloned().collect();
    let facts = node::read(request, environment, &Disk::default());
    let (Some(installed), Some(machine)) = (&facts.installation, &facts.machine) else {
        let findings = options.levels.apply(node::judge(&facts));
        return errors.findings(&findings).err().unwrap_or(exit::CONFIG);
    };
    let major = machine.machine.host.java.as_ref().and_then(|java| java.major);
    if let Some(why) = impossible(&installed.launch, major) {
        return not_possible(options, &facts, &why, LEAVE_OUT, errors);
    }
    let output = options.output.clone().unwrap_or_else(|| installed.home.join(FILE));
    let owner = machine.identity().map(|identity| (identity.uid, identity.gid));
    let parent = PathBuf::from(facts.environment.set_in_process("TMPDIR").unwrap_or(OsStr::new("/tmp")));
    let keystore = facts.keystore.as_ref().map(|keystore| keystore.path.as_path());
    let made = Scratch::new(&parent, &output, owner, keystore).map_err(Failure::from).and_then(|scratch| {
        let attempt = Attempt { options, facts: &facts, scratch: &scratch, words, environment: pairs };
        attempt.make(&output)
    });
    match made {
        Ok(size) => {
            tracing::info!("`{}` has {} MiB of classes for later starts", output.display(), size >> 20);
            exit::OK
        }
        Err(Failure::Told(code)) => code,
        Err(Failure::NoBase) => {
            let why = "its JVM starts without the archive of Java's own classes, which it would build on";
            let help = "`java -Xshare:dump`, as root, makes that where it is missing (`lib/server/classes.jsa` of the JVM)";
            not_possible(options, &facts, why, help, errors)
        }
        Err(Failure::NotDirect(why)) => not_possible(options, &facts, &why, LEAVE_OUT, errors),
        Err(Failure::Write(error)) => {
            tracing::error!("{}", error.message());
            error.exit_code()
        }
    }
}

fn not_possible(options: &Options, facts: &Facts, why: &str, help: &str, errors: Writer<'_>) -> u8 {
    let message = format!("there can be no class archive for {}: {why}", facts.version.name());
    if options.if_possible {
        tracing::info!("archive/not-possible: {message}");
        return exit::OK;
    }
    let finding = Finding::error("archive/not-possible", message).help(help);
    let findings = options.levels.apply(vec![finding]);
    if let Err(code) = errors.findings(&findings) {
        return code;
    }
    if has_error(&findings) { exit::CONFIG } else { exit::OK }
}

/// One start of the server.
struct Attempt<'a> {
    options: &'a Options,
    facts: &'a Facts,
    scratch: &'a Scratch,
    words: &'a [OsString],
    environment: Vec<(OsString, OsString)>,
}

impl Attempt<'_> {
    /// Gives the size of the archive.
    fn make(mut self, output: &Path) -> Result<u64, Failure> {
        let port = free_port();
        let settings = self.settings(port);
        self.without(&settings);
        let temporary = self.scratch.path("tmp");
        let variables = ["ES_TMPDIR", "OPENSEARCH_TMPDIR"];
        self.environment.retain(|(name, _)| !variables.iter().any(|it| name == it));
        self.environment.extend(variables.map(|name| (name.into(), temporary.clone().into())));
        let made = self.scratch.path("out").join("archive");
        let mut option = OsString::from("--archive=make=");
        option.push(&made);
        let mut runtime = OsString::from("--runtime-dir=");
        runtime.push(self.scratch.path("run"));
        let mut arguments = vec![OsString::from("run")];
        arguments.extend(options_of_run(self.words));
        arguments.extend([option, runtime]);
        arguments.extend(RUN.map(Into::into));
        let is_later = |name: &&str| OF_LATER_STARTS.iter().any(|it| name.starts_with(it));
        let later: Vec<&str> = CODES.iter().map(|code| code.name).filter(is_later).collect();
        arguments.extend([format!("--allow={}", later.join(",")).into(), "--".into()]);
        let mut of_server = self.facts.request.target.server_arguments().to_vec();
        of_server.extend(settings.into_iter().map(|(key, value)| format!("-E{key}={value}").into()));
        arguments.extend(of_server.iter().cloned());
        self.is_direct(&made, of_server)?;
        let helper =
            Helper::start(Path::new("/proc/self/exe"), &arguments, &self.environment, &self.scratch.log()?);
        let mut helper = helper.map_err(|error| {
            WriteError::Write(format!(
                "the server cannot be started: {}",
                crate::disk::read::system_words(&error)
            ))
        })?;
        self.watch(&mut helper, port)?;
        let size = self.scratch.publish(&made, output)?;
        size.ok_or_else(|| self.failed("the server ended without writing one", FAILED))
    }

    /// Whether `run` would execute the JVM at once, without which there is no archive.
    fn is_direct(&self, made: &Path, arguments: Vec<OsString>) -> Result<(), Failure> {
        let request = Request {
            target: Target::Server(arguments),
            launch: LaunchMode::Direct,
            archive: ArchiveMode::Make(made.to_owned()),
            ..self.options.request(Depth::Start)
        };
        let facts = node::read(request, Environment::new(self.environment.clone()), &Disk::default());
        let mut findings = Vec::new();
        node::plan(&facts, &mut findings);
        let refused = findings.into_iter().find(|finding| finding.code == "launch/not-direct");
        refused.map_or(Ok(()), |finding| Err(Failure::NotDirect(finding.message.clone())))
    }

    /// Until it has answered and ended.
    fn watch(&self, helper: &mut Helper, port: u16) -> Result<(), Failure> {
        let address = [SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
        let mut end_by = None;
        loop {
            match helper.wait(PAUSE) {
                Event::Ended(STOPPED) if end_by.is_some() => return Ok(()),
                Event::Ended(_) if end_by.is_some() => {
                    return Err(self.failed("the server did not end as it should", FAILED));
                }
                Event::Ended(code) => {
                    let code = if code == 0 { FAILED } else { code };
                    return Err(self.failed("the server ended before it answered", code));
                }
                Event::Stopped(code) => {
                    helper.terminate();
                    while helper.age() < STARTS_WITHIN && helper.wait(PAUSE) == Event::Nothing {}
                    tracing::error!("interrupted: there is no class archive");
                    return Err(Failure::Told(code));
                }
                Event::Nothing => {}
            }
            let age = helper.age();
            match end_by {
                None if ask(Service::Http, &address, PATIENCE).is_ok() => {
                    helper.terminate();
                    end_by = Some(age + ENDS_WITHIN);
                }
                None if age > STARTS_WITHIN => {
                    return Err(self.failed("the server gives no answer", FAILED));
                }
                Some(end_by) if age > end_by => return Err(self.failed("the server does not end", FAILED)),
                _ => {}
            }
        }
    }

    /// Says why, and what the server said.
    fn failed(&self, why: &str, code: u8) -> Failure {
        let printed = self.scratch.printed();
        if printed.contains(NO_BASE) {
            return Failure::NoBase;
        }
        tracing::error!("{why}: there is no class archive; the last lines of its log:");
        let lines: Vec<&str> = printed.lines().collect();
        for line in &lines[lines.len().saturating_sub(LAST_LINES)..] {
            let _ = writeln!(std::io::stderr(), "{}", printable(line));
        }
        Failure::Told(code)
    }

    /// What the server is told for this one start: alone, and heard by nobody else.
    fn settings(&self, port: u16) -> Vec<(&'static str, String)> {
        const LOOPBACK: &str = "127.0.0.1";
        const NAME: &str = "es-entrypoint-archive";
        let mut settings = vec![
            ("path.data", self.scratch.path("data").display().to_string()),
            ("path.logs", self.scratch.path("logs").display().to_string()),
            ("node.name", NAME.to_owned()),
            ("http.port", port.to_string()),
        ];
        settings.extend(HOSTS.map(|key| (key, LOOPBACK.to_owned())));
        // Beside these a server refuses the other one.
        let named = INITIAL_MASTERS.iter().filter(|key| !self.facts.settings.is_unset(key));
        settings.extend(named.map(|key| (*key, NAME.to_owned())));
        if settings.len() == 4 + HOSTS.len() {
            settings.push(("discovery.type", "single-node".to_owned()));
        }
        // Its launcher, without which this start is, would make certificates.
        let Facts { version, settings: given, .. } = self.facts;
        if generation(*version).configures_security && !auto_configuration::is_chosen(given) {
            settings.push((auto_configuration::SWITCH, "false".to_owned()));
        }
        settings
    }

    /// Takes out what the environment says of these settings, where a distribution's script makes arguments of it, and secrets,
    /// which would be in the image.
    fn without(&mut self, settings: &[(&str, String)]) {
        let names = settings.iter().flat_map(|(key, _)| {
            let upper = key.to_ascii_uppercase().replace('_', "__").replace('.', "_");
            [OsString::from(key), OsString::from(format!("ES_SETTING_{upper}"))]
        });
        let secrets = secure_settings::variables(self.facts.version, &self.facts.environment).into_iter();
        let secrets = secrets.filter(|name| name != secure_settings::KEYSTORE_PASSWORD);
        let secrets = secrets.flat_map(|name| [format!("{name}_FILE").into(), name.into()]);
        let names: Vec<OsString> = names.chain(secrets).collect();
        self.environment.retain(|(name, _)| !names.contains(name));
    }
}

/// The options of this command line that `run` gets too. All but one of them take a value.
fn options_of_run(words: &[OsString]) -> Vec<OsString> {
    let mut options = Vec::new();
    let mut words = words.iter().skip(1).peekable();
    while let Some(word) = words.next().filter(|word| *word != "--") {
        let text = word.to_string_lossy();
        if text.starts_with("--if-possible") || !text.starts_with("--") {
            continue;
        }
        let value = words.next_if(|_| !text.contains('='));
        if text != "--output" && !text.starts_with("--output=") {
            options.extend([word].into_iter().chain(value).cloned());
        }
    }
    options
}
