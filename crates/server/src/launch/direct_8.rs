//! 8.15 to 8.19 and 9.2: what `bin/elasticsearch` does, and the launcher of Java that it becomes: options of the JVM, and the
//! record on the server's standard input. Source: the classes of `lib/tools/server-cli`, and recordings of what they execute.
//!
//! Only a closed case: no certificates to be made, no agent, no plugins to be fetched, a keystore that is open here.

mod libraries;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use template::{Layer, Setting};

use super::archive;
use super::direct_6::{is_harmless_to_java, new_temporary, options_of_files};
use super::ergonomics::{self, HeapShare};
use super::inputs::{Input, Launch, LaunchInputs, RecordInputs, direct};
use super::record::{Record, Value};
use super::scripts::{Script, distribution};
use super::shell::Shell;
use crate::auto_configuration;

/// Variables with which the scripts or Java do something of their own.
const OF_SCRIPTS: &[&str] = &[
    "BASH_ENV",
    "BASHOPTS",
    "CLI_LIBS",
    "CLI_NAME",
    "JAVA_TYPE",
    "JDK_JAVA_OPTIONS",
    "LAUNCHER_CLASSPATH",
    "LD_LIBRARY_PATH",
    "SCRIPT",
    "SHELLOPTS",
    "link",
    "ls",
];

/// Beginnings of settings for which the launcher does more.
const OF_LAUNCHER: &[&str] = &["force.", "path.conf", "path.home", "telemetry.", "tracing."];

/// What the launcher adds before all others.
const OPTIONS: &str = "\
-Des.networkaddress.cache.ttl=60
-Des.networkaddress.cache.negative.ttl=10
8.15|-Djava.security.manager=allow
-XX:+AlwaysPreTouch
-Xss1m
-Djava.awt.headless=true
-Dfile.encoding=UTF-8
-Djna.nosys=true
-XX:-OmitStackTraceInFastThrow
-Dio.netty.noUnsafe=true
-Dio.netty.noKeySetOptimization=true
-Dio.netty.recycler.maxCapacityPerThread=0
9|--add-opens=org.apache.lucene.core/org.apache.lucene.codecs.lucene99=org.elasticsearch.server
9|--add-opens=org.apache.lucene.core/org.apache.lucene.internal.vectorization=org.elasticsearch.server
-Dlog4j.shutdownHookEnabled=false
-Dlog4j2.disable.jmx=true
-Dlog4j2.formatMsgNoLookups=true
";

/// The most that a pipe holds.
const LARGEST_RECORD: usize = 1 << 16;

/// An error is why the launcher is needed.
pub(super) fn launch(script: Script, inputs: &LaunchInputs) -> Result<Launch, String> {
    let given = inputs.record.as_ref().ok_or("what the server reads from its launcher is not known")?;
    if let Some(why) = given.needs_launcher.or(inputs.files.needs_script) {
        return Err(why.to_owned());
    }
    let environment = inputs.environment;
    if let Some(name) = OF_SCRIPTS.iter().find(|name| environment.process(name).is_some()) {
        return Err(format!("`{name}` is set"));
    }
    if environment.pairs().iter().any(|(name, _)| name.as_encoded_bytes().starts_with(b"BASH_FUNC_")) {
        return Err("a function of the shell is in the environment".to_owned());
    }
    let secrets = given.secrets.ok_or("the keystore has a password that is not known, or cannot be read")?;
    let java = given.java.ok_or("its Java is not known")?;
    let program = java.home.as_ref().ok_or("its Java is not known")?.join("bin/java");
    let major = java.major.ok_or("the version of its Java is not known")?;
    if script == Script::Eight17 && major >= 24 {
        return Err("its launcher takes no Java from 24 on".to_owned());
    }
    let arguments = Arguments::read(inputs.arguments)?;
    let settings = settings(given)?;

    let text = |path: &Path| path.to_str().filter(|text| text.is_ascii()).map(str::to_owned);
    let home = text(inputs.home).ok_or("a path has an unusual character")?;
    let config = inputs.config_dir.map_or_else(|| inputs.home.join("config"), ToOwned::to_owned);
    let config_text = text(&config).ok_or("a path has an unusual character")?;
    let mut shell = Shell::new(environment);
    let shell_java = inputs.java.map(Path::as_os_str).unwrap_or_default();
    for (name, value) in [
        ("CDPATH", OsStr::new("")),
        ("JAVA", shell_java),
        ("PWD", inputs.home.as_os_str()),
        ("ES_HOME", inputs.home.as_os_str()),
    ] {
        shell.assign_if_exported(name, value);
    }
    let of_script = |name| {
        let script = inputs.files.environment_script.as_deref().unwrap_or_default();
        distribution(script, name).unwrap_or_default().to_owned()
    };
    let kind = of_script("DISTRIBUTION_TYPE");
    shell.assign_if_exported("ES_DISTRIBUTION_TYPE", &kind);
    if inputs.config_dir.is_some() {
        shell.export("ES_PATH_CONF", &config);
    } else {
        shell.assign_if_exported("ES_PATH_CONF", &config);
    }
    let unset = ["JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"];
    let unset = &unset[..if script < Script::Eight18 { 1 } else { 2 }];
    for name in unset.iter().filter(|name| environment.set_in_process(name).is_some()) {
        shell.unset(name);
    }
    if !is_harmless_to_java(shell.get("_JAVA_OPTIONS")) {
        return Err("`_JAVA_OPTIONS` is set".to_owned());
    }
    let own = shell.get("CLI_JAVA_OPTS").to_owned();
    if own.to_str().is_none_or(|own| own.contains("-D") || own.contains('@')) {
        return Err("`CLI_JAVA_OPTS` has an option that the launcher may follow".to_owned());
    }
    let mut of_launcher = OsString::from("-Xms4m -Xmx64m -XX:+UseSerialGC ");
    of_launcher.push(own);
    shell.assign_if_exported("CLI_JAVA_OPTS", of_launcher);
    if environment.process("HOSTNAME").is_none() {
        shell.export("HOSTNAME", inputs.host_name);
    }
    let named = environment.set_in_process("ES_TMPDIR");
    let temporary = named.map_or_else(|| new_temporary(inputs, "elasticsearch"), ToOwned::to_owned);
    let temporary_text = text(Path::new(&temporary)).ok_or("a path has an unusual character")?;
    if environment.process("LIBFFI_TMPDIR").is_none() {
        shell.export("LIBFFI_TMPDIR", &temporary);
    }

    let logs = match settings.iter().find(|it| it.key == "path.logs") {
        None => format!("{home}/logs"),
        Some(setting) => setting.text().ok_or("`path.logs` is a list")?.to_owned(),
    };
    let host = shell.get("HOSTNAME").to_str().unwrap_or_default().to_owned();
    let defaults =
        [("cluster.name", "elasticsearch"), ("node.name", &host), ("path.home", &home), ("path.logs", &logs)];
    let mut all = std::collections::BTreeMap::new();
    all.extend(defaults.map(|(key, text)| (key, Value::Text(text))));
    for setting in &settings {
        let value = Value::of(setting).ok_or_else(|| unknown(&setting.key))?;
        all.insert(setting.key.as_str(), value);
    }
    if host.is_empty() && !settings.iter().any(|it| it.key == "node.name") {
        return Err("the node has no name".to_owned());
    }
    let record = Record {
        is_quiet: arguments.is_quiet,
        pid_file: arguments.pid_file,
        secrets,
        settings: all.into_iter().collect(),
        config_dir: &config_text,
        logs_dir: &logs,
    };
    let record = record.encode();
    if record.len() > LARGEST_RECORD {
        return Err("what the server reads from its launcher is too large for a pipe".to_owned());
    }

    let mut words = system(script, inputs, given, &home, &kind, major)?;
    let user = user(script, inputs, major, &temporary_text, &config_text)?;
    let roles = settings.iter().find(|it| it.key == "node.roles");
    let roles = roles.map(|roles| roles.elements());
    // For roles of Elastic's own service it has options of its own.
    if roles.as_ref().is_some_and(|roles| roles.iter().any(|role| *role == "search" || *role == "index")) {
        return Err("a role is none of those that are known here".to_owned());
    }
    // The launcher of that version leaves so much to others.
    let overhead = if script == Script::Eight19Patch21 { 100 << 20 } else { 0 };
    let added = ergonomics::options(&ergonomics::Inputs {
        words: &user.iter().map(String::as_str).collect::<Vec<_>>(),
        java_major: major,
        sizes_heap: true,
        memory: inputs.memory.map(|memory| memory.saturating_sub(overhead)),
        page_size: inputs.page_size,
        share: Some(HeapShare::of_roles(roles.as_deref())),
    })?;
    words.extend(user);
    words.extend(added);
    words.extend(["--module-path".to_owned(), format!("{home}/lib"), "--add-modules=jdk.net".to_owned()]);
    if script >= Script::Eight18 {
        words.push("--add-modules=jdk.management.agent".to_owned());
    }
    words.extend(
        [
            "--add-modules=ALL-MODULE-PATH",
            "-m",
            "org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch",
        ]
        .map(str::to_owned),
    );
    let archive = inputs.archive.filter(|_| archive::why_not(script, major).is_none());
    let words = archive::with_options(archive, words.into_iter().map(OsString::from).collect());
    let in_logs = script >= Script::Eight19Patch4;
    Ok(Launch {
        has_archive: archive.is_some(),
        working_directory: Some(if in_logs { PathBuf::from(&logs) } else { inputs.home.to_owned() }),
        directories: if in_logs { vec![PathBuf::from(logs)] } else { Vec::new() },
        input: Some(Input { bytes: record, stays_open: true }),
        temporary: named.is_none().then(|| PathBuf::from(temporary)),
        ..direct(&program, words, shell)
    })
}

fn unknown(key: &str) -> String {
    format!("the value of `{key}` is not known as the launcher reads it")
}

/// What counts of the arguments, besides settings.
struct Arguments<'a> {
    is_quiet: bool,
    pid_file: Option<&'a str>,
}

impl<'a> Arguments<'a> {
    fn read(words: &'a [OsString]) -> Result<Self, String> {
        let mut arguments = Self { is_quiet: false, pid_file: None };
        let mut keys = std::collections::BTreeSet::new();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let word = word.to_str().ok_or("an argument is not UTF-8")?;
            if let Some(joined) = word.strip_prefix("-E") {
                let pair =
                    if joined.is_empty() { rest.next().and_then(|it| it.to_str()) } else { Some(joined) };
                let (key, _) = pair
                    .and_then(|pair| pair.split_once('='))
                    .filter(|(key, value)| !key.is_empty() && !value.is_empty())
                    .ok_or("an argument is no setting with a value")?;
                if !keys.insert(key) {
                    return Err("an argument sets what another one sets".to_owned());
                }
            } else if matches!(word, "-q" | "--quiet") {
                arguments.is_quiet = true;
            } else if matches!(word, "-p" | "--pidfile") && arguments.pid_file.is_none() {
                let path = rest.next().and_then(|it| it.to_str()).filter(|it| it.starts_with('/'));
                arguments.pid_file = Some(path.ok_or("the file for the process number has no whole path")?);
            } else {
                return Err("of an argument only the launcher knows what it does".to_owned());
            }
        }
        Ok(arguments)
    }
}

/// The settings, where it is known what the launcher makes of all of them.
fn settings<'a>(given: &RecordInputs<'a>) -> Result<Vec<&'a Setting>, String> {
    let settings = given.settings;
    if !settings.nested.is_empty() || !settings.repeated.is_empty() || !settings.misplaced.is_empty() {
        return Err("the settings have an unusual form".to_owned());
    }
    // What is empty in the file, the launcher leaves out.
    let is_dropped = |it: &&Setting| it.layer == Layer::File && it.text() == Some("");
    let all: Vec<&Setting> = settings.entries.iter().filter(|it| !is_dropped(it)).collect();
    for setting in &all {
        let key = setting.key.as_str();
        let texts = setting.text().into_iter().chain(setting.items.iter().map(|item| item.text.as_str()));
        let texts: Vec<&str> = texts.collect();
        // What ends in a number is an element of a list.
        let is_number = key.rsplit('.').next().is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()));
        let is_plain_key = key.is_ascii() && !is_number && !key.contains(['$', ' ', '[']);
        if !is_plain_key || OF_LAUNCHER.iter().any(|start| key.starts_with(start)) {
            return Err(format!("the launcher has more to do for `{}`", setting.shown_key()));
        }
        if all.iter().filter(|other| other.key == key).count() > 1 {
            return Err(format!("`{}` is set twice", setting.shown_key()));
        }
        let is_known = !setting.is_null() && !setting.is_unknown() && setting.aliases.is_empty();
        let is_known = is_known && (setting.layer == Layer::File || setting.is_set());
        if !is_known || texts.iter().any(|text| text.contains("${")) {
            return Err(unknown(setting.shown_key()));
        }
        // The launcher and the server stand in different directories.
        if key.starts_with("path.")
            && !texts.iter().all(|text| text.split(',').all(|part| part.trim().starts_with('/')))
        {
            return Err(format!("`{key}` is no whole path"));
        }
    }
    if !auto_configuration::is_chosen(settings) && !given.has_data {
        return Err("security is not set: the launcher may make certificates".to_owned());
    }
    Ok(all)
}

/// The options that come before those of the user.
fn system(
    script: Script,
    inputs: &LaunchInputs,
    given: &RecordInputs,
    home: &str,
    kind: &str,
    java_major: u16,
) -> Result<Vec<String>, String> {
    let java = given.java.ok_or("its Java is not known")?;
    let is_15 = script == Script::Eight15;
    let has_entitlements = script >= Script::Eight18;
    // Before, they stood where the server stands as well.
    let knows_home = script >= Script::Eight19Patch4;
    let mut words: Vec<String> = Vec::new();
    for line in OPTIONS.lines() {
        words.extend(
            match line.split_once('|') {
                None => Some(line),
                Some((version, line)) if version == if is_15 { "8.15" } else { "9" } => {
                    Some(line).filter(|_| is_15 || script == Script::Nine)
                }
                Some(_) => None,
            }
            .map(str::to_owned),
        );
    }
    let mut push = |word: String| words.push(word);
    let has_cldr = script == Script::Nine || java_major >= 23 && !is_15;
    push(format!("-Djava.locale.providers={}", if has_cldr { "CLDR" } else { "SPI,COMPAT" }));
    let is_image = (kind == "docker").then(|| "-Des.cgroups.hierarchy.override=/".to_owned());
    let processors = processors(given)?.map(|count| format!("-XX:ActiveProcessorCount={count}"));
    let replay_directory = if matches!(kind, "rpm" | "deb") { "/var/log/elasticsearch" } else { "logs" };
    let replay = format!("-XX:ReplayDataFile={replay_directory}/replay_pid%p.log");
    if is_15 {
        push("--add-opens=java.base/java.io=org.elasticsearch.preallocate".to_owned());
    } else {
        if has_entitlements {
            push(format!("-Dorg.apache.lucene.vectorization.upperJavaFeatureVersion={java_major}"));
        }
        if knows_home {
            push(format!("-Des.path.home={home}"));
        }
        push(format!("-Des.distribution.type={kind}"));
    }
    if has_entitlements {
        let is_named = inputs.environment.set_in_process("ES_JAVA_HOME").is_some();
        let kind = if is_named { "ES_JAVA_HOME" } else { "bundled JDK" };
        push(format!("-Des.java.type={}", if script < Script::Eight19Patch2 { "null" } else { kind }));
    }
    if java_major >= 21 {
        push("--enable-native-access=org.elasticsearch.nativeaccess,org.apache.lucene.core".to_owned());
        if has_entitlements {
            push("--enable-native-access=ALL-UNNAMED".to_owned());
        }
    }
    if java_major >= 24 && has_entitlements {
        push("--illegal-native-access=deny".to_owned());
    }
    is_image.into_iter().chain(processors).for_each(&mut push);
    push(replay);
    if is_15 {
        let (platform, path) = libraries::library_path(java, std::env::consts::ARCH)?;
        for name in ["java", "jna"] {
            push(format!("-D{name}.library.path={home}/lib/platform/{platform}:{path}"));
        }
        push(format!("-Des.distribution.type={kind}"));
    }
    if java_major == 22 {
        let version = java.version.as_deref().unwrap_or_default();
        // A fault of the collector that is gone since.
        if version.split('.').nth(2).and_then(|it| it.parse::<u16>().ok()).unwrap_or(0) <= 1 {
            push("-XX:+UnlockDiagnosticVMOptions".to_owned());
            push("-XX:G1NumCollectionsKeepPinned=10000000".to_owned());
        }
    }
    if matches!(script, Script::Eight17 | Script::Eight18) && java_major < 24 {
        push("-Djava.security.manager=allow".to_owned());
    }
    if has_entitlements {
        if script < Script::Eight19Patch21 {
            push("-Des.entitlements.enabled=true".to_owned());
        }
        let version = inputs.version;
        let jar = format!(
            "elasticsearch-entitlement-bridge-{}.{}.{}.jar",
            version.major, version.minor, version.patch
        );
        push("-XX:+EnableDynamicAgentLoading".to_owned());
        push("-Djdk.attach.allowAttachSelf=true".to_owned());
        let before = if knows_home { format!("{home}/") } else { String::new() };
        push(format!("--patch-module=java.base={before}lib/entitlement-bridge/{jar}"));
        let more = if script == Script::Eight19Patch21 { ",jdk.zipfs,jdk.management.agent" } else { "" };
        push(format!(
            "--add-exports=java.base/org.elasticsearch.entitlement.bridge=org.elasticsearch.entitlement,\
             java.logging,java.net.http,java.naming,jdk.net{more}"
        ));
    }
    Ok(words)
}

/// `node.processors`, of which a part counts as a whole.
fn processors(given: &RecordInputs) -> Result<Option<u64>, String> {
    let Some(setting) = given.settings.get("node.processors").filter(|it| it.is_set()) else {
        return Ok(None);
    };
    let is_plain = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let text = setting.text().filter(is_plain).ok_or_else(|| unknown("node.processors"))?;
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let whole: u64 = whole.parse().map_err(|_| unknown("node.processors"))?;
    Ok(Some(whole + u64::from(part.bytes().any(|digit| digit != b'0'))))
}

/// The user's options, whole lines of files and words of the variable.
fn user(
    script: Script,
    inputs: &LaunchInputs,
    java_major: u16,
    temporary: &str,
    config: &str,
) -> Result<Vec<String>, String> {
    let mut options = options_of_files(inputs, java_major)?;
    let given = inputs.environment.process("ES_JAVA_OPTS").unwrap_or_default();
    let given = given.to_str().ok_or("`ES_JAVA_OPTS` is not UTF-8")?;
    options.extend(given.split_ascii_whitespace());
    options.extend(inputs.extra_java_options.iter().map(String::as_str));
    let mut words = Vec::new();
    for option in options {
        let mut word = option.replace("${ES_TMPDIR}", temporary);
        if script != Script::Eight15 {
            word = word.replace("${ES_PATH_CONF}", config);
        }
        let is_plain = word.is_ascii() && word.starts_with('-') && word.trim_ascii() == word;
        if !is_plain || word.contains("${") || word.contains(char::is_control) {
            return Err("an option of the JVM has an unusual character".to_owned());
        }
        words.push(word);
    }
    Ok(words)
}

#[cfg(test)]
mod tests;
