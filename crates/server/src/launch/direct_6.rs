//! 6.8, 7.17 and OpenSearch: `bin/elasticsearch` and `bin/elasticsearch-env`, with what their helpers of Java do: find a
//! directory for temporary files, look whether the keystore has a password, read the JVM's options and add others. Their
//! check of the Java version is the finding `host/java-version` here.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use super::archive;
use super::direct_2::property;
use super::ergonomics;
use super::inputs::{Input, KeystoreLine, Launch, LaunchInputs, direct};
use super::scripts::{OLDER_7_17, Script, distribution};
use super::shell::Shell;
use super::variables::{self, Mapping};
use crate::secure_settings::{ELASTIC_PASSWORD, KEYSTORE_PASSWORD};
use template::Origin;

/// The scripts' own variables, which nobody else sets: with them the script does something of its own.
const NOT_INITIALIZED: &[&str] = &[
    "BASH_ENV",
    "BASHOPTS",
    "CHECK_KEYSTORE",
    "DAEMONIZE",
    "JAVA_TYPE",
    "JVM_OPTIONS",
    "OS",
    "SCRIPT",
    "SHELLOPTS",
    "UNAME",
    "XSHARE",
    "envvar_key",
    "envvar_value",
    "es_arg_array",
    "es_opt",
    "link",
    "ls",
    "opensearch_arg_array",
    "opensearch_opt",
    "option",
];

/// What the helper for options adds before all others, as lines of `jvm.options`; `@` stands for the product's beginning.
const OPTIONS: &str = "\
-D@networkaddress.cache.ttl=60
-D@networkaddress.cache.negative.ttl=10
-XX:+AlwaysPreTouch
-Xss1m
-Djava.awt.headless=true
-Dfile.encoding=UTF-8
-Djna.nosys=true
-XX:-OmitStackTraceInFastThrow
14-:-XX:+ShowCodeDetailsInExceptionMessages
-Dio.netty.noUnsafe=true
-Dio.netty.noKeySetOptimization=true
-Dio.netty.recycler.maxCapacityPerThread=0
-Dio.netty.allocator.numDirectArenas=0
-Dlog4j.shutdownHookEnabled=false
-Dlog4j2.disable.jmx=true
";

/// And after these.
fn further_options(script: Script) -> &'static str {
    match script {
        Script::Seven => {
            "-Dlog4j2.formatMsgNoLookups=true\n8:-Djava.locale.providers=SPI,JRE\n\
             9-22:-Djava.locale.providers=SPI,COMPAT\n23-:-Djava.locale.providers=SPI,CLDR\n\
             9-:--add-opens=java.base/java.io=ALL-UNNAMED\n18-:-Djava.security.manager=allow\n"
        }
        Script::OpenSearch1 => "8:-Djava.locale.providers=SPI,JRE\n9-:-Djava.locale.providers=SPI,COMPAT\n",
        Script::OpenSearch2 => "18-:-Djava.security.manager=allow\n-Djava.locale.providers=SPI,COMPAT\n",
        _ => "-Djava.locale.providers=SPI,CLDR\n",
    }
}

/// An error is why the script is needed after all.
pub(super) fn launch(script: Script, inputs: &LaunchInputs) -> Result<Launch, String> {
    let (prefix, product) =
        if script.is_opensearch() { ("OPENSEARCH_", "opensearch") } else { ("ES_", "elasticsearch") };
    let name = |rest: &str| format!("{prefix}{rest}");
    let environment_script = inputs.files.environment_script.as_deref().unwrap_or_default();
    let of_distribution = |name| distribution(environment_script, name).unwrap_or_default();
    let kind = of_distribution("DISTRIBUTION_TYPE");
    check_environment(script, inputs, kind == "docker")?;
    let java = inputs.java.filter(|java| java.is_absolute()).ok_or("its Java has no absolute path")?;
    let major = inputs.java_major.ok_or("the version of its Java is not known")?;
    if major > 22 && inputs.files.launcher.is_some_and(|print| OLDER_7_17.contains(&print)) {
        return Err("it gives its Java other options than later ones do".to_owned());
    }
    let home = inputs.home.as_os_str();
    let config = inputs.config_dir.map_or_else(|| inputs.home.join("config"), ToOwned::to_owned);

    let mut shell = Shell::new(inputs.environment);
    for (name, value) in [("CDPATH", OsStr::new("")), ("JAVA", java.as_os_str()), ("PWD", home)] {
        shell.assign_if_exported(name, value);
    }
    shell.assign_if_exported(&name("HOME"), home);
    shell.assign_if_exported(&name("CLASSPATH"), inputs.home.join("lib/*"));
    if !shell.is_empty("JAVA_TOOL_OPTIONS") {
        shell.unset("JAVA_TOOL_OPTIONS");
    }
    if inputs.environment.process("HOSTNAME").is_none() {
        shell.export("HOSTNAME", inputs.host_name);
    }
    if inputs.config_dir.is_some() {
        shell.export(&name("PATH_CONF"), &config);
    } else {
        shell.assign_if_exported(&name("PATH_CONF"), &config);
    }
    let named = inputs.environment.set_in_process(&name("TMPDIR"));
    let temporary = named.map_or_else(|| new_temporary(inputs, product), ToOwned::to_owned);
    shell.assign_if_exported(&name("TMPDIR"), &temporary);
    if script == Script::Seven && shell.is_empty("LIBFFI_TMPDIR") {
        shell.export("LIBFFI_TMPDIR", &temporary);
    }
    if script == Script::OpenSearch3 {
        shell.assign_if_exported("OPENSEARCH_FIPS_MODE", "false");
    }
    let mut arguments = inputs.arguments.to_vec();
    let mut of_variables = "";
    if kind == "docker" && script != Script::Six {
        arguments.extend(settings(inputs)?);
        of_variables = if script.is_opensearch() {
            "-Dopensearch.cgroups.hierarchy.override=/ "
        } else {
            "-Des.cgroups.hierarchy.override=/ "
        };
    }
    let input = if script == Script::Six { None } else { Some(input(script, inputs, &mut shell)?) };
    let input = input.map(|bytes| Input { bytes, stays_open: false });

    let variable = name("JAVA_OPTS");
    let temporary_text = temporary.to_str().filter(|text| text.is_ascii());
    let temporary_text = temporary_text.ok_or("the directory for temporary files has an unusual name")?;
    let mut given = of_variables.to_owned();
    given.push_str(shell.get(&variable).to_str().ok_or_else(|| format!("`{variable}` is not UTF-8"))?);
    for option in inputs.extra_java_options {
        given.push_str(if given.is_empty() { "" } else { " " });
        given.push_str(option);
    }
    let mut options = options_of_files(inputs, major)?;
    let replaced = |option: &str| option.replace("${ES_TMPDIR}", temporary_text);
    let text = if script == Script::Six {
        shell.assign_if_exported("ES_JVM_OPTIONS", config.join("jvm.options"));
        let options: Vec<String> = options.iter().map(|option| replaced(option)).collect();
        format!("{} {given}", options.join(" "))
    } else {
        let is_plain = given.is_ascii() && !given.contains(['\r', '\x0b', '\x0c']);
        let words = given.split([' ', '\t', '\n']).filter(|word| !word.is_empty());
        options.extend(words.filter(|_| is_plain));
        let placeholder = format!("${{{prefix}TMPDIR}}");
        let user: Vec<String> =
            options.iter().map(|option| option.replace(&placeholder, temporary_text)).collect();
        if !is_plain || user.iter().any(|option| option.contains("${")) {
            return Err("an option of the JVM has an unusual character".to_owned());
        }
        let added = ergonomics::options(&ergonomics::Inputs {
            words: &user.iter().flat_map(|option| option.split_ascii_whitespace()).collect::<Vec<_>>(),
            java_major: major,
            sizes_heap: script == Script::Seven,
            memory: inputs.memory,
            page_size: inputs.page_size,
            share: inputs.heap_share,
        })?;
        let system = OPTIONS.replace('@', if script.is_opensearch() { "opensearch." } else { "es." })
            + further_options(script);
        let system: Vec<String> =
            lines(&system, major).unwrap_or_default().into_iter().map(str::to_owned).collect();
        [system, user, added].concat().join(" ")
    };
    if kind == "docker" && script != Script::Six {
        shell.export(&variable, &text);
    } else {
        shell.assign_if_exported(&variable, &text);
    }

    let mut words: Vec<OsString> = Vec::new();
    if script != Script::Six {
        words.push("-Xshare:auto".into());
    }
    words.extend(super::shell::words(OsStr::new(&text)));
    let archive = inputs.archive.filter(|_| archive::why_not(script, major).is_none());
    let mut words = archive::with_options(archive, words);
    let own = if script.is_opensearch() { "-Dopensearch." } else { "-Des." };
    let flavor = if script.is_opensearch() { "" } else { "DISTRIBUTION_FLAVOR" };
    let bundled = if script == Script::Six { "" } else { "BUNDLED_JDK" };
    words.push(property(&format!("{own}path.home="), home));
    words.push(property(&format!("{own}path.conf="), config.as_os_str()));
    for (option, name) in [
        ("distribution.flavor", flavor),
        ("distribution.type", "DISTRIBUTION_TYPE"),
        ("bundled_jdk", bundled),
    ] {
        if !name.is_empty() {
            words.push(format!("{own}{option}={}", of_distribution(name)).into());
        }
    }
    let class_path = archive.and_then(|archive| archive.class_path(inputs.home));
    words.extend(["-cp".into(), class_path.unwrap_or_else(|| inputs.home.join("lib/*").into())]);
    words.push(
        if script.is_opensearch() {
            "org.opensearch.bootstrap.OpenSearch"
        } else {
            "org.elasticsearch.bootstrap.Elasticsearch"
        }
        .into(),
    );
    words.append(&mut arguments);
    Ok(Launch {
        has_archive: archive.is_some(),
        working_directory: Some(inputs.home.to_owned()),
        input,
        temporary: named.is_none().then(|| PathBuf::from(temporary)),
        ..direct(java, words, shell)
    })
}

/// What in the environment only the script knows what to do with.
fn check_environment(script: Script, inputs: &LaunchInputs, is_docker: bool) -> Result<(), String> {
    if let Some(why) = inputs.files.needs_script {
        return Err(why.to_owned());
    }
    if inputs.extra_java_options.iter().any(|option| option.contains([' ', '\t', '\n'])) {
        return Err("a path has a blank".to_owned());
    }
    let environment = inputs.environment;
    let set = |name: &str| environment.set_in_process(name);
    if let Some(name) = NOT_INITIALIZED.iter().find(|name| environment.process(name).is_some()) {
        return Err(format!("the script uses `{name}` for itself"));
    }
    if environment.pairs().iter().any(|(name, _)| name.as_bytes().starts_with(b"BASH_FUNC_")) {
        return Err("a function of the shell is in the environment".to_owned());
    }
    if set("JDK_JAVA_OPTIONS").is_some() && script != Script::Six {
        return Err("`JDK_JAVA_OPTIONS` is set".to_owned());
    }
    if !is_harmless_to_java(environment.process("_JAVA_OPTIONS").unwrap_or_default()) {
        return Err("`_JAVA_OPTIONS` is set".to_owned());
    }
    match script {
        Script::OpenSearch2 | Script::OpenSearch3
            if set("OPENSEARCH_HOME").is_some_and(|home| home != inputs.home) =>
        {
            return Err("`OPENSEARCH_HOME` is another directory".to_owned());
        }
        Script::OpenSearch3
            if set("OPENSEARCH_FIPS_MODE").is_some_and(|mode| !mode.eq_ignore_ascii_case("false")) =>
        {
            return Err("`OPENSEARCH_FIPS_MODE` is set".to_owned());
        }
        _ => {}
    }
    if is_docker && script != Script::Six {
        let is_read = |name: &&str| {
            let is_ours = || environment.get(name).is_some_and(|it| matches!(it.origin, Origin::File(_)));
            set(&format!("{name}_FILE")).is_some() && !is_ours()
        };
        if [ELASTIC_PASSWORD, KEYSTORE_PASSWORD, "OPENSEARCH_PASSWORD"].iter().any(is_read) {
            return Err("the script reads a file with a password".to_owned());
        }
    }
    Ok(())
}

/// What the helpers make of `_JAVA_OPTIONS` is not much: nothing where all of it are properties of the server's.
pub(super) fn is_harmless_to_java(options: &OsStr) -> bool {
    let is_harmless = |word: &str| word.starts_with("-D") && !word.starts_with("-Djava.");
    options
        .to_str()
        .is_some_and(|text| !text.contains(['"', '\'']) && text.split_ascii_whitespace().all(is_harmless))
}

/// The variables that an image's script hands on as arguments.
fn settings(inputs: &LaunchInputs) -> Result<Vec<OsString>, String> {
    let mapping = variables::mapping(inputs.version, Some(inputs.files));
    if !matches!(mapping, Mapping::Script { .. }) {
        return Err("who makes settings of variables is not known".to_owned());
    }
    // Line by line it reads them.
    let is_plain =
        |(_, value): &&(OsString, OsString)| value.to_str().is_some_and(|value| !value.contains('\n'));
    let pairs = inputs.environment.pairs();
    if !pairs.iter().all(is_plain) {
        return Err("a variable has a line break or is not UTF-8".to_owned());
    }
    let settings = variables::settings(mapping, inputs.environment);
    Ok(settings.iter().map(|it| format!("-E{}={}", it.key, it.text).into()).collect())
}

/// The one line on standard input; OpenSearch leaves the variable that it may come from.
fn input(script: Script, inputs: &LaunchInputs, shell: &mut Shell) -> Result<Vec<u8>, String> {
    let keeps = matches!(script, Script::OpenSearch2 | Script::OpenSearch3);
    let given = if keeps { shell.get(KEYSTORE_PASSWORD).to_owned() } else { OsString::new() };
    if !keeps {
        shell.unset(KEYSTORE_PASSWORD);
    }
    let mut line = match inputs.keystore {
        KeystoreLine::Empty => given.as_bytes().to_vec(),
        KeystoreLine::Password(password) => password.as_bytes().to_vec(),
        KeystoreLine::Unknown => {
            return Err("the keystore has a password that is not known, or cannot be read".to_owned());
        }
    };
    line.push(b'\n');
    Ok(line)
}

/// The directory for temporary files that is made where none is named.
pub(super) fn new_temporary(inputs: &LaunchInputs, product: &str) -> OsString {
    let random = inputs.random.map_or_else(|| "<random>".to_owned(), |number| number.to_string());
    format!("/tmp/{product}-{random}").into()
}

/// The options of all files that count for that Java. An error is why only the launcher can read them.
pub(super) fn options_of_files<'a>(
    inputs: &'a LaunchInputs,
    java_major: u16,
) -> Result<Vec<&'a str>, &'static str> {
    let mut options = Vec::new();
    for text in inputs.files.options.as_ref().ok_or("a file that the launcher reads is not there")? {
        options.extend(lines(text, java_major).ok_or("a file of JVM options has an unusual line")?);
    }
    Ok(options)
}

/// The options of a file that count for that Java; nothing where the helper would complain or see something else.
fn lines(text: &str, java_major: u16) -> Option<Vec<&str>> {
    let mut options = Vec::new();
    if !text.is_ascii() {
        return None;
    }
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains(['\r', '\x0b', '\x0c']) {
            return None;
        }
        if line.starts_with('#') || line.trim_ascii().is_empty() {
            continue;
        }
        if line.starts_with('-') {
            options.push(line);
            continue;
        }
        let (range, option) = line.split_once(':').filter(|(_, option)| option.starts_with('-'))?;
        let number = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok()).flatten()
        };
        let (first, last) = match range.split_once('-') {
            None => (number(range)?, number(range)?),
            Some((first, "")) => (number(first)?, u16::MAX),
            Some((first, last)) => (number(first)?, number(last)?),
        };
        if first > last {
            return None;
        }
        if (first..=last).contains(&java_major) {
            options.push(option);
        }
    }
    Some(options)
}

#[cfg(test)]
mod tests;
